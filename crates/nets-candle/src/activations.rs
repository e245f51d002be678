//! Activations as tensors; their definition is `nets::network::activations`.
//!
//! Where a function has a kink, a constant mask of 0 and 1 chooses the side, the side below at the kink itself: candle
//! differentiates the mask to 0, and so ReLU'(0) is 0 (candle's own is 1). Everything else is smooth and left to it.

use crate::formula::evaluate;
use crate::signal::{Signal, Slopes};
use candle_core::{Result, Tensor};
use nets::Activation;
use nets::network::spec::{Expression, Formula};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

/// `trained` are the layer's parameters, `[replicas, 1]` each.
pub fn forward(function: &Activation, trained: &[&Tensor], x: &Signal) -> Result<Signal> {
    let z = &x.value;
    if let Activation::Expression(expression) = function {
        return formula(expression, trained, x);
    }
    let y = value(function, z)?;
    x.entrywise(y.clone(), || slopes(function, z, &y))
}

/// A formula of x and its trained coefficients.
fn formula(expression: &Expression, trained: &[&Tensor], x: &Signal) -> Result<Signal> {
    let z = &x.value;
    let beside = |coefficient: &&Tensor| {
        let mut dims = vec![1; z.rank()];
        dims[0] = z.dim(0)?;
        Ok(Some(coefficient.reshape(dims)?))
    };
    let mut variables = vec![Some(z.clone())];
    variables.extend(trained.iter().map(beside).collect::<Result<Vec<_>>>()?);
    let Formula { graph, derivatives, .. } = &*expression.formula;
    let roots = if x.jet.is_some() { &derivatives[..3] } else { &derivatives[..1] };
    let values = evaluate(graph, roots, &variables, (z.dtype(), z.device()))?;
    let shaped = |value: &Tensor| value.broadcast_as(z.shape())?.contiguous();
    x.entrywise(shaped(&values[0])?, || Ok(Slopes { first: shaped(&values[1])?, second: shaped(&values[2])? }))
}

/// 1 where `z` is above `edge`, else 0.
fn above(z: &Tensor, edge: f64) -> Result<Tensor> {
    z.gt(edge)?.to_dtype(z.dtype())
}

/// 1 / (1 + exp(-z)) without an overflow on either side.
fn sigmoid(z: &Tensor) -> Result<Tensor> {
    ((z * 0.5)?.tanh()? * 0.5)? + 0.5
}

/// z below 0, else 0: an exponential of it cannot overflow.
fn below(z: &Tensor, mask: &Tensor) -> Result<Tensor> {
    z * (1.0 - mask)?
}

/// exp(-u^2 / 2).
fn bell(u: &Tensor) -> Result<Tensor> {
    (u.sqr()? * -0.5)?.exp()
}

/// The cumulative distribution of the normal one.
fn cumulative(z: &Tensor) -> Result<Tensor> {
    ((z * FRAC_1_SQRT_2)?.erf()? * 0.5)? + 0.5
}

fn value(function: &Activation, z: &Tensor) -> Result<Tensor> {
    match *function {
        Activation::Expression(_) => unreachable!("a formula is run node by node"),
        Activation::Relu {} => z * above(z, 0.0)?,
        Activation::LeakyRelu { slope } => z * above(z, 0.0)?.affine(1.0 - slope, slope)?,
        Activation::Elu { alpha } => {
            let mask = above(z, 0.0)?;
            (z * &mask)? + (below(z, &mask)?.exp()? - 1.0)?.affine(alpha, 0.0)?
        }
        Activation::Silu {} => z * sigmoid(z)?,
        Activation::Tanh {} => z.tanh(),
        Activation::Sigmoid {} => sigmoid(z),
        Activation::Erf {} => z.erf(),
        Activation::Gelu {} => z * cumulative(z)?,
        Activation::Sin { omega } => (z * omega)?.sin(),
        Activation::Cos { omega } => (z * omega)?.cos(),
        Activation::Softplus {} => {
            // max(z, 0) + ln(1 + exp(-|z|)), |z| by the same mask.
            let mask = above(z, 0.0)?;
            let negative = (z * mask.affine(-2.0, 1.0)?)?;
            (z * mask)? + (negative.exp()? + 1.0)?.log()?
        }
        Activation::Gaussian { a } => bell(&(z / a)?),
        Activation::Ricker { a } => {
            let u = (z / a)?;
            u.sqr()?.affine(-1.0, 1.0)? * bell(&u)?
        }
        Activation::ClippedRelu { max } => {
            let (zero, most) = (above(z, 0.0)?, above(z, max)?);
            (z * (zero - &most)?)? + (most * max)?
        }
        Activation::Hat {} => {
            let [up, down] = hat(z)?;
            (z * &up)? + (z.affine(-1.0, 2.0)? * down)?
        }
    }
}

/// 1 on (0, 1], and 1 on (1, 2].
fn hat(z: &Tensor) -> Result<[Tensor; 2]> {
    let [zero, one, two] = [above(z, 0.0)?, above(z, 1.0)?, above(z, 2.0)?];
    Ok([(zero - &one)?, (one - two)?])
}

fn slopes(function: &Activation, z: &Tensor, y: &Tensor) -> Result<Slopes> {
    let piece = |first: Tensor| Ok(Slopes { second: first.zeros_like()?, first });
    match *function {
        Activation::Expression(_) => unreachable!("a formula is run node by node"),
        Activation::Relu {} => piece(above(z, 0.0)?),
        Activation::LeakyRelu { slope } => piece(above(z, 0.0)?.affine(1.0 - slope, slope)?),
        Activation::ClippedRelu { max } => piece((above(z, 0.0)? - above(z, max)?)?),
        Activation::Hat {} => {
            let [up, down] = hat(z)?;
            piece((up - down)?)
        }
        Activation::Elu { alpha } => {
            let mask = above(z, 0.0)?;
            let second = ((1.0 - &mask)? * below(z, &mask)?.exp()?)?.affine(alpha, 0.0)?;
            Ok(Slopes { first: (mask + &second)?, second })
        }
        Activation::Silu {} => {
            let s = sigmoid(z)?;
            let Slopes { first, second } = sigmoid_slopes(&s)?;
            Ok(Slopes { second: ((&first * 2.0)? + (z * second)?)?, first: (s + (z * first)?)? })
        }
        Activation::Tanh {} => {
            let first = y.sqr()?.affine(-1.0, 1.0)?;
            Ok(Slopes { second: ((y * -2.0)? * &first)?, first })
        }
        Activation::Sigmoid {} => sigmoid_slopes(y),
        Activation::Erf {} => {
            let first = (z.sqr()?.neg()?.exp()? * FRAC_2_SQRT_PI)?;
            Ok(Slopes { second: ((z * -2.0)? * &first)?, first })
        }
        Activation::Gelu {} => {
            let density = (bell(z)? / (2.0 * PI).sqrt())?;
            let second = (z.sqr()?.affine(-1.0, 2.0)? * &density)?;
            Ok(Slopes { first: (cumulative(z)? + (z * density)?)?, second })
        }
        Activation::Sin { omega } => {
            Ok(Slopes { first: ((z * omega)?.cos()? * omega)?, second: (y * (-omega * omega))? })
        }
        Activation::Cos { omega } => {
            Ok(Slopes { first: ((z * omega)?.sin()? * -omega)?, second: (y * (-omega * omega))? })
        }
        Activation::Softplus {} => {
            let first = sigmoid(z)?;
            Ok(Slopes { second: sigmoid_slopes(&first)?.first, first })
        }
        Activation::Gaussian { a } => {
            let u = (z / a)?;
            let second = ((u.sqr()? - 1.0)? * y)?;
            Ok(Slopes { first: ((u * y)? * (-1.0 / a))?, second: (second / (a * a))? })
        }
        Activation::Ricker { a } => {
            let u = (z / a)?;
            let (squares, e) = (u.sqr()?, bell(&u)?);
            let first = (((&squares - 3.0)? * u)? * &e)?;
            let second = ((((&squares - 6.0)? * squares)? + 3.0)? * e)?;
            Ok(Slopes { first: (first / a)?, second: (second * (-1.0 / (a * a)))? })
        }
    }
}

/// Of the sigmoid, by its value.
fn sigmoid_slopes(s: &Tensor) -> Result<Slopes> {
    let first = (s * s.affine(-1.0, 1.0)?)?;
    Ok(Slopes { second: (&first * s.affine(-2.0, 1.0)?)?, first })
}
