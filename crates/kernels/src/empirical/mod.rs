//! The NTK of a network with its present parameters: `K[i, j, a, b] = sum_p dh_a(x_i)/dp dh_b(x_j)/dp`.
//!
//! For chains of dense layers no Jacobian is formed (design.md): with `H_l` the inputs of layer l and `D_l,a` the
//! sensitivities of output a to its pre-activations,
//!
//! `K[.., a, b] = sum_l (alpha_l H_l H_l^T + beta_l) o (D_l,a D_l,b^T)`,
//!
//! alpha being 1 (`standard`) or sigmaW^2 / fan_in (`ntk`) and beta 1 or sigmaB^2, each 0 where that parameter is
//! not trained. Samples are cut into blocks of [`BLOCK`]; both products and the entrywise product of one pair of blocks
//! stay in cache, and only one triangle is computed. Any other network goes by explicit Jacobians ([`Differentiator`]).

mod dense;
mod explicit;
mod gram;
mod jacobian;
mod residual;
mod sampled;
mod stream;

pub use dense::{DenseChain, dense_chain};
pub use explicit::ntk_vector_product;
pub use gram::{Outputs, gram_bytes};
pub use jacobian::Differentiator;
pub use residual::{Operator, residual_ntk};
pub use sampled::sampled_nngp;
pub use stream::NpyTarget;

use crate::parallel::{for_each_block, thread_count};
use crate::selection::Selection;
use base::{Code, Control, Error, Result};
use compute::SimdPath;
use gram::Gram;
use linalg::{Matrix, Real, check};
use nets::ResolvedNetwork;

/// Samples of a block: 96 columns are six panels of f32, and a block of width 512 stays in a level-2 cache.
pub const BLOCK: usize = 96;

/// `threads`: 0 for every core; `memory_limit` in bytes for the result and all that is needed beside it.
#[derive(Debug, Clone)]
pub struct EmpiricalOptions {
    pub outputs: Outputs,
    pub method: Method,
    pub selection: Selection,
    pub threads: usize,
    pub memory_limit: Option<u64>,
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
    if uses_jacobians(network, buffers, options)? {
        return explicit(network, parameters, buffers, x1, x2, options, control);
    }
    let problem = Problem::new(network, parameters, buffers, x1, x2, options)?;
    let bytes = problem.result_bytes::<T>() + problem.capture_bytes::<T>();
    if let Some(limit) = options.memory_limit.filter(|limit| bytes > *limit) {
        return Err(Error::new(
            Code::OverMemoryLimit,
            format!(
                "memoryLimit: this kernel needs {bytes} bytes, more than the limit of {limit}; give `out` to stream it to a file"
            ),
        ));
    }
    let gram = problem.gram(x1, x2, options, control)?;
    let (n, m, o2) = (problem.n, problem.m, problem.pairs());
    let mut data = vec![T::ZERO; n * m * o2];
    let rows = gram::ROWS;
    let blocks = (0..n).step_by(rows).map(|i| (n - i).min(rows) * m * o2);
    let done = std::sync::atomic::AtomicU64::new(0);
    let total = n.div_ceil(rows) as u64;
    for_each_block(&mut data, blocks, problem.threads, control, |b, out| {
        gram.rows(b * rows, out, m, control)?;
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        control.progress(base::control::Progress { done, total, value: f64::NAN });
        Ok(())
    })?;
    if x2.is_none() {
        gram::mirror(&mut data, n, problem.o_out());
    }
    if data.iter().any(|v| !v.is_finite()) {
        return Err(Error::non_finite("kernel: an entry is not finite: the network's outputs or derivatives overflow"));
    }
    Ok(NtkArray { data, shape: problem.shape() })
}

/// Streams the same array to a `.npy` file, block row by block row; an interrupted file is resumed.
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
    if uses_jacobians(network, buffers, options)? {
        let digest = stream::digest(parameters, x1, x2, &format!("{:?} {:?}", options.outputs, options.selection));
        let whole = explicit(network, parameters, buffers, x1, x2, options, control)?;
        let mut target = NpyTarget::open::<T>(path, &whole.shape, digest)?;
        target.write_rows(&whole.data, 0, 1)?;
        target.finish()?;
        return Ok(whole.shape);
    }
    let problem = Problem::new(network, parameters, buffers, x1, x2, options)?;
    let (n, m, o2) = (problem.n, problem.m, problem.pairs());
    let strip = gram::ROWS * problem.threads;
    let bytes = problem.capture_bytes::<T>() + (strip * m * o2 * size_of::<T>()) as u64;
    if let Some(limit) = options.memory_limit.filter(|limit| bytes > *limit) {
        return Err(Error::new(
            Code::OverMemoryLimit,
            format!(
                "memoryLimit: even streamed, this kernel needs {bytes} bytes at a time, more than the limit of {limit}"
            ),
        ));
    }
    let digest = stream::digest(parameters, x1, x2, &format!("{:?} {:?}", options.outputs, options.selection));
    let mut target = NpyTarget::open::<T>(path, &problem.shape(), digest)?;
    let gram = problem.gram(x1, x2, options, control)?;
    // The last rows first, as in memory: what is above the diagonal is written with the rows below it.
    let mut end = n - target.done().min(n);
    while end > 0 {
        control.check()?;
        // Strips begin at multiples of their height, so that none crosses a block.
        let start = end.div_ceil(gram::ROWS).saturating_sub(problem.threads) * gram::ROWS;
        let mut data = vec![T::ZERO; (end - start) * m * o2];
        let blocks = (start..end).step_by(gram::ROWS).map(|i| (end - i).min(gram::ROWS) * m * o2);
        for_each_block(&mut data, blocks, problem.threads, control, |b, out| {
            gram.rows(start + b * gram::ROWS, out, m, control)
        })?;
        if x2.is_none() {
            target.write_triangle(&data, start, end, n, problem.o_out())?;
        } else {
            target.write_rows(&data, start, m * o2)?;
        }
        target.record(n - start)?;
        control.progress(base::control::Progress { done: (n - start) as u64, total: n as u64, value: f64::NAN });
        end = start;
    }
    target.finish()?;
    Ok(problem.shape())
}

fn uses_jacobians<T: Real>(network: &ResolvedNetwork, buffers: &[T], options: &EmpiricalOptions) -> Result<bool> {
    check_arrays(network, None, buffers)?;
    let buffers: Vec<f64> = buffers.iter().map(|v| v.to_f64()).collect();
    match (options.method, dense_chain(network, &options.selection, &buffers)) {
        (Method::Jacobian, _) | (Method::Auto, Err(_)) => Ok(true),
        (_, chain) => chain.map(|_| false),
    }
}

fn explicit<T: Real>(
    network: &ResolvedNetwork,
    parameters: &[T],
    buffers: &[T],
    x1: &Matrix<T>,
    x2: Option<&Matrix<T>>,
    options: &EmpiricalOptions,
    control: &Control,
) -> Result<NtkArray<T>> {
    let net = differentiator(network, parameters, buffers, &options.selection)?;
    check_points(network, x1, x2)?;
    let (n, m, o) = (x1.rows, x2.unwrap_or(x1).rows, net.outputs());
    let pairs = if options.outputs == Outputs::Full { o * o } else { 1 };
    let bytes = explicit::bytes(&net, n * m * pairs);
    if let Some(limit) = options.memory_limit.filter(|limit| bytes > *limit) {
        return Err(Error::new(
            Code::OverMemoryLimit,
            format!(
                "memoryLimit: this kernel needs {bytes} bytes by explicit Jacobians, more than the limit of {limit}"
            ),
        ));
    }
    let data = explicit::explicit_ntk(&net, x1, x2, options.outputs, thread_count(options.threads), control)?;
    if data.iter().any(|v| !v.is_finite()) {
        return Err(Error::non_finite("kernel: an entry is not finite: the network's outputs or derivatives overflow"));
    }
    let shape = if options.outputs == Outputs::Full { vec![n, m, o, o] } else { vec![n, m] };
    Ok(NtkArray { data: data.into_iter().map(T::from_f64).collect(), shape })
}

/// A network with its arrays for the functions that work by Jacobians. Errors as [`empirical_ntk`].
pub fn differentiator<'a, T: Real>(
    network: &'a ResolvedNetwork,
    parameters: &[T],
    buffers: &[T],
    selection: &Selection,
) -> Result<Differentiator<'a>> {
    check_arrays(network, Some(parameters), buffers)?;
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

fn check_arrays<T: Real>(network: &ResolvedNetwork, parameters: Option<&[T]>, buffers: &[T]) -> Result<()> {
    let parameters = parameters.map(|p| ("parameters", p, network.parameter_count()));
    for (name, values, want) in parameters.into_iter().chain([("buffers", buffers, network.buffer_count())]) {
        if values.len() != want {
            return Err(Error::shape(format!("{name}: the network has {want} values, got {}", values.len())));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(Error::non_finite(format!("{name}: every value must be finite")));
        }
    }
    Ok(())
}

struct Problem {
    chain: DenseChain,
    outputs: Outputs,
    n: usize,
    m: usize,
    square: bool,
    threads: usize,
    flat: ParametersOf,
}

/// Parameters in f64, from which effective weights are made once; the capture rounds them to the kernel's type.
struct ParametersOf(Vec<f64>);

impl Problem {
    fn new<T: Real>(
        network: &ResolvedNetwork,
        parameters: &[T],
        buffers: &[T],
        x1: &Matrix<T>,
        x2: Option<&Matrix<T>>,
        options: &EmpiricalOptions,
    ) -> Result<Self> {
        check_points(network, x1, x2)?;
        check_arrays(network, Some(parameters), buffers)?;
        let buffers: Vec<f64> = buffers.iter().map(|v| v.to_f64()).collect();
        let chain = dense_chain(network, &options.selection, &buffers)?;
        Ok(Problem {
            chain,
            outputs: options.outputs,
            n: x1.rows,
            m: x2.unwrap_or(x1).rows,
            square: x2.is_none(),
            threads: thread_count(options.threads),
            flat: ParametersOf(parameters.iter().map(|v| v.to_f64()).collect()),
        })
    }

    /// Outputs along each of the last two axes of the result; 1 for the trace.
    fn o_out(&self) -> usize {
        if self.outputs == Outputs::Full { self.chain.outputs() } else { 1 }
    }

    fn pairs(&self) -> usize {
        self.o_out() * self.o_out()
    }

    fn shape(&self) -> Vec<usize> {
        match self.outputs {
            Outputs::Trace => vec![self.n, self.m],
            Outputs::Full => vec![self.n, self.m, self.o_out(), self.o_out()],
        }
    }

    fn result_bytes<T>(&self) -> u64 {
        (self.n as u64) * (self.m as u64) * (self.pairs() * size_of::<T>()) as u64
    }

    fn capture_bytes<T>(&self) -> u64 {
        let samples = self.n + if self.square { 0 } else { self.m };
        gram_bytes(&self.chain, samples, size_of::<T>())
    }

    fn gram<T: Real>(
        &self,
        x1: &Matrix<T>,
        x2: Option<&Matrix<T>>,
        options: &EmpiricalOptions,
        control: &Control,
    ) -> Result<Gram<T>> {
        let path = SimdPath::current();
        let weights = self.chain.weights::<T>(&self.flat.0);
        let capture = |x: &Matrix<T>| -> Result<Vec<dense::Capture<T>>> {
            let blocks = x.rows.div_ceil(BLOCK);
            let mut out: Vec<Option<dense::Capture<T>>> = (0..blocks).map(|_| None).collect();
            for_each_block(&mut out, vec![1; blocks], self.threads, control, |b, slot| {
                let rows = b * BLOCK..((b + 1) * BLOCK).min(x.rows);
                slot[0] = Some(self.chain.capture(&weights, x, rows, path));
                Ok(())
            })?;
            Ok(out.into_iter().flatten().collect())
        };
        let left = capture(x1)?;
        let right = x2.map(capture).transpose()?;
        Ok(Gram::new(&self.chain, left, right, options.outputs, path))
    }
}

#[cfg(test)]
mod tests;
