//! Muon as tensors: what [`nets::training::optimizers::Muon`] does, for all replicas in batched products.

use crate::optimizer;
use candle_core::{D, DType, Result, Tensor};
use nets::training::optimizers::{Iteration, Matrix, Muon, Optimizer};

/// The parameters `[replicas, count]` after the update of step `step` (from 0): the `matrices` by Muon, all else by AdamW.
pub fn update(
    optimizer: &Optimizer,
    muon: &Muon,
    matrices: &[Matrix],
    step: u64,
    parameters: &Tensor,
    gradient: &Tensor,
    moments: &mut [Tensor],
) -> Result<Tensor> {
    let before = moments.to_vec();
    let [first, second] = &before[..] else { unreachable!("Muon keeps two moments") };
    let others = optimizer::update(optimizer, step, parameters, gradient, moments)?;
    let gradient = optimizer::clipped(optimizer, gradient)?;
    let gradient = optimizer::prepared(optimizer.rule::<f64>(step, 1.0).prepare(), &gradient)?;
    let (turn, replicas, mut from) = (muon.turn(step), parameters.dims()[0], 0);
    // Parameters and moments, each as pieces: what AdamW has made of them, and in between the matrices.
    let mut pieces: [Vec<Tensor>; 3] = Default::default();
    let between = |pieces: &mut [Vec<Tensor>; 3], from: usize, to: usize| -> Result<()> {
        if to > from {
            for (list, whole) in pieces.iter_mut().zip([&others, &moments[0], &moments[1]]) {
                list.push(whole.narrow(1, from, to - from)?);
            }
        }
        Ok(())
    };
    for matrix in matrices {
        let (start, size) = (matrix.range.start, matrix.range.len());
        between(&mut pieces, from, start)?;
        from = matrix.range.end;
        let own = |whole: &Tensor| whole.narrow(1, start, size);
        let fresh = (own(&gradient)? * (1.0 - turn.momentum))?;
        let kept = ((own(first)? * turn.momentum)? + &fresh)?;
        let ahead = if turn.nesterov { (fresh + (&kept * turn.momentum)?)? } else { kept.clone() };
        let ahead = ahead.reshape((replicas, matrix.rows, matrix.columns))?;
        let step = orthogonal(&ahead, matrix, &turn.iteration)?.reshape((replicas, size))?;
        let weight = ((own(parameters)? * turn.shrink)? - (step * turn.rate_of(matrix))?)?;
        for (list, piece) in pieces.iter_mut().zip([weight, kept, own(second)?]) {
            list.push(piece);
        }
    }
    between(&mut pieces, from, parameters.dims()[1])?;
    let [parameters, first, second] = pieces.map(|list| Tensor::cat(&list, 1));
    (moments[0], moments[1]) = (first?, second?);
    parameters
}

/// Each matrix of `[replicas, rows, columns]` made orthogonal.
fn orthogonal(matrices: &Tensor, of: &Matrix, how: &Iteration) -> Result<Tensor> {
    let tall = of.rows > of.columns;
    let turned = |x: &Tensor| x.transpose(1, 2)?.contiguous();
    let norm = matrices.to_dtype(DType::F64)?.sqr()?.sum_keepdim(D::Minus1)?.sum_keepdim(D::Minus2)?.sqrt()?;
    let norm = norm.maximum(how.epsilon)?.to_dtype(matrices.dtype())?;
    let mut x = matrices.broadcast_div(&norm)?;
    if tall {
        x = turned(&x)?;
    }
    let [a, b, c] = how.coefficients;
    for _ in 0..how.steps {
        let gram = x.matmul(&turned(&x)?)?;
        let factor = ((&gram * b)? + (gram.matmul(&gram)? * c)?)?;
        x = ((&x * a)? + factor.matmul(&x)?)?;
    }
    if tall { turned(&x) } else { Ok(x) }
}
