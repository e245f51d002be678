//! The Sobolev loss (Czarnecki et al. 2017): mean over samples and outputs of (h - y)^2, plus `weight` times the mean
//! over samples of |grad_x h - g|^2, the square summed over outputs and the input's dimensions.

use crate::engine::Jets;
use crate::engine::loss::{Loss, Outputs};
use base::{Error, Result};
use compute::Scalar;

/// Targets of all samples of the data.
#[derive(Debug, Clone)]
pub struct Sobolev<T> {
    /// `[n, o]`.
    pub values: Vec<T>,
    /// `[n, o, d]`.
    pub gradients: Vec<T>,
    pub weight: f64,
    pub dimensions: usize,
}

impl<T: Scalar> Sobolev<T> {
    /// `values` `[n, o]` and `gradients` `[n, o, d]`, row-major, for `outputs` o and `dimensions` d.
    ///
    /// # Errors
    /// `INVALID_SHAPE`, `NON_FINITE`, and `INVALID_ARGUMENT` for a weight that is negative.
    pub fn new(values: Vec<T>, gradients: Vec<T>, weight: f64, outputs: usize, dimensions: usize) -> Result<Self> {
        let expected = values.len() * dimensions;
        if !values.len().is_multiple_of(outputs) || gradients.len() != expected {
            let got = gradients.len();
            let message = format!("gradients: expected {expected} numbers, one for each target and input, got {got}");
            return Err(Error::shape(message));
        }
        if let Some(bad) = gradients.iter().chain(&values).find(|x| !x.is_finite()) {
            return Err(Error::non_finite(format!("gradients: expected finite numbers, got {bad}")));
        }
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(Error::argument(format!("loss.weight: expected a finite number not below 0, got {weight}")));
        }
        Ok(Sobolev { values, gradients, weight, dimensions })
    }
}

impl<T: Scalar> Loss<T> for Sobolev<T> {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        let (block, points, d) = (outputs.block, outputs.samples.len(), self.dimensions);
        let (size, group) = (block.width, points * block.sample());
        let scale = 1.0 / (outputs.batch * size) as f64;
        // Of the slopes: a mean over samples alone.
        let slopes = self.weight * size as f64;
        let mut sum = 0.0;
        // The Laplacian, if it is carried, has no part in this loss.
        if let Some(gradient) = &mut gradient {
            gradient[group * (1 + d)..].fill(T::ZERO);
        }
        for i in 0..points {
            let sample = outputs.samples.get(i);
            for o in 0..size {
                for copy in 0..=d {
                    let at = copy * group + i * block.sample() + o;
                    let (target, weight) = match copy {
                        0 => (self.values[sample * size + o], 1.0),
                        j => (self.gradients[(sample * size + o) * d + j - 1], slopes),
                    };
                    let difference = outputs.values[at].to_f64() - target.to_f64();
                    sum += weight * difference * difference;
                    if let Some(gradient) = &mut gradient {
                        gradient[at] = T::from_f64(2.0 * scale * weight * difference);
                    }
                }
            }
        }
        sum * scale
    }

    fn jets(&self, inputs: usize) -> Option<Jets> {
        Some(Jets::gradient(inputs))
    }
}
