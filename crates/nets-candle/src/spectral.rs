//! The spectral losses and the penalty on the weights' spectrum, as `nets::training::losses` defines them. A DFT is a product with a
//! constant matrix here, so that its gradient is one too; all of it in f64.

use crate::device::{Device, lift};
use base::Result;
use candle_core::{DType, Tensor};
use nets::training::losses::{Along, Images, TINY_AMPLITUDE, TINY_VARIANCE, WeightSpectrum};
use spectra::mask::{Pass, Shape};
use std::f64::consts::TAU;

/// A loss or a penalty, and what it is made of, each `[replicas]`.
pub struct Parts {
    pub total: Tensor,
    pub parts: Vec<(&'static str, Tensor)>,
}

/// The share of the outputs' power above `cutoff`, the mean over the signals of each replica; `values [r, n, o]` in f64.
pub fn high_share(values: &Tensor, along: Along, cutoff: f64) -> candle_core::Result<Tensor> {
    let signals = match along {
        Along::Samples => values.transpose(1, 2)?.contiguous()?,
        Along::Outputs => values.clone(),
    };
    let (replicas, count, length) = signals.dims3()?;
    let rows = signals.reshape((replicas * count, length))?;
    let high = rows.matmul(&high_pass(length, cutoff, values.device())?)?.sqr()?.mean(1)?;
    let all = rows.broadcast_sub(&rows.mean_keepdim(1)?)?.sqr()?.mean(1)?;
    (high / (all + TINY_VARIANCE)?)?.reshape((replicas, count))?.mean(1)
}

/// The symmetric matrix `[n, n]` that keeps the frequencies above the cutoff:
/// `P_ij = 1/n sum_k m_k cos(2 pi k (i - j) / n)`.
fn high_pass(n: usize, cutoff: f64, device: &candle_core::Device) -> candle_core::Result<Tensor> {
    let mask: Vec<f64> = (0..n).map(|k| passes(frequency(k, n), cutoff)).collect();
    let kernel: Vec<f64> = (0..n)
        .map(|shift| (0..n).map(|k| mask[k] * (TAU * (k * shift % n) as f64 / n as f64).cos()).sum::<f64>() / n as f64)
        .collect();
    let matrix: Vec<f64> = (0..n * n).map(|at| kernel[(n + at / n - at % n) % n]).collect();
    Tensor::from_vec(matrix, (n, n), device)
}

/// The distance from frequency 0 of index `k`, cycles a sample.
fn frequency(k: usize, n: usize) -> f64 {
    k.min(n - k) as f64 / n as f64
}

fn passes(frequency: f64, cutoff: f64) -> f64 {
    Shape::Ideal.at(Pass::High(0.5 * cutoff), frequency)
}

/// Cosines, then sines, of `2 pi k i / n`: `[inputs, 2 n]`, for signals of `inputs` values and zeros up to n.
fn waves(inputs: usize, n: usize, device: &candle_core::Device) -> candle_core::Result<Tensor> {
    let angle = |i: usize, k: usize| TAU * (i * k % n) as f64 / n as f64;
    let row = |i: usize| (0..n).map(move |k| angle(i, k).cos()).chain((0..n).map(move |k| angle(i, k).sin()));
    Tensor::from_vec((0..inputs).flat_map(row).collect::<Vec<f64>>(), (inputs, 2 * n), device)
}

/// The contrastive loss by phases of `values [r, 2 m, d]` (f64): the first m samples are the first views.
pub fn phase_contrastive(values: &Tensor, temperature: f64) -> candle_core::Result<Tensor> {
    let (replicas, samples, d) = values.dims3()?;
    let m = samples / 2;
    let spectrum = values.reshape((replicas * samples, d))?.matmul(&waves(d, d, values.device())?)?;
    // The sign of the imaginary part is the same for both embeddings and drops out.
    let (re, im) = (spectrum.narrow(1, 0, d)?, spectrum.narrow(1, d, d)?);
    let amplitude = ((re.sqr()? + im.sqr()?)? + TINY_AMPLITUDE * TINY_AMPLITUDE)?.sqrt()?;
    let phases = Tensor::cat(&[&(re / &amplitude)?, &(im / &amplitude)?], 1)?.reshape((replicas, samples, 2 * d))?;
    let (first, second) = (phases.narrow(1, 0, m)?.contiguous()?, phases.narrow(1, m, m)?.contiguous()?);
    let scale = 1.0 / (d as f64 * temperature);
    let logits = (first.matmul(&second.transpose(1, 2)?.contiguous()?)? * scale)?;
    let pairs = ((&first * &second)?.sum((1, 2))? * (2.0 * scale))?;
    let total = |axis: usize| {
        let most = logits.detach().max_keepdim(axis)?;
        let sum = logits.broadcast_sub(&most)?.exp()?.sum_keepdim(axis)?.log()?;
        (sum + most)?.sum((1, 2))
    };
    ((total(2)? + total(1)?)? - pairs)? * (0.5 / m as f64)
}

/// The penalty of a training on the weights of its network.
pub struct Penalty {
    alpha: f64,
    weights: Vec<Spectrum>,
}

/// One weight as images, with its DFT's matrices for columns and rows and the mask of its spectrum, transposed.
struct Spectrum {
    parameter: usize,
    size: [usize; 2],
    columns: Tensor,
    rows: Tensor,
    mask: Tensor,
}

impl Penalty {
    pub fn new(penalty: &WeightSpectrum, device: &Device) -> Result<Self> {
        let device = device.candle();
        let spectrum = |images: &Images| {
            let ([h, w], [rows, columns]) = (images.size, images.padded);
            let at = |i: usize| frequency(i % rows, rows).hypot(frequency(i / rows, columns));
            let mask: Vec<f64> = (0..rows * columns).map(|i| passes(at(i), penalty.cutoff)).collect();
            Ok(Spectrum {
                parameter: images.parameter,
                size: [h, w],
                columns: waves(w, columns, &device)?,
                rows: waves(h, rows, &device)?,
                mask: Tensor::from_vec(mask, (1, columns, rows), &device)?,
            })
        };
        let weights = lift(penalty.weights.iter().map(spectrum).collect())?;
        Ok(Penalty { alpha: penalty.alpha, weights })
    }

    /// A loss with the penalty on these parameters, `[r, ...shape]` each, added.
    pub fn added(&self, loss: Parts, parameters: &[Tensor]) -> candle_core::Result<Parts> {
        let ratios = self.weights.iter().map(|weight| weight.ratio(&parameters[weight.parameter]));
        let zero = loss.total.zeros_like()?;
        let ratio = ratios.collect::<candle_core::Result<Vec<_>>>()?.iter().try_fold(zero, |sum, ratio| sum + ratio)?;
        let Parts { total: task, mut parts } = loss;
        let total = (&task + (&ratio * self.alpha)?)?;
        parts.extend([("task", task), ("weightFrequency", ratio)]);
        Ok(Parts { total, parts })
    }
}

impl Spectrum {
    /// The share of the power above the cutoff, `[r]`.
    fn ratio(&self, weight: &Tensor) -> candle_core::Result<Tensor> {
        let ([h, w], replicas) = (self.size, weight.dim(0)?);
        let (_, columns, rows) = self.mask.dims3()?;
        let images = weight.to_dtype(DType::F64)?.reshape(((), w))?;
        let power = images.sqr()?.reshape((replicas, ()))?.sum(1)?;
        let along = images.matmul(&self.columns)?.reshape(((), h, 2 * columns))?.transpose(1, 2)?.contiguous()?;
        let count = along.dim(0)?;
        let both = along.reshape(((), h))?.matmul(&self.rows)?.reshape((count, 2, columns, 2, rows))?;
        let part = |column: usize, row: usize| both.narrow(1, column, 1)?.narrow(3, row, 1)?.squeeze(3)?.squeeze(1);
        let re = (part(0, 0)? - part(1, 1)?)?;
        let im = (part(0, 1)? + part(1, 0)?)?;
        let spectrum = (re.sqr()? + im.sqr()?)?.broadcast_mul(&self.mask)?.reshape((replicas, ()))?.sum(1)?;
        // Parseval: all frequencies together have `rows * columns` times the power. A weight of zeros has the ratio 0.
        let power = (&power + power.eq(0.0)?.to_dtype(DType::F64)?)?;
        (spectrum / power)? * (1.0 / (rows * columns) as f64)
    }
}
