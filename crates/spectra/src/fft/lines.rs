//! Complex transforms of contiguous lines: by rows, or long lines one after the other in two passes.

use crate::fft::Direction;
use crate::fft::large::HUGE;
use crate::fft::{passes, plan};
use crate::real::Real;
use rustfft::num_complex::Complex;

/// Transforms `count` lines of `n` points.
pub(super) fn lines<T: Real>(
    n: usize,
    count: usize,
    direction: Direction,
    threads: usize,
    load: impl Fn(usize) -> Complex<T> + Sync,
    store: impl Fn(usize, Complex<T>) + Sync,
) {
    if n < HUGE {
        return passes::rows(&plan::complex(n, direction.plan()), count, threads, load, store);
    }
    split(n, count, direction, threads, load, store);
}

/// As [`lines`], each line in two passes over memory, shared by the threads.
pub(super) fn split<T: Real>(
    n: usize,
    count: usize,
    direction: Direction,
    threads: usize,
    load: impl Fn(usize) -> Complex<T> + Sync,
    store: impl Fn(usize, Complex<T>) + Sync,
) {
    for line in 0..count {
        let start = line * n;
        if let Some(plan) = plan::large::<T>(n, direction.plan()) {
            plan.process(threads, |i| load(start + i), |k, z| store(start + k, z));
        } else {
            let plan = plan::bluestein::<T>(n, n, threads);
            match direction {
                Direction::Forward => plan.process(threads, |i| load(start + i), |k, z| store(start + k, z)),
                Direction::Inverse => {
                    plan.process(threads, |i| load(start + i).conj(), |k, z| store(start + k, z.conj()));
                }
            }
        }
    }
}
