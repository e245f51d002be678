//! The one tile of all products: some rows of A against vectors of B beside each other, their sums in registers.
//!
//! Which rows and which depth take part is a [`List`]: all of them, or those of [`Among`](super::Among). A whole panel is a vector
//! (where registers allow, two panels go together); of a half panel at the end two rows share a vector, one in each half.

use super::Layout;
use crate::simd::lanes::{Kernel, Lanes};
use crate::simd::scalar::Scalar;

/// Indices in the order in which they are worked off: of A, and of what it meets.
pub trait List: Copy {
    fn length(self) -> usize;
    fn part(self, from: usize, to: usize) -> Self;
    /// # Safety
    /// `i` is below the length.
    unsafe fn at(self, i: usize) -> [usize; 2];
}

/// `from .. to`.
#[derive(Clone, Copy)]
pub struct Every {
    pub from: usize,
    pub to: usize,
}

impl List for Every {
    #[inline(always)]
    fn length(self) -> usize {
        self.to - self.from
    }
    #[inline(always)]
    fn part(self, from: usize, to: usize) -> Self {
        Every { from: self.from + from, to: self.from + to }
    }
    #[inline(always)]
    unsafe fn at(self, i: usize) -> [usize; 2] {
        [self.from + i; 2]
    }
}

impl List for &[[u32; 2]] {
    #[inline(always)]
    fn length(self) -> usize {
        self.len()
    }
    #[inline(always)]
    fn part(self, from: usize, to: usize) -> Self {
        &self[from..to]
    }
    #[inline(always)]
    unsafe fn at(self, i: usize) -> [usize; 2] {
        // SAFETY: the caller's promise.
        unsafe { self.get_unchecked(i).map(|index| index as usize) }
    }
}

/// `C[rows, columns] (+)= A B`; the caller has checked that every index and column lies inside the operands, that `columns` are
/// whole halves of vectors, and that one of A's strides is 1.
pub struct Work<T, R, D> {
    pub rows: R,
    pub depth: D,
    pub columns: usize,
    /// Into how many parts the depth and the rows are cut, a part of the rows meeting all panels before the next.
    pub passes: usize,
    pub blocks: usize,
    pub a: *const T,
    pub a_row: usize,
    pub a_column: usize,
    pub b: *const T,
    pub b_layout: Layout,
    pub c: *mut T,
    pub c_layout: Layout,
    pub accumulate: bool,
}

impl<T: Scalar, R: List, D: List> Kernel<T> for Work<T, R, D> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let cut = |length: usize, part: usize, parts: usize| (length * part / parts, length * (part + 1) / parts);
        let panels = self.columns / T::PANEL;
        for (pass, block) in (0..self.passes).flat_map(|pass| (0..self.blocks).map(move |block| (pass, block))) {
            let (from, to) = cut(self.depth.length(), pass, self.passes);
            let (first, end) = cut(self.rows.length(), block, self.blocks);
            let strip = Strip {
                rows: self.rows.part(first, end),
                depth: self.depth.part(from, to),
                a: self.a,
                a_row: self.a_row,
                a_column: self.a_column,
                b: self.b,
                b_row: self.b_layout.row,
                b_panel: self.b_layout.panel,
                c: self.c,
                c_row: self.c_layout.row,
                c_panel: self.c_layout.panel,
                accumulate: self.accumulate || pass > 0,
            };
            let along = self.a_column == 1;
            let mut panel = 0;
            while panel < panels {
                let wide = V::TILE.1 == 2 && panel + 1 < panels;
                let strip = strip.at(panel);
                // SAFETY: the caller checked that all rows and columns lie inside the operands.
                unsafe {
                    match (wide, along) {
                        (true, true) => strip.whole::<V, 2, true>(),
                        (true, false) => strip.whole::<V, 2, false>(),
                        (false, true) => strip.whole::<V, 1, true>(),
                        (false, false) => strip.whole::<V, 1, false>(),
                    }
                }
                panel += 1 + usize::from(wide);
            }
            if panels * T::PANEL < self.columns {
                let strip = Strip { b_row: self.b_layout.tail, c_row: self.c_layout.tail, ..strip.at(panels) };
                // SAFETY: as above.
                unsafe { if along { strip.half::<V, true>() } else { strip.half::<V, false>() } }
            }
        }
    }
}

/// Panels side by side: all rows of A against them.
#[derive(Clone, Copy)]
struct Strip<T, R, D> {
    rows: R,
    depth: D,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_row: usize,
    b_panel: usize,
    c: *mut T,
    c_row: usize,
    c_panel: usize,
    accumulate: bool,
}

/// Calls `$tile` with as many rows as `$count` says, none of the arms that `$most` excludes being compiled.
macro_rules! tiles {
    ($count:expr, $most:expr, $self:ident.$tile:ident::<$v:ident, _ $(, $parameter:tt)*>($row:expr)) => {
        match $count {
            8 if $most >= 8 => $self.$tile::<$v, 8 $(, $parameter)*>($row),
            7 if $most >= 7 => $self.$tile::<$v, 7 $(, $parameter)*>($row),
            6 => $self.$tile::<$v, 6 $(, $parameter)*>($row),
            5 => $self.$tile::<$v, 5 $(, $parameter)*>($row),
            4 => $self.$tile::<$v, 4 $(, $parameter)*>($row),
            3 => $self.$tile::<$v, 3 $(, $parameter)*>($row),
            2 => $self.$tile::<$v, 2 $(, $parameter)*>($row),
            _ => $self.$tile::<$v, 1 $(, $parameter)*>($row),
        }
    };
}

impl<T: Scalar, R: List, D: List> Strip<T, R, D> {
    #[inline(always)]
    fn at(self, panel: usize) -> Self {
        let (b, c) = (self.b.wrapping_add(panel * self.b_panel), self.c.wrapping_add(panel * self.c_panel));
        Strip { b, c, ..self }
    }

    /// N whole panels. ALONG: the depth of A is contiguous; else its rows are. Rows are shared out evenly: 9 are 5 and 4, not 8
    /// and a 1 that waits for its sums.
    ///
    /// # Safety
    /// The strip lies inside its operands: its rows and depth, and N panels of B and C.
    #[inline(always)]
    unsafe fn whole<V: Lanes<Elem = T>, const N: usize, const ALONG: bool>(&self) {
        let (rows, most) = (self.rows.length(), V::TILE.0);
        let tiles = rows.div_ceil(most);
        for tile in 0..tiles {
            let (row, end) = (rows * tile / tiles, rows * (tile + 1) / tiles);
            // SAFETY: the caller's promise.
            unsafe { tiles!(end - row, V::TILE.0, self.tile::<V, _, N, ALONG>(row)) }
        }
    }

    /// The same for half a panel, rows two by two; where one is left over, it is in both halves.
    ///
    /// # Safety
    /// As for `whole`, with half a panel.
    #[inline(always)]
    unsafe fn half<V: Lanes<Elem = T>, const ALONG: bool>(&self) {
        let (couples, most) = (self.rows.length().div_ceil(2), V::TILE.0);
        let tiles = couples.div_ceil(most);
        for tile in 0..tiles {
            let (couple, end) = (couples * tile / tiles, couples * (tile + 1) / tiles);
            // SAFETY: the caller's promise.
            unsafe { tiles!(end - couple, V::TILE.0, self.couples::<V, _, ALONG>(couple)) }
        }
    }

    /// One of the strides is 1.
    #[inline(always)]
    fn strides<const ALONG: bool>(&self) -> [usize; 2] {
        if ALONG { [self.a_row, 1] } else { [1, self.a_column] }
    }

    /// M rows from `row` on against N panels.
    ///
    /// # Safety
    /// As for `whole`, with M rows from `row` on.
    #[inline(always)]
    unsafe fn tile<V: Lanes<Elem = T>, const M: usize, const N: usize, const ALONG: bool>(&self, row: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let [a_row, a_column] = self.strides::<ALONG>();
            let starts: [*const T; M] = std::array::from_fn(|i| self.a.add(self.rows.at(row + i)[0] * a_row));
            if self.accumulate {
                // Large gradients come from far away: they are on their way while the products are summed.
                for i in 0..M {
                    let c = self.c.add(self.rows.at(row + i)[1] * self.c_row);
                    (0..N).for_each(|j| V::prefetch(c.add(j * self.c_panel)));
                }
            }
            let mut sums = [[V::zero(); N]; M];
            for k in 0..self.depth.length() {
                let [k, l] = self.depth.at(k);
                let (a, b) = (k * a_column, self.b.add(l * self.b_row));
                let columns: [V; N] = std::array::from_fn(|j| V::load_from(b.add(j * self.b_panel)));
                for i in 0..M {
                    let factor = V::splat(*starts[i].add(a));
                    for j in 0..N {
                        sums[i][j] = factor.mul_add(columns[j], sums[i][j]);
                    }
                }
            }
            for i in 0..M {
                let c = self.c.add(self.rows.at(row + i)[1] * self.c_row);
                for j in 0..N {
                    let to = c.add(j * self.c_panel);
                    let sum = if self.accumulate { V::load_from(to) + sums[i][j] } else { sums[i][j] };
                    sum.store_to(to);
                }
            }
        }
    }

    /// M times two rows from number `2 couple` on against half a panel.
    ///
    /// # Safety
    /// As for `half`, with at least one row of each couple.
    #[inline(always)]
    unsafe fn couples<V: Lanes<Elem = T>, const M: usize, const ALONG: bool>(&self, couple: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let [a_row, a_column] = self.strides::<ALONG>();
            let last = self.rows.length() - 1;
            let rows = |i: usize| [2 * (couple + i), (2 * (couple + i) + 1).min(last)].map(|row| self.rows.at(row));
            let starts: [[*const T; 2]; M] = std::array::from_fn(|i| rows(i).map(|row| self.a.add(row[0] * a_row)));
            let mut sums = [V::zero(); M];
            for k in 0..self.depth.length() {
                let [k, l] = self.depth.at(k);
                let (a, b) = (k * a_column, self.b.add(l * self.b_row));
                let columns = V::load_halves(b, b);
                for i in 0..M {
                    let [low, high] = starts[i];
                    sums[i] = V::splat_halves(low.add(a), high.add(a)).mul_add(columns, sums[i]);
                }
            }
            for i in 0..M {
                let [low, high] = rows(i).map(|row| self.c.add(row[1] * self.c_row));
                let sum = if self.accumulate { V::load_halves(low, high) + sums[i] } else { sums[i] };
                sum.store_halves(low, high);
            }
        }
    }
}
