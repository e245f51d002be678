//! Transforms of real arrays over two axes: columns first, in pairs, then rows.
//!
//! Two neighbouring real columns are one complex column, `z = a + i b`, whose transform gives both: `A[k] = (Z[k] + conj
//! Z[-k]) / 2`, `B[k] = (Z[k] - conj Z[-k]) / 2i`. Half of the frequencies k say all, and row k of the transform gives row -k
//! as well: `X[-k, -j] = conj X[k, j]`. The inverse goes the same way back.
//!
//! What lies between the two passes needs no array of its own: row k waits where rows k and -k of the result will be, and a
//! row that is its own mirror image (k = 0 and h / 2) is real there and takes half the room. Memory is what these transforms
//! wait for: one array less is a third of it.

use crate::fft::passes::{Scratch, block_of, worth};
use crate::fft::plan;
use crate::fft::{Signal, SplitMut};
use crate::real::Real;
use compute::{Shares, for_each};
use rustfft::FftDirection;
use rustfft::num_complex::Complex;
use std::array::from_fn;

/// Rows that pass between an array and lines together: four complex numbers of f64 fill a cache line.
const TILE: usize = 4;

/// Rows from the one that is written to the one that is fetched: a new array is in no cache.
const AHEAD: usize = 6;

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
    /// The columns of a row that wait in row k of the result; the others do in row -k.
    fn lower(&self) -> usize {
        self.w.div_ceil(2)
    }
    fn points(&self) -> usize {
        self.outer * self.h * self.w
    }
    /// Calls `body(scratch, block, k)` for every row that is needed of every block.
    fn for_each_row<T: Real>(&self, threads: usize, inner: usize, body: impl Fn(&mut Scratch<T>, usize, usize) + Sync) {
        let rows = self.rows();
        let all = self.outer * rows;
        let group = (4096 / self.w).clamp(1, all);
        for_each(
            worth(threads, self.points()),
            all.div_ceil(group),
            || Scratch::new(self.w, inner),
            |scratch, piece| {
                (piece * group..all.min((piece + 1) * group)).for_each(|row| body(scratch, row / rows, row % rows))
            },
        );
    }
}

/// Half spectra `[outer, h, w / 2 + 1]` of `x`, times `scale`.
pub(super) fn forward<T: Real>(x: &[T], plane: Plane, threads: usize, scale: T, out: &mut SplitMut<'_, T>) {
    let Plane { h, w, .. } = plane;
    forward_columns(x, plane, threads, out);
    let (half, lower) = (w / 2 + 1, plane.lower());
    let plan = plan::complex::<T>(w, FftDirection::Forward);
    let (re, im) = (Shares::new(out.re), Shares::new(out.im));
    // The pairs of columns came doubled.
    let scale = scale * T::of(0.5);
    plane.for_each_row(threads, plan.get_inplace_scratch_len(), |scratch: &mut Scratch<T>, block, k| {
        let mirror = plane.mirror(k);
        // SAFETY: rows k and -k belong to one call, and the two slices of one row are never alive together.
        let line = |k: usize| unsafe {
            let start = (block * h + k) * half;
            (re.slice(start, half), im.slice(start, half))
        };
        let z = &mut scratch.lines[..];
        let (first, second) = z.split_at_mut(lower);
        if mirror == k {
            let (re, im) = line(k);
            first.iter_mut().zip(re).for_each(|(z, &mut x)| *z = Complex::new(x, T::zero()));
            second.iter_mut().zip(im).for_each(|(z, &mut x)| *z = Complex::new(x, T::zero()));
        } else {
            for (z, (re, im)) in [(first, line(k)), (second, line(mirror))] {
                let parts = re.iter().zip(im);
                z.iter_mut().zip(parts).for_each(|(z, (&re, &mut im))| *z = Complex::new(re, im));
            }
        }
        plan.process_with_scratch(z, &mut scratch.inner);
        let (re, im) = line(k);
        for ((re, im), z) in re.iter_mut().zip(im).zip(&*z) {
            (*re, *im) = (z.re * scale, z.im * scale);
        }
        if mirror != k {
            let (re, im) = line(mirror);
            (re[0], im[0]) = (z[0].re * scale, -z[0].im * scale);
            for ((re, im), z) in re[1..].iter_mut().zip(&mut im[1..]).zip(z.iter().rev()) {
                (*re, *im) = (z.re * scale, -z.im * scale);
            }
        }
    });
}

/// Twice the transforms of the columns of `x`, left in `out` as the rows' pass expects them.
fn forward_columns<T: Real>(x: &[T], plane: Plane, threads: usize, out: &mut SplitMut<'_, T>) {
    let Plane { outer, h, w } = plane;
    let (rows, half, lower) = (plane.rows(), w / 2 + 1, plane.lower());
    let plan = plan::complex::<T>(h, FftDirection::Forward);
    let (width, stride) = block_of(h);
    let (in_lower, in_upper) = (lower.div_ceil(2 * width), (w - lower).div_ceil(2 * width));
    let blocks = in_lower + in_upper;
    let (re, im) = (Shares::new(out.re), Shares::new(out.im));
    for_each(
        worth(threads, plane.points()),
        outer * blocks,
        || Scratch::new(width * stride, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, piece| {
            let (block, of_row) = (piece / blocks, piece % blocks);
            let upper = of_row >= in_lower;
            // The first column, counted from the start of the row and of its half.
            let within = (of_row - if upper { in_lower } else { 0 }) * 2 * width;
            let first = within + if upper { lower } else { 0 };
            let columns = (2 * width).min(if upper { w } else { lower } - first);
            let lines = &mut scratch.lines[..columns.div_ceil(2) * stride];
            gather(|i| &x[(block * h + i) * w + first..][..columns], h, lines, stride);
            for line in lines.chunks_exact_mut(stride) {
                plan.process_with_scratch(&mut line[..h], &mut scratch.inner);
            }
            let start = |k: usize| (block * h + if upper { plane.mirror(k) } else { k }) * half + within;
            for k in (0..rows).filter(|&k| plane.mirror(k) == k) {
                // SAFETY: pieces take disjoint blocks of columns, of such a row those of either half in an array of their own.
                let row = unsafe { if upper { &im } else { &re }.slice(start(k), columns) };
                scatter(k, [row], lines, stride, T::of(2.0));
            }
            // SAFETY: pieces take disjoint blocks of columns, the two halves of a row in rows k and -k.
            let row = |k: usize| unsafe { (re.slice(start(k), columns), im.slice(start(k), columns)) };
            let end = h.div_ceil(2);
            for k in 1..end {
                if k + AHEAD < end {
                    let (re, im) = row(k + AHEAD);
                    compute::prefetch_for_writing(re);
                    compute::prefetch_for_writing(im);
                }
                split(k, h - k, row(k), lines, stride);
            }
        },
    );
}

/// Frequency k of `lines`, each the transform of two real columns, to a row of single columns, doubled; the mirror image of k
/// is at `mirror`.
fn split<T: Real>(k: usize, mirror: usize, (re, im): (&mut [T], &mut [T]), lines: &[Complex<T>], stride: usize) {
    let ((re, last_re), (im, last_im)) = (re.as_chunks_mut::<2>(), im.as_chunks_mut::<2>());
    let mut both = lines.chunks_exact(stride).map(|line| (line[k] + line[mirror], line[k] - line[mirror]));
    for ((re, im), (sum, difference)) in re.iter_mut().zip(im).zip(&mut both) {
        (*re, *im) = ([sum.re, sum.im], [difference.im, -difference.re]);
    }
    for ((re, im), (sum, difference)) in last_re.iter_mut().zip(last_im).zip(both) {
        (*re, *im) = (sum.re, difference.im);
    }
}

/// Real arrays from half spectra `x`, times `scale`. Parts of the frequencies 0 and w/2 of the last axis that no real array has
/// are ignored.
pub(super) fn inverse<T: Real>(x: Signal<'_, T>, plane: Plane, threads: usize, scale: T, out: &mut [T]) {
    let Plane { h, w, .. } = plane;
    let half = w / 2 + 1;
    let plan = plan::complex::<T>(w, FftDirection::Inverse);
    let shared = Shares::new(out);
    plane.for_each_row(threads, plan.get_inplace_scratch_len(), |scratch: &mut Scratch<T>, block, k| {
        let mirror = plane.mirror(k);
        let (this, other) = ((block * h + k) * half, (block * h + mirror) * half);
        let z = &mut scratch.lines[..];
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
        // SAFETY: rows k and -k belong to one call.
        let line = |k: usize| unsafe { shared.slice((block * h + k) * w, w) };
        line(k).iter_mut().zip(&*z).for_each(|(x, z)| *x = z.re);
        if mirror != k {
            line(mirror).iter_mut().zip(&*z).for_each(|(x, z)| *x = z.im);
        }
    });
    inverse_columns(plane, threads, scale, out);
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

/// The columns that the rows' pass left in `out`, back to real ones.
fn inverse_columns<T: Real>(plane: Plane, threads: usize, scale: T, out: &mut [T]) {
    let Plane { outer, h, w } = plane;
    let plan = plan::complex::<T>(h, FftDirection::Inverse);
    let (width, stride) = block_of(h);
    let blocks = w.div_ceil(2 * width);
    let out = Shares::new(out);
    for_each(
        worth(threads, plane.points()),
        outer * blocks,
        || Scratch::new(width * stride, plan.get_inplace_scratch_len()),
        |scratch: &mut Scratch<T>, piece| {
            let (block, first) = (piece / blocks, piece % blocks * 2 * width);
            let columns = (2 * width).min(w - first);
            let lines = &mut scratch.lines[..columns.div_ceil(2) * stride];
            // SAFETY: pieces take disjoint blocks of columns, and no two slices of one row are alive together.
            let row = |i: usize| unsafe { out.slice((block * h + i) * w + first, columns) };
            for k in (0..plane.rows()).filter(|&k| plane.mirror(k) == k) {
                gather_tile::<_, 1>(k, [row(k)], lines, stride);
            }
            (1..h.div_ceil(2)).for_each(|k| join(k, h - k, (row(k), row(h - k)), lines, stride));
            for line in lines.chunks_exact_mut(stride) {
                plan.process_with_scratch(&mut line[..h], &mut scratch.inner);
            }
            let tiles = h - h % TILE;
            (0..tiles).step_by(TILE).for_each(|i| scatter::<_, TILE>(i, from_fn(|t| row(i + t)), lines, stride, scale));
            (tiles..h).for_each(|i| scatter(i, [row(i)], lines, stride, scale));
        },
    );
}

/// The reverse of [`split`]: frequency k of single columns, real and imaginary parts, to lines of two columns each.
fn join<T: Real>(k: usize, mirror: usize, (re, im): (&[T], &[T]), lines: &mut [Complex<T>], stride: usize) {
    let ((re, last_re), (im, last_im)) = (re.as_chunks::<2>(), im.as_chunks::<2>());
    let mut lines = lines.chunks_exact_mut(stride);
    for ((re, im), line) in re.iter().zip(im).zip(&mut lines) {
        line[k] = Complex::new(re[0] - im[1], im[0] + re[1]);
        line[mirror] = Complex::new(re[0] + im[1], re[1] - im[0]);
    }
    for ((&re, &im), line) in last_re.iter().zip(last_im).zip(lines) {
        (line[k], line[mirror]) = (Complex::new(re, im), Complex::new(re, -im));
    }
}

/// Rows 0 to h, `row(i)` each, to lines of which each has two columns as real and imaginary part.
fn gather<'a, T: Real>(row: impl Fn(usize) -> &'a [T], h: usize, lines: &mut [Complex<T>], stride: usize) {
    let tiles = h - h % TILE;
    for i in (0..tiles).step_by(TILE) {
        // A processor follows rows within a page, not from one to the next.
        (i + 2 * TILE..h.min(i + 3 * TILE)).for_each(|i| compute::prefetch(row(i)));
        gather_tile::<_, TILE>(i, from_fn(|t| row(i + t)), lines, stride);
    }
    (tiles..h).for_each(|i| gather_tile(i, [row(i)], lines, stride));
}

fn gather_tile<T: Real, const N: usize>(i: usize, rows: [&[T]; N], lines: &mut [Complex<T>], stride: usize) {
    let rows = rows.map(|row| row.as_chunks::<2>());
    for (j, line) in lines.chunks_exact_mut(stride).enumerate() {
        for (to, (pairs, last)) in line[i..i + N].iter_mut().zip(rows) {
            *to = pairs.get(j).map_or_else(|| Complex::new(last[0], T::zero()), |&[a, b]| Complex::new(a, b));
        }
    }
}

/// The reverse of [`gather_tile`], times `scale`.
fn scatter<T: Real, const N: usize>(i: usize, rows: [&mut [T]; N], lines: &[Complex<T>], stride: usize, scale: T) {
    let mut rows = rows.map(|row| row.as_chunks_mut::<2>());
    for (j, line) in lines.chunks_exact(stride).enumerate() {
        for (z, (pairs, last)) in line[i..i + N].iter().zip(&mut rows) {
            match pairs.get_mut(j) {
                Some(pair) => *pair = [z.re * scale, z.im * scale],
                None => last[0] = z.re * scale,
            }
        }
    }
}
