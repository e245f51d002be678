//! The bits that trainings of every layer, loss and optimiser come to, to be compared from process to process.

use super::cases::{activation, carriers, dense, loss, others};
use super::{Engine, network, train_spec, weights};
use base::Control;
use compute::Scalar;
use serde_json::{Value, json};

/// One line a training: what was trained, and its losses and parameters as bits, hashed.
// Engines other than the CPU's promise no bits.
#[allow(dead_code)]
pub fn digests<T: Scalar>(engine: &impl Engine<T>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut train = |spec: &Value, name: &str, optimizer: Value| {
        let network = network(spec);
        let ((loss, data), mut own) = (loss(name, &network, 37), weights::<T>(&network, 4));
        let mut fields = json!({ "loss": loss, "optimizer": optimizer, "steps": 5 });
        if optimizer["type"] == "adam" {
            fields["batchSize"] = json!(21);
        }
        let fields = train_spec(fields);
        let history = engine.train(&network, &mut own, &fields, &data, 6, &Control::none()).unwrap();
        let numbers = history.loss.iter().copied().chain(own.parameters.iter().map(|p| p.to_f64()));
        // FNV-1a.
        let mix = |hash: u64, x: f64| (hash ^ x.to_bits()).wrapping_mul(0x0100_0000_01b3);
        lines.push(format!("{} {name} {optimizer} {spec}: {:016x}", T::NAME, numbers.fold(0xcbf2_9ce4_8422_2325, mix)));
    };
    let adam = || json!({ "type": "adam", "learningRate": 0.01 });
    for spec in carriers() {
        train(&spec, "mse", adam());
        train(&spec, "sobolev", adam());
    }
    for spec in others() {
        train(&spec, "mse", adam());
    }
    // Widths that end in half a vector and in a whole one, one panel and several, one output and two.
    for (width, outputs) in [(40, 1), (50, 2), (200, 1), (16, 3), (300, 1)] {
        let hidden = [dense(width), activation("tanh"), dense(width), activation("gelu"), dense(outputs)];
        let spec = json!({ "input": 2, "layers": hidden });
        train(&spec, "mse", adam());
        if outputs == 1 {
            train(&spec, "poisson", adam());
        }
        train(&spec, "mse", json!({ "type": "lbfgs" }));
        train(&spec, "mse", json!({ "type": "muon", "learningRate": 0.01 }));
    }
    lines
}
