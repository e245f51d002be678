//! The same values in another block: a sequence as one row, or a copy.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use compute::Scalar;

struct Reshape {
    input: Block,
    output: Block,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, shape: &[usize], input: Slot) -> Slot {
    let op = Reshape { input: builder.block(input), output: Block::new::<T>(shape) };
    builder.push(op, vec![input], shape)
}

/// Copies samples of one block into those of another of equal size, value by value in row-major order.
fn copy<T: Scalar>(from_block: Block, from: &[T], to_block: Block, to: &mut [T], add: bool) {
    for (from, to) in from.chunks_exact(from_block.sample()).zip(to.chunks_exact_mut(to_block.sample())) {
        for i in 0..from_block.size() {
            let value = from[i / from_block.width * from_block.lead + i % from_block.width];
            let place = &mut to[i / to_block.width * to_block.lead + i % to_block.width];
            *place = if add { *place + value } else { value };
        }
    }
}

impl<T: Scalar> Op<T> for Reshape {
    fn forward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (input, output, _) = chunk.forward(wiring);
        copy(self.input, input, self.output, output, false);
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        let pass = chunk.backward(wiring);
        if let Some(into) = pass.input_gradient {
            copy(self.output, pass.output_gradient, self.input, into, wiring.flow() == Flow::Add);
            self.input.clear_padding(into);
        }
    }

    fn reads_output(&self) -> bool {
        false
    }
}
