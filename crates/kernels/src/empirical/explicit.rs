//! Gram matrices from explicit Jacobians in strips, and products with a kernel that is never formed.

use super::Outputs;
use super::jacobian::Differentiator;
use super::problem::RowSource;
use crate::parallel::{for_each_block, thread_count};
use crate::selection::Selection;
use base::{Control, Result, memory};
use linalg::{Matrix, Real, product};
use nets::ResolvedNetwork;
use std::ops::Range;

/// Bytes of one strip of Jacobians, of which two are held at a time.
const STRIP_BYTES: usize = 64 << 20;

/// Bytes of the Jacobian of one sample.
fn sample_bytes(network: &ResolvedNetwork, selection: &Selection) -> usize {
    memory::bytes::<f64>(&[network.output_size(), selection.count(network).max(1)])
}

/// Samples of a strip.
pub fn strip(network: &ResolvedNetwork, selection: &Selection) -> usize {
    (STRIP_BYTES / sample_bytes(network, selection)).clamp(1, 256)
}

/// Bytes that are needed beside the result for so many samples, a strip's products included.
pub fn bytes(network: &ResolvedNetwork, selection: &Selection, samples: usize) -> usize {
    let (strip, outputs) = (strip(network, selection).min(samples), network.output_size());
    let tile = memory::bytes::<f64>(&[strip, outputs, strip, outputs]);
    let inputs = memory::bytes::<f64>(&[samples, network.input_size()]);
    sample_bytes(network, selection).saturating_mul(2 * strip).saturating_add(tile).saturating_add(inputs)
}

/// `J_1 J_2^T` strip by strip, computed in f64.
pub struct Explicit<'a> {
    net: Differentiator<'a>,
    x1: Matrix<f64>,
    x2: Option<Matrix<f64>>,
    outputs: Outputs,
    strip: usize,
    threads: usize,
}

impl<'a> Explicit<'a> {
    pub fn new<T: Real>(
        net: Differentiator<'a>,
        x1: &Matrix<T>,
        x2: Option<&Matrix<T>>,
        outputs: Outputs,
        threads: usize,
    ) -> Self {
        let strip = strip(net.network(), net.selection());
        Explicit { x1: x1.to_f64(), x2: x2.map(Matrix::to_f64), net, outputs, strip, threads }
    }
}

impl<T: Real> RowSource<T> for Explicit<'_> {
    fn strip(&self) -> usize {
        self.strip
    }

    /// The threads share a strip.
    fn workers(&self) -> usize {
        1
    }

    fn rows(&self, from: usize, out: &mut [&mut [T]], control: &Control) -> Result<()> {
        let (o, other) = (self.net.outputs(), self.x2.as_ref().unwrap_or(&self.x1));
        let (m, pairs) = (other.rows, self.outputs.pairs(o));
        let rows = from..from + out.len();
        let end = if self.x2.is_some() { m } else { rows.end };
        let left = jacobians(&self.net, &self.x1, rows, self.threads, control)?;
        for first in (0..end).step_by(self.strip) {
            let same = self.x2.is_none() && first == from;
            let columns = first..(first + self.strip).min(m);
            let right = if same { None } else { Some(jacobians(&self.net, other, columns, self.threads, control)?) };
            let tile = product::matmul_nt(&left, right.as_ref().unwrap_or(&left), self.threads)?;
            for (i, row) in out.iter_mut().enumerate() {
                for (j, entry) in row[first * pairs..].chunks_mut(pairs).take(tile.cols / o).enumerate() {
                    let at = |a: usize, b: usize| tile.at(i * o + a, j * o + b);
                    if self.outputs == Outputs::Trace {
                        entry[0] = T::from_f64((0..o).map(|k| at(k, k)).sum::<f64>() / o as f64);
                    } else {
                        entry.iter_mut().enumerate().for_each(|(e, v)| *v = T::from_f64(at(e / o, e % o)));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The Jacobians of the samples `rows`, [rows x outputs, parameters].
fn jacobians(
    net: &Differentiator,
    x: &Matrix<f64>,
    rows: Range<usize>,
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    let (o, columns) = (net.outputs(), net.columns());
    let mut out = Matrix::zeros(rows.len() * o, columns);
    for_each_block(&mut out.data, vec![o * columns; rows.len()], threads, control, |i, block| {
        net.jacobian(x.row(rows.start + i), block);
        Ok(())
    })?;
    Ok(out)
}

/// Parts into which the sum over the second points is cut, whatever the threads: the bits depend on them.
const PARTS: usize = 32;

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
    let parts = PARTS.min(other.rows);
    let at_once = thread_count(threads).min(parts);
    let beside = memory::bytes::<f64>(&[other.rows + x1.rows, other.cols + o]);
    memory::check("ntkVectorProduct", memory::bytes::<f64>(&[at_once + 2, columns]).saturating_add(beside), None)?;
    let mut sums = memory::zeros("ntkVectorProduct", at_once * columns)?;
    let mut w = vec![0.0; columns];
    for first in (0..parts).step_by(at_once.max(1)) {
        // Each block is the sum of one part; they are added in order.
        let count = at_once.min(parts - first);
        let sums = &mut sums[..count * columns];
        sums.fill(0.0);
        for_each_block(sums, vec![columns; count], threads, control, |i, sum| {
            let part = first + i;
            for j in other.rows * part / parts..other.rows * (part + 1) / parts {
                control.check()?;
                net.transposed(other.row(j), v.row(j), sum);
            }
            Ok(())
        })?;
        sums.chunks(columns.max(1)).for_each(|sum| w.iter_mut().zip(sum).for_each(|(w, p)| *w += p));
    }
    let x = x1.to_f64();
    let mut out = Matrix::zeros(x.rows, o);
    for_each_block(&mut out.data, vec![o; x.rows], threads, control, |i, row| {
        row.copy_from_slice(&net.forward_product(x.row(i), &w));
        Ok(())
    })?;
    Ok(out)
}
