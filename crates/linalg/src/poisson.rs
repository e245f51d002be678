//! Poisson's equation on a grid: `-Laplace u = g` on (0, L)^d, d = 1 or 2, u = 0 on the boundary, second-order differences.
//!
//! `n` intervals an axis give (n-1)^d unknowns, row-major, spacing h = L/n. The sine modes
//! `sin(k pi x / L)` (products of them in 2D), k = 1 .. n-1, are the eigenvectors of the difference operator with
//! eigenvalues `(2/h)^2 sum_axes sin^2(k pi / 2n)`, so that the exact discrete solution and the error of every iteration
//! are known mode by mode (LeVeque 2007, section 4.2; Briggs, Henson and McCormick 2000, chapter 2).
//!
//! ```
//! use linalg::poisson::{Grid, solve};
//! // -u'' = 2 on (0, 1): u = x (1 - x), which second-order differences give exactly.
//! let grid = Grid::new(4, 1, 1.0).unwrap();
//! let u = solve(&grid, &[2.0, 2.0, 2.0]).unwrap();
//! assert!((u[0] - 0.1875).abs() < 1e-15 && (u[1] - 0.25).abs() < 1e-15);
//! ```

mod modes;
mod multigrid;
mod relax;

pub use modes::{sine_modes, solve};
pub use multigrid::Multigrid;
pub use relax::{Method, Relaxation, Stop, jacobi_factor, jacobi_sweeps, relax};

use base::{Error, Result};

/// `intervals` of equal length on each of 1 or 2 `axes` of length `length`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    pub intervals: usize,
    pub axes: usize,
    pub length: f64,
}

impl Grid {
    /// # Errors
    /// `INVALID_ARGUMENT` unless there are at least 2 intervals, 1 or 2 axes and a positive length.
    pub fn new(intervals: usize, axes: usize, length: f64) -> Result<Self> {
        if intervals < 2 {
            return Err(Error::argument(format!("intervals: expected at least 2, got {intervals}")));
        }
        if !(1..=2).contains(&axes) {
            return Err(Error::argument(format!("axes: expected 1 or 2, got {axes}")));
        }
        if !(length.is_finite() && length > 0.0) {
            return Err(Error::argument(format!("length: expected a positive number, got {length}")));
        }
        Ok(Grid { intervals, axes, length })
    }

    /// Unknowns along an axis.
    pub fn side(&self) -> usize {
        self.intervals - 1
    }

    /// Unknowns in all.
    pub fn points(&self) -> usize {
        self.side().pow(self.axes as u32)
    }

    pub fn spacing(&self) -> f64 {
        self.length / self.intervals as f64
    }

    /// Entries of a row with the boundary around it, and of the whole.
    fn padded(&self) -> (usize, usize) {
        let row = self.intervals + 1;
        (row, if self.axes == 1 { row } else { row * row })
    }

    /// The first unknown of each row in the padded layout.
    fn rows(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let (row, _) = self.padded();
        let (first, count) = if self.axes == 1 { (1, 1) } else { (row + 1, self.side()) };
        (0..count).map(move |i| first + i * row)
    }

    /// With zeros around.
    fn pad(&self, values: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.padded().1];
        for (start, row) in self.rows().zip(values.chunks_exact(self.side())) {
            out[start..start + row.len()].copy_from_slice(row);
        }
        out
    }

    /// Without the boundary.
    fn strip(&self, padded: &[f64]) -> Vec<f64> {
        self.rows().flat_map(|start| padded[start..start + self.side()].iter().copied()).collect()
    }

    fn check(&self, name: &str, values: &[f64]) -> Result<()> {
        if values.len() != self.points() {
            let expected = self.points();
            return Err(Error::shape(format!("{name}: expected {expected} inner points, got {}", values.len())));
        }
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Error::non_finite(format!("{name}: expected finite numbers, got {} at {at}", values[at]))),
        }
    }
}

#[cfg(test)]
mod tests;
