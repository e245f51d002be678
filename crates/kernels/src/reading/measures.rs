//! One number about a kernel, its spectrum or two kernels.

use base::{Error, Result, magnitude};
use linalg::{Matrix, check};

/// The eigenvalues, none below 0, near 1, and what they were multiplied by for it.
fn positive(values: &[f64]) -> Result<(Vec<f64>, f64)> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return Err(Error::non_finite(format!("values: expected at least one, all finite (got {})", values.len())));
    }
    // Negative ones of a semidefinite matrix are rounding. What is measured does not change with their unit.
    Ok(magnitude::scaled(&values.iter().map(|v| v.max(0.0)).collect::<Vec<_>>()))
}

/// exp of the entropy of the normalised eigenvalues (Roy and Vetterli 2007): between 1 and n; 0 for a zero spectrum.
pub fn effective_rank(values: &[f64]) -> Result<f64> {
    let (values, _) = positive(values)?;
    let total: f64 = values.iter().sum();
    if total == 0.0 {
        return Ok(0.0);
    }
    let entropy: f64 = values.iter().filter(|v| **v > 0.0).map(|v| -(v / total) * (v / total).ln()).sum();
    Ok(entropy.exp())
}

/// (sum lambda)^2 / sum lambda^2; 0 for a zero spectrum.
pub fn participation_ratio(values: &[f64]) -> Result<f64> {
    let (values, _) = positive(values)?;
    let squares: f64 = values.iter().map(|v| v * v).sum();
    Ok(if squares > 0.0 { values.iter().sum::<f64>().powi(2) / squares } else { 0.0 })
}

/// Degrees of freedom of ridge regression, `sum lambda / (lambda + ridge)`; with ridge 0 the rank.
pub fn degrees_of_freedom(values: &[f64], ridge: f64) -> Result<f64> {
    linalg::solve::check_ridge(ridge)?;
    let (values, factor) = positive(values)?;
    let ridge = ridge * factor;
    let top = values.iter().copied().fold(0.0, f64::max);
    let zero = values.len() as f64 * f64::EPSILON * top;
    Ok(values.iter().filter(|v| **v > zero).map(|v| v / (v + ridge)).sum())
}

/// A matrix in another unit, in which sums of its squares are normal numbers.
fn near_one(a: &Matrix<f64>) -> Matrix<f64> {
    Matrix { rows: a.rows, cols: a.cols, data: magnitude::scaled(&a.data).0 }
}

fn frobenius(a: &Matrix<f64>, b: &Matrix<f64>) -> f64 {
    a.data.iter().zip(&b.data).map(|(x, y)| x * y).sum()
}

/// Kernel-target alignment `<K, y y^T> / (|K| |y|^2)`, summed over the columns of y (Cristianini et al. 2001).
pub fn label_alignment(kernel: &Matrix<f64>, y: &Matrix<f64>) -> Result<f64> {
    check::square("kernel", kernel)?;
    check::finite("y", y)?;
    check::same_rows("y", y, "kernel", kernel)?;
    let (kernel, gram) = (near_one(kernel), linalg::product::gram(&near_one(y), 1));
    let size = (frobenius(&kernel, &kernel) * frobenius(&gram, &gram)).sqrt();
    if size == 0.0 {
        Err(Error::argument("y: a zero kernel or zero labels have no alignment"))
    } else {
        Ok(frobenius(&kernel, &gram) / size)
    }
}

/// Share of `|y|^2` in the span of the k leading eigenvectors, k = 1 .. n; `vectors` [n, n] in columns by ascending
/// eigenvalue.
pub fn label_energy(vectors: &Matrix<f64>, y: &Matrix<f64>) -> Result<Vec<f64>> {
    check::finite("vectors", vectors)?;
    check::finite("y", y)?;
    check::same_rows("y", y, "vectors", vectors)?;
    let y = near_one(y);
    let components = linalg::product::matmul_tn(vectors, &y, 1)?;
    let total: f64 = y.data.iter().map(|v| v * v).sum();
    let mut sum = 0.0;
    (0..vectors.cols)
        .rev()
        .map(|k| {
            sum += components.row(k).iter().map(|v| v * v).sum::<f64>();
            magnitude::within("vectors", if total > 0.0 { sum / total } else { 0.0 })
        })
        .collect()
}

/// Centred kernel alignment `<H K H, H L H> / (|H K H| |H L H|)` (Cortes et al. 2012, Kornblith et al. 2019).
pub fn centred_alignment(a: &Matrix<f64>, b: &Matrix<f64>) -> Result<f64> {
    check::square("a", a)?;
    check::square("b", b)?;
    check::same_rows("b", b, "a", a)?;
    let (a, b) = (centred(&near_one(a)), centred(&near_one(b)));
    let size = (frobenius(&a, &a) * frobenius(&b, &b)).sqrt();
    if size == 0.0 {
        Err(Error::argument("a: a constant kernel has no centred alignment"))
    } else {
        Ok(frobenius(&a, &b) / size)
    }
}

fn centred(k: &Matrix<f64>) -> Matrix<f64> {
    let n = k.rows as f64;
    let rows: Vec<f64> = (0..k.rows).map(|i| k.row(i).iter().sum::<f64>() / n).collect();
    let mut columns = vec![0.0; k.cols];
    for i in 0..k.rows {
        columns.iter_mut().zip(k.row(i)).for_each(|(c, v)| *c += v / n);
    }
    let mean = rows.iter().sum::<f64>() / n;
    Matrix::from_fn(k.rows, k.cols, |i, j| k.at(i, j) - rows[i] - columns[j] + mean)
}

/// `|a - b| / |a|` in the Frobenius norm: how far a kernel went from `a` to `b`.
pub fn drift(a: &Matrix<f64>, b: &Matrix<f64>) -> Result<f64> {
    check::finite("a", a)?;
    check::finite("b", b)?;
    if (a.rows, a.cols) != (b.rows, b.cols) {
        return Err(Error::shape(format!("b: expected [{}, {}] as a, got [{}, {}]", a.rows, a.cols, b.rows, b.cols)));
    }
    let size = magnitude::norm(a.data.iter().copied());
    if size == 0.0 {
        return Err(Error::argument("a: a zero kernel has no relative drift"));
    }
    // Halves: the difference of two large numbers may be twice as large.
    let distance = magnitude::norm(a.data.iter().zip(&b.data).map(|(x, y)| 0.5 * x - 0.5 * y));
    magnitude::within("b", 2.0 * (distance / size))
}
