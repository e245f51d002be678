//! What a training changes of a loss of equations between its steps: the weights of its terms, the weights of its points in time,
//! and the points.
//!
//! All of it is for first-order optimisers: a minimiser needs one function, so that weights of terms and points stay as they are
//! when it begins, and every point counts.

use super::balance::Balance;
use super::resample::Resample;
use super::spec::LossSpec;
use super::timing::Timing;
use super::{TrainSpec, names};
use crate::engine::{Data, Engine};
use crate::network::arrays::{Array, Arrays, finite, fits};
use crate::network::shapes::ResolvedNetwork;
use crate::training::losses::Equations;
use base::{Error, Result};
use compute::Scalar;

pub struct Adaptive {
    balance: Option<Balance>,
    timing: Timing,
    resample: Option<Resample>,
    /// Whether the points are others than those of `x`.
    drawn: bool,
}

impl Adaptive {
    /// `None` where nothing changes. `batches`: whether a step takes fewer than all points; `seed` is the training's.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming the constant that is out of range, or what cannot be had together.
    pub fn new(
        spec: &TrainSpec,
        network: &ResolvedNetwork,
        arrays: &Arrays,
        batches: bool,
        seed: u64,
    ) -> Result<Option<Self>> {
        let LossSpec::Residual { variables, data, balance, causal, curriculum, resample, .. } = &spec.loss else {
            return Ok(None);
        };
        if balance.is_none() && causal.is_none() && curriculum.is_none() && resample.is_none() {
            return Ok(None);
        }
        let inputs = names::inputs(variables.as_deref(), network)?;
        let x = arrays.required("x")?.to::<f64>();
        if batches && causal.is_some() {
            return Err(Error::argument("batchSize: causal weights need all points in every step"));
        }
        if resample.is_some() && !data.is_empty() {
            return Err(Error::argument("loss.resample: what is in loss.data is known at the points of x alone"));
        }
        Ok(Some(Adaptive {
            balance: balance.as_ref().map(Balance::new).transpose()?,
            timing: Timing::new(causal.as_ref(), curriculum.as_ref(), &inputs, &x)?,
            resample: resample.as_ref().map(|resample| Resample::new(resample, &x, inputs.len(), seed)).transpose()?,
            drawn: false,
        }))
    }

    /// Takes up what an earlier training left.
    ///
    /// # Errors
    /// Those of the arrays of the state.
    pub fn begin<T: Scalar>(
        &mut self,
        spec: &TrainSpec,
        arrays: &Arrays,
        data: &mut Data<T>,
        equations: &mut Equations<T>,
    ) -> Result<()> {
        self.timing.check(equations)?;
        for term in &mut equations.terms {
            let factor = spec.resume_weights.get(&term.name).copied().unwrap_or(1.0);
            if !(factor.is_finite() && factor >= 0.0) {
                let expected = "expected a finite number not below 0";
                return Err(Error::argument(format!("resume.weights.{}: {expected}, got {factor}", term.name)));
            }
            term.factor = factor;
        }
        if let Some(points) = arrays.optional("resume.points") {
            let shape = [equations.interior().len(), equations.dimensions];
            if points.shape != shape {
                return Err(Error::shape(format!("resume.points: expected {shape:?}, got {:?}", points.shape)));
            }
            finite("resume.points", points)?;
            fits::<T>("resume.points", points)?;
            place(&points.to(), data, equations);
            self.drawn = true;
        }
        Ok(())
    }

    /// Points and weights of terms that change at step `step`.
    pub fn change<T: Scalar>(
        &mut self,
        step: u64,
        engine: &mut Engine<T>,
        data: &mut Data<T>,
        equations: &mut Equations<T>,
    ) {
        if let Some(resample) = &self.resample {
            self.drawn |= resample.draw(step, engine, data, equations);
        }
        if let Some(balance) = &self.balance {
            balance.update(step, engine, data, equations);
        }
    }

    /// The weights of the points before step `step`.
    pub fn weigh<T: Scalar>(
        &mut self,
        step: u64,
        minimises: bool,
        engine: &mut Engine<T>,
        data: &Data<T>,
        equations: &mut Equations<T>,
    ) {
        self.timing.weigh(step, minimises, engine, data, equations);
    }

    /// By name, for a record.
    pub fn weights<T: Scalar>(&self, equations: &Equations<T>) -> Vec<(String, f64)> {
        let mut all = self.factors(equations);
        all.extend(self.timing.smallest().map(|weight| ("causal".to_owned(), weight)));
        all
    }

    /// What a resumed training needs: the factors of the terms, and the points where they are no longer those of `x`.
    pub fn state<T: Scalar>(&self, equations: &Equations<T>) -> (Vec<(String, f64)>, Option<Array>) {
        let d = equations.dimensions;
        let interior = equations.interior();
        let points = || {
            let values = equations.inputs[interior.start * d..interior.end * d].iter().map(|x| x.to_f64()).collect();
            Array::f64(values, &[interior.len(), d])
        };
        (self.factors(equations), self.drawn.then(points))
    }

    fn factors<T: Scalar>(&self, equations: &Equations<T>) -> Vec<(String, f64)> {
        let factors = equations.terms.iter().map(|term| (term.name.clone(), term.factor));
        if self.balance.is_some() { factors.collect() } else { Vec::new() }
    }
}

/// Puts points `[n, d]` in the place of those of `x`.
pub fn place<T: Scalar>(points: &[T], data: &mut Data<T>, equations: &mut Equations<T>) {
    let (first, d) = (equations.interior().start, equations.dimensions);
    data.replace(first, points);
    equations.inputs[first * d..][..points.len()].copy_from_slice(points);
}
