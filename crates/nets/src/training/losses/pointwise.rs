//! Losses that add a function of the error of each value.

use super::{Rows, Target};
use compute::Scalar;

/// Sum of `scale * w * f(h - y)` and its gradient; `function` gives f and f'.
#[inline(always)]
pub fn evaluate<T: Scalar>(
    rows: Rows<T>,
    target: Target<T>,
    scale: f64,
    mut gradient: Option<&mut [T]>,
    function: impl Fn(f64) -> (f64, f64),
) -> f64 {
    let (targets, weights): (&[T], &[T]) = match target {
        Target::Values(targets) => (targets, &[]),
        Target::Weighted(targets, weights) => (targets, weights),
        Target::Classes(_) => unreachable!("class indices belong to crossEntropy, as TargetData::new checks"),
    };
    // One weight a value, or one a row.
    let weight_width = if weights.len() == targets.len() { rows.width } else { weights.len().min(1) };
    let mut sum = 0.0;
    for (row, targets) in targets.chunks_exact(rows.width).enumerate() {
        let place = row * rows.lead;
        let values = &rows.values[place..][..rows.width];
        for column in 0..rows.width {
            let (value, slope) = function(values[column].to_f64() - targets[column].to_f64());
            let weight = match weight_width {
                0 => 1.0,
                1 => weights[row].to_f64(),
                _ => weights[row * rows.width + column].to_f64(),
            };
            sum += weight * value;
            if let Some(gradient) = &mut gradient {
                gradient[place + column] = T::from_f64(scale * weight * slope);
            }
        }
    }
    sum * scale
}

#[inline(always)]
pub fn squared(error: f64) -> (f64, f64) {
    (error * error, 2.0 * error)
}

#[inline(always)]
pub fn absolute(error: f64) -> (f64, f64) {
    (error.abs(), if error == 0.0 { 0.0 } else { error.signum() })
}

#[inline(always)]
pub fn huber(error: f64, delta: f64) -> (f64, f64) {
    if error.abs() <= delta {
        (0.5 * error * error, error)
    } else {
        (delta * (error.abs() - 0.5 * delta), delta * error.signum())
    }
}
