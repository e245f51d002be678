//! The rows of one block times the single column of another: `u[r, i] w[r]`, for modulation.
//!
//! With jets, the product rule for each of their parts: `(u w)_j = u_j w + u w_j` and so on.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::jets::Jets;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use compute::Scalar;

struct Multiply<T> {
    block: Block,
    column: Block,
    /// Copy k of the product takes copy a of u times copy b of w times the factor: (k, a, b, factor).
    terms: Vec<(usize, usize, usize, T)>,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, factor: Slot, input: Slot, shape: &[usize]) -> Slot {
    let terms = builder.options.jets.as_ref().map_or_else(|| vec![(0, 0, 0, 1.0)], Jets::product);
    let terms = terms.into_iter().map(|(to, a, b, factor)| (to, a, b, T::from_f64(factor))).collect();
    let op = Multiply { block: builder.block(input), column: builder.block(factor), terms };
    builder.push(op, vec![input, factor], shape)
}

impl<T: Scalar> Op<T> for Multiply<T> {
    fn forward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (points, tokens) = (chunk.points, self.block.tokens);
        let (lead, width) = (self.block.lead, self.block.width);
        let rows = points * tokens;
        for row in 0..rows * chunk.copies {
            chunk.value_mut(wiring.output)[row * lead..][..width].fill(T::ZERO);
        }
        for &(to, a, b, factor) in &self.terms {
            for row in 0..rows {
                let w = factor * chunk.value(wiring.inputs[1])[(b * points + row / tokens) * self.column.lead];
                let (u, into) = chunk.value_pair(wiring.inputs[0], wiring.output);
                let into = &mut into[(to * rows + row) * lead..][..width];
                into.iter_mut().zip(&u[(a * rows + row) * lead..]).for_each(|(into, u)| *into += w * *u);
            }
        }
        chunk.set_ones(wiring.output);
    }

    /// The column depends on the input only: where that is the data, its gradient is not wanted.
    fn backward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        let (points, tokens) = (chunk.points, self.block.tokens);
        let (lead, width) = (self.block.lead, self.block.width);
        let (rows, copies) = (points * tokens, chunk.copies);
        for k in [0, 1] {
            if wiring.flows[k] == Flow::Store {
                chunk.gradient_mut(wiring.inputs[k]).fill(T::ZERO);
            }
        }
        debug_assert_eq!(chunk.gradient(wiring.output).len(), rows * copies * lead);
        for &(from, a, b, factor) in &self.terms {
            for row in 0..rows {
                let column = (b * points + row / tokens) * self.column.lead;
                if wiring.flows[1] != Flow::Skip {
                    let u = &chunk.value(wiring.inputs[0])[(a * rows + row) * lead..][..width];
                    let above = &chunk.gradient(wiring.output)[(from * rows + row) * lead..];
                    let slope = factor * u.iter().zip(above).map(|(u, above)| *u * *above).sum::<T>();
                    chunk.gradient_mut(wiring.inputs[1])[column] += slope;
                }
                if wiring.flows[0] != Flow::Skip {
                    let w = factor * chunk.value(wiring.inputs[1])[column];
                    let (above, into) = chunk.gradient_pair(wiring.output, wiring.inputs[0]);
                    let above = &above[(from * rows + row) * lead..];
                    let into = &mut into[(a * rows + row) * lead..][..width];
                    into.iter_mut().zip(above).for_each(|(into, above)| *into += w * *above);
                }
            }
        }
    }

    fn reads_output(&self) -> bool {
        false
    }
}
