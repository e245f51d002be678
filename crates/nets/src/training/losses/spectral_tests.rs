//! The spectral losses against the DFT's definition and against finite differences.

use super::*;
use crate::engine::Samples;
use crate::engine::block::Block;
use crate::engine::loss::{Loss, Outputs};
use crate::network::shapes::resolve;
use crate::network::spec::NetworkSpec;
use base::{Code, Random, Stream};
use compute::SimdPath;
use proptest::prelude::*;
use std::f64::consts::{PI, TAU};

fn evaluate(loss: &dyn Loss<f64>, values: &[f64], width: usize, gradient: Option<&mut Vec<f64>>) -> f64 {
    let block = Block::new::<f64>(&[width]);
    let n = values.len() / width;
    let mut packed = vec![0.0; n * block.sample()];
    block.pack(values, &mut packed);
    let samples = Samples::Range(0..n);
    let (path, coefficients, slopes) = (SimdPath::current(), &[][..], None);
    let outputs = Outputs { path, block, values: &packed, copies: 1, samples, batch: n, coefficients, slopes };
    let Some(gradient) = gradient else { return loss.evaluate(&outputs, None) };
    let mut slopes = vec![0.0; packed.len()];
    let value = loss.evaluate(&outputs, Some(&mut slopes));
    gradient.resize(values.len(), 0.0);
    block.unpack(&slopes, gradient);
    value
}

/// Central differences against the gradient, both of `f`.
fn slopes_agree(values: &[f64], gradient: &[f64], tolerance: f64, f: impl Fn(&[f64]) -> f64) {
    for place in 0..values.len() {
        let h = 1e-5;
        let mut moved = values.to_vec();
        moved[place] += h;
        let up = f(&moved);
        moved[place] -= 2.0 * h;
        let slope = (up - f(&moved)) / (2.0 * h);
        assert!((slope - gradient[place]).abs() < tolerance, "{place}: {slope} {}", gradient[place]);
    }
}

fn gradient_is_right(loss: &dyn Loss<f64>, values: &[f64], width: usize) {
    let mut gradient = Vec::new();
    let value = evaluate(loss, values, width, Some(&mut gradient));
    assert_eq!(value, evaluate(loss, values, width, None));
    slopes_agree(values, &gradient, 1e-8, |moved| evaluate(loss, moved, width, None));
}

#[test]
fn gradients_agree_with_finite_differences() {
    let mut random = Random::new(5, Stream::Data(0));
    for (n, width) in [(12, 1), (11, 3), (4, 16)] {
        let (values, targets) = (random.normals(n * width), random.normals(n * width));
        for along in [Along::Samples, Along::Outputs] {
            let loss = Smoothness::new(targets.clone(), 0.7, 0.5, along).unwrap();
            gradient_is_right(&loss, &values, width);
        }
    }
    for (pairs, width) in [(1, 5), (3, 8), (4, 7)] {
        let values = random.normals(2 * pairs * width);
        gradient_is_right(&PhaseContrastive::new(0.4).unwrap(), &values, width);
    }
}

#[test]
fn the_ratio_is_that_of_the_tones() {
    // Tones at 4 and 28 of 64 (Nyquist at 32), amplitudes 3 and 1, on a constant: 1 / (9 + 1) of the power is high.
    let n = 64;
    let tone = |k: f64, i: usize| (TAU * k * i as f64 / n as f64).cos();
    let signal: Vec<f64> = (0..n).map(|i| 5.0 + 3.0 * tone(4.0, i) + tone(28.0, i)).collect();
    for (along, width) in [(Along::Samples, 1), (Along::Outputs, n)] {
        let loss = Smoothness::new(signal.clone(), 2.0, 0.75, along).unwrap();
        assert!((evaluate(&loss, &signal, width, None) - 0.2).abs() < 1e-12);
        let parts = Loss::<f64>::parts(&loss, &Samples::Range(0..1));
        assert!(parts[0] == ("mse", 0.0) && parts[1].0 == "highFrequency" && (parts[1].1 - 0.1).abs() < 1e-12);
    }
    let constant = Smoothness::new(vec![0.0; n], 1.0, 0.5, Along::Samples).unwrap();
    assert!((evaluate(&constant, &vec![2.0; n], 1, None) - 4.0).abs() < 1e-12);
    assert!(evaluate(&constant, &vec![f64::NAN; n], 1, None).is_nan());
}

#[test]
fn the_contrast_is_between_phases_alone() {
    // One pair has no negatives: the loss is 0. Two equal pairs: ln 2.
    let loss = PhaseContrastive::new(0.1).unwrap();
    let mut random = Random::new(6, Stream::Data(0));
    let u = random.normals(8);
    let pair = [u.clone(), u.clone()].concat();
    assert!(evaluate(&loss, &pair, 8, None).abs() < 1e-12);
    let same = [pair.clone(), pair].concat();
    assert!((evaluate(&loss, &same, 8, None) - 2f64.ln()).abs() < 1e-12);
    // Views that agree and pairs that do not: by the definition, with the DFT written out.
    let rows: Vec<Vec<f64>> = (0..6).map(|_| random.normals(8)).collect();
    let phase = |row: &[f64], k: usize| {
        let angle = |i: usize| -TAU * (k * i) as f64 / 8.0;
        let re: f64 = row.iter().enumerate().map(|(i, x)| x * angle(i).cos()).sum();
        let im: f64 = row.iter().enumerate().map(|(i, x)| x * angle(i).sin()).sum();
        im.atan2(re)
    };
    let similarity =
        |a: usize, b: usize| (0..8).map(|k| (phase(&rows[a], k) - phase(&rows[b], k)).cos()).sum::<f64>() / 8.0;
    let expected: f64 = (0..3)
        .map(|i| {
            let down: f64 = (0..3).map(|j| (similarity(j, 3 + i) / 0.1).exp()).sum();
            let across: f64 = (0..3).map(|j| (similarity(i, 3 + j) / 0.1).exp()).sum();
            (down.ln() + across.ln() - 2.0 * similarity(i, 3 + i) / 0.1) / 6.0
        })
        .sum();
    assert!((evaluate(&loss, &rows.concat(), 8, None) - expected).abs() < 1e-9);
    let louder: Vec<f64> = rows.concat().iter().enumerate().map(|(i, x)| x * (1.0 + (i / 8) as f64)).collect();
    assert!((evaluate(&loss, &louder, 8, None) - expected).abs() < 1e-9);
}

fn penalty(layers: serde_json::Value, input: serde_json::Value, cutoff: f64) -> (WeightSpectrum, usize) {
    let spec = serde_json::json!({ "input": input, "layers": layers });
    let network = resolve(&NetworkSpec::from_json(&spec.to_string()).unwrap()).unwrap();
    let spec = PenaltySpec::WeightSpectrum { alpha: 1.0, cutoff, parameters: None };
    (WeightSpectrum::new(&spec, &network).unwrap(), network.parameter_count())
}

#[test]
fn weights_are_taken_as_images() {
    let dense = serde_json::json!([{ "type": "dense", "units": 6, "bias": false }]);
    let (penalty_of_dense, count) = penalty(dense, 8.into(), 0.5);
    // A checkerboard lies at the highest frequency, a constant at zero; half and half by power.
    let board = |i: usize| if (i / 8 + i % 8).is_multiple_of(2) { 1.0 } else { -1.0 };
    let of = |f: &dyn Fn(usize) -> f64| {
        let weight: Vec<f64> = (0..count).map(f).collect();
        penalty_of_dense.evaluate(&weight, |_, _, _| {})
    };
    assert!((of(&board) - 1.0).abs() < 1e-12 && of(&|_| 1.0).abs() < 1e-12 && of(&|_| 0.0) == 0.0);
    assert!((of(&|i| 3.0 + 3.0 * board(i)) - 0.5).abs() < 1e-12);
    // A kernel of one entry has a flat spectrum: the share of the 16 x 16 frequencies beyond the edge.
    let conv = serde_json::json!([{ "type": "conv2d", "filters": 1, "kernel": 3, "bias": false }]);
    let (of_kernel, _) = penalty(conv, serde_json::json!([1, 5, 5]), 0.5);
    let mut kernel = [0.0; 9];
    kernel[4] = -2.0;
    let distance = |k: usize| k.min(16 - k) as f64 / 16.0;
    let beyond = (0..256).filter(|i| distance(i / 16).hypot(distance(i % 16)) > 0.25 + 1e-9).count();
    assert!((of_kernel.evaluate(&kernel, |_, _, _| {}) - beyond as f64 / 256.0).abs() < 1e-12);
}

#[test]
fn independent_weights_have_the_stated_share() {
    let layers = serde_json::json!([{ "type": "dense", "units": 128, "bias": false }]);
    let (penalty, count) = penalty(layers, 128.into(), 0.5);
    let ratio = penalty.evaluate(&Random::new(7, Stream::Data(0)).normals(count), |_, _, _| {});
    // The standard deviation over 16,384 entries is about 0.004.
    assert!((ratio - (1.0 - PI * 0.25 / 4.0)).abs() < 0.02);
}

#[test]
fn constants_are_checked() {
    let code = |result: base::Result<Smoothness<f64>>| result.unwrap_err().message;
    assert!(code(Smoothness::new(vec![], -1.0, 0.5, Along::Samples)).contains("loss.alpha"));
    for cutoff in [0.0, 1.0, f64::NAN] {
        assert!(code(Smoothness::new(vec![], 1.0, cutoff, Along::Samples)).contains("loss.cutoff"));
    }
    assert_eq!(PhaseContrastive::new(0.0).unwrap_err().code, Code::InvalidArgument);
}

proptest! {
    #[test]
    fn the_penalty_ignores_scale_and_its_gradient_is_right(seed in 0u64..1000, scale in 0.1f64..10.0, cutoff in 0.05f64..0.95) {
        let layers = serde_json::json!([
            { "type": "conv2d", "filters": 2, "kernel": [2, 3] },
            { "type": "flatten" },
            { "type": "dense", "units": 3 },
        ]);
        let (penalty, count) = penalty(layers, serde_json::json!([2, 3, 4]), cutoff);
        let weights = Random::new(seed, Stream::Data(0)).normals(count);
        let mut gradient = vec![0.0; count];
        let starts = [0, usize::MAX, 26];
        let ratio = penalty.evaluate(&weights, |parameter, i, slope| gradient[starts[parameter] + i] += slope);
        prop_assert!((0.0..=2.0).contains(&ratio));
        let scaled: Vec<f64> = weights.iter().map(|w| scale * w).collect();
        let same = penalty.evaluate(&scaled, |_, _, _| ());
        prop_assert!((same - ratio).abs() < 1e-12);
        slopes_agree(&weights, &gradient, 1e-6, |moved| penalty.evaluate(moved, |_, _, _| {}));
    }
}
