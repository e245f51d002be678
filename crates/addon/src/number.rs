//! Numbers from JavaScript, read in one place: whole, in their range, never wrapped or rounded. Exports take numbers as `f64`
//! and read them here; a test keeps other integer types and casts out of this crate.

use base::{Error, Result};

/// The largest number up to which JavaScript has every whole one.
const MOST: u64 = (1 << 53) - 1;

fn whole(name: &str, value: f64, least: u64, most: u64) -> Result<u64> {
    if value.fract() == 0.0 && (least as f64..=most as f64).contains(&value) {
        return Ok(value as u64);
    }
    let range = if most == MOST { format!("of at least {least}") } else { format!("from {least} to {most}") };
    Err(Error::argument(format!("{name}: expected a whole number {range}, got {value}")))
}

fn size(value: u64) -> Result<usize> {
    usize::try_from(value).map_err(|_| Error::argument(format!("{value} is more than this machine can count")))
}

/// A whole number of at least 0.
pub fn natural(name: &str, value: f64) -> Result<usize> {
    whole(name, value, 0, MOST).and_then(size)
}

/// A whole number of at least 1.
pub fn count(name: &str, value: f64) -> Result<usize> {
    whole(name, value, 1, MOST).and_then(size)
}

/// Whole numbers of at least 1.
pub fn counts(name: &str, values: &[f64]) -> Result<Vec<usize>> {
    values.iter().map(|&value| count(name, value)).collect()
}

/// Whole numbers of at least 0.
pub fn naturals(name: &str, values: &[f64]) -> Result<Vec<usize>> {
    values.iter().map(|&value| natural(name, value)).collect()
}

/// A seed, or a step of a training: a whole number of at least 0.
pub fn long(name: &str, value: f64) -> Result<u64> {
    whole(name, value, 0, MOST)
}

/// A class by its number.
pub fn class(name: &str, value: f64) -> Result<u32> {
    whole(name, value, 0, u64::from(u32::MAX)).map(|value| value as u32)
}

/// Threads to use: from 1 to 1,024, every core when left out.
pub fn threads(value: Option<f64>) -> Result<usize> {
    compute::thread_count(value)
}

/// Bytes, a fraction left out; as many as there are addresses where that is less.
pub fn bytes(value: f64) -> usize {
    value as usize
}

/// A limit of memory in bytes; a fraction of a byte is left out.
pub fn memory_limit(value: Option<f64>) -> Result<Option<usize>> {
    let read = |value: f64| match value {
        v if v.is_nan() || v <= 0.0 => {
            Err(Error::argument(format!("memoryLimit: expected a positive number of bytes, got {value}")))
        }
        v => Ok(bytes(v)),
    };
    value.map(read).transpose()
}
