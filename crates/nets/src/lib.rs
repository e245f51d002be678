//! Network descriptions and the CPU training engine.
//!
//! - [`network`]: what a network is: its description, the shapes that follow, the first weights, files of weights.
//! - [`engine`]: a network run forward and backward on the CPU, and its weights changed.
//! - [`training`]: losses, optimisers, minimisers, probes, and the loop that takes the steps.

pub mod engine;
pub mod network;
pub mod training;

pub use engine::weights::Weights;
pub use network::arrays::{Array, Arrays, Values};
pub use network::shapes::{Parameter, ResolvedLayer, ResolvedNetwork, resolve};
pub use network::spec::{Activation, LayerSpec, NetworkSpec};
