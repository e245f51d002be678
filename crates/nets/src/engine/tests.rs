//! Every operation against finite differences, every activation against its definition, and the same bits for any
//! number of threads.

mod images;
mod layers;

use super::*;
use crate::engine::loss::{Loss, Outputs};
use crate::network::spec::{Activation, NetworkSpec};
use crate::{LayerSpec, resolve};
use base::{Random, Stream};
use compute::Scalar;
use serde_json::{Value, json};

/// `1/batch sum of (h - y)^2` over all values of the outputs, jets included; y is a fixed function of the place.
struct Squares;

impl Squares {
    fn target(sample: usize, copy: usize, value: usize) -> f64 {
        (0.7 * sample as f64 + 0.3 * value as f64 + copy as f64).sin()
    }
}

impl<T: Scalar> Loss<T> for Squares {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        let (block, points) = (outputs.block, outputs.samples.len());
        let mut sum = 0.0;
        for copy in 0..outputs.copies {
            for i in 0..points {
                for value in 0..block.size() {
                    let row = (copy * points + i) * block.sample();
                    let at = row + value / block.width * block.lead + value % block.width;
                    let target = Squares::target(outputs.samples.get(i), copy, value);
                    let difference = outputs.values[at].to_f64() - target;
                    sum += difference * difference;
                    if let Some(gradient) = &mut gradient {
                        gradient[at] = T::from_f64(2.0 * difference / outputs.batch as f64);
                    }
                }
            }
        }
        sum / outputs.batch as f64
    }
}

fn engine<T: Scalar>(spec: &Value, options: Options, threads: usize) -> (Engine<T>, Vec<T>, usize) {
    let network = resolve(&NetworkSpec::from_json(&spec.to_string()).unwrap()).unwrap();
    let (parameters, state) = crate::network::init::draw(&network, 3);
    // Zeros would hide mistakes: every parameter gets a little noise.
    let mut random = Random::new(11, Stream::Data(0));
    let parameters: Vec<T> = parameters.iter().map(|p| T::from_f64(p + 0.1 * random.normal())).collect();
    let state: Vec<T> = state.into_iter().map(T::from_f64).collect();
    let size = network.input_size();
    (Engine::new(compile(&network, options).unwrap(), &parameters, &state, threads), parameters, size)
}

fn inputs<T: Scalar>(rows: usize, size: usize) -> Vec<T> {
    let mut random = Random::new(5, Stream::Data(1));
    (0..rows * size).map(|_| T::from_f64(random.normal())).collect()
}

/// The gradient against central differences of the loss, parameter by parameter.
fn check_gradient(spec: Value, options: Options) {
    check(spec, options, false);
}

/// `frozen`: normalisations by running statistics. Those by the batch are differentiated in training mode, as one chunk.
fn check(spec: Value, options: Options, frozen: bool) {
    let rows = 13;
    let (mut engine, parameters, size) = engine::<f64>(&spec, options, 2);
    engine.frozen = frozen;
    let whole = engine.program.whole_batch() && !frozen;
    let data = Data::new(&engine.program, &inputs(rows, size));
    let all = Samples::Range(0..rows);
    let plan = if whole { Plan::whole(rows) } else { Plan::new(&engine.program, rows) };
    let loss = engine.differentiate(&data, &all, &plan, &Squares);
    let gradient = engine.program.unpack(&engine.gradient());
    let value = |engine: &mut Engine<f64>| match whole {
        true => engine.differentiate(&data, &all, &plan, &Squares),
        false => engine.loss(&data, &all, &Squares),
    };
    let again = value(&mut engine);
    assert!((loss - again).abs() <= 1e-12 * loss.abs(), "{loss} {again} {spec}");
    let largest = gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()));
    for i in (0..parameters.len()).step_by(parameters.len() / 60 + 1) {
        let step = 1e-5;
        let mut at = |shift: f64| {
            let mut moved = parameters.clone();
            moved[i] += shift;
            engine.set_flat_parameters(&moved);
            value(&mut engine)
        };
        let slope = (at(step) - at(-step)) / (2.0 * step);
        // Differences of second order: h^2 f''' / 6 plus rounding of the loss over h.
        assert!((gradient[i] - slope).abs() < 1e-7 * (1.0 + largest), "{i}: {} {slope} {spec}", gradient[i]);
    }
}

fn all_activations() -> Vec<Value> {
    let names = ["tanh", "sigmoid", "erf", "gelu", "silu", "sin", "cos", "softplus", "gaussian", "ricker", "elu"];
    let mut all: Vec<Value> = names.iter().map(|name| json!({ "type": "activation", "fn": name })).collect();
    all.push(json!({ "type": "activation", "fn": "relu" }));
    all.push(json!({ "type": "activation", "fn": "leakyRelu", "slope": 0.2 }));
    all.push(json!({ "type": "activation", "fn": "leakyRelu", "slope": -0.2 }));
    all.push(json!({ "type": "activation", "fn": "clippedRelu", "max": 0.4 }));
    all.push(json!({ "type": "activation", "fn": "hat" }));
    all.push(json!({ "type": "activation", "fn": "sin", "omega": 3 }));
    all.push(json!({ "type": "activation", "fn": "gaussian", "a": 0.7 }));
    all.push(json!({ "type": "activation", "fn": "ricker", "a": 1.5 }));
    all.push(expression("1 - 2 / (1 + exp(2 * x))", json!({})));
    all.push(expression("x * tanh(a * x) + b * x^2", json!({ "a": { "value": 1.3, "trainable": true }, "b": 0.2 })));
    all
}

fn expression(f: &str, parameters: Value) -> Value {
    json!({ "type": "activation", "fn": "expression", "f": f, "parameters": parameters })
}

fn dense(units: usize) -> Value {
    json!({ "type": "dense", "units": units })
}

#[test]
fn gradients_of_dense_layers_agree_with_differences() {
    for activation in all_activations() {
        check_gradient(
            json!({ "input": 3, "layers": [dense(9), activation, dense(5), activation, dense(2)] }),
            Options::default(),
        );
    }
    let ntk =
        |units| json!({ "type": "dense", "units": units, "parameterization": "ntk", "sigmaW": 1.4, "sigmaB": 0.3 });
    let tanh = json!({ "type": "activation", "fn": "tanh" });
    check_gradient(json!({ "input": 3, "layers": [ntk(9), tanh, ntk(20), tanh, ntk(1)] }), Options::default());
    let plain = json!({ "type": "dense", "units": 6, "bias": false });
    check_gradient(json!({ "input": 3, "layers": [plain, tanh, tanh, plain] }), Options::default());
    check_gradient(
        json!({ "input": [4, 3], "layers": [dense(6), tanh, { "type": "flatten" }, dense(2)] }),
        Options::default(),
    );
    check_gradient(json!({ "input": 3, "layers": [tanh, dense(2)] }), Options::default());
}

#[test]
fn a_network_without_parameters_gives_its_values() {
    let (mut engine, _, _) =
        engine::<f32>(&json!({ "input": [2, 3], "layers": [{ "type": "flatten" }] }), Options::default(), 2);
    let x = inputs::<f32>(20, 6);
    let data = Data::new(&engine.program, &x);
    assert_eq!(engine.outputs(&data, &Samples::Range(0..20)), x);
    assert_eq!(engine.outputs(&data, &Samples::Picked(&[3, 1])), [&x[18..24], &x[6..12]].concat());
}

/// f and f' of one activation as the engine computes them: the second from the gradient of a weight 1 before it.
fn check_activation<T: Scalar>(layer: &Value, tolerance: f64) {
    let LayerSpec::Activation(function) = serde_json::from_value(layer.clone()).unwrap() else { unreachable!() };
    let function: Activation = function;
    let spec = json!({ "input": 1, "layers": [layer] });
    let (mut engine, _, _) = engine::<T>(&spec, Options { input_gradient: true, ..Options::default() }, 1);
    // Away from the kinks, where a rounded input may fall on the other side.
    let x: Vec<T> = (-4000..4000).map(|i| T::from_f64(f64::from(i) * 2e-3 + 1e-3)).collect();
    let data = Data::new(&engine.program, &x);
    let y = engine.outputs(&data, &Samples::Range(0..x.len()));
    let slopes = engine.input_gradient(&data, &Samples::Range(0..x.len()), &[T::ONE]);
    for ((x, y), slope) in x.iter().zip(&y).zip(&slopes) {
        let [value, first, ..] = function.derivatives(x.to_f64());
        assert!((y.to_f64() - value).abs() <= tolerance * value.abs().max(1.0), "{layer} {x}: {y} {value}");
        assert!((slope.to_f64() - first).abs() <= tolerance * first.abs().max(1.0), "{layer}' {x}: {slope} {first}");
    }
}

#[test]
fn activations_agree_with_their_definition() {
    // The engine of this test draws what is trained.
    for layer in all_activations().into_iter().filter(|layer| !layer.to_string().contains("trainable")) {
        // f32 near 8: the argument of an exponential is rounded by 2^-22, its square by 16 times that.
        check_activation::<f32>(&layer, 1e-5);
        check_activation::<f64>(&layer, 1e-13);
    }
}

#[test]
fn bits_do_not_depend_on_threads() {
    let tanh = json!({ "type": "activation", "fn": "tanh" });
    for (rows, width) in [(201, 40), (1000, 33), (5, 3), (64, 200)] {
        let spec = json!({ "input": 2, "layers": [dense(width), tanh, dense(width), tanh, dense(1)] });
        let gradient = |threads: usize| {
            let (mut engine, _, size) = engine::<f32>(&spec, Options::default(), threads);
            let data = Data::new(&engine.program, &inputs(rows, size));
            let plan = Plan::new(&engine.program, rows);
            let loss = engine.differentiate(&data, &Samples::Range(0..rows), &plan, &Squares);
            let outputs = engine.outputs(&data, &Samples::Range(0..rows));
            (loss, engine.gradient().to_vec(), outputs)
        };
        let expected = gradient(1);
        for threads in [2, 3, 4] {
            assert!(gradient(threads) == expected, "{rows} rows, width {width}, {threads} threads");
        }
    }
}

#[test]
fn gradients_of_jets_agree_with_differences() {
    for jets in [Jets::gradient(2), Jets::laplacian(2), Jets::weighted(vec![-0.3, 1.7])] {
        for activation in all_activations() {
            let options = Options { jets: Some(jets.clone()), ..Options::default() };
            check_gradient(
                json!({ "input": 2, "layers": [dense(9), activation, dense(5), activation, dense(2)] }),
                options,
            );
        }
    }
}

#[test]
fn gradients_of_any_derivatives_agree_with_differences() {
    let wanted = [vec![vec![0, 0], vec![1]], vec![vec![0, 1]], vec![vec![0, 0, 0], vec![1]], vec![vec![0, 0, 1]]];
    let trained = json!({ "a": { "value": 0.8, "trainable": true } });
    let activations = [
        json!({ "type": "activation", "fn": "tanh" }),
        json!({ "type": "activation", "fn": "sin", "omega": 1.5 }),
        expression("x * sigmoid(a * x)", trained),
    ];
    for wanted in wanted {
        for activation in &activations {
            let options = Options { jets: Some(Jets::new(2, wanted.clone())), ..Options::default() };
            let modulated = json!({ "type": "modulate", "frequency": [0.3, 0.2], "layers": [dense(4), activation] });
            let fourier =
                json!({ "type": "fourierFeatures", "frequencies": [[0.2, 0.1], [0.1, -0.3]], "trainable": true });
            for first in [dense(7), modulated, fourier] {
                check_gradient(json!({ "input": 2, "layers": [first, activation, dense(2)] }), options.clone());
            }
        }
    }
}

#[test]
fn jets_of_third_order_are_differences_of_those_of_second() {
    let layers =
        [dense(9), json!({ "type": "activation", "fn": "tanh" }), dense(8), expression("sin(x) * x", json!({}))];
    let modulated = json!({ "type": "modulate", "frequency": [0.4, -0.2], "layers": [layers[0], layers[1]] });
    let spec = json!({ "input": 2, "layers": [modulated, layers[2], layers[3], dense(1)] });
    let part = |wanted: Vec<usize>, x: &[f64]| -> Vec<f64> {
        let jets = Jets::new(2, [wanted.clone()]);
        let place = jets.place(&wanted).unwrap();
        let (mut engine, _, _) = engine::<f64>(&spec, Options { jets: Some(jets), ..Options::default() }, 1);
        let (data, rows) = (Data::new(&engine.program, x), x.len() / 2);
        let plan = Plan::new(&engine.program, rows);
        let found = std::sync::Mutex::new(vec![0.0; rows]);
        engine.each_chunk(&data, &Samples::Range(0..rows), &plan, |program, _, chunk, index, _| {
            let (from, to) = plan.chunk(index);
            let (block, group) = (program.output_block(), chunk.points * program.output_block().sample());
            let values = &chunk.value(program.output)[place * group..(place + 1) * group];
            let mut found = found.lock().unwrap();
            (from..to).for_each(|row| found[row] = values[(row - from) * block.sample()]);
        });
        found.into_inner().unwrap()
    };
    let (x, step) = (inputs::<f64>(30, 2), 1e-4);
    for (third, second, by) in
        [(vec![0, 0, 0], vec![0, 0], 0), (vec![0, 0, 1], vec![0, 0], 1), (vec![0, 1, 1], vec![0, 1], 1)]
    {
        let moved = |shift: f64| -> Vec<f64> {
            x.iter().enumerate().map(|(i, x)| if i % 2 == by { x + shift } else { *x }).collect()
        };
        let (up, down) = (part(second.clone(), &moved(step)), part(second, &moved(-step)));
        for (got, (up, down)) in part(third, &x).iter().zip(up.iter().zip(&down)) {
            let slope = (up - down) / (2.0 * step);
            assert!((got - slope).abs() < 1e-5 * (1.0 + slope.abs()), "{got} {slope}");
        }
    }
}

#[test]
fn jets_are_the_derivatives_of_the_outputs() {
    let tanh = json!({ "type": "activation", "fn": "tanh" });
    let spec =
        json!({ "input": 2, "layers": [dense(9), tanh, dense(9), { "type": "activation", "fn": "sin" }, dense(3)] });
    let jets = Jets::weighted(vec![0.5, -2.0]);
    let (mut engine, _, _) = engine::<f64>(&spec, Options { jets: Some(jets), ..Options::default() }, 2);
    let (rows, step, x) = (40, 1e-4, inputs::<f64>(40, 2));
    let mut at = |shift: [f64; 2]| {
        let moved: Vec<f64> = x.iter().enumerate().map(|(i, x)| x + shift[i % 2]).collect();
        let data = Data::new(&engine.program, &moved);
        engine.derivatives(&data, &Samples::Range(0..rows))
    };
    let middle = at([0.0; 2]);
    let sides = [[step, 0.0], [-step, 0.0], [0.0, step], [0.0, -step]].map(&mut at);
    for i in 0..rows * 3 {
        let mut second = 0.0;
        for (j, weight) in [0.5, -2.0].into_iter().enumerate() {
            let [up, down] = [2 * j, 2 * j + 1].map(|side| &sides[side]);
            let slope = (up.value[i] - down.value[i]) / (2.0 * step);
            assert!((middle.gradient[2 * i + j] - slope).abs() < 1e-6);
            second += weight * (up.gradient[2 * i + j] - down.gradient[2 * i + j]) / (2.0 * step);
        }
        assert!((middle.second[i] - second).abs() < 1e-6);
    }
}

#[test]
fn a_layer_that_cannot_carry_jets_is_named() {
    let spec = json!({ "input": [1, 4, 4], "layers": [{ "type": "flatten" }, dense(1)] });
    let network = resolve(&NetworkSpec::from_json(&spec.to_string()).unwrap()).unwrap();
    let options = Options { jets: Some(Jets::gradient(16)), ..Options::default() };
    assert!(compile::<f32>(&network, options).err().unwrap().message.contains("[1, 4, 4]"));
}
