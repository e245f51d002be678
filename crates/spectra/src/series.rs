//! Continuous transforms of a sampled function, with an estimate of what the sampling costs.
//!
//! Fourier transform `g^(xi) = int g(x) exp(-2 pi i xi x) dx` by the trapezoidal rule over the samples' interval; Fourier
//! series `c_k = (1/T) int_T g(x) exp(-2 pi i k x / T) dx` by the DFT over one period (Xu, "Understanding deep learning", eq.
//! 1.1-1.3). Sampling folds every frequency beyond half the rate onto a lower one: `c_k` comes out as
//! `sum_m c_(k + m N)`. The error stated is the change against every second sample: for smooth functions it bounds the
//! error from above, for jumps it is of its size.

use crate::check;
use crate::fft::{Direction, Norm, Signal, Split, fft};
use crate::nudft::{Convention, nudft};
use base::{Error, Result};

/// Values and the estimate of their absolute error.
#[derive(Debug, Clone)]
pub struct Estimate {
    pub values: Split<f64>,
    pub error: Vec<f64>,
}

/// Series coefficients `c_0 .. c_most` of samples at `x_j = start + j T / N` over one period T; `start` in periods.
/// `most` is below N/4, where the estimate can see aliases.
pub fn fourier_series(samples: &[f64], start: f64, most: usize) -> Result<Estimate> {
    let n = check::elements("samples", &[samples.len()])?;
    if !n.is_multiple_of(2) || 4 * most >= n {
        return Err(Error::argument(format!(
            "samples: expected an even number above 4 times the highest coefficient ({most}), got {n}"
        )));
    }
    if !start.is_finite() {
        return Err(Error::non_finite(format!("start: expected a finite number, got {start}")));
    }
    let transform = |x: &[f64]| fft("samples", Signal::Real(x), &[x.len()], 1, Direction::Forward, Norm::Forward, 1);
    let fine = transform(samples)?;
    let second: Vec<f64> = samples.iter().step_by(2).copied().collect();
    let coarse = transform(&second)?;
    let mut out = Estimate { values: Split::zeros(most + 1), error: Vec::with_capacity(most + 1) };
    for k in 0..=most {
        let (c, s) = crate::vector::cos_sin_turns::<false>(k as f64 * start);
        let z = fine.get(k);
        out.values.re[k] = z.re * c + z.im * s;
        out.values.im[k] = z.im * c - z.re * s;
        out.error.push((z - coarse.get(k)).norm());
    }
    Ok(out)
}

/// Fourier transform at `frequencies` (cycles per unit of x) of samples at `x_j = start + j spacing`, zero outside.
pub fn fourier_transform(
    samples: &[f64],
    start: f64,
    spacing: f64,
    frequencies: &[f64],
    threads: usize,
) -> Result<Estimate> {
    let n = check::elements("samples", &[samples.len()])?;
    if n < 3 || n.is_multiple_of(2) {
        return Err(Error::argument(format!("samples: expected an odd number of at least 3 (both ends), got {n}")));
    }
    check::positive("spacing", spacing)?;
    check::finite("samples", samples)?;
    if let Some(high) = frequencies.iter().find(|f| f.abs() * spacing > 0.5) {
        return Err(Error::argument(format!(
            "frequencies: expected at most {} (half the sampling rate), got {high}",
            0.5 / spacing
        )));
    }
    let rule = |step: usize| {
        let h = spacing * step as f64;
        let last = (n - 1) / step;
        let points: Vec<f64> = (0..=last).map(|j| start + j as f64 * h).collect();
        let weights = samples.iter().step_by(step).enumerate();
        let values: Vec<f64> = weights.map(|(j, g)| g * h * if j == 0 || j == last { 0.5 } else { 1.0 }).collect();
        let convention = Convention { angular: false, normalize: false };
        nudft(&points, 1, Signal::Real(&values), 1, frequencies, convention, 1e-13, threads)
    };
    let (fine, coarse) = (rule(1)?, rule(2)?);
    let error = (0..fine.len()).map(|k| (fine.get(k) - coarse.get(k)).norm()).collect();
    Ok(Estimate { values: fine, error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{PI, TAU};

    #[test]
    fn a_gaussian_is_its_own_transform() {
        let (start, h) = (-6.0, 0.05);
        let g: Vec<f64> = (0..241).map(|j| (-PI * (start + j as f64 * h).powi(2)).exp()).collect();
        let xi = [0.0, 0.4, -1.3, 2.0];
        let out = fourier_transform(&g, start, h, &xi, 1).unwrap();
        for (k, xi) in xi.iter().enumerate() {
            let exact = (-PI * xi * xi).exp();
            assert!((out.values.re[k] - exact).abs() <= out.error[k] + 1e-14 && out.values.im[k].abs() < 1e-14);
        }
        assert!(
            fourier_transform(&g, start, h, &[11.0], 1).is_err() && fourier_transform(&g[..2], 0.0, h, &xi, 1).is_err()
        );
    }

    #[test]
    fn a_square_wave_and_its_stated_error() {
        let n = 4096;
        let start = -0.5;
        // sign(x) on one period: c_k = -2i / (pi k) for odd k; the mid value at the jumps.
        let g: Vec<f64> = (0..n)
            .map(|j| match (start + j as f64 / n as f64) * 2.0 {
                x if x == 0.0 || x == -1.0 => 0.0,
                x => x.signum(),
            })
            .collect();
        let out = fourier_series(&g, start, 9).unwrap();
        for k in [1, 3, 9] {
            let exact = -2.0 / (PI * k as f64);
            let error = (out.values.im[k] - exact).abs();
            assert!(error <= out.error[k] && out.error[k] < 1e-4 && out.values.re[k].abs() < 1e-14, "{k}");
        }
        let smooth: Vec<f64> = (0..64).map(|j| (TAU * 3.0 * j as f64 / 64.0 + 0.3).cos()).collect();
        let out = fourier_series(&smooth, 0.0, 5).unwrap();
        assert!((out.values.re[3] - 0.5 * 0.3f64.cos()).abs() < 1e-15 && out.error[3] < 1e-15);
        assert!(fourier_series(&smooth, 0.0, 16).is_err() && fourier_series(&[], 0.0, 0).is_err());
    }
}
