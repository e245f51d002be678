//! The two number types of the package, as faer knows them.

use crate::dense::Dense;

/// f32 or f64: [`compute::Scalar`] that faer can decompose.
pub trait Real: compute::Scalar + Dense + base::memory::Zero {
    /// Distance from 1 to the next larger number, in f64.
    fn epsilon() -> f64;
    /// The power of two that brings the largest of the values near 1, where squares of them could leave the type's range;
    /// else 1.
    fn factor(values: &[Self]) -> f64;
}

impl Real for f32 {
    fn epsilon() -> f64 {
        f64::from(f32::EPSILON)
    }
    fn factor(values: &[Self]) -> f64 {
        let largest = values.iter().fold(0.0f32, |most, v| most.max(v.abs()));
        base::magnitude::to_one(f64::from(largest), 1e-8..=1e8)
    }
}

impl Real for f64 {
    fn epsilon() -> f64 {
        f64::EPSILON
    }
    fn factor(values: &[Self]) -> f64 {
        base::magnitude::factor(values.iter().copied())
    }
}
