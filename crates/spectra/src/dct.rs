//! Cosine transforms of types I to IV along the last axis.
//!
//! Unscaled as SciPy's: I `y_k = x_0 + (-1)^k x_(n-1) + 2 sum_(0<j<n-1) x_j cos(pi j k / (n-1))`;
//! II `2 sum_j x_j cos(pi k (2j+1) / 2n)`; III `x_0 + 2 sum_(j>0) x_j cos(pi j (2k+1) / 2n)`;
//! IV `2 sum_j x_j cos(pi (2j+1)(2k+1) / 4n)`. II and III are each other's inverse up to 2n, IV its own up to 2n, I its own up
//! to 2(n-1). [`Norm::Ortho`] makes each orthogonal (with SciPy's scaling of the end points).
//!
//! O(n log n), rows of an even, not very large number of points one by one in cache ([`crate::trigonometric`]), others here:
//! II and III through a real FFT of n reordered samples (Makhoul, IEEE Trans. ASSP 28, 1980), IV for even n through
//! a complex one of n/2, I through that of the even extension.

use crate::check;
use crate::fft::large::Roots;
use crate::fft::{Direction, Norm, Signal, Split, fft, irfft, rfft};
use crate::real::Real;
use crate::trigonometric::{self, Row};
use base::{Error, Result};
use rustfft::FftDirection;
use rustfft::num_complex::Complex;

/// Type of the transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    I,
    II,
    III,
    IV,
}

impl Type {
    /// The type that undoes this one.
    pub(crate) fn inverse(self) -> Self {
        match self {
            Type::II => Type::III,
            Type::III => Type::II,
            own => own,
        }
    }
}

/// Cosine transform of the last axis of `x`, or its inverse.
pub fn dct<T: Real>(
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
    if kind == Type::I && n < 2 {
        return Err(Error::shape(format!("x: expected at least two points for type I, got {n}")));
    }
    let scale = norm.factor(direction, if kind == Type::I { 2 * (n - 1) } else { 2 * n });
    let kind = if direction == Direction::Inverse { kind.inverse() } else { kind };
    let ortho = norm == Norm::Ortho;
    let end = T::of(match kind {
        Type::I | Type::III if ortho => 2f64.sqrt(),
        Type::II if ortho => 0.5f64.sqrt(),
        _ => 1.0,
    });
    let mut out = vec![T::zero(); x.len()];
    if trigonometric::rows(x, &mut out, n, Row { kind, sine: false, scale, end }, threads) {
        return bounded(out);
    }
    let ends = |x: &mut [T], factor: f64| {
        x.chunks_exact_mut(n).for_each(|row| {
            row[0] = row[0] * T::of(factor);
            if kind == Type::I {
                row[n - 1] = row[n - 1] * T::of(factor);
            }
        });
    };
    let weighted: Vec<T>;
    let x = if ortho && matches!(kind, Type::I | Type::III) {
        let mut copy = x.to_vec();
        ends(&mut copy, 2f64.sqrt());
        weighted = copy;
        &weighted
    } else {
        x
    };
    let mut out = match kind {
        Type::I => first(x, n, scale, threads),
        Type::II => second(x, n, scale, threads),
        Type::III => third(x, n, scale, threads),
        Type::IV if n.is_multiple_of(2) => fourth(x, n, scale, threads),
        Type::IV => fourth_odd(x, n, scale, threads),
    }?;
    if ortho && matches!(kind, Type::I | Type::II) {
        ends(&mut out, 0.5f64.sqrt());
    }
    bounded(out)
}

/// A result that has not overflowed.
pub(crate) fn bounded<T: Real>(out: Vec<T>) -> Result<Vec<T>> {
    check::finite("x", &out).map_err(|_| Error::non_finite("x: the values are so large that the result overflows"))?;
    Ok(out)
}

/// I: the FFT of `x_0 .. x_(n-1)` and back to `x_1`.
fn first<T: Real>(x: &[T], n: usize, scale: T, threads: usize) -> Result<Vec<T>> {
    let (rows, period) = (x.len() / n, 2 * (n - 1));
    let mut extended = Vec::with_capacity(check::room("x", &[rows, period], 4)?);
    for row in x.chunks_exact(n) {
        extended.extend_from_slice(row);
        extended.extend(row[1..n - 1].iter().rev());
    }
    let (spectrum, _) = rfft("x", &extended, &[rows, period], 1, Norm::Backward, threads)?;
    Ok(spectrum.re.iter().map(|&re| re * scale).collect())
}

/// II: the FFT V of the even samples followed by the odd ones backwards; `y_k = 2 Re w V_k`, `y_(n-k) = -2 Im w V_k`,
/// `w = exp(-i pi k / 2n)`.
fn second<T: Real>(x: &[T], n: usize, scale: T, threads: usize) -> Result<Vec<T>> {
    let mut out = vec![T::zero(); x.len()];
    for (x, v) in x.chunks_exact(n).zip(out.chunks_exact_mut(n)) {
        let (even, odd) = v.split_at_mut(n.div_ceil(2));
        even.iter_mut().zip(x.iter().step_by(2)).for_each(|(v, &x)| *v = x);
        odd.iter_mut().rev().zip(x.iter().skip(1).step_by(2)).for_each(|(v, &x)| *v = x);
    }
    let (spectrum, _) = rfft("x", &out, &[x.len() / n, n], 1, Norm::Backward, threads)?;
    let roots = Roots::<T>::new(4 * n, FftDirection::Forward);
    let twice = scale + scale;
    for (row, y) in out.chunks_exact_mut(n).enumerate() {
        for k in 0..=n / 2 {
            let value = roots.at(k) * spectrum.get(row * (n / 2 + 1) + k) * twice;
            y[k] = value.re;
            if k > 0 {
                y[n - k] = -value.im;
            }
        }
    }
    Ok(out)
}

/// III: the steps of II backwards.
fn third<T: Real>(x: &[T], n: usize, scale: T, threads: usize) -> Result<Vec<T>> {
    let (rows, half) = (x.len() / n, n / 2 + 1);
    let mut spectrum = Split::zeros(check::room("x", &[rows, half], 4)?);
    let roots = Roots::<T>::new(4 * n, FftDirection::Inverse);
    for (row, x) in x.chunks_exact(n).enumerate() {
        for k in 0..half {
            let mirror = if k == 0 { T::zero() } else { x[n - k] };
            let value = roots.at(k) * Complex::new(x[k], -mirror) * scale;
            spectrum.re[row * half + k] = value.re;
            spectrum.im[row * half + k] = value.im;
        }
    }
    // The inverse without its 1/n.
    let (v, _) = irfft("x", spectrum.as_signal(), &[rows, half], &[n], Norm::Forward, threads)?;
    let mut out = vec![T::zero(); x.len()];
    for (v, y) in v.chunks_exact(n).zip(out.chunks_exact_mut(n)) {
        let (even, odd) = v.split_at(n.div_ceil(2));
        y.iter_mut().step_by(2).zip(even).for_each(|(y, &v)| *y = v);
        y.iter_mut().skip(1).step_by(2).zip(odd.iter().rev()).for_each(|(y, &v)| *y = v);
    }
    Ok(out)
}

/// IV, even n: the FFT of `w_j (x_2j + i x_(n-1-2j))`, twisted by `w_k` again, `w_j = exp(-i pi (8j + 1) / 8n)`, holds `y_2k`
/// and `-y_(n-1-2k)`.
fn fourth<T: Real>(x: &[T], n: usize, scale: T, threads: usize) -> Result<Vec<T>> {
    let (rows, half) = (x.len() / n, n / 2);
    let roots = Roots::<T>::new(16 * n, FftDirection::Forward);
    let mut twisted = Split::zeros(rows * half);
    for (row, x) in x.chunks_exact(n).enumerate() {
        for j in 0..half {
            let value = roots.at(8 * j + 1) * Complex::new(x[2 * j], x[n - 1 - 2 * j]);
            twisted.re[row * half + j] = value.re;
            twisted.im[row * half + j] = value.im;
        }
    }
    let spectrum = transform(&twisted, rows, half, threads)?;
    let mut out = vec![T::zero(); x.len()];
    let twice = scale + scale;
    for (row, y) in out.chunks_exact_mut(n).enumerate() {
        for k in 0..half {
            let value = roots.at(8 * k + 1) * spectrum.get(row * half + k) * twice;
            y[2 * k] = value.re;
            y[n - 1 - 2 * k] = -value.im;
        }
    }
    Ok(out)
}

/// IV, odd n: the real part of `sum_j x_j exp(-i pi (2j + 1)(2k + 1) / 4n)`, an FFT of length 2n after a twist.
fn fourth_odd<T: Real>(x: &[T], n: usize, scale: T, threads: usize) -> Result<Vec<T>> {
    let rows = x.len() / n;
    let roots = Roots::<T>::new(8 * n, FftDirection::Forward);
    let mut twisted = Split::zeros(check::room("x", &[rows, 2 * n], 4)?);
    for (row, x) in x.chunks_exact(n).enumerate() {
        for (j, &x) in x.iter().enumerate() {
            let value = roots.at(2 * j) * x;
            twisted.re[row * 2 * n + j] = value.re;
            twisted.im[row * 2 * n + j] = value.im;
        }
    }
    let spectrum = transform(&twisted, rows, 2 * n, threads)?;
    let twice = scale + scale;
    let at = |i: usize| (roots.at(2 * (i % n) + 1) * spectrum.get(i / n * 2 * n + i % n)).re * twice;
    Ok((0..x.len()).map(at).collect())
}

fn transform<T: Real>(x: &Split<T>, rows: usize, n: usize, threads: usize) -> Result<Split<T>> {
    let signal: Signal<'_, T> = x.as_signal();
    fft("x", signal, &[rows, n], 1, Direction::Forward, Norm::Backward, threads)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::f64::consts::PI;

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

    /// A transform in f64 or f32, as its arguments are written.
    type Transform<T> = fn(&[T], &[usize], Type, Direction, Norm, usize) -> Result<Vec<T>>;

    /// That a transform of at least `least` points (type I) gives the sums `plain`, in both types, is orthogonal with
    /// [`Norm::Ortho`], and is undone by its inverse.
    pub(crate) fn agrees(
        wide: Transform<f64>,
        narrow: Transform<f32>,
        plain: fn(&[f64], Type) -> Vec<f64>,
        least: usize,
    ) {
        use Direction::{Forward, Inverse};
        for n in [1, 2, 3, 4, 8, 15, 30, 97, 256] {
            let x: Vec<f64> = (0..n).map(|i| (i as f64 * 1.3).sin() + 0.2).collect();
            let rounded: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            for kind in [Type::I, Type::II, Type::III, Type::IV] {
                if kind == Type::I && n < least {
                    continue;
                }
                let exact = plain(&x, kind);
                let scale = exact.iter().fold(1.0, |most: f64, y| most.max(y.abs()));
                let y = wide(&x, &[n], kind, Forward, Norm::Backward, 1).unwrap();
                assert!(y.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-13 * scale), "{kind:?} {n}");
                let y = narrow(&rounded, &[n], kind, Forward, Norm::Backward, 1).unwrap();
                assert!(y.iter().zip(&exact).all(|(a, b)| (a.wide() - b).abs() < 2e-6 * scale), "{kind:?} {n}");
                let y = wide(&x, &[n], kind, Forward, Norm::Ortho, 1).unwrap();
                let energy = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
                assert!((energy(&y) / energy(&x) - 1.0).abs() < 1e-13, "{kind:?} {n}");
                for norm in [Norm::Backward, Norm::Ortho, Norm::Forward] {
                    let y = wide(&x, &[n], kind, Forward, norm, 1).unwrap();
                    let z = wide(&y, &[n], kind, Inverse, norm, 1).unwrap();
                    assert!(z.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-13), "{kind:?} {n} {norm:?}");
                }
            }
        }
    }

    #[test]
    fn against_the_sums_orthogonality_and_inverses() {
        use Direction::Forward;
        agrees(dct::<f64>, dct::<f32>, plain, 2);
        let rows = dct(&[1.0f32, 1.0, 2.0, 2.0], &[2, 2], Type::II, Forward, Norm::Backward, 1).unwrap();
        assert!((rows[2] - 8.0).abs() < 1e-5 && rows[3].abs() < 1e-5);
        assert!(dct(&[1.0], &[1], Type::I, Forward, Norm::Backward, 1).is_err());
        assert!(dct::<f64>(&[], &[0], Type::II, Forward, Norm::Backward, 1).is_err());
        assert!(dct(&[1e308], &[1], Type::II, Forward, Norm::Backward, 1).is_err());
    }
}
