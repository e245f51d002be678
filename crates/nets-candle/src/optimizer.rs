//! The updates of `nets::training::optimizers` as tensors, all parameters of a replica in one row.

use candle_core::{DType, Result, Tensor};
use nets::training::optimizers::{Clip, Optimizer, Prepare, Rule};

/// The parameters `[replicas, count]` after the update of step `step` (from 0). `moments` are those that the optimiser
/// keeps, in the order of `nets`, and change with it.
pub fn update(
    optimizer: &Optimizer,
    step: u64,
    parameters: &Tensor,
    gradient: &Tensor,
    moments: &mut [Tensor],
) -> Result<Tensor> {
    let gradient = clipped(optimizer, gradient)?;
    match optimizer.rule::<f64>(step, 1.0) {
        Rule::Sgd { prepare, decay, momentum, nesterov, rate } => {
            let gradient = decayed(prepared(prepare, &gradient)?, decay, parameters)?;
            let [first] = moments else { return parameters - (gradient * rate)? };
            *first = ((&*first * momentum)? + &gradient)?;
            let direction = if nesterov { (gradient + (&*first * momentum)?)? } else { first.clone() };
            parameters - (direction * rate)?
        }
        Rule::Adam { prepare, decay, shrink, beta1, rest1, beta2, rest2, rate, root, epsilon } => {
            let gradient = decayed(prepared(prepare, &gradient)?, decay, parameters)?;
            let [first, second] = moments else { unreachable!("Adam keeps two moments") };
            *first = ((&*first * beta1)? + (&gradient * rest1)?)?;
            *second = ((&*second * beta2)? + (gradient.sqr()? * rest2)?)?;
            let kept = if shrink == 1.0 { parameters.clone() } else { (parameters * shrink)? };
            kept - ((&*first * rate)? / second.sqrt()?.affine(root, epsilon)?)?
        }
        Rule::Rmsprop { prepare, keep, rest, rate, epsilon } => {
            let gradient = prepared(prepare, &gradient)?;
            let [second] = moments else { unreachable!("RMSprop keeps one moment") };
            *second = ((&*second * keep)? + (gradient.sqr()? * rest)?)?;
            parameters - ((gradient * rate)? / (second.sqrt()? + epsilon)?)?
        }
    }
}

/// How many arrays the optimiser keeps beside the parameters.
pub fn moments(optimizer: &Optimizer) -> usize {
    let moments = optimizer.moments();
    usize::from(moments.first()) + usize::from(moments.second())
}

/// Scaled down, replica by replica, where it is longer than it may be.
pub(crate) fn clipped(optimizer: &Optimizer, gradient: &Tensor) -> Result<Tensor> {
    let Some(Clip::Norm(longest)) = optimizer.clip() else { return Ok(gradient.clone()) };
    let norm = gradient.to_dtype(DType::F64)?.sqr()?.sum_keepdim(1)?.sqrt()?;
    let factor = ((norm + 1e-6)?.recip()? * *longest)?.minimum(1.0)?;
    gradient.broadcast_mul(&factor.to_dtype(gradient.dtype())?)
}

pub(crate) fn prepared(prepare: Prepare<f64>, gradient: &Tensor) -> Result<Tensor> {
    if prepare.limit.is_finite() { gradient.clamp(-prepare.limit, prepare.limit) } else { Ok(gradient.clone()) }
}

fn decayed(gradient: Tensor, decay: f64, parameters: &Tensor) -> Result<Tensor> {
    if decay == 0.0 { Ok(gradient) } else { gradient + (parameters * decay)? }
}
