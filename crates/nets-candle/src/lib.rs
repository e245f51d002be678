//! The networks of [`nets`] run by candle: on its CPU device in tests, on CUDA on a GPU server.
//!
//! The description, the initial numbers, the batches, the records and the probes are those of `nets`; the arithmetic is
//! candle's, so that it agrees with the CPU engine to a tolerance, not to the bit. First-order optimisers only.
//!
//! Every tensor has the **replicas** on its first axis: one training is a stack of one, and trainings that differ only
//! in their seed or data are stacked, so that a sweep's small products become batched ones (`[r, n, in] x [r, in, out]`).
//! Derivatives by the input are carried forward as tensors beside the values ([`Signal`]), so that one backward pass
//! differentiates a loss that is made of them: candle has no second one.
//!
//! ```
//! use nets::{NetworkSpec, Weights, resolve};
//! use nets_candle::Device;
//! let spec = NetworkSpec::from_json(r#"{ "input": 1, "layers": [{ "type": "dense", "units": 1 }] }"#).unwrap();
//! let network = resolve(&spec).unwrap();
//! let weights = Weights { parameters: vec![2.0f64, 1.0], buffers: vec![] };
//! let outputs = nets_candle::predict(&Device::Cpu, &network, &weights, &[0.0, 3.0]).unwrap();
//! assert_eq!(outputs, [1.0, 7.0]);
//! ```

#![forbid(unsafe_code)]

mod activations;
mod data;
mod device;
mod equations;
mod formula;
mod forward;
mod layers;
mod muon;
mod objective;
mod optimizer;
mod predict;
mod signal;
mod spectral;
mod stack;
mod train;

pub use device::{Device, Real};
pub use predict::{derivatives, predict};
pub use signal::Signal;
pub use train::{train, train_many};
