//! Formulas by candle's own operations, node by node: equal parts are computed once, and candle differentiates them.
//!
//! Kinks are constant masks, which candle differentiates to 0, with the derivatives at them that the package takes.

use candle_core::{DType, Device, Result, Tensor};
use expressions::{Function, Graph, Id, Node, Operation};

/// The values of `roots` where the variables are these tensors, of shapes that broadcast to one.
pub fn evaluate(
    graph: &Graph,
    roots: &[Id],
    variables: &[Option<Tensor>],
    (dtype, device): (DType, &Device),
) -> Result<Vec<Tensor>> {
    let last = roots.iter().map(|root| root.index()).max().unwrap_or(0);
    let mut values: Vec<Option<Tensor>> = vec![None; last + 1];
    for id in graph.order(roots) {
        let of = |id: Id| values[id.index()].as_ref().expect("a node comes after what it is made of");
        let value = match graph.node(id) {
            Node::Number(bits) => Tensor::new(f64::from_bits(bits), device)?.to_dtype(dtype)?,
            Node::Variable(number) => variables[number as usize].clone().expect("a variable that is used has a value"),
            Node::Apply(function, a) => apply(function, of(a))?,
            Node::Combine(operation, a, b) => combine(operation, of(a), of(b), graph.as_number(b))?,
        };
        values[id.index()] = Some(value);
    }
    Ok(roots.iter().map(|root| values[root.index()].clone().expect("roots are needed")).collect())
}

/// 1 above zero, else 0.
fn step(x: &Tensor) -> Result<Tensor> {
    x.gt(0.0)?.to_dtype(x.dtype())
}

/// -1, 0 or 1.
fn sign(x: &Tensor) -> Result<Tensor> {
    step(x)? - step(&x.neg()?)?
}

fn sigmoid(x: &Tensor) -> Result<Tensor> {
    (x * 0.5)?.tanh()?.affine(0.5, 0.5)
}

fn apply(function: Function, x: &Tensor) -> Result<Tensor> {
    match function {
        Function::Negative => x.neg(),
        Function::Sin => x.sin(),
        Function::Cos => x.cos(),
        Function::Tan => x.sin()? / x.cos()?,
        Function::Sinh => (x.exp()? - x.neg()?.exp()?)? * 0.5,
        Function::Cosh => (x.exp()? + x.neg()?.exp()?)? * 0.5,
        Function::Tanh => x.tanh(),
        Function::Exp => x.exp(),
        Function::Ln => x.log(),
        Function::Sqrt => x.sqrt(),
        Function::Abs => x * sign(x)?,
        Function::Sign => sign(x),
        Function::Step => step(x),
        Function::Share => (step(x)? + step(&x.neg()?)?.affine(-1.0, 1.0)?)? * 0.5,
        Function::Relu => x * step(x)?,
        Function::Sigmoid => sigmoid(x),
        Function::Softplus => (x * step(x)?)? + ((x * sign(x)?)?.neg()?.exp()? + 1.0)?.log()?,
        Function::Erf => x.erf(),
        Function::Gaussian => (x.sqr()? * -0.5)?.exp(),
        Function::Asin | Function::Acos | Function::Atan => {
            candle_core::bail!("{} cannot be run by the CUDA engine; use device 'cpu'", function.name())
        }
    }
}

fn combine(operation: Operation, a: &Tensor, b: &Tensor, number: Option<f64>) -> Result<Tensor> {
    match operation {
        Operation::Add => a.broadcast_add(b),
        Operation::Subtract => a.broadcast_sub(b),
        Operation::Multiply => a.broadcast_mul(b),
        Operation::Divide => a.broadcast_div(b),
        Operation::Power => match number {
            Some(exponent) => a.powf(exponent),
            None => a.log()?.broadcast_mul(b)?.exp(),
        },
        Operation::Min | Operation::Max => {
            let ahead = if operation == Operation::Max { a.broadcast_sub(b)? } else { b.broadcast_sub(a)? };
            let share = apply(Function::Share, &ahead)?;
            a.broadcast_mul(&share)?.broadcast_add(&b.broadcast_mul(&share.affine(-1.0, 1.0)?)?)
        }
    }
}
