//! Singular value decomposition `A = U diag(s) V^T`, thin, and the pseudo-inverse made of it.
//!
//! ```
//! let a = linalg::Matrix::from_rows(1, 2, vec![3.0, 4.0]).unwrap();
//! assert!((linalg::singular_values(&a, 1).unwrap()[0] - 5.0_f64).abs() < 1e-14);
//! ```

use crate::jacobi::rotated;
use crate::parallel::Work;
use crate::{Matrix, Real, check};
use base::Result;
use faer::MatMut;
use faer::diag::DiagMut;

/// `u` [n, r], `values` [r] descending, `v` [m, r], r = min(n, m).
#[derive(Debug, Clone)]
pub struct Svd<T> {
    pub u: Matrix<T>,
    pub values: Vec<T>,
    pub v: Matrix<T>,
}

/// Thin decomposition. Errors: empty or not finite.
pub fn svd<T: Real>(a: &Matrix<T>, threads: usize) -> Result<Svd<T>> {
    let r = a.rows.min(a.cols);
    // Both sides twice, and about as much again as a few copies of the matrix within the decomposition.
    base::memory::check("a", base::memory::bytes::<T>(&[5, r, a.rows.saturating_add(a.cols)]), None)?;
    let (mut u, mut v) = (Matrix::try_zeros("a", r, a.rows)?, Matrix::try_zeros("a", r, a.cols)?);
    let values = decompose(a, Some((&mut u, &mut v)), threads)?;
    Ok(Svd { u: u.transpose(), values, v: v.transpose() })
}

/// Singular values only, descending.
pub fn singular_values<T: Real>(a: &Matrix<T>, threads: usize) -> Result<Vec<T>> {
    base::memory::check("a", base::memory::bytes::<T>(&[3, a.rows, a.cols]), None)?;
    decompose(a, None, threads)
}

/// Moore-Penrose inverse [m, n]: singular values up to `cutoff * s_max` count as zero.
/// Default of `cutoff`: max(n, m) times the type's epsilon, as NumPy's `matrix_rank`.
pub fn pinv<T: Real>(a: &Matrix<T>, cutoff: Option<f64>, threads: usize) -> Result<Matrix<T>> {
    let d = svd(a, threads)?;
    let limit = cutoff.unwrap_or(a.rows.max(a.cols) as f64 * T::epsilon()) * d.values[0].to_f64();
    let mut scaled = d.v.clone();
    for i in 0..scaled.rows {
        for (x, s) in scaled.row_mut(i).iter_mut().zip(&d.values) {
            *x = if s.to_f64() > limit { *x / *s } else { T::ZERO };
        }
    }
    crate::product::matmul_nt(&scaled, &d.u, threads)
}

fn decompose<T: Real>(
    a: &Matrix<T>,
    mut vectors: Option<(&mut Matrix<T>, &mut Matrix<T>)>,
    threads: usize,
) -> Result<Vec<T>> {
    check::finite("a", a)?;
    let (n, m) = (a.rows, a.cols);
    let r = n.min(m);
    // The values grow with the matrix: one of very large or very small numbers is brought near 1 first.
    let factor = T::factor(&a.data);
    let near = (factor != 1.0).then(|| Matrix::from_fn(n, m, |i, j| T::from_f64(a.at(i, j).to_f64() * factor)));
    let work = Work::of(n.max(m));
    let mut values = vec![T::ZERO; r];
    let sides = vectors.as_mut().map(|(u, v)| {
        (MatMut::from_column_major_slice_mut(&mut u.data, n, r), MatMut::from_column_major_slice_mut(&mut v.data, m, r))
    });
    let s = DiagMut::from_slice_mut(&mut values);
    let near = near.as_ref();
    if !work.run(threads, || T::singular(near.unwrap_or(a).view(), s, sides, work.par()))? {
        let sure = rotated(near.unwrap_or(a))?;
        let narrow = |from: &[f64], to: &mut [T]| to.iter_mut().zip(from).for_each(|(t, v)| *t = T::from_f64(*v));
        narrow(&sure.values, &mut values);
        if let Some((u, v)) = vectors {
            narrow(&sure.u.data, &mut u.data);
            narrow(&sure.v.data, &mut v.data);
        }
    }
    if near.is_some() {
        values.iter_mut().for_each(|s| *s = T::from_f64(s.to_f64() / factor));
        if !check::all_finite(&values) {
            return Err(base::magnitude::beyond("a"));
        }
    }
    Ok(values)
}
