//! Networks of every layer, and losses with their arrays.

use super::{normal, rows};
use nets::{Array, Arrays, ResolvedNetwork};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn dense(units: usize) -> Value {
    json!({ "type": "dense", "units": units })
}

pub fn activation(name: &str) -> Value {
    json!({ "type": "activation", "fn": name })
}

pub fn activations() -> Vec<Value> {
    let names = ["relu", "elu", "silu", "tanh", "sigmoid", "erf", "gelu", "softplus", "hat"];
    let mut all: Vec<Value> = names.into_iter().map(activation).collect();
    all.push(json!({ "type": "activation", "fn": "leakyRelu", "slope": 0.2 }));
    all.push(json!({ "type": "activation", "fn": "clippedRelu", "max": 0.4 }));
    all.push(json!({ "type": "activation", "fn": "elu", "alpha": 1.3 }));
    all.push(json!({ "type": "activation", "fn": "sin", "omega": 3 }));
    all.push(json!({ "type": "activation", "fn": "cos", "omega": 2 }));
    all.push(json!({ "type": "activation", "fn": "gaussian", "a": 0.7 }));
    all.push(json!({ "type": "activation", "fn": "ricker", "a": 1.5 }));
    all
}

/// Networks of two inputs whose layers all carry derivatives by the input.
pub fn carriers() -> Vec<Value> {
    let tanh = activation("tanh");
    let ntk =
        |units| json!({ "type": "dense", "units": units, "parameterization": "ntk", "sigmaW": 1.4, "sigmaB": 0.3 });
    let fourier = json!({ "type": "fourierFeatures", "frequencies": { "count": 5, "scale": 0.3, "seed": 1 } });
    let trained = json!({ "type": "fourierFeatures", "frequencies": [[0.1, 0.2], [-0.3, 0.1]], "amplitudes": [1, 0.5],
        "trainable": true });
    let scale = json!({ "type": "scale", "factor": 1.5 });
    let modulate = json!({ "type": "modulate", "frequency": [0.3, -0.2], "layers": [dense(4), tanh, dense(3)] });
    let sine = json!({ "type": "modulate", "fn": "sin", "frequency": [0.1, 0.4], "layers": [] });
    let branch = |combine: &str| {
        json!({ "type": "branches", "combine": combine,
            "branches": [[dense(3), tanh, dense(2)], [scale, dense(2), tanh], []] })
    };
    let residual = json!({ "type": "residual", "layers": [{ "type": "flatten" }, tanh, dense(2)] });
    let bare = json!({ "type": "dense", "units": 6, "bias": false });
    let mut all: Vec<Value> = [
        json!([ntk(9), tanh, ntk(7), tanh, ntk(1)]),
        json!([bare, tanh, tanh, bare]),
        json!([fourier, dense(6), tanh, dense(1)]),
        json!([dense(2), trained, dense(1)]),
        json!([modulate, dense(1)]),
        json!([dense(2), sine, dense(2), tanh, modulate]),
        json!([branch("sum"), tanh, dense(1)]),
        json!([dense(2), branch("concat"), tanh, dense(1)]),
        json!([residual, dense(2), residual]),
        json!([dense(5), tanh, dense(2), { "type": "transform", "variables": ["x", "t"], "outputs": ["u", "v"],
            "f": "sin(x) + t * (1 - x^2) * u * v" }]),
        json!([dense(5), tanh, dense(1), { "type": "transform", "variables": ["x", "t"], "f": ["x * u^2", "t"] },
            dense(2)]),
    ]
    .into_iter()
    .map(|layers| json!({ "input": 2, "layers": layers }))
    .collect();
    for function in activations() {
        all.push(json!({ "input": 2, "layers": [dense(7), function, dense(5), function, dense(1)] }));
    }
    all
}

/// Networks of images and sequences, and of normalised features.
pub fn others() -> Vec<Value> {
    let tanh = activation("tanh");
    let conv = |extra: Value| {
        let mut layer = json!({ "type": "conv2d", "filters": 3, "kernel": 3 });
        layer.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        layer
    };
    let image = |layers: Vec<Value>| {
        let mut layers = layers;
        layers.extend([tanh.clone(), json!({ "type": "flatten" }), dense(2)]);
        json!({ "input": [2, 6, 7], "layers": layers })
    };
    let sequence = |layers: Value| json!({ "input": [4, 6], "layers": layers });
    let pool = |name: &str, extra: Value| {
        let mut layer = json!({ "type": name });
        layer.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        layer
    };
    let both = json!({ "type": "branches", "combine": "concat",
        "branches": [[conv(json!({ "padding": 1 }))], [conv(json!({ "kernel": 1, "filters": 2 }))]] });
    vec![
        image(vec![conv(json!({}))]),
        image(vec![conv(json!({ "padding": [2, 1], "stride": [1, 2] })), tanh.clone(), conv(json!({ "padding": 1 }))]),
        image(vec![conv(json!({ "kernel": [2, 3], "padding": "same" }))]),
        image(vec![conv(json!({ "kernel": [4, 2], "padding": "same", "stride": 3, "bias": false }))]),
        image(vec![conv(json!({ "padding": 1, "parameterization": "ntk", "sigmaW": 1.3, "sigmaB": 0.4 }))]),
        image(vec![conv(json!({ "padding": 1 })), pool("maxPool2d", json!({ "size": 2 }))]),
        image(vec![conv(json!({ "padding": 1 })), pool("maxPool2d", json!({ "size": 3, "stride": 1 }))]),
        image(vec![conv(json!({})), activation("relu"), pool("maxPool2d", json!({ "size": 2, "stride": [1, 3] }))]),
        image(vec![conv(json!({ "padding": 1 })), pool("avgPool2d", json!({ "size": [2, 3] }))]),
        image(vec![conv(json!({ "padding": 1 })), pool("avgPool2d", json!({ "size": 3, "stride": [2, 1] }))]),
        image(vec![both]),
        image(vec![conv(json!({})), json!({ "type": "batchNorm" }), activation("relu"), conv(json!({}))]),
        json!({ "input": 5, "layers": [dense(6), { "type": "batchNorm", "momentum": 0.3, "epsilon": 1e-3 }, tanh,
            { "type": "batchNorm", "affine": false }, dense(2)] }),
        json!({ "input": 5, "layers": [dense(6), { "type": "layerNorm" }, tanh, { "type": "layerNorm", "affine": false },
            dense(2)] }),
        sequence(
            json!([dense(8), { "type": "positions", "encoding": "sinusoidal" }, { "type": "attention", "heads": 2 },
            { "type": "layerNorm" }, { "type": "flatten" }, dense(2)]),
        ),
        sequence(
            json!([{ "type": "positions", "encoding": "learned" }, { "type": "attention", "heads": 3, "bias": false },
            { "type": "residual", "layers": [dense(6), tanh] }, dense(3)]),
        ),
    ]
}

/// A loss with the arrays of `n` samples of the network.
pub fn loss(name: &str, network: &ResolvedNetwork, n: usize) -> (Value, Arrays) {
    let (o, d) = (network.output_size(), network.input_size());
    let full = rows(n, &network.output);
    let width = network.output[network.output.len() - 1];
    let mut named = vec![("x".to_string(), Array::f64(normal(n * d, 1), &rows(n, &network.input)))];
    let mut put = |name: &str, values: Vec<f64>, shape: &[usize]| named.push((name.into(), Array::f64(values, shape)));
    let y = normal(n * o, 2);
    let spec = match name {
        "classes" => {
            put("y", (0..n * o / width).map(|i| (i * 7 % width) as f64).collect(), &full[..full.len() - 1]);
            json!("crossEntropy")
        }
        "crossEntropy" => {
            let powers: Vec<f64> = y.iter().map(|y| y.exp()).collect();
            let shares = powers.chunks(width).flat_map(|row| {
                let sum: f64 = row.iter().sum();
                row.iter().map(move |power| power / sum)
            });
            put("y", shares.collect(), &full);
            json!(name)
        }
        "weightedMse" => {
            put("y", y, &full);
            put("loss.weights", normal(n * o, 3).iter().map(|w| w.abs()).collect(), &full);
            json!(name)
        }
        "weightedRows" => {
            put("y", y, &full);
            put("loss.weights", normal(n, 3).iter().map(|w| w.abs()).collect(), &[n]);
            json!("weightedMse")
        }
        "huber" => {
            put("y", y, &full);
            json!({ "type": "huber", "delta": 0.8 })
        }
        "smoothness" | "smoothOutputs" => {
            put("y", y, &full);
            let along = if name == "smoothness" { "samples" } else { "outputs" };
            json!({ "type": "smoothness", "alpha": 0.4, "cutoff": 0.3, "along": along })
        }
        "phaseContrastive" => {
            put("loss.views", normal(n * d, 4), &rows(n, &network.input));
            json!({ "type": name, "temperature": 0.3 })
        }
        "sobolev" => {
            put("y", y, &full);
            put("loss.gradients", normal(n * o * d, 4), &[n, o, d]);
            json!({ "type": "sobolev", "weight": 0.3 })
        }
        "poisson" | "helmholtz" | "heat" | "advection" | "linear" | "mixed" | "third" | "burgers" | "inverse"
        | "ritz" => {
            put("loss.data.s", normal(n, 4), &[n]);
            put("loss.conditions.0.points", normal(3 * d, 6), &[3, d]);
            put("loss.conditions.0.data.v", normal(3, 7), &[3]);
            let x: Vec<String> = if d == 1 { vec!["x".into()] } else { (1..=d).map(|j| format!("x{j}")).collect() };
            let sum = |of: &dyn Fn(usize) -> String, inputs: usize| (0..inputs).map(of).collect::<Vec<_>>().join(" + ");
            let second = |j: usize| format!("u_{0}{0}", x[j]);
            let (laplacian, last) = (sum(&second, d), &x[d - 1]);
            let equation = match name {
                "poisson" => format!("-({laplacian}) - s"),
                "helmholtz" => format!("{laplacian} + 1.3^2 * u - s"),
                "heat" => format!("u_{last} - 0.6 * ({}) - s", sum(&second, d - 1)),
                "advection" => format!("u_{last} + {} - s", sum(&|j| format!("0.8 * u_{}", x[j]), d - 1)),
                "linear" => {
                    let part = |j: usize| format!("({}) * {} + 0.7 * u_{}", 0.4 - j as f64, second(j), x[j]);
                    format!("{} + 2 * u - s", sum(&part, d))
                }
                "mixed" => format!("u_{0}{last} + u * u_{last} - sin({0}) * s", x[0]),
                "third" => format!("u_{last} + 6 * u * u_{0} + u_{0}{0}{0} - s", x[0]),
                "burgers" | "inverse" => format!("u_{last} + u * u_{0} - nu * u_{0}{0}", x[0]),
                _ => format!("({}) / 2 - s * u", sum(&|j| format!("u_{}^2", x[j]), d)),
            };
            let conditions = json!([{ "equation": "u - v", "data": ["v"], "weight": 10 }]);
            let mut loss = json!({ "weight": 0.1, "conditions": conditions, "data": ["s"] });
            let (kind, formula) = if name == "ritz" { ("ritz", "energy") } else { ("residual", "equation") };
            loss["type"] = json!(kind);
            loss[formula] = json!(equation);
            match name {
                "burgers" => loss["parameters"] = json!({ "nu": 0.2 }),
                "inverse" => loss["parameters"] = json!({ "nu": { "value": 0.2, "trainable": true } }),
                _ => {}
            }
            loss
        }
        plain => {
            put("y", y, &full);
            json!(plain)
        }
    };
    (spec, Arrays(named.into_iter().map(|(name, array)| (name, Arc::new(array))).collect()))
}
