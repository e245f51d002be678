//! Matrix products `C = A B` or `C += A B` without packing: the operands lie in memory as the kernel reads them.
//!
//! `B` and `C` are read and written by panels of [`Scalar::PANEL`] columns, the last panel possibly half as wide. A
//! [`Layout`] says where a panel begins and how far its rows are apart, which covers row-major matrices and weights in
//! packed panels `[panel][row][column in panel]` alike. `A` is given by two strides, so that `A^T` costs nothing.
//! Every number of C is one sum in the order of the depth, cut into passes: its bits are those of any tile and register.

mod partial;
mod tile;
pub mod transpose;

pub use partial::{Among, partial_product};

use crate::simd::path::SimdPath;
use crate::simd::scalar::Scalar;
use tile::{Every, Work};

/// Depth of one pass: a panel of `B` and a tile of `A` stay in a level-1 cache of 32 KB together.
const DEPTH_BYTES: usize = 1536;
/// Rows of `A` that all panels of a pass meet before the next rows: with the depth of a pass they take a quarter of a level-2
/// cache, of which rows far apart (large convolutions) can use but a part of the sets.
const ROWS: usize = 168;

/// Where the panels of a matrix lie; all in numbers, not bytes.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// From a row to the next in a full panel.
    row: usize,
    /// From a panel to the next.
    panel: usize,
    /// From a row to the next in a half panel at the end.
    tail: usize,
}

impl Layout {
    /// Row-major with `lead` numbers from a row to the next.
    pub fn plain<T: Scalar>(lead: usize) -> Self {
        Layout { row: lead, panel: T::PANEL, tail: lead }
    }

    /// Panels of `rows` rows, one after the other.
    pub fn packed<T: Scalar>(rows: usize) -> Self {
        Layout { row: T::PANEL, panel: T::PANEL * rows, tail: T::HALF }
    }

    /// Numbers that a matrix of `rows` by `columns` spans; `usize::MAX`, which no slice has, where that is too large to count.
    fn span<T: Scalar>(self, rows: usize, columns: usize) -> usize {
        if rows == 0 || columns == 0 {
            return 0;
        }
        let (full, tail) = (columns / T::PANEL, !columns.is_multiple_of(T::PANEL));
        let last =
            |row: usize, panel: usize, width: usize| end([panel, rows - 1], [self.panel, row]).saturating_add(width);
        let full = if full > 0 { last(self.row, full - 1, T::PANEL) } else { 0 };
        if tail { full.max(last(self.tail, columns / T::PANEL, T::HALF)) } else { full }
    }
}

/// `i row + k column` for the last `[i, k]` of an operand; `usize::MAX`, which is outside every slice, where that is too large.
pub(crate) fn end([i, k]: [usize; 2], [row, column]: [usize; 2]) -> usize {
    i.saturating_mul(row).saturating_add(k.saturating_mul(column))
}

/// The left operand: element (i, k) is `data[i * row + k * column]`. One of the two strides is 1.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a, T> {
    pub data: &'a [T],
    pub row: usize,
    pub column: usize,
}

/// `C[rows, columns] (+)= A[rows, depth] B[depth, columns]`; `accumulate` chooses between the two.
/// `columns` is a multiple of [`Scalar::HALF`]: pad with zeros. A depth of 0 gives zeros.
///
/// # Panics
/// If an operand is shorter than its layout says, or neither stride of `A` is 1.
pub fn product<T: Scalar>(
    path: SimdPath,
    [rows, columns, depth]: [usize; 3],
    a: Left<T>,
    (b, b_layout): (&[T], Layout),
    (c, c_layout): (&mut [T], Layout),
    accumulate: bool,
) {
    if rows == 0 || columns == 0 {
        return;
    }
    assert!(columns.is_multiple_of(T::HALF), "product: {columns} columns are not whole halves of vectors");
    assert!(a.row == 1 || a.column == 1, "product: A is contiguous neither along nor across its depth");
    let inside = depth == 0 || a.data.len() > end([rows - 1, depth - 1], [a.row, a.column]);
    assert!(inside, "product: A is too short");
    assert!(b.len() >= b_layout.span::<T>(depth, columns), "product: B is too short");
    assert!(c.len() >= c_layout.span::<T>(rows, columns), "product: C is too short");
    let work = Work {
        rows: Every { from: 0, to: rows },
        depth: Every { from: 0, to: depth },
        columns,
        passes: (depth * size_of::<T>()).div_ceil(DEPTH_BYTES).max(1),
        blocks: rows.div_ceil(ROWS),
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

#[cfg(test)]
mod tests;
