//! Times of a step on a card, beside what was predicted: `cargo run --release -p nets-cuda --example speed -- cuda [f64]`.
//!
//! Without a card it prints the predictions for the cards that are known. Each row trains with full batches and Adam, records
//! nothing but the last loss, and is measured by the longer of two trainings less the shorter, so that compilation and copies
//! are not in it.

use base::Control;
use compute::Scalar;
use nets::training::{Job, TrainSpec};
use nets::{Array, Arrays, NetworkSpec, ResolvedNetwork, Weights, resolve};
use nets_cuda::backend::{Backend, Plain};
use nets_cuda::{Card, Driver, Plan, Work, plan};
use std::sync::Arc;
use std::time::Instant;

const ROWS: usize = 201;

fn network(hidden: &[usize]) -> ResolvedNetwork {
    let tanh = r#"{ "type": "activation", "fn": "tanh" }"#;
    let layers: String = hidden.iter().map(|n| format!(r#"{{ "type": "dense", "units": {n} }}, {tanh}, "#)).collect();
    let spec = format!(r#"{{ "input": 1, "layers": [{layers}{{ "type": "dense", "units": 1 }}] }}"#);
    resolve(&NetworkSpec::from_json(&spec).expect("a network")).expect("a network")
}

fn samples() -> Arrays {
    let x: Vec<f64> = (0..ROWS).map(|i| -1.0 + 2.0 * i as f64 / (ROWS - 1) as f64).collect();
    let y = x.iter().map(|x| (3.0 * x).sin()).collect();
    let arrays = [("x", Array::f64(x, &[ROWS, 1])), ("y", Array::f64(y, &[ROWS, 1]))];
    Arrays(arrays.into_iter().map(|(name, array)| (name.to_owned(), Arc::new(array))).collect())
}

/// Seconds of a training of `steps` steps, every run with a learning rate of its own.
fn seconds<T: Scalar + Plain>(backend: &dyn Backend, network: &ResolvedNetwork, runs: usize, steps: u64) -> f64 {
    let data = samples();
    let job = |i: usize| {
        let rate = 1e-4 * (1.0 + i as f64 / runs as f64);
        let spec = format!(
            r#"{{ "loss": "mse", "optimizer": {{ "type": "adam", "learningRate": {rate:?} }}, "steps": {steps},
                "record": {{ "every": {steps} }} }}"#
        );
        let spec = TrainSpec::from_json(&spec).expect("a training");
        let weights = Weights::<T>::draw(network, i as u64).expect("weights");
        Job { network: network.clone(), weights, spec, arrays: data.clone(), seed: i as u64 }
    };
    let jobs = (0..runs).map(job).collect();
    let began = Instant::now();
    nets_cuda::train_many(backend, jobs, &Control::none()).expect("trainings");
    began.elapsed().as_secs_f64()
}

fn measured<T: Scalar + Plain>(backend: &dyn Backend, network: &ResolvedNetwork, runs: usize) -> f64 {
    let (few, many) = (200, 2200);
    // The first one compiles.
    seconds::<T>(backend, network, runs, few);
    let difference = seconds::<T>(backend, network, runs, many) - seconds::<T>(backend, network, runs, few);
    difference / (many - few) as f64 * 1e6
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let double = arguments.iter().any(|argument| argument == "f64");
    let device = arguments.iter().find(|argument| argument.starts_with("cuda"));
    let driver = device.and_then(|name| Driver::open(name).map_err(|error| eprintln!("{error}")).ok());
    let cards = driver.as_ref().map_or_else(|| Card::all().to_vec(), |driver| vec![driver.card().clone()]);
    for card in cards {
        println!(
            "{}, {}, {ROWS} rows: microseconds a step of all runs, and of a run",
            card.name,
            if double { "f64" } else { "f32" }
        );
        for (name, hidden) in [("1-40x2-1", &[40, 40][..]), ("1-64x2-1", &[64, 64]), ("1-50x4-1", &[50; 4])] {
            let network = network(hidden);
            for runs in [1, 64, 1024, 10_000] {
                let size = if double { 8 } else { 4 };
                let work = Work { size, samples: ROWS, batch: ROWS, runs, limit: None };
                let Ok(Plan::Block(block)) = plan(&network, &work, &card) else {
                    println!("{name:10} has no kernel on this card");
                    break;
                };
                let predicted = block.microseconds(runs, &card);
                print!("{name:10} {runs:6} runs  predicted {predicted:9.2} {:8.4}", predicted / runs as f64);
                match &driver {
                    Some(driver) => {
                        let found = if double {
                            measured::<f64>(driver, &network, runs)
                        } else {
                            measured::<f32>(driver, &network, runs)
                        };
                        println!("  measured {found:9.2} {:8.4}", found / runs as f64);
                    }
                    None => println!("  not measured"),
                }
            }
        }
    }
}
