//! About what a training takes, before anything of it is made: the engine's arrays, the state of the optimiser, what a loss of
//! a whole batch computes, and everything that will be recorded.

use super::probes::ProbeSpec;
use super::{LossSpec, OptimizerSpec, TrainSpec, bind};
use crate::engine::chunk::Workspace;
use crate::engine::{Jets, Options, Plan, Program, compile};
use crate::network::arrays::Arrays;
use crate::network::shapes::ResolvedNetwork;
use crate::training::optimizers::Optimizer;
use base::{Result, memory};
use compute::Scalar;

/// What a training on one thread takes.
pub struct Estimate {
    /// While it runs.
    pub running: usize,
    /// What of that is left at the end: its records.
    pub kept: usize,
}

/// # Errors
/// Those of the array `x` and of a network that cannot be compiled.
pub fn estimate<T: Scalar>(network: &ResolvedNetwork, spec: &TrainSpec, arrays: &Arrays) -> Result<Estimate> {
    let (x, samples) = arrays.samples("x", &network.input)?;
    let (jets, views) = match spec.loss {
        LossSpec::Sobolev { .. } => (Some(Jets::gradient(network.input_size())), 1),
        LossSpec::Residual { .. } | LossSpec::Ritz { .. } => {
            (bind::<T>(&spec.loss, network, arrays)?.loss.jets(network.input_size()), 1)
        }
        LossSpec::PhaseContrastive { .. } => (None, 2),
        _ => (None, 1),
    };
    let program = compile::<T>(network, Options { jets, ..Options::default() })?;
    let rows = views * spec.batch_size.unwrap_or(samples).clamp(1, samples);
    let whole = views == 2 || program.whole_batch() || matches!(spec.loss, LossSpec::Smoothness { .. });
    let plan = if whole { Plan::whole(rows) } else { Plan::new(&program, rows) };
    // Points of conditions and other arrays of the loss join the inputs.
    let others = arrays.0.iter().filter(|(name, _)| name.starts_with("loss.")).map(|(_, array)| array.len());
    let inputs = others.fold((views * x.len()).max(x.len()), usize::saturating_add);
    let running = bytes(&program, &plan, inputs, 1).saturating_add(beside::<T>(network, spec, arrays, rows)?);
    Ok(Estimate { running, kept: records(network, spec, arrays)? })
}

/// About what a training takes: arenas for the parameters, up to four moments and a gradient for each lane, the
/// workspaces of the threads, and the inputs twice.
pub fn bytes<T: Scalar>(program: &Program<T>, plan: &Plan, inputs: usize, threads: usize) -> usize {
    let arenas = memory::bytes::<T>(&[5 + plan.lanes, program.arena]);
    let spaces = threads.saturating_mul(Workspace::bytes(program, plan.points, true));
    arenas.saturating_add(spaces).saturating_add(memory::bytes::<T>(&[2, inputs]))
}

/// What it takes beside the engine, with batches of `rows` rows.
///
/// # Errors
/// Those of the arrays of probes, and of an optimiser that finds nothing to do.
pub fn beside<T: Scalar>(network: &ResolvedNetwork, spec: &TrainSpec, arrays: &Arrays, rows: usize) -> Result<usize> {
    let parameters = network.parameter_count();
    let bytes = |optimizer: &OptimizerSpec| match optimizer {
        OptimizerSpec::FirstOrder(Optimizer::Muon(muon)) => muon.bytes::<T>(network),
        OptimizerSpec::FirstOrder(_) => Ok(0),
        OptimizerSpec::Method(method) => Ok(method.bytes(parameters)),
    };
    let finish = spec.finish.as_ref().map_or(Ok(0), |finish| bytes(&finish.optimizer))?;
    let state = bytes(&spec.optimizer)?.max(finish);
    let outputs = network.output_size();
    let loss = match spec.loss {
        // The signals, their high band and what makes it, and the slopes.
        LossSpec::Smoothness { .. } => memory::bytes::<f64>(&[8, rows, outputs]),
        // Every pair of views, and phases and slopes of each.
        LossSpec::PhaseContrastive { .. } => {
            memory::bytes::<f64>(&[rows / 2, rows / 2]).saturating_add(memory::bytes::<f64>(&[10, rows, outputs]))
        }
        _ => 0,
    };
    // Weights as images, padded to twice their sides, and their transforms.
    let penalty = if spec.penalty.is_some() { memory::bytes::<f64>(&[16, parameters]) } else { 0 };
    let parts = [loss, penalty, measuring::<T>(network, spec, arrays), records(network, spec, arrays)?];
    Ok(parts.into_iter().fold(state, usize::saturating_add))
}

/// What one round of measurements takes: the outputs on the points of every probe, in both types.
fn measuring<T: Scalar>(network: &ResolvedNetwork, spec: &TrainSpec, arrays: &Arrays) -> usize {
    let points = |(name, _): &(String, ProbeSpec)| arrays.optional(&format!("probes.{name}.points"));
    let samples = spec.probes.iter().filter_map(points).filter_map(|array| array.shape.first());
    let wanted = samples.map(|&n| {
        memory::bytes::<f64>(&[2, n, network.output_size()]).saturating_add(memory::bytes::<T>(&[
            2,
            n,
            network.input_size(),
        ]))
    });
    wanted.fold(0, usize::saturating_add)
}

/// What its records take at the end, if all steps are taken.
fn records(network: &ResolvedNetwork, spec: &TrainSpec, arrays: &Arrays) -> Result<usize> {
    let first = spec.resume_step.unwrap_or(0);
    let last = spec.last()?;
    let due = spec.record.due(spec.began.unwrap_or(first), last)?.count(first, last);
    let count = usize::try_from(due).unwrap_or(usize::MAX).saturating_add(1);
    let numbers = spec.probes.iter().map(|(name, probe)| probe.numbers(name, network, arrays));
    Ok(memory::bytes::<f64>(&[count, numbers.fold(0, usize::saturating_add)]))
}
