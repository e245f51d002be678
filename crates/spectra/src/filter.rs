//! Gaussian filtering of a function known on scattered points: its low and high frequency parts and their errors.
//!
//! `low_i = sum_j G(x_i - x_j) y_j / C_i`, `G(d) = exp(-|d|^2 / (2 delta))`, `C_i = sum_j G(x_i - x_j)`, `high = y - low`
//! (Xu, "Understanding deep learning", eq. 1.10-1.13). delta is a variance: the low part keeps angular frequencies up to about
//! 1/sqrt(delta) (the book's "1/delta" is a slip). Errors are Euclidean over samples and outputs.
//!
//! Distances are matrix products, one triangle only, in tiles; every delta comes from one pass. What a memory limit allows is
//! kept between calls (the filter, else the distances), so that a probe applies it at every record. Cost O(n^2 (d + deltas))
//! at first, O(n^2 deltas outputs) after. Sums are taken in a fixed order: the same bits for any number of threads.

mod tiles;

use crate::check;
use crate::real::Real;
use base::{Control, Error, Result, magnitude};
use tiles::Tiles;

/// Settings of a [`GaussianFilter`].
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub threads: usize,
    /// Bytes that may be kept between calls.
    pub memory_limit: usize,
}

impl Default for Options {
    /// All cores, 512 MiB.
    fn default() -> Self {
        Options { threads: compute::processors(), memory_limit: 512 << 20 }
    }
}

/// The filter of a set of points with a target on them.
pub struct GaussianFilter {
    n: usize,
    outputs: usize,
    deltas: Vec<f64>,
    tiles: Kind,
    /// `[delta, n]`
    normaliser: Vec<f64>,
    target: Vec<f64>,
    low: Vec<Vec<f64>>,
    threads: usize,
}

enum Kind {
    F32(Tiles<f32>),
    F64(Tiles<f64>),
}

/// Relative errors of a function's two parts, one entry a delta (eq. 1.12 and 1.13).
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

impl GaussianFilter {
    /// `points` is `[n, d]`, `target` `[n, outputs]`, `deltas` variances above zero.
    ///
    /// The distances are formed in f64 where that is cheap or where f32 could disturb the filter by more than 1e-4 (delta
    /// below about a hundredth of the largest squared distance from the mean), else in f32.
    pub fn new<T: Real>(
        points: &[T],
        d: usize,
        target: &[f64],
        outputs: usize,
        deltas: &[f64],
        options: Options,
        control: &Control,
    ) -> Result<Self> {
        let name = "points";
        if d == 0 || points.is_empty() || !points.len().is_multiple_of(d) {
            return Err(Error::shape(format!("{name}: expected [n, {d}] with n > 0, got {} numbers", points.len())));
        }
        let n = points.len() / d;
        check::finite(name, points)?;
        check::filled("target", target.len(), &[n, outputs])?;
        check::finite("target", target)?;
        if deltas.is_empty() {
            return Err(Error::argument("deltas: expected at least one variance, got none"));
        }
        let mut narrowest = f64::INFINITY;
        for &delta in deltas {
            narrowest = narrowest.min(check::positive("deltas", delta)?);
        }
        // Low part of the target, its copy for the caller, and what is summed for it.
        base::memory::check("deltas", base::memory::bytes::<f64>(&[3, deltas.len(), n, outputs]), None)?;
        let (centred, largest) = centre(points, d);
        let work = n as f64 * n as f64 * d as f64;
        let single = work > 4e9 && narrowest > 5e-3 * largest;
        let tiles = if single {
            let points = centred.iter().map(|&x| x as f32).collect();
            Kind::F32(Tiles::new(points, d, deltas, options.memory_limit))
        } else {
            Kind::F64(Tiles::new(centred, d, deltas, options.memory_limit))
        };
        let mut filter = GaussianFilter {
            n,
            outputs,
            deltas: deltas.to_vec(),
            tiles,
            normaliser: Vec::new(),
            target: target.to_vec(),
            low: Vec::new(),
            threads: options.threads.max(1),
        };
        filter.filter_target(control)?;
        Ok(filter)
    }

    /// The first pass: the normaliser rides along as a column of ones.
    fn filter_target(&mut self, control: &Control) -> Result<()> {
        let (n, c) = (self.n, self.outputs);
        let with_ones: Vec<f64> =
            self.target.chunks_exact(c).flat_map(|row| row.iter().copied().chain([1.0])).collect();
        let sums = match &mut self.tiles {
            Kind::F32(tiles) => tiles.first_sums(&with_ones, c + 1, self.threads, control)?,
            Kind::F64(tiles) => tiles.first_sums(&with_ones, c + 1, self.threads, control)?,
        };
        for sums in sums.chunks_exact(n * (c + 1)) {
            self.normaliser.extend(sums.chunks_exact(c + 1).map(|row| row[c]));
            self.low.push(sums.chunks_exact(c + 1).flat_map(|row| row[..c].iter().map(|s| s / row[c])).collect());
        }
        Ok(())
    }

    /// The variances, in the order of every result.
    pub fn deltas(&self) -> &[f64] {
        &self.deltas
    }
    /// Low part of the target, `[n, outputs]`, for each delta.
    pub fn target_low(&self) -> &[Vec<f64>] {
        &self.low
    }

    /// Low part of `values` (`[n, outputs]`) for each delta. `threads` as in the options.
    pub fn low(&self, values: &[f64], control: &Control) -> Result<Vec<Vec<f64>>> {
        check::filled("values", values.len(), &[self.n, self.outputs])?;
        check::finite("values", values)?;
        let c = self.outputs;
        let sums = match &self.tiles {
            Kind::F32(tiles) => tiles.sums(values, c, self.threads, control)?,
            Kind::F64(tiles) => tiles.sums(values, c, self.threads, control)?,
        };
        let filtered = sums.chunks_exact(self.n * c).zip(self.normaliser.chunks_exact(self.n));
        Ok(filtered
            .map(|(sums, norm)| {
                sums.chunks_exact(c).zip(norm).flat_map(|(row, n)| row.iter().map(move |s| s / n)).collect()
            })
            .collect())
    }

    /// Errors of `outputs` (`[n, outputs]`) against the target. The filter is applied to their difference, so that small
    /// errors keep their digits. A part of the target that is zero gives an infinite or NaN error.
    pub fn errors(&self, outputs: &[f64], control: &Control) -> Result<Errors> {
        check::filled("outputs", outputs.len(), &[self.n, self.outputs])?;
        let difference: Vec<f64> = outputs.iter().zip(&self.target).map(|(h, y)| h - y).collect();
        let low = self.low(&difference, control)?;
        let parts = |whole: &[f64], low: &[f64]| {
            let high = whole.iter().zip(low).map(|(w, l)| w - l);
            (magnitude::norm(low.iter().copied()), magnitude::norm(high))
        };
        let mut errors = Errors { low: Vec::new(), high: Vec::new() };
        for (low, target_low) in low.iter().zip(&self.low) {
            let (error, scale) = (parts(&difference, low), parts(&self.target, target_low));
            errors.low.push(error.0 / scale.0);
            errors.high.push(error.1 / scale.1);
        }
        Ok(errors)
    }
}

/// Points less their mean, in f64, and their largest squared length: distances stay, cancellation shrinks.
fn centre<T: Real>(points: &[T], d: usize) -> (Vec<f64>, f64) {
    let n = (points.len() / d) as f64;
    let mut mean = vec![0.0; d];
    for point in points.chunks_exact(d) {
        mean.iter_mut().zip(point).for_each(|(m, x)| *m += x.wide());
    }
    mean.iter_mut().for_each(|m| *m /= n);
    let mut largest = 0.0f64;
    let mut centred = Vec::with_capacity(points.len());
    for point in points.chunks_exact(d) {
        let from = centred.len();
        centred.extend(point.iter().zip(&mean).map(|(x, m)| x.wide() - m));
        largest = largest.max(centred[from..].iter().map(|x| x * x).sum());
    }
    (centred, largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, f: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * f).sin() + 0.3 * (i as f64 * f * 7.1).cos()).collect()
    }

    fn plain(points: &[f64], d: usize, y: &[f64], c: usize, delta: f64) -> Vec<f64> {
        let mut low = Vec::new();
        for a in points.chunks(d) {
            let mut sums = vec![0.0; c];
            let mut norm = 0.0;
            for (b, y) in points.chunks(d).zip(y.chunks(c)) {
                let square: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
                let g = (-square / (2.0 * delta)).exp();
                norm += g;
                sums.iter_mut().zip(y).for_each(|(s, y)| *s += g * y);
            }
            low.extend(sums.iter().map(|s| s / norm));
        }
        low
    }

    fn check(n: usize, d: usize, memory_limit: usize, single: bool) {
        let (points, y, h) = (wave(n * d, 1.3), wave(n * 2, 0.21), wave(n * 2, 0.19));
        let deltas = [0.4 * d as f64, 2.0 * d as f64];
        let control = Control::none();
        let options = Options { threads: 2, memory_limit };
        let mut filter = GaussianFilter::new(&points, d, &y, 2, &deltas, options, &control).unwrap();
        if single {
            let (centred, _) = centre(&points, d);
            let narrow = centred.iter().map(|&x| x as f32).collect();
            filter.tiles = Kind::F32(Tiles::new(narrow, d, &deltas, memory_limit));
            filter.normaliser.clear();
            filter.low.clear();
            filter.filter_target(&control).unwrap();
        }
        let tolerance = if single { 2e-6 } else { 1e-12 };
        let errors = filter.errors(&h, &control).unwrap();
        for (k, &delta) in deltas.iter().enumerate() {
            let (y_low, h_low) = (plain(&points, d, &y, 2, delta), plain(&points, d, &h, 2, delta));
            for (got, expected) in filter.target_low()[k].iter().zip(&y_low) {
                assert!((got - expected).abs() < tolerance, "{n} {d}: {got} {expected}");
            }
            let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
            let low = norm(&mut (0..2 * n).map(|i| y_low[i] - h_low[i])) / norm(&mut y_low.iter().copied());
            let high = norm(&mut (0..2 * n).map(|i| y[i] - y_low[i] - h[i] + h_low[i]))
                / norm(&mut (0..2 * n).map(|i| y[i] - y_low[i]));
            assert!((errors.low[k] - low).abs() < tolerance * low.max(1.0), "{} {low}", errors.low[k]);
            assert!((errors.high[k] - high).abs() < tolerance * high.max(1.0), "{} {high}", errors.high[k]);
        }
        let again = filter.low(&y, &control).unwrap();
        for (a, b) in again.iter().flatten().zip(filter.target_low().iter().flatten()) {
            assert!((a - b).abs() < tolerance);
        }
    }

    #[test]
    fn against_the_definition() {
        // Few and many dimensions; one tile and several; everything kept, only distances kept, nothing kept.
        for (n, d) in [(2, 1), (50, 1), (500, 2), (430, 20)] {
            for limit in [usize::MAX, 2_500_000, 0] {
                check(n, d, limit, false);
            }
        }
        check(700, 30, usize::MAX, true);
        check(700, 30, 0, true);
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        let (points, y) = (wave(900 * 12, 1.3), wave(900, 0.21));
        let run = |threads| {
            let options = Options { threads, ..Options::default() };
            GaussianFilter::new(&points, 12, &y, 1, &[3.0], options, &Control::none()).unwrap().low[0].clone()
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(5));
    }

    #[test]
    fn bad_input_is_named() {
        let new = |x: &[f64], y: &[f64], deltas: &[f64]| {
            GaussianFilter::new(x, 2, y, 1, deltas, Options::default(), &Control::none())
                .map(|_| ())
                .unwrap_err()
                .to_string()
        };
        assert!(new(&[1.0; 3], &[1.0], &[1.0]).contains("points"));
        assert!(new(&[1.0; 4], &[1.0], &[1.0]).contains("target"));
        assert!(new(&[1.0; 4], &[1.0, f64::NAN], &[1.0]).contains("NON_FINITE: target"));
        assert!(new(&[1.0; 4], &[1.0; 2], &[]).contains("deltas"));
        assert!(new(&[1.0; 4], &[1.0; 2], &[0.0]).contains("deltas"));
        let control = Control::none();
        control.abort();
        let aborted = GaussianFilter::new(&[1.0; 4], 2, &[1.0; 2], 1, &[1.0], Options::default(), &control);
        assert_eq!(aborted.err().map(|e| e.code), Some(base::Code::Aborted));
    }
}
