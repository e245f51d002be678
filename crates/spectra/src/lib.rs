//! Fourier transforms, windows, convolution, filters: signals, no networks.
//!
//! Conventions: arrays are row-major; the DFT is `X[k] = sum_n x[n] exp(-2 pi i k n / N)`, unscaled, its inverse divides by N;
//! frequencies are cycles per unit unless a function says angular. Every function checks its arguments and answers
//! [`base::Error`] with the argument's name; thread counts are arguments, results do not depend on them.

pub mod bands;
pub mod check;
pub mod circulant;
pub mod convolution;
pub mod dct;
pub mod dst;
pub mod fft;
pub mod filter;
pub mod frequency;
pub mod harmonics;
pub mod image;
pub mod layers;
pub mod mask;
pub mod noise;
pub mod nudft;
pub mod nufft;
pub mod permute;
pub mod power;
pub mod principal;
mod product;
pub mod real;
pub mod resize;
pub mod response;
pub mod series;
pub mod stft;
mod trigonometric;
pub mod vector;
pub mod window;

pub use real::Real;
