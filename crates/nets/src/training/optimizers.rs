//! First-order optimisers, as PyTorch defines them; all but `muon` are one pass over flat arrays.
//!
//! With gradient g, parameters p, rate r, step t counted from 1:
//! - `sgd`: g += weightDecay p; momentum m <- momentum m + g; p -= r m, or with `nesterov` p -= r (g + momentum m).
//! - `adam` (Kingma and Ba 2015): g += weightDecay p; m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
//!   p -= r / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon).
//! - `adamw` (Loshchilov and Hutter 2019): p -= r weightDecay p, then Adam without decay in the gradient.
//! - `rmsprop`: v <- decay v + (1 - decay) g^2, p -= r g / (sqrt(v) + epsilon).
//! - `muon` (Jordan et al. 2024): weights between the first layer and the last take momentum made orthogonal, all else AdamW; see
//!   [`Muon`].
//!
//! ```
//! use nets::training::optimizers::{Moments, Optimizer};
//! let sgd: Optimizer = serde_json::from_str(r#"{ "type": "sgd", "learningRate": 0.5 }"#).unwrap();
//! let mut parameters = [1.0, 2.0];
//! sgd.rule(0, 1.0).apply(&mut parameters, &[1.0, -1.0], &mut [], &mut []);
//! assert_eq!((parameters, sgd.moments()), ([0.5, 2.5], Moments::None));
//! ```

mod muon;
mod newton_schulz;
mod rule;
mod schedule;
mod update;

pub use muon::{AdamwPart, Adjust, Matrix, Muon, Turn};
pub use newton_schulz::Iteration;
pub use rule::{Prepare, Rule};
pub use schedule::{Clip, Schedule, clip_factor};
pub use update::FirstOrder;

use crate::network::json;
use base::elementary::power;
use base::{Error, Result};
use compute::Scalar;
use serde::{Deserialize, Serialize};

/// An optimiser with its constants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Optimizer {
    Sgd {
        learning_rate: f64,
        #[serde(default)]
        momentum: f64,
        #[serde(default)]
        nesterov: bool,
        #[serde(default)]
        weight_decay: f64,
        #[serde(default)]
        schedule: Option<Schedule>,
        #[serde(default)]
        clip: Option<Clip>,
    },
    Adam {
        learning_rate: f64,
        #[serde(default = "beta1")]
        beta1: f64,
        #[serde(default = "beta2")]
        beta2: f64,
        #[serde(default = "epsilon")]
        epsilon: f64,
        #[serde(default)]
        weight_decay: f64,
        #[serde(default)]
        schedule: Option<Schedule>,
        #[serde(default)]
        clip: Option<Clip>,
    },
    Adamw {
        learning_rate: f64,
        #[serde(default = "beta1")]
        beta1: f64,
        #[serde(default = "beta2")]
        beta2: f64,
        #[serde(default = "epsilon")]
        epsilon: f64,
        #[serde(default = "adamw_decay")]
        weight_decay: f64,
        #[serde(default)]
        schedule: Option<Schedule>,
        #[serde(default)]
        clip: Option<Clip>,
    },
    Rmsprop {
        learning_rate: f64,
        #[serde(default = "rms_decay")]
        decay: f64,
        #[serde(default = "epsilon")]
        epsilon: f64,
        #[serde(default)]
        schedule: Option<Schedule>,
        #[serde(default)]
        clip: Option<Clip>,
    },
    Muon(Muon),
}

fn beta1() -> f64 {
    0.9
}
fn beta2() -> f64 {
    0.999
}
fn epsilon() -> f64 {
    1e-8
}
fn adamw_decay() -> f64 {
    0.01
}
fn rms_decay() -> f64 {
    0.99
}

/// Which arrays an optimiser keeps beside the parameters, all zero at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moments {
    None,
    /// `first`: momentum.
    First,
    /// `second`: mean squared gradient.
    Second,
    Both,
}

impl Moments {
    pub fn first(self) -> bool {
        matches!(self, Moments::First | Moments::Both)
    }
    pub fn second(self) -> bool {
        matches!(self, Moments::Second | Moments::Both)
    }
}

impl Optimizer {
    /// Reads and checks a description.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` names the field, what was expected and what came.
    pub fn from_json(text: &str) -> Result<Self> {
        let optimizer: Self = json::read(&json::parse(text, "optimizer")?, "optimizer")?;
        optimizer.check()?;
        Ok(optimizer)
    }

    fn check(&self) -> Result<()> {
        let wrong = |field: &str, expected: &str, got: f64| {
            Err(Error::argument(format!("optimizer.{field}: expected {expected}, got {got}")))
        };
        let not_negative = |field: &str, value: f64| {
            if value.is_finite() && value >= 0.0 { Ok(()) } else { wrong(field, "a finite number not below 0", value) }
        };
        let fraction = |field: &str, value: f64| {
            if (0.0..1.0).contains(&value) { Ok(()) } else { wrong(field, "a number from 0 to below 1", value) }
        };
        not_negative("learningRate", self.learning_rate())?;
        match *self {
            Optimizer::Sgd { momentum, nesterov, weight_decay, .. } => {
                not_negative("momentum", momentum)?;
                not_negative("weightDecay", weight_decay)?;
                if nesterov && momentum == 0.0 {
                    return wrong("momentum", "a number above 0, as nesterov needs", momentum);
                }
            }
            Optimizer::Adam { beta1, beta2, epsilon, weight_decay, .. }
            | Optimizer::Adamw { beta1, beta2, epsilon, weight_decay, .. } => {
                fraction("beta1", beta1)?;
                fraction("beta2", beta2)?;
                not_negative("epsilon", epsilon)?;
                not_negative("weightDecay", weight_decay)?;
            }
            Optimizer::Rmsprop { decay, epsilon, .. } => {
                fraction("decay", decay)?;
                not_negative("epsilon", epsilon)?;
            }
            Optimizer::Muon(ref muon) => muon.check()?,
        }
        self.schedule().map_or(Ok(()), |schedule| schedule.check())?;
        self.clip().map_or(Ok(()), |clip| clip.check())
    }

    pub fn learning_rate(&self) -> f64 {
        match self {
            Optimizer::Sgd { learning_rate, .. }
            | Optimizer::Adam { learning_rate, .. }
            | Optimizer::Adamw { learning_rate, .. }
            | Optimizer::Rmsprop { learning_rate, .. } => *learning_rate,
            Optimizer::Muon(muon) => muon.learning_rate,
        }
    }

    pub fn schedule(&self) -> Option<&Schedule> {
        match self {
            Optimizer::Sgd { schedule, .. }
            | Optimizer::Adam { schedule, .. }
            | Optimizer::Adamw { schedule, .. }
            | Optimizer::Rmsprop { schedule, .. } => schedule.as_ref(),
            Optimizer::Muon(muon) => muon.schedule.as_ref(),
        }
    }

    pub fn clip(&self) -> Option<&Clip> {
        match self {
            Optimizer::Sgd { clip, .. }
            | Optimizer::Adam { clip, .. }
            | Optimizer::Adamw { clip, .. }
            | Optimizer::Rmsprop { clip, .. } => clip.as_ref(),
            Optimizer::Muon(muon) => muon.clip.as_ref(),
        }
    }

    pub fn moments(&self) -> Moments {
        match self {
            Optimizer::Sgd { momentum: 0.0, .. } => Moments::None,
            Optimizer::Sgd { .. } => Moments::First,
            Optimizer::Adam { .. } | Optimizer::Adamw { .. } | Optimizer::Muon(_) => Moments::Both,
            Optimizer::Rmsprop { .. } => Moments::Second,
        }
    }

    /// The update of one step (counted from 0), with every constant that is the same for all parameters worked out.
    /// `gradient_scale` multiplies the gradient first (1, or what clipping by norm asks for). Of `muon` that of what is no matrix.
    pub fn rule<T: Scalar>(&self, step: u64, gradient_scale: f64) -> Rule<T> {
        let factor = self.schedule().map_or(1.0, |schedule| schedule.factor(step));
        let rate = self.learning_rate() * factor;
        let t = step + 1;
        let of = T::from_f64;
        let limit = match self.clip() {
            Some(Clip::Value(value)) => *value,
            _ => f64::INFINITY,
        };
        let prepare = Prepare { scale: of(gradient_scale), limit: of(limit) };
        let adam = |rate: f64, [beta1, beta2]: [f64; 2], epsilon: f64, decay: f64, shrink: f64| Rule::Adam {
            prepare,
            decay: of(decay),
            shrink: of(shrink),
            beta1: of(beta1),
            rest1: of(1.0 - beta1),
            beta2: of(beta2),
            rest2: of(1.0 - beta2),
            rate: of(rate / (1.0 - power(beta1, t))),
            root: of(1.0 / (1.0 - power(beta2, t)).sqrt()),
            epsilon: of(epsilon),
        };
        match *self {
            Optimizer::Sgd { momentum, nesterov, weight_decay, .. } => {
                Rule::Sgd { prepare, decay: of(weight_decay), momentum: of(momentum), nesterov, rate: of(rate) }
            }
            Optimizer::Adam { beta1, beta2, epsilon, weight_decay, .. } => {
                adam(rate, [beta1, beta2], epsilon, weight_decay, 1.0)
            }
            Optimizer::Adamw { beta1, beta2, epsilon, weight_decay, .. } => {
                adam(rate, [beta1, beta2], epsilon, 0.0, 1.0 - rate * weight_decay)
            }
            Optimizer::Muon(ref muon) => {
                let AdamwPart { beta1, beta2, epsilon, weight_decay, .. } = muon.adamw;
                let rate = muon.adamw.learning_rate.unwrap_or(muon.learning_rate) * factor;
                adam(rate, [beta1, beta2], epsilon, 0.0, 1.0 - rate * weight_decay)
            }
            Optimizer::Rmsprop { decay, epsilon, .. } => {
                Rule::Rmsprop { prepare, keep: of(decay), rest: of(1.0 - decay), rate: of(rate), epsilon: of(epsilon) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
