//! A loss written as a formula of one output h, its target y and the sample's inputs: its mean over samples and outputs.
//!
//! With N samples of o outputs, `1/(N o) sum w l(h, y, x)`, w 1 or what `loss.weights` say: one number a sample or one a value.
//! It is evaluated in f64, whatever the network's type.

use super::scratch;
use crate::engine::loss::{Loss, Outputs};
use crate::network::spec::{Coefficients, MOST_TRAINED};
use compute::Scalar;
use expressions::{Blocks, Graph, Id, Program};

/// The formula compiled, and the targets of all samples of the data.
pub struct Expression<T> {
    pub coefficients: Coefficients,
    /// `[n, outputs]`; empty where the formula has no y.
    pub targets: Vec<T>,
    /// `[n, outputs]` or `[n]`; empty for 1 everywhere.
    pub weights: Vec<T>,
    /// `[n, inputs]`.
    pub inputs: Vec<T>,
    /// Inputs of a sample that have names.
    pub dimensions: usize,
    /// Outputs of a sample.
    pub size: usize,
    graph: Graph,
    /// The value, and its derivatives by h and by the trained coefficients.
    roots: Vec<Id>,
    value: Program,
    all: Program,
}

/// Variables of the formula: h, y, the inputs by their names, then the trained coefficients.
const H: usize = 0;
const Y: usize = 1;

impl<T: Scalar> Expression<T> {
    /// `names` are those of the inputs.
    ///
    /// # Errors
    /// What is wrong with the formula, its place marked.
    pub fn new(text: &str, names: &[&str], coefficients: &Coefficients) -> base::Result<Self> {
        let variables = [&["h", "y"], names].concat();
        let mut graph = Graph::new();
        let value = coefficients.read("loss.loss", text, &variables, &mut graph)?;
        let count = coefficients.trained().count();
        let by = [H].into_iter().chain((0..count).map(|k| variables.len() + k));
        let slopes: Vec<Id> = by.map(|variable| graph.derivative(value, variable as u32)).collect();
        let roots = [&[value], &slopes[..]].concat();
        let inputs = variables.len() + count;
        Ok(Expression {
            coefficients: coefficients.clone(),
            targets: Vec::new(),
            weights: Vec::new(),
            inputs: Vec::new(),
            dimensions: names.len(),
            size: 1,
            value: Program::new(&graph, &[value], inputs),
            all: Program::new(&graph, &roots, inputs),
            graph,
            roots,
        })
    }

    /// Whether the formula depends on the target.
    pub fn has_target(&self) -> bool {
        self.value.uses(Y)
    }

    /// The formula's value as a graph, for an engine that runs it its own way: variables h, y, the inputs, the coefficients.
    pub fn formula(&self) -> (&Graph, Id) {
        (&self.graph, self.roots[0])
    }

    /// The variables at value `place` of a sample.
    fn point(&self, outputs: &Outputs<T>, sample: usize, place: usize) -> Vec<f64> {
        let (block, index) = (outputs.block, outputs.samples.get(sample));
        let at = sample * block.sample() + place / block.width * block.lead + place % block.width;
        let y = self.targets.get(index * self.size + place).map_or(f64::NAN, |y| y.to_f64());
        let inputs = self.inputs[index * self.dimensions..][..self.dimensions].iter().map(|x| x.to_f64());
        let trained = outputs.coefficients.iter().map(|x| x.to_f64());
        [outputs.values[at].to_f64(), y].into_iter().chain(inputs).chain(trained).collect()
    }
}

/// A chunk while the formula runs over its values.
struct Run<'a, 'b, T> {
    loss: &'a Expression<T>,
    outputs: &'a Outputs<'b, T>,
    gradient: Option<&'a mut [T]>,
    scale: f64,
    sum: f64,
    slopes: [f64; MOST_TRAINED],
}

impl<T: Scalar> Run<'_, '_, T> {
    /// Calls `f(i, sample of the data, place in the sample, place in the block)` for values `from .. from + count`.
    #[inline(always)]
    fn each(&self, from: usize, count: usize, mut f: impl FnMut(usize, usize, usize, usize)) {
        let (block, size) = (self.outputs.block, self.loss.size);
        let (mut sample, mut place) = (from / size, from % size);
        let (mut row, mut column) = (place / block.width, place % block.width);
        for i in 0..count {
            let index = self.outputs.samples.get(sample);
            f(i, index, place, sample * block.sample() + row * block.lead + column);
            (place, column) = (place + 1, column + 1);
            if column == block.width {
                (row, column) = (row + 1, 0);
            }
            if place == size {
                (sample, place, row, column) = (sample + 1, 0, 0, 0);
            }
        }
    }

    fn weight(&self, sample: usize, place: usize) -> f64 {
        let weights = &self.loss.weights;
        match weights.len() {
            0 => 1.0,
            n if n == self.loss.inputs_count() => weights[sample].to_f64(),
            _ => weights[sample * self.loss.size + place].to_f64(),
        }
    }
}

impl<T: Scalar> Expression<T> {
    /// Samples of the data.
    fn inputs_count(&self) -> usize {
        self.inputs.len() / self.dimensions
    }
}

impl<T: Scalar> Blocks<f64> for Run<'_, '_, T> {
    fn fill(&mut self, variable: usize, from: usize, into: &mut [f64]) {
        let (loss, values, count) = (self.loss, self.outputs.values, into.len());
        match variable {
            H => self.each(from, count, |i, _, _, at| into[i] = values[at].to_f64()),
            Y => self.each(from, count, |i, sample, place, _| {
                into[i] = loss.targets[sample * loss.size + place].to_f64();
            }),
            k if k < 2 + loss.dimensions => self.each(from, count, |i, sample, _, _| {
                into[i] = loss.inputs[sample * loss.dimensions + k - 2].to_f64();
            }),
            k => into.fill(self.outputs.coefficients[k - 2 - loss.dimensions].to_f64()),
        }
    }

    fn take(&mut self, root: usize, from: usize, values: &[f64]) {
        let mut sum = 0.0;
        let gradient = if root == 1 { self.gradient.take() } else { None };
        match gradient {
            Some(gradient) => {
                self.each(from, values.len(), |i, sample, place, at| {
                    gradient[at] = T::from_f64(self.scale * self.weight(sample, place) * values[i]);
                });
                self.gradient = Some(gradient);
            }
            None => self.each(from, values.len(), |i, sample, place, _| sum += self.weight(sample, place) * values[i]),
        }
        match root {
            0 => self.sum += sum,
            1 => {}
            k => self.slopes[k - 2] += sum * self.scale,
        }
    }
}

impl<T: Scalar> Loss<T> for Expression<T> {
    fn evaluate(&self, outputs: &Outputs<T>, gradient: Option<&mut [T]>) -> f64 {
        let length = outputs.samples.len() * self.size;
        let scale = 1.0 / (outputs.batch * self.size) as f64;
        let program = if gradient.is_some() { &self.all } else { &self.value };
        let mut run = Run { loss: self, outputs, gradient, scale, sum: 0.0, slopes: [0.0; MOST_TRAINED] };
        scratch::with(program.scratch(), |scratch| program.run_blocks(outputs.path, length, &mut run, scratch));
        if let Some(cell) = outputs.slopes {
            let mut all = cell.get();
            all.iter_mut().zip(&run.slopes).for_each(|(all, slope)| *all += slope);
            cell.set(all);
        }
        run.sum * scale
    }

    fn coefficients(&self) -> Option<&Coefficients> {
        Some(&self.coefficients)
    }

    fn fault(&self, outputs: &Outputs<T>) -> Option<(usize, String)> {
        (0..outputs.samples.len()).find_map(|sample| {
            (0..self.size).find_map(|place| {
                let point = self.point(outputs, sample, place);
                if !point[H].is_finite() {
                    return None;
                }
                let what = self.graph.undefined(&self.roots, &point)?;
                Some((sample, format!("loss.loss: {what}, where h is {} and y is {}", point[H], point[Y])))
            })
        })
    }
}
