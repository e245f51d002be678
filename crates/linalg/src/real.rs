//! The two number types of the package, f32 and f64, behind one trait.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// f32 or f64. Everything a numeric routine needs from its element type.
pub trait Real:
    faer::traits::RealField
    + Copy
    + Default
    + Send
    + Sync
    + 'static
    + PartialOrd
    + std::fmt::Debug
    + std::fmt::Display
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + std::iter::Sum
{
    /// Distance from 1 to the next larger number.
    const EPSILON: f64;
    const ZERO: Self;
    const ONE: Self;
    fn of(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn finite(self) -> bool;
    fn square_root(self) -> Self;
    fn magnitude(self) -> Self;
}

macro_rules! real {
    ($t:ty) => {
        impl Real for $t {
            const EPSILON: f64 = <$t>::EPSILON as f64;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            fn of(x: f64) -> Self {
                x as $t
            }
            fn to_f64(self) -> f64 {
                self as f64
            }
            fn finite(self) -> bool {
                self.is_finite()
            }
            fn square_root(self) -> Self {
                self.sqrt()
            }
            fn magnitude(self) -> Self {
                self.abs()
            }
        }
    };
}
real!(f32);
real!(f64);
