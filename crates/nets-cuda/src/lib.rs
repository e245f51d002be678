//! Small networks on NVIDIA cards: one block of a card trains one network for many steps, thousands of them at once.
//!
//! The kernels are CUDA C++ in `kernels/`, specialised for a network's shape by macros and compiled by NVRTC on the machine that
//! has the card. [`plan()`] says how a shape is cut and what it takes; what has no kernel here is candle's (`nets-candle`).
//! Batches, records, probes and reasons to stop are those of [`nets::training`], losses and updates those of the CPU engine to
//! rounding. Every number of the optimiser, seed and data are a run's own.

pub mod backend;
mod cache;
mod card;
mod chain;
pub mod driver;
pub mod found;
mod functions;
mod layout;
mod numbers;
pub mod nvrtc;
mod plan;
mod predict;
mod prepared;
mod sharing;
pub mod source;
mod train;

pub use backend::Backend;
pub use card::Card;
pub use chain::Chain;
pub use driver::Driver;
pub use layout::{Choice, Layout};
pub use plan::{Block, Plan, Work, plan, unknown};
pub use sharing::{refusal, shared_out};
pub use train::{train, train_many};
