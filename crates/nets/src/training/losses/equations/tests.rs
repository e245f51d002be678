use crate::engine::weights::Weights;
use crate::network::arrays::{Array, Arrays};
use crate::network::init;
use crate::network::shapes::{ResolvedNetwork, resolve};
use crate::network::spec::NetworkSpec;
use crate::training::{TrainSpec, train};
use base::{Control, Random, Result, Stream};
use serde_json::{Value, json};
use std::sync::Arc;

mod random;
mod series;

use series::Series;

fn network(outputs: usize) -> ResolvedNetwork {
    let dense = |units: usize| json!({ "type": "dense", "units": units });
    let layers = json!([dense(5), { "type": "activation", "fn": "tanh" }, dense(4),
        { "type": "activation", "fn": "expression", "f": "x * sin(a * x)", "parameters": { "a": { "value": 0.9, "trainable": true } } }, dense(outputs)]);
    resolve(&NetworkSpec::from_json(&json!({ "input": 2, "layers": layers }).to_string()).unwrap()).unwrap()
}

/// The outputs of that network as series in x and t.
fn outputs(p: &[f64], outputs: usize, x: f64, t: f64) -> Vec<Series> {
    let input = [Series::variable(x, 0), Series::variable(t, 1)];
    let affine = |input: &[Series], at: usize, units: usize| -> Vec<Series> {
        let bias = at + units * input.len();
        let unit = |u: usize| {
            let own = Series::number(p[bias + u]);
            (0..input.len()).fold(own, |sum, i| sum.add(input[i].times(p[at + u * input.len() + i])))
        };
        (0..units).map(unit).collect()
    };
    let h: Vec<Series> = affine(&input, 0, 5).into_iter().map(Series::tanh).collect();
    let a = p[15 + 24];
    let h: Vec<Series> = affine(&h, 15, 4).into_iter().map(|z| z.multiply(z.times(a).sin())).collect();
    affine(&h, 40, outputs)
}

fn arrays(named: Vec<(&str, Vec<f64>, Vec<usize>)>) -> Arrays {
    Arrays(
        named
            .into_iter()
            .map(|(name, values, shape)| (name.to_owned(), Arc::new(Array::f64(values, &shape))))
            .collect(),
    )
}

fn run(network: &ResolvedNetwork, weights: &mut Weights<f64>, loss: Value, arrays: &Arrays, rate: f64) -> Result<f64> {
    let spec = json!({ "loss": loss, "optimizer": { "type": "sgd", "learningRate": rate }, "steps": 1 });
    let spec = TrainSpec::from_json(&spec.to_string())?;
    Ok(train(network, weights, &spec, arrays, 0, 2, &Control::none())?.loss[0])
}

fn drawn(network: &ResolvedNetwork) -> Weights<f64> {
    let (mut parameters, buffers) = init::draw(network, 3);
    let mut random = Random::new(2, Stream::Data(4));
    parameters.iter_mut().for_each(|p| *p += 0.1 * random.normal());
    Weights { parameters, buffers }
}

fn points(n: usize) -> Vec<f64> {
    Random::new(9, Stream::Data(3)).normals(2 * n)
}

#[test]
fn conditions_add_the_means_of_their_squares_and_periodic_ones_pair_their_points() {
    let net = network(1);
    let weights = drawn(&net);
    let x = points(5);
    let (ends, start) = ([[-1.0, 0.2], [-1.0, 0.7], [1.0, 0.7], [1.0, 0.2]], [[0.3, 0.0], [-0.4, 0.0], [0.6, 0.0]]);
    let data = arrays(vec![
        ("x", x.clone(), vec![5, 2]),
        ("loss.conditions.0.points", ends.concat(), vec![4, 2]),
        ("loss.conditions.1.points", start.concat(), vec![3, 2]),
        ("loss.conditions.1.data.f", vec![0.1, -0.2, 0.5], vec![3]),
        ("loss.conditions.2.points", vec![1.0, 0.4], vec![1, 2]),
    ]);
    let loss = json!({ "type": "residual", "variables": ["x", "t"], "equation": "u_t - nu * u_xx", "weight": 0.5,
        "parameters": { "nu": 0.3 }, "conditions": [
        { "equation": { "periodic": "x" }, "weight": 2 }, { "equation": "u - f * x", "data": ["f"] },
        { "equation": { "periodic": "x", "of": "u_x", "period": -2 } }] });
    let u = |x: f64, t: f64| outputs(&weights.parameters, 1, x, t)[0];
    let mut wanted = 0.0;
    for point in x.chunks(2) {
        let own = u(point[0], point[1]);
        wanted += 0.5 * (own.derivative(0, 1) - 0.3 * own.derivative(2, 0)).powi(2) / 5.0;
    }
    for t in [0.2, 0.7] {
        wanted += 2.0 * (u(-1.0, t).derivative(0, 0) - u(1.0, t).derivative(0, 0)).powi(2) / 2.0;
    }
    for (point, f) in start.iter().zip([0.1, -0.2, 0.5]) {
        wanted += (u(point[0], point[1]).derivative(0, 0) - f * point[0]).powi(2) / 3.0;
    }
    wanted += (u(1.0, 0.4).derivative(1, 0) - u(-1.0, 0.4).derivative(1, 0)).powi(2);
    let spec = json!({ "loss": loss, "optimizer": { "type": "sgd", "learningRate": 0 }, "steps": 1 });
    let spec = TrainSpec::from_json(&spec.to_string()).unwrap();
    let history = train(&net, &mut weights.clone(), &spec, &data, 0, 2, &Control::none()).unwrap();
    assert!((history.loss[0] - wanted).abs() < 1e-12 * wanted, "{} {wanted}", history.loss[0]);
    let names: Vec<&str> = history.terms.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["conditions.0", "conditions.2", "equation", "conditions.1"]);
    let sum: f64 = history.terms.iter().map(|(_, values)| values[0]).sum();
    assert!((sum - wanted).abs() < 1e-12 * wanted);
}

#[test]
fn unknown_coefficients_are_found() {
    let net = network(1);
    // u = x^2 + 2 nu t solves the heat equation with nu = 0.35; the network is told its values.
    let x: Vec<f64> = (0..64).flat_map(|i| [f64::from(i % 8) / 4.0 - 1.0, f64::from(i / 8) / 8.0]).collect();
    let u: Vec<f64> = x.chunks(2).map(|point| point[0] * point[0] + 0.7 * point[1]).collect();
    let data = arrays(vec![
        ("x", x.clone(), vec![64, 2]),
        ("loss.conditions.0.points", x, vec![64, 2]),
        ("loss.conditions.0.data.seen", u, vec![64]),
    ]);
    let spec = json!({ "steps": 400, "optimizer": { "type": "lbfgs" }, "loss": { "type": "residual",
        "variables": ["x", "t"], "equation": "u_t - nu * u_xx", "parameters": { "nu": { "value": 0.1, "trainable": true } },
        "conditions": [{ "equation": "u - seen", "data": ["seen"], "weight": 10 }] } });
    let spec = TrainSpec::from_json(&spec.to_string()).unwrap();
    let mut weights = drawn(&net);
    let history = train(&net, &mut weights, &spec, &data, 0, 2, &Control::none()).unwrap();
    assert_eq!(weights.parameters.len(), net.parameter_count());
    let (name, values) = &history.coefficients[0];
    let last = values[values.len() - 1];
    assert_eq!((name.as_str(), values[0], history.state.coefficients[0].1), ("nu", 0.1, last));
    assert!((last - 0.35).abs() < 0.0035, "{last}");
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    let net = network(1);
    let data = arrays(vec![
        ("x", vec![0.5, 0.0, -0.5, 0.0], vec![2, 2]),
        ("loss.conditions.0.points", vec![0.0, 0.0, 0.0, 0.5], vec![2, 2]),
    ]);
    for (wrong, message) in [
        (json!({ "equation": "u_t + u u_x" }), "side by side"),
        (json!({ "equation": "u_y" }), "u_y is no derivative of u by x, t, at character 1"),
        (json!({ "equation": "u_xxxx" }), "derivatives up to the third, got u_xxxx, of order 4"),
        (json!({ "equation": "w_t" }), "there is no w_t; did you mean u_t?"),
        (
            json!({ "equation": "ln(x) * u" }),
            "loss.equation: ln of -0.5 is not defined, in ln(x) at character 1, at point 1 of x",
        ),
        (json!({ "equation": "u / t" }), "loss.equation: a division by zero, in u / t at character 1, at point 0 of x"),
        (json!({ "equation": "u", "equations": ["u"] }), "expected equation or equations, got both"),
        (json!({}), "loss.equation: expected a formula, got nothing"),
        (json!({ "equation": "u", "variables": ["x"] }), "loss.variables: expected 2 names, one for each input, got 1"),
        (
            json!({ "equation": "u", "outputs": ["u", "v"] }),
            "loss.outputs: expected 1 name, one for each output, got 2",
        ),
        (json!({ "equation": "u", "variables": ["x", "sin"] }), "no function or constant, got \"sin\""),
        (json!({ "equation": "u", "parameters": { "x": 1 } }), "loss.parameters: x is the name of a variable here"),
        (
            json!({ "equation": "u", "parameters": { "nu": { "value": 1, "trainable": true } } }),
            "loss.parameters: nu is trained, but no equation depends on it",
        ),
        (json!({ "equation": "u", "weight": -1 }), "loss.weight: expected a finite number not below 0, got -1"),
        (
            json!({ "equation": "u", "conditions": [{ "equation": { "periodic": "y" } }] }),
            "loss.conditions.0.equation.periodic: expected one of x, t, got \"y\"",
        ),
        (
            json!({ "equation": "u", "conditions": [{ "equation": { "periodic": "x" } }] }),
            "expected pairs of points that differ in x alone, or points at one end of x, or a period",
        ),
        (json!({ "equation": "u", "conditions": [{ "equation": "u - y" }] }), "loss.conditions.0: there is no y"),
    ] {
        let mut loss = json!({ "type": "residual", "variables": ["x", "t"] });
        loss.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let error = run(&net, &mut drawn(&net), loss, &data, 0.1).unwrap_err();
        assert!(error.message.contains(message), "{}", error.message);
    }
}

/// Whether a step of rate 1 from `before` to `after` took off the gradient of `mean`, by differences of eighth order at every
/// `stride`-th of these places: with steps of 0.01 they are off by about h^8 and by rounding over h, 1e-13 of the value both.
fn follows(
    before: &[f64],
    after: &[f64],
    places: std::ops::Range<usize>,
    stride: usize,
    mean: &dyn Fn(&[f64]) -> f64,
    text: &str,
) {
    let slopes: Vec<f64> = before.iter().zip(after).map(|(a, b)| a - b).collect();
    let largest = slopes.iter().fold(1.0f64, |most, slope| most.max(slope.abs()));
    for k in places.step_by(stride) {
        let at = |h: f64| {
            let mut p = before.to_vec();
            p[k] += h;
            mean(&p)
        };
        // The rule is off by h^8 / 630 ninth derivatives, which reach some 1e9 for quotients.
        let h = 4e-3;
        let slope: f64 = [4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0]
            .iter()
            .zip([1.0, 2.0, 3.0, 4.0])
            .map(|(weight, i)| weight * (at(i * h) - at(-i * h)) / h)
            .sum();
        assert!((slopes[k] - slope).abs() < 1e-10 * largest, "{text}, parameter {k}: {} {slope}", slopes[k]);
    }
}

/// The outputs at (x, t) of a network with these parameters, as series.
type Outputs = fn(&[f64], f64, f64) -> Vec<Series>;
/// What an equation makes of the outputs.
type Measure = Box<dyn Fn(&[Series]) -> f64>;

/// The network whose outputs are constrained, and what series make of those of the plain one.
fn constrained() -> (ResolvedNetwork, Outputs) {
    let plain = network(2);
    let mut layers: Vec<Value> = plain.layers.iter().map(|layer| serde_json::to_value(&layer.spec).unwrap()).collect();
    layers.push(json!({ "type": "transform", "variables": ["x", "t"], "outputs": ["u", "v"], "parameters": { "k": 2 },
        "f": ["sin(k * x) + t * (1 - x^2) * u", "tanh(u * v) - x * t"] }));
    let spec = json!({ "input": 2, "layers": layers }).to_string();
    let by_series = |p: &[f64], x: f64, t: f64| {
        let raw = outputs(p, 2, x, t);
        let (x, t) = (Series::variable(x, 0), Series::variable(t, 1));
        let hull = t.multiply(Series::number(1.0).add(x.multiply(x).times(-1.0)));
        vec![
            x.times(2.0).sin().add(hull.multiply(raw[0])),
            raw[0].multiply(raw[1]).tanh().add(x.multiply(t).times(-1.0)),
        ]
    };
    (resolve(&NetworkSpec::from_json(&spec).unwrap()).unwrap(), by_series)
}

#[test]
fn a_transform_of_the_outputs_carries_every_derivative() {
    let (net, by_series) = constrained();
    let weights = drawn(&net);
    let (n, x) = (5, points(5));
    let data = arrays(vec![("x", x.clone(), vec![n, 2])]);
    let order = |name: &str| [name.matches('x').count(), name.matches('t').count()];
    let single = ["u", "v", "u_x", "v_t", "u_xx", "v_xt", "u_tt", "v_xxx", "u_xxt", "v_xtt", "u_ttt"].map(|name| {
        let [i, j] = order(&name[1..]);
        let output = usize::from(name.starts_with('v'));
        let value = move |all: &[Series]| all[output].derivative(i, j);
        (name.to_owned(), Box::new(value) as Measure)
    });
    // Second derivatives in a sum are carried as one.
    let sum = |all: &[Series]| 0.5 * all[0].derivative(2, 0) + 3.0 * all[0].derivative(0, 2) + all[1].derivative(1, 0);
    let with_sum: (String, Measure) = ("0.5 * u_xx + 3 * u_tt + v_x".to_owned(), Box::new(sum));
    for (text, value) in single.into_iter().chain([with_sum]) {
        let loss = json!({ "type": "residual", "variables": ["x", "t"], "outputs": ["u", "v"], "equation": text });
        let mean = |p: &[f64]| -> f64 {
            x.chunks(2).map(|point| value(&by_series(p, point[0], point[1])).powi(2)).sum::<f64>() / n as f64
        };
        let found = run(&net, &mut weights.clone(), loss.clone(), &data, 0.0).unwrap();
        let wanted = mean(&weights.parameters);
        assert!((found - wanted).abs() < 1e-10 * (1.0 + wanted.abs()), "{text}: {found} {wanted}");
        let mut moved = weights.clone();
        run(&net, &mut moved, loss, &data, 1.0).unwrap();
        follows(&weights.parameters, &moved.parameters, 0..weights.parameters.len(), 5, &mean, &text);
    }
}

/// The mean over points of the squared gradient of `value` by the parameters, by differences of fourth order.
fn mean_square_gradient(p: &[f64], points: &[f64], value: &dyn Fn(&[f64], f64, f64) -> f64) -> f64 {
    let square = |point: &[f64]| -> f64 {
        let slope = |k: usize| {
            let at = |h: f64| {
                let mut p = p.to_vec();
                p[k] += h;
                value(&p, point[0], point[1])
            };
            let h = 1e-3;
            (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h)
        };
        (0..p.len()).map(|k| slope(k).powi(2)).sum()
    };
    points.chunks(2).map(square).sum::<f64>() / (points.len() / 2) as f64
}

fn history(net: &ResolvedNetwork, at: &Weights<f64>, loss: Value, data: &Arrays) -> crate::training::History {
    let spec = json!({ "loss": loss, "optimizer": { "type": "sgd", "learningRate": 0 }, "steps": 2 });
    let spec = TrainSpec::from_json(&spec.to_string()).unwrap();
    train(net, &mut at.clone(), &spec, data, 0, 2, &Control::none()).unwrap()
}

#[test]
fn weights_by_the_kernel_and_by_gradients_are_those_of_their_formulas() {
    let net = network(1);
    let weights = drawn(&net);
    let (x, start) = (points(6), vec![0.3, 0.0, -0.4, 0.0]);
    let data = arrays(vec![("x", x.clone(), vec![6, 2]), ("loss.conditions.0.points", start.clone(), vec![2, 2])]);
    let loss = |balance: Value| {
        json!({ "type": "residual", "variables": ["x", "t"], "equation": "u_t - u * u_xx",
            "conditions": [{ "equation": "u - x^2" }], "balance": balance })
    };
    let u = |p: &[f64], x: f64, t: f64| outputs(p, 1, x, t)[0];
    let residual = |p: &[f64], x: f64, t: f64| {
        let u = u(p, x, t);
        u.derivative(0, 1) - u.derivative(0, 0) * u.derivative(2, 0)
    };
    let condition = |p: &[f64], x: f64, t: f64| u(p, x, t).derivative(0, 0) - x * x;
    let p = &weights.parameters;
    let kernels = [mean_square_gradient(p, &x, &residual), mean_square_gradient(p, &start, &condition)];
    let found = history(&net, &weights, loss(json!({ "type": "ntk", "every": 1 })), &data);
    for ((name, values), kernel) in found.weights.iter().zip(kernels) {
        let wanted = (kernels[0] + kernels[1]) / kernel;
        assert!((values[0] - wanted).abs() < 1e-7 * wanted, "{name}: {} {wanted}", values[0]);
    }
    // By gradients of the means.
    let slopes = |points: &[f64], value: &dyn Fn(&[f64], f64, f64) -> f64| -> Vec<f64> {
        let mean =
            |p: &[f64]| points.chunks(2).map(|x| value(p, x[0], x[1]).powi(2)).sum::<f64>() * 2.0 / points.len() as f64;
        let slope = |k: usize| {
            let at = |h: f64| {
                let mut p = p.clone();
                p[k] += h;
                mean(&p)
            };
            let h = 1e-3;
            ((8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h)).abs()
        };
        (0..p.len()).map(slope).collect()
    };
    let largest = slopes(&x, &residual).into_iter().fold(0.0, f64::max);
    let own = slopes(&start, &condition);
    let wanted = 0.8 + 0.2 * largest / (own.iter().sum::<f64>() / own.len() as f64);
    let found = history(&net, &weights, loss(json!({ "type": "gradientNorm", "momentum": 0.8 })), &data);
    let (equation, condition) = (&found.weights[0].1, &found.weights[1].1);
    assert_eq!(equation[0], 1.0);
    assert!((condition[0] - wanted).abs() < 1e-6 * wanted, "{} {wanted}", condition[0]);
    // The terms of the history have the factors in them.
    let total: f64 = found.terms.iter().map(|(_, values)| values[0]).sum();
    assert!((total - found.loss[0]).abs() < 1e-12 * total);
}

#[test]
fn points_wait_for_earlier_times() {
    let net = network(1);
    let weights = drawn(&net);
    let times = [0.0, 0.1, 0.4, 0.5, 0.9, 1.0];
    let x: Vec<f64> = times.iter().flat_map(|t| [0.3, *t]).collect();
    let start = vec![0.3, 0.0];
    let data = arrays(vec![("x", x.clone(), vec![6, 2]), ("loss.conditions.0.points", start, vec![1, 2])]);
    let square = |t: f64| outputs(&weights.parameters, 1, 0.3, t)[0].derivative(0, 1).powi(2);
    let initial = 2.0 * (outputs(&weights.parameters, 1, 0.3, 0.0)[0].derivative(0, 0) - 1.0).powi(2);
    let loss = |extra: Value| {
        let mut loss = json!({ "type": "residual", "variables": ["x", "t"], "equation": "u_t",
            "conditions": [{ "equation": "u - 1", "weight": 2 }] });
        loss.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        loss
    };
    let causal = json!({ "causal": { "variable": "t", "slices": 2, "epsilon": 0.7, "initial": 0 } });
    let found = history(&net, &weights, loss(causal), &data);
    // Three points a slice.
    let first: f64 = times[..3].iter().map(|t| square(*t)).sum::<f64>() / 3.0;
    let (a, b) = ((-0.7 * initial).exp(), (-0.7 * (initial + first)).exp());
    let equation = times.iter().enumerate().map(|(i, t)| (if i < 3 { a } else { b }) * square(*t)).sum::<f64>() / 6.0;
    assert!((found.terms[0].1[0] - equation).abs() < 1e-12, "{} {equation}", found.terms[0].1[0]);
    assert_eq!(found.weights.len(), 1);
    assert!((found.weights[0].1[0] - b).abs() < 1e-14, "{} {b}", found.weights[0].1[0]);
    let curriculum = json!({ "curriculum": { "variable": "t", "steps": 2, "start": 0.2, "stages": 2 } });
    let found = history(&net, &weights, loss(curriculum), &data);
    // The first fifth, three fifths, all.
    for (record, count) in [2, 4, 6].into_iter().enumerate() {
        let mean = times[..count].iter().map(|t| square(*t)).sum::<f64>() / count as f64;
        assert!((found.terms[0].1[record] - mean).abs() < 1e-12, "{count}");
    }
}
