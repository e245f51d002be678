//! What a training leaves beside the parameters.

use crate::network::arrays::Array;

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// All steps were taken.
    Completed,
    /// The optimiser finds nothing lower: further steps would change nothing.
    Converged,
    /// The loss or an output was no longer finite.
    Diverged,
    /// The caller asked for it.
    Aborted,
    /// The caller wants to save it and go on.
    Paused,
    /// It ends after each record.
    Held,
}

impl StopReason {
    pub fn as_str(self) -> &'static str {
        match self {
            StopReason::Completed => "completed",
            StopReason::Converged => "converged",
            StopReason::Diverged => "diverged",
            StopReason::Aborted => "aborted",
            StopReason::Paused => "paused",
            StopReason::Held => "held",
        }
    }
}

/// One field of a probe's measurements, its first axis the records.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: &'static str,
    pub array: Array,
}

/// A probe's measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    pub fields: Vec<Field>,
}

/// What a resumed training needs: the step to go on with, and the optimiser's arrays: lists of all
/// parameters, flat and row-major, or one such list a row.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub step: u64,
    pub moments: Vec<Array>,
    /// The trained coefficients of the loss, by name.
    pub coefficients: Vec<(String, f64)>,
    /// What the weights of the loss's terms are multiplied by, where the training changes that, by name.
    pub weights: Vec<(String, f64)>,
    /// The points `x [n, d]`, where the training has drawn others.
    pub points: Option<Array>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub steps: Vec<u64>,
    pub loss: Vec<f64>,
    /// What the loss was made of, by name, a value each record; empty for most losses.
    pub parts: Vec<(&'static str, Vec<f64>)>,
    /// The trained coefficients of the loss by name, a value each record.
    pub coefficients: Vec<(String, Vec<f64>)>,
    /// The terms of the loss by name, weights included, a value each record; empty for a loss of one term.
    pub terms: Vec<(String, Vec<f64>)>,
    /// What the weights of the terms were multiplied by, where the training changes that, a value each record; `causal`: the
    /// smallest weight of a slice in time.
    pub weights: Vec<(String, Vec<f64>)>,
    pub probes: Vec<Series>,
    pub stop_reason: StopReason,
    pub state: State,
    /// The SIMD path that computed it: the bits hold on this path.
    pub simd_path: String,
}
