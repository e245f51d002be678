//! Seeds: read as JavaScript gives them, and made of a seed and a name.

use crate::error::run;
use base::{Error, Result, Stream};
use napi_derive::napi;

/// Seeds of one call: more than any run has networks.
const MOST: u32 = 1 << 20;

/// A seed that JavaScript holds exactly.
pub(crate) fn seed(value: f64) -> Result<u64> {
    if value.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&value) {
        return Ok(value as u64);
    }
    Err(Error::argument(format!("seed: expected a whole number from 0 to 2^53 - 1, got {value}")))
}

/// `count` seeds of the stream of that name of `seed`, whole numbers below 2^53.
#[napi]
pub fn derive_seeds(seed: f64, stream: String, count: u32) -> napi::Result<Vec<f64>> {
    run(|| {
        let seed = self::seed(seed)?;
        if count > MOST {
            return Err(Error::argument(format!("count: expected at most {MOST} seeds, got {count}")));
        }
        Ok((0..u64::from(count)).map(|i| Stream::Seeds(&stream, i).seed(seed) as f64).collect())
    })
}
