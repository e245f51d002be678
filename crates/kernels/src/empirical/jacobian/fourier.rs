//! Fourier features `[a_k cos(2 pi b_k . x) ..., a_k sin(2 pi b_k . x) ...]`, fixed or trained.

use super::{Differentiator, Parameter, add, dot};
use nets::ResolvedLayer;
use std::f64::consts::TAU;

pub struct Fourier<'a> {
    /// [k, d] and [k]; the ranges are empty where they are not trained.
    frequencies: Parameter<'a>,
    amplitudes: Parameter<'a>,
}

impl<'a> Fourier<'a> {
    pub fn of(net: &'a Differentiator, layer: &ResolvedLayer) -> Self {
        let array = |k| net.parameter(layer, k).unwrap_or_else(|| (net.buffer(layer, k).unwrap_or_default(), 0..0));
        Fourier { frequencies: array(0), amplitudes: array(1) }
    }

    fn rows(&self, inputs: usize) -> impl Iterator<Item = (&[f64], f64)> {
        self.frequencies.0.chunks(inputs).zip(self.amplitudes.0.iter().copied())
    }

    pub fn forward(&self, x: &[f64]) -> Vec<f64> {
        let cosines = self.rows(x.len()).map(|(b, a)| a * (TAU * dot(b, x)).cos());
        cosines.chain(self.rows(x.len()).map(|(b, a)| a * (TAU * dot(b, x)).sin())).collect()
    }

    pub fn backward(&self, x: &[f64], g: &[f64], into: &mut [f64]) -> Vec<f64> {
        let (d, count) = (x.len(), self.amplitudes.0.len());
        let mut below = vec![0.0; d];
        for (k, (b, a)) in self.rows(d).enumerate() {
            let (sin, cos) = (TAU * dot(b, x)).sin_cos();
            let slope = TAU * a * (g[count + k] * cos - g[k] * sin);
            add(&mut below, slope, b);
            if !self.frequencies.1.is_empty() {
                add(&mut into[self.frequencies.1.start + k * d..][..d], slope, x);
                into[self.amplitudes.1.start + k] += g[k] * cos + g[count + k] * sin;
            }
        }
        below
    }
}
