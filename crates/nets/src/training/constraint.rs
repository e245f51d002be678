//! Weights held at a spectral norm while they are trained.
//!
//! Each weight, as the matrix `[out, rest]`, is multiplied by `norm / sigma_1` before the first step, before every step
//! whose number is a multiple of `every`, and at the end of a training that completes: a projection with converged norms,
//! where Miyato et al. (2018) divide inside the forward pass by an estimate. The optimiser's moments go on undisturbed. An
//! optimiser that gives every entry a step of the learning rate, as Adam does, moves an `[m, n]` weight by up to
//! `learningRate sqrt(m n)` in the spectral norm: that times `every` should stay well under `norm`.

use super::TrainSpec;
use crate::network::shapes::ResolvedNetwork;
use base::{Control, Error, Result};
use compute::Scalar;
use serde::Deserialize;
use spectra::layers::spectral_norm;
use std::ops::Range;

/// What holds of the weights all through a training.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum ConstraintSpec {
    SpectralNorm {
        #[serde(default = "one")]
        norm: f64,
        /// Steps from one projection to the next.
        #[serde(default = "each")]
        every: u64,
        /// Default: the weights of every layer.
        #[serde(default)]
        parameters: Option<Vec<String>>,
    },
}

fn one() -> f64 {
    1.0
}
fn each() -> u64 {
    1
}

/// Of the norms, relative: Lanczos squares it.
const TOLERANCE: f64 = 1e-9;

/// The constraint for a network.
pub struct Constraint {
    norm: f64,
    every: u64,
    weights: Vec<(Range<usize>, [usize; 2])>,
}

impl Constraint {
    /// # Errors
    /// `INVALID_ARGUMENT` for constants out of range, a name that is not that of a weight, and a minimiser, which would go
    /// on from where it was.
    pub fn new(spec: &TrainSpec, network: &ResolvedNetwork) -> Result<Option<Self>> {
        let Some(ConstraintSpec::SpectralNorm { norm, every, parameters }) = &spec.constraint else { return Ok(None) };
        if !(norm.is_finite() && *norm > 0.0) {
            return Err(Error::argument(format!("constraint.norm: expected a positive number, got {norm}")));
        }
        if *every == 0 {
            return Err(Error::argument("constraint.every: expected a positive integer, got 0"));
        }
        if spec.minimises() {
            let message = "a minimiser of a function of the parameters alone cannot hold weights at a norm: take a first-order optimizer";
            return Err(Error::argument(format!("constraint: {message}")));
        }
        let all: Vec<_> = network.parameters.iter().filter(|parameter| parameter.shape.len() >= 2).collect();
        let named = |name: &String| match all.iter().find(|parameter| parameter.name == *name) {
            Some(parameter) => Ok(*parameter),
            None => {
                let known = all.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>().join(", ");
                Err(Error::argument(format!("constraint.parameters: expected some of {known}, got {name}")))
            }
        };
        let held = match parameters {
            Some(names) => names.iter().map(named).collect::<Result<_>>()?,
            None => all.clone(),
        };
        let matrix = |shape: &[usize]| [shape[0], shape[1..].iter().product()];
        let weights = held.iter().map(|parameter| (parameter.range(), matrix(&parameter.shape))).collect();
        Ok(Some(Constraint { norm: *norm, every: *every, weights }))
    }

    /// Whether the weights are projected before step `step`.
    pub fn due(&self, step: u64) -> bool {
        step.is_multiple_of(self.every)
    }

    /// The flat parameters projected. Weights of zeros stay; so do those that have the norm already, whose bits a training
    /// that goes on must find as it left them. Values that are not finite stay for the loss to report.
    pub fn project<T: Scalar>(&self, flat: &mut [T], control: &Control) -> Result<()> {
        for (range, [rows, columns]) in &self.weights {
            let weight = &mut flat[range.clone()];
            let wide: Vec<f64> = weight.iter().map(|x| x.to_f64()).collect();
            if wide.iter().any(|x| !x.is_finite()) {
                return Ok(());
            }
            let factor = self.norm / spectral_norm(&wide, *rows, *columns, TOLERANCE, control)?;
            let rounding = if size_of::<T>() == 4 { 1e-6 } else { 1e-12 };
            if factor.is_finite() && (factor - 1.0).abs() > rounding {
                weight.iter_mut().zip(wide).for_each(|(x, w)| *x = T::from_f64(factor * w));
            }
        }
        Ok(())
    }
}
