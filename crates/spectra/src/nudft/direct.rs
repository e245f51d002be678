//! The sums themselves, in tiles of points and groups of frequencies; the phase is reduced in turns.

use super::Convention;
use crate::check;
use crate::fft::{Signal, Split};
use crate::product::{View, product};
use crate::vector::{cos_sin, dispatch};
use base::{Control, Error, Result};
use compute::{Shares, for_each};

/// Points that are worked on together: their phases, cosines and sines stay in the first cache.
const TILE: usize = 512;
/// Frequencies a piece.
const GROUP: usize = 16;
/// Largest table of cosines and sines that a plan keeps (elements of each).
const TABLE: usize = 1 << 21;

/// Points and frequencies, ready to transform any number of value arrays (a probe does at every record).
#[derive(Debug, Clone)]
pub struct Nudft {
    n: usize,
    d: usize,
    k: usize,
    points: Vec<f64>,
    /// In turns per unit.
    frequencies: Vec<f64>,
    scale: f64,
    /// cos and sin of every phase, `[k, n]`, where that is small.
    table: Option<(Vec<f64>, Vec<f64>)>,
}

impl Nudft {
    /// `points` is `[n, d]`, `frequencies` `[k, d]`.
    pub fn new(points: &[f64], d: usize, frequencies: &[f64], convention: Convention) -> Result<Self> {
        if d == 0 || points.is_empty() || !points.len().is_multiple_of(d) {
            return Err(Error::shape(format!("points: expected [n, {d}] with n > 0, got {} numbers", points.len())));
        }
        if frequencies.is_empty() || !frequencies.len().is_multiple_of(d) {
            return Err(Error::shape(format!(
                "frequencies: expected [k, {d}] with k > 0 (the dimension of points), got {} numbers",
                frequencies.len()
            )));
        }
        check::finite("points", points)?;
        check::finite("frequencies", frequencies)?;
        let (n, k) = (points.len() / d, frequencies.len() / d);
        let turns = if convention.angular { std::f64::consts::TAU.recip() } else { 1.0 };
        let mut plan = Nudft {
            n,
            d,
            k,
            points: points.to_vec(),
            frequencies: frequencies.iter().map(|f| f * turns).collect(),
            scale: if convention.normalize { 1.0 / n as f64 } else { 1.0 },
            table: None,
        };
        if n.checked_mul(k).is_some_and(|elements| elements <= TABLE) {
            let (mut cos, mut sin) = (vec![0.0; n * k], vec![0.0; n * k]);
            let mut turns = vec![0.0; n];
            for f in 0..k {
                plan.phases(f, 1, 0, n, &mut turns);
                cos_sin(&turns, &mut cos[f * n..(f + 1) * n], &mut sin[f * n..(f + 1) * n]);
            }
            plan.table = Some((cos, sin));
        }
        Ok(plan)
    }

    /// The number of points, n.
    pub fn points(&self) -> usize {
        self.n
    }
    /// The number of frequencies, k.
    pub fn frequencies(&self) -> usize {
        self.k
    }

    /// `out[f, j] = k_(first + f) . x_(from + j)` for `count` frequencies and `len` points.
    fn phases(&self, first: usize, count: usize, from: usize, len: usize, out: &mut [f64]) {
        let d = self.d;
        let points = &self.points[from * d..(from + len) * d];
        let frequencies = &self.frequencies[first * d..(first + count) * d];
        if d > 8 {
            return product(count, len, d, View::rows(frequencies, d), View::rows(points, d).transposed(), out);
        }
        for (k, out) in frequencies.chunks_exact(d).zip(out.chunks_exact_mut(len)) {
            for (x, turn) in points.chunks_exact(d).zip(out) {
                *turn = k.iter().zip(x).map(|(k, x)| k * x).sum();
            }
        }
    }

    /// Transforms `values` of shape `[n, columns]` into `[k, columns]`.
    pub fn apply(&self, values: Signal<'_, f64>, columns: usize, threads: usize) -> Result<Split<f64>> {
        self.apply_with(values, columns, threads, &Control::none())
    }

    /// As [`Nudft::apply`], stopping within a tile of an abort.
    pub fn apply_with(
        &self,
        values: Signal<'_, f64>,
        columns: usize,
        threads: usize,
        control: &Control,
    ) -> Result<Split<f64>> {
        values.check("values", &[self.n, columns])?;
        values.check_finite("values")?;
        let transpose = |x: &[f64]| -> Vec<f64> {
            (0..columns).flat_map(|c| x[c..].iter().step_by(columns).copied()).collect::<Vec<f64>>()
        };
        let (re, im) = match values {
            Signal::Real(re) => (transpose(re), None),
            Signal::Complex { re, im } => (transpose(re), Some(transpose(im))),
        };
        let mut out = Split::zeros(self.k * columns);
        let (out_re, out_im) = (Shares::new(&mut out.re), Shares::new(&mut out.im));
        let tile = TILE.min(self.n);
        let work = self.n * self.k * (columns + 4);
        let threads = if work < 1 << 16 { 1 } else { threads };
        for_each(
            threads,
            self.k.div_ceil(GROUP),
            || Tile::new(tile, columns),
            |state, piece| {
                let first = piece * GROUP;
                let count = GROUP.min(self.k - first);
                state.sums.fill((0.0, 0.0));
                for from in (0..self.n).step_by(tile) {
                    if control.is_aborted() {
                        return;
                    }
                    self.tile(state, first, count, from, tile.min(self.n - from), &re, im.as_deref(), columns);
                }
                for (i, sum) in state.sums[..count * columns].iter().enumerate() {
                    // SAFETY: pieces take disjoint groups of frequencies.
                    unsafe {
                        out_re.write(first * columns + i, sum.0 * self.scale);
                        out_im.write(first * columns + i, sum.1 * self.scale);
                    }
                }
            },
        );
        control.check()?;
        Ok(out)
    }

    /// Adds one tile of points to the sums of a group of frequencies.
    fn tile(
        &self,
        state: &mut Tile,
        first: usize,
        count: usize,
        from: usize,
        len: usize,
        re: &[f64],
        im: Option<&[f64]>,
        columns: usize,
    ) {
        let Tile { turns, cos, sin, sums } = state;
        if self.table.is_none() {
            self.phases(first, count, from, len, turns);
        }
        for f in 0..count {
            let (cos, sin) = match &self.table {
                Some((c, s)) => {
                    let at = (first + f) * self.n + from;
                    (&c[at..at + len], &s[at..at + len])
                }
                None => {
                    cos_sin(&turns[f * len..(f + 1) * len], &mut cos[..len], &mut sin[..len]);
                    (&cos[..len], &sin[..len])
                }
            };
            for (c, sum) in sums[f * columns..(f + 1) * columns].iter_mut().enumerate() {
                let at = c * self.n + from;
                let (p, q) = dots(&re[at..at + len], cos, sin);
                // exp(-i t) = cos t - i sin t
                sum.0 += p;
                sum.1 -= q;
                if let Some(im) = im {
                    let (p, q) = dots(&im[at..at + len], cos, sin);
                    sum.0 += q;
                    sum.1 += p;
                }
            }
        }
    }
}

struct Tile {
    turns: Vec<f64>,
    cos: Vec<f64>,
    sin: Vec<f64>,
    sums: Vec<(f64, f64)>,
}

impl Tile {
    fn new(tile: usize, columns: usize) -> Self {
        Tile {
            turns: vec![0.0; GROUP * tile],
            cos: vec![0.0; tile],
            sin: vec![0.0; tile],
            sums: vec![(0.0, 0.0); GROUP * columns],
        }
    }
}

#[inline(always)]
fn dots_body<const FMA: bool>(y: &[f64], cos: &[f64], sin: &[f64]) -> (f64, f64) {
    const LANES: usize = 8;
    let (mut p, mut q) = ([0.0; LANES], [0.0; LANES]);
    let whole = y.len() / LANES * LANES;
    for i in (0..whole).step_by(LANES) {
        let (y, c, s) = (&y[i..i + LANES], &cos[i..i + LANES], &sin[i..i + LANES]);
        for l in 0..LANES {
            p[l] = crate::vector::fma::<FMA>(y[l], c[l], p[l]);
            q[l] = crate::vector::fma::<FMA>(y[l], s[l], q[l]);
        }
    }
    for i in whole..y.len() {
        p[0] += y[i] * cos[i];
        q[0] += y[i] * sin[i];
    }
    (p.iter().sum(), q.iter().sum())
}
dispatch! {
    /// `(sum y cos, sum y sin)`.
    pub fn dots(y: &[f64], cos: &[f64], sin: &[f64]) -> (f64, f64) = dots_body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct(x: &[f64], d: usize, y: &[(f64, f64)], k: &[f64]) -> (f64, f64) {
        let mut sum = (0.0, 0.0);
        for (x, y) in x.chunks(d).zip(y) {
            let t: f64 = x.iter().zip(k).map(|(x, k)| x * k).sum();
            let (s, c) = (-std::f64::consts::TAU * t).sin_cos();
            sum.0 += y.0 * c - y.1 * s;
            sum.1 += y.0 * s + y.1 * c;
        }
        (sum.0 / y.len() as f64, sum.1 / y.len() as f64)
    }

    #[test]
    fn against_the_plain_sum() {
        for (n, d, k) in [(1, 1, 1), (700, 1, 33), (1030, 3, 40), (600, 11, 20), (2500, 2, 1000)] {
            let wave = |i: usize, f: f64| (i as f64 * f).sin();
            let points: Vec<f64> = (0..n * d).map(|i| wave(i, 1.7)).collect();
            let frequencies: Vec<f64> = (0..k * d).map(|i| 5.0 * wave(i, 2.3)).collect();
            let re: Vec<f64> = (0..n * 2).map(|i| wave(i, 0.3)).collect();
            let im: Vec<f64> = (0..n * 2).map(|i| wave(i, 0.7)).collect();
            let plan = Nudft::new(&points, d, &frequencies, Convention::default()).unwrap();
            let one = plan.apply(Signal::Complex { re: &re, im: &im }, 2, 1).unwrap();
            assert_eq!(one, plan.apply(Signal::Complex { re: &re, im: &im }, 2, 3).unwrap());
            for f in (0..k).step_by(1 + k / 9) {
                for c in 0..2 {
                    let y: Vec<_> = (0..n).map(|i| (re[2 * i + c], im[2 * i + c])).collect();
                    let expected = direct(&points, d, &y, &frequencies[f * d..(f + 1) * d]);
                    let got = one.get(2 * f + c);
                    assert!((got.re - expected.0).abs() < 1e-14 && (got.im - expected.1).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn angular_and_unscaled() {
        let (x, y) = ([0.3, 1.1, -0.4], [1.0, 2.0, -3.0]);
        let cycles = Nudft::new(&x, 1, &[0.7], Convention::default()).unwrap();
        let convention = Convention { angular: true, normalize: false };
        let angular = Nudft::new(&x, 1, &[0.7 * std::f64::consts::TAU], convention).unwrap();
        let (a, b) = (cycles.apply(Signal::Real(&y), 1, 1).unwrap(), angular.apply(Signal::Real(&y), 1, 1).unwrap());
        assert!((3.0 * a.re[0] - b.re[0]).abs() < 1e-14 && (3.0 * a.im[0] - b.im[0]).abs() < 1e-14);
    }

    #[test]
    fn bad_input_is_named() {
        let new = |x: &[f64], d, k: &[f64]| Nudft::new(x, d, k, Convention::default()).unwrap_err().to_string();
        assert!(new(&[], 1, &[1.0]).contains("points"));
        assert!(new(&[1.0, 2.0, 3.0], 2, &[1.0, 1.0]).contains("[n, 2]"));
        assert!(new(&[1.0, 2.0], 2, &[1.0]).contains("frequencies: expected [k, 2]"));
        assert!(new(&[f64::NAN], 1, &[1.0]).contains("NON_FINITE: points"));
        let plan = Nudft::new(&[1.0, 2.0], 1, &[1.0], Convention::default()).unwrap();
        assert!(plan.apply(Signal::Real(&[1.0]), 1, 1).is_err());
        assert!(plan.apply(Signal::Real(&[1.0, f64::INFINITY]), 1, 1).is_err());
        let control = Control::none();
        control.abort();
        let aborted = plan.apply_with(Signal::Real(&[1.0, 2.0]), 1, 1, &control).unwrap_err();
        assert_eq!(aborted.code, base::Code::Aborted);
    }
}
