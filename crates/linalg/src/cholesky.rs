//! Cholesky factorisation `A = L L^T` of a positive definite matrix, and what is solved with it.

use crate::parallel::Work;
use crate::{Matrix, Real, check};
use base::{Error, Result};

/// The lower triangular factor, row-major; entries above the diagonal are zero.
#[derive(Debug, Clone)]
pub struct Cholesky<T> {
    pub lower: Matrix<T>,
    threads: usize,
}

impl<T: Real> Cholesky<T> {
    /// Factors `a + ridge I`. Errors as [`check::symmetric`], and `INVALID_ARGUMENT` when that is not positive definite.
    pub fn new(a: &Matrix<T>, ridge: f64, threads: usize) -> Result<Self> {
        base::memory::check("a", base::memory::bytes::<T>(&[3, a.rows, a.rows]), None)?;
        let mut lower = check::symmetric("a", a)?;
        let n = lower.rows;
        lower.add_diagonal(ridge);
        let work = Work::of(n);
        // The column-major view of a symmetric matrix is itself; its lower triangle is our upper one.
        let view = faer::MatMut::from_column_major_slice_mut(&mut lower.data, n, n);
        if !work.run(threads, || T::cholesky(view, work.par()))? {
            let what = format!("a: expected a positive definite matrix, but with ridge {ridge} this one is not");
            return Err(Error::argument(what));
        }
        let mut lower = lower.transpose();
        for i in 0..n {
            lower.data[i * n + i + 1..(i + 1) * n].fill(T::ZERO);
        }
        Ok(Cholesky { lower, threads })
    }

    /// `A^-1 b` for `b` [n, c].
    pub fn solve(&self, b: &Matrix<T>) -> Result<Matrix<T>> {
        let mut x = self.solve_lower(b)?;
        let (work, upper) = (self.work(b), self.lower.view().transpose());
        work.run(self.threads, || T::solve_upper(upper, x.view_mut(), work.par()));
        Ok(x)
    }

    /// `L^-1 b` for `b` [n, c]: `b^T A^-1 b` is the Gram of its columns.
    pub fn solve_lower(&self, b: &Matrix<T>) -> Result<Matrix<T>> {
        check::finite("b", b)?;
        check::same_rows("b", b, "a", &self.lower)?;
        let mut x = b.clone();
        let work = self.work(b);
        work.run(self.threads, || T::solve_lower(self.lower.view(), x.view_mut(), work.par()));
        Ok(x)
    }

    /// Of a solution for `b`.
    fn work(&self, b: &Matrix<T>) -> Work {
        Work::of(self.lower.rows.max(b.cols))
    }

    /// ln det A.
    pub fn log_det(&self) -> f64 {
        (0..self.lower.rows).map(|i| 2.0 * self.lower.at(i, i).to_f64().ln()).sum()
    }

    /// `(min_i L_ii / max_i L_ii)^2`: an upper bound of the reciprocal condition number.
    pub fn reciprocal_condition_bound(&self) -> f64 {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for i in 0..self.lower.rows {
            let d = self.lower.at(i, i).to_f64();
            low = low.min(d);
            high = high.max(d);
        }
        (low / high).powi(2)
    }
}
