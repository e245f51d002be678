//! Graphs as straight-line programs over vectors.
//!
//! Needed nodes become instructions in their order; a value lies in a register (a block of numbers that stays in cache) until its
//! last use, and registers are used again. Every instruction runs over the whole block before the next, so that what decides
//! which one it is costs nothing; a last block that is not full is worked through as a whole. Values do not depend on how the
//! arrays are cut, since each is that of its own place.

use crate::function::{Function, Operation};
use crate::graph::{Graph, Id, Node};
use compute::{Kernel, Lanes, Scalar, SimdPath, Typed, functions};

/// Numbers in a register.
const BLOCK: usize = 128;

/// Where an instruction's argument comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Operand {
    Register(usize),
    Number(f64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Apply(Function, usize, usize),
    Combine(Operation, Operand, Operand, usize),
}

/// Some nodes of a graph, compiled.
#[derive(Debug, Clone)]
pub struct Program {
    steps: Vec<Step>,
    roots: Vec<Operand>,
    /// Which of the arrays are read.
    used: Vec<bool>,
    registers: usize,
}

impl Program {
    /// A program that computes `roots` from `variables` arrays, one a variable.
    pub fn new(graph: &Graph, roots: &[Id], variables: usize) -> Self {
        Self::with_known(graph, roots, variables, &[])
    }

    /// The same where the values of some nodes are known: one more array each, after those of the variables.
    pub fn with_known(graph: &Graph, roots: &[Id], variables: usize, known: &[Id]) -> Self {
        let needed = graph.needed(roots, known);
        let inputs = variables + known.len();
        let nodes: Vec<Id> = (0..needed.len()).filter(|&i| needed[i]).map(|i| Id(i as u32)).collect();
        let mut last = vec![0; needed.len()];
        for (time, &id) in nodes.iter().enumerate() {
            match graph.node(id) {
                Node::Apply(_, a) => last[a.0 as usize] = time,
                Node::Combine(_, a, b) => {
                    last[a.0 as usize] = time;
                    last[b.0 as usize] = time;
                }
                Node::Number(_) | Node::Variable(_) => {}
            }
        }
        roots.iter().for_each(|root| last[root.0 as usize] = usize::MAX);
        let mut places: Vec<Operand> = vec![Operand::Number(0.0); needed.len()];
        let (mut free, mut registers): (Vec<usize>, usize) = (Vec::new(), inputs);
        let mut steps = Vec::new();
        for (time, &id) in nodes.iter().enumerate() {
            if let Some(which) = known.iter().position(|&known| known == id) {
                places[id.0 as usize] = Operand::Register(variables + which);
                continue;
            }
            let of = |id: Id| places[id.0 as usize];
            let place = match graph.node(id) {
                Node::Number(bits) => Operand::Number(f64::from_bits(bits)),
                Node::Variable(number) => Operand::Register(number as usize),
                node => {
                    let arguments = match node {
                        Node::Apply(_, a) => [Some(a), None],
                        Node::Combine(_, a, b) => [Some(a), Some(b).filter(|&b| b != a)],
                        Node::Number(_) | Node::Variable(_) => [None; 2],
                    };
                    let operands = arguments.map(|id| id.map(of));
                    // An argument that is not needed again leaves its register to the result.
                    for (id, operand) in arguments.into_iter().zip(operands) {
                        if let (Some(id), Some(Operand::Register(register))) = (id, operand)
                            && last[id.0 as usize] == time
                            && register >= inputs
                        {
                            free.push(register);
                        }
                    }
                    let to = free.pop().unwrap_or_else(|| {
                        registers += 1;
                        registers - 1
                    });
                    steps.push(match node {
                        Node::Apply(function, a) => match of(a) {
                            Operand::Register(from) => Step::Apply(function, from, to),
                            // A function of a number that has no finite value.
                            Operand::Number(x) => {
                                let value = Operand::Number(function.at(x));
                                Step::Combine(Operation::Add, value, Operand::Number(0.0), to)
                            }
                        },
                        Node::Combine(operation, a, b) => Step::Combine(operation, of(a), of(b), to),
                        Node::Number(_) | Node::Variable(_) => continue,
                    });
                    Operand::Register(to)
                }
            };
            places[id.0 as usize] = place;
        }
        let roots: Vec<Operand> = roots.iter().map(|root| places[root.0 as usize]).collect();
        let mut used = vec![false; inputs];
        let mut read = |operand: Operand| {
            if let Operand::Register(register) = operand
                && register < inputs
            {
                used[register] = true;
            }
        };
        roots.iter().for_each(|root| read(*root));
        for step in &steps {
            match *step {
                Step::Apply(_, a, _) => read(Operand::Register(a)),
                Step::Combine(_, a, b, _) => [a, b].into_iter().for_each(&mut read),
            }
        }
        Program { steps, roots, used, registers }
    }

    /// Whether the array of a variable, or of a known node after them, is read.
    pub fn uses(&self, variable: usize) -> bool {
        self.used[variable]
    }

    /// Instructions, for tests and estimates.
    pub fn len(&self) -> usize {
        self.steps.len()
    }
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Numbers of scratch memory that [`Self::run_blocks`] needs.
    pub fn scratch(&self) -> usize {
        (self.registers + 1) * BLOCK
    }

    /// Computes all roots at every place: `inputs` one array a variable, `outputs` one a root, all of one length.
    ///
    /// # Panics
    /// When the numbers or lengths of arrays are not those of the program.
    pub fn run<T: Scalar>(&self, inputs: &[&[T]], outputs: &mut [&mut [T]]) {
        let length = outputs.first().map_or(0, |output| output.len());
        assert!(
            inputs.len() == self.used.len() && outputs.len() == self.roots.len(),
            "as many arrays as the program has"
        );
        assert!(inputs.iter().all(|x| x.len() == length) && outputs.iter().all(|y| y.len() == length), "one length");
        let mut scratch = vec![T::ZERO; self.scratch()];
        self.run_blocks(SimdPath::current(), length, &mut Arrays { inputs, outputs }, &mut scratch);
    }

    /// Computes all roots at `length` places, wherever their numbers lie, in scratch memory of the caller's.
    ///
    /// # Panics
    /// When the scratch memory is too small.
    pub fn run_blocks<T: Scalar>(&self, path: SimdPath, length: usize, blocks: &mut impl Blocks<T>, scratch: &mut [T]) {
        assert!(scratch.len() >= self.scratch(), "the scratch memory that the program asks for");
        for start in (0..length).step_by(BLOCK) {
            let count = BLOCK.min(length - start);
            for (variable, register) in scratch.chunks_exact_mut(BLOCK).take(self.used.len()).enumerate() {
                if self.used[variable] {
                    blocks.fill(variable, start, &mut register[..count]);
                }
            }
            run_steps(path, &self.steps, T::typed(scratch), count);
            for (index, root) in self.roots.iter().enumerate() {
                let from = match *root {
                    Operand::Register(from) => from,
                    Operand::Number(value) => {
                        scratch[self.registers * BLOCK..][..count].fill(T::from_f64(value));
                        self.registers
                    }
                };
                blocks.take(index, start, &scratch[from * BLOCK..][..count]);
            }
        }
    }
}

/// Where a program's numbers come from and go, some consecutive places at a time.
pub trait Blocks<T> {
    /// Writes variable `variable` (the known nodes after them) at the places from `from` on.
    fn fill(&mut self, variable: usize, from: usize, into: &mut [T]);
    /// Takes root `root` at the places from `from` on.
    fn take(&mut self, root: usize, from: usize, values: &[T]);
}

struct Arrays<'a, 'b, T> {
    inputs: &'a [&'a [T]],
    outputs: &'a mut [&'b mut [T]],
}

impl<T: Scalar> Blocks<T> for Arrays<'_, '_, T> {
    fn fill(&mut self, variable: usize, from: usize, into: &mut [T]) {
        into.copy_from_slice(&self.inputs[variable][from..from + into.len()]);
    }
    fn take(&mut self, root: usize, from: usize, values: &[T]) {
        self.outputs[root][from..from + values.len()].copy_from_slice(values);
    }
}

/// Runs the steps over the first `width` numbers of their registers. Not generic: the elementary functions of every path are
/// long, and are compiled here once, not once more for every user of programs.
fn run_steps(path: SimdPath, steps: &[Step], scratch: Typed, width: usize) {
    match scratch {
        Typed::F32(scratch) => f32::dispatch(path, Steps { steps, scratch, width }),
        Typed::F64(scratch) => f64::dispatch(path, Steps { steps, scratch, width }),
    }
}

struct Steps<'a, T> {
    steps: &'a [Step],
    scratch: &'a mut [T],
    width: usize,
}

impl<T: Scalar> Kernel<T> for Steps<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        for step in self.steps {
            run_step::<V>(step, self.scratch, self.width.div_ceil(T::LANES) * T::LANES);
        }
    }
}

// Loops as macros: a closure that is not inlined has lost the processor's wide instructions, each of which is a call then.
macro_rules! apply {
    ($V:ident, $scratch:ident, $a:expr, $to:expr, $width:expr, |$x:ident| $value:expr) => {
        for i in (0..$width).step_by($V::Elem::LANES) {
            let $x = $V::load(&$scratch[$a * BLOCK + i..]);
            let value: $V = $value;
            value.store(&mut $scratch[$to * BLOCK + i..]);
        }
    };
}

macro_rules! combine {
    ($V:ident, $scratch:ident, $a:expr, $b:expr, $to:expr, $width:expr, |$x:ident, $y:ident| $value:expr) => {
        match ($a, $b) {
            (Operand::Register(a), Operand::Register(b)) => {
                for i in (0..$width).step_by($V::Elem::LANES) {
                    let ($x, $y) = ($V::load(&$scratch[a * BLOCK + i..]), $V::load(&$scratch[b * BLOCK + i..]));
                    let value: $V = $value;
                    value.store(&mut $scratch[$to * BLOCK + i..]);
                }
            }
            (Operand::Register(a), Operand::Number(b)) => {
                let $y = $V::of(b);
                apply!($V, $scratch, a, $to, $width, |$x| $value)
            }
            (Operand::Number(a), Operand::Register(b)) => {
                let $x = $V::of(a);
                apply!($V, $scratch, b, $to, $width, |$y| $value)
            }
            (Operand::Number(a), Operand::Number(b)) => {
                let ($x, $y) = ($V::of(a), $V::of(b));
                let value: $V = $value;
                (0..$width).step_by($V::Elem::LANES).for_each(|i| value.store(&mut $scratch[$to * BLOCK + i..]));
            }
        }
    };
}

/// One instruction over the first `width` numbers of its registers.
#[inline(always)]
fn run_step<V: Lanes>(step: &Step, scratch: &mut [V::Elem], width: usize) {
    match *step {
        Step::Apply(function, a, to) => match function {
            Function::Negative => apply!(V, scratch, a, to, width, |x| -x),
            Function::Sin => apply!(V, scratch, a, to, width, |x| functions::sin(x)),
            Function::Cos => apply!(V, scratch, a, to, width, |x| functions::cos(x)),
            Function::Tan => apply!(V, scratch, a, to, width, |x| {
                let (sin, cos) = functions::sin_cos(x);
                sin / cos
            }),
            Function::Asin => apply!(V, scratch, a, to, width, |x| functions::asin(x)),
            Function::Acos => apply!(V, scratch, a, to, width, |x| functions::acos(x)),
            Function::Atan => apply!(V, scratch, a, to, width, |x| functions::atan(x)),
            Function::Sinh => apply!(V, scratch, a, to, width, |x| functions::sinh(x)),
            Function::Cosh => apply!(V, scratch, a, to, width, |x| functions::cosh(x)),
            Function::Tanh => apply!(V, scratch, a, to, width, |x| functions::tanh(x)),
            Function::Exp => apply!(V, scratch, a, to, width, |x| functions::exp(x)),
            Function::Ln => apply!(V, scratch, a, to, width, |x| functions::ln(x)),
            Function::Sqrt => apply!(V, scratch, a, to, width, |x| x.sqrt()),
            Function::Abs => apply!(V, scratch, a, to, width, |x| x.abs()),
            Function::Sign => apply!(V, scratch, a, to, width, |x| steps(x, -1.0, 0.0, 1.0)),
            Function::Step => apply!(V, scratch, a, to, width, |x| steps(x, 0.0, 0.0, 1.0)),
            Function::Share => apply!(V, scratch, a, to, width, |x| steps(x, 0.0, 0.5, 1.0)),
            Function::Relu => apply!(V, scratch, a, to, width, |x| V::zero().max(x)),
            Function::Sigmoid => apply!(V, scratch, a, to, width, |x| functions::sigmoid(x)),
            Function::Softplus => apply!(V, scratch, a, to, width, |x| functions::softplus(x)),
            Function::Erf => apply!(V, scratch, a, to, width, |x| functions::erf(x)),
            Function::Gaussian => apply!(V, scratch, a, to, width, |x| functions::exp(V::of(-0.5) * x * x)),
        },
        Step::Combine(operation, a, b, to) => match operation {
            Operation::Add => combine!(V, scratch, a, b, to, width, |x, y| x + y),
            Operation::Subtract => combine!(V, scratch, a, b, to, width, |x, y| x - y),
            Operation::Multiply => combine!(V, scratch, a, b, to, width, |x, y| x * y),
            Operation::Divide => combine!(V, scratch, a, b, to, width, |x, y| x / y),
            Operation::Power => combine!(V, scratch, a, b, to, width, |x, y| functions::power(x, y)),
            // Of a NaN and a number the NaN: a divergence is to be seen.
            Operation::Min => combine!(V, scratch, a, b, to, width, |x, y| V::select((-x).exceeds(-y), x, y)),
            Operation::Max => combine!(V, scratch, a, b, to, width, |x, y| V::select(x.exceeds(y), x, y)),
        },
    }
}

/// `below`, `zero` or `above` by the sign of x; NaN for NaN.
#[inline(always)]
fn steps<V: Lanes>(x: V, below: f64, zero: f64, above: f64) -> V {
    let low = V::select(x.less(V::zero()), V::of(below), V::of(zero) + x * V::zero());
    V::select(V::zero().less(x), V::of(above), low)
}

#[cfg(test)]
mod tests;
