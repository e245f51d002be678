//! Covariances between the positions of two images, for convolutional plans, one pair of images at a time in f64.
//!
//! Without pooling only equal positions matter (`[p]`); pooling needs all pairs of positions (`[p, p]`), since a
//! mean over a window correlates them (Arora et al. 2019, Novak et al. 2019).

use super::dual::dual;
use super::hermite::{Coefficients, series};
use super::plan::{Affine, Dual, Plan, Step, Windows};

/// Per activation: variance at each position, and series coefficients where the dual is one.
pub struct Variances {
    values: Vec<Vec<f64>>,
    coefficients: Vec<Vec<Coefficients>>,
}

impl Variances {
    /// As [`super::vectors::Inputs::error`].
    pub fn error(&self) -> f64 {
        self.coefficients.iter().flatten().map(Coefficients::relative_error).fold(0.0, f64::max)
    }
}

/// NNGP and NTK between positions; `side` is the number of positions of either image.
struct State {
    q: Vec<f64>,
    t: Vec<f64>,
    side: usize,
}

pub struct Spatial<'a> {
    pub plan: &'a Plan,
}

impl Spatial<'_> {
    /// Entries of one covariance at `positions`: all pairs when something is pooled.
    fn entries(&self, positions: usize) -> usize {
        if self.plan.pooled { positions * positions } else { positions }
    }

    /// Bytes that one pair of images takes, per thread.
    pub fn bytes(&self) -> usize {
        let [h, w] = self.plan.positions;
        base::memory::bytes::<f64>(&[6, self.entries(h * w)])
    }

    /// (1 / channels) sum over channels of x y, between positions.
    fn start(&self, x: &[f64], y: &[f64]) -> State {
        let [h, w] = self.plan.positions;
        let (side, c) = (h * w, self.plan.channels);
        let sum = |p: usize, r: usize| (0..c).map(|k| x[k * side + p] * y[k * side + r]).sum::<f64>() / c as f64;
        let q: Vec<f64> = if self.plan.pooled {
            (0..side * side).map(|e| sum(e / side, e % side)).collect()
        } else {
            (0..side).map(|p| sum(p, p)).collect()
        };
        State { t: vec![0.0; q.len()], q, side }
    }

    /// The variances of one image at every activation.
    pub fn variances(&self, x: &[f64]) -> Variances {
        let mut out = Variances { values: vec![], coefficients: vec![] };
        let mut state = self.start(x, x);
        let mut saved = vec![];
        for step in &self.plan.steps {
            if let Step::Activation(f, _) = step {
                let own: Vec<f64> =
                    (0..state.side).map(|p| state.q[if self.plan.pooled { p * state.side + p } else { p }]).collect();
                out.coefficients.push(match f {
                    Dual::Series(h) => own.iter().map(|a| h.coefficients(*a)).collect(),
                    Dual::Closed(_) => vec![],
                });
                out.values.push(own);
            }
            let last = out.values.len().saturating_sub(1);
            self.step(step, &mut state, &mut saved, |slot| (slot.min(last), &out, &out));
        }
        out
    }

    /// (NNGP, NTK) of two images.
    pub fn pair(&self, x: &[f64], y: &[f64], vx: &Variances, vy: &Variances) -> (f64, f64) {
        let mut state = self.start(x, y);
        let mut saved = vec![];
        for step in &self.plan.steps {
            self.step(step, &mut state, &mut saved, |slot| (slot, vx, vy));
        }
        // A network that ends in an image has one output a position and channel: the trace is their mean.
        let n = state.side as f64;
        let trace = |v: &[f64]| {
            (0..state.side).map(|p| v[if self.plan.pooled { p * state.side + p } else { p }]).sum::<f64>() / n
        };
        (trace(&state.q), trace(&state.t))
    }

    fn step<'v>(
        &self,
        step: &Step,
        state: &mut State,
        saved: &mut Vec<(Vec<f64>, Vec<f64>)>,
        variances: impl Fn(usize) -> (usize, &'v Variances, &'v Variances),
    ) {
        match step {
            Step::Affine(a) => affine(a, state),
            Step::Convolution(a, w) => {
                let area = (w.size[0] * w.size[1]) as f64;
                let (q, side) = self.slide(&state.q, w, false);
                let (t, _) = self.slide(&state.t, w, false);
                *state = State { q, t, side };
                state.q.iter_mut().chain(&mut state.t).for_each(|v| *v /= area);
                affine(a, state);
            }
            Step::AveragePool(w) => {
                let area = (w.size[0] * w.size[1]) as f64;
                let (q, side) = self.slide(&state.q, w, true);
                let (t, _) = self.slide(&state.t, w, true);
                *state = State { q, t, side };
                state.q.iter_mut().chain(&mut state.t).for_each(|v| *v /= area * area);
            }
            Step::Flatten => {
                let n = state.side;
                let mean =
                    |v: &[f64]| (0..n).map(|p| v[if self.plan.pooled { p * n + p } else { p }]).sum::<f64>() / n as f64;
                *state = State { q: vec![mean(&state.q)], t: vec![mean(&state.t)], side: 1 };
            }
            Step::Scale(c) => state.q.iter_mut().chain(&mut state.t).for_each(|v| *v *= c),
            Step::Activation(f, slot) => {
                let (slot, vx, vy) = variances(*slot);
                let n = state.side;
                for e in 0..state.q.len() {
                    let (p, r) = if self.plan.pooled { (e / n, e % n) } else { (e, e) };
                    let (value, slope) = match f {
                        Dual::Closed(f) => dual(*f, vx.values[slot][p], vy.values[slot][r], state.q[e]),
                        Dual::Series(_) => {
                            let both = (&vx.coefficients[slot][p], &vy.coefficients[slot][r]);
                            let (value, slope, _) = series(both.0, both.1, state.q[e]);
                            (value, slope)
                        }
                    };
                    state.q[e] = value;
                    state.t[e] *= slope;
                }
            }
            Step::Save => saved.push((state.q.clone(), state.t.clone())),
            Step::AddSaved => {
                if let Some((q, t)) = saved.pop() {
                    state.q.iter_mut().zip(q).for_each(|(a, b)| *a += b);
                    state.t.iter_mut().zip(t).for_each(|(a, b)| *a += b);
                }
            }
        }
    }

    /// Sums over windows: of the same offset in both images (convolution), or of all pairs of offsets (pooling).
    fn slide(&self, v: &[f64], w: &Windows, pairs: bool) -> (Vec<f64>, usize) {
        let side = w.output[0] * w.output[1];
        let n = w.input[0] * w.input[1];
        let source = |o: usize, a: usize, b: usize| {
            let y = (o / w.output[1] * w.stride[0] + a).checked_sub(w.before[0])?;
            let x = (o % w.output[1] * w.stride[1] + b).checked_sub(w.before[1])?;
            (y < w.input[0] && x < w.input[1]).then_some(y * w.input[1] + x)
        };
        let offsets: Vec<(usize, usize)> = (0..w.size[0]).flat_map(|a| (0..w.size[1]).map(move |b| (a, b))).collect();
        let windows: Vec<Vec<Option<usize>>> =
            (0..side).map(|o| offsets.iter().map(|&(a, b)| source(o, a, b)).collect()).collect();
        let out = (0..self.entries(side))
            .map(|e| {
                if !self.plan.pooled {
                    return windows[e].iter().flatten().map(|&p| v[p]).sum();
                }
                let (left, right) = (&windows[e / side], &windows[e % side]);
                if pairs {
                    left.iter().flatten().map(|p| right.iter().flatten().map(|r| v[p * n + r]).sum::<f64>()).sum()
                } else {
                    left.iter().zip(right).map(|(p, r)| p.zip(*r).map_or(0.0, |(p, r)| v[p * n + r])).sum()
                }
            })
            .collect();
        (out, side)
    }
}

fn affine(a: &Affine, state: &mut State) {
    let from_q = if a.train_weight { a.weight } else { 0.0 };
    let shift = if a.train_bias { a.bias } else { 0.0 };
    for (q, t) in state.q.iter_mut().zip(&mut state.t) {
        *t = a.weight * *t + from_q * *q + shift;
        *q = a.weight * *q + a.bias;
    }
}
