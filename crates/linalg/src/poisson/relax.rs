//! Sweeps: Jacobi (damped or not) and Gauss-Seidel, and multigrid's cycles behind the same door.
//!
//! A Jacobi sweep `u <- u + w (D^-1 (g h^2 + neighbours) - u)` multiplies the error in sine mode k by exactly
//! `1 - w + w mean_axes cos(k pi / n)` ([`jacobi_factor`]). With w = 1 that is cos(k pi / n): the slowest modes are the
//! lowest and, changing sign, the highest, and the middle ones go first. With w = 2/3 the upper half of the modes
//! shrinks by at least 3 a sweep: a smoother. Gauss-Seidel (unknowns in their order) has spectral radius
//! cos^2(pi / n).

use super::multigrid::Multigrid;
use super::{Grid, sine_modes, solve};
use base::control::Progress;
use base::{Control, Error, Result};
use std::f64::consts::PI;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// `weight` w in (0, 1]; 1 is plain Jacobi.
    Jacobi {
        weight: f64,
    },
    GaussSeidel,
    /// V-cycles with so many damped Jacobi sweeps before and after each coarse correction.
    Multigrid {
        smoothing: usize,
    },
}

/// When to stop, and what to keep.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// At most so many sweeps (cycles for multigrid).
    pub sweeps: usize,
    /// Stop as soon as |u - u*| / |u*| (Euclidean, u* the exact discrete solution) is at or under it; 0: never.
    pub tolerance: f64,
    /// Sweeps after which the iterate is kept, ascending; 0 is the start.
    pub record: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Relaxation {
    /// Sweeps done.
    pub sweeps: usize,
    /// Whether `tolerance` was reached.
    pub converged: bool,
    /// The last iterate.
    pub solution: Vec<f64>,
    /// The recorded sweeps that were reached, their iterates (flat) and relative errors.
    pub recorded: Vec<usize>,
    pub states: Vec<f64>,
    pub errors: Vec<f64>,
}

/// What a Jacobi sweep of weight `weight` multiplies the error in mode `modes` (one number an axis, from 1) by.
pub fn jacobi_factor(grid: &Grid, modes: &[usize], weight: f64) -> f64 {
    let mean = modes.iter().map(|&k| (k as f64 * PI / grid.intervals as f64).cos()).sum::<f64>() / modes.len() as f64;
    1.0 - weight + weight * mean
}

/// Iterates from `initial` (zeros if `None`).
///
/// # Errors
/// Shapes, numbers that are not finite, a weight outside (0, 1], no smoothing; abort.
pub fn relax(
    grid: &Grid,
    g: &[f64],
    initial: Option<&[f64]>,
    method: Method,
    stop: &Stop,
    control: &Control,
) -> Result<Relaxation> {
    grid.check("source", g)?;
    // Only errors need it, and it costs as much as many sweeps.
    let exact = if stop.tolerance > 0.0 || !stop.record.is_empty() { solve(grid, g)? } else { Vec::new() };
    if let Some(initial) = initial {
        grid.check("initial", initial)?;
    }
    match method {
        Method::Jacobi { weight } => check_weight(weight)?,
        Method::Multigrid { smoothing: 0 } => {
            return Err(Error::argument("smoothing: expected at least one sweep, got 0"));
        }
        _ => {}
    }
    let h2 = grid.spacing().powi(2);
    let source = grid.pad(&g.iter().map(|v| v * h2).collect::<Vec<_>>());
    let mut u = grid.pad(initial.unwrap_or(&vec![0.0; grid.points()]));
    let mut spare = u.clone();
    let mut multigrid = Multigrid::new(grid);
    let scale = base::magnitude::norm(exact.iter().copied());
    let error = |u: &[f64]| {
        let inner = grid.rows().flat_map(|start| &u[start..start + grid.side()]);
        let off = base::magnitude::norm(inner.zip(&exact).map(|(a, b)| a - b));
        if scale > 0.0 { off / scale } else { off }
    };
    let kept = stop.record.len().min(stop.sweeps.saturating_add(1));
    let states = base::memory::reserve("record", base::memory::product(&[kept, grid.points()]))?;
    let (recorded, errors) = (Vec::new(), Vec::new());
    let mut out = Relaxation { sweeps: 0, converged: false, solution: Vec::new(), recorded, states, errors };
    loop {
        if stop.record.binary_search(&out.sweeps).is_ok() {
            out.recorded.push(out.sweeps);
            out.states.extend(grid.strip(&u));
            out.errors.push(error(&u));
        }
        out.converged = stop.tolerance > 0.0 && error(&u) <= stop.tolerance;
        if out.converged || out.sweeps == stop.sweeps {
            break;
        }
        match method {
            Method::Jacobi { weight } => {
                jacobi(grid, weight, &source, &u, &mut spare);
                std::mem::swap(&mut u, &mut spare);
            }
            Method::GaussSeidel => gauss_seidel(grid, &source, &mut u),
            Method::Multigrid { smoothing } => multigrid.cycle(&source, &mut u, smoothing)?,
        }
        out.sweeps += 1;
        control.check()?;
        if out.sweeps.is_multiple_of(256) {
            control.progress(Progress { done: out.sweeps as u64, total: stop.sweeps as u64, value: f64::NAN });
        }
    }
    out.solution = grid.strip(&u);
    Ok(out)
}

/// One sweep from `u` to `next`, both padded; `source` is h^2 g.
pub(super) fn jacobi(grid: &Grid, weight: f64, source: &[f64], u: &[f64], next: &mut [f64]) {
    let ((row, _), share) = (grid.padded(), weight / (2 * grid.axes) as f64);
    for start in grid.rows() {
        let end = start + grid.side();
        let (left, right, middle) = (&u[start - 1..end - 1], &u[start + 1..end + 1], &u[start..end]);
        let (source, next) = (&source[start..end], &mut next[start..end]);
        if grid.axes == 1 {
            for i in 0..next.len() {
                next[i] = (1.0 - weight) * middle[i] + share * (left[i] + right[i] + source[i]);
            }
        } else {
            let (above, below) = (&u[start - row..end - row], &u[start + row..end + row]);
            for i in 0..next.len() {
                let neighbours = left[i] + right[i] + above[i] + below[i];
                next[i] = (1.0 - weight) * middle[i] + share * (neighbours + source[i]);
            }
        }
    }
}

fn gauss_seidel(grid: &Grid, source: &[f64], u: &mut [f64]) {
    let (row, _) = grid.padded();
    for start in grid.rows() {
        for i in start..start + grid.side() {
            u[i] = if grid.axes == 1 {
                0.5 * (u[i - 1] + u[i + 1] + source[i])
            } else {
                0.25 * (u[i - 1] + u[i + 1] + u[i - row] + u[i + row] + source[i])
            };
        }
    }
}

/// How many Jacobi sweeps take `error` (u - u*) to a Euclidean norm of `level` or less: by the modes' factors, without
/// doing one. `None` where no number of sweeps does.
///
/// # Errors
/// `INVALID_SHAPE` or `NON_FINITE` for `error`; a weight outside (0, 1]; a level that is not positive.
pub fn jacobi_sweeps(grid: &Grid, error: &[f64], weight: f64, level: f64) -> Result<Option<u64>> {
    check_weight(weight)?;
    if !(level.is_finite() && level > 0.0) {
        return Err(Error::argument(format!("level: expected a positive number, got {level}")));
    }
    let side = grid.side();
    // |sin|^2 summed over the inner points is n/2 an axis.
    let power = (grid.intervals as f64 / 2.0).powi(grid.axes as i32);
    let modes: Vec<(f64, f64)> = sine_modes(grid, error)?
        .into_iter()
        .enumerate()
        .map(|(at, c)| {
            let factor = match grid.axes {
                1 => jacobi_factor(grid, &[at + 1], weight),
                _ => jacobi_factor(grid, &[at / side + 1, at % side + 1], weight),
            };
            (c * c * power, factor.abs())
        })
        .collect();
    let left = |sweeps: u64| modes.iter().map(|(c, factor)| c * factor.powf(2.0 * sweeps as f64)).sum::<f64>();
    let enough = |sweeps: u64| left(sweeps) <= level * level;
    let mut high = 1;
    while !enough(high) {
        high *= 2;
        if high > 1 << 50 {
            return Ok(None);
        }
    }
    let mut low = 0;
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle + 1 }
    }
    Ok(Some(low))
}

fn check_weight(weight: f64) -> Result<()> {
    if weight > 0.0 && weight <= 1.0 {
        return Ok(());
    }
    Err(Error::argument(format!("weight: expected a number above 0 and up to 1, got {weight}")))
}
