//! The CPU engine: a network compiled to operations, run chunk by chunk on a team of threads.

pub mod block;
pub mod chunk;
pub mod compile;
pub mod data;
pub mod execute;
pub mod jets;
pub mod loss;
pub mod op;
mod ops;
pub mod placement;
pub mod plan;
pub mod program;
pub mod update;
pub mod weights;

pub use compile::compile;
pub use data::{Data, Samples};
pub use execute::{Derivatives, Engine};
pub use jets::{Jets, Part};
pub use ops::activation::evaluate;
pub use ops::transform::parts as transform_parts;
pub use plan::Plan;
pub use program::{Options, Program};

#[cfg(test)]
mod tests;
