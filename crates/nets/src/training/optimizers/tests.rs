use super::*;

fn read(text: &str) -> Optimizer {
    Optimizer::from_json(text).unwrap()
}

/// Three steps on two parameters with gradients g = 2 p (the loss |p|^2), by the formulas of PyTorch's documentation.
fn three_steps(optimizer: &Optimizer) -> [f64; 2] {
    let mut p = [1.0, -0.5];
    let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
    for step in 0..3 {
        let gradient = p.map(|x| 2.0 * x);
        optimizer.rule(step, 1.0).apply(&mut p, &gradient, &mut m, &mut v);
    }
    p
}

#[test]
fn steps_are_those_of_pytorch() {
    // torch.optim 2.x in float64 on the same two parameters, and by hand: SGD 1 -> 0.8 -> 0.64 -> 0.512.
    let cases = [
        (r#"{ "type": "sgd", "learningRate": 0.1 }"#, [0.512, -0.256]),
        // m: 2, 0.9*2+1.6 = 3.4, 3.06+0.92 = 3.98; p: 0.8, 0.46, 0.062.
        (r#"{ "type": "sgd", "learningRate": 0.1, "momentum": 0.9 }"#, [0.062, -0.031]),
        // g + 0.9 m: 3.8 -> 0.62; m = 3.04, 1.24+2.736 = 3.976 -> 0.2224; m = 3.1808, 0.4448+2.86272 -> -0.108352.
        (r#"{ "type": "sgd", "learningRate": 0.1, "momentum": 0.9, "nesterov": true }"#, [-0.108352, 0.054176]),
        // g = 2 p + 0.5 p: 0.75 a step.
        (r#"{ "type": "sgd", "learningRate": 0.1, "weightDecay": 0.5 }"#, [0.421875, -0.2109375]),
    ];
    for (text, expected) in cases {
        let got = three_steps(&read(text));
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{text}: {got:?}");
    }
    // The first step of Adam is rate * g / (|g| + epsilon); AdamW shrinks by 1 - rate * decay first.
    let first = |text: &str| {
        let mut p = [1.0, -0.5];
        read(text).rule(0, 1.0).apply(&mut p, &[2.0, -1.0], &mut [0.0; 2], &mut [0.0; 2]);
        p
    };
    let adam = first(r#"{ "type": "adam", "learningRate": 0.1 }"#);
    assert!((adam[0] - (1.0 - 0.1 * 2.0 / (2.0 + 1e-8))).abs() < 1e-15);
    let adamw = first(r#"{ "type": "adamw", "learningRate": 0.1, "weightDecay": 0.2 }"#);
    assert!((adamw[1] - (-0.5 * 0.98 + 0.1 / (1.0 + 1e-8))).abs() < 1e-15);
    // RMSprop: v = 0.01 g^2, so the step is rate * 10.
    let rmsprop = first(r#"{ "type": "rmsprop", "learningRate": 0.01, "epsilon": 0 }"#);
    assert!((rmsprop[0] - 0.9).abs() < 1e-15 && (rmsprop[1] + 0.4).abs() < 1e-15);
}

#[test]
fn schedules_follow_their_formulas() {
    let factor = |text: &str, step: u64| {
        let optimizer = read(&format!(r#"{{ "type": "sgd", "learningRate": 1, "schedule": {text} }}"#));
        optimizer.schedule().unwrap().factor(step)
    };
    let cosine = r#"{ "type": "cosine", "steps": 10, "last": 0.1 }"#;
    for (step, expected) in [(0, 1.0), (5, 0.55), (10, 0.1), (99, 0.1)] {
        assert!((factor(cosine, step) - expected).abs() < 1e-15);
    }
    let step = r#"{ "type": "step", "every": 3, "factor": 0.5 }"#;
    assert_eq!([0, 2, 3, 6].map(|t| factor(step, t)), [1.0, 1.0, 0.5, 0.25]);
    assert_eq!(factor(r#"{ "type": "exponential", "factor": 0.5 }"#, 3), 0.125);
    let warm = r#"{ "type": "exponential", "factor": 0.5, "warmup": 4 }"#;
    assert_eq!([0, 3, 4, 5].map(|t| factor(warm, t)), [0.25, 1.0, 1.0, 0.5]);
    let mut p = [1.0];
    let optimizer = read(&format!(r#"{{ "type": "sgd", "learningRate": 1, "schedule": {step} }}"#));
    optimizer.rule(3, 1.0).apply(&mut p, &[1.0], &mut [], &mut []);
    assert_eq!(p, [0.5]);
}

#[test]
fn clipping_by_norm_scales_the_gradient() {
    let optimizer = read(r#"{ "type": "sgd", "learningRate": 1, "clip": { "norm": 1 } }"#);
    let Some(Clip::Norm(longest)) = optimizer.clip() else { panic!("no clipping by norm") };
    assert!((clip_factor(*longest, 5.0) - 0.2).abs() < 1e-7);
    assert_eq!(clip_factor(*longest, 0.5), 1.0);
    let mut p = [0.0];
    optimizer.rule(0, clip_factor(*longest, 5.0)).apply(&mut p, &[5.0], &mut [], &mut []);
    assert!((p[0] + 1.0).abs() < 1e-6);
}

#[test]
fn wrong_constants_are_named() {
    for (text, part) in [
        (
            r#"{ "type": "sgd", "learningRate": -1 }"#,
            "optimizer.learningRate: expected a finite number not below 0, got -1",
        ),
        (r#"{ "type": "sgd" }"#, "learningRate: expected a value"),
        (r#"{ "type": "sgd", "learningRate": 1, "momentun": 1 }"#, "did you mean \"momentum\"?"),
        (r#"{ "type": "sgdd", "learningRate": 1 }"#, "optimizer.type: expected 'sgd', "),
        (r#"{ "type": "adam", "learningRate": 1, "beta1": 1 }"#, "optimizer.beta1"),
        (r#"{ "type": "sgd", "learningRate": 1, "nesterov": true }"#, "nesterov"),
        (r#"{ "type": "rmsprop", "learningRate": 1, "clip": { "norm": 0 } }"#, "optimizer.clip"),
        (r#"{ "type": "muon" }"#, "learningRate: expected a value"),
        (r#"{ "type": "muon", "learningRate": 1, "momentum": 1 }"#, "optimizer.momentum"),
        (
            r#"{ "type": "muon", "learningRate": 1, "nsSteps": 0 }"#,
            "optimizer.nsSteps: expected an integer from 1 to 99",
        ),
        (r#"{ "type": "muon", "learningRate": 1, "adjust": "none" }"#, "adjust"),
        (r#"{ "type": "muon", "learningRate": 1, "adamw": { "beta3": 1 } }"#, "beta3"),
        (r#"{ "type": "muon", "learningRate": 1, "adamw": { "weightDecay": -1 } }"#, "optimizer.adamw.weightDecay"),
        (
            r#"{ "type": "sgd", "learningRate": 1, "schedule": { "type": "step", "every": 0, "factor": 1 } }"#,
            "positive number of steps",
        ),
    ] {
        let message = Optimizer::from_json(text).unwrap_err().message;
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

fn taken(network: serde_json::Value, parameters: serde_json::Value) -> Result<Vec<String>> {
    let network = crate::resolve(&crate::NetworkSpec::from_json(&network.to_string()).unwrap()).unwrap();
    let text = serde_json::json!({ "type": "muon", "learningRate": 0.1, "parameters": parameters }).to_string();
    let Optimizer::Muon(muon) = read(&text) else { panic!("no muon") };
    let name = |matrix: &Matrix| {
        let owner = network.parameters.iter().find(|own| own.range().contains(&matrix.range.start)).unwrap();
        format!("{} {} {}", owner.name, matrix.rows, matrix.columns)
    };
    Ok(muon.matrices(&network)?.iter().map(name).collect())
}

#[test]
fn muon_takes_the_weights_between_the_first_layer_and_the_last() {
    use serde_json::json;
    let dense = |units: usize| json!({ "type": "dense", "units": units });
    let relu = || json!({ "type": "activation", "fn": "relu" });
    let chain = json!({ "input": 2, "layers": [dense(4), relu(), dense(5), relu(), dense(3), relu(), dense(1)] });
    assert_eq!(taken(chain.clone(), json!(null)).unwrap(), ["layers.2.weight 5 4", "layers.4.weight 3 5"]);
    let named = json!(["layers.6.weight", "layers.0.weight", "layers.6.weight"]);
    assert_eq!(taken(chain.clone(), named).unwrap(), ["layers.0.weight 4 2", "layers.6.weight 1 3"]);
    let wrong = taken(chain, json!(["layers.0.bias"])).unwrap_err().message;
    assert!(wrong.contains("optimizer.parameters: expected some of layers.0.weight, "), "{wrong}");
    let shallow = json!({ "input": 2, "layers": [dense(4), relu(), dense(1)] });
    let wrong = taken(shallow, json!(null)).unwrap_err().message;
    assert!(wrong.contains("name weights in optimizer.parameters, or take adamw"), "{wrong}");
    // What comes first and last inside of a container is between others where the container is.
    let residual = json!({ "type": "residual", "layers": [dense(4), relu(), dense(4)] });
    let inner = ["layers.1.layers.0.weight 4 4", "layers.1.layers.2.weight 4 4"];
    assert_eq!(taken(json!({ "input": 2, "layers": [dense(4), residual, dense(1)] }), json!(null)).unwrap(), inner);
    let branch = || json!([dense(4), relu(), dense(5), relu(), dense(3)]);
    let branches = json!({ "type": "branches", "branches": [branch(), branch()] });
    let own = ["layers.0.branches.0.2.weight 5 4", "layers.0.branches.1.2.weight 5 4"];
    assert_eq!(taken(json!({ "input": 2, "layers": [branches] }), json!(null)).unwrap(), own);
    // Queries, keys and values are matrices of their own; a table of positions is none.
    let transformer = json!({ "input": [3, 2], "layers": [
        dense(4), { "type": "positions", "encoding": "learned" }, { "type": "attention", "heads": 2 },
        { "type": "flatten" }, dense(1),
    ] });
    let projection = "layers.2.in_proj_weight 4 4";
    let expected = [projection, projection, projection, "layers.2.out_proj.weight 4 4"];
    assert_eq!(taken(transformer, json!(null)).unwrap(), expected);
    let conv = || json!({ "type": "conv2d", "filters": 3, "kernel": 2 });
    let images = json!({ "input": [2, 4, 4], "layers": [conv(), conv(), { "type": "flatten" }, dense(1)] });
    assert_eq!(taken(images, json!(null)).unwrap(), ["layers.1.weight 3 12"]);
}
