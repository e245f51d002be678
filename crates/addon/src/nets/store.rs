//! The numbers of a model in their own type, and what a device does with them in it.

use crate::device::Device;
use base::{Control, Error, Result};
use nets::training::{History, TrainSpec};
use nets::{Array, Arrays, ResolvedNetwork, Values, Weights};
use std::sync::Arc;

/// The numbers of a model in its own type.
#[derive(Clone)]
pub(crate) enum Store {
    F32(Arc<Weights<f32>>),
    F64(Arc<Weights<f64>>),
}

/// The same expression for both types: `$values` makes [`Values`] of a vector of the type at hand.
macro_rules! typed {
    ($store:expr, |$weights:ident, $values:ident| $body:expr) => {
        match $store {
            Store::F32($weights) => {
                #[allow(unused, reason = "not every expression makes values")]
                let $values = Values::F32;
                $body
            }
            Store::F64($weights) => {
                #[allow(unused, reason = "not every expression makes values")]
                let $values = Values::F64;
                $body
            }
        }
    };
}

impl Store {
    pub fn draw(network: &ResolvedNetwork, seed: u64, dtype: &str) -> Result<Self> {
        Ok(match dtype {
            "f32" => Store::F32(Arc::new(Weights::draw(network, seed)?)),
            "f64" => Store::F64(Arc::new(Weights::draw(network, seed)?)),
            other => return Err(Error::argument(format!("dtype: expected 'f32' or 'f64', got '{other}'"))),
        })
    }

    pub fn dtype(&self) -> &'static str {
        match self {
            Store::F32(_) => "f32",
            Store::F64(_) => "f64",
        }
    }

    /// No numbers: the memory is free once no work under way holds it.
    pub fn clear(&mut self) {
        typed!(self, |weights, values| *weights = Arc::new(Weights { parameters: Vec::new(), buffers: Vec::new() }));
    }

    pub fn set(&mut self, network: &ResolvedNetwork, named: &[(String, Array)]) -> Result<()> {
        typed!(self, |weights, values| Arc::make_mut(weights).set(network, named))
    }

    /// Parameters, or with `buffers` the buffers, named and shaped.
    pub fn named(&self, network: &ResolvedNetwork, buffers: bool) -> Vec<(String, Array)> {
        let list = if buffers { &network.buffers } else { &network.parameters };
        let array = |place: &nets::Parameter| {
            let values = typed!(self, |weights, values| {
                let all = if buffers { &weights.buffers } else { &weights.parameters };
                values(all[place.range()].to_vec())
            });
            (place.name.clone(), Array { values, shape: place.shape.clone() })
        };
        list.iter().map(array).collect()
    }

    /// That an array's numbers are finite in the type of these weights.
    pub fn fits(&self, name: &str, array: &Array) -> Result<()> {
        match self {
            Store::F32(_) => nets::network::arrays::fits::<f32>(name, array),
            Store::F64(_) => Ok(()),
        }
    }

    /// The outputs `[n, ...output]` for the array `x`.
    pub fn predict(
        &self,
        device: &Device,
        network: &ResolvedNetwork,
        x: &Arrays,
        threads: usize,
        control: &Control,
    ) -> Result<Array> {
        let (x, samples) = x.samples("x", &network.input)?;
        self.fits("x", &x)?;
        let shape = std::iter::once(samples).chain(network.output.iter().copied()).collect();
        let values =
            typed!(self, |weights, values| values(device.predict(network, weights, &x.to(), threads, control)?));
        Ok(Array { values, shape })
    }

    /// Outputs `[n, o]` for the array `x`, their gradients `[n, o, d]` and Laplacians `[n, o]`.
    pub fn derivatives(
        &self,
        device: &Device,
        network: &ResolvedNetwork,
        x: &Arrays,
        threads: usize,
        control: &Control,
    ) -> Result<[Array; 3]> {
        let (x, n) = x.samples("x", &network.input)?;
        self.fits("x", &x)?;
        let (o, d) = (network.output_size(), network.input_size());
        let [value, gradient, second] = typed!(self, |weights, values| {
            let found = device.derivatives(network, weights, &x.to(), threads, control)?;
            [found.value, found.gradient, found.second].map(values)
        });
        Ok([
            Array { values: value, shape: vec![n, o] },
            Array { values: gradient, shape: vec![n, o, d] },
            Array { values: second, shape: vec![n, o] },
        ])
    }

    #[expect(clippy::too_many_arguments, reason = "those of the training itself, and the device")]
    pub fn train(
        &mut self,
        device: &Device,
        network: &ResolvedNetwork,
        spec: &TrainSpec,
        arrays: &Arrays,
        seed: u64,
        threads: usize,
        control: &Control,
    ) -> Result<History> {
        typed!(self, |weights, values| device.train(
            network,
            Arc::make_mut(weights),
            spec,
            arrays,
            seed,
            threads,
            control
        ))
    }
}
