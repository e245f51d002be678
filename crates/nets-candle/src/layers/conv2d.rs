//! Cross-correlation as one product: the windows, laid out as rows, times the kernels.

use super::dense::{scaled, scales};
use super::windows::{Windows, places};
use crate::forward::Pass;
use crate::signal::{Signal, beside};
use candle_core::{Result, Tensor};
use nets::ResolvedLayer;
use nets::network::shapes::convolved;
use nets::network::spec::Conv2d;

pub fn forward(pass: &Pass, layer: &ResolvedLayer, conv: &Conv2d, x: &Signal) -> Result<Signal> {
    let (replicas, samples, channels, height, width) = x.value.dims5()?;
    let ([rows, columns], [above, _, left, _]) =
        convolved(conv, height, width).expect("the network's shapes have been checked");
    let area = conv.kernel.0 * conv.kernel.1;
    let windows = |size: usize, stride: usize, count: usize, before: usize| Windows { size, stride, count, before };
    let images = x.value.reshape((replicas * samples, channels, height, width))?.permute((0, 2, 3, 1))?;
    let patches = places(
        &images,
        windows(conv.kernel.0, conv.stride.0, rows, above),
        windows(conv.kernel.1, conv.stride.1, columns, left),
    )?;
    let patches = Tensor::cat(&patches, 3)?.reshape((replicas, samples * rows * columns, area * channels))?;
    let own = pass.own(layer);
    let (weight, bias) = scales(conv.parameterization, conv.sigma_w, conv.sigma_b, channels * area);
    // [r, filters, channels, kh, kw] to rows in the order of the patches.
    let kernels = own[0].permute((0, 3, 4, 2, 1))?.reshape((replicas, area * channels, conv.filters))?;
    let mut y = patches.matmul(&scaled(&kernels, weight)?)?;
    if let Some(tensor) = own.get(1) {
        y = y.broadcast_add(&beside(&scaled(tensor, bias)?, 3)?)?;
    }
    let y = y.reshape((replicas, samples, rows, columns, conv.filters))?;
    Ok(Signal { value: y.permute((0, 1, 4, 2, 3))?.contiguous()?, jet: None })
}
