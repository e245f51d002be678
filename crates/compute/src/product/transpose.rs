//! Transposition through vector registers, in blocks that stay in a level-1 cache.

use crate::product::end;
use crate::simd::lanes::{Kernel, Lanes};
use crate::simd::path::SimdPath;
use crate::simd::scalar::Scalar;
use crate::threads::pieces::for_each;

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
    assert!(
        from_row >= columns && from.len() > end([rows - 1, columns - 1], [from_row, 1]),
        "transpose: `from` is too short"
    );
    assert!(to_row >= rows && to.len() > end([columns - 1, rows - 1], [to_row, 1]), "transpose: `to` is too short");
    let turn = Turn { rows, columns, from: from.as_ptr(), from_row, to: to.as_mut_ptr(), to_row };
    T::dispatch(SimdPath::current(), turn);
}

/// Copies the lower triangle of a row-major `[n, n]` matrix onto the upper one, on `threads` threads.
///
/// # Panics
/// If `data` is not `n * n` long.
pub fn mirror_lower<T: Scalar>(data: &mut [T], n: usize, threads: usize) {
    assert_eq!(data.len(), n * n, "mirror_lower: no {n} x {n} matrix");
    mirror_rows(&mut data.chunks_mut(n.max(1)).collect::<Vec<_>>(), threads);
}

/// The same for a matrix given by its rows, wherever they lie.
///
/// # Panics
/// If a row is shorter than their number.
pub fn mirror_rows<T: Scalar>(rows: &mut [&mut [T]], threads: usize) {
    let n = rows.len();
    assert!(rows.iter().all(|row| row.len() >= n), "mirror_rows: a row has fewer than {n} numbers");
    let (blocks, path) = (n.div_ceil(BLOCK), SimdPath::current());
    let starts = &Starts(rows.iter_mut().map(|row| row.as_mut_ptr()).collect());
    // A small matrix is not worth a thread.
    let threads = threads.min(blocks / 4).max(1);
    let squares = || [vec![T::ZERO; BLOCK * BLOCK], vec![T::ZERO; BLOCK * BLOCK]];
    for_each(threads, blocks, squares, |[block, turned], piece| {
        // The longest rows of blocks first.
        let below = blocks - 1 - piece;
        let lower = below * BLOCK..n.min((below + 1) * BLOCK);
        for left in (0..below).map(|left| left * BLOCK) {
            for (i, to) in lower.clone().zip(block.chunks_exact_mut(BLOCK)) {
                // SAFETY: inside row i, below the diagonal, where nothing is written.
                to.copy_from_slice(unsafe { std::slice::from_raw_parts(starts.0[i].add(left), BLOCK) });
            }
            let (from, to) = (block.as_ptr(), turned.as_mut_ptr());
            T::dispatch(path, Turn { rows: BLOCK, columns: BLOCK, from, from_row: BLOCK, to, to_row: BLOCK });
            for (j, from) in (left..left + BLOCK).zip(turned.chunks_exact(BLOCK)) {
                // SAFETY: inside row j, above the diagonal; this pair of blocks is visited by one thread only.
                let to = unsafe { std::slice::from_raw_parts_mut(starts.0[j].add(lower.start), lower.len()) };
                to.copy_from_slice(&from[..lower.len()]);
            }
        }
        for i in lower.clone() {
            for j in lower.start..i {
                // SAFETY: inside the block on the diagonal, which is this thread's.
                unsafe { *starts.0[j].add(i) = *starts.0[i].add(j) };
            }
        }
    });
}

struct Starts<T>(Vec<*mut T>);
// SAFETY: `mirror_rows` gives every block to one thread.
unsafe impl<T: Send> Sync for Starts<T> {}

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
            let (whole_rows, whole_columns) = (i1 - (i1 - i0) % T::HALF, j1 - (j1 - j0) % T::HALF);
            for j in (j0..whole_columns).step_by(T::HALF) {
                for i in (i0..whole_rows).step_by(T::HALF) {
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

    #[test]
    fn strides_that_overflow_are_refused() {
        // 8 * 2^61 is 0 modulo 2^64.
        let lead = 1 << 61;
        let (from, mut to) = ([0.0f32; 72], [0.0f32; 72]);
        let long = || transpose(9, 8, (&from, lead), (&mut to, 9));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(long)).is_err());
        let mut to = [0.0f32; 72];
        let long = || transpose(8, 9, (&from, 9), (&mut to, lead));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(long)).is_err());
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
