//! Every layer, loss and optimiser against the CPU engine on one thread: outputs, and five steps of a training.

use super::cases::{activation, carriers, dense, loss, others};
use super::{Engine, difference, distance, is_double, network, train_spec, weights, wide};
use base::Control;
use compute::Scalar;
use nets::training::train;
use serde_json::{Value, json};

fn check<T: Scalar>(engine: &impl Engine<T>, spec: &Value, name: &str, extra: Value) {
    let network = network(spec);
    let n = 23;
    let (loss, data) = loss(name, &network, n);
    let start = weights::<T>(&network, 4);
    let place = format!("{} {name} {extra} {spec}", T::NAME);
    let x = data.0["x"].to::<T>();
    let (found, expected) =
        (engine.predict(&network, &start, &x).unwrap(), start.predict(&network, &x, 1, &Control::none()).unwrap());
    let off = distance(&wide(&found), &wide(&expected));
    assert!(off < if is_double::<T>() { 1e-12 } else { 1e-5 }, "{place}: outputs {off}");
    let mut fields = json!({ "loss": loss, "optimizer": { "type": "sgd", "learningRate": 0.01 }, "steps": 5 });
    fields.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let fields = train_spec(fields);
    let (mut a, mut b) = (start.clone(), start);
    let found = engine.train(&network, &mut a, &fields, &data, 6, &Control::none()).unwrap();
    let expected = train(&network, &mut b, &fields, &data, 6, 1, &Control::none()).unwrap();
    assert_eq!((&found.steps, found.stop_reason), (&expected.steps, expected.stop_reason), "{place}");
    let [kept, expected_kept] = [&a, &b].map(|weights| wide(&weights.buffers));
    let off = distance(&kept, &expected_kept);
    assert!(off < if is_double::<T>() { 1e-12 } else { 1e-5 }, "{place}: buffers {off}");
    let (a, b) = (wide(&a.parameters), wide(&b.parameters));
    if is_double::<T>() {
        assert!(difference(&found.loss, &expected.loss) < 1e-9, "{place}: {:?} {:?}", found.loss, expected.loss);
        assert!(difference(&a, &b) < 1e-9, "{place}: parameters {}", difference(&a, &b));
    } else {
        for (a, b) in found.loss.iter().zip(&expected.loss) {
            assert!((a - b).abs() < 1e-4 * b.abs(), "{place}: {a} {b}");
        }
        assert!(distance(&a, &b) < 1e-3, "{place}: parameters {}", distance(&a, &b));
    }
    assert_eq!(found.parts.len(), expected.parts.len(), "{place}");
    for ((name, found), (same, expected)) in found.parts.iter().zip(&expected.parts) {
        let off = distance(found, expected);
        assert!(name == same && off < if is_double::<T>() { 1e-9 } else { 1e-4 }, "{place}: {name} {off}");
    }
    for (a, b) in found.state.moments.iter().zip(&expected.state.moments) {
        let off = distance(&a.to(), &b.to());
        assert!(off < if is_double::<T>() { 1e-9 } else { 1e-3 }, "{place}: moments {off}");
    }
}

pub fn everything_agrees<T: Scalar>(engine: &impl Engine<T>) {
    let none = || json!({});
    for spec in carriers() {
        check(engine, &spec, "mse", none());
        check(engine, &spec, "sobolev", none());
        if network(&spec).output == [1] {
            check(engine, &spec, "linear", json!({ "optimizer": { "type": "sgd", "learningRate": 1e-4 } }));
        }
    }
    for spec in others() {
        check(engine, &spec, "mse", none());
        // The last batch is smaller.
        check(engine, &spec, "mse", json!({ "batchSize": 7 }));
        let penalty = json!({ "type": "weightSpectrum", "alpha": 0.3, "cutoff": 0.4 });
        check(engine, &spec, "mse", json!({ "penalty": penalty }));
    }
    let plain = json!({ "input": 3, "layers": [dense(6), activation("tanh"), dense(4)] });
    for name in
        ["mae", "huber", "weightedMse", "weightedRows", "crossEntropy", "classes", "smoothOutputs", "phaseContrastive"]
    {
        check(engine, &plain, name, json!({ "batchSize": 7 }));
    }
    check(engine, &plain, "smoothness", none());
    let penalty = json!({ "type": "weightSpectrum", "alpha": 0.3, "parameters": ["layers.2.weight"] });
    check(engine, &plain, "smoothness", json!({ "batchSize": 9, "shuffle": false, "penalty": penalty }));
    let field = json!({ "input": 2, "layers": [dense(6), activation("tanh"), dense(1)] });
    for name in ["poisson", "helmholtz", "heat", "advection", "linear", "mixed", "third", "burgers", "inverse", "ritz"]
        .into_iter()
        .filter(|name| engine.carries(name))
    {
        check(engine, &field, name, json!({ "batchSize": 8, "optimizer": { "type": "sgd", "learningRate": 1e-4 } }));
    }
    for optimizer in [
        json!({ "type": "sgd", "learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.1 }),
        json!({ "type": "sgd", "learningRate": 0.05, "momentum": 0.8, "nesterov": true }),
        json!({ "type": "adam", "learningRate": 0.01, "weightDecay": 0.2 }),
        json!({ "type": "adamw", "learningRate": 0.01, "beta1": 0.8, "clip": { "norm": 0.1 } }),
        json!({ "type": "rmsprop", "learningRate": 0.01, "epsilon": 1e-4, "clip": { "value": 0.02 } }),
        json!({ "type": "adam", "learningRate": 0.01, "schedule": { "type": "cosine", "steps": 4, "warmup": 2 } }),
    ] {
        check(engine, &plain, "mse", json!({ "optimizer": optimizer, "batchSize": 10 }));
        check(engine, &plain, "mse", json!({ "optimizer": optimizer, "shuffle": false, "batchSize": 9 }));
    }
    let deep = json!({ "input": 3, "layers": [dense(6), activation("tanh"), dense(9), activation("tanh"), dense(4)] });
    let tokens = json!({ "input": [5, 3], "layers": [
        dense(4), { "type": "positions", "encoding": "learned" }, { "type": "attention", "heads": 2 },
        { "type": "flatten" }, dense(4),
    ] });
    // The keys' bias has no gradient (softmax does not see it): Adam's epsilon keeps its rounding from becoming a step.
    for extra in [
        json!({ "adamw": { "epsilon": 1e-4 } }),
        json!({ "nesterov": false, "adjust": "matchRmsAdamw", "clip": { "value": 0.02 } }),
        json!({ "nsSteps": 2, "adamw": { "learningRate": 0.1, "beta2": 0.9, "epsilon": 1e-4 }, "clip": { "norm": 0.1 } }),
    ] {
        // Five steps of the polynomial raise the rounding of small singular values up to 3.4^5 times: the rate keeps f32 within bounds.
        let mut muon = json!({ "type": "muon", "learningRate": 0.005 });
        muon.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        check(engine, &deep, "mse", json!({ "optimizer": muon, "batchSize": 10 }));
        check(engine, &tokens, "mse", json!({ "optimizer": muon }));
        muon["parameters"] = json!(["layers.0.weight", "layers.2.weight"]);
        check(engine, &plain, "mse", json!({ "optimizer": muon }));
    }
}
