//! Transforms of real arrays over two axes: columns first, in pairs, then rows.
//!
//! Two neighbouring real columns are one complex column, `z = a + i b`, whose transform gives both: `A[k] = (Z[k] + conj
//! Z[-k]) / 2`, `B[k] = (Z[k] - conj Z[-k]) / 2i`. Half of the frequencies k say all, and row k of the transform gives row -k
//! as well: `X[-k, -j] = conj X[k, j]`. In this order the strided pass reads the input and writes a scratch array, and the
//! result is written along its rows; the inverse goes the same way back.

use crate::fft::passes::{Scratch, block_of, worth};
use crate::fft::plan::{self, Buffer};
use crate::fft::{Signal, SplitMut};
use crate::real::Real;
use crate::threads::{Shared, for_each};
use rustfft::FftDirection;
use rustfft::num_complex::Complex;

/// Arrays `[outer, h, w]`, transformed over h and w.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    pub outer: usize,
    pub h: usize,
    pub w: usize,
}

impl Plane {
    /// The rows that say all of a spectrum.
    fn rows(&self) -> usize {
        self.h / 2 + 1
    }
    fn mirror(&self, k: usize) -> usize {
        if k == 0 { 0 } else { self.h - k }
    }
    fn points(&self) -> usize {
        self.outer * self.h * self.w
    }
}

/// Half spectra `[outer, h, w / 2 + 1]` of `x`, times `scale`.
pub(super) fn forward<T: Real>(x: &[T], plane: Plane, threads: usize, scale: T, out: &mut SplitMut<'_, T>) {
    let Plane { outer, h, w } = plane;
    let (rows, half) = (plane.rows(), w / 2 + 1);
    let mut middle = Buffer::<T>::take(outer * rows * w);
    forward_columns(x, plane, threads, &mut middle.0);
    let plan = plan::complex::<T>(w, FftDirection::Forward);
    let (re, im, middle) = (Shared::new(out.re), Shared::new(out.im), Shared::new(&mut middle.0));
    // The pairs of columns came doubled.
    let scale = scale * T::of(0.5);
    let group = (4096 / w).clamp(1, outer * rows);
    for_each(
        worth(threads, plane.points()),
        (outer * rows).div_ceil(group),
        || Scratch::new(0, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, piece| {
            for row in piece * group..(outer * rows).min((piece + 1) * group) {
                let (block, k) = (row / rows, row % rows);
                // SAFETY: rows are disjoint, those of `middle` and those of the result: k and its mirror image.
                let z = unsafe { middle.slice(row * w, w) };
                plan.process_with_scratch(z, &mut scratch.inner);
                // SAFETY: as above.
                let line = |k: usize| unsafe {
                    let start = (block * h + k) * half;
                    re.slice(start, half).iter_mut().zip(im.slice(start, half))
                };
                for ((re, im), z) in line(k).zip(z.iter()) {
                    (*re, *im) = (z.re * scale, z.im * scale);
                }
                if plane.mirror(k) != k {
                    let mirrored = z[..1].iter().chain(z[w - half + 1..].iter().rev());
                    for ((re, im), z) in line(plane.mirror(k)).zip(mirrored) {
                        (*re, *im) = (z.re * scale, -z.im * scale);
                    }
                }
            }
        },
    );
}

/// Twice the transforms of the columns of `x`, `[outer, h / 2 + 1, w]`.
fn forward_columns<T: Real>(x: &[T], plane: Plane, threads: usize, middle: &mut [Complex<T>]) {
    let Plane { outer, h, w } = plane;
    let rows = plane.rows();
    let plan = plan::complex::<T>(h, FftDirection::Forward);
    let (width, stride) = block_of(h);
    let blocks = w.div_ceil(2 * width);
    let out = Shared::new(middle);
    for_each(
        worth(threads, plane.points()),
        outer * blocks,
        || Scratch::new(width * stride, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, piece| {
            let (block, first) = (piece / blocks, piece % blocks * 2 * width);
            let columns = (2 * width).min(w - first);
            let lines = &mut scratch.lines[..columns.div_ceil(2) * stride];
            for i in 0..h {
                let row = &x[(block * h + i) * w + first..][..columns];
                for (line, pair) in lines.chunks_exact_mut(stride).zip(row.chunks(2)) {
                    line[i] = Complex::new(pair[0], pair.get(1).copied().unwrap_or_default());
                }
            }
            for line in lines.chunks_exact_mut(stride) {
                plan.process_with_scratch(&mut line[..h], &mut scratch.inner);
            }
            for k in 0..rows {
                // SAFETY: pieces take disjoint blocks of columns.
                let row = unsafe { out.slice((block * rows + k) * w + first, columns) };
                for (line, pair) in lines.chunks_exact(stride).zip(row.chunks_mut(2)) {
                    let (p, q) = (line[k], line[plane.mirror(k)].conj());
                    pair[0] = p + q;
                    if let Some(second) = pair.get_mut(1) {
                        let d = p - q;
                        *second = Complex::new(d.im, -d.re);
                    }
                }
            }
        },
    );
}

/// Real arrays from half spectra `x`, times `scale`. Parts of the frequencies 0 and w/2 of the last axis that no real array has
/// are ignored.
pub(super) fn inverse<T: Real>(x: Signal<'_, T>, plane: Plane, threads: usize, scale: T, out: &mut [T]) {
    let Plane { outer, h, w } = plane;
    let (rows, half) = (plane.rows(), w / 2 + 1);
    let mut middle = Buffer::<T>::take(outer * rows * w);
    let plan = plan::complex::<T>(w, FftDirection::Inverse);
    let shared = Shared::new(&mut middle.0);
    let group = (4096 / w).clamp(1, outer * rows);
    for_each(
        worth(threads, plane.points()),
        (outer * rows).div_ceil(group),
        || Scratch::new(0, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, piece| {
            for row in piece * group..(outer * rows).min((piece + 1) * group) {
                let (block, k) = (row / rows, row % rows);
                let (this, other) = ((block * h + k) * half, (block * h + plane.mirror(k)) * half);
                // SAFETY: rows are disjoint.
                let z = unsafe { shared.slice(row * w, w) };
                let (lower, upper) = z.split_at_mut(half);
                fill(lower, x, this);
                fill(upper, x, other + 1);
                upper.reverse();
                upper.iter_mut().for_each(|z| z.im = -z.im);
                for j in [0, w / 2] {
                    if 2 * j % w == 0 {
                        z[j] = (x.get(this + j) + x.get(other + j).conj()) * T::of(0.5);
                    }
                }
                plan.process_with_scratch(z, &mut scratch.inner);
            }
        },
    );
    inverse_columns(&middle.0, plane, threads, scale, out);
}

fn fill<T: Real>(into: &mut [Complex<T>], x: Signal<'_, T>, start: usize) {
    let end = start + into.len();
    match x {
        Signal::Real(x) => into.iter_mut().zip(&x[start..end]).for_each(|(z, &x)| *z = Complex::new(x, T::zero())),
        Signal::Complex { re, im } => {
            let parts = re[start..end].iter().zip(&im[start..end]);
            into.iter_mut().zip(parts).for_each(|(z, (&re, &im))| *z = Complex::new(re, im));
        }
    }
}

/// The columns of `middle`, `[outer, h / 2 + 1, w]`, back to real ones.
fn inverse_columns<T: Real>(middle: &[Complex<T>], plane: Plane, threads: usize, scale: T, out: &mut [T]) {
    let Plane { outer, h, w } = plane;
    let rows = plane.rows();
    let plan = plan::complex::<T>(h, FftDirection::Inverse);
    let (width, stride) = block_of(h);
    let blocks = w.div_ceil(2 * width);
    let out = Shared::new(out);
    for_each(
        worth(threads, plane.points()),
        outer * blocks,
        || Scratch::new(width * stride, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, piece| {
            let (block, first) = (piece / blocks, piece % blocks * 2 * width);
            let columns = (2 * width).min(w - first);
            let lines = &mut scratch.lines[..columns.div_ceil(2) * stride];
            for k in 0..rows {
                let row = &middle[(block * rows + k) * w + first..][..columns];
                for (line, pair) in lines.chunks_exact_mut(stride).zip(row.chunks(2)) {
                    let (a, b) = (pair[0], pair.get(1).copied().unwrap_or_default());
                    line[plane.mirror(k)] = Complex::new(a.re + b.im, b.re - a.im);
                    line[k] = Complex::new(a.re - b.im, a.im + b.re);
                }
            }
            for line in lines.chunks_exact_mut(stride) {
                plan.process_with_scratch(&mut line[..h], &mut scratch.inner);
            }
            for i in 0..h {
                // SAFETY: pieces take disjoint blocks of columns.
                let row = unsafe { out.slice((block * h + i) * w + first, columns) };
                for (line, pair) in lines.chunks_exact(stride).zip(row.chunks_mut(2)) {
                    pair[0] = line[i].re * scale;
                    if let Some(second) = pair.get_mut(1) {
                        *second = line[i].im * scale;
                    }
                }
            }
        },
    );
}
