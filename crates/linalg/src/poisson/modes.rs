//! Sine modes of grid functions, and the exact discrete solution by way of them.

use super::Grid;
use crate::{Matrix, product::matmul};
use base::Result;
use std::f64::consts::PI;

/// Coefficients c of `u = sum_k c_k sin(k_1 pi x_1 / L) ...`, in the layout of `u`: entry i belongs to k = i + 1.
/// O(n) an unknown and axis.
///
/// # Errors
/// `INVALID_SHAPE` or `NON_FINITE` for `u`, `OVER_MEMORY_LIMIT` for a table of sines of `n^2` numbers.
pub fn sine_modes(grid: &Grid, u: &[f64]) -> Result<Vec<f64>> {
    grid.check("values", u)?;
    let scale = (2.0 / grid.intervals as f64).powi(grid.axes as i32);
    Ok(transformed(grid, u)?.into_iter().map(|v| v * scale).collect())
}

/// The solution of the difference equations, to rounding.
///
/// # Errors
/// `INVALID_SHAPE` or `NON_FINITE` for `g`.
pub fn solve(grid: &Grid, g: &[f64]) -> Result<Vec<f64>> {
    let mut modes = sine_modes(grid, g)?;
    let eigenvalues: Vec<f64> = (1..grid.intervals)
        .map(|k| (2.0 / grid.spacing() * (k as f64 * PI / (2.0 * grid.intervals as f64)).sin()).powi(2))
        .collect();
    let side = grid.side();
    for (at, c) in modes.iter_mut().enumerate() {
        let across = if grid.axes == 2 { eigenvalues[at / side] } else { 0.0 };
        *c /= eigenvalues[at % side] + across;
    }
    transformed(grid, &modes)
}

/// `sum_j u_j sin(pi j k / n)` along every axis.
fn transformed(grid: &Grid, u: &[f64]) -> Result<Vec<f64>> {
    let (n, side) = (grid.intervals, grid.side());
    base::memory::check("the sines of this grid", base::memory::bytes::<f64>(&[side, side]), None)?;
    // j k is reduced to one period: the sine of a large angle loses digits, and only 2 n of them are different.
    let sines: Vec<f64> = (0..2 * n).map(|i| (i as f64 * PI / n as f64).sin()).collect();
    let sines = Matrix::from_fn(side, side, |j, k| sines[(j + 1) * (k + 1) % (2 * n)]);
    let rows = Matrix::from_rows(u.len() / side, side, u.to_vec())?;
    let along = matmul(&rows, &sines, 1)?;
    Ok(if grid.axes == 1 { along.data } else { matmul(&sines, &along, 1)?.data })
}
