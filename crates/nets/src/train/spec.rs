//! What is asked of a training; arrays come beside it.

use super::Record;
use super::probes::ProbeSpec;
use crate::losses::RowLoss;
use crate::optimizers::Optimizer;
use base::{Error, Result};
use serde::Deserialize;
use serde::de::Deserializer;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrainSpec {
    #[serde(deserialize_with = "crate::spec::tagged_or_name")]
    pub loss: RowLoss,
    pub optimizer: Optimizer,
    pub steps: u64,
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
    /// The step that a resumed training goes on with; its moments come as `resume.moments.<i>`.
    #[serde(default)]
    pub resume_step: Option<u64>,
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
        .map(|(name, value)| match serde_json::from_value(value) {
            Ok(probe) => Ok((name, probe)),
            Err(error) => Err(serde::de::Error::custom(format!("probes.{name}: {error}"))),
        })
        .collect()
}

impl TrainSpec {
    /// # Errors
    /// `INVALID_ARGUMENT` naming what is wrong.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| Error::argument(format!("train: {error}")))?;
        let optimizer = value.get("optimizer").map(ToString::to_string);
        let steps = value.get("steps").cloned();
        if !steps.as_ref().is_some_and(|steps| steps.as_u64().is_some_and(|steps| steps > 0)) {
            let got = steps.map_or_else(|| "nothing".into(), |steps| steps.to_string());
            return Err(Error::argument(format!("steps: expected a positive integer, got {got}")));
        }
        if let Some(optimizer) = optimizer {
            Optimizer::from_json(&optimizer)?;
        }
        serde_json::from_value(value).map_err(|error| Error::argument(format!("train: {error}")))
    }
}
