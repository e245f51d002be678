//! Waves over samples: `cos` and `sin` of `2 pi w . x` for every frequency w, as two matrices in one.

use base::{Error, Result, memory};
use linalg::{Matrix, check, product};
use std::f64::consts::TAU;

/// Columns: the cosines of all frequencies, then their sines, [n, 2 k].
pub struct Waves {
    pub matrix: Matrix<f64>,
}

impl Waves {
    /// Over `points` [n, d], for `frequencies` [k, d] in cycles per unit.
    pub fn new(points: &Matrix<f64>, frequencies: &Matrix<f64>, threads: usize) -> Result<Self> {
        check::finite("points", points)?;
        check::finite("frequencies", frequencies)?;
        if points.cols != frequencies.cols {
            return Err(Error::shape(format!(
                "frequencies: expected {} numbers each as the points have, got {}",
                points.cols, frequencies.cols
            )));
        }
        // The phases, and the waves.
        memory::check("frequencies", memory::bytes::<f64>(&[3, points.rows, frequencies.rows]), None)?;
        let phases = product::matmul_nt(points, frequencies, threads)?;
        let k = frequencies.rows;
        let matrix = Matrix::from_fn(points.rows, 2 * k, |i, j| {
            let phase = TAU * phases.at(i, j % k);
            if j < k { phase.cos() } else { phase.sin() }
        });
        Ok(Waves { matrix })
    }

    pub fn points(&self) -> usize {
        self.matrix.rows
    }

    pub fn frequencies(&self) -> usize {
        self.matrix.cols / 2
    }

    /// `|(1/n) sum_j v_j exp(-2 pi i w . x_j)|` for each frequency, Euclidean over the columns of `values` [n, c].
    pub fn amplitudes(&self, values: &Matrix<f64>) -> Result<Vec<f64>> {
        let (n, k) = (self.points() as f64, self.frequencies());
        let parts = product::matmul_tn(&self.matrix, values, 1)?;
        let square = |row: usize| parts.row(row).iter().map(|v| v * v).sum::<f64>();
        Ok((0..k).map(|w| (square(w) + square(k + w)).sqrt() / n).collect())
    }
}
