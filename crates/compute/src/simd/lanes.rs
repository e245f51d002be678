//! Vectors of 64 bytes on every path, one register (AVX-512) or a [`Pair`], and how code is compiled for a path.
//!
//! Code that wants vectors implements [`Kernel`] and is run by [`Scalar::dispatch`]: its `run`, marked
//! `#[inline(always)]`, is compiled once for every path inside a function that has the path's instructions enabled.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
mod pair;
mod portable;

pub(crate) use pair::Pair;
pub(crate) use portable::{Portable32, Portable64};

use crate::simd::scalar::Scalar;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Work that is compiled for every path. Mark `run` and all that it calls `#[inline(always)]`.
pub trait Kernel<T: Scalar> {
    type Output;
    fn run<V: Lanes<Elem = T>>(self) -> Self::Output;
}

/// Numbers that one instruction, or one each for two halves, works on. Only a [`Kernel`] gets one, on a machine that has its
/// instructions.
pub trait Vector:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
    + 'static
{
    type Elem: Scalar;
    /// What a comparison gives: a choice for each lane.
    type Mask: Copy;
    /// How many numbers.
    const WIDTH: usize;

    fn splat(x: Self::Elem) -> Self;
    /// # Safety
    /// `WIDTH` numbers from `from` are readable.
    unsafe fn load_from(from: *const Self::Elem) -> Self;
    /// # Safety
    /// `WIDTH` numbers from `to` are writable.
    unsafe fn store_to(self, to: *mut Self::Elem);
    /// Asks for the cache line of `from`; where the path has no such instruction, nothing.
    ///
    /// # Safety
    /// `from` points into an array.
    #[inline(always)]
    unsafe fn prefetch(_from: *const Self::Elem) {}
    /// `self * factor + term`; rounded once where the path has FMA.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// `other` where either is NaN.
    fn min(self, other: Self) -> Self;
    /// `other` where either is NaN.
    fn max(self, other: Self) -> Self;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    /// To the nearest integer, ties to even.
    fn round(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn copy_sign(self, sign: Self) -> Self;
    /// False where either is NaN.
    fn less(self, other: Self) -> Self::Mask;
    /// Whether `self` comes before `other` as a maximum: it is larger, or NaN, so that a divergence is seen.
    fn exceeds(self, other: Self) -> Self::Mask;
    /// Whether a comparison holds in some lane.
    fn any(mask: Self::Mask) -> bool;
    /// Lane by lane, `yes` where `mask` holds.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// `self * 2^exponent`, for integral `exponent` within the range of normal numbers.
    fn scale(self, exponent: Self) -> Self;
    /// For finite normal positive numbers: mantissa in [1, 2) and exponent.
    fn split(self) -> (Self, Self);

    /// The numbers at even and at odd places of two vectors, one after the other.
    fn unzip(first: Self, second: Self) -> (Self, Self);
    /// The inverse of [`unzip`](Self::unzip).
    fn zip(even: Self, odd: Self) -> (Self, Self);

    /// Transposes a square of [`Scalar::HALF`] rows and columns; rows are `from_row` and `to_row` numbers apart.
    ///
    /// # Safety
    /// The squares are readable and writable.
    unsafe fn transpose(from: *const Self::Elem, from_row: usize, to: *mut Self::Elem, to_row: usize);

    #[inline(always)]
    fn zero() -> Self {
        Self::splat(Self::Elem::ZERO)
    }
    #[inline(always)]
    fn of(x: f64) -> Self {
        Self::splat(Self::Elem::from_f64(x))
    }
    /// The first `WIDTH` numbers of `from`.
    #[inline(always)]
    fn load(from: &[Self::Elem]) -> Self {
        assert!(from.len() >= Self::WIDTH);
        // SAFETY: the length was checked.
        unsafe { Self::load_from(from.as_ptr()) }
    }
    /// To the first `WIDTH` numbers of `to`.
    #[inline(always)]
    fn store(self, to: &mut [Self::Elem]) {
        assert!(to.len() >= Self::WIDTH);
        // SAFETY: the length was checked.
        unsafe { self.store_to(to.as_mut_ptr()) }
    }
    /// Up to `WIDTH` numbers; zero beyond them.
    #[inline(always)]
    fn load_part(from: &[Self::Elem]) -> Self {
        if from.len() >= Self::WIDTH {
            return Self::load(from);
        }
        let mut part = [Self::Elem::ZERO; MOST];
        part[..from.len()].copy_from_slice(from);
        Self::load(&part)
    }
    /// As many numbers as `to` takes.
    #[inline(always)]
    fn store_part(self, to: &mut [Self::Elem]) {
        if to.len() >= Self::WIDTH {
            return self.store(to);
        }
        let mut part = [Self::Elem::ZERO; MOST];
        self.store(&mut part);
        let length = to.len();
        to.copy_from_slice(&part[..length]);
    }
    /// The sum of the lanes, in pairs: each with the one half a vector further, then the same in the half, and so on.
    #[inline(always)]
    fn sum(self) -> Self::Elem {
        let mut part = [Self::Elem::ZERO; MOST];
        self.store(&mut part);
        let mut width = Self::WIDTH;
        while width > 1 {
            width /= 2;
            for i in 0..width {
                let other = part[i + width];
                part[i] += other;
            }
        }
        part[0]
    }
}

/// Lanes of the widest vector.
const MOST: usize = 16;

/// A vector of [`Scalar::LANES`] numbers, and its halves: a row that ends in half a vector shares one with another row.
pub trait Lanes: Vector {
    /// [`Scalar::HALF`] numbers.
    type Half: Vector<Elem = Self::Elem>;
    /// How many vectors of a product's sums leave registers for its operands.
    const SUMS: usize;

    fn join(low: Self::Half, high: Self::Half) -> Self;
    fn halves(self) -> (Self::Half, Self::Half);

    /// One number in every lane of the lower half, another in those of the upper.
    ///
    /// # Safety
    /// Both are readable.
    #[inline(always)]
    unsafe fn splat_halves(low: *const Self::Elem, high: *const Self::Elem) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::join(Self::Half::splat(*low), Self::Half::splat(*high)) }
    }
    /// `HALF` numbers of two places.
    ///
    /// # Safety
    /// `HALF` numbers from each of both are readable.
    #[inline(always)]
    unsafe fn load_halves(low: *const Self::Elem, high: *const Self::Elem) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::join(Self::Half::load_from(low), Self::Half::load_from(high)) }
    }
    /// # Safety
    /// `HALF` numbers from each of both are writable.
    #[inline(always)]
    unsafe fn store_halves(self, low: *mut Self::Elem, high: *mut Self::Elem) {
        let halves = self.halves();
        // SAFETY: the caller's promise.
        unsafe {
            halves.0.store_to(low);
            halves.1.store_to(high);
        }
    }
    /// `HALF` numbers, and zeros in the upper half.
    ///
    /// # Safety
    /// `HALF` numbers from `from` are readable.
    #[inline(always)]
    unsafe fn load_half(from: *const Self::Elem) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::join(Self::Half::load_from(from), Self::Half::zero()) }
    }
    /// The lower half.
    ///
    /// # Safety
    /// `HALF` numbers from `to` are writable.
    #[inline(always)]
    unsafe fn store_half(self, to: *mut Self::Elem) {
        // SAFETY: the caller's promise.
        unsafe { self.halves().0.store_to(to) }
    }
}

#[cfg(test)]
mod tests;
