use super::*;
use crate::training::losses::{RowLoss, TargetData};
use crate::{Array, NetworkSpec, ResolvedNetwork, Weights, resolve};
use base::Control;
use proptest::prelude::*;

/// `logits = W x` with rows of W given.
fn linear(rows: &[[f64; 2]]) -> (ResolvedNetwork, Weights<f64>) {
    let json = format!(r#"{{"input": 2, "layers": [{{"type": "dense", "units": {}, "bias": false}}]}}"#, rows.len());
    let network = resolve(&NetworkSpec::from_json(&json).unwrap()).unwrap();
    let mut weights = Weights::draw(&network, 1).unwrap();
    let values = Array::f64(rows.concat(), &[rows.len(), 2]);
    weights.set(&network, &[("layers.0.weight".into(), values)]).unwrap();
    (network, weights)
}

#[test]
fn the_gradient_of_a_linear_classifier_is_the_weights_by_the_error_of_its_probabilities() {
    let w = [[1.0, -2.0], [0.5, 0.25], [-1.0, 3.0]];
    let (network, weights) = linear(&w);
    let x = [0.3, 0.7, -1.0, 0.2];
    let targets = TargetData::new(&RowLoss::CrossEntropy, 2, &[3], (&[2.0, 0.0], &[2]), None).unwrap();
    let found = loss_gradient(&network, &weights, &x, &RowLoss::CrossEntropy, &targets, 1, &Control::none()).unwrap();
    let aborted = Control::none();
    aborted.abort();
    let stopped = loss_gradient(&network, &weights, &x, &RowLoss::CrossEntropy, &targets, 1, &aborted);
    assert_eq!(stopped.unwrap_err().code, base::Code::Aborted);
    for (i, class) in [2, 0].into_iter().enumerate() {
        let logits = w.map(|row| row[0] * x[2 * i] + row[1] * x[2 * i + 1]);
        let total: f64 = logits.iter().map(|l| l.exp()).sum();
        for j in 0..2 {
            // W^T (softmax - onehot), of this sample alone.
            let slope: f64 =
                (0..3).map(|c| (logits[c].exp() / total - f64::from(u8::from(c == class))) * w[c][j]).sum();
            assert!((found[2 * i + j] - slope).abs() < 1e-14, "{i} {j}");
        }
    }
}

#[test]
fn the_gradient_agrees_with_differences_through_hidden_layers() {
    let json = r#"{"input": 3, "layers": [{"type": "dense", "units": 7}, {"type": "activation", "fn": "tanh"},
        {"type": "dense", "units": 2}]}"#;
    let network = resolve(&NetworkSpec::from_json(json).unwrap()).unwrap();
    let weights = Weights::<f64>::draw(&network, 4).unwrap();
    let (x, y) = ([0.3, -0.4, 0.9], [0.7, -0.1]);
    let targets = TargetData::new(&RowLoss::Mse, 1, &[2], (&y, &[1, 2]), None).unwrap();
    let found = loss_gradient(&network, &weights, &x, &RowLoss::Mse, &targets, 1, &Control::none()).unwrap();
    let loss = |x: [f64; 3]| {
        let h = weights.predict(&network, &x, 1, &Control::none()).unwrap();
        h.iter().zip(&y).map(|(h, y)| (h - y) * (h - y)).sum::<f64>() / 2.0
    };
    for j in 0..3 {
        let at = |h: f64| std::array::from_fn(|i| x[i] + if i == j { h } else { 0.0 });
        let slope = (loss(at(1e-5)) - loss(at(-1e-5))) / 2e-5;
        assert!((found[j] - slope).abs() < 1e-9, "{j}: {} {slope}", found[j]);
    }
}

#[test]
fn a_sample_is_critical_exactly_when_its_box_reaches_over_the_boundary() {
    // Classes apart at x_0 + x_1 = 0: a box of radius r reaches over it from a sum of up to 2 r.
    let (network, weights) = linear(&[[1.0, 1.0], [-1.0, -1.0]]);
    let x = [0.1, 0.05, 0.1, 0.25, -0.15, 0.0, 5.0, 5.0];
    let search = Search { radius: 0.1, step: 0.03, noise: 0.0, iterations: 20, seed: 1 };
    let found = critical_samples(&network, &weights, &x, &search, 1, &Control::none()).unwrap();
    // Sum 0.15: 0.06 a step, over after 3. Sum -0.15: as far on the other side.
    assert_eq!(found, [3, 0, 3, 0]);
    let alone = Search { noise: 0.02, ..search };
    let together = critical_samples(&network, &weights, &x, &alone, 2, &Control::none()).unwrap();
    let first = critical_samples(&network, &weights, &x[..2], &alone, 1, &Control::none()).unwrap();
    assert_eq!(together[0], first[0]);
    let refuse = |search| critical_samples(&network, &weights, &x, &search, 1, &Control::none()).unwrap_err().message;
    assert!(refuse(Search { radius: -1.0, ..search }).contains("radius"));
    let (one, only) = linear(&[[1.0, 1.0]]);
    assert!(critical_samples(&one, &only, &x, &search, 1, &Control::none()).unwrap_err().message.contains("classes"));
}

#[test]
fn information_of_known_tables() {
    let (a, b) = ([0, 0, 1, 1], [0, 1, 0, 1]);
    let xor: Vec<u32> = a.iter().zip(&b).map(|(a, b)| a ^ b).collect();
    assert_eq!(entropy(&a).unwrap(), 1.0);
    assert_eq!(mutual_information(&a, &a).unwrap(), 1.0);
    assert_eq!(mutual_information(&a, &b).unwrap(), 0.0);
    // Neither input tells anything of the exclusive or; with the other it tells all.
    assert_eq!(mutual_information(&a, &xor).unwrap(), 0.0);
    assert_eq!(conditional_mutual_information(&a, &xor, &b).unwrap(), 1.0);
    // A binary symmetric channel that flips a quarter: 1 - H(1/4).
    let (sent, got) = ([0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1, 0]);
    let expected = 1.0 + 0.25 * 0.25f64.log2() + 0.75 * 0.75f64.log2();
    assert!((mutual_information(&sent, &got).unwrap() - expected).abs() < 1e-15);
    assert!(mutual_information(&a, &[]).is_err() && entropy(&[]).is_err());
}

#[test]
fn decisions_and_lines() {
    assert_eq!(decisions(&[0.0, 2.0, 1.0, 3.0, 3.0, -1.0], 3), [1, 0]);
    let points = along_lines(&[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0, 0.0, -1.0], 2, &[-1.0, 2.0]).unwrap();
    assert_eq!(points, [0.0, 2.0, 3.0, 2.0, 3.0, 5.0, 3.0, 2.0]);
    assert!(along_lines(&[1.0], &[1.0, 2.0], 1, &[0.0]).is_err());
}

proptest! {
    #[test]
    fn information_is_symmetric_and_between_zero_and_the_smaller_entropy(
        pairs in prop::collection::vec((0u32..5, 0u32..5, 0u32..3), 1..200),
    ) {
        let list = |f: fn(&(u32, u32, u32)) -> u32| pairs.iter().map(f).collect::<Vec<_>>();
        let (a, b, c) = (list(|p| p.0), list(|p| p.1), list(|p| p.2));
        let shared = mutual_information(&a, &b).unwrap();
        prop_assert!((shared - mutual_information(&b, &a).unwrap()).abs() < 1e-12);
        let least = entropy(&a).unwrap().min(entropy(&b).unwrap());
        prop_assert!((0.0..=least + 1e-12).contains(&shared));
        let constant = vec![7; a.len()];
        prop_assert!((conditional_mutual_information(&a, &b, &constant).unwrap() - shared).abs() < 1e-12);
        prop_assert!(conditional_mutual_information(&a, &b, &c).unwrap() >= 0.0);
    }
}
