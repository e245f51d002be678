//! Matrices in panels, `[panel of PANEL columns][row][column in panel]`: the one layout of this folder. `A^T B` of two of them
//! reads both as they lie, and can write a third; `A B` reads a row-major A. Both sum over listed rows of B alone.

use compute::{Among, Layout, Left, SimdPath, partial_product, transpose};
use linalg::Real;

/// Depth of one pass in bytes: a slice of a panel of A and one of B stay in a level-1 cache of 32 KB together.
const DEPTH_BYTES: usize = 1024;

/// Rows of a row-major A at a time: whole register tiles, whose slice stays in that cache beside one of B.
const ROWS: usize = 24;

/// Columns in whole panels.
pub fn padded<T: Real>(columns: usize) -> usize {
    columns.next_multiple_of(T::PANEL)
}

/// Panels of the transpose: the rows of a row-major `[rows, width]` become columns of `out`, which has whole panels.
pub fn turn<T: Real>(rows: &[T], width: usize, out: &mut [T]) {
    for (panel, rows) in out.chunks_mut(T::PANEL * width).zip(rows.chunks(T::PANEL * width)) {
        transpose(rows.len() / width, width, (rows, width), (panel, T::PANEL));
    }
}

/// Which part of a product is needed.
#[derive(Clone, Copy, PartialEq)]
pub enum Part {
    All,
    /// On and below the diagonal; in whole panels, so that some above it are computed as well.
    Lower,
}

/// `C = A^T B` or `C += A^T B`, row-major, summed over the rows `live` (ascending) of both: A `[depth, rows]` and B
/// `[depth, columns]` in panels, `columns` whole panels.
pub fn gram_of_panels<T: Real>(
    path: SimdPath,
    ([rows, columns, depth], live): ([usize; 3], &[u32]),
    (a, b): (&[T], &[T]),
    c: &mut [T],
    (part, accumulate): (Part, bool),
) {
    let all: Vec<u32> = (0..T::PANEL as u32).collect();
    for first in (0..rows).step_by(T::PANEL) {
        let columns_here = if part == Part::Lower { columns.min(first + T::PANEL) } else { columns };
        for (pass, live) in passes::<T>(depth, live).enumerate() {
            let among = Among { rows: &all[..(rows - first).min(T::PANEL)], depth: live };
            let left = Left { data: &a[first * depth..], row: 1, column: T::PANEL };
            let right = (b, Layout::packed::<T>(depth));
            let place = (&mut c[first * columns..], Layout::plain::<T>(columns));
            partial_product(path, among, columns_here, left, right, place, accumulate || pass > 0);
        }
    }
}

/// Numbers from a row to the next of a row-major A that [`product_of_panels`] reads: rows whose distance is a power of two
/// would fall on the same lines of a cache.
pub fn lead<T: Real>(width: usize) -> usize {
    width + T::PANEL
}

/// `C = A B` or `C += A B` in panels, the rows `among.rows` of it, summed over those of B that are in `among.depth`
/// (ascending): A row-major `[rows, depth]` with [`lead`], B `[depth, columns]` in panels, `columns` whole panels.
pub fn product_of_panels<T: Real>(
    path: SimdPath,
    ([rows, columns, depth], among): ([usize; 3], Among),
    (a, b): (&[T], &[T]),
    c: &mut [T],
    accumulate: bool,
) {
    for together in among.rows.chunks(ROWS) {
        for (pass, live) in passes::<T>(depth, among.depth).enumerate() {
            let among = Among { rows: together, depth: live };
            let left = Left { data: a, row: lead::<T>(depth), column: 1 };
            let right = (b, Layout::packed::<T>(depth));
            let place = (&mut *c, Layout::packed::<T>(rows));
            partial_product(path, among, columns, left, right, place, accumulate || pass > 0);
        }
    }
}

/// The parts of `live` in each pass. Where a pass ends does not depend on what is listed, so that leaving out what is zero
/// changes no bit of a sum.
fn passes<T: Real>(depth: usize, live: &[u32]) -> impl Iterator<Item = &[u32]> {
    let passes = (depth * size_of::<T>()).div_ceil(DEPTH_BYTES).max(1);
    let place = move |pass: usize| live.partition_point(|k| (*k as usize) < depth * pass / passes);
    (0..passes).map(move |pass| &live[place(pass)..place(pass + 1)])
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

    fn turned<T: Real>(rows: &[T], width: usize) -> Vec<T> {
        let mut out = vec![T::ZERO; padded::<T>(rows.len() / width) * width];
        turn(rows, width, &mut out);
        out
    }

    fn hold<T: Real>(rows: usize, columns: usize, depth: usize, chosen: u64) {
        let number = |i: usize| T::from_f64(((i * 7919) % 17) as f64 - 8.0);
        let takes_part = |i: usize| chosen >> (i % 61) & 1 == 1;
        let list = |end: usize| (0..end as u32).filter(|i| takes_part(*i as usize)).collect::<Vec<u32>>();
        // A (or, in panels, its transpose) and B, row-major; small integers make the sums exact.
        let a: Vec<T> = (0..rows * depth).map(number).collect();
        let b: Vec<T> = (0..depth * columns).map(|i| number(i + 5)).collect();
        let (wide, live) = (padded::<T>(columns), list(depth));
        let want = |i: usize, j: usize| {
            live.iter().fold(T::ZERO, |sum, k| sum + a[i * depth + *k as usize] * b[*k as usize * columns + j])
        };
        let panels = (turned(&a, depth), packed(&b, columns));
        let mut apart = vec![T::ZERO; rows * lead::<T>(depth)];
        apart.chunks_mut(lead::<T>(depth)).zip(a.chunks(depth)).for_each(|(to, row)| to[..depth].copy_from_slice(row));
        let shape = [rows, wide, depth];
        for path in SimdPath::available() {
            let (mut plain, mut own) = (vec![T::ONE; rows * wide], vec![T::ONE; rows * wide]);
            let mut lower = vec![T::ONE; rows * wide];
            gram_of_panels(path, (shape, &live), (&panels.0, &panels.1), &mut plain, (Part::All, false));
            gram_of_panels(path, (shape, &live), (&panels.0, &panels.1), &mut lower, (Part::Lower, true));
            let among = Among { rows: &list(rows), depth: &live };
            product_of_panels(path, (shape, among), (&apart, &panels.1), &mut own, true);
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(plain[i * wide + j], want(i, j));
                    if j <= i {
                        assert_eq!(lower[i * wide + j], want(i, j) + T::ONE);
                    }
                    let place = j / T::PANEL * T::PANEL * rows + i * T::PANEL + j % T::PANEL;
                    assert_eq!(own[place], if takes_part(i) { want(i, j) + T::ONE } else { T::ONE });
                }
            }
        }
    }

    proptest! {
        #[test]
        fn products_are_the_sums_they_claim(rows in 1usize..40, columns in 1usize..40, depth in 1usize..400, chosen: u64) {
            hold::<f32>(rows, columns, depth, chosen);
            hold::<f64>(rows, columns, depth, u64::MAX);
        }
    }
}
