//! Layer normalisation along the last axis, and batch normalisation with its running statistics.

use super::{Differentiator, Parameter, dot};
use nets::ResolvedLayer;
use nets::network::spec;

pub struct LayerNorm<'a> {
    features: usize,
    epsilon: f64,
    affine: Option<(Parameter<'a>, Parameter<'a>)>,
}

impl<'a> LayerNorm<'a> {
    pub fn of(net: &'a Differentiator, layer: &ResolvedLayer, n: &spec::LayerNorm) -> Self {
        let features = *layer.input.last().unwrap_or(&1);
        LayerNorm { features, epsilon: n.epsilon, affine: net.parameter(layer, 0).zip(net.parameter(layer, 1)) }
    }

    /// The row with mean 0 and variance 1, and 1 / sqrt(variance + epsilon).
    fn unit(&self, row: &[f64]) -> (Vec<f64>, f64) {
        let n = row.len() as f64;
        let mean = row.iter().sum::<f64>() / n;
        let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        let inverse = 1.0 / (variance + self.epsilon).sqrt();
        (row.iter().map(|v| (v - mean) * inverse).collect(), inverse)
    }

    pub fn forward(&self, x: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = x.chunks(self.features).flat_map(|row| self.unit(row).0).collect();
        if let Some(((w, _), (b, _))) = &self.affine {
            for row in out.chunks_mut(self.features) {
                row.iter_mut().zip(w.iter().zip(*b)).for_each(|(v, (w, b))| *v = *v * w + b);
            }
        }
        out
    }

    pub fn backward(&self, x: &[f64], g: &[f64], into: &mut [f64]) -> Vec<f64> {
        let features = self.features as f64;
        let mut below = Vec::with_capacity(x.len());
        for (row, up) in x.chunks(self.features).zip(g.chunks(self.features)) {
            let (unit, inverse) = self.unit(row);
            let mut inner = up.to_vec();
            if let Some(((w, scales), (_, shifts))) = &self.affine {
                for i in 0..self.features {
                    into[scales.start + i] += up[i] * unit[i];
                    into[shifts.start + i] += up[i];
                    inner[i] *= w[i];
                }
            }
            let average = inner.iter().sum::<f64>() / features;
            let along = dot(&inner, &unit) / features;
            below.extend(inner.iter().zip(&unit).map(|(inner, unit)| inverse * (inner - average - unit * along)));
        }
        below
    }
}

pub struct BatchNorm<'a> {
    /// Numbers of one channel.
    area: usize,
    mean: &'a [f64],
    /// 1 / sqrt(variance + epsilon) of each channel.
    inverse: Vec<f64>,
    affine: Option<(Parameter<'a>, Parameter<'a>)>,
}

impl<'a> BatchNorm<'a> {
    pub fn of(net: &'a Differentiator, layer: &ResolvedLayer, n: &spec::BatchNorm) -> Self {
        let [mean, variance] = [0, 1].map(|k| net.buffer(layer, k).unwrap_or_default());
        BatchNorm {
            area: layer.input[1..].iter().product(),
            mean,
            inverse: variance.iter().map(|v| 1.0 / (v + n.epsilon).sqrt()).collect(),
            affine: net.parameter(layer, 0).zip(net.parameter(layer, 1)),
        }
    }

    pub fn forward(&self, x: &[f64]) -> Vec<f64> {
        let normal = |(i, v): (usize, &f64)| {
            let c = i / self.area;
            let v = (v - self.mean[c]) * self.inverse[c];
            self.affine.as_ref().map_or(v, |((w, _), (b, _))| w[c] * v + b[c])
        };
        x.iter().enumerate().map(normal).collect()
    }

    pub fn backward(&self, x: &[f64], g: &[f64], into: &mut [f64]) -> Vec<f64> {
        let mut back = |(i, (x, g)): (usize, (&f64, &f64))| {
            let c = i / self.area;
            let Some(((w, scales), (_, shifts))) = &self.affine else { return g * self.inverse[c] };
            into[scales.start + c] += g * (x - self.mean[c]) * self.inverse[c];
            into[shifts.start + c] += g;
            g * self.inverse[c] * w[c]
        };
        x.iter().zip(g).enumerate().map(&mut back).collect()
    }
}
