//! Cosine transforms of types I to IV along the last axis, through the FFT of a symmetric extension.
//!
//! Unscaled as SciPy's: I `y_k = x_0 + (-1)^k x_(n-1) + 2 sum_(0<j<n-1) x_j cos(pi j k / (n-1))`;
//! II `2 sum_j x_j cos(pi k (2j+1) / 2n)`; III `x_0 + 2 sum_(j>0) x_j cos(pi j (2k+1) / 2n)`;
//! IV `2 sum_j x_j cos(pi (2j+1)(2k+1) / 4n)`. II and III are each other's inverse up to 2n, IV its own up to 2n, I its own up
//! to 2(n-1). `ortho` makes each orthogonal (with SciPy's scaling of the end points). Cost O(n log n).

use crate::check;
use crate::fft::{Norm, rfft};
use crate::real::Real;
use base::{Error, Result};
use std::f64::consts::PI;

/// Type of the transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    I,
    II,
    III,
    IV,
}

/// Cosine transform of the last axis of `x`.
pub fn dct<T: Real>(x: &[T], shape: &[usize], kind: Type, ortho: bool, threads: usize) -> Result<Vec<T>> {
    check::filled("x", x.len(), shape)?;
    check::finite("x", x)?;
    let n = shape[shape.len() - 1];
    if kind == Type::I && n < 2 {
        return Err(Error::shape(format!("x: expected at least two points for type I, got {n}")));
    }
    let mut x = x.to_vec();
    let edge = |x: &mut [T], factor: f64| {
        x.chunks_exact_mut(n).for_each(|row| {
            row[0] = row[0] * T::of(factor);
            if kind == Type::I {
                row[n - 1] = row[n - 1] * T::of(factor);
            }
        });
    };
    if ortho && matches!(kind, Type::I | Type::III) {
        edge(&mut x, 2f64.sqrt());
    }
    let mut out = match kind {
        Type::I => by_extension(&x, n, 2 * (n - 1), threads, |j| j, |k, re, _| (k < n).then_some(re))?,
        // Zeros between the samples: y of length 4n with x_j at 2j + 1 and its mirror image.
        Type::II => by_extension(&x, n, 4 * n, threads, |j| 2 * j + 1, |k, re, _| (k < n).then_some(re))?,
        Type::III => third(&x, n, threads)?,
        Type::IV => {
            by_extension(&x, n, 8 * n, threads, |j| 2 * j + 1, |k, re, _| (k % 2 == 1 && k < 2 * n).then_some(re))?
        }
    };
    if ortho {
        let scale =
            T::of(if kind == Type::I { 1.0 / (2.0 * (n as f64 - 1.0)).sqrt() } else { 1.0 / (2.0 * n as f64).sqrt() });
        out.iter_mut().for_each(|y| *y = *y * scale);
        if matches!(kind, Type::I | Type::II) {
            edge(&mut out, 0.5f64.sqrt());
        }
    }
    Ok(out)
}

/// Even extension of period `period` with `x_j` at `place(j)` and `period - place(j)`; `pick` chooses among the outputs.
fn by_extension<T: Real>(
    x: &[T],
    n: usize,
    period: usize,
    threads: usize,
    place: impl Fn(usize) -> usize,
    pick: impl Fn(usize, T, T) -> Option<T>,
) -> Result<Vec<T>> {
    let rows = x.len() / n;
    check::elements("x", &[rows, period])?;
    let mut extended = vec![T::zero(); rows * period];
    for (row, out) in x.chunks_exact(n).zip(extended.chunks_exact_mut(period)) {
        for (j, &x) in row.iter().enumerate() {
            out[place(j)] = x;
            out[(period - place(j)) % period] = x;
        }
    }
    let (spectrum, _) = rfft("x", &extended, &[rows, period], 1, Norm::Backward, threads)?;
    let half = period / 2 + 1;
    let values = spectrum.re.iter().zip(&spectrum.im).enumerate();
    Ok(values.filter_map(|(i, (&re, &im))| pick(i % half, re, im)).collect())
}

/// Type III: the real part of `sum_j c_j exp(-i pi j (2k + 1) / 2n)`, an FFT of length 2n after a half-sample twist.
fn third<T: Real>(x: &[T], n: usize, threads: usize) -> Result<Vec<T>> {
    use crate::fft::{Direction, Split, fft};
    let rows = x.len() / n;
    let mut twisted = Split::zeros(rows * 2 * n);
    for (i, &x) in x.iter().enumerate() {
        let (row, j) = (i / n, i % n);
        let angle = PI * j as f64 / (2.0 * n as f64);
        let weight = if j == 0 { 1.0 } else { 2.0 };
        twisted.re[row * 2 * n + j] = x * T::of(weight * angle.cos());
        twisted.im[row * 2 * n + j] = x * T::of(-weight * angle.sin());
    }
    let out = fft("x", twisted.as_signal(), &[rows, 2 * n], 1, Direction::Forward, Norm::Backward, threads)?;
    Ok(out.re.chunks_exact(2 * n).flat_map(|row| row[..n].iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(x: &[f64], kind: Type) -> Vec<f64> {
        let n = x.len();
        let (nf, m) = (n as f64, n as f64 - 1.0);
        (0..n)
            .map(|k| {
                let kf = k as f64;
                x.iter()
                    .enumerate()
                    .map(|(j, x)| {
                        let jf = j as f64;
                        let inner = if j == 0 || (kind == Type::I && j == n - 1) { 1.0 } else { 2.0 };
                        x * match kind {
                            Type::I => inner * (PI * jf * kf / m).cos(),
                            Type::II => 2.0 * (PI * kf * (2.0 * jf + 1.0) / (2.0 * nf)).cos(),
                            Type::III => inner * (PI * jf * (2.0 * kf + 1.0) / (2.0 * nf)).cos(),
                            Type::IV => 2.0 * (PI * (2.0 * jf + 1.0) * (2.0 * kf + 1.0) / (4.0 * nf)).cos(),
                        }
                    })
                    .sum()
            })
            .collect()
    }

    #[test]
    fn against_the_sums_and_orthogonality() {
        for n in [2, 3, 8, 15] {
            let x: Vec<f64> = (0..n).map(|i| (i as f64 * 1.3).sin() + 0.2).collect();
            for kind in [Type::I, Type::II, Type::III, Type::IV] {
                let y = dct(&x, &[n], kind, false, 1).unwrap();
                assert!(y.iter().zip(plain(&x, kind)).all(|(a, b)| (a - b).abs() < 1e-13), "{kind:?} {n}");
                let back = match kind {
                    Type::II => Type::III,
                    Type::III => Type::II,
                    same => same,
                };
                let y = dct(&x, &[n], kind, true, 1).unwrap();
                let energy = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
                assert!((energy(&y) / energy(&x) - 1.0).abs() < 1e-13, "{kind:?} {n}");
                let z = dct(&y, &[n], back, true, 1).unwrap();
                assert!(z.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-13));
            }
        }
        let rows = dct(&[1.0f32, 1.0, 2.0, 2.0], &[2, 2], Type::II, false, 1).unwrap();
        assert!((rows[2] - 8.0).abs() < 1e-5 && rows[3].abs() < 1e-5);
        assert!(dct(&[1.0], &[1], Type::I, false, 1).is_err() && dct::<f64>(&[], &[0], Type::II, false, 1).is_err());
    }
}
