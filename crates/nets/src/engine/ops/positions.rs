//! Adds a code of the position to every token: sines and cosines, or a parameter `[tokens, features]`, or nothing.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use crate::network::positions::sinusoidal;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::PositionEncoding;
use compute::Scalar;
use std::ops::Range;

struct Positions<T> {
    block: Block,
    /// `[tokens, features]`; empty where the parameter is used.
    fixed: Vec<T>,
    range: Range<usize>,
}

pub fn push<T: Scalar>(
    builder: &mut Builder<T>,
    layer: &ResolvedLayer,
    encoding: PositionEncoding,
    input: Slot,
) -> Slot {
    let block = builder.block(input);
    let (tokens, width) = (block.tokens, block.width);
    let (fixed, range) = match encoding {
        PositionEncoding::None => return input,
        PositionEncoding::Sinusoidal => (sinusoidal(tokens, width).into_iter().map(T::from_f64).collect(), 0..0),
        PositionEncoding::Learned => {
            let start = builder.reserve(tokens * width);
            builder.place(layer.parameters[0], Placement::Flat { start });
            (Vec::new(), start..start + tokens * width)
        }
    };
    builder.push(Positions { block, fixed, range }, vec![input], &layer.output)
}

impl<T: Scalar> Op<T> for Positions<T> {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let Block { tokens, width, lead } = self.block;
        let codes = if self.fixed.is_empty() { &shared.parameters[self.range.clone()] } else { &self.fixed };
        let (input, output, _) = chunk.forward(wiring);
        for (row, (from, to)) in input.chunks_exact(lead).zip(output.chunks_exact_mut(lead)).enumerate() {
            let code = &codes[row % tokens * width..][..width];
            (0..width).for_each(|i| to[i] = from[i] + code[i]);
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let Block { tokens, width, lead } = self.block;
        let flow = wiring.flow();
        let pass = chunk.backward(wiring);
        let own = &mut gradient[self.range.clone()];
        if fresh {
            own.fill(T::ZERO);
        }
        if !own.is_empty() {
            for (row, above) in pass.output_gradient.chunks_exact(lead).enumerate() {
                let own = &mut own[row % tokens * width..][..width];
                own.iter_mut().zip(above).for_each(|(own, x)| *own += *x);
            }
        }
        let Some(into) = pass.input_gradient else { return };
        for (above, into) in pass.output_gradient.chunks_exact(lead).zip(into.chunks_exact_mut(lead)) {
            for i in 0..width {
                into[i] = if flow == Flow::Add { into[i] + above[i] } else { above[i] };
            }
        }
        self.block.clear_padding(into);
    }

    fn parameters(&self) -> Range<usize> {
        self.range.clone()
    }

    fn reads_output(&self) -> bool {
        false
    }
}
