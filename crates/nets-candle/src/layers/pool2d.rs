//! The maximum (the first of equal ones) or the mean of windows.

use super::windows::{Windows, places};
use crate::signal::Signal;
use candle_core::Result;
use nets::ResolvedLayer;
use nets::network::spec::{Pair, Pool2d};

pub fn forward(layer: &ResolvedLayer, pool: &Pool2d, maximum: bool, x: &Signal) -> Result<Signal> {
    let (replicas, samples, channels, height, width) = x.value.dims5()?;
    let (rows, columns) = (layer.output[1], layer.output[2]);
    let Pair(stride_h, stride_w) = pool.stride.unwrap_or(pool.size);
    let images = x.value.reshape((replicas * samples * channels, height, width, 1))?;
    let places = places(
        &images,
        Windows { size: pool.size.0, stride: stride_h, count: rows, before: 0 },
        Windows { size: pool.size.1, stride: stride_w, count: columns, before: 0 },
    )?;
    let (first, rest) = places.split_first().expect("a window has a value");
    let value = if maximum {
        rest.iter().try_fold(first.clone(), |most, next| next.gt(&most)?.where_cond(next, &most))?
    } else {
        (rest.iter().try_fold(first.clone(), |sum, next| sum + next)? * (1.0 / places.len() as f64))?
    };
    Ok(Signal { value: value.reshape((replicas, samples, channels, rows, columns))?, jet: None })
}
