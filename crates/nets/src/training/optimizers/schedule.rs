//! Learning-rate schedules (PyTorch's definitions) and gradient clipping.

use base::elementary::{power, sin_cos_turns};
use base::{Error, Result};
use serde::{Deserialize, Serialize};

/// A factor of the learning rate by step t, counted from 0. With `warmup` w: (t + 1) / w for the first w steps, the
/// schedule beginning after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Schedule {
    /// 1: for a warm-up alone.
    Constant {
        #[serde(default)]
        warmup: u64,
    },
    /// From 1 to `last` along half a cosine over `steps`, `last` from then on (Loshchilov and Hutter 2017).
    Cosine {
        steps: u64,
        #[serde(default)]
        last: f64,
        #[serde(default)]
        warmup: u64,
    },
    /// `factor` to the power floor(t / every).
    Step {
        every: u64,
        factor: f64,
        #[serde(default)]
        warmup: u64,
    },
    /// `factor` to the power t.
    Exponential {
        factor: f64,
        #[serde(default)]
        warmup: u64,
    },
}

impl Schedule {
    pub(super) fn check(&self) -> Result<()> {
        let (field, count, factor) = match *self {
            Schedule::Constant { .. } => return Ok(()),
            Schedule::Cosine { steps, last, .. } => ("last", steps, last),
            Schedule::Step { every, factor, .. } => ("factor", every, factor),
            Schedule::Exponential { factor, .. } => ("factor", 1, factor),
        };
        if count == 0 {
            return Err(Error::argument("optimizer.schedule: expected a positive number of steps, got 0"));
        }
        if !(factor.is_finite() && factor >= 0.0) {
            return Err(Error::argument(format!(
                "optimizer.schedule.{field}: expected a finite number not below 0, got {factor}"
            )));
        }
        Ok(())
    }

    pub fn factor(&self, step: u64) -> f64 {
        let warmup = match *self {
            Schedule::Constant { warmup }
            | Schedule::Cosine { warmup, .. }
            | Schedule::Step { warmup, .. }
            | Schedule::Exponential { warmup, .. } => warmup,
        };
        if step < warmup {
            return (step + 1) as f64 / warmup as f64;
        }
        let t = step - warmup;
        match *self {
            Schedule::Constant { .. } => 1.0,
            Schedule::Cosine { steps, last, .. } => {
                let share = t.min(steps) as f64 / steps as f64;
                last + (1.0 - last) * 0.5 * (1.0 + sin_cos_turns(0.5 * share).1)
            }
            Schedule::Step { every, factor, .. } => power(factor, t / every),
            Schedule::Exponential { factor, .. } => power(factor, t),
        }
    }
}

/// Bounds on the gradient before it is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Clip {
    /// The whole gradient is scaled by norm / (its Euclidean norm + 1e-6) where that is below 1 (Pascanu et al. 2013).
    Norm(f64),
    /// Every entry is kept within [-value, value].
    Value(f64),
}

impl Clip {
    pub(super) fn check(&self) -> Result<()> {
        let (Clip::Norm(bound) | Clip::Value(bound)) = self;
        if bound.is_finite() && *bound > 0.0 {
            Ok(())
        } else {
            Err(Error::argument(format!("optimizer.clip: expected a number above 0, got {bound}")))
        }
    }
}

/// The factor for a gradient of Euclidean norm `norm` that is to be clipped at `longest`.
pub fn clip_factor(longest: f64, norm: f64) -> f64 {
    (longest / (norm + 1e-6)).min(1.0)
}
