//! Layers as operators on frequencies: exact singular values of convolutions, spectral norms, normalisation, distances.
//!
//! A convolution layer with circular padding is block-diagonal in the Fourier basis: at each frequency of the input one
//! `out x in` complex matrix (the kernels' responses), and the layer's singular values are those of all of them (Sedghi, Gupta,
//! Long, ICLR 2019). The norm of the kernel reshaped to `[out, in kh kw]`, often used instead, is only related: the true norm
//! is at most sqrt(kh kw) times it, and may be below or above it. Weights: conv `[out, in, kh, kw]`, dense `[out, in]`.

use crate::check;
use crate::fft::{Norm, rfft};
use crate::real::Real;
use base::{Control, Error, Result, magnitude};
use compute::{Shares, for_each};
use linalg::{LanczosOptions, Matrix, singular_values, top_eigen};

/// Singular values of a circular convolution on inputs `[h, w]`: `[h, w, min(out, in)]`, descending at each frequency.
pub fn conv_singular_values<T: Real>(
    weight: &[T],
    shape: [usize; 4],
    size: [usize; 2],
    threads: usize,
    control: &Control,
) -> Result<Vec<f64>> {
    check::filled("weight", weight.len(), &shape)?;
    check::finite("weight", weight)?;
    let [outputs, inputs, kh, kw] = shape;
    let [h, w] = size;
    if kh > h || kw > w {
        return Err(Error::shape(format!("size: expected at least the kernel's [{kh}, {kw}], got {size:?}")));
    }
    let rank = outputs.min(inputs);
    // The kernels padded and their half spectra with the work of those; the values are fewer.
    check::room("size", &[h, w, outputs, inputs], 4)?;
    let mut padded = vec![0.0; outputs * inputs * h * w];
    for (kernel, out) in weight.chunks_exact(kh * kw).zip(padded.chunks_exact_mut(h * w)) {
        for (i, x) in kernel.iter().enumerate() {
            out[i / kw * w + i % kw] = x.wide();
        }
    }
    let (spectra, _) = rfft("weight", &padded, &[outputs * inputs, h, w], 2, Norm::Backward, threads)?;
    let half = w / 2 + 1;
    let plane = h * half;
    let mut out = vec![0.0; h * w * rank];
    let shared = Shares::new(&mut out);
    let failed = std::sync::Mutex::new(None);
    for_each(
        threads,
        plane,
        || (),
        |(), frequency| {
            if control.is_aborted() {
                return;
            }
            let at = |i: usize, j: usize| spectra.get((i * inputs + j) * plane + frequency);
            // [[A, -B], [B, A]] has every singular value of A + iB twice.
            let real = Matrix::from_fn(2 * outputs, 2 * inputs, |i, j| {
                let z = at(i % outputs, j % inputs);
                match (i < outputs, j < inputs) {
                    (true, true) | (false, false) => z.re,
                    (true, false) => -z.im,
                    (false, true) => z.im,
                }
            });
            match singular_values(&real, 1) {
                Ok(values) => {
                    let (y, x) = (frequency / half, frequency % half);
                    let store = |place: usize| {
                        for (k, value) in values.iter().step_by(2).enumerate() {
                            // SAFETY: a piece stores at its own frequency and at the mirror image that the half spectrum
                            // leaves out; no other piece has either.
                            unsafe { shared.write(place * rank + k, *value) };
                        }
                    };
                    store(y * w + x);
                    if x != 0 && 2 * x != w {
                        store((h - y) % h * w + w - x);
                    }
                }
                Err(error) => *failed.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(error),
            }
        },
    );
    control.check()?;
    match failed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
        Some(error) => Err(error),
        None => Ok(out),
    }
}

/// Largest singular value of a matrix `[rows, columns]`, by Lanczos on `A^T A` (power iteration that keeps what it has seen)
/// until the residual is below `tolerance` times the eigenvalue; the value is then exact to about tolerance^2.
pub fn spectral_norm<T: Real>(
    weight: &[T],
    rows: usize,
    columns: usize,
    tolerance: f64,
    control: &Control,
) -> Result<f64> {
    check::filled("weight", weight.len(), &[rows, columns])?;
    check::finite("weight", weight)?;
    if !(tolerance > 1e-15 && tolerance < 1.0) {
        return Err(Error::argument(format!("tolerance: expected a number between 1e-15 and 1, got {tolerance}")));
    }
    if weight.iter().all(|x| *x == T::zero()) {
        return Ok(0.0);
    }
    let factor = magnitude::factor(weight.iter().map(|a| a.wide()));
    let apply = |v: &[f64], out: &mut [f64]| {
        out.fill(0.0);
        for row in weight.chunks_exact(columns) {
            let along: f64 = row.iter().zip(v).map(|(a, v)| a.wide() * factor * v).sum();
            out.iter_mut().zip(row).for_each(|(o, a)| *o += along * (a.wide() * factor));
        }
        Ok(())
    };
    let top = top_eigen(columns, &LanczosOptions { tolerance, ..LanczosOptions::top(1) }, apply, control)?;
    if !top.converged {
        return Err(Error::argument(format!("weight: the iteration did not reach the tolerance {tolerance}")));
    }
    magnitude::within("weight", top.values[0].max(0.0).sqrt() / factor)
}

/// Singular values of a dense layer, descending, and the ratio of the largest to the smallest (infinite where that is zero).
pub fn dense_singular_values<T: Real>(
    weight: &[T],
    rows: usize,
    columns: usize,
    threads: usize,
) -> Result<(Vec<f64>, f64)> {
    check::filled("weight", weight.len(), &[rows, columns])?;
    check::finite("weight", weight)?;
    let matrix = Matrix::from_rows(rows, columns, weight.iter().map(|x| x.wide()).collect())?;
    let values = singular_values(&matrix, threads)?;
    let (first, last) = (values[0], values[values.len() - 1]);
    let limit = first * f64::EPSILON * rows.max(columns) as f64;
    let condition = if last > limit { first / last } else { f64::INFINITY };
    Ok((values, condition))
}

/// `x` times a number: what normalising comes to once the norm is known.
pub fn scaled<T: Real>(x: &[T], factor: f64) -> Vec<T> {
    x.iter().map(|x| *x * T::of(factor)).collect()
}

/// Distances between the spectra of two weights of one shape, over their last two axes (or all, for one axis).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    /// Mean over frequencies of `|A - B|`.
    pub mean: f64,
    /// `|A - B| / |A|`, Euclidean (by Parseval the same as that of the weights themselves).
    pub relative: f64,
    /// Mean over frequencies of `||A| - |B||`: blind to shifts.
    pub magnitude: f64,
}

/// Spectral distance from `a` to `b`.
pub fn spectral_distance<T: Real>(a: &[T], b: &[T], shape: &[usize], threads: usize) -> Result<Distance> {
    use crate::fft::{Direction, Signal, fft};
    let axes = shape.len().min(2);
    check::finite("a", a)?;
    check::finite("b", b)?;
    let factor = magnitude::factor(a.iter().chain(b).map(|x| x.wide()));
    let transform = |name, x: &[T]| {
        let near: Vec<f64> = x.iter().map(|x| x.wide() * factor).collect();
        fft::<f64>(name, Signal::Real(&near), shape, axes, Direction::Forward, Norm::Backward, threads)
    };
    let (p, q) = (transform("a", a)?, transform("b", b)?);
    let mut distance = Distance { mean: 0.0, relative: 0.0, magnitude: 0.0 };
    // Each has its own unit: their ratio may be a number where neither's square is one.
    let (mut gaps, mut sizes) = (Vec::with_capacity(p.len()), Vec::with_capacity(p.len()));
    for i in 0..p.len() {
        let (x, y) = (p.get(i), q.get(i));
        let gap = (x - y).norm();
        distance.mean += gap;
        distance.magnitude += (x.norm() - y.norm()).abs();
        gaps.push(gap);
        sizes.push(x.norm());
    }
    distance.mean = magnitude::within("a, b", distance.mean / p.len() as f64 / factor)?;
    distance.magnitude = magnitude::within("a, b", distance.magnitude / p.len() as f64 / factor)?;
    distance.relative = magnitude::norm(gaps) / magnitude::norm(sizes);
    Ok(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, f: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * f).sin()).collect()
    }

    /// The layer as one matrix: every output pixel from every input pixel, circular.
    fn whole(weight: &[f64], [o, i, kh, kw]: [usize; 4], [h, w]: [usize; 2]) -> Matrix<f64> {
        let mut matrix = Matrix::zeros(o * h * w, i * h * w);
        for (index, x) in weight.iter().enumerate() {
            let (c, r) = (index % kw, index / kw % kh);
            let (from, to) = (index / (kw * kh) % i, index / (kw * kh * i));
            for y in 0..h {
                for z in 0..w {
                    let column = from * h * w + (y + r) % h * w + (z + c) % w;
                    matrix.row_mut(to * h * w + y * w + z)[column] += x;
                }
            }
        }
        matrix
    }

    #[test]
    fn singular_values_of_the_whole_layer() {
        for (shape, size) in [([2, 3, 3, 3], [4, 5]), ([3, 2, 2, 3], [5, 4]), ([1, 1, 3, 1], [6, 2])] {
            let weight = wave(shape.iter().product(), 1.7);
            let mut got = conv_singular_values(&weight, shape, size, 2, &Control::none()).unwrap();
            got.sort_by(|a, b| b.total_cmp(a));
            let exact = singular_values(&whole(&weight, shape, size), 1).unwrap();
            assert_eq!(got.len(), exact.len());
            assert!(got.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-12), "{shape:?}");
        }
        let weight = [1.0f32; 4];
        assert!(conv_singular_values(&weight, [1, 1, 2, 2], [1, 4], 1, &Control::none()).is_err());
    }

    #[test]
    fn dense_layers() {
        // Diagonal times a rotation: singular values 3 and 0.5.
        let (c, s) = (0.8, 0.6);
        let weight = [3.0 * c, -3.0 * s, 0.5 * s, 0.5 * c];
        let (values, condition) = dense_singular_values(&weight, 2, 2, 1).unwrap();
        assert!((values[0] - 3.0).abs() < 1e-14 && (condition - 6.0).abs() < 1e-12);
        let norm = spectral_norm(&weight, 2, 2, 1e-10, &Control::none()).unwrap();
        assert!((norm - 3.0).abs() < 1e-12);
        let big = wave(60 * 45, 0.77);
        let norm = spectral_norm(&big, 60, 45, 1e-9, &Control::none()).unwrap();
        assert!((norm / dense_singular_values(&big, 60, 45, 1).unwrap().0[0] - 1.0).abs() < 1e-12);
        assert_eq!(spectral_norm(&[0.0; 4], 2, 2, 1e-9, &Control::none()).unwrap(), 0.0);
        assert_eq!(dense_singular_values(&[1.0, 1.0, 1.0, 1.0], 2, 2, 1).unwrap().1, f64::INFINITY);
        assert!(spectral_norm(&[f64::NAN], 1, 1, 1e-9, &Control::none()).is_err());
    }

    #[test]
    fn distances() {
        let a = wave(24, 0.9);
        let mut shifted = a.clone();
        shifted.rotate_left(6);
        let same = spectral_distance(&a, &a, &[4, 6], 1).unwrap();
        assert_eq!((same.mean, same.relative, same.magnitude), (0.0, 0.0, 0.0));
        let moved = spectral_distance(&a, &shifted, &[4, 6], 1).unwrap();
        assert!(moved.magnitude < 1e-13 && moved.mean > 0.1);
        let plain: f64 =
            a.iter().zip(&shifted).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() / a.iter().map(|x| x * x).sum::<f64>();
        assert!((moved.relative - plain.sqrt()).abs() < 1e-13);
    }
}
