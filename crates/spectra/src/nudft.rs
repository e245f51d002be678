//! Nonuniform discrete Fourier transform by direct sums or NUFFT, whichever is cheaper.
//!
//! `Y[k] = (1/n) sum_j y_j exp(-2 pi i k . x_j)` (Xu, "Understanding deep learning", eq. 1.4): points and frequencies anywhere,
//! in any dimension, several columns of values at once. Always f64. Direct sums ([`Nudft`]) cost
//! O(n k (d + columns)) and have no error but that of the product `k . x`; [`nudft`] takes the NUFFT where that is cheaper.
//!
//! ```
//! use spectra::{fft::Signal, nudft::{Convention, Nudft}};
//! let plan = Nudft::new(&[0.0, 0.5], 1, &[1.0], Convention::default()).unwrap();
//! let y = plan.apply(Signal::Real(&[1.0, -1.0]), 1, 1).unwrap();
//! assert_eq!((y.re[0], y.im[0]), (1.0, 0.0));
//! ```

mod direct;

pub use direct::{Nudft, dots};

use crate::check;
use crate::fft::plan::Buffer;
use crate::fft::{Direction, Signal, Split};
use crate::nufft;
use base::Result;

/// What the sum means.
#[derive(Debug, Clone, Copy)]
pub struct Convention {
    /// Frequencies are angular: no factor 2 pi in the exponent.
    pub angular: bool,
    /// The factor 1/n.
    pub normalize: bool,
}

impl Default for Convention {
    /// Cycles per unit, divided by n.
    fn default() -> Self {
        Convention { angular: false, normalize: true }
    }
}

/// One transform of `values` (`[n, columns]`) at `points` (`[n, d]`), by direct sums or NUFFT, whichever is cheaper.
///
/// The NUFFT's error is at most about `tolerance` relative to the root mean square of the result; direct sums have none.
pub fn nudft(
    points: &[f64],
    d: usize,
    values: Signal<'_, f64>,
    columns: usize,
    frequencies: &[f64],
    convention: Convention,
    tolerance: f64,
    threads: usize,
) -> Result<Split<f64>> {
    check::positive("tolerance", tolerance)?;
    if !fast(points, d, columns, frequencies, convention, tolerance) {
        return Nudft::new(points, d, frequencies, convention)?.apply(values, columns, threads);
    }
    let n = points.len() / d;
    values.check("values", &[n, columns])?;
    values.check_finite("values")?;
    let scale = if convention.normalize { 1.0 / n as f64 } else { 1.0 };
    let parts: Vec<Buffer<f64>> = (0..columns)
        .map(|c| {
            let mut part = Buffer::take(n);
            part.0.iter_mut().enumerate().for_each(|(j, z)| *z = values.get(j * columns + c) * scale);
            part
        })
        .collect();
    let parts: Vec<&[_]> = parts.iter().map(|part| &part.0[..]).collect();
    let in_turns: Vec<f64>;
    let turns = if convention.angular {
        in_turns = frequencies.iter().map(|f| f / std::f64::consts::TAU).collect();
        &in_turns
    } else {
        frequencies
    };
    // One digit in hand: the NUFFT's error is relative to the result's root mean square for values without structure.
    let guarded = (0.1 * tolerance).clamp(1e-14, 0.1);
    let found = nufft::type3(points, d, &parts, turns, Direction::Forward, guarded, threads)?;
    let k = frequencies.len() / d;
    let mut out = Split::zeros(k * columns);
    for (c, column) in found.iter().enumerate() {
        for (f, z) in column.iter().enumerate() {
            (out.re[f * columns + c], out.im[f * columns + c]) = (z.re, z.im);
        }
    }
    Ok(out)
}

/// Whether the NUFFT is cheaper, from nanoseconds a piece of work measured on one core: 8 a phase and 1 a column of a direct
/// sum; 2 a cell that a point touches, 1 a point of an FFT and binary digit of its length.
fn fast(points: &[f64], d: usize, columns: usize, frequencies: &[f64], convention: Convention, tolerance: f64) -> bool {
    let shaped = |x: &[f64]| d > 0 && !x.is_empty() && x.len().is_multiple_of(d) && x.iter().all(|x| x.is_finite());
    if !(1..=3).contains(&d) || tolerance < 1e-13 || !shaped(points) || !shaped(frequencies) {
        return false;
    }
    let (n, k) = ((points.len() / d) as f64, (frequencies.len() / d) as f64);
    let direct = n * k * (8.0 + columns as f64);
    if direct < 2e5 {
        return false;
    }
    // Angular frequencies span 2 pi times as many turns.
    let scale = if convention.angular { std::f64::consts::TAU.recip() } else { 1.0 };
    let scaled: Vec<f64> = frequencies.iter().map(|f| f * scale).collect();
    let Some(cells) = nufft::type3_cells(points, &scaled, d, tolerance) else { return false };
    let reach = (nufft::width(tolerance) as f64).powi(d as i32);
    let cells = cells as f64;
    let one = (n + k) * reach * 2.0 + cells * (cells.log2() + 4.0);
    one * columns as f64 + (n + k) * 60.0 < direct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_way_agrees_with_the_sum() {
        for (n, d, k) in [(5000, 1, 400), (20_000, 2, 600)] {
            let wave = |i: usize, f: f64| (i as f64 * f).sin();
            let points: Vec<f64> = (0..n * d).map(|i| wave(i, 1.7)).collect();
            let frequencies: Vec<f64> = (0..k * d).map(|i| 20.0 * wave(i, 2.3)).collect();
            let re: Vec<f64> = (0..n * 2).map(|i| wave(i, 0.3)).collect();
            let im: Vec<f64> = (0..n * 2).map(|i| wave(i, 0.7)).collect();
            let values = Signal::Complex { re: &re, im: &im };
            for convention in [Convention::default(), Convention { angular: true, normalize: false }] {
                assert!(fast(&points, d, 2, &frequencies, convention, 1e-10));
                let quick = nudft(&points, d, values, 2, &frequencies, convention, 1e-10, 2).unwrap();
                let plan = Nudft::new(&points, d, &frequencies, convention).unwrap();
                let exact = plan.apply(values, 2, 2).unwrap();
                let square = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>();
                let scale = square(&mut exact.re.iter().chain(&exact.im).copied());
                let error = square(&mut quick.re.iter().zip(&exact.re).map(|(a, b)| a - b))
                    + square(&mut quick.im.iter().zip(&exact.im).map(|(a, b)| a - b));
                assert!((error / scale).sqrt() < 1e-10, "{}", (error / scale).sqrt());
            }
        }
    }
}
