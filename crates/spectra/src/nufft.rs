//! Nonuniform fast Fourier transforms of types 1, 2 and 3, in one to three dimensions.
//!
//! Points are in turns (period 1), modes are integers `-floor(N/2) .. ceil(N/2) - 1`, slowest axis first:
//! type 1: `F[k] = sum_j c_j exp(-+ 2 pi i k . x_j)` (points to modes);
//! type 2: `c_j = sum_k F[k] exp(-+ 2 pi i k . x_j)` (modes to points);
//! type 3: `F[k] = sum_j c_j exp(-+ 2 pi i s_k . x_j)` (points to any frequencies, any units).
//! Values are spread onto a grid twice as fine with a short kernel, transformed by FFT, and divided by the kernel's transform
//! (Dutt and Rokhlin 1993; kernel: see `kernel`; type 3: Lee and Greengard 2005). The error, relative to the root mean square
//! of the result, is about the tolerance, from 1e-1 to 1e-13. Cost O(n log(1/tol)^d + N log N).

mod grid;
mod kernel;

use crate::check;
use crate::convolution::smooth;
use crate::fft::plan::Buffer;
use crate::fft::{Direction, inner};
use crate::vector::cos_sin;
use base::{Error, Result};
use compute::{Shares, for_ranges};
use grid::{Points, Size, interpolate, spread};
use kernel::Kernel;
pub use rustfft::num_complex::Complex;

/// Fine cells per mode.
const FINER: usize = 2;
/// Largest fine grid (cells): 1 GiB.
const MOST_CELLS: usize = 1 << 26;

fn check_arguments(points: &[f64], d: usize, tolerance: f64) -> Result<usize> {
    if !(1..=3).contains(&d) {
        return Err(Error::argument(format!("points: expected 1 to 3 dimensions, got {d}")));
    }
    if points.is_empty() || !points.len().is_multiple_of(d) || points.len() / d > u32::MAX as usize {
        return Err(Error::shape(format!("points: expected [n, {d}] with n > 0, got {} numbers", points.len())));
    }
    check::finite("points", points)?;
    if !(1e-14..1.0).contains(&tolerance) {
        return Err(Error::argument(format!("tolerance: expected a number from 1e-14 to 1, got {tolerance}")));
    }
    Ok(points.len() / d)
}

fn check_values(name: &str, values: &[Complex<f64>], expected: usize) -> Result<()> {
    if values.len() != expected {
        return Err(Error::shape(format!("{name}: expected {expected} values, got {}", values.len())));
    }
    if values.iter().any(|v| !(v.re.is_finite() && v.im.is_finite())) {
        return Err(Error::non_finite(format!("{name}: expected finite numbers")));
    }
    Ok(())
}

/// The sizes of up to three axes, the last ones of three.
fn embed(sizes: &[usize]) -> Size {
    let mut out = [1; 3];
    out[3 - sizes.len()..].copy_from_slice(sizes);
    out
}

/// The fine grid for modes of the sizes given.
fn fine_grid(name: &str, modes: &[usize], kernel: &Kernel) -> Result<Size> {
    let fine: Vec<usize> = modes.iter().map(|&n| smooth((FINER * n).max(2 * kernel.width))).collect();
    let cells = fine.iter().try_fold(1usize, |product, &n| product.checked_mul(n)).filter(|&c| c <= MOST_CELLS);
    if cells.is_none() {
        let message = format!("{name}: expected at most 2^26 cells of the fine grid, got {fine:?}");
        return Err(Error::new(base::Code::OverMemoryLimit, message));
    }
    Ok(embed(&fine))
}

/// Points in turns to cells of the fine grid.
fn cells_of_turns(points: &[f64], d: usize, fine: Size) -> Vec<[f64; 3]> {
    let slow = 3 - d;
    let cell = |x: f64, n: usize| {
        let u = (x - x.floor()) * n as f64;
        // x - floor(x) rounds up to 1 for tiny negative x.
        if u >= n as f64 { 0.0 } else { u }
    };
    points
        .chunks_exact(d)
        .map(|x| std::array::from_fn(|axis| if axis < slow { 0.0 } else { cell(x[axis - slow], fine[axis]) }))
        .collect()
}

/// For every mode of one axis: its place on the fine grid and the correction for the kernel.
fn axis_modes(n: usize, fine: usize, kernel: &Kernel) -> Vec<(usize, f64)> {
    if fine == 1 {
        return vec![(0, 1.0)];
    }
    let modes: Vec<isize> = (0..n as isize).map(|k| k - n as isize / 2).collect();
    let frequencies: Vec<f64> = modes.iter().map(|&k| k as f64 / fine as f64).collect();
    let places = modes.iter().map(|&k| k.rem_euclid(fine as isize) as usize);
    places.zip(kernel.corrections(&frequencies)).collect()
}

/// Visits every mode: `visit(mode index, fine index, correction)`.
fn for_modes(modes: Size, fine: Size, kernel: &Kernel, mut visit: impl FnMut(usize, usize, f64)) {
    let axes: [Vec<(usize, f64)>; 3] = std::array::from_fn(|axis| axis_modes(modes[axis], fine[axis], kernel));
    let mut index = 0;
    for (z, wz) in &axes[0] {
        for (y, wy) in &axes[1] {
            let row = (z * fine[1] + y) * fine[2];
            for (x, wx) in &axes[2] {
                visit(index, row + x, wz * wy * wx);
                index += 1;
            }
        }
    }
}

/// Type 1: values at `points` (`[n, d]`, in turns) to modes of the sizes given; the exponent's sign is `direction`'s.
pub fn type1(
    points: &[f64],
    d: usize,
    values: &[Complex<f64>],
    modes: &[usize],
    direction: Direction,
    tolerance: f64,
    threads: usize,
) -> Result<Vec<Complex<f64>>> {
    let n = check_arguments(points, d, tolerance)?;
    check_values("values", values, n)?;
    let total = check_modes(modes, d)?;
    let kernel = Kernel::new(tolerance);
    let fine = fine_grid("modes", modes, &kernel)?;
    let cells = cells_of_turns(points, d, fine);
    let mut grid = vec![Complex::default(); fine.iter().product()];
    spread(&kernel, &Points { cells: &cells, axes: d }, values, fine, &mut grid, threads);
    inner::in_place(&mut grid, &fine, direction, threads);
    let mut out = vec![Complex::default(); total];
    for_modes(embed(modes), fine, &kernel, |mode, place, weight| out[mode] = grid[place] * weight);
    Ok(out)
}

fn check_modes(modes: &[usize], d: usize) -> Result<usize> {
    if modes.len() != d {
        return Err(Error::shape(format!("modes: expected {d} sizes (the dimension of points), got {}", modes.len())));
    }
    check::elements("modes", modes)
}

/// Type 2: coefficients of modes (row-major, sizes `modes`) to values at `points` (`[n, d]`, in turns).
pub fn type2(
    points: &[f64],
    d: usize,
    coefficients: &[Complex<f64>],
    modes: &[usize],
    direction: Direction,
    tolerance: f64,
    threads: usize,
) -> Result<Vec<Complex<f64>>> {
    let n = check_arguments(points, d, tolerance)?;
    let total = check_modes(modes, d)?;
    check_values("coefficients", coefficients, total)?;
    let kernel = Kernel::new(tolerance);
    let fine = fine_grid("coefficients", modes, &kernel)?;
    let mut grid = vec![Complex::default(); fine.iter().product()];
    for_modes(embed(modes), fine, &kernel, |mode, place, weight| grid[place] = coefficients[mode] * weight);
    inner::in_place(&mut grid, &fine, direction, threads);
    let cells = cells_of_turns(points, d, fine);
    let mut out = vec![Complex::default(); n];
    interpolate(&kernel, &Points { cells: &cells, axes: d }, fine, &grid, &mut out, threads);
    Ok(out)
}

/// One axis of a type 3 transform: centres of points and frequencies, spacing of the first grid, its size.
#[derive(Debug, Clone, Copy)]
struct Axis {
    point: f64,
    frequency: f64,
    spacing: f64,
    cells: usize,
}

fn axis_of(points: &[f64], frequencies: &[f64], d: usize, axis: usize, width: usize) -> Axis {
    let range = |x: &[f64]| {
        let (low, high) =
            x[axis..].iter().step_by(d).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
        (0.5 * (low + high), 0.5 * (high - low))
    };
    let ((point, reach), (frequency, band)) = (range(points), range(frequencies));
    // The highest frequency may reach a quarter cycle per cell; where nothing varies any spacing will do.
    let spacing = if band > 0.0 { 0.25 / band } else { (2.0 * reach).max(1.0) };
    let cells = (2.0 * reach / spacing).ceil().min(1e12) as usize + width + 2;
    Axis { point, frequency, spacing, cells: smooth(cells.max(2 * width)) }
}

/// Cells of the largest grid of a type 3 transform, for an estimate of its cost; None where it would be too large.
pub(crate) fn type3_cells(points: &[f64], frequencies: &[f64], d: usize, tolerance: f64) -> Option<usize> {
    let width = Kernel::new(tolerance).width;
    let axes = (0..d).map(|axis| axis_of(points, frequencies, d, axis, width).cells);
    axes.map(|n| smooth(FINER * n)).try_fold(1usize, |p, n| p.checked_mul(n)).filter(|&cells| cells <= MOST_CELLS)
}

/// Width of the kernel for a tolerance.
pub(crate) fn width(tolerance: f64) -> usize {
    Kernel::new(tolerance).width
}

/// Type 3: columns of values (each `[n]`) at `points` (`[n, d]`) to `frequencies` (`[k, d]`); the products are in turns.
pub fn type3(
    points: &[f64],
    d: usize,
    columns: &[&[Complex<f64>]],
    frequencies: &[f64],
    direction: Direction,
    tolerance: f64,
    threads: usize,
) -> Result<Vec<Vec<Complex<f64>>>> {
    let n = check_arguments(points, d, tolerance)?;
    columns.iter().try_for_each(|values| check_values("values", values, n))?;
    if frequencies.is_empty() || !frequencies.len().is_multiple_of(d) {
        return Err(Error::shape(format!(
            "frequencies: expected [k, {d}] with k > 0, got {} numbers",
            frequencies.len()
        )));
    }
    check::finite("frequencies", frequencies)?;
    let kernel = Kernel::new(tolerance);
    let axes: Vec<Axis> = (0..d).map(|axis| axis_of(points, frequencies, d, axis, kernel.width)).collect();
    let sizes: Vec<usize> = axes.iter().map(|axis| axis.cells).collect();
    // Its size is the product of the two ranges.
    fine_grid("frequencies (times the range of points)", &sizes, &kernel)?;
    let size = embed(&sizes);
    let slow = 3 - d;
    let sign = if direction == Direction::Forward { -1.0 } else { 1.0 };
    let phase = |turns: f64| {
        let (c, s) = crate::vector::cos_sin_turns::<false>(turns);
        Complex::new(c, sign * s)
    };
    let mut cells = vec![[0.0; 3]; n];
    let mut twists = Buffer::<f64>::take(n);
    let (to_cells, to_twists) = (Shares::new(&mut cells), Shares::new(&mut twists.0));
    for_ranges(threads, n, |range| {
        // SAFETY: the ranges are disjoint.
        let (cells, twists) =
            unsafe { (to_cells.slice(range.start, range.len()), to_twists.slice(range.start, range.len())) };
        let (mut turns, mut cos, mut sin) = ([0.0; 256], [0.0; 256], [0.0; 256]);
        let points = points[range.start * d..range.end * d].chunks(256 * d);
        for ((points, cells), twists) in points.zip(cells.chunks_mut(256)).zip(twists.chunks_mut(256)) {
            for ((x, cell), turn) in points.chunks_exact(d).zip(cells).zip(&mut turns) {
                *turn = axes.iter().zip(x).map(|(axis, x)| axis.frequency * x).sum();
                for (i, (axis, x)) in axes.iter().zip(x).enumerate() {
                    cell[slow + i] = (x - axis.point) / axis.spacing + (axis.cells / 2) as f64;
                }
            }
            cos_sin(&turns, &mut cos, &mut sin);
            for (twist, (c, s)) in twists.iter_mut().zip(cos.iter().zip(&sin)) {
                *twist = Complex::new(*c, sign * s);
            }
        }
    });
    let mut turns = Vec::with_capacity(frequencies.len());
    let mut after = Vec::with_capacity(frequencies.len() / d);
    for s in frequencies.chunks_exact(d) {
        let relative: Vec<f64> = s.iter().zip(&axes).map(|(s, axis)| (s - axis.frequency) * axis.spacing).collect();
        let weight: f64 = kernel.corrections(&relative).iter().product();
        after.push(phase(s.iter().zip(&axes).map(|(s, axis)| (s - axis.frequency) * axis.point).sum()) * weight);
        turns.extend(relative);
    }
    let mut grid = vec![Complex::default(); size.iter().product()];
    let mut out = Vec::with_capacity(columns.len());
    let mut twisted = Buffer::<f64>::take(n);
    for values in columns {
        twisted.0.iter_mut().zip(values.iter().zip(&twists.0)).for_each(|(z, (v, t))| *z = v * t);
        grid.fill(Complex::default());
        spread(&kernel, &Points { cells: &cells, axes: d }, &twisted.0, size, &mut grid, threads);
        let mut spectrum = type2(&turns, d, &grid, &sizes, direction, tolerance, threads)?;
        spectrum.iter_mut().zip(&after).for_each(|(z, a)| *z *= a);
        out.push(spectrum);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn wave(n: usize, f: f64) -> Vec<f64> {
        (0..n).map(|i| ((i as f64 + 1.0) * f).sin() * 43_758.545_3).map(|x| 2.0 * (x - x.floor()) - 1.0).collect()
    }
    fn values(n: usize) -> Vec<Complex<f64>> {
        wave(n, 0.71).into_iter().zip(wave(n, 0.37)).map(|(re, im)| Complex::new(re, im)).collect()
    }
    /// Root mean square of the difference over that of `exact`.
    fn error(got: &[Complex<f64>], exact: &[Complex<f64>]) -> f64 {
        let sums = got.iter().zip(exact).fold((0.0, 0.0), |s, (g, e)| (s.0 + (g - e).norm_sqr(), s.1 + e.norm_sqr()));
        f64::sqrt(sums.0 / sums.1)
    }
    fn modes_of(index: usize, modes: &[usize]) -> Vec<f64> {
        let (mut rest, mut out) = (index, vec![0.0; modes.len()]);
        for (k, &n) in out.iter_mut().zip(modes).rev() {
            *k = (rest % n) as f64 - (n / 2) as f64;
            rest /= n;
        }
        out
    }
    fn turn(k: &[f64], x: &[f64], sign: f64) -> Complex<f64> {
        // Exact reduction of each product: the sum of turns, not of angles.
        let turns: f64 = k.iter().zip(x).map(|(k, x)| k * x).sum();
        let angle = sign * TAU * (turns - turns.round());
        Complex::new(angle.cos(), angle.sin())
    }

    #[test]
    fn tolerance_is_kept_in_every_type_and_dimension() {
        for modes in [vec![37], vec![16, 21], vec![8, 10, 9]] {
            let d = modes.len();
            let total: usize = modes.iter().product();
            let (n, k) = (300, 60);
            let points: Vec<f64> = wave(n * d, 1.3).iter().map(|x| 1.7 * x).collect();
            let frequencies: Vec<f64> = wave(k * d, 2.1).iter().map(|x| 9.0 * x + 4.0).collect();
            let (c, f) = (values(n), values(total));
            let row = |j: usize| &points[j * d..(j + 1) * d];
            let exact1: Vec<_> =
                (0..total).map(|m| (0..n).map(|j| c[j] * turn(&modes_of(m, &modes), row(j), -1.0)).sum()).collect();
            let exact2: Vec<_> =
                (0..n).map(|j| (0..total).map(|m| f[m] * turn(&modes_of(m, &modes), row(j), 1.0)).sum()).collect();
            let exact3: Vec<_> = (0..k)
                .map(|m| (0..n).map(|j| c[j] * turn(&frequencies[m * d..(m + 1) * d], row(j), -1.0)).sum())
                .collect();
            for digits in 2..=13 {
                let tolerance = 10f64.powi(-digits);
                let one = type1(&points, d, &c, &modes, Direction::Forward, tolerance, 2).unwrap();
                let two = type2(&points, d, &f, &modes, Direction::Inverse, tolerance, 2).unwrap();
                let three = type3(&points, d, &[&c], &frequencies, Direction::Forward, tolerance, 2).unwrap();
                let errors = [error(&one, &exact1), error(&two, &exact2), error(&three[0], &exact3)];
                assert!(errors.iter().all(|&e| e <= tolerance), "{d}D at {tolerance:e}: {errors:?}");
                assert_eq!(one, type1(&points, d, &c, &modes, Direction::Forward, tolerance, 1).unwrap());
            }
        }
    }

    #[test]
    fn degenerate_ranges() {
        // One point, one frequency, no extent: the exponential itself.
        let one = [Complex::new(2.0, 1.0)];
        let out = type3(&[0.3], 1, &[&one], &[5.0], Direction::Forward, 1e-12, 1).unwrap();
        assert!((out[0][0] - one[0] * turn(&[5.0], &[0.3], -1.0)).norm() < 1e-11);
        // Points on the seam of the period.
        let out = type1(&[0.0, 1.0, -1e-18], 1, &values(3), &[4], Direction::Forward, 1e-9, 2).unwrap();
        let sum: Complex<f64> = values(3).iter().sum();
        assert!(out.iter().all(|z| (z - sum).norm() < 1e-8));
    }

    #[test]
    fn bad_input_is_named() {
        let run = |x: &[f64], d, modes: &[usize], tolerance| {
            type1(x, d, &values(2), modes, Direction::Forward, tolerance, 1).unwrap_err().to_string()
        };
        assert!(run(&[0.0; 8], 4, &[1; 4], 1e-3).contains("1 to 3 dimensions"));
        assert!(run(&[0.0; 3], 1, &[4], 1e-3).contains("values: expected 3"));
        assert!(run(&[0.0; 2], 1, &[4, 4], 1e-3).contains("modes"));
        assert!(run(&[0.0; 2], 1, &[1 << 29], 1e-3).contains("OVER_MEMORY_LIMIT"));
        assert!(run(&[0.0; 2], 1, &[4], 0.0).contains("tolerance"));
        assert!(run(&[f64::NAN; 2], 1, &[4], 0.1).contains("NON_FINITE"));
    }
}
