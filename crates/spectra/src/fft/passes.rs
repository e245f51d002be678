//! One pass of transforms along one axis of an array, over threads.
//!
//! Elements come from `load(index)` and go to `store(index, value)`, so that conversions, scalings and splits cost no pass of
//! their own. A pass calls `store` once for every index, from any thread.

use crate::real::Real;
use crate::threads::for_each;
use rustfft::Fft;
use rustfft::num_complex::Complex;
use std::sync::Arc;

/// Work below this many points stays on one thread.
pub(crate) const PARALLEL_POINTS: usize = 1 << 13;
/// Columns that are transformed together: their elements are neighbours, so whole cache lines are read and written.
const COLUMNS: usize = 8;

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
    // Lines a power of two apart would fall into the same cache sets.
    let stride = n + 4;
    let blocks = inner.div_ceil(COLUMNS);
    for_each(
        worth(threads, outer * n * inner),
        outer * blocks,
        || Scratch::new(COLUMNS * stride, plan.get_inplace_scratch_len()),
        |scratch, piece| {
            let (base, first) = ((piece / blocks) * n * inner, (piece % blocks) * COLUMNS);
            let width = COLUMNS.min(inner - first);
            let lines = &mut scratch.lines;
            for i in 0..n {
                for b in 0..width {
                    lines[b * stride + i] = load(base + i * inner + first + b);
                }
            }
            for b in 0..width {
                plan.process_with_scratch(&mut lines[b * stride..b * stride + n], &mut scratch.inner);
            }
            for i in 0..n {
                for b in 0..width {
                    store(base + i * inner + first + b, lines[b * stride + i]);
                }
            }
        },
    );
}
