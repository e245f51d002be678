//! What an empirical kernel is asked for, checked, and where its rows come from: the layer formula or Jacobians.

use super::capture::{Captures, Weights, capture_bytes};
use super::chain::{DenseChain, dense_chain};
use super::explicit::Explicit;
use super::gram::Gram;
use super::order::Order;
use super::{EmpiricalOptions, Method, Outputs, check_arrays, check_points, differentiator};
use crate::parallel::{for_each_block, thread_count};
use base::{Control, Error, Result, memory};
use compute::SimdPath;
use linalg::{Matrix, Real, check};
use nets::ResolvedNetwork;

/// Gives rows of a kernel; those of a square one up to the diagonal.
pub trait RowSource<T>: Sync {
    /// Rows that are made together, from a multiple of that number on.
    fn strip(&self) -> usize;
    /// Strips that are made at the same time.
    fn workers(&self) -> usize;
    /// The strip at `from` into `out`, whole rows of zeros.
    fn rows(&self, from: usize, out: &mut [&mut [T]], control: &Control) -> Result<()>;
}

pub struct Problem<'a, T> {
    network: &'a ResolvedNetwork,
    parameters: &'a [T],
    buffers: &'a [T],
    x1: &'a Matrix<T>,
    x2: Option<&'a Matrix<T>>,
    options: &'a EmpiricalOptions,
    /// `None`: by Jacobians.
    chain: Option<DenseChain>,
    threads: usize,
}

impl<'a, T: Real> Problem<'a, T> {
    pub fn new(
        network: &'a ResolvedNetwork,
        (parameters, buffers): (&'a [T], &'a [T]),
        x1: &'a Matrix<T>,
        x2: Option<&'a Matrix<T>>,
        options: &'a EmpiricalOptions,
    ) -> Result<Self> {
        check_points(network, x1, x2)?;
        check_arrays(network, parameters, buffers)?;
        let chain = match (options.method, dense_chain(network, &options.selection, buffers)) {
            (Method::Jacobian, _) | (Method::Auto, Err(_)) => None,
            (_, chain) => Some(chain?),
        };
        let threads = thread_count(options.threads);
        Ok(Problem { network, parameters, buffers, x1, x2, options, chain, threads })
    }

    fn columns(&self) -> usize {
        self.x2.unwrap_or(self.x1).rows
    }

    /// Outputs along each of the last two axes of the result; 1 for the trace.
    pub fn axis(&self) -> usize {
        if self.options.outputs == Outputs::Full { self.network.output_size() } else { 1 }
    }

    pub fn shape(&self) -> Vec<usize> {
        let mut shape = vec![self.x1.rows, self.columns()];
        if self.options.outputs == Outputs::Full {
            shape.extend([self.axis(); 2]);
        }
        shape
    }

    /// Numbers in a row of the result.
    pub fn row(&self) -> usize {
        self.columns() * self.axis() * self.axis()
    }

    /// Rows that are made at the same time.
    pub fn strip_rows(&self) -> usize {
        match self.chain {
            Some(_) => super::gram::strip(self.x1.rows) * self.threads,
            None => super::explicit::strip(self.network, &self.options.selection),
        }
    }

    /// `OVER_MEMORY_LIMIT` when `rows` rows of the result and what is needed beside them take more than the limit.
    pub fn check_memory(&self, rows: usize, advice: &str) -> Result<()> {
        let samples = self.x1.rows + self.x2.map_or(0, |x| x.rows);
        let beside = match &self.chain {
            Some(chain) => capture_bytes::<T>(chain, samples),
            None => super::explicit::bytes(self.network, &self.options.selection, samples),
        };
        let bytes = memory::bytes::<T>(&[rows, self.columns(), self.axis(), self.axis()]).saturating_add(beside);
        memory::check("this kernel", bytes, self.options.memory_limit)
            .map_err(|error| Error::new(error.code, format!("{}; {advice}", error.message)))
    }

    /// The order of each side in which blocks have the most zeros in common, where that is of use.
    pub fn orders(&self) -> [Order; 2] {
        let order = |x: &Matrix<T>| match &self.chain {
            Some(chain) if chain.has_zeros() => Order::near(x),
            _ => Order::given(),
        };
        [order(self.x1), self.x2.map_or_else(Order::given, order)]
    }

    /// `orders` of the rows and (where there is an `x2`) of the columns.
    pub fn source(&self, orders: &[Order; 2], control: &Control) -> Result<Box<dyn RowSource<T> + 'a>> {
        let Some(chain) = &self.chain else {
            let net = differentiator(self.network, self.parameters, self.buffers, &self.options.selection)?;
            return Ok(Box::new(Explicit::new(net, self.x1, self.x2, self.options.outputs, self.threads)));
        };
        let path = SimdPath::current();
        let mut weights: Vec<Option<Weights<T>>> = chain.layers.iter().map(|_| None).collect();
        for_each_block(&mut weights, vec![1; chain.layers.len()], self.threads, control, |l, slot| {
            slot[0] = Some(Weights::new(&chain.layers[l], self.parameters));
            Ok(())
        })?;
        let weights: Vec<Weights<T>> = weights.into_iter().flatten().collect();
        let capture = |x, order| Captures::new(chain, &weights, (x, order), (self.threads, path), control);
        let left = capture(self.x1, &orders[0])?;
        let right = self.x2.map(|x2| capture(x2, &orders[1])).transpose()?;
        Ok(Box::new(Gram::new(chain, left, right, self.options.outputs, self.threads, path)))
    }

    /// The strip at `from`, checked while it is in cache. What is not made yet is not looked at: memory that was never touched
    /// is given out more cheaply when it is written first.
    pub fn finite_rows(
        &self,
        source: &dyn RowSource<T>,
        from: usize,
        out: &mut [&mut [T]],
        control: &Control,
    ) -> Result<()> {
        source.rows(from, out, control)?;
        let columns = if self.x2.is_none() { from + out.len() } else { self.columns() };
        let made = columns * self.axis() * self.axis();
        if out.iter().all(|row| check::all_finite(&row[..made])) {
            return Ok(());
        }
        Err(Error::non_finite("kernel: an entry is not finite: the network's outputs or derivatives overflow"))
    }

    /// From below the diagonal to above: `K[j, i, b, a] = K[i, j, a, b]`.
    pub fn mirror(&self, rows: &mut [&mut [T]]) {
        let outputs = self.axis();
        if outputs == 1 {
            return compute::mirror_rows(rows, self.threads);
        }
        let pairs = outputs * outputs;
        for i in 0..rows.len() {
            for j in 0..=i {
                for e in 0..pairs {
                    let flipped = e % outputs * outputs + e / outputs;
                    if i != j || e > flipped {
                        rows[j][i * pairs + flipped] = rows[i][j * pairs + e];
                    }
                }
            }
        }
    }
}
