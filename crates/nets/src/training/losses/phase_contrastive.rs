//! A contrastive loss by phases alone.
//!
//! Samples come as pairs of views, each embedded by the network as d outputs. With U the DFT of an embedding u and
//! `u^_k = U_k / sqrt(|U_k|^2 + TINY_AMPLITUDE^2)` (its phases), two embeddings are as similar as
//! `s(u, v) = 1/d sum_k Re(u^_k conj v^_k)`, between -1 and 1: phase-only correlation at shift 0 (Kuglin and Hines 1975).
//! A batch of m pairs (u_i, v_i) takes every other pair's view as a negative (InfoNCE, van den Oord et al. 2018, in both
//! directions as in SimCLR and CLIP), `t` the temperature:
//!
//! `loss = -1/(2m) sum_i [ln softmax_j(s(u_i, v_j) / t)_i + ln softmax_j(s(u_j, v_i) / t)_i]`.
//!
//! It is ln m where nothing is told apart. Amplitudes have no part in it: a scaled embedding has the same loss.

use crate::engine::loss::{BatchNeeds, Loss, Outputs};
use base::elementary::{exp, ln};
use base::{Error, Result};
use compute::Scalar;
use spectra::fft::{Direction, Norm, Signal, Split, fft};

/// Amplitudes below this have no phase.
pub const TINY_AMPLITUDE: f64 = 1e-6;

/// The loss over pairs of views: the first half of a batch's samples, and the second in the same order.
#[derive(Debug, Clone)]
pub struct PhaseContrastive {
    pub temperature: f64,
}

impl PhaseContrastive {
    /// # Errors
    /// `INVALID_ARGUMENT` for a temperature that is not above 0.
    pub fn new(temperature: f64) -> Result<Self> {
        if temperature.is_finite() && temperature > 0.0 {
            return Ok(PhaseContrastive { temperature });
        }
        Err(Error::argument(format!("loss.temperature: expected a finite number above 0, got {temperature}")))
    }
}

/// Phases of the rows of a batch, real and imaginary parts in one row, and 1 / amplitude.
struct Phases {
    rows: Vec<f64>,
    inverse: Vec<f64>,
    width: usize,
}

impl Phases {
    /// `None` where a value is not finite.
    fn new(values: &[f64], width: usize) -> Option<Self> {
        let shape = [values.len() / width, width];
        let Split { re, im } =
            fft("outputs", Signal::Real(values), &shape, 1, Direction::Forward, Norm::Backward, 1).ok()?;
        let inverse: Vec<f64> =
            re.iter().zip(&im).map(|(a, b)| 1.0 / (a * a + b * b + TINY_AMPLITUDE * TINY_AMPLITUDE).sqrt()).collect();
        let mut rows = Vec::with_capacity(2 * values.len());
        for row in 0..shape[0] {
            let place = row * width..(row + 1) * width;
            for part in [&re, &im] {
                rows.extend(part[place.clone()].iter().zip(&inverse[place.clone()]).map(|(x, scale)| x * scale));
            }
        }
        Some(Phases { rows, inverse, width })
    }

    fn row(&self, index: usize) -> &[f64] {
        &self.rows[index * 2 * self.width..][..2 * self.width]
    }

    /// From the gradient by the phases of row `index` to that by the values: through U / r with
    /// `G / r - u^ Re(conj(u^) G) / r`, then through the transform, `dL/dx_n = Re sum_k g_k exp(2 pi i k n / d)`.
    fn back(&self, index: usize, slopes: &[f64]) -> Vec<f64> {
        let d = self.width;
        let (phase, inverse) = (self.row(index), &self.inverse[index * d..][..d]);
        let mut spectrum = Split::zeros(d);
        for k in 0..d {
            let ((g, h), (a, b)) = ((slopes[k], slopes[d + k]), (phase[k], phase[d + k]));
            let along = a * g + b * h;
            spectrum.re[k] = inverse[k] * (g - a * along);
            spectrum.im[k] = inverse[k] * (h - b * along);
        }
        // `Norm::Forward` leaves the inverse transform unscaled.
        fft("outputs", spectrum.as_signal(), &[d], 1, Direction::Inverse, Norm::Forward, 1)
            .map_or_else(|_| vec![f64::NAN; d], |values| values.re)
    }
}

impl<T: Scalar> Loss<T> for PhaseContrastive {
    fn evaluate(&self, outputs: &Outputs<T>, gradient: Option<&mut [T]>) -> f64 {
        let (m, d, lead) = (outputs.samples.len() / 2, outputs.block.width, outputs.block.sample());
        let values: Vec<f64> =
            outputs.values.chunks_exact(lead).flat_map(|row| row[..d].iter().map(|x| x.to_f64())).collect();
        let Some(phases) = Phases::new(&values, d) else { return f64::NAN };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let scale = 1.0 / (d as f64 * self.temperature);
        // [m, m]: first views down, second views across.
        let logits: Vec<f64> = (0..m * m).map(|at| scale * dot(phases.row(at / m), phases.row(m + at % m))).collect();
        let total = |entries: &dyn Fn(usize) -> f64| {
            let most = (0..m).map(entries).fold(f64::NEG_INFINITY, f64::max);
            most + ln((0..m).map(|j| exp(entries(j) - most)).sum())
        };
        let across: Vec<f64> = (0..m).map(|i| total(&|j| logits[i * m + j])).collect();
        let down: Vec<f64> = (0..m).map(|j| total(&|i| logits[i * m + j])).collect();
        let share = 0.5 / m as f64;
        let loss = (0..m).map(|i| share * (across[i] + down[i] - 2.0 * logits[i * m + i])).sum();
        let Some(gradient) = gradient else { return loss };
        let mut slopes = vec![0.0; 2 * m * 2 * d];
        for i in 0..m {
            for j in 0..m {
                let logit = logits[i * m + j];
                let pair = f64::from(u8::from(i == j));
                let slope = share * scale * (exp(logit - across[i]) + exp(logit - down[j]) - 2.0 * pair);
                for (to, from) in [(i, m + j), (m + j, i)] {
                    let into = &mut slopes[to * 2 * d..][..2 * d];
                    into.iter_mut().zip(phases.row(from)).for_each(|(g, phase)| *g += slope * phase);
                }
            }
        }
        for (index, (slopes, into)) in slopes.chunks_exact(2 * d).zip(gradient.chunks_exact_mut(lead)).enumerate() {
            for (to, from) in into.iter_mut().zip(phases.back(index, slopes)) {
                *to = T::from_f64(from);
            }
        }
        loss
    }

    fn needs(&self) -> BatchNeeds {
        BatchNeeds { whole: true, views: 2, ..BatchNeeds::default() }
    }
}
