//! The kernels against the test body of all engines and the CPU engine, compiled for the host, or with
//! `FPRINCIPLE_TEST_DEVICE=cuda` on a card; what has no kernel is trained by the CPU engine here.
#![cfg(target_os = "linux")]

#[macro_use]
#[path = "../../nets/tests/engines/mod.rs"]
mod engines;
mod host;

use base::{Control, Random, Result, Stream};
use compute::Scalar;
use host::Host;
use nets::engine::Derivatives;
use nets::training::{History, Job, TrainSpec};
use nets::{Array, Arrays, NetworkSpec, ResolvedNetwork, Weights, resolve};
use nets_cuda::backend::{Backend, Kernel, Launch, Plain};
use nets_cuda::{Card, Chain, Driver, Layout};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// Steps of a launch.
const PACE: u64 = 4;

struct Kernels(&'static dyn Backend);

fn kernels() -> Kernels {
    static BACKEND: LazyLock<Box<dyn Backend>> = LazyLock::new(|| backend(Card::h100(), PACE));
    Kernels(&**BACKEND)
}

/// The host in the place of `card`, or the card that is asked for with no more shared memory and memory than `card` has.
fn backend(card: Card, pace: u64) -> Box<dyn Backend> {
    let Ok(name) = std::env::var("FPRINCIPLE_TEST_DEVICE") else { return Box::new(Host::new(card, pace)) };
    let driver = Driver::open(&name).expect("the device that FPRINCIPLE_TEST_DEVICE names");
    let own = driver.card().clone();
    let shared_per_block = card.shared_per_block.min(own.shared_per_block);
    let card = Card { shared_per_block, memory: card.memory.min(own.memory), ..own };
    Box::new(OnCard { driver, card, pace })
}

/// A card whose launches have so many steps.
struct OnCard {
    driver: Driver,
    card: Card,
    pace: u64,
}

impl Backend for OnCard {
    fn card(&self) -> &Card {
        &self.card
    }
    fn name(&self) -> String {
        self.driver.name()
    }
    fn pace(&self) -> Option<u64> {
        Some(self.pace)
    }
    fn kernel(&self, chain: &Chain, layout: &Layout) -> Result<Kernel> {
        self.driver.kernel(chain, layout)
    }
    fn take(&self, bytes: usize) -> Result<u64> {
        self.driver.take(bytes)
    }
    fn free(&self, place: u64) {
        self.driver.free(place);
    }
    fn write(&self, place: u64, bytes: &[u8]) -> Result<()> {
        self.driver.write(place, bytes)
    }
    fn read(&self, place: u64, bytes: &mut [u8]) -> Result<()> {
        self.driver.read(place, bytes)
    }
    fn launch(&self, kernel: &Kernel, launch: &Launch, blocks: usize, shared: usize) -> Result<()> {
        self.driver.launch(kernel, launch, blocks, shared)
    }
}

impl<T: Scalar + Plain> engines::Engine<T> for Kernels {
    fn predict(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Vec<T>> {
        weights.predict(network, inputs, 1, &Control::none())
    }

    fn derivatives(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Derivatives<T>> {
        weights.derivatives(network, inputs, 1, &Control::none())
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
        match nets_cuda::refusal::<T>(self.0, network, spec, arrays)? {
            None => nets_cuda::train(self.0, network, weights, spec, arrays, seed, control),
            Some(_) => nets::training::train(network, weights, spec, arrays, seed, 1, control),
        }
    }

    fn train_many(&self, jobs: Vec<Job<T>>, control: &Control) -> Result<Vec<(History, Weights<T>)>> {
        nets_cuda::shared_out(
            self.0,
            jobs,
            |jobs| nets_cuda::train_many(self.0, jobs, control),
            |jobs| nets::training::train_many(jobs, 1, control),
        )
    }

    fn pace(&self) -> u64 {
        PACE
    }
}

engine_tests!(kernels());

fn network(input: usize, layers: Value) -> ResolvedNetwork {
    resolve(&NetworkSpec::from_json(&json!({ "input": input, "layers": layers }).to_string()).unwrap()).unwrap()
}

fn dense(units: usize) -> Value {
    json!({ "type": "dense", "units": units })
}

fn activation(name: &str) -> Value {
    json!({ "type": "activation", "fn": name })
}

/// Samples of a smooth function, and targets of as many columns as asked for.
fn samples(n: usize, inputs: usize, outputs: usize) -> Arrays {
    let mut random = Random::new(5, Stream::Data(3));
    let x: Vec<f64> = (0..n * inputs).map(|_| 2.0 * random.uniform() - 1.0).collect();
    let y = (0..n * outputs).map(|i| (3.0 * x[i / outputs * inputs] + (i % outputs) as f64).sin()).collect();
    let arrays = [("x", Array::f64(x, &[n, inputs])), ("y", Array::f64(y, &[n, outputs]))];
    Arrays(arrays.into_iter().map(|(name, array)| (name.to_owned(), Arc::new(array))).collect())
}

fn spec(fields: Value) -> TrainSpec {
    TrainSpec::from_json(&fields.to_string()).unwrap()
}

/// The largest relative difference of losses and the largest of parameters, to those of the CPU engine.
fn distances<T: Scalar + Plain>(
    host: &dyn Backend,
    network: &ResolvedNetwork,
    spec: &TrainSpec,
    data: &Arrays,
) -> [f64; 2] {
    let control = Control::none();
    let mut own = Weights::<T>::draw(network, 3).unwrap();
    let mut other = own.clone();
    assert_eq!(nets_cuda::refusal::<T>(host, network, spec, data).unwrap(), None);
    let found = nets_cuda::train(host, network, &mut own, spec, data, 7, &control).unwrap();
    let expected = nets::training::train(network, &mut other, spec, data, 7, 1, &control).unwrap();
    assert_eq!((&found.steps, found.stop_reason), (&expected.steps, expected.stop_reason));
    let largest = |pairs: Vec<(f64, f64)>| {
        pairs
            .iter()
            .map(|(a, b)| (a - b).abs() / b.abs().max(1.0))
            .fold(0.0, |most: f64, d| if d <= most { most } else { d })
    };
    let losses = found.loss.iter().zip(&expected.loss).map(|(a, b)| (a / b, 1.0)).collect();
    let parameters = own.parameters.iter().zip(&other.parameters).map(|(a, b)| (a.to_f64(), b.to_f64())).collect();
    [largest(losses), largest(parameters)]
}

/// f32 within 1e-4 of the CPU engine's losses over 100 steps, f64 within 1e-12.
fn follows(host: &dyn Backend, network: &ResolvedNetwork, fields: Value, data: &Arrays) {
    let mut all = json!({ "loss": "mse", "optimizer": { "type": "adam", "learningRate": 1e-3 }, "steps": 100 });
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let spec = spec(all);
    let narrow = distances::<f32>(host, network, &spec, data);
    let wide = distances::<f64>(host, network, &spec, data);
    let good = narrow[0] < 1e-4 && narrow[1] < 1e-3 && wide[0] < 1e-12 && wide[1] < 1e-11;
    assert!(good, "{fields}: f32 {narrow:?}, f64 {wide:?}");
}

#[test]
fn a_hundred_steps_follow_the_cpu_engine() {
    let host = backend(Card::h100(), 33);
    let tanh = activation("tanh");
    let plain = network(1, json!([dense(40), tanh, dense(40), tanh, dense(1)]));
    follows(&*host, &plain, json!({}), &samples(201, 1, 1));
    let fourier = json!({ "type": "fourierFeatures", "frequencies": { "count": 6, "scale": 0.5, "seed": 2 } });
    let features = network(2, json!([fourier, dense(9), activation("relu"), dense(3)]));
    let cosine =
        json!({ "type": "adamw", "learningRate": 3e-3, "schedule": { "type": "cosine", "steps": 80, "warmup": 9 } });
    follows(&*host, &features, json!({ "batchSize": 17, "optimizer": cosine }), &samples(50, 2, 3));
}

/// A card whose blocks have so little shared memory that rows go in tiles, parts of gradients and moments outside of it.
#[test]
fn tiles_give_what_the_whole_batch_gives() {
    for kilobytes in [5, 8, 16] {
        let card = Card { shared_per_block: kilobytes << 10, ..Card::h100() };
        let host = backend(card, 50);
        let tanh = activation("tanh");
        let plain = network(2, json!([dense(8), tanh, dense(7), activation("gelu"), dense(2)]));
        let clipped = json!({ "type": "sgd", "learningRate": 0.05, "momentum": 0.9, "clip": { "norm": 0.3 } });
        follows(&*host, &plain, json!({ "batchSize": 40, "optimizer": clipped }), &samples(90, 2, 2));
    }
}

/// One launch for many rates, seeds, losses and optimisers, each run as alone, and twice the same bits.
#[test]
fn a_sweep_over_everything_is_one_launch_with_the_bits_of_each_run_alone() {
    let host = backend(Card::h100(), 10);
    let network = network(1, json!([dense(6), activation("tanh"), dense(1)]));
    let data = samples(30, 1, 1);
    let optimizers = [
        json!({ "type": "sgd", "learningRate": 0.1, "momentum": 0.9, "nesterov": true }),
        json!({ "type": "adam", "learningRate": 1e-2, "beta1": 0.7, "schedule": { "type": "exponential", "factor": 0.99 } }),
        json!({ "type": "adamw", "learningRate": 1e-3, "weightDecay": 0.3 }),
        json!({ "type": "rmsprop", "learningRate": 1e-3, "clip": { "value": 0.01 } }),
        json!({ "type": "sgd", "learningRate": 0.2, "schedule": { "type": "step", "every": 7, "factor": 0.5 } }),
    ];
    let losses = [json!("mse"), json!("mae"), json!({ "type": "huber", "delta": 0.2 })];
    let jobs = || -> Vec<Job<f64>> {
        let one = |i: usize| {
            let loss = &losses[i % losses.len()];
            let fields =
                json!({ "loss": loss, "optimizer": optimizers[i % optimizers.len()], "steps": 25, "batchSize": 8 });
            let seed = i as u64;
            let weights = Weights::draw(&network, seed).unwrap();
            Job { network: network.clone(), weights, spec: spec(fields), arrays: data.clone(), seed }
        };
        (0..15).map(one).collect()
    };
    let control = Control::none();
    let all = nets_cuda::train_many(&*host, jobs(), &control).unwrap();
    let again = nets_cuda::train_many(&*host, jobs(), &control).unwrap();
    for ((found, same), job) in all.iter().zip(&again).zip(jobs()) {
        assert_eq!((&found.1.parameters, &found.0.loss), (&same.1.parameters, &same.0.loss));
        let Job { network, weights, spec, arrays, seed } = job;
        let mut alone = weights.clone();
        let history = nets_cuda::train(&*host, &network, &mut alone, &spec, &arrays, seed, &control).unwrap();
        assert_eq!((&found.1.parameters, &found.0.loss), (&alone.parameters, &history.loss));
        let mut other = weights;
        let expected = nets::training::train(&network, &mut other, &spec, &arrays, seed, 1, &control).unwrap();
        for (a, b) in found.0.loss.iter().zip(&expected.loss) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }
}

/// The bits do not depend on where launches end, nor on how many runs the card's memory holds.
#[test]
fn launches_of_any_length_give_the_same_bits() {
    let network = network(2, json!([dense(5), activation("sin"), dense(2)]));
    let data = samples(21, 2, 2);
    let fields = json!({ "loss": "mse", "optimizer": { "type": "adam", "learningRate": 0.01 }, "steps": 23, "batchSize": 6,
        "record": { "every": 5 }, "probes": { "norms": { "type": "norms" } } });
    let with = |pace: u64, memory: usize| {
        let host = backend(Card { memory, ..Card::h100() }, pace);
        let job = |seed| Job {
            network: network.clone(),
            weights: Weights::<f32>::draw(&network, seed).unwrap(),
            spec: spec(fields.clone()),
            arrays: data.clone(),
            seed,
        };
        nets_cuda::train_many(&*host, (0..3).map(job).collect(), &Control::none()).unwrap()
    };
    let whole = with(100, 80 << 30);
    for (pace, memory) in [(1, 80 << 30), (7, 80 << 30), (100, 250 << 10)] {
        let other = with(pace, memory);
        for (a, b) in whole.iter().zip(&other) {
            assert_eq!((&a.0.steps, &a.0.loss, &a.1), (&b.0.steps, &b.0.loss, &b.1));
            assert_eq!(a.0.probes, b.0.probes);
        }
    }
}

#[test]
fn formulas_are_kernels_too() {
    let host = backend(Card::h100(), 100);
    let formula = |f: &str| json!({ "type": "activation", "fn": "expression", "f": f, "parameters": { "a": 1.5 } });
    for f in [
        "x * sigmoid(a * x)",
        "sin(x)^2 + x / a",
        "min(x, a) + max(x, -a) + abs(x)^3",
        "softplus(x) * gaussian(x) + erf(x) - tanh(x)",
        "sqrt(1 + x^2) + ln(2 + cos(x)) + atan(x) + relu(x) * exp(-x) + sign(x) * step(x)",
    ] {
        let network = network(1, json!([dense(6), formula(f), dense(1)]));
        follows(&*host, &network, json!({ "steps": 30 }), &samples(20, 1, 1));
    }
}

/// What lies past the last row of a tile is not finite here: it must not reach any sum.
#[test]
fn a_function_without_a_value_at_zero_spoils_no_sum() {
    let host = backend(Card::h100(), 100);
    let positive = json!({ "type": "dense", "units": 3, "init": { "type": "constant", "value": 1 }, "biasInit": 3 });
    let ln = json!({ "type": "activation", "fn": "expression", "f": "ln(x) + 1 / x" });
    let network = network(1, json!([ln.clone(), positive, ln, dense(1)]));
    let mut data = samples(9, 1, 1);
    let x = (1..10).map(f64::from).collect();
    data.0.insert("x".to_owned(), Arc::new(Array::f64(x, &[9, 1])));
    follows(&*host, &network, json!({ "steps": 20, "batchSize": 7 }), &data);
}
