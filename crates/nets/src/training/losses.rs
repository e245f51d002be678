//! Losses and their gradients by the network's output.
//!
//! With N rows (samples, or samples times tokens) of o outputs h and targets y:
//! - `mse` = 1/(N o) sum (h - y)^2
//! - `mae` = 1/(N o) sum |h - y|, derivative 0 at 0
//! - `huber` = 1/(N o) sum of (h - y)^2 / 2 up to `delta`, delta (|h - y| - delta / 2) beyond (Huber 1964; PyTorch)
//! - `weightedMse` = 1/(N o) sum w (h - y)^2, w one number a row or one a value
//! - `crossEntropy` = -1/N sum_c p_c log softmax(h)_c, p the row's probabilities, or 1 at the row's class
//!
//! Every sum is taken in f64, whatever the network's type, row after row: the caller fixes the order of its chunks.
//!
//! ```
//! use nets::training::losses::{RowLoss, Rows, Target};
//! let rows = Rows { values: &[1.0, 9.9, 3.0, 9.9], width: 1, lead: 2 };
//! let mut gradient = [0.0; 4];
//! let loss = RowLoss::Mse.evaluate(rows, Target::Values(&[0.0, 1.0]), 2, Some(&mut gradient));
//! assert_eq!((loss, gradient), (2.5, [1.0, 0.0, 2.0, 0.0]));
//! ```

mod bound;
mod cross_entropy;
pub mod equations;
mod expression;
mod penalty;
mod phase_contrastive;
mod pointwise;
mod scratch;
mod smoothness;
mod sobolev;
mod target;
mod terms;
mod weight_spectrum;

pub use bound::BoundLoss;
pub use equations::{Equations, View};
pub use expression::Expression;
pub use penalty::Penalty;
pub use phase_contrastive::{PhaseContrastive, TINY_AMPLITUDE};
pub use smoothness::{Along, Smoothness, TINY_VARIANCE};
pub use sobolev::Sobolev;
pub use target::{Target, TargetData};
pub use weight_spectrum::{Images, PenaltySpec, WeightSpectrum};

use compute::Scalar;
use serde::{Deserialize, Serialize};

/// A loss of one row of outputs at a time. (Losses by input derivatives and losses of a whole batch are others.)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum RowLoss {
    Mse,
    CrossEntropy,
    Mae,
    Huber {
        #[serde(default = "one")]
        delta: f64,
    },
    WeightedMse,
}

fn one() -> f64 {
    1.0
}

/// Rows of outputs: `width` values, `lead` from one row to the next.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a, T> {
    pub values: &'a [T],
    pub width: usize,
    pub lead: usize,
}

impl RowLoss {
    /// The part of the loss that these rows contribute, of a batch of `total` rows in all. Their part of the gradient,
    /// where it is asked for, is *stored* at the same places; what lies between the rows is left alone.
    #[inline]
    pub fn evaluate<T: Scalar>(
        &self,
        rows: Rows<T>,
        target: Target<T>,
        total: usize,
        gradient: Option<&mut [T]>,
    ) -> f64 {
        let per_value = 1.0 / (total * rows.width) as f64;
        match *self {
            RowLoss::CrossEntropy => cross_entropy::evaluate(rows, target, 1.0 / total as f64, gradient),
            RowLoss::Mse => pointwise::evaluate(rows, target, per_value, gradient, pointwise::squared),
            RowLoss::WeightedMse => pointwise::evaluate(rows, target, per_value, gradient, pointwise::squared),
            RowLoss::Mae => pointwise::evaluate(rows, target, per_value, gradient, pointwise::absolute),
            RowLoss::Huber { delta } => {
                pointwise::evaluate(rows, target, per_value, gradient, |error| pointwise::huber(error, delta))
            }
        }
    }
}

#[cfg(test)]
mod spectral_tests;
#[cfg(test)]
mod tests;
