//! One block of samples forward through a chain, and the sensitivities of every output backward.
//!
//! All arrays lie in panels of samples, `[panel][feature][sample]`: what one product writes is what the next one reads,
//! and what the tiles of the Gram matrix read on both sides. Nothing is packed on the way; weights are laid out once.

use super::BLOCK;
use super::chain::{DenseChain, DenseLayer};
use super::panels::{lead, padded, product_of_panels, turned};
use compute::{SimdPath, transpose};
use linalg::{Matrix, Real};
use std::ops::Range;

/// Effective weights of a layer, row-major with [`lead`]: `W` [units, inputs] forward, `W^T` backward; and the bias.
pub struct Weights<T> {
    forward: Vec<T>,
    backward: Vec<T>,
    bias: Vec<T>,
}

impl<T: Real> Weights<T> {
    /// From the network's flat parameters.
    pub fn new(layer: &DenseLayer, parameters: &[T]) -> Self {
        let rows = &parameters[layer.weight.clone()];
        let scale = |values: &mut [T], scale: f64| {
            if scale != 1.0 {
                values.iter_mut().for_each(|v| *v = T::from_f64(scale * v.to_f64()));
            }
        };
        let (units, inputs) = (layer.units, layer.inputs);
        let mut forward = vec![T::ZERO; units * lead::<T>(inputs)];
        let apart = forward.chunks_mut(lead::<T>(inputs));
        apart.zip(rows.chunks(inputs)).for_each(|(to, row)| to[..inputs].copy_from_slice(row));
        scale(&mut forward, layer.weight_scale);
        let mut backward = vec![T::ZERO; inputs * lead::<T>(units)];
        transpose(units, inputs, (&forward, lead::<T>(inputs)), (&mut backward, lead::<T>(units)));
        let mut bias = layer.bias.as_ref().map_or(vec![T::ZERO; units], |range| parameters[range.clone()].to_vec());
        scale(&mut bias, layer.bias_scale);
        Weights { forward, backward, bias }
    }
}

/// What one block of samples leaves behind, per layer, in panels of samples; columns beyond `samples` mean nothing.
pub struct Capture<T> {
    pub samples: usize,
    /// `None` where the weight of the layer is not selected.
    pub inputs: Vec<Option<Vec<T>>>,
    /// Per layer, per output. `None` for a layer without selected parameters, and for the last layer of a chain that
    /// ends there: its sensitivity is the identity.
    pub sensitivities: Vec<Option<Vec<Vec<T>>>>,
}

impl<T: Real> Capture<T> {
    /// Runs the samples `rows` of `x` (at most [`BLOCK`]) forward and every output backward.
    pub fn new(
        chain: &DenseChain,
        weights: &[Weights<T>],
        x: &Matrix<T>,
        rows: Range<usize>,
        path: SimdPath,
    ) -> Capture<T> {
        let samples = rows.len();
        let columns = padded::<T>(samples);
        let features: Vec<T> = rows.flat_map(|i| chain.features(x.row(i))).collect();
        let mut h = turned(&features, chain.layers[0].inputs);
        let (mut inputs, mut slopes) = (vec![], vec![]);
        for (l, w) in chain.layers.iter().zip(weights) {
            // The products are added to the bias.
            let mut z = Vec::with_capacity(l.units * columns);
            for _ in 0..columns / T::PANEL {
                w.bias.iter().for_each(|b| z.extend(std::iter::repeat_n(*b, T::PANEL)));
            }
            let shape = [l.units, columns, l.inputs];
            product_of_panels(path, shape, (&w.forward, &h), &mut z, true);
            let mut slope = if l.after.is_empty() { vec![] } else { vec![T::ONE; z.len()] };
            l.after.iter().for_each(|f| f.apply(path, &mut z, &mut slope));
            slopes.push(slope);
            let before = std::mem::replace(&mut h, z);
            inputs.push((l.alpha != 0.0).then_some(before));
        }
        Capture { samples, inputs, sensitivities: backward(chain, weights, &slopes, columns, path) }
    }
}

fn backward<T: Real>(
    chain: &DenseChain,
    weights: &[Weights<T>],
    slopes: &[Vec<T>],
    columns: usize,
    path: SimdPath,
) -> Vec<Option<Vec<Vec<T>>>> {
    let last = chain.layers.len() - 1;
    let known = |l: usize| l == last && chain.ends_linear();
    let mut all: Vec<Option<Vec<Vec<T>>>> =
        chain.layers.iter().enumerate().map(|(l, layer)| (layer.selected() && !known(l)).then(Vec::new)).collect();
    // Below the first layer that has a selected parameter nothing is needed.
    let first = chain.layers.iter().position(DenseLayer::selected).unwrap_or(last);
    for output in 0..chain.outputs() {
        let mut d = vec![T::ZERO; chain.layers[last].units * columns];
        for panel in d.chunks_mut(chain.layers[last].units * T::PANEL) {
            panel[output * T::PANEL..(output + 1) * T::PANEL].fill(T::ONE);
        }
        for l in (first..=last).rev() {
            let layer = &chain.layers[l];
            d.iter_mut().zip(&slopes[l]).for_each(|(d, s)| *d *= *s);
            let mut below = vec![];
            if l > first {
                below.resize(layer.inputs * columns, T::ZERO);
                let shape = [layer.inputs, columns, layer.units];
                product_of_panels(path, shape, (&weights[l].backward, &d), &mut below, false);
            }
            let done = std::mem::replace(&mut d, below);
            if let Some(list) = &mut all[l] {
                list.push(done);
            }
        }
    }
    all
}

/// Bytes of what is captured of `samples` samples, and of the weights.
pub fn capture_bytes<T: Real>(chain: &DenseChain, samples: usize) -> u64 {
    let outputs = chain.outputs();
    let numbers: usize = chain.layers.iter().map(|l| BLOCK * (l.inputs + outputs * l.units)).sum();
    let weights: usize =
        chain.layers.iter().map(|l| l.units * lead::<T>(l.inputs) + l.inputs * lead::<T>(l.units)).sum();
    ((samples.div_ceil(BLOCK) * numbers + weights) * size_of::<T>()) as u64
}
