//! The samples of a stack on the device, and which of them a step takes.

use crate::device::{Device, Real, lift};
use crate::objective::Objective;
use crate::signal::Signal;
use crate::spectral::Penalty;
use base::{Error, Result};
use candle_core::Tensor;
use nets::engine::Jets;
use nets::engine::loss::BatchNeeds;
use nets::training::losses::WeightSpectrum;
use nets::training::{Bound, TrainSpec, bind};
use nets::{Arrays, ResolvedNetwork};
use std::sync::Arc;

/// Inputs and targets. Replicas that were given the same arrays share them.
pub struct Data {
    inputs: Tensor,
    objective: Objective,
    pub penalty: Option<Penalty>,
    /// Where each replica's samples begin.
    starts: Vec<usize>,
    /// Samples of one replica; of pairs, the pairs.
    pub samples: usize,
}

impl Data {
    /// One entry of `arrays` for each replica.
    ///
    /// # Errors
    /// Those of the arrays, and `INVALID_SHAPE` where replicas have different numbers of samples.
    pub fn new<T: Real>(
        spec: &TrainSpec,
        network: &ResolvedNetwork,
        arrays: &[&Arrays],
        device: &Device,
    ) -> Result<Self> {
        let shared = arrays[1..].iter().all(|other| same_data(arrays[0], other));
        let distinct = if shared { &arrays[..1] } else { arrays };
        let bounds =
            distinct.iter().map(|arrays| bind::<T>(&spec.loss, network, arrays)).collect::<Result<Vec<_>>>()?;
        let samples = bounds[0].samples;
        if bounds.iter().any(|bound| bound.samples != samples) {
            return Err(Error::shape("x: runs of one stack have the same number of samples"));
        }
        let penalty = spec.penalty.as_ref().map(|penalty| WeightSpectrum::new(penalty, network)).transpose()?;
        let penalty = penalty.map(|penalty| Penalty::new(&penalty, device)).transpose()?;
        let objective = Objective::new(&bounds, network, device)?;
        let all = samples * objective.needs.views;
        let shape: Vec<usize> = [all * bounds.len()].iter().chain(&network.input).copied().collect();
        let values: Vec<T> = bounds.into_iter().flat_map(|Bound { inputs, .. }| inputs).collect();
        let inputs = lift(Tensor::from_vec(values, shape, &device.candle()))?;
        let starts = (0..arrays.len()).map(|replica| if shared { 0 } else { replica * all }).collect();
        Ok(Data { inputs, objective, penalty, starts, samples })
    }

    /// Input and targets of these samples, all views counted: one list for each replica, all of one length.
    pub fn picked(&self, rows: &[Vec<usize>]) -> candle_core::Result<(Signal, Objective)> {
        let all =
            rows.iter().zip(&self.starts).flat_map(|(rows, start)| rows.iter().map(move |row| (start + row) as u32));
        let indices = Tensor::from_iter(all, self.inputs.device())?;
        let picks = Picks { indices, replicas: rows.len() };
        let input = Signal::input(picks.of(&self.inputs)?, self.objective.jets.as_ref())?;
        Ok((input, self.objective.picked(&picks)?))
    }

    /// Only these replicas from now on.
    pub fn keep(&mut self, replicas: &[usize]) {
        self.starts = replicas.iter().map(|&replica| self.starts[replica]).collect();
    }

    /// The derivatives by the input that the loss reads.
    pub fn jets(&self) -> Option<&Jets> {
        self.objective.jets.as_ref()
    }

    pub fn needs(&self) -> BatchNeeds {
        self.objective.needs
    }

    /// Samples of one replica, all views counted.
    pub fn all(&self) -> usize {
        self.samples * self.needs().views
    }

    /// Copies of a sample that flow through the network: its views, or the parts of a jet.
    pub fn copies(&self) -> usize {
        self.needs().views * self.jets().map_or(1, Jets::copies)
    }

    /// Bytes that the loss needs beside the network, for batches of so many samples.
    pub fn bytes(&self, samples: usize, replicas: usize) -> usize {
        self.objective.bytes(samples, replicas)
    }
}

/// Places of samples, replica after replica.
pub struct Picks {
    indices: Tensor,
    replicas: usize,
}

impl Picks {
    /// `[all samples, ...]` to `[replicas, samples, ...]`.
    pub fn of(&self, tensor: &Tensor) -> candle_core::Result<Tensor> {
        let picked = tensor.index_select(&self.indices, 0)?;
        let mut dims = picked.dims().to_vec();
        dims[0] /= self.replicas;
        dims.insert(0, self.replicas);
        picked.reshape(dims)
    }
}

/// Whether a loss sees the same arrays in both.
fn same_data(a: &Arrays, b: &Arrays) -> bool {
    let is_data = |name: &str| !name.starts_with("probes.") && !name.starts_with("resume.");
    let count = |arrays: &Arrays| arrays.0.keys().filter(|name| is_data(name)).count();
    let same = |(name, array): (&String, _)| b.0.get(name).is_some_and(|other| Arc::ptr_eq(array, other));
    count(a) == count(b) && a.0.iter().filter(|(name, _)| is_data(name)).all(same)
}
