//! The memory of one chunk of samples on one thread, and how operations reach it.

use super::op::{Flow, Slot, Wiring};
use super::program::Program;
use compute::{Buffer, Scalar};

/// Blocks for the values of every slot, the gradients, and the operations' caches; made once for a run.
pub struct Workspace<T: Scalar> {
    /// Slot s is `values[s]`. Slot 0 is used only where the input is not read in place from the data.
    pub values: Vec<Buffer<T>>,
    pub gradients: Vec<Buffer<T>>,
    pub caches: Vec<Buffer<T>>,
}

impl<T: Scalar> Workspace<T> {
    /// For chunks of up to `points` samples; without gradients where only forward passes are made.
    pub fn new(program: &Program<T>, points: usize, gradients: bool) -> Self {
        let rows = points * program.copies();
        let block = |slot: usize| Buffer::zeros(rows * program.slots[slot].sample());
        Workspace {
            values: (0..program.slots.len()).map(block).collect(),
            gradients: program
                .gradient_sizes
                .iter()
                .map(|&size| Buffer::zeros(if gradients { rows * size } else { 0 }))
                .collect(),
            caches: program
                .nodes
                .iter()
                .map(|node| Buffer::zeros(rows * node.op.cache_per_sample() + node.op.scratch()))
                .collect(),
        }
    }

    /// Bytes that [`new`](Self::new) would take.
    pub fn bytes(program: &Program<T>, points: usize, gradients: bool) -> usize {
        let rows = points * program.copies();
        let values: usize = program.slots.iter().map(|block| block.sample()).sum();
        let wanted: usize = if gradients { program.gradient_sizes.iter().sum() } else { 0 };
        let kept: usize = program.nodes.iter().map(|node| node.op.cache_per_sample()).sum();
        let scratch: usize = program.nodes.iter().map(|node| node.op.scratch()).sum();
        size_of::<T>() * (rows * (values + wanted + kept) + scratch)
    }
}

/// A chunk in the middle of a pass.
pub struct Chunk<'a, T: Scalar> {
    /// Samples in it.
    pub points: usize,
    /// Copies of each sample: 1, or the blocks of a jet.
    pub copies: usize,
    program: &'a Program<T>,
    /// The block of slot 0, where it is read in place; else that slot's own.
    input: Option<&'a [T]>,
    space: &'a mut Workspace<T>,
}

/// What a backward pass of an operation with one input works on.
pub struct Backward<'c, T> {
    pub input: &'c [T],
    pub output: &'c [T],
    pub output_gradient: &'c mut [T],
    /// `None` where no gradient is wanted, and where the operation works in place.
    pub input_gradient: Option<&'c mut [T]>,
    pub cache: &'c mut [T],
}

impl<'a, T: Scalar> Chunk<'a, T> {
    pub fn new(program: &'a Program<T>, points: usize, input: Option<&'a [T]>, space: &'a mut Workspace<T>) -> Self {
        Chunk { points, copies: program.copies(), program, input, space }
    }

    fn length(&self, slot: Slot) -> usize {
        self.points * self.copies * self.program.slots[slot.0].sample()
    }

    /// The values of a slot: `points * copies` samples of its block.
    pub fn value(&self, slot: Slot) -> &[T] {
        match self.input {
            Some(input) if slot.0 == 0 => input,
            _ => &self.space.values[slot.0][..self.length(slot)],
        }
    }

    /// To be written: of any slot but an input that is read in place.
    pub fn value_mut(&mut self, slot: Slot) -> &mut [T] {
        let length = self.length(slot);
        &mut self.space.values[slot.0][..length]
    }

    /// Writes the column of ones (zeros in a jet's derivatives) into the values of a slot.
    pub fn set_ones(&mut self, slot: Slot) {
        let block = self.program.slots[slot.0];
        let values = self.points * block.sample();
        let (ones, zeros) = self.value_mut(slot).split_at_mut(values);
        block.set_column(ones, T::ONE);
        block.set_column(zeros, T::ZERO);
    }

    /// For an operation with one input that does not work in place: (input, output, its cache).
    pub fn forward(&mut self, wiring: &Wiring) -> (&[T], &mut [T], &mut [T]) {
        let (from, to) = (wiring.input(), wiring.output);
        let (from_length, to_length) = (self.length(from), self.length(to));
        let cache = &mut self.space.caches[wiring.cache][..];
        match self.input {
            Some(input) if from.0 == 0 => (input, &mut self.space.values[to.0][..to_length], cache),
            _ => {
                let [input, output] = disjoint(&mut self.space.values, [from.0, to.0]);
                (&input[..from_length], &mut output[..to_length], cache)
            }
        }
    }

    /// The network's output and, if wanted, its gradient to be written.
    pub fn output(&mut self, gradient: bool) -> (&[T], Option<&mut [T]>) {
        let output = self.program.output;
        let length = self.length(output);
        let place = self.program.gradient_of(output);
        let gradient = gradient.then(|| &mut self.space.gradients[place][..length]);
        (&self.space.values[output.0][..length], gradient)
    }

    /// The gradient of a slot that has one.
    pub fn gradient(&self, slot: Slot) -> &[T] {
        &self.space.gradients[self.program.gradient_of(slot)][..self.length(slot)]
    }

    pub fn gradient_mut(&mut self, slot: Slot) -> &mut [T] {
        let length = self.length(slot);
        &mut self.space.gradients[self.program.gradient_of(slot)][..length]
    }

    /// The gradients of two different slots: of one to be read, of the other to be written.
    pub fn gradient_pair(&mut self, from: Slot, to: Slot) -> (&[T], &mut [T]) {
        let (from_length, to_length) = (self.length(from), self.length(to));
        let places = [self.program.gradient_of(from), self.program.gradient_of(to)];
        let [from, to] = disjoint(&mut self.space.gradients, places);
        (&from[..from_length], &mut to[..to_length])
    }

    /// Everything for the backward pass of an operation with one input.
    pub fn backward(&mut self, wiring: &Wiring) -> Backward<'_, T> {
        let (from, to) = (wiring.input(), wiring.output);
        let (from_length, to_length) = (self.length(from), self.length(to));
        let input = match self.input {
            Some(input) if from.0 == 0 => input,
            _ => &self.space.values[from.0][..from_length],
        };
        let output = match self.input {
            Some(input) if to.0 == 0 => input,
            _ => &self.space.values[to.0][..to_length],
        };
        let to_place = self.program.gradient_of(to);
        let (output_gradient, input_gradient) = if wiring.flow() == Flow::Skip || wiring.in_place() {
            (&mut self.space.gradients[to_place][..to_length], None)
        } else {
            let places = [to_place, self.program.gradient_of(from)];
            let [output, input] = disjoint(&mut self.space.gradients, places);
            (&mut output[..to_length], Some(&mut input[..from_length]))
        };
        Backward { input, output, output_gradient, input_gradient, cache: &mut self.space.caches[wiring.cache] }
    }

    /// The cache of an operation with several inputs.
    pub fn cache(&mut self, wiring: &Wiring) -> &mut [T] {
        &mut self.space.caches[wiring.cache]
    }

    /// An operation's own cache, to be returned before the next operation: for one that reads and writes the chunk while it works.
    pub fn lend_cache(&mut self, wiring: &Wiring) -> Buffer<T> {
        std::mem::replace(&mut self.space.caches[wiring.cache], Buffer::zeros(0))
    }

    pub fn return_cache(&mut self, wiring: &Wiring, cache: Buffer<T>) {
        self.space.caches[wiring.cache] = cache;
    }

    /// Values of one slot to be read and of another to be written.
    pub fn value_pair(&mut self, from: Slot, to: Slot) -> (&[T], &mut [T]) {
        let (from_length, to_length) = (self.length(from), self.length(to));
        match self.input {
            Some(input) if from.0 == 0 => (input, &mut self.space.values[to.0][..to_length]),
            _ => {
                let [from, to] = disjoint(&mut self.space.values, [from.0, to.0]);
                (&from[..from_length], &mut to[..to_length])
            }
        }
    }
}

fn disjoint<T: Scalar>(buffers: &mut [Buffer<T>], places: [usize; 2]) -> [&mut Buffer<T>; 2] {
    buffers.get_disjoint_mut(places).expect("an operation's two ends lie in different buffers")
}
