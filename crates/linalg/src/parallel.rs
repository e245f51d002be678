//! How faer's work is cut, and the threads that do it.
//!
//! faer cuts sums by the parallelism that it is told, and its bits depend on that. So it is told a number that depends on the
//! problem only ([`Work`]), and works inside a pool of as many threads as the caller asked for, which share the pieces.

use faer::Par;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{Mutex, PoisonError};

/// No more pieces than this: what a tridiagonalisation, which waits for memory, can use.
const MOST: usize = 8;
/// Rows or columns that are worth a piece: below twice that, one thread is the fastest.
const SIDE: usize = 128;
/// Pools that are kept for the next call; more exist only while so many calls run side by side.
const KEPT: usize = 8;

/// Into how many pieces a problem is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pieces: usize,
}

impl Work {
    /// Of a problem whose longest side is so long.
    pub fn of(side: usize) -> Self {
        Work { pieces: (side / SIDE).clamp(1, MOST) }
    }

    /// What faer is told.
    pub fn par(self) -> Par {
        if self.pieces == 1 { Par::Seq } else { Par::rayon(self.pieces) }
    }

    /// Runs a computation of that parallelism on up to `threads` threads, 0 meaning every core.
    pub fn run<R: Send>(self, threads: usize, compute: impl FnOnce() -> R + Send) -> R {
        if self.pieces == 1 {
            return compute();
        }
        let pool = Kept::take(crate::thread_count(threads).min(self.pieces));
        match &pool.0 {
            Some(pool) => pool.install(compute),
            // No pool at all: without it faer's pieces would wait for rayon's own.
            None => alone(compute),
        }
    }
}

/// A pool of this call, given back when dropped.
struct Kept(Option<ThreadPool>);

static POOLS: Mutex<Vec<ThreadPool>> = Mutex::new(Vec::new());

impl Kept {
    fn take(threads: usize) -> Self {
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = pools.iter().position(|pool| pool.current_num_threads() == threads) {
            return Kept(Some(pools.remove(place)));
        }
        drop(pools);
        // Fewer threads where the system starts no more: the bits are the same.
        Kept((1..=threads).rev().find_map(|threads| start(threads).ok()))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        pools.extend(self.0.take());
        if pools.len() > KEPT {
            // The one that was not used for longest.
            let oldest = pools.remove(0);
            drop(pools);
            drop(oldest);
        }
    }
}

fn start(threads: usize) -> Result<ThreadPool, rayon::ThreadPoolBuildError> {
    #[cfg(test)]
    if tests::REFUSED.get() {
        // No system starts a thread with such a stack.
        return ThreadPoolBuilder::new().num_threads(threads).stack_size(usize::MAX / 2).build();
    }
    ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("fprinciple-linalg-{i}")).build()
}

/// Where no thread can be started: the present one is a pool by itself.
fn alone<R: Send>(compute: impl FnOnce() -> R + Send) -> R {
    match ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() {
        Ok(pool) => pool.install(compute),
        // It is one already.
        Err(_) => compute(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cholesky, Matrix, eigh, eigvalsh, product, singular_values, svd};
    use std::cell::Cell;

    thread_local! {
        pub(super) static REFUSED: Cell<bool> = const { Cell::new(false) };
    }

    fn matrix(rows: usize, cols: usize) -> Matrix<f64> {
        let mut random = base::Random::new(3, base::Stream::Data(0));
        Matrix::from_fn(rows, cols, |_, _| random.uniform() - 0.5)
    }

    /// Everything that faer does, by columns of bits.
    fn all(threads: usize) -> Vec<Vec<f64>> {
        let (a, tall) = (matrix(300, 300), matrix(400, 150));
        let mut kernel = product::gram(&a, threads);
        kernel.add_diagonal(1.0);
        let e = eigh(&kernel, threads).unwrap();
        let (d, t) = (svd(&a, threads).unwrap(), svd(&tall, threads).unwrap());
        let factor = Cholesky::new(&kernel, 0.1, threads).unwrap();
        let solved = factor.solve(&a).unwrap();
        let products = [product::matmul(&a, &a, threads), product::matmul_tn(&tall, &tall, threads)];
        let mut found = vec![e.values, e.vectors.data, eigvalsh(&kernel, threads).unwrap()];
        found.extend([d.values, d.u.data, d.v.data, t.values, t.u.data, t.v.data]);
        found.extend([singular_values(&tall, threads).unwrap(), factor.lower.data, solved.data, kernel.data]);
        found.extend(products.map(|product| product.unwrap().data));
        found
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let one = all(1);
        for threads in [2, 3, 5, 8, 0] {
            assert_eq!(all(threads), one, "{threads} threads");
        }
    }

    #[test]
    fn without_threads_the_bits_are_the_same() {
        let usual = all(4);
        POOLS.lock().unwrap().clear();
        let refused = std::thread::spawn(|| {
            REFUSED.set(true);
            assert!(start(1).is_err());
            all(4)
        });
        assert_eq!(refused.join().unwrap(), usual);
    }
}
