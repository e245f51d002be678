//! From a checked description to a [`Program`]: one arm for each layer.

use super::op::Slot;
use super::ops;
use super::program::{Builder, Options, Program};
use crate::network::shapes::{ResolvedLayer, ResolvedNetwork};
use crate::network::spec::{Activation, Combine, LayerSpec, Wave};
use base::{Error, Result};
use compute::Scalar;
use std::any::Any;

/// Compiles `network` for numbers of type `T`.
///
/// All kernels hang on this function. It is one for each type, compiled in this crate: a generic one would bring every kernel
/// into every crate that compiles a network, which is megabytes and minutes.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the layer if it cannot do what `options` asks for.
pub fn compile<T: Scalar>(network: &ResolvedNetwork, options: Options) -> Result<Program<T>> {
    fn in_f32(network: &ResolvedNetwork, options: Options) -> Result<Program<f32>> {
        program(network, options)
    }
    fn in_f64(network: &ResolvedNetwork, options: Options) -> Result<Program<f64>> {
        program(network, options)
    }
    let single: &dyn Any = &(in_f32 as Compile<f32>);
    let double: &dyn Any = &(in_f64 as Compile<f64>);
    let own = single.downcast_ref::<Compile<T>>().or_else(|| double.downcast_ref::<Compile<T>>());
    own.expect("a number is f32 or f64")(network, options)
}

type Compile<T> = fn(&ResolvedNetwork, Options) -> Result<Program<T>>;

fn program<T: Scalar>(network: &ResolvedNetwork, options: Options) -> Result<Program<T>> {
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
        LayerSpec::Activation(function) => ops::activation::push(builder, layer, function.clone(), input, shared),
        // An image lies as one row already; only a sequence has to be put together.
        LayerSpec::Flatten(_) if layer.input.len() != 2 => input,
        LayerSpec::Flatten(_) => ops::reshape::push(builder, &layer.output, input),
        LayerSpec::Conv2d(conv) => ops::conv2d::push(builder, layer, conv, input),
        LayerSpec::MaxPool2d(pool) => ops::pool2d::push(builder, layer, pool, true, input),
        LayerSpec::AvgPool2d(pool) => ops::pool2d::push(builder, layer, pool, false, input),
        LayerSpec::Scale(scale) => ops::scale::push(builder, scale.factor, input, &layer.output),
        LayerSpec::FourierFeatures(_) => fourier_features(builder, layer, input),
        LayerSpec::Modulate(modulate) => {
            let phase = if modulate.wave == Wave::Cos { 0.25 } else { 0.0 };
            let frequency = ops::turns::Source::Given(modulate.frequency.clone());
            let turns = ops::turns::push(builder, frequency, 1, &[phase], input);
            let wave = ResolvedLayer { output: vec![1], ..layer.clone() };
            let wave = ops::activation::push(builder, &wave, Activation::Sin { omega: 1.0 }, turns, false);
            let inner = list(builder, &layer.children[0], input, true)?;
            ops::multiply::push(builder, wave, inner, &layer.output)
        }
        LayerSpec::Residual(_) => {
            let inner = list(builder, &layer.children[0], input, true)?;
            ops::combine::push(builder, Combine::Sum, vec![input, inner], &layer.output)
        }
        LayerSpec::Branches(branches) => {
            let mut ends = Vec::with_capacity(layer.children.len());
            for layers in &layer.children {
                ends.push(list(builder, layers, input, true)?);
            }
            ops::combine::push(builder, branches.combine, ends, &layer.output)
        }
        LayerSpec::Attention(attention) => ops::attention::push(builder, layer, attention, input),
        LayerSpec::LayerNorm(norm) => ops::layer_norm::push(builder, layer, norm, input),
        LayerSpec::Positions(positions) => ops::positions::push(builder, layer, positions.encoding, input),
        LayerSpec::BatchNorm(norm) => ops::batch_norm::push(builder, layer, norm, input),
        LayerSpec::Transform(transform) => ops::transform::push(builder, layer, transform, input),
    })
}

/// Layers after each other. `shared` holds until the first of them has made a block of its own.
fn list<T: Scalar>(builder: &mut Builder<T>, layers: &[ResolvedLayer], input: Slot, shared: bool) -> Result<Slot> {
    let mut slot = input;
    for layer in layers {
        slot = push(builder, layer, slot, shared && slot == input)?;
    }
    Ok(slot)
}

/// Phases, their sine (the first half a quarter turn ahead: cosine), amplitudes.
fn fourier_features<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, input: Slot) -> Slot {
    let (count, network) = (layer.output[0] / 2, builder.network);
    let trained = layer.parameters.first();
    let frequencies = match trained {
        Some(&index) => ops::turns::Source::Parameter(index),
        None => ops::turns::Source::Buffer(network.buffers[layer.buffers[0]].offset),
    };
    let turns = ops::turns::push(builder, frequencies, count, &[0.25, 0.0], input);
    let waves = ops::activation::push(builder, layer, Activation::Sin { omega: 1.0 }, turns, false);
    let start = if trained.is_some() { 0 } else { network.buffers[layer.buffers[1]].offset };
    ops::amplify::push(builder, layer.parameters.get(1).copied(), start, count, waves, &layer.output)
}

/// Whether a layer's operations carry derivatives by the input.
fn carries_jets(layer: &LayerSpec) -> bool {
    use LayerSpec::{Activation, Branches, Dense, Flatten, FourierFeatures, Modulate, Residual, Scale, Transform};
    let entrywise = matches!(layer, Activation(_) | Flatten(_) | Modulate(_) | Scale(_));
    entrywise || matches!(layer, Dense(_) | FourierFeatures(_) | Branches(_) | Residual(_) | Transform(_))
}
