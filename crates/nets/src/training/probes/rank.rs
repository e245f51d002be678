//! How many directions a weight, its change, or a layer's features use.
//!
//! With singular values s of a matrix, p = s / sum s: the effective rank is `exp(-sum p ln p)` (Roy and Vetterli 2007), between
//! 1 and the rank; the stable rank is `sum s^2 / s_1^2`. Both are 0 for a matrix of zeros.

use super::{Context, Measure, Seen};
use crate::engine::{Data, Engine, Options, Samples, compile};
use crate::network::arrays::Array;
use base::elementary::{exp, ln};
use base::{Control, Error, Result};
use compute::Scalar;
use linalg::{Matrix, singular_values};
use std::ops::Range;

const FIELDS: [&str; 3] = ["singularValues", "effectiveRank", "stableRank"];

fn fields(count: usize) -> Vec<(&'static str, Vec<usize>)> {
    FIELDS.into_iter().zip([vec![count], vec![], vec![]]).collect()
}

/// Singular values, effective and stable rank of a row-major matrix.
pub(super) fn ranks(rows: usize, columns: usize, values: Vec<f64>, threads: usize) -> Result<Vec<Vec<f64>>> {
    let singular = singular_values(&Matrix::from_rows(rows, columns, values)?, threads)?;
    let sum: f64 = singular.iter().sum();
    if sum == 0.0 {
        return Ok(vec![singular, vec![0.0], vec![0.0]]);
    }
    let entropy: f64 = singular.iter().filter(|s| **s > 0.0).map(|s| s / sum * ln(sum / s)).sum();
    let stable = singular.iter().map(|s| s * s).sum::<f64>() / (singular[0] * singular[0]);
    Ok(vec![singular, vec![exp(entropy)], vec![stable]])
}

/// Of a parameter as a matrix: its first axis down, all others across.
pub struct OfParameter<T> {
    range: Range<usize>,
    rows: usize,
    threads: usize,
    /// The values of the training's start, where they are taken off.
    start: Option<Vec<T>>,
}

impl<T: Scalar> OfParameter<T> {
    /// `start`: all parameters at the training's start.
    pub fn new(context: &Context, name: &str, start: Option<&[T]>) -> Result<Self> {
        let found = context.parameter(name)?;
        if found.shape.len() < 2 {
            let message = format!("expected a parameter with at least two axes, got {name} {:?}", found.shape);
            return Err(Error::shape(format!("{}.parameter: {message}", context.place)));
        }
        let (range, rows) = (found.range(), found.shape[0]);
        let start = start.map(|all| all[range.clone()].to_vec());
        Ok(OfParameter { range, rows, threads: context.threads, start })
    }

    fn columns(&self) -> usize {
        self.range.len() / self.rows
    }
}

impl<T: Scalar> Measure<T> for OfParameter<T> {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        fields(self.rows.min(self.columns()))
    }
    fn measure(&mut self, seen: &Seen<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        let mut values: Vec<f64> = (seen.parameters)()[self.range.clone()].iter().map(|x| x.to_f64()).collect();
        if let Some(start) = &self.start {
            values.iter_mut().zip(start).for_each(|(x, start)| *x -= start.to_f64());
        }
        ranks(self.rows, self.columns(), values, self.threads)
    }
}

/// Of the features that a layer gives for points `[n, ...]`: a row a point (or a token), the mean row taken off.
pub struct OfFeatures<T: Scalar> {
    engine: Engine<T>,
    data: Data<T>,
    /// Parameters of the layers up to this one, and their state.
    parameters: usize,
    state: usize,
    width: usize,
    rows: usize,
    threads: usize,
}

impl<T: Scalar> OfFeatures<T> {
    pub fn new(context: &Context, points: &Array, layer: usize) -> Result<Self> {
        let count = context.network.layers.len();
        if layer >= count {
            let expected = format!("expected the index of a layer, from 0 to {}", count - 1);
            return Err(Error::argument(format!("{}.layer: {expected}, got {layer}", context.place)));
        }
        let part = context.network.up_to(layer);
        let (parameters, state) = (part.parameter_count(), part.buffer_count());
        let width = match part.output[..] {
            [_, features] => features,
            _ => part.output_size(),
        };
        let program = compile(&part, Options::default())?;
        let data = Data::new(&program, &points.to::<T>());
        let engine = Engine::new(program, &vec![T::ZERO; parameters], &vec![T::ZERO; state], 1);
        let rows = data.rows() * part.output_size() / width;
        Ok(OfFeatures { engine, data, parameters, state, width, rows, threads: context.threads })
    }
}

impl<T: Scalar> Measure<T> for OfFeatures<T> {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        fields(self.rows.min(self.width))
    }
    fn measure(&mut self, seen: &Seen<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        self.engine.set_flat_parameters(&(seen.parameters)()[..self.parameters]);
        self.engine.state.copy_from_slice(&seen.state[..self.state]);
        let features = self.engine.outputs(&self.data, &Samples::Range(0..self.data.rows()));
        let mut values: Vec<f64> = features.iter().map(|x| x.to_f64()).collect();
        for column in 0..self.width {
            let place = |row: usize| row * self.width + column;
            let mean = (0..self.rows).map(|row| values[place(row)]).sum::<f64>() / self.rows as f64;
            (0..self.rows).for_each(|row| values[place(row)] -= mean);
        }
        ranks(self.rows, self.width, values, self.threads)
    }
}
