//! Frequency masks: ideal, Gaussian and Butterworth, low, high and band, centred on frequency zero.
//!
//! r is the length of the frequency vector in cycles per sample, so masks are radial and symmetric in the DFT's own order (a
//! mask around the middle of an unshifted spectrum, as often written, keeps the highest frequencies instead of the lowest).
//! Low pass at cutoff c: ideal `r <= c`; Gaussian `exp(-r^2 / 2c^2)`; Butterworth `1 / (1 + (r/c)^(2 order))`. High is
//! one minus low; a band is low at its upper less low at its lower edge.

use crate::check;
use crate::fft::{Norm, irfft, rfft};
use crate::real::Real;
use base::{Error, Result};

/// How sharply a mask falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    Ideal,
    Gaussian,
    Butterworth { order: f64 },
}

/// What a mask lets pass; cutoffs in cycles per sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pass {
    Low(f64),
    High(f64),
    Band(f64, f64),
}

impl Shape {
    fn low(self, r: f64, cutoff: f64) -> f64 {
        match self {
            // A frequency on the edge passes, whatever its rounding.
            Shape::Ideal => f64::from(u8::from(r <= cutoff * (1.0 + 1e-12))),
            Shape::Gaussian => (-0.5 * (r / cutoff).powi(2)).exp(),
            Shape::Butterworth { order } => 1.0 / (1.0 + (r / cutoff).powf(2.0 * order)),
        }
    }

    /// The mask at radius `r`.
    pub fn at(self, pass: Pass, r: f64) -> f64 {
        match pass {
            Pass::Low(c) => self.low(r, c),
            Pass::High(c) => 1.0 - self.low(r, c),
            Pass::Band(low, high) => self.low(r, high) - self.low(r, low),
        }
    }
}

fn check_mask(shape: Shape, pass: Pass) -> Result<()> {
    if let Shape::Butterworth { order } = shape {
        check::positive("order", order)?;
    }
    match pass {
        Pass::Low(c) | Pass::High(c) => check::positive("cutoff", c).map(|_| ()),
        Pass::Band(low, high) => {
            check::positive("cutoff", low)?;
            check::positive("cutoff", high)?;
            if low < high {
                Ok(())
            } else {
                Err(Error::argument(format!("cutoff: expected a lower edge below the upper one, got {low} and {high}")))
            }
        }
    }
}

/// `x` with the mask applied over its last `axes` axes (leading ones are batches).
pub fn apply<T: Real>(
    x: &[T],
    shape: &[usize],
    axes: usize,
    mask: Shape,
    pass: Pass,
    threads: usize,
) -> Result<Vec<T>> {
    check_mask(mask, pass)?;
    let (mut spectrum, half) = rfft("x", x, shape, axes, Norm::Backward, threads)?;
    let lengths = &shape[shape.len() - axes..];
    let sizes = &half[shape.len() - axes..];
    let block: usize = sizes.iter().product();
    let weights: Vec<T> = (0..block)
        .map(|mut index| {
            let mut square = 0.0;
            for (&size, &n) in sizes.iter().zip(lengths).rev() {
                let k = index % size;
                index /= size;
                square += (k.min(n - k) as f64 / n as f64).powi(2);
            }
            T::of(mask.at(pass, square.sqrt()))
        })
        .collect();
    for part in [&mut spectrum.re, &mut spectrum.im] {
        for block in part.chunks_exact_mut(block) {
            block.iter_mut().zip(&weights).for_each(|(x, &w)| *x = *x * w);
        }
    }
    Ok(irfft("x", spectrum.as_signal(), &half, lengths, Norm::Backward, threads)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn tones_pass_as_the_mask_says() {
        let n = 64;
        let tone = |k: usize| (0..n).map(move |i| (TAU * (k * i) as f64 / n as f64).cos());
        let x: Vec<f64> = tone(4).zip(tone(20)).map(|(a, b)| a + b).collect();
        let near = |got: &[f64], a: f64, b: f64| {
            assert!(got.iter().zip(tone(4).zip(tone(20))).all(|(g, (p, q))| (g - a * p - b * q).abs() < 1e-13));
        };
        let run = |shape, pass| apply(&x, &[n], 1, shape, pass, 1).unwrap();
        near(&run(Shape::Ideal, Pass::Low(0.0625)), 1.0, 0.0);
        near(&run(Shape::Ideal, Pass::High(0.0625)), 0.0, 1.0);
        near(&run(Shape::Ideal, Pass::Band(0.1, 0.4)), 0.0, 1.0);
        let gauss = |k: f64| (-0.5 * (k / 64.0 / 0.1f64).powi(2)).exp();
        near(&run(Shape::Gaussian, Pass::Low(0.1)), gauss(4.0), gauss(20.0));
        let butter = |k: f64| 1.0 / (1.0 + (k / 64.0 / 0.1f64).powi(4));
        near(&run(Shape::Butterworth { order: 2.0 }, Pass::Low(0.1)), butter(4.0), butter(20.0));
        // Two axes: a diagonal wave has radius sqrt 2 times its component.
        let image: Vec<f64> = (0..256).map(|i| (TAU * (4 * (i / 16) + 4 * (i % 16)) as f64 / 16.0).cos()).collect();
        let kept = apply(&image, &[16, 16], 2, Shape::Ideal, Pass::Low(0.36), 1).unwrap();
        let lost = apply(&image, &[16, 16], 2, Shape::Ideal, Pass::Low(0.35), 1).unwrap();
        assert!(kept.iter().zip(&image).all(|(a, b)| (a - b).abs() < 1e-14) && lost.iter().all(|x| x.abs() < 1e-14));
        assert!(apply(&x, &[n], 1, Shape::Ideal, Pass::Band(0.4, 0.1), 1).is_err());
        assert!(apply(&x, &[n], 1, Shape::Ideal, Pass::Low(f64::NAN), 1).is_err());
    }
}
