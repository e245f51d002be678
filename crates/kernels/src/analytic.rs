//! NNGP and NTK of networks of infinite width (Neal 1996, Lee et al. 2018, Jacot et al. 2018).
//!
//! With the `ntk` parameterisation `(sigmaW / sqrt(fan_in)) W x + sigmaB b`, the outputs at initialisation are a
//! Gaussian process with covariance `q` (NNGP), and gradient descent follows the kernel `t` (NTK):
//! `q_0 = x.y / d`; a dense layer `q <- sigmaW^2 q + sigmaB^2`, `t <- q + sigmaW^2 t`; an activation
//! `q <- E[f(u) f(v)]`, `t <- t E[f'(u) f'(v)]` (see [`dual`], [`hermite`]). Hidden widths have no influence.
//!
//! ```
//! use kernels::analytic::{AnalyticOptions, KernelKind, analytic_kernel};
//! let spec = nets::NetworkSpec::from_json(r#"{ "input": 2, "layers": [
//!     { "type": "dense", "units": 8, "parameterization": "ntk" }, { "type": "activation", "fn": "relu" },
//!     { "type": "dense", "units": 1, "parameterization": "ntk" }] }"#).unwrap();
//! let x = linalg::Matrix::from_rows(1, 2, vec![1.0, 1.0]).unwrap();
//! let k = analytic_kernel(&spec, &x, None, &AnalyticOptions::new(KernelKind::Ntk), &base::Control::none()).unwrap();
//! assert!((k.data[0] - 1.0_f64).abs() < 1e-15); // q = x.x/2 = 1, halved by the ReLU: q + q T' = 1/2 + 1/2
//! ```

pub mod dual;
pub mod hermite;
pub mod plan;
mod spatial;
mod vectors;

use crate::maps::apply_all;
use crate::parallel::{for_each_block, thread_count};
use crate::selection::Selection;
use base::{Control, Error, Result, memory};
use compute::SimdPath;
use linalg::{Matrix, Real, check, product};
use nets::NetworkSpec;
use plan::{Plan, plan};
use spatial::{Spatial, Variances};
use vectors::{Inputs, Row};

/// Rows that a thread takes at a time.
const ROWS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelKind {
    Ntk,
    Nngp,
}

/// `threads`: 0 for every core; `memory_limit` in bytes, for the result and what is needed beside it.
#[derive(Debug, Clone)]
pub struct AnalyticOptions {
    pub kind: KernelKind,
    pub selection: Selection,
    pub threads: usize,
    pub memory_limit: Option<usize>,
}

impl AnalyticOptions {
    pub fn new(kind: KernelKind) -> Self {
        AnalyticOptions { kind, selection: Selection::all(), threads: 0, memory_limit: None }
    }
}

/// The kernel of `x1` `[n, inputs]` with `x2` `[m, inputs]` (itself when `None`: exactly symmetric) -> `[n, m]`.
/// Errors: shapes, non-finite inputs, a layer without a limit (named), over the memory limit, abort.
pub fn analytic_kernel<T: Real>(
    spec: &NetworkSpec,
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    options: &AnalyticOptions,
    control: &Control,
) -> Result<Matrix<T>> {
    let plan = plan(spec, &options.selection)?;
    let f1 = inputs("x1", spec, &plan, x1)?;
    let f2 = x2.map(|x| inputs("x2", spec, &plan, x)).transpose()?;
    let m = x2.unwrap_or(x1).rows;
    memory::check("the kernel", memory::bytes::<T>(&[x1.rows, m]), options.memory_limit)?;
    let out = if plan.spatial {
        images(&plan, &f1, f2.as_ref(), options, control)?
    } else {
        vectors(&plan, &f1, f2.as_ref(), options, control)?
    };
    check::finite("kernel", &out).map(|()| out)
}

/// How far the duals of activations without a closed form may be off for the points `x`: the largest bound on the error
/// of a T or T', relative to its value at equal inputs (see [`hermite`]). Errors of successive layers add up. 0 when every
/// activation has a closed form.
pub fn series_error<T: Real>(
    spec: &NetworkSpec,
    x: &Matrix<T>,
    options: &AnalyticOptions,
    control: &Control,
) -> Result<f64> {
    let plan = plan(spec, &options.selection)?;
    let x = inputs("x", spec, &plan, x)?;
    if plan.spatial {
        return Ok(variances(&Spatial { plan: &plan }, &x.to_f64(), thread_count(options.threads), control)?
            .iter()
            .map(Variances::error)
            .fold(0.0, f64::max));
    }
    Ok(Inputs::<T>::new(&plan, &own_covariances(&x), control)?.error())
}

/// The points after the fixed maps. Errors: shapes, non-finite inputs.
fn inputs<T: Real>(name: &str, spec: &NetworkSpec, plan: &Plan, x: &Matrix<T>) -> Result<Matrix<T>> {
    check::finite(name, x)?;
    let size: usize = spec.input.iter().product();
    if x.cols != size {
        return Err(Error::shape(format!(
            "{name}: expected {size} numbers a sample as spec.input says, got {}",
            x.cols
        )));
    }
    if plan.maps.is_empty() {
        return Ok(x.clone());
    }
    let data: Vec<T> = (0..x.rows).flat_map(|i| apply_all(&plan.maps, x.row(i))).collect();
    Ok(Matrix { rows: x.rows, cols: data.len() / x.rows, data })
}

/// `x.x / d` of each row.
fn own_covariances<T: Real>(x: &Matrix<T>) -> Vec<f64> {
    let scale = 1.0 / x.cols as f64;
    (0..x.rows).map(|i| x.row(i).iter().map(|v| v.to_f64().powi(2)).sum::<f64>() * scale).collect()
}

/// What every image is at every activation.
fn variances(spatial: &Spatial, x: &Matrix<f64>, threads: usize, control: &Control) -> Result<Vec<Variances>> {
    let mut all: Vec<Option<Variances>> = (0..x.rows).map(|_| None).collect();
    for_each_block(&mut all, vec![1; x.rows], threads, control, |i, slot| {
        slot[0] = Some(spatial.variances(x.row(i)));
        Ok(())
    })?;
    Ok(all.into_iter().flatten().collect())
}

fn vectors<T: Real>(
    plan: &Plan,
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    options: &AnalyticOptions,
    control: &Control,
) -> Result<Matrix<T>> {
    let scale = 1.0 / x1.cols as f64;
    let threads = thread_count(options.threads);
    control.check()?;
    let mut out = match x2 {
        None => product::gram_lower(x1, threads),
        Some(x2) => product::matmul_nt(x1, x2, threads)?,
    };
    let (n, m) = (out.rows, out.cols);
    // On the diagonal variance and covariance must agree to the last bit, so both come from the product.
    let diagonal = |out: &Matrix<T>| (0..n).map(|i| out.at(i, i).to_f64() * scale).collect::<Vec<f64>>();
    let own = if x2.is_none() { diagonal(&out) } else { own_covariances(x1) };
    let first: Inputs<T> = Inputs::new(plan, &own, control)?;
    let second = x2.map(|x2| Inputs::new(plan, &own_covariances(x2), control)).transpose()?;
    let row = Row {
        path: SimdPath::current(),
        plan,
        x: &first,
        y: second.as_ref().unwrap_or(&first),
        ntk: options.kind == KernelKind::Ntk,
    };
    let blocks = (0..n).step_by(ROWS).map(|i| (n - i).min(ROWS) * m);
    let factor = T::from_f64(scale);
    for_each_block(&mut out.data, blocks, threads, control, |b, block| {
        for (r, line) in block.chunks_mut(m).enumerate() {
            let i = b * ROWS + r;
            let line = &mut line[..if x2.is_none() { i + 1 } else { m }];
            line.iter_mut().for_each(|v| *v *= factor);
            row.run(i, 0, line);
        }
        Ok(())
    })?;
    if x2.is_none() {
        compute::mirror_lower(&mut out.data, n, threads);
    }
    Ok(out)
}

fn images<T: Real>(
    plan: &Plan,
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    options: &AnalyticOptions,
    control: &Control,
) -> Result<Matrix<T>> {
    let spatial = Spatial { plan };
    let threads = thread_count(options.threads);
    let pairs = spatial.bytes().saturating_mul(threads);
    memory::check("one pair of images on every thread", pairs, options.memory_limit)?;
    let (f1, f2) = (x1.to_f64(), x2.map(Matrix::to_f64));
    let v1 = variances(&spatial, &f1, threads, control)?;
    let v2 = f2.as_ref().map(|x| variances(&spatial, x, threads, control)).transpose()?;
    let (y, vy) = (f2.as_ref().unwrap_or(&f1), v2.as_ref().unwrap_or(&v1));
    let (n, m) = (x1.rows, y.rows);
    let mut out = Matrix::zeros(n, m);
    for_each_block(&mut out.data, vec![m; n], threads, control, |i, line| {
        for (j, value) in line.iter_mut().enumerate().take(if x2.is_none() { i + 1 } else { m }) {
            control.check()?;
            let (nngp, ntk) = spatial.pair(f1.row(i), y.row(j), &v1[i], &vy[j]);
            *value = T::from_f64(if options.kind == KernelKind::Ntk { ntk } else { nngp });
        }
        Ok(())
    })?;
    if x2.is_none() {
        compute::mirror_lower(&mut out.data, n, threads);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
