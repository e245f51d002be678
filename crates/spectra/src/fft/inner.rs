//! Interleaved transforms in place, for the fast algorithms that are built on them.

use crate::fft::plan::Buffer;
use crate::fft::{Direction, over_axes};
use crate::real::Real;
use compute::Shares;
use rustfft::num_complex::Complex;

/// Unscaled transform over all axes of `x` (row-major, shape `shape`).
pub(crate) fn in_place<T: Real>(x: &mut [Complex<T>], shape: &[usize], direction: Direction, threads: usize) {
    let mut from = Buffer::<T>::take(x.len());
    from.0.copy_from_slice(x);
    let (from, out) = (&from.0, Shares::new(x));
    // SAFETY: every index is stored once.
    over_axes(shape, shape.len(), direction, threads, |i| from[i], |i, z| unsafe { out.write(i, z) });
}
