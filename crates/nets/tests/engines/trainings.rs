//! What a training does besides its steps: records, probes, resuming, sweeps, divergence, aborts, refusals.

use super::cases::{activation, dense, loss};
use super::{Engine, arrays, difference, distance, network, normal, train_spec, weights, wide};
use base::{Code, Control};
use nets::training::{History, Job, StopReason, TrainSpec};
use nets::{Array, Arrays, ResolvedNetwork, Weights};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};

fn problem() -> (ResolvedNetwork, Arrays) {
    let spec = json!({ "input": 2, "layers": [dense(9), activation("tanh"), dense(7), activation("relu"), dense(1)] });
    let network = network(&spec);
    let (_, data) = loss("mse", &network, 30);
    (network, data)
}

fn spec(extra: Value) -> TrainSpec {
    let mut fields = json!({ "loss": "mse", "optimizer": { "type": "adam", "learningRate": 0.01 }, "steps": 12 });
    fields.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    train_spec(fields)
}

fn run(
    engine: &impl Engine<f64>,
    network: &ResolvedNetwork,
    spec: &TrainSpec,
    data: &Arrays,
) -> (History, Weights<f64>) {
    let mut weights = weights(network, 3);
    let history = engine.train(network, &mut weights, spec, data, 3, &Control::none()).unwrap();
    (history, weights)
}

/// A layer of zeros before a ReLU: its inputs are all 0, and nothing below may move.
pub fn relu_has_no_slope_at_its_kink(engine: &impl Engine<f64>) {
    let zeros = json!({ "type": "dense", "units": 4, "init": "zeros", "biasInit": 0 });
    let network = network(&json!({ "input": 2, "layers": [zeros, activation("relu"), dense(1)] }));
    let (_, data) = loss("mse", &network, 10);
    let start = Weights::<f64>::draw(&network, 1).unwrap();
    let mut trained = start.clone();
    engine.train(&network, &mut trained, &spec(json!({})), &data, 1, &Control::none()).unwrap();
    assert_eq!(trained.parameters[..12], start.parameters[..12]);
    assert_ne!(trained.parameters[16], start.parameters[16]);
}

pub fn a_training_goes_on_where_it_was_cut(engine: &impl Engine<f64>) {
    let (network, data) = problem();
    for batch in [json!(null), json!(7)] {
        let with =
            |steps: u64, resume: Value| spec(json!({ "steps": steps, "batchSize": batch, "resumeStep": resume }));
        let (whole, expected) = run(engine, &network, &with(12, json!(null)), &data);
        let (first, mut weights) = run(engine, &network, &with(5, json!(null)), &data);
        let mut rest = data.clone();
        for (index, moment) in first.state.moments.into_iter().enumerate() {
            rest.0.insert(format!("resume.moments.{index}"), Arc::new(moment));
        }
        let second = engine.train(&network, &mut weights, &with(7, json!(5)), &rest, 3, &Control::none()).unwrap();
        assert_eq!(second.steps, (5..=12).collect::<Vec<_>>());
        assert!(difference(&second.loss, &whole.loss[5..]) < 1e-12);
        assert!(difference(&weights.parameters, &expected.parameters) < 1e-12);
    }
}

fn jobs(network: &ResolvedNetwork, data: &Arrays, specs: &[TrainSpec]) -> Vec<Job<f64>> {
    let job = |(seed, spec): (usize, &TrainSpec)| Job {
        network: network.clone(),
        weights: weights(network, seed as u64),
        spec: spec.clone(),
        arrays: data.clone(),
        seed: seed as u64,
    };
    specs.iter().enumerate().map(job).collect()
}

pub fn a_sweep_gives_what_each_run_gives_alone(engine: &impl Engine<f64>) {
    let (network, data) = problem();
    let other = {
        let mut other = data.clone();
        other.0.insert("y".into(), Arc::new(Array::f64(normal(30, 9), &[30, 1])));
        other
    };
    let image =
        super::network(&json!({ "input": [1, 5, 5], "layers": [{ "type": "conv2d", "filters": 2, "kernel": 2 },
        activation("relu"), { "type": "maxPool2d", "size": 2 }, { "type": "flatten" }, dense(3)] }));
    let (_, images) = loss("classes", &image, 8);
    for batch in [json!(null), json!(7)] {
        // The third has another optimiser, the fourth other records: they may or may not be trained with the others.
        let plain = spec(json!({ "batchSize": batch }));
        let sgd = spec(json!({ "batchSize": batch, "optimizer": { "type": "sgd", "learningRate": 0.01 } }));
        let sparse = spec(json!({ "batchSize": batch, "record": { "at": [0, 3] } }));
        let mut all = jobs(&network, &data, &[plain.clone(), plain.clone(), sgd, sparse, plain]);
        all[4].arrays = other.clone();
        let muon = json!({ "type": "muon", "learningRate": 0.01, "parameters": ["layers.0.weight"] });
        let muon = spec(json!({ "batchSize": batch, "optimizer": muon }));
        all.extend(jobs(&network, &data, &[muon.clone(), muon]));
        let pictures = spec(json!({ "loss": "crossEntropy", "steps": 4 }));
        all.extend(jobs(&image, &images, &[pictures.clone(), pictures]));
        let alone: Vec<(History, Weights<f64>)> = all
            .iter()
            .map(|job| {
                let mut weights = job.weights.clone();
                let none = Control::none();
                let history =
                    engine.train(&job.network, &mut weights, &job.spec, &job.arrays, job.seed, &none).unwrap();
                (history, weights)
            })
            .collect();
        let together = engine.train_many(all, &Control::none()).unwrap();
        assert_eq!(together.len(), alone.len());
        for ((history, weights), (expected, trained)) in together.iter().zip(&alone) {
            assert_eq!(history.steps, expected.steps);
            assert!(difference(&history.loss, &expected.loss) < 1e-12);
            assert!(difference(&weights.parameters, &trained.parameters) < 1e-12);
        }
    }
}

/// The second of three runs begins where its loss is too large for a number.
pub fn a_run_that_diverges_leaves_the_others_alone(engine: &impl Engine<f64>) {
    let (network, data) = problem();
    let plain = spec(json!({}));
    let mut all = jobs(&network, &data, &[plain.clone(), plain.clone(), plain.clone()]);
    all[1].weights.parameters.fill(1e200);
    let whole = all[0].arrays.clone();
    let results = engine.train_many(all, &Control::none()).unwrap();
    let reasons: Vec<StopReason> = results.iter().map(|(history, _)| history.stop_reason).collect();
    assert_eq!(reasons, [StopReason::Completed, StopReason::Diverged, StopReason::Completed]);
    assert!(results[1].0.loss.is_empty() && results[1].1.parameters.iter().all(|&p| p == 1e200));
    for index in [0, 2] {
        let mut weights = weights(&network, index as u64);
        let history = engine.train(&network, &mut weights, &plain, &whole, index as u64, &Control::none()).unwrap();
        assert!(difference(&results[index].0.loss, &history.loss) < 1e-12);
        assert!(difference(&results[index].1.parameters, &weights.parameters) < 1e-12);
    }
}

pub fn probes_see_the_numbers_before_the_update(engine: &impl Engine<f64>) {
    let (network, mut data) = problem();
    data.0.insert("probes.fit.points".into(), data.0["x"].clone());
    let probes = json!({ "fit": { "type": "outputs" }, "norms": { "type": "norms" } });
    let (history, trained) =
        run(engine, &network, &spec(json!({ "probes": probes, "record": { "at": [0, 6] } })), &data);
    assert_eq!(history.steps, [0, 6, 12]);
    let outputs = &history.probes[0].fields[0].array;
    assert_eq!(outputs.shape, [3, 30, 1]);
    let x = data.0["x"].to::<f64>();
    let outputs = outputs.to::<f64>();
    let at = |weights: &Weights<f64>| engine.predict(&network, weights, &x).unwrap();
    assert!(distance(&outputs[..30], &wide(&at(&weights(&network, 3)))) < 1e-12);
    assert!(distance(&outputs[60..], &wide(&at(&trained))) < 1e-12);
    let norm = trained.parameters[network.parameters[2].range()].iter().map(|p| p * p).sum::<f64>().sqrt();
    assert!((history.probes[1].fields[0].array.to::<f64>()[2 * 6 + 2] - norm).abs() < 1e-12);
}

/// At the next look at the control, with the numbers of the last whole step.
pub fn an_abort_stops_within_a_step(engine: &impl Engine<f64>) {
    let (network, data) = problem();
    // The callback aborts the control that it belongs to, which exists only afterwards.
    let own: Arc<OnceLock<Control>> = Arc::default();
    let control = Control::with_progress({
        let own = own.clone();
        move |progress| {
            assert_eq!(progress.total, 12);
            if progress.done >= 5 {
                own.get().expect("set before the training").abort();
            }
        }
    });
    assert!(own.set(control.clone()).is_ok());
    let mut stopped = weights(&network, 3);
    let history = engine.train(&network, &mut stopped, &spec(json!({})), &data, 3, &control).unwrap();
    let steps = 5u64.next_multiple_of(engine.pace());
    assert_eq!((history.stop_reason, history.state.step), (StopReason::Aborted, steps));
    assert_eq!(history.steps, (0..steps).collect::<Vec<_>>());
    let (_, whole) = run(engine, &network, &spec(json!({ "steps": steps })), &data);
    assert!(difference(&stopped.parameters, &whole.parameters) < 1e-12);
}

pub fn wrong_requests_name_what_is_wrong(engine: &impl Engine<f64>) {
    let (network, data) = problem();
    let error = |network: &ResolvedNetwork, spec: &TrainSpec, data: &Arrays| {
        engine.train(network, &mut weights(network, 3), spec, data, 3, &Control::none()).unwrap_err()
    };
    let short = arrays(vec![("x", Array::f64(vec![0.0; 60], &[30, 2])), ("y", Array::f64(vec![0.0; 3], &[3, 1]))]);
    let table = [
        (spec(json!({})), short.clone(), Code::InvalidShape, "y: expected shape [30, 1], got [3, 1]"),
        (spec(json!({ "batchSize": 31 })), data.clone(), Code::InvalidArgument, "batchSize: expected an integer"),
        (spec(json!({ "resumeStep": 3 })), data.clone(), Code::InvalidArgument, "resume"),
        (spec(json!({ "loss": "sobolev" })), data.clone(), Code::InvalidArgument, "loss.gradients"),
        (spec(json!({ "memoryLimit": 100 })), data.clone(), Code::OverMemoryLimit, "train: needs"),
    ];
    for (spec, data, code, part) in table {
        let error = error(&network, &spec, &data);
        assert!(error.code == code && error.message.contains(part), "{error} does not say {part:?}");
    }
    let image =
        super::network(&json!({ "input": [1, 4, 4], "layers": [{ "type": "conv2d", "filters": 1, "kernel": 4 },
        { "type": "flatten" }] }));
    let refused = engine.derivatives(&image, &weights(&image, 1), &[0.0; 16]).unwrap_err();
    assert!(refused.message.contains("[1, 4, 4]"), "{refused}");
    let sequence = super::network(&json!({ "input": 2, "layers": [{ "type": "layerNorm" }, dense(1)] }));
    let refused = engine.derivatives(&sequence, &weights(&sequence, 1), &[0.0; 2]).unwrap_err();
    assert!(refused.message.contains("layers.0 (layerNorm)"), "{refused}");
    let failed = engine.train_many(jobs(&network, &short, &[spec(json!({}))]), &Control::none()).err().unwrap();
    assert!(failed.message.starts_with("runs[0]: y"), "{failed}");
}
