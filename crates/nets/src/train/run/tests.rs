use super::*;
use crate::shapes::resolve;
use crate::spec::NetworkSpec;
use serde_json::json;
use std::sync::Arc;

fn arrays(named: &[(&str, Vec<f64>, &[usize])]) -> Arrays {
    let entry = |(name, values, shape): &(&str, Vec<f64>, &[usize])| {
        (name.to_string(), Arc::new(Array::f64(values.clone(), shape)))
    };
    Arrays(named.iter().map(entry).collect())
}

/// sin on 40 points, and a network of two hidden layers.
fn problem() -> (ResolvedNetwork, Arrays) {
    let dense = |units: usize| json!({ "type": "dense", "units": units });
    let tanh = json!({ "type": "activation", "fn": "tanh" });
    let spec = json!({ "input": 1, "layers": [dense(20), tanh, dense(20), tanh, dense(1)] });
    let x: Vec<f64> = (0..40).map(|i| f64::from(i) / 20.0 - 1.0).collect();
    let y = x.iter().map(|x| (4.0 * x).sin()).collect();
    let network = resolve(&NetworkSpec::from_json(&spec.to_string()).unwrap()).unwrap();
    (network, arrays(&[("x", x, &[40, 1]), ("y", y, &[40, 1])]))
}

fn spec(extra: serde_json::Value) -> TrainSpec {
    let mut spec = json!({ "loss": "mse", "optimizer": { "type": "adam", "learningRate": 0.01 }, "steps": 30 });
    spec.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    TrainSpec::from_json(&spec.to_string()).unwrap()
}

fn run<T: Scalar>(network: &ResolvedNetwork, spec: &TrainSpec, arrays: &Arrays, threads: usize) -> (History, Vec<T>) {
    let mut weights = Weights::<T>::draw(network, 3).unwrap();
    let history = train(network, &mut weights, spec, arrays, 3, threads, &Control::none()).unwrap();
    (history, weights.parameters)
}

#[test]
fn a_linear_model_follows_gradient_descent_by_hand() {
    // h = w x + b from w = 0.5, b = 0 on x = 1, 2 and y = 2, 1: errors -1.5, 0; dw = -1.5, db = -1.5.
    let layer = json!({ "type": "dense", "units": 1, "init": { "type": "constant", "value": 0.5 } });
    let network = json!({ "input": 1, "layers": [layer] });
    let network = resolve(&NetworkSpec::from_json(&network.to_string()).unwrap()).unwrap();
    let data = arrays(&[("x", vec![1.0, 2.0], &[2, 1]), ("y", vec![2.0, 1.0], &[2, 1])]);
    let spec = spec(json!({ "steps": 1, "optimizer": { "type": "sgd", "learningRate": 0.1 } }));
    let (history, parameters) = run::<f64>(&network, &spec, &data, 1);
    assert!((parameters[0] - 0.65).abs() < 1e-15 && (parameters[1] - 0.15).abs() < 1e-15, "{parameters:?}");
    // Before: 2.25 / 2; after: errors -1.2 and 0.45.
    assert_eq!(history.steps, [0, 1]);
    assert!((history.loss[0] - 1.125).abs() < 1e-15 && (history.loss[1] - (1.44 + 0.2025) / 2.0).abs() < 1e-15);
    assert_eq!(history.stop_reason, StopReason::Completed);
}

#[test]
fn threads_and_resuming_leave_the_bits_alone() {
    let (network, data) = problem();
    for batch in [json!(null), json!(7)] {
        let with = |steps: u64, resume: serde_json::Value| {
            spec(json!({ "steps": steps, "batchSize": batch, "resumeStep": resume }))
        };
        let (whole, expected) = run::<f32>(&network, &with(30, json!(null)), &data, 1);
        for threads in [2, 4] {
            let (history, parameters) = run::<f32>(&network, &with(30, json!(null)), &data, threads);
            assert_eq!((&history, &parameters), (&whole, &expected), "{threads} threads");
        }
        let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
        let first = train(&network, &mut weights, &with(11, json!(null)), &data, 3, 1, &Control::none()).unwrap();
        assert_eq!(first.state.step, 11);
        let mut rest = data.clone();
        for (index, moment) in first.state.moments.into_iter().enumerate() {
            rest.0.insert(format!("resume.moments.{index}"), Arc::new(moment));
        }
        let second = train(&network, &mut weights, &with(19, json!(11)), &rest, 3, 2, &Control::none()).unwrap();
        assert_eq!(weights.parameters, expected);
        assert_eq!(second.steps, (11..=30).collect::<Vec<_>>());
        assert_eq!(second.loss[..], whole.loss[11..]);
    }
}

#[test]
fn an_epoch_takes_every_sample_once() {
    let mut batches = Batches::new(10, 4, true, 1);
    let mut seen: Vec<usize> = Vec::new();
    for step in 0..3 {
        let samples = batches.at(step);
        seen.extend((0..samples.len()).map(|i| samples.get(i)));
    }
    assert_ne!(seen, (0..10).collect::<Vec<_>>());
    let second: Vec<usize> = (0..4).map(|i| batches.at(3).get(i)).collect();
    assert_ne!(seen[..4], second);
    seen.sort_unstable();
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_divergence_keeps_what_was_recorded() {
    let (network, data) = problem();
    let spec = spec(json!({ "steps": 500, "optimizer": { "type": "sgd", "learningRate": 1e6 } }));
    let (history, _) = run::<f32>(&network, &spec, &data, 1);
    assert_eq!(history.stop_reason, StopReason::Diverged);
    assert!(!history.loss.is_empty() && history.loss.iter().all(|loss| loss.is_finite()));
    assert_eq!(history.steps.len(), history.loss.len());
}

#[test]
fn an_abort_stops_within_a_step() {
    let (network, data) = problem();
    // The callback aborts the control that it belongs to, which exists only afterwards.
    let own: Arc<std::sync::OnceLock<Control>> = Arc::default();
    let control = Control::with_progress({
        let own = own.clone();
        move |progress| {
            if progress.done == 5 {
                own.get().expect("set before the training").abort();
            }
        }
    });
    assert!(own.set(control.clone()).is_ok());
    let mut weights = Weights::<f64>::draw(&network, 3).unwrap();
    let history = train(&network, &mut weights, &spec(json!({})), &data, 3, 1, &control).unwrap();
    assert_eq!((history.stop_reason, history.state.step, history.steps.len()), (StopReason::Aborted, 5, 5));
    let (_, five) = run::<f64>(&network, &spec(json!({ "steps": 5 })), &data, 1);
    assert_eq!(weights.parameters, five);
}

#[test]
fn probes_measure_before_the_update() {
    let (network, mut data) = problem();
    for name in ["a", "b"] {
        for field in ["points", "target"] {
            let source = data.0[if field == "points" { "x" } else { "y" }].clone();
            data.0.insert(format!("probes.{name}.{field}"), source);
        }
    }
    data.0.insert("probes.b.frequencies".into(), Arc::new(Array::f64(vec![0.5, 1.0], &[2])));
    let probes = json!({ "a": { "type": "outputs" }, "b": { "type": "spectrum" }, "n": { "type": "norms" } });
    let spec = spec(json!({ "probes": probes, "record": { "at": [0, 29] } }));
    let (history, parameters) = run::<f64>(&network, &spec, &data, 1);
    assert_eq!(history.steps, [0, 29, 30]);
    let field = |probe: usize, field: usize| &history.probes[probe].fields[field].array;
    assert_eq!(field(0, 0).shape, [3, 40, 1]);
    let outputs = field(0, 0).to::<f64>();
    let x = data.0["x"].to::<f64>();
    assert_eq!(outputs[..40], Weights::draw(&network, 3).unwrap().predict(&network, &x, 1).unwrap());
    let last = Weights { parameters, buffers: vec![] };
    assert_eq!(outputs[80..], last.predict(&network, &x, 1).unwrap());
    // The spectrum of the recorded outputs, by the definition.
    let y = data.0["y"].to::<f64>();
    let errors = field(1, 0).to::<f64>();
    for record in 0..3 {
        for (k, frequency) in [0.5, 1.0].into_iter().enumerate() {
            let transform = |values: &[f64]| {
                let phase = |x: f64| -std::f64::consts::TAU * frequency * x;
                let sum = |part: fn(f64) -> f64| values.iter().zip(&x).map(|(v, x)| v * part(phase(*x))).sum::<f64>();
                (sum(f64::cos), sum(f64::sin))
            };
            let (h, f) = (transform(&outputs[record * 40..][..40]), transform(&y));
            let expected = (h.0 - f.0).hypot(h.1 - f.1) / f.0.hypot(f.1);
            assert!((errors[record * 2 + k] - expected).abs() < 1e-12);
        }
    }
    assert_eq!(field(2, 0).shape, [3, 6]);
}

#[test]
fn wrong_requests_name_what_is_wrong() {
    let (network, data) = problem();
    let message = |spec: &TrainSpec, arrays: &Arrays| {
        let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
        train(&network, &mut weights, spec, arrays, 3, 1, &Control::none()).unwrap_err().message
    };
    let with = |name: &str, array: Array| {
        let mut data = data.clone();
        data.0.insert(name.into(), Arc::new(array));
        data
    };
    let short = with("y", Array::f64(vec![0.0; 3], &[3, 1]));
    assert_eq!(message(&spec(json!({})), &short), "y: expected shape [40, 1], got [3, 1]");
    let wide = with("x", Array::f64(vec![0.0; 80], &[40, 2]));
    assert_eq!(message(&spec(json!({})), &wide), "x: expected shape [n, 1], got [40, 2]");
    let nan = with("x", Array::f64(vec![f64::NAN; 40], &[40, 1]));
    assert_eq!(message(&spec(json!({})), &nan), "x: expected finite numbers, got NaN at index 0");
    let empty = with("x", Array::f64(vec![], &[0, 1]));
    assert!(message(&spec(json!({})), &empty).contains("at least one sample"));
    assert!(
        message(&spec(json!({ "batchSize": 41 })), &data)
            .contains("batchSize: expected an integer from 1 to 40, got 41")
    );
    assert!(message(&spec(json!({ "resumeStep": 3 })), &data).contains("resume"));
    let probe = json!({ "p": { "type": "filter", "deltas": [-1] } });
    let points = with("probes.p.points", Array::f64(vec![0.0, 1.0], &[2, 1]));
    assert!(message(&spec(json!({ "probes": probe })), &points).contains("probes.p.deltas"));
    for (wrong, part) in [
        (json!({ "steps": 0 }), "steps: expected a positive integer, got 0"),
        (json!({ "steps": -3 }), "steps: expected a positive integer, got -3"),
        (
            json!({ "steps": 1, "loss": "mse", "optimizer": { "type": "adam", "learningRate": 1 }, "batch": 1 }),
            "unknown field `batch`",
        ),
        (
            json!({ "steps": 1, "loss": "mes", "optimizer": { "type": "adam", "learningRate": 1 } }),
            "unknown variant `mes`",
        ),
    ] {
        let message = TrainSpec::from_json(&wrong.to_string()).unwrap_err().message;
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}
