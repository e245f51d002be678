//! -sum p log softmax(h), with the largest logit taken off first: no overflow.

use super::{Rows, Target};
use base::elementary::{exp, ln};
use compute::Scalar;

pub fn evaluate<T: Scalar>(rows: Rows<T>, target: Target<T>, scale: f64, mut gradient: Option<&mut [T]>) -> f64 {
    let count = match target {
        Target::Classes(classes) => classes.len(),
        Target::Values(values) | Target::Weighted(values, _) => values.len() / rows.width,
    };
    let mut sum = 0.0;
    for row in 0..count {
        let place = row * rows.lead;
        let logits = &rows.values[place..][..rows.width];
        let slopes = gradient.as_deref_mut().map_or(&mut [][..], |gradient| &mut gradient[place..][..rows.width]);
        // A NaN must reach the loss, where `max` would drop it.
        let largest = logits.iter().fold(f64::NEG_INFINITY, |most, logit| most.max(logit.to_f64()));
        let total: f64 = logits.iter().map(|logit| exp(logit.to_f64() - largest)).sum();
        let log_total = largest + ln(total);
        match target {
            Target::Classes(classes) => {
                let class = classes[row] as usize;
                sum += log_total - logits[class].to_f64();
                for (column, (slope, logit)) in slopes.iter_mut().zip(logits).enumerate() {
                    let expected = f64::from(u8::from(column == class));
                    *slope = T::from_f64(scale * (exp(logit.to_f64() - log_total) - expected));
                }
            }
            Target::Values(targets) | Target::Weighted(targets, _) => {
                let targets = &targets[row * rows.width..][..rows.width];
                let mass: f64 = targets.iter().map(|p| p.to_f64()).sum();
                for (logit, p) in logits.iter().zip(targets) {
                    sum -= p.to_f64() * (logit.to_f64() - log_total);
                }
                for ((slope, logit), p) in slopes.iter_mut().zip(logits).zip(targets) {
                    *slope = T::from_f64(scale * (mass * exp(logit.to_f64() - log_total) - p.to_f64()));
                }
            }
        }
    }
    sum * scale
}
