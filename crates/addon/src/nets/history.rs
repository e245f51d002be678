//! What a training leaves, for JavaScript.

use super::arrays::{JsField, js_array};
use crate::array::JsArray;
use napi_derive::napi;
use nets::training::History;

#[napi(object)]
pub struct JsSeries {
    pub name: String,
    pub fields: Vec<JsField>,
}

/// What the loss was made of: a value each record.
#[napi(object)]
pub struct JsPart {
    pub name: String,
    pub values: Vec<f64>,
}

#[napi(object)]
pub struct JsHistory {
    pub steps: Vec<f64>,
    pub loss: Vec<f64>,
    pub parts: Vec<JsPart>,
    /// The terms of the loss, and its trained coefficients.
    pub terms: Vec<JsPart>,
    pub coefficients: Vec<JsPart>,
    /// The factors of the weights of the terms.
    pub weights: Vec<JsPart>,
    pub probes: Vec<JsSeries>,
    pub stop_reason: String,
    pub step: f64,
    pub moments: Vec<JsArray>,
    /// The trained coefficients, a value each, for `resume`.
    pub last_coefficients: Vec<JsPart>,
    /// The factors of the weights of the terms, a value each, and the points where others were drawn.
    pub last_weights: Vec<JsPart>,
    pub points: Option<JsArray>,
    pub simd_path: String,
}

pub(super) fn js_history(history: History) -> JsHistory {
    let series = |series: nets::training::Series| JsSeries {
        name: series.name,
        fields: series.fields.into_iter().map(|f| JsField { name: f.name.into(), array: js_array(f.array) }).collect(),
    };
    let named = |(name, values): (String, Vec<f64>)| JsPart { name, values };
    JsHistory {
        steps: history.steps.iter().map(|&step| step as f64).collect(),
        loss: history.loss,
        parts: history.parts.into_iter().map(|(name, values)| JsPart { name: name.into(), values }).collect(),
        terms: history.terms.into_iter().map(named).collect(),
        coefficients: history.coefficients.into_iter().map(named).collect(),
        weights: history.weights.into_iter().map(named).collect(),
        last_coefficients: history
            .state
            .coefficients
            .into_iter()
            .map(|(name, value)| named((name, vec![value])))
            .collect(),
        last_weights: history.state.weights.into_iter().map(|(name, value)| named((name, vec![value]))).collect(),
        points: history.state.points.map(js_array),
        probes: history.probes.into_iter().map(series).collect(),
        stop_reason: history.stop_reason.as_str().into(),
        step: history.state.step as f64,
        moments: history.state.moments.into_iter().map(js_array).collect(),
        simd_path: history.simd_path,
    }
}
