//! The CPU engine against the test body of all engines.

#[macro_use]
mod engines;
mod registers;

use base::{Control, Result};
use compute::{Scalar, SimdPath};
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

/// Of both types, by a process that `FPRINCIPLE_SIMD` pins.
fn digests(pin: &str) -> Vec<String> {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "prints_digests", "--ignored", "--nocapture"]).env("FPRINCIPLE_SIMD", pin);
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    output.lines().filter(|line| line.starts_with("f32 ") || line.starts_with("f64 ")).map(str::to_owned).collect()
}

#[test]
#[ignore = "the tests of paths run it in processes of their own"]
fn prints_digests() {
    println!("\n{}", engines::digests::<f32>(&Cpu(2)).join("\n"));
    println!("{}", engines::digests::<f64>(&Cpu(2)).join("\n"));
}

#[test]
fn paths_of_one_name_train_to_the_same_bits() {
    let pins = SimdPath::pins();
    let first = digests(pins[0].0);
    assert!(first.len() > 100, "{first:?}");
    for (pin, path) in &pins[1..] {
        let other = digests(pin);
        let same = first.iter().zip(&other).filter(|(a, b)| a == b).count();
        if path.name() == pins[0].1.name() {
            assert_eq!(first, other);
        } else {
            // Else nothing was pinned.
            assert!(first.len() == other.len() && same < first.len(), "{pin}");
        }
    }
}
