//! Outputs as formulas of the network's inputs and of the features before them, with jets of any order.
//!
//! A part of the jet of `T(x, u(x))` is made of those of u by the total derivative, `D_i T = dT/dx_i + sum_o dT/du_o u_o,i`,
//! taken once for each input of the part; of a weighted sum of second derivatives, `sum_j w_j D_j D_j T`, it is linear in the
//! sum that u carries. Backward are the derivatives of `sum g y` by all of them.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::jets::{Jets, Part};
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::Transform as Spec;
use compute::{Buffer, Scalar};
use expressions::{Blocks, Graph, Id, Program};

/// Numbers of the variables: the inputs, the parts of the features, the gradients of the parts of the outputs.
#[derive(Debug, Clone, Copy)]
struct Variables {
    inputs: usize,
    features: usize,
    outputs: usize,
    copies: usize,
}

impl Variables {
    fn feature(self, o: usize, part: usize) -> u32 {
        (self.inputs + o * self.copies + part) as u32
    }

    fn gradient(self, q: usize, part: usize) -> u32 {
        (self.inputs + (self.features + q) * self.copies + part) as u32
    }
}

/// The graph of the parts of all outputs: output q's part k is root `q * copies + k`. The variables are the inputs, then the
/// parts of feature 0, those of feature 1 and so on.
pub fn parts(spec: &Spec, jets: Option<&Jets>) -> (Graph, Vec<Id>) {
    let variables = Variables {
        inputs: spec.variables.len(),
        features: spec.outputs.len(),
        outputs: spec.f.len(),
        copies: jets.map_or(1, Jets::copies),
    };
    let mut graph = spec.formula.graph.clone();
    // The features' values are further apart once their parts lie between them.
    let moved: Vec<(u32, Id)> = (0..variables.features)
        .map(|o| ((variables.inputs + o) as u32, graph.variable(variables.feature(o, 0))))
        .collect();
    let values: Vec<Id> = spec.formula.values.iter().map(|&value| graph.replaced(value, &moved)).collect();
    let mut roots = Vec::with_capacity(variables.outputs * variables.copies);
    for value in values {
        let first = roots.len();
        roots.push(value);
        for part in jets.iter().flat_map(|jets| &jets.parts) {
            let jets = jets.expect("it has parts");
            let made = match part {
                Part::Derivative(by) => {
                    let (last, inner) = by.split_last().expect("a derivative is by an input");
                    let from = roots[first + jets.place(inner).expect("what a derivative is made of is carried")];
                    total(&mut graph, from, *last, variables, jets)
                }
                Part::Sum(weights) => sum(&mut graph, value, weights, variables, jets),
            };
            roots.push(made);
        }
    }
    (graph, roots)
}

/// The total derivative by input `i`.
fn total(graph: &mut Graph, root: Id, i: usize, variables: Variables, jets: &Jets) -> Id {
    let mut all = graph.derivative(root, i as u32);
    for variable in graph.variables(root) {
        let Some(place) = (variable as usize).checked_sub(variables.inputs) else { continue };
        let (o, part) = (place / variables.copies, place % variables.copies);
        let by = match part.checked_sub(1).map(|part| &jets.parts[part]) {
            None => vec![i],
            Some(Part::Derivative(by)) => {
                let mut by = [&by[..], &[i]].concat();
                by.sort_unstable();
                by
            }
            Some(Part::Sum(_)) => unreachable!("a sum is not differentiated further"),
        };
        let part = jets.place(&by).expect("what a derivative is made of is carried");
        let slope = graph.derivative(root, variable);
        let inner = graph.variable(variables.feature(o, part));
        let summand = graph.multiply(slope, inner);
        all = graph.add(all, summand);
    }
    all
}

/// `sum_j w_j D_j D_j T`: what the features' own second derivatives add to it is `sum_o dT/du_o` times their weighted sum.
fn sum(graph: &mut Graph, value: Id, weights: &[f64], variables: Variables, jets: &Jets) -> Id {
    let place = 1 + jets.parts.iter().position(|part| matches!(part, Part::Sum(_))).expect("it is one of the parts");
    let mut all = graph.number(0.0);
    for o in 0..variables.features {
        let slope = graph.derivative(value, variables.feature(o, 0));
        let own = graph.variable(variables.feature(o, place));
        let summand = graph.multiply(slope, own);
        all = graph.add(all, summand);
    }
    for (j, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
        let once = total(graph, value, j, variables, jets);
        let mut twice = graph.derivative(once, j as u32);
        for o in 0..variables.features {
            // By the values alone: what comes of u_j is in the sum already.
            let slope = graph.derivative(once, variables.feature(o, 0));
            let part = jets.place(&[j]).expect("what a sum is made of is carried");
            let inner = graph.variable(variables.feature(o, part));
            let summand = graph.multiply(slope, inner);
            twice = graph.add(twice, summand);
        }
        let factor = graph.number(weight);
        let summand = graph.multiply(factor, twice);
        all = graph.add(all, summand);
    }
    all
}

struct Transform {
    spec: Spec,
    path: String,
    variables: Variables,
    x: Block,
    u: Block,
    y: Block,
    forward: Program,
    /// Roots: the derivatives by the parts of the features, then by the inputs where those are wanted.
    backward: Program,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, spec: &Spec, input: Slot) -> Slot {
    let jets = builder.options.jets.clone();
    let (mut graph, roots) = parts(spec, jets.as_ref());
    let variables = Variables {
        inputs: spec.variables.len(),
        features: spec.outputs.len(),
        outputs: spec.f.len(),
        copies: jets.as_ref().map_or(1, Jets::copies),
    };
    let copies = variables.copies;
    let mut weighted = graph.number(0.0);
    for (place, &root) in roots.iter().enumerate() {
        let gradient = graph.variable(variables.gradient(place / copies, place % copies));
        let product = graph.multiply(gradient, root);
        weighted = graph.add(weighted, product);
    }
    let own = (0..variables.features * copies).map(|k| variables.feature(k / copies, k % copies));
    let inputs = if builder.wants(Slot(0)) { variables.inputs } else { 0 };
    let by: Vec<u32> = own.chain((0..inputs).map(|i| i as u32)).collect();
    let slopes: Vec<Id> = by.into_iter().map(|variable| graph.derivative(weighted, variable)).collect();
    let known = variables.inputs + variables.features * copies;
    let op = Transform {
        spec: spec.clone(),
        path: layer.path.clone(),
        variables,
        x: builder.block(Slot(0)),
        u: builder.block(input),
        y: Block::new::<T>(&layer.output),
        forward: Program::new(&graph, &roots, known),
        backward: Program::new(&graph, &slopes, known + variables.outputs * copies),
    };
    builder.push(op, vec![input, Slot(0)], &layer.output)
}

/// Some columns of rows: number i is `block[start + i * lead]`.
fn gather<T: Copy>(block: &[T], start: usize, lead: usize, into: &mut [T]) {
    into.iter_mut().zip(block[start..].iter().step_by(lead)).for_each(|(into, x)| *into = *x);
}

struct Pass<'p, 'c, T: Scalar> {
    op: &'p Transform,
    wiring: &'p Wiring,
    chunk: &'p mut Chunk<'c, T>,
    backward: bool,
}

impl<T: Scalar> Blocks<T> for Pass<'_, '_, T> {
    fn fill(&mut self, variable: usize, from: usize, into: &mut [T]) {
        let Transform { variables, x, u, y, .. } = self.op;
        let copies = variables.copies;
        let (slot, block, place) = match variable.checked_sub(variables.inputs) {
            None => return gather(self.chunk.value(Slot(0)), from * x.sample() + variable, x.sample(), into),
            Some(place) if place < variables.features * copies => (self.wiring.input(), u, place),
            Some(place) => (self.wiring.output, y, place - variables.features * copies),
        };
        let start = (place % copies * self.chunk.points + from) * block.sample() + place / copies;
        let gradient = slot == self.wiring.output;
        let values = if gradient { self.chunk.gradient(slot) } else { self.chunk.value(slot) };
        gather(values, start, block.sample(), into);
    }

    fn take(&mut self, root: usize, from: usize, values: &[T]) {
        let Transform { variables, x, u, y, .. } = self.op;
        let copies = variables.copies;
        let store = |into: &mut [T], start: usize, lead: usize, add: bool| {
            let places = into[start..].iter_mut().step_by(lead);
            places.zip(values).for_each(|(into, value)| *into = if add { *into + *value } else { *value });
        };
        let start = |block: &Block| (root % copies * self.chunk.points + from) * block.sample() + root / copies;
        if !self.backward {
            let start = start(y);
            return store(self.chunk.value_mut(self.wiring.output), start, y.sample(), false);
        }
        let place = root.checked_sub(variables.features * copies);
        let flow = self.wiring.flows[usize::from(place.is_some())];
        match place {
            _ if flow == Flow::Skip => {}
            None => {
                let start = start(u);
                store(self.chunk.gradient_mut(self.wiring.input()), start, u.sample(), flow == Flow::Add);
            }
            Some(i) => {
                let start = from * x.sample() + i;
                store(self.chunk.gradient_mut(Slot(0)), start, x.sample(), flow == Flow::Add);
            }
        }
    }
}

impl Transform {
    fn run<T: Scalar>(&self, program: &Program, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, back: bool) {
        let (points, mut scratch): (usize, Buffer<T>) = (chunk.points, chunk.lend_cache(wiring));
        let mut pass = Pass { op: self, wiring, chunk, backward: back };
        program.run_blocks(shared.path, points, &mut pass, &mut scratch);
        chunk.return_cache(wiring, scratch);
    }
}

impl<T: Scalar> Op<T> for Transform {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        self.run(&self.forward, shared, wiring, chunk, false);
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        if wiring.flows.iter().all(|flow| *flow == Flow::Skip) {
            return;
        }
        self.run(&self.backward, shared, wiring, chunk, true);
        for (slot, block, flow) in [(wiring.input(), self.u, wiring.flows[0]), (Slot(0), self.x, wiring.flows[1])] {
            if flow == Flow::Store {
                block.clear_padding(chunk.gradient_mut(slot));
            }
        }
    }

    fn scratch(&self) -> usize {
        self.forward.scratch().max(self.backward.scratch())
    }

    fn fault(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &Chunk<T>) -> Option<(usize, String)> {
        let formula = &self.spec.formula;
        (0..chunk.points).find_map(|i| {
            let row = |slot: Slot, block: &Block| chunk.value(slot)[i * block.sample()..][..block.width].to_vec();
            let (x, u) = (row(Slot(0), &self.x), row(wiring.input(), &self.u));
            let point: Vec<f64> = x.iter().chain(&u).map(|value| value.to_f64()).collect();
            if point.iter().any(|value| !value.is_finite()) {
                return None;
            }
            let what = formula.graph.undefined(&formula.values, &point)?;
            Some((i, format!("{} (transform): f: {what}", self.path)))
        })
    }

    fn reads_output(&self) -> bool {
        false
    }
}
