//! Chains of dense layers and activations: forward, then the sensitivities of every output, block by block of samples.

use super::BLOCK;
use crate::selection::Selection;
use base::{Error, Result};
use compute::{Layout, Left, SimdPath, product};
use linalg::{Matrix, Real};
use nets::spec::Parameterization;
use nets::{Activation, LayerSpec, ResolvedLayer, ResolvedNetwork};
use std::ops::Range;

/// A dense layer of the chain: `z = weight_scale W h + bias_scale b`, then `scale` and the activations after it.
#[derive(Debug, Clone)]
pub struct DenseLayer {
    pub inputs: usize,
    pub units: usize,
    weight: Range<usize>,
    bias: Option<Range<usize>>,
    weight_scale: f64,
    bias_scale: f64,
    /// alpha and beta of the layer's term of the kernel; 0 where that parameter is not selected.
    pub alpha: f64,
    pub beta: f64,
    after: Vec<Pointwise>,
}

#[derive(Debug, Clone, Copy)]
enum Pointwise {
    Activation(Activation),
    Scale(f64),
}

/// A network that is such a chain, from its input to its output.
#[derive(Debug, Clone)]
pub struct DenseChain {
    before: Vec<Map>,
    pub layers: Vec<DenseLayer>,
    inputs: usize,
}

/// Fixed maps of the input.
#[derive(Debug, Clone)]
enum Map {
    Pointwise(Pointwise),
    /// frequencies [k, d] and amplitudes [k].
    Fourier(Vec<f64>, Vec<f64>),
}

/// The chain of a network. `INVALID_ARGUMENT` names the first layer that is none of: dense on vectors, activation, scale,
/// flatten, and fixed Fourier features on the input.
pub fn dense_chain(network: &ResolvedNetwork, selection: &Selection, buffers: &[f64]) -> Result<DenseChain> {
    let mut chain = DenseChain { before: vec![], layers: vec![], inputs: network.input_size() };
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
                let get = |k: usize| layer.buffers.get(k).map(|b| buffers[network.buffers[*b].range()].to_vec());
                let (Some(frequencies), Some(amplitudes)) = (get(0), get(1)) else { return refuse() };
                chain.before.push(Map::Fourier(frequencies, amplitudes));
                continue;
            }
            LayerSpec::Activation(f) => Pointwise::Activation(*f),
            LayerSpec::Scale(s) => Pointwise::Scale(s.factor),
            _ => return refuse(),
        };
        match chain.layers.last_mut() {
            Some(layer) => layer.after.push(pointwise),
            None => chain.before.push(Map::Pointwise(pointwise)),
        }
    }
    if chain.layers.is_empty() {
        return Err(Error::argument("spec: expected at least one dense layer, got none: the kernel has no parameters"));
    }
    Ok(chain)
}

fn dense_layer(
    network: &ResolvedNetwork,
    layer: &ResolvedLayer,
    d: &nets::spec::Dense,
    selection: &Selection,
) -> DenseLayer {
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

/// Whole vectors.
pub(super) fn padded<T: Real>(n: usize) -> usize {
    n.next_multiple_of(T::LANES)
}

/// Effective weights in the two layouts that the products read.
pub struct Weights<T> {
    /// W^T in packed panels [inputs, units], forward.
    forward: Vec<T>,
    /// W in packed panels [units, inputs], backward.
    backward: Vec<T>,
    bias: Vec<T>,
}

/// What one block of samples leaves behind, per layer: inputs and sensitivities as `[width, BLOCK]` in packed panels.
pub struct Capture<T> {
    pub samples: usize,
    /// `None` where the weight of the layer is not selected.
    pub inputs: Vec<Option<Vec<T>>>,
    /// Per layer, per output. `None` for the last layer of a chain that ends there: the sensitivity is the identity.
    pub sensitivities: Vec<Option<Vec<Vec<T>>>>,
}

/// `B` [rows, columns] given by `at` into packed panels, the last one half as wide when that is enough.
fn pack<T: Real>(rows: usize, columns: usize, at: impl Fn(usize, usize) -> T) -> Vec<T> {
    let width = padded::<T>(columns);
    let mut out = vec![T::ZERO; rows * width];
    let mut column = 0;
    while column < width {
        let panel = (width - column).min(T::PANEL);
        let from = column * rows;
        for row in 0..rows {
            for c in 0..panel.min(columns.saturating_sub(column)) {
                out[from + row * panel + c] = at(row, column + c);
            }
        }
        column += panel;
    }
    out
}

impl DenseChain {
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |l| l.units)
    }

    /// Whether the last layer's outputs are the network's.
    pub fn ends_linear(&self) -> bool {
        self.layers.last().is_some_and(|l| l.after.is_empty())
    }

    pub fn weights<T: Real>(&self, flat: &[f64]) -> Vec<Weights<T>> {
        let layer = |l: &DenseLayer| {
            let w = &flat[l.weight.clone()];
            let at = |o: usize, i: usize| T::from_f64(l.weight_scale * w[o * l.inputs + i]);
            let mut bias = vec![T::ZERO; padded::<T>(l.units)];
            if let Some(range) = &l.bias {
                for (b, v) in bias.iter_mut().zip(&flat[range.clone()]) {
                    *b = T::from_f64(l.bias_scale * v);
                }
            }
            Weights { forward: pack(l.inputs, l.units, |i, o| at(o, i)), backward: pack(l.units, l.inputs, at), bias }
        };
        self.layers.iter().map(layer).collect()
    }

    /// The input maps, in f64.
    fn features<T: Real>(&self, row: &[T]) -> Vec<f64> {
        let start = row.iter().map(|v| v.to_f64()).collect();
        self.before.iter().fold(start, |row: Vec<f64>, map| match map {
            Map::Pointwise(p) => row.into_iter().map(|v| p.both(v).0).collect(),
            Map::Fourier(frequencies, amplitudes) => {
                let d = row.len();
                let phase = |k: usize| -> f64 {
                    let b = &frequencies[k * d..(k + 1) * d];
                    std::f64::consts::TAU * b.iter().zip(&row).map(|(b, v)| b * v).sum::<f64>()
                };
                let k = amplitudes.len();
                let cosines = (0..k).map(|k| amplitudes[k] * phase(k).cos());
                cosines.chain((0..k).map(|k| amplitudes[k] * phase(k).sin())).collect()
            }
        })
    }

    /// Runs the samples `rows` of `x` forward and every output backward.
    pub fn capture<T: Real>(
        &self,
        weights: &[Weights<T>],
        x: &Matrix<T>,
        rows: Range<usize>,
        path: SimdPath,
    ) -> Capture<T> {
        debug_assert_eq!(x.cols, self.inputs);
        let count = rows.len();
        let mut h: Vec<T> = match self.before.is_empty() {
            true => x.data[rows.start * x.cols..rows.end * x.cols].to_vec(),
            false => rows.flat_map(|i| self.features(x.row(i))).map(T::from_f64).collect(),
        };
        let mut lead = self.layers[0].inputs;
        let (mut inputs, mut slopes) = (vec![], vec![]);
        for (l, w) in self.layers.iter().zip(weights) {
            inputs.push((l.alpha != 0.0).then(|| pack(l.inputs, count, |k, i| h[i * lead + k])));
            let width = padded::<T>(l.units);
            let mut z = vec![T::ZERO; count * width];
            let left = Left { data: &h, row: lead, column: 1 };
            let shape = [count, width, l.inputs];
            product(
                path,
                shape,
                left,
                (&w.forward, Layout::packed::<T>(l.inputs)),
                (&mut z, Layout::plain::<T>(width)),
                false,
            );
            z.chunks_mut(width).for_each(|row| row.iter_mut().zip(&w.bias).for_each(|(z, b)| *z += *b));
            let mut slope = vec![];
            for p in &l.after {
                p.apply(&mut z, &mut slope);
            }
            slopes.push(slope);
            (h, lead) = (z, width);
        }
        let sensitivities = self.backward(weights, &slopes, count, path);
        Capture { samples: count, inputs, sensitivities }
    }

    fn backward<T: Real>(
        &self,
        weights: &[Weights<T>],
        slopes: &[Vec<T>],
        count: usize,
        path: SimdPath,
    ) -> Vec<Option<Vec<Vec<T>>>> {
        let last = self.layers.len() - 1;
        let mut all: Vec<Option<Vec<Vec<T>>>> = (0..=last).map(|_| Some(vec![])).collect();
        for output in 0..self.outputs() {
            let width = padded::<T>(self.layers[last].units);
            let mut d = vec![T::ZERO; count * width];
            d.iter_mut().skip(output).step_by(width).for_each(|v| *v = T::ONE);
            for l in (0..=last).rev() {
                let layer = &self.layers[l];
                let width = padded::<T>(layer.units);
                if !slopes[l].is_empty() {
                    d.iter_mut().zip(&slopes[l]).for_each(|(d, s)| *d *= *s);
                }
                if l == last && self.ends_linear() {
                    all[l] = None;
                } else if let Some(list) = &mut all[l] {
                    list.push(pack(layer.units, count, |k, i| d[i * width + k]));
                }
                // Below the first layer that has a selected parameter nothing is needed.
                if self.layers[..l].iter().all(|l| l.alpha == 0.0 && l.beta == 0.0) {
                    break;
                }
                let below = padded::<T>(layer.inputs);
                let mut next = vec![T::ZERO; count * below];
                let left = Left { data: &d, row: width, column: 1 };
                let to = (&mut next[..], Layout::plain::<T>(below));
                let from = (&weights[l].backward[..], Layout::packed::<T>(layer.units));
                product(path, [count, below, layer.units], left, from, to, false);
                d = next;
            }
        }
        all
    }

    /// Numbers that one block captures.
    pub fn capture_numbers(&self) -> usize {
        let outputs = self.outputs();
        self.layers.iter().map(|l| BLOCK * (l.inputs + outputs * l.units)).sum()
    }
}

impl Pointwise {
    /// Value and derivative.
    fn both(self, x: f64) -> (f64, f64) {
        match self {
            Pointwise::Scale(c) => (c * x, c),
            Pointwise::Activation(f) => {
                let [value, slope, ..] = f.derivatives(x);
                (value, slope)
            }
        }
    }

    /// Applies it in place; `slope` (empty stands for ones) is multiplied by the derivative.
    fn apply<T: Real>(self, z: &mut [T], slope: &mut Vec<T>) {
        if slope.is_empty() {
            slope.resize(z.len(), T::ONE);
        }
        // The kinked ones are one comparison, which the compiler makes vectors of.
        let kink = match self {
            Pointwise::Activation(Activation::Relu {}) => Some(T::ZERO),
            Pointwise::Activation(Activation::LeakyRelu { slope }) => Some(T::from_f64(slope)),
            _ => None,
        };
        if let Some(below) = kink {
            for (z, s) in z.iter_mut().zip(slope) {
                let k = if *z > T::ZERO { T::ONE } else { below };
                *z *= k;
                *s *= k;
            }
            return;
        }
        for (z, s) in z.iter_mut().zip(slope) {
            let (value, derivative) = self.both(z.to_f64());
            *z = T::from_f64(value);
            *s *= T::from_f64(derivative);
        }
    }
}
