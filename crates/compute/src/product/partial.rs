//! Products of which only some rows and some of the depth take part: what is zero is neither read nor multiplied.

use super::{Layout, Left, end};
use crate::simd::lanes::wide::{Wide, WideKernel};
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
/// If an operand is shorter than its layout says, or `columns` are not whole panels.
pub fn partial_product<T: Scalar>(
    path: SimdPath,
    among: Among,
    columns: usize,
    a: Left<T>,
    b: (&[T], Layout),
    c: (&mut [T], Layout),
    accumulate: bool,
) {
    T::dispatch_wide(path, Work::checked(among, columns, a, b, c, accumulate));
}

pub(super) struct Work<'a, T> {
    rows: &'a [[u32; 2]],
    depth: &'a [[u32; 2]],
    columns: usize,
    a: Left<'a, T>,
    b: *const T,
    b_layout: Layout,
    c: *mut T,
    c_layout: Layout,
    accumulate: bool,
}

impl<'a, T: Scalar> Work<'a, T> {
    /// With every row and column inside the operands, or a panic.
    pub(super) fn checked(
        Among { rows, depth }: Among<'a>,
        columns: usize,
        a: Left<'a, T>,
        (b, b_layout): (&'a [T], Layout),
        (c, c_layout): (&'a mut [T], Layout),
        accumulate: bool,
    ) -> Self {
        assert!(columns.is_multiple_of(T::PANEL), "partial_product: {columns} columns are not whole panels");
        // Of each kind of index, one more than the largest.
        let ends = |list: &[[u32; 2]]| {
            list.iter().fold([0; 2], |[m, n], [i, j]| [m.max(*i as usize + 1), n.max(*j as usize + 1)])
        };
        let ([a_rows, c_rows], [a_columns, b_rows]) = (ends(rows), ends(depth));
        if a_rows > 0 && a_columns > 0 {
            let last = end([a_rows - 1, a_columns - 1], [a.row, a.column]);
            assert!(a.data.len() > last, "partial_product: A is too short");
        }
        assert!(b.len() >= b_layout.span::<T>(b_rows, columns), "partial_product: B is too short");
        assert!(c.len() >= c_layout.span::<T>(c_rows, columns), "partial_product: C is too short");
        Work { rows, depth, columns, a, b: b.as_ptr(), b_layout, c: c.as_mut_ptr(), c_layout, accumulate }
    }
}

impl<T: Scalar> WideKernel<T> for Work<'_, T> {
    #[inline(always)]
    fn run<W: Wide<Elem = T>>(self) {
        let (height, width) = W::TILE;
        let panels = self.columns / T::PANEL;
        for panel in (0..panels).step_by(width) {
            for rows in self.rows.chunks(height) {
                // SAFETY: `checked` saw that all rows and columns lie inside the operands.
                unsafe {
                    if width == 2 && panel + 1 < panels {
                        self.rows_of_tile::<W, 2>(rows, panel);
                    } else {
                        self.rows_of_tile::<W, 1>(rows, panel);
                    }
                }
            }
        }
    }
}

impl<T: Scalar> Work<'_, T> {
    /// # Safety
    /// `checked` made the work, `rows` are among its own, and `panel .. panel + N` are panels of B and C.
    #[inline(always)]
    unsafe fn rows_of_tile<W: Wide<Elem = T>, const N: usize>(&self, rows: &[[u32; 2]], panel: usize) {
        // SAFETY: the caller's promise, handed on.
        unsafe {
            match rows.len() {
                8 => self.tile::<W, 8, N>(rows, panel),
                7 => self.tile::<W, 7, N>(rows, panel),
                6 => self.tile::<W, 6, N>(rows, panel),
                5 => self.tile::<W, 5, N>(rows, panel),
                4 => self.tile::<W, 4, N>(rows, panel),
                3 => self.tile::<W, 3, N>(rows, panel),
                2 => self.tile::<W, 2, N>(rows, panel),
                _ => self.tile::<W, 1, N>(rows, panel),
            }
        }
    }

    /// M rows against N panels of B: their sums stay in registers.
    ///
    /// # Safety
    /// As for `rows_of_tile`, with at least M rows.
    #[inline(always)]
    unsafe fn tile<W: Wide<Elem = T>, const M: usize, const N: usize>(&self, rows: &[[u32; 2]], panel: usize) {
        // SAFETY: `checked` saw that every index of `rows` and `depth` and every panel lies inside the operands.
        unsafe {
            let starts: [*const T; M] =
                std::array::from_fn(|i| self.a.data.as_ptr().add(rows[i][0] as usize * self.a.row));
            let b = self.b.add(panel * self.b_layout.panel);
            let mut sums = [[W::zero(); N]; M];
            for &[k, l] in self.depth {
                let (a, b) = (k as usize * self.a.column, b.add(l as usize * self.b_layout.row));
                let columns: [W; N] = std::array::from_fn(|j| W::load_from(b.add(j * self.b_layout.panel)));
                for i in 0..M {
                    let factor = W::factor(*starts[i].add(a));
                    for j in 0..N {
                        sums[i][j] = sums[i][j].add_product(factor, columns[j]);
                    }
                }
            }
            for i in 0..M {
                let c = self.c.add(panel * self.c_layout.panel + rows[i][1] as usize * self.c_layout.row);
                for j in 0..N {
                    let to = c.add(j * self.c_layout.panel);
                    let sum = if self.accumulate { W::load_from(to).add(sums[i][j]) } else { sums[i][j] };
                    sum.store_to(to);
                }
            }
        }
    }
}
