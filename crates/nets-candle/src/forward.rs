//! A network's layers, one after the other.

use crate::activations;
use crate::layers;
use crate::signal::Signal;
use candle_core::{Result, Tensor};
use nets::network::spec::{Combine, Wave};
use nets::{LayerSpec, ResolvedLayer, ResolvedNetwork};
use std::cell::RefCell;

/// One pass through the network with these numbers.
pub struct Pass<'a> {
    pub network: &'a ResolvedNetwork,
    /// One for each of the network's, `[replicas, ...shape]`.
    pub parameters: &'a [Tensor],
    pub buffers: &'a [Tensor],
    /// Whether batch normalisation uses the batch, and moves its buffers.
    pub training: bool,
    /// The buffers that this pass has moved, by their index.
    pub moved: RefCell<Vec<(usize, Tensor)>>,
}

impl<'a> Pass<'a> {
    pub fn new(
        network: &'a ResolvedNetwork,
        parameters: &'a [Tensor],
        buffers: &'a [Tensor],
        training: bool,
    ) -> Pass<'a> {
        Pass { network, parameters, buffers, training, moved: RefCell::default() }
    }

    /// The network's output.
    pub fn run(&self, input: Signal) -> Result<Signal> {
        self.network.layers.iter().try_fold(input.clone(), |signal, layer| match &layer.spec {
            LayerSpec::Transform(transform) => layers::transform::forward(transform, &input, &signal),
            _ => self.layer(layer, &signal),
        })
    }

    fn chain(&self, layers: &[ResolvedLayer], input: Signal) -> Result<Signal> {
        layers.iter().try_fold(input, |signal, layer| self.layer(layer, &signal))
    }

    /// A layer's own parameters, in the order of its documentation.
    pub fn own<'b>(&'b self, layer: &ResolvedLayer) -> Vec<&'b Tensor> {
        layer.parameters.iter().map(|&index| &self.parameters[index]).collect()
    }

    fn layer(&self, layer: &ResolvedLayer, x: &Signal) -> Result<Signal> {
        match &layer.spec {
            LayerSpec::Dense(dense) => layers::dense::forward(self, layer, dense, x),
            LayerSpec::Activation(function) => activations::forward(function, &self.own(layer), x),
            LayerSpec::Conv2d(conv) => layers::conv2d::forward(self, layer, conv, x),
            LayerSpec::MaxPool2d(pool) => layers::pool2d::forward(layer, pool, true, x),
            LayerSpec::AvgPool2d(pool) => layers::pool2d::forward(layer, pool, false, x),
            LayerSpec::Flatten(_) if x.value.rank() == 3 => Ok(x.clone()),
            LayerSpec::Flatten(_) => Ok(Signal { value: x.value.flatten_from(2)?, jet: None }),
            LayerSpec::FourierFeatures(_) => layers::fourier::features(self, layer, x),
            LayerSpec::Scale(scale) => x.linear(|part| part * scale.factor),
            LayerSpec::Modulate(modulate) => {
                let wave = layers::fourier::wave(&modulate.frequency, modulate.wave == Wave::Cos, x)?;
                self.chain(&layer.children[0], x.clone())?.times(&wave)
            }
            LayerSpec::Branches(branches) => {
                let run = |list: &Vec<ResolvedLayer>| self.chain(list, x.clone());
                let ends = layer.children.iter().map(run).collect::<Result<Vec<_>>>()?;
                match branches.combine {
                    Combine::Sum => sum(&ends),
                    Combine::Concat => {
                        // Channels come first in an image, features last elsewhere.
                        let image = ends[0].value.rank() == 5;
                        Signal::joined(&ends, |parts| Tensor::cat(parts, if image { 2 } else { parts[0].rank() - 1 }))
                    }
                }
            }
            LayerSpec::Residual(_) => sum(&[x.clone(), self.chain(&layer.children[0], x.clone())?]),
            LayerSpec::LayerNorm(norm) => layers::norm::layer(self, layer, norm, x),
            LayerSpec::BatchNorm(norm) => layers::norm::batch(self, layer, norm, x),
            LayerSpec::Attention(attention) => layers::attention::forward(self, layer, attention, x),
            LayerSpec::Positions(positions) => layers::positions::forward(self, layer, positions.encoding, x),
            LayerSpec::Transform(_) => unreachable!("the network's own list knows its inputs"),
        }
    }
}

fn sum(ends: &[Signal]) -> Result<Signal> {
    Signal::joined(ends, |parts| parts[1..].iter().try_fold(parts[0].clone(), |sum, part| sum + *part))
}
