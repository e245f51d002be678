//! Seeds that are made of a seed and a name.

use crate::error::run;
use crate::number;
use base::{Error, Stream};
use napi_derive::napi;

/// Seeds of one call: more than any run has networks.
const MOST: usize = 1 << 20;

/// `count` seeds of the stream of that name of `seed`, whole numbers below 2^53.
#[napi(catch_unwind)]
pub fn derive_seeds(seed: f64, stream: String, count: f64) -> napi::Result<Vec<f64>> {
    run(|| {
        let (seed, count) = (number::long("seed", seed)?, number::natural("count", count)?);
        if count > MOST {
            return Err(Error::argument(format!("count: expected at most {MOST} seeds, got {count}")));
        }
        Ok((0..).take(count).map(|i| Stream::Seeds(&stream, i).seed(seed) as f64).collect())
    })
}
