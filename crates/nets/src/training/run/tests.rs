use super::*;
use crate::network::arrays::Array;
use crate::network::shapes::resolve;
use crate::network::spec::NetworkSpec;
use crate::training::{Job, train_many};
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
fn muon_goes_on_where_it_was_cut_on_any_threads() {
    let (network, data) = problem();
    let muon = json!({ "type": "muon", "learningRate": 0.02, "schedule": { "type": "cosine", "steps": 30 } });
    let with = |steps: u64, resume: serde_json::Value| {
        spec(json!({ "optimizer": muon, "steps": steps, "batchSize": 9, "resumeStep": resume }))
    };
    let (whole, expected) = run::<f32>(&network, &with(30, json!(null)), &data, 1);
    assert!(whole.loss.iter().all(|loss| *loss < 2.0), "{:?}", whole.loss);
    let (history, parameters) = run::<f32>(&network, &with(30, json!(null)), &data, 3);
    assert_eq!((&history, &parameters), (&whole, &expected));
    let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
    let first = train(&network, &mut weights, &with(11, json!(null)), &data, 3, 2, &Control::none()).unwrap();
    let mut rest = data.clone();
    for (index, moment) in first.state.moments.into_iter().enumerate() {
        rest.0.insert(format!("resume.moments.{index}"), Arc::new(moment));
    }
    train(&network, &mut weights, &with(19, json!(11)), &rest, 3, 1, &Control::none()).unwrap();
    assert_eq!(weights.parameters, expected);
    let job = |seed| {
        let weights = Weights::draw(&network, seed).unwrap();
        Job { network: network.clone(), weights, spec: with(30, json!(null)), arrays: data.clone(), seed }
    };
    let together = train_many::<f32>((2..5).map(job).collect(), 2, &Control::none()).unwrap();
    assert_eq!((&together[1].0, &together[1].1.parameters), (&whole, &expected));
    // Its products count as memory of the run.
    let mut tight = with(30, json!(null));
    let plain = super::super::memory::estimate::<f32>(&network, &spec(json!({ "batchSize": 9 })), &data).unwrap();
    let wanted = super::super::memory::estimate::<f32>(&network, &tight, &data).unwrap();
    assert!(wanted.running > plain.running + 4 * 6 * network.parameter_count());
    tight.memory_limit = Some(plain.running);
    let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
    let error = train(&network, &mut weights, &tight, &data, 3, 1, &Control::none()).unwrap_err();
    assert_eq!(error.code, base::Code::OverMemoryLimit);
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
    assert_eq!(outputs[..40], Weights::draw(&network, 3).unwrap().predict(&network, &x, 1, &Control::none()).unwrap());
    let last = Weights { parameters, buffers: vec![] };
    assert_eq!(outputs[80..], last.predict(&network, &x, 1, &Control::none()).unwrap());
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
            "there is no \"batch\"",
        ),
        (
            json!({ "steps": 1, "loss": "mes", "optimizer": { "type": "adam", "learningRate": 1 } }),
            "loss: expected 'mse', ",
        ),
    ] {
        let message = TrainSpec::from_json(&wrong.to_string()).unwrap_err().message;
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

#[test]
fn a_penalty_is_added_and_its_parts_recorded() {
    let (network, data) = problem();
    let penalty = json!({ "type": "weightSpectrum", "alpha": 0.3, "cutoff": 0.4 });
    let plain = run::<f64>(&network, &spec(json!({})), &data, 1).0;
    let with = spec(json!({ "penalty": penalty, "steps": 200 }));
    let (history, parameters) = run::<f64>(&network, &with, &data, 2);
    assert_eq!((plain.parts.len(), history.parts.len()), (0, 2));
    let [(_, task), (_, frequency)] = &history.parts[..] else { panic!("task and weightFrequency") };
    assert_eq!((history.parts[0].0, task[0]), ("task", plain.loss[0]));
    for ((total, task), frequency) in history.loss.iter().zip(task).zip(frequency) {
        assert!((total - (task + 0.3 * frequency)).abs() < 1e-15);
    }
    // Three weights; training makes their high frequencies fewer.
    assert!(frequency[0] <= 3.0 && frequency[200] < 0.8 * frequency[0], "{} {}", frequency[0], frequency[200]);
    // The first step follows the gradient of the sum: central differences along it.
    let sgd = json!({ "type": "sgd", "learningRate": 1e-6 });
    let step = spec(json!({ "penalty": penalty, "steps": 1, "optimizer": sgd }));
    let start = Weights::<f64>::draw(&network, 3).unwrap().parameters;
    let (small, moved) = run::<f64>(&network, &step, &data, 1);
    let squares: f64 = start.iter().zip(&moved).map(|(a, b)| ((a - b) / 1e-6).powi(2)).sum();
    let fall = (small.loss[0] - small.loss[1]) / 1e-6;
    assert!((fall - squares).abs() < 1e-4 * squares, "{fall} {squares}");
    assert_eq!(parameters, run::<f64>(&network, &with, &data, 1).1);
    let wrong = spec(json!({ "penalty": { "type": "weightSpectrum", "alpha": 1, "parameters": ["layers.0.bias"] } }));
    let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
    let error = train(&network, &mut weights, &wrong, &data, 3, 1, &Control::none()).unwrap_err();
    assert!(error.message.contains("penalty.parameters: expected some of layers.0.weight"), "{}", error.message);
}

#[test]
fn losses_of_a_whole_batch_train_in_order_and_in_pairs() {
    let (network, mut data) = problem();
    let smooth = json!({ "type": "smoothness", "alpha": 0.1, "cutoff": 0.5 });
    let (history, one) = run::<f32>(&network, &spec(json!({ "loss": smooth, "steps": 60 })), &data, 1);
    let names: Vec<_> = history.parts.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["mse", "highFrequency"]);
    assert!(history.loss[60] < 0.5 * history.loss[0]);
    assert_eq!(one, run::<f32>(&network, &spec(json!({ "loss": smooth, "steps": 60 })), &data, 4).1);
    let batches = |shuffle: bool| spec(json!({ "loss": smooth, "batchSize": 16, "shuffle": shuffle }));
    let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
    let error = train(&network, &mut weights, &batches(true), &data, 3, 1, &Control::none()).unwrap_err();
    assert!(error.message.contains("shuffle: false"));
    assert!(train(&network, &mut weights, &batches(false), &data, 3, 1, &Control::none()).is_ok());

    let wide = json!({ "input": 1, "layers": [
        { "type": "dense", "units": 30 }, { "type": "activation", "fn": "tanh" }, { "type": "dense", "units": 8 },
    ] });
    let wide = resolve(&NetworkSpec::from_json(&wide.to_string()).unwrap()).unwrap();
    let contrast = json!({ "type": "phaseContrastive", "temperature": 0.2 });
    let pairs = |extra: serde_json::Value| {
        let mut all = json!({ "loss": contrast, "steps": 200 });
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        spec(all)
    };
    let moved = data.0["x"].to::<f64>().iter().map(|x| x + 0.01).collect();
    data.0.insert("loss.views".into(), Arc::new(Array::f64(moved, &[40, 1])));
    for extra in [json!({}), json!({ "batchSize": 16 }), json!({ "batchSize": 16, "shuffle": false })] {
        let (history, _) = run::<f64>(&wide, &pairs(extra.clone()), &data, 2);
        // The last record is over all pairs: ln 40 where nothing is told apart.
        assert!(*history.loss.last().unwrap() < 0.9 * 40f64.ln(), "{extra} {:?}", history.loss.last());
    }
}

#[test]
fn a_batch_of_views_takes_the_same_places_of_each() {
    let mut batches = Batches::new(10, 4, true, 1).with_views(2);
    let picked: Vec<usize> = {
        let samples = batches.at(1);
        (0..samples.len()).map(|i| samples.get(i)).collect()
    };
    assert_eq!(picked.len(), 8);
    assert!((0..4).all(|i| picked[i] + 10 == picked[i + 4] && picked[i] < 10));
    assert_eq!(Batches::new(10, 10, true, 1).with_views(2).at(0).len(), 20);
}

#[test]
fn methods_train_networks_on_the_whole_batch() {
    let (network, data) = problem();
    let with = |kind: &str, extra: serde_json::Value| {
        let mut all = json!({ "optimizer": { "type": kind }, "steps": 12 });
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        spec(all)
    };
    // Powell's sweep takes a few hundred evaluations a parameter: a small network for it.
    let small = json!({ "input": 1, "layers": [
        { "type": "dense", "units": 4 }, { "type": "activation", "fn": "tanh" }, { "type": "dense", "units": 1 },
    ] });
    let small = resolve(&NetworkSpec::from_json(&small.to_string()).unwrap()).unwrap();
    for (kind, network) in [("lbfgs", &network), ("bfgs", &network), ("powell", &small), ("particleSwarm", &small)] {
        let (whole, expected) = run::<f32>(network, &with(kind, json!({})), &data, 1);
        assert!(whole.loss.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-5)), "{kind} {:?}", whole.loss);
        assert!(whole.loss.last().unwrap() < &(0.9 * whole.loss[0]), "{kind} {:?}", whole.loss);
        assert_eq!((whole.steps.len(), whole.stop_reason), (13, StopReason::Completed), "{kind}");
        let (_, wide) = run::<f64>(network, &with(kind, json!({})), &data, 2);
        assert_eq!(wide, run::<f64>(network, &with(kind, json!({})), &data, 1).1, "{kind}: threads");
        // Cut in two.
        let mut weights = Weights::<f32>::draw(network, 3).unwrap();
        let first = with(kind, json!({ "steps": 5 }));
        let first = train(network, &mut weights, &first, &data, 3, 2, &Control::none()).unwrap();
        let mut rest = data.clone();
        for (index, kept) in first.state.moments.into_iter().enumerate() {
            rest.0.insert(format!("resume.moments.{index}"), Arc::new(kept));
        }
        let second = with(kind, json!({ "steps": 7, "resumeStep": 5 }));
        let second = train(network, &mut weights, &second, &rest, 3, 1, &Control::none()).unwrap();
        assert_eq!(weights.parameters, expected, "{kind}");
        assert_eq!(second.loss[..], whole.loss[5..], "{kind}");
    }
    let message = |spec: &TrainSpec| {
        let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
        train(&network, &mut weights, spec, &data, 3, 1, &Control::none()).map(|_| ()).unwrap_err()
    };
    assert!(message(&with("lbfgs", json!({ "batchSize": 7 }))).message.contains("all 40 samples"));
    let tight = message(&with("bfgs", json!({ "memoryLimit": 1_500_000 })));
    assert_eq!(tight.code, base::Code::OverMemoryLimit);
}

#[test]
fn a_method_stops_when_it_is_told_and_when_it_is_done() {
    // A linear model: the least squares line through the data, which both quasi-Newton methods end at.
    let (_, data) = problem();
    let line = json!({ "input": 1, "layers": [{ "type": "dense", "units": 1 }] });
    let line = resolve(&NetworkSpec::from_json(&line.to_string()).unwrap()).unwrap();
    let (x, y) = (data.0["x"].to::<f64>(), data.0["y"].to::<f64>());
    let mean = |f: &dyn Fn(usize) -> f64| (0..40).map(f).sum::<f64>() / 40.0;
    let (mx, my) = (mean(&|i| x[i]), mean(&|i| y[i]));
    let slope = mean(&|i| (x[i] - mx) * (y[i] - my)) / mean(&|i| (x[i] - mx).powi(2));
    for kind in ["lbfgs", "bfgs"] {
        let (history, found) =
            run::<f64>(&line, &spec(json!({ "optimizer": { "type": kind }, "steps": 100 })), &data, 1);
        assert!((found[0] - slope).abs() < 1e-8 && (found[1] - (my - slope * mx)).abs() < 1e-8, "{kind}");
        assert_eq!(history.stop_reason, StopReason::Converged, "{kind}");
        assert_eq!(history.steps.last(), Some(&history.state.step), "{kind}");
        assert_eq!(history.steps.len(), history.loss.len());
    }
    let own: Arc<std::sync::OnceLock<Control>> = Arc::default();
    let control = Control::with_progress({
        let own = own.clone();
        move |progress| {
            if progress.done == 3 {
                own.get().expect("set before the training").abort();
            }
        }
    });
    assert!(own.set(control.clone()).is_ok());
    let (network, _) = problem();
    let mut weights = Weights::<f64>::draw(&network, 3).unwrap();
    let lbfgs = |steps: u64| spec(json!({ "optimizer": { "type": "lbfgs" }, "steps": steps }));
    let history = train(&network, &mut weights, &lbfgs(30), &data, 3, 1, &control).unwrap();
    assert_eq!((history.stop_reason, history.state.step, history.steps.len()), (StopReason::Aborted, 3, 3));
    assert_eq!(weights.parameters, run::<f64>(&network, &lbfgs(3), &data, 1).1);
}

#[test]
fn a_pause_is_no_end() {
    let (network, data) = problem();
    let log = |extra: serde_json::Value| {
        let rank = json!({ "r": { "type": "rank", "parameter": "layers.2.weight", "change": true } });
        let mut all = json!({ "record": { "log": 5 }, "probes": rank });
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        spec(all)
    };
    let (whole, expected) = run::<f32>(&network, &log(json!({})), &data, 1);
    let own: Arc<std::sync::OnceLock<Control>> = Arc::default();
    let control = Control::with_progress({
        let own = own.clone();
        move |progress| {
            if progress.done == 4 {
                own.get().expect("set before the training").pause();
            }
        }
    });
    assert!(own.set(control.clone()).is_ok());
    let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
    let start = Array::f64(weights.parameters.iter().map(|x| f64::from(*x)).collect(), &[weights.parameters.len()]);
    let first = train(&network, &mut weights, &log(json!({})), &data, 3, 1, &control).unwrap();
    assert_eq!((first.stop_reason, first.state.step), (StopReason::Paused, 4));
    let mut rest = data.clone();
    rest.0.insert("began.parameters".into(), Arc::new(start));
    for (index, moment) in first.state.moments.into_iter().enumerate() {
        rest.0.insert(format!("resume.moments.{index}"), Arc::new(moment));
    }
    let second = log(json!({ "steps": 26, "resumeStep": 4, "began": 0 }));
    let second = train(&network, &mut weights, &second, &rest, 3, 1, &Control::none()).unwrap();
    assert_eq!(weights.parameters, expected);
    let ranks = |history: &History| history.probes[0].fields[1].array.to::<f64>();
    assert_eq!(ranks(&second), ranks(&whole)[whole.steps.iter().position(|step| *step > 4).unwrap()..]);
    assert_eq!([first.steps, second.steps].concat(), whole.steps);
    assert_eq!([first.loss, second.loss].concat(), whole.loss);
    // Before its first step there is no state to go on from.
    let paused = Control::none();
    paused.pause();
    let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
    let none = train(&network, &mut weights, &log(json!({})), &data, 3, 1, &paused).unwrap();
    assert_eq!((none.state.step, none.state.moments.len()), (0, 0));
    let again = log(json!({ "resumeStep": 0 }));
    train(&network, &mut weights, &again, &data, 3, 1, &Control::none()).unwrap();
    assert_eq!(weights.parameters, expected);
}

#[test]
fn runs_at_once_share_the_memory() {
    let (network, data) = problem();
    let jobs = |limit: usize| -> Vec<Job<f32>> {
        let spec = spec(json!({ "memoryLimit": limit, "steps": 2 }));
        let job = |seed| {
            let weights = Weights::draw(&network, seed).unwrap();
            Job { network: network.clone(), weights, spec: spec.clone(), arrays: data.clone(), seed }
        };
        (0..4).map(job).collect()
    };
    let one = super::super::memory::estimate::<f32>(&network, &jobs(0)[0].spec, &data).unwrap().running;
    assert!(train_many(jobs(2 * one), 2, &Control::none()).is_ok());
    let error = train_many(jobs(2 * one), 3, &Control::none()).map(|_| ()).unwrap_err();
    assert_eq!(error.code, base::Code::OverMemoryLimit);
    assert!(error.message.contains("3 runs at once"), "{}", error.message);
}

#[test]
fn what_is_recorded_counts_as_memory_of_the_run() {
    let (network, mut data) = problem();
    let x = data.0["x"].clone();
    data.0.insert("probes.fit.points".into(), x);
    let probing = |steps: u64, limit: usize| {
        let probes = json!({ "fit": { "type": "outputs" } });
        let spec = spec(json!({ "probes": probes, "steps": steps, "record": { "every": 1 }, "memoryLimit": limit }));
        super::super::memory::estimate::<f32>(&network, &spec, &data).map(|estimate| (estimate, spec)).unwrap()
    };
    let samples = data.0["x"].shape[0];
    let (few, many) = (probing(9, 0).0, probing(99, 0).0);
    assert_eq!(few.kept, 10 * samples * network.output_size() * 8);
    assert_eq!(many.running - few.running, 90 * samples * network.output_size() * 8);
    let run = |limit: usize| {
        let mut weights = Weights::<f32>::draw(&network, 3).unwrap();
        train(&network, &mut weights, &probing(99, limit).1, &data, 3, 1, &Control::none()).map(|_| ())
    };
    assert!(run(many.running + 1000).is_ok());
    let error = run(few.running).unwrap_err();
    assert_eq!(error.code, base::Code::OverMemoryLimit);
}
