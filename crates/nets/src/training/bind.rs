//! A described loss with its arrays: the samples the network sees, and the loss over them.

use super::spec::LossSpec;
use super::{equations, names};
use crate::engine::loss::Loss;
use crate::network::arrays::{Array, Arrays, fits, join};
use crate::network::shapes::ResolvedNetwork;
use crate::training::losses::{BoundLoss, Expression, PhaseContrastive, RowLoss, Smoothness, Sobolev, TargetData};
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
        LossSpec::Residual { .. } | LossSpec::Ritz { .. } => equations::bind(spec, network, arrays, &x, samples),
        LossSpec::Expression { loss, variables, parameters } => {
            let names = names::inputs(variables.as_deref(), network)?;
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names::distinct(&[&["h", "y"], &names[..]].concat(), parameters)?;
            let mut loss = Expression::new(loss, &names, parameters)?;
            let size = network.output_size();
            let unweighted = RowLoss::Mse;
            if loss.has_target() || arrays.optional("y").is_some() {
                let y = arrays.required("y")?;
                TargetData::<T>::new(&unweighted, samples, &network.output, (&y.to::<f64>(), &y.shape), None)?;
                loss.targets = y.to();
            }
            if let Some(weights) = arrays.optional("loss.weights") {
                let full: Vec<usize> = std::iter::once(samples).chain(network.output.iter().copied()).collect();
                if weights.shape != full && weights.shape != full[..1] {
                    let expected = format!("[{samples}] or {full:?}");
                    return Err(Error::shape(format!(
                        "loss.weights: expected shape {expected}, got {:?}",
                        weights.shape
                    )));
                }
                not_negative("loss.weights", weights)?;
                fits::<T>("loss.weights", weights)?;
                loss.weights = weights.to();
            }
            (loss.size, loss.inputs) = (size, x.to());
            Ok(Bound { inputs: x.to(), samples, loss: Box::new(loss) })
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

fn not_negative(name: &str, array: &Array) -> Result<()> {
    match array.to::<f64>().into_iter().find(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        Some(wrong) => Err(Error::argument(format!("{name}: expected finite numbers not below 0, got {wrong}"))),
        None => Ok(()),
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
