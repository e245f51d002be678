//! What faer does, compiled here for f32 and f64 and nowhere else: a generic function is compiled anew in every crate that
//! calls it, and faer's are megabytes.

use crate::{Cholesky, ComplexMatrix, HermitianEigen, Matrix, cholesky, eigen, hermitian, product, svd};
use base::Result;
use faer::MatRef;

/// The functions of this crate that call faer, for one type. Their public names are the modules'.
pub trait Compiled: Sized {
    #[doc(hidden)]
    fn eigen(a: Matrix<Self>, columns: Option<&mut Matrix<Self>>, threads: usize) -> Result<Vec<Self>>;
    #[doc(hidden)]
    fn hermitian(a: &ComplexMatrix<Self>, threads: usize) -> Result<HermitianEigen<Self>>;
    #[doc(hidden)]
    fn singular(
        a: &Matrix<Self>,
        vectors: Option<(&mut Matrix<Self>, &mut Matrix<Self>)>,
        threads: usize,
    ) -> Result<Vec<Self>>;
    #[doc(hidden)]
    fn factor(a: &Matrix<Self>, ridge: f64, threads: usize) -> Result<Cholesky<Self>>;
    #[doc(hidden)]
    fn lower(factor: &Cholesky<Self>, b: &Matrix<Self>) -> Result<Matrix<Self>>;
    #[doc(hidden)]
    fn upper(factor: &Cholesky<Self>, x: Matrix<Self>) -> Matrix<Self>;
    #[doc(hidden)]
    fn product(out: &mut Matrix<Self>, a: MatRef<Self>, b: MatRef<Self>, threads: usize);
    #[doc(hidden)]
    fn gram(a: &Matrix<Self>, threads: usize) -> Matrix<Self>;
}

// `inline(never)`: inlined into another crate, the generic function would be compiled there again.
macro_rules! compiled {
    ($type:ty) => {
        impl Compiled for $type {
            #[inline(never)]
            fn eigen(a: Matrix<Self>, columns: Option<&mut Matrix<Self>>, threads: usize) -> Result<Vec<Self>> {
                eigen::decompose(a, columns, threads)
            }
            #[inline(never)]
            fn hermitian(a: &ComplexMatrix<Self>, threads: usize) -> Result<HermitianEigen<Self>> {
                hermitian::decompose(a, threads)
            }
            #[inline(never)]
            fn singular(
                a: &Matrix<Self>,
                vectors: Option<(&mut Matrix<Self>, &mut Matrix<Self>)>,
                threads: usize,
            ) -> Result<Vec<Self>> {
                svd::decompose(a, vectors, threads)
            }
            #[inline(never)]
            fn factor(a: &Matrix<Self>, ridge: f64, threads: usize) -> Result<Cholesky<Self>> {
                cholesky::factor(a, ridge, threads)
            }
            #[inline(never)]
            fn lower(factor: &Cholesky<Self>, b: &Matrix<Self>) -> Result<Matrix<Self>> {
                cholesky::lower(factor, b)
            }
            #[inline(never)]
            fn upper(factor: &Cholesky<Self>, x: Matrix<Self>) -> Matrix<Self> {
                cholesky::upper(factor, x)
            }
            #[inline(never)]
            fn product(out: &mut Matrix<Self>, a: MatRef<Self>, b: MatRef<Self>, threads: usize) {
                product::multiply(out, a, b, threads);
            }
            #[inline(never)]
            fn gram(a: &Matrix<Self>, threads: usize) -> Matrix<Self> {
                product::lower_gram(a, threads)
            }
        }
    };
}

compiled!(f32);
compiled!(f64);
