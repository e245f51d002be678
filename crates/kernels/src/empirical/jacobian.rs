//! Explicit Jacobians of any network, sample by sample in f64: what the layer formula is checked against, and what takes
//! over where it does not reach (convolution, pooling, trainable Fourier features, branches, normalisation).
//!
//! A plain reverse mode over the resolved layers: forward keeps each layer's input, backward turns the derivative by a
//! layer's output into that by its input and adds what belongs to its parameters. Batch normalisation is that of
//! prediction, with its running mean and variance. One file a kind of layer.

mod affine;
mod combine;
mod fourier;
mod normalisation;
mod pooling;

use crate::selection::Selection;
use affine::{Convolution, Dense};
use base::{Error, Result};
use fourier::Fourier;
use nets::{Activation, LayerSpec, ResolvedLayer, ResolvedNetwork};
use normalisation::{BatchNorm, LayerNorm};
use std::ops::Range;

/// A network with its arrays, ready to be differentiated.
pub struct Differentiator<'a> {
    network: &'a ResolvedNetwork,
    parameters: Vec<f64>,
    buffers: Vec<f64>,
    selection: Selection,
    chosen: Vec<Range<usize>>,
}

/// What forward leaves for backward.
struct Trace {
    input: Vec<f64>,
    children: Vec<Branch>,
}

/// The traces of a list of layers inside a layer, and what came out of it.
struct Branch {
    traces: Vec<Trace>,
    output: Vec<f64>,
}

/// One parameter array of a layer: its values, and where its derivatives go.
type Parameter<'p> = (&'p [f64], Range<usize>);

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
        Ok(Differentiator { network, parameters, buffers, selection: selection.clone(), chosen })
    }

    pub fn network(&self) -> &'a ResolvedNetwork {
        self.network
    }

    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Parameters and buffers, flat.
    pub fn arrays(&self) -> (&[f64], &[f64]) {
        (&self.parameters, &self.buffers)
    }

    /// Number of selected parameters.
    pub fn columns(&self) -> usize {
        self.chosen.iter().map(Range::len).sum()
    }

    pub fn outputs(&self) -> usize {
        self.network.output_size()
    }

    /// The network's outputs for one sample.
    pub fn outputs_of(&self, x: &[f64]) -> Vec<f64> {
        self.chain(&self.network.layers, x.to_vec()).output
    }

    /// The Jacobian of one sample into `out` [outputs, columns].
    pub fn jacobian(&self, x: &[f64], out: &mut [f64]) {
        let run = self.chain(&self.network.layers, x.to_vec());
        for (o, row) in out.chunks_mut(self.columns().max(1)).enumerate() {
            let mut above = vec![0.0; run.output.len()];
            above[o] = 1.0;
            self.select(&self.pull(&run.traces, above), row);
        }
    }

    /// `J^T v` over the selected parameters, added to `sum`.
    pub fn transposed(&self, x: &[f64], v: &[f64], sum: &mut [f64]) {
        let run = self.chain(&self.network.layers, x.to_vec());
        self.selected(&self.pull(&run.traces, v.to_vec()), |at, g| {
            sum[at..at + g.len()].iter_mut().zip(g).for_each(|(s, g)| *s += g);
        });
    }

    /// `J w` of one sample.
    pub fn forward_product(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let mut j = vec![0.0; self.outputs() * w.len()];
        self.jacobian(x, &mut j);
        j.chunks(w.len().max(1)).map(|row| dot(row, w)).collect()
    }

    /// The selected ones of derivatives by all parameters.
    pub fn select(&self, gradient: &[f64], row: &mut [f64]) {
        self.selected(gradient, |at, g| row[at..at + g.len()].copy_from_slice(g));
    }

    /// Calls `f(column, derivatives)` for each selected array.
    fn selected(&self, gradient: &[f64], mut f: impl FnMut(usize, &[f64])) {
        let mut at = 0;
        for range in &self.chosen {
            f(at, &gradient[range.clone()]);
            at += range.len();
        }
    }

    fn pull(&self, traces: &[Trace], above: Vec<f64>) -> Vec<f64> {
        let mut gradient = vec![0.0; self.parameters.len()];
        self.back_chain(&self.network.layers, traces, above, &mut gradient);
        gradient
    }

    fn parameter(&self, layer: &ResolvedLayer, k: usize) -> Option<Parameter<'_>> {
        let p = &self.network.parameters[*layer.parameters.get(k)?];
        Some((&self.parameters[p.range()], p.range()))
    }

    /// The trained coefficients of a formula.
    fn trained(&self, layer: &ResolvedLayer) -> Vec<f64> {
        layer.parameters.iter().map(|&k| self.parameters[self.network.parameters[k].offset]).collect()
    }

    fn buffer(&self, layer: &ResolvedLayer, k: usize) -> Option<&[f64]> {
        Some(&self.buffers[self.network.buffers[*layer.buffers.get(k)?].range()])
    }

    fn chain(&self, layers: &[ResolvedLayer], x: Vec<f64>) -> Branch {
        let mut run = Branch { traces: vec![], output: x };
        for layer in layers {
            let mut children = vec![];
            let next = match &layer.spec {
                // It stands in the network's own list, which begins with the network's inputs.
                LayerSpec::Transform(transform) => {
                    let x = run.traces.first().map_or(&run.output, |first| &first.input);
                    transform.at(x, &run.output).0
                }
                _ => self.forward(layer, &run.output, &mut children),
            };
            run.traces.push(Trace { input: std::mem::replace(&mut run.output, next), children });
        }
        run
    }

    fn back_chain(&self, layers: &[ResolvedLayer], traces: &[Trace], mut g: Vec<f64>, into: &mut [f64]) -> Vec<f64> {
        for (layer, trace) in layers.iter().zip(traces).rev() {
            g = match &layer.spec {
                LayerSpec::Transform(transform) => {
                    let (_, slopes) = transform.at(&traces[0].input, &trace.input);
                    let by = |j: usize| g.iter().zip(&slopes).map(|(g, row)| g * row[j]).sum();
                    (0..trace.input.len()).map(by).collect()
                }
                _ => self.backward(layer, trace, g, into),
            };
        }
        g
    }

    fn forward(&self, layer: &ResolvedLayer, x: &[f64], children: &mut Vec<Branch>) -> Vec<f64> {
        match &layer.spec {
            LayerSpec::Dense(d) => Dense::of(self, layer, d).forward(x),
            LayerSpec::Conv2d(c) => Convolution::of(self, layer, c).forward(x),
            LayerSpec::Activation(Activation::Expression(f)) => {
                let trained = self.trained(layer);
                x.iter().map(|x| f.at(*x, &trained).0).collect()
            }
            LayerSpec::Activation(f) => x.iter().map(|x| f.value(*x)).collect(),
            LayerSpec::MaxPool2d(p) => pooling::largest(layer, p, x),
            LayerSpec::AvgPool2d(p) => pooling::mean(layer, p, x),
            LayerSpec::FourierFeatures(_) => Fourier::of(self, layer).forward(x),
            LayerSpec::Scale(s) => x.iter().map(|x| s.factor * x).collect(),
            LayerSpec::Modulate(m) => self.modulate(layer, m, x, children),
            LayerSpec::Residual(_) => self.residual(layer, x, children),
            LayerSpec::Branches(b) => self.branches(layer, b.combine, x, children),
            LayerSpec::LayerNorm(n) => LayerNorm::of(self, layer, n).forward(x),
            LayerSpec::BatchNorm(n) => BatchNorm::of(self, layer, n).forward(x),
            LayerSpec::Flatten(_) | LayerSpec::Attention(_) | LayerSpec::Positions(_) => x.to_vec(),
            LayerSpec::Transform(_) => unreachable!("the list it stands in knows the network's inputs"),
        }
    }

    /// From the derivatives `g` by the layer's outputs to those by its inputs; those by its parameters are added to `into`.
    fn backward(&self, layer: &ResolvedLayer, trace: &Trace, g: Vec<f64>, into: &mut [f64]) -> Vec<f64> {
        let x = &trace.input;
        match &layer.spec {
            LayerSpec::Dense(d) => Dense::of(self, layer, d).backward(x, &g, into),
            LayerSpec::Conv2d(c) => Convolution::of(self, layer, c).backward(x, &g, into),
            LayerSpec::Activation(Activation::Expression(f)) => {
                let trained = self.trained(layer);
                let back = |(x, g): (&f64, &f64)| {
                    let (_, slope, by_trained) = f.at(*x, &trained);
                    for (k, by) in by_trained.iter().enumerate() {
                        into[self.network.parameters[layer.parameters[k]].offset] += g * by;
                    }
                    g * slope
                };
                x.iter().zip(&g).map(back).collect()
            }
            LayerSpec::Activation(f) => x.iter().zip(&g).map(|(x, g)| g * f.derivatives(*x)[1]).collect(),
            LayerSpec::MaxPool2d(p) => pooling::back_largest(layer, p, x, &g),
            LayerSpec::AvgPool2d(p) => pooling::back_mean(layer, p, x, &g),
            LayerSpec::FourierFeatures(_) => Fourier::of(self, layer).backward(x, &g, into),
            LayerSpec::Scale(s) => g.iter().map(|g| s.factor * g).collect(),
            LayerSpec::Modulate(m) => self.back_modulate(layer, m, trace, &g, into),
            LayerSpec::Residual(_) => self.back_residual(layer, trace, g, into),
            LayerSpec::Branches(b) => self.back_branches(layer, b.combine, trace, &g, into),
            LayerSpec::LayerNorm(n) => LayerNorm::of(self, layer, n).backward(x, &g, into),
            LayerSpec::BatchNorm(n) => BatchNorm::of(self, layer, n).backward(x, &g, into),
            LayerSpec::Flatten(_) | LayerSpec::Attention(_) | LayerSpec::Positions(_) => g,
            LayerSpec::Transform(_) => unreachable!("the list it stands in knows the network's inputs"),
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `to += factor * from`.
fn add(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}
