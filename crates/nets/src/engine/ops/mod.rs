//! The operations, one file each.

pub mod activation;
pub mod dense;
pub mod reshape;
