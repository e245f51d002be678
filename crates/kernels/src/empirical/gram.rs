//! Tiles of the layer formula: both products and the entrywise product for one strip of rows and one block of columns.

use super::BLOCK;
use super::dense::{Capture, DenseChain, padded};
use base::{Control, Result};
use compute::{Layout, Left, SimdPath, product};
use linalg::Real;

/// Rows of one strip: half a block, so that the strips of a small triangle balance over threads.
pub const ROWS: usize = BLOCK / 2;

/// The mean over outputs, or every pair of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outputs {
    Trace,
    Full,
}

/// Bytes of what is captured of `samples` samples, and of the weights.
pub fn gram_bytes(chain: &DenseChain, samples: usize, number: usize) -> u64 {
    let blocks = samples.div_ceil(BLOCK) as u64;
    let weights: usize = chain.layers.iter().map(|l| 2 * l.inputs * l.units).sum();
    blocks * (chain.capture_numbers() * number) as u64 + (weights * number) as u64
}

pub struct Gram<T> {
    layers: Vec<Term>,
    left: Vec<Capture<T>>,
    right: Option<Vec<Capture<T>>>,
    outputs: Outputs,
    count: usize,
    path: SimdPath,
}

struct Term {
    inputs: usize,
    units: usize,
    alpha: f64,
    beta: f64,
}

impl<T: Real> Gram<T> {
    pub fn new(
        chain: &DenseChain,
        left: Vec<Capture<T>>,
        right: Option<Vec<Capture<T>>>,
        outputs: Outputs,
        path: SimdPath,
    ) -> Self {
        let layers = chain
            .layers
            .iter()
            .map(|l| Term { inputs: l.inputs, units: l.units, alpha: l.alpha, beta: l.beta })
            .collect();
        Gram { layers, left, right, outputs, count: chain.outputs(), path }
    }

    /// Rows `from..` of the kernel (at most [`ROWS`] of them, within one block) into `out` [rows, m, ...]; of a square
    /// kernel only the blocks that reach the diagonal.
    pub fn rows(&self, from: usize, out: &mut [T], m: usize, control: &Control) -> Result<()> {
        let pairs = if self.outputs == Outputs::Full { self.count * self.count } else { 1 };
        let count = out.len() / (m * pairs);
        let (block, first) = (&self.left[from / BLOCK], from % BLOCK);
        let right = self.right.as_ref().unwrap_or(&self.left);
        let blocks = if self.right.is_some() { right.len() } else { from / BLOCK + 1 };
        // The strip's rows, unpacked once for all columns.
        let strip = |packed: &Vec<T>, width: usize| unpack(packed, width, block.samples, first, count);
        let h: Vec<Option<Vec<T>>> =
            block.inputs.iter().zip(&self.layers).map(|(p, l)| p.as_ref().map(|p| strip(p, l.inputs))).collect();
        let d: Vec<Option<Vec<Vec<T>>>> = block
            .sensitivities
            .iter()
            .zip(&self.layers)
            .map(|(s, l)| s.as_ref().map(|s| s.iter().map(|p| strip(p, l.units)).collect()))
            .collect();
        let mut space = [vec![T::ZERO; ROWS * BLOCK], vec![T::ZERO; ROWS * BLOCK], vec![T::ZERO; ROWS * BLOCK]];
        for (b, other) in right[..blocks].iter().enumerate() {
            control.check()?;
            match self.outputs {
                Outputs::Trace => {
                    let sum = self.tile(&h, &d, other, count, &mut space, None);
                    for (i, row) in out.chunks_mut(m).enumerate() {
                        let width = padded::<T>(other.samples);
                        row[b * BLOCK..b * BLOCK + other.samples]
                            .copy_from_slice(&sum[i * width..i * width + other.samples]);
                    }
                }
                Outputs::Full => {
                    for pair in 0..pairs {
                        let sum =
                            self.tile(&h, &d, other, count, &mut space, Some((pair / self.count, pair % self.count)));
                        let width = padded::<T>(other.samples);
                        for i in 0..count {
                            for j in 0..other.samples {
                                out[(i * m + b * BLOCK + j) * pairs + pair] = sum[i * width + j];
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Sum over layers of `(alpha H H^T + beta) o S`, S being `D_a D_b^T`, or for the trace the mean of `D_a D_a^T`.
    fn tile<'s>(
        &self,
        h: &[Option<Vec<T>>],
        d: &[Option<Vec<Vec<T>>>],
        other: &Capture<T>,
        rows: usize,
        space: &'s mut [Vec<T>; 3],
        pair: Option<(usize, usize)>,
    ) -> &'s [T] {
        let columns = padded::<T>(other.samples);
        let size = rows * columns;
        let [sum, hh, dd] = space;
        let (sum, hh, dd) = (&mut sum[..size], &mut hh[..size], &mut dd[..size]);
        sum.fill(T::ZERO);
        let to = Layout::plain::<T>(columns);
        for (l, term) in self.layers.iter().enumerate() {
            if term.alpha == 0.0 && term.beta == 0.0 {
                continue;
            }
            let shape = |depth: usize| [rows, columns, depth];
            let left = |data, lead| Left { data, row: lead, column: 1 };
            let affine = match (&h[l], &other.inputs[l]) {
                (Some(mine), Some(theirs)) => {
                    let b = (&theirs[..], Layout::packed::<T>(term.inputs));
                    product(self.path, shape(term.inputs), left(mine, term.inputs), b, (hh, to), false);
                    (T::from_f64(term.alpha), T::from_f64(term.beta))
                }
                _ => {
                    hh.fill(T::ZERO);
                    (T::ZERO, T::from_f64(term.beta))
                }
            };
            let mut scale = T::ONE;
            match (&d[l], &other.sensitivities[l]) {
                (Some(mine), Some(theirs)) => {
                    let b = |k: usize| (&theirs[k][..], Layout::packed::<T>(term.units));
                    if let Some((p, q)) = pair {
                        product(self.path, shape(term.units), left(&mine[p], term.units), b(q), (dd, to), false);
                    } else {
                        for k in 0..self.count {
                            product(self.path, shape(term.units), left(&mine[k], term.units), b(k), (dd, to), k > 0);
                        }
                        scale = T::from_f64(1.0 / self.count as f64);
                    }
                }
                // The identity: its own Gram is 1 for equal outputs, and so is the mean over them.
                _ => dd.fill(if pair.is_none_or(|(p, q)| p == q) { T::ONE } else { T::ZERO }),
            }
            let (alpha, beta) = (affine.0 * scale, affine.1 * scale);
            for ((s, a), b) in sum.iter_mut().zip(hh.iter()).zip(dd.iter()) {
                *s += (alpha * *a + beta) * *b;
            }
        }
        sum
    }
}

/// Samples `first..first + count` of packed panels [width, samples] as rows.
fn unpack<T: Real>(packed: &[T], width: usize, samples: usize, first: usize, count: usize) -> Vec<T> {
    let all = padded::<T>(samples);
    let mut out = vec![T::ZERO; count * width];
    for i in 0..count {
        let column = first + i;
        let panel = column / T::PANEL;
        let lanes = (all - panel * T::PANEL).min(T::PANEL);
        let from = panel * T::PANEL * width + column % T::PANEL;
        for (k, v) in out[i * width..(i + 1) * width].iter_mut().enumerate() {
            *v = packed[from + k * lanes];
        }
    }
    out
}

/// Copies below the diagonal to above: `K[j, i, b, a] = K[i, j, a, b]`. Within the blocks on the diagonal both halves were
/// computed alike; they are made equal to the bit.
pub fn mirror<T: Real>(data: &mut [T], n: usize, outputs: usize) {
    let pairs = outputs * outputs;
    const B: usize = 32;
    for i0 in (0..n).step_by(B) {
        for j0 in (0..=i0).step_by(B) {
            for i in i0..(i0 + B).min(n) {
                for j in j0..(j0 + B).min(i + 1) {
                    for e in 0..pairs {
                        let flipped = e % outputs * outputs + e / outputs;
                        if i != j || e > flipped {
                            data[(j * n + i) * pairs + flipped] = data[(i * n + j) * pairs + e];
                        }
                    }
                }
            }
        }
    }
}
