//! A model's numbers: parameters and buffers, flat and row-major, in the order of [`ResolvedNetwork`].

use crate::engine::chunk::Workspace;
use crate::engine::{Data, Derivatives, Engine, Jets, Options, Plan, Samples, compile};
use crate::network::arrays::{Array, finite, fits};
use crate::network::shapes::{Parameter, ResolvedNetwork};
use base::{Control, Error, Result};
use compute::Scalar;

#[derive(Debug, Clone, PartialEq)]
pub struct Weights<T> {
    pub parameters: Vec<T>,
    pub buffers: Vec<T>,
}

impl<T: Scalar> Weights<T> {
    /// Drawn from `seed`; see [`crate::network::init`].
    ///
    /// # Errors
    /// `OVER_MEMORY_LIMIT` for more parameters than this machine can hold.
    pub fn draw(network: &ResolvedNetwork, seed: u64) -> Result<Self> {
        let count = network.parameter_count() + network.buffer_count();
        base::memory::check("parameters", count.saturating_mul(8 + size_of::<T>()), None)?;
        let (parameters, buffers) = crate::network::init::draw(network, seed);
        let round = |values: Vec<f64>| values.into_iter().map(T::from_f64).collect();
        Ok(Weights { parameters: round(parameters), buffers: round(buffers) })
    }

    /// Replaces the named arrays, all of them or (after an error) none.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a name that the network does not have, `INVALID_SHAPE`, `NON_FINITE`.
    pub fn set(&mut self, network: &ResolvedNetwork, named: &[(String, Array)]) -> Result<()> {
        let mut places = Vec::with_capacity(named.len());
        for (name, array) in named {
            let find = |list: &'_ [Parameter]| list.iter().position(|parameter| parameter.name == *name);
            let (is_buffer, parameter) = match (find(&network.parameters), find(&network.buffers)) {
                (Some(index), _) => (false, &network.parameters[index]),
                (_, Some(index)) => (true, &network.buffers[index]),
                _ => {
                    let all = network.parameters.iter().chain(&network.buffers).map(|p| p.name.as_str());
                    let names = all.collect::<Vec<_>>().join(", ");
                    return Err(Error::argument(format!("parameters: expected one of {names}, got {name}")));
                }
            };
            if array.shape != parameter.shape {
                let (expected, got) = (&parameter.shape, &array.shape);
                return Err(Error::shape(format!("parameters.{name}: expected shape {expected:?}, got {got:?}")));
            }
            let place = format!("parameters.{name}");
            finite(&place, array)?;
            fits::<T>(&place, array)?;
            if name.ends_with(".running_var")
                && let Some(wrong) = array.to::<f64>().into_iter().find(|variance| *variance < 0.0)
            {
                return Err(Error::argument(format!("{place}: expected variances, none below 0, got {wrong}")));
            }
            places.push((is_buffer, parameter.range(), array));
        }
        for (is_buffer, range, array) in places {
            let list = if is_buffer { &mut self.buffers } else { &mut self.parameters };
            list[range].copy_from_slice(&array.to::<T>());
        }
        Ok(())
    }

    /// The outputs for samples that lie row-major in `inputs`.
    ///
    /// # Errors
    /// `ABORTED`, between two chunks of samples; `OVER_MEMORY_LIMIT`.
    pub fn predict(
        &self,
        network: &ResolvedNetwork,
        inputs: &[T],
        threads: usize,
        control: &Control,
    ) -> Result<Vec<T>> {
        let (mut engine, data) = self.engine(network, Options::default(), inputs, threads, control)?;
        let all = Samples::Range(0..data.rows());
        let outputs = engine.outputs(&data, &all);
        control.check()?;
        // A formula outside of where it is defined; numbers that have diverged stay what they are.
        if outputs.iter().any(|output| !output.is_finite())
            && let Some(fault) = engine.fault(&data, &all, None)
        {
            return Err(Error::non_finite(fault));
        }
        Ok(outputs)
    }

    /// Outputs with their gradients and Laplacians by the input, for samples that lie row-major in `inputs`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` naming a layer that derivatives cannot pass; as [`predict`](Self::predict).
    pub fn derivatives(
        &self,
        network: &ResolvedNetwork,
        inputs: &[T],
        threads: usize,
        control: &Control,
    ) -> Result<Derivatives<T>> {
        let options = Options { jets: Some(Jets::laplacian(network.input_size())), ..Options::default() };
        let (mut engine, data) = self.engine(network, options, inputs, threads, control)?;
        let found = engine.derivatives(&data, &Samples::Range(0..data.rows()));
        control.check().map(|()| found)
    }

    fn engine(
        &self,
        network: &ResolvedNetwork,
        options: Options,
        inputs: &[T],
        threads: usize,
        control: &Control,
    ) -> Result<(Engine<T>, Data<T>)> {
        let program = compile(network, options)?;
        let plan = Plan::new(&program, (inputs.len() / network.input_size()).max(1));
        let spaces = threads.saturating_mul(Workspace::bytes(&program, plan.points, false));
        let outputs = plan.rows.saturating_mul(network.output_size()).saturating_mul(program.copies());
        let numbers = (inputs.len() + program.arena).saturating_add(outputs).saturating_mul(size_of::<T>());
        base::memory::check("predict", spaces.saturating_add(numbers), None)?;
        let mut engine = Engine::new(program, &self.parameters, &self.buffers, threads);
        engine.control = control.clone();
        let data = Data::new(&engine.program, inputs);
        Ok((engine, data))
    }
}
