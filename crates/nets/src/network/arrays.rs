//! The arrays that come with a call, by name: `x`, `y`, `probes.fit.points`.

use base::{Error, Result};
use compute::{Scalar, pages};
use std::collections::HashMap;
use std::sync::Arc;

/// Numbers in the type in which they came.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// A dense row-major array.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub values: Values,
    pub shape: Vec<usize>,
}

impl Array {
    pub fn f64(values: Vec<f64>, shape: &[usize]) -> Self {
        Array { values: Values::F64(values), shape: shape.to_vec() }
    }

    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as `T`.
    pub fn to<T: Scalar>(&self) -> Vec<T> {
        match &self.values {
            Values::F32(values) => pages::collect(values.iter().map(|&value| T::from_f64(f64::from(value)))),
            Values::F64(values) => pages::collect(values.iter().map(|&value| T::from_f64(value))),
        }
    }
}

/// Arrays by name. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Arrays(pub HashMap<String, Arc<Array>>);

impl Arrays {
    pub fn optional(&self, name: &str) -> Option<&Arc<Array>> {
        self.0.get(name)
    }

    /// # Errors
    /// `INVALID_ARGUMENT` naming the array that is missing.
    pub fn required(&self, name: &str) -> Result<&Arc<Array>> {
        self.optional(name).ok_or_else(|| Error::argument(format!("{name}: expected an array, got none")))
    }

    /// An array of samples, each of shape `sample`: its numbers are finite and there is at least one sample. A bare list
    /// of n numbers is n samples where a sample is one number. Returns how many there are.
    pub fn samples(&self, name: &str, sample: &[usize]) -> Result<(Arc<Array>, usize)> {
        let array = self.required(name)?;
        let plain = sample.len() == 1 && sample[0] == 1 && array.shape.len() == 1;
        if !plain && (array.shape.is_empty() || array.shape[1..] != *sample) {
            return Err(Error::shape(format!("{name}: expected shape [n, {}], got {:?}", join(sample), array.shape)));
        }
        if array.is_empty() {
            return Err(Error::shape(format!("{name}: expected at least one sample, got shape {:?}", array.shape)));
        }
        finite(name, array)?;
        Ok((array.clone(), array.shape[0]))
    }
}

/// `3, 8, 8`.
pub fn join(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// That the numbers, finite as they came, are so as `T` too: single precision ends at 3.4e38.
///
/// # Errors
/// `NON_FINITE` with the first place.
pub fn fits<T: Scalar>(name: &str, array: &Array) -> Result<()> {
    match &array.values {
        Values::F32(_) => Ok(()),
        Values::F64(values) => values_fit::<T>(name, values),
    }
}

/// [`fits`] of a list.
///
/// # Errors
/// `NON_FINITE` with the first place.
pub fn values_fit<T: Scalar>(name: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|&value| !T::from_f64(value).is_finite()) {
        Some(place) => Err(Error::non_finite(format!(
            "{name}: expected numbers that single precision holds (up to 3.4e38), got {:e} at index {place}",
            values[place]
        ))),
        None => Ok(()),
    }
}

/// # Errors
/// `NON_FINITE` with the first place.
pub fn finite(name: &str, array: &Array) -> Result<()> {
    let wrong = match &array.values {
        Values::F32(values) => values.iter().position(|value| !value.is_finite()).map(|i| (i, f64::from(values[i]))),
        Values::F64(values) => values.iter().position(|value| !value.is_finite()).map(|i| (i, values[i])),
    };
    match wrong {
        Some((place, value)) => {
            Err(Error::non_finite(format!("{name}: expected finite numbers, got {value} at index {place}")))
        }
        None => Ok(()),
    }
}
