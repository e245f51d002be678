//! Vectors of 32 bytes on every path, and how code is compiled for a path.
//!
//! Code that wants vectors implements [`Kernel`] and is run by [`Scalar::dispatch`]: its `run`, marked
//! `#[inline(always)]`, is compiled once for every path inside a function that has the path's instructions enabled.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
mod portable;
pub mod wide;

pub(crate) use portable::{Portable32, Portable64};

use crate::simd::scalar::Scalar;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Work that is compiled for every path. Mark `run` and all that it calls `#[inline(always)]`.
pub trait Kernel<T: Scalar> {
    type Output;
    fn run<V: Lanes<Elem = T>>(self) -> Self::Output;
}

/// A vector of [`Scalar::LANES`] numbers. Only a [`Kernel`] gets one, on a machine that has its instructions.
pub trait Lanes:
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

    fn splat(x: Self::Elem) -> Self;
    /// # Safety
    /// `LANES` numbers from `from` are readable.
    unsafe fn load_from(from: *const Self::Elem) -> Self;
    /// # Safety
    /// `LANES` numbers from `to` are writable.
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

    /// Transposes a square of `LANES` rows and columns; rows are `from_row` and `to_row` numbers apart.
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
    /// The first `LANES` numbers of `from`.
    #[inline(always)]
    fn load(from: &[Self::Elem]) -> Self {
        assert!(from.len() >= Self::Elem::LANES);
        // SAFETY: the length was checked.
        unsafe { Self::load_from(from.as_ptr()) }
    }
    /// To the first `LANES` numbers of `to`.
    #[inline(always)]
    fn store(self, to: &mut [Self::Elem]) {
        assert!(to.len() >= Self::Elem::LANES);
        // SAFETY: the length was checked.
        unsafe { self.store_to(to.as_mut_ptr()) }
    }
    /// Up to `LANES` numbers; zero beyond them.
    #[inline(always)]
    fn load_part(from: &[Self::Elem]) -> Self {
        if from.len() >= Self::Elem::LANES {
            return Self::load(from);
        }
        let mut part = [Self::Elem::ZERO; 8];
        part[..from.len()].copy_from_slice(from);
        Self::load(&part)
    }
    /// As many numbers as `to` takes.
    #[inline(always)]
    fn store_part(self, to: &mut [Self::Elem]) {
        if to.len() >= Self::Elem::LANES {
            return self.store(to);
        }
        let mut part = [Self::Elem::ZERO; 8];
        self.store(&mut part);
        let length = to.len();
        to.copy_from_slice(&part[..length]);
    }
    /// The sum of the lanes, in pairs: ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)) for eight.
    #[inline(always)]
    fn sum(self) -> Self::Elem {
        let mut part = [Self::Elem::ZERO; 8];
        self.store(&mut part);
        let mut width = Self::Elem::LANES;
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

#[cfg(test)]
mod tests;
