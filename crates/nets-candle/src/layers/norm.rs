//! Normalisation over features (Ba et al. 2016) and over the batch (Ioffe and Szegedy 2015).

use crate::forward::Pass;
use crate::signal::{Signal, beside};
use candle_core::{D, Result, Tensor};
use nets::ResolvedLayer;
use nets::network::spec::{BatchNorm, LayerNorm};

pub fn layer(pass: &Pass, layer: &ResolvedLayer, norm: &LayerNorm, x: &Signal) -> Result<Signal> {
    let centred = x.value.broadcast_sub(&x.value.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    let mut value = centred.broadcast_div(&(variance + norm.epsilon)?.sqrt()?)?;
    if let [weight, bias] = pass.own(layer)[..] {
        let rank = value.rank();
        value = value.broadcast_mul(&beside(weight, rank)?)?.broadcast_add(&beside(bias, rank)?)?;
    }
    Ok(Signal { value, jet: None })
}

pub fn batch(pass: &Pass, layer: &ResolvedLayer, norm: &BatchNorm, x: &Signal) -> Result<Signal> {
    let dims = x.value.dims().to_vec();
    let (replicas, samples, channels) = (dims[0], dims[1], dims[2]);
    // An image's pixels count as samples.
    let x = x.value.reshape((replicas, samples, channels, ()))?;
    let channelwise = |tensor: &Tensor| tensor.reshape((replicas, 1, channels, 1));
    let (mean, variance) = if pass.training {
        let mean = x.mean_keepdim((1, 3))?;
        let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim((1, 3))?;
        let count = (samples * x.dim(3)?) as f64;
        // PyTorch's running variance is the one with 1/(n - 1).
        let unbiased = (&variance * (count / (count - 1.0).max(1.0)))?;
        for (&index, now) in layer.buffers.iter().zip([&mean, &unbiased]) {
            let now = now.detach().reshape((replicas, channels))?;
            let moved = ((&pass.buffers[index] * (1.0 - norm.momentum))? + (now * norm.momentum)?)?;
            pass.moved.borrow_mut().push((index, moved));
        }
        (mean, variance)
    } else {
        (channelwise(&pass.buffers[layer.buffers[0]])?, channelwise(&pass.buffers[layer.buffers[1]])?)
    };
    let mut value = x.broadcast_sub(&mean)?.broadcast_div(&(variance + norm.epsilon)?.sqrt()?)?;
    if let [weight, bias] = pass.own(layer)[..] {
        value = value.broadcast_mul(&channelwise(weight)?)?.broadcast_add(&channelwise(bias)?)?;
    }
    Ok(Signal { value: value.reshape(dims)?, jet: None })
}
