//! What a loss is to the engine.

use crate::engine::block::Block;
use crate::engine::{Jets, Samples};
use compute::{Scalar, SimdPath};
use std::any::Any;

/// The outputs of one chunk of a batch.
pub struct Outputs<'a, T> {
    pub path: SimdPath,
    pub block: Block,
    /// `samples.len() * copies` samples of `block`: the values, then the parts of a jet, if any.
    pub values: &'a [T],
    pub copies: usize,
    /// Which samples of the data these are: they find the targets.
    pub samples: Samples<'a>,
    /// Samples in the whole batch, over which a mean goes.
    pub batch: usize,
}

/// A loss over a batch that is a sum over its samples. It owns its targets, for all samples of the data. (`Any`: another
/// engine may know the type and compute the loss its own way.)
pub trait Loss<T: Scalar>: Any + Send + Sync {
    /// The chunk's part of the loss; with `gradient`, also its derivatives by the outputs, in their block (padding
    /// columns are cleared by the engine).
    fn evaluate(&self, outputs: &Outputs<T>, gradient: Option<&mut [T]>) -> f64;

    /// The derivatives by the input that it reads, for a network with so many inputs.
    fn jets(&self, _inputs: usize) -> Option<Jets> {
        None
    }
}
