//! What a kernel says about learning: which frequencies its eigenvectors are, how well it is
//! aligned with the labels, how many samples it needs.

mod learning;
mod measures;
mod modes;
mod rates;

pub use learning::{LearningPoint, learning_curve};
pub use measures::{
    centred_alignment, degrees_of_freedom, drift, effective_rank, label_alignment, label_energy, participation_ratio,
};
pub use modes::{Geometry, Modes, match_modes};
pub use rates::{bandwidth, kernel_rates, measured_rates};

#[cfg(test)]
mod tests;
