//! A penalty on the weights' high frequencies, added to any loss.
//!
//! A dense weight `[out, in]` is read as an image, a convolution's `[out, in, kh, kw]` as `out * in` images of its kernels,
//! padded with zeros to at least 16 x 16 (a 3 x 3 DFT has no frequency between 0 and 1/3). With W its two-dimensional DFT
//! and `|f|` the length of the frequency in cycles a sample,
//!
//! `ratio = sum_{|f| > cutoff / 2} |W_f|^2 / sum_f |W_f|^2`, `penalty = sum over weights of ratio`,
//!
//! between 0 and 1 for each weight, whatever its scale: independent entries have 1 - pi cutoff^2 / 4 of their power
//! there. The gradient is `2 (P w - ratio w) / |w|^2`, P the high-pass (cut back to the kernel's support).

use super::smoothness::check_band;
use crate::network::shapes::ResolvedNetwork;
use base::{Error, Result};
use compute::Scalar;
use serde::Deserialize;
use spectra::mask::{Pass, Shape, apply};
use std::ops::Range;

/// A kernel is padded to this size at least.
const PADDED: usize = 16;

/// Terms that depend on the parameters alone.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum PenaltySpec {
    WeightSpectrum {
        alpha: f64,
        #[serde(default = "half")]
        cutoff: f64,
        /// Default: the weights of every dense layer and convolution.
        #[serde(default)]
        parameters: Option<Vec<String>>,
    },
    /// `alpha` times the sum of a formula of `w`; see [`super::Penalty`].
    Expression {
        penalty: String,
        alpha: f64,
        /// Default: all.
        #[serde(default)]
        parameters: Option<Vec<String>>,
    },
}

fn half() -> f64 {
    0.5
}

/// One weight as images.
#[derive(Debug, Clone)]
pub struct Images {
    /// Index into the network's parameters.
    pub parameter: usize,
    range: Range<usize>,
    count: usize,
    pub size: [usize; 2],
    /// With the zeros under which its spectrum is taken.
    pub padded: [usize; 2],
}

/// The penalty for a network.
#[derive(Debug, Clone)]
pub struct WeightSpectrum {
    pub alpha: f64,
    pub cutoff: f64,
    pub weights: Vec<Images>,
}

impl WeightSpectrum {
    /// # Errors
    /// `INVALID_ARGUMENT` for constants out of range, and for a name that is not that of a weight.
    pub fn new(spec: &PenaltySpec, network: &ResolvedNetwork) -> Result<Self> {
        let PenaltySpec::WeightSpectrum { alpha, cutoff, parameters } = spec else {
            let message = "this penalty cannot be run by the CUDA engine; use device 'cpu'";
            return Err(Error::argument(format!("penalty: {message}")));
        };
        check_band("penalty", *alpha, *cutoff)?;
        let all = network.parameters.iter().enumerate().filter_map(|(index, parameter)| {
            let range = parameter.range();
            let images = match parameter.shape[..] {
                _ if !parameter.name.ends_with("weight") => return None,
                [h, w] => Images { parameter: index, range, count: 1, size: [h, w], padded: [h, w] },
                [out, inputs, h, w] => {
                    let padded = [h.max(PADDED), w.max(PADDED)];
                    Images { parameter: index, range, count: out * inputs, size: [h, w], padded }
                }
                _ => return None,
            };
            Some((parameter.name.as_str(), images))
        });
        let all: Vec<(&str, Images)> = all.collect();
        let weights = match parameters {
            None => all.into_iter().map(|(_, images)| images).collect(),
            Some(names) => {
                let find = |name: &String| match all.iter().find(|(candidate, _)| candidate == name) {
                    Some((_, images)) => Ok(images.clone()),
                    None => {
                        let known = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                        Err(Error::argument(format!("penalty.parameters: expected some of {known}, got {name}")))
                    }
                };
                names.iter().map(find).collect::<Result<_>>()?
            }
        };
        Ok(WeightSpectrum { alpha: *alpha, cutoff: *cutoff, weights })
    }

    /// The penalty of the flat parameters, without `alpha`. `slope(parameter, i, d)` is told its derivative d by number i
    /// of each weight.
    pub fn evaluate<T: Scalar>(&self, flat: &[T], mut slope: impl FnMut(usize, usize, f64)) -> f64 {
        self.weights.iter().map(|images| self.ratio(images, flat, &mut slope)).sum()
    }

    fn ratio<T: Scalar>(&self, images: &Images, flat: &[T], slope: &mut impl FnMut(usize, usize, f64)) -> f64 {
        let Images { count, size: [h, w], padded: [rows, columns], .. } = *images;
        let weight: Vec<f64> = flat[images.range.clone()].iter().map(|x| x.to_f64()).collect();
        let place = |i: usize| (i / (h * w) * rows + i / w % h) * columns + i % w;
        let mut wide = vec![0.0; count * rows * columns];
        weight.iter().enumerate().for_each(|(i, x)| wide[place(i)] = *x);
        let pass = Pass::High(0.5 * self.cutoff);
        let Ok(high) = apply(&wide, &[count, rows, columns], 2, Shape::Ideal, pass, 1) else { return f64::NAN };
        let total: f64 = weight.iter().map(|x| x * x).sum();
        if total == 0.0 {
            return 0.0;
        }
        let ratio = high.iter().map(|x| x * x).sum::<f64>() / total;
        for (i, x) in weight.iter().enumerate() {
            slope(images.parameter, i, 2.0 * (high[place(i)] - ratio * x) / total);
        }
        ratio
    }
}
