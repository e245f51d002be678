//! V-cycles: damped Jacobi takes the upper half of the modes, a grid of twice the spacing the lower half (Briggs, Henson
//! and McCormick 2000, chapter 3). Full weighting down, linear interpolation up; a grid with an odd number of intervals,
//! or with two, is solved exactly.

use super::relax::jacobi;
use super::{Grid, solve};
use base::Result;

/// The memory of a cycle: one level for each grid.
pub struct Multigrid {
    levels: Vec<Level>,
}

struct Level {
    grid: Grid,
    /// h^2 times the right side, the correction, and scratch, all padded.
    source: Vec<f64>,
    u: Vec<f64>,
    scratch: Vec<f64>,
}

impl Multigrid {
    pub fn new(grid: &Grid) -> Self {
        let mut levels = Vec::new();
        let mut grid = *grid;
        loop {
            let zeros = || vec![0.0; grid.padded().1];
            levels.push(Level { grid, source: zeros(), u: zeros(), scratch: zeros() });
            if grid.intervals % 2 == 1 || grid.intervals == 2 {
                return Multigrid { levels };
            }
            grid.intervals /= 2;
        }
    }

    /// One V-cycle on `u` (padded) for `source` (h^2 g, padded).
    pub fn cycle(&mut self, source: &[f64], u: &mut [f64], smoothing: usize) -> Result<()> {
        self.levels[0].source.copy_from_slice(source);
        self.levels[0].u.copy_from_slice(u);
        descend(&mut self.levels, smoothing)?;
        u.copy_from_slice(&self.levels[0].u);
        Ok(())
    }
}

fn descend(levels: &mut [Level], smoothing: usize) -> Result<()> {
    let (fine, coarser) = levels.split_first_mut().expect("at least one level");
    let Some(coarse) = coarser.first_mut() else {
        let h2 = fine.grid.spacing().powi(2);
        let g: Vec<f64> = fine.grid.strip(&fine.source).iter().map(|v| v / h2).collect();
        fine.u = fine.grid.pad(&solve(&fine.grid, &g)?);
        return Ok(());
    };
    fine.smooth(smoothing);
    fine.residual();
    restrict(&fine.grid, &fine.scratch, &coarse.grid, &mut coarse.source);
    coarse.u.fill(0.0);
    descend(coarser, smoothing)?;
    prolong(&coarser[0].grid, &coarser[0].u, &fine.grid, &mut fine.u);
    fine.smooth(smoothing);
    Ok(())
}

impl Level {
    fn smooth(&mut self, sweeps: usize) {
        // The weights that damp the upper half of the modes best: 1/3 and 3/5 a sweep at worst.
        let weight = if self.grid.axes == 1 { 2.0 / 3.0 } else { 0.8 };
        for _ in 0..sweeps {
            jacobi(&self.grid, weight, &self.source, &self.u, &mut self.scratch);
            std::mem::swap(&mut self.u, &mut self.scratch);
        }
    }

    /// h^2 (g + Laplace u) into the scratch.
    fn residual(&mut self) {
        let (grid, u) = (self.grid, &self.u);
        let (row, _) = grid.padded();
        self.scratch.fill(0.0);
        for start in grid.rows() {
            for i in start..start + grid.side() {
                let across = if grid.axes == 1 { 0.0 } else { u[i - row] + u[i + row] - 2.0 * u[i] };
                self.scratch[i] = self.source[i] + u[i - 1] + u[i + 1] - 2.0 * u[i] + across;
            }
        }
    }
}

/// Weights of a fine point's distance -1, 0, 1 from a coarse one.
const HAT: [f64; 3] = [0.5, 1.0, 0.5];

/// Full weighting of h^2 r on the fine grid to (2h)^2 r on the coarse one.
fn restrict(fine: &Grid, from: &[f64], coarse: &Grid, into: &mut [f64]) {
    let (row, _) = fine.padded();
    // The hats sum to 2 an axis; (2h)^2 / h^2 = 4.
    let scale = 4.0 / 2f64.powi(fine.axes as i32);
    for (i, start) in coarse.rows().enumerate() {
        for j in 0..coarse.side() {
            let centre = if fine.axes == 1 { 2 * (j + 1) } else { 2 * (i + 1) * row + 2 * (j + 1) };
            let along = |at: usize| (0..3).map(|b| HAT[b] * from[at + b - 1]).sum::<f64>();
            let sum = match fine.axes {
                1 => along(centre),
                _ => (0..3).map(|a| HAT[a] * along(centre + a * row - row)).sum(),
            };
            into[start + j] = scale * sum;
        }
    }
}

/// Adds the linear interpolation of the coarse correction.
fn prolong(coarse: &Grid, from: &[f64], fine: &Grid, into: &mut [f64]) {
    let (row, _) = fine.padded();
    for (i, start) in coarse.rows().enumerate() {
        for j in 0..coarse.side() {
            let value = from[start + j];
            let centre = if fine.axes == 1 { 2 * (j + 1) } else { 2 * (i + 1) * row + 2 * (j + 1) };
            for (b, hat) in HAT.iter().enumerate() {
                if fine.axes == 1 {
                    into[centre + b - 1] += hat * value;
                } else {
                    (0..3).for_each(|a| into[centre + a * row - row + b - 1] += HAT[a] * hat * value);
                }
            }
        }
    }
}
