//! Sine transforms of types I to IV along the last axis.
//!
//! Unscaled as SciPy's: I `y_k = 2 sum_j x_j sin(pi (j+1)(k+1) / (n+1))`; II `2 sum_j x_j sin(pi (2j+1)(k+1) / 2n)`;
//! III `(-1)^k x_(n-1) + 2 sum_(j<n-1) x_j sin(pi (j+1)(2k+1) / 2n)`; IV `2 sum_j x_j sin(pi (2j+1)(2k+1) / 4n)`. II and III are
//! each other's inverse up to 2n, IV its own up to 2n, I its own up to 2(n+1). [`Norm::Ortho`] makes each orthogonal.
//!
//! O(n log n): II to IV are [`dct`] with every second sign changed on one side and the order reversed on the other, I is the FFT
//! of the odd extension.

use crate::check;
use crate::dct::{Type, bounded, dct};
use crate::fft::{Direction, Norm, rfft};
use crate::real::Real;
use crate::trigonometric::{self, Row};
use base::Result;

/// Sine transform of the last axis of `x`, or its inverse.
pub fn dst<T: Real>(
    x: &[T],
    shape: &[usize],
    kind: Type,
    direction: Direction,
    norm: Norm,
    threads: usize,
) -> Result<Vec<T>> {
    check::filled("x", x.len(), shape)?;
    check::finite("x", x)?;
    let n = shape[shape.len() - 1];
    let scale = norm.factor(direction, if kind == Type::I { 2 * (n + 1) } else { 2 * n });
    let done = if direction == Direction::Inverse { kind.inverse() } else { kind };
    let end = T::of(match done {
        Type::II if norm == Norm::Ortho => 0.5f64.sqrt(),
        Type::III if norm == Norm::Ortho => 2f64.sqrt(),
        _ => 1.0,
    });
    let mut out = vec![T::zero(); x.len()];
    if trigonometric::rows(x, &mut out, n, Row { kind: done, sine: true, scale, end }, threads) {
        return bounded(out);
    }
    if kind == Type::I {
        return bounded(first(x, n, scale, threads)?);
    }
    let alternate =
        |x: &mut [T]| x.chunks_exact_mut(n).flat_map(|row| row.iter_mut().skip(1).step_by(2)).for_each(|x| *x = -*x);
    let reverse = |x: &mut [T]| x.chunks_exact_mut(n).for_each(|row| row.reverse());
    // Only II has its signs in the samples: its inverse, III, in the result.
    let second = done == Type::II;
    let mut copy = x.to_vec();
    if second {
        alternate(&mut copy)
    } else {
        reverse(&mut copy)
    }
    let mut out = dct(&copy, shape, kind, direction, norm, threads)?;
    if second {
        reverse(&mut out)
    } else {
        alternate(&mut out)
    }
    Ok(out)
}

/// I: minus the imaginary part of the FFT of `0, x, 0, -x backwards`.
fn first<T: Real>(x: &[T], n: usize, scale: T, threads: usize) -> Result<Vec<T>> {
    let (rows, period) = (x.len() / n, 2 * (n + 1));
    let mut extended = Vec::with_capacity(check::room("x", &[rows, period], 4)?);
    for row in x.chunks_exact(n) {
        extended.push(T::zero());
        extended.extend_from_slice(row);
        extended.push(T::zero());
        extended.extend(row.iter().rev().map(|&x| -x));
    }
    let (spectrum, _) = rfft("x", &extended, &[rows, period], 1, Norm::Backward, threads)?;
    Ok(spectrum.im.chunks_exact(n + 2).flat_map(|row| row[1..=n].iter().map(|&im| -im * scale)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn plain(x: &[f64], kind: Type) -> Vec<f64> {
        let (len, n) = (x.len(), x.len() as f64);
        let sum = |k: usize| -> f64 {
            let terms = x.iter().enumerate().map(|(j, x)| {
                let last = if j + 1 == len { 1.0 } else { 2.0 };
                let (j, k) = (j as f64, k as f64);
                x * match kind {
                    Type::I => 2.0 * (PI * (j + 1.0) * (k + 1.0) / (n + 1.0)).sin(),
                    Type::II => 2.0 * (PI * (2.0 * j + 1.0) * (k + 1.0) / (2.0 * n)).sin(),
                    Type::III => last * (PI * (j + 1.0) * (2.0 * k + 1.0) / (2.0 * n)).sin(),
                    Type::IV => 2.0 * (PI * (2.0 * j + 1.0) * (2.0 * k + 1.0) / (4.0 * n)).sin(),
                }
            });
            terms.sum()
        };
        (0..x.len()).map(sum).collect()
    }

    #[test]
    fn against_the_sums_orthogonality_and_inverses() {
        use Direction::Forward;
        crate::dct::tests::agrees(dst::<f64>, dst::<f32>, plain, 1);
        let rows = dst(&[1.0f32, 1.0, 2.0, 2.0], &[2, 2], Type::I, Forward, Norm::Backward, 1).unwrap();
        assert!((rows[2] - 2.0 * 12f32.sqrt()).abs() < 1e-5 && rows[3].abs() < 1e-5);
        assert!(dst::<f64>(&[], &[0], Type::II, Forward, Norm::Backward, 1).is_err());
        assert!(dst(&[f64::NAN], &[1], Type::I, Forward, Norm::Backward, 1).is_err());
    }
}
