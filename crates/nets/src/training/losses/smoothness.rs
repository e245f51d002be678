//! Mean squared error plus `alpha` times the share of the outputs' power at high frequencies.
//!
//! A signal y of n values has the DFT Y. With the high band H = { k : |f_k| > cutoff / 2 }, f_k in cycles a sample
//! (`cutoff` is a fraction of Nyquist's frequency 1/2),
//!
//! `ratio = sum_H |Y_k|^2 / (sum_{k != 0} |Y_k|^2 + n^2 TINY_VARIANCE)`, `loss = mse + alpha mean over signals of ratio`.
//!
//! By Parseval both sums are n times those of the squares of the high-passed signal y_H and of y - mean(y), so that
//! `d ratio / dy = 2 / n (y_H / d - h (y - mean) / d^2)`, h the mean square of y_H and d the variance of y plus TINY_VARIANCE.
//! (A sketch often seen takes the upper half of the DFT's indices for high frequencies: for a real signal these are
//! the conjugates of the lower half, and the ratio is 1/2 whatever the signal.)

use crate::engine::Samples;
use crate::engine::loss::{BatchNeeds, Loss, Outputs};
use base::{Error, Result};
use compute::Scalar;
use serde::Deserialize;
use spectra::mask::{Pass, Shape, apply};
use std::sync::Mutex;

/// A variance below which a signal counts as constant, with ratio 0.
pub const TINY_VARIANCE: f64 = 1e-12;

/// What is read as a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Along {
    /// Each output over the samples of the batch, in their order: equispaced points.
    #[default]
    Samples,
    /// The outputs of each sample.
    Outputs,
}

/// The loss with the targets `[n, o]` of all samples of the data.
#[derive(Debug)]
pub struct Smoothness<T> {
    pub values: Vec<T>,
    pub alpha: f64,
    pub cutoff: f64,
    pub along: Along,
    /// Mean squared error and ratio of the last evaluation.
    last: Mutex<[f64; 2]>,
}

impl<T: Scalar> Smoothness<T> {
    /// # Errors
    /// `INVALID_ARGUMENT` for an `alpha` below 0 or a `cutoff` outside 0 (excluded) to 1.
    pub fn new(values: Vec<T>, alpha: f64, cutoff: f64, along: Along) -> Result<Self> {
        check_band("loss", alpha, cutoff)?;
        Ok(Smoothness { values, alpha, cutoff, along, last: Mutex::new([0.0; 2]) })
    }
}

/// What a penalty on a high band may have for weight and edge.
pub(super) fn check_band(place: &str, alpha: f64, cutoff: f64) -> Result<()> {
    if !(alpha.is_finite() && alpha >= 0.0) {
        return Err(Error::argument(format!("{place}.alpha: expected a finite number not below 0, got {alpha}")));
    }
    if !(cutoff > 0.0 && cutoff < 1.0) {
        let expected = "expected a fraction of Nyquist's frequency above 0 and below 1";
        return Err(Error::argument(format!("{place}.cutoff: {expected}, got {cutoff}")));
    }
    Ok(())
}

impl<T: Scalar> Loss<T> for Smoothness<T> {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        let (n, width, lead) = (outputs.samples.len(), outputs.block.width, outputs.block.sample());
        let (signals, length) = match self.along {
            Along::Samples => (width, n),
            Along::Outputs => (n, width),
        };
        // Value j of signal s: where it lies among the outputs.
        let place = |s: usize, j: usize| match self.along {
            Along::Samples => (j, s),
            Along::Outputs => (s, j),
        };
        let values: Vec<f64> = (0..signals)
            .flat_map(|s| (0..length).map(move |j| place(s, j)))
            .map(|(i, o)| outputs.values[i * lead + o].to_f64())
            .collect();
        let pass = Pass::High(0.5 * self.cutoff);
        let Ok(high) = apply(&values, &[signals, length], 1, Shape::Ideal, pass, 1) else {
            // An output is not finite: neither is the loss.
            return f64::NAN;
        };
        let (share, per_value) = (1.0 / signals as f64, 1.0 / (n * width) as f64);
        let (mut mse, mut ratio) = (0.0, 0.0);
        for (s, (y, high)) in values.chunks_exact(length).zip(high.chunks_exact(length)).enumerate() {
            let mean = y.iter().sum::<f64>() / length as f64;
            let square = |sum: f64| sum / length as f64;
            let above = square(high.iter().map(|x| x * x).sum());
            let all = square(y.iter().map(|x| (x - mean) * (x - mean)).sum()) + TINY_VARIANCE;
            ratio += share * above / all;
            for j in 0..length {
                let (i, o) = place(s, j);
                let error = y[j] - self.values[outputs.samples.get(i) * width + o].to_f64();
                mse += per_value * error * error;
                if let Some(gradient) = &mut gradient {
                    let slope = 2.0 / length as f64 * (high[j] / all - above * (y[j] - mean) / (all * all));
                    gradient[i * lead + o] = T::from_f64(2.0 * per_value * error + self.alpha * share * slope);
                }
            }
        }
        *self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = [mse, ratio];
        mse + self.alpha * ratio
    }

    fn needs(&self) -> BatchNeeds {
        BatchNeeds { whole: true, ordered: self.along == Along::Samples, ..BatchNeeds::default() }
    }

    fn parts(&self, _: &Samples) -> Vec<(&'static str, f64)> {
        let [mse, ratio] = *self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        vec![("mse", mse), ("highFrequency", ratio)]
    }
}
