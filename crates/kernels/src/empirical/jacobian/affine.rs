//! Dense and convolution layers: `z = sw W x + sb b`.

use super::{Differentiator, Parameter, add, dot};
use nets::ResolvedLayer;
use nets::network::shapes::convolved;
use nets::network::spec::{self, Conv2d, Pair, Parameterization};

/// The factors of weights and biases.
fn scales(p: Parameterization, sigma_w: f64, sigma_b: f64, inputs: usize) -> (f64, f64) {
    match p {
        Parameterization::Standard => (1.0, 1.0),
        Parameterization::Ntk => (sigma_w / (inputs as f64).sqrt(), sigma_b),
    }
}

/// Along the last axis of its input.
pub struct Dense<'a> {
    weight: Parameter<'a>,
    bias: Option<Parameter<'a>>,
    units: usize,
    inputs: usize,
    scales: (f64, f64),
}

impl<'a> Dense<'a> {
    pub fn of(net: &'a Differentiator, layer: &ResolvedLayer, d: &spec::Dense) -> Self {
        let weight = net.parameter(layer, 0).unwrap_or((&[], 0..0));
        let inputs = weight.0.len() / d.units;
        let scales = scales(d.parameterization, d.sigma_w, d.sigma_b, inputs);
        Dense { weight, bias: net.parameter(layer, 1), units: d.units, inputs, scales }
    }

    pub fn forward(&self, x: &[f64]) -> Vec<f64> {
        let (sw, sb) = self.scales;
        let unit = |row: &[f64], o: usize| {
            let bias = self.bias.as_ref().map_or(0.0, |(b, _)| b[o]);
            sw * dot(row, &self.weight.0[o * self.inputs..]) + sb * bias
        };
        x.chunks(self.inputs).flat_map(|row| (0..self.units).map(move |o| unit(row, o))).collect()
    }

    pub fn backward(&self, x: &[f64], g: &[f64], into: &mut [f64]) -> Vec<f64> {
        let (sw, sb) = self.scales;
        let mut below = vec![0.0; x.len()];
        let rows = x.chunks(self.inputs).zip(below.chunks_mut(self.inputs));
        for ((row, below), g) in rows.zip(g.chunks(self.units)) {
            for (o, up) in g.iter().enumerate() {
                add(&mut into[self.weight.1.start + o * self.inputs..][..self.inputs], sw * up, row);
                add(below, sw * up, &self.weight.0[o * self.inputs..]);
                if let Some((_, bias)) = &self.bias {
                    into[bias.start + o] += sb * up;
                }
            }
        }
        below
    }
}

pub struct Convolution<'a> {
    weight: Parameter<'a>,
    bias: Option<Parameter<'a>>,
    spec: &'a Conv2d,
    layer: &'a ResolvedLayer,
    scales: (f64, f64),
}

/// One weight on one row of outputs: the outputs `output..output + length` take the inputs from `input` on, `step` apart.
struct Run {
    output: usize,
    input: usize,
    weight: usize,
    length: usize,
    step: usize,
}

impl<'a> Convolution<'a> {
    pub fn of(net: &'a Differentiator, layer: &'a ResolvedLayer, spec: &'a Conv2d) -> Self {
        let weight = net.parameter(layer, 0).unwrap_or((&[], 0..0));
        let scales = scales(spec.parameterization, spec.sigma_w, spec.sigma_b, weight.0.len() / spec.filters);
        Convolution { weight, bias: net.parameter(layer, 1), spec, layer, scales }
    }

    /// Outputs of one filter.
    fn area(&self) -> usize {
        self.layer.output[1] * self.layer.output[2]
    }

    pub fn forward(&self, x: &[f64]) -> Vec<f64> {
        let (sw, sb) = self.scales;
        let mut z = vec![0.0; self.layer.output.iter().product()];
        if let Some((b, _)) = &self.bias {
            z.chunks_mut(self.area()).zip(*b).for_each(|(z, b)| z.fill(sb * b));
        }
        self.each_run(|run| {
            let w = sw * self.weight.0[run.weight];
            let to = &mut z[run.output..run.output + run.length];
            if run.step == 1 {
                add(to, w, &x[run.input..]);
            } else {
                to.iter_mut().zip(x[run.input..].iter().step_by(run.step)).for_each(|(z, x)| *z += w * x);
            }
        });
        z
    }

    pub fn backward(&self, x: &[f64], g: &[f64], into: &mut [f64]) -> Vec<f64> {
        let (sw, sb) = self.scales;
        let mut below = vec![0.0; x.len()];
        self.each_run(|run| {
            let (w, g) = (sw * self.weight.0[run.weight], &g[run.output..run.output + run.length]);
            let to = &mut into[self.weight.1.start + run.weight];
            if run.step == 1 {
                *to += sw * dot(g, &x[run.input..]);
                add(&mut below[run.input..run.input + run.length], w, g);
            } else {
                *to += sw * g.iter().zip(x[run.input..].iter().step_by(run.step)).map(|(g, x)| g * x).sum::<f64>();
                below[run.input..].iter_mut().step_by(run.step).zip(g).for_each(|(b, g)| *b += w * g);
            }
        });
        if let Some((_, bias)) = &self.bias {
            let sums = g.chunks(self.area()).map(|g| g.iter().sum::<f64>());
            into[bias.clone()].iter_mut().zip(sums).for_each(|(to, sum)| *to += sb * sum);
        }
        below
    }

    /// Every product of the convolution, row by row.
    fn each_run(&self, mut f: impl FnMut(Run)) {
        let [channels, height, width] = [self.layer.input[0], self.layer.input[1], self.layer.input[2]];
        let (Pair(kh, kw), Pair(sh, sw)) = (self.spec.kernel, self.spec.stride);
        let Some(([rows, columns], [top, _, left, _])) = convolved(self.spec, height, width) else { return };
        for weight in 0..self.spec.filters * channels * kh * kw {
            let (b, a) = (weight % kw, weight / kw % kh);
            let (channel, filter) = (weight / (kw * kh) % channels, weight / (kw * kh * channels));
            // The outputs x for which x sw + b - left is a column of the image.
            let first = left.saturating_sub(b).div_ceil(sw);
            let end = (width + left).saturating_sub(b).div_ceil(sw).min(columns);
            for y in 0..rows {
                let row = (y * sh + a).wrapping_sub(top);
                if row < height && first < end {
                    f(Run {
                        output: (filter * rows + y) * columns + first,
                        input: (channel * height + row) * width + first * sw + b - left,
                        weight,
                        length: end - first,
                        step: sw,
                    });
                }
            }
        }
    }
}
