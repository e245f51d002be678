//! The NTK of a network with its present parameters: `K[i, j, a, b] = sum_p dh_a(x_i)/dp dh_b(x_j)/dp`.
//!
//! For chains of dense layers no Jacobian is formed (design.md): with `H_l` the inputs of layer l and `D_l,a` the
//! sensitivities of output a to its pre-activations,
//!
//! `K[.., a, b] = sum_l (alpha_l H_l H_l^T + beta_l) o (D_l,a D_l,b^T)`,
//!
//! alpha being 1 (`standard`) or sigmaW^2 / fan_in (`ntk`) and beta 1 or sigmaB^2, each 0 where that parameter is
//! not trained. Samples are cut into blocks of [`BLOCK`]; both products and the entrywise product of one pair of blocks
//! stay in cache, and only one triangle is computed: O(n^2 width) a layer. Units that are zero in a whole block ([`live`])
//! are left out, and neighbours share a block ([`order`]), so that with ReLU and few inputs that is about half of them; no
//! bit of an entry depends on which samples share its block. Any other network goes by explicit Jacobians
//! ([`Differentiator`]), O(n^2 parameters).

mod capture;
mod chain;
mod explicit;
mod gram;
mod jacobian;
mod live;
mod order;
mod panels;
mod problem;
mod residual;
mod sampled;
mod stream;

pub use explicit::ntk_vector_product;
pub use jacobian::Differentiator;
pub use residual::{Formulas, residual_ntk};
pub use sampled::sampled_nngp;
pub use stream::NpyTarget;

use crate::parallel::for_each_block;
use crate::selection::Selection;
use base::control::Progress;
use base::{Control, Error, Result, memory};
use linalg::{Matrix, Real, check};
use nets::ResolvedNetwork;
use order::Order;
use problem::Problem;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Samples of a block: whole panels of f32 and f64, small enough that two blocks of width 512 stay in a level-2 cache and
/// a triangle is balanced over threads, large enough that the weights are read seldom.
pub const BLOCK: usize = 64;

/// The mean over outputs, or every pair of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outputs {
    Trace,
    Full,
}

impl Outputs {
    /// Numbers in an entry of the kernel of a network with `count` outputs.
    fn pairs(self, count: usize) -> usize {
        if self == Outputs::Full { count * count } else { 1 }
    }
}

/// `threads`: 0 for every core; `memory_limit` in bytes for the result and all that is needed beside it.
#[derive(Debug, Clone)]
pub struct EmpiricalOptions {
    pub outputs: Outputs,
    pub method: Method,
    pub selection: Selection,
    pub threads: usize,
    pub memory_limit: Option<usize>,
}

impl EmpiricalOptions {
    pub fn new(outputs: Outputs) -> Self {
        EmpiricalOptions { outputs, method: Method::Auto, selection: Selection::all(), threads: 0, memory_limit: None }
    }
}

/// The layer formula, explicit Jacobians, or the first of them that can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Auto,
    Layers,
    Jacobian,
}

/// `[n, m]` for the trace (the mean over outputs), `[n, m, o, o]` in full.
#[derive(Debug, Clone, PartialEq)]
pub struct NtkArray<T> {
    pub data: Vec<T>,
    pub shape: Vec<usize>,
}

/// The NTK of `network` with `parameters` (flat, in the order of `network.parameters`) between `x1` [n, inputs] and `x2`
/// [m, inputs] (`x1` again when `None`: computed as one triangle, exactly symmetric).
pub fn empirical_ntk<T: Real>(
    network: &ResolvedNetwork,
    parameters: &[T],
    buffers: &[T],
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    options: &EmpiricalOptions,
    control: &Control,
) -> Result<NtkArray<T>> {
    let problem = Problem::new(network, (parameters, buffers), x1, x2, options)?;
    let (n, row) = (x1.rows, problem.row());
    problem.check_memory(n, "give `out` to stream it to a file")?;
    let orders = problem.orders();
    let source = problem.source(&orders, control)?;
    let mut data = memory::zeros("this kernel", n * row)?;
    // Each row is made where it belongs; only its columns are put in order at the end.
    let mut rows = orders[0].arrange(rows_of(&mut data, n, row));
    let strip = source.strip();
    let (done, total) = (AtomicU64::new(0), n.div_ceil(strip) as u64);
    for_each_block(&mut rows, heights(0..n, strip), source.workers(), control, |b, out| {
        problem.finite_rows(&*source, b * strip, out, control)?;
        control.progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total, value: f64::NAN });
        Ok(())
    })?;
    // The captures go before the mirror image comes: memory that was never written to is not taken up yet.
    drop(source);
    if x2.is_none() {
        problem.mirror(&mut rows);
    }
    orders[usize::from(x2.is_some())].restore(&mut rows, problem.axis().pow(2), options.threads, control)?;
    Ok(NtkArray { data, shape: problem.shape() })
}

/// Streams the same array to a `.npy` file, strip by strip; an interrupted file is resumed. Returns the shape.
pub fn empirical_ntk_to_file<T: Real>(
    network: &ResolvedNetwork,
    parameters: &[T],
    buffers: &[T],
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    options: &EmpiricalOptions,
    path: &std::path::Path,
    control: &Control,
) -> Result<Vec<usize>> {
    let problem = Problem::new(network, (parameters, buffers), x1, x2, options)?;
    let (n, row) = (x1.rows, problem.row());
    let digest = stream::digest(network, (parameters, buffers), x1, x2, options);
    problem.check_memory(problem.strip_rows().min(n), "even streamed, that is what it needs at a time")?;
    let mut target = NpyTarget::open::<T>(path, &problem.shape(), x2.is_none(), digest)?;
    let source = problem.source(&[Order::given(), Order::given()], control)?;
    let strip = source.strip();
    // The last rows first, as in memory: what is above the diagonal is written with the rows below it.
    let mut end = n - target.done().min(n);
    while end > 0 {
        control.check()?;
        // A strip begins at a multiple of its height, so that none crosses a block.
        let start = end.div_ceil(strip).saturating_sub(source.workers()) * strip;
        let mut data = memory::zeros("rows of this kernel", (end - start) * row)?;
        let mut rows = rows_of(&mut data, end - start, row);
        for_each_block(&mut rows, heights(start..end, strip), source.workers(), control, |b, out| {
            problem.finite_rows(&*source, start + b * strip, out, control)
        })?;
        if x2.is_none() {
            target.write_triangle(&data, start, end, problem.axis())?;
        } else {
            target.write_rows(&data, start)?;
        }
        target.record(n - start)?;
        control.progress(Progress { done: (n - start) as u64, total: n as u64, value: f64::NAN });
        end = start;
    }
    target.finish()?;
    Ok(problem.shape())
}

/// The `count` rows of an array.
fn rows_of<T>(mut data: &mut [T], count: usize, row: usize) -> Vec<&mut [T]> {
    let mut next = || {
        let (first, rest) = std::mem::take(&mut data).split_at_mut(row);
        data = rest;
        first
    };
    (0..count).map(|_| next()).collect()
}

/// Of the strips into which these rows are cut.
fn heights(rows: Range<usize>, strip: usize) -> impl Iterator<Item = usize> {
    rows.clone().step_by(strip).map(move |i| (rows.end - i).min(strip))
}

/// A network with its arrays for the functions that work by Jacobians. Errors as [`empirical_ntk`].
pub fn differentiator<'a, T: Real>(
    network: &'a ResolvedNetwork,
    parameters: &[T],
    buffers: &[T],
    selection: &Selection,
) -> Result<Differentiator<'a>> {
    check_arrays(network, parameters, buffers)?;
    let wide = |v: &[T]| v.iter().map(|v| v.to_f64()).collect();
    Differentiator::new(network, wide(parameters), wide(buffers), selection)
}

/// Points must be finite and as wide as the network's input.
pub fn check_points<T: Real>(network: &ResolvedNetwork, x1: &Matrix<T>, x2: Option<&Matrix<T>>) -> Result<()> {
    for (name, x) in [("x1", Some(x1)), ("x2", x2)] {
        let Some(x) = x else { continue };
        check::finite(name, x)?;
        if x.cols != network.input_size() {
            return Err(Error::shape(format!(
                "{name}: expected {} numbers a sample as the network's input {:?}, got {}",
                network.input_size(),
                network.input,
                x.cols
            )));
        }
    }
    Ok(())
}

fn check_arrays<T: Real>(network: &ResolvedNetwork, parameters: &[T], buffers: &[T]) -> Result<()> {
    for (name, values, want) in
        [("parameters", parameters, network.parameter_count()), ("buffers", buffers, network.buffer_count())]
    {
        if values.len() != want {
            return Err(Error::shape(format!("{name}: the network has {want} values, got {}", values.len())));
        }
        if !check::all_finite(values) {
            return Err(Error::non_finite(format!("{name}: every value must be finite")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
