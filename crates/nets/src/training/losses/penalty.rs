//! Terms that depend on the parameters alone: a [`WeightSpectrum`], or `alpha` times the sum of a formula `p(w)` over all
//! numbers w of the parameters.

use super::{PenaltySpec, WeightSpectrum};
use crate::network::shapes::{Parameter, ResolvedNetwork};
use crate::network::spec::Coefficients;
use base::{Error, Result};
use compute::Scalar;
use expressions::{Graph, Program};

/// A penalty for a network.
pub enum Penalty {
    WeightSpectrum(WeightSpectrum),
    Expression { alpha: f64, program: Program, parameters: Vec<(usize, Parameter)> },
}

impl Penalty {
    /// # Errors
    /// `INVALID_ARGUMENT` for constants out of range, a formula that cannot be read, and names that the network does not have.
    pub fn new(spec: &PenaltySpec, network: &ResolvedNetwork) -> Result<Self> {
        let PenaltySpec::Expression { alpha, penalty, parameters } = spec else {
            return WeightSpectrum::new(spec, network).map(Penalty::WeightSpectrum);
        };
        if !(alpha.is_finite() && *alpha >= 0.0) {
            return Err(Error::argument(format!("penalty.alpha: expected a finite number not below 0, got {alpha}")));
        }
        let mut graph = Graph::new();
        let value = Coefficients::default().read("penalty.penalty", penalty, &["w"], &mut graph)?;
        let slope = graph.derivative(value, 0);
        let all = network.parameters.iter().cloned().enumerate();
        let parameters = match parameters {
            None => all.collect(),
            Some(names) => {
                let find = |name: &String| {
                    all.clone().find(|(_, parameter)| parameter.name == *name).ok_or_else(|| {
                        let known = network.parameters.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
                        Error::argument(format!("penalty.parameters: expected some of {known}, got {name}"))
                    })
                };
                names.iter().map(find).collect::<Result<_>>()?
            }
        };
        Ok(Penalty::Expression { alpha: *alpha, program: Program::new(&graph, &[value, slope], 1), parameters })
    }

    pub fn alpha(&self) -> f64 {
        match self {
            Penalty::WeightSpectrum(penalty) => penalty.alpha,
            Penalty::Expression { alpha, .. } => *alpha,
        }
    }

    /// Under which its value is recorded.
    pub fn name(&self) -> &'static str {
        match self {
            Penalty::WeightSpectrum(_) => "weightFrequency",
            Penalty::Expression { .. } => "penalty",
        }
    }

    /// The penalty of the flat parameters, without alpha. `slope(parameter, i, d)` is told its derivative d by number i of each.
    pub fn evaluate<T: Scalar>(&self, flat: &[T], mut slope: impl FnMut(usize, usize, f64)) -> f64 {
        let (program, parameters) = match self {
            Penalty::WeightSpectrum(penalty) => return penalty.evaluate(flat, slope),
            Penalty::Expression { program, parameters, .. } => (program, parameters),
        };
        let mut sum = 0.0;
        for (index, parameter) in parameters {
            let w: Vec<f64> = flat[parameter.range()].iter().map(|w| w.to_f64()).collect();
            let (mut values, mut slopes) = (vec![0.0; w.len()], vec![0.0; w.len()]);
            program.run::<f64>(&[&w], &mut [&mut values, &mut slopes]);
            sum += values.iter().sum::<f64>();
            slopes.iter().enumerate().for_each(|(i, d)| slope(*index, i, *d));
        }
        sum
    }
}
