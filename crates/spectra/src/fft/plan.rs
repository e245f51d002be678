//! Plans (twiddle tables) and big scratch buffers, kept between calls.
//!
//! One cache a type for the whole process, behind a lock that is held only to look up. It forgets everything once the lengths
//! it holds add up to 2^24 points, so that a sweep over lengths does not grow without end.

use crate::fft::bluestein::Bluestein;
use crate::fft::large::Large;
use crate::real::Real;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection, FftPlanner};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

const MOST_POINTS: usize = 1 << 24;
const MOST_BUFFERED: usize = 1 << 23;

/// The cache of one floating-point type.
pub struct Plans<T: Real> {
    complex: FftPlanner<T>,
    real: RealFftPlanner<T>,
    large: HashMap<(usize, bool), Arc<Large<T>>>,
    bluestein: HashMap<(usize, usize), Arc<Bluestein<T>>>,
    twists: HashMap<(usize, u8), Arc<[Complex<T>]>>,
    seen: HashMap<(usize, u8), ()>,
    points: usize,
    buffers: Vec<Vec<Complex<T>>>,
}

impl<T: Real> Default for Plans<T> {
    fn default() -> Self {
        Plans {
            complex: FftPlanner::new(),
            real: RealFftPlanner::new(),
            large: HashMap::new(),
            bluestein: HashMap::new(),
            twists: HashMap::new(),
            seen: HashMap::new(),
            points: 0,
            buffers: Vec::new(),
        }
    }
}

impl<T: Real> Plans<T> {
    fn note(&mut self, n: usize, kind: u8) {
        if self.points > MOST_POINTS {
            *self = Plans { buffers: std::mem::take(&mut self.buffers), ..Plans::default() };
        }
        if self.seen.insert((n, kind), ()).is_none() {
            self.points += n;
        }
    }
}

fn with<T: Real, R>(use_it: impl FnOnce(&mut Plans<T>) -> R) -> R {
    let mutex: &Mutex<Plans<T>> = T::plans();
    use_it(&mut mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
}

/// The plan of one complex transform of `n` points.
pub(crate) fn complex<T: Real>(n: usize, direction: FftDirection) -> Arc<dyn Fft<T>> {
    with(|plans: &mut Plans<T>| {
        plans.note(n, direction as u8);
        plans.complex.plan_fft(n, direction)
    })
}

/// The plan of a real transform of `n` points.
pub(crate) fn real_forward<T: Real>(n: usize) -> Arc<dyn RealToComplex<T>> {
    with(|plans: &mut Plans<T>| {
        plans.note(n, 2);
        plans.real.plan_fft_forward(n)
    })
}

/// The plan of an inverse transform with `n` real points as its result.
pub(crate) fn real_inverse<T: Real>(n: usize) -> Arc<dyn ComplexToReal<T>> {
    with(|plans: &mut Plans<T>| {
        plans.note(n, 3);
        plans.real.plan_fft_inverse(n)
    })
}

/// The factors of a kind that go with rows of `n` points, made by `make` where they are not there yet.
pub(crate) fn twists<T: Real>(n: usize, kind: u8, make: impl FnOnce() -> Arc<[Complex<T>]>) -> Arc<[Complex<T>]> {
    let key = (n, kind);
    if let Some(kept) = with(|plans: &mut Plans<T>| plans.twists.get(&key).cloned()) {
        return kept;
    }
    let made = make();
    with(|plans: &mut Plans<T>| {
        plans.note(made.len(), 7 + kind);
        plans.twists.insert(key, made.clone());
    });
    made
}

/// The plan that splits a long transform in two dimensions, where `n` has suitable divisors.
pub(crate) fn large<T: Real>(n: usize, direction: FftDirection) -> Option<Arc<Large<T>>> {
    let key = (n, direction == FftDirection::Forward);
    if let Some(plan) = with(|plans: &mut Plans<T>| plans.large.get(&key).cloned()) {
        return Some(plan);
    }
    let plan = Arc::new(Large::new(n, direction)?);
    with(|plans: &mut Plans<T>| {
        plans.note(n, 4 + direction as u8);
        plans.large.insert(key, plan.clone());
    });
    Some(plan)
}

/// The chirp plan for the first `outputs` values of a transform of `n` points.
pub(crate) fn bluestein<T: Real>(n: usize, outputs: usize, threads: usize) -> Arc<Bluestein<T>> {
    let key = (n, outputs);
    if let Some(plan) = with(|plans: &mut Plans<T>| plans.bluestein.get(&key).cloned()) {
        return plan;
    }
    let plan = Arc::new(Bluestein::new(n, outputs, threads));
    with(|plans: &mut Plans<T>| {
        plans.note(4 * n, 6);
        plans.bluestein.insert(key, plan.clone());
    });
    plan
}

/// A scratch array of `len` values, contents unspecified, given back when dropped.
pub(crate) struct Buffer<T: Real>(pub Vec<Complex<T>>);

impl<T: Real> Buffer<T> {
    pub(crate) fn take(len: usize) -> Self {
        let kept = with(|plans: &mut Plans<T>| {
            let best = (0..plans.buffers.len()).filter(|&i| plans.buffers[i].capacity() >= len);
            best.min_by_key(|&i| plans.buffers[i].capacity()).map(|i| plans.buffers.swap_remove(i))
        });
        let mut buffer = kept.unwrap_or_else(|| {
            let mut fresh = vec![Complex::default(); len];
            compute::prefer_large(&mut fresh);
            fresh
        });
        buffer.resize(len, Complex::default());
        Buffer(buffer)
    }
}

impl<T: Real> Drop for Buffer<T> {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        with(|plans: &mut Plans<T>| {
            let held: usize = plans.buffers.iter().map(Vec::capacity).sum();
            if held + buffer.capacity() <= MOST_BUFFERED && plans.buffers.len() < 16 {
                plans.buffers.push(buffer);
            }
        });
    }
}
