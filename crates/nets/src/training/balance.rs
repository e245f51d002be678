//! Weights of the terms of a loss of equations, found during the training: what each weight is multiplied by.
//!
//! - `ntk` (Wang, Yu and Perdikaris 2022): with the tangent kernels `K_k = J_k J_k^T` of the terms, J_k the derivatives of the
//!   formula at each of its points by the parameters, factor `sum_j t_j / t_k`, t_k the mean of the diagonal of K_k. (There it is
//!   the trace of equally many points of each kind; of means of squares over different numbers of points, it is this that makes
//!   their rates of convergence equal.) Of many points, some evenly spaced ones stand for all.
//! - `gradientNorm` (Wang, Teng and Perdikaris 2021, algorithm 1): of each condition, `max |grad L_r| / mean |grad L_k|` over the
//!   parameters, L_r the sum of the equations' means, whose factor stays 1.
//!
//! A new factor counts `1 - momentum`, the one before `momentum`. Gradients are those of means with weight 1.

use crate::engine::loss::Loss;
use crate::engine::{Data, Engine, Plan, Samples};
use crate::training::losses::{Equations, View};
use base::{Error, Result};
use compute::Scalar;
use serde::Deserialize;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum BalanceSpec {
    Ntk {
        /// Steps from one update to the next.
        #[serde(default = "hundred")]
        every: u64,
        #[serde(default)]
        momentum: f64,
        /// Of each term, at most.
        #[serde(default = "points")]
        points: usize,
    },
    GradientNorm {
        #[serde(default = "hundred")]
        every: u64,
        #[serde(default = "most")]
        momentum: f64,
    },
}

fn hundred() -> u64 {
    100
}
fn points() -> usize {
    128
}
fn most() -> f64 {
    0.9
}

pub struct Balance {
    rule: Rule,
    every: u64,
    momentum: f64,
}

enum Rule {
    Ntk { points: usize },
    GradientNorm,
}

impl Balance {
    /// # Errors
    /// `INVALID_ARGUMENT` naming the constant that is out of range.
    pub fn new(spec: &BalanceSpec) -> Result<Self> {
        let (rule, every, momentum) = match *spec {
            BalanceSpec::Ntk { every, momentum, points } => (Rule::Ntk { points }, every, momentum),
            BalanceSpec::GradientNorm { every, momentum } => (Rule::GradientNorm, every, momentum),
        };
        if every == 0 || matches!(rule, Rule::Ntk { points: 0 }) {
            return Err(Error::argument("loss.balance: every and points: expected positive integers, got 0"));
        }
        if !(0.0..1.0).contains(&momentum) {
            let expected = "expected a number from 0 to below 1";
            return Err(Error::argument(format!("loss.balance.momentum: {expected}, got {momentum}")));
        }
        Ok(Balance { rule, every, momentum })
    }

    /// New factors, at the steps at which there are some.
    pub fn update<T: Scalar>(&self, step: u64, engine: &mut Engine<T>, data: &Data<T>, equations: &mut Equations<T>) {
        if !step.is_multiple_of(self.every) {
            return;
        }
        let found = match self.rule {
            Rule::Ntk { points } => by_kernel(points, engine, data, equations),
            Rule::GradientNorm => by_gradient(engine, data, equations),
        };
        (equations.view, equations.shown) = (View::Weighted, 0..equations.terms.len());
        for (term, found) in equations.terms.iter_mut().zip(found) {
            // A gradient of zero gives no ratio.
            if found.is_finite() {
                term.factor = self.momentum * term.factor + (1.0 - self.momentum) * found;
            }
        }
    }
}

fn by_kernel<T: Scalar>(most: usize, engine: &mut Engine<T>, data: &Data<T>, equations: &mut Equations<T>) -> Vec<f64> {
    equations.view = View::Plain;
    let mut means = Vec::with_capacity(equations.terms.len());
    for k in 0..equations.terms.len() {
        equations.shown = k..k + 1;
        let values = equations.terms[k].values();
        let count = values.min(most);
        let mut sum = 0.0;
        for i in 0..count {
            let samples = equations.terms[k].samples_of(i * values / count);
            let plan = Plan::whole(samples.len());
            engine.differentiate(data, &Samples::Range(samples), &plan, equations);
            sum += slopes(engine).map(|slope| slope * slope).sum::<f64>();
        }
        means.push(sum / count as f64);
    }
    let total: f64 = means.iter().sum();
    means.into_iter().map(|mean| total / mean).collect()
}

fn by_gradient<T: Scalar>(engine: &mut Engine<T>, data: &Data<T>, equations: &mut Equations<T>) -> Vec<f64> {
    equations.view = View::Means;
    let interior = interior_terms(equations);
    differentiate(interior.clone(), engine, data, equations);
    let largest = slopes(engine).fold(0.0, |most: f64, slope| most.max(slope.abs()));
    let count = (engine.program.parameter_count() - engine.program.coefficients.len()) as f64;
    let mut ratios = vec![1.0; equations.terms.len()];
    for k in (0..ratios.len()).filter(|k| !interior.contains(k)) {
        differentiate(k..k + 1, engine, data, equations);
        ratios[k] = largest / (slopes(engine).map(f64::abs).sum::<f64>() / count);
    }
    ratios
}

/// The gradient of the means of some terms, which have the same or neighbouring points.
fn differentiate<T: Scalar>(terms: Range<usize>, engine: &mut Engine<T>, data: &Data<T>, equations: &mut Equations<T>) {
    equations.shown = terms.clone();
    let samples = equations.terms[terms.start].samples.start..equations.terms[terms.end - 1].samples.end;
    let plan = Plan::of(&engine.program, samples.len(), equations.needs());
    engine.differentiate(data, &Samples::Range(samples), &plan, equations);
}

/// The terms at the points of `x`, which are neighbours.
pub fn interior_terms<T: Scalar>(equations: &Equations<T>) -> Range<usize> {
    let first = equations.terms.iter().position(|term| term.is_interior()).unwrap_or(0);
    first..first + equations.terms.iter().filter(|term| term.is_interior()).count()
}

/// The last gradient by the network's parameters, without that by the loss's own.
fn slopes<T: Scalar>(engine: &Engine<T>) -> impl Iterator<Item = f64> {
    let mut gradient = engine.gradient();
    gradient[engine.program.coefficients.clone()].fill(T::ZERO);
    let all: Vec<f64> = gradient.iter().map(|slope| slope.to_f64()).collect();
    all.into_iter()
}
