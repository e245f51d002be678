//! Matrix products, decompositions and solvers: a checked layer on faer.
//!
//! Matrices are row-major ([`Matrix`]), in f32 or f64 ([`Real`]). Every function checks shape, finiteness
//! and (where it matters) symmetry, and takes the number of threads it may use: 1 runs on the caller's
//! thread, 0 means every core. Errors name the argument.
//!
//! ```
//! use linalg::{Matrix, eigh};
//! let a = Matrix::from_rows(2, 2, vec![2.0, 1.0, 1.0, 2.0]).unwrap();
//! let e = eigh(&a, 1).unwrap();
//! assert!((e.values[0] - 1.0_f64).abs() < 1e-14 && (e.values[1] - 3.0).abs() < 1e-14);
//! ```

#![forbid(unsafe_code)]

pub mod cg;
pub mod check;
pub mod cholesky;
mod dense;
mod eigen;
pub mod hermitian;
mod jacobi;
pub mod lanczos;
pub mod matrix;
#[cfg(not(target_family = "wasm"))]
mod parallel;
#[cfg(target_family = "wasm")]
#[path = "alone.rs"]
mod parallel;
pub mod poisson;
pub mod product;
pub mod real;
pub mod solve;
pub mod spline;
pub mod svd;

pub use cg::{CgOptions, CgResult, conjugate_gradient};
pub use cholesky::Cholesky;
pub use eigen::{Eigen, eigh, eigvalsh};
pub use hermitian::{ComplexMatrix, HermitianEigen, eigh_hermitian};
pub use lanczos::{LanczosOptions, TopEigen, top_eigen, top_eigen_matrix};
pub use matrix::Matrix;
pub use real::Real;
pub use solve::{PsdSolution, condition_number, solve_psd};
pub use svd::{Svd, pinv, singular_values, svd};

/// The number of threads where 0 means every core.
pub fn thread_count(threads: usize) -> usize {
    if threads > 0 { threads } else { compute::processors() }
}
