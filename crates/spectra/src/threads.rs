//! Work in pieces over an explicit number of threads.
//!
//! The calling thread works too, so that `threads = 1` never leaves it. Helpers belong to one pool of this crate. Pieces are
//! handed out by a counter: which thread does which is left to chance, so a piece must not depend on it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of threads that the machine offers, the default of every binding.
pub fn available() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

fn pool() -> Option<&'static rayon::ThreadPool> {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    POOL.get_or_init(|| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(available().max(2))
            .thread_name(|i| format!("spectra-{i}"))
            .build()
            .ok()
    })
    .as_ref()
}

/// Runs `body(state, piece)` for every `piece` of `0..pieces`, on up to `threads` threads; each thread that takes part makes
/// one state with `init` (its scratch memory).
pub fn for_each<S>(threads: usize, pieces: usize, init: impl Fn() -> S + Sync, body: impl Fn(&mut S, usize) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut piece = next.fetch_add(1, Ordering::Relaxed);
        if piece >= pieces {
            return;
        }
        let mut state = init();
        while piece < pieces {
            body(&mut state, piece);
            piece = next.fetch_add(1, Ordering::Relaxed);
        }
    };
    match pool() {
        Some(pool) if threads.min(pieces) > 1 => pool.in_place_scope(|scope| {
            for _ in 1..threads.min(pieces) {
                scope.spawn(|_| work());
            }
            work();
        }),
        _ => work(),
    }
}

/// Runs a plain loop over `0..len` in pieces of 2^14: `body(range)`.
pub fn for_ranges(threads: usize, len: usize, body: impl Fn(std::ops::Range<usize>) + Sync) {
    const PIECE: usize = 1 << 14;
    for_each(threads, len.div_ceil(PIECE), || (), |_, i| body(i * PIECE..len.min((i + 1) * PIECE)));
}

/// A pointer that threads share to write to places of one array that do not overlap.
#[derive(Clone, Copy)]
pub(crate) struct Shared<T>(*mut T);

// SAFETY: every user states why the places that its threads touch are disjoint.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(crate) fn new(slice: &mut [T]) -> Self {
        Shared(slice.as_mut_ptr())
    }
    /// # Safety
    /// `start..start + len` lies inside the array, which outlives the slice, and no other thread touches it meanwhile.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn slice(&self, start: usize, len: usize) -> &mut [T] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }
    /// # Safety
    /// `index` lies inside the array and no other thread touches it meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, index: usize, value: T) {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(index).write(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn every_piece_once() {
        for threads in [1, 2, 5] {
            for pieces in [0, 1, 7, 1000] {
                let seen: Vec<AtomicU64> = (0..pieces).map(|_| AtomicU64::new(0)).collect();
                for_each(
                    threads,
                    pieces,
                    || (),
                    |_, i| {
                        seen[i].fetch_add(1, Ordering::Relaxed);
                    },
                );
                assert!(seen.iter().all(|s| s.load(Ordering::Relaxed) == 1));
            }
        }
    }
}
