//! What the outputs are compared with.

use super::RowLoss;
use crate::network::arrays::values_fit;
use base::{Error, Result};
use compute::Scalar;
use std::ops::Range;

/// The targets of some rows.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a, T> {
    /// `width` values a row, without gaps.
    Values(&'a [T]),
    /// Values and a weight for each of them, or for each row.
    Weighted(&'a [T], &'a [T]),
    /// A class a row.
    Classes(&'a [u32]),
}

/// The targets of all samples. Samples have `rows_per_sample` rows of `width` values each.
#[derive(Debug, Clone)]
pub struct TargetData<T> {
    values: Vec<T>,
    classes: Vec<u32>,
    weights: Vec<T>,
    value_stride: usize,
    class_stride: usize,
    weight_stride: usize,
}

impl<T: Scalar> TargetData<T> {
    /// Checks targets against a network that gives `output` (the shape of one sample) for `samples` samples.
    ///
    /// `y` is `[samples, output...]`; for `crossEntropy` also `[samples]` (or `[samples, tokens]`) of class indices.
    /// `weights` belong to `weightedMse`: one for each sample or one for each value, none below 0.
    ///
    /// # Errors
    /// `INVALID_SHAPE`, `NON_FINITE`, and `INVALID_ARGUMENT` for a class out of range or a row of probabilities that
    /// is negative or does not sum to 1 (within 1e-4).
    pub fn new(
        loss: &RowLoss,
        samples: usize,
        output: &[usize],
        (y, y_shape): (&[f64], &[usize]),
        weights: Option<(&[f64], &[usize])>,
    ) -> Result<Self> {
        if let Some(place) = y.iter().position(|value| !value.is_finite()) {
            return Err(Error::non_finite(format!("y: expected finite numbers, got {} at index {place}", y[place])));
        }
        values_fit::<T>("y", y)?;
        let width = *output.last().expect("an output has a shape");
        let per_sample: usize = output.iter().product();
        let full: Vec<usize> = std::iter::once(samples).chain(output.iter().copied()).collect();
        let mut data = TargetData {
            values: Vec::new(),
            classes: Vec::new(),
            weights: Vec::new(),
            value_stride: 0,
            class_stride: 0,
            weight_stride: 0,
        };
        if *loss == RowLoss::CrossEntropy && y_shape == &full[..full.len() - 1] {
            data.classes = classes(y, width)?;
            data.class_stride = per_sample / width;
        } else if y_shape == full {
            if *loss == RowLoss::CrossEntropy {
                probabilities(y, width)?;
            }
            data.values = y.iter().map(|&value| T::from_f64(value)).collect();
            data.value_stride = per_sample;
        } else {
            let classes = if *loss == RowLoss::CrossEntropy {
                format!(" or classes {:?}", &full[..full.len() - 1])
            } else {
                String::new()
            };
            return Err(Error::shape(format!("y: expected shape {full:?}{classes}, got {y_shape:?}")));
        }
        match (loss, weights) {
            (RowLoss::WeightedMse, Some((weights, shape))) => {
                if shape != full && shape != &full[..1] {
                    let expected = format!("[{samples}] or {full:?}");
                    return Err(Error::shape(format!("loss.weights: expected shape {expected}, got {shape:?}")));
                }
                if let Some(wrong) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
                    return Err(Error::argument(format!(
                        "loss.weights: expected finite numbers not below 0, got {wrong}"
                    )));
                }
                values_fit::<T>("loss.weights", weights)?;
                data.weight_stride = if shape == full { per_sample } else { per_sample / width };
                let repeats = if shape == full { 1 } else { data.weight_stride };
                data.weights = weights.iter().flat_map(|&w| std::iter::repeat_n(T::from_f64(w), repeats)).collect();
            }
            (RowLoss::WeightedMse, None) => return Err(Error::argument("loss.weights: expected an array, got none")),
            (_, Some(_)) => return Err(Error::argument("loss.weights: only the loss weightedMse takes weights")),
            (_, None) => {}
        }
        Ok(data)
    }

    /// The targets of some consecutive samples.
    pub fn slice(&self, samples: Range<usize>) -> Target<'_, T> {
        let of = |stride: usize| samples.start * stride..samples.end * stride;
        if self.class_stride > 0 {
            Target::Classes(&self.classes[of(self.class_stride)])
        } else if self.weight_stride > 0 {
            Target::Weighted(&self.values[of(self.value_stride)], &self.weights[of(self.weight_stride)])
        } else {
            Target::Values(&self.values[of(self.value_stride)])
        }
    }
}

fn classes(y: &[f64], width: usize) -> Result<Vec<u32>> {
    y.iter()
        .map(|&class| {
            if class.fract() == 0.0 && (0.0..width as f64).contains(&class) {
                Ok(class as u32)
            } else {
                Err(Error::argument(format!("y: expected class indices from 0 to {}, got {class}", width - 1)))
            }
        })
        .collect()
}

fn probabilities(y: &[f64], width: usize) -> Result<()> {
    for (row, values) in y.chunks_exact(width).enumerate() {
        let sum: f64 = values.iter().sum();
        if (sum - 1.0).abs() > 1e-4 || values.iter().any(|&value| value < 0.0) {
            return Err(Error::argument(format!(
                "y: expected rows of probabilities (not negative, sum 1), got row {row} with sum {sum}"
            )));
        }
    }
    Ok(())
}
