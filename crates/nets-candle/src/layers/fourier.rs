//! Waves of the input: `cos 2 pi b.v` and `sin 2 pi b.v`, for Fourier features and phase networks.
//!
//! The phase is reduced to half a turn around 0 before it is multiplied by 2 pi: in f32 a sine of many turns would lose
//! their digits.

use crate::forward::Pass;
use crate::signal::{Signal, Slopes, beside, constant, product};
use candle_core::{Result, Tensor};
use nets::ResolvedLayer;
use std::f64::consts::TAU;

/// `[a cos, ..., a sin, ...]` with the layer's frequencies `[r, k, d]` and amplitudes `[r, k]`.
pub fn features(pass: &Pass, layer: &ResolvedLayer, x: &Signal) -> Result<Signal> {
    let buffers = layer.buffers.iter().map(|&index| &pass.buffers[index]);
    let own: Vec<&Tensor> = pass.own(layer).into_iter().chain(buffers).collect();
    let turns = turns(own[0], x)?;
    let waves = [cosine(&turns)?, sine(&turns)?];
    let waves = waves.map(|wave| wave.linear(|part| part.broadcast_mul(&beside(own[1], part.rank())?)));
    let [cosines, sines] = waves;
    Signal::joined(&[cosines?, sines?], |parts| Tensor::cat(parts, parts[0].rank() - 1))
}

/// One wave, `[r, n, 1]`, of the frequency `b`.
pub fn wave(frequency: &[f64], is_cosine: bool, x: &Signal) -> Result<Signal> {
    let replicas = x.value.dim(0)?;
    let b = constant(frequency, x.value.dtype(), x.value.device())?.reshape((1, 1, frequency.len()))?;
    let turns = turns(&b.broadcast_as((replicas, 1, frequency.len()))?.contiguous()?, x)?;
    if is_cosine { cosine(&turns) } else { sine(&turns) }
}

/// `b.v`, reduced.
fn turns(frequencies: &Tensor, x: &Signal) -> Result<Signal> {
    let transposed = frequencies.transpose(1, 2)?;
    x.linear(|part| product(part, &transposed))?.shifted(|value| value - value.detach().round()?)
}

fn cosine(turns: &Signal) -> Result<Signal> {
    let angle = (&turns.value * TAU)?;
    let y = angle.cos()?;
    turns.entrywise(y.clone(), || Ok(Slopes { first: (angle.sin()? * -TAU)?, second: (y * (-TAU * TAU))? }))
}

fn sine(turns: &Signal) -> Result<Signal> {
    let angle = (&turns.value * TAU)?;
    let y = angle.sin()?;
    turns.entrywise(y.clone(), || Ok(Slopes { first: (angle.cos()? * TAU)?, second: (y * (-TAU * TAU))? }))
}
