//! A vector as two registers of half its size: AVX2's, or arrays where the target has no wider ones.

use super::{Lanes, Vector};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The lower and the upper half.
#[derive(Clone, Copy)]
pub struct Pair<V>(V, V);

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<V: Vector> $trait for Pair<V> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Pair(V::$method(self.0, other.0), V::$method(self.1, other.1))
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl<V: Vector> Neg for Pair<V> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Pair(-self.0, -self.1)
    }
}

impl<V: Vector> Vector for Pair<V> {
    type Elem = V::Elem;
    type Mask = (V::Mask, V::Mask);
    const WIDTH: usize = 2 * V::WIDTH;

    #[inline(always)]
    fn splat(x: V::Elem) -> Self {
        Pair(V::splat(x), V::splat(x))
    }
    #[inline(always)]
    unsafe fn load_from(from: *const V::Elem) -> Self {
        // SAFETY: the caller's promise, for both halves.
        unsafe { Pair(V::load_from(from), V::load_from(from.add(V::WIDTH))) }
    }
    #[inline(always)]
    unsafe fn prefetch(from: *const V::Elem) {
        // SAFETY: the caller's promise.
        unsafe { V::prefetch(from) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut V::Elem) {
        // SAFETY: the caller's promise, for both halves.
        unsafe {
            self.0.store_to(to);
            self.1.store_to(to.add(V::WIDTH));
        }
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Pair(self.0.mul_add(factor.0, term.0), self.1.mul_add(factor.1, term.1))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Pair(self.0.min(other.0), self.1.min(other.1))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Pair(self.0.max(other.0), self.1.max(other.1))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Pair(self.0.abs(), self.1.abs())
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Pair(self.0.sqrt(), self.1.sqrt())
    }
    #[inline(always)]
    fn round(self) -> Self {
        Pair(self.0.round(), self.1.round())
    }
    #[inline(always)]
    fn copy_sign(self, sign: Self) -> Self {
        Pair(self.0.copy_sign(sign.0), self.1.copy_sign(sign.1))
    }
    #[inline(always)]
    fn less(self, other: Self) -> Self::Mask {
        (self.0.less(other.0), self.1.less(other.1))
    }
    #[inline(always)]
    fn exceeds(self, other: Self) -> Self::Mask {
        (self.0.exceeds(other.0), self.1.exceeds(other.1))
    }
    #[inline(always)]
    fn any(mask: Self::Mask) -> bool {
        V::any(mask.0) | V::any(mask.1)
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        Pair(V::select(mask.0, yes.0, no.0), V::select(mask.1, yes.1, no.1))
    }
    #[inline(always)]
    fn scale(self, exponent: Self) -> Self {
        Pair(self.0.scale(exponent.0), self.1.scale(exponent.1))
    }
    #[inline(always)]
    fn split(self) -> (Self, Self) {
        let (low, high) = (self.0.split(), self.1.split());
        (Pair(low.0, high.0), Pair(low.1, high.1))
    }
    #[inline(always)]
    fn unzip(first: Self, second: Self) -> (Self, Self) {
        let (low, high) = (V::unzip(first.0, first.1), V::unzip(second.0, second.1));
        (Pair(low.0, high.0), Pair(low.1, high.1))
    }
    #[inline(always)]
    fn zip(even: Self, odd: Self) -> (Self, Self) {
        let (first, second) = (V::zip(even.0, odd.0), V::zip(even.1, odd.1));
        (Pair(first.0, first.1), Pair(second.0, second.1))
    }
    #[inline(always)]
    unsafe fn transpose(from: *const V::Elem, from_row: usize, to: *mut V::Elem, to_row: usize) {
        // SAFETY: the caller's promise.
        unsafe { V::transpose(from, from_row, to, to_row) }
    }
    #[inline(always)]
    fn sum(self) -> V::Elem {
        (self.0 + self.1).sum()
    }
}

impl<V: Vector> Lanes for Pair<V> {
    type Half = V;
    const SUMS: usize = 6;

    #[inline(always)]
    fn join(low: V, high: V) -> Self {
        Pair(low, high)
    }
    #[inline(always)]
    fn halves(self) -> (V, V) {
        (self.0, self.1)
    }
}
