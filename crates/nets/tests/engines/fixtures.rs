//! `test/fixtures`: trainings and derivatives that PyTorch made in float64.

use super::{Engine, arrays, difference, distance, is_double, network, train_spec, wide};
use base::Control;
use compute::Scalar;
use nets::{Array, Arrays, ResolvedNetwork, Weights};
use serde_json::{Value, json};
use std::sync::Arc;

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/../../test/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut all: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(all["cases"].take()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// `{ shape, data }`, or a bare list.
fn array(value: &Value) -> Array {
    if value.is_array() {
        let data = numbers(value);
        let shape = [data.len()];
        return Array::f64(data, &shape);
    }
    let shape: Vec<usize> = serde_json::from_value(value["shape"].clone()).unwrap();
    Array::f64(numbers(&value["data"]), &shape)
}

fn initial<T: Scalar>(network: &ResolvedNetwork, case: &Value) -> Weights<T> {
    let mut weights = Weights::draw(network, 0).unwrap();
    let named: Vec<_> =
        case["initial"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), array(value))).collect();
    weights.set(network, &named).unwrap();
    weights
}

/// `training.json`, `convolution.json` and `muon.json`: 1e-9 in f64; in f32 losses to 1e-4 and parameters to 1e-3, relative.
pub fn trainings_follow_pytorch<T: Scalar>(engine: &impl Engine<T>) {
    for case in ["training.json", "convolution.json", "muon.json"].into_iter().flat_map(cases) {
        let case = &case;
        let network = network(&case["spec"]);
        let mut weights = initial::<T>(&network, case);
        let place = format!("{} {}", case["loss"], case["optimizer"]);
        let x = array(&case["x"]);
        if !case["logits"].is_null() && is_double::<T>() {
            let outputs = engine.predict(&network, &weights, &x.to()).unwrap();
            assert!(difference(&wide(&outputs), &numbers(&case["logits"]["data"])) < 1e-9, "{place}");
        }
        let data = arrays(vec![("x", x), ("y", array(&case["y"]))]);
        let losses = numbers(&case["losses"]);
        let spec = json!({ "loss": case["loss"], "optimizer": case["optimizer"], "steps": losses.len() });
        let spec = train_spec(spec);
        let history = engine.train(&network, &mut weights, &spec, &data, 0, &Control::none()).unwrap();
        assert_eq!(history.steps.len(), losses.len() + 1);
        let found = &history.loss[..losses.len()];
        for parameter in &network.parameters {
            let expected = numbers(&case["final"][&parameter.name]["data"]);
            let trained = wide(&weights.parameters[parameter.range()]);
            if is_double::<T>() {
                assert!(difference(&trained, &expected) < 1e-9, "{place}: {}", parameter.name);
            } else {
                let off = distance(&trained, &expected);
                assert!(off < 1e-3, "{place}: {} {off}", parameter.name);
            }
        }
        if is_double::<T>() {
            assert!(difference(found, &losses) < 1e-9, "{place}");
        } else {
            found.iter().zip(&losses).for_each(|(a, b)| assert!((a - b).abs() < 1e-4 * b, "{place}: {a} {b}"));
        }
    }
}

/// `input-derivatives.json`: outputs, gradients and Laplacians, and trainings by the Sobolev loss.
pub fn derivatives_follow_pytorch<T: Scalar>(engine: &impl Engine<T>, tolerance: f64) {
    for case in cases("input-derivatives.json") {
        let network = network(&case["spec"]);
        let mut weights = initial::<T>(&network, &case);
        let x = array(&case["x"]);
        let found = engine.derivatives(&network, &weights, &x.to()).unwrap();
        for (values, name) in
            [(&found.value, "output"), (&found.gradient, "inputGradient"), (&found.second, "laplacian")]
        {
            let off = difference(&wide(values), &numbers(&case[name]["data"]));
            assert!(off < tolerance, "{name}: {off}");
        }
        let mut data: Arrays = arrays(vec![("x", x), ("y", array(&case["y"]))]);
        data.0.insert("loss.gradients".into(), Arc::new(array(&case["gradients"])));
        let losses = numbers(&case["losses"]);
        let spec = json!({ "loss": "sobolev", "optimizer": case["optimizer"], "steps": losses.len() });
        let history = engine.train(&network, &mut weights, &train_spec(spec), &data, 0, &Control::none()).unwrap();
        let off = difference(&history.loss[..losses.len()], &losses);
        assert!(off < tolerance, "sobolev: {off}");
    }
}
