mod streamed;
mod zeros;

use super::*;
use base::{Code, Random, Stream};
use nets::NetworkSpec;

fn network(text: &str) -> ResolvedNetwork {
    nets::resolve(&NetworkSpec::from_json(text).unwrap()).unwrap()
}

fn drawn(network: &ResolvedNetwork, seed: u64) -> Vec<f64> {
    Random::new(seed, Stream::Data(0)).normals(network.parameter_count()).iter().map(|v| 0.4 * v).collect()
}

fn points(n: usize, d: usize, seed: u64) -> Matrix<f64> {
    Matrix::from_rows(n, d, Random::new(seed, Stream::Data(1)).normals(n * d)).unwrap()
}

/// What is called so, or everything; `None` if nothing is.
fn selected(net: &ResolvedNetwork, name: Option<&str>) -> Option<Selection> {
    let names: Vec<String> = net.parameters.iter().map(|p| p.name.clone()).collect();
    name.map_or(Some(Selection::all()), |name| Selection::of(&[name.into()], &names).ok())
}

/// The network evaluated directly, for finite differences: independent of everything under test.
fn evaluate(net: &ResolvedNetwork, p: &[f64], x: &[f64]) -> Vec<f64> {
    let mut h = x.to_vec();
    for layer in &net.layers {
        h = match &layer.spec {
            nets::LayerSpec::Activation(f) => h.iter().map(|v| f.value(*v)).collect(),
            nets::LayerSpec::Scale(s) => h.iter().map(|v| s.factor * v).collect(),
            nets::LayerSpec::Dense(d) => {
                let w = &p[net.parameters[layer.parameters[0]].range()];
                let ntk = d.parameterization == nets::network::spec::Parameterization::Ntk;
                let (sw, sb) = if ntk { (d.sigma_w / (h.len() as f64).sqrt(), d.sigma_b) } else { (1.0, 1.0) };
                let b = layer.parameters.get(1).map(|b| &p[net.parameters[*b].range()]);
                (0..d.units)
                    .map(|o| {
                        let dot: f64 = h.iter().zip(&w[o * h.len()..]).map(|(h, w)| h * w).sum();
                        sw * dot + sb * b.map_or(0.0, |b| b[o])
                    })
                    .collect()
            }
            _ => panic!("not in these tests"),
        };
    }
    h
}

/// d outputs / d parameters [n, o, p] by central differences: relative error about 1e-9.
fn jacobian(net: &ResolvedNetwork, p: &[f64], x: &Matrix<f64>) -> Vec<Vec<Vec<f64>>> {
    let h = 1e-5;
    (0..x.rows)
        .map(|i| {
            let mut columns = vec![vec![0.0; p.len()]; net.output_size()];
            for k in 0..p.len() {
                let shifted = |s: f64| {
                    let mut q = p.to_vec();
                    q[k] += s;
                    evaluate(net, &q, x.row(i))
                };
                for (o, (a, b)) in shifted(h).iter().zip(shifted(-h)).enumerate() {
                    columns[o][k] = (a - b) / (2.0 * h);
                }
            }
            columns
        })
        .collect()
}

const NETS: [&str; 4] = [
    r#"{ "input": 2, "layers": [{ "type": "dense", "units": 5 }, { "type": "activation", "fn": "tanh" },
        { "type": "dense", "units": 7 }, { "type": "activation", "fn": "gelu" }, { "type": "dense", "units": 3 }] }"#,
    r#"{ "input": 2, "layers": [{ "type": "scale", "factor": 1.5 },
        { "type": "dense", "units": 6, "parameterization": "ntk", "sigmaW": 1.3, "sigmaB": 0.2 },
        { "type": "activation", "fn": "sin" }, { "type": "dense", "units": 1, "parameterization": "ntk" }] }"#,
    r#"{ "input": 2, "layers": [{ "type": "dense", "units": 6, "bias": false }, { "type": "activation", "fn": "silu" },
        { "type": "scale", "factor": 0.7 }, { "type": "dense", "units": 2 }, { "type": "activation", "fn": "tanh" }] }"#,
    r#"{ "input": 2, "layers": [{ "type": "dense", "units": 2 }] }"#,
];

#[test]
fn the_layer_formula_is_the_product_of_jacobians() {
    for text in NETS {
        let net = network(text);
        let p = drawn(&net, 3);
        let (x1, x2) = (points(5, 2, 1), points(3, 2, 2));
        let (j1, j2) = (jacobian(&net, &p, &x1), jacobian(&net, &p, &x2));
        let o = net.output_size();
        for chosen in [None, Some("layers.0"), Some("layers.1.weight"), Some("layers.3.bias")] {
            let Some(selection) = selected(&net, chosen) else { continue };
            let used: Vec<usize> =
                net.parameters.iter().filter(|q| selection.has(&q.name)).flat_map(|q| q.range()).collect();
            let mut options = EmpiricalOptions::new(Outputs::Full);
            options.selection = selection;
            let full = empirical_ntk(&net, &p, &[], &x1, Some(&x2), &options, &Control::none()).unwrap();
            options.outputs = Outputs::Trace;
            let trace = empirical_ntk(&net, &p, &[], &x1, Some(&x2), &options, &Control::none()).unwrap();
            assert_eq!(full.shape, [5, 3, o, o]);
            for i in 0..5 {
                for j in 0..3 {
                    let mut mean = 0.0;
                    for a in 0..o {
                        for b in 0..o {
                            let want: f64 = used.iter().map(|k| j1[i][a][*k] * j2[j][b][*k]).sum();
                            let got = full.data[((i * 3 + j) * o + a) * o + b];
                            assert!((got - want).abs() < 1e-7 * (1.0 + want.abs()), "{text} {chosen:?} {got} {want}");
                            if a == b {
                                mean += got / o as f64;
                            }
                        }
                    }
                    assert!((trace.data[i * 3 + j] - mean).abs() < 1e-12 * (1.0 + mean.abs()));
                }
            }
        }
    }
}

const OTHERS: [&str; 5] = [
    r#"{ "input": [2, 5, 4], "layers": [
        { "type": "conv2d", "filters": 3, "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0] },
        { "type": "activation", "fn": "tanh" }, { "type": "maxPool2d", "size": 2, "stride": 1 }, { "type": "flatten" },
        { "type": "dense", "units": 2 }] }"#,
    r#"{ "input": [1, 4, 4], "layers": [
        { "type": "conv2d", "filters": 2, "kernel": 3, "padding": "same", "parameterization": "ntk", "sigmaB": 0.3 },
        { "type": "batchNorm" }, { "type": "activation", "fn": "sin" }, { "type": "avgPool2d", "size": 2 },
        { "type": "flatten" }, { "type": "dense", "units": 1 }] }"#,
    r#"{ "input": 2, "layers": [{ "type": "fourierFeatures", "frequencies": [[0.3, 0.1], [0.2, -0.4]], "trainable": true },
        { "type": "dense", "units": 4 }, { "type": "layerNorm" }, { "type": "activation", "fn": "gelu" },
        { "type": "residual", "layers": [{ "type": "dense", "units": 4 }, { "type": "activation", "fn": "tanh" }] },
        { "type": "dense", "units": 2 }] }"#,
    r#"{ "input": 2, "layers": [{ "type": "branches", "combine": "concat", "branches": [
        [{ "type": "scale", "factor": 2 }, { "type": "dense", "units": 3 }, { "type": "activation", "fn": "sin" }],
        [{ "type": "dense", "units": 2 }, { "type": "activation", "fn": "tanh" }]] }, { "type": "dense", "units": 1 }] }"#,
    r#"{ "input": 1, "layers": [{ "type": "branches", "branches": [
        [{ "type": "modulate", "frequency": [0.7], "layers": [{ "type": "dense", "units": 3 },
            { "type": "activation", "fn": "tanh" }, { "type": "dense", "units": 1 }] }],
        [{ "type": "modulate", "frequency": [1.1], "fn": "sin", "layers": [{ "type": "dense", "units": 1 }] }]] }] }"#,
];

#[test]
fn explicit_jacobians_are_derivatives_of_the_outputs() {
    for text in OTHERS {
        let net = network(text);
        let buffers = nets::network::init::draw(&net, 1).1;
        let p = drawn(&net, 8);
        let x = points(2, net.input_size(), 9);
        let at =
            |p: &[f64], i: usize| differentiator(&net, p, &buffers, &Selection::all()).unwrap().outputs_of(x.row(i));
        for i in 0..2 {
            let mut j = vec![0.0; net.output_size() * p.len()];
            differentiator(&net, &p, &buffers, &Selection::all()).unwrap().jacobian(x.row(i), &mut j);
            for k in 0..p.len() {
                let h = 1e-6;
                let shifted = |s: f64| {
                    let mut q = p.clone();
                    q[k] += s;
                    at(&q, i)
                };
                for (o, (a, b)) in shifted(h).iter().zip(shifted(-h)).enumerate() {
                    let want = (a - b) / (2.0 * h);
                    assert!((j[o * p.len() + k] - want).abs() < 1e-7, "{text} {k}: {} {want}", j[o * p.len() + k]);
                }
            }
        }
    }
}

#[test]
fn the_three_methods_agree() {
    for text in NETS.iter().chain(&OTHERS) {
        let net = network(text);
        let buffers = nets::network::init::draw(&net, 1).1;
        let p = drawn(&net, 8);
        let d = net.input_size();
        let (x1, x2) = (points(7, d, 9), points(4, d, 10));
        let run = |method, outputs, x2: Option<&Matrix<f64>>| {
            let mut options = EmpiricalOptions::new(outputs);
            options.method = method;
            empirical_ntk(&net, &p, &buffers, &x1, x2, &options, &Control::none()).unwrap().data
        };
        for outputs in [Outputs::Trace, Outputs::Full] {
            for x2 in [None, Some(&x2)] {
                let (auto, explicit) = (run(Method::Auto, outputs, x2), run(Method::Jacobian, outputs, x2));
                for (a, b) in auto.iter().zip(&explicit) {
                    assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{text}: {a} {b}");
                }
            }
        }
        let o = net.output_size();
        let v = points(4, o, 11);
        let dd = differentiator(&net, &p, &buffers, &Selection::all()).unwrap();
        let got = ntk_vector_product(&dd, &x1, Some(&x2), &v, 2, &Control::none()).unwrap();
        let full = run(Method::Jacobian, Outputs::Full, Some(&x2));
        for i in 0..7 {
            for a in 0..o {
                let want: f64 = (0..4)
                    .flat_map(|j| (0..o).map(move |b| (j, b)))
                    .map(|(j, b)| full[((i * 4 + j) * o + a) * o + b] * v.at(j, b))
                    .sum();
                assert!((got.at(i, a) - want).abs() < 1e-11 * (1.0 + want.abs()));
            }
        }
    }
}

fn formulas(variables: &[&str], outputs: &[&str], equations: &[&str]) -> Formulas {
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let (variables, outputs, equations) = (list(variables), list(outputs), list(equations));
    Formulas { variables, outputs, equations, ..Formulas::default() }
}

#[test]
fn a_residual_kernel_of_a_nonlinear_equation_is_the_difference_quotient_of_its_residual() {
    let net = network(
        r#"{ "input": 2, "layers": [{ "type": "dense", "units": 4 }, { "type": "activation", "fn": "tanh" },
        { "type": "dense", "units": 1 }] }"#,
    );
    let (p, x) = (drawn(&net, 7), points(3, 2, 8));
    let burgers = formulas(&["x", "t"], &["u"], &["u_t + u * u_x - 0.1 * u_xx"]);
    // u = c + sum a tanh(w x + v t + b), its derivatives by hand.
    let residual = |p: &[f64], x: f64, t: f64| {
        let [mut u, mut ux, mut ut, mut uxx] = [p[16], 0.0, 0.0, 0.0];
        for k in 0..4 {
            let (w, v, b, a) = (p[2 * k], p[2 * k + 1], p[8 + k], p[12 + k]);
            let s = (w * x + v * t + b).tanh();
            let d = 1.0 - s * s;
            u += a * s;
            ux += a * w * d;
            ut += a * v * d;
            uxx += -2.0 * a * w * w * s * d;
        }
        ut + u * ux - 0.1 * uxx
    };
    let row = |i: usize| -> Vec<f64> {
        let at = |k: usize, h: f64| {
            let mut moved = p.clone();
            moved[k] += h;
            residual(&moved, x.at(i, 0), x.at(i, 1))
        };
        (0..p.len()).map(|k| (at(k, 1e-5) - at(k, -1e-5)) / 2e-5).collect()
    };
    let dd = differentiator(&net, &p, &[], &Selection::all()).unwrap();
    let got = residual_ntk(&dd, (&x, &burgers), (&x, &burgers), 2, &Control::none()).unwrap();
    for i in 0..3 {
        for j in 0..3 {
            let want: f64 = row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum();
            assert!((got.at(i, j) - want).abs() < 1e-7 * (1.0 + want.abs()), "{} {want}", got.at(i, j));
        }
    }
}

#[test]
fn a_residual_kernel_is_the_operator_on_both_arguments() {
    // u = sum_k c_k sin(w_k x): du/dc_k = sin, du/dw_k = c_k x cos, so the Laplacian's Jacobian is known.
    let net = network(
        r#"{ "input": 1, "layers": [{ "type": "dense", "units": 3, "bias": false }, { "type": "activation", "fn": "sin" },
        { "type": "dense", "units": 1, "bias": false }] }"#,
    );
    let p = [1.0, 1.4, -0.6, 0.7, -0.3, 1.1];
    let dd = differentiator(&net, &p, &[], &Selection::all()).unwrap();
    let x = points(4, 1, 3);
    let laplacian = formulas(&["x"], &["u"], &["u_xx"]);
    let row = |x: f64, l: bool| -> Vec<f64> {
        let one = |k: usize| {
            let (w, c) = (p[k], p[k + 3]);
            let (s, co) = (w * x).sin_cos();
            if l { (c * (-2.0 * w * s - w * w * x * co), -w * w * s) } else { (c * x * co, s) }
        };
        (0..3).map(|k| one(k).0).chain((0..3).map(|k| one(k).1)).collect()
    };
    for (l1, l2) in [(false, false), (false, true), (true, true)] {
        let pick = |l: bool| if l { laplacian.clone() } else { Formulas::default() };
        let got = residual_ntk(&dd, (&x, &pick(l1)), (&x, &pick(l2)), 1, &Control::none()).unwrap();
        for i in 0..4 {
            for j in 0..4 {
                let (a, b) = (row(x.data[i], l1), row(x.data[j], l2));
                let want: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
                assert!((got.at(i, j) - want).abs() < 1e-12 * (1.0 + want.abs()), "{l1} {l2}: {} {want}", got.at(i, j));
            }
        }
    }
    let wrong = formulas(&["x"], &["u"], &["u_yy"]);
    assert!(residual_ntk(&dd, (&x, &wrong), (&x, &wrong), 1, &Control::none()).is_err());
}

#[test]
fn a_residual_kernel_of_several_inputs_and_outputs_is_its_difference_quotient() {
    let net = network(NETS[0]);
    let p = drawn(&net, 5);
    let names: Vec<String> = net.parameters.iter().map(|p| p.name.clone()).collect();
    let some = Selection::of(&["layers.0.weight".into(), "layers.4".into()], &names).unwrap();
    let dd = differentiator(&net, &p, &[], &some).unwrap();
    let x = points(5, 2, 6);
    let linear = |u: &str| format!("0.3 * {u} + {u}_x - 0.5 * {u}_y + 0.7 * {u}_xx + 0.2 * {u}_yy");
    let texts = ["u", "v", "w"].map(linear);
    let operator = formulas(&["x", "y"], &["u", "v", "w"], &texts.each_ref().map(String::as_str));
    let (value, gradient, second) = (0.3, [1.0, -0.5], [0.7, 0.2]);
    let width = dd.outputs() * dd.columns();
    // Central differences of the Jacobian: truncation h^2, rounding 1e-16 / h^2.
    let h = 1e-4;
    let row = |i: usize| -> Vec<f64> {
        let at = |shift: [f64; 2]| {
            let mut j = vec![0.0; width];
            dd.jacobian(&[x.at(i, 0) + shift[0], x.at(i, 1) + shift[1]], &mut j);
            j
        };
        let centre = at([0.0, 0.0]);
        let mut out: Vec<f64> = centre.iter().map(|v| value * v).collect();
        for (k, step) in [[h, 0.0], [0.0, h]].into_iter().enumerate() {
            let (up, down) = (at(step), at(step.map(|s| -s)));
            for e in 0..width {
                out[e] += gradient[k] * (up[e] - down[e]) / (2.0 * h);
                out[e] += second[k] * (up[e] - 2.0 * centre[e] + down[e]) / (h * h);
            }
        }
        out
    };
    let got = residual_ntk(&dd, (&x, &operator), (&x, &operator), 2, &Control::none()).unwrap();
    let rows: Vec<Vec<f64>> = (0..5).map(row).collect();
    for i in 0..5 {
        for j in 0..5 {
            let want: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum::<f64>() / 3.0;
            assert!((got.at(i, j) - want).abs() < 1e-5 * (1.0 + want.abs()), "{} {want}", got.at(i, j));
        }
    }
    let normalised = network(OTHERS[2]);
    let q = drawn(&normalised, 1);
    let refused = differentiator(&normalised, &q, &[], &Selection::all()).unwrap();
    let two = formulas(&["x", "y"], &["u", "v"], &texts.each_ref().map(String::as_str)[..2]);
    let error = residual_ntk(&refused, (&x, &two), (&x, &two), 1, &Control::none()).unwrap_err();
    assert!(error.message.starts_with("layers.2"), "{}", error.message);
}

#[test]
fn sampled_networks_have_the_analytic_nngp() {
    let spec = NetworkSpec::from_json(
        r#"{ "input": 2, "layers": [
        { "type": "dense", "units": 64, "parameterization": "ntk", "sigmaW": 1.4, "sigmaB": 0.3 },
        { "type": "activation", "fn": "erf" },
        { "type": "dense", "units": 8, "parameterization": "ntk", "sigmaW": 1.4, "sigmaB": 0.3 }] }"#,
    )
    .unwrap();
    let net = nets::resolve(&spec).unwrap();
    let x = points(3, 2, 4);
    let (mean, error) = sampled_nngp(&net, &x, None, 2000, 5, 2, &Control::none()).unwrap();
    let options = crate::analytic::AnalyticOptions::new(crate::analytic::KernelKind::Nngp);
    let want = crate::analytic::analytic_kernel(&spec, &x, None, &options, &Control::none()).unwrap();
    for e in 0..9 {
        // One hidden layer: the mean is exact at any width; five standard errors.
        assert!((mean.data[e] - want.data[e]).abs() < 5.0 * error.data[e], "{} {}", mean.data[e], want.data[e]);
        assert!(error.data[e] < 0.1 * want.max_abs());
    }
}

#[test]
fn blocks_threads_and_types_agree() {
    let net = network(
        r#"{ "input": 3, "layers": [{ "type": "dense", "units": 37 }, { "type": "activation", "fn": "relu" },
        { "type": "dense", "units": 21 }, { "type": "activation", "fn": "tanh" }, { "type": "dense", "units": 2 }] }"#,
    );
    let p = drawn(&net, 4);
    // More than two blocks, the last one ragged.
    let x = points(231, 3, 5);
    for outputs in [Outputs::Trace, Outputs::Full] {
        let mut options = EmpiricalOptions::new(outputs);
        options.threads = 1;
        let square = empirical_ntk(&net, &p, &[], &x, None, &options, &Control::none()).unwrap();
        let cross = empirical_ntk(&net, &p, &[], &x, Some(&x), &options, &Control::none()).unwrap();
        options.threads = 3;
        let threaded = empirical_ntk(&net, &p, &[], &x, None, &options, &Control::none()).unwrap();
        assert_eq!(square, threaded);
        let largest = square.data.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for (a, b) in square.data.iter().zip(&cross.data) {
            assert!((a - b).abs() < 1e-12 * largest);
        }
        let p32: Vec<f32> = p.iter().map(|v| *v as f32).collect();
        let x32 = Matrix { rows: 231, cols: 3, data: x.data.iter().map(|v| *v as f32).collect() };
        let narrow = empirical_ntk(&net, &p32, &[], &x32, None, &options, &Control::none()).unwrap();
        for (a, b) in narrow.data.iter().zip(&square.data) {
            assert!((f64::from(*a) - b).abs() < 2e-5 * largest, "{a} {b}");
        }
        if outputs == Outputs::Trace {
            assert_eq!(square.data, Matrix::from_rows(231, 231, square.data.clone()).unwrap().transpose().data);
        }
    }
}

#[test]
fn bad_input_is_named() {
    let net = network(NETS[0]);
    let p = drawn(&net, 6);
    let options = EmpiricalOptions::new(Outputs::Trace);
    let run = |p: &[f64], x: &Matrix<f64>, options: &EmpiricalOptions| {
        empirical_ntk(&net, p, &[], x, None, options, &Control::none()).unwrap_err()
    };
    assert_eq!(run(&p, &points(3, 4, 1), &options).code, Code::InvalidShape);
    assert_eq!(run(&p, &Matrix::zeros(0, 2), &options).code, Code::InvalidShape);
    assert_eq!(run(&p[1..], &points(3, 2, 1), &options).code, Code::InvalidShape);
    let mut nan = points(3, 2, 1);
    nan.data[0] = f64::NAN;
    assert_eq!(run(&p, &nan, &options).code, Code::NonFinite);
    let mut small = options.clone();
    small.memory_limit = Some(100);
    assert_eq!(run(&p, &points(3, 2, 1), &small).code, Code::OverMemoryLimit);
    let to = std::path::Path::new("/nowhere/at/all.npy");
    let failed = empirical_ntk_to_file(&net, &p, &[], &points(3, 2, 1), None, &options, to, &Control::none());
    assert_eq!(failed.unwrap_err().code, Code::Io);
}
