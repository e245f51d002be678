//! Solutions of `(K + ridge I) x = y` for a symmetric positive semidefinite K, down to ridge 0 and singular K,
//! where the answer is the limit of a vanishing ridge: the pseudo-inverse.

use crate::{Cholesky, Eigen, Matrix, Real, check, eigh, eigvalsh, product};
use base::{Error, Result};

/// `x` [n, c], and the rank that was used (n unless a pseudo-inverse was needed).
#[derive(Debug, Clone)]
pub struct PsdSolution<T> {
    pub x: Matrix<T>,
    pub rank: usize,
}

/// Solves `(K + ridge I) x = y`.
///
/// Well-conditioned systems go by Cholesky. Where `K + ridge I` is singular to working precision, eigenvalues of K
/// up to `n epsilon lambda_max` are taken as zero: they contribute `0` when ridge is 0 and `1 / ridge` otherwise.
/// Errors: shapes, symmetry, non-finite entries, negative ridge, or a K with an eigenvalue far below zero.
pub fn solve_psd<T: Real>(k: &Matrix<T>, y: &Matrix<T>, ridge: f64, threads: usize) -> Result<PsdSolution<T>> {
    check_ridge(ridge)?;
    check::finite("y", y)?;
    check::square("kernel", k)?;
    check::same_rows("y", y, "kernel", k)?;
    let n = k.rows;
    if let Ok(factor) = Cholesky::new(k, ridge, threads)
        && factor.reciprocal_condition_bound() > 100.0 * n as f64 * T::epsilon()
    {
        return Ok(PsdSolution { x: factor.solve(y)?, rank: n });
    }
    let e = eigh(k, threads)?;
    let limit = zero_limit(&e, T::epsilon())?;
    let inverse: Vec<f64> = e
        .values
        .iter()
        .map(|v| match v.to_f64() {
            v if v > limit => 1.0 / (v + ridge),
            _ if ridge > 0.0 => 1.0 / ridge,
            _ => 0.0,
        })
        .collect();
    let mut c = product::matmul_tn(&e.vectors, y, threads)?;
    for (i, w) in inverse.iter().enumerate() {
        c.row_mut(i).iter_mut().for_each(|x| *x = T::from_f64(x.to_f64() * w));
    }
    let rank = if ridge > 0.0 { n } else { e.values.iter().filter(|v| v.to_f64() > limit).count() };
    Ok(PsdSolution { x: product::matmul(&e.vectors, &c, threads)?, rank })
}

/// The size up to which an eigenvalue of a positive semidefinite matrix is rounding: `n epsilon lambda_max`, with the
/// epsilon of the numbers that the matrix was computed in. `INVALID_ARGUMENT` when the smallest eigenvalue is so negative that the matrix is no kernel.
pub fn zero_limit<T: Real>(e: &Eigen<T>, epsilon: f64) -> Result<f64> {
    let n = e.values.len() as f64;
    let (low, high) = (e.values[0].to_f64(), e.values[e.values.len() - 1].to_f64());
    let limit = n * epsilon * high.abs().max(low.abs());
    // A Gram matrix summed in f32 is semidefinite only to sqrt(epsilon): leave room before refusing it.
    if low < -(epsilon.sqrt() * high.abs().max(low.abs())) {
        return Err(Error::argument(format!(
            "kernel: expected a positive semidefinite matrix, but its smallest eigenvalue is {low:e} and its largest {high:e}"
        )));
    }
    Ok(limit)
}

/// Ridge parameters are finite and not negative.
pub fn check_ridge(ridge: f64) -> Result<()> {
    if ridge.is_finite() && ridge >= 0.0 {
        Ok(())
    } else {
        Err(Error::argument(format!("ridge: expected a finite number of at least 0, got {ridge}")))
    }
}

/// `|lambda|_max / |lambda|_min` of a symmetric matrix; infinite when it is singular.
pub fn condition_number<T: Real>(a: &Matrix<T>, threads: usize) -> Result<f64> {
    let values = eigvalsh(a, threads)?;
    let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
    for v in &values {
        low = low.min(v.to_f64().abs());
        high = high.max(v.to_f64().abs());
    }
    Ok(if low <= T::epsilon() * values.len() as f64 * high { f64::INFINITY } else { high / low })
}
