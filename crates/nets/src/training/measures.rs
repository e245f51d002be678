//! What a trained network does around and between its samples, and what its predictions share with another's.

mod critical;
mod gradient;
mod information;
mod lines;

pub use critical::{Search, critical_samples};
pub use gradient::loss_gradient;
pub use information::{conditional_mutual_information, entropy, mutual_information};
pub use lines::along_lines;

/// The index of the largest of each row of `width` numbers, the first one on a tie: a classifier's decision.
pub fn decisions<T: compute::Scalar>(outputs: &[T], width: usize) -> Vec<u32> {
    let decide = |row: &[T]| {
        let mut best = 0;
        for (class, value) in row.iter().enumerate() {
            if *value > row[best] {
                best = class;
            }
        }
        best as u32
    };
    outputs.chunks_exact(width).map(decide).collect()
}

#[cfg(test)]
mod tests;
