//! A description checked: the shape before and after every layer, and the list of named parameters.
//!
//! Shapes are those of one sample, without the batch axis. Every error names the layer by its place, what it
//! expected and what came.

mod layer;
mod resolved;
mod sizes;

pub use resolved::{Parameter, ResolvedLayer, ResolvedNetwork};
pub use sizes::{convolved, same_padding, windows};

use crate::network::spec::{LayerSpec, NetworkSpec};
use base::{Code, Error, Result};
use resolved::Names;

/// More values than this in one sample, or in all parameters, is refused before anything is counted with them.
/// 2^40, and 2^30 where addresses have 32 bits.
pub const MAX_VALUES: usize = 1 << if usize::BITS > 32 { 40 } else { 30 };

/// Checks `spec` and gives every layer its shapes and parameters.
///
/// # Errors
/// `INVALID_SHAPE` where shapes do not meet, `INVALID_ARGUMENT` for a number out of its range.
pub fn resolve(spec: &NetworkSpec) -> Result<ResolvedNetwork> {
    if spec.input.is_empty() || spec.input.len() > 3 {
        return Err(Error::shape(format!(
            "input: expected [features], [tokens, features] or [channels, height, width], got {:?}",
            spec.input
        )));
    }
    if spec.input.contains(&0) {
        return Err(Error::shape(format!("input: expected positive sizes, got {:?}", spec.input)));
    }
    if spec.layers.is_empty() {
        return Err(Error::argument("layers: expected at least one layer, got none"));
    }
    volume(&spec.input, "input")?;
    let mut names = Names::default();
    let layers = chain(&spec.layers, "layers", &spec.input, &mut names)?;
    transforms(&layers, &spec.input)?;
    let output = layers.last().map_or_else(|| spec.input.clone(), |layer| layer.output.clone());
    names.finish(spec.input.clone(), output, layers)
}

/// That layers that read the network's inputs stand in its own list, and name each input.
fn transforms(layers: &[ResolvedLayer], input: &[usize]) -> Result<()> {
    for layer in layers {
        if let Some(inner) = layer.children.iter().flatten().find_map(transform_in) {
            let message = "a transform reads the network's inputs: it stands in its own list of layers";
            return Err(Error::argument(format!("{inner}: {message}")));
        }
        let LayerSpec::Transform(transform) = &layer.spec else { continue };
        let (path, names) = (&layer.path, transform.variables.len());
        match input {
            [inputs] if *inputs == names => {}
            [inputs] => {
                let expected = format!("expected {inputs} names, one for each input of the network");
                return Err(Error::argument(format!("{path} (transform): variables: {expected}, got {names}")));
            }
            _ => {
                let message = format!("expected a network with inputs [features], got {input:?}");
                return Err(Error::shape(format!("{path} (transform): {message}")));
            }
        }
    }
    Ok(())
}

/// The path of a transform that a layer is or holds.
fn transform_in(layer: &ResolvedLayer) -> Option<&str> {
    match layer.spec {
        LayerSpec::Transform(_) => Some(&layer.path),
        _ => layer.children.iter().flatten().find_map(transform_in),
    }
}

/// The layers of one list after each other, the first one taking `input`.
fn chain(specs: &[LayerSpec], prefix: &str, input: &[usize], names: &mut Names) -> Result<Vec<ResolvedLayer>> {
    let mut shape = input.to_vec();
    let mut layers = Vec::with_capacity(specs.len());
    for (index, spec) in specs.iter().enumerate() {
        let resolved = layer::resolve(spec, format!("{prefix}.{index}"), &shape, names)?;
        shape.clone_from(&resolved.output);
        layers.push(resolved);
    }
    Ok(layers)
}

/// The number of values in a shape, refused above [`MAX_VALUES`].
fn volume(shape: &[usize], place: &str) -> Result<usize> {
    shape
        .iter()
        .try_fold(1usize, |product, &size| product.checked_mul(size))
        .filter(|&values| values <= MAX_VALUES)
        .ok_or_else(|| {
            Error::new(Code::OverMemoryLimit, format!("{place}: a shape of {shape:?} is more than {MAX_VALUES} values"))
        })
}

#[cfg(test)]
mod tests;
