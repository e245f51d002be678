//! The losses as tensors; their definition is `nets::training::losses`. Every sum is taken in f64, as there.

use crate::data::Picks;
use crate::device::{Device, Real, lift};
use crate::equations::{Pointwise, Terms};
use crate::signal::Signal;
use crate::spectral::{Parts, high_share, phase_contrastive};
use base::{Error, Result};
use candle_core::{D, DType, Tensor};
use nets::ResolvedNetwork;
use nets::engine::Jets;
use nets::engine::loss::BatchNeeds;
use nets::training::Bound;
use nets::training::losses::{
    Along, BoundLoss, Equations, Expression, PhaseContrastive, RowLoss, Smoothness, Sobolev, Target,
};
use std::any::Any;

/// A loss with its targets: `[all samples, ...]` as it is made, `[replicas, samples, ...]` once samples are picked.
pub struct Objective {
    kind: Kind,
    /// The derivatives by the input that it reads.
    pub jets: Option<Jets>,
    pub needs: BatchNeeds,
}

enum Kind {
    /// `targets` and `weights` are shaped as the output.
    Rows {
        loss: RowLoss,
        targets: Tensor,
        weights: Option<Tensor>,
    },
    /// `values [.., o]`, `gradients [.., d, o]`.
    Sobolev {
        values: Tensor,
        gradients: Tensor,
        weight: f64,
    },
    Equations(Terms),
    Expression(Pointwise),
    /// `values [.., o]`.
    Smoothness {
        values: Tensor,
        alpha: f64,
        cutoff: f64,
        along: Along,
    },
    PhaseContrastive {
        temperature: f64,
    },
}

impl Objective {
    /// Of one bound loss, or of several of the same kind whose samples follow each other.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a loss that this engine does not know.
    pub fn new<T: Real>(bounds: &[Bound<T>], network: &ResolvedNetwork, device: &Device) -> Result<Self> {
        let first = &bounds[0];
        let jets = first.loss.jets(network.input_size());
        let as_any: &dyn Any = &*first.loss;
        let kind = if as_any.is::<BoundLoss<T>>() {
            rows(bounds, network, device)?
        } else if as_any.is::<Sobolev<T>>() {
            sobolev(bounds, network, device)?
        } else if as_any.is::<Equations<T>>() {
            Kind::Equations(Terms::new(bounds, device)?)
        } else if as_any.is::<Expression<T>>() {
            Kind::Expression(Pointwise::new(bounds, &network.output, device)?)
        } else if as_any.is::<Smoothness<T>>() {
            smoothness(bounds, network, device)?
        } else if let Some(loss) = as_any.downcast_ref::<PhaseContrastive>() {
            Kind::PhaseContrastive { temperature: loss.temperature }
        } else {
            return Err(Error::argument("loss: this loss cannot be run by the CUDA engine; use device 'cpu'"));
        };
        Ok(Objective { kind, jets, needs: first.loss.needs() })
    }

    /// The same for these samples.
    pub fn picked(&self, picks: &Picks) -> candle_core::Result<Objective> {
        let kind = match &self.kind {
            Kind::Rows { loss, targets, weights } => Kind::Rows {
                loss: *loss,
                targets: picks.of(targets)?,
                weights: weights.as_ref().map(|weights| picks.of(weights)).transpose()?,
            },
            Kind::Sobolev { values, gradients, weight } => {
                Kind::Sobolev { values: picks.of(values)?, gradients: picks.of(gradients)?, weight: *weight }
            }
            Kind::Equations(terms) => Kind::Equations(terms.picked(picks)?),
            Kind::Expression(formula) => Kind::Expression(formula.picked(picks)?),
            Kind::Smoothness { values, alpha, cutoff, along } => {
                Kind::Smoothness { values: picks.of(values)?, alpha: *alpha, cutoff: *cutoff, along: *along }
            }
            Kind::PhaseContrastive { temperature } => Kind::PhaseContrastive { temperature: *temperature },
        };
        Ok(Objective { kind, jets: self.jets.clone(), needs: self.needs })
    }

    /// Bytes that the loss needs beside the network, for batches of so many samples.
    pub fn bytes(&self, samples: usize, replicas: usize) -> usize {
        let entries = match &self.kind {
            // A matrix for the length of the signals, and its making.
            Kind::Smoothness { along: Along::Samples, .. } => samples.saturating_mul(2 * samples),
            // The logits with what becomes of them in both directions.
            Kind::PhaseContrastive { .. } => samples.saturating_mul(8 * samples * replicas),
            _ => 0,
        };
        entries.saturating_mul(size_of::<f64>())
    }

    /// The loss of each replica, `[replicas]`, f64, with what it is made of.
    pub fn losses(&self, output: &Signal) -> candle_core::Result<Parts> {
        match &self.kind {
            Kind::Smoothness { values, alpha, cutoff, along } => {
                let error = (&output.value - values)?.to_dtype(DType::F64)?;
                let mse = error.sqr()?.mean((1, 2))?;
                let share = high_share(&output.value.to_dtype(DType::F64)?, *along, *cutoff)?;
                let total = (&mse + (&share * *alpha)?)?;
                Ok(Parts { total, parts: vec![("mse", mse), ("highFrequency", share)] })
            }
            Kind::Equations(terms) => terms.losses(output),
            _ => Ok(Parts { total: self.plain(output)?, parts: Vec::new() }),
        }
    }

    /// A loss that is made of nothing worth a record.
    fn plain(&self, output: &Signal) -> candle_core::Result<Tensor> {
        match &self.kind {
            Kind::Smoothness { .. } | Kind::Equations(_) => unreachable!("their parts are recorded"),
            Kind::Expression(formula) => formula.loss(output),
            Kind::PhaseContrastive { temperature } => {
                phase_contrastive(&output.value.to_dtype(DType::F64)?, *temperature)
            }
            Kind::Rows { loss: RowLoss::CrossEntropy, targets, .. } => {
                let logits = &output.value;
                let shifted = logits.broadcast_sub(&logits.detach().max_keepdim(D::Minus1)?)?;
                let log_total = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
                let rows = targets.elem_count() / targets.dim(0)? / targets.dim(D::Minus1)?;
                total(&(targets * shifted.broadcast_sub(&log_total)?)?)? * (-1.0 / rows as f64)
            }
            Kind::Rows { loss, targets, weights } => {
                let error = (&output.value - targets)?;
                let mut each = pointwise(loss, &error)?;
                if let Some(weights) = weights {
                    each = (each * weights)?;
                }
                total(&each)? * (1.0 / (targets.elem_count() / targets.dim(0)?) as f64)
            }
            Kind::Sobolev { values, gradients, weight } => {
                let jet = output.jet.as_ref().expect("a Sobolev loss asks for jets");
                let (_, samples, outputs) = values.dims3()?;
                let errors = total(&(&output.value - values)?.sqr()?)?;
                // d times [.., o] to [.., d, o].
                let slopes = total(&(Tensor::stack(&jet.parts, 2)? - gradients)?.sqr()?)?;
                ((errors * (1.0 / outputs as f64))? + (slopes * *weight)?)? * (1.0 / samples as f64)
            }
        }
    }
}

/// f of the error, entry by entry, f as `nets::training::losses` has it.
fn pointwise(loss: &RowLoss, error: &Tensor) -> candle_core::Result<Tensor> {
    let mask = |condition: Tensor| condition.to_dtype(error.dtype());
    // Its derivative at 0 is 0: both masks are.
    let magnitude = || error * (mask(error.gt(0.0)?)? - mask(error.lt(0.0)?)?)?;
    match loss {
        RowLoss::Mse | RowLoss::WeightedMse => error.sqr(),
        RowLoss::Mae => magnitude(),
        RowLoss::Huber { delta } => {
            let near = mask(error.abs()?.le(*delta)?)?;
            let far = magnitude()?.affine(*delta, -0.5 * delta * delta)?;
            (&near * (error.sqr()? * 0.5)?)? + (near.affine(-1.0, 1.0)? * far)?
        }
        RowLoss::CrossEntropy => unreachable!("not a function of the error"),
    }
}

/// The sum over everything but the replicas, in f64.
fn total(x: &Tensor) -> candle_core::Result<Tensor> {
    x.to_dtype(DType::F64)?.flatten_from(1)?.sum(1)
}

fn tensor<T: Real>(values: Vec<T>, shape: &[usize], device: &Device) -> Result<Tensor> {
    lift(Tensor::from_vec(values, shape, &device.candle()))
}

/// `[n, ...shape]`.
fn with_samples(n: usize, shape: &[usize]) -> Vec<usize> {
    std::iter::once(n).chain(shape.iter().copied()).collect()
}

pub fn downcast<T: Real, L: 'static>(bound: &Bound<T>) -> Result<&L> {
    let loss: &dyn Any = &*bound.loss;
    loss.downcast_ref().ok_or_else(|| Error::argument("loss: runs of one stack have one loss"))
}

fn rows<T: Real>(bounds: &[Bound<T>], network: &ResolvedNetwork, device: &Device) -> Result<Kind> {
    let width = network.output[network.output.len() - 1];
    let shape = with_samples(bounds.iter().map(|bound| bound.samples).sum(), &network.output);
    let (mut targets, mut weights) = (Vec::new(), Vec::new());
    for bound in bounds {
        let own: &BoundLoss<T> = downcast(bound)?;
        match own.targets.slice(0..bound.samples) {
            Target::Values(values) => targets.extend(values),
            Target::Weighted(values, factors) => {
                let repeats = values.len() / factors.len();
                targets.extend(values);
                weights.extend(factors.iter().flat_map(|&factor| std::iter::repeat_n(factor, repeats)));
            }
            Target::Classes(classes) => {
                let start = targets.len();
                targets.resize(start + classes.len() * width, T::ZERO);
                for (row, &class) in classes.iter().enumerate() {
                    targets[start + row * width + class as usize] = T::ONE;
                }
            }
        }
    }
    let loss = downcast::<T, BoundLoss<T>>(&bounds[0])?.loss;
    let weights = if weights.is_empty() { None } else { Some(tensor(weights, &shape, device)?) };
    Ok(Kind::Rows { loss, targets: tensor(targets, &shape, device)?, weights })
}

fn sobolev<T: Real>(bounds: &[Bound<T>], network: &ResolvedNetwork, device: &Device) -> Result<Kind> {
    let (o, d) = (network.output_size(), network.input_size());
    let n = bounds.iter().map(|bound| bound.samples).sum();
    let (mut values, mut gradients) = (Vec::<T>::new(), Vec::<T>::new());
    for bound in bounds {
        let own: &Sobolev<T> = downcast(bound)?;
        values.extend(&own.values);
        gradients.extend(&own.gradients);
    }
    let gradients = tensor(gradients, &[n, o, d], device)?;
    let gradients = lift(gradients.transpose(1, 2).and_then(|gradients| gradients.contiguous()))?;
    let weight = downcast::<T, Sobolev<T>>(&bounds[0])?.weight;
    Ok(Kind::Sobolev { values: tensor(values, &[n, o], device)?, gradients, weight })
}

fn smoothness<T: Real>(bounds: &[Bound<T>], network: &ResolvedNetwork, device: &Device) -> Result<Kind> {
    let mut values = Vec::<T>::new();
    for bound in bounds {
        values.extend(&downcast::<T, Smoothness<T>>(bound)?.values);
    }
    let shape = [values.len() / network.output_size(), network.output_size()];
    let Smoothness { alpha, cutoff, along, .. } = downcast::<T, Smoothness<T>>(&bounds[0])?;
    Ok(Kind::Smoothness { values: tensor(values, &shape, device)?, alpha: *alpha, cutoff: *cutoff, along: *along })
}
