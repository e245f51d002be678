//! SIMD paths, micro-kernels for matrix products, vectorised elementary functions, the thread team.
//!
//! Everything here is safe to call: `unsafe` stays behind the functions of this crate.

// The coefficients of the elementary functions are written once with all their digits, for f32 and f64 alike.
#![allow(clippy::excessive_precision)]

pub mod memory;
pub mod product;
pub mod simd;
pub mod threads;

pub use memory::allocator;
pub use memory::buffer::Buffer;
pub use memory::pages::{self, prefer_large};
pub use memory::prefetch::{prefetch, prefetch_for_writing};
pub use product::transpose::{mirror_lower, mirror_rows, transpose};
pub use product::{Among, Layout, Left, partial_product, product};
pub use simd::denormals::{self, Denormals};
pub use simd::functions;
pub use simd::lanes::{Kernel, Lanes, Vector};
pub use simd::path::SimdPath;
pub use simd::scalar::{Scalar, Typed};
pub use threads::pieces::{for_each, for_each_of, for_ranges};
pub use threads::shares::Shares;
pub use threads::team::{MOST_THREADS, Team, processors, thread_count, together};
