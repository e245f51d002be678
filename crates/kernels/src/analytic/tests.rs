use super::dual::{Closed, dual};
use super::hermite::{Hermite, gauss_legendre, series};
use super::*;
use base::{Code, Random, Stream};
use nets::Activation;

fn spec(text: &str) -> NetworkSpec {
    NetworkSpec::from_json(text).unwrap()
}

fn ntk<T: Real>(s: &NetworkSpec, x1: &Matrix<T>, x2: Option<&Matrix<T>>, kind: KernelKind) -> Matrix<T> {
    analytic_kernel(s, x1, x2, &AnalyticOptions::new(kind), &Control::none()).unwrap()
}

fn dense(fns: &[&str], input: usize, sw: f64, sb: f64) -> NetworkSpec {
    let layer = |units: usize| {
        format!(r#"{{ "type": "dense", "units": {units}, "parameterization": "ntk", "sigmaW": {sw}, "sigmaB": {sb} }}"#)
    };
    let hidden: String = fns.iter().map(|f| format!(r#"{}, {{ "type": "activation", {f} }}, "#, layer(4))).collect();
    spec(&format!(r#"{{ "input": {input}, "layers": [{hidden}{}] }}"#, layer(1)))
}

fn normals(n: usize, d: usize, seed: u64) -> Matrix<f64> {
    Matrix::from_rows(n, d, Random::new(seed, Stream::Data(0)).normals(n * d)).unwrap()
}

/// E over two Gaussians by Gauss-Legendre panels: an oracle that shares nothing with the closed forms.
fn expectation(f: impl Fn(f64) -> f64, a: f64, b: f64, c: f64) -> f64 {
    let (nodes, panels, range) = (gauss_legendre(12), 48, 9.0);
    let mut points = vec![];
    for k in 0..panels {
        let half = range / panels as f64;
        let middle = -range + half * (2 * k + 1) as f64;
        points.extend(nodes.iter().map(|(x, w)| (middle + half * x, w * half)));
    }
    let (sa, slope) = (a.sqrt(), c / a.sqrt());
    let rest = (b - slope * slope).max(0.0).sqrt();
    let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    points
        .iter()
        .map(|&(z, w)| {
            let inner: f64 = points.iter().map(|&(y, v)| v * density(y) * f(slope * z + rest * y)).sum();
            w * density(z) * f(sa * z) * inner
        })
        .sum()
}

const COVARIANCES: [(f64, f64, f64); 5] =
    [(1.0, 1.0, 0.3), (0.4, 2.5, -0.7), (1.7, 0.9, 1.1), (0.05, 0.08, 0.02), (3.0, 3.0, 0.0)];

#[test]
fn closed_forms_are_the_expectations() {
    let cases: Vec<(Closed, Activation, f64)> = vec![
        // The inner integral of a kinked function is smooth in z, but its panels see the kink: 1e-4 at 48 panels.
        (Closed::Rectifier { p: 0.5, q: 0.5 }, Activation::Relu {}, 2e-3),
        (Closed::Rectifier { p: 0.6, q: 0.4 }, Activation::LeakyRelu { slope: 0.2 }, 2e-3),
        (Closed::Erf, Activation::Erf {}, 1e-11),
        (Closed::Gelu, Activation::Gelu {}, 1e-11),
        (Closed::Sin { omega: 1.7 }, Activation::Sin { omega: 1.7 }, 1e-11),
        (Closed::Cos { omega: 1.7 }, Activation::Cos { omega: 1.7 }, 1e-11),
        (Closed::Gaussian { s: 0.8 }, Activation::Gaussian { a: 0.8 }, 1e-11),
    ];
    for (closed, f, tolerance) in cases {
        for (a, b, c) in COVARIANCES {
            let (value, slope) = dual(closed, a, b, c);
            let want = expectation(|x| f.value(x), a, b, c);
            assert!((value - want).abs() < tolerance, "{closed:?} {a} {b} {c}: {value} {want}");
            let want = expectation(|x| f.derivatives(x)[1], a, b, c);
            assert!((slope - want).abs() < 10.0 * tolerance, "{closed:?}' {a} {b} {c}: {slope} {want}");
        }
    }
    for (a, b, c) in COVARIANCES {
        let (value, slope) = dual(Closed::Cos { omega: 1.3 }, a, b, c);
        assert!((value - expectation(|x| (1.3 * x).cos(), a, b, c)).abs() < 1e-11);
        assert!((slope - expectation(|x| -1.3 * (1.3 * x).sin(), a, b, c)).abs() < 1e-11);
    }
}

#[test]
fn slopes_are_derivatives_of_values_by_price() {
    let all = [
        Closed::Rectifier { p: 0.6, q: 0.4 },
        Closed::Erf,
        Closed::Gelu,
        Closed::Sin { omega: 1.7 },
        Closed::Cos { omega: 0.9 },
        Closed::Gaussian { s: 0.8 },
    ];
    for f in all {
        for (a, b, c) in COVARIANCES {
            let h = 1e-5;
            let difference = (dual(f, a, b, c + h).0 - dual(f, a, b, c - h).0) / (2.0 * h);
            assert!((dual(f, a, b, c).1 - difference).abs() < 1e-8, "{f:?} {a} {b} {c}");
        }
    }
}

#[test]
fn the_series_states_its_error() {
    let smooth = [Activation::Tanh {}, Activation::Silu {}, Activation::Softplus {}, Activation::Ricker { a: 1.2 }];
    let rough = [Activation::Elu { alpha: 1.0 }, Activation::Hat {}, Activation::Relu {}];
    for f in smooth.iter().chain(&rough) {
        let h = Hermite::new(f.clone());
        for (a, b, c) in COVARIANCES {
            let (x, y) = (h.coefficients(a), h.coefficients(b));
            let (value, slope, error) = series(&x, &y, c);
            let size = (expectation(|z| f.value(z), a, a, a) * expectation(|z| f.value(z), b, b, b)).sqrt();
            let want = expectation(|z| f.value(z), a, b, c);
            let kinked = smooth.contains(f);
            let oracle = if kinked { 1e-10 } else { 2e-3 };
            assert!((value - want).abs() <= error * size + oracle, "{f:?} {a} {b} {c}: {value} {want} {error}");
            let want = expectation(|z| f.derivatives(z)[1], a, b, c);
            assert!((slope - want).abs() <= error + 10.0 * oracle, "{f:?}' {a} {b} {c}: {slope} {want} {error}");
            assert!(error < 1e-10 || !smooth.contains(f) || c == 1.1, "{f:?}: {error}");
        }
    }
    // Against a closed form, where both exist.
    let h = Hermite::new(Activation::Erf {});
    for (a, b, c) in COVARIANCES {
        let (value, slope, error) = series(&h.coefficients(a), &h.coefficients(b), c);
        let want = dual(Closed::Erf, a, b, c);
        assert!((value - want.0).abs() < error + 1e-13 && (slope - want.1).abs() < 2.0 * error + 1e-12);
    }
}

#[test]
fn the_error_of_a_kernel_is_that_of_its_series() {
    let x: Matrix<f64> = Matrix::from_rows(2, 2, vec![0.3, -0.4, 0.6, -0.8]).unwrap();
    let error = |f: &str| {
        let options = AnalyticOptions::new(KernelKind::Ntk);
        series_error(&dense(&[f, f], 2, 1.4, 0.1), &x, &options, &Control::none()).unwrap()
    };
    assert_eq!(error(r#""fn": "erf""#), 0.0);
    let (smooth, kinked) = (error(r#""fn": "tanh""#), error(r#""fn": "hat""#));
    assert!(smooth > 0.0 && smooth < 1e-10, "{smooth}");
    assert!(kinked > 1e-6 && kinked < 0.1, "{kinked}");
}

#[test]
fn frequencies_with_a_seed_of_their_own_are_as_good_as_numbers() {
    let layers = r#"{ "type": "dense", "units": 4, "parameterization": "ntk" }, { "type": "activation", "fn": "relu" },
        { "type": "dense", "units": 1, "parameterization": "ntk" }"#;
    let spec = |frequencies: &str| {
        NetworkSpec::from_json(&format!(
            r#"{{ "input": 2, "layers": [{{ "type": "fourierFeatures", "frequencies": {frequencies} }}, {layers}] }}"#
        ))
        .unwrap()
    };
    let drawn = spec(r#"{ "count": 3, "distribution": "normal", "scale": 0.7, "seed": 5 }"#);
    let (_, buffers) = nets::network::init::draw(&nets::resolve(&drawn).unwrap(), 99);
    let rows: Vec<String> = buffers[..6].chunks(2).map(|b| format!("[{:e}, {:e}]", b[0], b[1])).collect();
    let given = spec(&format!("[{}]", rows.join(", ")));
    let x: Matrix<f64> = Matrix::from_rows(3, 2, vec![0.3, -0.4, 0.3, 0.9, 0.6, -0.8]).unwrap();
    assert_eq!(ntk(&drawn, &x, None, KernelKind::Ntk), ntk(&given, &x, None, KernelKind::Ntk));
    let unseeded = spec(r#"{ "count": 3, "distribution": "normal", "scale": 0.7 }"#);
    let options = AnalyticOptions::new(KernelKind::Ntk);
    let error = analytic_kernel(&unseeded, &x, None, &options, &Control::none()).unwrap_err();
    assert!(error.message.contains("seed"), "{}", error.message);
}

#[test]
fn equal_opposite_and_zero_inputs_have_no_nan() {
    let x: Matrix<f64> = Matrix::from_rows(5, 2, vec![0.3, -0.4, 0.3, -0.4, -0.3, 0.4, 0.0, 0.0, 0.6, -0.8]).unwrap();
    for f in [r#""fn": "relu""#, r#""fn": "leakyRelu""#, r#""fn": "erf""#, r#""fn": "gelu""#, r#""fn": "tanh""#] {
        for kind in [KernelKind::Ntk, KernelKind::Nngp] {
            for sb in [0.0, 0.3] {
                let s = dense(&[f, f, f], 2, 1.4, sb);
                let k = ntk(&s, &x, None, kind);
                assert!(k.data.iter().all(|v| v.is_finite()));
                for j in 0..5 {
                    assert!((k.at(0, j) - k.at(1, j)).abs() < 1e-13, "{f} {kind:?}");
                }
                let single = Matrix { rows: 5, cols: 2, data: x.data.iter().map(|v| *v as f32).collect() };
                let narrow = ntk(&s, &single, None, kind);
                for (p, q) in narrow.data.iter().zip(&k.data) {
                    assert!((f64::from(*p) - q).abs() < 2e-3 * k.max_abs(), "{f} {kind:?} {p} {q}");
                }
            }
        }
    }
}

#[test]
fn relu_layers_without_bias_follow_the_arc_cosine_recursion() {
    // Unit vectors in the plane, W std sqrt 2 on sums: sigmaW^2 = 2 on means over the d = 2 coordinates is W std 1 on
    // sums for the first layer, and k0, k1 hold the factor 2 of the others.
    let n = 24;
    let x = Matrix::from_fn(n, 2, |i, j| {
        let t = std::f64::consts::TAU * i as f64 / n as f64;
        if j == 0 { t.cos() } else { t.sin() }
    });
    let k = ntk(&dense(&[r#""fn": "relu""#, r#""fn": "relu""#], 2, 2f64.sqrt(), 0.0), &x, None, KernelKind::Ntk);
    for j in 0..n {
        let pi = std::f64::consts::PI;
        let u: f64 = (std::f64::consts::TAU * j as f64 / n as f64).cos();
        let k0 = |u: f64| (pi - u.clamp(-1.0, 1.0).acos()) / pi;
        let k1 = |u: f64| (u * (pi - u.clamp(-1.0, 1.0).acos()) + (1.0 - u * u).max(0.0).sqrt()) / pi;
        let (mut s, mut t) = (u, u);
        for _ in 0..2 {
            t = t * k0(s) + k1(s);
            s = k1(s);
        }
        // Rounding of u near 1 is turned into its square root by the oracle's arc cosine.
        assert!((k.at(0, j) - t).abs() < 1e-7, "{j}: {} {t}", k.at(0, j));
    }
}

#[test]
fn the_circle_has_the_spectrum_in_closed_form() {
    // One hidden layer of unit-norm Gaussian weights, only it trained: K = cos t (pi - |t|) / (2 pi).
    let n = 64;
    let x = Matrix::from_fn(n, 2, |i, j| {
        let t = std::f64::consts::TAU * i as f64 / n as f64;
        if j == 0 { t.cos() } else { t.sin() }
    });
    let s = dense(&[r#""fn": "relu""#], 2, 1.0, 0.0);
    let names: Vec<String> = ["layers.0.weight", "layers.2.weight"].map(String::from).to_vec();
    let mut options = AnalyticOptions::new(KernelKind::Ntk);
    options.selection = Selection::of(&["layers.0".into()], &names).unwrap();
    let k = analytic_kernel(&s, &x, None, &options, &Control::none()).unwrap();
    let pi = std::f64::consts::PI;
    let c = |k: i64| match k.abs() {
        0 => 1.0 / (pi * pi),
        1 => 0.125,
        k if k % 2 == 1 => 0.0,
        k => (k * k + 1) as f64 / (pi * pi * ((k * k - 1) as f64).powi(2)),
    };
    for mode in 0..8 {
        let got: f64 = (0..n).map(|j| k.at(0, j) * (std::f64::consts::TAU * (mode * j) as f64 / n as f64).cos()).sum();
        let want: f64 = (-400_000..=400_000).map(|m| c(mode as i64 + m * n as i64)).sum::<f64>() * n as f64;
        // Inner products are means over 2 coordinates: the kernel is half of the textbook's.
        assert!((2.0 * got - want).abs() < 1e-6 * want.max(1e-4), "{mode}: {} {want}", 2.0 * got);
    }
}

#[test]
fn finite_networks_scatter_around_the_kernel() {
    // NNGP as the covariance of sampled outputs of width 400, 4,000 draws: the standard error is 2 %.
    for f in [r#""fn": "relu""#, r#""fn": "gelu""#, r#""fn": "tanh""#, r#""fn": "sin", "omega": 1.5"#] {
        let s = dense(&[f], 3, 1.3, 0.2);
        let Some(nets::LayerSpec::Activation(act)) = s.layers.get(1).cloned() else { panic!("an activation") };
        let x = normals(2, 3, 5);
        let k = ntk(&s, &x, None, KernelKind::Nngp);
        let mut random = Random::new(11, Stream::Data(0));
        let (mut sum, draws) = ([0.0; 3], 400_000);
        for _ in 0..draws {
            let w = random.normals(4);
            let pre = |i: usize| (0..3).map(|j| 1.3 / 3f64.sqrt() * w[j] * x.at(i, j)).sum::<f64>() + 0.2 * w[3];
            let (u, v) = (act.value(pre(0)), act.value(pre(1)));
            sum = [sum[0] + u * u, sum[1] + u * v, sum[2] + v * v];
        }
        let want = sum.map(|s| 1.69 * s / f64::from(draws) + 0.04);
        for (got, want) in [k.at(0, 0), k.at(0, 1), k.at(1, 1)].iter().zip(want) {
            assert!((got - want).abs() < 0.02 * k.max_abs(), "{f}: {got} {want}");
        }
    }
}

#[test]
fn square_and_cross_and_both_types_agree() {
    for f in [r#""fn": "relu""#, r#""fn": "erf""#, r#""fn": "gelu""#, r#""fn": "tanh""#] {
        let s = dense(&[f, f], 7, 1.3, 0.2);
        let x = normals(37, 7, 2);
        let square = ntk(&s, &x, None, KernelKind::Ntk);
        let cross = ntk(&s, &x, Some(&x), KernelKind::Ntk);
        assert_eq!(square, square.transpose());
        for (p, q) in square.data.iter().zip(&cross.data) {
            // Equal points of two sets are equal to rounding only, which the arc cosine's slope turns into 1e-8.
            assert!((p - q).abs() < 1e-7, "{f}: {p} {q}");
        }
        let single = Matrix { rows: 37, cols: 7, data: x.data.iter().map(|v| *v as f32).collect() };
        let narrow = ntk(&s, &single, None, KernelKind::Ntk);
        for (p, q) in narrow.data.iter().zip(&square.data) {
            assert!((f64::from(*p) - q).abs() < 1e-3 * square.max_abs(), "{f}: {p} {q}");
        }
    }
}

#[test]
fn a_convolution_of_the_whole_image_is_a_dense_layer() {
    let conv = spec(
        r#"{ "input": [2, 3, 3], "layers": [
        { "type": "conv2d", "filters": 4, "kernel": 3, "parameterization": "ntk", "sigmaW": 1.3, "sigmaB": 0.2 },
        { "type": "activation", "fn": "relu" }, { "type": "flatten" },
        { "type": "dense", "units": 1, "parameterization": "ntk", "sigmaW": 1.3, "sigmaB": 0.2 }] }"#,
    );
    let x = normals(5, 18, 3);
    let plain = dense(&[r#""fn": "relu""#], 18, 1.3, 0.2);
    for kind in [KernelKind::Ntk, KernelKind::Nngp] {
        for (p, q) in ntk(&conv, &x, None, kind).data.iter().zip(&ntk(&plain, &x, None, kind).data) {
            assert!((p - q).abs() < 1e-12);
        }
    }
}

#[test]
fn pooling_matches_sampled_convolutional_networks() {
    // One layer of random filters, ReLU, mean over 2 x 2 windows, ReLU-free readout: covariance by sampling filters.
    let s = spec(
        r#"{ "input": [1, 4, 4], "layers": [
        { "type": "conv2d", "filters": 4, "kernel": 3, "padding": "same", "parameterization": "ntk", "sigmaW": 1.4 },
        { "type": "activation", "fn": "relu" }, { "type": "avgPool2d", "size": 2 }, { "type": "flatten" },
        { "type": "dense", "units": 1, "parameterization": "ntk" }] }"#,
    );
    let x = normals(2, 16, 8);
    let k = ntk(&s, &x, None, KernelKind::Nngp);
    let mut random = Random::new(3, Stream::Data(0));
    let draws = 100_000;
    let mut sum = [0.0; 3];
    for _ in 0..draws {
        let w = random.normals(9);
        let pooled = |i: usize| {
            let mut out = [0.0; 4];
            for p in 0..16usize {
                let (y, x0) = (p / 4, p % 4);
                let mut pre = 0.0;
                for (o, w) in w.iter().enumerate() {
                    let (yy, xx) = ((y + o / 3).wrapping_sub(1), (x0 + o % 3).wrapping_sub(1));
                    if yy < 4 && xx < 4 {
                        pre += 1.4 / 3.0 * w * x.at(i, yy * 4 + xx);
                    }
                }
                out[y / 2 * 2 + x0 / 2] += 0.25 * pre.max(0.0);
            }
            out
        };
        let (u, v) = (pooled(0), pooled(1));
        let dot = |a: &[f64; 4], b: &[f64; 4]| a.iter().zip(b).map(|(p, q)| p * q).sum::<f64>() / 4.0;
        sum = [sum[0] + dot(&u, &u), sum[1] + dot(&u, &v), sum[2] + dot(&v, &v)];
    }
    for (got, want) in [k.at(0, 0), k.at(0, 1), k.at(1, 1)].iter().zip(sum.map(|s| s / f64::from(draws))) {
        assert!((got - want).abs() < 0.02 * k.max_abs(), "{got} {want}");
    }
}

#[test]
fn fourier_features_make_the_kernel_shift_invariant() {
    let s = spec(
        r#"{ "input": 1, "layers": [{ "type": "fourierFeatures", "frequencies": [[1], [2], [3]] },
        { "type": "dense", "units": 1, "parameterization": "ntk" }, { "type": "activation", "fn": "relu" },
        { "type": "dense", "units": 1, "parameterization": "ntk" }] }"#,
    );
    let n = 16;
    let x = Matrix::from_fn(n, 1, |i, _| i as f64 / n as f64);
    let k = ntk(&s, &x, None, KernelKind::Ntk);
    for i in 0..n {
        for j in 0..n {
            assert!((k.at(i, j) - k.at(0, (j + n - i) % n)).abs() < 1e-12);
        }
    }
}

#[test]
fn bad_input_is_named() {
    let standard = spec(r#"{ "input": 2, "layers": [{ "type": "dense", "units": 3 }] }"#);
    let x = normals(3, 2, 1);
    let run = |s: &NetworkSpec, x: &Matrix<f64>| {
        analytic_kernel(s, x, None, &AnalyticOptions::new(KernelKind::Ntk), &Control::none()).unwrap_err()
    };
    assert!(run(&standard, &x).message.starts_with("layers.0: an analytic kernel needs parameterization"));
    let good = dense(&[r#""fn": "relu""#], 2, 1.0, 0.0);
    assert_eq!(run(&good, &normals(3, 4, 1)).code, Code::InvalidShape);
    assert_eq!(run(&good, &Matrix::zeros(0, 2)).code, Code::InvalidShape);
    let mut broken = x.clone();
    broken.data[1] = f64::NAN;
    assert_eq!(run(&good, &broken).code, Code::NonFinite);
    let twice = dense(&[r#""fn": "relu" }, { "type": "activation", "fn": "relu""#], 2, 1.0, 0.0);
    assert!(run(&twice, &x).message.contains("not Gaussian"));
    let mut small = AnalyticOptions::new(KernelKind::Ntk);
    small.memory_limit = Some(10);
    let over = analytic_kernel(&good, &x, None, &small, &Control::none()).unwrap_err();
    assert_eq!(over.code, Code::OverMemoryLimit);
    let aborted = Control::none();
    aborted.abort();
    let softplus = dense(&[r#""fn": "softplus""#], 2, 1.0, 0.0);
    let options = AnalyticOptions::new(KernelKind::Ntk);
    assert_eq!(series_error(&softplus, &x, &options, &aborted).unwrap_err().code, Code::Aborted);
}
