//! The two number types of the package, as faer knows them.

/// f32 or f64: [`compute::Scalar`] that faer can decompose.
pub trait Real: compute::Scalar + faer::traits::RealField + base::memory::Zero {
    /// Distance from 1 to the next larger number, in f64.
    fn epsilon() -> f64;
}

impl Real for f32 {
    fn epsilon() -> f64 {
        f64::from(f32::EPSILON)
    }
}

impl Real for f64 {
    fn epsilon() -> f64 {
        f64::EPSILON
    }
}
