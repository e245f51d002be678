//! One test body for every engine: a test file implements [`Engine`] and calls `engine_tests!`.
//!
//! What it holds an engine to: PyTorch's numbers (the fixtures), differences of the engine's own loss for the gradient of
//! every layer and loss, and the CPU engine on one thread for everything else.

mod agreement;
mod cases;
mod fixtures;
mod gradients;
mod paths;
mod trainings;

pub use agreement::everything_agrees;
pub use fixtures::{derivatives_follow_pytorch, trainings_follow_pytorch};
pub use gradients::gradients_are_slopes;
#[allow(unused_imports)]
pub use paths::digests;
pub use trainings::*;

use base::{Control, Random, Result, Stream};
use compute::Scalar;
use nets::engine::Derivatives;
use nets::training::{History, Job, TrainSpec};
use nets::{Array, Arrays, NetworkSpec, ResolvedNetwork, Weights, resolve};
use serde_json::Value;
use std::sync::Arc;

/// What an engine does; the functions of `nets` with the same names say how.
pub trait Engine<T: Scalar> {
    fn predict(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Vec<T>>;
    fn derivatives(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Derivatives<T>>;
    fn train(
        &self,
        network: &ResolvedNetwork,
        weights: &mut Weights<T>,
        spec: &TrainSpec,
        arrays: &Arrays,
        seed: u64,
        control: &Control,
    ) -> Result<History>;
    fn train_many(&self, jobs: Vec<Job<T>>, control: &Control) -> Result<Vec<(History, Weights<T>)>>;
    /// The losses with an equation that it can train: third derivatives are not every engine's.
    fn carries(&self, _loss: &str) -> bool {
        true
    }
    /// Steps between two looks at what the caller wants.
    fn pace(&self) -> u64 {
        1
    }
}

/// The tests of an engine, given by an expression.
macro_rules! engine_tests {
    ($engine:expr) => {
        #[test]
        fn trainings_follow_pytorch_in_f64() {
            engines::trainings_follow_pytorch::<f64>(&$engine);
        }
        #[test]
        fn trainings_follow_pytorch_in_f32() {
            engines::trainings_follow_pytorch::<f32>(&$engine);
        }
        #[test]
        fn derivatives_follow_pytorch_in_f64() {
            engines::derivatives_follow_pytorch::<f64>(&$engine, 1e-9);
        }
        #[test]
        fn derivatives_follow_pytorch_in_f32() {
            // Second derivatives of order 1.
            engines::derivatives_follow_pytorch::<f32>(&$engine, 1e-4);
        }
        #[test]
        fn gradients_are_slopes_of_the_loss() {
            engines::gradients_are_slopes(&$engine);
        }
        #[test]
        fn everything_agrees_in_f64() {
            engines::everything_agrees::<f64>(&$engine);
        }
        #[test]
        fn everything_agrees_in_f32() {
            engines::everything_agrees::<f32>(&$engine);
        }
        #[test]
        fn relu_has_no_slope_at_its_kink() {
            engines::relu_has_no_slope_at_its_kink(&$engine);
        }
        #[test]
        fn a_training_goes_on_where_it_was_cut() {
            engines::a_training_goes_on_where_it_was_cut(&$engine);
        }
        #[test]
        fn a_sweep_gives_what_each_run_gives_alone() {
            engines::a_sweep_gives_what_each_run_gives_alone(&$engine);
        }
        #[test]
        fn a_run_that_diverges_leaves_the_others_alone() {
            engines::a_run_that_diverges_leaves_the_others_alone(&$engine);
        }
        #[test]
        fn probes_see_the_numbers_before_the_update() {
            engines::probes_see_the_numbers_before_the_update(&$engine);
        }
        #[test]
        fn an_abort_stops_within_a_step() {
            engines::an_abort_stops_within_a_step(&$engine);
        }
        #[test]
        fn wrong_requests_name_what_is_wrong() {
            engines::wrong_requests_name_what_is_wrong(&$engine);
        }
    };
}

fn network(spec: &Value) -> ResolvedNetwork {
    resolve(&NetworkSpec::from_json(&spec.to_string()).unwrap()).unwrap()
}

/// Drawn numbers with noise: zeros and ones would hide mistakes.
fn weights<T: Scalar>(network: &ResolvedNetwork, seed: u64) -> Weights<T> {
    let mut random = Random::new(seed, Stream::Data(77));
    let drawn = Weights::<f64>::draw(network, seed).unwrap();
    Weights {
        parameters: drawn.parameters.into_iter().map(|p| T::from_f64(p + 0.1 * random.normal())).collect(),
        // Above 0: variances are among them.
        buffers: drawn.buffers.into_iter().map(|b| T::from_f64(b + 0.1 * random.normal().abs())).collect(),
    }
}

fn normal(count: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Data(5));
    (0..count).map(|_| random.normal()).collect()
}

fn arrays(named: Vec<(&str, Array)>) -> Arrays {
    Arrays(named.into_iter().map(|(name, array)| (name.to_string(), Arc::new(array))).collect())
}

fn rows(n: usize, shape: &[usize]) -> Vec<usize> {
    std::iter::once(n).chain(shape.iter().copied()).collect()
}

fn train_spec(fields: Value) -> TrainSpec {
    TrainSpec::from_json(&fields.to_string()).unwrap()
}

fn wide<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64()).collect()
}

/// The largest difference.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    // A NaN is a difference.
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, |most, d| if d <= most { most } else { d })
}

/// The distance in the Frobenius norm, relative to `b`.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    (squares / b.iter().map(|b| b * b).sum::<f64>().max(f64::MIN_POSITIVE)).sqrt()
}

fn is_double<T: Scalar>() -> bool {
    T::NAME == "f64"
}
