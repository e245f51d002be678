//! The gradient of each sample's loss by its input: what an adversary follows (FGSM: its sign; Goodfellow, Shlens and
//! Szegedy 2015).

use crate::engine::chunk::Workspace;
use crate::engine::{Data, Engine, Options, Plan, Samples, compile};
use crate::training::losses::{RowLoss, Rows, TargetData};
use crate::{ResolvedNetwork, Weights};
use base::{Control, Result, memory};
use compute::Scalar;

/// `[n, ...input]` for samples that lie row-major in `inputs`: every sample's own loss, not divided by n.
///
/// # Errors
/// Where the network cannot be compiled; `ABORTED`, between two chunks of samples; `OVER_MEMORY_LIMIT`.
pub fn loss_gradient<T: Scalar>(
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    inputs: &[T],
    loss: &RowLoss,
    targets: &TargetData<T>,
    threads: usize,
    control: &Control,
) -> Result<Vec<T>> {
    let mut engine = differentiable(network, weights, inputs.len(), threads, control)?;
    let slopes = gradient(&mut engine, network, inputs, loss, targets);
    control.check().map(|()| slopes)
}

/// An engine that gives gradients by the input for so many numbers of it, and leaves chunks out once it is aborted.
pub(super) fn differentiable<T: Scalar>(
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    inputs: usize,
    threads: usize,
    control: &Control,
) -> Result<Engine<T>> {
    let program = compile(network, Options { input_gradient: true, ..Options::default() })?;
    let rows = (inputs / network.input_size()).max(1);
    let plan = Plan::new(&program, rows);
    let spaces = threads.saturating_mul(Workspace::bytes(&program, plan.points, true));
    // Inputs twice and their gradient, outputs and their slopes.
    let numbers = memory::bytes::<T>(&[rows, 3 * network.input_size() + 2 * network.output_size()]);
    memory::check("the gradient", spaces.saturating_add(numbers), None)?;
    let mut engine = Engine::new(program, &weights.parameters, &weights.buffers, threads);
    engine.control = control.clone();
    Ok(engine)
}

pub(super) fn gradient<T: Scalar>(
    engine: &mut Engine<T>,
    network: &ResolvedNetwork,
    inputs: &[T],
    loss: &RowLoss,
    targets: &TargetData<T>,
) -> Vec<T> {
    let data = Data::new(&engine.program, inputs);
    let samples = Samples::Range(0..data.rows());
    let outputs = engine.outputs(&data, &samples);
    let width = *network.output.last().expect("an output has a shape");
    let rows_a_sample = network.output_size() / width;
    let mut slopes = vec![T::ZERO; outputs.len()];
    let rows = Rows { values: &outputs, width, lead: width };
    loss.evaluate(rows, targets.slice(0..data.rows()), rows_a_sample, Some(&mut slopes));
    engine.input_gradient(&data, &samples, &slopes)
}
