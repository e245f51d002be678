//! Muon (Jordan et al. 2024): the update of a matrix is its momentum, made orthogonal.
//!
//! With gradient G of a weight W `[m, n]`, rate r and B = 0 at first:
//! - B <- momentum B + (1 - momentum) G; U = (1 - momentum) G + momentum B with `nesterov`, else U = B;
//! - X = U after `nsSteps` steps of Newton and Schulz ([`Iteration`]);
//! - W <- (1 - r weightDecay) W - r s X, where s = sqrt(max(1, m / n)) or, `matchRmsAdamw` (Liu et al. 2025),
//!   s = 0.2 sqrt(max(m, n)).
//!
//! These are the conventions of `torch.optim.Muon`, but in the network's own precision where PyTorch rounds U to bfloat16. A
//! convolution's weight is the matrix `[filters, rest]`, the three projections of attention are three matrices. Which weights:
//! by the usage of the field those of dense layers, convolutions and attention that lie between the first layer with weights and
//! the last one. Those two, biases, gains, positions and coefficients of the loss take AdamW, with rates of their own.

use super::newton_schulz::{Iteration, orthogonalize, scratch};
use super::{Clip, Prepare, Schedule};
use crate::network::shapes::{Parameter, ResolvedLayer, ResolvedNetwork};
use crate::network::spec::LayerSpec;
use base::{Error, Result};
use compute::{Scalar, SimdPath, Team};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// More steps than this are a mistake, as they are for PyTorch.
const MOST_STEPS: u32 = 99;

/// The constants of Muon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Muon {
    pub learning_rate: f64,
    #[serde(default = "momentum")]
    pub momentum: f64,
    #[serde(default = "yes")]
    pub nesterov: bool,
    #[serde(default = "weight_decay")]
    pub weight_decay: f64,
    #[serde(default = "ns_steps")]
    pub ns_steps: u32,
    #[serde(default = "ns_coefficients")]
    pub ns_coefficients: [f64; 3],
    #[serde(default = "epsilon")]
    pub epsilon: f64,
    #[serde(default)]
    pub adjust: Adjust,
    /// Names of the weights that it takes. Default: those between the first layer and the last.
    #[serde(default)]
    pub parameters: Option<Vec<String>>,
    /// What all other parameters take.
    #[serde(default)]
    pub adamw: AdamwPart,
    #[serde(default)]
    pub schedule: Option<Schedule>,
    #[serde(default)]
    pub clip: Option<Clip>,
}

/// By what the rate of a matrix is multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Adjust {
    #[default]
    Original,
    MatchRmsAdamw,
}

/// AdamW beside Muon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AdamwPart {
    /// Default: that of the matrices.
    pub learning_rate: Option<f64>,
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    pub weight_decay: f64,
}

impl Default for AdamwPart {
    fn default() -> Self {
        AdamwPart {
            learning_rate: None,
            beta1: super::beta1(),
            beta2: super::beta2(),
            epsilon: super::epsilon(),
            weight_decay: super::adamw_decay(),
        }
    }
}

fn momentum() -> f64 {
    0.95
}
fn yes() -> bool {
    true
}
fn weight_decay() -> f64 {
    0.1
}
fn ns_steps() -> u32 {
    5
}
fn ns_coefficients() -> [f64; 3] {
    [3.4445, -4.775, 2.0315]
}
fn epsilon() -> f64 {
    1e-7
}

/// A part of the flat parameters that is one matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    pub range: Range<usize>,
    pub rows: usize,
    pub columns: usize,
}

impl Muon {
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |field: &str, expected: &str, got: String| {
            Err(Error::argument(format!("optimizer.{field}: expected {expected}, got {got}")))
        };
        let adamw = &self.adamw;
        let not_negative = [
            ("weightDecay", self.weight_decay),
            ("epsilon", self.epsilon),
            ("adamw.learningRate", adamw.learning_rate.unwrap_or(0.0)),
            ("adamw.epsilon", adamw.epsilon),
            ("adamw.weightDecay", adamw.weight_decay),
        ];
        if let Some((field, value)) = not_negative.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0))
        {
            return wrong(field, "a finite number not below 0", value.to_string());
        }
        let fractions = [("momentum", self.momentum), ("adamw.beta1", adamw.beta1), ("adamw.beta2", adamw.beta2)];
        if let Some((field, value)) = fractions.into_iter().find(|(_, value)| !(0.0..1.0).contains(value)) {
            return wrong(field, "a number from 0 to below 1", value.to_string());
        }
        if !(1..=MOST_STEPS).contains(&self.ns_steps) {
            return wrong("nsSteps", &format!("an integer from 1 to {MOST_STEPS}"), self.ns_steps.to_string());
        }
        if self.ns_coefficients.iter().any(|coefficient| !coefficient.is_finite()) {
            return wrong("nsCoefficients", "three finite numbers", format!("{:?}", self.ns_coefficients));
        }
        Ok(())
    }

    /// The matrices that it takes, in the order of the flat parameters.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a name that is not that of a weight, and where there is none to take.
    pub fn matrices(&self, network: &ResolvedNetwork) -> Result<Vec<Matrix>> {
        let taken: Vec<&Parameter> = match &self.parameters {
            Some(names) => {
                let weights = || network.parameters.iter().filter(|parameter| parameter.shape.len() >= 2);
                let named = |name: &String| {
                    weights().find(|parameter| parameter.name == *name).ok_or_else(|| {
                        let known = weights().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>().join(", ");
                        Error::argument(format!("optimizer.parameters: expected some of {known}, got {name}"))
                    })
                };
                names.iter().map(named).collect::<Result<_>>()?
            }
            None => {
                let mut indices = Vec::new();
                between(&network.layers, network, [false, false], &mut indices);
                indices.into_iter().map(|index| &network.parameters[index]).collect()
            }
        };
        if taken.is_empty() {
            let message = "muon makes the updates of weights between the first layer and the last orthogonal, and there \
                           are none: name weights in optimizer.parameters, or take adamw";
            return Err(Error::argument(format!("optimizer: {message}")));
        }
        let mut matrices: Vec<Matrix> = taken.into_iter().flat_map(parts).collect();
        matrices.sort_unstable_by_key(|matrix| matrix.range.start);
        matrices.dedup();
        Ok(matrices)
    }

    /// The step `step`, counted from 0, of the matrices.
    pub fn turn(&self, step: u64) -> Turn {
        let rate = self.learning_rate * self.schedule.as_ref().map_or(1.0, |schedule| schedule.factor(step));
        Turn {
            rate,
            shrink: 1.0 - rate * self.weight_decay,
            momentum: self.momentum,
            nesterov: self.nesterov,
            adjust: self.adjust,
            iteration: Iteration { steps: self.ns_steps, coefficients: self.ns_coefficients, epsilon: self.epsilon },
        }
    }

    /// Bytes that a step takes beside the engine: all that it changes once more, row-major, and the products of the largest matrix.
    pub fn bytes<T: Scalar>(&self, network: &ResolvedNetwork) -> Result<usize> {
        let matrices = self.matrices(network)?;
        let largest = matrices.iter().map(|matrix| scratch::<T>([matrix.rows, matrix.columns])).max().unwrap_or(0);
        let flat = base::memory::bytes::<T>(&[6, network.parameter_count()]);
        Ok(flat.saturating_add(base::memory::bytes::<T>(&[largest])))
    }
}

/// Whether it has weights of the kinds that are made orthogonal, or layers in it have.
fn weighs(layer: &ResolvedLayer, network: &ResolvedNetwork) -> bool {
    !own(layer, network).is_empty() || layer.children.iter().flatten().any(|inner| weighs(inner, network))
}

/// The layer's own weights, as indices.
fn own(layer: &ResolvedLayer, network: &ResolvedNetwork) -> Vec<usize> {
    match layer.spec {
        LayerSpec::Dense(_) | LayerSpec::Conv2d(_) | LayerSpec::Attention(_) => {
            let matrix = |index: &usize| network.parameters[*index].shape.len() >= 2;
            layer.parameters.iter().copied().filter(matrix).collect()
        }
        _ => Vec::new(),
    }
}

/// The weights that have others before and after them on their way through the network.
fn between(layers: &[ResolvedLayer], network: &ResolvedNetwork, [before, after]: [bool; 2], into: &mut Vec<usize>) {
    let any = |layers: &[ResolvedLayer]| layers.iter().any(|layer| weighs(layer, network));
    for (place, layer) in layers.iter().enumerate() {
        let around = [before || any(&layers[..place]), after || any(&layers[place + 1..])];
        if around == [true, true] {
            into.extend(own(layer, network));
        }
        layer.children.iter().for_each(|list| between(list, network, around, into));
    }
}

/// A weight as matrices: the projections of attention to queries, keys and values are three.
fn parts(parameter: &Parameter) -> Vec<Matrix> {
    let count = if parameter.name.ends_with(".in_proj_weight") { 3 } else { 1 };
    let (rows, columns) = (parameter.shape[0] / count, parameter.shape[1..].iter().product::<usize>());
    let size = rows * columns;
    let part = |index: usize| {
        let start = parameter.offset + index * size;
        Matrix { range: start..start + size, rows, columns }
    };
    (0..count).map(part).collect()
}

/// One step of the matrices, with what is the same for all of them worked out.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    pub rate: f64,
    pub shrink: f64,
    pub momentum: f64,
    pub nesterov: bool,
    pub adjust: Adjust,
    pub iteration: Iteration,
}

impl Turn {
    /// The rate of a matrix.
    pub fn rate_of(&self, matrix: &Matrix) -> f64 {
        let (rows, columns) = (matrix.rows as f64, matrix.columns as f64);
        self.rate
            * match self.adjust {
                Adjust::Original => (rows / columns).max(1.0).sqrt(),
                Adjust::MatchRmsAdamw => 0.2 * rows.max(columns).sqrt(),
            }
    }

    /// The matrix and its momentum, changed by its gradient: each as long as the matrix.
    pub fn apply<T: Scalar>(
        &self,
        (path, team): (SimdPath, &mut Team),
        matrix: &Matrix,
        prepare: Prepare<T>,
        [weight, momentum]: [&mut [T]; 2],
        gradient: &[T],
    ) {
        let of = T::from_f64;
        let (keep, rest) = (of(self.momentum), of(1.0 - self.momentum));
        let mut update: Vec<T> = Vec::with_capacity(gradient.len());
        for (own, &slope) in momentum.iter_mut().zip(gradient) {
            let fresh = rest * prepare.of(slope);
            *own = keep * *own + fresh;
            update.push(if self.nesterov { fresh + keep * *own } else { *own });
        }
        orthogonalize(path, team, &mut update, [matrix.rows, matrix.columns], &self.iteration);
        let (rate, shrink) = (of(self.rate_of(matrix)), of(self.shrink));
        weight.iter_mut().zip(update).for_each(|(weight, update)| *weight = shrink * *weight - rate * update);
    }
}
