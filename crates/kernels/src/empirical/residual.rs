//! The NTK of a differential equation's residuals `r(u, u_x, ..., x)`: the blocks uu, ur, rr of a PDE's loss (Wang, Yu and
//! Perdikaris 2022), of a nonlinear equation by its linearisation at the network.
//!
//! `dr/dp = sum_k dr/du_k du_k/dp` over the derivatives u_k that the formula reads, which is one backward pass through the
//! engine's jets: exact to rounding, once for each point and formula.

use super::jacobian::Differentiator;
use crate::parallel::{for_each_block, thread_count};
use base::{Control, Error, Result, memory};
use linalg::{Matrix, product};
use nets::engine::loss::Loss;
use nets::engine::{Data, Engine, Options, Plan, Samples, compile};
use nets::network::spec::Coefficients;
use nets::training::losses::Equations;
use nets::training::names;
use serde::Deserialize;

/// Formulas of the network's outputs, as many as it has.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formulas {
    /// Names of the inputs. Default: `x`, or `x1`, `x2` and so on.
    #[serde(default)]
    pub variables: Option<Vec<String>>,
    /// Names of the outputs. Default: `u`.
    #[serde(default)]
    pub outputs: Option<Vec<String>>,
    /// `None`: the outputs themselves.
    #[serde(default)]
    pub equations: Option<Vec<String>>,
    /// Numbers that the formulas name.
    #[serde(default)]
    pub parameters: Coefficients,
}

impl Formulas {
    /// Each formula as a loss over points.
    fn losses(&self, net: &Differentiator, x: &Matrix<f64>) -> Result<Vec<Equations<f64>>> {
        let inputs = names::inputs(self.variables.as_deref(), net.network())?;
        let count = net.outputs();
        let outputs = match (&self.outputs, &self.equations) {
            (None, None) => (0..count).map(|k| format!("u{k}")).collect(),
            (given, _) => names::outputs(given.as_deref(), net.network())?,
        };
        let all: Vec<&str> = inputs.iter().chain(&outputs).map(String::as_str).collect();
        names::distinct(&all, &self.parameters)?;
        let texts = self.equations.as_ref().unwrap_or(&outputs);
        if texts.len() != count {
            let got = texts.len();
            return Err(Error::shape(format!("equations: expected {count}, one for each output, got {got}")));
        }
        if self.parameters.trained().next().is_some() {
            return Err(Error::argument("parameters: expected numbers: nothing is trained here"));
        }
        let loss = |text: &String| Equations::plain(text, &inputs, &outputs, &self.parameters, x.data.clone());
        texts.iter().map(loss).collect()
    }
}

/// The kernel of the first formulas at `x1` [n, d] with the second ones at `x2` [m, d]: the mean over them, [n, m].
/// Errors: formulas that cannot be read; a layer that derivatives by the input cannot pass, by name.
pub fn residual_ntk(
    net: &Differentiator,
    (x1, first): (&Matrix<f64>, &Formulas),
    (x2, second): (&Matrix<f64>, &Formulas),
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    let numbers = memory::product(&[x1.rows.saturating_add(x2.rows), net.outputs(), net.columns()]);
    memory::check("residualNtk", memory::bytes::<f64>(&[numbers]), None)?;
    let left = jacobians(net, x1, first, threads, control)?;
    let right = jacobians(net, x2, second, threads, control)?;
    let mut out = product::matmul_nt(&left, &right, threads)?;
    let o = net.outputs() as f64;
    out.data.iter_mut().for_each(|v| *v /= o);
    Ok(out)
}

/// dr/dp, [n, formulas x parameters].
fn jacobians(
    net: &Differentiator,
    x: &Matrix<f64>,
    formulas: &Formulas,
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    let losses = formulas.losses(net, x)?;
    let (count, columns) = (losses.len(), net.columns());
    let mut out = Matrix::try_zeros("residualNtk", x.rows, count * columns)?;
    // One engine a thread and formula, each with its share of the points.
    let shares = thread_count(threads).min(x.rows);
    let bounds = |share: usize| x.rows * share / shares;
    let lengths = (0..shares).map(|s| (bounds(s + 1) - bounds(s)) * count * columns);
    for_each_block(&mut out.data, lengths, threads, control, |share, block| {
        for (k, loss) in losses.iter().enumerate() {
            let jets = loss.jets(x.cols);
            let program = compile(net.network(), Options { jets, ..Options::default() })?;
            let (plan, data) = (Plan::new(&program, 1), Data::new(&program, &x.data));
            let (parameters, buffers) = net.arrays();
            let mut engine = Engine::new(program, parameters, buffers, 1);
            for (i, row) in block.chunks_mut((count * columns).max(1)).enumerate() {
                control.check()?;
                let point = bounds(share) + i;
                let value = engine.differentiate(&data, &Samples::Range(point..point + 1), &plan, loss);
                if !value.is_finite()
                    && let Some(fault) = engine.fault(&data, &Samples::Range(point..point + 1), Some(loss))
                {
                    return Err(Error::non_finite(fault));
                }
                net.select(&engine.program.unpack(&engine.gradient()), &mut row[k * columns..(k + 1) * columns]);
            }
        }
        Ok(())
    })?;
    Ok(out)
}
