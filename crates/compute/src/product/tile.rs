//! The one tile of all products: some rows of A against vectors of B beside each other, their sums in registers.
//!
//! Which rows and which depth take part is a [`List`]: all of them, or those of [`Among`](super::Among). A panel is a vector. Where
//! registers allow, panels go together, two by two and at the end three or one and a half or two and a half, so that every
//! number of A that is read meets as many; else, of a half panel at the end, two rows share a vector, one in each half.

use super::Layout;
use crate::simd::lanes::{Kernel, Lanes};
use crate::simd::scalar::Scalar;

/// Indices in the order in which they are worked off: of A, and of what it meets.
pub trait List: Copy {
    /// Whether they follow one by one, both of a pair being the same.
    const STEADY: bool;
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
    const STEADY: bool = true;
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
    const STEADY: bool = false;
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
        let (panels, vectors) = (self.columns / T::PANEL, self.columns.div_ceil(T::PANEL));
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
                b_tail: self.b_layout.tail,
                c: self.c,
                c_row: self.c_layout.row,
                c_panel: self.c_layout.panel,
                c_tail: self.c_layout.tail,
                accumulate: self.accumulate || pass > 0,
            };
            let mut panel = 0;
            while panel < vectors {
                let beside = match vectors - panel {
                    left if !together::<V>() || left == 1 => 1,
                    3 if R::STEADY => 3,
                    _ => 2,
                };
                let half = panel + beside > panels;
                let strip = strip.at(panel);
                // SAFETY: the caller checked that all rows and columns lie inside the operands.
                unsafe {
                    if self.a_column == 1 {
                        strip.beside::<V, true>(beside - usize::from(half), half);
                    } else {
                        strip.beside::<V, false>(beside - usize::from(half), half);
                    }
                }
                panel += beside;
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
    b_tail: usize,
    c: *mut T,
    c_row: usize,
    c_panel: usize,
    c_tail: usize,
    accumulate: bool,
}

/// Whether two or three panels go together.
const fn together<V: Lanes>() -> bool {
    V::SUMS >= 24
}

/// Rows of a tile of so many panels beside each other. Rows that are listed have an address each, for which there are fewer
/// registers.
const fn most_rows<V: Lanes, R: List>(panels: usize) -> usize {
    let (rows, most) = (V::SUMS / panels, if R::STEADY { 12 } else { 8 });
    if rows < most { rows } else { most }
}

/// Calls `$tile` with as many rows as `$count` says, none of the arms that `$most` excludes being compiled.
macro_rules! tiles {
    ($count:expr, $most:expr, $self:ident.$tile:ident::<$v:ident, _ $(, $parameter:tt)*>($row:expr)) => {
        match $count {
            12 if $most >= 12 => $self.$tile::<$v, 12 $(, $parameter)*>($row),
            11 if $most >= 12 => $self.$tile::<$v, 11 $(, $parameter)*>($row),
            10 if $most >= 12 => $self.$tile::<$v, 10 $(, $parameter)*>($row),
            9 if $most >= 12 => $self.$tile::<$v, 9 $(, $parameter)*>($row),
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

    /// So many whole panels, and half a one or none. ALONG: the depth of A is contiguous; else its rows are.
    ///
    /// # Safety
    /// The strip lies inside its operands: its rows and depth, and these panels of B and C.
    #[inline(always)]
    unsafe fn beside<V: Lanes<Elem = T>, const ALONG: bool>(&self, panels: usize, half: bool) {
        // SAFETY: the caller's promise.
        unsafe {
            if !together::<V>() {
                return if half { self.half::<V, ALONG>() } else { self.whole::<V, 1, false, ALONG>() };
            }
            // Rows and depth that are listed come with whole panels.
            match (panels, half && R::STEADY) {
                (0, true) => self.half::<V, ALONG>(),
                (1, true) => self.whole::<V, 2, true, ALONG>(),
                (2, true) => self.whole::<V, 3, true, ALONG>(),
                (1, _) => self.whole::<V, 1, false, ALONG>(),
                (2, _) => self.whole::<V, 2, false, ALONG>(),
                _ => self.whole::<V, 3, false, ALONG>(),
            }
        }
    }

    /// N panels, of the last of which HALF leaves a half. Rows are shared out evenly: 9 are 5 and 4, not 8 and a 1 that waits for
    /// its sums.
    ///
    /// # Safety
    /// As for `beside`.
    #[inline(always)]
    unsafe fn whole<V: Lanes<Elem = T>, const N: usize, const HALF: bool, const ALONG: bool>(&self) {
        let rows = self.rows.length();
        let tiles = rows.div_ceil(most_rows::<V, R>(N));
        for tile in 0..tiles {
            let (row, end) = (rows * tile / tiles, rows * (tile + 1) / tiles);
            // SAFETY: the caller's promise.
            unsafe { tiles!(end - row, const { most_rows::<V, R>(N) }, self.tile::<V, _, N, HALF, ALONG>(row)) }
        }
    }

    /// The same for half a panel, rows two by two; where one is left over, it is in both halves.
    ///
    /// # Safety
    /// As for `whole`, with half a panel.
    #[inline(always)]
    unsafe fn half<V: Lanes<Elem = T>, const ALONG: bool>(&self) {
        let couples = self.rows.length().div_ceil(2);
        let tiles = couples.div_ceil(most_rows::<V, R>(1));
        let strip = Strip { b_row: self.b_tail, c_row: self.c_tail, ..*self };
        for tile in 0..tiles {
            let (couple, end) = (couples * tile / tiles, couples * (tile + 1) / tiles);
            // SAFETY: the caller's promise.
            unsafe { tiles!(end - couple, const { most_rows::<V, R>(1) }, strip.couples::<V, _, ALONG>(couple)) }
        }
    }

    /// One of the strides is 1.
    #[inline(always)]
    fn strides<const ALONG: bool>(&self) -> [usize; 2] {
        if ALONG { [self.a_row, 1] } else { [1, self.a_column] }
    }

    /// M rows from `row` on against N panels, of the last of which HALF leaves a half.
    ///
    /// # Safety
    /// As for `beside`, with M rows from `row` on.
    #[inline(always)]
    unsafe fn tile<V: Lanes<Elem = T>, const M: usize, const N: usize, const HALF: bool, const ALONG: bool>(
        &self,
        row: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let [a_row, a_column] = self.strides::<ALONG>();
            let starts: [*const T; M] = std::array::from_fn(|i| self.a.add(self.rows.at(row + i)[0] * a_row));
            // The places of the tile's sums; the last may be half of one.
            let place = |i: usize, j: usize| {
                let row_of_c = if HALF && j == N - 1 { self.c_tail } else { self.c_row };
                self.c.wrapping_add(self.rows.at(row + i)[1] * row_of_c + j * self.c_panel)
            };
            if self.accumulate {
                // Large gradients come from far away: they are on their way while the products are summed.
                for i in 0..M {
                    (0..N).for_each(|j| V::prefetch(place(i, j)));
                }
            }
            let mut sums = [[V::zero(); N]; M];
            let depth = self.depth.length();
            if R::STEADY && D::STEADY {
                let from = if depth > 0 { self.depth.at(0)[0] } else { 0 };
                // Of every fourth row: so few strides lead to its neighbours that they stay in registers.
                let a = starts[0].wrapping_add(from * a_column);
                let mut fourth: [*const T; 3] = std::array::from_fn(|i| a.wrapping_add(4 * i * a_row));
                let mut b: [*const T; N] = std::array::from_fn(|j| {
                    let row_of_b = if HALF && j == N - 1 { self.b_tail } else { self.b_row };
                    self.b.wrapping_add(j * self.b_panel + from * row_of_b)
                });
                macro_rules! steady {
                    () => {
                        let columns: [V; N] = std::array::from_fn(|j| {
                            if HALF && j == N - 1 { V::load_half(b[j]) } else { V::load_from(b[j]) }
                        });
                        for i in 0..M {
                            let factor = V::splat(*fourth[i / 4].add(i % 4 * a_row));
                            for j in 0..N {
                                sums[i][j] = factor.mul_add(columns[j], sums[i][j]);
                            }
                        }
                        fourth = fourth.map(|a| a.wrapping_add(a_column));
                        for j in 0..N {
                            b[j] = b[j].wrapping_add(if HALF && j == N - 1 { self.b_tail } else { self.b_row });
                        }
                    };
                }
                // What moves the addresses takes the place of multiply-adds: four steps in a turn.
                for _ in 0..depth / 4 {
                    if ALONG {
                        fourth = fourth.map(opaque);
                    }
                    b = b.map(opaque);
                    steady!();
                    steady!();
                    steady!();
                    steady!();
                }
                for _ in 0..depth % 4 {
                    steady!();
                }
            } else {
                for k in 0..depth {
                    let [k, l] = self.depth.at(k);
                    let b = self.b.add(l * self.b_row);
                    let columns: [V; N] = std::array::from_fn(|j| V::load_from(b.add(j * self.b_panel)));
                    for i in 0..M {
                        let factor = V::splat(*starts[i].add(k * a_column));
                        for j in 0..N {
                            sums[i][j] = factor.mul_add(columns[j], sums[i][j]);
                        }
                    }
                }
            }
            for i in 0..M {
                for j in 0..N {
                    let (to, half) = (place(i, j), HALF && j == N - 1);
                    let before = match self.accumulate {
                        false => V::zero(),
                        true if half => V::load_half(to),
                        true => V::load_from(to),
                    };
                    let sum = if self.accumulate { before + sums[i][j] } else { sums[i][j] };
                    if half { sum.store_half(to) } else { sum.store_to(to) }
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

/// The same address, of which the compiler does not know any more where it comes from: else it keeps dozens of addresses that
/// follow from each other, more than there are registers.
#[inline(always)]
#[allow(clippy::pointers_in_nomem_asm_block)] // Nothing is read through it.
fn opaque<T>(address: *const T) -> *const T {
    #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    {
        let mut kept = address;
        // SAFETY: no instruction at all; the address stays in its register.
        unsafe { std::arch::asm!("/* {0} */", inout(reg) kept, options(pure, nomem, nostack, preserves_flags)) };
        kept
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    address
}
