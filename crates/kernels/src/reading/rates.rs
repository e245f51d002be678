//! How fast each frequency is learnt: from the kernel, and from a run.
//!
//! On the mean-squared loss the component of the residual along a unit vector e that is nearly an eigenvector decays as
//! exp(-lambda t), `lambda = (2 / (N o)) e^T K e`. For a frequency w, e is the pair of waves cos, sin(2 pi w x) over the samples,
//! and lambda(w) the mean over the two.

use crate::waves::Waves;
use base::{Error, Result};
use linalg::{Matrix, check, product};

/// lambda(w) for each of `frequencies` [k, d] (cycles per unit) over `points` [n, d]; `terms` is N o.
pub fn kernel_rates(
    kernel: &Matrix<f64>,
    points: &Matrix<f64>,
    frequencies: &Matrix<f64>,
    terms: usize,
    threads: usize,
) -> Result<Vec<f64>> {
    check::square("kernel", kernel)?;
    check::same_rows("points", points, "kernel", kernel)?;
    let k = frequencies.rows;
    let waves = Waves::new(points, frequencies, threads)?.matrix;
    let applied = product::matmul(kernel, &waves, threads)?;
    let (mut form, mut size) = (vec![0.0; k], vec![0.0; k]);
    for i in 0..points.rows {
        for j in 0..2 * k {
            form[j % k] += waves.at(i, j) * applied.at(i, j);
            size[j % k] += waves.at(i, j).powi(2);
        }
    }
    Ok(form.iter().zip(&size).map(|(f, s)| 2.0 / terms.max(1) as f64 * f / s).collect())
}

/// Decay rates of recorded magnitudes `[records, k]` at `times`: minus the slope of ln|error|, by least squares over the
/// records in which the error lies between `floor` and 1 of its first value. NaN where fewer than three do.
pub fn measured_rates(times: &[f64], errors: &Matrix<f64>, floor: f64) -> Result<Vec<f64>> {
    check::finite("errors", errors)?;
    if times.len() != errors.rows {
        return Err(Error::shape(format!(
            "times: expected {} as errors has records, got {}",
            errors.rows,
            times.len()
        )));
    }
    Ok((0..errors.cols)
        .map(|k| {
            let start = errors.at(0, k).abs();
            let used: Vec<(f64, f64)> = (0..errors.rows)
                .take_while(|r| errors.at(*r, k).abs() >= floor * start && start > 0.0)
                .filter(|r| errors.at(*r, k).abs() <= start)
                .map(|r| (times[r], errors.at(r, k).abs().ln()))
                .collect();
            let n = used.len() as f64;
            let (mt, me) = (used.iter().map(|p| p.0).sum::<f64>() / n, used.iter().map(|p| p.1).sum::<f64>() / n);
            let stt: f64 = used.iter().map(|p| (p.0 - mt).powi(2)).sum();
            let ste: f64 = used.iter().map(|p| (p.0 - mt) * (p.1 - me)).sum();
            if used.len() < 3 || stt == 0.0 { f64::NAN } else { -ste / stt }
        })
        .collect())
}

/// The smallest frequency below or at which `share` of the sum of `values` lies: the NTK's bandwidth, where
/// `values` are eigenvalues by frequency (each frequency with all its multiplicity).
pub fn bandwidth(frequencies: &[f64], values: &[f64], share: f64) -> Result<f64> {
    if frequencies.len() != values.len() || values.is_empty() {
        return Err(Error::shape(format!(
            "values: expected one for each of {} frequencies, got {}",
            frequencies.len(),
            values.len()
        )));
    }
    if !(0.0..=1.0).contains(&share) {
        return Err(Error::argument(format!("share: expected a number in [0, 1], got {share}")));
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| frequencies[*a].abs().total_cmp(&frequencies[*b].abs()));
    let total: f64 = values.iter().map(|v| v.max(0.0)).sum();
    let mut sum = 0.0;
    for i in order {
        sum += values[i].max(0.0);
        if sum >= share * total * (1.0 - 1e-12) {
            return Ok(frequencies[i].abs());
        }
    }
    Ok(frequencies.iter().fold(0.0, |m, f| m.max(f.abs())))
}
