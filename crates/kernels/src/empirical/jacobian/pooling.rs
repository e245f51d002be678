//! Pooling: the largest or the mean of each window.

use nets::ResolvedLayer;
use nets::network::spec::Pool2d;

/// The largest of each window.
pub fn largest(layer: &ResolvedLayer, p: &Pool2d, x: &[f64]) -> Vec<f64> {
    windows(layer, p).map(|w| x[position(x, &w)]).collect()
}

pub fn back_largest(layer: &ResolvedLayer, p: &Pool2d, x: &[f64], g: &[f64]) -> Vec<f64> {
    let mut below = vec![0.0; x.len()];
    windows(layer, p).zip(g).for_each(|(w, g)| below[position(x, &w)] += g);
    below
}

pub fn mean(layer: &ResolvedLayer, p: &Pool2d, x: &[f64]) -> Vec<f64> {
    windows(layer, p).map(|w| w.iter().map(|i| x[*i]).sum::<f64>() / w.len() as f64).collect()
}

pub fn back_mean(layer: &ResolvedLayer, p: &Pool2d, x: &[f64], g: &[f64]) -> Vec<f64> {
    let mut below = vec![0.0; x.len()];
    windows(layer, p).zip(g).for_each(|(w, g)| w.iter().for_each(|i| below[*i] += g / w.len() as f64));
    below
}

/// The inputs of each window, in the order of the outputs.
fn windows(layer: &ResolvedLayer, p: &Pool2d) -> impl Iterator<Item = Vec<usize>> {
    let (size, stride) = (p.size, p.stride.unwrap_or(p.size));
    let [height, width] = [layer.input[1], layer.input[2]];
    let [channels, rows, columns] = [layer.output[0], layer.output[1], layer.output[2]];
    (0..channels * rows * columns).map(move |o| {
        let (c, y, x) = (o / (rows * columns), o / columns % rows, o % columns);
        (0..size.0)
            .flat_map(|a| (0..size.1).map(move |b| (a, b)))
            .map(|(a, b)| (c * height + y * stride.0 + a) * width + x * stride.1 + b)
            .collect()
    })
}

/// The first of the largest, as PyTorch.
fn position(x: &[f64], window: &[usize]) -> usize {
    window.iter().copied().fold(window[0], |best, i| if x[i] > x[best] { i } else { best })
}
