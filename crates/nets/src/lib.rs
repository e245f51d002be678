//! Network descriptions and the CPU training engine.

pub mod activations;
pub mod init;
pub mod losses;
pub mod optimizers;
pub mod shapes;
pub mod spec;

pub use shapes::{Parameter, ResolvedLayer, ResolvedNetwork, resolve};
pub use spec::{Activation, LayerSpec, NetworkSpec};
