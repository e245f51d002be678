//! Tiles of the layer formula: both products and the entrywise product for one pair of blocks of samples.

use super::capture::{Capture, Captures, Features};
use super::chain::{DenseChain, DenseLayer};
use super::live::Meeting;
use super::panels::{Part, gram_of_panels, padded};
use super::problem::RowSource;
use super::{BLOCK, Outputs};
use base::{Control, Result};
use compute::SimdPath;
use linalg::Real;

/// Rows that one thread makes at a time. From some thousand samples on no cache holds the blocks any more, and a strip
/// takes several to read the others less often; before that, strips of one block balance the triangle over threads.
pub fn strip(samples: usize) -> usize {
    BLOCK * if samples < 4096 { 1 } else { 4 }
}

/// The captured blocks of both sides (`right` `None`: the same), and what to make of them.
pub struct Gram<T> {
    terms: Vec<Term>,
    left: Captures<T>,
    right: Option<Captures<T>>,
    outputs: Outputs,
    count: usize,
    threads: usize,
    path: SimdPath,
}

struct Term {
    alpha: f64,
    beta: f64,
}

/// Numbers of one tile for each pair of outputs, and of the two products.
struct Space<T> {
    sums: Vec<Vec<T>>,
    hh: Vec<T>,
    dd: Vec<T>,
    meeting: Meeting,
}

impl<T: Real> RowSource<T> for Gram<T> {
    fn strip(&self) -> usize {
        strip(self.left.samples())
    }

    fn workers(&self) -> usize {
        self.threads
    }

    fn rows(&self, from: usize, out: &mut [&mut [T]], control: &Control) -> Result<()> {
        let pairs = self.outputs.pairs(self.count);
        let right = self.right.as_ref().unwrap_or(&self.left);
        let strip = from / BLOCK..from / BLOCK + out.len().div_ceil(BLOCK);
        let end = if self.right.is_some() { right.blocks().len() } else { strip.end };
        let numbers = || vec![T::ZERO; BLOCK * BLOCK];
        let sums = (0..pairs).map(|_| numbers()).collect();
        let mut space = Space { sums, hh: numbers(), dd: numbers(), meeting: Meeting::default() };
        for b in 0..end {
            control.check()?;
            let other = &right.blocks()[b];
            // One block on the right against every block of the strip while it is in cache.
            for (own, out) in strip.clone().zip(out.chunks_mut(BLOCK)) {
                let part = if self.right.is_none() && b == own { Part::Lower } else { Part::All };
                if self.right.is_some() || b <= own {
                    self.tile(&self.left.blocks()[own], other, part, &mut space);
                    self.place(&space.sums, (other.samples, b), part, out);
                }
            }
        }
        Ok(())
    }
}

impl<T: Real> Gram<T> {
    pub fn new(
        chain: &DenseChain,
        left: Captures<T>,
        right: Option<Captures<T>>,
        outputs: Outputs,
        threads: usize,
        path: SimdPath,
    ) -> Self {
        let term = |l: &DenseLayer| Term { alpha: l.alpha, beta: l.beta };
        Gram {
            terms: chain.layers.iter().map(term).collect(),
            left,
            right,
            outputs,
            count: chain.outputs(),
            threads,
            path,
        }
    }

    /// A tile into the rows of its strip; on the diagonal what lies above it stays out.
    fn place(&self, sums: &[Vec<T>], (samples, index): (usize, usize), part: Part, rows: &mut [&mut [T]]) {
        let (pairs, first, lead) = (sums.len(), index * BLOCK, padded::<T>(samples));
        for (i, row) in rows.iter_mut().enumerate() {
            let width = if part == Part::Lower { i + 1 } else { samples };
            let row = &mut row[first * pairs..(first + width) * pairs];
            for (pair, sum) in sums.iter().enumerate() {
                let from = &sum[i * lead..][..width];
                row[pair..].iter_mut().step_by(pairs).zip(from).for_each(|(to, v)| *to = *v);
            }
        }
    }

    /// Sum over layers of `(alpha H H^T + beta) o S`, S being `D_a D_b^T` of each pair, or for the trace the mean of
    /// `D_a D_a^T`.
    fn tile(&self, block: &Capture<T>, other: &Capture<T>, part: Part, space: &mut Space<T>) {
        let Space { sums, hh, dd, meeting } = space;
        let columns = padded::<T>(other.samples);
        let size = block.samples * columns;
        let mut product = |(mine, theirs): (Features<T>, Features<T>), to: &mut [T], accumulate: bool| {
            meeting.set::<T>(mine.live, theirs.live);
            let both = (mine.values, theirs.values, &*meeting);
            gram_of_panels(self.path, [block.samples, columns], both, to, (part, accumulate));
        };
        sums.iter_mut().for_each(|sum| sum[..size].fill(T::ZERO));
        let trace = self.outputs == Outputs::Trace;
        for (l, term) in self.terms.iter().enumerate().filter(|(_, t)| t.alpha != 0.0 || t.beta != 0.0) {
            if term.alpha != 0.0 {
                product((block.inputs(l), other.inputs(l)), hh, false);
            }
            let share = if trace { 1.0 / self.count as f64 } else { 1.0 };
            for (pair, sum) in sums.iter_mut().enumerate() {
                let (p, q) = (pair / self.count, pair % self.count);
                // Pairs of outputs whose products are summed.
                let summed = if trace { 0..self.count } else { 0..1 };
                let scale = if block.sensitivities(l, 0).is_some() {
                    for k in summed {
                        let (a, b) = if trace { (k, k) } else { (p, q) };
                        if let Some(both) = block.sensitivities(l, a).zip(other.sensitivities(l, b)) {
                            product(both, dd, k > 0);
                        }
                    }
                    share
                } else if trace || p == q {
                    // The identity: 1 for equal outputs, and so is the mean over them.
                    dd[..size].fill(T::ONE);
                    1.0
                } else {
                    continue;
                };
                let (alpha, beta) = (T::from_f64(term.alpha * scale), T::from_f64(term.beta * scale));
                if term.alpha == 0.0 {
                    sum[..size].iter_mut().zip(dd.iter()).for_each(|(s, b)| *s += beta * *b);
                } else {
                    let products = hh.iter().zip(dd.iter());
                    sum[..size].iter_mut().zip(products).for_each(|(s, (a, b))| *s += (alpha * *a + beta) * *b);
                }
            }
        }
    }
}
