//! The NTK of a differential operator of the network's outputs, `r = L u` with
//! `L = c + sum_i b_i d/dx_i + sum_i a_i d^2/dx_i^2`: the blocks uu, ur, rr of a PDE's loss (Wang, Yu and Perdikaris 2022).
//!
//! L acts on inputs and d/dp on parameters, so `dr/dp = L (du/dp)`: Jacobians at the points of a central difference stencil
//! of order 6, weighted and summed. With step h and a smooth network the error is about `h^6 / 560` of the eighth derivative
//! (1/140 of the seventh for first derivatives), beside rounding of 1e-16 / h^2; the default h = 0.02 leaves both under
//! 1e-11 for derivatives of order one.

use super::jacobian::Differentiator;
use crate::parallel::for_each_block;
use base::{Control, Error, Result};
use linalg::{Matrix, product};

/// Coefficients of L; the vectors have one entry for each input, or none.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    pub value: f64,
    pub gradient: Vec<f64>,
    pub second: Vec<f64>,
    /// Step of the differences.
    pub step: f64,
}

impl Operator {
    /// The outputs themselves.
    pub fn identity() -> Self {
        Operator { value: 1.0, gradient: vec![], second: vec![], step: 0.02 }
    }

    fn check(&self, inputs: usize) -> Result<()> {
        for (name, list) in [("gradient", &self.gradient), ("second", &self.second)] {
            if !list.is_empty() && list.len() != inputs {
                return Err(Error::shape(format!(
                    "operator.{name}: expected {inputs} numbers, one for each input, got {}",
                    list.len()
                )));
            }
            if list.iter().any(|v| !v.is_finite()) {
                return Err(Error::non_finite(format!("operator.{name}: expected finite numbers")));
            }
        }
        if !(self.value.is_finite() && self.step > 0.0 && self.step.is_finite()) {
            return Err(Error::argument(format!(
                "operator: expected a finite value and a positive step, got {} and {}",
                self.value, self.step
            )));
        }
        Ok(())
    }

    /// (displacement, weight): the stencil around a point.
    fn stencil(&self, inputs: usize) -> Vec<(Vec<f64>, f64)> {
        const FIRST: [f64; 3] = [3.0 / 4.0, -3.0 / 20.0, 1.0 / 60.0];
        const SECOND: [f64; 3] = [3.0 / 2.0, -3.0 / 20.0, 1.0 / 90.0];
        let h = self.step;
        let mut centre = self.value;
        let mut out = vec![];
        for i in 0..inputs {
            let b = self.gradient.get(i).copied().unwrap_or(0.0);
            let a = self.second.get(i).copied().unwrap_or(0.0);
            centre -= a * 49.0 / 18.0 / (h * h);
            if a == 0.0 && b == 0.0 {
                continue;
            }
            for k in 0..3 {
                for sign in [1.0, -1.0] {
                    let mut at = vec![0.0; inputs];
                    at[i] = sign * (k + 1) as f64 * h;
                    out.push((at, sign * b * FIRST[k] / h + a * SECOND[k] / (h * h)));
                }
            }
        }
        out.push((vec![0.0; inputs], centre));
        out
    }
}

/// The kernel of `L_1 u` at `x1` [n, d] with `L_2 u` at `x2` [m, d]: the mean over outputs, [n, m].
pub fn residual_ntk(
    net: &Differentiator,
    (x1, first): (&Matrix<f64>, &Operator),
    (x2, second): (&Matrix<f64>, &Operator),
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    let left = jacobians(net, x1, first, threads, control)?;
    let right = jacobians(net, x2, second, threads, control)?;
    let mut out = product::matmul_nt(&left, &right, threads)?;
    let o = net.outputs() as f64;
    out.data.iter_mut().for_each(|v| *v /= o);
    Ok(out)
}

/// L du/dp, [n, outputs x parameters].
fn jacobians(
    net: &Differentiator,
    x: &Matrix<f64>,
    operator: &Operator,
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    operator.check(x.cols)?;
    let stencil = operator.stencil(x.cols);
    let width = net.outputs() * net.columns();
    let mut out = Matrix::zeros(x.rows, width);
    for_each_block(&mut out.data, vec![width; x.rows], threads, control, |i, row| {
        let mut j = Vec::with_capacity(width);
        for (shift, weight) in &stencil {
            let at: Vec<f64> = x.row(i).iter().zip(shift).map(|(x, s)| x + s).collect();
            j.clear();
            net.jacobian(&at, &mut j);
            row.iter_mut().zip(&j).for_each(|(r, j)| *r += weight * j);
        }
        Ok(())
    })?;
    Ok(out)
}
