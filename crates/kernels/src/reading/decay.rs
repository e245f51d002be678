//! How eigenvalues (or any positive series) fall with frequency: a power law `c k^-p` or an exponential `c e^(-p k)`, by
//! least squares on logarithms, with the 95 % interval of the exponent from Student's t.

use base::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecayLaw {
    Power,
    Exponential,
}

/// `exponent` p with its interval, `coefficient` c, and the share of the variance of ln(value) that is explained.
#[derive(Debug, Clone, Copy)]
pub struct DecayFit {
    pub exponent: f64,
    pub low: f64,
    pub high: f64,
    pub coefficient: f64,
    pub r_squared: f64,
}

/// Fits `law` to `values` at `frequencies`; for a power law both must be positive. Errors: fewer than three points, or
/// one that has no logarithm.
pub fn fit_decay(frequencies: &[f64], values: &[f64], law: DecayLaw) -> Result<DecayFit> {
    if frequencies.len() != values.len() || values.len() < 3 {
        return Err(Error::shape(format!(
            "values: expected at least three, one for each of {} frequencies, got {}",
            frequencies.len(),
            values.len()
        )));
    }
    let unfit =
        |k: &f64, v: &f64| !(v.is_finite() && *v > 0.0 && k.is_finite()) || (law == DecayLaw::Power && *k <= 0.0);
    if let Some(i) = (0..values.len()).find(|i| unfit(&frequencies[*i], &values[*i])) {
        return Err(Error::argument(format!(
            "values: a decay needs positive numbers, but number {i} is {} at frequency {}",
            values[i], frequencies[i]
        )));
    }
    let x: Vec<f64> = frequencies.iter().map(|k| if law == DecayLaw::Power { k.ln() } else { *k }).collect();
    let y: Vec<f64> = values.iter().map(|v| v.ln()).collect();
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sxx: f64 = x.iter().map(|v| (v - mx).powi(2)).sum();
    if sxx == 0.0 {
        return Err(Error::argument("frequencies: expected at least two different ones"));
    }
    let sxy: f64 = x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my)).sum();
    let syy: f64 = y.iter().map(|v| (v - my).powi(2)).sum();
    let slope = sxy / sxx;
    let left = x.iter().zip(&y).map(|(a, b)| (b - my - slope * (a - mx)).powi(2)).sum::<f64>();
    let half = student(x.len() - 2) * (left / (n - 2.0) / sxx).sqrt();
    Ok(DecayFit {
        exponent: -slope,
        low: -slope - half,
        high: -slope + half,
        coefficient: (my - slope * mx).exp(),
        r_squared: if syy > 0.0 { 1.0 - left / syy } else { 1.0 },
    })
}

/// The 97.5 % quantile of Student's t: exact for 1 and 2 degrees of freedom, else the Cornish-Fisher expansion
/// (Abramowitz and Stegun 26.7.5, error under 0.02 for 3 degrees and falling fast).
fn student(degrees: usize) -> f64 {
    let z = 1.959963984540054_f64;
    match degrees {
        1 => 12.706204736174694,
        2 => 4.302652729749464,
        d => {
            let v = d as f64;
            let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
            z + (z3 + z) / (4.0 * v)
                + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * v * v)
                + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * v.powi(3))
        }
    }
}
