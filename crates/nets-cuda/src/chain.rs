//! Networks that the kernels know: a chain of dense layers, functions of every number and Fourier features.

use nets::network::spec::{Activation, LayerSpec, Parameterization};
use nets::{ResolvedLayer, ResolvedNetwork};

/// What is done to a row, operation after operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    pub inputs: usize,
    pub operations: Vec<Operation>,
    pub parameters: usize,
    pub buffers: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub inputs: usize,
    pub outputs: usize,
    pub kind: Kind,
    /// What follows entrywise.
    pub function: Function,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `factors[0] W x + factors[1] b`; where weight and bias begin in the flat list of parameters.
    Dense { factors: [f64; 2], weight: usize, bias: Option<usize> },
    /// Nothing but the function.
    Map,
    /// With frequencies and amplitudes among the buffers, from there on.
    Fourier { place: usize },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Function {
    Identity,
    Scale(f64),
    Activation(Activation),
}

impl Operation {
    pub fn is_dense(&self) -> bool {
        matches!(self.kind, Kind::Dense { .. })
    }

    /// Parameters of a dense layer, else 0.
    pub fn count(&self) -> usize {
        match self.kind {
            Kind::Dense { bias, .. } => (self.inputs + usize::from(bias.is_some())) * self.outputs,
            _ => 0,
        }
    }
}

impl Chain {
    /// The network as a chain.
    ///
    /// # Errors
    /// The first layer that has no kernel, by its path and name.
    pub fn new(network: &ResolvedNetwork) -> Result<Self, String> {
        let &[inputs] = &network.input[..] else {
            return Err(format!("input {:?}: the kernels take networks of [features]", network.input));
        };
        let mut chain = Chain {
            inputs,
            operations: Vec::new(),
            parameters: network.parameter_count(),
            buffers: network.buffer_count(),
        };
        for layer in &network.layers {
            chain.push(network, layer).map_err(|reason| {
                let (path, name) = (&layer.path, layer.spec.name());
                format!("{path} ({name}): {reason}")
            })?;
        }
        if chain.operations.iter().all(|operation| !operation.is_dense()) {
            return Err("the network has no dense layer to train".to_owned());
        }
        Ok(chain)
    }

    fn push(&mut self, network: &ResolvedNetwork, layer: &ResolvedLayer) -> Result<(), String> {
        let none = || Err("no kernel for this layer".to_owned());
        let [inputs, outputs] = [&layer.input, &layer.output].map(|shape| shape.iter().product());
        let place = |index: usize| network.parameters[index].offset;
        let kind = match &layer.spec {
            LayerSpec::Dense(dense) => Kind::Dense {
                factors: match dense.parameterization {
                    Parameterization::Standard => [1.0; 2],
                    Parameterization::Ntk => [dense.sigma_w / (inputs as f64).sqrt(), dense.sigma_b],
                },
                weight: place(layer.parameters[0]),
                bias: layer.parameters.get(1).map(|&bias| place(bias)),
            },
            LayerSpec::FourierFeatures(features) if features.trainable => {
                return Err("no kernel for frequencies that are trained".to_owned());
            }
            LayerSpec::FourierFeatures(_) => Kind::Fourier { place: network.buffers[layer.buffers[0]].offset },
            LayerSpec::Activation(Activation::Expression(expression))
                if expression.parameters.trained().count() > 0 =>
            {
                return Err("no kernel for coefficients that are trained".to_owned());
            }
            LayerSpec::Activation(activation) => {
                self.then(inputs, Function::Activation(activation.clone()));
                return Ok(());
            }
            LayerSpec::Scale(scale) => {
                self.then(inputs, Function::Scale(scale.factor));
                return Ok(());
            }
            LayerSpec::Flatten(_) => return Ok(()),
            _ => return none(),
        };
        self.operations.push(Operation { inputs, outputs, kind, function: Function::Identity });
        Ok(())
    }

    /// A function of every number, in the dense layer before it where that has none yet.
    fn then(&mut self, width: usize, function: Function) {
        match self.operations.last_mut() {
            Some(last) if last.is_dense() && last.function == Function::Identity => last.function = function,
            _ => self.operations.push(Operation { inputs: width, outputs: width, kind: Kind::Map, function }),
        }
    }

    pub fn outputs(&self) -> usize {
        self.operations.last().map_or(self.inputs, |last| last.outputs)
    }

    /// The operations before the first weights: the samples alone decide what they give.
    pub fn prefix(&self) -> usize {
        self.operations.iter().position(Operation::is_dense).unwrap_or(self.operations.len())
    }

    /// Flat row-major parameters in the order in which the kernels keep them: layer by layer `[inputs + 1][outputs]`, the
    /// biases last. For each number of the kernels' its place in the flat list.
    pub fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.parameters);
        for operation in &self.operations {
            let Kind::Dense { weight, bias, .. } = operation.kind else { continue };
            for k in 0..operation.inputs {
                order.extend((0..operation.outputs).map(|n| weight + n * operation.inputs + k));
            }
            order.extend(bias.into_iter().flat_map(|bias| bias..bias + operation.outputs));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nets::{NetworkSpec, resolve};

    fn chain(layers: &str) -> Result<Chain, String> {
        let spec = format!(r#"{{ "input": 3, "layers": [{layers}] }}"#);
        Chain::new(&resolve(&NetworkSpec::from_json(&spec).unwrap()).unwrap())
    }

    #[test]
    fn functions_join_the_dense_layer_before_them() {
        let tanh = r#"{ "type": "activation", "fn": "tanh" }"#;
        let dense = r#"{ "type": "dense", "units": 2 }"#;
        let found = chain(&format!("{tanh}, {dense}, {tanh}, {tanh}, {dense}")).unwrap();
        let kinds: Vec<bool> = found.operations.iter().map(Operation::is_dense).collect();
        assert_eq!(kinds, [false, true, false, true]);
        assert_eq!((found.prefix(), found.outputs(), found.parameters), (1, 2, 8 + 6));
        // The kernels' order has every parameter once; weight [1, 0] of the first layer comes second.
        let mut order = found.order();
        assert_eq!(order[..4], [0, 3, 1, 4]);
        order.sort_unstable();
        assert_eq!(order, (0..14).collect::<Vec<_>>());
    }

    #[test]
    fn a_layer_without_a_kernel_is_named() {
        let dense = r#"{ "type": "dense", "units": 2 }"#;
        let norm = r#"{ "type": "layerNorm" }"#;
        assert_eq!(chain(&format!("{dense}, {norm}")).unwrap_err(), "layers.1 (layerNorm): no kernel for this layer");
        let trained = r#"{ "type": "fourierFeatures", "frequencies": [[1, 2, 3]], "trainable": true }"#;
        assert!(
            chain(&format!("{trained}, {dense}"))
                .unwrap_err()
                .contains("layers.0 (fourierFeatures): no kernel for freq")
        );
        assert!(chain(trained.replace("true", "false").as_str()).unwrap_err().contains("no dense layer"));
    }
}
