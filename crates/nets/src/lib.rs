//! Network descriptions and the CPU training engine.

pub mod activations;
pub mod arrays;
pub mod engine;
pub mod init;
pub mod json;
pub mod loss;
pub mod losses;
pub mod measures;
pub mod minimize;
pub mod numbers;
pub mod optimizer;
pub mod optimizers;
pub mod positions;
pub mod safetensors;
pub mod shapes;
pub mod spec;
pub mod state_dict;
pub mod train;
pub mod weights;

pub use arrays::{Array, Arrays, Values};
pub use shapes::{Parameter, ResolvedLayer, ResolvedNetwork, resolve};
pub use spec::{Activation, LayerSpec, NetworkSpec};
pub use weights::Weights;
