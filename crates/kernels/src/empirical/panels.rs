//! Matrices in panels, `[panel of PANEL columns][row][column in panel]`: the one layout of this folder. `A^T B` of two of them
//! reads both as they lie, and can write a third; `A B` reads a row-major A.

use compute::{Layout, Left, SimdPath, product, transpose};
use linalg::Real;

/// Depth of one pass: a slice of a panel of A and one of B stay in a level-1 cache of 32 KB together.
const DEPTH: usize = 256;

/// Rows of a row-major A at a time: whole register tiles, whose slice stays in that cache beside one of B.
const ROWS: usize = 24;

/// Columns in whole panels.
pub fn padded<T: Real>(columns: usize) -> usize {
    columns.next_multiple_of(T::PANEL)
}

/// Panels of the transpose: the rows of a row-major `[rows, width]` become columns; zeros beyond them.
pub fn turned<T: Real>(rows: &[T], width: usize) -> Vec<T> {
    let mut out = vec![T::ZERO; padded::<T>(rows.len() / width) * width];
    for (panel, rows) in out.chunks_mut(T::PANEL * width).zip(rows.chunks(T::PANEL * width)) {
        transpose(rows.len() / width, width, (rows, width), (panel, T::PANEL));
    }
    out
}

/// Which part of a product is needed.
#[derive(Clone, Copy, PartialEq)]
pub enum Part {
    All,
    /// On and below the diagonal; in whole panels, so that some above it are computed as well.
    Lower,
}

/// `C = A^T B` or `C += A^T B`, row-major: A `[depth, rows]` and B `[depth, columns]` in panels, `columns` whole panels.
pub fn gram_of_panels<T: Real>(
    path: SimdPath,
    [rows, columns, depth]: [usize; 3],
    (a, b): (&[T], &[T]),
    c: &mut [T],
    (part, accumulate): (Part, bool),
) {
    let passes = passes(depth);
    for first in (0..rows).step_by(T::PANEL) {
        let columns_here = if part == Part::Lower { columns.min(first + T::PANEL) } else { columns };
        for pass in 0..passes {
            let (from, to) = (depth * pass / passes, depth * (pass + 1) / passes);
            let left = Left { data: &a[first * depth + from * T::PANEL..], row: 1, column: T::PANEL };
            let shape = [(rows - first).min(T::PANEL), columns_here, to - from];
            let right = (&b[from * T::PANEL..], Layout::packed::<T>(depth));
            let place = (&mut c[first * columns..], Layout::plain::<T>(columns));
            product(path, shape, left, right, place, accumulate || pass > 0);
        }
    }
}

/// Numbers from a row to the next of a row-major A that [`product_of_panels`] reads: rows whose distance is a power of two
/// would fall on the same lines of a cache.
pub fn lead<T: Real>(width: usize) -> usize {
    width + T::PANEL
}

/// `C = A B` or `C += A B` in panels: A row-major `[rows, depth]` with [`lead`], B `[depth, columns]` in panels, `columns`
/// whole panels.
pub fn product_of_panels<T: Real>(
    path: SimdPath,
    [rows, columns, depth]: [usize; 3],
    (a, b): (&[T], &[T]),
    c: &mut [T],
    accumulate: bool,
) {
    let passes = passes(depth);
    for first in (0..rows).step_by(ROWS) {
        for pass in 0..passes {
            let (from, to) = (depth * pass / passes, depth * (pass + 1) / passes);
            let left = Left { data: &a[first * lead::<T>(depth) + from..], row: lead::<T>(depth), column: 1 };
            let shape = [(rows - first).min(ROWS), columns, to - from];
            let right = (&b[from * T::PANEL..], Layout::packed::<T>(depth));
            let place = (&mut c[first * T::PANEL..], Layout::packed::<T>(rows));
            product(path, shape, left, right, place, accumulate || pass > 0);
        }
    }
}

fn passes(depth: usize) -> usize {
    depth.div_ceil(DEPTH).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Panels of a row-major `[rows, width]`; zeros beyond its columns.
    fn packed<T: Real>(rows: &[T], width: usize) -> Vec<T> {
        let mut out = vec![T::ZERO; rows.len() / width * padded::<T>(width)];
        for (i, v) in rows.iter().enumerate() {
            let (row, column) = (i / width, i % width);
            out[(column / T::PANEL * (rows.len() / width) + row) * T::PANEL + column % T::PANEL] = *v;
        }
        out
    }

    fn hold<T: Real>(rows: usize, columns: usize, depth: usize) {
        let number = |i: usize| T::from_f64(((i * 7919) % 17) as f64 - 8.0);
        // A (or, in panels, its transpose) and B, row-major; small integers make the sums exact.
        let a: Vec<T> = (0..rows * depth).map(number).collect();
        let b: Vec<T> = (0..depth * columns).map(|i| number(i + 5)).collect();
        let wide = padded::<T>(columns);
        let want = |i: usize, j: usize| (0..depth).fold(T::ZERO, |sum, k| sum + a[i * depth + k] * b[k * columns + j]);
        let panels = (turned(&a, depth), packed(&b, columns));
        let mut apart = vec![T::ZERO; rows * lead::<T>(depth)];
        apart.chunks_mut(lead::<T>(depth)).zip(a.chunks(depth)).for_each(|(to, row)| to[..depth].copy_from_slice(row));
        let shape = [rows, wide, depth];
        for path in SimdPath::available() {
            let (mut plain, mut own) = (vec![T::ONE; rows * wide], vec![T::ONE; rows * wide]);
            let mut lower = vec![T::ONE; rows * wide];
            gram_of_panels(path, shape, (&panels.0, &panels.1), &mut plain, (Part::All, false));
            gram_of_panels(path, shape, (&panels.0, &panels.1), &mut lower, (Part::Lower, true));
            product_of_panels(path, shape, (&apart, &panels.1), &mut own, true);
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(plain[i * wide + j], want(i, j));
                    if j <= i {
                        assert_eq!(lower[i * wide + j], want(i, j) + T::ONE);
                    }
                    let place = j / T::PANEL * T::PANEL * rows + i * T::PANEL + j % T::PANEL;
                    assert_eq!(own[place], want(i, j) + T::ONE);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn products_are_the_sums_they_claim(rows in 1usize..40, columns in 1usize..40, depth in 1usize..400) {
            hold::<f32>(rows, columns, depth);
            hold::<f64>(rows, columns, depth);
        }
    }
}
