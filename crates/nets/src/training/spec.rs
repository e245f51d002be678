//! What is asked of a training; arrays come beside it.

use super::probes::ProbeSpec;
use super::{BalanceSpec, CausalSpec, ConstraintSpec, CurriculumSpec, Record, ResampleSpec};
use crate::engine::loss::BatchNeeds;
use crate::network::json;
use crate::network::spec::Coefficients;
use crate::training::losses::{Along, PenaltySpec, RowLoss};
use crate::training::minimize::MethodSpec;
use crate::training::optimizers::Optimizer;
use base::{Error, Result};
use serde::Deserialize;
use serde::de::Deserializer;

/// A loss without its arrays. A name alone stands for `{ "type": name }`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum LossSpec {
    Mse {},
    CrossEntropy {},
    Mae {},
    Huber {
        #[serde(default = "one")]
        delta: f64,
    },
    /// With the array `loss.weights`.
    WeightedMse {},
    /// With the array `loss.weights`, if there is one; see [`crate::training::losses::Expression`].
    Expression {
        loss: String,
        /// Names of the inputs. Default: `x`, or `x1`, `x2` and so on.
        #[serde(default)]
        variables: Option<Vec<String>>,
        #[serde(default)]
        parameters: Coefficients,
    },
    /// With the array `loss.gradients`; see [`crate::training::losses::Sobolev`].
    Sobolev {
        #[serde(default = "one")]
        weight: f64,
    },
    /// See [`crate::training::losses::Smoothness`].
    Smoothness {
        alpha: f64,
        #[serde(default = "half")]
        cutoff: f64,
        #[serde(default)]
        along: Along,
    },
    /// With the array `loss.views`, in the place of `y`; see [`crate::training::losses::PhaseContrastive`].
    PhaseContrastive {
        #[serde(default = "tenth")]
        temperature: f64,
    },
    /// `weight` times the mean squared residual of each equation at `x`, plus for each condition its weight times the mean of
    /// its square at its points; see [`crate::training::losses::equations`].
    Residual {
        #[serde(default)]
        equation: Option<String>,
        #[serde(default)]
        equations: Option<Vec<String>>,
        /// Names of the inputs. Default: `x`, or `x1`, `x2` and so on.
        #[serde(default)]
        variables: Option<Vec<String>>,
        /// Names of the outputs. Default: `u`.
        #[serde(default)]
        outputs: Option<Vec<String>>,
        #[serde(default = "one")]
        weight: f64,
        #[serde(default)]
        conditions: Vec<Condition>,
        #[serde(default)]
        parameters: Coefficients,
        /// Names of the arrays `loss.data.<name>`: what is known at the points.
        #[serde(default)]
        data: Vec<String>,
        #[serde(default)]
        balance: Option<BalanceSpec>,
        #[serde(default)]
        causal: Option<CausalSpec>,
        #[serde(default)]
        curriculum: Option<CurriculumSpec>,
        #[serde(default)]
        resample: Option<ResampleSpec>,
    },
    /// The same with `weight` times the mean of an energy in the place of equations.
    Ritz {
        energy: String,
        /// Names of the inputs. Default: `x`, or `x1`, `x2` and so on.
        #[serde(default)]
        variables: Option<Vec<String>>,
        /// Names of the outputs. Default: `u`.
        #[serde(default)]
        outputs: Option<Vec<String>>,
        #[serde(default = "one")]
        weight: f64,
        #[serde(default)]
        conditions: Vec<Condition>,
        #[serde(default)]
        parameters: Coefficients,
        /// Names of the arrays `loss.data.<name>`: what is known at the points.
        #[serde(default)]
        data: Vec<String>,
    },
}

/// What holds at the array `loss.conditions.<i>.points`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub equation: ConditionEquation,
    #[serde(default = "one")]
    pub weight: f64,
    /// Names of the arrays `loss.conditions.<i>.data.<name>`.
    #[serde(default)]
    pub data: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ConditionEquation {
    Formula(String),
    Periodic(Periodic),
}

/// That something is the same at both ends of an input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Periodic {
    /// The input.
    pub periodic: String,
    /// What is the same, a formula. Default: every output.
    #[serde(default)]
    pub of: Option<String>,
    /// From a point to its partner, where the points hold one of each pair. Default: the extent of the points.
    #[serde(default)]
    pub period: Option<f64>,
}

impl<'de> Deserialize<'de> for ConditionEquation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        use serde::de::Error as _;
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(ConditionEquation::Formula(text)),
            object @ serde_json::Value::Object(_) => {
                serde_json::from_value(object).map(ConditionEquation::Periodic).map_err(D::Error::custom)
            }
            other => {
                let got = json::found(&other);
                Err(D::Error::custom(format!("expected a formula or {{ periodic: input }}, got {got}")))
            }
        }
    }
}

fn one() -> f64 {
    1.0
}
fn half() -> f64 {
    0.5
}
fn tenth() -> f64 {
    0.1
}

impl LossSpec {
    /// The loss of one row of outputs, for those that are.
    pub fn row_loss(&self) -> Option<RowLoss> {
        Some(match *self {
            LossSpec::Mse {} => RowLoss::Mse,
            LossSpec::CrossEntropy {} => RowLoss::CrossEntropy,
            LossSpec::Mae {} => RowLoss::Mae,
            LossSpec::Huber { delta } => RowLoss::Huber { delta },
            LossSpec::WeightedMse {} => RowLoss::WeightedMse,
            _ => return None,
        })
    }
}

/// An optimiser by its `type`.
#[derive(Debug, Clone, PartialEq)]
pub enum OptimizerSpec {
    /// One pass over the parameters a step.
    FirstOrder(Optimizer),
    /// Line searches, sweeps or generations over the whole batch.
    Method(MethodSpec),
}

impl OptimizerSpec {
    fn read(value: &serde_json::Value) -> Result<Self> {
        let name = value.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
        let text = value.to_string();
        if MethodSpec::NAMES.contains(&name) {
            MethodSpec::from_json(&text).map(OptimizerSpec::Method)
        } else {
            Optimizer::from_json(&text).map(OptimizerSpec::FirstOrder)
        }
    }
}

impl<'de> Deserialize<'de> for OptimizerSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        OptimizerSpec::read(&value).map_err(|error| serde::de::Error::custom(error.message))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainSpec {
    #[serde(deserialize_with = "crate::network::spec::tagged_or_name")]
    pub loss: LossSpec,
    /// Added to the loss.
    #[serde(default)]
    pub penalty: Option<PenaltySpec>,
    /// Kept by projection between steps.
    #[serde(default)]
    pub constraint: Option<ConstraintSpec>,
    pub optimizer: OptimizerSpec,
    pub steps: u64,
    /// What follows after `steps` steps.
    #[serde(default)]
    pub finish: Option<Finish>,
    /// Default: all samples.
    #[serde(default)]
    pub batch_size: Option<usize>,
    /// Whether mini-batches come in a random order.
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// Of the order of the batches. Default: the model's.
    #[serde(default)]
    pub seed: Option<u64>,
    #[serde(default = "every_step")]
    pub record: Record,
    /// In the order of the names.
    #[serde(default, deserialize_with = "probes")]
    pub probes: Vec<(String, ProbeSpec)>,
    /// Bytes that the run may take. Default: what the machine has free.
    #[serde(default)]
    pub memory_limit: Option<usize>,
    /// The step that a resumed training goes on with; its moments come as `resume.moments.<i>`.
    #[serde(default)]
    pub resume_step: Option<u64>,
    /// The trained coefficients of the loss as the earlier training left them.
    #[serde(default)]
    pub resume_coefficients: Option<std::collections::BTreeMap<String, f64>>,
    /// The step at which the whole training began, of which this is a part: `record` counts from there. Its parameters
    /// then come as `began.parameters`.
    #[serde(default)]
    pub began: Option<u64>,
    /// The factors of the loss's terms as the earlier training left them; a term that has none begins with 1.
    #[serde(default)]
    pub resume_weights: std::collections::BTreeMap<String, f64>,
    /// End after each record, before its update ([`StopReason::Held`](super::StopReason)).
    #[serde(default)]
    pub hold: bool,
    /// The step whose record the earlier training made before it was held.
    #[serde(default)]
    pub recorded: Option<u64>,
}

/// A minimiser that goes on where the optimiser ends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    pub optimizer: OptimizerSpec,
    pub steps: u64,
}

impl Finish {
    /// # Errors
    /// `INVALID_ARGUMENT` for an optimiser that counts its steps from 0, and for no steps.
    pub fn method(&self) -> Result<&MethodSpec> {
        if self.steps == 0 {
            return Err(Error::argument("finish.steps: expected a positive integer, got 0"));
        }
        match &self.optimizer {
            OptimizerSpec::Method(method @ (MethodSpec::Lbfgs { .. } | MethodSpec::Bfgs { .. })) => Ok(method),
            _ => Err(Error::argument("finish.optimizer: expected lbfgs or bfgs")),
        }
    }
}

fn yes() -> bool {
    true
}

fn every_step() -> Record {
    Record::Every(1)
}

fn probes<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<(String, ProbeSpec)>, D::Error> {
    let all = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
    all.into_iter()
        .map(|(name, value)| Ok((name, serde_json::from_value(value).map_err(serde::de::Error::custom)?)))
        .collect()
}

/// The largest integer that a float has with all before it: histories count steps in floats.
const MOST_STEPS: u64 = (1 << 53) - 1;

impl TrainSpec {
    /// Samples of a batch.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` where there are not so many, and for batches that the loss cannot take.
    pub fn batch(&self, needs: BatchNeeds, samples: usize) -> Result<usize> {
        let batch = self.batch_size.unwrap_or(samples);
        if batch == 0 || batch > samples {
            return Err(Error::argument(format!("batchSize: expected an integer from 1 to {samples}, got {batch}")));
        }
        if needs.pairs && batch < samples {
            return Err(Error::argument("batchSize: a periodic condition needs all points in every step"));
        }
        if needs.ordered && self.shuffle && batch < samples {
            let message = "a loss that reads the outputs as a signal needs all samples, or batches with shuffle: false";
            return Err(Error::argument(format!("batchSize: {message}")));
        }
        Ok(batch)
    }

    /// Whether some of its steps are those of a minimiser, which takes a function of the parameters alone.
    pub fn minimises(&self) -> bool {
        self.finish.is_some() || matches!(self.optimizer, OptimizerSpec::Method(_))
    }

    /// The number of steps taken when the training ends, those of an earlier one that it resumes included.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for more than can be counted.
    pub fn last(&self) -> Result<u64> {
        let last = self.resume_step.unwrap_or(0).checked_add(self.steps);
        let last = last.and_then(|last| last.checked_add(self.finish.as_ref().map_or(0, |finish| finish.steps)));
        let last = last.filter(|&last| last <= MOST_STEPS);
        last.ok_or_else(|| Error::argument("steps: expected at most 2^53 - 1 with those that came before"))
    }

    /// # Errors
    /// `INVALID_ARGUMENT` naming what is wrong.
    pub fn from_json(text: &str) -> Result<Self> {
        let value = json::parse(text, "train")?;
        let steps = value.get("steps").cloned();
        if steps.as_ref().is_none_or(|steps| steps.as_u64().is_none_or(|steps| steps == 0)) {
            let got = steps.map_or_else(|| "nothing".into(), |steps| steps.to_string());
            return Err(Error::argument(format!("steps: expected a positive integer, got {got}")));
        }
        if steps.as_ref().and_then(serde_json::Value::as_u64) > Some(MOST_STEPS) {
            return Err(Error::argument(format!(
                "steps: expected at most 2^53 - 1, got {}",
                steps.unwrap_or_default()
            )));
        }
        // First by itself: it has two readers, which name its fields.
        if let Some(optimizer) = value.get("optimizer") {
            OptimizerSpec::read(optimizer)?;
        }
        json::read(&value, "").map_err(|error| match error.message.starts_with("there is no") {
            true => Error::argument(format!("train: {}", error.message)),
            false => error,
        })
    }
}
