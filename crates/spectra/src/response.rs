//! A kernel's frequency response, padded to an input's size, and its effective bandwidth.

use crate::check;
use crate::fft::{Direction, Norm, Signal, fft};
use crate::frequency::{fftfreq, shift};
use crate::real::Real;
use base::{Error, Result};

/// How a response is laid out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layout {
    /// Frequency zero in the middle.
    pub shifted: bool,
    /// The kernel's middle at the origin: a symmetric kernel then has phase 0 or pi.
    pub centred: bool,
}

/// `|H|` and `arg H` of a kernel `[kh, kw]` at the frequencies of an input `[h, w]`.
pub fn frequency_response<T: Real>(
    kernel: &[T],
    kernel_shape: [usize; 2],
    size: [usize; 2],
    layout: Layout,
    threads: usize,
) -> Result<(Vec<T>, Vec<T>)> {
    check::filled("kernel", kernel.len(), &kernel_shape)?;
    // The kernel padded, its transform with the work of that, magnitude and phase, both shifted.
    let total = check::room("size", &size, 9)?;
    if kernel_shape[0] > size[0] || kernel_shape[1] > size[1] {
        return Err(Error::shape(format!("size: expected at least the kernel's {kernel_shape:?}, got {size:?}")));
    }
    let mut padded = vec![T::zero(); total];
    let back = if layout.centred { kernel_shape.map(|n| n / 2) } else { [0, 0] };
    for (i, &x) in kernel.iter().enumerate() {
        let (r, c) = (i / kernel_shape[1] + size[0] - back[0], i % kernel_shape[1] + size[1] - back[1]);
        padded[r % size[0] * size[1] + c % size[1]] = x;
    }
    let h = fft("kernel", Signal::Real(&padded), &size, 2, Direction::Forward, Norm::Backward, threads)?;
    let magnitude: Vec<T> = h.re.iter().zip(&h.im).map(|(re, im)| re.hypot(*im)).collect();
    let phase: Vec<T> = h.re.iter().zip(&h.im).map(|(re, im)| im.atan2(*re)).collect();
    if !layout.shifted {
        return Ok((magnitude, phase));
    }
    Ok((shift(&magnitude, &size, &[0, 1], false)?, shift(&phase, &size, &[0, 1], false)?))
}

/// Where a response is above a threshold: lowest and highest frequency, cycles per pixel (None where it nowhere is).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bandwidth {
    /// By length of the frequency vector.
    pub radial: Option<[f64; 2]>,
    /// Along the vertical axis, horizontal frequency zero.
    pub vertical: Option<[f64; 2]>,
    /// Along the horizontal axis, vertical frequency zero.
    pub horizontal: Option<[f64; 2]>,
    /// Share of all frequencies.
    pub fraction: f64,
}

/// The frequencies at which `|H|` is at least `threshold` times its largest value, for a kernel seen by an input `[h, w]`.
pub fn effective_bandwidth<T: Real>(
    kernel: &[T],
    kernel_shape: [usize; 2],
    size: [usize; 2],
    threshold: f64,
    threads: usize,
) -> Result<Bandwidth> {
    if !(threshold > 0.0 && threshold <= 1.0) {
        return Err(Error::argument(format!("threshold: expected a number in (0, 1], got {threshold}")));
    }
    let (magnitude, _) = frequency_response(kernel, kernel_shape, size, Layout::default(), threads)?;
    let largest = magnitude.iter().fold(T::zero(), |a, &b| a.max(b)).wide();
    if largest == 0.0 {
        return Err(Error::argument("kernel: expected a kernel that is not zero"));
    }
    let (fy, fx) = (fftfreq(size[0], 1.0)?, fftfreq(size[1], 1.0)?);
    let mut band = Bandwidth { radial: None, vertical: None, horizontal: None, fraction: 0.0 };
    let grow = |range: &mut Option<[f64; 2]>, f: f64| {
        let [low, high] = range.unwrap_or([f, f]);
        *range = Some([low.min(f), high.max(f)]);
    };
    // Rounding must not decide about values that equal the threshold exactly.
    let limit = threshold * largest * (1.0 - 64.0 * T::epsilon().wide());
    for i in (0..magnitude.len()).filter(|&i| magnitude[i].wide() >= limit) {
        let (y, x) = (fy[i / size[1]].abs(), fx[i % size[1]].abs());
        grow(&mut band.radial, y.hypot(x));
        if x == 0.0 {
            grow(&mut band.vertical, y);
        }
        if y == 0.0 {
            grow(&mut band.horizontal, x);
        }
        band.fraction += 1.0 / magnitude.len() as f64;
    }
    Ok(band)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_with_a_closed_form() {
        // [1, 2, 1] / 4 along x: |H| = cos^2(pi f); the difference [1, -1] along y: |H| = 2 |sin(pi f)|.
        let (magnitude, phase) =
            frequency_response(&[0.25, 0.5, 0.25], [1, 3], [4, 16], Layout { centred: true, shifted: false }, 1)
                .unwrap();
        for k in 0..16 {
            let expected = (std::f64::consts::PI * k as f64 / 16.0).cos().powi(2);
            assert!((magnitude[k] - expected).abs() < 1e-15 && (magnitude[48 + k] - expected).abs() < 1e-15);
            assert!(k == 8 || phase[k].abs() < 1e-12);
        }
        let band = effective_bandwidth(&[0.25, 0.5, 0.25], [1, 3], [4, 16], 0.5, 1).unwrap();
        // cos^2(pi f) = 1/2 at f = 1/4, every vertical frequency passes.
        assert_eq!((band.horizontal, band.vertical), (Some([0.0, 0.25]), Some([0.0, 0.5])));
        assert_eq!(band.radial, Some([0.0, 0.25f64.hypot(0.5)]));
        let high = effective_bandwidth(&[1.0, -1.0], [2, 1], [16, 4], 0.99, 1).unwrap();
        assert_eq!((high.horizontal, high.vertical), (None, Some([0.5, 0.5])));
        let (shifted, _) =
            frequency_response(&[0.25, 0.5, 0.25], [1, 3], [4, 16], Layout { centred: false, shifted: true }, 1)
                .unwrap();
        assert!((shifted[2 * 16 + 8] - 1.0f64).abs() < 1e-15);
    }

    #[test]
    fn bad_input_is_named() {
        let run = |k: &[f64], s, n| frequency_response(k, s, n, Layout::default(), 1).unwrap_err().to_string();
        assert!(run(&[1.0; 6], [2, 3], [2, 2]).contains("size: expected at least"));
        assert!(run(&[], [0, 3], [2, 2]).contains("kernel"));
        assert!(run(&[1.0], [1, 1], [1 << 20, 1 << 20]).contains("OVER_MEMORY_LIMIT"));
        assert!(effective_bandwidth(&[0.0], [1, 1], [2, 2], 0.5, 1).is_err());
        assert!(effective_bandwidth(&[1.0], [1, 1], [2, 2], 0.0, 1).is_err());
    }
}
