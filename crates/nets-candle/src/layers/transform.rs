//! Outputs as formulas of the network's inputs and of the features before them.

use crate::formula::evaluate;
use crate::signal::Signal;
use candle_core::{Result, Tensor};
use nets::engine::transform_parts;
use nets::network::spec::Transform;

/// `input` is the network's.
pub fn forward(transform: &Transform, input: &Signal, x: &Signal) -> Result<Signal> {
    let (graph, roots) = transform_parts(transform, x.jets());
    let copies = roots.len() / transform.f.len();
    let column = |tensor: &Tensor, k: usize| tensor.narrow(2, k, 1);
    let inputs = (0..transform.variables.len()).map(|k| column(&input.value, k));
    let features = (0..transform.outputs.len() * copies).map(|k| column(x.part(k % copies), k / copies));
    let variables = inputs.chain(features).map(|tensor| tensor.map(Some)).collect::<Result<Vec<_>>>()?;
    let (replicas, samples, _) = x.value.dims3()?;
    let values = evaluate(&graph, &roots, &variables, (x.value.dtype(), x.value.device()))?;
    // A formula without variables gives one number.
    let whole = |value: &Tensor| value.broadcast_as((replicas, samples, 1))?.contiguous();
    let part = |k: usize| {
        let outputs = (0..transform.f.len()).map(|q| whole(&values[q * copies + k])).collect::<Result<Vec<_>>>()?;
        Tensor::cat(&outputs, 2)
    };
    Ok(x.of_parts((0..copies).map(part).collect::<Result<_>>()?))
}
