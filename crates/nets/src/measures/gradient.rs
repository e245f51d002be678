//! The gradient of each sample's loss by its input: what an adversary follows (FGSM: its sign; Goodfellow, Shlens and
//! Szegedy 2015).

use crate::engine::{Data, Engine, Options, Samples, compile};
use crate::losses::{RowLoss, Rows, TargetData};
use crate::{ResolvedNetwork, Weights};
use base::Result;
use compute::Scalar;

/// `[n, ...input]` for samples that lie row-major in `inputs`: every sample's own loss, not divided by n.
///
/// # Errors
/// Where the network cannot be compiled.
pub fn loss_gradient<T: Scalar>(
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    inputs: &[T],
    loss: &RowLoss,
    targets: &TargetData<T>,
    threads: usize,
) -> Result<Vec<T>> {
    let mut engine = differentiable(network, weights, threads)?;
    Ok(gradient(&mut engine, network, inputs, loss, targets))
}

/// An engine that gives gradients by the input.
pub(super) fn differentiable<T: Scalar>(
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    threads: usize,
) -> Result<Engine<T>> {
    let program = compile(network, Options { input_gradient: true, ..Options::default() })?;
    Ok(Engine::new(program, &weights.parameters, &weights.buffers, threads))
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
