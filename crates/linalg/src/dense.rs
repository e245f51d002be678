//! faer's products and decompositions, compiled here for both types: as generic functions they would be compiled once more in
//! every crate that uses them, which took minutes.

use base::{Code, Error, Result};
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::{matmul, triangular};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, Auto, MatMut, MatRef, Par, Spec};
use num_complex::Complex;

/// What faer does for numbers of one type. A decomposition is `false` where there is none: it did not converge, or the matrix
/// is not positive definite. Errors: `OVER_MEMORY_LIMIT`.
pub trait Dense: Sized {
    /// `out = a b`.
    fn multiply(out: MatMut<Self>, a: MatRef<Self>, b: MatRef<Self>, par: Par);
    /// The lower triangle of `out = a a^T`.
    fn multiply_lower(out: MatMut<Self>, a: MatRef<Self>, par: Par);
    /// Eigenvalues of a symmetric matrix, ascending, and eigenvectors as columns where they are asked for.
    fn eigen(a: MatRef<Self>, values: DiagMut<Self>, vectors: Option<MatMut<Self>>, par: Par) -> Result<bool>;
    /// The same of a Hermitian matrix.
    fn eigen_hermitian(
        a: MatRef<Complex<Self>>,
        values: DiagMut<Complex<Self>>,
        vectors: MatMut<Complex<Self>>,
        par: Par,
    ) -> Result<bool>;
    /// Singular values, descending, and the thin sides `u` and `v` as columns where they are asked for.
    fn singular(
        a: MatRef<Self>,
        values: DiagMut<Self>,
        vectors: Option<(MatMut<Self>, MatMut<Self>)>,
        par: Par,
    ) -> Result<bool>;
    /// The lower triangle of a symmetric matrix becomes its factor.
    fn cholesky(a: MatMut<Self>, par: Par) -> Result<bool>;
    /// `x = lower^-1 x`.
    fn solve_lower(lower: MatRef<Self>, x: MatMut<Self>, par: Par);
    /// `x = upper^-1 x`.
    fn solve_upper(upper: MatRef<Self>, x: MatMut<Self>, par: Par);
}

/// Scratch memory for what is done with a matrix of so many rows and columns.
fn memory(needed: StackReq, what: &str, rows: usize, columns: usize) -> Result<MemBuffer> {
    MemBuffer::try_new(needed)
        .map_err(|_| Error::new(Code::OverMemoryLimit, format!("a: no memory to {what} {rows} x {columns}")))
}

macro_rules! dense {
    ($type:ident) => {
        impl Dense for $type {
            fn multiply(out: MatMut<Self>, a: MatRef<Self>, b: MatRef<Self>, par: Par) {
                matmul(out, Accum::Replace, a, b, 1.0, par);
            }
            fn multiply_lower(out: MatMut<Self>, a: MatRef<Self>, par: Par) {
                let (lower, whole) =
                    (triangular::BlockStructure::TriangularLower, triangular::BlockStructure::Rectangular);
                triangular::matmul(out, lower, Accum::Replace, a, whole, a.transpose(), whole, 1.0, par);
            }
            fn eigen(a: MatRef<Self>, values: DiagMut<Self>, vectors: Option<MatMut<Self>>, par: Par) -> Result<bool> {
                let params: Spec<_, Self> = Spec::new(Auto::<Self>::auto());
                let want = if vectors.is_some() { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
                let needed = self_adjoint_evd_scratch::<Self>(a.nrows(), want, par, params);
                let mut memory = memory(needed, "decompose", a.nrows(), a.ncols())?;
                Ok(self_adjoint_evd(a, values, vectors, par, MemStack::new(&mut memory), params).is_ok())
            }
            fn eigen_hermitian(
                a: MatRef<Complex<Self>>,
                values: DiagMut<Complex<Self>>,
                vectors: MatMut<Complex<Self>>,
                par: Par,
            ) -> Result<bool> {
                let params: Spec<_, Complex<Self>> = Spec::new(Auto::<Complex<Self>>::auto());
                let needed =
                    self_adjoint_evd_scratch::<Complex<Self>>(a.nrows(), ComputeEigenvectors::Yes, par, params);
                let mut memory = memory(needed, "decompose", a.nrows(), a.ncols())?;
                Ok(self_adjoint_evd(a, values, Some(vectors), par, MemStack::new(&mut memory), params).is_ok())
            }
            fn singular(
                a: MatRef<Self>,
                values: DiagMut<Self>,
                vectors: Option<(MatMut<Self>, MatMut<Self>)>,
                par: Par,
            ) -> Result<bool> {
                let params: Spec<_, Self> = Spec::new(Auto::<Self>::auto());
                let want = if vectors.is_some() { ComputeSvdVectors::Thin } else { ComputeSvdVectors::No };
                let needed = svd_scratch::<Self>(a.nrows(), a.ncols(), want, want, par, params);
                let mut memory = memory(needed, "decompose", a.nrows(), a.ncols())?;
                let (u, v) = vectors.unzip();
                Ok(svd(a, values, u, v, par, MemStack::new(&mut memory), params).is_ok())
            }
            fn cholesky(a: MatMut<Self>, par: Par) -> Result<bool> {
                let params: Spec<_, Self> = Spec::new(Auto::<Self>::auto());
                let needed = cholesky_in_place_scratch::<Self>(a.nrows(), par, params);
                let mut memory = memory(needed, "factor", a.nrows(), a.ncols())?;
                let none = LltRegularization::default();
                Ok(cholesky_in_place(a, none, par, MemStack::new(&mut memory), params).is_ok())
            }
            fn solve_lower(lower: MatRef<Self>, x: MatMut<Self>, par: Par) {
                solve_lower_triangular_in_place(lower, x, par);
            }
            fn solve_upper(upper: MatRef<Self>, x: MatMut<Self>, par: Par) {
                solve_upper_triangular_in_place(upper, x, par);
            }
        }
    };
}

dense!(f32);
dense!(f64);
