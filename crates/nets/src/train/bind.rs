//! A described loss with its arrays: the samples the network sees, and the loss over them.

use super::spec::{Condition, Form, LossSpec};
use crate::arrays::{Array, Arrays, finite, fits, join};
use crate::loss::Loss;
use crate::losses::{BoundLoss, Equation, PhaseContrastive, Residual, Ritz, RowLoss, Smoothness, Sobolev, TargetData};
use crate::shapes::ResolvedNetwork;
use base::{Error, Result};
use compute::Scalar;

/// Input samples, row-major, and the loss that belongs to them. Where it needs several views of a sample, `inputs` hold
/// as many times `samples`.
pub struct Bound<T> {
    pub inputs: Vec<T>,
    pub samples: usize,
    pub loss: Box<dyn Loss<T>>,
}

pub fn bind<T: Scalar>(spec: &LossSpec, network: &ResolvedNetwork, arrays: &Arrays) -> Result<Bound<T>> {
    let (x, samples) = arrays.samples("x", &network.input)?;
    fits::<T>("x", &x)?;
    match spec {
        LossSpec::Residual { equation, weight, conditions } => {
            let Scattered { inputs, known, weights, interior } =
                scattered(*weight, conditions, network, arrays, &x, samples)?;
            let loss = Residual::new(equation.equation(network.input_size())?, known, weights, interior)?;
            Ok(Bound { samples: inputs.len() / network.input_size(), inputs, loss: Box::new(loss) })
        }
        LossSpec::Ritz { weight, conditions } => {
            let Scattered { inputs, known, weights, interior } =
                scattered(*weight, conditions, network, arrays, &x, samples)?;
            let dimensions = network.input_size();
            let loss = Ritz::new(known, weights, interior, dimensions);
            Ok(Bound { samples: inputs.len() / dimensions, inputs, loss: Box::new(loss) })
        }
        LossSpec::Sobolev { weight } => {
            let values = targets(&RowLoss::Mse, network, arrays, samples)?.0;
            let (o, d) = (network.output_size(), network.input_size());
            let gradients = arrays.required("loss.gradients")?;
            fits::<T>("loss.gradients", gradients)?;
            let short = o == 1 && gradients.shape == [samples, d];
            if !short && gradients.shape != [samples, o, d] {
                let message = format!("expected shape [{samples}, {o}, {d}], got {:?}", gradients.shape);
                return Err(Error::shape(format!("loss.gradients: {message}")));
            }
            let loss = Sobolev::new(values, gradients.to(), *weight, o, d)?;
            Ok(Bound { inputs: x.to(), samples, loss: Box::new(loss) })
        }
        LossSpec::Smoothness { alpha, cutoff, along } => {
            flat(network)?;
            let values = targets(&RowLoss::Mse, network, arrays, samples)?.0;
            let loss = Smoothness::new(values, *alpha, *cutoff, *along)?;
            Ok(Bound { inputs: x.to(), samples, loss: Box::new(loss) })
        }
        LossSpec::PhaseContrastive { temperature } => {
            flat(network)?;
            let (views, count) = arrays.samples("loss.views", &network.input)?;
            if count != samples {
                return Err(Error::shape(format!("loss.views: expected {samples} samples, as x has, got {count}")));
            }
            fits::<T>("loss.views", &views)?;
            let mut inputs = x.to::<T>();
            inputs.extend(views.to::<T>());
            Ok(Bound { inputs, samples, loss: Box::new(PhaseContrastive::new(*temperature)?) })
        }
        plain => {
            let loss = plain.row_loss().expect("the others are losses of one row");
            let targets = targets(&loss, network, arrays, samples)?.1;
            Ok(Bound { inputs: x.to(), samples, loss: Box::new(BoundLoss { loss, targets }) })
        }
    }
}

/// That a sample's outputs are one row.
fn flat(network: &ResolvedNetwork) -> Result<()> {
    if network.output.len() == 1 {
        return Ok(());
    }
    let got = join(&network.output);
    Err(Error::shape(format!("loss: expected a network with outputs [features], got [{got}]")))
}

fn targets<T: Scalar>(
    loss: &RowLoss,
    network: &ResolvedNetwork,
    arrays: &Arrays,
    samples: usize,
) -> Result<(Vec<T>, TargetData<T>)> {
    let y = arrays.required("y")?;
    let weights = arrays.optional("loss.weights").map(|array| (array.to::<f64>(), array.shape.clone()));
    let weights = weights.as_ref().map(|(values, shape)| (values.as_slice(), shape.as_slice()));
    let data = TargetData::new(loss, samples, &network.output, (&y.to::<f64>(), &y.shape), weights)?;
    Ok((y.to(), data))
}

/// The samples of a loss over interior points and conditions, in this order.
struct Scattered<T> {
    inputs: Vec<T>,
    /// The source at interior points, the value at points of a condition.
    known: Vec<T>,
    /// Of each sample in the sum.
    weights: Vec<T>,
    interior: Vec<bool>,
}

/// The interior points of `x`, then those of every condition, each with its weight in the sum.
fn scattered<T: Scalar>(
    weight: f64,
    conditions: &[Condition],
    network: &ResolvedNetwork,
    arrays: &Arrays,
    x: &Array,
    interior: usize,
) -> Result<Scattered<T>> {
    if network.output_size() != 1 {
        let got = join(&network.output);
        return Err(Error::shape(format!("loss: an equation needs a network with one output, got [{got}]")));
    }
    let mut inputs = x.to::<T>();
    let mut known = match arrays.optional("loss.source") {
        Some(source) => list("loss.source", source, interior)?,
        None => vec![T::ZERO; interior],
    };
    let mut weights = vec![T::from_f64(share("loss.weight", weight, interior)?); interior];
    for (index, condition) in conditions.iter().enumerate() {
        let place = format!("loss.conditions.{index}");
        let (points, count) = arrays.samples(&format!("{place}.points"), &network.input)?;
        fits::<T>(&format!("{place}.points"), &points)?;
        let name = format!("{place}.values");
        known.extend(list::<T>(&name, arrays.required(&name)?, count)?);
        inputs.extend(points.to::<T>());
        let share = share(&format!("{place}.weight"), condition.weight, count)?;
        weights.extend(std::iter::repeat_n(T::from_f64(share), count));
    }
    let interior = (0..known.len()).map(|index| index < interior).collect();
    Ok(Scattered { inputs, known, weights, interior })
}

/// The weight of each of `count` points in a mean with weight `weight`.
fn share(name: &str, weight: f64, count: usize) -> Result<f64> {
    if weight.is_finite() && weight >= 0.0 {
        Ok(weight / count as f64)
    } else {
        Err(Error::argument(format!("{name}: expected a finite number not below 0, got {weight}")))
    }
}

fn list<T: Scalar>(name: &str, array: &Array, count: usize) -> Result<Vec<T>> {
    if array.shape != [count] && array.shape != [count, 1] {
        return Err(Error::shape(format!("{name}: expected shape [{count}] or [{count}, 1], got {:?}", array.shape)));
    }
    finite(name, array)?;
    fits::<T>(name, array)?;
    Ok(array.to())
}

impl Form {
    /// The coefficients for `inputs` inputs; with a time, it is the last one.
    fn equation(&self, inputs: usize) -> Result<Equation> {
        let space = |value: f64, time: f64| {
            let mut all = vec![value; inputs];
            all[inputs - 1] = time;
            all
        };
        let timed = |name: &str| {
            if inputs >= 2 {
                return Ok(());
            }
            let expected = "expected a network with at least two inputs, the last one time";
            Err(Error::shape(format!("loss.equation ({name}): {expected}, got {inputs}")))
        };
        let number = |name: &str, value: f64| {
            if value.is_finite() {
                return Ok(());
            }
            Err(Error::argument(format!("loss.equation.{name}: expected a finite number, got {value}")))
        };
        Ok(match self {
            Form::Poisson {} => Equation { second: vec![-1.0; inputs], first: vec![0.0; inputs], zeroth: 0.0 },
            Form::Helmholtz { k } => {
                number("k", *k)?;
                Equation { second: vec![1.0; inputs], first: vec![0.0; inputs], zeroth: k * k }
            }
            Form::Heat { kappa } => {
                timed("heat")?;
                number("kappa", *kappa)?;
                Equation { second: space(-kappa, 0.0), first: space(0.0, 1.0), zeroth: 0.0 }
            }
            Form::Advection { velocity } => {
                timed("advection")?;
                if velocity.len() + 1 != inputs {
                    let message = format!("expected {} numbers, got {}", inputs - 1, velocity.len());
                    return Err(Error::shape(format!("loss.equation.velocity: {message}")));
                }
                velocity.iter().try_for_each(|&v| number("velocity", v))?;
                let first = velocity.iter().copied().chain([1.0]).collect();
                Equation { second: vec![0.0; inputs], first, zeroth: 0.0 }
            }
            Form::Linear { second, first, zeroth } => {
                if second.len() != inputs || first.len() != inputs {
                    let got = (second.len(), first.len());
                    let message = format!("expected {inputs} coefficients, one for each input, got {got:?}");
                    return Err(Error::shape(format!("loss.equation.second and first: {message}")));
                }
                Equation { second: second.clone(), first: first.clone(), zeroth: *zeroth }
            }
        })
    }
}
