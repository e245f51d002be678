//! What checking a description gives.

use super::volume;
use crate::network::spec::LayerSpec;
use base::Result;

/// A named array of the network: `layers.0.weight`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub shape: Vec<usize>,
    /// Where its values begin in the flat, row-major list of all parameters (or of all buffers).
    pub offset: usize,
}

impl Parameter {
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.size()
    }
}

/// A layer with its shapes (of one sample) and the arrays it owns.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedLayer {
    pub spec: LayerSpec,
    /// `layers.3`, `layers.3.branches.0.1`.
    pub path: String,
    pub input: Vec<usize>,
    pub output: Vec<usize>,
    /// Indices into [`ResolvedNetwork::parameters`], in the order of the layer's documentation.
    pub parameters: Vec<usize>,
    /// Indices into [`ResolvedNetwork::buffers`].
    pub buffers: Vec<usize>,
    /// The lists of a container: one for `residual` and `modulate`, one a branch for `branches`.
    pub children: Vec<Vec<ResolvedLayer>>,
}

/// A whole network: what the engine compiles.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedNetwork {
    pub input: Vec<usize>,
    pub output: Vec<usize>,
    pub layers: Vec<ResolvedLayer>,
    /// What training changes, in the order of the layers.
    pub parameters: Vec<Parameter>,
    /// What belongs to the model's state and is not trained: fixed frequencies, running means.
    pub buffers: Vec<Parameter>,
}

impl ResolvedNetwork {
    /// The number of trained values.
    pub fn parameter_count(&self) -> usize {
        self.parameters.last().map_or(0, |last| last.range().end)
    }

    pub fn buffer_count(&self) -> usize {
        self.buffers.last().map_or(0, |last| last.range().end)
    }

    /// Values in one input sample.
    pub fn input_size(&self) -> usize {
        self.input.iter().product()
    }

    /// Values in one output sample.
    pub fn output_size(&self) -> usize {
        self.output.iter().product()
    }

    /// The network that ends with layer `last` of the list.
    pub fn up_to(&self, last: usize) -> Self {
        let layers = self.layers[..=last].to_vec();
        let mut part = ResolvedNetwork { output: layers[last].output.clone(), layers, ..self.clone() };
        let (mut parameters, mut buffers) = (0, 0);
        for layer in part.walk() {
            parameters += layer.parameters.len();
            buffers += layer.buffers.len();
        }
        part.parameters.truncate(parameters);
        part.buffers.truncate(buffers);
        part
    }

    /// Every layer, containers before their children, in the order of their parameters.
    pub fn walk(&self) -> Vec<&ResolvedLayer> {
        fn visit<'a>(layers: &'a [ResolvedLayer], into: &mut Vec<&'a ResolvedLayer>) {
            for layer in layers {
                into.push(layer);
                layer.children.iter().for_each(|list| visit(list, into));
            }
        }
        let mut all = Vec::new();
        visit(&self.layers, &mut all);
        all
    }
}

/// The arrays named so far.
#[derive(Default)]
pub(super) struct Names {
    parameters: Vec<Parameter>,
    buffers: Vec<Parameter>,
}

impl Names {
    pub fn parameter(&mut self, layer: &str, name: &str, shape: &[usize]) -> Result<usize> {
        push(&mut self.parameters, layer, name, shape)
    }

    pub fn buffer(&mut self, layer: &str, name: &str, shape: &[usize]) -> Result<usize> {
        push(&mut self.buffers, layer, name, shape)
    }

    pub fn finish(self, input: Vec<usize>, output: Vec<usize>, layers: Vec<ResolvedLayer>) -> Result<ResolvedNetwork> {
        Ok(ResolvedNetwork { input, output, layers, parameters: self.parameters, buffers: self.buffers })
    }
}

fn push(list: &mut Vec<Parameter>, layer: &str, name: &str, shape: &[usize]) -> Result<usize> {
    let offset = list.last().map_or(0, |last| last.range().end);
    let name = format!("{layer}.{name}");
    volume(&[offset + volume(shape, &name)?], &name)?;
    list.push(Parameter { name, shape: shape.to_vec(), offset });
    Ok(list.len() - 1)
}
