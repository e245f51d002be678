//! Formulas as text, over points.

use crate::array::JsArray;
use crate::error::run;
use base::Error;
use napi_derive::napi;

/// The values `[n]` of a formula at `points` [n, d]; `names` are those of the d coordinates.
#[napi(catch_unwind)]
pub fn evaluate_formula(text: String, names: Vec<String>, points: JsArray) -> napi::Result<JsArray> {
    run(|| {
        let [n, d] = points.dims("points")?[..] else {
            return Err(Error::shape(format!("points: expected [n, d], got {:?}", points.shape)));
        };
        let rows = points.to_f64("points")?;
        let columns: Vec<Vec<f64>> = (0..d).map(|j| (0..n).map(|i| rows[i * d + j]).collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Ok(JsArray::f64(expressions::evaluate("formula", &text, &names, &columns)?, &[n]))
    })
}
