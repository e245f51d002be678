//! What changes the parameters in a step.

use super::objective::{Objective, OverAll};
use super::resume;
use super::{Batches, OptimizerSpec, TrainSpec};
use crate::engine::update::Update;
use crate::network::arrays::{Array, Arrays, Values};
use crate::network::shapes::ResolvedNetwork;
use crate::training::minimize::{Method, MethodSpec, Outcome};
use crate::training::optimizers::FirstOrder;
use base::{Control, Result};
use compute::Scalar;

// There is one a training.
#[allow(clippy::large_enum_variant)]
pub enum Updater<T> {
    FirstOrder(FirstOrder<T>),
    Method(Box<dyn Method>),
}

impl<T: Scalar> Updater<T> {
    /// With the state of an earlier training where `spec` resumes one. `seed` is the training's.
    ///
    /// # Errors
    /// Those of a state that is not this optimiser's, and of an optimiser that finds nothing to do.
    pub fn new(
        network: &ResolvedNetwork,
        spec: &TrainSpec,
        objective: &mut Objective<T>,
        arrays: &Arrays,
        seed: u64,
    ) -> Result<Self> {
        // A training that was stopped before its first step has no state yet.
        let resumed = spec.resume_step.is_some_and(|step| step > 0);
        let engine = &mut objective.engine;
        let count = engine.program.parameter_count();
        Ok(match &spec.optimizer {
            OptimizerSpec::FirstOrder(optimizer) => {
                let optimizer = FirstOrder::new(optimizer.clone(), network)?;
                if resumed {
                    for flat in resume::moments::<T>(arrays, Update::<T>::moments(&optimizer), count)? {
                        let mut arena = engine.program.new_arena();
                        engine.program.pack(&flat, &mut arena);
                        engine.moments.push(arena);
                    }
                }
                Updater::FirstOrder(optimizer)
            }
            OptimizerSpec::Method(method) => {
                let mut method = method.build(count, seed);
                if resumed {
                    method.restore(resume::kept(arrays)?)?;
                }
                Updater::Method(method)
            }
        })
    }

    /// A minimiser that begins where the parameters are.
    pub fn of_method(method: &MethodSpec, objective: &Objective<T>) -> Self {
        // Those that can follow an optimiser draw nothing.
        Updater::Method(method.build(objective.engine.program.parameter_count(), 0))
    }

    pub fn minimises(&self) -> bool {
        matches!(self, Updater::Method(_))
    }

    /// The objective before step `step`: over its batch, its gradient in the engine, or for a method, which takes its own
    /// gradients, over all data.
    pub fn value(&self, objective: &mut Objective<T>, batches: &mut Batches, step: u64) -> f64 {
        match self {
            Updater::FirstOrder(_) => objective.differentiate(&batches.at(step)),
            Updater::Method(_) => objective.value(),
        }
    }

    /// The parameters of the engine one step on.
    pub fn step(&mut self, objective: &mut Objective<T>, step: u64, control: &Control) -> Outcome {
        match self {
            Updater::FirstOrder(optimizer) => {
                objective.engine.observe();
                optimizer.begin(step);
                objective.engine.update(optimizer);
                Outcome::Moved
            }
            Updater::Method(method) => {
                let mut x: Vec<f64> = objective.engine.flat_parameters().iter().map(|x| x.to_f64()).collect();
                let outcome = method.step(&mut OverAll { objective, control }, &mut x, step);
                let flat: Vec<T> = x.into_iter().map(T::from_f64).collect();
                objective.engine.set_flat_parameters(&flat);
                outcome
            }
        }
    }

    /// What `resume` gives back.
    pub fn state(&self, objective: &Objective<T>) -> Vec<Array> {
        match self {
            Updater::FirstOrder(_) => {
                let engine = &objective.engine;
                let flat = |moment| engine.program.unpack(moment).iter().map(|x| x.to_f64()).collect::<Vec<f64>>();
                let array = |values: Vec<f64>| Array { shape: vec![values.len()], values: Values::F64(values) };
                engine.moments.iter().map(|moment| array(flat(moment))).collect()
            }
            Updater::Method(method) => {
                method.state().into_iter().map(|(values, shape)| Array { values: Values::F64(values), shape }).collect()
            }
        }
    }
}
