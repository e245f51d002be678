//! Explicit Jacobians of any network, sample by sample in f64: what the layer formula is checked against, and what takes
//! over where it does not reach (convolution, pooling, trainable Fourier features, branches, normalisation).
//!
//! A plain reverse mode over the resolved layers: forward keeps each layer's input, backward turns the derivative by a
//! layer's output into that by its input and adds what belongs to its parameters. Batch normalisation is that of
//! prediction, with its running mean and variance.

use crate::selection::Selection;
use base::{Error, Result};
use nets::shapes::convolved;
use nets::spec::{Combine, Conv2d, Pair, Parameterization, Wave};
use nets::{LayerSpec, ResolvedLayer, ResolvedNetwork};
use std::f64::consts::TAU;
use std::ops::Range;

/// A network with its arrays, ready to be differentiated.
pub struct Differentiator<'a> {
    network: &'a ResolvedNetwork,
    parameters: Vec<f64>,
    buffers: Vec<f64>,
    chosen: Vec<Range<usize>>,
}

/// What forward leaves for backward.
struct Trace {
    input: Vec<f64>,
    children: Vec<(Vec<Trace>, Vec<f64>)>,
}

impl<'a> Differentiator<'a> {
    /// `INVALID_ARGUMENT` names a layer that is not differentiated here (attention).
    pub fn new(
        network: &'a ResolvedNetwork,
        parameters: Vec<f64>,
        buffers: Vec<f64>,
        selection: &Selection,
    ) -> Result<Self> {
        if let Some(layer) =
            network.walk().into_iter().find(|l| matches!(l.spec, LayerSpec::Attention(_) | LayerSpec::Positions(_)))
        {
            return Err(Error::argument(format!("{}: {} has no tangent kernel here", layer.path, layer.spec.name())));
        }
        let chosen = network.parameters.iter().filter(|p| selection.has(&p.name)).map(|p| p.range()).collect();
        Ok(Differentiator { network, parameters, buffers, chosen })
    }

    /// Selected parameters.
    pub fn columns(&self) -> usize {
        self.chosen.iter().map(Range::len).sum()
    }

    pub fn outputs(&self) -> usize {
        self.network.output_size()
    }

    /// The network's outputs for one sample.
    pub fn outputs_of(&self, x: &[f64]) -> Vec<f64> {
        self.chain(&self.network.layers, x.to_vec()).1
    }

    /// The Jacobian of one sample, [outputs, columns] appended to `out`.
    pub fn jacobian(&self, x: &[f64], out: &mut Vec<f64>) {
        let (traces, h) = self.chain(&self.network.layers, x.to_vec());
        for o in 0..h.len() {
            let mut above = vec![0.0; h.len()];
            above[o] = 1.0;
            let g = self.pull(&traces, above);
            self.chosen.iter().for_each(|r| out.extend_from_slice(&g[r.clone()]));
        }
    }

    /// `J^T v` over the selected parameters, added to `sum`.
    pub fn transposed(&self, x: &[f64], v: &[f64], sum: &mut [f64]) {
        let (traces, _) = self.chain(&self.network.layers, x.to_vec());
        let g = self.pull(&traces, v.to_vec());
        let mut at = 0;
        for r in &self.chosen {
            sum[at..at + r.len()].iter_mut().zip(&g[r.clone()]).for_each(|(s, g)| *s += g);
            at += r.len();
        }
    }

    /// `J w` of one sample.
    pub fn forward_product(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let mut j = Vec::with_capacity(self.outputs() * w.len());
        self.jacobian(x, &mut j);
        j.chunks(w.len()).map(|row| row.iter().zip(w).map(|(a, b)| a * b).sum()).collect()
    }

    fn pull(&self, traces: &[Trace], above: Vec<f64>) -> Vec<f64> {
        let mut gradient = vec![0.0; self.parameters.len()];
        self.back_chain(&self.network.layers, traces, above, &mut gradient);
        gradient
    }

    fn parameter(&self, layer: &ResolvedLayer, k: usize) -> Option<(&[f64], Range<usize>)> {
        let p = &self.network.parameters[*layer.parameters.get(k)?];
        Some((&self.parameters[p.range()], p.range()))
    }

    fn buffer(&self, layer: &ResolvedLayer, k: usize) -> &[f64] {
        &self.buffers[self.network.buffers[layer.buffers[k]].range()]
    }

    fn chain(&self, layers: &[ResolvedLayer], mut h: Vec<f64>) -> (Vec<Trace>, Vec<f64>) {
        let mut traces = vec![];
        for layer in layers {
            let (trace, next) = self.forward(layer, h);
            traces.push(trace);
            h = next;
        }
        (traces, h)
    }

    fn back_chain(&self, layers: &[ResolvedLayer], traces: &[Trace], mut g: Vec<f64>, into: &mut [f64]) -> Vec<f64> {
        for (layer, trace) in layers.iter().zip(traces).rev() {
            g = self.backward(layer, trace, g, into);
        }
        g
    }

    /// Frequencies [k, d] and amplitudes [k], parameters or buffers.
    fn fourier(&self, layer: &ResolvedLayer) -> (&[f64], &[f64]) {
        match (self.parameter(layer, 0), self.parameter(layer, 1)) {
            (Some((f, _)), Some((a, _))) => (f, a),
            _ => (self.buffer(layer, 0), self.buffer(layer, 1)),
        }
    }

    fn forward(&self, layer: &ResolvedLayer, x: Vec<f64>) -> (Trace, Vec<f64>) {
        let mut children = vec![];
        let h = match &layer.spec {
            LayerSpec::Dense(d) => {
                let (w, b) = (self.parameter(layer, 0).map_or(&[][..], |p| p.0), self.parameter(layer, 1));
                let inputs = w.len() / d.units;
                let (sw, sb) = scales(d.parameterization, d.sigma_w, d.sigma_b, inputs);
                x.chunks(inputs)
                    .flat_map(|row| {
                        (0..d.units).map(move |o| {
                            let dot: f64 = row.iter().zip(&w[o * inputs..]).map(|(x, w)| x * w).sum();
                            (o, sw * dot)
                        })
                    })
                    .map(|(o, z)| z + sb * b.as_ref().map_or(0.0, |b| b.0[o]))
                    .collect()
            }
            LayerSpec::Activation(f) => x.iter().map(|x| f.value(*x)).collect(),
            LayerSpec::Conv2d(c) => {
                let (w, b) = (self.parameter(layer, 0).map_or(&[][..], |p| p.0), self.parameter(layer, 1));
                let (sw, sb) = scales(c.parameterization, c.sigma_w, c.sigma_b, w.len() / c.filters);
                let mut z = vec![0.0; layer.output.iter().product()];
                each_tap(c, layer, |o, i, k| z[o] += sw * w[k] * x[i]);
                if let Some((b, _)) = b {
                    let area = z.len() / c.filters;
                    z.iter_mut().enumerate().for_each(|(o, z)| *z += sb * b[o / area]);
                }
                z
            }
            LayerSpec::MaxPool2d(p) => {
                windows(layer, p.size, p.stride.unwrap_or(p.size)).map(|w| x[largest(&x, &w)]).collect()
            }
            LayerSpec::AvgPool2d(p) => windows(layer, p.size, p.stride.unwrap_or(p.size))
                .map(|w| w.iter().map(|i| x[*i]).sum::<f64>() / w.len() as f64)
                .collect(),
            LayerSpec::FourierFeatures(_) => {
                let (f, a) = self.fourier(layer);
                let phases: Vec<f64> = f.chunks(x.len()).map(|b| TAU * dot(b, &x)).collect();
                let cosines = phases.iter().zip(a).map(|(p, a)| a * p.cos());
                cosines.chain(phases.iter().zip(a).map(|(p, a)| a * p.sin())).collect()
            }
            LayerSpec::Scale(s) => x.iter().map(|x| s.factor * x).collect(),
            LayerSpec::Modulate(m) => {
                let (traces, inner) = self.chain(&layer.children[0], x.clone());
                let wave = wave(m.wave, TAU * dot(&m.frequency, &x)).0;
                let h = inner.iter().map(|v| wave * v).collect();
                children.push((traces, inner));
                h
            }
            LayerSpec::Residual(_) => {
                let (traces, inner) = self.chain(&layer.children[0], x.clone());
                let h = inner.iter().zip(&x).map(|(f, x)| f + x).collect();
                children.push((traces, inner));
                h
            }
            LayerSpec::Branches(b) => {
                children = layer.children.iter().map(|list| self.chain(list, x.clone())).collect();
                match b.combine {
                    Combine::Sum => {
                        let mut sum = vec![0.0; children[0].1.len()];
                        children.iter().for_each(|(_, h)| sum.iter_mut().zip(h).for_each(|(s, v)| *s += v));
                        sum
                    }
                    Combine::Concat => {
                        let mut all = vec![0.0; layer.output.iter().product()];
                        for (to, branch, from) in pieces(layer, &children) {
                            all[to] = children[branch].1[from];
                        }
                        all
                    }
                }
            }
            LayerSpec::LayerNorm(n) => {
                let features = *layer.input.last().unwrap_or(&1);
                let weight = self.parameter(layer, 0).zip(self.parameter(layer, 1));
                x.chunks(features)
                    .flat_map(|row| {
                        let (mean, inverse) = moments(row, n.epsilon);
                        row.iter().map(move |v| (v - mean) * inverse).collect::<Vec<_>>()
                    })
                    .enumerate()
                    .map(|(i, v)| weight.as_ref().map_or(v, |(w, b)| w.0[i % features] * v + b.0[i % features]))
                    .collect()
            }
            LayerSpec::BatchNorm(n) => {
                let area = x.len() / layer.input[0];
                let weight = self.parameter(layer, 0).zip(self.parameter(layer, 1));
                let (mean, var) = (self.buffer(layer, 0), self.buffer(layer, 1));
                x.iter()
                    .enumerate()
                    .map(|(i, v)| {
                        let c = i / area;
                        let v = (v - mean[c]) / (var[c] + n.epsilon).sqrt();
                        weight.as_ref().map_or(v, |(w, b)| w.0[c] * v + b.0[c])
                    })
                    .collect()
            }
            LayerSpec::Flatten(_) | LayerSpec::Attention(_) | LayerSpec::Positions(_) => x.clone(),
        };
        (Trace { input: x, children }, h)
    }

    fn backward(&self, layer: &ResolvedLayer, trace: &Trace, g: Vec<f64>, into: &mut [f64]) -> Vec<f64> {
        let x = &trace.input;
        let mut below = vec![0.0; x.len()];
        match &layer.spec {
            LayerSpec::Dense(d) => {
                let Some((w, weights)) = self.parameter(layer, 0) else { return below };
                let inputs = w.len() / d.units;
                let (sw, sb) = scales(d.parameterization, d.sigma_w, d.sigma_b, inputs);
                for (t, row) in x.chunks(inputs).enumerate() {
                    for o in 0..d.units {
                        let up = g[t * d.units + o];
                        let to = &mut into[weights.start + o * inputs..][..inputs];
                        to.iter_mut().zip(row).for_each(|(p, x)| *p += sw * up * x);
                        let back = &mut below[t * inputs..(t + 1) * inputs];
                        back.iter_mut().zip(&w[o * inputs..]).for_each(|(b, w)| *b += sw * up * w);
                        if let Some((_, bias)) = self.parameter(layer, 1) {
                            into[bias.start + o] += sb * up;
                        }
                    }
                }
            }
            LayerSpec::Activation(f) => {
                below.iter_mut().zip(x).zip(&g).for_each(|((b, x), g)| *b = g * f.derivatives(*x)[1]);
            }
            LayerSpec::Conv2d(c) => {
                let Some((w, weights)) = self.parameter(layer, 0) else { return below };
                let (sw, sb) = scales(c.parameterization, c.sigma_w, c.sigma_b, w.len() / c.filters);
                each_tap(c, layer, |o, i, k| {
                    into[weights.start + k] += sw * g[o] * x[i];
                    below[i] += sw * g[o] * w[k];
                });
                if let Some((_, bias)) = self.parameter(layer, 1) {
                    let area = g.len() / c.filters;
                    g.iter().enumerate().for_each(|(o, g)| into[bias.start + o / area] += sb * g);
                }
            }
            LayerSpec::MaxPool2d(p) => {
                for (w, g) in windows(layer, p.size, p.stride.unwrap_or(p.size)).zip(&g) {
                    below[largest(x, &w)] += g;
                }
            }
            LayerSpec::AvgPool2d(p) => {
                for (w, g) in windows(layer, p.size, p.stride.unwrap_or(p.size)).zip(&g) {
                    w.iter().for_each(|i| below[*i] += g / w.len() as f64);
                }
            }
            LayerSpec::FourierFeatures(_) => {
                let (f, a) = self.fourier(layer);
                for (k, (b, a)) in f.chunks(x.len()).zip(a).enumerate() {
                    let (sin, cos) = (TAU * dot(b, x)).sin_cos();
                    let slope = TAU * a * (g[a_len(f, x) + k] * cos - g[k] * sin);
                    below.iter_mut().zip(b).for_each(|(to, b)| *to += slope * b);
                    if let (Some((_, rows)), Some((_, sizes))) = (self.parameter(layer, 0), self.parameter(layer, 1)) {
                        let to = &mut into[rows.start + k * x.len()..][..x.len()];
                        to.iter_mut().zip(x).for_each(|(to, x)| *to += slope * x);
                        into[sizes.start + k] += g[k] * cos + g[a_len(f, x) + k] * sin;
                    }
                }
            }
            LayerSpec::Scale(s) => below.iter_mut().zip(&g).for_each(|(b, g)| *b = s.factor * g),
            LayerSpec::Modulate(m) => {
                let (value, slope) = wave(m.wave, TAU * dot(&m.frequency, x));
                let (traces, inner) = &trace.children[0];
                let up = dot(inner, &g) * slope * TAU;
                below = self.back_chain(&layer.children[0], traces, g.iter().map(|g| value * g).collect(), into);
                below.iter_mut().zip(&m.frequency).for_each(|(b, f)| *b += up * f);
            }
            LayerSpec::Residual(_) => {
                below = self.back_chain(&layer.children[0], &trace.children[0].0, g.clone(), into);
                below.iter_mut().zip(&g).for_each(|(b, g)| *b += g);
            }
            LayerSpec::Branches(b) => {
                let mut ups: Vec<Vec<f64>> = trace.children.iter().map(|(_, h)| vec![0.0; h.len()]).collect();
                match b.combine {
                    Combine::Sum => ups.iter_mut().for_each(|up| up.copy_from_slice(&g)),
                    Combine::Concat => {
                        for (from, branch, to) in pieces(layer, &trace.children) {
                            ups[branch][to] = g[from];
                        }
                    }
                }
                for ((list, (traces, _)), up) in layer.children.iter().zip(&trace.children).zip(ups) {
                    let part = self.back_chain(list, traces, up, into);
                    below.iter_mut().zip(part).for_each(|(b, p)| *b += p);
                }
            }
            LayerSpec::LayerNorm(n) => {
                let features = *layer.input.last().unwrap_or(&1);
                let (weight, bias) = (self.parameter(layer, 0), self.parameter(layer, 1));
                for (t, row) in x.chunks(features).enumerate() {
                    let (mean, inverse) = moments(row, n.epsilon);
                    let up = &g[t * features..(t + 1) * features];
                    let unit: Vec<f64> = row.iter().map(|v| (v - mean) * inverse).collect();
                    let mut inner = up.to_vec();
                    if let (Some((w, scales)), Some((_, shifts))) = (&weight, &bias) {
                        for i in 0..features {
                            into[scales.start + i] += up[i] * unit[i];
                            into[shifts.start + i] += up[i];
                            inner[i] *= w[i];
                        }
                    }
                    let average = inner.iter().sum::<f64>() / features as f64;
                    let along = dot(&inner, &unit) / features as f64;
                    for i in 0..features {
                        below[t * features + i] = inverse * (inner[i] - average - unit[i] * along);
                    }
                }
            }
            LayerSpec::BatchNorm(n) => {
                let area = x.len() / layer.input[0];
                let (weight, bias) = (self.parameter(layer, 0), self.parameter(layer, 1));
                let (mean, var) = (self.buffer(layer, 0), self.buffer(layer, 1));
                for i in 0..x.len() {
                    let c = i / area;
                    let inverse = 1.0 / (var[c] + n.epsilon).sqrt();
                    below[i] = g[i] * inverse;
                    if let (Some((w, scales)), Some((_, shifts))) = (&weight, &bias) {
                        into[scales.start + c] += g[i] * (x[i] - mean[c]) * inverse;
                        into[shifts.start + c] += g[i];
                        below[i] *= w[c];
                    }
                }
            }
            LayerSpec::Flatten(_) | LayerSpec::Attention(_) | LayerSpec::Positions(_) => return g,
        }
        below
    }
}

fn a_len(frequencies: &[f64], x: &[f64]) -> usize {
    frequencies.len() / x.len()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn scales(p: Parameterization, sigma_w: f64, sigma_b: f64, inputs: usize) -> (f64, f64) {
    match p {
        Parameterization::Standard => (1.0, 1.0),
        Parameterization::Ntk => (sigma_w / (inputs as f64).sqrt(), sigma_b),
    }
}

/// The wave and its derivative.
fn wave(wave: Wave, phase: f64) -> (f64, f64) {
    let (sin, cos) = phase.sin_cos();
    match wave {
        Wave::Cos => (cos, -sin),
        Wave::Sin => (sin, cos),
    }
}

/// Mean and 1 / sqrt(variance + epsilon).
fn moments(row: &[f64], epsilon: f64) -> (f64, f64) {
    let n = row.len() as f64;
    let mean = row.iter().sum::<f64>() / n;
    let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

/// Calls `f(output, input, weight)` for every product of a convolution, all flat indices.
fn each_tap(c: &Conv2d, layer: &ResolvedLayer, mut f: impl FnMut(usize, usize, usize)) {
    let [channels, height, width] = [layer.input[0], layer.input[1], layer.input[2]];
    let (Pair(kh, kw), Pair(sh, sw)) = (c.kernel, c.stride);
    let Some(([rows, columns], [top, _, left, _])) = convolved(c, height, width) else { return };
    for o in 0..c.filters {
        for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
            for (a, b) in (0..kh).flat_map(|a| (0..kw).map(move |b| (a, b))) {
                let (iy, ix) = ((y * sh + a).wrapping_sub(top), (x * sw + b).wrapping_sub(left));
                if iy < height && ix < width {
                    for i in 0..channels {
                        f(
                            (o * rows + y) * columns + x,
                            (i * height + iy) * width + ix,
                            ((o * channels + i) * kh + a) * kw + b,
                        );
                    }
                }
            }
        }
    }
}

/// The inputs of each pooling window, in the order of the outputs.
fn windows(layer: &ResolvedLayer, size: Pair, stride: Pair) -> impl Iterator<Item = Vec<usize>> {
    let [height, width] = [layer.input[1], layer.input[2]];
    let [channels, rows, columns] = [layer.output[0], layer.output[1], layer.output[2]];
    (0..channels * rows * columns).map(move |o| {
        let (c, y, x) = (o / (rows * columns), o / columns % rows, o % columns);
        (0..size.0)
            .flat_map(|a| (0..size.1).map(move |b| (a, b)))
            .map(|(a, b)| (c * height + y * stride.0 + a) * width + x * stride.1 + b)
            .collect()
    })
}

/// The first of the largest, as PyTorch.
fn largest(x: &[f64], window: &[usize]) -> usize {
    window.iter().copied().fold(window[0], |best, i| if x[i] > x[best] { i } else { best })
}

/// (index in the concatenation, branch, index in the branch): along the features of a sequence, else along the first axis.
fn pieces(layer: &ResolvedLayer, children: &[(Vec<Trace>, Vec<f64>)]) -> Vec<(usize, usize, usize)> {
    let sequence = layer.output.len() == 2;
    let total = if sequence { layer.output[1] } else { layer.output.iter().product() };
    let groups = if sequence { layer.output[0] } else { 1 };
    let mut out = vec![];
    let mut offset = 0;
    for (branch, (_, h)) in children.iter().enumerate() {
        let width = h.len() / groups;
        out.extend((0..h.len()).map(|i| (i / width * total + offset + i % width, branch, i)));
        offset += width;
    }
    out
}
