//! From a checked description to a [`Program`]: one arm for each layer.

use super::op::Slot;
use super::ops;
use super::program::{Builder, Options, Program};
use crate::shapes::{ResolvedLayer, ResolvedNetwork};
use crate::spec::LayerSpec;
use base::{Error, Result};
use compute::Scalar;

/// Compiles `network` for numbers of type `T`.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the layer if it cannot do what `options` asks for.
pub fn compile<T: Scalar>(network: &ResolvedNetwork, options: Options) -> Result<Program<T>> {
    if options.jets.is_some() && network.input.len() != 1 {
        let shape = &network.input;
        return Err(Error::shape(format!("input: derivatives by the input need the shape [features], got {shape:?}")));
    }
    let mut builder = Builder::new(network, options);
    let mut output = Slot(0);
    for (index, layer) in network.layers.iter().enumerate() {
        builder.layer = index;
        output = push(&mut builder, layer, output, false)?;
    }
    if output.0 == 0 {
        // The output needs a block of its own: the input's may lie in the user's data.
        output = ops::reshape::push(&mut builder, &network.output, output);
    }
    Ok(builder.finish(output))
}

/// Appends one layer; `shared` if others read its input too. Returns the slot of its output.
fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, input: Slot, shared: bool) -> Result<Slot> {
    if builder.options.jets.is_some() && !carries_jets(&layer.spec) {
        let (path, name) = (&layer.path, layer.spec.name());
        return Err(Error::argument(format!("{path} ({name}): derivatives by the input cannot pass this layer")));
    }
    Ok(match &layer.spec {
        LayerSpec::Dense(dense) => ops::dense::push(builder, layer, dense, input),
        LayerSpec::Activation(function) => ops::activation::push(builder, layer, *function, input, shared),
        // An image lies as one row already; only a sequence has to be put together.
        LayerSpec::Flatten(_) if layer.input.len() != 2 => input,
        LayerSpec::Flatten(_) => ops::reshape::push(builder, &layer.output, input),
        LayerSpec::Conv2d(conv) if builder.options.jets.is_none() => ops::conv2d::push(builder, layer, conv, input),
        LayerSpec::MaxPool2d(pool) if builder.options.jets.is_none() => {
            ops::pool2d::push(builder, layer, pool, true, input)
        }
        LayerSpec::AvgPool2d(pool) if builder.options.jets.is_none() => {
            ops::pool2d::push(builder, layer, pool, false, input)
        }
        other => {
            let (path, name) = (&layer.path, other.name());
            return Err(Error::argument(format!("{path} ({name}): this layer cannot be run by this engine")));
        }
    })
}

/// Whether a layer's operations carry derivatives by the input.
fn carries_jets(layer: &LayerSpec) -> bool {
    use LayerSpec::{Activation, Branches, Dense, Flatten, FourierFeatures, Modulate, Residual, Scale};
    matches!(
        layer,
        Dense(_) | Activation(_) | Flatten(_) | FourierFeatures(_) | Modulate(_) | Scale(_) | Branches(_) | Residual(_)
    )
}
