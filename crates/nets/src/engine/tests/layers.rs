//! Layers beyond dense and activation: gradients against differences, values against their definition.

use super::*;

fn tanh() -> Value {
    json!({ "type": "activation", "fn": "tanh" })
}

#[test]
fn gradients_of_convolutions_and_pools() {
    let conv = |extra: Value| {
        let mut layer = json!({ "type": "conv2d", "filters": 3, "kernel": 3 });
        layer.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        layer
    };
    let ntk = json!({ "padding": 1, "parameterization": "ntk", "sigmaW": 1.3, "sigmaB": 0.4 });
    for extra in [
        json!({}),
        json!({ "padding": [2, 1], "stride": [1, 2] }),
        json!({ "kernel": [2, 3], "padding": "same" }),
        json!({ "kernel": [4, 2], "padding": "same", "stride": 3, "bias": false }),
        ntk,
    ] {
        let layers = json!([conv(extra), tanh(), conv(json!({ "padding": 1 })), { "type": "flatten" }, dense(2)]);
        check_gradient(json!({ "input": [2, 6, 7], "layers": layers }), Options::default());
    }
    for pool in [
        json!({ "type": "maxPool2d", "size": 2 }),
        json!({ "type": "avgPool2d", "size": [2, 3] }),
        json!({ "type": "maxPool2d", "size": 3, "stride": 1 }),
        json!({ "type": "avgPool2d", "size": 3, "stride": [2, 1] }),
    ] {
        let layers = json!([conv(json!({ "padding": 1 })), tanh(), pool, { "type": "flatten" }, dense(2)]);
        check_gradient(json!({ "input": [1, 6, 7], "layers": layers }), Options::default());
    }
}

/// Networks of the layers that carry derivatives by the input.
fn carriers() -> Vec<Value> {
    let fourier = json!({ "type": "fourierFeatures", "frequencies": { "count": 5, "scale": 0.3, "seed": 1 } });
    let trained = json!({ "type": "fourierFeatures", "frequencies": [[0.1, 0.2], [-0.3, 0.1]], "amplitudes": [1, 0.5],
        "trainable": true });
    let scale = |factor: f64| json!({ "type": "scale", "factor": factor });
    let modulate = json!({ "type": "modulate", "frequency": [0.3, -0.2], "layers": [dense(4), tanh(), dense(3)] });
    let sine = json!({ "type": "modulate", "fn": "sin", "frequency": [0.1, 0.4], "layers": [] });
    let branch = |combine: &str| {
        json!({ "type": "branches", "combine": combine,
        "branches": [[dense(3), tanh(), dense(2)], [scale(2.0), dense(2), tanh()], []] })
    };
    let residual = json!({ "type": "residual", "layers": [{ "type": "flatten" }, tanh(), dense(2)] });
    [
        json!([fourier, dense(6), tanh(), dense(2)]),
        json!([dense(2), trained, dense(2)]),
        json!([trained, scale(1.5), dense(2)]),
        json!([modulate, dense(2)]),
        json!([dense(2), sine, dense(2), tanh(), modulate]),
        json!([branch("sum"), tanh(), dense(1)]),
        json!([dense(2), branch("concat"), tanh(), dense(1)]),
        json!([residual, dense(2), residual]),
    ]
    .into_iter()
    .map(|layers| json!({ "input": 2, "layers": layers }))
    .collect()
}

#[test]
fn gradients_of_features_branches_and_modulation() {
    for spec in carriers() {
        check_gradient(spec.clone(), Options::default());
        check_gradient(spec.clone(), Options { jets: Some(Jets::gradient(2)), ..Options::default() });
        check_gradient(spec, Options { jets: Some(Jets::laplacian(2)), ..Options::default() });
    }
}

#[test]
fn their_derivatives_by_the_input_agree_with_differences() {
    for spec in carriers() {
        let options = Options { jets: Some(Jets::laplacian(2)), ..Options::default() };
        let (mut with, _, _) = engine::<f64>(&spec, options, 1);
        let (mut plain, _, _) = engine::<f64>(&spec, Options::default(), 1);
        let x = inputs::<f64>(7, 2);
        let mut at = |shift: [f64; 2]| {
            let moved: Vec<f64> = x.iter().enumerate().map(|(i, x)| x + shift[i % 2]).collect();
            let data = Data::new(&plain.program, &moved);
            plain.outputs(&data, &Samples::Range(0..7))
        };
        let data = Data::new(&with.program, &x);
        let found = with.derivatives(&data, &Samples::Range(0..7));
        let centre = at([0.0, 0.0]);
        let h = 1e-4;
        let shifts = [[h, 0.0], [-h, 0.0], [0.0, h], [0.0, -h]].map(&mut at);
        for i in 0..centre.len() {
            let first = [0, 1].map(|j| (shifts[2 * j][i] - shifts[2 * j + 1][i]) / (2.0 * h));
            let second: f64 =
                [0, 1].map(|j| (shifts[2 * j][i] + shifts[2 * j + 1][i] - 2.0 * centre[i]) / (h * h)).iter().sum();
            assert!((found.value[i] - centre[i]).abs() < 1e-12, "{spec}");
            // Truncation h^2 f''' / 6, and for the second rounding 4e-16 / h^2 of values near 1.
            (0..2).for_each(|j| assert!((found.gradient[2 * i + j] - first[j]).abs() < 1e-6, "{spec}"));
            assert!(
                (found.second[i] - second).abs() < 1e-5 * (1.0 + second.abs()),
                "{spec} {} {second}",
                found.second[i]
            );
        }
    }
}

#[test]
fn fourier_features_are_cosines_then_sines() {
    let layer = json!({ "type": "fourierFeatures", "frequencies": [[1, 2], [0.5, 0]], "amplitudes": [2, 3] });
    let (mut engine, _, _) = engine::<f64>(&json!({ "input": 2, "layers": [layer] }), Options::default(), 1);
    let x = [0.3, -0.1, 0.25, 1.0];
    let data = Data::new(&engine.program, &x);
    let y = engine.outputs(&data, &Samples::Range(0..2));
    for (v, y) in x.chunks(2).zip(y.chunks(4)) {
        let turns = [v[0] + 2.0 * v[1], 0.5 * v[0]].map(|t| std::f64::consts::TAU * t);
        let expected = [2.0 * turns[0].cos(), 3.0 * turns[1].cos(), 2.0 * turns[0].sin(), 3.0 * turns[1].sin()];
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-14), "{y:?} {expected:?}");
    }
}

#[test]
fn gradients_of_norms_and_positions() {
    for encoding in ["sinusoidal", "learned", "none"] {
        let layers = json!([dense(6), { "type": "positions", "encoding": encoding }, { "type": "layerNorm" }, tanh(),
            { "type": "residual", "layers": [{ "type": "layerNorm", "affine": false }, dense(6)] }, { "type": "flatten" }, dense(2)]);
        check_gradient(json!({ "input": [4, 3], "layers": layers }), Options::default());
    }
    check_gradient(json!({ "input": 5, "layers": [{ "type": "layerNorm" }, dense(2)] }), Options::default());
}

#[test]
fn gradients_of_attention() {
    for (heads, bias) in [(1, true), (3, true), (2, false)] {
        let block = json!({ "type": "residual", "layers": [{ "type": "attention", "heads": heads, "bias": bias }] });
        let layers = json!([dense(6), block, tanh(), { "type": "flatten" }, dense(2)]);
        check_gradient(json!({ "input": [4, 3], "layers": layers }), Options::default());
    }
}

#[test]
fn attention_averages_values_where_all_keys_are_equal() {
    // Weights of zero for queries and keys: every token receives the mean of the values, here of the tokens themselves.
    let spec = json!({ "input": [3, 2], "layers": [{ "type": "attention", "heads": 1 }] });
    let (mut engine, _, _) = engine::<f64>(&spec, Options::default(), 1);
    let identity = [1.0, 0.0, 0.0, 1.0];
    let parameters = [&[0.0; 8][..], &identity, &[0.0; 6], &identity, &[0.5, 0.0]].concat();
    engine.set_flat_parameters(&parameters);
    let data = Data::new(&engine.program, &[1.0, 2.0, 3.0, 4.0, 5.0, 12.0]);
    assert_eq!(engine.outputs(&data, &Samples::Range(0..1)), [3.5, 6.0, 3.5, 6.0, 3.5, 6.0]);
}

#[test]
fn gradients_of_batch_normalisation_by_the_batch_and_by_running_statistics() {
    let norm = |affine: bool| json!({ "type": "batchNorm", "affine": affine, "epsilon": 0.01 });
    let conv = |filters: usize| json!({ "type": "conv2d", "filters": filters, "kernel": 2 });
    for affine in [true, false] {
        let image = json!([conv(3), norm(affine), tanh(), conv(2), norm(true), { "type": "flatten" }, dense(2)]);
        let inner = json!({ "type": "residual", "layers": [norm(affine)] });
        let flat = json!([norm(affine), dense(6), norm(true), tanh(), inner, dense(2)]);
        for frozen in [false, true] {
            check(json!({ "input": [2, 4, 5], "layers": image }), Options::default(), frozen);
            check(json!({ "input": 4, "layers": flat }), Options::default(), frozen);
        }
    }
}
