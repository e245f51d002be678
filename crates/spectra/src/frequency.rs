//! The frequencies that belong to a transform's points, and the order that puts zero in the middle.

use crate::check;
use base::{Error, Result};

/// Frequencies of the points of a DFT of length `n` with sample spacing `d`, in cycles per unit of `d`, in the DFT's order:
/// `[0, 1, ..., (n - 1) / 2, -(n / 2), ..., -1] / (d n)`.
pub fn fftfreq(n: usize, d: f64) -> Result<Vec<f64>> {
    check::room("n", &[n], 2)?;
    check::positive("d", d)?;
    let step = step(n, d)?;
    let positive = n.div_ceil(2);
    Ok((0..n).map(|k| if k < positive { k as f64 } else { k as f64 - n as f64 }).map(|k| k * step).collect())
}

/// Frequencies of the points of [`crate::fft::rfft`]: `[0, 1, ..., n / 2] / (d n)`.
pub fn rfftfreq(n: usize, d: f64) -> Result<Vec<f64>> {
    check::room("n", &[n], 1)?;
    check::positive("d", d)?;
    let step = step(n, d)?;
    Ok((0..=n / 2).map(|k| k as f64 * step).collect())
}

/// From one frequency to the next. Refused where the highest would overflow: for spacings near the smallest number.
fn step(n: usize, d: f64) -> Result<f64> {
    let step = 1.0 / (n as f64 * d);
    if (step * n as f64).is_finite() {
        Ok(step)
    } else {
        Err(Error::argument(format!("d: expected a spacing whose frequencies are finite, got {d:e}")))
    }
}

/// Rolls the chosen axes so that frequency zero comes to index `n / 2` (`inverse`: back to index 0).
pub fn shift<T: Copy>(x: &[T], shape: &[usize], axes: &[usize], inverse: bool) -> Result<Vec<T>> {
    let total = check::filled("x", x.len(), shape)?;
    base::memory::check("x", base::memory::bytes::<T>(&[2, total]), None)?;
    let mut out = x.to_vec();
    let mut from = Vec::new();
    for &axis in axes {
        let n = shape[axis];
        let inner: usize = shape[axis + 1..].iter().product();
        let roll = if inverse { n / 2 } else { n.div_ceil(2) };
        from.clone_from(&out);
        for outer in 0..total / (n * inner) {
            let block = outer * n * inner..(outer + 1) * n * inner;
            let (head, tail) = from[block.clone()].split_at(roll * inner);
            let out = &mut out[block];
            out[..tail.len()].copy_from_slice(tail);
            out[tail.len()..].copy_from_slice(head);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_numpy_lays_them_out() {
        assert_eq!(fftfreq(4, 1.0).unwrap(), [0.0, 0.25, -0.5, -0.25]);
        assert_eq!(fftfreq(5, 0.5).unwrap(), [0.0, 0.4, 0.8, -0.8, -0.4]);
        assert_eq!(rfftfreq(5, 1.0).unwrap(), [0.0, 0.2, 0.4]);
        assert_eq!(shift(&[0, 1, 2, 3, 4], &[5], &[0], false).unwrap(), [3, 4, 0, 1, 2]);
        assert_eq!(shift(&[3, 4, 0, 1, 2], &[5], &[0], true).unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(shift(&[0, 1, 2, 3, 4, 5], &[2, 3], &[0, 1], false).unwrap(), [5, 3, 4, 2, 0, 1]);
        assert!(fftfreq(0, 1.0).is_err() && rfftfreq(4, f64::NAN).is_err() && fftfreq(4, 0.0).is_err());
        assert!(fftfreq(4, 5e-324).is_err() && rfftfreq(4, 5e-324).is_err() && fftfreq(4, 1e-300).is_ok());
    }
}
