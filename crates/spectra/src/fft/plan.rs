//! Plans (twiddle tables) and big scratch buffers, kept between calls.
//!
//! One cache a type for the whole process, behind a lock that is held only to look up and to put back: plans are made outside it,
//! so that nobody waits while another call plans a length that is new. It forgets everything once the lengths it holds add up to
//! 2^24 points, so that a sweep over lengths does not grow without end.

use crate::fft::bluestein::Bluestein;
use crate::fft::large::Large;
use crate::real::{Planners, Real};
use realfft::{ComplexToReal, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

const MOST_POINTS: usize = 1 << 24;
const MOST_BUFFERED: usize = 1 << 23;

/// The cache of one floating-point type.
struct Plans<T: Real> {
    complex: HashMap<(usize, bool), Arc<dyn Fft<T>>>,
    real_forward: HashMap<usize, Arc<dyn RealToComplex<T>>>,
    real_inverse: HashMap<usize, Arc<dyn ComplexToReal<T>>>,
    large: HashMap<(usize, bool), Arc<Large<T>>>,
    bluestein: HashMap<(usize, usize), Arc<Bluestein<T>>>,
    twists: HashMap<(usize, u8), Arc<[Complex<T>]>>,
    /// One is taken out while it plans.
    planners: Vec<Planners<T>>,
    points: usize,
    buffers: Vec<Vec<Complex<T>>>,
}

impl<T: Real> Default for Plans<T> {
    fn default() -> Self {
        Plans {
            complex: HashMap::new(),
            real_forward: HashMap::new(),
            real_inverse: HashMap::new(),
            large: HashMap::new(),
            bluestein: HashMap::new(),
            twists: HashMap::new(),
            planners: Vec::new(),
            points: 0,
            buffers: Vec::new(),
        }
    }
}

impl<T: Real> Plans<T> {
    /// Room for a plan of `points` more points.
    fn note(&mut self, points: usize) {
        if self.points > MOST_POINTS {
            *self = Plans { buffers: std::mem::take(&mut self.buffers), ..Plans::default() };
        }
        self.points += points;
    }
}

/// The cache of `T`: there are two types, each with a cache of its own.
fn cache<T: Real>() -> &'static Mutex<Plans<T>> {
    static F32: OnceLock<Mutex<Plans<f32>>> = OnceLock::new();
    static F64: OnceLock<Mutex<Plans<f64>>> = OnceLock::new();
    let cache: &'static dyn Any = if TypeId::of::<T>() == TypeId::of::<f32>() {
        F32.get_or_init(Default::default)
    } else {
        F64.get_or_init(Default::default)
    };
    cache.downcast_ref().expect("a real number is an f32 or an f64")
}

fn with<T: Real, R>(use_it: impl FnOnce(&mut Plans<T>) -> R) -> R {
    use_it(&mut cache().lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
}

/// What `find` has in the cache; else what `make` makes while nobody waits, noted as `points` points and kept by `keep`.
fn kept<T: Real, P: Clone>(
    points: usize,
    find: impl FnOnce(&Plans<T>) -> Option<P>,
    make: impl FnOnce() -> P,
    keep: impl FnOnce(&mut Plans<T>, P),
) -> P {
    if let Some(plan) = with(|plans: &mut Plans<T>| find(plans)) {
        return plan;
    }
    let plan = make();
    with(|plans: &mut Plans<T>| {
        plans.note(points);
        keep(plans, plan.clone());
    });
    plan
}

/// What a planner plans, one that has planned before if none else uses it.
fn planned<T: Real, P>(plan: impl FnOnce(&mut Planners<T>) -> P) -> P {
    let idle = with(|plans: &mut Plans<T>| plans.planners.pop());
    let mut planners = idle.unwrap_or_else(T::planners);
    let made = plan(&mut planners);
    with(|plans: &mut Plans<T>| plans.planners.push(planners));
    made
}

/// The plan of one complex transform of `n` points.
pub(crate) fn complex<T: Real>(n: usize, direction: FftDirection) -> Arc<dyn Fft<T>> {
    let key = (n, direction == FftDirection::Forward);
    kept(
        n,
        |plans: &Plans<T>| plans.complex.get(&key).cloned(),
        || planned(|planners| T::plan(planners, n, direction)),
        |plans, plan| drop(plans.complex.insert(key, plan)),
    )
}

/// The plan of a real transform of `n` points.
pub(crate) fn real_forward<T: Real>(n: usize) -> Arc<dyn RealToComplex<T>> {
    kept(
        n,
        |plans: &Plans<T>| plans.real_forward.get(&n).cloned(),
        || planned(|planners| T::plan_real(planners, n)),
        |plans, plan| drop(plans.real_forward.insert(n, plan)),
    )
}

/// The plan of an inverse transform with `n` real points as its result.
pub(crate) fn real_inverse<T: Real>(n: usize) -> Arc<dyn ComplexToReal<T>> {
    kept(
        n,
        |plans: &Plans<T>| plans.real_inverse.get(&n).cloned(),
        || planned(|planners| T::plan_to_real(planners, n)),
        |plans, plan| drop(plans.real_inverse.insert(n, plan)),
    )
}

/// The factors of a kind that go with rows of `n` points, made by `make` where they are not there yet.
pub(crate) fn twists<T: Real>(n: usize, kind: u8, make: impl FnOnce() -> Arc<[Complex<T>]>) -> Arc<[Complex<T>]> {
    let key = (n, kind);
    let find = |plans: &Plans<T>| plans.twists.get(&key).cloned();
    kept(n, find, make, |plans, made| drop(plans.twists.insert(key, made)))
}

/// The plan that splits a long transform in two dimensions, where `n` has suitable divisors.
pub(crate) fn large<T: Real>(n: usize, direction: FftDirection) -> Option<Arc<Large<T>>> {
    let key = (n, direction == FftDirection::Forward);
    if let Some(plan) = with(|plans: &mut Plans<T>| plans.large.get(&key).cloned()) {
        return Some(plan);
    }
    let plan = Arc::new(Large::new(n, direction)?);
    with(|plans: &mut Plans<T>| {
        plans.note(n);
        plans.large.insert(key, plan.clone());
    });
    Some(plan)
}

/// The chirp plan for the first `outputs` values of a transform of `n` points.
pub(crate) fn bluestein<T: Real>(n: usize, outputs: usize, threads: usize) -> Arc<Bluestein<T>> {
    let key = (n, outputs);
    kept(
        4 * n,
        |plans: &Plans<T>| plans.bluestein.get(&key).cloned(),
        || Arc::new(Bluestein::new(n, outputs, threads)),
        |plans, plan| drop(plans.bluestein.insert(key, plan)),
    )
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
