//! Vectors as two plain arrays: whatever the target's baseline makes of them.

use super::Vector;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Clone, Copy)]
#[repr(align(32))]
pub struct Portable32([f32; 8]);

#[derive(Clone, Copy)]
#[repr(align(32))]
pub struct Portable64([f64; 4]);

macro_rules! portable {
    ($vector:ident, $type:ident, $bits:ident, $signed:ident, $n:literal) => {
        impl $vector {
            #[inline(always)]
            fn map(self, f: impl Fn($type) -> $type) -> Self {
                $vector(std::array::from_fn(|i| f(self.0[i])))
            }
            #[inline(always)]
            fn with(self, other: Self, f: impl Fn($type, $type) -> $type) -> Self {
                $vector(std::array::from_fn(|i| f(self.0[i], other.0[i])))
            }
        }
        portable!(@operator $vector, Add, add, +);
        portable!(@operator $vector, Sub, sub, -);
        portable!(@operator $vector, Mul, mul, *);
        portable!(@operator $vector, Div, div, /);
        impl Neg for $vector {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                self.map(|x| -x)
            }
        }
        impl Vector for $vector {
            type Elem = $type;
            type Mask = [bool; $n];
            const WIDTH: usize = $n;

            #[inline(always)]
            fn splat(x: $type) -> Self {
                $vector([x; $n])
            }
            #[inline(always)]
            unsafe fn load_from(from: *const $type) -> Self {
                // SAFETY: the caller's promise; arrays need no more alignment than their elements.
                $vector(unsafe { from.cast::<[$type; $n]>().read() })
            }
            #[inline(always)]
            unsafe fn store_to(self, to: *mut $type) {
                // SAFETY: the caller's promise.
                unsafe { to.cast::<[$type; $n]>().write(self.0) }
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                // Without the instruction, a fused product is a slow library call.
                if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
                    $vector(std::array::from_fn(|i| self.0[i].mul_add(factor.0[i], term.0[i])))
                } else {
                    self * factor + term
                }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                self.with(other, |a, b| if a < b { a } else { b })
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.with(other, |a, b| if a > b { a } else { b })
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.map($type::abs)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.map($type::sqrt)
            }
            #[inline(always)]
            fn round(self) -> Self {
                self.map($type::round_ties_even)
            }
            #[inline(always)]
            fn copy_sign(self, sign: Self) -> Self {
                self.with(sign, $type::copysign)
            }
            #[inline(always)]
            fn less(self, other: Self) -> Self::Mask {
                std::array::from_fn(|i| self.0[i] < other.0[i])
            }
            #[inline(always)]
            fn exceeds(self, other: Self) -> Self::Mask {
                std::array::from_fn(|i| (self.0[i] > other.0[i]) | self.0[i].is_nan())
            }
            #[inline(always)]
            fn any(mask: Self::Mask) -> bool {
                mask.iter().any(|&lane| lane)
            }
            #[inline(always)]
            fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
                $vector(std::array::from_fn(|i| if mask[i] { yes.0[i] } else { no.0[i] }))
            }
            #[inline(always)]
            fn scale(self, exponent: Self) -> Self {
                const BIAS: $signed = $type::MAX_EXP as $signed - 1;
                const SHIFT: u32 = $type::MANTISSA_DIGITS - 1;
                self.with(exponent, |x, e| x * $type::from_bits((((e as $signed) + BIAS) << SHIFT) as $bits))
            }
            #[inline(always)]
            fn unzip(first: Self, second: Self) -> (Self, Self) {
                let at = |i: usize| if i < $n { first.0[i] } else { second.0[i - $n] };
                let every = |odd: usize| $vector(std::array::from_fn(|i| at(2 * i + odd)));
                (every(0), every(1))
            }
            #[inline(always)]
            fn zip(even: Self, odd: Self) -> (Self, Self) {
                let at = |i: usize| if i % 2 == 0 { even.0[i / 2] } else { odd.0[i / 2] };
                ($vector(std::array::from_fn(at)), $vector(std::array::from_fn(|i| at(i + $n))))
            }
            #[inline(always)]
            unsafe fn transpose(from: *const $type, from_row: usize, to: *mut $type, to_row: usize) {
                for i in 0..$n {
                    for j in 0..$n {
                        // SAFETY: the caller's promise.
                        unsafe { *to.add(j * to_row + i) = *from.add(i * from_row + j) };
                    }
                }
            }
            #[inline(always)]
            fn split(self) -> (Self, Self) {
                const BIAS: $signed = $type::MAX_EXP as $signed - 1;
                const SHIFT: u32 = $type::MANTISSA_DIGITS - 1;
                const MANTISSA: $bits = (1 << SHIFT) - 1;
                let one = (1.0 as $type).to_bits();
                (
                    self.map(|x| $type::from_bits(x.to_bits() & MANTISSA | one)),
                    self.map(|x| ((x.to_bits() >> SHIFT) as $signed - BIAS) as $type),
                )
            }
        }
    };
    (@operator $vector:ident, $trait:ident, $method:ident, $op:tt) => {
        impl $trait for $vector {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.with(other, |a, b| a $op b)
            }
        }
    };
}

portable!(Portable32, f32, u32, i32, 8);
portable!(Portable64, f64, u64, i64, 4);
