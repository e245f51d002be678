//! Several blocks made one: their sum, or their features (channels) side by side. Both are linear, so jets pass as they are.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use crate::network::spec::Combine as Kind;
use compute::Scalar;

struct Combine {
    inputs: Vec<Block>,
    output: Block,
    /// The column of the output where each input begins.
    columns: Vec<usize>,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, kind: Kind, inputs: Vec<Slot>, shape: &[usize]) -> Slot {
    let blocks: Vec<Block> = inputs.iter().map(|&slot| builder.block(slot)).collect();
    let mut next = 0;
    let columns = blocks.iter().map(|block| {
        let column = next;
        next += if kind == Kind::Concat { block.width } else { 0 };
        column
    });
    let columns = columns.collect();
    builder.push(Combine { inputs: blocks, output: Block::new::<T>(shape), columns }, inputs, shape)
}

impl<T: Scalar> Op<T> for Combine {
    fn forward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        for (k, (block, &column)) in self.inputs.iter().zip(&self.columns).enumerate() {
            // Inputs that begin at column 0 after the first are added: those of a sum.
            let add = k > 0 && column == 0;
            let (from, to) = chunk.value_pair(wiring.inputs[k], wiring.output);
            for (from, to) in from.chunks_exact(block.lead).zip(to.chunks_exact_mut(self.output.lead)) {
                let to = &mut to[column..][..block.width];
                if add {
                    to.iter_mut().zip(from).for_each(|(to, x)| *to += *x);
                } else {
                    to.copy_from_slice(&from[..block.width]);
                }
            }
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        for (k, (block, &column)) in self.inputs.iter().zip(&self.columns).enumerate() {
            if wiring.flows[k] == Flow::Skip {
                continue;
            }
            let (above, into) = chunk.gradient_pair(wiring.output, wiring.inputs[k]);
            for (above, into) in above.chunks_exact(self.output.lead).zip(into.chunks_exact_mut(block.lead)) {
                let above = &above[column..][..block.width];
                if wiring.flows[k] == Flow::Add {
                    into.iter_mut().zip(above).for_each(|(into, x)| *into += *x);
                } else {
                    into[..block.width].copy_from_slice(above);
                }
            }
            if wiring.flows[k] == Flow::Store {
                block.clear_padding(into);
            }
        }
    }

    fn reads_output(&self) -> bool {
        false
    }
}
