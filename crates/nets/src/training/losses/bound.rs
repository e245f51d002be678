//! A loss with its targets, as the engine evaluates it chunk by chunk.

use super::{RowLoss, Rows, TargetData};
use crate::engine::Samples;
use crate::engine::loss::{Loss, Outputs};
use compute::Scalar;

/// A row loss and the targets of all samples of the data.
pub struct BoundLoss<T> {
    pub loss: RowLoss,
    pub targets: TargetData<T>,
}

impl<T: Scalar> Loss<T> for BoundLoss<T> {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        let block = outputs.block;
        let total = outputs.batch * block.tokens;
        let rows = |values| Rows { values, width: block.width, lead: block.lead };
        if let Samples::Range(range) = &outputs.samples {
            return self.loss.evaluate(rows(outputs.values), self.targets.slice(range.clone()), total, gradient);
        }
        let size = block.sample();
        let mut sum = 0.0;
        for i in 0..outputs.samples.len() {
            let place = i * size..(i + 1) * size;
            let target = self.targets.slice(outputs.samples.get(i)..outputs.samples.get(i) + 1);
            let gradient = gradient.as_deref_mut().map(|gradient| &mut gradient[place.clone()]);
            sum += self.loss.evaluate(rows(&outputs.values[place]), target, total, gradient);
        }
        sum
    }
}
