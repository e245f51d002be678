//! Matrices in panels, `[panel of PANEL columns][row][column in panel]`: the one layout of this folder. `A^T B` of two of them
//! reads both as they lie, and can write a third.

use compute::{Layout, Left, SimdPath, product, transpose};
use linalg::Real;

/// Rows of one pass: a slice of a panel of A and one of B stay in a level-1 cache of 32 KB together.
const DEPTH: usize = 192;

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

/// Panels of a row-major `[rows, width]`; zeros beyond its columns.
pub fn packed<T: Real>(rows: &[T], width: usize) -> Vec<T> {
    let mut out = vec![T::ZERO; rows.len() / width * padded::<T>(width)];
    for (panel, first) in out.chunks_mut(rows.len() / width * T::PANEL).zip((0..width).step_by(T::PANEL)) {
        for (to, row) in panel.chunks_mut(T::PANEL).zip(rows.chunks(width)) {
            let end = width.min(first + T::PANEL);
            to[..end - first].copy_from_slice(&row[first..end]);
        }
    }
    out
}

/// Where the result goes.
#[derive(Clone, Copy)]
pub enum Place {
    /// In panels.
    Panels,
    /// Row-major, its rows as long as B has columns.
    Rows,
}

/// `C (+)= A^T B`: A `[depth, rows]` and B `[depth, columns]` in panels, `columns` whole panels.
pub fn product_of_panels<T: Real>(
    path: SimdPath,
    [rows, columns, depth]: [usize; 3],
    (a, b): (&[T], &[T]),
    (c, into): (&mut [T], Place),
    accumulate: bool,
) {
    let (layout, lead) = match into {
        Place::Panels => (Layout::packed::<T>(rows), T::PANEL),
        Place::Rows => (Layout::plain::<T>(columns), columns),
    };
    let passes = depth.div_ceil(DEPTH);
    for first in (0..rows).step_by(T::PANEL) {
        for pass in 0..passes {
            let (from, to) = (depth * pass / passes, depth * (pass + 1) / passes);
            let left = Left { data: &a[first * depth + from * T::PANEL..], row: 1, column: T::PANEL };
            let shape = [(rows - first).min(T::PANEL), columns, to - from];
            let right = (&b[from * T::PANEL..], Layout::packed::<T>(depth));
            product(path, shape, left, right, (&mut c[first * lead..], layout), accumulate || pass > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds<T: Real>(rows: usize, columns: usize, depth: usize) {
        let number = |i: usize| T::from_f64(((i * 7919) % 17) as f64 - 8.0);
        // A^T and B, row-major; small integers make the sums exact.
        let a: Vec<T> = (0..rows * depth).map(number).collect();
        let b: Vec<T> = (0..depth * columns).map(|i| number(i + 5)).collect();
        let wide = padded::<T>(columns);
        let want = |i: usize, j: usize| (0..depth).fold(T::ZERO, |sum, k| sum + a[i * depth + k] * b[k * columns + j]);
        let panels = (turned(&a, depth), packed(&b, columns));
        for path in SimdPath::available() {
            let (mut plain, mut own) = (vec![T::ONE; rows * wide], vec![T::ONE; rows * wide]);
            let shape = [rows, wide, depth];
            product_of_panels(path, shape, (&panels.0, &panels.1), (&mut plain, Place::Rows), false);
            product_of_panels(path, shape, (&panels.0, &panels.1), (&mut own, Place::Panels), true);
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(plain[i * wide + j], want(i, j));
                    let place = j / T::PANEL * T::PANEL * rows + i * T::PANEL + j % T::PANEL;
                    assert_eq!(own[place], want(i, j) + T::ONE);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn products_are_the_sums_they_claim(rows in 1usize..40, columns in 1usize..40, depth in 1usize..400) {
            holds::<f32>(rows, columns, depth);
            holds::<f64>(rows, columns, depth);
        }
    }
}
