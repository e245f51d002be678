//! The optimiser's arrays of an earlier training.

use crate::network::arrays::{Arrays, finite};
use crate::training::minimize::Kept;
use base::{Error, Result};
use compute::Scalar;

/// The arrays `resume.moments.<i>`, `count` of them with `parameters` numbers each.
///
/// # Errors
/// `INVALID_ARGUMENT` for more or fewer arrays, as another optimiser has them, `INVALID_SHAPE`, `NON_FINITE`.
pub fn moments<T: Scalar>(arrays: &Arrays, count: usize, parameters: usize) -> Result<Vec<Vec<T>>> {
    let wrong = |got: &str| {
        let expected = format!("the state of the same optimizer, with {count} arrays");
        Error::argument(format!("resume: expected {expected}, got {got}"))
    };
    let mut moments = Vec::with_capacity(count);
    for index in 0..count {
        let name = format!("resume.moments.{index}");
        let array = arrays.required(&name).map_err(|_| wrong(&index.to_string()))?;
        if array.shape != [parameters] {
            return Err(Error::shape(format!("{name}: expected shape [{parameters}], got {:?}", array.shape)));
        }
        finite(&name, array)?;
        moments.push(array.to());
    }
    if arrays.optional(&format!("resume.moments.{count}")).is_some() {
        return Err(wrong("more"));
    }
    Ok(moments)
}

/// All arrays `resume.moments.<i>` with their shapes: the state of a [`Method`](crate::training::minimize::Method), which checks it.
///
/// # Errors
/// `NON_FINITE`.
pub fn kept(arrays: &Arrays) -> Result<Vec<Kept>> {
    let names = (0..).map(|index| format!("resume.moments.{index}"));
    let found = names.map_while(|name| arrays.optional(&name).map(|array| (name, array)));
    found.map(|(name, array)| finite(&name, array).map(|()| (array.to(), array.shape.clone()))).collect()
}
