//! What a network is: a description, checked; the shapes that follow from it; its first weights; weights in files.

pub mod activations;
pub mod arrays;
pub mod init;
pub mod json;
pub mod numbers;
pub mod positions;
pub mod safetensors;
pub mod shapes;
pub mod spec;
pub mod state_dict;
