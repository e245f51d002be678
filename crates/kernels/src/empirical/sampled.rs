//! The NNGP kernel of a network of finite width by sampling its initialisation: the mean over draws (and outputs) of
//! `h(x) h(y)`, with its standard error.

use super::jacobian::Differentiator;
use crate::parallel::for_each_block;
use crate::selection::Selection;
use base::{Control, Error, Result, Stream, memory};
use linalg::{Matrix, product};
use nets::ResolvedNetwork;

/// Draws that are held at a time.
const BATCH: usize = 32;

/// Draw d has the seed [`Stream::Sampled`] d of `seed`, so that two seeds share no network; returns the mean and its standard error, [n, m] each.
pub fn sampled_nngp(
    network: &ResolvedNetwork,
    x1: &Matrix<f64>,
    x2: Option<&Matrix<f64>>,
    draws: usize,
    seed: u64,
    threads: usize,
    control: &Control,
) -> Result<(Matrix<f64>, Matrix<f64>)> {
    super::check_points(network, x1, x2)?;
    if draws < 2 {
        return Err(Error::argument(format!("draws: expected at least 2, got {draws}")));
    }
    let (n, m, o) = (x1.rows, x2.unwrap_or(x1).rows, network.output_size());
    // Two sums, and for each draw of a batch its kernel twice, its outputs and its parameters.
    let draw = memory::bytes::<f64>(&[2, n, m])
        .saturating_add(memory::bytes::<f64>(&[n.saturating_add(m), o]))
        .saturating_add(memory::bytes::<f64>(&[3, network.parameter_count()]));
    let bytes = draw.saturating_mul(draws.min(BATCH)).saturating_add(memory::bytes::<f64>(&[3, n, m]));
    memory::check("sampledNngp", bytes, None)?;
    let (mut sum, mut squares) = (Matrix::<f64>::zeros(n, m), Matrix::<f64>::zeros(n, m));
    // Batches bound the memory; within one, draws go over the threads, and are added in their order.
    for start in (0..draws).step_by(BATCH) {
        let count = (draws - start).min(BATCH);
        let mut batch = memory::zeros("sampledNngp", count * n * m)?;
        for_each_block(&mut batch, vec![n * m; count], threads, control, |d, block| {
            let (parameters, buffers) =
                nets::network::init::draw(network, Stream::Sampled((start + d) as u64).seed(seed));
            let net = Differentiator::new(network, parameters, buffers, &Selection::all())?;
            let outputs = |x: &Matrix<f64>| {
                let data: Vec<f64> = (0..x.rows).flat_map(|i| net.outputs_of(x.row(i))).collect();
                Matrix { rows: x.rows, cols: o, data }
            };
            let left = outputs(x1);
            let right = x2.map(outputs);
            let k = product::matmul_nt(&left, right.as_ref().unwrap_or(&left), 1)?;
            block.iter_mut().zip(&k.data).for_each(|(b, v)| *b = v / o as f64);
            Ok(())
        })?;
        for block in batch.chunks(n * m) {
            for (e, v) in block.iter().enumerate() {
                sum.data[e] += v;
                squares.data[e] += v * v;
            }
        }
    }
    let d = draws as f64;
    let error = Matrix::from_fn(n, m, |i, j| {
        let mean = sum.at(i, j) / d;
        ((squares.at(i, j) / d - mean * mean).max(0.0) / (d - 1.0)).sqrt()
    });
    sum.data.iter_mut().for_each(|v| *v /= d);
    Ok((sum, error))
}
