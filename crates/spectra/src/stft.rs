//! Short-time spectra, their inverse, and Welch's estimate of the power spectral density.
//!
//! Frame m of a signal is `x[m hop ..][..length]` times a periodic window; only whole frames are taken. Where the signal is
//! extended with zeros (half a frame before it and after it, then up to a whole frame), frame m begins at
//! `m hop - floor(length / 2)` and every sample stands inside several frames. The inverse is the least squares one,
//! `x[i] = sum_m w_m[i] y_m[i] / sum_m w_m[i]^2` (Griffin and Lim, IEEE Trans. ASSP 32, 1984): exact where the denominator is
//! not zero. The density of a frame is `|X|^2 / (rate sum w^2)`, doubled for frequencies that have a negative twin, so that its
//! integral over frequency is the signal's power (Welch 1967). Conventions of `scipy.signal`'s `stft`, `istft` and `welch`.

use crate::check;
use crate::fft::{Norm, Signal, Split, irfft, rfft};
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
    /// Zeros around the signal, so that its ends stand inside frames like its middle.
    pub extend: bool,
    /// Take each frame's mean off before the window.
    pub detrend: bool,
}

/// A sample is known where the squared windows over it add up to more than this share of the most that they do.
const LEAST: f64 = 1e-10;

impl Frames {
    /// Zeros before the signal.
    fn before(&self) -> usize {
        if self.extend { self.length / 2 } else { 0 }
    }

    fn checked(&self) -> Result<Vec<f64>> {
        if self.hop == 0 {
            return Err(Error::argument("hop: expected at least 1, got 0"));
        }
        if self.length == 0 {
            return Err(Error::argument("length: expected at least 1, got 0"));
        }
        self.window.values(self.length, false)
    }

    /// Frames of a signal of `n` samples.
    fn count(&self, n: usize) -> Result<usize> {
        let (length, hop) = (self.length, self.hop);
        if length > n {
            return Err(Error::argument(format!("length: expected 1 to {n} (the signal's), got {length}")));
        }
        let over = n + 2 * self.before() - length;
        Ok(1 + if self.extend { over.div_ceil(hop) } else { over / hop })
    }

    /// The windowed frames of every row of `x`, `[.., frames, length]`, how many a row has, and the window.
    fn cut<T: Real>(&self, x: &[T], shape: &[usize]) -> Result<(Vec<T>, usize, Vec<f64>)> {
        check::filled("x", x.len(), shape)?;
        check::finite("x", x)?;
        let n = shape[shape.len() - 1];
        let weights = self.checked()?;
        let (length, before, count) = (self.length, self.before(), self.count(n)?);
        let mut out = Vec::with_capacity(check::room("the frames", &[x.len() / n, count, length], 4)?);
        for row in x.chunks_exact(n) {
            for first in (0..count).map(|m| m * self.hop) {
                let at = |i: usize| (first + i).checked_sub(before).and_then(|i| row.get(i)).map_or(0.0, |x| x.wide());
                let mean = if self.detrend { (0..length).map(at).sum::<f64>() / length as f64 } else { 0.0 };
                out.extend(weights.iter().enumerate().map(|(i, w)| T::of((at(i) - mean) * w)));
            }
        }
        Ok((out, count, weights))
    }
}

/// `shape` with its last axis replaced.
fn with_last(shape: &[usize], last: &[usize]) -> Vec<usize> {
    [&shape[..shape.len() - 1], last].concat()
}

/// Spectra of the frames, `[.., frames, length / 2 + 1]`, divided by the window's sum (a tone `a cos` shows a/2), with the
/// middle of each frame in samples.
pub fn stft<T: Real>(
    x: &[T],
    shape: &[usize],
    frames: Frames,
    threads: usize,
) -> Result<(Split<T>, Vec<usize>, Vec<f64>)> {
    let (mut cut, count, weights) = frames.cut(x, shape)?;
    let scale = T::of(1.0 / weights.iter().sum::<f64>());
    cut.iter_mut().for_each(|x| *x = *x * scale);
    let (spectra, shape) = rfft("x", &cut, &with_last(shape, &[count, frames.length]), 1, Norm::Backward, threads)?;
    let start = 0.5 * frames.length as f64 - frames.before() as f64;
    let middles = (0..count).map(|m| (m * frames.hop) as f64 + start).collect();
    Ok((spectra, shape, middles))
}

/// The signals, `[.., n]`, whose [`stft`] is `spectrum`, or comes nearest to it. Without `n` as long as the frames reach.
pub fn istft<T: Real>(
    spectrum: Signal<'_, T>,
    shape: &[usize],
    frames: Frames,
    n: Option<usize>,
    threads: usize,
) -> Result<(Vec<T>, Vec<usize>)> {
    spectrum.check("spectrum", shape)?;
    let weights = frames.checked()?;
    let (length, hop, bins) = (frames.length, frames.hop, frames.length / 2 + 1);
    let &[.., count, last] = shape else {
        return Err(Error::shape(format!("spectrum: expected [.., frames, frequencies], got shape {shape:?}")));
    };
    if last != bins {
        return Err(Error::shape(format!(
            "spectrum: expected {bins} frequencies for frames of {length} samples, got shape {shape:?}"
        )));
    }
    overlap_adds(&weights, hop)?;
    let reach = (count - 1).checked_mul(hop).and_then(|start| start.checked_add(length)).unwrap_or(usize::MAX);
    let most = reach.saturating_sub(2 * frames.before());
    let n = n.unwrap_or(most);
    if n == 0 || n > most {
        return Err(Error::argument(format!("n: expected 1 to {most} (as far as the frames reach), got {n}")));
    }
    let out_shape = with_last(&shape[..shape.len() - 1], &[n]);
    let mut out = vec![T::zero(); check::room("the signal", &out_shape, 3)?];
    let (y, _) = irfft("spectrum", spectrum, shape, &[length], Norm::Backward, threads)?;
    let sum: f64 = weights.iter().sum();
    // The place in a row of `out` of a frame's sample, if it has one.
    let place = |m: usize, i: usize| (m * hop + i).checked_sub(frames.before()).filter(|&at| at < n);
    let mut squares = vec![0.0; n];
    for m in 0..count {
        for (i, w) in weights.iter().enumerate() {
            place(m, i).into_iter().for_each(|at| squares[at] += w * w);
        }
    }
    let least = LEAST * squares.iter().copied().fold(0.0, f64::max);
    let mut sums = vec![0.0; n];
    for (out, y) in out.chunks_exact_mut(n).zip(y.chunks_exact(count * length)) {
        sums.fill(0.0);
        for (m, frame) in y.chunks_exact(length).enumerate() {
            for (i, (y, w)) in frame.iter().zip(&weights).enumerate() {
                place(m, i).into_iter().for_each(|at| sums[at] += y.wide() * w * sum);
            }
        }
        for ((out, sum), square) in out.iter_mut().zip(&sums).zip(&squares) {
            *out = if *square > least { T::of(sum / square) } else { T::zero() };
        }
    }
    check::finite("spectrum", &out)
        .map_err(|_| Error::non_finite("spectrum: the values are so large that the result overflows"))?;
    Ok((out, out_shape))
}

/// That no sample far from the ends falls between frames or on zeros of every window over it (the condition called NOLA).
fn overlap_adds(weights: &[f64], hop: usize) -> Result<()> {
    let over = |first: usize| -> f64 { weights.iter().skip(first).step_by(hop).map(|w| w * w).sum() };
    let squares: Vec<f64> = (0..hop.min(weights.len())).map(over).collect();
    let most = squares.iter().copied().fold(0.0, f64::max);
    if hop > weights.len() || squares.iter().any(|&square| square <= LEAST * most) {
        return Err(Error::argument(format!(
            "hop: expected frames of {} samples to overlap so that no sample is lost, got a hop of {hop} with this window",
            weights.len()
        )));
    }
    Ok(())
}

/// Power spectral density by Welch's method: frequencies and density `[.., length / 2 + 1]`, per unit of `sample_rate`.
pub fn welch<T: Real>(
    x: &[T],
    shape: &[usize],
    sample_rate: f64,
    frames: Frames,
    threads: usize,
) -> Result<(Vec<f64>, Vec<f64>)> {
    check::positive("sampleRate", sample_rate)?;
    let (cut, count, weights) = frames.cut(x, shape)?;
    let (spectra, _) = rfft("x", &cut, &[cut.len() / frames.length, frames.length], 1, Norm::Backward, threads)?;
    let half = frames.length / 2 + 1;
    let mut density = vec![0.0; spectra.len() / count];
    for (i, (re, im)) in spectra.re.iter().zip(&spectra.im).enumerate() {
        density[i / (count * half) * half + i % half] += re.wide().powi(2) + im.wide().powi(2);
    }
    let scale = 1.0 / (count as f64 * sample_rate * weights.iter().map(|w| w * w).sum::<f64>());
    for (i, density) in density.iter_mut().enumerate() {
        let k = i % half;
        *density *= if k == 0 || 2 * k == frames.length { scale } else { 2.0 * scale };
    }
    Ok((rfftfreq(frames.length, 1.0 / sample_rate)?, density))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn frames(length: usize, hop: usize) -> Frames {
        Frames { length, hop, window: Window::Hann, extend: false, detrend: false }
    }

    #[test]
    fn a_tone_in_every_frame_and_its_power() {
        let (rate, n) = (100.0, 1000);
        let x: Vec<f64> = (0..n).map(|i| 3.0 + 0.8 * (TAU * 10.0 * i as f64 / rate).cos()).collect();
        let frames = frames(200, 100);
        let (spectra, shape, middles) = stft(&x, &[n], frames, 1).unwrap();
        assert_eq!((shape, middles[1]), (vec![9, 101], 200.0));
        assert!((0..9).all(|m| (spectra.get(m * 101 + 20).norm() - 0.4).abs() < 1e-12));
        let (frequency, density) = welch(&x, &[n], rate, Frames { detrend: true, ..frames }, 2).unwrap();
        let power: f64 = density.iter().sum::<f64>() * (frequency[1] - frequency[0]);
        assert!((power - 0.32).abs() < 1e-12, "{power}");
        // Two signals at once are each by itself.
        let (_, both) = welch(&x, &[2, 500], rate, frames, 2).unwrap();
        let (_, second) = welch(&x[500..], &[500], rate, frames, 1).unwrap();
        assert_eq!(both[101..], second);
        assert!(welch(&x, &[n], rate, Frames { length: 2000, ..frames }, 1).is_err());
        assert!(stft(&x, &[n], Frames { hop: 0, ..frames }, 1).is_err());
    }

    #[test]
    fn back_from_the_frames() {
        let x: Vec<f64> = (0..60).map(|i| 0.5 + (i as f64 * 0.7).sin()).collect();
        for (length, hop, window) in
            [(8, 2, Window::Hann), (7, 3, Window::Hamming), (10, 10, Window::Rectangular), (1, 1, Window::Hann)]
        {
            for extend in [false, true] {
                let frames = Frames { length, hop, window, extend, detrend: false };
                let (spectra, shape, _) = stft(&x, &[2, 30], frames, 1).unwrap();
                let n = if extend { Some(30) } else { None };
                let (back, shape) = istft(spectra.as_signal(), &shape, frames, n, 2).unwrap();
                let n = shape[1];
                // Hann's first weight is zero: without zeros around it, the first sample is lost.
                let from = usize::from(!extend && window == Window::Hann && length > 1);
                assert!(extend && n == 30 || n > 30 - length.max(hop));
                for (row, back) in back.chunks_exact(n).enumerate() {
                    let exact = &x[row * 30..][..n];
                    assert!(back[..from].iter().all(|&x| x == 0.0));
                    assert!(
                        back.iter().zip(exact).skip(from).all(|(a, b)| (a - b).abs() < 1e-14),
                        "{frames:?} {back:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_undone_is_refused() {
        let zeros = [0.0; 50];
        let run = |shape: &[usize], frames: Frames, n: Option<usize>| {
            let len = shape.iter().product::<usize>();
            istft(Signal::Real(&zeros[..len]), shape, frames, n, 1).unwrap_err().to_string()
        };
        // Hann windows side by side leave out the sample between them; far apart, more.
        assert!(run(&[2, 5], frames(8, 8), None).contains("hop"));
        assert!(run(&[2, 5], Frames { window: Window::Rectangular, ..frames(8, 9) }, None).contains("hop"));
        assert!(run(&[2, 5], frames(10, 5), None).contains("6 frequencies"));
        assert!(run(&[5], frames(8, 4), None).contains("spectrum"));
        assert!(run(&[2, 5], frames(8, 4), Some(13)).contains("n: expected 1 to 12"));
        assert!(istft(Signal::Real(&[f64::NAN; 5]), &[1, 5], frames(8, 4), None, 1).is_err());
    }
}
