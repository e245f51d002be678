//! Errors and energies by frequency: relative errors and bands.

use crate::fft::{Norm, rfft};
use crate::real::Real;
use base::{Error, Result};

/// How two spectra are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `|h - f| / |f|` on complex values (Xu, "Understanding deep learning", fig. 1.6).
    Complex,
    /// `||h| - |f|| / |f|`, as published scripts of the field have it: blind to phase.
    Magnitude,
}

/// Relative error at one frequency from real and imaginary parts; infinite (or NaN) where the target is zero.
pub fn relative_error(h: (f64, f64), f: (f64, f64), compare: Compare) -> f64 {
    let size = f.0.hypot(f.1);
    match compare {
        Compare::Complex => (h.0 - f.0).hypot(h.1 - f.1) / size,
        Compare::Magnitude => (h.0.hypot(h.1) - size).abs() / size,
    }
}

/// Energy of the last `axes` axes (1 or 2) of `x` in bands of frequency: `[batches, edges + 1]`, `sum |X|^2 / N`, so that the
/// bands of a signal add up to `sum x^2`.
///
/// `edges` ascend within (0, 1), as fractions of the Nyquist frequency 1/2; a frequency (for images its length) belongs to the
/// first band whose edge is above it, beyond the last edge to the last. Both signs count: nothing takes the conjugate half of a
/// spectrum for high frequencies.
pub fn band_energies<T: Real>(
    x: &[T],
    shape: &[usize],
    axes: usize,
    edges: &[f64],
    threads: usize,
) -> Result<Vec<f64>> {
    if edges.iter().any(|e| !(*e > 0.0 && *e < 1.0)) || edges.windows(2).any(|e| e[0] >= e[1]) {
        return Err(Error::argument(format!("edges: expected ascending fractions between 0 and 1, got {edges:?}")));
    }
    let (spectrum, half) = rfft("x", x, shape, axes, Norm::Ortho, threads)?;
    let lengths = &shape[shape.len() - axes..];
    let sizes = &half[shape.len() - axes..];
    let block: usize = sizes.iter().product();
    let last = lengths[axes - 1];
    let places: Vec<(usize, f64)> = (0..block)
        .map(|index| {
            let (mut rest, mut square) = (index, 0.0);
            for (&size, &n) in sizes.iter().zip(lengths).rev() {
                let k = rest % size;
                rest /= size;
                square += (k.min(n - k) as f64 / n as f64).powi(2);
            }
            let radius = 2.0 * f64::sqrt(square);
            let band = edges.iter().position(|&edge| radius < edge).unwrap_or(edges.len());
            let k = index % sizes[axes - 1];
            (band, if k == 0 || 2 * k == last { 1.0 } else { 2.0 })
        })
        .collect();
    let bands = edges.len() + 1;
    let mut out = vec![0.0; spectrum.len() / block * bands];
    for (i, (re, im)) in spectrum.re.iter().zip(&spectrum.im).enumerate() {
        let (band, twins) = places[i % block];
        out[i / block * bands + band] += twins * (re.wide().powi(2) + im.wide().powi(2));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn energies_add_up_and_tones_lie_in_their_band() {
        for n in [60, 61] {
            let x: Vec<f64> = (0..3 * n).map(|i| (i as f64 * 1.7).sin() + 0.1).collect();
            let bands = band_energies(&x, &[3, n], 1, &[0.2, 0.5], 1).unwrap();
            for row in 0..3 {
                let energy: f64 = x[row * n..(row + 1) * n].iter().map(|x| x * x).sum();
                assert!((bands[3 * row..3 * row + 3].iter().sum::<f64>() / energy - 1.0).abs() < 1e-13);
            }
        }
        let tone = |k: usize| -> Vec<f64> { (0..60).map(|i| (TAU * (k * i) as f64 / 60.0).sin()).collect() };
        for (k, band) in [(5, 0), (6, 1), (14, 1), (16, 2), (29, 2)] {
            let bands = band_energies(&tone(k), &[60], 1, &[0.2, 0.5], 1).unwrap();
            assert!((bands[band] - 30.0).abs() < 1e-12, "{k} {bands:?}");
        }
        assert!(band_energies(&tone(5), &[60], 1, &[0.5, 0.2], 1).is_err());
        assert!(band_energies(&tone(5), &[60], 2, &[0.5], 1).is_err());
    }

    #[test]
    fn comparisons_of_values_and_of_magnitudes() {
        assert!((relative_error((0.0, 2.0), (2.0, 0.0), Compare::Complex) - 2f64.sqrt()).abs() < 1e-15);
        assert_eq!(relative_error((0.0, 2.0), (2.0, 0.0), Compare::Magnitude), 0.0);
    }
}
