//! The filter's matrix in square tiles of one triangle.

use crate::product::{View, product};
use crate::real::Real;
use crate::vector::{gaussian_f32, gaussian_f64};
use base::{Control, Result};
use compute::{Shares, for_each};

/// Points a side of a tile.
const SIDE: usize = 256;
/// Tiles go to this many sums in turn, each summed in order, so that the result does not depend on the threads.
const LANES: usize = 8;
/// Up to this dimension distances are formed by differences, which is exact and as fast.
const FEW: usize = 8;

/// Elements that a tile can be made of.
pub(super) trait Element: Real {
    fn gaussian(squares: &[Self], factor: f64, out: &mut [Self]);
}

impl Element for f64 {
    fn gaussian(squares: &[f64], factor: f64, out: &mut [f64]) {
        gaussian_f64(squares, factor, out);
    }
}

impl Element for f32 {
    fn gaussian(squares: &[f32], factor: f64, out: &mut [f32]) {
        gaussian_f32(squares, factor as f32, out);
    }
}

enum Kept<T> {
    Nothing,
    /// Squared distances, a tile after the other.
    Squares(Vec<T>),
    /// The Gaussian of every delta, a tile after the other.
    Filter(Vec<T>),
}

pub(super) struct Tiles<T> {
    n: usize,
    d: usize,
    side: usize,
    /// `[n, d]` (transposed, `[d, n]`, for few dimensions).
    points: Vec<T>,
    lengths: Vec<T>,
    /// -1 / (2 delta)
    factors: Vec<f64>,
    /// Tiles (row, column) of the upper triangle.
    pairs: Vec<(usize, usize)>,
    kept: Kept<T>,
    memory_limit: usize,
}

impl<T: Element> Tiles<T> {
    pub(super) fn new(points: Vec<T>, d: usize, deltas: &[f64], memory_limit: usize) -> Self {
        let n = points.len() / d;
        let side = SIDE.min(n);
        let count = n.div_ceil(side);
        let lengths = points.chunks_exact(d).map(|x| x.iter().map(|&x| x * x).sum()).collect();
        let points =
            if d <= FEW { (0..d).flat_map(|k| points[k..].iter().step_by(d).copied()).collect() } else { points };
        Tiles {
            n,
            d,
            side,
            points,
            lengths,
            factors: deltas.iter().map(|delta| -0.5 / delta).collect(),
            pairs: (0..count).flat_map(|a| (a..count).map(move |b| (a, b))).collect(),
            kept: Kept::Nothing,
            memory_limit,
        }
    }

    /// `sum_j G_ij v_j` for every delta, `[delta, n, columns]`, keeping what fits in the memory limit for later calls.
    pub(super) fn first_sums(
        &mut self,
        values: &[f64],
        columns: usize,
        threads: usize,
        control: &Control,
    ) -> Result<Vec<f64>> {
        let tile = self.side * self.side;
        let whole = tile.saturating_mul(self.pairs.len());
        let bytes = whole.saturating_mul(size_of::<T>());
        let deltas = self.factors.len();
        let mut kept = if bytes.saturating_mul(deltas) <= self.memory_limit {
            Kept::Filter(vec![T::zero(); whole * deltas])
        } else if bytes <= self.memory_limit {
            Kept::Squares(vec![T::zero(); whole])
        } else {
            Kept::Nothing
        };
        let sums = match &mut kept {
            Kept::Filter(all) => {
                let shared = Shares::new(all);
                self.run(values, columns, threads, control, |pair, squares, work| {
                    self.squares(pair, squares);
                    for (k, &factor) in self.factors.iter().enumerate() {
                        // SAFETY: every pair is visited once and has its own tiles.
                        let out = unsafe { shared.slice((pair * deltas + k) * tile, tile) };
                        T::gaussian(squares, factor, out);
                        work(k, out);
                    }
                })
            }
            Kept::Squares(all) => {
                let shared = Shares::new(all);
                self.run(values, columns, threads, control, |pair, spare, work| {
                    // SAFETY: every pair is visited once and has its own tile.
                    let squares = unsafe { shared.slice(pair * tile, tile) };
                    self.squares(pair, squares);
                    for (k, &factor) in self.factors.iter().enumerate() {
                        T::gaussian(squares, factor, spare);
                        work(k, spare);
                    }
                })
            }
            Kept::Nothing => self.sums(values, columns, threads, control),
        }?;
        self.kept = kept;
        Ok(sums)
    }

    /// As `first_sums`, from what was kept.
    pub(super) fn sums(&self, values: &[f64], columns: usize, threads: usize, control: &Control) -> Result<Vec<f64>> {
        let tile = self.side * self.side;
        let deltas = self.factors.len();
        match &self.kept {
            Kept::Filter(all) => self.run(values, columns, threads, control, |pair, _, work| {
                for (k, tile) in all[pair * deltas * tile..(pair + 1) * deltas * tile].chunks_exact(tile).enumerate() {
                    work(k, tile);
                }
            }),
            Kept::Squares(all) => self.run(values, columns, threads, control, |pair, spare, work| {
                for (k, &factor) in self.factors.iter().enumerate() {
                    T::gaussian(&all[pair * tile..(pair + 1) * tile], factor, spare);
                    work(k, spare);
                }
            }),
            Kept::Nothing => self.run(values, columns, threads, control, |pair, spare, work| {
                let mut filter = vec![T::zero(); tile];
                self.squares(pair, spare);
                for (k, &factor) in self.factors.iter().enumerate() {
                    T::gaussian(spare, factor, &mut filter);
                    work(k, &filter);
                }
            }),
        }
    }

    fn rows(&self, block: usize) -> (usize, usize) {
        let start = block * self.side;
        (start, self.side.min(self.n - start))
    }

    /// Squared distances of one pair of blocks: `out[i * side + j]`, unused places zero.
    fn squares(&self, pair: usize, out: &mut [T]) {
        let (a, b) = self.pairs[pair];
        let ((from_a, rows), (from_b, columns)) = (self.rows(a), self.rows(b));
        let side = self.side;
        if rows < side || columns < side {
            out.fill(T::zero());
        }
        if self.d <= FEW {
            out.fill(T::zero());
            for axis in self.points.chunks_exact(self.n) {
                for (&x, out) in axis[from_a..from_a + rows].iter().zip(out.chunks_exact_mut(side)) {
                    for (square, &y) in out.iter_mut().zip(&axis[from_b..from_b + columns]) {
                        *square = *square + (x - y) * (x - y);
                    }
                }
            }
            return;
        }
        let d = self.d;
        let block = |from: usize, count: usize| View::rows(&self.points[from * d..(from + count) * d], d);
        let products = &mut vec![T::zero(); rows * columns];
        product(rows, columns, d, block(from_a, rows), block(from_b, columns).transposed(), products);
        let two = T::of(2.0);
        for (i, products) in products.chunks_exact(columns).enumerate() {
            let length = self.lengths[from_a + i];
            let lengths = &self.lengths[from_b..from_b + columns];
            for ((square, &p), &other) in out[i * side..].iter_mut().zip(products).zip(lengths) {
                *square = (length + other - two * p).max(T::zero());
            }
            if a == b {
                out[i * side + i] = T::zero();
            }
        }
    }

    /// Visits every pair of blocks: `fill(pair, scratch tile, work)` calls `work(delta, tile)` for every delta.
    fn run(
        &self,
        values: &[f64],
        columns: usize,
        threads: usize,
        control: &Control,
        fill: impl Fn(usize, &mut [T], &mut dyn FnMut(usize, &[T])) + Sync,
    ) -> Result<Vec<f64>> {
        let size = self.factors.len() * self.n * columns;
        let values: Vec<T> = values.iter().map(|&v| T::of(v)).collect();
        let lanes = LANES.min(self.pairs.len());
        let mut sums = vec![0.0; lanes * size];
        let shared = Shares::new(&mut sums);
        for_each(
            threads,
            lanes,
            || (vec![T::zero(); self.side * self.side], vec![T::zero(); self.side * columns]),
            |(scratch, part): &mut (Vec<T>, Vec<T>), lane| {
                // SAFETY: every lane has its own sums.
                let sums = unsafe { shared.slice(lane * size, size) };
                for pair in (lane..self.pairs.len()).step_by(lanes) {
                    if control.is_aborted() {
                        return;
                    }
                    fill(pair, scratch, &mut |delta, tile| {
                        let start = delta * self.n * columns;
                        self.add(pair, tile, &values, columns, part, &mut sums[start..start + self.n * columns]);
                    });
                }
            },
        );
        control.check()?;
        let (first, rest) = sums.split_at_mut(size);
        for lane in rest.chunks_exact(size) {
            first.iter_mut().zip(lane).for_each(|(sum, part)| *sum += part);
        }
        sums.truncate(size);
        Ok(sums)
    }

    /// Adds the product of a tile with the values of its columns, and for tiles off the diagonal its transpose's.
    fn add(&self, pair: usize, tile: &[T], values: &[T], columns: usize, part: &mut [T], sums: &mut [f64]) {
        let (a, b) = self.pairs[pair];
        let ((from_a, rows_a), (from_b, rows_b)) = (self.rows(a), self.rows(b));
        let tile = View::rows(tile, self.side);
        let mut add = |m, k, tile, from: usize, to: usize| {
            let values = View::rows(&values[from * columns..(from + k) * columns], columns);
            product(m, columns, k, tile, values, part);
            let sums = &mut sums[to * columns..(to + m) * columns];
            sums.iter_mut().zip(part.iter()).for_each(|(sum, p)| *sum += p.wide());
        };
        add(rows_a, rows_b, tile, from_b, from_a);
        if a != b {
            add(rows_b, rows_a, tile.transposed(), from_a, from_b);
        }
    }
}
