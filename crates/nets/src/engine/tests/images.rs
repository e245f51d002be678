//! Convolutions and poolings against their definition: several tiles and blocks of channels, vectors and single numbers,
//! on every SIMD path.

use super::*;
use compute::SimdPath;

/// `y[f, oy, ox] = b[f] + sum w[f, c, i, j] x[c, oy stride + i - padding, ox stride + j - padding]`, for square kernels.
fn by_definition(
    [channels, height, width]: [usize; 3],
    [filters, kernel, stride, padding]: [usize; 4],
    parameters: &[f64],
    image: &[f64],
) -> Vec<f64> {
    let (weights, biases) = parameters.split_at(filters * channels * kernel * kernel);
    let size = |n: usize| (n + 2 * padding - kernel) / stride + 1;
    let mut y = Vec::new();
    for f in 0..filters {
        for oy in 0..size(height) {
            for ox in 0..size(width) {
                let mut sum = biases[f];
                for c in 0..channels {
                    for i in 0..kernel {
                        for j in 0..kernel {
                            let (row, column) = (oy * stride + i, ox * stride + j);
                            let inside = |at: usize, n: usize| at >= padding && at - padding < n;
                            if inside(row, height) && inside(column, width) {
                                let place = (c * height + row - padding) * width + column - padding;
                                sum += weights[((f * channels + c) * kernel + i) * kernel + j] * image[place];
                            }
                        }
                    }
                }
                y.push(sum);
            }
        }
    }
    y
}

/// (input shape, [filters, kernel, stride, padding]).
const CONVOLUTIONS: [([usize; 3], [usize; 4]); 6] = [
    // Rows of one image in several tiles; lines of whole vectors.
    ([2, 24, 24], [5, 3, 1, 1]),
    // The same with lines that are not.
    ([1, 23, 21], [9, 3, 1, 1]),
    // Blocks of channels, and several images in a tile.
    ([70, 8, 8], [3, 3, 1, 1]),
    ([35, 2, 2], [20, 3, 1, 1]),
    // A stride, a wide border, a kernel as large as the image.
    ([3, 19, 18], [4, 5, 2, 3]),
    ([4, 7, 7], [8, 7, 1, 0]),
];

fn convolution([filters, kernel, stride, padding]: [usize; 4]) -> Value {
    json!({ "type": "conv2d", "filters": filters, "kernel": kernel, "stride": stride, "padding": padding })
}

#[test]
fn a_convolution_is_its_definition() {
    for (image, layer) in CONVOLUTIONS {
        let spec = json!({ "input": image, "layers": [convolution(layer)] });
        let (mut engine, parameters, size) = engine::<f64>(&spec, Options::default(), 2);
        let rows = 11;
        let x = inputs::<f64>(rows, size);
        let expected: Vec<f64> =
            x.chunks_exact(size).flat_map(|image_| by_definition(image, layer, &parameters, image_)).collect();
        for path in SimdPath::available() {
            engine.path = path;
            let data = Data::new(&engine.program, &x);
            let got = engine.outputs(&data, &Samples::Range(0..rows));
            assert_eq!(got.len(), expected.len());
            for (got, expected) in got.iter().zip(&expected) {
                assert!(
                    (got - expected).abs() < 1e-12 * (1.0 + expected.abs()),
                    "{spec} {}: {got} {expected}",
                    path.name()
                );
            }
        }
    }
}

#[test]
fn gradients_through_several_tiles_and_blocks() {
    for (image, layer) in CONVOLUTIONS {
        let first = json!({ "type": "conv2d", "filters": image[0], "kernel": 1 });
        let layers = json!([first, convolution(layer), { "type": "flatten" }, dense(1)]);
        check_gradient(json!({ "input": image, "layers": layers }), Options::default());
    }
}

#[test]
fn bits_of_convolutions_do_not_depend_on_threads() {
    let layers =
        json!([convolution([5, 3, 1, 1]), { "type": "maxPool2d", "size": 2 }, { "type": "flatten" }, dense(2)]);
    let spec = json!({ "input": [2, 16, 16], "layers": layers });
    let gradient = |threads: usize| {
        let (mut engine, _, size) = engine::<f32>(&spec, Options::default(), threads);
        let data = Data::new(&engine.program, &inputs(70, size));
        let plan = Plan::new(&engine.program, 70);
        (engine.differentiate(&data, &Samples::Range(0..70), &plan, &Squares), engine.gradient().to_vec())
    };
    let expected = gradient(1);
    assert!([2, 3, 4].into_iter().all(|threads| gradient(threads) == expected));
}

/// Windows of 2 x 2, the maximum of each and where its gradient goes.
const WINDOWS: [([f64; 4], f64, [f64; 4]); 5] = [
    ([1.0, 2.0, 3.0, 0.0], 3.0, [0.0, 0.0, 1.0, 0.0]),
    ([2.0, 2.0, 2.0, 2.0], 2.0, [1.0, 0.0, 0.0, 0.0]),
    ([1.0, 5.0, 2.0, 5.0], 5.0, [0.0, 1.0, 0.0, 0.0]),
    ([1.0, f64::NAN, 9.0, 2.0], f64::NAN, [0.0, 1.0, 0.0, 0.0]),
    ([1.0, 7.0, 2.0, f64::NAN], f64::NAN, [0.0, 0.0, 0.0, 1.0]),
];

#[test]
fn a_pool_takes_the_first_maximum_and_shows_a_nan() {
    for (window, expected, slopes) in WINDOWS {
        // The general loops take a window that is as wide as the stride is not.
        for stride in [json!(2), json!([2, 1])] {
            let spec = json!({ "input": [1, 2, 2], "layers": [{ "type": "maxPool2d", "size": 2, "stride": stride }] });
            let (mut engine, _, _) = engine::<f64>(&spec, Options { input_gradient: true, ..Options::default() }, 1);
            let data = Data::new(&engine.program, &window);
            let got = engine.outputs(&data, &Samples::Range(0..1))[0];
            assert!(got == expected || (got.is_nan() && expected.is_nan()), "{window:?}: {got}");
            assert_eq!(engine.input_gradient(&data, &Samples::Range(0..1), &[1.0]), slopes);
        }
    }
}

/// Rows of more windows than a vector has places, in images of odd size; the gradient stored, or added to that of a branch.
fn wide_rows_are_pooled<T: Scalar>() {
    let [height, width] = [7, 23];
    let value = |channel: usize, y: usize, x: usize| {
        let window = WINDOWS[(channel + y / 2 * 3 + x / 2) % 5].0;
        if y < 6 && x < 22 { window[y % 2 * 2 + x % 2] } else { 50.0 }
    };
    let places = (0..2).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| (c, y, x))));
    let image: Vec<T> = places.clone().map(|(c, y, x)| T::from_f64(value(c, y, x))).collect();
    let pool = json!({ "type": "maxPool2d", "size": 2 });
    let twice = json!({ "type": "branches", "branches": [[pool], [pool]], "combine": "sum" });
    for (layer, times) in [(&pool, 1.0), (&twice, 2.0)] {
        let spec = json!({ "input": [2, height, width], "layers": [layer] });
        let (mut engine, _, _) = engine::<T>(&spec, Options { input_gradient: true, ..Options::default() }, 1);
        let data = Data::new(&engine.program, &image);
        let outputs = engine.outputs(&data, &Samples::Range(0..1)).to_vec();
        let above: Vec<T> = (0..outputs.len()).map(|i| T::from_f64(i as f64 + 1.0)).collect();
        let gradient = engine.input_gradient(&data, &Samples::Range(0..1), &above);
        for (i, output) in outputs.iter().enumerate() {
            let (channel, y, x) = (i / 33, i % 33 / 11, i % 11);
            let (_, expected, slopes) = WINDOWS[(channel + y * 3 + x) % 5];
            let (got, expected) = (output.to_f64(), times * expected);
            assert!(got == expected || (got.is_nan() && expected.is_nan()), "{i}: {got}");
            for (k, slope) in slopes.iter().enumerate() {
                let at = (channel * height + 2 * y + k / 2) * width + 2 * x + k % 2;
                assert_eq!(gradient[at].to_f64(), times * slope * above[i].to_f64(), "{i}, {k}");
            }
        }
        // The last row and column belong to no window.
        for ((_, y, x), slope) in places.clone().zip(&gradient) {
            assert!(y < 6 && x < 22 || slope.to_f64() == 0.0);
        }
    }
}

#[test]
fn pools_of_wide_rows_of_odd_images() {
    wide_rows_are_pooled::<f32>();
    wide_rows_are_pooled::<f64>();
}
