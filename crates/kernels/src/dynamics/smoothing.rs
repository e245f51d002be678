//! The Nadaraya-Watson smoother: a weighted mean of the targets, `h(x) = sum_i k(x, x_i) y_i / sum_i k(x, x_i)`
//! (Nadaraya 1964, Watson 1964). With weights that are not negative it never leaves the range of y.

use base::{Control, Error, Result, memory};
use linalg::{Matrix, check, product};

/// `weights` [m, n], not negative, with a positive sum in every row; `y` [n, c] -> [m, c].
pub fn nadaraya_watson(
    weights: &Matrix<f64>,
    y: &Matrix<f64>,
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    check::finite("weights", weights)?;
    check::finite("y", y)?;
    if weights.cols != y.rows {
        return Err(Error::shape(format!("weights: expected {} columns as y has rows, got {}", y.rows, weights.cols)));
    }
    let data = memory::collect("weights", weights.data.len(), weights.data.iter().copied())?;
    let mut mean = Matrix { data, ..*weights };
    for i in 0..weights.rows {
        control.check()?;
        let row = mean.row_mut(i);
        let total: f64 = row.iter().sum();
        if row.iter().any(|w| *w < 0.0) || total <= 0.0 {
            return Err(Error::argument(format!(
                "weights: row {i} must hold numbers of at least 0 with a positive sum (it sums to {total})"
            )));
        }
        row.iter_mut().for_each(|w| *w /= total);
    }
    let means = product::matmul(&mean, y, threads)?;
    control.check().map(|()| means)
}
