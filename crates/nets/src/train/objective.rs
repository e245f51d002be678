//! What a training makes small: a loss over samples, and a penalty on the parameters.

use super::bind::{Bound, bind};
use super::{OptimizerSpec, TrainSpec};
use crate::arrays::Arrays;
use crate::engine::{Data, Engine, Options, Plan, Samples, compile};
use crate::loss::Loss;
use crate::losses::Penalty;
use crate::minimize::Problem;
use crate::shapes::ResolvedNetwork;
use crate::weights::Weights;
use base::{Control, Error, Result};
use compute::Scalar;

pub struct Objective<T: Scalar> {
    pub engine: Engine<T>,
    data: Data<T>,
    loss: Box<dyn Loss<T>>,
    penalty: Option<Penalty>,
    /// Of a whole batch, and of the last one of an epoch.
    plans: [Plan; 2],
    /// Samples of a batch and of the data; of pairs, the pairs.
    pub batch: usize,
    pub samples: usize,
    pub views: usize,
    /// Loss and penalty of the last evaluation, where there is a penalty.
    last: [f64; 2],
}

impl<T: Scalar> Objective<T> {
    /// # Errors
    /// Those of the arrays, of a batch size that does not fit them or the loss, and `OVER_MEMORY_LIMIT`.
    pub fn new(
        network: &ResolvedNetwork,
        weights: &Weights<T>,
        spec: &TrainSpec,
        arrays: &Arrays,
        threads: usize,
    ) -> Result<Self> {
        if network.parameters.is_empty() {
            return Err(Error::argument("train: expected a network with parameters, got none to train"));
        }
        let penalty = spec.penalty.as_ref().map(|penalty| Penalty::new(penalty, network)).transpose()?;
        let Bound { inputs, samples, loss } = bind::<T>(&spec.loss, network, arrays)?;
        let needs = loss.needs();
        let batch = spec.batch(needs, samples)?;
        if batch < samples && matches!(spec.optimizer, OptimizerSpec::Method(_)) {
            let message = format!("this optimizer takes all {samples} samples at every step, got batches of {batch}");
            return Err(Error::argument(format!("batchSize: {message}")));
        }
        let jets = loss.jets(network.input_size());
        let initial = super::coefficients::initial(&*loss, spec)?;
        let options = Options { jets, coefficients: initial.len(), ..Options::default() };
        let program = compile(network, options)?;
        if program.whole_batch() && matches!(spec.optimizer, OptimizerSpec::Method(_)) {
            let message =
                "a minimiser of a function of the parameters alone cannot train batchNorm: take a first-order one";
            return Err(Error::argument(format!("optimizer: {message}")));
        }
        let plan = |rows: usize| {
            let rows = rows * needs.views;
            if program.whole_batch() { Plan::whole(rows) } else { Plan::of(&program, rows, needs) }
        };
        let rest = samples % batch;
        let shortest = if rest > 0 && spec.last()? >= samples.div_ceil(batch) as u64 { rest } else { batch };
        if shortest * needs.views < program.least_batch() {
            let message = "batchNorm needs more than one value a channel in every batch, to have a variance";
            return Err(Error::argument(format!(
                "batchSize: {message}: got one of {shortest} out of {samples} samples"
            )));
        }
        let plans = [plan(batch), plan(if rest == 0 { batch } else { rest })];
        let bytes = super::memory::bytes(&program, &plans[0], inputs.len(), threads)
            .saturating_add(super::memory::beside::<T>(network, spec, arrays, plans[0].rows)?);
        base::memory::check("train", bytes, spec.memory_limit)?;
        let parameters: Vec<T> =
            weights.parameters.iter().copied().chain(initial.into_iter().map(T::from_f64)).collect();
        let engine = Engine::new(program, &parameters, &weights.buffers, threads);
        let data = Data::new(&engine.program, &inputs);
        Ok(Objective { engine, data, loss, penalty, plans, batch, samples, views: needs.views, last: [0.0; 2] })
    }

    /// The value over a batch; its gradient stays in the engine.
    pub fn differentiate(&mut self, samples: &Samples) -> f64 {
        let [whole, tail] = &self.plans;
        let plan = if samples.len() == whole.rows { whole } else { tail };
        let loss = self.engine.differentiate(&self.data, samples, plan, &*self.loss);
        let Some(penalty) = &self.penalty else { return loss };
        let flat = self.engine.flat_parameters();
        let engine = &mut self.engine;
        let ratio = penalty.evaluate(&flat, |parameter, i, slope| {
            engine.add_to_gradient(parameter, i, penalty.alpha() * slope);
        });
        self.last = [loss, ratio];
        loss + penalty.alpha() * ratio
    }

    /// The value over all data.
    pub fn value(&mut self) -> f64 {
        let all = Samples::Range(0..self.samples * self.views);
        let loss = self.engine.loss(&self.data, &all, &*self.loss);
        let Some(penalty) = &self.penalty else { return loss };
        let ratio = penalty.evaluate(&self.engine.flat_parameters(), |_, _, _| {});
        self.last = [loss, ratio];
        loss + penalty.alpha() * ratio
    }

    /// The first sample at which a formula has no finite value though what it takes is finite, in words.
    pub fn fault(&mut self) -> Option<String> {
        let all = Samples::Range(0..self.samples * self.views);
        self.engine.fault(&self.data, &all, Some(&*self.loss))
    }

    /// The loss's own numbers that are trained, by their names.
    pub fn coefficients(&self) -> Vec<(String, f64)> {
        let Some(own) = self.loss.coefficients() else { return Vec::new() };
        let values = &self.engine.parameters[self.engine.program.coefficients.clone()];
        own.trained().zip(values).map(|(own, value)| (own.name.clone(), value.to_f64())).collect()
    }

    /// The terms of the last value, over `batch`, by name.
    pub fn terms(&self, batch: &Samples) -> Vec<(String, f64)> {
        self.loss.terms(batch)
    }

    /// What the last value, over `batch`, was made of, by name.
    pub fn parts(&self, batch: &Samples) -> Vec<(&'static str, f64)> {
        let mut parts = self.loss.parts(batch);
        if let Some(penalty) = &self.penalty {
            parts.extend([("task", self.last[0]), (penalty.name(), self.last[1])]);
        }
        parts
    }
}

/// The objective over all data as a function of the flat parameters.
pub struct OverAll<'a, T: Scalar> {
    pub objective: &'a mut Objective<T>,
    pub control: &'a Control,
}

impl<T: Scalar> OverAll<'_, T> {
    fn set(&mut self, x: &[f64]) {
        let flat: Vec<T> = x.iter().map(|&x| T::from_f64(x)).collect();
        self.objective.engine.set_flat_parameters(&flat);
    }
}

impl<T: Scalar> Problem for OverAll<'_, T> {
    fn value(&mut self, x: &[f64]) -> f64 {
        if self.stopped() {
            return f64::NAN;
        }
        self.set(x);
        self.objective.value()
    }

    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        if self.stopped() {
            return f64::NAN;
        }
        self.set(x);
        let all = Samples::Range(0..self.objective.samples * self.objective.views);
        let value = self.objective.differentiate(&all);
        let engine = &self.objective.engine;
        let flat = engine.program.unpack(&engine.gradient());
        gradient.iter_mut().zip(flat).for_each(|(g, slope)| *g = slope.to_f64());
        value
    }

    fn round(&self, x: &mut [f64]) {
        x.iter_mut().for_each(|x| *x = T::from_f64(*x).to_f64());
    }

    fn stopped(&self) -> bool {
        self.control.is_aborted()
    }
}
