use crate::engine::weights::Weights;
use crate::network::arrays::{Array, Arrays};
use crate::network::shapes::{ResolvedNetwork, resolve};
use crate::network::spec::NetworkSpec;
use crate::training::{History, TrainSpec, train};
use base::{Control, Result};
use compute::Scalar;
use serde_json::{Value, json};
use std::sync::Arc;

/// Two inputs, two features, twenty of them made, two outputs.
fn network() -> ResolvedNetwork {
    let layers = json!([
        { "type": "dense", "units": 2 },
        { "type": "dense", "units": 20, "init": { "type": "constant", "value": 0.3 } },
        { "type": "activation", "fn": "tanh" },
        { "type": "dense", "units": 2, "parameterization": "ntk", "sigmaW": 1.5, "sigmaB": 0.5 },
    ]);
    resolve(&NetworkSpec::from_json(&json!({ "input": 2, "layers": layers }).to_string()).unwrap()).unwrap()
}

const POINTS: [f64; 10] = [0.1, -0.4, 0.9, 0.3, -0.7, 0.2, 0.5, 0.5, -0.1, -0.9];

fn probed<T: Scalar>(probes: Value) -> Result<History> {
    let spec = json!({
        "loss": "mse", "optimizer": { "type": "sgd", "learningRate": 0.05 }, "steps": 4,
        "record": { "every": 2 }, "probes": probes,
    });
    let points = Arc::new(Array::f64(POINTS.to_vec(), &[5, 2]));
    let names = ["x", "y", "probes.p.points"];
    let arrays = Arrays(names.into_iter().map(|name| (name.to_string(), points.clone())).collect());
    let network = network();
    let mut weights = Weights::<T>::draw(&network, 1)?;
    train(&network, &mut weights, &TrainSpec::from_json(&spec.to_string())?, &arrays, 1, 1, &Control::none())
}

fn fields(history: &History) -> Vec<(&'static str, Vec<usize>, Vec<f64>)> {
    let field = |f: &crate::training::Field| (f.name, f.array.shape.clone(), f.array.to::<f64>());
    history.probes[0].fields.iter().map(field).collect()
}

#[test]
fn the_tangent_kernel_is_that_of_finite_differences() {
    let history = probed::<f64>(json!({ "p": { "type": "ntk" } })).unwrap();
    let [(_, shape, kernel), (name, _, eigenvalues)] = &fields(&history)[..] else { panic!("two fields") };
    assert_eq!((shape, *name), (&vec![3, 5, 5], "eigenvalues"));
    let network = network();
    let weights = Weights::<f64>::draw(&network, 1).unwrap();
    let h = 1e-5;
    let columns: Vec<Vec<f64>> = (0..weights.parameters.len())
        .map(|k| {
            let at = |h: f64| {
                let mut moved = weights.clone();
                moved.parameters[k] += h;
                moved.predict(&network, &POINTS, 1, &Control::none()).unwrap()
            };
            at(h).iter().zip(at(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect()
        })
        .collect();
    for i in 0..5 {
        for j in 0..5 {
            // Mean over the two outputs.
            let sum: f64 = columns.iter().map(|c| c[2 * i] * c[2 * j] + c[2 * i + 1] * c[2 * j + 1]).sum();
            assert!((kernel[5 * i + j] - 0.5 * sum).abs() < 1e-7, "{i} {j}");
        }
    }
    let trace: f64 = (0..5).map(|i| kernel[6 * i]).sum();
    assert!((eigenvalues[..5].iter().sum::<f64>() - trace).abs() < 1e-10);
    assert!(eigenvalues[..5].is_sorted_by(|a, b| a >= b) && eigenvalues[4] > -1e-12);
    let narrow = probed::<f32>(json!({ "p": { "type": "ntk" } })).unwrap();
    assert!(fields(&narrow)[0].2.iter().zip(kernel).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn ranks_count_directions() {
    // A constant weight has rank 1 at first, and its own change none.
    let weight = |change: bool| json!({ "p": { "type": "rank", "parameter": "layers.1.weight", "change": change } });
    let [(_, shape, singular), (_, _, effective), (_, _, stable)] = &fields(&probed::<f64>(weight(false)).unwrap())[..]
    else {
        panic!("three fields")
    };
    assert_eq!(shape, &vec![3, 2]);
    assert!((singular[0] - 0.3 * 40f64.sqrt()).abs() < 1e-12 && singular[1].abs() < 1e-12);
    assert!((effective[0] - 1.0).abs() < 1e-10 && (stable[0] - 1.0).abs() < 1e-12);
    let change = &fields(&probed::<f64>(weight(true)).unwrap())[1].2;
    assert!(change[0] == 0.0 && change[1] >= 1.0 && change[1] <= 2.0, "{change:?}");
    // By hand: singular values 3 and 1 have entropy of (3/4, 1/4).
    let values = super::rank::ranks(2, 2, vec![3.0, 0.0, 0.0, -1.0], 1).unwrap();
    let entropy = -(0.75f64 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
    assert!((values[1][0] - entropy.exp()).abs() < 1e-12 && (values[2][0] - 10.0 / 9.0).abs() < 1e-12);
    // Features behind two numbers: affine ones span two directions, and tanh bends them into more.
    let features = |layer: usize| {
        let probe = json!({ "p": { "type": "rank", "layer": layer } });
        fields(&probed::<f64>(probe).unwrap())[0].2.clone()
    };
    assert!(features(0)[..2].iter().all(|s| *s > 1e-3));
    assert!(features(1)[1..5].iter().all(|s| *s < 1e-10), "one direction, as its weight");
    assert_eq!(features(3).len(), 3 * 2);
}

#[test]
fn wrong_probes_are_named() {
    for (probe, part) in [
        (json!({ "type": "rank" }), "probes.p: expected a parameter"),
        (json!({ "type": "rank", "parameter": "layers.0.bias" }), "at least two axes"),
        (json!({ "type": "rank", "parameter": "w" }), "expected one of layers.0.weight"),
        (json!({ "type": "rank", "layer": 4 }), "from 0 to 3"),
        (json!({ "type": "rank", "layer": 1, "parameter": "layers.0.weight" }), "probes.p: expected a parameter"),
    ] {
        let message = probed::<f32>(json!({ "p": probe })).unwrap_err().message;
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}
