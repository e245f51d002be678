//! What every other crate shares: the error type, cancellation and progress, random numbers, estimates of memory, whole files, sums of squares of any magnitude.

pub mod control;
pub mod elementary;
pub mod error;
pub mod file;
pub mod magnitude;
pub mod memory;
pub mod random;
pub mod stream;

pub use control::Control;
pub use error::{Code, Error, Result};
pub use random::Random;
pub use stream::Stream;
