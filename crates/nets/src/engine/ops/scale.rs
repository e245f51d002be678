//! The input times a number. Linear: jets pass as they are.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use compute::Scalar;

struct Scale<T> {
    block: Block,
    factor: T,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, factor: f64, input: Slot, shape: &[usize]) -> Slot {
    let block = builder.block(input);
    builder.push(Scale { block, factor: T::from_f64(factor) }, vec![input], shape)
}

impl<T: Scalar> Op<T> for Scale<T> {
    fn forward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (input, output, _) = chunk.forward(wiring);
        output.iter_mut().zip(input).for_each(|(to, x)| *to = self.factor * *x);
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        let pass = chunk.backward(wiring);
        let Some(into) = pass.input_gradient else { return };
        let width = self.block.padded::<T>();
        let rows = pass.output_gradient.chunks_exact(self.block.lead).zip(into.chunks_exact_mut(self.block.lead));
        for (above, into) in rows {
            for (into, x) in into[..width].iter_mut().zip(above) {
                let slope = self.factor * *x;
                *into = if wiring.flow() == Flow::Add { *into + slope } else { slope };
            }
        }
    }

    fn reads_output(&self) -> bool {
        false
    }
}
