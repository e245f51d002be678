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
        (
            r#"{ "type": "sgd", "learningRate": 1, "schedule": { "type": "step", "every": 0, "factor": 1 } }"#,
            "positive number of steps",
        ),
    ] {
        let message = Optimizer::from_json(text).unwrap_err().message;
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}
