//! The two floating-point types that transforms keep: f32 in, f32 out; f64 in, f64 out.

use crate::fft::{self, Job, Signal, SplitMut};
use base::Result;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_traits::Float;
use rustfft::{Fft, FftDirection, FftNum, FftPlanner};
use std::sync::Arc;

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
    /// rustfft's plans, with their kernels, as well compiled once.
    #[doc(hidden)]
    fn planners() -> Planners<Self>;
    #[doc(hidden)]
    fn plan(planners: &mut Planners<Self>, n: usize, direction: FftDirection) -> Arc<dyn Fft<Self>>;
    #[doc(hidden)]
    fn plan_real(planners: &mut Planners<Self>, n: usize) -> Arc<dyn RealToComplex<Self>>;
    #[doc(hidden)]
    fn plan_to_real(planners: &mut Planners<Self>, n: usize) -> Arc<dyn ComplexToReal<Self>>;
}

/// They share the tables of the lengths that they have planned.
pub struct Planners<T: FftNum> {
    complex: FftPlanner<T>,
    real: RealFftPlanner<T>,
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
            fn planners() -> Planners<Self> {
                Planners { complex: FftPlanner::new(), real: RealFftPlanner::new() }
            }
            fn plan(planners: &mut Planners<Self>, n: usize, direction: FftDirection) -> Arc<dyn Fft<Self>> {
                planners.complex.plan_fft(n, direction)
            }
            fn plan_real(planners: &mut Planners<Self>, n: usize) -> Arc<dyn RealToComplex<Self>> {
                planners.real.plan_fft_forward(n)
            }
            fn plan_to_real(planners: &mut Planners<Self>, n: usize) -> Arc<dyn ComplexToReal<Self>> {
                planners.real.plan_fft_inverse(n)
            }
        }
    };
}
real!(f32);
real!(f64);
