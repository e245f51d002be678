//! SIMD paths, micro-kernels for matrix products, vectorised elementary functions, the thread team.
//!
//! Everything here is safe to call: `unsafe` stays behind the functions of this crate.

// The coefficients of the elementary functions are written once with all their digits, for f32 and f64 alike.
#![allow(clippy::excessive_precision)]

pub mod allocator;
pub mod buffer;
pub mod denormals;
pub mod functions;
mod helpers;
pub mod lanes;
pub mod pages;
pub mod path;
pub mod prefetch;
pub mod product;
pub mod scalar;
pub mod shares;
pub mod team;
pub mod transpose;

pub use buffer::Buffer;
pub use denormals::Denormals;
pub use lanes::{Kernel, Lanes};
pub use pages::prefer_large;
pub use path::SimdPath;
pub use prefetch::{prefetch, prefetch_for_writing};
pub use product::{Among, Layout, Left, partial_product, product};
pub use scalar::Scalar;
pub use shares::Shares;
pub use team::{MOST_THREADS, Team, processors, thread_count, together};
pub use transpose::{mirror_lower, mirror_rows, transpose};
