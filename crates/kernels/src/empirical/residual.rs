//! The NTK of a differential operator of the network's outputs, `r = L u` with
//! `L = c + sum_i b_i d/dx_i + sum_i a_i d^2/dx_i^2`: the blocks uu, ur, rr of a PDE's loss (Wang, Yu and Perdikaris 2022).
//!
//! L acts on inputs and d/dp on parameters, so `dr/dp` is one backward pass through the engine's jets, which carry u, its
//! gradient and `sum_i a_i d^2u/dx_i^2` forward: exact to rounding, once for each point and output.

use super::jacobian::Differentiator;
use crate::parallel::{for_each_block, thread_count};
use base::{Control, Error, Result, memory};
use linalg::{Matrix, product};
use nets::engine::{Data, Engine, Jets, Options, Plan, Samples, compile};
use nets::loss::{Loss, Outputs};

/// Coefficients of L; the vectors have one entry for each input, or none.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    pub value: f64,
    pub gradient: Vec<f64>,
    pub second: Vec<f64>,
}

impl Operator {
    /// The outputs themselves.
    pub fn identity() -> Self {
        Operator { value: 1.0, gradient: vec![], second: vec![] }
    }

    fn check(&self, inputs: usize) -> Result<()> {
        for (name, list) in [("gradient", &self.gradient), ("second", &self.second)] {
            if !list.is_empty() && list.len() != inputs {
                return Err(Error::shape(format!(
                    "operator.{name}: expected {inputs} numbers, one for each input, got {}",
                    list.len()
                )));
            }
        }
        if [self.value].iter().chain(&self.gradient).chain(&self.second).all(|v| v.is_finite()) {
            Ok(())
        } else {
            Err(Error::non_finite("operator: expected finite coefficients"))
        }
    }

    /// What has to be carried beside the values.
    fn jets(&self, inputs: usize) -> Option<Jets> {
        let any = |list: &[f64]| list.iter().any(|v| *v != 0.0);
        if any(&self.second) {
            Some(Jets { dimensions: inputs, second: Some(self.second.clone()) })
        } else {
            any(&self.gradient).then(|| Jets::gradient(inputs))
        }
    }

    /// The factor of each part of a jet: the value, the first derivatives, the weighted sum of second ones.
    fn factors(&self, jets: Option<&Jets>) -> Vec<f64> {
        let Some(jets) = jets else { return vec![self.value] };
        let first = (0..jets.dimensions).map(|i| self.gradient.get(i).copied().unwrap_or(0.0));
        [self.value].into_iter().chain(first).chain(jets.second.as_ref().map(|_| 1.0)).collect()
    }
}

/// `L u` of one output at one point as a loss, whose gradient is a row of the Jacobian.
struct Row {
    factors: Vec<f64>,
    output: usize,
}

impl Loss<f64> for Row {
    fn evaluate(&self, outputs: &Outputs<f64>, gradient: Option<&mut [f64]>) -> f64 {
        let group = outputs.samples.len() * outputs.block.sample();
        let places = || (0..self.factors.len()).map(|part| part * group + self.output);
        if let Some(gradient) = gradient {
            gradient.fill(0.0);
            places().zip(&self.factors).for_each(|(place, factor)| gradient[place] = *factor);
        }
        places().zip(&self.factors).map(|(place, factor)| factor * outputs.values[place]).sum()
    }
}

/// The kernel of `L_1 u` at `x1` [n, d] with `L_2 u` at `x2` [m, d]: the mean over outputs, [n, m].
/// Errors: coefficients that do not fit or are not finite; a layer that derivatives by the input cannot pass, by name.
pub fn residual_ntk(
    net: &Differentiator,
    (x1, first): (&Matrix<f64>, &Operator),
    (x2, second): (&Matrix<f64>, &Operator),
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

/// L du/dp, [n, outputs x parameters].
fn jacobians(
    net: &Differentiator,
    x: &Matrix<f64>,
    operator: &Operator,
    threads: usize,
    control: &Control,
) -> Result<Matrix<f64>> {
    operator.check(x.cols)?;
    let jets = operator.jets(x.cols);
    let factors = operator.factors(jets.as_ref());
    let (outputs, columns) = (net.outputs(), net.columns());
    let mut out = Matrix::try_zeros("residualNtk", x.rows, outputs * columns)?;
    // One engine a thread, each with its share of the points.
    let shares = thread_count(threads).min(x.rows);
    let bounds = |share: usize| x.rows * share / shares;
    let lengths = (0..shares).map(|s| (bounds(s + 1) - bounds(s)) * outputs * columns);
    for_each_block(&mut out.data, lengths, threads, control, |share, block| {
        let program = compile(net.network(), Options { jets: jets.clone(), input_gradient: false })?;
        let (plan, data) = (Plan::new(&program, 1), Data::new(&program, &x.data));
        let (parameters, buffers) = net.arrays();
        let mut engine = Engine::new(program, parameters, buffers, 1);
        for (i, row) in block.chunks_mut((outputs * columns).max(1)).enumerate() {
            control.check()?;
            let point = bounds(share) + i;
            for (output, row) in row.chunks_mut(columns.max(1)).enumerate() {
                let loss = Row { factors: factors.clone(), output };
                engine.differentiate(&data, &Samples::Range(point..point + 1), &plan, &loss);
                net.select(&engine.program.unpack(&engine.gradient()), row);
            }
        }
        Ok(())
    })?;
    Ok(out)
}
