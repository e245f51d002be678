//! Short-time spectra, their inverse, and Welch's estimates of power and cross-spectral density.
//!
//! Frame m of a signal is `x[m hop ..][..length]` times a window; only whole frames are taken. Where the signal is
//! extended with zeros (half a frame before it and after it, then up to a whole frame), frame m begins at
//! `m hop - floor(length / 2)` and every sample stands inside several frames. The inverse is the least squares one,
//! `x[i] = sum_m w_m[i] y_m[i] / sum_m w_m[i]^2` (Griffin and Lim, IEEE Trans. ASSP 32, 1984): exact where the denominator is
//! not zero. The density of a frame is `|X|^2 / (rate sum w^2)`, doubled for frequencies that have a negative twin, so that its
//! integral over frequency is the signal's power (Welch 1967); that of two signals is `conj(X) Y` instead, and their coherence
//! `|P_xy|^2 / (P_xx P_yy)`, between 0 and 1. Conventions of `scipy.signal`'s `stft`, `istft`, `welch`, `csd` and `coherence`.

use crate::check;
use crate::fft::{Norm, Signal, Split, irfft, rfft};
use crate::frequency::rfftfreq;
use crate::real::Real;
use base::{Error, Result};

/// What is taken off a frame before the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detrend {
    Nothing,
    /// Its mean.
    Constant,
    /// The straight line of least squares.
    Linear,
}

/// How a signal is cut.
#[derive(Debug, Clone)]
pub struct Frames {
    /// One weight a sample of a frame.
    pub window: Vec<f64>,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Points of a frame's transform, zeros standing behind its samples.
    pub points: usize,
    /// Zeros around the signal, so that its ends stand inside frames like its middle.
    pub extend: bool,
    pub detrend: Detrend,
}

/// The windowed frames of every row of a signal, `[rows, count, points]`.
struct Cut<T> {
    values: Vec<T>,
    rows: usize,
    count: usize,
}

/// A sample is known where the squared windows over it add up to more than this share of the most that they do.
const LEAST: f64 = 1e-10;

impl Frames {
    fn length(&self) -> usize {
        self.window.len()
    }

    /// Frequencies of a frame's spectrum.
    fn bins(&self) -> usize {
        self.points / 2 + 1
    }

    /// Zeros before the signal.
    fn before(&self) -> usize {
        if self.extend { self.length() / 2 } else { 0 }
    }

    /// The sum of the window's squares, when frames and window make sense.
    fn checked(&self) -> Result<f64> {
        if self.hop == 0 {
            return Err(Error::argument("hop: expected at least 1, got 0"));
        }
        if self.window.is_empty() {
            return Err(Error::argument("length: expected at least 1, got 0"));
        }
        if self.points < self.length() {
            let (length, points) = (self.length(), self.points);
            return Err(Error::argument(format!("nfft: expected at least {length} (a frame's samples), got {points}")));
        }
        check::finite("window", &self.window)?;
        let squares = self.window.iter().map(|w| w * w).sum::<f64>();
        if !squares.is_normal() {
            return Err(Error::argument("window: expected weights whose squares add up to a number that is not zero"));
        }
        Ok(squares)
    }

    /// The sum of the window, which tones are divided by.
    fn gain(&self) -> Result<f64> {
        self.checked()?;
        let sum = self.window.iter().sum::<f64>();
        // A sum that is lost in its own rounding is none.
        if sum.abs() > 1e-12 * self.window.iter().map(|w| w.abs()).sum::<f64>() {
            return Ok(sum);
        }
        Err(Error::argument("window: expected weights whose sum, which tones are divided by, is not zero"))
    }

    /// Frames of a signal of `n` samples.
    fn count(&self, n: usize) -> Result<usize> {
        let (length, hop) = (self.length(), self.hop);
        if length > n {
            return Err(Error::argument(format!("length: expected 1 to {n} (the signal's), got {length}")));
        }
        let over = n + 2 * self.before() - length;
        Ok(1 + if self.extend { over.div_ceil(hop) } else { over / hop })
    }

    /// The frames of `x`, each value times `scale`.
    fn cut<T: Real>(&self, name: &str, x: &[T], shape: &[usize], scale: f64) -> Result<Cut<T>> {
        check::filled(name, x.len(), shape)?;
        check::finite(name, x)?;
        let n = shape[shape.len() - 1];
        let (before, count, rows) = (self.before(), self.count(n)?, x.len() / n);
        let padding = self.points - self.length();
        let mut values = Vec::with_capacity(check::room("the frames", &[rows, count, self.points], 4)?);
        let mut frame = vec![0.0; self.length()];
        for row in x.chunks_exact(n) {
            for first in (0..count).map(|m| m * self.hop) {
                for (i, value) in frame.iter_mut().enumerate() {
                    *value = (first + i).checked_sub(before).and_then(|i| row.get(i)).map_or(0.0, |x| x.wide());
                }
                self.detrend.take_off(&mut frame);
                values.extend(frame.iter().zip(&self.window).map(|(x, w)| T::of(x * (w * scale))));
                values.extend(std::iter::repeat_n(T::zero(), padding));
            }
        }
        Ok(Cut { values, rows, count })
    }

    /// The spectra of the frames, `[rows count, bins]`.
    fn spectra<T: Real>(&self, name: &str, cut: &Cut<T>, threads: usize) -> Result<Split<T>> {
        let shape = [cut.rows * cut.count, self.points];
        rfft(name, &cut.values, &shape, 1, Norm::Backward, threads).map(|(spectra, _)| spectra)
    }
}

impl Detrend {
    fn take_off(self, frame: &mut [f64]) {
        let n = frame.len() as f64;
        let mean = || frame.iter().sum::<f64>() / n;
        match self {
            Detrend::Nothing => {}
            Detrend::Constant => {
                let mean = mean();
                frame.iter_mut().for_each(|x| *x -= mean);
            }
            Detrend::Linear => {
                // Times from the middle, so that level and slope are independent of each other.
                let (level, middle) = (mean(), 0.5 * (n - 1.0));
                let squares = n * (n * n - 1.0) / 12.0;
                let moment: f64 = frame.iter().enumerate().map(|(i, x)| (i as f64 - middle) * (x - level)).sum();
                let slope = if squares > 0.0 { moment / squares } else { 0.0 };
                frame.iter_mut().enumerate().for_each(|(i, x)| *x -= level + slope * (i as f64 - middle));
            }
        }
    }
}

/// `shape` with its last axis replaced.
fn with_last(shape: &[usize], last: &[usize]) -> Vec<usize> {
    [&shape[..shape.len() - 1], last].concat()
}

/// Spectra of the frames, `[.., frames, points / 2 + 1]`, divided by the window's sum (a tone `a cos` shows a/2), with the
/// middle of each frame in samples.
pub fn stft<T: Real>(
    x: &[T],
    shape: &[usize],
    frames: &Frames,
    threads: usize,
) -> Result<(Split<T>, Vec<usize>, Vec<f64>)> {
    let sum = frames.gain()?;
    let cut = frames.cut("x", x, shape, 1.0 / sum)?;
    let spectra = frames.spectra("x", &cut, threads)?;
    let start = 0.5 * frames.length() as f64 - frames.before() as f64;
    let middles = (0..cut.count).map(|m| (m * frames.hop) as f64 + start).collect();
    Ok((spectra, with_last(shape, &[cut.count, frames.bins()]), middles))
}

/// The signals, `[.., n]`, whose [`stft`] is `spectrum`, or comes nearest to it. Without `n` as long as the frames reach.
pub fn istft<T: Real>(
    spectrum: Signal<'_, T>,
    shape: &[usize],
    frames: &Frames,
    n: Option<usize>,
    threads: usize,
) -> Result<(Vec<T>, Vec<usize>)> {
    spectrum.check("spectrum", shape)?;
    let sum = frames.gain()?;
    let (weights, points) = (&frames.window, frames.points);
    let (length, hop, bins) = (frames.length(), frames.hop, frames.bins());
    let &[.., count, last] = shape else {
        return Err(Error::shape(format!("spectrum: expected [.., frames, frequencies], got shape {shape:?}")));
    };
    if last != bins {
        return Err(Error::shape(format!(
            "spectrum: expected {bins} frequencies for transforms of {points} points, got shape {shape:?}"
        )));
    }
    overlap_adds(weights, hop)?;
    let reach = (count - 1).checked_mul(hop).and_then(|start| start.checked_add(length)).unwrap_or(usize::MAX);
    let most = reach.saturating_sub(2 * frames.before());
    let n = n.unwrap_or(most);
    if n == 0 || n > most {
        return Err(Error::argument(format!("n: expected 1 to {most} (as far as the frames reach), got {n}")));
    }
    let out_shape = with_last(&shape[..shape.len() - 1], &[n]);
    let mut out = vec![T::zero(); check::room("the signal", &out_shape, 3)?];
    let (y, _) = irfft("spectrum", spectrum, shape, &[points], Norm::Backward, threads)?;
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
    for (out, y) in out.chunks_exact_mut(n).zip(y.chunks_exact(count * points)) {
        sums.fill(0.0);
        for (m, frame) in y.chunks_exact(points).enumerate() {
            for (i, (y, w)) in frame.iter().zip(weights).enumerate() {
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

/// Sums over a row's frames, times `scale`, doubled for frequencies that have a negative twin: one value a row and frequency.
fn densities(
    frames: &Frames,
    [rows, count]: [usize; 2],
    sample_rate: f64,
    squares: f64,
    product: impl Fn(usize) -> f64,
) -> Vec<f64> {
    let bins = frames.bins();
    let scale = 1.0 / (count as f64 * sample_rate * squares);
    let one = |row: usize, k: usize| {
        let sum: f64 = (0..count).map(|m| product((row * count + m) * bins + k)).sum();
        let alone = k == 0 || 2 * k == frames.points;
        sum * if alone { scale } else { 2.0 * scale }
    };
    (0..rows).flat_map(|row| (0..bins).map(move |k| (row, k))).map(|(row, k)| one(row, k)).collect()
}

/// Power spectral density by Welch's method: frequencies and density `[.., points / 2 + 1]`, per unit of `sample_rate`.
pub fn welch<T: Real>(
    x: &[T],
    shape: &[usize],
    sample_rate: f64,
    frames: &Frames,
    threads: usize,
) -> Result<(Vec<f64>, Vec<f64>)> {
    check::positive("sampleRate", sample_rate)?;
    let squares = frames.checked()?;
    let cut = frames.cut("x", x, shape, 1.0)?;
    let z = frames.spectra("x", &cut, threads)?;
    let size = [cut.rows, cut.count];
    let power = |i: usize| z.re[i].wide().powi(2) + z.im[i].wide().powi(2);
    let density = densities(frames, size, sample_rate, squares, power);
    bounded(&["x"], &[&density])?;
    Ok((rfftfreq(frames.points, 1.0 / sample_rate)?, density))
}

/// Densities of two signals and between them, `[.., points / 2 + 1]`, f64.
#[derive(Debug, Clone)]
pub struct CrossDensity {
    pub frequency: Vec<f64>,
    /// The mean of `conj(X) Y`.
    pub cross: Split<f64>,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

/// Cross-spectral density by Welch's method, with the power densities that coherence needs beside it.
pub fn cross_density<T: Real>(
    x: &[T],
    y: &[T],
    shape: &[usize],
    sample_rate: f64,
    frames: &Frames,
    threads: usize,
) -> Result<CrossDensity> {
    check::positive("sampleRate", sample_rate)?;
    let squares = frames.checked()?;
    let [a, b] = [frames.cut("x", x, shape, 1.0)?, frames.cut("y", y, shape, 1.0)?];
    let size = [a.rows, a.count];
    let [a, b] = [frames.spectra("x", &a, threads)?, frames.spectra("y", &b, threads)?];
    let over = |product: &dyn Fn(usize) -> f64| densities(frames, size, sample_rate, squares, product);
    let part = |x: &[T], i: usize| x[i].wide();
    let re = over(&|i| part(&a.re, i) * part(&b.re, i) + part(&a.im, i) * part(&b.im, i));
    let im = over(&|i| part(&a.re, i) * part(&b.im, i) - part(&a.im, i) * part(&b.re, i));
    let power = |z: &Split<T>| over(&|i| part(&z.re, i).powi(2) + part(&z.im, i).powi(2));
    let (x, y) = (power(&a), power(&b));
    bounded(&["x", "y"], &[&x, &y, &re, &im])?;
    let frequency = rfftfreq(frames.points, 1.0 / sample_rate)?;
    Ok(CrossDensity { frequency, cross: Split { re, im }, x, y })
}

impl CrossDensity {
    /// `|P_xy|^2 / (P_xx P_yy)`, from 0 to 1; 0 where one of the signals has no power.
    pub fn coherence(&self) -> Vec<f64> {
        let one = |i: usize| {
            // Roots first: a product of two densities leaves the range of numbers where neither does.
            let scale = self.x[i].sqrt() * self.y[i].sqrt();
            let share = self.cross.re[i].hypot(self.cross.im[i]) / scale;
            if scale > 0.0 { (share * share).min(1.0) } else { 0.0 }
        };
        (0..self.x.len()).map(one).collect()
    }
}

/// That no density has overflowed.
fn bounded(names: &[&str], densities: &[&[f64]]) -> Result<()> {
    if densities.iter().any(|density| density.iter().any(|x| !x.is_finite())) {
        let names = names.join(" and ");
        return Err(Error::non_finite(format!("{names}: the values are so large that the density overflows")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Window;
    use std::f64::consts::TAU;

    fn windowed(window: Window, length: usize, hop: usize) -> Frames {
        let window = window.values(length, false).unwrap();
        Frames { window, hop, points: length, extend: false, detrend: Detrend::Nothing }
    }

    fn frames(length: usize, hop: usize) -> Frames {
        windowed(Window::Hann, length, hop)
    }

    #[test]
    fn a_tone_in_every_frame_and_its_power() {
        let (rate, n) = (100.0, 1000);
        let x: Vec<f64> = (0..n).map(|i| 3.0 + 0.8 * (TAU * 10.0 * i as f64 / rate).cos()).collect();
        let frames = frames(200, 100);
        let (spectra, shape, middles) = stft(&x, &[n], &frames, 1).unwrap();
        assert_eq!((shape, middles[1]), (vec![9, 101], 200.0));
        assert!((0..9).all(|m| (spectra.get(m * 101 + 20).norm() - 0.4).abs() < 1e-12));
        let (frequency, density) =
            welch(&x, &[n], rate, &Frames { detrend: Detrend::Constant, ..frames.clone() }, 2).unwrap();
        let power: f64 = density.iter().sum::<f64>() * (frequency[1] - frequency[0]);
        assert!((power - 0.32).abs() < 1e-12, "{power}");
        // Two signals at once are each by itself.
        let (_, both) = welch(&x, &[2, 500], rate, &frames, 2).unwrap();
        let (_, second) = welch(&x[500..], &[500], rate, &frames, 1).unwrap();
        assert_eq!(both[101..], second);
        assert!(welch(&x, &[n], rate, &self::frames(2000, 100), 1).is_err());
        assert!(stft(&x, &[n], &Frames { hop: 0, ..frames }, 1).is_err());
    }

    #[test]
    fn back_from_the_frames() {
        let x: Vec<f64> = (0..60).map(|i| 0.5 + (i as f64 * 0.7).sin()).collect();
        for (length, hop, window) in
            [(8, 2, Window::Hann), (7, 3, Window::Hamming), (10, 10, Window::Rectangular), (1, 1, Window::Hann)]
        {
            for extend in [false, true] {
                let frames = Frames { extend, points: length + length % 3, ..windowed(window, length, hop) };
                let (spectra, shape, _) = stft(&x, &[2, 30], &frames, 1).unwrap();
                let n = if extend { Some(30) } else { None };
                let (back, shape) = istft(spectra.as_signal(), &shape, &frames, n, 2).unwrap();
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
            istft(Signal::Real(&zeros[..len]), shape, &frames, n, 1).unwrap_err().to_string()
        };
        // Hann windows side by side leave out the sample between them; far apart, more.
        assert!(run(&[2, 5], frames(8, 8), None).contains("hop"));
        assert!(run(&[2, 5], windowed(Window::Rectangular, 8, 9), None).contains("hop"));
        assert!(run(&[2, 5], frames(10, 5), None).contains("6 frequencies"));
        assert!(run(&[5], frames(8, 4), None).contains("spectrum"));
        assert!(run(&[2, 5], frames(8, 4), Some(13)).contains("n: expected 1 to 12"));
        assert!(istft(Signal::Real(&[f64::NAN; 5]), &[1, 5], &frames(8, 4), None, 1).is_err());
    }

    #[test]
    fn a_line_is_taken_off_whole() {
        for n in [1, 2, 3, 10] {
            let mut frame: Vec<f64> = (0..n).map(|i| 3.0 - 0.25 * i as f64).collect();
            Detrend::Linear.take_off(&mut frame);
            assert!(frame.iter().all(|x| x.abs() < 1e-15), "{frame:?}");
        }
    }

    #[test]
    fn a_delay_is_a_phase_and_full_coherence() {
        // y is x two samples later: P_xy = P_xx exp(-2 pi i f 2), where frames leave no ends over.
        let n = 64;
        let x: Vec<f64> = (0..n).map(|i| ((i * i * 7 + i) % 31) as f64 - 15.0).collect();
        let y: Vec<f64> = (0..n).map(|i| x[(i + n - 2) % n]).collect();
        let frames = windowed(Window::Rectangular, n, n);
        let out = cross_density(&x, &y, &[n], 1.0, &frames, 1).unwrap();
        for (k, f) in out.frequency.iter().enumerate() {
            let (sin, cos) = (-TAU * 2.0 * f).sin_cos();
            assert!(
                (out.cross.re[k] - out.x[k] * cos).abs() < 1e-10 && (out.cross.im[k] - out.x[k] * sin).abs() < 1e-10
            );
        }
        assert!(out.coherence().iter().all(|c| (c - 1.0).abs() < 1e-12));
        let silent = cross_density(&x, &vec![0.0; n], &[n], 1.0, &frames, 1).unwrap();
        assert!(silent.coherence().iter().all(|&c| c == 0.0));
    }
}
