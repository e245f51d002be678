//! Windows, and the amplitude spectrum that they make honest.
//!
//! A tone between two DFT frequencies leaks into all of them; a window gathers it. Its coherent gain (the mean of the window)
//! scales every tone, so amplitudes are divided by it. Formulas: Harris, Proc. IEEE 66 (1978); flat-top coefficients of SciPy.

use crate::check;
use crate::fft::{Norm, rfft};
use crate::frequency::rfftfreq;
use crate::real::Real;
use base::{Error, Result};
use std::f64::consts::TAU;

/// A window's shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Window {
    Rectangular,
    Hann,
    Hamming,
    Blackman,
    FlatTop,
    /// `I0(beta sqrt(1 - r^2)) / I0(beta)`.
    Kaiser {
        beta: f64,
    },
}

impl Window {
    /// From its name in the API; `beta` is Kaiser's (8.6 makes it like Blackman).
    pub fn named(name: &str, beta: f64) -> Result<Self> {
        Ok(match name {
            "rectangular" => Window::Rectangular,
            "hann" => Window::Hann,
            "hamming" => Window::Hamming,
            "blackman" => Window::Blackman,
            "flattop" => Window::FlatTop,
            "kaiser" if (0.0..=700.0).contains(&beta) => Window::Kaiser { beta },
            "kaiser" => return Err(Error::argument(format!("beta: expected a number from 0 to 700, got {beta}"))),
            _ => {
                return Err(Error::argument(format!(
                    "window: expected rectangular, hann, hamming, blackman, flattop or kaiser, got \"{name}\""
                )));
            }
        })
    }

    /// `n` values. Periodic windows (for spectra) leave out the last point of the symmetric ones of `n + 1`.
    pub fn values(self, n: usize, symmetric: bool) -> Result<Vec<f64>> {
        check::room("n", &[n], 2)?;
        // One sample is passed as it is (SciPy's choice too): a window of zero would have no gain to divide by.
        if n == 1 {
            return Ok(vec![1.0]);
        }
        let span = if symmetric { n - 1 } else { n };
        let cosines = |a: &[f64], i: usize| -> f64 {
            let turn = TAU * i as f64 / span as f64;
            a.iter().enumerate().map(|(k, a)| if k % 2 == 0 { *a } else { -a } * (turn * k as f64).cos()).sum()
        };
        let values: Vec<f64> = (0..n)
            .map(|i| match self {
                Window::Rectangular => 1.0,
                Window::Hann => cosines(&[0.5, 0.5], i),
                Window::Hamming => cosines(&[0.54, 0.46], i),
                Window::Blackman => cosines(&[0.42, 0.5, 0.08], i),
                Window::FlatTop => cosines(&[0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368], i),
                Window::Kaiser { beta } => {
                    let r = 2.0 * i as f64 / span as f64 - 1.0;
                    bessel_i0(beta * (1.0 - r * r).max(0.0).sqrt()) / bessel_i0(beta)
                }
            })
            .collect();
        // Two symmetric points of a window that begins and ends at zero.
        if values.iter().all(|w| w.abs() < 1e-15) {
            return Err(Error::argument(format!(
                "n: expected at least 3 points of this symmetric window, which is zero at its ends, got {n}"
            )));
        }
        Ok(values)
    }
}

/// Modified Bessel function of order zero, by its series (all terms positive, so it keeps its digits).
pub(crate) fn bessel_i0(x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// The mean of a window: what it scales a tone by.
pub fn coherent_gain(window: &[f64]) -> f64 {
    window.iter().sum::<f64>() / window.len() as f64
}

/// `n sum w^2 / (sum w)^2`: the width, in DFT bins, of a rectangular filter that lets as much noise through.
pub fn noise_bandwidth(window: &[f64]) -> f64 {
    let square: f64 = window.iter().map(|w| w * w).sum();
    square * window.len() as f64 / window.iter().sum::<f64>().powi(2)
}

/// A single-sided spectrum, `[.., n / 2 + 1]` but for `frequency`, `[n / 2 + 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct AmplitudeSpectrum<T> {
    pub frequency: Vec<f64>,
    pub amplitude: Vec<T>,
    pub phase: Vec<T>,
}

/// Amplitude and phase of the tones in the last axis of `x`: `a cos(2 pi f t + phase)`, f in units of `sample_rate`.
/// Frequency zero and, for even n, the last one stand for one point of the DFT, all others for two.
pub fn amplitude_spectrum<T: Real>(
    x: &[T],
    shape: &[usize],
    sample_rate: f64,
    window: Window,
    threads: usize,
) -> Result<AmplitudeSpectrum<T>> {
    check::filled("x", x.len(), shape)?;
    check::positive("sampleRate", sample_rate)?;
    let n = shape[shape.len() - 1];
    let weights = window.values(n, false)?;
    let sum: f64 = weights.iter().sum();
    let windowed: Vec<T>;
    let x = if window == Window::Rectangular {
        x
    } else {
        check::finite("x", x)?;
        windowed = x.chunks_exact(n).flat_map(|x| x.iter().zip(&weights).map(|(&x, &w)| x * T::of(w))).collect();
        &windowed
    };
    let (spectrum, _) = rfft("x", x, shape, 1, Norm::Backward, threads)?;
    let half = n / 2 + 1;
    let scale = |i: usize| {
        let k = i % half;
        let sides = if k == 0 || 2 * k == n { 1.0 } else { 2.0 };
        T::of(sides / sum)
    };
    let parts = || spectrum.re.iter().zip(&spectrum.im);
    Ok(AmplitudeSpectrum {
        frequency: rfftfreq(n, 1.0 / sample_rate)?,
        amplitude: parts().enumerate().map(|(i, (re, im))| re.hypot(*im) * scale(i)).collect(),
        phase: parts().map(|(re, im)| im.atan2(*re)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_gains() {
        // SciPy: get_window('hann', 4) = [0, .5, 1, .5]; kaiser(5, 2, sym) ends at 1/I0(2) = 0.43867628.
        let near = |a: &[f64], b: &[f64]| assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-8), "{a:?}");
        near(&Window::Hann.values(4, false).unwrap(), &[0.0, 0.5, 1.0, 0.5]);
        near(&Window::Hann.values(5, true).unwrap(), &[0.0, 0.5, 1.0, 0.5, 0.0]);
        near(&Window::Blackman.values(3, true).unwrap(), &[0.0, 1.0, 0.0]);
        let kaiser = Window::named("kaiser", 2.0).unwrap().values(5, true).unwrap();
        near(&[kaiser[0], kaiser[2]], &[0.438_676_28, 1.0]);
        let flat = Window::FlatTop.values(64, false).unwrap();
        assert!((coherent_gain(&flat) - 0.21557895).abs() < 1e-12);
        assert!((noise_bandwidth(&Window::Hann.values(64, false).unwrap()) - 1.5).abs() < 1e-12);
        assert!(Window::named("hat", 0.0).is_err() && Window::named("kaiser", f64::NAN).is_err());
        assert!(Window::Hann.values(0, true).is_err());
    }

    #[test]
    fn a_windowed_tone_keeps_its_amplitude() {
        let n = 1000;
        let tone =
            |f: f64| -> Vec<f64> { (0..n).map(|i| 0.25 + 0.7 * (TAU * f * i as f64 / n as f64 + 0.4).cos()).collect() };
        for window in [Window::Rectangular, Window::Hann, Window::Blackman, Window::FlatTop] {
            let s = amplitude_spectrum(&tone(60.0), &[n], 500.0, window, 1).unwrap();
            assert!((s.amplitude[60] - 0.7).abs() < 1e-9 && (s.phase[60] - 0.4).abs() < 1e-9);
            assert!((s.amplitude[0] - 0.25).abs() < 1e-9);
            assert!((s.frequency[60] - 30.0).abs() < 1e-12);
        }
        // Between two frequencies the flat-top window loses 0.112 % (0.01 dB; SciPy's does too), the rectangular one 36 %.
        let s = amplitude_spectrum(&tone(60.5), &[n], 500.0, Window::FlatTop, 1).unwrap();
        assert!((s.amplitude[60] / 0.7 - 1.0 + 0.001_12).abs() < 1e-5);
        assert!(amplitude_spectrum(&[1.0, 2.0], &[2], -1.0, Window::Hann, 1).is_err());
    }
}
