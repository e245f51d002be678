//! Short-time spectra and Welch's estimate of the power spectral density.
//!
//! Frame m of a signal is `x[m hop ..][..length]` times a periodic window; only whole frames are taken. The density of a
//! frame is `|X|^2 / (rate sum w^2)`, doubled for frequencies that have a negative twin, so that its integral over frequency
//! is the signal's power (Welch 1967; the conventions of `scipy.signal.welch`).

use crate::check;
use crate::fft::{Norm, Split, rfft};
use crate::frequency::rfftfreq;
use crate::real::Real;
use crate::window::Window;
use base::{Error, Result};

/// How a signal is cut.
#[derive(Debug, Clone, Copy)]
pub struct Frames {
    pub length: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    pub window: Window,
    /// Take each frame's mean off before the window.
    pub detrend: bool,
}

impl Frames {
    fn cut<T: Real>(&self, x: &[T]) -> Result<(Vec<T>, usize, Vec<f64>)> {
        check::elements("x", &[x.len()])?;
        check::finite("x", x)?;
        let (length, hop) = (self.length, self.hop);
        if hop == 0 {
            return Err(Error::argument("hop: expected at least 1, got 0"));
        }
        if length == 0 || length > x.len() {
            let most = x.len();
            return Err(Error::argument(format!("length: expected 1 to {most} (the signal's), got {length}")));
        }
        let weights = self.window.values(length, false)?;
        let count = (x.len() - length) / hop + 1;
        check::elements("the frames", &[count, length])?;
        let mut out = Vec::with_capacity(count * length);
        for m in 0..count {
            let frame = &x[m * hop..m * hop + length];
            let mean: f64 =
                if self.detrend { frame.iter().map(|x| x.wide()).sum::<f64>() / length as f64 } else { 0.0 };
            out.extend(frame.iter().zip(&weights).map(|(x, w)| T::of((x.wide() - mean) * w)));
        }
        Ok((out, count, weights))
    }
}

/// Spectra of the frames, `[frames, length / 2 + 1]`, divided by the window's sum (a tone `a cos` shows a/2), with the middle
/// of each frame in samples.
pub fn stft<T: Real>(x: &[T], frames: Frames, threads: usize) -> Result<(Split<T>, Vec<usize>, Vec<f64>)> {
    let (mut cut, count, weights) = frames.cut(x)?;
    let scale = T::of(1.0 / weights.iter().sum::<f64>());
    cut.iter_mut().for_each(|x| *x = *x * scale);
    let (spectra, shape) = rfft("x", &cut, &[count, frames.length], 1, Norm::Backward, threads)?;
    let middles = (0..count).map(|m| (m * frames.hop) as f64 + 0.5 * frames.length as f64).collect();
    Ok((spectra, shape, middles))
}

/// Power spectral density by Welch's method: frequencies and density, per unit of `sample_rate`.
pub fn welch<T: Real>(x: &[T], sample_rate: f64, frames: Frames, threads: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    check::positive("sampleRate", sample_rate)?;
    let (cut, count, weights) = frames.cut(x)?;
    let (spectra, _) = rfft("x", &cut, &[count, frames.length], 1, Norm::Backward, threads)?;
    let half = frames.length / 2 + 1;
    let mut density = vec![0.0; half];
    for (i, (re, im)) in spectra.re.iter().zip(&spectra.im).enumerate() {
        density[i % half] += re.wide().powi(2) + im.wide().powi(2);
    }
    let scale = 1.0 / (count as f64 * sample_rate * weights.iter().map(|w| w * w).sum::<f64>());
    for (k, density) in density.iter_mut().enumerate() {
        *density *= if k == 0 || 2 * k == frames.length { scale } else { 2.0 * scale };
    }
    Ok((rfftfreq(frames.length, 1.0 / sample_rate)?, density))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn a_tone_in_every_frame_and_its_power() {
        let (rate, n) = (100.0, 1000);
        let x: Vec<f64> = (0..n).map(|i| 3.0 + 0.8 * (TAU * 10.0 * i as f64 / rate).cos()).collect();
        let frames = Frames { length: 200, hop: 100, window: Window::Hann, detrend: false };
        let (spectra, shape, middles) = stft(&x, frames, 1).unwrap();
        assert_eq!((shape, middles[1]), (vec![9, 101], 200.0));
        assert!((0..9).all(|m| (spectra.get(m * 101 + 20).norm() - 0.4).abs() < 1e-12));
        let (frequency, density) = welch(&x, rate, Frames { detrend: true, ..frames }, 2).unwrap();
        let power: f64 = density.iter().sum::<f64>() * (frequency[1] - frequency[0]);
        assert!((power - 0.32).abs() < 1e-12, "{power}");
        assert!(welch(&x, rate, Frames { length: 2000, ..frames }, 1).is_err());
        assert!(stft(&x, Frames { hop: 0, ..frames }, 1).is_err());
    }
}
