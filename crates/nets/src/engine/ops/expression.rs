//! Entrywise functions that are formulas, with jets of any order.
//!
//! Forward computes `y` and the parts of its jet, written out in a graph by the chain rule; backward the derivatives of
//! `S = sum_k g_k y_k` by the parts of the input and by the trained coefficients, g the gradients of the output's parts. What
//! is costly and needed both times (an exponential, a sine) is kept in between.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::jets::Jets;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::{Expression as Spec, MOST_TRAINED};
use compute::{Scalar, SimdPath};
use expressions::{Blocks, Graph, Id, Program};
use std::ops::Range;

struct Expression {
    spec: Spec,
    path: String,
    block: Block,
    copies: usize,
    /// The trained coefficients in the arena.
    trained: Range<usize>,
    /// Variables: x, the coefficients, the other parts of the input. Roots: the parts of the output, what is kept.
    forward: Program,
    /// Variables: those, and the gradients of the output's parts; then the parts of the output and what was kept. Roots: the
    /// gradients of the input's parts and of the coefficients.
    backward: Program,
    kept: usize,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, spec: &Spec, input: Slot) -> Slot {
    let count = spec.parameters.trained().count();
    let start = builder.reserve(count);
    for (place, &index) in layer.parameters.iter().enumerate().take(count) {
        builder.place(index, Placement::Flat { start: start + place });
    }
    let jets = builder.options.jets.as_ref();
    let copies = jets.map_or(1, Jets::copies);
    let mut graph = spec.formula.graph.clone();
    let parts = parts(&mut graph, spec.formula.derivatives[0], jets, count);
    let slopes = slopes(&mut graph, &parts, count);
    let kept = graph.shared_functions(&parts, &slopes);
    let forward = Program::new(&graph, &[&parts[..], &kept].concat(), count + copies);
    let backward = Program::with_known(&graph, &slopes, count + 2 * copies, &[&parts[..], &kept].concat());
    let op = Expression {
        spec: spec.clone(),
        path: layer.path.clone(),
        block: builder.block(input),
        copies,
        trained: start..start + count,
        forward,
        backward,
        kept: kept.len(),
    };
    builder.push(op, vec![input], &layer.output)
}

/// The number of the variable that is part k of the input.
fn part(k: usize, coefficients: usize) -> u32 {
    (if k == 0 { 0 } else { coefficients + k }) as u32
}

/// The parts of the output.
fn parts(graph: &mut Graph, value: Id, jets: Option<&Jets>, coefficients: usize) -> Vec<Id> {
    let Some(jets) = jets else { return vec![value] };
    let mut derivatives = vec![value];
    for _ in 0..jets.order() {
        let last = derivatives[derivatives.len() - 1];
        derivatives.push(graph.derivative(last, 0));
    }
    let mut parts = vec![value];
    for terms in jets.chain() {
        let mut sum = graph.number(0.0);
        // Summands with one derivative of f together.
        for order in 1..derivatives.len() {
            let mut inner = graph.number(0.0);
            for term in terms.iter().filter(|term| term.order == order) {
                let mut product = graph.number(term.factor);
                for &of in &term.of {
                    let z = graph.variable(part(of, coefficients));
                    product = graph.multiply(product, z);
                }
                inner = graph.add(inner, product);
            }
            let summand = graph.multiply(derivatives[order], inner);
            sum = graph.add(sum, summand);
        }
        parts.push(sum);
    }
    parts
}

/// The derivatives of `sum_k g_k y_k` by the parts of the input and by the coefficients.
fn slopes(graph: &mut Graph, parts: &[Id], coefficients: usize) -> Vec<Id> {
    let copies = parts.len();
    let mut sum = graph.number(0.0);
    for (k, &own) in parts.iter().enumerate() {
        let gradient = graph.variable((coefficients + copies + k) as u32);
        let product = graph.multiply(gradient, own);
        sum = graph.add(sum, product);
    }
    let inputs = (0..copies).map(|k| part(k, coefficients));
    inputs.chain((0..coefficients).map(|k| 1 + k as u32)).map(|variable| graph.derivative(sum, variable)).collect()
}

/// The formula by itself: `values` become `f(values)`, and `slopes` are multiplied by its derivative there. Its trained
/// coefficients are as they begin.
pub fn evaluate<T: Scalar>(spec: &Spec, path: SimdPath, values: &mut [T], slopes: &mut [T]) {
    struct Both<'a, T> {
        trained: Vec<f64>,
        values: &'a mut [T],
        slopes: &'a mut [T],
    }
    impl<T: Scalar> Blocks<T> for Both<'_, T> {
        fn fill(&mut self, variable: usize, from: usize, into: &mut [T]) {
            match variable {
                0 => into.copy_from_slice(&self.values[from..from + into.len()]),
                k => into.fill(T::from_f64(self.trained[k - 1])),
            }
        }
        fn take(&mut self, root: usize, from: usize, values: &[T]) {
            if root == 0 {
                self.values[from..from + values.len()].copy_from_slice(values);
            } else {
                self.slopes[from..].iter_mut().zip(values).for_each(|(slope, value)| *slope *= *value);
            }
        }
    }
    let program = &spec.formula.program;
    let (length, mut scratch) = (values.len(), vec![T::ZERO; program.scratch()]);
    program.run_blocks(path, length, &mut Both { trained: spec.parameters.initial(), values, slopes }, &mut scratch);
}

/// Where the numbers of some consecutive places of a block lie: the columns of its rows without what fills them up.
#[derive(Clone, Copy)]
struct Layout {
    width: usize,
    lead: usize,
}

impl Layout {
    /// Calls `f(place in the list, place in the block, how many)` for each run of numbers that lie together.
    #[inline(always)]
    fn runs(self, from: usize, count: usize, mut f: impl FnMut(usize, usize, usize)) {
        let (mut row, mut column, mut done) = (from / self.width, from % self.width, 0);
        while done < count {
            let length = (self.width - column).min(count - done);
            f(done, row * self.lead + column, length);
            done += length;
            (row, column) = (row + 1, 0);
        }
    }

    #[inline(always)]
    fn gather<T: Copy>(self, block: &[T], from: usize, into: &mut [T]) {
        if self.width == 1 {
            let rows = block[from * self.lead..].iter().step_by(self.lead);
            return into.iter_mut().zip(rows).for_each(|(into, x)| *into = *x);
        }
        self.runs(from, into.len(), |at, place, length| {
            into[at..at + length].copy_from_slice(&block[place..place + length]);
        });
    }

    #[inline(always)]
    fn scatter<T: Scalar>(self, values: &[T], from: usize, add: bool, block: &mut [T]) {
        self.runs(from, values.len(), |at, place, length| {
            let (own, into) = (&values[at..at + length], &mut block[place..place + length]);
            if add {
                into.iter_mut().zip(own).for_each(|(into, x)| *into += *x);
            } else {
                into.copy_from_slice(own);
            }
        });
    }
}

struct Forward<'a, T> {
    layout: Layout,
    group: usize,
    copies: usize,
    trained: &'a [T],
    input: &'a [T],
    output: &'a mut [T],
    /// `length` numbers of everything that is kept.
    kept: &'a mut [T],
    length: usize,
}

impl<T: Scalar> Blocks<T> for Forward<'_, T> {
    #[inline(always)]
    fn fill(&mut self, variable: usize, from: usize, into: &mut [T]) {
        match variable.checked_sub(1) {
            Some(k) if k < self.trained.len() => into.fill(self.trained[k]),
            _ => {
                let k = if variable == 0 { 0 } else { variable - self.trained.len() };
                self.layout.gather(&self.input[k * self.group..(k + 1) * self.group], from, into);
            }
        }
    }

    #[inline(always)]
    fn take(&mut self, root: usize, from: usize, values: &[T]) {
        match root.checked_sub(self.copies) {
            None => self.layout.scatter(values, from, false, &mut self.output[root * self.group..]),
            Some(k) => self.kept[k * self.length + from..][..values.len()].copy_from_slice(values),
        }
    }
}

struct Backward<'a, T> {
    layout: Layout,
    group: usize,
    copies: usize,
    trained: &'a [T],
    input: &'a [T],
    output: &'a [T],
    above: &'a [T],
    into: Option<&'a mut [T]>,
    add: bool,
    kept: &'a [T],
    length: usize,
    /// The gradients of the coefficients.
    sums: &'a mut [f64],
}

impl<T: Scalar> Blocks<T> for Backward<'_, T> {
    #[inline(always)]
    fn fill(&mut self, variable: usize, from: usize, into: &mut [T]) {
        let (count, copies) = (self.trained.len(), self.copies);
        let group = |block: &'_ [T], k: usize, into: &mut [T]| {
            self.layout.gather(&block[k * self.group..(k + 1) * self.group], from, into);
        };
        match variable {
            0 => group(self.input, 0, into),
            k if k <= count => into.fill(self.trained[k - 1]),
            k if k < count + copies => group(self.input, k - count, into),
            k if k < count + 2 * copies => group(self.above, k - count - copies, into),
            k if k < count + 3 * copies => group(self.output, k - count - 2 * copies, into),
            k => {
                let place = (k - count - 3 * copies) * self.length + from;
                into.copy_from_slice(&self.kept[place..place + into.len()]);
            }
        }
    }

    #[inline(always)]
    fn take(&mut self, root: usize, from: usize, values: &[T]) {
        match root.checked_sub(self.copies) {
            Some(k) => self.sums[k] += values.iter().map(|x| x.to_f64()).sum::<f64>(),
            None => {
                if let Some(into) = self.into.as_deref_mut() {
                    self.layout.scatter(values, from, self.add, &mut into[root * self.group..]);
                }
            }
        }
    }
}

impl Expression {
    /// Places of a group, without what fills up the rows.
    fn length(&self, points: usize) -> usize {
        points * self.block.tokens * self.block.width
    }

    fn layout(&self) -> Layout {
        Layout { width: self.block.width, lead: self.block.lead }
    }

    fn scratch_numbers(&self) -> usize {
        self.forward.scratch().max(self.backward.scratch())
    }
}

impl<T: Scalar> Op<T> for Expression {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (group, length) = (chunk.points * self.block.sample(), self.length(chunk.points));
        let trained = &shared.parameters[self.trained.clone()];
        let (input, output, cache) = chunk.forward(wiring);
        let (kept, scratch) = cache.split_at_mut(cache.len() - self.scratch_numbers());
        let mut blocks =
            Forward { layout: self.layout(), group, copies: self.copies, trained, input, output, kept, length };
        self.forward.run_blocks(shared.path, length, &mut blocks, scratch);
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let (group, length) = (chunk.points * self.block.sample(), self.length(chunk.points));
        let trained = &shared.parameters[self.trained.clone()];
        let mut pass = chunk.backward(wiring);
        let at = pass.cache.len() - self.scratch_numbers();
        let (kept, scratch) = pass.cache.split_at_mut(at);
        let mut sums = [0.0; MOST_TRAINED];
        let mut blocks = Backward {
            layout: self.layout(),
            group,
            copies: self.copies,
            trained,
            input: pass.input,
            output: pass.output,
            above: pass.output_gradient,
            into: pass.input_gradient.as_deref_mut(),
            add: wiring.flow() == Flow::Add,
            kept,
            length,
            sums: &mut sums,
        };
        self.backward.run_blocks(shared.path, length, &mut blocks, scratch);
        for (own, sum) in gradient[self.trained.clone()].iter_mut().zip(sums) {
            let before = if fresh { 0.0 } else { own.to_f64() };
            *own = T::from_f64(before + sum);
        }
        if let Some(into) = pass.input_gradient {
            self.block.clear_padding(into);
        }
    }

    fn parameters(&self) -> Range<usize> {
        self.trained.clone()
    }

    fn cache_per_sample(&self) -> usize {
        (self.kept * self.block.tokens * self.block.width).div_ceil(self.copies)
    }

    fn scratch(&self) -> usize {
        self.scratch_numbers()
    }

    fn fault(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &Chunk<T>) -> Option<(usize, String)> {
        let trained = shared.parameters[self.trained.clone()].iter().map(|x| x.to_f64());
        let mut point: Vec<f64> = [0.0].into_iter().chain(trained).collect();
        let formula = &self.spec.formula;
        let values = chunk.value(wiring.input());
        for place in 0..self.length(chunk.points) {
            let (row, column) = (place / self.block.width, place % self.block.width);
            point[0] = values[row * self.block.lead + column].to_f64();
            if point[0].is_finite()
                && let Some(what) = formula.graph.undefined(&formula.derivatives[..2], &point)
            {
                let what = format!("{} (expression): f: {what}, where x is {}", self.path, point[0]);
                return Some((row / self.block.tokens, what));
            }
        }
        None
    }
}
