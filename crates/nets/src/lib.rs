//! Network descriptions and the CPU training engine.

pub mod activations;
pub mod engine;
pub mod init;
pub mod loss;
pub mod losses;
pub mod optimizer;
pub mod optimizers;
pub mod shapes;
pub mod spec;

pub use shapes::{Parameter, ResolvedLayer, ResolvedNetwork, resolve};
pub use spec::{Activation, LayerSpec, NetworkSpec};
