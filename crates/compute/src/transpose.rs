//! Transposition through vector registers, in blocks that stay in a level-1 cache.

use crate::lanes::{Kernel, Lanes};
use crate::path::SimdPath;
use crate::scalar::Scalar;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows and columns of a block: 16 KB in f32.
const BLOCK: usize = 64;

/// `to[j, i] = from[i, j]` for a matrix of `rows` by `columns`; each array comes with the numbers from a row to the next.
///
/// # Panics
/// If an array is shorter than its rows say.
pub fn transpose<T: Scalar>(
    rows: usize,
    columns: usize,
    (from, from_row): (&[T], usize),
    (to, to_row): (&mut [T], usize),
) {
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(from_row >= columns && from.len() >= (rows - 1) * from_row + columns, "transpose: `from` is too short");
    assert!(to_row >= rows && to.len() >= (columns - 1) * to_row + rows, "transpose: `to` is too short");
    let turn = Turn { rows, columns, from: from.as_ptr(), from_row, to: to.as_mut_ptr(), to_row };
    T::dispatch(SimdPath::current(), turn);
}

/// Copies the lower triangle of a row-major `[n, n]` matrix onto the upper one, on `threads` threads.
///
/// # Panics
/// If `data` is shorter than `n * n`.
pub fn mirror_lower<T: Scalar>(data: &mut [T], n: usize, threads: usize) {
    assert!(data.len() >= n * n, "mirror_lower: {} numbers are no {n} x {n} matrix", data.len());
    let (blocks, path) = (n.div_ceil(BLOCK), SimdPath::current());
    let (start, next) = (Start(data.as_mut_ptr()), AtomicUsize::new(0));
    let serve = || {
        let start = &start;
        loop {
            // The longest rows of blocks first.
            let Some(below) = blocks.checked_sub(1 + next.fetch_add(1, Ordering::Relaxed)) else { return };
            let rows = (n - below * BLOCK).min(BLOCK);
            for left in 0..below {
                let (from, to) = (below * BLOCK * n + left * BLOCK, left * BLOCK * n + below * BLOCK);
                // SAFETY: both blocks lie inside the matrix, one below and one above the diagonal, and this pair of
                // blocks is visited by one thread only.
                unsafe {
                    let turn = Turn {
                        rows,
                        columns: BLOCK,
                        from: start.0.add(from),
                        from_row: n,
                        to: start.0.add(to),
                        to_row: n,
                    };
                    T::dispatch(path, turn);
                }
            }
            for i in below * BLOCK..below * BLOCK + rows {
                for j in below * BLOCK..i {
                    // SAFETY: inside the block on the diagonal, which is this thread's.
                    unsafe { *start.0.add(j * n + i) = *start.0.add(i * n + j) };
                }
            }
        }
    };
    std::thread::scope(|scope| {
        // A small matrix is not worth a thread, and one that cannot be started is done without.
        for _ in 1..threads.min(blocks / 4) {
            let _ = std::thread::Builder::new().spawn_scoped(scope, serve);
        }
        serve();
    });
}

struct Start<T>(*mut T);
// SAFETY: `mirror_lower` gives every block to one thread.
unsafe impl<T: Send> Sync for Start<T> {}

struct Turn<T> {
    rows: usize,
    columns: usize,
    from: *const T,
    from_row: usize,
    to: *mut T,
    to_row: usize,
}

impl<T: Scalar> Kernel<T> for Turn<T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Turn { rows, columns, from, from_row, to, to_row } = self;
        let corners = (0..rows).step_by(BLOCK).flat_map(|i| (0..columns).step_by(BLOCK).map(move |j| (i, j)));
        for (i0, j0) in corners {
            let (i1, j1) = ((i0 + BLOCK).min(rows), (j0 + BLOCK).min(columns));
            let (whole_rows, whole_columns) = (i1 - (i1 - i0) % T::LANES, j1 - (j1 - j0) % T::LANES);
            for j in (j0..whole_columns).step_by(T::LANES) {
                for i in (i0..whole_rows).step_by(T::LANES) {
                    // SAFETY: who makes a Turn checked that both matrices hold all rows and columns.
                    unsafe { V::transpose(from.add(i * from_row + j), from_row, to.add(j * to_row + i), to_row) };
                }
            }
            for i in i0..i1 {
                for j in if i < whole_rows { whole_columns..j1 } else { j0..j1 } {
                    // SAFETY: as above.
                    unsafe { *to.add(j * to_row + i) = *from.add(i * from_row + j) };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds<T: Scalar>(rows: usize, columns: usize, gap: usize) {
        let (from_row, to_row) = (columns + gap, rows + 2 * gap);
        let from: Vec<T> = (0..rows * from_row).map(|i| T::from_f64(i as f64)).collect();
        let mut to = vec![T::ZERO; columns * to_row];
        transpose(rows, columns, (&from, from_row), (&mut to, to_row));
        for i in 0..rows {
            for j in 0..columns {
                assert_eq!(to[j * to_row + i], from[i * from_row + j]);
            }
        }
    }

    proptest! {
        #[test]
        fn rows_become_columns(rows in 1usize..150, columns in 1usize..150, gap in 0usize..3) {
            holds::<f32>(rows, columns, gap);
            holds::<f64>(rows, columns, gap);
        }

        #[test]
        fn what_is_below_is_found_above(n in 0usize..600, threads in 1usize..4) {
            let mut a: Vec<f32> = (0..n * n).map(|i| i as f32).collect();
            let before = a.clone();
            mirror_lower(&mut a, n, threads);
            for i in 0..n {
                for j in 0..=i {
                    prop_assert_eq!((a[i * n + j], a[j * n + i]), (before[i * n + j], before[i * n + j]));
                }
            }
        }
    }
}
