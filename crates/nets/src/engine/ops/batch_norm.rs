//! Batch normalisation of every channel (Ioffe and Szegedy 2015; PyTorch's definition).
//!
//! In training `x = (v - mean) / sqrt(var + epsilon)` with the batch's mean and 1/m variance over the m values of a channel
//! (samples, and positions of an image), `y = w x + b`; afterwards `running <- (1 - momentum) running + momentum batch`,
//! the variance there with 1/(m - 1). Elsewhere the running statistics stand for the batch's.
//!
//! Backward, with g = w dy: `dv = (g - mean(g) - x mean(g x)) / sqrt(var + epsilon)`, without the means where the statistics
//! are the running ones. The batch is one chunk ([`Op::whole_batch`]), so that nobody has to meet for the sums.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::BatchNorm as Spec;
use compute::Scalar;
use std::ops::Range;

struct BatchNorm {
    block: Block,
    channels: usize,
    epsilon: f64,
    momentum: f64,
    /// Weights, then biases; empty without them.
    range: Range<usize>,
    /// Where running mean and variance begin in the state.
    running: [usize; 2],
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, spec: &Spec, input: Slot) -> Slot {
    let (block, channels) = (builder.block(input), layer.input[0]);
    let mut range = 0..0;
    if spec.affine {
        let start = builder.reserve(2 * channels);
        builder.place(layer.parameters[0], Placement::Flat { start });
        builder.place(layer.parameters[1], Placement::Flat { start: start + channels });
        range = start..start + 2 * channels;
    }
    let running = [0, 1].map(|i| builder.network.buffers[layer.buffers[i]].offset);
    let op = BatchNorm { block, channels, epsilon: spec.epsilon, momentum: spec.momentum, range, running };
    builder.push(op, vec![input], &layer.output)
}

impl BatchNorm {
    /// Values of a channel in one sample, and where they lie.
    fn place(&self, channel: usize) -> Range<usize> {
        let per = self.block.width / self.channels;
        channel * per..(channel + 1) * per
    }

    /// Mean, 1/m variance and m of a channel over the batch, the mean first: no cancellation.
    fn batch<T: Scalar>(&self, values: &[T], channel: usize) -> (f64, f64, f64) {
        let place = self.place(channel);
        let all = || values.chunks_exact(self.block.lead).flat_map(|row| &row[place.clone()]);
        let m = (values.len() / self.block.lead * place.len()) as f64;
        let mean = all().map(|v| v.to_f64()).sum::<f64>() / m;
        let variance = all().map(|v| (v.to_f64() - mean).powi(2)).sum::<f64>() / m;
        (mean, variance, m)
    }

    fn weight<T: Scalar>(&self, shared: &Shared<T>, channel: usize) -> (f64, f64) {
        match &shared.parameters[self.range.clone()] {
            [] => (1.0, 0.0),
            own => (own[channel].to_f64(), own[self.channels + channel].to_f64()),
        }
    }

    /// Mean and 1 / sqrt(variance + epsilon) of a channel as the forward pass left them.
    fn moments<T: Scalar>(&self, cache: &[T], channel: usize) -> (f64, f64) {
        let variance = cache[self.channels + channel].to_f64();
        (cache[channel].to_f64(), 1.0 / (variance + self.epsilon).sqrt())
    }
}

impl<T: Scalar> Op<T> for BatchNorm {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (lead, c) = (self.block.lead, self.channels);
        let (input, output, cache) = chunk.forward(wiring);
        for channel in 0..c {
            if shared.training {
                let (mean, variance, m) = self.batch(input, channel);
                let unbiased = variance * m / (m - 1.0).max(1.0);
                for (i, x) in [mean, variance, unbiased].into_iter().enumerate() {
                    cache[i * c + channel] = T::from_f64(x);
                }
            } else {
                (0..2).for_each(|i| cache[i * c + channel] = shared.state[self.running[i] + channel]);
            }
            let (mean, inverse) = self.moments(cache, channel);
            let (w, b) = self.weight(shared, channel);
            let (scale, shift) = (w * inverse, b - w * inverse * mean);
            let (scale, shift, place) = (T::from_f64(scale), T::from_f64(shift), self.place(channel));
            for (from, to) in input.chunks_exact(lead).zip(output.chunks_exact_mut(lead)) {
                for (v, y) in from[place.clone()].iter().zip(&mut to[place.clone()]) {
                    *y = *v * scale + shift;
                }
            }
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let (lead, c) = (self.block.lead, self.channels);
        let flow = wiring.flow();
        let pass = chunk.backward(wiring);
        let own = &mut gradient[self.range.clone()];
        if fresh {
            own.fill(T::ZERO);
        }
        let mut into = pass.input_gradient;
        for channel in 0..c {
            let (mean, inverse) = self.moments(pass.cache, channel);
            let place = self.place(channel);
            let (mut sum, mut along, mut m) = (0.0, 0.0, 0.0);
            for (from, above) in pass.input.chunks_exact(lead).zip(pass.output_gradient.chunks_exact(lead)) {
                for (v, g) in from[place.clone()].iter().zip(&above[place.clone()]) {
                    let g = g.to_f64();
                    sum += g;
                    along += g * (v.to_f64() - mean) * inverse;
                    m += 1.0;
                }
            }
            if !own.is_empty() {
                own[channel] += T::from_f64(along);
                own[c + channel] += T::from_f64(sum);
            }
            let Some(into) = into.as_deref_mut() else { continue };
            let scale = self.weight(shared, channel).0 * inverse;
            let (sum, along) = if shared.training { (sum / m, along / m) } else { (0.0, 0.0) };
            let rows = pass.input.chunks_exact(lead).zip(pass.output_gradient.chunks_exact(lead));
            for ((from, above), into) in rows.zip(into.chunks_exact_mut(lead)) {
                for i in place.clone() {
                    let x = (from[i].to_f64() - mean) * inverse;
                    let slope = T::from_f64(scale * (above[i].to_f64() - sum - x * along));
                    into[i] = if flow == Flow::Add { into[i] + slope } else { slope };
                }
            }
        }
        if let Some(into) = into {
            self.block.clear_padding(into);
        }
    }

    fn observe(&self, cache: &[T], state: &mut [T]) {
        let keep = 1.0 - self.momentum;
        for channel in 0..self.channels {
            // Of the cache: the mean, and the unbiased variance after the other.
            for (running, i) in self.running.into_iter().zip([0, 2]) {
                let place = &mut state[running + channel];
                let batch = cache[i * self.channels + channel].to_f64();
                *place = T::from_f64(keep * place.to_f64() + self.momentum * batch);
            }
        }
    }

    fn whole_batch(&self) -> bool {
        true
    }

    /// A channel's variance is that of more than one value.
    fn least_batch(&self) -> usize {
        if self.block.width == self.channels { 2 } else { 1 }
    }

    fn scratch(&self) -> usize {
        3 * self.channels
    }

    fn parameters(&self) -> Range<usize> {
        self.range.clone()
    }

    fn reads_output(&self) -> bool {
        false
    }
}
