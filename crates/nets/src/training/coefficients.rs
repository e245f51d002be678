//! The numbers of a loss that are trained with the network.

use super::TrainSpec;
use crate::engine::loss::Loss;
use base::{Error, Result};
use compute::Scalar;

/// What they begin with: as described, or as an earlier training left them.
///
/// # Errors
/// `INVALID_ARGUMENT` for a state that has others.
pub fn initial<T: Scalar>(loss: &dyn Loss<T>, spec: &TrainSpec) -> Result<Vec<f64>> {
    let own = loss.coefficients().cloned().unwrap_or_default();
    let Some(kept) = &spec.resume_coefficients else { return Ok(own.initial()) };
    let names: Vec<&str> = own.trained().map(|own| own.name.as_str()).collect();
    let value = |name: &&str| match kept.get(*name) {
        Some(value) if value.is_finite() => Ok(*value),
        _ => Err(Error::argument(format!("resume.coefficients.{name}: expected a finite number"))),
    };
    if kept.len() != names.len() {
        let got: Vec<&String> = kept.keys().collect();
        return Err(Error::argument(format!("resume.coefficients: expected {names:?}, got {got:?}")));
    }
    names.iter().map(value).collect()
}
