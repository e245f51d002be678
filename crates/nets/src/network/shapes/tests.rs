use super::*;
use serde_json::json;

fn resolved(spec: serde_json::Value) -> Result<ResolvedNetwork> {
    resolve(&NetworkSpec::from_json(&spec.to_string()).unwrap())
}

fn names(network: &ResolvedNetwork) -> Vec<(&str, &[usize], usize)> {
    network.parameters.iter().map(|p| (p.name.as_str(), p.shape.as_slice(), p.offset)).collect()
}

#[test]
fn names_count_every_entry_of_layers() {
    let network = resolved(json!({ "input": [1, 8, 8], "layers": [
        { "type": "conv2d", "filters": 3, "kernel": 3, "padding": 1 }, { "type": "activation", "fn": "relu" },
        { "type": "maxPool2d", "size": 2 }, { "type": "flatten" }, { "type": "dense", "units": 5 } ] }))
    .unwrap();
    let expected: [(&str, &[usize], usize); 4] = [
        ("layers.0.weight", &[3, 1, 3, 3], 0),
        ("layers.0.bias", &[3], 27),
        ("layers.4.weight", &[5, 48], 30),
        ("layers.4.bias", &[5], 270),
    ];
    assert_eq!(names(&network), expected);
    assert_eq!((network.parameter_count(), network.output_size()), (275, 5));
}

#[test]
fn nested_layers_are_named_by_their_path() {
    let dense = json!({ "type": "dense", "units": 2 });
    let network = resolved(json!({ "input": 2, "layers": [
        { "type": "branches", "combine": "concat", "branches": [[dense], [{ "type": "scale", "factor": 2 }, dense], []] },
        { "type": "residual", "layers": [{ "type": "dense", "units": 6, "bias": false }] },
        { "type": "modulate", "frequency": [1, 0, 0, 0, 0, 0], "layers": [dense] },
        { "type": "fourierFeatures", "frequencies": [[1, 2]] } ] }))
    .unwrap();
    let listed: Vec<_> = network.parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        listed,
        [
            "layers.0.branches.0.0.weight",
            "layers.0.branches.0.0.bias",
            "layers.0.branches.1.1.weight",
            "layers.0.branches.1.1.bias",
            "layers.1.layers.0.weight",
            "layers.2.layers.0.weight",
            "layers.2.layers.0.bias"
        ]
    );
    let buffers: Vec<_> = network.buffers.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(buffers, ["layers.3.frequencies", "layers.3.amplitudes"]);
    assert_eq!(network.layers[0].output, [6]);
    assert_eq!(network.walk().len(), 9);
}

#[test]
fn sizes_follow_pytorch_and_same_follows_tensorflow() {
    // PyTorch: Conv2d(1, 1, (3, 5), stride=2, padding=(1, 0)) on 9 x 12 gives 5 x 4.
    let conv = |extra: serde_json::Value, input: [usize; 3]| {
        let mut layer = json!({ "type": "conv2d", "filters": 1, "kernel": [3, 5] });
        layer.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        resolved(json!({ "input": input, "layers": [layer] })).unwrap().output
    };
    assert_eq!(conv(json!({ "stride": 2, "padding": [1, 0] }), [1, 9, 12]), [1, 5, 4]);
    assert_eq!(conv(json!({ "stride": 2, "padding": "same" }), [1, 9, 12]), [1, 5, 6]);
    assert_eq!(conv(json!({ "padding": "same" }), [1, 2, 12]), [1, 2, 12]);
    assert_eq!(same_padding(4, 2, 1), (0, 1));
    assert_eq!(same_padding(5, 2, 3), (0, 0));
}

#[test]
fn errors_name_the_layer_and_the_shapes() {
    let message = |input: serde_json::Value, layers: serde_json::Value| {
        resolved(json!({ "input": input, "layers": layers })).unwrap_err().message
    };
    let relu = json!({ "type": "activation", "fn": "relu" });
    for (input, layers, parts) in [
        (
            json!([3, 8, 8]),
            json!([relu, { "type": "dense", "units": 2 }]),
            vec!["layers.1 (dense)", "[3, 8, 8]", "flatten"],
        ),
        (
            json!([1, 2, 2]),
            json!([{ "type": "maxPool2d", "size": 3 }]),
            vec!["layers.0 (maxPool2d)", "3 x 3", "[1, 2, 2]"],
        ),
        (
            json!([1, 2, 2]),
            json!([{ "type": "conv2d", "filters": 2, "kernel": 3 }]),
            vec!["layers.0 (conv2d)", "kernel 3 x 3"],
        ),
        (
            json!(4),
            json!([{ "type": "conv2d", "filters": 2, "kernel": 3 }]),
            vec!["layers.0 (conv2d)", "[channels, height, width]", "[4]"],
        ),
        (json!(4), json!([relu, { "type": "dense", "units": 0 }]), vec!["layers.1 (dense)", "units", "got 0"]),
        (
            json!(1),
            json!([{ "type": "residual", "layers": [{ "type": "dense", "units": 2 }] }]),
            vec!["layers.0 (residual)", "[2]", "[1]"],
        ),
        (
            json!(1),
            json!([{ "type": "branches", "branches": [[], [{ "type": "dense", "units": 2 }]] }]),
            vec!["layers.0 (branches)", "[[1], [2]]"],
        ),
        (
            json!(1),
            json!([{ "type": "residual", "layers": [{ "type": "flatten" }, { "type": "attention", "heads": 2 }] }]),
            vec!["layers.0.layers.1 (attention)"],
        ),
        (
            json!([4, 6]),
            json!([{ "type": "attention", "heads": 4 }]),
            vec!["layers.0 (attention)", "divisor of the 6", "got 4"],
        ),
        (
            json!(2),
            json!([{ "type": "fourierFeatures", "frequencies": [[1, 2], [1]] }]),
            vec!["layers.0 (fourierFeatures)", "rows of 2"],
        ),
        (json!(2), json!([{ "type": "fourierFeatures", "frequencies": [] }]), vec!["layers.0", "positive"]),
        (
            json!(2),
            json!([{ "type": "activation", "fn": "ricker", "a": 0 }]),
            vec!["layers.0 (activation)", "a:", "above 0"],
        ),
        (json!(2), json!([]), vec!["at least one layer"]),
        (json!(0), json!([relu]), vec!["input", "positive", "[0]"]),
        (json!([1, 2, 3, 4]), json!([relu]), vec!["input", "[1, 2, 3, 4]"]),
    ] {
        let message = message(input, layers);
        for part in parts {
            assert!(message.contains(part), "{message:?} does not say {part:?}");
        }
    }
}

#[test]
fn sizes_that_no_machine_holds_are_refused_without_overflow() {
    let huge = json!({ "type": "dense", "units": 1u64 << 39 });
    let error = resolved(json!({ "input": 1u64 << 39, "layers": [huge] })).unwrap_err();
    assert_eq!(error.code, Code::OverMemoryLimit);
    let error = resolved(json!({ "input": [u64::MAX, 2, 2], "layers": [{ "type": "flatten" }] })).unwrap_err();
    assert_eq!(error.code, Code::OverMemoryLimit);
    let conv = json!({ "type": "conv2d", "filters": 1, "kernel": 3, "padding": u64::MAX });
    assert!(resolved(json!({ "input": [1, 4, 4], "layers": [conv] })).is_err());
}
