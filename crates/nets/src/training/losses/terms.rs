//! What each point gave to a term of a loss when it was last evaluated, so that a record can tell the terms apart.
//!
//! Threads write the points of their chunks, in whatever order; the sums are taken afterwards, in the points' order, so that
//! they have the same bits for any number of threads.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number a point, as bits.
#[derive(Debug)]
pub struct Terms(Vec<AtomicU64>);

impl Terms {
    pub fn new(points: usize) -> Self {
        Terms((0..points).map(|_| AtomicU64::new(0)).collect())
    }

    pub fn set(&self, point: usize, value: f64) {
        self.0[point].store(value.to_bits(), Ordering::Relaxed);
    }

    pub fn get(&self, point: usize) -> f64 {
        f64::from_bits(self.0[point].load(Ordering::Relaxed))
    }

    pub fn total(&self) -> f64 {
        (0..self.0.len()).map(|point| self.get(point)).sum()
    }
}
