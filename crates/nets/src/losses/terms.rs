//! What each sample gave to a loss when it was last evaluated, so that a record can tell the equation from its conditions.
//!
//! Threads write the samples of their chunks, in whatever order; the sums are taken afterwards, in the samples' order, so
//! that they have the same bits for any number of threads.

use crate::engine::Samples;
use std::sync::atomic::{AtomicU64, Ordering};

/// One number a sample, as bits.
#[derive(Debug)]
pub struct Terms(Vec<AtomicU64>);

impl Terms {
    pub fn new(samples: usize) -> Self {
        Terms((0..samples).map(|_| AtomicU64::new(0)).collect())
    }

    pub fn set(&self, sample: usize, value: f64) {
        self.0[sample].store(value.to_bits(), Ordering::Relaxed);
    }

    /// Sums over the interior points and over the others of a batch.
    pub fn sums(&self, batch: &Samples, interior: &[bool]) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for sample in (0..batch.len()).map(|i| batch.get(i)) {
            sums[usize::from(!interior[sample])] += f64::from_bits(self.0[sample].load(Ordering::Relaxed));
        }
        sums
    }
}

impl Clone for Terms {
    /// Nothing has been evaluated yet.
    fn clone(&self) -> Self {
        Terms::new(self.0.len())
    }
}
