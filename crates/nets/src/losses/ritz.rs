//! The deep Ritz energy of Poisson's equation (E and Yu 2018): `-Laplace u = s` where
//! `int |grad u|^2 / 2 - s u` is least. With points x_i and the penalty of the boundary condition u = v,
//! `loss = sum_i w_i (|grad u|^2 / 2 - s u)(x_i) + sum_j w_j (u - v)^2(x_j)`, w = 1/n for a mean.
//!
//! It can be negative: at the solution with zero boundary values it is `-int |grad u|^2 / 2`. An error of frequency k
//! weighs k^2 in it, where the residual's weighs k^4.

use super::terms::Terms;
use crate::engine::{Jets, Samples};
use crate::loss::{Loss, Outputs};
use compute::Scalar;

/// What is known at each sample of the data. The network has one output.
#[derive(Debug, Clone)]
pub struct Ritz<T> {
    /// The source at interior points, the value at points of a condition.
    pub known: Vec<T>,
    pub weights: Vec<T>,
    /// Whether the sample is an interior point.
    pub interior: Vec<bool>,
    /// Inputs of the network.
    pub dimensions: usize,
    terms: Terms,
}

impl<T> Ritz<T> {
    /// One entry of `known`, `weights` and `interior` for each sample.
    pub fn new(known: Vec<T>, weights: Vec<T>, interior: Vec<bool>, dimensions: usize) -> Self {
        Ritz { terms: Terms::new(known.len()), known, weights, interior, dimensions }
    }
}

impl<T: Scalar> Loss<T> for Ritz<T> {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        let (points, sample) = (outputs.samples.len(), outputs.block.sample());
        let group = points * sample;
        // In a mini-batch each sample stands for its share of the data.
        let scale = self.known.len() as f64 / outputs.batch as f64;
        let mut sum = 0.0;
        for i in 0..points {
            let (index, at) = (outputs.samples.get(i), i * sample);
            let (u, known) = (outputs.values[at].to_f64(), self.known[index].to_f64());
            let weight = scale * self.weights[index].to_f64();
            let inner = self.interior[index];
            let (value, slope) = if inner { (-known * u, -known) } else { ((u - known).powi(2), 2.0 * (u - known)) };
            let mut term = weight * value;
            if let Some(gradient) = &mut gradient {
                gradient[at] = T::from_f64(weight * slope);
            }
            for j in 1..=self.dimensions {
                let place = j * group + at;
                let along = if inner { outputs.values[place].to_f64() } else { 0.0 };
                term += weight * along * along / 2.0;
                if let Some(gradient) = &mut gradient {
                    gradient[place] = T::from_f64(weight * along);
                }
            }
            sum += term;
            self.terms.set(index, term);
        }
        sum
    }

    /// `energy`: of the interior points, `conditions`: of all others, weights included. They add up to the loss.
    fn parts(&self, batch: &Samples) -> Vec<(&'static str, f64)> {
        let [energy, conditions] = self.terms.sums(batch, &self.interior);
        vec![("energy", energy), ("conditions", conditions)]
    }

    fn jets(&self, inputs: usize) -> Option<Jets> {
        Some(Jets::gradient(inputs))
    }
}
