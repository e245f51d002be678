//! Matrices in panels, `[panel of PANEL columns][row][column in panel]`: the one layout of this folder. `A^T B` of two of them
//! reads both as they lie; `A B` reads an A with two strides, and writes a third. Only what lives takes part.

use super::live::Meeting;
use compute::{Among, Layout, Left, SimdPath, partial_product, transpose};
use linalg::Real;

/// Rows of A at a time: whole register tiles, whose slice stays in a level-1 cache beside one of B.
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

/// `C = A^T B` or `C += A^T B`, row-major `[rows, columns]`, summed over what lives in both: A and B in panels of what lives
/// in either, `columns` whole panels.
pub fn gram_of_panels<T: Real>(
    path: SimdPath,
    [rows, columns]: [usize; 2],
    (a, b, meeting): (&[T], &[T], &Meeting),
    c: &mut [T],
    (part, accumulate): (Part, bool),
) {
    let all: Vec<[u32; 2]> = (0..T::PANEL as u32).map(|i| [i; 2]).collect();
    let depths = [a.len() / padded::<T>(rows), b.len() / columns];
    for first in (0..rows).step_by(T::PANEL) {
        let columns_here = if part == Part::Lower { columns.min(first + T::PANEL) } else { columns };
        for (pass, depth) in meeting.passes().enumerate() {
            let among = Among { rows: &all[..(rows - first).min(T::PANEL)], depth };
            let left = Left { data: &a[first * depths[0]..], row: 1, column: T::PANEL };
            let right = (b, Layout::packed::<T>(depths[1]));
            let place = (&mut c[first * columns..], Layout::plain::<T>(columns));
            partial_product(path, among, columns_here, left, right, place, accumulate || pass > 0);
        }
    }
}

/// `C = A B` or `C += A B`, B and C in panels, `columns` of them; `rows` are rows of A with what they make of C, `meeting` is
/// that of A's columns with B's rows.
pub fn product_of_panels<T: Real>(
    path: SimdPath,
    columns: usize,
    (a, rows): (Left<T>, &[[u32; 2]]),
    (b, meeting): (&[T], &Meeting),
    c: &mut [T],
    accumulate: bool,
) {
    let heights = [b.len() / columns, c.len() / columns];
    for rows in rows.chunks(ROWS) {
        for (pass, depth) in meeting.passes().enumerate() {
            let right = (b, Layout::packed::<T>(heights[0]));
            let place = (&mut *c, Layout::packed::<T>(heights[1]));
            partial_product(path, Among { rows, depth }, columns, a, right, place, accumulate || pass > 0);
        }
    }
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

    /// A kept whole, B only where it lives; of C some rows.
    fn hold<T: Real>(rows: usize, columns: usize, depth: usize, chosen: u64) {
        let number = |i: usize| T::from_f64(((i * 7919) % 17) as f64 - 8.0);
        let flags = |end: usize| (0..end).map(|i| chosen >> (i % 61) & 1 == 1).collect::<Vec<bool>>();
        // A (or, in panels, its transpose) and B, row-major; small integers make the sums exact.
        let a: Vec<T> = (0..rows * depth).map(number).collect();
        let b: Vec<T> = (0..depth * columns).map(|i| number(i + 5)).collect();
        let wide = padded::<T>(columns);
        let meeting = Meeting::whole::<T>(&flags(depth));
        let want = |i: usize, j: usize| {
            let live = meeting.places().iter().map(|place| place[0] as usize);
            live.fold(T::ZERO, |sum, k| sum + a[i * depth + k] * b[k * columns + j])
        };
        let kept = meeting.places().iter().flat_map(|place| &b[place[0] as usize * columns..][..columns]);
        let panels = (turned(&a, depth), packed(&kept.copied().collect::<Vec<T>>(), columns));
        let some = Meeting::whole::<T>(&flags(rows));
        for path in SimdPath::available() {
            let (mut plain, mut lower) = (vec![T::ONE; rows * wide], vec![T::ONE; rows * wide]);
            let both = (&panels.0[..], &panels.1[..], &meeting);
            gram_of_panels(path, [rows, wide], both, &mut plain, (Part::All, false));
            gram_of_panels(path, [rows, wide], both, &mut lower, (Part::Lower, true));
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(plain[i * wide + j], want(i, j));
                    if j <= i {
                        assert_eq!(lower[i * wide + j], want(i, j) + T::ONE);
                    }
                }
            }
            let height = some.places().len();
            let mut own = vec![T::ONE; height * wide];
            let left = Left { data: &a, row: depth, column: 1 };
            product_of_panels(path, wide, (left, some.places()), (&panels.1, &meeting), &mut own, true);
            for [i, place] in some.places().iter().map(|place| place.map(|i| i as usize)) {
                for j in 0..columns {
                    let at = j / T::PANEL * T::PANEL * height + place * T::PANEL + j % T::PANEL;
                    assert_eq!(own[at], want(i, j) + T::ONE);
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
