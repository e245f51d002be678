//! Layers that hold layers: modulation, residual blocks, branches.

use super::{Branch, Differentiator, Trace, add, dot};
use nets::ResolvedLayer;
use nets::network::spec::{Combine, Modulate, Wave};
use std::f64::consts::TAU;

impl Differentiator<'_> {
    /// `wave(2 pi f . x)` times what the layers inside give.
    pub(super) fn modulate(
        &self,
        layer: &ResolvedLayer,
        m: &Modulate,
        x: &[f64],
        children: &mut Vec<Branch>,
    ) -> Vec<f64> {
        let inner = self.chain(&layer.children[0], x.to_vec());
        let wave = wave(m.wave, TAU * dot(&m.frequency, x)).0;
        let out = inner.output.iter().map(|v| wave * v).collect();
        children.push(inner);
        out
    }

    pub(super) fn back_modulate(
        &self,
        layer: &ResolvedLayer,
        m: &Modulate,
        trace: &Trace,
        g: &[f64],
        into: &mut [f64],
    ) -> Vec<f64> {
        let (value, slope) = wave(m.wave, TAU * dot(&m.frequency, &trace.input));
        let inner = &trace.children[0];
        let above = g.iter().map(|g| value * g).collect();
        let mut below = self.back_chain(&layer.children[0], &inner.traces, above, into);
        add(&mut below, dot(&inner.output, g) * slope * TAU, &m.frequency);
        below
    }

    /// `x + f(x)`.
    pub(super) fn residual(&self, layer: &ResolvedLayer, x: &[f64], children: &mut Vec<Branch>) -> Vec<f64> {
        let inner = self.chain(&layer.children[0], x.to_vec());
        let out = inner.output.iter().zip(x).map(|(f, x)| f + x).collect();
        children.push(inner);
        out
    }

    pub(super) fn back_residual(
        &self,
        layer: &ResolvedLayer,
        trace: &Trace,
        g: Vec<f64>,
        into: &mut [f64],
    ) -> Vec<f64> {
        let mut below = self.back_chain(&layer.children[0], &trace.children[0].traces, g.clone(), into);
        add(&mut below, 1.0, &g);
        below
    }

    pub(super) fn branches(
        &self,
        layer: &ResolvedLayer,
        combine: Combine,
        x: &[f64],
        children: &mut Vec<Branch>,
    ) -> Vec<f64> {
        children.extend(layer.children.iter().map(|list| self.chain(list, x.to_vec())));
        let mut all = vec![0.0; layer.output.iter().product()];
        match combine {
            Combine::Sum => children.iter().for_each(|branch| add(&mut all, 1.0, &branch.output)),
            Combine::Concat => {
                for (to, branch, from) in pieces(layer, children) {
                    all[to] = children[branch].output[from];
                }
            }
        }
        all
    }

    pub(super) fn back_branches(
        &self,
        layer: &ResolvedLayer,
        combine: Combine,
        trace: &Trace,
        g: &[f64],
        into: &mut [f64],
    ) -> Vec<f64> {
        let mut above: Vec<Vec<f64>> = trace.children.iter().map(|branch| vec![0.0; branch.output.len()]).collect();
        match combine {
            Combine::Sum => above.iter_mut().for_each(|up| up.copy_from_slice(g)),
            Combine::Concat => {
                for (from, branch, to) in pieces(layer, &trace.children) {
                    above[branch][to] = g[from];
                }
            }
        }
        let mut below = vec![0.0; trace.input.len()];
        for ((list, branch), up) in layer.children.iter().zip(&trace.children).zip(above) {
            add(&mut below, 1.0, &self.back_chain(list, &branch.traces, up, into));
        }
        below
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

/// (index in the concatenation, branch, index in the branch): along the features of a sequence, else along the first axis.
fn pieces(layer: &ResolvedLayer, children: &[Branch]) -> Vec<(usize, usize, usize)> {
    let sequence = layer.output.len() == 2;
    let total = if sequence { layer.output[1] } else { layer.output.iter().product() };
    let groups = if sequence { layer.output[0] } else { 1 };
    let mut out = vec![];
    let mut offset = 0;
    for (branch, Branch { output, .. }) in children.iter().enumerate() {
        let width = output.len() / groups;
        out.extend((0..output.len()).map(|i| (i / width * total + offset + i % width, branch, i)));
        offset += width;
    }
    out
}
