//! Test error predicted from the spectrum: the eigenlearning equations (Simon et al. 2023; Bordelon et al. 2020).
//!
//! With eigenvalues lambda_i of the kernel's operator and target coefficients v_i, kappa solves
//! `n = sum lambda_i / (lambda_i + kappa) + ridge / kappa`; the learnabilities are `L_i = lambda_i / (lambda_i + kappa)`, the
//! overfitting coefficient `E_0 = n / (n - sum L_i^2)`, and
//! `test error = E_0 (sum (1 - L_i)^2 v_i^2 + noise variance)`.

use base::{Error, Result};

#[derive(Debug, Clone)]
pub struct LearningPoint {
    pub samples: f64,
    pub kappa: f64,
    pub overfitting: f64,
    pub test_error: f64,
    pub train_error: f64,
    pub learnability: Vec<f64>,
}

/// One point for each number of samples. `coefficients` are the target's, in the same order as `values`.
pub fn learning_curve(
    values: &[f64],
    coefficients: &[f64],
    samples: &[f64],
    ridge: f64,
    noise: f64,
) -> Result<Vec<LearningPoint>> {
    linalg::solve::check_ridge(ridge)?;
    if values.is_empty() || values.len() != coefficients.len() {
        return Err(Error::shape(format!(
            "coefficients: expected one for each of {} eigenvalues, got {}",
            values.len(),
            coefficients.len()
        )));
    }
    if values.iter().any(|v| !v.is_finite() || *v < 0.0) || coefficients.iter().any(|v| !v.is_finite()) {
        return Err(Error::non_finite("values: expected finite eigenvalues of at least 0 and finite coefficients"));
    }
    if !noise.is_finite() || noise < 0.0 {
        return Err(Error::argument(format!("noise: expected a variance of at least 0, got {noise}")));
    }
    base::memory::check("samples", base::memory::bytes::<f64>(&[4, values.len(), samples.len()]), None)?;
    let rank = values.iter().filter(|v| **v > 0.0).count() as f64;
    samples
        .iter()
        .map(|&n| {
            let least = n.is_finite() && n > 0.0;
            if !least || (ridge == 0.0 && n >= rank) {
                return Err(Error::argument(format!(
                    "samples: expected a positive number, with ridge 0 below the rank {rank}, got {n}"
                )));
            }
            let kappa = solve_kappa(values, n, ridge);
            let learnability: Vec<f64> = values.iter().map(|l| l / (l + kappa)).collect();
            let overfitting = n / (n - learnability.iter().map(|l| l * l).sum::<f64>());
            let left: f64 =
                learnability.iter().zip(coefficients).map(|(l, v)| ((1.0 - l) * v).powi(2)).sum::<f64>() + noise;
            let test_error = overfitting * left;
            let train_error = (ridge / (n * kappa)).powi(2) * test_error;
            Ok(LearningPoint { samples: n, kappa, overfitting, test_error, train_error, learnability })
        })
        .collect()
}

/// The right-hand side falls with kappa: bisection on its logarithm.
fn solve_kappa(values: &[f64], n: f64, ridge: f64) -> f64 {
    let count = |kappa: f64| values.iter().map(|l| l / (l + kappa)).sum::<f64>() + ridge / kappa;
    let top = (values.iter().sum::<f64>() + ridge) / n;
    let (mut low, mut high) = (top.ln() - 80.0, top.ln() + 1.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if count(middle.exp()) > n { low = middle } else { high = middle }
    }
    (0.5 * (low + high)).exp()
}
