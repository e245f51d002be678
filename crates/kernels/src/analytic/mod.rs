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
mod features;
pub mod hermite;
pub mod plan;
mod spatial;
mod vectors;

use crate::parallel::{for_each_block, thread_count};
use crate::selection::Selection;
use base::{Code, Control, Error, Result};
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
    pub memory_limit: Option<u64>,
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
    let size: usize = spec.input.iter().product();
    for (name, x) in [("x1", Some(x1)), ("x2", x2)] {
        let Some(x) = x else { continue };
        check::finite(name, x)?;
        if x.cols != size {
            return Err(Error::shape(format!(
                "{name}: expected {size} numbers a sample as spec.input says, got {}",
                x.cols
            )));
        }
    }
    let m = x2.unwrap_or(x1).rows;
    limit(x1.rows as u64 * m as u64 * size_of::<T>() as u64, options, "the kernel")?;
    let f1 = features::map_inputs(x1, &plan.maps);
    let f2 = x2.map(|x| features::map_inputs(x, &plan.maps));
    let out = if plan.spatial {
        images(&plan, &f1, f2.as_ref(), options, control)?
    } else {
        vectors(&plan, &f1, f2.as_ref(), options, control)?
    };
    check::finite("kernel", &out).map(|()| out)
}

fn limit(bytes: u64, options: &AnalyticOptions, what: &str) -> Result<()> {
    match options.memory_limit {
        Some(limit) if bytes > limit => Err(Error::new(
            Code::OverMemoryLimit,
            format!("memoryLimit: {what} needs {bytes} bytes, more than the limit of {limit}"),
        )),
        _ => Ok(()),
    }
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
    let own = |x: &Matrix<T>| -> Vec<f64> {
        (0..x.rows).map(|i| x.row(i).iter().map(|v| v.to_f64().powi(2)).sum::<f64>() * scale).collect()
    };
    // On the diagonal variance and covariance must agree to the last bit, so both come from the product.
    let diagonal = |out: &Matrix<T>| (0..n).map(|i| out.at(i, i).to_f64() * scale).collect::<Vec<f64>>();
    let first: Inputs<T> = Inputs::new(plan, &if x2.is_none() { diagonal(&out) } else { own(x1) });
    let second = x2.map(|x2| Inputs::new(plan, &own(x2)));
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
        product::mirror_lower(&mut out);
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
    limit(spatial.bytes().saturating_mul(threads as u64), options, "one pair of images on every thread")?;
    let (f1, f2) = (x1.to_f64(), x2.map(Matrix::to_f64));
    let variances = |x: &Matrix<f64>| -> Result<Vec<Variances>> {
        let mut all: Vec<Option<Variances>> = (0..x.rows).map(|_| None).collect();
        for_each_block(&mut all, vec![1; x.rows], threads, control, |i, slot| {
            slot[0] = Some(spatial.variances(x.row(i)));
            Ok(())
        })?;
        Ok(all.into_iter().flatten().collect())
    };
    let v1 = variances(&f1)?;
    let v2 = f2.as_ref().map(variances).transpose()?;
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
        product::mirror_lower(&mut out);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
