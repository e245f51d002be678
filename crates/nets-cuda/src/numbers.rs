//! What of a training is a run's own, as the kernels read it: its optimiser, its loss and its samples.

use crate::backend::Job;
use base::elementary::power;
use base::{Error, Result};
use compute::Scalar;
use nets::training::bind;
use nets::training::losses::{BoundLoss, RowLoss, Target};
use nets::training::optimizers::{Clip, Optimizer, Schedule};
use nets::training::{LossSpec, OptimizerSpec, TrainSpec};
use nets::{Arrays, ResolvedNetwork};
use std::any::Any;

/// No order: the samples as they come.
pub const NONE: u64 = u64::MAX;
/// The end of a list of steps.
pub const LAST: u32 = u32::MAX;

/// Those of `kernels/rules.cu`.
mod codes {
    pub const SGD: u32 = 0;
    pub const ADAM: u32 = 1;
    pub const RMSPROP: u32 = 2;
    pub const SQUARED: u32 = 0;
    pub const ABSOLUTE: u32 = 1;
    pub const HUBER: u32 = 2;
    pub const PROBABILITIES: u32 = 3;
    pub const CLASSES: u32 = 4;
    pub const BY_ROW: u32 = 1;
    pub const BY_VALUE: u32 = 2;
}

pub fn first_order(spec: &TrainSpec) -> &Optimizer {
    match &spec.optimizer {
        OptimizerSpec::FirstOrder(optimizer) => optimizer,
        OptimizerSpec::Method(_) => unreachable!("a plan has sent minimisers elsewhere"),
    }
}

/// The optimiser's numbers in a job.
pub fn optimizer(optimizer: &Optimizer) -> Job {
    let (limit, norm) = match optimizer.clip() {
        Some(Clip::Value(value)) => (*value, 0.0),
        Some(Clip::Norm(norm)) => (f64::INFINITY, *norm),
        None => (f64::INFINITY, 0.0),
    };
    let job = Job { rate: optimizer.learning_rate(), limit, norm, order: NONE, ..Job::default() };
    match *optimizer {
        Optimizer::Sgd { momentum, nesterov, weight_decay, .. } => {
            Job { rule: codes::SGD, beta1: momentum, nesterov: nesterov.into(), decay: weight_decay, ..job }
        }
        Optimizer::Adam { beta1, beta2, epsilon, weight_decay, .. } => {
            Job { rule: codes::ADAM, beta1, beta2, epsilon, decay: weight_decay, ..job }
        }
        Optimizer::Adamw { beta1, beta2, epsilon, weight_decay, .. } => {
            Job { rule: codes::ADAM, beta1, beta2, epsilon, shrink: weight_decay, ..job }
        }
        Optimizer::Rmsprop { decay, epsilon, .. } => Job { rule: codes::RMSPROP, beta2: decay, epsilon, ..job },
        Optimizer::Muon(_) => unreachable!("a plan has sent it elsewhere"),
    }
}

/// What three numbers of each step depend on; runs that have it in common share a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    schedule: Option<Schedule>,
    betas: Option<[f64; 2]>,
}

impl Table {
    pub fn of(optimizer: &Optimizer) -> Self {
        let betas = match *optimizer {
            Optimizer::Adam { beta1, beta2, .. } | Optimizer::Adamw { beta1, beta2, .. } => Some([beta1, beta2]),
            _ => None,
        };
        Table { schedule: optimizer.schedule().cloned(), betas }
    }

    /// The schedule's factor, 1 - beta1^t and 1 / sqrt(1 - beta2^t), t counted from 1.
    pub fn row(&self, step: u64) -> [f64; 3] {
        let factor = self.schedule.as_ref().map_or(1.0, |schedule| schedule.factor(step));
        let [first, second] = self.betas.map_or([1.0; 2], |betas| betas.map(|beta| 1.0 - power(beta, step + 1)));
        [factor, first, 1.0 / second.sqrt()]
    }
}

/// Inputs, targets and weights of one set of arrays.
pub struct Samples<T> {
    pub count: usize,
    pub x: Vec<T>,
    pub y: Vec<T>,
    pub weights: Vec<T>,
    loss: u32,
    weighting: u32,
    delta: f64,
}

impl<T: Scalar> Samples<T> {
    /// # Errors
    /// Those of the arrays.
    pub fn new(spec: &LossSpec, network: &ResolvedNetwork, arrays: &Arrays) -> Result<Self> {
        let bound = bind::<T>(spec, network, arrays)?;
        let loss: &dyn Any = &*bound.loss;
        let Some(BoundLoss { loss, targets }) = loss.downcast_ref::<BoundLoss<T>>() else {
            return Err(Error::argument("loss: no kernel for it"));
        };
        let (y, weights, classes) = match targets.slice(0..bound.samples) {
            Target::Values(values) => (values.to_vec(), Vec::new(), false),
            Target::Weighted(values, weights) => (values.to_vec(), weights.to_vec(), false),
            Target::Classes(classes) => {
                (classes.iter().map(|&class| T::from_f64(class.into())).collect(), Vec::new(), true)
            }
        };
        let (loss, delta) = match *loss {
            RowLoss::Mse | RowLoss::WeightedMse => (codes::SQUARED, 0.0),
            RowLoss::Mae => (codes::ABSOLUTE, 0.0),
            RowLoss::Huber { delta } => (codes::HUBER, delta),
            RowLoss::CrossEntropy if classes => (codes::CLASSES, 0.0),
            RowLoss::CrossEntropy => (codes::PROBABILITIES, 0.0),
        };
        let weighting = match weights.len() {
            0 => 0,
            n if n == y.len() => codes::BY_VALUE,
            _ => codes::BY_ROW,
        };
        Ok(Samples { count: bound.samples, x: bound.inputs, y, weights, loss, weighting, delta })
    }

    /// The loss's numbers in a job.
    pub fn put(&self, job: &mut Job) {
        (job.loss, job.weighting, job.delta) = (self.loss, self.weighting, self.delta);
    }
}
