//! Outputs, and their derivatives by the input.

use crate::device::{Device, Real, lift};
use crate::signal::Signal;
use crate::stack::{Stack, part_size};
use base::{Error, Result};
use candle_core::Tensor;
use nets::engine::{Derivatives, Jets, Options, compile};
use nets::{ResolvedNetwork, Weights};

/// The outputs for samples that lie row-major in `inputs`, as [`Weights::predict`].
pub fn predict<T: Real>(
    device: &Device,
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    inputs: &[T],
) -> Result<Vec<T>> {
    let mut outputs = Vec::new();
    lift(parts(device, network, weights, inputs, None, |signal| {
        outputs.extend(flat::<T>(&signal.value)?);
        Ok(())
    }))?;
    Ok(outputs)
}

/// Outputs with their gradients and Laplacians by the input, as [`Weights::derivatives`].
///
/// # Errors
/// `INVALID_ARGUMENT` naming a layer that derivatives cannot pass.
pub fn derivatives<T: Real>(
    device: &Device,
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    inputs: &[T],
) -> Result<Derivatives<T>> {
    let jets = Jets::laplacian(network.input_size());
    check_jets(network, &jets)?;
    let mut found = Derivatives { value: Vec::new(), gradient: Vec::new(), second: Vec::new() };
    lift(parts(device, network, weights, inputs, Some(&jets), |signal| {
        let (sum, first) = signal.jet.as_ref().and_then(|jet| jet.parts.split_last()).expect("the input carries a jet");
        found.value.extend(flat::<T>(&signal.value)?);
        // d times [1, n, o] to [n, o, d].
        found.gradient.extend(flat::<T>(&Tensor::stack(first, 3)?)?);
        found.second.extend(flat::<T>(sum)?);
        Ok(())
    }))?;
    Ok(found)
}

/// The layers that carry jets are those of the CPU engine.
pub fn check_jets(network: &ResolvedNetwork, jets: &Jets) -> Result<()> {
    if jets.order() > 2 {
        let message = "third derivatives cannot be run by the CUDA engine; use device 'cpu'";
        return Err(Error::argument(format!("loss: {message}")));
    }
    compile::<f64>(network, Options { jets: Some(jets.clone()), ..Options::default() }).map(|_| ())
}

/// Forward passes over parts of the inputs, in their order.
fn parts<T: Real>(
    device: &Device,
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    inputs: &[T],
    jets: Option<&Jets>,
    mut visit: impl FnMut(Signal) -> candle_core::Result<()>,
) -> candle_core::Result<()> {
    let stack = Stack::new(&[weights], Vec::new(), device)?;
    let size = network.input_size() * part_size(network, jets.map_or(1, Jets::copies));
    for part in inputs.chunks(size) {
        let samples = part.len() / network.input_size();
        let shape: Vec<usize> = [1, samples].iter().chain(&network.input).copied().collect();
        let value = Tensor::from_slice(part, shape, &device.candle())?;
        visit(stack.forward(network, Signal::input(value, jets)?)?)?;
    }
    Ok(())
}

fn flat<T: Real>(tensor: &Tensor) -> candle_core::Result<Vec<T>> {
    tensor.contiguous()?.flatten_all()?.to_vec1()
}
