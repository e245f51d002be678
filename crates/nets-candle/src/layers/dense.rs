//! `x W^T + b`, for features and for the features of every token.

use crate::forward::Pass;
use crate::signal::{Signal, beside, product};
use candle_core::{Result, Tensor};
use nets::ResolvedLayer;
use nets::network::spec::{Dense, Parameterization};

pub fn forward(pass: &Pass, layer: &ResolvedLayer, dense: &Dense, x: &Signal) -> Result<Signal> {
    let own = pass.own(layer);
    let fan_in = layer.input[layer.input.len() - 1];
    let (weight, bias) = scales(dense.parameterization, dense.sigma_w, dense.sigma_b, fan_in);
    let bias_term = own.get(1).map(|tensor| scaled(tensor, bias)).transpose()?;
    affine(&scaled(own[0], weight)?, bias_term.as_ref(), x)
}

/// With `weight [r, out, in]` and `bias [r, out]`.
pub fn affine(weight: &Tensor, bias: Option<&Tensor>, x: &Signal) -> Result<Signal> {
    let transposed = weight.transpose(1, 2)?;
    let y = x.linear(|part| product(part, &transposed))?;
    match bias {
        None => Ok(y),
        Some(bias) => y.shifted(|value| value.broadcast_add(&beside(bias, value.rank())?)),
    }
}

/// The factors of weights and biases.
pub fn scales(parameterization: Parameterization, sigma_w: f64, sigma_b: f64, fan_in: usize) -> (f64, f64) {
    match parameterization {
        Parameterization::Standard => (1.0, 1.0),
        Parameterization::Ntk => (sigma_w / (fan_in as f64).sqrt(), sigma_b),
    }
}

pub fn scaled(tensor: &Tensor, factor: f64) -> Result<Tensor> {
    if factor == 1.0 { Ok(tensor.clone()) } else { tensor * factor }
}
