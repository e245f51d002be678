//! Graphs as straight-line programs over vectors.
//!
//! Needed nodes become instructions in their order; a value lies in a register (a block of numbers that stays in cache) until its
//! last use, and registers are used again. Every instruction runs over the whole block before the next, so that what decides
//! which one it is costs nothing; a last block that is not full is worked through as a whole. Values do not depend on how the
//! arrays are cut, since each is that of its own place.

use crate::function::{Function, Operation};
use crate::graph::{Graph, Id, Node};
use compute::{Kernel, Lanes, Scalar, SimdPath, functions};

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
    variables: usize,
    registers: usize,
}

impl Program {
    /// A program that computes `roots` from `variables` arrays, one a variable.
    pub fn new(graph: &Graph, roots: &[Id], variables: usize) -> Self {
        let needed = graph.needed(roots);
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
        let (mut free, mut registers): (Vec<usize>, usize) = (Vec::new(), variables);
        let mut steps = Vec::new();
        for (time, &id) in nodes.iter().enumerate() {
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
                            && register >= variables
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
        let roots = roots.iter().map(|root| places[root.0 as usize]).collect();
        Program { steps, roots, variables, registers }
    }

    /// Instructions, for tests and estimates.
    pub fn len(&self) -> usize {
        self.steps.len()
    }
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Numbers of scratch memory that [`Self::run_with`] needs.
    pub fn scratch(&self) -> usize {
        self.registers * BLOCK
    }

    /// Computes all roots at every place: `inputs` one array a variable, `outputs` one a root, all of one length.
    pub fn run<T: Scalar>(&self, inputs: &[&[T]], outputs: &mut [&mut [T]]) {
        let mut scratch = vec![T::ZERO; self.scratch()];
        self.run_with(SimdPath::current(), inputs, outputs, &mut scratch);
    }

    /// As [`Self::run`], on a given path and with scratch memory of the caller's.
    ///
    /// # Panics
    /// When the numbers or lengths of arrays are not those of the program.
    pub fn run_with<T: Scalar>(&self, path: SimdPath, inputs: &[&[T]], outputs: &mut [&mut [T]], scratch: &mut [T]) {
        let length = outputs.first().map_or(0, |output| output.len());
        assert!(
            inputs.len() == self.variables && outputs.len() == self.roots.len(),
            "as many arrays as the program has"
        );
        assert!(inputs.iter().all(|x| x.len() == length) && outputs.iter().all(|y| y.len() == length), "one length");
        assert!(scratch.len() >= self.scratch(), "the scratch memory that the program asks for");
        T::dispatch(path, Run { program: self, inputs, outputs, scratch, length });
    }
}

struct Run<'a, 'b, T> {
    program: &'a Program,
    inputs: &'a [&'a [T]],
    outputs: &'a mut [&'b mut [T]],
    scratch: &'a mut [T],
    length: usize,
}

impl<T: Scalar> Kernel<T> for Run<'_, '_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Run { program, inputs, outputs, scratch, length } = self;
        for start in (0..length).step_by(BLOCK) {
            let count = BLOCK.min(length - start);
            for (register, input) in scratch.chunks_exact_mut(BLOCK).zip(inputs) {
                register[..count].copy_from_slice(&input[start..start + count]);
            }
            for step in &program.steps {
                run_step::<V>(step, scratch, count.div_ceil(T::LANES) * T::LANES);
            }
            for (output, root) in outputs.iter_mut().zip(&program.roots) {
                let output = &mut output[start..start + count];
                match *root {
                    Operand::Register(from) => output.copy_from_slice(&scratch[from * BLOCK..][..count]),
                    Operand::Number(value) => output.fill(T::from_f64(value)),
                }
            }
        }
    }
}

/// One instruction over the first `width` numbers of its registers.
#[inline(always)]
fn run_step<V: Lanes>(step: &Step, scratch: &mut [V::Elem], width: usize) {
    match *step {
        Step::Apply(function, a, to) => match function {
            Function::Negative => apply::<V>(scratch, a, to, width, |x| -x),
            Function::Sin => apply::<V>(scratch, a, to, width, functions::sin),
            Function::Cos => apply::<V>(scratch, a, to, width, functions::cos),
            Function::Tan => apply::<V>(scratch, a, to, width, |x| {
                let (sin, cos) = functions::sin_cos(x);
                sin / cos
            }),
            Function::Asin => apply::<V>(scratch, a, to, width, functions::asin),
            Function::Acos => apply::<V>(scratch, a, to, width, functions::acos),
            Function::Atan => apply::<V>(scratch, a, to, width, functions::atan),
            Function::Sinh => apply::<V>(scratch, a, to, width, functions::sinh),
            Function::Cosh => apply::<V>(scratch, a, to, width, functions::cosh),
            Function::Tanh => apply::<V>(scratch, a, to, width, functions::tanh),
            Function::Exp => apply::<V>(scratch, a, to, width, functions::exp),
            Function::Ln => apply::<V>(scratch, a, to, width, functions::ln),
            Function::Sqrt => apply::<V>(scratch, a, to, width, |x| x.sqrt()),
            Function::Abs => apply::<V>(scratch, a, to, width, |x| x.abs()),
            Function::Sign => apply::<V>(scratch, a, to, width, |x| steps(x, -1.0, 0.0, 1.0)),
            Function::Step => apply::<V>(scratch, a, to, width, |x| steps(x, 0.0, 0.0, 1.0)),
            Function::Share => apply::<V>(scratch, a, to, width, |x| steps(x, 0.0, 0.5, 1.0)),
            Function::Relu => apply::<V>(scratch, a, to, width, |x| V::zero().max(x)),
            Function::Sigmoid => apply::<V>(scratch, a, to, width, functions::sigmoid),
            Function::Softplus => apply::<V>(scratch, a, to, width, functions::softplus),
            Function::Erf => apply::<V>(scratch, a, to, width, functions::erf),
            Function::Gaussian => apply::<V>(scratch, a, to, width, |x| functions::exp(V::of(-0.5) * x * x)),
        },
        Step::Combine(operation, a, b, to) => match operation {
            Operation::Add => combine::<V>(scratch, a, b, to, width, |x, y| x + y),
            Operation::Subtract => combine::<V>(scratch, a, b, to, width, |x, y| x - y),
            Operation::Multiply => combine::<V>(scratch, a, b, to, width, |x, y| x * y),
            Operation::Divide => combine::<V>(scratch, a, b, to, width, |x, y| x / y),
            Operation::Power => combine::<V>(scratch, a, b, to, width, functions::power),
            // Of a NaN and a number the NaN: a divergence is to be seen.
            Operation::Min => combine::<V>(scratch, a, b, to, width, |x, y| V::select((-x).exceeds(-y), x, y)),
            Operation::Max => combine::<V>(scratch, a, b, to, width, |x, y| V::select(x.exceeds(y), x, y)),
        },
    }
}

/// `below`, `zero` or `above` by the sign of x; NaN for NaN.
#[inline(always)]
fn steps<V: Lanes>(x: V, below: f64, zero: f64, above: f64) -> V {
    let low = V::select(x.less(V::zero()), V::of(below), V::of(zero) + x * V::zero());
    V::select(V::zero().less(x), V::of(above), low)
}

#[inline(always)]
fn apply<V: Lanes>(scratch: &mut [V::Elem], a: usize, to: usize, width: usize, f: impl Fn(V) -> V) {
    for i in (0..width).step_by(V::Elem::LANES) {
        let value = f(V::load(&scratch[a * BLOCK + i..]));
        value.store(&mut scratch[to * BLOCK + i..]);
    }
}

#[inline(always)]
fn combine<V: Lanes>(scratch: &mut [V::Elem], a: Operand, b: Operand, to: usize, width: usize, f: impl Fn(V, V) -> V) {
    match (a, b) {
        (Operand::Register(a), Operand::Register(b)) => {
            for i in (0..width).step_by(V::Elem::LANES) {
                let value = f(V::load(&scratch[a * BLOCK + i..]), V::load(&scratch[b * BLOCK + i..]));
                value.store(&mut scratch[to * BLOCK + i..]);
            }
        }
        (Operand::Register(a), Operand::Number(b)) => apply(scratch, a, to, width, |x| f(x, V::of(b))),
        (Operand::Number(a), Operand::Register(b)) => apply(scratch, b, to, width, |y| f(V::of(a), y)),
        (Operand::Number(a), Operand::Number(b)) => apply(scratch, to, to, width, |_| f(V::of(a), V::of(b))),
    }
}

#[cfg(test)]
mod tests;
