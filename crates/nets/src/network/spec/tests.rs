use super::*;
use serde_json::json;

fn read(spec: serde_json::Value) -> Result<NetworkSpec> {
    NetworkSpec::from_json(&spec.to_string())
}

#[test]
fn every_layer_is_read_and_written_back() {
    let spec = json!({ "input": [3, 32, 32], "layers": [
        { "type": "conv2d", "filters": 4, "kernel": [3, 5], "stride": 2, "padding": "same", "init": "he" },
        { "type": "batchNorm" },
        { "type": "activation", "fn": "leakyRelu", "slope": 0.2 },
        { "type": "maxPool2d", "size": 2 },
        { "type": "avgPool2d", "size": 2, "stride": [1, 2] },
        { "type": "flatten" },
        { "type": "fourierFeatures", "frequencies": { "count": 8, "distribution": "laplace", "scale": 2.0, "seed": 7 } },
        { "type": "fourierFeatures", "frequencies": [[1.0], [2.0]], "amplitudes": [1.0, 0.5], "trainable": true },
        { "type": "scale", "factor": 2.5 },
        { "type": "branches", "combine": "concat", "branches": [[{ "type": "dense", "units": 2 }], []] },
        { "type": "residual", "layers": [{ "type": "layerNorm" }] },
        { "type": "modulate", "frequency": [1.0, 2.0], "fn": "sin", "layers": [{ "type": "dense", "units": 2 }] },
        { "type": "attention", "heads": 2 },
        { "type": "positions", "encoding": "sinusoidal" },
        { "type": "transform", "f": "x * u * a", "parameters": { "a": 2.0 } },
        { "type": "dense", "units": 2, "bias": false, "parameterization": "ntk", "sigmaW": 1.5, "biasInit": 0.5,
          "init": { "type": "siren", "omega": 30.0, "first": true } } ] });
    let once = read(spec).unwrap();
    assert_eq!(NetworkSpec::from_json(&once.to_json()).unwrap(), once);
    let LayerSpec::Conv2d(conv) = &once.layers[0] else { panic!("not a convolution") };
    assert_eq!((conv.kernel, conv.stride, conv.padding), (Pair(3, 5), Pair(2, 2), Padding::Same));
    assert_eq!(once.layers[2], LayerSpec::Activation(Activation::LeakyRelu { slope: 0.2 }));
    let LayerSpec::Dense(dense) = &once.layers[15] else { panic!("not dense") };
    assert_eq!(dense.bias_init, Some(BiasInit::Constant { value: 0.5 }));
    assert_eq!(dense.init, Some(WeightInit::Siren { omega: 30.0, first: true }));
}

#[test]
fn errors_name_the_layer_and_the_field() {
    let message = |layers: serde_json::Value| read(json!({ "input": 1, "layers": layers })).unwrap_err().message;
    let dense = json!({ "type": "dense", "units": 2 });
    let unknown = message(json!([dense, { "type": "dense", "units": 2, "unit": 3 }]));
    assert!(unknown.contains("layers.1: there is no \"unit\""), "{unknown}");
    let layer = message(json!([{ "type": "dens", "units": 2 }]));
    assert!(layer.contains("layers.0.type: expected 'dense', "), "{layer}");
    let activation = message(json!([dense, dense, { "type": "activation", "fn": "rellu" }]));
    assert!(activation.contains("layers.2.fn: expected 'relu', "), "{activation}");
    let number = message(json!([{ "type": "activation", "fn": 0 }]));
    assert!(number.contains("layers.0.fn: expected a name, got 0"), "{number}");
    let parameter = message(json!([{ "type": "activation", "fn": "relu", "slope": 1 }]));
    assert!(parameter.contains("layers.0: there is no \"slope\""), "{parameter}");
    let nested = message(json!([dense, { "type": "branches", "branches": [[dense], [dense, { "type": "scale" }]] }]));
    assert!(nested.contains("layers.1.branches.1.1.factor: expected a value"), "{nested}");
    let negative = message(json!([{ "type": "dense", "units": -2 }]));
    assert!(negative.contains("layers.0") && negative.contains("-2"), "{negative}");
    let flatten = message(json!([{ "type": "flatten", "axis": 1 }]));
    assert!(flatten.contains("layers.0: there is no \"axis\""), "{flatten}");
}

#[test]
fn the_input_is_a_number_or_a_shape() {
    assert_eq!(read(json!({ "input": 3, "layers": [] })).unwrap().input, [3]);
    assert_eq!(read(json!({ "input": [3, 4], "layers": [] })).unwrap().input, [3, 4]);
    for wrong in [json!("3"), json!(1.5), json!(-1), json!([1, null])] {
        assert!(read(json!({ "input": wrong, "layers": [] })).unwrap_err().message.contains("input"));
    }
}
