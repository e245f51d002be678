//! Layer normalisation of every row: `x = (v - mean) / sqrt(var + epsilon)`, the variance with 1/n; `y = w x + b`.
//!
//! Backward, with g = w dy: `dv = (g - mean(g) - x mean(g x)) / sqrt(var + epsilon)`.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::LayerNorm as Spec;
use compute::Scalar;
use std::ops::Range;

struct LayerNorm<T> {
    block: Block,
    epsilon: T,
    /// Weights, then biases; empty without them.
    range: Range<usize>,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, spec: &Spec, input: Slot) -> Slot {
    let block = builder.block(input);
    let mut range = 0..0;
    if spec.affine {
        let start = builder.reserve(2 * block.width);
        builder.place(layer.parameters[0], Placement::Flat { start });
        builder.place(layer.parameters[1], Placement::Flat { start: start + block.width });
        range = start..start + 2 * block.width;
    }
    builder.push(LayerNorm { block, epsilon: T::from_f64(spec.epsilon), range }, vec![input], &layer.output)
}

impl<T: Scalar> LayerNorm<T> {
    /// Mean and 1 / sqrt(variance + epsilon).
    fn moments(&self, row: &[T]) -> (T, T) {
        let n = T::from_f64(row.len() as f64);
        let mean = row.iter().copied().sum::<T>() / n;
        let variance = row.iter().map(|v| (*v - mean) * (*v - mean)).sum::<T>() / n;
        (mean, T::ONE / (variance + self.epsilon).sqrt())
    }

    fn weights<'a>(&self, shared: &'a Shared<T>) -> Option<(&'a [T], &'a [T])> {
        let own = &shared.parameters[self.range.clone()];
        (!own.is_empty()).then(|| own.split_at(self.block.width))
    }
}

impl<T: Scalar> Op<T> for LayerNorm<T> {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (width, lead) = (self.block.width, self.block.lead);
        let weights = self.weights(shared);
        let (input, output, _) = chunk.forward(wiring);
        for (from, to) in input.chunks_exact(lead).zip(output.chunks_exact_mut(lead)) {
            let (mean, inverse) = self.moments(&from[..width]);
            for i in 0..width {
                let x = (from[i] - mean) * inverse;
                to[i] = weights.map_or(x, |(w, b)| w[i] * x + b[i]);
            }
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let (width, lead) = (self.block.width, self.block.lead);
        let weights = self.weights(shared);
        let n = T::from_f64(width as f64);
        let flow = wiring.flow();
        let pass = chunk.backward(wiring);
        let own = &mut gradient[self.range.clone()];
        if fresh {
            own.fill(T::ZERO);
        }
        let mut into = pass.input_gradient;
        for (row, from) in pass.input.chunks_exact(lead).enumerate() {
            let above = &pass.output_gradient[row * lead..][..width];
            let (mean, inverse) = self.moments(&from[..width]);
            let (mut sum, mut along) = (T::ZERO, T::ZERO);
            for i in 0..width {
                let x = (from[i] - mean) * inverse;
                let g = weights.map_or(above[i], |(w, _)| w[i] * above[i]);
                sum += g;
                along += g * x;
                if weights.is_some() {
                    own[i] += above[i] * x;
                    own[width + i] += above[i];
                }
            }
            let Some(into) = into.as_deref_mut() else { continue };
            let into = &mut into[row * lead..][..lead];
            for i in 0..width {
                let x = (from[i] - mean) * inverse;
                let g = weights.map_or(above[i], |(w, _)| w[i] * above[i]);
                let slope = (g - sum / n - x * along / n) * inverse;
                into[i] = if flow == Flow::Add { into[i] + slope } else { slope };
            }
        }
        if let Some(into) = into {
            self.block.clear_padding(into);
        }
    }

    fn parameters(&self) -> Range<usize> {
        self.range.clone()
    }

    fn reads_output(&self) -> bool {
        false
    }
}
