//! The loop over the steps.

use super::bind::{Bound, bind};
use super::probes::Probes;
use super::{Batches, History, State, StopReason, TrainSpec, moments};
use crate::arrays::{Array, Arrays, Values};
use crate::engine::chunk::Workspace;
use crate::engine::{Data, Engine, Options, Plan, Samples, compile};
use crate::loss::Loss;
use crate::optimizer::Update;
use crate::optimizers::FirstOrder;
use crate::shapes::ResolvedNetwork;
use crate::weights::Weights;
use base::control::Progress;
use base::{Control, Error, Result};
use compute::Scalar;

/// Trains `weights` in place by `spec` on the array `x` and those that the loss (`y`, for most) and the probes name.
///
/// A divergence or an abort is not an error here: it ends the history with its reason, and the weights are those of the
/// last whole step. An error leaves them untouched.
pub fn train<T: Scalar>(
    network: &ResolvedNetwork,
    weights: &mut Weights<T>,
    spec: &TrainSpec,
    arrays: &Arrays,
    seed: u64,
    threads: usize,
    control: &Control,
) -> Result<History> {
    let mut run = Run::new(network, weights, spec, arrays, seed, threads, control)?;
    let stop_reason = run.steps(control)?;
    let history = run.history(stop_reason);
    weights.parameters = run.engine.flat_parameters();
    weights.buffers.clone_from(&run.engine.state);
    Ok(history)
}

struct Run<'a, T: Scalar> {
    spec: &'a TrainSpec,
    engine: Engine<T>,
    data: Data<T>,
    loss: Box<dyn Loss<T>>,
    optimizer: FirstOrder<T>,
    probes: Probes<T>,
    batches: Batches,
    first: u64,
    last: u64,
    next: u64,
    recorded: Vec<u64>,
    losses: Vec<f64>,
}

impl<'a, T: Scalar> Run<'a, T> {
    fn new(
        network: &ResolvedNetwork,
        weights: &Weights<T>,
        spec: &'a TrainSpec,
        arrays: &Arrays,
        seed: u64,
        threads: usize,
        control: &Control,
    ) -> Result<Self> {
        if network.parameters.is_empty() {
            return Err(Error::argument("train: expected a network with parameters, got none to train"));
        }
        let Bound { inputs, samples, loss } = bind::<T>(&spec.loss, network, arrays)?;
        let batch = spec.batch_size.unwrap_or(samples);
        if batch == 0 || batch > samples {
            return Err(Error::argument(format!("batchSize: expected an integer from 1 to {samples}, got {batch}")));
        }
        let first = spec.resume_step.unwrap_or(0);
        let last = first.checked_add(spec.steps).ok_or_else(|| Error::argument("steps: too many"))?;
        let jets = loss.jets(network.input_size());
        let program = compile(network, Options { jets, ..Options::default() })?;
        // Arenas: parameters, up to four moments, and a gradient for each lane.
        let plan = Plan::new(&program, batch);
        let arenas = (5 + plan.lanes) * program.arena * size_of::<T>();
        let spaces = threads.saturating_mul(Workspace::bytes(&program, plan.points, true));
        let estimate = arenas.saturating_add(spaces).saturating_add(2 * size_of_val(&inputs[..]));
        crate::memory::check("train", estimate, spec.memory_limit)?;
        let mut engine = Engine::new(program, &weights.parameters, &weights.buffers, threads);
        let optimizer = FirstOrder::new(spec.optimizer.clone());
        if spec.resume_step.is_some() {
            for flat in moments::<T>(arrays, Update::<T>::moments(&optimizer), network.parameter_count())? {
                let mut arena = engine.program.new_arena();
                engine.program.pack(&flat, &mut arena);
                engine.moments.push(arena);
            }
        }
        let data = Data::new(&engine.program, &inputs);
        Ok(Run {
            recorded: spec.record.steps(first, last)?,
            probes: Probes::new(&spec.probes, network, &engine.program, arrays, threads, control)?,
            batches: Batches::new(samples, batch, spec.shuffle, spec.seed.unwrap_or(seed)),
            loss,
            losses: Vec::new(),
            next: first,
            spec,
            engine,
            data,
            optimizer,
            first,
            last,
        })
    }

    fn steps(&mut self, control: &Control) -> Result<StopReason> {
        let whole = Plan::new(&self.engine.program, self.batches.size);
        let rest = self.batches.samples % self.batches.size;
        let tail = Plan::new(&self.engine.program, if rest == 0 { self.batches.size } else { rest });
        let total = self.spec.steps;
        while self.next < self.last {
            if control.is_aborted() {
                return Ok(StopReason::Aborted);
            }
            let samples = self.batches.at(self.next);
            let plan = if samples.len() == whole.rows { &whole } else { &tail };
            let loss = self.engine.differentiate(&self.data, &samples, plan, &*self.loss);
            if !loss.is_finite() {
                return Ok(StopReason::Diverged);
            }
            if self.recorded.get(self.losses.len()) == Some(&self.next) && !self.record(loss, control)? {
                return Ok(if control.is_aborted() { StopReason::Aborted } else { StopReason::Diverged });
            }
            self.optimizer.begin(self.next);
            self.engine.update(&self.optimizer);
            self.next += 1;
            control.progress(Progress { done: self.next - self.first, total, value: loss });
        }
        let all = Samples::Range(0..self.batches.samples);
        let loss = self.engine.loss(&self.data, &all, &*self.loss);
        self.recorded.truncate(self.losses.len());
        self.recorded.push(self.last);
        Ok(if !loss.is_finite() || !self.record(loss, control)? { StopReason::Diverged } else { StopReason::Completed })
    }

    /// False where an output is no longer finite, or the caller has aborted: nothing is recorded then.
    fn record(&mut self, loss: f64, control: &Control) -> Result<bool> {
        match self.probes.measure(&mut self.engine, control) {
            Err(_) if control.is_aborted() => return Ok(false),
            Err(error) => return Err(error),
            Ok(false) => return Ok(false),
            Ok(true) => {}
        }
        self.losses.push(loss);
        Ok(true)
    }

    fn history(&mut self, stop_reason: StopReason) -> History {
        self.recorded.truncate(self.losses.len());
        let moments = self.engine.moments.iter().map(|moment| {
            let flat = self.engine.program.unpack(moment);
            Array { shape: vec![flat.len()], values: Values::F64(flat.iter().map(|value| value.to_f64()).collect()) }
        });
        History {
            state: State { step: self.next, moments: moments.collect() },
            steps: std::mem::take(&mut self.recorded),
            loss: std::mem::take(&mut self.losses),
            probes: self.probes.finish(),
            stop_reason,
            simd_path: format!("{:?}", self.engine.path).to_lowercase(),
        }
    }
}

#[cfg(test)]
mod tests;
