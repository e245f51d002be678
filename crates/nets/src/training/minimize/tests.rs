use super::*;
use base::Code;
use serde_json::Value;
use std::f64::consts::TAU;

/// A function with its derivatives, which counts evaluations and may be told to stop after so many.
struct Function<F> {
    f: F,
    evaluations: usize,
    most: usize,
}

impl<F: Fn(&[f64], &mut [f64]) -> f64> Problem for Function<F> {
    fn value(&mut self, x: &[f64]) -> f64 {
        self.evaluations += 1;
        (self.f)(x, &mut vec![0.0; x.len()])
    }
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        self.evaluations += 1;
        (self.f)(x, gradient)
    }
    fn stopped(&self) -> bool {
        self.evaluations > self.most
    }
}

fn function<F: Fn(&[f64], &mut [f64]) -> f64>(f: F) -> Function<F> {
    Function { f, evaluations: 0, most: usize::MAX }
}

/// sum 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, its minimum 0 at (1, ..., 1).
fn rosenbrock(x: &[f64], gradient: &mut [f64]) -> f64 {
    gradient.fill(0.0);
    (0..x.len() - 1)
        .map(|i| {
            let (a, b) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
            gradient[i] += -400.0 * a * x[i] - 2.0 * b;
            gradient[i + 1] += 200.0 * a;
            100.0 * a * a + b * b
        })
        .sum()
}

/// 10 n + sum x^2 - 10 cos 2 pi x: a local minimum near every integer, 0 at the origin.
fn rastrigin(x: &[f64], gradient: &mut [f64]) -> f64 {
    gradient.iter_mut().zip(x).for_each(|(g, x)| *g = 2.0 * x + 10.0 * TAU * (TAU * x).sin());
    x.iter().map(|x| 10.0 + x * x - 10.0 * (TAU * x).cos()).sum()
}

fn run(method: &mut dyn Method, problem: &mut dyn Problem, x: &mut Vec<f64>, steps: u64) -> (u64, Outcome) {
    for step in 0..steps {
        let outcome = method.step(problem, x, step);
        if outcome != Outcome::Moved {
            return (step, outcome);
        }
    }
    (steps, Outcome::Moved)
}

fn method(kind: &str, n: usize) -> Box<dyn Method> {
    MethodSpec::from_json(&format!(r#"{{ "type": "{kind}" }}"#)).unwrap().build(n, 3)
}

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../../../../test/fixtures/minimize.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn rosenbrock_is_solved_in_about_as_many_steps_as_by_scipy() {
    let reference = &fixture()["rosenbrock"];
    for kind in ["bfgs", "lbfgs", "powell"] {
        let mut x = numbers(&reference["start"]);
        let mut problem = function(rosenbrock);
        let spec = match kind {
            "powell" => MethodSpec::from_json(r#"{ "type": "powell", "tolerance": 1e-10 }"#).unwrap(),
            _ => MethodSpec::from_json(&format!(r#"{{ "type": "{kind}" }}"#)).unwrap(),
        };
        let theirs = reference[kind]["iterations"].as_u64().unwrap();
        let (steps, _) = run(&mut *spec.build(4, 0), &mut problem, &mut x, 2 * theirs);
        assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-8), "{kind}: {x:?} after {steps} steps, SciPy took {theirs}");
    }
}

#[test]
fn a_convex_problem_ends_where_scipy_and_pytorch_end() {
    // Logistic regression with a ridge: one minimum.
    let reference = &fixture()["logistic"];
    let (points, labels) = (numbers(&reference["points"]), numbers(&reference["labels"]));
    let f = |b: &[f64], gradient: &mut [f64]| {
        let n = labels.len() as f64;
        gradient.iter_mut().zip(b).for_each(|(g, b)| *g = 0.1 * b);
        let mut sum = 0.05 * dot(b, b);
        for (x, y) in points.chunks(3).zip(&labels) {
            let z = dot(x, b);
            sum += (z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z) / n;
            let slope = 1.0 / (1.0 + (-z).exp()) - y;
            gradient.iter_mut().zip(x).for_each(|(g, x)| *g += slope * x / n);
        }
        sum
    };
    for (kind, theirs, tolerance) in
        [("bfgs", "scipyBfgs", 1e-7), ("lbfgs", "torchLbfgs", 1e-7), ("powell", "scipyPowell", 1e-5)]
    {
        let mut x = vec![0.0; 3];
        run(&mut *method(kind, 3), &mut function(f), &mut x, 60);
        let expected = numbers(&reference[theirs]["x"]);
        assert!(x.iter().zip(&expected).all(|(a, b)| (a - b).abs() < tolerance), "{kind}: {x:?} {expected:?}");
        let value = reference[theirs]["value"].as_f64().unwrap();
        assert!((function(f).value(&x) - value).abs() < 1e-12, "{kind}");
    }
    // The swarm knows no derivatives and stops at its resolution.
    let mut x = vec![0.0; 3];
    run(&mut *method("particleSwarm", 3), &mut function(f), &mut x, 200);
    let expected = numbers(&reference["scipyBfgs"]["x"]);
    assert!(x.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{x:?}");
}

#[test]
fn a_swarm_leaves_local_minima_that_hold_the_others() {
    let start = [3.2, -2.1];
    for seed in 0..5 {
        let spec = MethodSpec::from_json(r#"{ "type": "particleSwarm", "spread": 3 }"#).unwrap();
        let mut x = start.to_vec();
        run(&mut *spec.build(2, seed), &mut function(rastrigin), &mut x, 200);
        assert!(x.iter().all(|x| x.abs() < 1e-6), "seed {seed}: {x:?}");
    }
    let mut x = vec![3.0, -2.0];
    let (_, outcome) = run(&mut *method("bfgs", 2), &mut function(rastrigin), &mut x, 100);
    // Local minima lie a little inside the integers: at 2.985 and -1.990.
    assert!((x[0] - 2.9849).abs() < 1e-3 && (x[1] + 1.9899).abs() < 1e-3, "{x:?}");
    assert_eq!(outcome, Outcome::Stalled);
}

#[test]
fn a_state_goes_on_with_the_same_bits() {
    for kind in MethodSpec::NAMES {
        let mut whole = vec![-1.2, 1.0, 0.3];
        run(&mut *method(kind, 3), &mut function(rosenbrock), &mut whole, 9);
        let mut cut = vec![-1.2, 1.0, 0.3];
        let mut first = method(kind, 3);
        run(&mut *first, &mut function(rosenbrock), &mut cut, 4);
        let mut second = method(kind, 3);
        second.restore(first.state()).unwrap();
        (4..9).for_each(|step| {
            second.step(&mut function(rosenbrock), &mut cut, step);
        });
        assert_eq!(whole, cut, "{kind}");
        let error = method(kind, 2).restore(first.state()).unwrap_err();
        assert_eq!(error.code, Code::InvalidShape, "{kind}");
        // The state of a method that has not begun.
        assert!(method(kind, 3).restore(vec![]).is_err());
    }
}

#[test]
fn a_step_that_is_given_up_changes_nothing() {
    for kind in MethodSpec::NAMES {
        let mut x = vec![-1.2, 1.0, 0.3];
        let mut one = method(kind, 3);
        let mut problem = function(rosenbrock);
        run(&mut *one, &mut problem, &mut x, 3);
        let (before, state) = (x.clone(), one.state());
        // The first evaluation of the step is one too many.
        problem.most = problem.evaluations;
        assert_eq!(one.step(&mut problem, &mut x, 3), Outcome::Stopped, "{kind}");
        assert_eq!((x, one.state()), (before, state), "{kind}");
    }
}

#[test]
fn values_that_are_not_finite_are_left_again() {
    // ln x + 1/x has its minimum at 1 and is NaN below 0; the first step from 0.05 tries far beyond.
    let f = |x: &[f64], gradient: &mut [f64]| {
        gradient[0] = 1.0 / x[0] - 1.0 / (x[0] * x[0]);
        x[0].ln() + 1.0 / x[0]
    };
    for kind in MethodSpec::NAMES {
        let mut x = vec![2.5];
        let (_, outcome) = run(&mut *method(kind, 1), &mut function(f), &mut x, 100);
        assert!((x[0] - 1.0).abs() < 1e-3 && outcome != Outcome::Diverged, "{kind}: {x:?} {outcome:?}");
        let mut x = vec![-1.0];
        let outcome = method(kind, 1).step(&mut function(|_, _| f64::NAN), &mut x, 0);
        assert_eq!(outcome, Outcome::Diverged, "{kind}");
    }
}

#[test]
fn wrong_constants_are_named() {
    for (text, part) in [
        (r#"{ "type": "lbfgs", "history": 0 }"#, "optimizer.history: expected a positive integer, got 0"),
        (r#"{ "type": "bfgs", "c2": 1e-5 }"#, "optimizer.c2"),
        (r#"{ "type": "powell", "tolerance": 0 }"#, "optimizer.tolerance"),
        (r#"{ "type": "particleSwarm", "spread": -1 }"#, "optimizer.spread"),
        (r#"{ "type": "lbfgs", "learningRate": 1 }"#, "there is no \"learningRate\""),
    ] {
        let message = MethodSpec::from_json(text).unwrap_err().message;
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}
