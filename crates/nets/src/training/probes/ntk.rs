//! The empirical neural tangent kernel through a training: `K_ij = 1/o sum_c dh_c(x_i)/dp . dh_c(x_j)/dp` over all trained
//! parameters p and the o outputs c, by one backward pass a point and output. Meant for some hundreds of points; the
//! kernels' own functions are made for more.

use super::{Context, Measure, Seen};
use crate::engine::loss::{Loss, Outputs};
use crate::engine::{Data, Engine, Options, Plan, Samples, compile};
use crate::network::arrays::Array;
use base::{Control, Error, Result};
use compute::Scalar;
use linalg::{Matrix, eigvalsh, product};

/// The sum over samples of one output.
struct Output {
    index: usize,
}

impl<T: Scalar> Loss<T> for Output {
    fn evaluate(&self, outputs: &Outputs<T>, gradient: Option<&mut [T]>) -> f64 {
        // Output c of a sample whose rows (tokens) have `width` values each.
        let block = outputs.block;
        let place = self.index / block.width * block.lead + self.index % block.width;
        if let Some(gradient) = gradient {
            gradient.fill(T::ZERO);
            gradient.chunks_exact_mut(block.sample()).for_each(|row| row[place] = T::ONE);
        }
        outputs.values.chunks_exact(block.sample()).map(|row| row[place].to_f64()).sum()
    }
}

pub struct Ntk<T: Scalar> {
    engine: Engine<T>,
    data: Data<T>,
    threads: usize,
}

impl<T: Scalar> Ntk<T> {
    pub fn new(context: &Context, points: &Array) -> Result<Self> {
        let network = context.network;
        let program = compile(network, Options::default())?;
        let data = Data::new(&program, &points.to::<T>());
        let (n, count) = (data.rows(), program.parameter_count());
        // The Jacobian of one output beside the sum of the Grams.
        let bytes = n.saturating_mul(count + 2 * n).saturating_mul(size_of::<f64>());
        base::memory::check(&context.place, bytes, None)?;
        let zeros = |length: usize| vec![T::ZERO; length];
        let mut engine = Engine::new(program, &zeros(count), &zeros(network.buffer_count()), 1);
        engine.frozen = true;
        Ok(Ntk { engine, data, threads: context.threads })
    }
}

impl<T: Scalar> Measure<T> for Ntk<T> {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        let n = self.data.rows();
        vec![("values", vec![n, n]), ("eigenvalues", vec![n])]
    }
    fn measure(&mut self, seen: &Seen<T>, control: &Control) -> Result<Vec<Vec<f64>>> {
        let engine = &mut self.engine;
        engine.set_flat_parameters(&(seen.parameters)());
        engine.state.copy_from_slice(seen.state);
        let (n, count) = (self.data.rows(), engine.program.parameter_count());
        let outputs = engine.program.output_block().size();
        let plan = Plan::new(&engine.program, 1);
        let mut kernel = vec![0.0; n * n];
        for index in 0..outputs {
            let mut rows = Vec::with_capacity(n * count);
            for i in 0..n {
                control.check()?;
                engine.differentiate(&self.data, &Samples::Range(i..i + 1), &plan, &Output { index });
                rows.extend(engine.program.unpack(&engine.gradient()).iter().map(|x| x.to_f64()));
            }
            let gram = product::gram(&Matrix::from_rows(n, count, rows)?, self.threads);
            kernel.iter_mut().zip(&gram.data).for_each(|(sum, x)| *sum += x / outputs as f64);
        }
        if kernel.iter().any(|x| !x.is_finite()) {
            return Err(Error::non_finite("ntk: the kernel is not finite"));
        }
        let kernel = Matrix::from_rows(n, n, kernel)?;
        let eigenvalues = eigvalsh(&kernel, self.threads)?.into_iter().rev().collect();
        Ok(vec![kernel.data, eigenvalues])
    }
}
