use super::*;
use crate::network::shapes::resolve;
use serde_json::json;

fn drawn(spec: serde_json::Value, seed: u64) -> (ResolvedNetwork, Vec<f64>, Vec<f64>) {
    let network = resolve(&NetworkSpec::from_json(&spec.to_string()).unwrap()).unwrap();
    let (parameters, buffers) = draw(&network, seed);
    (network, parameters, buffers)
}

/// Mean, standard deviation and largest magnitude.
fn summary(values: &[f64]) -> [f64; 3] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    [mean, variance.sqrt(), values.iter().fold(0.0, |most: f64, x| most.max(x.abs()))]
}

#[test]
fn every_rule_has_its_scale() {
    // 100 inputs, 400 units: 40,000 weights, so the deviation is known to 0.4 % (a normal one's), the mean to 0.5 %.
    let uniform = |bound: f64| (bound / 3f64.sqrt(), Some(bound));
    let (i, o) = (100.0f64, 400.0f64);
    for (init, (std, bound), (bias_std, bias_bound)) in [
        (json!({ "type": "normal", "std": 0.3 }), (0.3, None), (0.0, Some(0.0))),
        (json!({ "type": "uniform", "bound": 0.3 }), uniform(0.3), (0.0, Some(0.0))),
        (json!("lecun"), (i.powf(-0.5), None), (0.0, Some(0.0))),
        (json!({ "type": "lecun", "distribution": "uniform" }), uniform((3.0 / i).sqrt()), (0.0, Some(0.0))),
        (json!("glorot"), ((2.0 / (i + o)).sqrt(), None), (0.0, Some(0.0))),
        (json!({ "type": "glorot", "distribution": "uniform" }), uniform((6.0 / (i + o)).sqrt()), (0.0, Some(0.0))),
        (json!("he"), ((2.0 / i).sqrt(), None), (0.0, Some(0.0))),
        (json!({ "type": "he", "distribution": "uniform" }), uniform((6.0 / i).sqrt()), (0.0, Some(0.0))),
        (json!("pytorch"), uniform(0.1), uniform(0.1)),
        (json!({ "type": "siren", "omega": 20 }), uniform((6.0 / i).sqrt() / 20.0), uniform(0.1)),
        (json!({ "type": "siren", "first": true }), uniform(0.01), uniform(0.1)),
        (json!("ntk"), (1.0, None), (1.0, None)),
    ] {
        let layer = json!({ "type": "dense", "units": 400, "init": init });
        let (_, values, _) = drawn(json!({ "input": 100, "layers": [layer] }), 3);
        let check = |values: &[f64], std: f64, bound: Option<f64>| {
            let [mean, measured, most] = summary(values);
            let n = values.len() as f64;
            assert!(mean.abs() <= 4.0 * std / n.sqrt(), "{init}: mean {mean}");
            assert!((measured - std).abs() <= 4.0 * std / (2.0 * n).sqrt(), "{init}: deviation {measured} of {std}");
            assert!(
                bound.is_none_or(|bound| most <= bound && most >= 0.95 * bound),
                "{init}: largest {most} of {bound:?}"
            );
        };
        check(&values[..40_000], std, bound);
        check(&values[40_000..], bias_std, bias_bound);
    }
}

#[test]
fn convolutions_count_their_window() {
    let layer = json!({ "type": "conv2d", "filters": 64, "kernel": 3 });
    let (_, values, _) = drawn(json!({ "input": [16, 8, 8], "layers": [layer] }), 3);
    let bound = 1.0 / 144f64.sqrt();
    let [_, std, most] = summary(&values[..9216]);
    assert!(most <= bound && most > 0.99 * bound && (std / (bound / 3f64.sqrt()) - 1.0).abs() < 0.02);
}

#[test]
fn a_bias_rule_and_constants_are_taken_as_they_are() {
    let layer = json!({ "type": "dense", "units": 2, "init": { "type": "constant", "value": 0.5 }, "biasInit": -1 });
    assert_eq!(drawn(json!({ "input": 1, "layers": [layer] }), 0).1, [0.5, 0.5, -1.0, -1.0]);
}

#[test]
fn one_layer_does_not_move_anothers_numbers() {
    let spec = |init: &str| json!({ "input": 4, "layers": [{ "type": "dense", "units": 4, "init": init }, { "type": "dense", "units": 3 }] });
    let ((_, he, _), (_, zeros, _)) = (drawn(spec("he"), 1), drawn(spec("zeros"), 1));
    assert_ne!(he[..20], zeros[..20]);
    assert_eq!(he[20..], zeros[20..]);
    assert_ne!(drawn(spec("he"), 1).1, drawn(spec("he"), 2).1);
}

#[test]
fn ntk_layers_default_to_standard_normal() {
    let layer = json!({ "type": "dense", "units": 400, "parameterization": "ntk" });
    let [_, std, _] = summary(&drawn(json!({ "input": 100, "layers": [layer] }), 3).1);
    assert!((std - 1.0).abs() < 0.015);
}

#[test]
fn sampled_frequencies_have_their_deviation_whatever_the_distribution() {
    for distribution in ["normal", "uniform", "laplace"] {
        let sampled = json!({ "count": 20_000, "distribution": distribution, "scale": 4.0, "seed": 11 });
        let layer = json!({ "type": "fourierFeatures", "frequencies": sampled });
        let spec = json!({ "input": 2, "layers": [layer] });
        let (network, parameters, buffers) = drawn(spec.clone(), 1);
        assert_eq!((parameters.len(), network.buffers[0].shape.clone()), (0, vec![20_000, 2]));
        let [mean, std, _] = summary(&buffers[..40_000]);
        assert!(mean.abs() < 0.08 && (std - 4.0).abs() < 0.1, "{distribution}: {mean} {std}");
        assert!(buffers[40_000..].iter().all(|&a| a == 1.0));
        assert_eq!(buffers, drawn(spec, 2).2, "the layer's own seed");
    }
}

#[test]
fn norms_start_as_the_identity() {
    let spec = json!({ "input": 2, "layers": [{ "type": "layerNorm" }, { "type": "batchNorm" }] });
    let (_, parameters, buffers) = drawn(spec, 1);
    assert_eq!(parameters, [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(buffers, [0.0, 0.0, 1.0, 1.0]);
}
