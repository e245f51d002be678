//! One pass of transforms along one axis of an array, over threads.
//!
//! Elements come from `load(index)` and go to `store(index, value)`, so that conversions, scalings and splits cost no pass of
//! their own. A pass calls `store` once for every index, from any thread.

use crate::real::Real;
use compute::for_each;
use rustfft::Fft;
use rustfft::num_complex::Complex;
use std::sync::Arc;

/// Work below this many points stays on one thread.
pub(crate) const PARALLEL_POINTS: usize = 1 << 13;
/// How many columns of `n` points are transformed together, and from one to the next in scratch memory. Their elements are
/// neighbours, so that whole cache lines are read and written; all of them stay in cache; and lines a power of two apart would
/// fall into the same cache sets.
pub(crate) fn block_of(n: usize) -> (usize, usize) {
    (((1 << 14) / n).clamp(8, 16), n + 4)
}

/// The threads that a transform of `points` deserves.
pub(crate) fn worth(threads: usize, points: usize) -> usize {
    if points < PARALLEL_POINTS { 1 } else { threads }
}

pub(crate) struct Scratch<T> {
    pub lines: Vec<Complex<T>>,
    pub inner: Vec<Complex<T>>,
}

impl<T: Real> Scratch<T> {
    pub(crate) fn new(lines: usize, inner: usize) -> Self {
        Scratch { lines: vec![Complex::default(); lines], inner: vec![Complex::default(); inner] }
    }
}

/// Transforms each of `rows` contiguous rows.
pub(crate) fn rows<T: Real>(
    plan: &Arc<dyn Fft<T>>,
    rows: usize,
    threads: usize,
    load: impl Fn(usize) -> Complex<T> + Sync,
    store: impl Fn(usize, Complex<T>) + Sync,
) {
    let n = plan.len();
    let group = (4096 / n).clamp(1, rows);
    for_each(
        worth(threads, rows * n),
        rows.div_ceil(group),
        || Scratch::new(n, plan.get_inplace_scratch_len()),
        |scratch, piece| {
            for row in piece * group..rows.min((piece + 1) * group) {
                for (i, z) in scratch.lines.iter_mut().enumerate() {
                    *z = load(row * n + i);
                }
                plan.process_with_scratch(&mut scratch.lines, &mut scratch.inner);
                for (i, &z) in scratch.lines.iter().enumerate() {
                    store(row * n + i, z);
                }
            }
        },
    );
}

/// Transforms the middle axis of an array `[outer, n, inner]`.
pub(crate) fn columns<T: Real>(
    plan: &Arc<dyn Fft<T>>,
    outer: usize,
    inner: usize,
    threads: usize,
    load: impl Fn(usize) -> Complex<T> + Sync,
    store: impl Fn(usize, Complex<T>) + Sync,
) {
    let n = plan.len();
    let (most, stride) = block_of(n);
    let blocks = inner.div_ceil(most);
    for_each(
        worth(threads, outer * n * inner),
        outer * blocks,
        || Scratch::new(most * stride, plan.get_inplace_scratch_len()),
        |scratch, piece| {
            let (base, first) = ((piece / blocks) * n * inner, (piece % blocks) * most);
            let lines = &mut scratch.lines[..most.min(inner - first) * stride];
            for i in 0..n {
                for (b, line) in lines.chunks_exact_mut(stride).enumerate() {
                    line[i] = load(base + i * inner + first + b);
                }
            }
            for line in lines.chunks_exact_mut(stride) {
                plan.process_with_scratch(&mut line[..n], &mut scratch.inner);
            }
            for i in 0..n {
                for (b, line) in lines.chunks_exact(stride).enumerate() {
                    store(base + i * inner + first + b, line[i]);
                }
            }
        },
    );
}
