//! A row-major matrix: rows, columns, and one vector of entries.

use crate::Real;
use base::{Error, Result};
use faer::{MatMut, MatRef};

/// `data[i * cols + j]` is row `i`, column `j`.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<T> {
    pub rows: usize,
    pub cols: usize,
    pub data: Vec<T>,
}

impl<T: Real> Matrix<T> {
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Matrix { rows, cols, data: vec![T::ZERO; rows * cols] }
    }
    /// As [`zeros`](Self::zeros), `OVER_MEMORY_LIMIT` naming `what` where there is no memory for them.
    pub fn try_zeros(what: &str, rows: usize, cols: usize) -> Result<Self> {
        let data = base::memory::zeros(what, base::memory::product(&[rows, cols]))?;
        Ok(Matrix { rows, cols, data })
    }
    /// From entries in row order. `INVALID_SHAPE` when their number is not `rows * cols`.
    pub fn from_rows(rows: usize, cols: usize, data: Vec<T>) -> Result<Self> {
        let size = base::memory::product(&[rows, cols]);
        if data.len() != size {
            return Err(Error::shape(format!("a {rows} x {cols} matrix has {size} entries, got {}", data.len())));
        }
        Ok(Matrix { rows, cols, data })
    }
    pub fn from_fn(rows: usize, cols: usize, mut f: impl FnMut(usize, usize) -> T) -> Self {
        let data = (0..rows * cols).map(|p| f(p / cols, p % cols)).collect();
        Matrix { rows, cols, data }
    }
    pub fn identity(n: usize) -> Self {
        Self::from_fn(n, n, |i, j| if i == j { T::ONE } else { T::ZERO })
    }
    pub fn at(&self, i: usize, j: usize) -> T {
        self.data[i * self.cols + j]
    }
    pub fn row(&self, i: usize) -> &[T] {
        &self.data[i * self.cols..(i + 1) * self.cols]
    }
    pub fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.data[i * self.cols..(i + 1) * self.cols]
    }
    pub fn column(&self, j: usize) -> Vec<T> {
        (0..self.rows).map(|i| self.at(i, j)).collect()
    }
    pub fn transpose(&self) -> Self {
        let mut out = Self::zeros(self.cols, self.rows);
        compute::transpose(self.rows, self.cols, (&self.data, self.cols), (&mut out.data, self.rows));
        out
    }
    pub fn to_f64(&self) -> Matrix<f64> {
        Matrix { rows: self.rows, cols: self.cols, data: self.data.iter().map(|x| x.to_f64()).collect() }
    }
    /// Adds `value` to every entry (i, i).
    pub fn add_diagonal(&mut self, value: f64) {
        let next = self.cols + 1;
        self.data.iter_mut().step_by(next).take(self.rows).for_each(|v| *v += T::from_f64(value));
    }
    /// The largest magnitude, 0 for an empty matrix.
    pub fn max_abs(&self) -> f64 {
        self.data.iter().fold(0.0, |m, x| m.max(x.to_f64().abs()))
    }
    pub(crate) fn view(&self) -> MatRef<'_, T> {
        MatRef::from_row_major_slice(&self.data, self.rows, self.cols)
    }
    pub(crate) fn view_mut(&mut self) -> MatMut<'_, T> {
        MatMut::from_row_major_slice_mut(&mut self.data, self.rows, self.cols)
    }
}
