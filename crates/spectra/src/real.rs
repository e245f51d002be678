//! The two floating-point types that transforms keep: f32 in, f32 out; f64 in, f64 out.

use crate::fft::{self, Job, Signal, SplitMut};
use base::Result;
use rustfft::FftNum;
use rustfft::num_traits::Float;

/// `f32` or `f64`.
pub trait Real: FftNum + Float + Default + std::iter::Sum {
    /// Rounds to this type.
    fn of(value: f64) -> Self;
    /// Widens without loss.
    fn wide(self) -> f64;
    /// The transforms of [`crate::fft`], compiled once here and not again in every crate that calls them.
    #[doc(hidden)]
    fn transform(x: Signal<'_, Self>, job: &Job<'_>, out: SplitMut<'_, Self>) -> Result<()>;
    #[doc(hidden)]
    fn transform_real(x: &[Self], job: &Job<'_>, out: SplitMut<'_, Self>) -> Result<()>;
    #[doc(hidden)]
    fn transform_to_real(x: Signal<'_, Self>, lengths: &[usize], job: &Job<'_>, out: &mut [Self]) -> Result<()>;
}

macro_rules! real {
    ($t:ty) => {
        impl Real for $t {
            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn wide(self) -> f64 {
                f64::from(self)
            }
            fn transform(x: Signal<'_, Self>, job: &Job<'_>, out: SplitMut<'_, Self>) -> Result<()> {
                fft::transform(x, job, out)
            }
            fn transform_real(x: &[Self], job: &Job<'_>, out: SplitMut<'_, Self>) -> Result<()> {
                fft::real::forward_transform(x, job, out)
            }
            fn transform_to_real(
                x: Signal<'_, Self>,
                lengths: &[usize],
                job: &Job<'_>,
                out: &mut [Self],
            ) -> Result<()> {
                fft::real::inverse_transform(x, lengths, job, out)
            }
        }
    };
}
real!(f32);
real!(f64);
