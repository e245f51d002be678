use super::*;
use base::{Code, Control, Random, Stream};
use linalg::{Matrix, product};

fn normals(n: usize, m: usize, seed: u64) -> Matrix<f64> {
    Matrix::from_rows(n, m, Random::new(seed, Stream::Data(0)).normals(n * m)).unwrap()
}

/// A linear model on random features: training it step by step is the oracle for everything here.
struct Linear {
    train: Matrix<f64>,
    test: Matrix<f64>,
    theta: Matrix<f64>,
    y: Matrix<f64>,
}

impl Linear {
    fn new(features: usize) -> Self {
        Linear {
            train: normals(6, features, 1),
            test: normals(4, features, 2),
            theta: normals(features, 2, 3),
            y: normals(6, 2, 4),
        }
    }
    fn flow(&self) -> GradientFlow {
        let k = product::gram(&self.train, 1);
        let start = product::matmul(&self.train, &self.theta, 1).unwrap();
        GradientFlow::new(&k, &self.y, Some(&start), 12, 1).unwrap()
    }
    fn descend(&self, rate: f64, momentum: f64, steps: usize) -> [Matrix<f64>; 2] {
        let (mut theta, mut velocity) = (self.theta.clone(), Matrix::<f64>::zeros(self.theta.rows, 2));
        for _ in 0..steps {
            let mut r = product::matmul(&self.train, &theta, 1).unwrap();
            r.data.iter_mut().zip(&self.y.data).for_each(|(h, y)| *h = 2.0 / 12.0 * (*h - y));
            let g = product::matmul_tn(&self.train, &r, 1).unwrap();
            for e in 0..theta.data.len() {
                velocity.data[e] = momentum * velocity.data[e] + g.data[e];
                theta.data[e] -= rate * velocity.data[e];
            }
        }
        [&self.train, &self.test].map(|x| product::matmul(x, &theta, 1).unwrap())
    }
    fn predicted(&self, evolution: Evolution) -> [Matrix<f64>; 2] {
        let cross = product::matmul_nt(&self.test, &self.train, 1).unwrap();
        let start = product::matmul(&self.test, &self.theta, 1).unwrap();
        let flow = self.flow();
        [flow.train(evolution).unwrap(), flow.test(evolution, &cross, Some(&start)).unwrap()]
    }
}

fn close(a: &Matrix<f64>, b: &Matrix<f64>, tolerance: f64) {
    assert_eq!((a.rows, a.cols), (b.rows, b.cols));
    for (x, y) in a.data.iter().zip(&b.data) {
        assert!((x - y).abs() <= tolerance, "{x} {y}");
    }
}

#[test]
fn descent_is_what_training_the_linear_model_gives() {
    // 9 features: K has full rank; 3: it is singular, and half of every residual never moves.
    for features in [9, 3] {
        let model = Linear::new(features);
        for momentum in [0.0, 0.9] {
            let rate = 0.3 * model.flow().largest_learning_rate(momentum);
            for steps in [0, 1, 2, 57] {
                let got = model.predicted(Evolution::Descent { learning_rate: rate, momentum, steps: steps as u64 });
                let want = model.descend(rate, momentum, steps);
                close(&got[0], &want[0], 1e-10);
                close(&got[1], &want[1], 1e-10);
            }
        }
    }
}

#[test]
fn flow_is_the_limit_of_small_steps_and_ends_in_regression() {
    let model = Linear::new(9);
    let rate = 1e-3 * model.flow().largest_learning_rate(0.0);
    let got = model.predicted(Evolution::Flow { time: rate * 2000.0 });
    let want = model.descend(rate, 0.0, 2000);
    close(&got[0], &want[0], 1e-2);
    close(&got[1], &want[1], 1e-2);
    let k = product::gram(&model.train, 1);
    let cross = product::matmul_nt(&model.test, &model.train, 1).unwrap();
    let zero = GradientFlow::new(&k, &model.y, None, 12, 1).unwrap();
    let end = zero.test(Evolution::Flow { time: f64::INFINITY }, &cross, None).unwrap();
    close(&end, &kernel_regression(&k, &model.y, Some(&cross), 0.0, 1).unwrap().prediction, 1e-9);
    close(&zero.train(Evolution::Flow { time: f64::INFINITY }).unwrap(), &model.y, 1e-10);
}

#[test]
fn a_zero_eigenvalue_never_moves() {
    let k = Matrix::from_rows(2, 2, vec![1.0, 1.0, 1.0, 1.0]).unwrap();
    let y = Matrix::from_rows(2, 1, vec![1.0, -1.0]).unwrap();
    let flow = GradientFlow::new(&k, &y, None, 2, 1).unwrap();
    for time in [0.0, 1.0, f64::INFINITY] {
        close(&flow.train(Evolution::Flow { time }).unwrap(), &Matrix::zeros(2, 1), 1e-15);
    }
    assert_eq!(flow.rates()[0], 0.0);
}

#[test]
fn the_largest_learning_rate_separates_decay_from_growth() {
    let model = Linear::new(9);
    let flow = model.flow();
    for momentum in [0.0, 0.7] {
        let limit = flow.largest_learning_rate(momentum);
        let left = |f: f64| {
            let e = Evolution::Descent { learning_rate: f * limit, momentum, steps: 4000 };
            flow.remaining(e).unwrap().last().unwrap().abs()
        };
        assert!(left(0.99) < 1e-3 && left(1.01) > 1e3, "{momentum}: {} {}", left(0.99), left(1.01));
    }
}

#[test]
fn leave_one_out_is_leaving_one_out() {
    let k = product::gram(&normals(7, 12, 5), 1);
    let y = normals(7, 2, 6);
    let got = leave_one_out(&k, &y, 0.1, 1).unwrap();
    for i in 0..7 {
        let keep: Vec<usize> = (0..7).filter(|j| *j != i).collect();
        let inner = Matrix::from_fn(6, 6, |a, b| k.at(keep[a], keep[b]));
        let cross = Matrix::from_fn(1, 6, |_, b| k.at(i, keep[b]));
        let rest = Matrix::from_fn(6, 2, |a, c| y.at(keep[a], c));
        let want = kernel_regression(&inner, &rest, Some(&cross), 0.1, 1).unwrap().prediction;
        assert!((got.at(i, 0) - want.at(0, 0)).abs() < 1e-10 && (got.at(i, 1) - want.at(0, 1)).abs() < 1e-10);
    }
    let singular = Matrix::from_fn(3, 3, |_, _| 1.0);
    assert_eq!(leave_one_out(&singular, &normals(3, 1, 1), 0.0, 1).unwrap_err().code, Code::InvalidArgument);
}

#[test]
fn a_gaussian_process_of_one_point_is_conditioning() {
    let one = |v: f64| Matrix::from_rows(1, 1, vec![v]).unwrap();
    let gp = gaussian_process(&one(2.0), &one(3.0), &one(0.5), &one(1.5), 0.5, 1).unwrap();
    assert!((gp.mean.data[0] - 0.5 / 2.5 * 3.0).abs() < 1e-15);
    assert!((gp.covariance.data[0] - (1.5 - 0.25 / 2.5)).abs() < 1e-15);
    let want = -0.5 * (9.0 / 2.5 + 2.5f64.ln() + std::f64::consts::TAU.ln());
    assert!((gp.log_likelihood - want).abs() < 1e-14);
}

#[test]
fn an_ensemble_at_time_zero_is_the_prior_and_its_mean_is_the_flow() {
    let model = Linear::new(9);
    let (k, q) = (product::gram(&model.train, 1), product::gram(&model.train, 1));
    let cross = product::matmul_nt(&model.test, &model.train, 1).unwrap();
    let test = product::gram(&model.test, 1);
    let flow = GradientFlow::new(&k, &model.y, None, 12, 1).unwrap();
    let at = |time| flow.ensemble(Evolution::Flow { time }, &cross, [&q, &cross, &test]).unwrap();
    close(&at(0.0).covariance, &test, 1e-12);
    // The NNGP equal to the NTK: at infinity it is Gaussian process regression without noise.
    let gp = gaussian_process(&k, &model.y, &cross, &test, 0.0, 1).unwrap();
    close(&at(f64::INFINITY).covariance, &gp.covariance, 1e-9);
    close(&at(f64::INFINITY).mean, &gp.mean, 1e-9);
}

#[test]
fn cross_entropy_flow_follows_small_steps_and_conserves() {
    let k = product::gram(&normals(5, 8, 7), 1);
    let labels = Matrix::from_fn(5, 3, |i, j| if i % 3 == j { 1.0 } else { 0.0 });
    let flow = ClassificationFlow {
        kernel: &k,
        labels: &labels,
        initial: None,
        cross: Some(&k),
        initial_cross: None,
        tolerance: 1e-9,
    };
    let got = flow.at(&[0.5, 2.0], &Control::none()).unwrap();
    // Test points that are the training points follow them exactly.
    close(&got.train[1], &got.test[1], 1e-14);
    // Heun's rule with 40,000 steps: error of order 1e-9.
    let (steps, mut h) = (40_000, Matrix::zeros(5, 3));
    let size = 2.0 / f64::from(steps);
    let slope = |h: &Matrix<f64>| {
        let force = Matrix::from_fn(5, 3, |i, j| {
            let total: f64 = h.row(i).iter().map(|v| v.exp()).sum();
            (labels.at(i, j) - h.at(i, j).exp() / total) / 5.0
        });
        product::matmul(&k, &force, 1).unwrap()
    };
    for _ in 0..steps {
        let a = slope(&h);
        let guess = Matrix::from_fn(5, 3, |i, j| h.at(i, j) + size * a.at(i, j));
        let b = slope(&guess);
        h = Matrix::from_fn(5, 3, |i, j| h.at(i, j) + 0.5 * size * (a.at(i, j) + b.at(i, j)));
    }
    close(&got.train[1], &h, 1e-6);
}

#[test]
fn the_smoother_stays_inside_the_data() {
    let weights = Matrix::from_rows(2, 3, vec![1.0, 0.0, 3.0, 0.2, 0.2, 0.2]).unwrap();
    let y = Matrix::from_rows(3, 1, vec![1.0, 2.0, 5.0]).unwrap();
    close(
        &nadaraya_watson(&weights, &y, 1, &Control::none()).unwrap(),
        &Matrix::from_rows(2, 1, vec![4.0, 8.0 / 3.0]).unwrap(),
        1e-14,
    );
    let bad = Matrix::from_rows(1, 3, vec![1.0, -0.1, 1.0]).unwrap();
    assert_eq!(nadaraya_watson(&bad, &y, 1, &Control::none()).unwrap_err().code, Code::InvalidArgument);
    let aborted = Control::none();
    aborted.abort();
    assert_eq!(nadaraya_watson(&weights, &y, 1, &aborted).unwrap_err().code, Code::Aborted);
}

#[test]
fn what_a_linear_model_does_is_what_its_kernel_predicts() {
    use crate::waves::Waves;
    let model = Linear::new(9);
    let flow = model.flow();
    let rate = 0.3 * flow.largest_learning_rate(0.0);
    let steps = [0, 3, 40];
    let evolutions = steps.map(|k| Evolution::Descent { learning_rate: rate, momentum: 0.0, steps: k });
    let outputs = steps.map(|k| model.descend(rate, 0.0, k as usize)[0].clone());
    let points = Matrix::from_fn(6, 1, |i, _| i as f64 / 6.0);
    let waves = Waves::new(&points, &Matrix::from_rows(3, 1, vec![0.0, 1.0, 2.0]).unwrap(), 1).unwrap();
    let got = compare(&flow, &evolutions, &outputs, Some(&waves), &Control::none()).unwrap();
    close(&got.predicted, &got.measured, 1e-10);
    close(&got.predicted_waves, &got.measured_waves, 1e-10);
    assert!(got.distance.iter().all(|d| *d < 1e-10));
    // Against the sums written out, at the second record and frequency 1.
    let r = Matrix::from_fn(6, 2, |i, c| outputs[1].at(i, c) - model.y.at(i, c));
    let part = |wave: fn(f64) -> f64, c: usize| -> f64 {
        (0..6).map(|i| wave(std::f64::consts::TAU * i as f64 / 6.0) * r.at(i, c)).sum::<f64>() / 6.0
    };
    let squares: f64 =
        [part(f64::cos, 0), part(f64::sin, 0), part(f64::cos, 1), part(f64::sin, 1)].map(|v| v * v).iter().sum();
    assert!((got.measured_waves.at(1, 1) - squares.sqrt()).abs() < 1e-14);
    let without = compare(&flow, &evolutions, &outputs, None, &Control::none()).unwrap();
    assert_eq!((without.measured_waves.cols, without.target_waves.len()), (0, 0));
    let wrong = compare(&flow, &evolutions[..2], &outputs, None, &Control::none());
    assert_eq!(wrong.unwrap_err().code, Code::InvalidShape);
}

#[test]
fn arguments_are_named() {
    let k = Matrix::<f64>::identity(3);
    let y = Matrix::zeros(3, 1);
    let flow = GradientFlow::new(&k, &y, None, 3, 1).unwrap();
    assert!(flow.train(Evolution::Flow { time: -1.0 }).unwrap_err().message.starts_with("t: "));
    let bad = Evolution::Descent { learning_rate: 0.0, momentum: 0.0, steps: 1 };
    assert!(flow.train(bad).unwrap_err().message.starts_with("learningRate: "));
    assert_eq!(flow.test(Evolution::Flow { time: 1.0 }, &k.clone(), Some(&k)).unwrap_err().code, Code::InvalidShape);
    assert_eq!(GradientFlow::new(&k, &Matrix::zeros(2, 1), None, 3, 1).unwrap_err().code, Code::InvalidShape);
}
