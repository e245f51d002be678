//! One block of samples forward through a chain, and the sensitivities of every output backward.
//!
//! All arrays lie in panels of samples, `[panel][feature][sample]`: what one product writes is what the next one reads,
//! and what the tiles of the Gram matrix read on both sides. Nothing is packed on the way; weights are laid out once.

use super::BLOCK;
use super::chain::{DenseChain, DenseLayer};
use super::panels::{lead, padded, product_of_panels, turned};
use crate::parallel::for_each_block;
use base::{Control, Result};
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

/// What all samples leave behind, in blocks of [`BLOCK`] laid out alike, in one array: the system has its memory back as
/// soon as it goes.
pub struct Captures<T> {
    samples: usize,
    places: Places,
    data: Vec<T>,
}

/// Where the arrays of a block lie, counted in features.
struct Places {
    /// Per layer; `None` where its weight is not selected.
    inputs: Vec<Option<Range<usize>>>,
    /// Per layer, of the first output, those of the others after it. `None` for a layer without selected parameters, and
    /// for the last layer of a chain that ends there: its sensitivity is the identity.
    sensitivities: Vec<Option<Range<usize>>>,
    /// Of a whole block.
    features: usize,
}

impl Places {
    fn new(chain: &DenseChain) -> Self {
        let (last, outputs) = (chain.layers.len() - 1, chain.outputs());
        let mut features = 0;
        let mut take = |wanted: bool, count: usize, times: usize| {
            let first = features;
            features += if wanted { count * times } else { 0 };
            wanted.then(|| first..first + count)
        };
        let inputs = chain.layers.iter().map(|l| take(l.alpha != 0.0, l.inputs, 1)).collect();
        let known = |l: usize| l == last && chain.ends_linear();
        let layers = chain.layers.iter().enumerate();
        let sensitivities =
            layers.map(|(l, layer)| take(layer.selected() && !known(l), layer.units, outputs)).collect();
        Places { inputs, sensitivities, features }
    }

    /// Where the sensitivities of an output lie.
    fn sensitivity(&self, l: usize, output: usize) -> Option<Range<usize>> {
        self.sensitivities[l].as_ref().map(|r| r.start + output * r.len()..r.start + (output + 1) * r.len())
    }
}

/// One block, in panels of samples; columns beyond `samples` mean nothing.
#[derive(Clone, Copy)]
pub struct Capture<'a, T> {
    pub samples: usize,
    places: &'a Places,
    data: &'a [T],
}

impl<'a, T: Real> Capture<'a, T> {
    /// The inputs of layer `l`, if its weight is selected.
    pub fn inputs(&self, l: usize) -> Option<&'a [T]> {
        self.part(self.places.inputs[l].clone())
    }

    /// The sensitivities of an output to the pre-activations of layer `l`; `None` for the identity, or if nothing of the
    /// layer is selected.
    pub fn sensitivities(&self, l: usize, output: usize) -> Option<&'a [T]> {
        self.part(self.places.sensitivity(l, output))
    }

    fn part(&self, place: Option<Range<usize>>) -> Option<&'a [T]> {
        let columns = padded::<T>(self.samples);
        place.map(|r| &self.data[r.start * columns..r.end * columns])
    }
}

impl<T: Real> Captures<T> {
    /// Runs every sample forward and every output backward.
    pub fn new(
        chain: &DenseChain,
        weights: &[Weights<T>],
        x: &Matrix<T>,
        (threads, path): (usize, SimdPath),
        control: &Control,
    ) -> Result<Self> {
        let places = Places::new(chain);
        let rows = |b: usize| b * BLOCK..((b + 1) * BLOCK).min(x.rows);
        let lengths = (0..x.rows.div_ceil(BLOCK)).map(|b| padded::<T>(rows(b).len()) * places.features);
        let mut data = vec![T::ZERO; padded::<T>(x.rows) * places.features];
        for_each_block(&mut data, lengths, threads, control, |b, block| {
            let features: Vec<T> = rows(b).flat_map(|i| chain.features(x.row(i))).collect();
            let h = turned(&features, chain.layers[0].inputs);
            let slopes = forward(chain, weights, h, (&places, block), path);
            backward(chain, weights, &slopes, (&places, block), path);
            Ok(())
        })?;
        Ok(Captures { samples: x.rows, places, data })
    }

    pub fn samples(&self) -> usize {
        self.samples
    }

    pub fn blocks(&self) -> usize {
        self.samples.div_ceil(BLOCK)
    }

    pub fn block(&self, b: usize) -> Capture<'_, T> {
        let samples = (self.samples - b * BLOCK).min(BLOCK);
        let first = b * BLOCK * self.places.features;
        let data = &self.data[first..first + padded::<T>(samples) * self.places.features];
        Capture { samples, places: &self.places, data }
    }
}

/// The inputs `h` of the first layer through all of them: leaves each layer's inputs in `out` and returns the slopes of
/// what comes after it (empty where nothing does).
fn forward<T: Real>(
    chain: &DenseChain,
    weights: &[Weights<T>],
    mut h: Vec<T>,
    (places, out): (&Places, &mut [T]),
    path: SimdPath,
) -> Vec<Vec<T>> {
    let columns = h.len() / chain.layers[0].inputs;
    let mut all = vec![];
    for (l, (layer, w)) in chain.layers.iter().zip(weights).enumerate() {
        if let Some(place) = &places.inputs[l] {
            out[place.start * columns..place.end * columns].copy_from_slice(&h);
        }
        // The products are added to the bias.
        let mut z = Vec::with_capacity(layer.units * columns);
        for _ in 0..columns / T::PANEL {
            w.bias.iter().for_each(|b| z.extend(std::iter::repeat_n(*b, T::PANEL)));
        }
        product_of_panels(path, [layer.units, columns, layer.inputs], (&w.forward, &h), &mut z, true);
        let mut slopes = if layer.after.is_empty() { vec![] } else { vec![T::ONE; z.len()] };
        layer.after.iter().for_each(|f| f.apply(path, &mut z, &mut slopes));
        all.push(slopes);
        h = z;
    }
    all
}

/// Every output backward: leaves the sensitivities in `out`.
fn backward<T: Real>(
    chain: &DenseChain,
    weights: &[Weights<T>],
    slopes: &[Vec<T>],
    (places, out): (&Places, &mut [T]),
    path: SimdPath,
) {
    let (last, columns) = (chain.layers.len() - 1, out.len() / places.features.max(1));
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
            if let Some(place) = places.sensitivity(l, output) {
                out[place.start * columns..place.end * columns].copy_from_slice(&d);
            }
            if l > first {
                let mut below = vec![T::ZERO; layer.inputs * columns];
                let shape = [layer.inputs, columns, layer.units];
                product_of_panels(path, shape, (&weights[l].backward, &d), &mut below, false);
                d = below;
            }
        }
    }
}

/// Bytes of what is captured of `samples` samples, and of the weights.
pub fn capture_bytes<T: Real>(chain: &DenseChain, samples: usize) -> u64 {
    let weights: usize =
        chain.layers.iter().map(|l| l.units * lead::<T>(l.inputs) + l.inputs * lead::<T>(l.units)).sum();
    ((samples.next_multiple_of(BLOCK) * Places::new(chain).features + weights) * size_of::<T>()) as u64
}
