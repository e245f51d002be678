//! Times the candle engine's training steps: `cargo run --release -p nets-candle --features cuda --example speed -- cuda`.
//!
//! Arguments: the device (`cpu`, the default, `cuda`, `cuda:N`), `f32` (default) or `f64`, and a part of a row's name to
//! run only that row. A row's seconds are the mean between its second and its last step.

use base::{Control, Random, Stream};
use nets::training::{Job, TrainSpec};
use nets::{Array, Arrays, NetworkSpec, Weights, resolve};
use nets_candle::{Device, Real};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Instant;

struct Row {
    name: &'static str,
    network: Value,
    samples: usize,
    loss: Value,
    replicas: usize,
    steps: u64,
}

fn chain(input: usize, hidden: &[usize], activation: &str) -> Value {
    let mut layers = Vec::new();
    for &units in hidden {
        layers.push(json!({ "type": "dense", "units": units }));
        layers.push(json!({ "type": "activation", "fn": activation }));
    }
    layers.push(json!({ "type": "dense", "units": 1 }));
    json!({ "input": input, "layers": layers })
}

/// Convolutions of 3 x 3 with ReLU, 0 standing for a pool, then dense layers.
fn images(filters: &[usize], dense: &[usize]) -> Value {
    let mut layers = Vec::new();
    let relu = json!({ "type": "activation", "fn": "relu" });
    for &filters in filters {
        if filters == 0 {
            layers.push(json!({ "type": "maxPool2d", "size": 2 }));
        } else {
            layers.push(json!({ "type": "conv2d", "filters": filters, "kernel": 3, "padding": 1 }));
            layers.push(relu.clone());
        }
    }
    layers.push(json!({ "type": "flatten" }));
    for &units in dense {
        layers.push(json!({ "type": "dense", "units": units }));
        layers.push(relu.clone());
    }
    layers.push(json!({ "type": "dense", "units": 10 }));
    json!({ "input": [3, 32, 32], "layers": layers })
}

fn table() -> Vec<Row> {
    let row = |name, network, samples, loss: &str, replicas, steps| {
        let loss = if loss == "poisson" {
            json!({ "type": "residual", "equation": { "type": "poisson" } })
        } else {
            json!(loss)
        };
        Row { name, network, samples, loss, replicas, steps }
    };
    let vgg = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0];
    let small = || chain(1, &[40; 2], "tanh");
    vec![
        row("1-200x3-1 tanh, 201 points", chain(1, &[200; 3], "tanh"), 201, "mse", 1, 300),
        row("1-40x2-1 tanh, 201 points", small(), 201, "mse", 1, 300),
        row("1-40x2-1 tanh, 201 points, 64 replicas", small(), 201, "mse", 64, 100),
        row("1-40x2-1 tanh, 201 points, 1024 replicas", small(), 201, "mse", 1024, 30),
        row("512-256x3-1 relu, 16384 rows", chain(512, &[256; 3], "relu"), 16_384, "mse", 1, 20),
        row("CNN 32, 64, dense 128, batch 128", images(&[32, 0, 64, 0], &[128]), 128, "crossEntropy", 1, 20),
        row("VGG16, batch 64", images(&vgg, &[]), 64, "crossEntropy", 1, 10),
        row("2-50x4-1 Poisson, 2000 points", chain(2, &[50; 4], "tanh"), 2000, "poisson", 1, 50),
    ]
}

fn jobs<T: Real>(row: &Row) -> Vec<Job<T>> {
    let spec = NetworkSpec::from_json(&row.network.to_string()).expect("a valid spec");
    let network = resolve(&spec).expect("a valid network");
    let mut random = Random::new(1, Stream::Data(1));
    let x = (0..row.samples * network.input_size()).map(|_| 2.0 * random.uniform() - 1.0).collect();
    let shape: Vec<usize> = [row.samples].iter().chain(&network.input).copied().collect();
    let y = (0..row.samples).map(|i| (i % network.output_size()) as f64).collect();
    let y_shape: &[usize] = if row.loss == "crossEntropy" { &[row.samples] } else { &[row.samples, 1] };
    let mut arrays = Arrays::default();
    arrays.0.insert("x".into(), Arc::new(Array::f64(x, &shape)));
    arrays.0.insert("y".into(), Arc::new(Array::f64(y, y_shape)));
    let optimizer = json!({ "type": "adam", "learningRate": 1e-4 });
    let fields = json!({ "loss": row.loss, "optimizer": optimizer, "steps": row.steps, "record": { "at": [0] } });
    let spec = TrainSpec::from_json(&fields.to_string()).expect("a valid training");
    let job = |seed: u64| Job {
        network: network.clone(),
        weights: Weights::draw(&network, seed).expect("numbers that fit"),
        spec: spec.clone(),
        arrays: arrays.clone(),
        seed,
    };
    (0..row.replicas as u64).map(job).collect()
}

fn run<T: Real>(device: &Device, filter: &str) {
    for row in table().iter().filter(|row| row.name.contains(filter)) {
        let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let control = Control::with_progress({
            let times = times.clone();
            move |_| times.lock().expect("one thread").push(Instant::now())
        });
        if let Err(error) = nets_candle::train_many::<T>(device, jobs(row), &control) {
            println!("{:42} {error}", row.name);
            continue;
        }
        let times = times.lock().expect("the training has ended");
        let (first, last) = (times[1], times[times.len() - 1]);
        let step = (last - first).as_secs_f64() / (times.len() - 2) as f64;
        let each = step / row.replicas as f64;
        println!("{:42} {:10.4} ms a step, {:10.5} ms a run and step", row.name, step * 1e3, each * 1e3);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_device = |argument: &&String| argument.as_str() == "cpu" || argument.starts_with("cuda");
    let name = arguments.iter().find(is_device).map_or("cpu", String::as_str);
    let is_filter = |argument: &&String| !is_device(argument) && !["f32", "f64"].contains(&argument.as_str());
    let filter = arguments.iter().find(is_filter).map_or("", String::as_str);
    let device = match Device::open(name) {
        Ok(device) => device,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    let double = arguments.iter().any(|argument| argument == "f64");
    println!("{} on {}", if double { "f64" } else { "f32" }, device.name());
    if double { run::<f64>(&device, filter) } else { run::<f32>(&device, filter) }
}
