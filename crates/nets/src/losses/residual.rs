//! Residual losses of linear second-order equations without mixed derivatives (Raissi et al. 2019):
//!
//! `sum_j a_j u_jj + sum_j b_j u_j + c u = s` at interior points, `u = v` at the points of a condition (boundary or
//! initial). Each sample carries its own weight, so that
//! `loss = sum_i w_i r_i^2`, r the residual or the error of the condition; a mean over n points has w = 1/n.
//!
//! | equation | coefficients |
//! | --- | --- |
//! | Poisson, -Laplace u = s | a = -1 |
//! | Helmholtz, Laplace u + k^2 u = s | a = 1, c = k^2 |
//! | heat, u_t - kappa u_xx = s, inputs (x, t) | a = (-kappa, 0), b = (0, 1) |
//! | advection, u_t + v u_x = s, inputs (x, t) | b = (v, 1) |

use super::terms::Terms;
use crate::engine::{Jets, Samples};
use crate::loss::{Loss, Outputs};
use base::{Error, Result};
use compute::Scalar;
use serde::{Deserialize, Serialize};

/// The coefficients of the equation, one for each input where it is a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equation {
    /// a: of the second derivatives.
    pub second: Vec<f64>,
    /// b: of the first derivatives.
    pub first: Vec<f64>,
    /// c: of the value.
    #[serde(default)]
    pub zeroth: f64,
}

/// The equation with what is known at each sample of the data. The network has one output.
#[derive(Debug, Clone)]
pub struct Residual<T> {
    pub equation: Equation,
    /// The source at interior points, the value at points of a condition.
    pub known: Vec<T>,
    pub weights: Vec<T>,
    /// Whether the sample is an interior point.
    pub interior: Vec<bool>,
    terms: Terms,
}

impl<T: Scalar> Residual<T> {
    /// One entry of `known`, `weights` and `interior` for each sample.
    ///
    /// # Errors
    /// `INVALID_SHAPE` for lists of different lengths, `NON_FINITE`, `INVALID_ARGUMENT` for a negative weight.
    pub fn new(equation: Equation, known: Vec<T>, weights: Vec<T>, interior: Vec<bool>) -> Result<Self> {
        let (n, first) = (known.len(), equation.first.len());
        if weights.len() != n || interior.len() != n || equation.second.len() != first {
            let got = [weights.len(), interior.len(), equation.second.len(), first];
            return Err(Error::shape(format!(
                "residual: expected {n} weights, {n} kinds of points and two lists of coefficients, got {got:?}"
            )));
        }
        let coefficients = equation.second.iter().chain(&equation.first).chain([&equation.zeroth]);
        if !coefficients.copied().all(f64::is_finite) || !known.iter().all(|x| x.is_finite()) {
            return Err(Error::non_finite("residual: expected finite coefficients, sources and values"));
        }
        if let Some(bad) = weights.iter().find(|w| !w.is_finite() || **w < T::ZERO) {
            return Err(Error::argument(format!("residual: weights: expected numbers not below 0, got {bad}")));
        }
        Ok(Residual { equation, terms: Terms::new(n), known, weights, interior })
    }
}

impl<T: Scalar> Loss<T> for Residual<T> {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        let Equation { first, zeroth, .. } = &self.equation;
        let (points, sample) = (outputs.samples.len(), outputs.block.sample());
        let group = points * sample;
        // In a mini-batch each sample stands for its share of the data.
        let scale = self.known.len() as f64 / outputs.batch as f64;
        let last = (1 + first.len()) * group;
        let mut sum = 0.0;
        for i in 0..points {
            let (index, at) = (outputs.samples.get(i), i * sample);
            let value = |place: usize| outputs.values[place].to_f64();
            let inner = self.interior[index];
            let mut residual = if inner { zeroth * value(at) } else { value(at) } - self.known[index].to_f64();
            if inner {
                residual += value(last + at);
                residual += first.iter().enumerate().map(|(j, b)| b * value((1 + j) * group + at)).sum::<f64>();
            }
            let weight = scale * self.weights[index].to_f64();
            let term = weight * residual * residual;
            sum += term;
            self.terms.set(index, term);
            if let Some(gradient) = &mut gradient {
                let slope = 2.0 * weight * residual;
                let [own, above] = if inner { [zeroth * slope, slope] } else { [slope, 0.0] };
                gradient[at] = T::from_f64(own);
                for (j, b) in first.iter().enumerate() {
                    gradient[(1 + j) * group + at] = T::from_f64(b * above);
                }
                gradient[last + at] = T::from_f64(above);
            }
        }
        sum
    }

    /// `equation`: of the interior points, `conditions`: of all others, weights included. They add up to the loss.
    fn parts(&self, batch: &Samples) -> Vec<(&'static str, f64)> {
        let [equation, conditions] = self.terms.sums(batch, &self.interior);
        vec![("equation", equation), ("conditions", conditions)]
    }

    /// The second derivatives are summed with the equation's own coefficients.
    fn jets(&self, inputs: usize) -> Option<Jets> {
        Some(Jets { dimensions: inputs, second: Some(self.equation.second.clone()) })
    }
}
