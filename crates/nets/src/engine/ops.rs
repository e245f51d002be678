//! The operations, one file each.

pub mod activation;
pub mod amplify;
pub mod attention;
pub mod batch_norm;
pub mod combine;
pub mod conv2d;
pub mod dense;
pub mod expression;
pub mod layer_norm;
pub mod multiply;
pub mod pool2d;
pub mod positions;
pub mod reshape;
pub mod scale;
pub mod single;
pub mod transform;
pub mod turns;
