//! The operations, one file each.

pub mod activation;
pub mod conv2d;
pub mod dense;
pub mod pool2d;
pub mod reshape;
