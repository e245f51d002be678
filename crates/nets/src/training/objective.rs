//! What a training makes small: a loss over samples, and a penalty on the parameters.

use super::TrainSpec;
use super::adaptive::Adaptive;
use super::bind::{Bound, bind};
use crate::engine::loss::Loss;
use crate::engine::weights::Weights;
use crate::engine::{Data, Engine, Options, Plan, Samples, compile};
use crate::network::arrays::{Array, Arrays};
use crate::network::shapes::ResolvedNetwork;
use crate::training::losses::{Equations, Penalty};
use crate::training::minimize::Problem;
use base::{Control, Error, Result};
use compute::Scalar;
use std::any::Any;

pub struct Objective<T: Scalar> {
    pub engine: Engine<T>,
    data: Data<T>,
    loss: Box<dyn Loss<T>>,
    penalty: Option<Penalty>,
    adaptive: Option<Adaptive>,
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
        seed: u64,
        threads: usize,
    ) -> Result<Self> {
        if network.parameters.is_empty() {
            return Err(Error::argument("train: expected a network with parameters, got none to train"));
        }
        let penalty = spec.penalty.as_ref().map(|penalty| Penalty::new(penalty, network)).transpose()?;
        let Bound { inputs, samples, mut loss } = bind::<T>(&spec.loss, network, arrays)?;
        let needs = loss.needs();
        let batch = spec.batch(needs, samples)?;
        if batch < samples && spec.minimises() {
            let message = format!("this optimizer takes all {samples} samples at every step, got batches of {batch}");
            return Err(Error::argument(format!("batchSize: {message}")));
        }
        let jets = loss.jets(network.input_size());
        let initial = super::coefficients::initial(&*loss, spec)?;
        let options = Options { jets, coefficients: initial.len(), ..Options::default() };
        let program = compile(network, options)?;
        if program.whole_batch() && spec.minimises() {
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
        let mut data = Data::new(&engine.program, &inputs);
        let mut adaptive = Adaptive::new(spec, network, arrays, batch < samples, seed)?;
        if let (Some(adaptive), Some(equations)) = (&mut adaptive, equations_of(&mut *loss)) {
            if engine.program.whole_batch() {
                let message = "balance, causal, curriculum and resample cannot be had with batchNorm";
                return Err(Error::argument(format!("loss: {message}")));
            }
            adaptive.begin(spec, arrays, &mut data, equations)?;
        }
        let views = needs.views;
        Ok(Objective { engine, data, loss, penalty, adaptive, plans, batch, samples, views, last: [0.0; 2] })
    }

    /// What the training changes of the loss before step `step`: points and weights. `repeated`: it has been done already.
    pub fn adapt(&mut self, step: u64, minimises: bool, repeated: bool) {
        let Objective { engine, data, loss, adaptive, .. } = self;
        if let (Some(adaptive), Some(equations)) = (adaptive, equations_of(&mut **loss)) {
            if !minimises && !repeated {
                adaptive.change(step, engine, data, equations);
            }
            adaptive.weigh(step, minimises, engine, data, equations);
        }
    }

    /// The same for the loss after the last step.
    pub fn weigh(&mut self, step: u64, minimises: bool) {
        self.adapt(step, minimises, true);
    }

    /// The factors of the weights of the terms, and the smallest weight in time.
    pub fn weights(&mut self) -> Vec<(String, f64)> {
        match (&self.adaptive, equations_of(&mut *self.loss)) {
            (Some(adaptive), Some(equations)) => adaptive.weights(equations),
            _ => Vec::new(),
        }
    }

    /// What a resumed training needs of them.
    pub fn adapted(&mut self) -> (Vec<(String, f64)>, Option<Array>) {
        match (&self.adaptive, equations_of(&mut *self.loss)) {
            (Some(adaptive), Some(equations)) => adaptive.state(equations),
            _ => (Vec::new(), None),
        }
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

/// The loss as one of equations, if it is.
fn equations_of<T: Scalar>(loss: &mut dyn Loss<T>) -> Option<&mut Equations<T>> {
    let any: &mut dyn Any = loss;
    any.downcast_mut()
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
