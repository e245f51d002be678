use crate::network::spec::NetworkSpec;
use crate::training::TrainSpec;
use serde_json::{Value, json};

fn network(layers: Value) -> String {
    NetworkSpec::from_json(&json!({ "input": 2, "layers": layers }).to_string()).unwrap_err().message
}

/// The error of a training with something changed.
fn training(changes: Value) -> String {
    let mut spec = json!({ "loss": "mse", "optimizer": { "type": "adam", "learningRate": 0.1 }, "steps": 3 });
    for (key, value) in changes.as_object().unwrap() {
        spec[key] = value.clone();
    }
    TrainSpec::from_json(&spec.to_string()).unwrap_err().message
}

#[test]
fn a_layer_is_named_down_to_the_field() {
    let dense = json!({ "type": "dense", "units": 2 });
    let cases = [
        (
            json!([dense, { "type": "dense", "unit": 2 }]),
            "spec.layers.1: there is no \"unit\"; did you mean \"units\"?",
        ),
        (json!([dense, { "type": "dense" }]), "spec.layers.1.units: expected a value, got nothing"),
        (
            json!([{ "type": "dense", "units": "two" }]),
            "spec.layers.0.units: expected an integer of at least 0, got \"two\"",
        ),
        (json!([{ "type": "dense", "units": -2 }]), "spec.layers.0.units: expected an integer of at least 0, got -2"),
        (json!([{ "type": "dense", "units": 2, "init": "hee" }]), "spec.layers.0.init: expected 'normal', 'uniform', "),
        (
            json!([{ "type": "dense", "units": 2, "init": { "type": "siren", "omga": 1 } }]),
            "spec.layers.0.init: there is no \"omga\"; did you mean \"omega\"?",
        ),
        (
            json!([{ "type": "dense", "units": 2, "init": { "type": "he", "distribution": "banana" } }]),
            "spec.layers.0.init.distribution: expected 'normal' or 'uniform', got \"banana\"",
        ),
        (
            json!([{ "type": "branches", "branches": [[dense], [dense, { "type": "scale" }]] }]),
            "spec.layers.0.branches.1.1.factor: expected a value, got nothing",
        ),
        (
            json!([{ "type": "residual", "layers": [dense, { "type": "activation", "fn": "Tanh" }] }]),
            "spec.layers.0.layers.1.fn: expected 'relu', ",
        ),
        (json!([{ "type": "activation", "fn": 0 }]), "spec.layers.0.fn: expected a name, got 0"),
        (
            json!([{ "type": "conv2d", "filters": 1, "kernel": [1, 2, 3] }]),
            "spec.layers.0.kernel: expected an integer or ",
        ),
        (
            json!([{ "type": "fourierFeatures", "frequencies": { "count": 3, "scale": "wide" } }]),
            "spec.layers.0.frequencies.scale: expected a number, got \"wide\"",
        ),
        (json!({}), "spec.layers: expected a list, got {}"),
        // The same fault twice: the first one is named.
        (json!([dense, { "type": "dens" }, { "type": "dens" }]), "spec.layers.1.type: expected 'dense', "),
    ];
    for (layers, message) in cases {
        assert!(network(layers.clone()).starts_with(message), "{layers}: {}", network(layers.clone()));
    }
}

#[test]
fn so_is_an_option_of_a_training() {
    let schedule = |schedule: Value| json!({ "optimizer": { "type": "sgd", "learningRate": 1, "schedule": schedule } });
    let cases = [
        (json!({ "optimizer": { "type": "SGD", "learningRate": 1 } }), "optimizer.type: expected 'sgd', "),
        (json!({ "optimizer": { "learningRate": 1 } }), "optimizer.type: expected a value, got nothing"),
        (json!({ "optimizer": { "type": "sgd" } }), "optimizer.learningRate: expected a value, got nothing"),
        (json!({ "optimizer": { "type": "lbfgs", "histori": 1 } }), "optimizer: there is no \"histori\"; did you mean"),
        (schedule(json!({ "type": "cosin", "steps": 1 })), "optimizer.schedule.type: expected 'constant', "),
        (
            schedule(json!({ "type": "cosine", "step": 1 })),
            "optimizer.schedule: there is no \"step\"; did you mean \"steps\"",
        ),
        (schedule(json!({ "type": "cosine" })), "optimizer.schedule.steps: expected a value, got nothing"),
        (json!({ "loss": "mes" }), "loss: expected 'mse', "),
        (json!({ "loss": { "type": "huber", "delta": "x" } }), "loss.delta: expected a number, got \"x\""),
        (
            json!({ "loss": { "type": "residual", "equation": "u", "conditions": [{ "equation": { "periodic": "x", "off": "u" } }] } }),
            "loss.conditions.0.equation: there is no \"off\"; did you mean \"of\"?",
        ),
        (
            json!({ "loss": { "type": "residual", "equation": "u", "conditions": [{ "equation": "u" }, { "equation": "u", "derivative": 1 }] } }),
            "loss.conditions.1: there is no \"derivative\"; ",
        ),
        (json!({ "batch": 3 }), "train: there is no \"batch\"; did you mean"),
        (json!({ "batchSize": 2.5 }), "batchSize: expected an integer of at least 0, got 2.5"),
        (
            json!({ "record": { "evry": 1 } }),
            "record: expected 'every', 'at' or 'log', got \"evry\"; did you mean 'every'?",
        ),
        (json!({ "record": { "at": [0, -1] } }), "record.at.1: expected an integer of at least 0, got -1"),
        (
            json!({ "probes": { "fit": { "type": "norms" }, "p": { "type": "spectrum", "compare": "phase" } } }),
            "probes.p.compare: expected 'complex' or 'magnitude', got \"phase\"",
        ),
        (json!({ "probes": { "p": { "type": "image", "size": [1, 2, 3] } } }), "probes.p.size: expected "),
        (json!({ "penalty": { "type": "weightSpectrum" } }), "penalty.alpha: expected a value, got nothing"),
        (json!({ "constraint": { "type": "spectral" } }), "constraint.type: expected 'spectralNorm', got \"spectral\""),
    ];
    for (changes, message) in cases {
        assert!(training(changes.clone()).starts_with(message), "{changes}: {}", training(changes.clone()));
    }
}

/// An entry of a long list is found by halving: each look reads the whole description again.
#[test]
fn a_long_list_is_not_read_once_an_entry() {
    use std::cell::Cell;
    thread_local!(static READS: Cell<usize> = const { Cell::new(0) });
    #[derive(Debug, serde::Deserialize)]
    struct Numbers {
        #[expect(dead_code, reason = "only that it is read counts")]
        list: Vec<Counted>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(try_from = "Value")]
    struct Counted;
    impl TryFrom<Value> for Counted {
        type Error = String;
        fn try_from(value: Value) -> Result<Self, String> {
            READS.set(READS.get() + 1);
            if value.is_number() { Ok(Counted) } else { Err(format!("expected a number, got {value}")) }
        }
    }
    let mut list: Vec<Value> = (0..4096).map(Value::from).collect();
    list[3000] = json!("x");
    let error = super::read::<Numbers>(&json!({ "list": list }), "all").unwrap_err();
    assert_eq!(error.message, "all.list.3000: expected a number, got \"x\"");
    assert!(READS.get() < 40 * 4096, "{} entries read", READS.get());
}
