//! The targets of a probe, in the form in which outputs are compared.

use super::{Context, Output};
use crate::network::arrays::{finite, join};
use base::elementary::exp;
use base::{Error, Result};

/// `target` as `[n, o]`. Classes `[n]` become one-hot rows where outputs are compared as probabilities.
pub fn rows(context: &Context, samples: usize, output: Output) -> Result<Vec<f64>> {
    let name = format!("{}.target", context.place);
    let array = context.arrays.required(&name)?;
    finite(&name, array)?;
    let width = context.network.output_size();
    let full: Vec<usize> = std::iter::once(samples).chain(context.network.output.iter().copied()).collect();
    let values = array.to::<f64>();
    if array.shape == full || (width == 1 && array.shape == [samples]) {
        return Ok(values);
    }
    if output == Output::Softmax && array.shape == [samples] {
        let mut rows = vec![0.0; samples * width];
        for (row, &class) in values.iter().enumerate() {
            rows[row * width + class_index(&name, class, width)?] = 1.0;
        }
        return Ok(rows);
    }
    Err(Error::shape(format!("{name}: expected shape [{}], got {:?}", join(&full), array.shape)))
}

pub fn class_index(name: &str, class: f64, width: usize) -> Result<usize> {
    if class.fract() == 0.0 && (0.0..width as f64).contains(&class) {
        Ok(class as usize)
    } else {
        Err(Error::argument(format!("{name}: expected class indices from 0 to {}, got {class}", width - 1)))
    }
}

/// The outputs in the form in which they are compared.
pub fn transformed(outputs: &[f64], width: usize, output: Output) -> Vec<f64> {
    let mut values = outputs.to_vec();
    if output == Output::Softmax {
        for row in values.chunks_exact_mut(width) {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.iter_mut().for_each(|value| *value = exp(*value - largest));
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|value| *value /= total);
        }
    }
    values
}
