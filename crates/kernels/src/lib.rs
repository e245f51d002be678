//! Neural tangent kernels: analytic and empirical, their spectra, and the training dynamics they predict.
//!
//! Conventions (design.md of the package): kernels are `[n, m]` row-major and never scaled by the number of samples;
//! `mse` is the mean over samples and outputs of (h - y)^2; time is `learningRate * steps`.

#![forbid(unsafe_code)]

pub mod analytic;
pub mod dynamics;
pub mod empirical;
mod maps;
pub mod parallel;
pub mod reading;
pub mod selection;
pub mod waves;
