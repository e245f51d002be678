//! The loop over the steps.

use super::constraint::Constraint;
use super::objective::Objective;
use super::probes::Probes;
use super::updater::Updater;
use super::{Batches, Due, History, State, StopReason, TrainSpec};
use crate::engine::Samples;
use crate::engine::weights::Weights;
use crate::network::arrays::Arrays;
use crate::network::shapes::ResolvedNetwork;
use crate::training::minimize::Outcome;
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
    weights.parameters = run.objective.engine.flat_parameters();
    weights.parameters.truncate(network.parameter_count());
    weights.buffers.clone_from(&run.objective.engine.state);
    Ok(history)
}

struct Run<'a, T: Scalar> {
    spec: &'a TrainSpec,
    objective: Objective<T>,
    updater: Updater<T>,
    constraint: Option<Constraint>,
    probes: Probes<T>,
    batches: Batches,
    first: u64,
    last: u64,
    next: u64,
    due: Due,
    recorded: Vec<u64>,
    losses: Vec<f64>,
    parts: Vec<(&'static str, Vec<f64>)>,
    coefficients: Vec<(String, Vec<f64>)>,
    terms: Vec<(String, Vec<f64>)>,
    factors: Vec<(String, Vec<f64>)>,
    /// The step at which a minimiser takes over.
    turn: Option<u64>,
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
        let first = spec.resume_step.unwrap_or(0);
        let last = spec.last()?;
        let due = spec.record.due(spec.began.unwrap_or(first), last)?;
        let constraint = Constraint::new(spec, network)?;
        let seed = spec.seed.unwrap_or(seed);
        let mut objective = Objective::new(network, weights, spec, arrays, seed, threads)?;
        let finish = spec.finish.as_ref().map(|finish| finish.method()).transpose()?;
        let updater = Updater::new(network, spec, &mut objective, arrays, seed)?;
        let program = &objective.engine.program;
        Ok(Run {
            due,
            recorded: Vec::new(),
            probes: Probes::new(&spec.probes, network, program, &weights.parameters, arrays, threads, control)?,
            batches: Batches::new(objective.samples, objective.batch, spec.shuffle, seed).with_views(objective.views),
            losses: Vec::new(),
            parts: Vec::new(),
            coefficients: Vec::new(),
            terms: Vec::new(),
            factors: Vec::new(),
            next: first,
            turn: finish.map(|_| first + spec.steps),
            spec,
            objective,
            updater,
            constraint,
            first,
            last,
        })
    }

    fn steps(&mut self, control: &Control) -> Result<StopReason> {
        let total = self.last - self.first;
        while self.next < self.last {
            if let (true, Some(finish)) = (self.turn == Some(self.next), &self.spec.finish) {
                self.updater = Updater::of_method(finish.method()?, &self.objective);
            }
            if control.is_aborted() {
                return Ok(StopReason::Aborted);
            }
            if control.is_paused() {
                return Ok(StopReason::Paused);
            }
            if self.constraint.as_ref().is_some_and(|constraint| constraint.due(self.next)) && !self.project(control)? {
                return Ok(StopReason::Aborted);
            }
            let repeated = self.spec.recorded == Some(self.next);
            self.objective.adapt(self.next, self.updater.minimises(), repeated);
            let loss = self.updater.value(&mut self.objective, &mut self.batches, self.next);
            if !loss.is_finite() {
                // At the start it is the description that is wrong: a formula outside of where it is defined.
                let fault = if self.next == self.first { self.objective.fault() } else { None };
                return fault.map_or(Ok(StopReason::Diverged), |fault| Err(Error::non_finite(fault)));
            }
            if self.due.at(self.next) && !repeated {
                if !self.record(loss, control)? {
                    return Ok(if control.is_aborted() { StopReason::Aborted } else { StopReason::Diverged });
                }
                if self.spec.hold {
                    return Ok(StopReason::Held);
                }
            }
            match self.updater.step(&mut self.objective, self.next, control) {
                Outcome::Moved => {}
                Outcome::Stalled => return self.end(StopReason::Converged, control),
                Outcome::Stopped => return Ok(StopReason::Aborted),
                Outcome::Diverged => return Ok(StopReason::Diverged),
            }
            self.next += 1;
            control.progress(Progress { done: self.next - self.first, total, value: loss });
        }
        if self.constraint.is_some() && !self.project(control)? {
            return Ok(StopReason::Aborted);
        }
        self.end(StopReason::Completed, control)
    }

    /// Brings the weights back to what is asked of them. False where the caller has aborted: they are then as they were.
    fn project(&mut self, control: &Control) -> Result<bool> {
        let Some(constraint) = &self.constraint else { return Ok(true) };
        let mut flat = self.objective.engine.flat_parameters();
        match constraint.project(&mut flat, control) {
            Err(_) if control.is_aborted() => return Ok(false),
            Err(error) => return Err(error),
            Ok(()) => self.objective.engine.set_flat_parameters(&flat),
        }
        Ok(true)
    }

    /// Records the state after the last step.
    fn end(&mut self, reason: StopReason, control: &Control) -> Result<StopReason> {
        if self.recorded.last() == Some(&self.next) {
            // A step that changed nothing has been recorded before it.
            return Ok(reason);
        }
        self.objective.weigh(self.next, self.updater.minimises());
        let loss = self.objective.value();
        Ok(if !loss.is_finite() || !self.record(loss, control)? { StopReason::Diverged } else { reason })
    }

    /// False where an output is no longer finite, or the caller has aborted: nothing is recorded then.
    fn record(&mut self, loss: f64, control: &Control) -> Result<bool> {
        match self.probes.measure(&mut self.objective.engine, control) {
            Err(_) if control.is_aborted() => return Ok(false),
            Err(error) => return Err(error),
            Ok(false) => return Ok(false),
            Ok(true) => {}
        }
        base::memory::append("record", &mut self.recorded, [self.next])?;
        base::memory::append("record", &mut self.losses, [loss])?;
        let all = self.next == self.last || self.updater.minimises();
        let batch = if all { Samples::Range(0..self.batches.all()) } else { self.batches.at(self.next) };
        for (index, (name, value)) in self.objective.parts(&batch).into_iter().enumerate() {
            match self.parts.get_mut(index) {
                Some((_, values)) => values.push(value),
                None => self.parts.push((name, vec![value])),
            }
        }
        append(&mut self.coefficients, self.objective.coefficients());
        append(&mut self.terms, self.objective.terms(&batch));
        append(&mut self.factors, self.objective.weights());
        Ok(true)
    }

    fn history(&mut self, stop_reason: StopReason) -> History {
        let (weights, points) = self.objective.adapted();
        History {
            state: State {
                step: self.next,
                moments: self.updater.state(&self.objective),
                coefficients: self.objective.coefficients(),
                weights,
                points,
            },
            steps: std::mem::take(&mut self.recorded),
            loss: std::mem::take(&mut self.losses),
            parts: std::mem::take(&mut self.parts),
            coefficients: std::mem::take(&mut self.coefficients),
            terms: std::mem::take(&mut self.terms),
            weights: std::mem::take(&mut self.factors),
            probes: self.probes.finish(),
            stop_reason,
            simd_path: self.objective.engine.path.name().to_owned(),
        }
    }
}

/// One more value under each name.
fn append(lists: &mut Vec<(String, Vec<f64>)>, values: Vec<(String, f64)>) {
    for (index, (name, value)) in values.into_iter().enumerate() {
        match lists.get_mut(index) {
            Some((_, values)) => values.push(value),
            None => lists.push((name, vec![value])),
        }
    }
}

#[cfg(test)]
mod tests;
