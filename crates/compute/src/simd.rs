//! Vectors: which instructions this process uses, what a vector can do, elementary functions over vectors.

pub mod denormals;
pub mod functions;
pub mod lanes;
pub mod path;
pub mod scalar;
