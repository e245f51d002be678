//! Transforms of real arrays: half of the spectrum says all.
//!
//! Even lengths go through a complex transform of half the length, `z[i] = x[2i] + i x[2i + 1]` (realfft; the long ones here);
//! odd ones carry two rows at once, `z = x_1 + i x_2`.

use crate::check;
use crate::fft::large::{HUGE, LARGE, Roots};
use crate::fft::passes::{Scratch, worth};
use crate::fft::plan::{self, Buffer};
use crate::fft::plane::{self, Plane};
use crate::fft::{Direction, Job, Norm, Signal, Split, SplitMut, check_axes, check_result, lines, remaining_axes};
use crate::real::Real;
use base::{Error, Result};
use compute::{Shares, for_each, for_ranges};
use rustfft::FftDirection;
use rustfft::num_complex::Complex;

/// Spectrum of a real array over its last `axes` axes; the last axis of the result has `n / 2 + 1` points.
pub fn rfft<T: Real>(
    name: &str,
    x: &[T],
    shape: &[usize],
    axes: usize,
    norm: Norm,
    threads: usize,
) -> Result<(Split<T>, Vec<usize>)> {
    check::filled(name, x.len(), shape)?;
    let half = half_shape(shape);
    let mut out = Split::zeros(half.iter().product());
    rfft_into(name, x, shape, axes, norm, threads, out.as_mut())?;
    Ok((out, half))
}

/// As [`rfft`], into arrays of the caller's.
pub fn rfft_into<T: Real>(
    name: &str,
    x: &[T],
    shape: &[usize],
    axes: usize,
    norm: Norm,
    threads: usize,
    out: SplitMut<'_, T>,
) -> Result<()> {
    T::transform_real(x, &Job { name, shape, axes, direction: Direction::Forward, norm, threads }, out)
}

/// The shape of the half spectrum: the last axis `n` becomes `n / 2 + 1`.
fn half_shape(shape: &[usize]) -> Vec<usize> {
    let mut half = shape.to_vec();
    if let Some(last) = half.last_mut() {
        *last = *last / 2 + 1;
    }
    half
}

/// The last two axes of `shape`, where a transform over `axes` is one over both and neither is so long that its lines are split.
fn plane_of(shape: &[usize], axes: usize) -> Option<Plane> {
    match (axes, shape) {
        (2, &[ref outer @ .., h, w]) if h > 1 && h < LARGE && w < LARGE => {
            Some(Plane { outer: outer.iter().product(), h, w })
        }
        _ => None,
    }
}

pub(crate) fn forward_transform<T: Real>(x: &[T], job: &Job<'_>, mut out: SplitMut<'_, T>) -> Result<()> {
    let Job { name, shape, axes, norm, threads, .. } = *job;
    let total = check::filled(name, x.len(), shape)?;
    check_axes(name, shape, axes)?;
    let split = shape.len() - axes;
    let scale = norm.factor::<T>(Direction::Forward, shape[split..].iter().product());
    let n = shape[shape.len() - 1];
    let half = half_shape(shape);
    let points: usize = half.iter().product();
    check_result(out.re, points).and_then(|()| check_result(out.im, points))?;
    let (re, im) = (Shares::new(out.re), Shares::new(out.im));
    // SAFETY: each pass stores every index below `points` once.
    let store = |i: usize, z: Complex<T>| unsafe {
        re.write(i, z.re * scale);
        im.write(i, z.im * scale);
    };
    let long: Vec<usize> = (split..shape.len() - 1).filter(|&axis| shape[axis] > 1).collect();
    if let Some(plane) = plane_of(shape, axes) {
        plane::forward(x, plane, threads, scale, &mut out);
    } else if long.is_empty() {
        forward(x, n, total / n, threads, store);
    } else {
        let mut middle = Buffer::<T>::take(points);
        let shared = Shares::new(&mut middle.0);
        // SAFETY: `forward` stores every index once.
        forward(x, n, total / n, threads, |i, z| unsafe { shared.write(i, z) });
        remaining_axes(&half, &long, Direction::Forward, threads, &mut middle.0, store);
    }
    let block: usize = half[split..].iter().product();
    if (0..points / block).any(|i| !out.re[i * block].is_finite()) {
        return Err(check::non_finite(name, x));
    }
    Ok(())
}

/// The real array whose [`rfft`] is `x`: the inverse over the last axes, with lengths `lengths` (the last one may be odd or
/// even; the others must be those of `x`). Imaginary parts at frequency zero (and N/2) have no meaning and are ignored.
pub fn irfft<T: Real>(
    name: &str,
    x: Signal<'_, T>,
    shape: &[usize],
    lengths: &[usize],
    norm: Norm,
    threads: usize,
) -> Result<(Vec<T>, Vec<usize>)> {
    check_axes(name, shape, lengths.len())?;
    let full = [&shape[..shape.len() - lengths.len()], lengths].concat();
    let mut out = vec![T::zero(); check::room("the result", &full, 3)?];
    irfft_into(name, x, shape, lengths, norm, threads, &mut out)?;
    Ok((out, full))
}

/// As [`irfft`], into an array of the caller's.
pub fn irfft_into<T: Real>(
    name: &str,
    x: Signal<'_, T>,
    shape: &[usize],
    lengths: &[usize],
    norm: Norm,
    threads: usize,
    out: &mut [T],
) -> Result<()> {
    let job = Job { name, shape, axes: lengths.len(), direction: Direction::Inverse, norm, threads };
    T::transform_to_real(x, lengths, &job, out)
}

pub(crate) fn inverse_transform<T: Real>(
    x: Signal<'_, T>,
    lengths: &[usize],
    job: &Job<'_>,
    out: &mut [T],
) -> Result<()> {
    let Job { name, shape, axes, norm, threads, .. } = *job;
    let points = x.check(name, shape)?;
    check_axes(name, shape, axes)?;
    let (split, last) = (shape.len() - axes, shape.len() - 1);
    let mut full = shape.to_vec();
    full[split..].copy_from_slice(lengths);
    let total = check::elements("the result", &full)?;
    let n = full[last];
    if full[split..last] != shape[split..last] || n / 2 + 1 != shape[last] {
        return Err(Error::shape(format!(
            "{name}: expected the last axes to be {:?} for a result of {lengths:?}, got shape {shape:?}",
            [&lengths[..axes - 1], &[n / 2 + 1]].concat()
        )));
    }
    let scale = norm.factor::<T>(Direction::Inverse, lengths.iter().product());
    check_result(out, total)?;
    let long: Vec<usize> = (split..last).filter(|&axis| shape[axis] > 1).collect();
    if let Some(plane) = plane_of(&full, axes) {
        plane::inverse(x, plane, threads, scale, out);
    } else if long.is_empty() {
        inverse(|i| x.get(i), n, total / n, threads, scale, out);
    } else {
        let mut middle = Buffer::<T>::take(points);
        for_fill(threads, &mut middle.0, x);
        let mut done = Buffer::<T>::take(points);
        let shared = Shares::new(&mut done.0);
        // SAFETY: `remaining_axes` stores every index once.
        let store = |i: usize, z: Complex<T>| unsafe { shared.write(i, z) };
        remaining_axes(shape, &long, Direction::Inverse, threads, &mut middle.0, store);
        let done = &done.0;
        inverse(|i| done[i], n, total / n, threads, scale, out);
    }
    // Every used element of a line reaches its first or its second value.
    let ends = |row: usize| out[row * n].is_finite() && out[row * n + n.min(2) - 1].is_finite();
    if (0..total / n).all(ends) { Ok(()) } else { Err(x.non_finite(name)) }
}

fn for_fill<T: Real>(threads: usize, into: &mut [Complex<T>], x: Signal<'_, T>) {
    let len = into.len();
    let shared = Shares::new(into);
    for_ranges(worth(threads, len), len, |range| {
        for i in range {
            // SAFETY: the ranges are disjoint.
            unsafe { shared.write(i, x.get(i)) };
        }
    });
}

/// Half spectra of `count` real lines of `n` points.
fn forward<T: Real>(x: &[T], n: usize, count: usize, threads: usize, store: impl Fn(usize, Complex<T>) + Sync) {
    let half = n / 2 + 1;
    if n >= HUGE {
        for line in 0..count {
            long_forward(&x[line * n..(line + 1) * n], threads, |k, z| store(line * half + k, z));
        }
    } else if n.is_multiple_of(2) {
        let plan = plan::real_forward::<T>(n);
        let group = (4096 / n).clamp(1, count);
        for_each(
            worth(threads, count * n),
            count.div_ceil(group),
            || (vec![T::zero(); n], Scratch::new(half, plan.get_scratch_len())),
            |(input, scratch): &mut (Vec<T>, Scratch<T>), piece| {
                for row in piece * group..count.min((piece + 1) * group) {
                    input.copy_from_slice(&x[row * n..(row + 1) * n]);
                    // The lengths are the plan's own, its only condition.
                    let _ = plan.process_with_scratch(input, &mut scratch.lines, &mut scratch.inner);
                    for (k, &z) in scratch.lines.iter().enumerate() {
                        store(row * half + k, z);
                    }
                }
            },
        );
    } else {
        paired_forward(x, n, count, threads, store);
    }
}

/// Odd lengths: two rows in one complex transform.
fn paired_forward<T: Real>(x: &[T], n: usize, count: usize, threads: usize, store: impl Fn(usize, Complex<T>) + Sync) {
    let half = n / 2 + 1;
    let plan = plan::complex::<T>(n, FftDirection::Forward);
    let pairs = count.div_ceil(2);
    let group = (4096 / n).clamp(1, pairs);
    let two = T::of(0.5);
    for_each(
        worth(threads, count * n),
        pairs.div_ceil(group),
        || Scratch::new(n, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, piece| {
            for pair in piece * group..pairs.min((piece + 1) * group) {
                let a = &x[2 * pair * n..(2 * pair + 1) * n];
                let b = x.get((2 * pair + 1) * n..(2 * pair + 2) * n);
                let z = &mut scratch.lines;
                match b {
                    Some(b) => z.iter_mut().zip(a.iter().zip(b)).for_each(|(z, (&a, &b))| *z = Complex::new(a, b)),
                    None => z.iter_mut().zip(a).for_each(|(z, &a)| *z = Complex::new(a, T::zero())),
                }
                plan.process_with_scratch(z, &mut scratch.inner);
                for k in 0..half {
                    let (p, q) = (z[k], z[if k == 0 { 0 } else { n - k }].conj());
                    store(2 * pair * half + k, (p + q) * two);
                    if b.is_some() {
                        let d = (p - q) * two;
                        store((2 * pair + 1) * half + k, Complex::new(d.im, -d.re));
                    }
                }
            }
        },
    );
}

/// One long line over several threads.
fn long_forward<T: Real>(x: &[T], threads: usize, store: impl Fn(usize, Complex<T>) + Sync) {
    let n = x.len();
    let half = n / 2 + 1;
    let m = n / 2;
    let even = n.is_multiple_of(2);
    if let Some(plan) = plan::large::<T>(m, FftDirection::Forward).filter(|_| even) {
        let roots = Roots::<T>::new(n, FftDirection::Forward);
        let two = T::of(0.5);
        // From Z of z[i] = x[2i] + i x[2i + 1]: X[k] = (Z[k] + conj Z[m-k]) / 2 - i W^k (Z[k] - conj Z[m-k]) / 2.
        let pair = |k: usize, p: Complex<T>, q: Complex<T>| {
            let q = q.conj();
            let (sum, odd) = ((p + q) * two, (p - q) * two);
            let turned = Complex::new(odd.im, -odd.re) * roots.at(k);
            store(k, sum + turned);
            if k != m - k {
                store(m - k, (sum - turned).conj());
            }
        };
        plan.process_pairs(threads, |i| Complex::new(x[2 * i], x[2 * i + 1]), pair);
    } else if let Some(plan) = plan::large::<T>(n, FftDirection::Forward) {
        plan.process(
            threads,
            |i| Complex::new(x[i], T::zero()),
            |k, z| {
                if k < half {
                    store(k, z);
                }
            },
        );
    } else {
        plan::bluestein::<T>(n, half, threads).process(threads, |i| Complex::new(x[i], T::zero()), store);
    }
}

/// Real lines from their half spectra, scaled.
fn inverse<T: Real>(
    load: impl Fn(usize) -> Complex<T> + Sync,
    n: usize,
    count: usize,
    threads: usize,
    scale: T,
    out: &mut [T],
) {
    let half = n / 2 + 1;
    if n >= HUGE {
        for (line, out) in out.chunks_exact_mut(n).enumerate() {
            long_inverse(|k| load(line * half + k), threads, scale, out);
        }
        return;
    }
    let shared = Shares::new(out);
    if n.is_multiple_of(2) {
        let plan = plan::real_inverse::<T>(n);
        let group = (4096 / n).clamp(1, count);
        for_each(
            worth(threads, count * n),
            count.div_ceil(group),
            || Scratch::new(half, plan.get_scratch_len()),
            |scratch: &mut Scratch<T>, piece| {
                for row in piece * group..count.min((piece + 1) * group) {
                    let z = &mut scratch.lines;
                    z.iter_mut().enumerate().for_each(|(k, z)| *z = load(row * half + k));
                    z[0].im = T::zero();
                    z[half - 1].im = T::zero();
                    // SAFETY: rows are disjoint.
                    let line = unsafe { shared.slice(row * n, n) };
                    // The lengths are the plan's own, and the imaginary parts that it refuses were cleared.
                    let _ = plan.process_with_scratch(z, line, &mut scratch.inner);
                    line.iter_mut().for_each(|x| *x = *x * scale);
                }
            },
        );
        return;
    }
    let plan = plan::complex::<T>(n, FftDirection::Inverse);
    let pairs = count.div_ceil(2);
    for_each(
        worth(threads, count * n),
        pairs,
        || Scratch::new(n, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, pair| {
            let (row, second) = (2 * pair, 2 * pair + 1 < count);
            let at = |row: usize, k: usize| {
                let z = load(row * half + k);
                if k == 0 { Complex::new(z.re, T::zero()) } else { z }
            };
            let z = &mut scratch.lines;
            for k in 0..half {
                let a = at(row, k);
                let b = if second { at(row + 1, k) } else { Complex::default() };
                z[k] = Complex::new(a.re - b.im, a.im + b.re);
                if k > 0 {
                    z[n - k] = Complex::new(a.re + b.im, b.re - a.im);
                }
            }
            plan.process_with_scratch(z, &mut scratch.inner);
            // SAFETY: pairs of rows are disjoint.
            let (first, other) = unsafe { shared.slice(row * n, if second { 2 * n } else { n }) }.split_at_mut(n);
            first.iter_mut().zip(z.iter()).for_each(|(x, z)| *x = z.re * scale);
            other.iter_mut().zip(z.iter()).for_each(|(x, z)| *x = z.im * scale);
        },
    );
}

fn long_inverse<T: Real>(load: impl Fn(usize) -> Complex<T> + Sync, threads: usize, scale: T, out: &mut [T]) {
    let n = out.len();
    let m = n / 2;
    let shared = Shares::new(out);
    if let Some(plan) = plan::large::<T>(m, FftDirection::Inverse).filter(|_| n.is_multiple_of(2)) {
        let roots = Roots::<T>::new(n, FftDirection::Inverse);
        let at = |k: usize| {
            let z = load(k);
            if k == 0 || k == m { Complex::new(z.re, T::zero()) } else { z }
        };
        plan.process(
            threads,
            |k| {
                let (p, q) = (at(k), at(m - k).conj());
                let odd = (p - q) * roots.at(k);
                p + q + Complex::new(-odd.im, odd.re)
            },
            // SAFETY: `process` stores every index once.
            |i, z| unsafe {
                shared.write(2 * i, z.re * scale);
                shared.write(2 * i + 1, z.im * scale);
            },
        );
        return;
    }
    let whole = |k: usize| match k {
        0 => Complex::new(load(0).re, T::zero()),
        _ if 2 * k == n => Complex::new(load(k).re, T::zero()),
        _ if 2 * k < n => load(k),
        _ => load(n - k).conj(),
    };
    // SAFETY: `split` stores every index once.
    lines::split(n, 1, Direction::Inverse, threads, whole, |i, z| unsafe { shared.write(i, z.re * scale) });
}
