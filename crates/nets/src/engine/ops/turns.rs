//! Phases `z[f] = 2 pi b_f . v + phase_f`, the linear part of Fourier features and of modulation.
//!
//! `[a cos 2 pi b.v ..., a sin 2 pi b.v ...]` is then the sine of the phases with a quarter turn added to the first half,
//! and its amplitudes. The frequencies b are numbers of the description, a buffer, or a parameter.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use compute::Scalar;
use std::f64::consts::TAU;
use std::ops::Range;

/// Where the frequencies `[count, inputs]` are.
pub enum Source {
    Given(Vec<f64>),
    /// A place in the state.
    Buffer(usize),
    /// A parameter of the network.
    Parameter(usize),
}

enum Place<T> {
    Given(Vec<T>),
    Buffer(Range<usize>),
    Parameter(Range<usize>),
}

struct Turns<T> {
    input: Block,
    output: Block,
    count: usize,
    /// Turns added to each of the repetitions of the frequencies.
    phases: Vec<T>,
    place: Place<T>,
}

/// `phases.len()` times `count` features: the frequencies once for every phase (in turns).
pub fn push<T: Scalar>(builder: &mut Builder<T>, source: Source, count: usize, phases: &[f64], input: Slot) -> Slot {
    let block = builder.block(input);
    let size = count * block.width;
    let place = match source {
        Source::Given(rows) => Place::Given(rows.into_iter().map(T::from_f64).collect()),
        Source::Buffer(start) => Place::Buffer(start..start + size),
        Source::Parameter(index) => {
            let start = builder.reserve(size);
            builder.place(index, Placement::Flat { start });
            Place::Parameter(start..start + size)
        }
    };
    let shape = [phases.len() * count];
    let phases = phases.iter().map(|&phase| T::from_f64(TAU * phase)).collect();
    builder.push(Turns { input: block, output: Block::new::<T>(&shape), count, phases, place }, vec![input], &shape)
}

impl<T: Scalar> Turns<T> {
    fn rows<'a>(&'a self, shared: &'a Shared<T>) -> &'a [T] {
        match &self.place {
            Place::Given(rows) => rows,
            Place::Buffer(range) => &shared.state[range.clone()],
            Place::Parameter(range) => &shared.parameters[range.clone()],
        }
    }
}

impl<T: Scalar> Op<T> for Turns<T> {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let points = chunk.points;
        let frequencies = self.rows(shared);
        let (input, output, _) = chunk.forward(wiring);
        let rows = input.chunks_exact(self.input.lead).zip(output.chunks_exact_mut(self.output.lead));
        for (row, (v, z)) in rows.enumerate() {
            for (half, phase) in self.phases.iter().enumerate() {
                // The rows of a jet's derivatives have no phase.
                let phase = if row < points { *phase } else { T::ZERO };
                for (f, b) in frequencies.chunks_exact(self.input.width).enumerate() {
                    let dot = b.iter().zip(v).map(|(b, v)| *b * *v).sum::<T>();
                    z[half * self.count + f] = T::from_f64(TAU) * dot + phase;
                }
            }
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let width = self.input.width;
        let frequencies = self.rows(shared);
        let turn = T::from_f64(TAU);
        let pass = chunk.backward(wiring);
        let above = |row: usize, f: usize| {
            let row = &pass.output_gradient[row * self.output.lead..];
            (0..self.phases.len()).map(|half| row[half * self.count + f]).sum::<T>() * turn
        };
        let rows = pass.output_gradient.len() / self.output.lead;
        if let Place::Parameter(range) = &self.place {
            let own = &mut gradient[range.clone()];
            if fresh {
                own.fill(T::ZERO);
            }
            for row in 0..rows {
                let v = &pass.input[row * self.input.lead..][..width];
                for (f, own) in own.chunks_exact_mut(width).enumerate() {
                    let slope = above(row, f);
                    own.iter_mut().zip(v).for_each(|(own, v)| *own += slope * *v);
                }
            }
        }
        let Some(into) = pass.input_gradient else { return };
        for (row, into) in into.chunks_exact_mut(self.input.lead).enumerate() {
            if wiring.flow() == Flow::Store {
                into[..self.input.padded::<T>()].fill(T::ZERO);
            }
            for (f, b) in frequencies.chunks_exact(width).enumerate() {
                let slope = above(row, f);
                into.iter_mut().zip(b).for_each(|(into, b)| *into += slope * *b);
            }
        }
    }

    fn parameters(&self) -> Range<usize> {
        match &self.place {
            Place::Parameter(range) => range.clone(),
            _ => 0..0,
        }
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn work(&self) -> usize {
        self.phases.len() * self.count * self.input.width
    }
}
