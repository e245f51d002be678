//! Matrix products `C = A B` or `C += A B` without packing: the operands lie in memory as the kernel reads them.
//!
//! `B` and `C` are read and written by panels of [`Scalar::PANEL`] columns, the last panel possibly half as wide. A
//! [`Layout`] says where a panel begins and how far its rows are apart, which covers row-major matrices and weights in
//! packed panels `[panel][row][column in panel]` alike. `A` is given by two strides, so that `A^T` costs nothing.
//! The tile held in registers is 6 rows by 2 vectors (12 by 1 for a half panel): 12 accumulators of AVX2's 16 registers.

mod partial;
pub mod transpose;

pub use partial::{Among, partial_product};

use crate::simd::lanes::{Kernel, Lanes};
use crate::simd::path::SimdPath;
use crate::simd::scalar::Scalar;

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
        Layout { row: T::PANEL, panel: T::PANEL * rows, tail: T::LANES }
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
        if tail { full.max(last(self.tail, columns / T::PANEL, T::LANES)) } else { full }
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
/// `columns` is a multiple of [`Scalar::LANES`]: pad with zeros. A depth of 0 gives zeros.
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
    assert!(columns.is_multiple_of(T::LANES), "product: {columns} columns are not whole vectors");
    assert!(a.row == 1 || a.column == 1, "product: A is contiguous neither along nor across its depth");
    let inside = depth == 0 || a.data.len() > end([rows - 1, depth - 1], [a.row, a.column]);
    assert!(inside, "product: A is too short");
    assert!(b.len() >= b_layout.span::<T>(depth, columns), "product: B is too short");
    assert!(c.len() >= c_layout.span::<T>(rows, columns), "product: C is too short");
    let (a_row, a_column, a) = (a.row, a.column, a.data.as_ptr());
    let all = All { rows, columns, depth, a, a_row, a_column, b: b.as_ptr(), b_layout, c: c.as_mut_ptr(), c_layout };
    T::dispatch(path, Work { all, accumulate });
}

struct All<T> {
    rows: usize,
    columns: usize,
    depth: usize,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_layout: Layout,
    c: *mut T,
    c_layout: Layout,
}

struct Work<T> {
    all: All<T>,
    accumulate: bool,
}

impl<T: Scalar> Kernel<T> for Work<T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let All { rows, columns, depth, a, a_row, a_column, b, b_layout, c, c_layout } = self.all;
        let passes = (depth * size_of::<T>()).div_ceil(DEPTH_BYTES).max(1);
        let blocks = rows.div_ceil(ROWS);
        for (pass, block) in (0..passes).flat_map(|pass| (0..blocks).map(move |block| (pass, block))) {
            let (from, to) = (depth * pass / passes, depth * (pass + 1) / passes);
            let (first, end) = (rows * block / blocks, rows * (block + 1) / blocks);
            let accumulate = self.accumulate || pass > 0;
            for column in (0..columns).step_by(T::PANEL) {
                let panel = column / T::PANEL;
                let full = columns - column >= T::PANEL;
                let (b_row, c_row) = if full { (b_layout.row, c_layout.row) } else { (b_layout.tail, c_layout.tail) };
                // SAFETY: `product` checked that all rows and columns lie inside the operands.
                unsafe {
                    let strip = Strip {
                        rows: end - first,
                        depth: to - from,
                        a: a.add(first * a_row + from * a_column),
                        a_row,
                        a_column,
                        b: b.add(panel * b_layout.panel + from * b_row),
                        b_row,
                        c: c.add(panel * c_layout.panel + first * c_row),
                        c_row,
                        accumulate,
                    };
                    match (full, a_column == 1) {
                        (true, true) => strip.full::<V, true>(),
                        (true, false) => strip.full::<V, false>(),
                        (false, true) => strip.half::<V, true>(),
                        (false, false) => strip.half::<V, false>(),
                    }
                }
            }
        }
    }
}

/// One panel: all rows of `A` against it.
#[derive(Clone, Copy)]
struct Strip<T> {
    rows: usize,
    depth: usize,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_row: usize,
    c: *mut T,
    c_row: usize,
    accumulate: bool,
}

impl<T: Scalar> Strip<T> {
    /// ALONG: the depth of `A` is contiguous; else its rows are. Rows are shared out evenly: 8 are 4 and 4, not 6 and a
    /// 2 that waits for its sums.
    ///
    /// # Safety
    /// The strip lies inside its operands: `rows` of A and C, `depth` of A and B, a whole panel of B and C.
    #[inline(always)]
    unsafe fn full<V: Lanes<Elem = T>, const ALONG: bool>(&self) {
        // SAFETY: the caller's promise, for rows below `rows`.
        unsafe {
            let tiles = self.rows.div_ceil(6);
            for tile in 0..tiles {
                let (row, end) = (self.rows * tile / tiles, self.rows * (tile + 1) / tiles);
                match end - row {
                    6 => self.tile::<V, 6, 2, ALONG>(row),
                    5 => self.tile::<V, 5, 2, ALONG>(row),
                    4 => self.tile::<V, 4, 2, ALONG>(row),
                    3 => self.tile::<V, 3, 2, ALONG>(row),
                    2 => self.tile::<V, 2, 2, ALONG>(row),
                    _ => self.tile::<V, 1, 2, ALONG>(row),
                }
            }
        }
    }

    /// The same for a half panel.
    ///
    /// # Safety
    /// As for `full`, half a panel of B and C.
    #[inline(always)]
    unsafe fn half<V: Lanes<Elem = T>, const ALONG: bool>(&self) {
        // SAFETY: the caller's promise, for rows below `rows`.
        unsafe {
            let mut row = 0;
            while row + 12 <= self.rows {
                self.tile::<V, 12, 1, ALONG>(row);
                row += 12;
            }
            if row + 6 <= self.rows {
                self.tile::<V, 6, 1, ALONG>(row);
                row += 6;
            }
            match self.rows - row {
                5 => self.tile::<V, 5, 1, ALONG>(row),
                4 => self.tile::<V, 4, 1, ALONG>(row),
                3 => self.tile::<V, 3, 1, ALONG>(row),
                2 => self.tile::<V, 2, 1, ALONG>(row),
                1 => self.tile::<V, 1, 1, ALONG>(row),
                _ => {}
            }
        }
    }

    /// M rows from `row` on, against N vectors.
    ///
    /// # Safety
    /// The strip lies inside its operands, rows `row .. row + M` and N vectors of a row of B and C.
    #[inline(always)]
    unsafe fn tile<V: Lanes<Elem = T>, const M: usize, const N: usize, const ALONG: bool>(&self, row: usize) {
        // SAFETY: the caller's promise; pointers beyond the last row are made by wrapping and not read.
        unsafe {
            let a = self.a.add(row * self.a_row);
            // One of the two strides is 1. Along the depth every row has a pointer and all share a counter; across it,
            // one pointer moves and the rows lie at fixed distances: no address is worked out in the loop.
            let starts: [*const T; M] = std::array::from_fn(|i| a.add(i * self.a_row));
            let (mut across, mut b) = (a, self.b);
            if self.accumulate {
                // Large gradients come from far away: they are on their way while the products are summed.
                (0..M).for_each(|i| V::prefetch(self.c.add((row + i) * self.c_row)));
            }
            let mut sums = [[V::zero(); N]; M];
            for k in 0..self.depth {
                let columns: [V; N] = std::array::from_fn(|j| V::load_from(b.add(j * T::LANES)));
                for i in 0..M {
                    let factor = V::splat(if ALONG { *starts[i].add(k) } else { *across.add(i) });
                    for j in 0..N {
                        sums[i][j] = factor.mul_add(columns[j], sums[i][j]);
                    }
                }
                // After the last of them beyond the operands, where they are not read.
                across = across.wrapping_add(self.a_column);
                b = b.wrapping_add(self.b_row);
            }
            for i in 0..M {
                let c = self.c.add((row + i) * self.c_row);
                for j in 0..N {
                    let to = c.add(j * T::LANES);
                    let sum = if self.accumulate { V::load_from(to) + sums[i][j] } else { sums[i][j] };
                    sum.store_to(to);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
