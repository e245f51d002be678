//! Networks that the layer formula takes: chains of dense layers and activations, with fixed maps of the input.

use crate::maps::{InputMap, apply_all};
use crate::selection::Selection;
use base::{Error, Result};
use compute::SimdPath;
use linalg::Real;
use nets::network::spec::{Dense, Parameterization};
use nets::{Activation, LayerSpec, ResolvedLayer, ResolvedNetwork};
use std::ops::Range;

/// A dense layer of the chain: `z = weight_scale W h + bias_scale b`, then `scale` and the activations after it.
#[derive(Debug, Clone)]
pub struct DenseLayer {
    pub inputs: usize,
    pub units: usize,
    pub weight: Range<usize>,
    pub bias: Option<Range<usize>>,
    pub weight_scale: f64,
    pub bias_scale: f64,
    /// alpha and beta of the layer's term of the kernel; 0 where that parameter is not selected.
    pub alpha: f64,
    pub beta: f64,
    pub after: Vec<Pointwise>,
}

impl DenseLayer {
    pub fn selected(&self) -> bool {
        self.alpha != 0.0 || self.beta != 0.0
    }
}

/// A function of one number.
#[derive(Debug, Clone)]
pub enum Pointwise {
    Activation(Activation),
    Scale(f64),
}

/// A network that is such a chain, from its input to its output.
#[derive(Debug, Clone)]
pub struct DenseChain {
    before: Vec<InputMap>,
    pub layers: Vec<DenseLayer>,
}

/// The chain of a network. `INVALID_ARGUMENT` names the first layer that is none of: dense on vectors, activation, scale,
/// flatten, and fixed Fourier features on the input.
pub fn dense_chain<T: Real>(network: &ResolvedNetwork, selection: &Selection, buffers: &[T]) -> Result<DenseChain> {
    let mut chain = DenseChain { before: vec![], layers: vec![] };
    for layer in &network.layers {
        let refuse = || {
            Err(Error::argument(format!(
                "{}: the layer formula takes chains of dense layers; {} is none of it",
                layer.path,
                layer.spec.name()
            )))
        };
        let pointwise = match &layer.spec {
            LayerSpec::Flatten(_) => continue,
            LayerSpec::Dense(_) if layer.input.len() > 1 => return refuse(),
            LayerSpec::Dense(d) => {
                chain.layers.push(dense_layer(network, layer, d, selection));
                continue;
            }
            LayerSpec::FourierFeatures(f) if chain.layers.is_empty() && !f.trainable => {
                chain.before.push(InputMap::fourier(network, layer, buffers));
                continue;
            }
            // Its coefficients would be parameters, which the formula has no term for.
            LayerSpec::Activation(_) if !layer.parameters.is_empty() => return refuse(),
            LayerSpec::Activation(f) => Pointwise::Activation(f.clone()),
            LayerSpec::Scale(s) => Pointwise::Scale(s.factor),
            _ => return refuse(),
        };
        match chain.layers.last_mut() {
            Some(layer) => layer.after.push(pointwise),
            None => chain.before.push(match pointwise {
                Pointwise::Activation(f) => InputMap::Entrywise(f),
                Pointwise::Scale(c) => InputMap::Scale(c),
            }),
        }
    }
    if chain.layers.is_empty() {
        return Err(Error::argument("spec: expected at least one dense layer, got none: the kernel has no parameters"));
    }
    Ok(chain)
}

fn dense_layer(network: &ResolvedNetwork, layer: &ResolvedLayer, d: &Dense, selection: &Selection) -> DenseLayer {
    let weight = &network.parameters[layer.parameters[0]];
    let bias = layer.parameters.get(1).map(|b| &network.parameters[*b]);
    let inputs = weight.shape[1];
    let (weight_scale, bias_scale) = match d.parameterization {
        Parameterization::Standard => (1.0, 1.0),
        Parameterization::Ntk => (d.sigma_w / (inputs as f64).sqrt(), d.sigma_b),
    };
    DenseLayer {
        inputs,
        units: weight.shape[0],
        weight: weight.range(),
        bias: bias.map(|b| b.range()),
        weight_scale,
        bias_scale,
        alpha: if selection.has(&weight.name) { weight_scale * weight_scale } else { 0.0 },
        beta: if bias.is_some_and(|b| selection.has(&b.name)) { bias_scale * bias_scale } else { 0.0 },
        after: vec![],
    }
}

impl DenseChain {
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.units)
    }

    /// The first layer of which a parameter is selected, or the last one: below it no sensitivities are needed.
    pub fn first_selected(&self) -> usize {
        self.layers.iter().position(DenseLayer::selected).unwrap_or(self.layers.len() - 1)
    }

    /// Whether the last layer's outputs are the network's.
    pub fn ends_linear(&self) -> bool {
        self.layers.last().is_some_and(|l| l.after.is_empty())
    }

    /// Whether an activation is zero, and flat, on more than single points.
    pub fn has_zeros(&self) -> bool {
        use Activation::{ClippedRelu, Hat, Relu};
        let zero = |f: &Pointwise| matches!(f, Pointwise::Activation(Relu {} | ClippedRelu { .. } | Hat {}));
        self.layers.iter().any(|layer| layer.after.iter().any(zero))
    }

    /// A sample after the input maps, which work in f64.
    pub fn features<T: Real>(&self, row: &[T]) -> Vec<T> {
        apply_all(&self.before, row)
    }
}

impl Pointwise {
    /// Applies it in place; `slopes` are multiplied by the derivative.
    pub fn apply<T: Real>(&self, path: SimdPath, values: &mut [T], slopes: &mut [T]) {
        match self {
            Pointwise::Activation(f) => nets::engine::evaluate(f, path, values, slopes),
            Pointwise::Scale(c) => values.iter_mut().chain(slopes).for_each(|v| *v *= T::from_f64(*c)),
        }
    }
}
