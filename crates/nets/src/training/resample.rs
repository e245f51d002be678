//! Points of equations that are drawn anew during a training, in the box that the points `x` span.
//!
//! - `uniform`: independent ones.
//! - `sobol`: the next ones of Sobol's sequence (Sobol 1967; direction numbers of Joe and Kuo 2008), shifted by a random vector
//!   modulo the box.
//! - `residual`: out of `candidates` times as many uniform ones, with probabilities proportional to `|r| / mean |r| + 1`, r the
//!   residual, of several equations the root of the sum of their squares (Wu et al. 2023, RAD with k = c = 1); without
//!   replacement, by the keys of Efraimidis and Spirakis (2006).

use super::adaptive::place;
use super::balance::interior_terms;
use super::sobol::{MOST_DIMENSIONS, Sobol};
use crate::engine::{Data, Engine, Samples};
use crate::training::losses::{Equations, View};
use base::elementary::ln;
use base::{Error, Random, Result, Stream};
use compute::Scalar;
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResampleSpec {
    /// Steps from one draw to the next; the first steps have the points given.
    pub every: u64,
    pub method: Method,
    /// Of `residual`: how many times as many points are looked at.
    #[serde(default = "four")]
    pub candidates: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Method {
    Uniform,
    Sobol,
    Residual,
}

fn four() -> usize {
    4
}

pub struct Resample {
    spec: ResampleSpec,
    /// Lowest value and length of each input.
    bounds: Vec<(f64, f64)>,
    seed: u64,
}

impl Resample {
    /// # Errors
    /// `INVALID_ARGUMENT` naming what is out of range.
    pub fn new(spec: &ResampleSpec, x: &[f64], d: usize, seed: u64) -> Result<Self> {
        if spec.every == 0 || spec.candidates == 0 {
            return Err(Error::argument("loss.resample: every and candidates: expected positive integers, got 0"));
        }
        if spec.method == Method::Sobol && d > MOST_DIMENSIONS {
            let message = format!("sobol has at most {MOST_DIMENSIONS} inputs, got {d}");
            return Err(Error::argument(format!("loss.resample.method: {message}")));
        }
        let bound = |j: usize| {
            let values = x.iter().skip(j).step_by(d);
            let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
            (low, high - low)
        };
        Ok(Resample { spec: spec.clone(), bounds: (0..d).map(bound).collect(), seed })
    }

    /// Draws points at the steps at which it is time to; whether it did.
    pub fn draw<T: Scalar>(
        &self,
        step: u64,
        engine: &mut Engine<T>,
        data: &mut Data<T>,
        equations: &mut Equations<T>,
    ) -> bool {
        if step == 0 || !step.is_multiple_of(self.spec.every) {
            return false;
        }
        let (turn, n) = (step / self.spec.every, equations.interior().len());
        let points = match self.spec.method {
            Method::Uniform => self.uniform(turn, n),
            Method::Sobol => self.sobol(turn, n),
            Method::Residual => self.by_residual(turn, n, engine, data, equations),
        };
        place(&points, data, equations);
        true
    }

    fn in_box<T: Scalar>(&self, unit: impl Iterator<Item = f64>) -> Vec<T> {
        let bounds = self.bounds.iter().cycle();
        unit.zip(bounds).map(|(part, (low, length))| T::from_f64(low + part * length)).collect()
    }

    fn uniform<T: Scalar>(&self, turn: u64, n: usize) -> Vec<T> {
        let mut random = Random::new(self.seed, Stream::Points(turn));
        self.in_box((0..n * self.bounds.len()).map(|_| random.uniform()))
    }

    fn sobol<T: Scalar>(&self, turn: u64, n: usize) -> Vec<T> {
        let d = self.bounds.len();
        let mut random = Random::new(self.seed, Stream::Points(0));
        let shift: Vec<f64> = (0..d).map(|_| random.uniform()).collect();
        let sequence = Sobol::new(d);
        // The sequence begins anew after 2^32 points.
        let first = (turn - 1).wrapping_mul(n as u64);
        let unit = (0..n as u64).flat_map(|i| sequence.point(first.wrapping_add(i) as u32));
        self.in_box(unit.zip(shift.iter().cycle()).map(|(part, shift)| (part + shift).fract()))
    }

    fn by_residual<T: Scalar>(
        &self,
        turn: u64,
        n: usize,
        engine: &mut Engine<T>,
        data: &mut Data<T>,
        equations: &mut Equations<T>,
    ) -> Vec<T> {
        let (d, terms, interior) = (self.bounds.len(), interior_terms(equations), equations.interior());
        let mut random = Random::new(self.seed, Stream::Points(turn));
        let candidates: Vec<T> = self.in_box((0..self.spec.candidates * n * d).map(|_| random.uniform()));
        let mut residuals = Vec::with_capacity(self.spec.candidates * n);
        (equations.view, equations.shown) = (View::Means, terms.clone());
        for some in candidates.chunks_exact(n * d) {
            place(some, data, equations);
            engine.loss(data, &Samples::Range(interior.clone()), equations);
            let square = |i: usize| terms.clone().map(|k| equations.terms[k].given(i)).sum::<f64>() * n as f64;
            residuals.extend((0..n).map(|i| square(i).sqrt()));
        }
        (equations.view, equations.shown) = (View::Weighted, 0..equations.terms.len());
        let mean = residuals.iter().sum::<f64>() / residuals.len() as f64;
        // Of a residual that is zero, or not finite, everywhere all are alike.
        let weight = |r: f64| if mean > 0.0 && mean.is_finite() { r / mean + 1.0 } else { 1.0 };
        let key = |(i, r): (usize, f64)| (ln(1.0 - random.uniform()) / weight(r), i);
        let mut keys: Vec<(f64, usize)> = residuals.into_iter().enumerate().map(key).collect();
        keys.sort_by(|a, b| b.0.total_cmp(&a.0));
        keys[..n].iter().flat_map(|(_, i)| candidates[i * d..(i + 1) * d].iter().copied()).collect()
    }
}
