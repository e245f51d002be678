//! What every other crate shares: the error type, cancellation and progress, random numbers.

pub mod control;
pub mod error;
pub mod random;
pub mod stream;

pub use control::Control;
pub use error::{Code, Error, Result};
pub use random::Random;
pub use stream::Stream;
