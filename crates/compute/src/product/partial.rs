//! Products of which only some rows and some of the depth take part: what is zero is neither read nor multiplied.

use super::tile::Work;
use super::{Layout, Left, end};
use crate::simd::path::SimdPath;
use crate::simd::scalar::Scalar;

/// What takes part, in the order in which it is worked off. B and C may hold only that, so that everything comes with two
/// indices.
#[derive(Debug, Clone, Copy)]
pub struct Among<'a> {
    /// A row of A, and which row of C it makes.
    pub rows: &'a [[u32; 2]],
    /// What is summed over: a column of A, and the row of B that it meets.
    pub depth: &'a [[u32; 2]],
}

/// `C[j, :] (+)= sum over (k, l) of A[i, k] B[l, :]` for all (i, j), these pairs being those of [`Among`]; other rows of C stay as they
/// are. The sums are those of [`product`](super::product()), in one pass: a term that is left out and zero changes no bit.
/// `columns` is a multiple of [`Scalar::PANEL`].
///
/// # Panics
/// If an operand is shorter than its layout says, `columns` are not whole panels, or neither stride of `A` is 1.
pub fn partial_product<T: Scalar>(
    path: SimdPath,
    among: Among,
    columns: usize,
    a: Left<T>,
    (b, b_layout): (&[T], Layout),
    (c, c_layout): (&mut [T], Layout),
    accumulate: bool,
) {
    assert!(columns.is_multiple_of(T::PANEL), "partial_product: {columns} columns are not whole panels");
    assert!(a.row == 1 || a.column == 1, "partial_product: A is contiguous neither along nor across its depth");
    // Of each kind of index, one more than the largest.
    let ends =
        |list: &[[u32; 2]]| list.iter().fold([0; 2], |[m, n], [i, j]| [m.max(*i as usize + 1), n.max(*j as usize + 1)]);
    let ([a_rows, c_rows], [a_columns, b_rows]) = (ends(among.rows), ends(among.depth));
    if a_rows > 0 && a_columns > 0 {
        let last = end([a_rows - 1, a_columns - 1], [a.row, a.column]);
        assert!(a.data.len() > last, "partial_product: A is too short");
    }
    assert!(b.len() >= b_layout.span::<T>(b_rows, columns), "partial_product: B is too short");
    assert!(c.len() >= c_layout.span::<T>(c_rows, columns), "partial_product: C is too short");
    let work = Work {
        rows: among.rows,
        depth: among.depth,
        columns,
        passes: 1,
        blocks: 1,
        a: a.data.as_ptr(),
        a_row: a.row,
        a_column: a.column,
        b: b.as_ptr(),
        b_layout,
        c: c.as_mut_ptr(),
        c_layout,
        accumulate,
    };
    T::dispatch(path, work);
}
