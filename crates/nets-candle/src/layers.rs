//! The layers, one file each.

pub mod attention;
pub mod conv2d;
pub mod dense;
pub mod fourier;
pub mod norm;
pub mod pool2d;
pub mod positions;
pub mod transform;
mod windows;
