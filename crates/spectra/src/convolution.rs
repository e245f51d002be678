//! Convolution in one and two dimensions: direct sums, FFT, or FFT in blocks (overlap-add), whichever is cheapest.
//!
//! `(a * b)[n] = sum_m a[m] b[n - m]`. Modes: `full` [na + nb - 1]; `same`: the middle of it, as large as a (SciPy's centring);
//! `valid`: where one array lies whole within the other; `circular`: indices modulo a's size, b padded with zeros to it.

use crate::check;
use crate::fft::{Norm, Split, irfft, rfft};
use crate::real::Real;
use base::{Error, Result};

/// Which part of the result is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Full,
    Same,
    Valid,
    Circular,
}

/// How it is computed; the choice never changes the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Auto,
    Direct,
    Fft,
}

/// An array and its shape.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'a, T> {
    pub data: &'a [T],
    pub shape: &'a [usize],
}

/// Convolution of two arrays of one or of two axes: values and shape.
pub fn convolve<T: Real>(
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    mode: Mode,
    method: Method,
    threads: usize,
) -> Result<(Vec<T>, Vec<usize>)> {
    check::filled("a", a.data.len(), a.shape)?;
    check::filled("b", b.data.len(), b.shape)?;
    check::finite("a", a.data)?;
    check::finite("b", b.data)?;
    if a.shape.len() != b.shape.len() || a.shape.len() > 2 {
        return Err(Error::shape(format!("b: expected one axis or two, as a has {:?}, got {:?}", a.shape, b.shape)));
    }
    if a.shape.len() == 1 {
        let (out, shape) = convolve(
            Operand { data: a.data, shape: &[1, a.shape[0]] },
            Operand { data: b.data, shape: &[1, b.shape[0]] },
            mode,
            method,
            threads,
        )?;
        return Ok((out, shape[1..].to_vec()));
    }
    let (na, nb) = ([a.shape[0], a.shape[1]], [b.shape[0], b.shape[1]]);
    let full = [na[0] + nb[0] - 1, na[1] + nb[1] - 1];
    // By FFT both arrays are padded to about the result's size and transformed.
    check::room("the result", &full, 6)?;
    if mode == Mode::Circular {
        if nb[0] > na[0] || nb[1] > na[1] {
            return Err(Error::shape(format!(
                "b: expected at most the size of a, {:?}, for a circular convolution, got {:?}",
                a.shape, b.shape
            )));
        }
        let out = match method {
            Method::Fft => circular(a.data, na, b.data, nb, threads)?,
            Method::Auto if direct_cost(na, nb) > fft_cost(na) => circular(a.data, na, b.data, nb, threads)?,
            _ => fold(&direct(a.data, na, b.data, nb), full, na),
        };
        return Ok((out, na.to_vec()));
    }
    let larger = na[0] >= nb[0] && na[1] >= nb[1];
    if mode == Mode::Valid && !larger && (na[0] > nb[0] || na[1] > nb[1]) {
        return Err(Error::shape(format!(
            "b: expected one of a and b to hold the other on every axis, got {:?} and {:?}",
            a.shape, b.shape
        )));
    }
    let (start, size) = match mode {
        Mode::Same => ([(nb[0] - 1) / 2, (nb[1] - 1) / 2], na),
        Mode::Valid => {
            let small = if larger { nb } else { na };
            ([small[0] - 1, small[1] - 1], [full[0] + 2 - 2 * small[0], full[1] + 2 - 2 * small[1]])
        }
        _ => ([0, 0], full),
    };
    let out = by_cost(a.data, na, b.data, nb, method, threads)?;
    Ok((crop(&out, full, start, size), size.to_vec()))
}

/// Cross-correlation `c[n] = sum_m a[m + n] b[m]`: convolution with b reversed; `full` starts at lag `-(nb - 1)`.
pub fn correlate<T: Real>(
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    mode: Mode,
    method: Method,
    threads: usize,
) -> Result<(Vec<T>, Vec<usize>)> {
    check::filled("b", b.data.len(), b.shape)?;
    if mode == Mode::Circular {
        // c[n] = sum_m a[n + m] b[m]: b reversed modulo the size of a.
        let padded_shape = a.shape.to_vec();
        if a.shape.len() != b.shape.len() || b.shape.iter().zip(a.shape).any(|(b, a)| b > a) {
            return Err(Error::shape(format!("b: expected at most the size of a, {:?}, got {:?}", a.shape, b.shape)));
        }
        let total = check::elements("a", a.shape)?;
        let columns = *a.shape.last().unwrap_or(&1);
        let (rows, width) = (total / columns, *b.shape.last().unwrap_or(&1));
        let mut reversed = vec![T::zero(); total];
        for (i, &value) in b.data.iter().enumerate() {
            let (r, c) = (i / width, i % width);
            reversed[(rows - r) % rows * columns + (columns - c) % columns] = value;
        }
        return convolve(a, Operand { data: &reversed, shape: &padded_shape }, mode, method, threads);
    }
    let reversed: Vec<T> = b.data.iter().rev().copied().collect();
    convolve(a, Operand { data: &reversed, shape: b.shape }, mode, method, threads)
}

fn area(n: [usize; 2]) -> f64 {
    n[0] as f64 * n[1] as f64
}

/// Multiply-adds, in units of about a quarter nanosecond.
fn direct_cost(na: [usize; 2], nb: [usize; 2]) -> f64 {
    // Short inner loops run at a fraction of the speed of long ones.
    let inner = na[1].max(nb[1]) as f64;
    area(na) * area(nb) * (1.0 + 16.0 / inner)
}

/// Three real transforms, in the same unit.
fn fft_cost(n: [usize; 2]) -> f64 {
    let points = area(n);
    12.0 * points * (points.log2() + 4.0) + 20_000.0
}

/// Full convolution by the cheapest way.
fn by_cost<T: Real>(
    a: &[T],
    na: [usize; 2],
    b: &[T],
    nb: [usize; 2],
    method: Method,
    threads: usize,
) -> Result<Vec<T>> {
    let full = [na[0] + nb[0] - 1, na[1] + nb[1] - 1];
    let padded = full.map(smooth);
    let (long, short) = (na[1].max(nb[1]), na[1].min(nb[1]));
    let block = smooth(8 * short);
    let blocks = long.div_ceil(block + 1 - short.min(block));
    let in_blocks = full[0] == 1 && blocks > 2 && fft_cost([blocks, block]) * 0.7 < fft_cost(padded);
    let cheapest = if in_blocks { fft_cost([blocks, block]) } else { fft_cost(padded) };
    if method == Method::Direct || (method == Method::Auto && direct_cost(na, nb) <= cheapest) {
        return Ok(direct(a, na, b, nb));
    }
    if in_blocks {
        let (long, short) = if na[1] >= nb[1] { (a, b) } else { (b, a) };
        return overlap_add(long, short, block, threads);
    }
    let pad = |x: &[T], n: [usize; 2]| place(x, n, padded);
    let out = transform_product(&pad(a, na), &pad(b, nb), padded, threads)?;
    Ok(crop(&out, padded, [0, 0], full))
}

/// The smallest even 2^a 3^b 5^c of at least n (1 stays 1).
pub(crate) fn smooth(n: usize) -> usize {
    if n <= 1 {
        return 1;
    }
    let mut best = n.next_power_of_two();
    let mut five = 1;
    while five < best {
        let mut odd = five;
        while odd < best {
            let mut m = 2 * odd;
            while m < n {
                m *= 2;
            }
            best = best.min(m);
            odd *= 3;
        }
        five *= 5;
    }
    best
}

fn place<T: Real>(x: &[T], n: [usize; 2], into: [usize; 2]) -> Vec<T> {
    let mut out = vec![T::zero(); into[0] * into[1]];
    for (row, out) in x.chunks_exact(n[1]).zip(out.chunks_exact_mut(into[1])) {
        out[..n[1]].copy_from_slice(row);
    }
    out
}

fn crop<T: Real>(x: &[T], n: [usize; 2], start: [usize; 2], size: [usize; 2]) -> Vec<T> {
    let rows = x.chunks_exact(n[1]).skip(start[0]).take(size[0]);
    rows.flat_map(|row| row[start[1]..start[1] + size[1]].iter().copied()).collect()
}

/// A full result brought back to `into` by adding what lies beyond.
fn fold<T: Real>(full: &[T], n: [usize; 2], into: [usize; 2]) -> Vec<T> {
    let mut out = vec![T::zero(); into[0] * into[1]];
    for (i, &x) in full.iter().enumerate() {
        let at = (i / n[1]) % into[0] * into[1] + (i % n[1]) % into[1];
        out[at] = out[at] + x;
    }
    out
}

fn direct<T: Real>(a: &[T], na: [usize; 2], b: &[T], nb: [usize; 2]) -> Vec<T> {
    // The inner loop runs over the longer rows.
    if nb[1] > na[1] {
        return direct(b, nb, a, na);
    }
    let full = [na[0] + nb[0] - 1, na[1] + nb[1] - 1];
    let mut out = vec![T::zero(); full[0] * full[1]];
    for (i, row) in a.chunks_exact(na[1]).enumerate() {
        for (j, weights) in b.chunks_exact(nb[1]).enumerate() {
            let out = &mut out[(i + j) * full[1]..(i + j + 1) * full[1]];
            for (k, &w) in weights.iter().enumerate() {
                out[k..k + na[1]].iter_mut().zip(row).for_each(|(o, &x)| *o = *o + w * x);
            }
        }
    }
    out
}

fn multiply<T: Real>(x: &mut Split<T>, by: &Split<T>) {
    let period = by.re.len();
    for (re, im) in x.re.chunks_exact_mut(period).zip(x.im.chunks_exact_mut(period)) {
        for i in 0..period {
            let (p, q) = (re[i], im[i]);
            re[i] = p * by.re[i] - q * by.im[i];
            im[i] = p * by.im[i] + q * by.re[i];
        }
    }
}

/// Circular convolution at exactly the size `n`.
fn transform_product<T: Real>(a: &[T], b: &[T], n: [usize; 2], threads: usize) -> Result<Vec<T>> {
    let (mut x, half) = rfft("a", a, &n, 2, Norm::Backward, threads)?;
    let (y, _) = rfft("b", b, &n, 2, Norm::Backward, threads)?;
    multiply(&mut x, &y);
    Ok(irfft("the product of the transforms", x.as_signal(), &half, &n, Norm::Backward, threads)?.0)
}

fn circular<T: Real>(a: &[T], na: [usize; 2], b: &[T], nb: [usize; 2], threads: usize) -> Result<Vec<T>> {
    transform_product(a, &place(b, nb, na), na, threads)
}

/// Blocks of `long`, each convolved with `short` at length `block`, their ends added up; all blocks are one batch.
fn overlap_add<T: Real>(long: &[T], short: &[T], block: usize, threads: usize) -> Result<Vec<T>> {
    let step = block + 1 - short.len();
    let count = long.len().div_ceil(step);
    let mut blocks = vec![T::zero(); count * block];
    for (x, out) in long.chunks(step).zip(blocks.chunks_exact_mut(block)) {
        out[..x.len()].copy_from_slice(x);
    }
    let (mut spectra, half) = rfft("a", &blocks, &[count, block], 1, Norm::Backward, threads)?;
    let response = rfft("b", &place(short, [1, short.len()], [1, block]), &[block], 1, Norm::Backward, 1)?.0;
    multiply(&mut spectra, &response);
    let (blocks, _) = irfft("the product", spectra.as_signal(), &half, &[block], Norm::Backward, threads)?;
    let total = long.len() + short.len() - 1;
    let mut out = vec![T::zero(); total];
    for (i, x) in blocks.chunks_exact(block).enumerate() {
        let len = block.min(total - i * step);
        out[i * step..i * step + len].iter_mut().zip(x).for_each(|(o, &x)| *o = *o + x);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, f: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * f).sin()).collect()
    }

    fn plain(a: &[f64], na: [usize; 2], b: &[f64], nb: [usize; 2], circular: bool) -> Vec<f64> {
        let n = if circular { na } else { [na[0] + nb[0] - 1, na[1] + nb[1] - 1] };
        let mut out = vec![0.0; n[0] * n[1]];
        for i in 0..a.len() {
            for j in 0..b.len() {
                let (r, c) = (i / na[1] + j / nb[1], i % na[1] + j % nb[1]);
                out[r % n[0] * n[1] + c % n[1]] += a[i] * b[j];
            }
        }
        out
    }

    #[test]
    fn every_mode_by_every_method() {
        for (na, nb) in
            [([1, 40], [1, 7]), ([1, 3], [1, 9]), ([9, 13], [4, 6]), ([1, 900], [1, 5]), ([1, 3000], [1, 130])]
        {
            let (a, b) = (wave(na[0] * na[1], 0.7), wave(nb[0] * nb[1], 1.9));
            let full = plain(&a, na, &b, nb, false);
            for method in [Method::Auto, Method::Direct, Method::Fft] {
                let run = |mode| {
                    convolve(Operand { data: &a, shape: &na }, Operand { data: &b, shape: &nb }, mode, method, 2)
                };
                let near = |x: &[f64], y: &[f64]| {
                    assert_eq!(x.len(), y.len());
                    assert!(x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-11), "{na:?} {nb:?} {method:?}");
                };
                let (out, shape) = run(Mode::Full).unwrap();
                assert_eq!(shape, [na[0] + nb[0] - 1, na[1] + nb[1] - 1]);
                near(&out, &full);
                let (same, shape) = run(Mode::Same).unwrap();
                assert_eq!(shape, na);
                near(&same[..1], &full[(nb[0] - 1) / 2 * (na[1] + nb[1] - 1) + (nb[1] - 1) / 2..][..1]);
                let (valid, shape) = run(Mode::Valid).unwrap();
                assert_eq!(shape, [na[0].abs_diff(nb[0]) + 1, na[1].abs_diff(nb[1]) + 1]);
                let (r, c) = (na[0].min(nb[0]) - 1, na[1].min(nb[1]) - 1);
                near(&valid[..1], &full[r * (na[1] + nb[1] - 1) + c..][..1]);
                if na[1] >= nb[1] {
                    near(&run(Mode::Circular).unwrap().0, &plain(&a, na, &b, nb, true));
                } else {
                    assert!(run(Mode::Circular).is_err());
                }
            }
        }
    }

    #[test]
    fn correlation_has_its_peak_at_the_lag() {
        let (a, b) = ([0.0, 0.0, 1.0, 2.0, 3.0, 0.0], [1.0, 2.0, 3.0]);
        let (a, b) = (Operand { data: &a, shape: &[6] }, Operand { data: &b, shape: &[3] });
        let (valid, _) = correlate(a, b, Mode::Valid, Method::Auto, 1).unwrap();
        assert_eq!(valid, [3.0, 8.0, 14.0, 8.0]);
        let (around, _) = correlate(a, b, Mode::Circular, Method::Direct, 1).unwrap();
        assert_eq!(around, [3.0, 8.0, 14.0, 8.0, 3.0, 0.0]);
    }

    #[test]
    fn smooth_lengths() {
        assert_eq!([1, 2, 7, 11, 1001, 1025].map(smooth), [1, 2, 8, 12, 1024, 1080]);
    }

    #[test]
    fn bad_input_is_named() {
        let run = |a: &[f64], na: &[usize], b: &[f64], nb: &[usize]| {
            let (a, b) = (Operand { data: a, shape: na }, Operand { data: b, shape: nb });
            convolve(a, b, Mode::Valid, Method::Auto, 1).unwrap_err().to_string()
        };
        assert!(run(&[], &[0], &[1.0], &[1]).contains("a: expected at least one"));
        assert!(run(&[1.0], &[1], &[f64::NAN], &[1]).contains("NON_FINITE: b"));
        assert!(run(&[1.0], &[1], &[1.0], &[1, 1]).contains("b: expected one axis or two"));
        assert!(run(&[1.0; 6], &[2, 3], &[1.0; 3], &[3, 1]).contains("hold the other"));
    }
}
