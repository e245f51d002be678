//! The two number types of the engine, `f32` and `f64`, behind one sealed trait.

use crate::simd::lanes::{Kernel, Pair, Portable32, Portable64};
use crate::simd::path::SimdPath;
use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`. Sealed: the kernels know both.
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Default
    + Send
    + Sync
    + Debug
    + Display
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + Sum
    + 'static
{
    const ZERO: Self;
    const ONE: Self;
    /// The smallest x with 1 + x != 1, for tolerances.
    const EPSILON: Self;
    /// `f32` or `f64`.
    const NAME: &'static str;
    /// Numbers in a vector of 64 bytes: 16 or 8, on every path.
    const LANES: usize;
    /// Numbers in half a vector. Rows are padded to whole halves: a whole vector would waste too much of narrow ones.
    const HALF: usize = Self::LANES / 2;
    /// Columns in a panel of packed weights: a vector.
    const PANEL: usize = Self::LANES;

    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    fn is_finite(self) -> bool;
    /// The numbers under the name of their type: for code that is compiled once a type, and not once more for every caller.
    fn typed(numbers: &mut [Self]) -> Typed<'_>;
    /// Runs `kernel` compiled for `path`, its vectors being those of that path.
    fn dispatch<K: Kernel<Self>>(path: SimdPath, kernel: K) -> K::Output;
}

/// An array of one of the two types.
pub enum Typed<'a> {
    F32(&'a mut [f32]),
    F64(&'a mut [f64]),
}

macro_rules! scalar {
    ($type:ident, $lanes:literal, $portable:ty, $run:ident, $typed:ident) => {
        impl Scalar for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $type::EPSILON;
            const NAME: &'static str = stringify!($type);
            const LANES: usize = $lanes;

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                self.is_finite()
            }
            #[inline(always)]
            fn typed(numbers: &mut [Self]) -> Typed<'_> {
                Typed::$typed(numbers)
            }
            #[inline]
            fn dispatch<K: Kernel<Self>>(path: SimdPath, kernel: K) -> K::Output {
                match path {
                    #[cfg(target_arch = "x86_64")]
                    SimdPath::Avx512 => crate::simd::lanes::avx512::$run(kernel),
                    #[cfg(target_arch = "x86_64")]
                    SimdPath::Avx2 => crate::simd::lanes::avx2::$run(kernel),
                    _ => kernel.run::<Pair<$portable>>(),
                }
            }
        }
    };
}

scalar!(f32, 16, Portable32, run_f32, F32);
scalar!(f64, 8, Portable64, run_f64, F64);
