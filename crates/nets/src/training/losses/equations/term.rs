//! One equation at its points.

use super::{Equations, Scope, Use, View};
use crate::engine::loss::Outputs;
use crate::engine::{Jets, Samples};
use crate::network::spec::MOST_TRAINED;
use crate::training::losses::scratch;
use crate::training::losses::terms::Terms;
use base::Result;
use compute::Scalar;
use expressions::{Blocks, Graph, Id, Program};
use std::ops::Range;

/// What a term makes of its formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The mean of its square over interior points.
    Equation,
    /// Its mean over interior points.
    Energy,
    /// The mean of its square over the points of a condition.
    Condition,
    /// The same over pairs of points that follow each other: the formula's value at the first minus that at the second.
    Pairs,
}

pub struct Term<T> {
    /// `equation`, `conditions.0`: its place in the description.
    pub name: String,
    pub kind: Kind,
    /// Of the mean.
    pub weight: f64,
    /// What a training multiplies the weight by.
    pub factor: f64,
    /// What it multiplies the value at each point by; empty: 1.
    pub point_factors: Vec<f64>,
    /// Its points among those of all terms.
    pub samples: Range<usize>,
    /// What is known at its points, a list a name.
    pub data: Vec<Vec<T>>,
    pub uses: Vec<Use>,
    pub graph: Graph,
    /// The formula.
    pub residual: Id,
    /// What is averaged, and its derivatives by the outputs' parts and by the coefficients.
    roots: Vec<Id>,
    value: Program,
    all: Program,
    /// The formula itself with its derivatives.
    plain: Program,
    /// The variables that the derivatives in `roots` are by.
    by: Vec<usize>,
    /// The group of the jet that a variable is.
    pub places: Vec<usize>,
    sums: Terms,
}

impl<T: Scalar> Term<T> {
    /// `scope` holds the names, and is asked for those of the second points of pairs with another side.
    ///
    /// # Errors
    /// What is wrong with the formula, its place marked.
    pub fn new(name: String, kind: Kind, text: &str, mut scope: Scope, samples: Range<usize>) -> Result<Self> {
        let (what, mut graph) = (format!("loss.{name}"), Graph::new());
        let mut residual = expressions::read(&what, text, &mut scope, &mut graph)?;
        if kind == Kind::Pairs {
            scope.side = 1;
            let other = expressions::read(&what, text, &mut scope, &mut graph)?;
            residual = graph.subtract(residual, other);
        }
        let count = if kind == Kind::Pairs { samples.len() / 2 } else { samples.len() };
        Ok(Term {
            name,
            kind,
            weight: 1.0,
            factor: 1.0,
            point_factors: Vec::new(),
            samples,
            data: Vec::new(),
            uses: scope.uses.clone(),
            value: Program::new(&graph, &[], 0),
            all: Program::new(&graph, &[], 0),
            plain: Program::new(&graph, &[], 0),
            graph,
            residual,
            roots: Vec::new(),
            by: Vec::new(),
            places: Vec::new(),
            sums: Terms::new(count),
        })
    }

    /// Whether its points are those of `x`.
    pub fn is_interior(&self) -> bool {
        matches!(self.kind, Kind::Equation | Kind::Energy)
    }

    /// The derivatives that it reads.
    pub fn derivatives(&self) -> impl Iterator<Item = Vec<usize>> {
        self.uses.iter().filter_map(|used| match used {
            Use::Jet { by, .. } if !by.is_empty() => Some(by.clone()),
            _ => None,
        })
    }

    /// Puts one weighted sum in the place of second derivatives, where they are more than one and have numbers for factors.
    pub fn collapse(&mut self) -> Option<Vec<f64>> {
        let second = |used: &Use| match used {
            Use::Jet { side: 0, output, by } if by.len() == 2 && by[0] == by[1] => Some((*output, by[0])),
            _ => None,
        };
        let found: Vec<(usize, usize, usize)> =
            (0..self.uses.len()).filter_map(|v| second(&self.uses[v]).map(|(output, j)| (v, output, j))).collect();
        let (_, output, _) = *found.first()?;
        if found.len() < 2 || self.kind == Kind::Pairs || found.iter().any(|(_, other, _)| *other != output) {
            return None;
        }
        let inputs = 1 + found.iter().map(|(.., j)| *j).max()?;
        let mut weights = vec![0.0; inputs];
        for &(variable, _, j) in &found {
            let factor = self.graph.derivative(self.residual, variable as u32);
            weights[j] = self.graph.as_number(factor)?;
        }
        let sum = self.graph.variable(found[0].0 as u32);
        let zero = self.graph.number(0.0);
        let gone: Vec<(u32, Id)> = found.iter().map(|(variable, ..)| (*variable as u32, zero)).collect();
        let rest = self.graph.replaced(self.residual, &gone);
        self.residual = self.graph.add(rest, sum);
        self.uses[found[0].0] = Use::Sum { output };
        // The others are variables that nothing reads: inputs, which every network has.
        found[1..].iter().for_each(|(variable, ..)| self.uses[*variable] = Use::Input { side: 0, input: 0 });
        Some(weights)
    }

    /// Makes its programs, once it is known which derivatives are carried.
    pub fn compile(&mut self, jets: Option<&Jets>) {
        let graph = &mut self.graph;
        let averaged =
            if self.kind == Kind::Energy { self.residual } else { graph.multiply(self.residual, self.residual) };
        let is_slope = |used: &Use| matches!(used, Use::Jet { .. } | Use::Sum { .. } | Use::Coefficient(_));
        let read = graph.variables(self.residual);
        self.by = (0..self.uses.len()).filter(|v| is_slope(&self.uses[*v]) && read.contains(&(*v as u32))).collect();
        let slopes = self.by.iter().map(|&variable| graph.derivative(averaged, variable as u32)).collect::<Vec<_>>();
        let plain =
            self.by.iter().map(|&variable| graph.derivative(self.residual, variable as u32)).collect::<Vec<_>>();
        self.plain = Program::new(graph, &[&[self.residual], &plain[..]].concat(), self.uses.len());
        self.roots = [&[averaged], &slopes[..]].concat();
        self.value = Program::new(graph, &self.roots[..1], self.uses.len());
        self.all = Program::new(graph, &self.roots, self.uses.len());
        let place = |used: &Use| match used {
            Use::Jet { by, .. } if by.is_empty() => 0,
            Use::Jet { by, .. } => jets.and_then(|jets| jets.place(by)).expect("what a term reads is carried"),
            Use::Sum { .. } => jets.map_or(0, |jets| jets.parts.len()),
            _ => 0,
        };
        self.places = self.uses.iter().map(place).collect();
    }

    /// Samples that make one value: those of a pair, or one.
    fn stride(&self) -> usize {
        if self.kind == Kind::Pairs { 2 } else { 1 }
    }

    /// Its values of this chunk.
    fn locals(&self, samples: &Samples) -> Locals {
        match samples {
            Samples::Range(range) => {
                let (from, to) = (range.start.max(self.samples.start), range.end.min(self.samples.end));
                Locals::Range { from: from.saturating_sub(range.start), count: to.saturating_sub(from) / self.stride() }
            }
            Samples::Picked(picked) => {
                Locals::Picked((0..picked.len()).filter(|&i| self.samples.contains(&picked[i])).collect())
            }
        }
    }

    /// The weight of each of its values.
    fn share(&self) -> f64 {
        self.weight * self.stride() as f64 / self.samples.len() as f64
    }

    /// The number of its values.
    pub fn values(&self) -> usize {
        self.samples.len() / self.stride()
    }

    /// The samples of value `i`.
    pub fn samples_of(&self, i: usize) -> Range<usize> {
        let start = self.samples.start + i * self.stride();
        start..start + self.stride()
    }

    /// What value `i` gave to the loss when it was last evaluated.
    pub fn given(&self, i: usize) -> f64 {
        self.sums.get(i)
    }

    pub fn evaluate(&self, whole: &Equations<T>, outputs: &Outputs<T>, scale: f64, gradient: Option<&mut [T]>) -> f64 {
        let locals = self.locals(&outputs.samples);
        let squares = if gradient.is_some() { &self.all } else { &self.value };
        let (weight, program) = match whole.view {
            View::Weighted => (scale * self.share() * self.factor, squares),
            View::Means => (1.0 / self.values() as f64, squares),
            View::Plain => (1.0, &self.plain),
        };
        let group = outputs.samples.len() * outputs.block.sample();
        let length = locals.len();
        let factors: &[f64] = if whole.view == View::Weighted { &self.point_factors } else { &[] };
        let mut run = Run {
            term: self,
            whole,
            outputs,
            locals,
            group,
            weight,
            factors,
            gradient,
            sum: 0.0,
            slopes: [0.0; MOST_TRAINED],
        };
        scratch::with(program.scratch(), |scratch| program.run_blocks(outputs.path, length, &mut run, scratch));
        if let Some(cell) = outputs.slopes {
            let mut all = cell.get();
            all.iter_mut().zip(run.slopes).for_each(|(all, slope)| *all += slope);
            cell.set(all);
        }
        run.sum
    }

    /// What it gave to the loss when it was last evaluated, over `batch`.
    pub fn sum(&self, batch: &Samples) -> f64 {
        let all = match batch {
            Samples::Range(range) => *range == (0..range.end) && range.end >= self.samples.end,
            Samples::Picked(_) => false,
        };
        if all {
            return self.sums.total();
        }
        let own = (0..batch.len()).map(|i| batch.get(i)).filter(|sample| self.samples.contains(sample));
        own.map(|sample| self.sums.get((sample - self.samples.start) / self.stride())).sum::<f64>()
            / self.stride() as f64
    }

    pub fn fault(&self, whole: &Equations<T>, outputs: &Outputs<T>) -> Option<(usize, String)> {
        let locals = self.locals(&outputs.samples);
        let group = outputs.samples.len() * outputs.block.sample();
        let mut run = Run {
            term: self,
            whole,
            outputs,
            locals,
            group,
            weight: 1.0,
            factors: &[],
            gradient: None,
            sum: 0.0,
            slopes: [0.0; MOST_TRAINED],
        };
        (0..run.locals.len()).find_map(|i| {
            let mut point = vec![0.0; self.uses.len()];
            for (variable, value) in point.iter_mut().enumerate() {
                run.fill(variable, i, std::slice::from_mut(value));
            }
            if point.iter().any(|value| !value.is_finite()) {
                return None;
            }
            let what = self.graph.undefined(&self.roots, &point)?;
            Some((run.locals.get(i, 0, self.stride()), format!("loss.{}: {what}", self.name)))
        })
    }

    /// A point as the caller counts it.
    pub fn label(&self, sample: usize) -> String {
        let place = (sample - self.samples.start) / self.stride();
        if self.is_interior() { format!("point {place} of x") } else { format!("point {place} of loss.{}", self.name) }
    }
}

/// Where the values of a term are in a chunk.
enum Locals {
    Range { from: usize, count: usize },
    Picked(Vec<usize>),
}

impl Locals {
    fn len(&self) -> usize {
        match self {
            Locals::Range { count, .. } => *count,
            Locals::Picked(list) => list.len(),
        }
    }

    /// The sample of the chunk that is side `side` of value `i`.
    #[inline(always)]
    fn get(&self, i: usize, side: usize, stride: usize) -> usize {
        match self {
            Locals::Range { from, .. } => from + i * stride + side,
            Locals::Picked(list) => list[i],
        }
    }
}

/// A chunk while the term's formula runs over its points.
struct Run<'a, 'b, T> {
    term: &'a Term<T>,
    whole: &'a Equations<T>,
    outputs: &'a Outputs<'b, T>,
    locals: Locals,
    /// Numbers from a part of the jet to the next.
    group: usize,
    weight: f64,
    /// Of each value of the term, besides; empty: 1.
    factors: &'a [f64],
    gradient: Option<&'a mut [T]>,
    sum: f64,
    slopes: [f64; MOST_TRAINED],
}

impl<T: Scalar> Run<'_, '_, T> {
    /// Where in the block output `output` of value `i` lies, in part `place` of the jet.
    #[inline(always)]
    fn at(&self, i: usize, side: usize, output: usize, place: usize) -> usize {
        place * self.group + self.locals.get(i, side, self.term.stride()) * self.outputs.block.sample() + output
    }

    /// The weight of value `i`.
    #[inline(always)]
    fn weight(&self, i: usize) -> f64 {
        if self.factors.is_empty() { self.weight } else { self.weight * self.factors[self.number(i)] }
    }

    /// The number of value `i` among those of the term.
    fn number(&self, i: usize) -> usize {
        let sample = self.outputs.samples.get(self.locals.get(i, 0, self.term.stride()));
        (sample - self.term.samples.start) / self.term.stride()
    }
}

impl<T: Scalar> Blocks<f64> for Run<'_, '_, T> {
    fn fill(&mut self, variable: usize, from: usize, into: &mut [f64]) {
        let (term, d) = (self.term, self.whole.dimensions);
        let place = term.places[variable];
        match term.uses[variable] {
            Use::Coefficient(k) => into.fill(self.outputs.coefficients[k].to_f64()),
            Use::Input { side, input } => {
                for (i, into) in into.iter_mut().enumerate() {
                    let sample = self.outputs.samples.get(self.locals.get(from + i, side, term.stride()));
                    *into = self.whole.inputs[sample * d + input].to_f64();
                }
            }
            Use::Data(column) => {
                for (i, into) in into.iter_mut().enumerate() {
                    *into = term.data[column][self.number(from + i)].to_f64();
                }
            }
            Use::Jet { side, output, .. } => {
                for (i, into) in into.iter_mut().enumerate() {
                    *into = self.outputs.values[self.at(from + i, side, output, place)].to_f64();
                }
            }
            Use::Sum { output } => {
                for (i, into) in into.iter_mut().enumerate() {
                    *into = self.outputs.values[self.at(from + i, 0, output, place)].to_f64();
                }
            }
        }
    }

    fn take(&mut self, root: usize, from: usize, values: &[f64]) {
        let Some(slope) = root.checked_sub(1) else {
            for (i, value) in values.iter().enumerate() {
                let part = self.weight(from + i) * value;
                self.sum += part;
                self.term.sums.set(self.number(from + i), part);
            }
            return;
        };
        let variable = self.term.by[slope];
        let (side, output) = match self.term.uses[variable] {
            Use::Jet { side, output, .. } => (side, output),
            Use::Sum { output } => (0, output),
            Use::Coefficient(k) => {
                self.slopes[k] += if self.factors.is_empty() {
                    self.weight * values.iter().sum::<f64>()
                } else {
                    values.iter().enumerate().map(|(i, value)| self.weight(from + i) * value).sum::<f64>()
                };
                return;
            }
            Use::Input { .. } | Use::Data(_) => return,
        };
        let place = self.term.places[variable];
        let Some(gradient) = self.gradient.take() else { return };
        for (i, value) in values.iter().enumerate() {
            let into = &mut gradient[self.at(from + i, side, output, place)];
            *into = T::from_f64(into.to_f64() + self.weight(from + i) * value);
        }
        self.gradient = Some(gradient);
    }
}
