//! Weights of the points of equations by a variable that goes one way, the time.
//!
//! - `causal` (Wang, Sankaran and Perdikaris 2022): the extent of the variable in slices of equal length; the mean squared residual
//!   L_i of slice i counts `w_i = exp(-epsilon (L_0 + sum_{k<i} L_k))`, L_0 that of the initial condition with its weight, so
//!   that a slice is learnt once those before it are. Weights are constants to the gradient; they are found before each step,
//!   which costs a forward pass.
//! - `curriculum` (Krishnapriyan et al. 2021, section 5): the points up to a part of the extent count, a part that grows by stages
//!   from `start` to all of it within `steps` steps.

use super::balance::interior_terms;
use crate::engine::{Data, Engine, Samples};
use crate::training::losses::{Equations, View};
use base::elementary::exp;
use base::{Error, Result};
use compute::Scalar;
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CausalSpec {
    /// The name of the input.
    pub variable: String,
    #[serde(default = "thirty_two")]
    pub slices: usize,
    #[serde(default = "one")]
    pub epsilon: f64,
    /// The index of the initial condition.
    #[serde(default)]
    pub initial: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurriculumSpec {
    /// The name of the input.
    pub variable: String,
    /// After so many steps all points count.
    pub steps: u64,
    /// The part of the extent that counts at first.
    #[serde(default = "tenth")]
    pub start: f64,
    #[serde(default = "ten")]
    pub stages: u64,
}

fn thirty_two() -> usize {
    32
}
fn one() -> f64 {
    1.0
}
fn tenth() -> f64 {
    0.1
}
fn ten() -> u64 {
    10
}

/// An input, and from where to where it goes.
struct Extent {
    input: usize,
    low: f64,
    high: f64,
}

impl Extent {
    fn new(what: &str, variable: &str, inputs: &[String], x: &[f64]) -> Result<Self> {
        let Some(input) = inputs.iter().position(|name| name == variable) else {
            let all = inputs.join(", ");
            return Err(Error::argument(format!("loss.{what}.variable: expected one of {all}, got {variable:?}")));
        };
        let values = x.iter().skip(input).step_by(inputs.len());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
        if high > low {
            return Ok(Extent { input, low, high });
        }
        Err(Error::argument(format!("loss.{what}.variable: all points have the same {variable}")))
    }

    /// Of each point `[n, d]`, which part of the extent lies before it.
    fn parts<'a, T: Scalar>(&'a self, points: &'a [T], d: usize) -> impl Iterator<Item = f64> + 'a {
        let part = |x: &T| (x.to_f64() - self.low) / (self.high - self.low);
        points.iter().skip(self.input).step_by(d).map(part)
    }
}

struct Causal {
    extent: Extent,
    slices: usize,
    epsilon: f64,
    /// The name of the term that is the initial condition.
    initial: Option<String>,
}

struct Curriculum {
    extent: Extent,
    spec: CurriculumSpec,
}

pub struct Timing {
    causal: Option<Causal>,
    curriculum: Option<Curriculum>,
    smallest: Option<f64>,
}

impl Timing {
    /// # Errors
    /// `INVALID_ARGUMENT` naming what is out of range.
    pub fn new(
        causal: Option<&CausalSpec>,
        curriculum: Option<&CurriculumSpec>,
        inputs: &[String],
        x: &[f64],
    ) -> Result<Self> {
        let wrong = |what: &str, expected: &str, got: f64| {
            Error::argument(format!("loss.{what}: expected {expected}, got {got}"))
        };
        let causal = match causal {
            None => None,
            Some(CausalSpec { slices, .. }) if *slices < 2 => {
                return Err(wrong("causal.slices", "an integer of at least 2", *slices as f64));
            }
            Some(CausalSpec { epsilon, .. }) if !(epsilon.is_finite() && *epsilon > 0.0) => {
                return Err(wrong("causal.epsilon", "a number above 0", *epsilon));
            }
            Some(CausalSpec { variable, slices, epsilon, initial }) => Some(Causal {
                extent: Extent::new("causal", variable, inputs, x)?,
                slices: *slices,
                epsilon: *epsilon,
                initial: initial.map(|index| format!("conditions.{index}")),
            }),
        };
        let curriculum = match curriculum {
            None => None,
            Some(CurriculumSpec { start, .. }) if !(*start > 0.0 && *start <= 1.0) => {
                return Err(wrong("curriculum.start", "a number above 0, at most 1", *start));
            }
            Some(CurriculumSpec { steps, stages, .. }) if *steps == 0 || *stages == 0 => {
                return Err(wrong("curriculum", "positive integers for steps and stages", 0.0));
            }
            Some(spec) => {
                Some(Curriculum { extent: Extent::new("curriculum", &spec.variable, inputs, x)?, spec: spec.clone() })
            }
        };
        Ok(Timing { causal, curriculum, smallest: None })
    }

    /// # Errors
    /// `INVALID_ARGUMENT` for an initial condition that is not there.
    pub fn check<T: Scalar>(&self, equations: &Equations<T>) -> Result<()> {
        let Some(name) = self.causal.as_ref().and_then(|causal| causal.initial.as_ref()) else { return Ok(()) };
        if equations.terms.iter().any(|term| term.name == *name) {
            return Ok(());
        }
        Err(Error::argument(format!("loss.causal.initial: expected the index of a condition, there is no {name}")))
    }

    /// The smallest weight of a slice, where there are causal ones.
    pub fn smallest(&self) -> Option<f64> {
        self.smallest
    }

    /// The weights of the points before step `step`; with a minimiser all are 1.
    pub fn weigh<T: Scalar>(
        &mut self,
        step: u64,
        minimises: bool,
        engine: &mut Engine<T>,
        data: &Data<T>,
        equations: &mut Equations<T>,
    ) {
        let (interior, d) = (equations.interior(), equations.dimensions);
        let points = interior.start * d..interior.end * d;
        let mut factors = Vec::new();
        self.smallest = self.causal.as_ref().map(|_| 1.0);
        if !minimises {
            if let Some(curriculum) = &self.curriculum {
                factors = curriculum.factors(step, &equations.inputs[points.clone()], d);
            }
            if let Some(causal) = &self.causal {
                let weights = causal.weights(engine, data, equations);
                self.smallest = weights.last().copied();
                factors.resize(interior.len(), 1.0);
                let slices = causal.slices_of(&equations.inputs[points], d);
                factors.iter_mut().zip(slices).for_each(|(factor, slice)| *factor *= weights[slice]);
            }
        }
        for term in equations.terms.iter_mut().filter(|term| term.is_interior()) {
            term.point_factors.clone_from(&factors);
        }
    }
}

impl Causal {
    fn slices_of<'a, T: Scalar>(&'a self, points: &'a [T], d: usize) -> impl Iterator<Item = usize> + 'a {
        let last = self.slices - 1;
        self.extent.parts(points, d).map(move |part| ((part * self.slices as f64).max(0.0) as usize).min(last))
    }

    /// Of each slice, at the present parameters.
    fn weights<T: Scalar>(&self, engine: &mut Engine<T>, data: &Data<T>, equations: &mut Equations<T>) -> Vec<f64> {
        let terms = interior_terms(equations);
        let interior = equations.interior();
        (equations.view, equations.shown) = (View::Means, terms.clone());
        engine.loss(data, &Samples::Range(interior.clone()), equations);
        let (mut sums, mut counts) = (vec![0.0; self.slices], vec![0.0; self.slices]);
        let d = equations.dimensions;
        let points = &equations.inputs[interior.start * d..interior.end * d];
        for (i, slice) in self.slices_of(points, d).enumerate() {
            counts[slice] += 1.0;
            // A point gives its square by the number of points.
            sums[slice] += terms.clone().map(|k| equations.terms[k].given(i)).sum::<f64>() * interior.len() as f64;
        }
        let mut before = 0.0;
        if let Some(k) = self.initial.as_ref().and_then(|name| equations.terms.iter().position(|t| t.name == *name)) {
            equations.shown = k..k + 1;
            let samples = equations.terms[k].samples.clone();
            before = equations.terms[k].weight * engine.loss(data, &Samples::Range(samples), equations);
        }
        (equations.view, equations.shown) = (View::Weighted, 0..equations.terms.len());
        let weight = |(sum, count): (f64, f64)| {
            let own = exp(-self.epsilon * before);
            before += if count > 0.0 { sum / count } else { 0.0 };
            own
        };
        sums.into_iter().zip(counts).map(weight).collect()
    }
}

impl Curriculum {
    /// 0 for points that do not count yet; the others make up for them, so that their mean is taken.
    fn factors<T: Scalar>(&self, step: u64, points: &[T], d: usize) -> Vec<f64> {
        let CurriculumSpec { steps, start, stages, .. } = self.spec;
        if step >= steps {
            return Vec::new();
        }
        // Steps are below 2^53, stages may be any number.
        let stage = (u128::from(step) * u128::from(stages) / u128::from(steps)) as f64;
        let part = start + (1.0 - start) * stage / stages as f64;
        let counts: Vec<bool> = self.extent.parts(points, d).map(|own| own <= part).collect();
        let active = counts.iter().filter(|counts| **counts).count().max(1);
        let share = counts.len() as f64 / active as f64;
        counts.into_iter().map(|counts| if counts { share } else { 0.0 }).collect()
    }
}
