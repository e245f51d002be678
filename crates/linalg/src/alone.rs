//! [`parallel`](crate::parallel) where there are no threads: a browser's module. faer works in one piece.

use faer::Par;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work;

impl Work {
    pub fn of(_side: usize) -> Self {
        Work
    }
    pub fn par(self) -> Par {
        Par::Seq
    }
    pub fn run<R: Send>(self, _threads: usize, compute: impl FnOnce() -> R + Send) -> R {
        compute()
    }
}
