//! Rows of panels ([`Scalar::PANEL`] numbers) in registers: one of 64 bytes where the machine has AVX-512, else two vectors.
//!
//! Both take the same sums in the same order, so that they are one path: their bits are equal.

use super::{Kernel, Lanes};
use crate::simd::scalar::Scalar;

/// Work on rows of panels, compiled for both kinds. Mark `run` and all that it calls `#[inline(always)]`.
pub trait WideKernel<T: Scalar> {
    fn run<W: Wide<Elem = T>>(self);
}

/// A row of a panel. Only a [`WideKernel`] gets one, on a machine that has its instructions.
pub trait Wide: Copy {
    type Elem: Scalar;
    /// One number in every lane.
    type Factor: Copy;
    /// The tile of sums that leaves registers for its operands: rows, and rows of panels beside each other.
    const TILE: (usize, usize);

    fn zero() -> Self;
    fn factor(x: Self::Elem) -> Self::Factor;
    /// # Safety
    /// `PANEL` numbers from `from` are readable.
    unsafe fn load_from(from: *const Self::Elem) -> Self;
    /// # Safety
    /// `PANEL` numbers from `to` are writable.
    unsafe fn store_to(self, to: *mut Self::Elem);
    fn add(self, other: Self) -> Self;
    /// `self + factor * row`.
    fn add_product(self, factor: Self::Factor, row: Self) -> Self;
}

/// Two vectors.
#[derive(Clone, Copy)]
pub struct Pair<V>(V, V);

impl<V: Lanes> Wide for Pair<V> {
    type Elem = V::Elem;
    type Factor = V;
    const TILE: (usize, usize) = (6, 1);

    #[inline(always)]
    fn zero() -> Self {
        Pair(V::zero(), V::zero())
    }
    #[inline(always)]
    fn factor(x: V::Elem) -> V {
        V::splat(x)
    }
    #[inline(always)]
    unsafe fn load_from(from: *const V::Elem) -> Self {
        // SAFETY: a panel is two vectors.
        unsafe { Pair(V::load_from(from), V::load_from(from.add(V::Elem::LANES))) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut V::Elem) {
        // SAFETY: as above.
        unsafe {
            self.0.store_to(to);
            self.1.store_to(to.add(V::Elem::LANES));
        }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Pair(self.0 + other.0, self.1 + other.1)
    }
    #[inline(always)]
    fn add_product(self, factor: V, row: Self) -> Self {
        Pair(factor.mul_add(row.0, self.0), factor.mul_add(row.1, self.1))
    }
}

/// Runs a [`WideKernel`] on pairs of the vectors of a path.
pub struct InPairs<K>(pub K);

impl<T: Scalar, K: WideKernel<T>> Kernel<T> for InPairs<K> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        self.0.run::<Pair<V>>();
    }
}
