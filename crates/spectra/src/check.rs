//! What every function asks of its arguments before it works.

use crate::real::Real;
use base::{Code, Error, Result};

/// Most elements that one array of a result may have (8 GiB of f64).
pub const MAX_ELEMENTS: usize = 1 << 30;

/// The product of `shape`, refused when it is empty, zero or absurd. `name` is the argument's.
pub fn elements(name: &str, shape: &[usize]) -> Result<usize> {
    if shape.is_empty() || shape.contains(&0) {
        return Err(Error::shape(format!("{name}: expected at least one element on every axis, got shape {shape:?}")));
    }
    shape
        .iter()
        .try_fold(1usize, |product, &axis| product.checked_mul(axis))
        .filter(|&total| total <= MAX_ELEMENTS)
        .ok_or_else(|| {
            Error::new(Code::OverMemoryLimit, format!("{name}: expected at most 2^30 elements, got shape {shape:?}"))
        })
}

/// As [`elements`], and that there is memory for `arrays` arrays of f64 of that shape: the result and what it is made by.
pub fn room(name: &str, shape: &[usize], arrays: usize) -> Result<usize> {
    let total = elements(name, shape)?;
    base::memory::check(name, base::memory::bytes::<f64>(&[total, arrays]), None)?;
    Ok(total)
}

/// That `data` holds what `shape` says.
pub fn filled(name: &str, len: usize, shape: &[usize]) -> Result<usize> {
    let total = elements(name, shape)?;
    if len != total {
        return Err(Error::shape(format!("{name}: expected {total} elements for shape {shape:?}, got {len}")));
    }
    Ok(total)
}

/// That no element is NaN or infinite; the message tells the first that is.
pub fn finite<T: Real>(name: &str, data: &[T]) -> Result<()> {
    // Finite values times zero add to zero; anything else gives NaN. Sums in lanes vectorise.
    let mut lanes = [T::zero(); 16];
    let mut chunks = data.chunks_exact(16);
    for chunk in &mut chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = *lane + x * T::zero();
        }
    }
    let sum: T = lanes.iter().copied().sum::<T>() + chunks.remainder().iter().map(|&x| x * T::zero()).sum::<T>();
    if sum == T::zero() { Ok(()) } else { Err(non_finite(name, data)) }
}

/// The error for the first element that is not finite.
pub fn non_finite<T: Real>(name: &str, data: &[T]) -> Error {
    match data.iter().position(|x| !x.is_finite()) {
        Some(index) => Error::non_finite(format!(
            "{name}: expected finite numbers, got {:?} at element {index}",
            data[index].wide()
        )),
        None => Error::non_finite(format!("{name}: the values are so large that the result overflows")),
    }
}

/// That a scalar is finite and above zero.
pub fn positive(name: &str, value: f64) -> Result<f64> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(Error::argument(format!("{name}: expected a finite number above 0, got {value}")))
    }
}
