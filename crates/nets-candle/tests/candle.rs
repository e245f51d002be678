//! candle against the test body of all engines, on its CPU device; on a GPU with `FPRINCIPLE_TEST_DEVICE=cuda` and
//! `--features cuda`.

#[macro_use]
#[path = "../../nets/tests/engines/mod.rs"]
mod engines;

use base::{Control, Result};
use nets::engine::Derivatives;
use nets::training::{History, Job, TrainSpec};
use nets::{Arrays, ResolvedNetwork, Weights};
use nets_candle::{Device, Real};

struct Candle(Device);

fn candle() -> Candle {
    let name = std::env::var("FPRINCIPLE_TEST_DEVICE").unwrap_or_else(|_| "cpu".into());
    Candle(Device::open(&name).expect("the device that FPRINCIPLE_TEST_DEVICE names"))
}

impl<T: Real> engines::Engine<T> for Candle {
    fn predict(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Vec<T>> {
        nets_candle::predict(&self.0, network, weights, inputs)
    }

    fn derivatives(&self, network: &ResolvedNetwork, weights: &Weights<T>, inputs: &[T]) -> Result<Derivatives<T>> {
        nets_candle::derivatives(&self.0, network, weights, inputs)
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
        nets_candle::train(&self.0, network, weights, spec, arrays, seed, control)
    }

    fn train_many(&self, jobs: Vec<Job<T>>, control: &Control) -> Result<Vec<(History, Weights<T>)>> {
        nets_candle::train_many(&self.0, jobs, control)
    }

    fn carries(&self, loss: &str) -> bool {
        !["third", "inverse"].contains(&loss)
    }
}

engine_tests!(candle());

#[test]
fn minimisers_are_refused_by_name() {
    let spec = r#"{ "input": 1, "layers": [{ "type": "dense", "units": 1 }] }"#;
    let network = nets::resolve(&nets::NetworkSpec::from_json(spec).unwrap()).unwrap();
    let mut weights = Weights { parameters: vec![1.0f64, 0.0], buffers: vec![] };
    for name in ["lbfgs", "bfgs", "powell", "particleSwarm"] {
        let spec = format!(r#"{{ "loss": "mse", "optimizer": {{ "type": "{name}" }}, "steps": 1 }}"#);
        let spec = TrainSpec::from_json(&spec).unwrap();
        let Candle(device) = candle();
        let arrays = Arrays::default();
        let error =
            nets_candle::train(&device, &network, &mut weights, &spec, &arrays, 0, &Control::none()).unwrap_err();
        assert_eq!(error.code, base::Code::InvalidArgument);
        assert!(error.message.contains("adamw") && error.message.contains(name), "{error}");
    }
}

#[test]
fn third_derivatives_and_trained_coefficients_are_refused() {
    let spec = r#"{ "input": 1, "layers": [{ "type": "dense", "units": 1 }] }"#;
    let network = nets::resolve(&nets::NetworkSpec::from_json(spec).unwrap()).unwrap();
    let mut weights = Weights { parameters: vec![1.0f64, 0.0], buffers: vec![] };
    let x = nets::Array::f64(vec![0.0, 1.0], &[2, 1]);
    let arrays = Arrays([("x".into(), std::sync::Arc::new(x))].into());
    for (rest, named) in [
        (r#""u_xxx - x""#, "third derivatives"),
        (r#""u_x - nu * x", "parameters": { "nu": { "value": 1, "trainable": true } }"#, "nu is trained"),
    ] {
        let spec = format!(
            r#"{{ "loss": {{ "type": "residual", "variables": ["x"], "equation": {rest} }},
            "optimizer": {{ "type": "sgd", "learningRate": 0.1 }}, "steps": 1 }}"#
        );
        let spec = TrainSpec::from_json(&spec).unwrap();
        let Candle(device) = candle();
        let error =
            nets_candle::train(&device, &network, &mut weights, &spec, &arrays, 0, &Control::none()).unwrap_err();
        assert_eq!(error.code, base::Code::InvalidArgument);
        assert!(error.message.contains(named), "{error}");
    }
}
