//! Gram matrices from explicit Jacobians in strips, and products with a kernel that is never formed.

use super::gram::Outputs;
use super::jacobian::Differentiator;
use crate::parallel::for_each_block;
use base::{Control, Result};
use linalg::{Matrix, Real, product};

/// Bytes of one strip of Jacobians: two of them are held at a time.
const STRIP_BYTES: usize = 64 << 20;

/// Bytes of a kernel of so many entries and of what is needed beside it.
pub fn bytes(net: &Differentiator, entries: usize) -> u64 {
    let strip = (8 * net.outputs() * net.columns().max(1)).max(STRIP_BYTES) as u64;
    16 * entries as u64 + 2 * strip
}

/// `J_1 J_2^T` as [n, m] or [n, m, o, o], in f64. For `x2` `None` one triangle of strips is computed and mirrored.
pub fn explicit_ntk<T: Real>(
    net: &Differentiator,
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    outputs: Outputs,
    threads: usize,
    control: &Control,
) -> Result<Vec<f64>> {
    let (o, columns) = (net.outputs(), net.columns().max(1));
    let strip = (STRIP_BYTES / (8 * o * columns)).clamp(1, 256);
    let (a, b) = (x1.to_f64(), x2.map(Matrix::to_f64));
    let other = b.as_ref().unwrap_or(&a);
    let (n, m) = (a.rows, other.rows);
    let pairs = if outputs == Outputs::Full { o * o } else { 1 };
    let mut out = vec![0.0; n * m * pairs];
    for i0 in (0..n).step_by(strip) {
        let left = jacobians(net, &a, i0..(i0 + strip).min(n), threads, control)?;
        for j0 in (0..m).step_by(strip) {
            if b.is_none() && j0 > i0 {
                break;
            }
            let right = jacobians(net, other, j0..(j0 + strip).min(m), threads, control)?;
            let tile = product::matmul_nt(&left, &right, threads)?;
            for i in 0..tile.rows / o {
                for j in 0..tile.cols / o {
                    let at = ((i0 + i) * m + j0 + j) * pairs;
                    if outputs == Outputs::Trace {
                        out[at] = (0..o).map(|k| tile.at(i * o + k, j * o + k)).sum::<f64>() / o as f64;
                    } else {
                        for e in 0..pairs {
                            out[at + e] = tile.at(i * o + e / o, j * o + e % o);
                        }
                    }
                }
            }
        }
    }
    if b.is_none() {
        super::gram::mirror(&mut out, n, if outputs == Outputs::Full { o } else { 1 });
    }
    Ok(out)
}

fn jacobians(
    net: &Differentiator,
    x: &Matrix<f64>,
    rows: std::ops::Range<usize>,
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    let (o, columns, count) = (net.outputs(), net.columns(), rows.len());
    let mut out = Matrix::zeros(count * o, columns);
    for_each_block(&mut out.data, vec![o * columns; count], threads, control, |i, block| {
        let mut j = Vec::with_capacity(block.len());
        net.jacobian(x.row(rows.start + i), &mut j);
        block.copy_from_slice(&j);
        Ok(())
    })?;
    Ok(out)
}

/// `K v` for `v` [m, o] -> [n, o], K the full kernel of `x1` with `x2` (`x1` itself when `None`), as
/// `J_1 (J_2^T v)`: memory of one parameter vector a thread, never the matrix.
pub fn ntk_vector_product<T: Real>(
    net: &Differentiator,
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    v: &Matrix<f64>,
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    let other = x2.unwrap_or(x1).to_f64();
    let (o, columns) = (net.outputs(), net.columns());
    let shares = crate::parallel::thread_count(threads).min(other.rows.max(1));
    // Each block is one thread's sum over its share of the samples; they are added in order.
    let mut sums = vec![0.0; shares * columns];
    for_each_block(&mut sums, vec![columns; shares], threads, control, |s, sum| {
        for j in other.rows * s / shares..other.rows * (s + 1) / shares {
            control.check()?;
            net.transposed(other.row(j), v.row(j), sum);
        }
        Ok(())
    })?;
    let mut w = vec![0.0; columns];
    sums.chunks(columns.max(1)).for_each(|part| w.iter_mut().zip(part).for_each(|(w, p)| *w += p));
    let x = x1.to_f64();
    let mut out = Matrix::zeros(x.rows, o);
    for_each_block(&mut out.data, vec![o; x.rows], threads, control, |i, row| {
        row.copy_from_slice(&net.forward_product(x.row(i), &w));
        Ok(())
    })?;
    Ok(out)
}
