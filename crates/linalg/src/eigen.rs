//! Symmetric eigendecomposition `A = U diag(lambda) U^T` (tridiagonalisation, then divide and conquer, by faer).
//!
//! ```
//! let a = linalg::Matrix::from_rows(1, 1, vec![4.0]).unwrap();
//! assert_eq!(linalg::eigvalsh(&a, 1).unwrap(), vec![4.0]);
//! ```

use crate::parallel::Work;
use crate::{Matrix, Real, check};
use base::{Code, Error, Result};

/// `values` ascending [n]; `vectors` [n, n], the k-th column belonging to `values[k]`, orthonormal.
#[derive(Debug, Clone)]
pub struct Eigen<T> {
    pub values: Vec<T>,
    pub vectors: Matrix<T>,
}

/// All eigenvalues and eigenvectors. Errors: empty, not square, not finite, not symmetric (see [`check::symmetric`]).
pub fn eigh<T: Real>(a: &Matrix<T>, threads: usize) -> Result<Eigen<T>> {
    let n = a.rows;
    // The average of both triangles, the vectors twice, and about as much again within the decomposition.
    base::memory::check("a", base::memory::bytes::<T>(&[6, n, n]), None)?;
    let a = check::symmetric("a", a)?;
    let mut columns = Matrix::try_zeros("a", n, n)?;
    let values = decompose(a, Some(&mut columns), threads)?;
    Ok(Eigen { values, vectors: columns.transpose() })
}

/// All eigenvalues, ascending: about a quarter of the work of [`eigh`].
pub fn eigvalsh<T: Real>(a: &Matrix<T>, threads: usize) -> Result<Vec<T>> {
    base::memory::check("a", base::memory::bytes::<T>(&[3, a.rows, a.rows]), None)?;
    decompose(check::symmetric("a", a)?, None, threads)
}

/// `columns` receives the eigenvectors as rows (faer writes columns of a column-major matrix).
fn decompose<T: Real>(mut a: Matrix<T>, columns: Option<&mut Matrix<T>>, threads: usize) -> Result<Vec<T>> {
    let n = a.rows;
    let largest = a.max_abs();
    if largest == 0.0 {
        if let Some(u) = columns {
            *u = Matrix::identity(n);
        }
        return Ok(vec![T::ZERO; n]);
    }
    // A power of two keeps squares of very large or small entries representable and loses no bit.
    let exponent = largest.log2().floor().clamp(-1000.0, 1000.0);
    let (down, up) = ((-exponent).exp2(), exponent.exp2());
    if !(1e-3..1e3).contains(&largest) {
        a.data.iter_mut().for_each(|x| *x = T::from_f64(x.to_f64() * down));
    }
    let scaled = !(1e-3..1e3).contains(&largest);
    let work = Work::of(n);
    let mut values = vec![T::ZERO; n];
    let u = columns.map(|c| faer::MatMut::from_column_major_slice_mut(&mut c.data, n, n));
    let s = faer::diag::DiagMut::from_slice_mut(&mut values);
    // A symmetric matrix is its own transpose: faer prefers columns.
    let columns = faer::MatRef::from_column_major_slice(&a.data, n, n);
    if !work.run(threads, || T::eigen(columns, s, u, work.par()))? {
        let what = format!("a: the eigenvalues of this {n} x {n} matrix did not converge");
        return Err(Error::new(Code::Internal, what));
    }
    if scaled {
        values.iter_mut().for_each(|x| *x = T::from_f64(x.to_f64() * up));
    }
    Ok(values)
}
