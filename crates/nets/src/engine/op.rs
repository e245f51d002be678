//! What an operation of a compiled network is.
//!
//! An operation reads the blocks of one or more slots, writes the block of another, and knows the gradient of that.
//! It sees one chunk of samples at a time, on one thread, and allocates nothing. To add a layer: one file in `ops/`
//! with a type that implements [`Op`], and one arm in `compile.rs`.

use super::chunk::Chunk;
use compute::{Scalar, SimdPath};

/// A block of values of the chunk. Slot 0 is the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(pub usize);

/// What a backward pass does with the gradient of an input slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Nothing before it has parameters: no gradient is wanted.
    Skip,
    /// It is the first to write the gradient in the backward order.
    Store,
    /// Others have written: add.
    Add,
}

/// The slots of one operation in its network.
#[derive(Debug, Clone)]
pub struct Wiring {
    pub inputs: Vec<Slot>,
    /// What happens to the gradient of each input.
    pub flows: Vec<Flow>,
    /// May be the first input: then the operation works in place.
    pub output: Slot,
    /// Which of the chunk's caches is this operation's own.
    pub cache: usize,
    /// Which of the derived arrays is this operation's own.
    pub derived: usize,
}

impl Wiring {
    pub fn input(&self) -> Slot {
        self.inputs[0]
    }
    pub fn flow(&self) -> Flow {
        self.flows[0]
    }
    pub fn in_place(&self) -> bool {
        self.inputs[0] == self.output
    }
}

/// What all chunks share during a pass.
#[derive(Clone, Copy)]
pub struct Shared<'a, T: Scalar> {
    pub path: SimdPath,
    /// The arena of parameters.
    pub parameters: &'a [T],
    /// What the operations derived from the parameters in [`Op::refresh`], one array for each that asked for one.
    pub derived: &'a [compute::Buffer<T>],
    /// State that is not trained (running means, fixed frequencies), flat and row-major as in `ResolvedNetwork`.
    pub state: &'a [T],
    /// True in a training's forward pass, false for a prediction.
    pub training: bool,
}

/// One operation. `&self` holds shapes and places in the arena, never data of a pass.
pub trait Op<T: Scalar>: Send + Sync {
    /// Reads the inputs' blocks, writes the output's.
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>);

    /// Reads the gradient of the output's block, writes those of the inputs by their flows, and *stores* into
    /// `gradient` (the arena of a lane) those of its parameters if `fresh`, else *adds* them. May destroy the output's gradient.
    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool);

    /// The arena's range that holds its parameters; empty for most.
    fn parameters(&self) -> std::ops::Range<usize> {
        0..0
    }

    /// Numbers that it keeps from forward to backward for every sample of a chunk, beside the values.
    fn cache_per_sample(&self) -> usize {
        0
    }

    /// Numbers that it uses as scratch for a whole chunk; they follow those of the samples in its cache.
    fn scratch(&self) -> usize {
        0
    }

    /// Numbers that it derives from the parameters after each update (such as transposed weights).
    fn derived(&self) -> usize {
        0
    }

    /// Fills the derived array. `backward` is false when only a forward pass follows.
    fn refresh(&self, _parameters: &[T], _derived: &mut [T], _backward: bool) {}

    /// Called once for each lane of gradients when all its chunks are done.
    fn finish(&self, _gradient: &mut [T]) {}

    /// Whether a training pass needs the whole batch in one chunk.
    fn whole_batch(&self) -> bool {
        false
    }

    /// Samples that a batch of a training must have at least.
    fn least_batch(&self) -> usize {
        1
    }

    /// Changes the state by what the last training pass left in its cache.
    fn observe(&self, _cache: &[T], _state: &mut [T]) {}

    /// After a forward pass: a sample of the chunk at which the operation has no finite value, and why, in words.
    fn fault(&self, _shared: &Shared<T>, _wiring: &Wiring, _chunk: &Chunk<T>) -> Option<(usize, String)> {
        None
    }

    /// Whether `backward` reads the values of its output (else the next operation may overwrite them in place).
    fn reads_output(&self) -> bool {
        true
    }

    /// Whether it could write its output over its input: `backward` then never reads the values of the input.
    fn can_work_in_place(&self) -> bool {
        false
    }

    /// Samples of a chunk that it needs to work at full speed, for planning.
    fn samples(&self) -> usize {
        1
    }

    /// Products of numbers in a forward pass over one sample, for planning.
    fn work(&self) -> usize {
        0
    }
}
