//! Discrete Fourier transforms of any length, over the last axes of row-major arrays.
//!
//! `X[k] = sum_n x[n] exp(-2 pi i k n / N)`, the inverse divides by N ([`Norm`] tells the other scalings). Leading axes are
//! batches. Cost: O(N log N) for every N, primes too. Complex arrays are split, as JavaScript has them. Plans are kept
//! between calls; long single transforms are split over the threads, batches are handed out by rows: which of the two is a
//! matter of the shape alone, so that the bits do not depend on the threads.
//!
//! ```
//! use spectra::fft::{fft, Direction, Norm, Signal};
//! let x = [1.0, 0.0, 0.0, 0.0];
//! let spectrum = fft("x", Signal::Real(&x), &[4], 1, Direction::Forward, Norm::Backward, 1).unwrap();
//! assert_eq!(spectrum.re, [1.0; 4]);
//! ```

pub(crate) mod bluestein;
pub(crate) mod inner;
pub(crate) mod large;
mod lines;
pub(crate) mod passes;
pub(crate) mod plan;
mod plane;
pub(crate) mod real;

pub use real::{irfft, irfft_into, rfft, rfft_into};

use crate::check;
use crate::real::Real;
use base::{Error, Result};
use compute::Shares;
use plan::Buffer;
use rustfft::FftDirection;
use rustfft::num_complex::Complex;

/// A complex array as two arrays of the same shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Split<T> {
    pub re: Vec<T>,
    pub im: Vec<T>,
}

impl<T> Default for Split<T> {
    fn default() -> Self {
        Split { re: Vec::new(), im: Vec::new() }
    }
}

impl<T: Real> Split<T> {
    pub fn zeros(len: usize) -> Self {
        Split { re: vec![T::zero(); len], im: vec![T::zero(); len] }
    }
    pub fn as_signal(&self) -> Signal<'_, T> {
        Signal::Complex { re: &self.re, im: &self.im }
    }
    pub fn as_mut(&mut self) -> SplitMut<'_, T> {
        SplitMut { re: &mut self.re, im: &mut self.im }
    }
    pub fn len(&self) -> usize {
        self.re.len()
    }
    pub fn is_empty(&self) -> bool {
        self.re.is_empty()
    }
    pub fn get(&self, index: usize) -> Complex<T> {
        Complex::new(self.re[index], self.im[index])
    }
}

/// Two arrays that a complex result is written to; what they held is of no account.
#[derive(Debug)]
pub struct SplitMut<'a, T> {
    pub re: &'a mut [T],
    pub im: &'a mut [T],
}

/// That an array to write a result to has the result's size; it gets large pages where nothing was written to it before.
fn check_result<T>(out: &mut [T], expected: usize) -> Result<()> {
    if out.len() != expected {
        let len = out.len();
        return Err(Error::shape(format!(
            "the result: expected an array of {expected} elements to write to, got {len}"
        )));
    }
    compute::prefer_large(out);
    Ok(())
}

/// A real or complex array, borrowed.
#[derive(Debug, Clone, Copy)]
pub enum Signal<'a, T> {
    Real(&'a [T]),
    Complex { re: &'a [T], im: &'a [T] },
}

impl<T: Real> Signal<'_, T> {
    pub fn len(&self) -> usize {
        match self {
            Signal::Real(x) => x.len(),
            Signal::Complex { re, .. } => re.len(),
        }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// That the array holds what `shape` says, in both parts.
    pub fn check(&self, name: &str, shape: &[usize]) -> Result<usize> {
        if let Signal::Complex { re, im } = self
            && re.len() != im.len()
        {
            return Err(Error::shape(format!(
                "{name}: re has {} elements and im {}, expected as many",
                re.len(),
                im.len()
            )));
        }
        check::filled(name, self.len(), shape)
    }
    /// That every element is finite.
    pub fn check_finite(&self, name: &str) -> Result<()> {
        match self {
            Signal::Real(x) => check::finite(name, x),
            Signal::Complex { re, im } => check::finite(name, re).and_then(|()| check::finite(name, im)),
        }
    }
    /// Element `index`.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Complex<T> {
        match self {
            Signal::Real(x) => Complex::new(x[index], T::zero()),
            Signal::Complex { re, im } => Complex::new(re[index], im[index]),
        }
    }
    fn non_finite(&self, name: &str) -> Error {
        match self {
            Signal::Complex { re, im } if re.iter().all(|x| x.is_finite()) => check::non_finite(name, im),
            Signal::Real(x) | Signal::Complex { re: x, .. } => check::non_finite(name, x),
        }
    }
}

/// The sign of the exponent: minus for `Forward`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Inverse,
}

impl Direction {
    fn plan(self) -> FftDirection {
        match self {
            Direction::Forward => FftDirection::Forward,
            Direction::Inverse => FftDirection::Inverse,
        }
    }
}

/// Which direction carries the factor 1/N (N: the points of all transformed axes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Norm {
    /// The inverse (NumPy's default).
    #[default]
    Backward,
    /// Both, as 1/sqrt N: the transform is unitary.
    Ortho,
    /// The forward transform.
    Forward,
}

impl Norm {
    pub(crate) fn factor<T: Real>(self, direction: Direction, points: usize) -> T {
        let n = points as f64;
        T::of(match (self, direction) {
            (Norm::Ortho, _) => 1.0 / n.sqrt(),
            (Norm::Backward, Direction::Inverse) | (Norm::Forward, Direction::Forward) => 1.0 / n,
            _ => 1.0,
        })
    }
}

/// The axes of a transform, checked: `shape` without its last `axes`, the points of those, and all elements.
fn check_axes(name: &str, shape: &[usize], axes: usize) -> Result<()> {
    if axes == 0 || shape.len() < axes {
        return Err(Error::shape(format!("{name}: expected an array of at least {axes} axes, got shape {shape:?}")));
    }
    Ok(())
}

/// Complex transform over the last `axes` axes of `x` (shape `shape`); the result has the same shape.
///
/// `name` is the argument's, for messages: wrong sizes are `INVALID_SHAPE`, NaN and infinities `NON_FINITE`.
pub fn fft<T: Real>(
    name: &str,
    x: Signal<'_, T>,
    shape: &[usize],
    axes: usize,
    direction: Direction,
    norm: Norm,
    threads: usize,
) -> Result<Split<T>> {
    let mut out = Split::zeros(x.check(name, shape)?);
    fft_into(name, x, shape, axes, direction, norm, threads, out.as_mut())?;
    Ok(out)
}

/// As [`fft`], into arrays of the caller's, of as many elements as `x`.
pub fn fft_into<T: Real>(
    name: &str,
    x: Signal<'_, T>,
    shape: &[usize],
    axes: usize,
    direction: Direction,
    norm: Norm,
    threads: usize,
    out: SplitMut<'_, T>,
) -> Result<()> {
    T::transform(x, &Job { name, shape, axes, direction, norm, threads }, out)
}

/// What is asked of a transform.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    pub name: &'a str,
    pub shape: &'a [usize],
    pub axes: usize,
    pub direction: Direction,
    pub norm: Norm,
    pub threads: usize,
}

pub(crate) fn transform<T: Real>(x: Signal<'_, T>, job: &Job<'_>, out: SplitMut<'_, T>) -> Result<()> {
    let Job { name, shape, axes, direction, norm, threads } = *job;
    let total = x.check(name, shape)?;
    base::memory::check(name, base::memory::bytes::<T>(&[2, total]), None)?;
    check_axes(name, shape, axes)?;
    let split = shape.len() - axes;
    let points: usize = shape[split..].iter().product();
    let scale = norm.factor::<T>(direction, points);
    check_result(out.re, total).and_then(|()| check_result(out.im, total))?;
    let (re, im) = (Shares::new(out.re), Shares::new(out.im));
    // SAFETY: each pass stores every index below `total` once.
    let store = |i: usize, z: Complex<T>| unsafe {
        re.write(i, z.re * scale);
        im.write(i, z.im * scale);
    };
    over_axes(shape, axes, direction, threads, |i| x.get(i), store);
    // The zero frequency adds up every element of its block: finite only if all of them are.
    if (0..total / points).any(|block| !(out.re[block * points].is_finite() && out.im[block * points].is_finite())) {
        return Err(x.non_finite(name));
    }
    Ok(())
}

/// One pass for every axis, the last axis last, so that the result is written along its rows; values stay interleaved in a
/// scratch array between passes.
fn over_axes<T: Real>(
    shape: &[usize],
    axes: usize,
    direction: Direction,
    threads: usize,
    load: impl Fn(usize) -> Complex<T> + Sync,
    store: impl Fn(usize, Complex<T>) + Sync,
) {
    let total: usize = shape.iter().product();
    let n = shape[shape.len() - 1];
    let long: Vec<usize> = (shape.len() - axes..shape.len() - 1).filter(|&axis| shape[axis] > 1).collect();
    if long.is_empty() {
        return lines::lines(n, total / n, direction, threads, load, store);
    }
    let mut middle = Buffer::<T>::take(total);
    let between = Shares::new(&mut middle.0);
    // SAFETY: a block of columns is read whole before it is stored, and no other block touches its elements.
    let again = |i: usize| unsafe { between.slice(i, 1)[0] };
    // SAFETY: as above.
    let keep = |i: usize, z: Complex<T>| unsafe { between.write(i, z) };
    along(shape, long[0], direction, threads, load, keep);
    for &axis in &long[1..] {
        along(shape, axis, direction, threads, again, keep);
    }
    let middle = &middle.0;
    lines::lines(n, total / n, direction, threads, |i| middle[i], store);
}

/// One pass along `axis`, not the last one.
fn along<T: Real>(
    shape: &[usize],
    axis: usize,
    direction: Direction,
    threads: usize,
    load: impl Fn(usize) -> Complex<T> + Sync,
    store: impl Fn(usize, Complex<T>) + Sync,
) {
    let inner = shape[axis + 1..].iter().product();
    let outer = shape[..axis].iter().product();
    passes::columns(&plan::complex(shape[axis], direction.plan()), outer, inner, threads, load, store);
}

/// Transforms `middle` along `axes` (ascending, none the last axis) and stores the result.
fn remaining_axes<T: Real>(
    shape: &[usize],
    axes: &[usize],
    direction: Direction,
    threads: usize,
    middle: &mut [Complex<T>],
    store: impl Fn(usize, Complex<T>) + Sync,
) {
    let between = Shares::new(middle);
    // SAFETY: a block of columns is read whole before it is stored, and no other block touches its elements.
    let again = |i: usize| unsafe { between.slice(i, 1)[0] };
    for &axis in axes[1..].iter().rev() {
        // SAFETY: as above.
        along(shape, axis, direction, threads, again, |i, z| unsafe { between.write(i, z) });
    }
    along(shape, axes[0], direction, threads, again, store);
}
