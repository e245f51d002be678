//! One block of samples forward through a chain, and the sensitivities of every output backward.
//!
//! All arrays lie in panels of samples, `[panel][feature][sample]`, of the features that [`live`](super::live) alone: what one
//! product writes is what the next one reads, and what the tiles of the Gram matrix read on both sides.

use super::BLOCK;
use super::chain::{DenseChain, DenseLayer};
use super::live::{Meeting, live};
use super::order::Order;
use super::panels::{padded, product_of_panels, turn};
use crate::parallel::for_each_block;
use base::{Control, Result};
use compute::allocator::give_back;
use compute::{Left, SimdPath};
use linalg::{Matrix, Real};
use std::ops::Range;

/// Effective weights of a layer, `W` [units, inputs] row-major with [`lead`], and the bias.
pub struct Weights<T> {
    rows: Vec<T>,
    lead: usize,
    bias: Vec<T>,
}

/// Numbers from a row of weights to the next: rows whose distance is a power of two would fall on the same lines of a cache.
fn lead<T: Real>(layer: &DenseLayer) -> usize {
    layer.inputs + T::PANEL
}

impl<T: Real> Weights<T> {
    /// From the network's flat parameters.
    pub fn new(layer: &DenseLayer, parameters: &[T]) -> Self {
        let scale = |values: &mut [T], scale: f64| {
            if scale != 1.0 {
                values.iter_mut().for_each(|v| *v = T::from_f64(scale * v.to_f64()));
            }
        };
        let (lead, given) = (lead::<T>(layer), &parameters[layer.weight.clone()]);
        let mut rows = Vec::with_capacity(layer.units * lead);
        for row in given.chunks(layer.inputs) {
            rows.extend_from_slice(row);
            rows.resize(rows.len() + lead - layer.inputs, T::ZERO);
        }
        scale(&mut rows, layer.weight_scale);
        let mut bias =
            layer.bias.as_ref().map_or(vec![T::ZERO; layer.units], |range| parameters[range.clone()].to_vec());
        scale(&mut bias, layer.bias_scale);
        Weights { rows, lead, bias }
    }

    fn plain(&self) -> Left<'_, T> {
        Left { data: &self.rows, row: self.lead, column: 1 }
    }

    fn transposed(&self) -> Left<'_, T> {
        Left { data: &self.rows, row: 1, column: self.lead }
    }
}

/// What all samples leave behind, in blocks of [`BLOCK`].
pub struct Captures<T> {
    samples: usize,
    blocks: Vec<Capture<T>>,
}

/// What one block leaves behind; columns beyond `samples` mean nothing.
pub struct Capture<T> {
    pub samples: usize,
    data: Vec<T>,
    /// Of every layer.
    inputs: Vec<Kept>,
    /// Of every layer and output; of none below the first layer with selected parameters, and for the last layer of a chain
    /// that ends there: its sensitivity is the identity.
    sensitivities: Vec<Vec<Kept>>,
}

/// Where the live features of an array lie, and which they are.
struct Kept {
    place: Range<usize>,
    live: Vec<bool>,
}

/// The live features of an array in panels, and which they are.
#[derive(Clone, Copy)]
pub struct Features<'a, T> {
    pub values: &'a [T],
    pub live: &'a [bool],
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
        let mut blocks: Vec<Option<Capture<T>>> = (0..x.rows.div_ceil(BLOCK)).map(|_| None).collect();
        let count = blocks.len();
        for_each_block(&mut blocks, vec![1; count], threads, control, |b, block| {
            let rows = b * BLOCK..((b + 1) * BLOCK).min(x.rows);
            let samples = rows.len();
            let features: Vec<T> = rows.flat_map(|i| chain.features(x.row(order.place(i)))).collect();
            block[0] = Some(Run { chain, weights, path, columns: padded::<T>(samples) }.through(&features, samples));
            Ok(())
        })?;
        Ok(Captures { samples: x.rows, blocks: blocks.into_iter().flatten().collect() })
    }

    pub fn samples(&self) -> usize {
        self.samples
    }

    pub fn blocks(&self) -> &[Capture<T>] {
        &self.blocks
    }
}

/// From so many bytes on, blocks are given back to the system when they go: the kernel is mirrored after that, and half of its
/// memory was never touched before.
const LARGE_BYTES: usize = 64 << 20;

impl<T> Drop for Captures<T> {
    fn drop(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        let kept: usize = blocks.iter().map(|block| block.data.len() * size_of::<T>()).sum();
        drop(blocks);
        if kept > LARGE_BYTES {
            give_back();
        }
    }
}

impl<T: Real> Capture<T> {
    /// The inputs of layer `l`.
    pub fn inputs(&self, l: usize) -> Features<'_, T> {
        self.features(&self.inputs[l])
    }

    /// The sensitivities of an output to the pre-activations of layer `l`; `None` for the identity, or where nothing from
    /// the input up to this layer is selected.
    pub fn sensitivities(&self, l: usize, output: usize) -> Option<Features<'_, T>> {
        self.sensitivities[l].get(output).map(|kept| self.features(kept))
    }

    fn features<'a>(&'a self, kept: &'a Kept) -> Features<'a, T> {
        Features { values: &self.data[kept.place.clone()], live: &kept.live }
    }

    /// Keeps what lives of an array of all features.
    fn keep(&mut self, values: &[T], live: Vec<bool>) -> Kept {
        let start = self.data.len();
        for panel in values.chunks_exact(live.len() * T::PANEL) {
            let rows = panel.chunks_exact(T::PANEL).zip(&live).filter(|(_, live)| **live);
            rows.for_each(|(row, _)| self.data.extend_from_slice(row));
        }
        Kept { place: start..self.data.len(), live }
    }
}

/// The way of a block of so many columns through the chain.
struct Run<'a, T> {
    chain: &'a DenseChain,
    weights: &'a [Weights<T>],
    path: SimdPath,
    columns: usize,
}

/// The slopes of what comes after a layer, and which are not zero in every sample. No slopes where nothing comes.
struct Slopes<T> {
    values: Vec<T>,
    live: Vec<bool>,
}

impl<T: Real> Run<'_, T> {
    /// `features` [samples, inputs of the first layer].
    fn through(&self, features: &[T], samples: usize) -> Capture<T> {
        let layers = self.chain.layers.len();
        // What does not live leaves the rest of it untouched.
        let data = Vec::with_capacity(kept_features(self.chain) * self.columns);
        let sensitivities = (0..layers).map(|_| vec![]).collect();
        let mut block = Capture { samples, data, inputs: vec![], sensitivities };
        let mut h = vec![T::ZERO; self.chain.layers[0].inputs * self.columns];
        turn(features, self.chain.layers[0].inputs, &mut h);
        let slopes: Vec<Slopes<T>> = (0..layers)
            .map(|l| {
                let live = live(&h, self.chain.layers[l].inputs);
                let kept = block.keep(&h, live);
                block.inputs.push(kept);
                self.forward(l, block.inputs(l), &mut h)
            })
            .collect();
        for output in 0..self.chain.outputs() {
            self.backward(output, &slopes, &mut block);
        }
        block
    }

    /// The inputs of layer `l` become those of the next one, in `z`.
    fn forward(&self, l: usize, inputs: Features<T>, z: &mut Vec<T>) -> Slopes<T> {
        let (layer, weights) = (&self.chain.layers[l], &self.weights[l]);
        if layer.after.is_empty() && l + 1 == self.chain.layers.len() {
            // Nobody asks for the outputs.
            return Slopes { values: vec![], live: vec![true; layer.units] };
        }
        // The products are added to the bias.
        z.clear();
        for _ in 0..self.columns / T::PANEL {
            weights.bias.iter().for_each(|b| z.extend(std::iter::repeat_n(*b, T::PANEL)));
        }
        let units: Vec<[u32; 2]> = (0..layer.units as u32).map(|i| [i; 2]).collect();
        let meeting = Meeting::whole::<T>(inputs.live);
        product_of_panels(self.path, self.columns, (weights.plain(), &units), (inputs.values, &meeting), z, true);
        if layer.after.is_empty() {
            return Slopes { values: vec![], live: vec![true; layer.units] };
        }
        let mut values = vec![T::ONE; z.len()];
        layer.after.iter().for_each(|f| f.apply(self.path, z, &mut values));
        let live = live(&values, layer.units);
        Slopes { values, live }
    }

    /// The sensitivities of an output, from the last layer down to the first that needs them.
    fn backward(&self, output: usize, slopes: &[Slopes<T>], block: &mut Capture<T>) {
        let (columns, last) = (self.columns, self.chain.layers.len() - 1);
        // Of the last layer's units only this output's counts.
        let own: Vec<bool> = (0..self.chain.outputs()).map(|o| o == output).collect();
        let identity = vec![T::ONE; columns];
        if !self.chain.ends_linear() {
            let kept = block.keep(&slopes[last].values, own.clone());
            block.sensitivities[last].push(kept);
        }
        for l in (self.chain.first_selected() + 1..=last).rev() {
            // Units without a slope stay out.
            let below = &slopes[l - 1];
            let units = Meeting::whole::<T>(&below.live);
            let start = block.data.len();
            block.data.resize(start + units.places().len() * columns, T::ZERO);
            let (done, to) = block.data.split_at_mut(start);
            let (above, live) = match block.sensitivities[l].last() {
                Some(kept) => (&done[kept.place.clone()], &kept.live),
                None => (&identity[..], &own),
            };
            let left = (self.weights[l].transposed(), units.places());
            product_of_panels(self.path, columns, left, (above, &Meeting::whole::<T>(live)), to, false);
            let panels = to.chunks_exact_mut((units.places().len() * T::PANEL).max(1));
            for (panel, slopes) in panels.zip(below.values.chunks_exact(below.live.len() * T::PANEL)) {
                for (row, [unit, _]) in panel.chunks_exact_mut(T::PANEL).zip(units.places()) {
                    let slopes = &slopes[*unit as usize * T::PANEL..][..T::PANEL];
                    row.iter_mut().zip(slopes).for_each(|(d, s)| *d *= *s);
                }
            }
            let kept = Kept { place: start..block.data.len(), live: below.live.clone() };
            block.sensitivities[l - 1].push(kept);
        }
    }
}

/// Features that a block keeps at most.
fn kept_features(chain: &DenseChain) -> usize {
    let inputs: usize = chain.layers.iter().map(|l| l.inputs).sum();
    let linear = usize::from(chain.ends_linear());
    let needed = chain.layers[..chain.layers.len() - linear].iter().skip(chain.first_selected());
    inputs + chain.outputs() * needed.map(|l| l.units).sum::<usize>()
}

/// Bytes of what is captured of `samples` samples at most, and of the weights.
pub fn capture_bytes<T: Real>(chain: &DenseChain, samples: usize) -> usize {
    let weights: usize = chain.layers.iter().map(|l| l.units * lead::<T>(l)).sum();
    base::memory::bytes::<T>(&[samples.next_multiple_of(BLOCK), kept_features(chain)])
        .saturating_add(base::memory::bytes::<T>(&[weights]))
}
