//! Kernel ridge regression `h* = K* (K + ridge I)^-1 y`, its leave-one-out predictions, and the Gaussian process whose
//! posterior mean it is (Rasmussen and Williams 2006, chapter 2 and equation 5.12).

use base::{Code, Error, Result};
use linalg::{Cholesky, Matrix, Real, check, eigh, product, solve_psd};

/// `prediction` [m, c]; `rank` is below n when a singular kernel needed its pseudo-inverse (ridge 0).
#[derive(Debug, Clone)]
pub struct Regression<T> {
    pub prediction: Matrix<T>,
    pub rank: usize,
}

/// Predictions on the points of `cross` [m, n], or on the training points when it is `None`. `ridge` is added to the
/// diagonal as it is, not scaled by n; 0 gives the limit of a vanishing ridge.
pub fn kernel_regression<T: Real>(
    kernel: &Matrix<T>,
    y: &Matrix<T>,
    cross: Option<&Matrix<T>>,
    ridge: f64,
    threads: usize,
) -> Result<Regression<T>> {
    let solution = solve_psd(kernel, y, ridge, threads)?;
    let k = cross.unwrap_or(kernel);
    check_cross(k, kernel.rows)?;
    Ok(Regression { prediction: product::matmul(k, &solution.x, threads)?, rank: solution.rank })
}

fn check_cross<T: Real>(cross: &Matrix<T>, n: usize) -> Result<()> {
    check::finite("crossKernel", cross)?;
    if cross.cols == n {
        Ok(())
    } else {
        Err(Error::shape(format!("crossKernel: expected {n} columns as the kernel has, got {}", cross.cols)))
    }
}

/// What each training point would be predicted to be from all the others, [n, c]:
/// `y_i - [(K + ridge)^-1 y]_i / [(K + ridge)^-1]_ii`. Errors when K + ridge is singular to working precision.
pub fn leave_one_out(kernel: &Matrix<f64>, y: &Matrix<f64>, ridge: f64, threads: usize) -> Result<Matrix<f64>> {
    check::finite("y", y)?;
    linalg::solve::check_ridge(ridge)?;
    check::same_rows("y", y, "kernel", kernel)?;
    let e = eigh(&check::symmetric("kernel", kernel)?, threads)?;
    let n = kernel.rows;
    let limit = linalg::solve::zero_limit(&e, f64::EPSILON)?;
    if e.values[0] + ridge <= limit {
        return Err(Error::argument(format!(
            "ridge: leaving one out needs an invertible kernel, but its smallest eigenvalue is {:e} with ridge {ridge}",
            e.values[0]
        )));
    }
    let c = product::matmul_tn(&e.vectors, y, threads)?;
    let scaled = Matrix::from_fn(n, y.cols, |i, j| c.at(i, j) / (e.values[i] + ridge));
    let alpha = product::matmul(&e.vectors, &scaled, threads)?;
    let diagonal: Vec<f64> =
        (0..n).map(|i| e.vectors.row(i).iter().zip(&e.values).map(|(u, l)| u * u / (l + ridge)).sum()).collect();
    Ok(Matrix::from_fn(n, y.cols, |i, j| y.at(i, j) - alpha.at(i, j) / diagonal[i]))
}

/// Posterior `mean` [m, c] and `covariance` [m, m], and `ln p(y)` summed over the columns of y.
#[derive(Debug, Clone)]
pub struct GaussianProcess {
    pub mean: Matrix<f64>,
    pub covariance: Matrix<f64>,
    pub log_likelihood: f64,
}

/// Inference with prior `kernel` [n, n], `cross` [m, n], `test` [m, m] and observation noise of variance `noise`.
/// Errors: as [`kernel_regression`]; `kernel + noise` must be positive definite.
pub fn gaussian_process(
    kernel: &Matrix<f64>,
    y: &Matrix<f64>,
    cross: &Matrix<f64>,
    test: &Matrix<f64>,
    noise: f64,
    threads: usize,
) -> Result<GaussianProcess> {
    check::finite("y", y)?;
    if !(noise.is_finite() && noise >= 0.0) {
        return Err(Error::argument(format!("noise: expected a finite number of at least 0, got {noise}")));
    }
    check::same_rows("y", y, "kernel", kernel)?;
    check_cross(cross, kernel.rows)?;
    check::square("testKernel", test)?;
    check::same_rows("testKernel", test, "crossKernel", cross)?;
    check::symmetric("kernel", kernel)?;
    let factor = Cholesky::new(kernel, noise, threads).map_err(|error| match error.code {
        Code::InvalidArgument => Error::argument(format!(
            "kernel: expected a positive definite matrix, but with noise {noise} on its diagonal this one is not"
        )),
        _ => error,
    })?;
    let mean = product::matmul(cross, &factor.solve(y)?, threads)?;
    let half = factor.solve_lower(&cross.transpose())?;
    let explained = product::matmul_tn(&half, &half, threads)?;
    let covariance = Matrix::from_fn(test.rows, test.rows, |i, j| test.at(i, j) - explained.at(i, j));
    let fit: f64 = factor.solve_lower(y)?.data.iter().map(|v| v * v).sum();
    let (n, c) = (kernel.rows as f64, y.cols as f64);
    let log_likelihood = -0.5 * (fit + c * (factor.log_det() + n * std::f64::consts::TAU.ln()));
    Ok(GaussianProcess { mean, covariance, log_likelihood })
}
