//! What a nonlinearity does to a tone, and how a spectrum decays.
//!
//! The values of an activation along `a sin(2 pi cycles t)`, sampled evenly over whole periods, have a line spectrum: the mean,
//! the tone, and harmonics that a linear layer would not make. For ReLU of a unit tone: mean 1/pi, tone 1/2, even harmonics
//! `2 / (pi (k^2 - 1))`, odd ones above 1 zero; harmonics hold 15.93 % of the non-constant power.

use crate::check;
use crate::fft::{Norm, rfft};
use base::{Error, Result, magnitude};

/// Lines of a response, amplitudes of cosines.
#[derive(Debug, Clone, PartialEq)]
pub struct Harmonics {
    /// `amplitude[k]`: the mean for k = 0 (with its sign), then the tone and its harmonics.
    pub amplitude: Vec<f64>,
    /// Share of the non-constant power that lies neither at frequency zero nor at the tone.
    pub ratio: f64,
}

/// `amplitude sin(2 pi cycles i / n + phase)`, i = 0..n-1: the input whose response [`harmonics`] reads.
pub fn tone(n: usize, cycles: f64, amplitude: f64, phase: f64) -> Result<Vec<f64>> {
    check::room("n", &[n], 2)?;
    for (name, value) in [("cycles", cycles), ("amplitude", amplitude), ("phase", phase)] {
        if !value.is_finite() {
            return Err(Error::argument(format!("{name}: expected a finite number, got {value}")));
        }
    }
    let turns = phase / std::f64::consts::TAU;
    let at = |i: usize| crate::vector::cos_sin_turns::<false>(cycles * (i as f64 / n as f64) + turns).1;
    Ok((0..n).map(|i| amplitude * at(i)).collect())
}

/// Harmonics 0..=most of `values`, samples over a whole number of `cycles` of the tone. A jump or corner in the
/// nonlinearity aliases: amplitudes are off by about `1/N` or `1/N^2` for N samples a cycle.
pub fn harmonics(values: &[f64], cycles: usize, most: usize) -> Result<Harmonics> {
    let n = check::elements("values", &[values.len()])?;
    if cycles == 0 || (most.max(1)).saturating_mul(cycles).saturating_mul(2) >= n {
        return Err(Error::argument(format!(
            "values: expected more than {} samples for harmonic {most} of a tone of {cycles} cycles, got {n}",
            (2 * most.max(1) as u128).saturating_mul(cycles as u128)
        )));
    }
    check::finite("values", values)?;
    let (near, factor) = magnitude::scaled(values);
    let (x, _) = rfft("values", &near, &[n], 1, Norm::Forward, 1)?;
    let power = |k: usize| x.get(k).norm_sqr() * if 2 * k == n { 1.0 } else { 2.0 };
    let total: f64 = (1..x.len()).map(power).sum();
    let amplitude = (0..=most)
        .map(|k| if k == 0 { x.re[0] } else { 2.0 * x.get(k * cycles).norm() })
        .map(|a| magnitude::within("values", a / factor))
        .collect::<Result<_>>()?;
    let ratio = if total > 0.0 { 1.0 - power(cycles) / total } else { 0.0 };
    Ok(Harmonics { amplitude, ratio })
}

/// The law of a decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// `amplitude = c frequency^-rate`
    Power,
    /// `value = c exp(-rate frequency)`
    Exponential,
}

/// A fitted law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    pub rate: f64,
    /// Interval of the rate at the confidence asked for (Student's t on the regression's residuals).
    pub interval: [f64; 2],
    pub coefficient: f64,
    /// Share of the logarithm's variance that the law explains.
    pub r_squared: f64,
}

/// Least squares of the logarithm of the values on that of the frequencies (power) or on these (exponential); three points or more.
pub fn fit_decay(frequencies: &[f64], values: &[f64], law: Law, confidence: f64) -> Result<Decay> {
    let n = check::elements("frequencies", &[frequencies.len()])?;
    if n < 3 || values.len() != n {
        return Err(Error::shape(format!(
            "values: expected as many as frequencies, at least 3, got {} and {n}",
            values.len()
        )));
    }
    check::finite("frequencies", frequencies)?;
    check::finite("values", values)?;
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::argument(format!("confidence: expected a number between 0 and 1, got {confidence}")));
    }
    if let Some(bad) = values.iter().find(|a| **a <= 0.0) {
        return Err(Error::argument(format!("values: expected numbers above 0 (they are logged), got {bad}")));
    }
    if let Some(bad) = frequencies.iter().find(|f| law == Law::Power && **f <= 0.0) {
        return Err(Error::argument(format!("frequencies: expected numbers above 0 for a power law, got {bad}")));
    }
    let x: Vec<f64> = frequencies.iter().map(|f| if law == Law::Power { f.ln() } else { *f }).collect();
    let y: Vec<f64> = values.iter().map(|a| a.ln()).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n as f64;
    let (mx, my) = (mean(&x), mean(&y));
    let sum = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>();
    let (sxx, sxy, syy) =
        (sum(&|i| (x[i] - mx).powi(2)), sum(&|i| (x[i] - mx) * (y[i] - my)), sum(&|i| (y[i] - my).powi(2)));
    if sxx == 0.0 {
        return Err(Error::argument("frequencies: expected at least two different frequencies"));
    }
    let slope = sxy / sxx;
    let residual = sum(&|i| (y[i] - my - slope * (x[i] - mx)).powi(2));
    let freedom = (n - 2) as f64;
    let half = student_quantile(0.5 + 0.5 * confidence, freedom) * (residual / freedom / sxx).sqrt();
    Ok(Decay {
        rate: -slope,
        interval: [-slope - half, -slope + half],
        coefficient: (my - slope * mx).exp(),
        r_squared: if syy > 0.0 { 1.0 - residual / syy } else { 1.0 },
    })
}

/// Quantile of Student's t with `freedom` degrees, by bisection of its distribution function.
pub fn student_quantile(probability: f64, freedom: f64) -> f64 {
    if probability < 0.5 {
        return -student_quantile(1.0 - probability, freedom);
    }
    // P(|T| <= t) is the integral of cos^(freedom - 1) from 0 to atan(t / sqrt freedom), over that to pi/2.
    let integral = |to: f64| {
        const PANELS: usize = 2000;
        let h = to / PANELS as f64;
        let at = |i: usize| (i as f64 * h).cos().max(0.0).powf(freedom - 1.0);
        // Simpson's rule.
        (0..PANELS).step_by(2).map(|i| at(i) + 4.0 * at(i + 1) + at(i + 2)).sum::<f64>() * h / 3.0
    };
    let whole = integral(std::f64::consts::FRAC_PI_2);
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if integral(middle) / whole < 2.0 * probability - 1.0 { low = middle } else { high = middle }
    }
    low.tan() * freedom.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{PI, TAU};

    #[test]
    fn relu_of_a_tone() {
        let n = 4096;
        let relu: Vec<f64> = (0..n).map(|i| (TAU * (3 * i) as f64 / n as f64 + 0.2).sin().max(0.0)).collect();
        let out = harmonics(&relu, 3, 6).unwrap();
        let exact = [1.0 / PI, 0.5, 2.0 / (3.0 * PI), 0.0, 2.0 / (15.0 * PI), 0.0, 2.0 / (35.0 * PI)];
        assert!(out.amplitude.iter().zip(exact).all(|(a, b)| (a - b).abs() < 1e-6), "{:?}", out.amplitude);
        // Power 1/4 in all, 1/pi^2 constant, 1/8 in the tone.
        let ratio = (0.25 - 1.0 / (PI * PI) - 0.125) / (0.25 - 1.0 / (PI * PI));
        assert!((out.ratio - ratio).abs() < 1e-6 && (ratio - 0.1593).abs() < 1e-4);
        assert!(harmonics(&relu[..10], 1, 5).is_err() && harmonics(&[], 1, 1).is_err());
        assert!(harmonics(&relu, 0, 1).is_err() && harmonics(&relu, usize::MAX, usize::MAX).is_err());
    }

    #[test]
    fn laws_and_their_interval() {
        let f: Vec<f64> = (1..20).map(f64::from).collect();
        let power: Vec<f64> = f.iter().map(|f| 3.0 * f.powf(-2.0) * (1.0 + 0.01 * (f * 7.0).sin())).collect();
        let fit = fit_decay(&f, &power, Law::Power, 0.95).unwrap();
        assert!(fit.interval[0] < 2.0 && 2.0 < fit.interval[1] && fit.interval[1] - fit.interval[0] < 0.03);
        let exponential: Vec<f64> = f.iter().map(|f| 2.0 * (-0.4 * f).exp()).collect();
        let fit = fit_decay(&f, &exponential, Law::Exponential, 0.95).unwrap();
        assert!((fit.rate - 0.4).abs() < 1e-12 && (fit.coefficient - 2.0).abs() < 1e-10 && fit.r_squared > 0.999);
        // Tables: t(0.975; 1) = 12.706, t(0.975; 10) = 2.228, t(0.95; 17) = 1.740.
        for (p, v, t) in [(0.975, 1.0, 12.706), (0.975, 10.0, 2.228), (0.95, 17.0, 1.740)] {
            assert!((student_quantile(p, v) - t).abs() < 6e-4, "{}", student_quantile(p, v));
        }
        assert!(
            fit_decay(&f, &f[..3], Law::Power, 0.95).is_err()
                && fit_decay(&[0.0, 1.0, 2.0], &[1.0; 3], Law::Power, 0.9).is_err()
        );
    }
}
