//! One block of samples forward through a chain, and the sensitivities of every output backward.
//!
//! All arrays lie in panels of samples, `[panel][feature][sample]`: what one product writes is what the next one reads,
//! and what the tiles of the Gram matrix read on both sides. Nothing is packed on the way; weights are laid out once.

use super::chain::{DenseChain, DenseLayer};
use super::live::{listed, live};
use super::order::Order;
use super::panels::{lead, padded, product_of_panels, turn};
use super::{BLOCK, rows_of};
use crate::parallel::for_each_block;
use base::{Control, Result};
use compute::{Among, SimdPath, transpose, zeros_in_parts};
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
    /// Which features of which block are not zero in all of its samples.
    live: Vec<bool>,
}

/// Where the arrays of a block lie, counted in features: a layer's inputs before the next one's, and after them all the
/// sensitivities.
struct Places {
    inputs: Vec<Range<usize>>,
    /// Per layer, of the first output, those of the others after it. `None` below the first layer with selected parameters,
    /// and for the last layer of a chain that ends there: its sensitivity is the identity.
    sensitivities: Vec<Option<Range<usize>>>,
    /// Of a whole block.
    features: usize,
}

impl Places {
    fn new(chain: &DenseChain) -> Self {
        let (last, outputs) = (chain.layers.len() - 1, chain.outputs());
        let first = chain.layers.iter().position(DenseLayer::selected).unwrap_or(last);
        let mut features = 0;
        let mut take = |count: usize, times: usize| {
            let place = features..features + count;
            features += count * times;
            place
        };
        let inputs = chain.layers.iter().map(|l| take(l.inputs, 1)).collect();
        let known = |l: usize| l < first || l == last && chain.ends_linear();
        let layers = chain.layers.iter().enumerate();
        let sensitivities = layers.map(|(l, layer)| (!known(l)).then(|| take(layer.units, outputs))).collect();
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
    live: &'a [bool],
}

/// An array of a block in panels, and which of its features are not zero in every sample.
pub struct Features<'a, T> {
    pub values: &'a [T],
    pub live: &'a [bool],
}

impl<'a, T: Real> Capture<'a, T> {
    /// The inputs of layer `l`.
    pub fn inputs(&self, l: usize) -> Features<'a, T> {
        self.part(self.places.inputs[l].clone())
    }

    /// The sensitivities of an output to the pre-activations of layer `l`; `None` for the identity, or where nothing from
    /// the input up to this layer is selected.
    pub fn sensitivities(&self, l: usize, output: usize) -> Option<Features<'a, T>> {
        self.places.sensitivity(l, output).map(|place| self.part(place))
    }

    fn part(&self, place: Range<usize>) -> Features<'a, T> {
        let columns = padded::<T>(self.samples);
        Features { values: &self.data[place.start * columns..place.end * columns], live: &self.live[place] }
    }
}

impl<T: Real> Captures<T> {
    /// Runs every sample forward and every output backward, the samples in this order.
    pub fn new(
        chain: &DenseChain,
        weights: &[Weights<T>],
        (x, order): (&Matrix<T>, &Order),
        (threads, path): (usize, SimdPath),
        control: &Control,
    ) -> Result<Self> {
        let places = Places::new(chain);
        let (count, features) = (x.rows.div_ceil(BLOCK), places.features);
        let rows = |b: usize| b * BLOCK..((b + 1) * BLOCK).min(x.rows);
        let mut live = vec![false; count * features];
        let data = zeros_in_parts((0..count).map(|b| padded::<T>(rows(b).len()) * features), |parts| {
            let mut blocks: Vec<_> = parts.into_iter().zip(rows_of(&mut live, count, features)).collect();
            for_each_block(&mut blocks, vec![1; count], threads, control, |b, block| {
                let (part, live) = &mut block[0];
                let features: Vec<T> = rows(b).flat_map(|i| chain.features(x.row(order.place(i)))).collect();
                let columns = padded::<T>(rows(b).len());
                Run { chain, weights, places: &places, columns, data: part.zeros(), live, path }.run(&features);
                Ok(())
            })
        })?;
        Ok(Captures { samples: x.rows, places, data, live })
    }

    pub fn samples(&self) -> usize {
        self.samples
    }

    pub fn blocks(&self) -> usize {
        self.samples.div_ceil(BLOCK)
    }

    pub fn block(&self, b: usize) -> Capture<'_, T> {
        let (samples, features) = ((self.samples - b * BLOCK).min(BLOCK), self.places.features);
        let first = b * BLOCK * features;
        let data = &self.data[first..first + padded::<T>(samples) * features];
        Capture { samples, places: &self.places, data, live: &self.live[b * features..(b + 1) * features] }
    }
}

/// One block on its way through the chain, every array in its place.
struct Run<'a, T> {
    chain: &'a DenseChain,
    weights: &'a [Weights<T>],
    places: &'a Places,
    columns: usize,
    /// Zeros at first.
    data: &'a mut [T],
    live: &'a mut [bool],
    path: SimdPath,
}

/// The slopes of what comes after a layer, and which are not zero in every sample. No slopes where nothing comes.
struct Slopes<T> {
    values: Vec<T>,
    live: Vec<bool>,
}

impl<T: Real> Run<'_, T> {
    /// `features` [samples, inputs of the first layer].
    fn run(&mut self, features: &[T]) {
        let inputs = self.places.inputs[0].clone();
        let h = &mut self.data[inputs.start * self.columns..inputs.end * self.columns];
        turn(features, inputs.len(), h);
        self.live[inputs.clone()].copy_from_slice(&live(h, inputs.len()));
        let slopes: Vec<Slopes<T>> = (0..self.chain.layers.len()).map(|l| self.forward(l)).collect();
        for output in 0..self.chain.outputs() {
            self.backward(output, &slopes);
        }
    }

    /// The inputs of layer `l` become those of the next one.
    fn forward(&mut self, l: usize) -> Slopes<T> {
        let (layer, w) = (&self.chain.layers[l], &self.weights[l]);
        let from = self.places.inputs[l].clone();
        let (head, tail) = self.data.split_at_mut(from.end * self.columns);
        let h = &head[from.start * self.columns..];
        // Of the last layer only the slopes are needed.
        let mut outputs = vec![];
        let next = self.places.inputs.get(l + 1);
        let z = match next {
            Some(_) => &mut tail[..layer.units * self.columns],
            None => {
                outputs.resize(layer.units * self.columns, T::ZERO);
                &mut outputs[..]
            }
        };
        // The products are added to the bias.
        for panel in z.chunks_exact_mut(layer.units * T::PANEL) {
            panel.chunks_exact_mut(T::PANEL).zip(&w.bias).for_each(|(row, b)| row.fill(*b));
        }
        let units: Vec<u32> = (0..layer.units as u32).collect();
        let among = Among { rows: &units, depth: &listed(&self.live[from]) };
        product_of_panels(self.path, ([layer.units, self.columns, layer.inputs], among), (&w.forward, h), z, true);
        let mut slopes = if layer.after.is_empty() { vec![] } else { vec![T::ONE; z.len()] };
        layer.after.iter().for_each(|f| f.apply(self.path, z, &mut slopes));
        if let Some(next) = next {
            self.live[next.clone()].copy_from_slice(&live(z, layer.units));
        }
        let live = if slopes.is_empty() { vec![true; layer.units] } else { live(&slopes, layer.units) };
        Slopes { values: slopes, live }
    }

    /// The sensitivities of an output, from the last layer down to the first that needs them.
    fn backward(&mut self, output: usize, slopes: &[Slopes<T>]) {
        let (last, columns) = (self.chain.layers.len() - 1, self.columns);
        let units = self.chain.layers[last].units;
        let mut identity = vec![T::ZERO; units * columns];
        for panel in identity.chunks_exact_mut(units * T::PANEL) {
            panel[output * T::PANEL..(output + 1) * T::PANEL].fill(T::ONE);
        }
        if let Some(place) = self.places.sensitivity(last, output) {
            let d = &mut self.data[place.start * columns..place.end * columns];
            d.copy_from_slice(&identity);
            d.iter_mut().zip(&slopes[last].values).for_each(|(d, s)| *d *= *s);
            self.live[place.start + output] = true;
        }
        for l in (1..=last).rev() {
            let Some(below) = self.places.sensitivity(l - 1, output) else { return };
            // Units without a slope stay zero.
            let (slopes, shape) = (&slopes[l - 1], [below.len(), columns, self.chain.layers[l].units]);
            let rows = listed(&slopes.live);
            self.live[below.clone()].copy_from_slice(&slopes.live);
            let (head, tail) = self.data.split_at_mut(below.end * columns);
            let to = &mut head[below.start * columns..];
            let (above, depth) = match self.places.sensitivity(l, output) {
                Some(place) => {
                    let from = (place.start - below.end) * columns;
                    (&tail[from..from + place.len() * columns], listed(&self.live[place]))
                }
                None => (&identity[..], vec![output as u32]),
            };
            let among = Among { rows: &rows, depth: &depth };
            product_of_panels(self.path, (shape, among), (&self.weights[l].backward, above), to, false);
            to.iter_mut().zip(&slopes.values).for_each(|(d, s)| *d *= *s);
        }
    }
}

/// Bytes of what is captured of `samples` samples, and of the weights.
pub fn capture_bytes<T: Real>(chain: &DenseChain, samples: usize) -> u64 {
    let weights: usize =
        chain.layers.iter().map(|l| l.units * lead::<T>(l.inputs) + l.inputs * lead::<T>(l.units)).sum();
    ((samples.next_multiple_of(BLOCK) * Places::new(chain).features + weights) * size_of::<T>()) as u64
}
