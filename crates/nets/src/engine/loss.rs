//! What a loss is to the engine.

use crate::engine::block::Block;
use crate::engine::{Jets, Samples};
use crate::network::spec::{Coefficients, MOST_TRAINED};
use compute::{Scalar, SimdPath};
use std::any::Any;
use std::cell::Cell;

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
    /// The loss's own coefficients that are trained.
    pub coefficients: &'a [T],
    /// Where its derivatives by them go, where they are wanted.
    pub slopes: Option<&'a Cell<[f64; MOST_TRAINED]>>,
}

/// How a loss wants its batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchNeeds {
    /// It is no sum over samples: it sees a batch as one chunk.
    pub whole: bool,
    /// The order of the samples means something.
    pub ordered: bool,
    /// The data begin with pairs of samples, one after the other, that belong into one chunk.
    pub pairs: bool,
    /// Samples that belong together: the data hold all first ones, then all second ones; so does a batch.
    pub views: usize,
}

impl Default for BatchNeeds {
    fn default() -> Self {
        BatchNeeds { whole: false, ordered: false, pairs: false, views: 1 }
    }
}

/// A loss over a batch; a sum over its samples unless it [`needs`](Self::needs) the whole. It owns its targets, for all samples of the data. (`Any`: another
/// engine may know the type and compute the loss its own way.)
pub trait Loss<T: Scalar>: Any + Send + Sync {
    /// The chunk's part of the loss; with `gradient`, also its derivatives by the outputs, in their block (padding
    /// columns are cleared by the engine).
    fn evaluate(&self, outputs: &Outputs<T>, gradient: Option<&mut [T]>) -> f64;

    /// The derivatives by the input that it reads, for a network with so many inputs.
    fn jets(&self, _inputs: usize) -> Option<Jets> {
        None
    }

    /// Its named numbers, those that are trained with the network among them.
    fn coefficients(&self) -> Option<&Coefficients> {
        None
    }

    /// A sample of the chunk at which the loss has no finite value though the outputs are finite, and why, in words.
    fn fault(&self, _outputs: &Outputs<T>) -> Option<(usize, String)> {
        None
    }

    fn needs(&self) -> BatchNeeds {
        BatchNeeds::default()
    }

    /// A sample of the data in words.
    fn label(&self, sample: usize) -> String {
        format!("sample {sample}")
    }

    /// The terms that the last evaluation, over `batch`, was the sum of, by name; empty for a loss of one term.
    fn terms(&self, _batch: &Samples) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// What the last evaluation, over `batch`, was made of, by name, where that is worth a record.
    fn parts(&self, _batch: &Samples) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}
