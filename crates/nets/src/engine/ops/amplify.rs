//! Features times amplitudes `[count]`, repeated over the features. Linear in the features: jets pass as they are.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use compute::Scalar;
use std::ops::Range;

struct Amplify {
    block: Block,
    count: usize,
    /// In the arena where they are trained, else in the state.
    trained: bool,
    range: Range<usize>,
}

/// `parameter`: the index of the parameter that holds the amplitudes; else they lie at `start` of the state.
pub fn push<T: Scalar>(
    builder: &mut Builder<T>,
    parameter: Option<usize>,
    start: usize,
    count: usize,
    input: Slot,
    shape: &[usize],
) -> Slot {
    let start = parameter.map_or(start, |index| {
        let start = builder.reserve(count);
        builder.place(index, Placement::Flat { start });
        start
    });
    let block = builder.block(input);
    let op = Amplify { block, count, trained: parameter.is_some(), range: start..start + count };
    builder.push(op, vec![input], shape)
}

impl Amplify {
    fn values<'a, T: Scalar>(&self, shared: &'a Shared<T>) -> &'a [T] {
        &(if self.trained { shared.parameters } else { shared.state })[self.range.clone()]
    }
}

impl<T: Scalar> Op<T> for Amplify {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let amplitudes = self.values(shared);
        let (input, output, _) = chunk.forward(wiring);
        let rows = input.chunks_exact(self.block.lead).zip(output.chunks_exact_mut(self.block.lead));
        for (from, to) in rows {
            for column in 0..self.block.width {
                to[column] = amplitudes[column % self.count] * from[column];
            }
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let amplitudes = self.values(shared);
        let (width, lead) = (self.block.width, self.block.lead);
        let pass = chunk.backward(wiring);
        if self.trained {
            let own = &mut gradient[self.range.clone()];
            if fresh {
                own.fill(T::ZERO);
            }
            for (above, from) in pass.output_gradient.chunks_exact(lead).zip(pass.input.chunks_exact(lead)) {
                (0..width).for_each(|column| own[column % self.count] += above[column] * from[column]);
            }
        }
        let Some(into) = pass.input_gradient else { return };
        for (above, into) in pass.output_gradient.chunks_exact(lead).zip(into.chunks_exact_mut(lead)) {
            for column in 0..width {
                let slope = amplitudes[column % self.count] * above[column];
                into[column] = if wiring.flow() == Flow::Add { into[column] + slope } else { slope };
            }
        }
        self.block.clear_padding(into);
    }

    fn parameters(&self) -> Range<usize> {
        if self.trained { self.range.clone() } else { 0..0 }
    }

    fn reads_output(&self) -> bool {
        false
    }
}
