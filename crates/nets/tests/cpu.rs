//! The CPU engine against the test body of all engines.

#[macro_use]
mod engines;

use base::{Control, Result};
use compute::Scalar;
use nets::engine::Derivatives;
use nets::training::{History, Job, TrainSpec, train, train_many};
use nets::{Arrays, ResolvedNetwork, Weights};

/// On this many threads.
struct Cpu(usize);

impl<T: Scalar> engines::Engine<T> for Cpu {
    fn predict(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Vec<T>> {
        weights.predict(network, inputs, self.0, &Control::none())
    }

    fn derivatives(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Derivatives<T>> {
        weights.derivatives(network, inputs, self.0, &Control::none())
    }

    fn train(
        &self,
        network: &ResolvedNetwork,
        weights: &mut Weights<T>,
        spec: &TrainSpec,
        arrays: &Arrays,
        seed: u64,
        control: &Control,
    ) -> Result<History> {
        train(network, weights, spec, arrays, seed, self.0, control)
    }

    fn train_many(&self, jobs: Vec<Job<T>>, control: &Control) -> Result<Vec<(History, Weights<T>)>> {
        train_many(jobs, self.0, control)
    }
}

engine_tests!(Cpu(2));
