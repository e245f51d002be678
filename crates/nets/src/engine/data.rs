//! The samples that an engine reads, and which of them a chunk takes.

use super::block::Block;
use super::chunk::Workspace;
use super::program::Program;
use compute::{Buffer, Scalar};
use std::ops::Range;

/// Input samples in the block of slot 0, so that a full batch is read where it lies.
pub struct Data<T: Scalar> {
    block: Block,
    rows: usize,
    values: Buffer<T>,
}

impl<T: Scalar> Data<T> {
    /// From row-major samples.
    pub fn new(program: &Program<T>, inputs: &[T]) -> Self {
        let block = program.input_block();
        let rows = inputs.len() / block.size();
        let mut values = Buffer::zeros(rows * block.sample());
        block.pack(inputs, &mut values);
        Data { block, rows, values }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Puts row-major samples in the place of those from `first` on.
    pub fn replace(&mut self, first: usize, inputs: &[T]) {
        let rows = inputs.len() / self.block.size();
        let size = self.block.sample();
        self.block.pack(inputs, &mut self.values[first * size..(first + rows) * size]);
    }

    fn sample(&self, index: usize) -> &[T] {
        &self.values[index * self.block.sample()..][..self.block.sample()]
    }

    /// The input block of a chunk: in place if its samples lie together, else gathered into the workspace (`None`).
    pub(super) fn input<'a>(
        &'a self,
        program: &Program<T>,
        samples: &Samples,
        space: &mut Workspace<T>,
    ) -> Option<&'a [T]> {
        let size = self.block.sample();
        match (samples, &program.options.jets) {
            (Samples::Range(range), None) => return Some(&self.values[range.start * size..range.end * size]),
            (_, None) => {}
            (_, Some(jets)) => jets.seed(self.block, samples.len(), &mut space.values[0]),
        }
        for (to, i) in space.values[0].chunks_exact_mut(size).zip(0..samples.len()) {
            to.copy_from_slice(self.sample(samples.get(i)));
        }
        None
    }
}

/// Which samples of the data a chunk holds.
#[derive(Debug, Clone)]
pub enum Samples<'a> {
    Range(Range<usize>),
    Picked(&'a [usize]),
}

impl<'a> Samples<'a> {
    pub fn len(&self) -> usize {
        match self {
            Samples::Range(range) => range.len(),
            Samples::Picked(picked) => picked.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The index in the data of sample `i` of the chunk.
    pub fn get(&self, i: usize) -> usize {
        match self {
            Samples::Range(range) => range.start + i,
            Samples::Picked(picked) => picked[i],
        }
    }

    /// Samples `from .. to` of these.
    pub fn part(&self, from: usize, to: usize) -> Samples<'a> {
        match self {
            Samples::Range(range) => Samples::Range(range.start + from..range.start + to),
            Samples::Picked(picked) => Samples::Picked(&picked[from..to]),
        }
    }
}
