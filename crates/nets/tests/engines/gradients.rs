//! The gradient of every layer and loss against differences of the engine's own loss.

use super::cases::{activation, carriers, dense, loss, others};
use super::{Engine, network, train_spec, weights};
use base::Control;
use nets::{Arrays, ResolvedNetwork, Weights};
use serde_json::{Value, json};

/// One step of gradient descent at rate 1 takes the gradient off the parameters.
fn gradient(
    engine: &impl Engine<f64>,
    network: &ResolvedNetwork,
    at: &Weights<f64>,
    loss: &Value,
    data: &Arrays,
) -> Vec<f64> {
    let spec = json!({ "loss": loss, "optimizer": { "type": "sgd", "learningRate": 1 }, "steps": 1 });
    let mut weights = at.clone();
    engine.train(network, &mut weights, &train_spec(spec), data, 0, &Control::none()).unwrap();
    at.parameters.iter().zip(&weights.parameters).map(|(before, after)| before - after).collect()
}

/// The loss over the batch: what a step of rate 0 records before it.
fn value(engine: &impl Engine<f64>, network: &ResolvedNetwork, at: &Weights<f64>, loss: &Value, data: &Arrays) -> f64 {
    let spec = json!({ "loss": loss, "optimizer": { "type": "sgd", "learningRate": 0 }, "steps": 1 });
    engine.train(network, &mut at.clone(), &train_spec(spec), data, 0, &Control::none()).unwrap().loss[0]
}

fn check(engine: &impl Engine<f64>, spec: &Value, name: &str) {
    let network = network(spec);
    let (loss, data) = loss(name, &network, 9);
    let at = weights::<f64>(&network, 3);
    let found = gradient(engine, &network, &at, &loss, &data);
    let largest = found.iter().fold(0.0f64, |most, g| most.max(g.abs()));
    for i in (0..found.len()).step_by(found.len() / 12 + 1) {
        let step = 1e-5;
        let moved = |shift: f64| {
            let mut weights = at.clone();
            weights.parameters[i] += shift;
            value(engine, &network, &weights, &loss, &data)
        };
        let slope = (moved(step) - moved(-step)) / (2.0 * step);
        // Differences of second order: h^2 f''' / 6 plus rounding of the loss over h.
        assert!((found[i] - slope).abs() < 2e-7 * (1.0 + largest), "{name} {i}: {} {slope} {spec}", found[i]);
    }
}

pub fn gradients_are_slopes(engine: &impl Engine<f64>) {
    for spec in carriers() {
        check(engine, &spec, "mse");
        check(engine, &spec, "sobolev");
        if network(&spec).output == [1] {
            check(engine, &spec, "poisson");
        }
    }
    for spec in others() {
        check(engine, &spec, "mse");
    }
    let plain = json!({ "input": 3, "layers": [dense(6), activation("tanh"), dense(4)] });
    for name in [
        "mae",
        "huber",
        "weightedMse",
        "weightedRows",
        "crossEntropy",
        "classes",
        "smoothness",
        "smoothOutputs",
        "phaseContrastive",
    ] {
        check(engine, &plain, name);
    }
    let field = json!({ "input": 2, "layers": [dense(6), activation("tanh"), dense(1)] });
    for name in ["helmholtz", "heat", "advection", "linear", "mixed", "third", "burgers", "inverse", "ritz"]
        .into_iter()
        .filter(|name| engine.carries(name))
    {
        check(engine, &field, name);
    }
    // One loss a token.
    check(engine, &json!({ "input": [4, 3], "layers": [dense(5)] }), "classes");
}
