//! The engine for a browser. A page's worker writes a request (JSON, and arrays behind it) into the module's memory, calls
//! [`request`], and reads the answer: what the Node-API binding does with JavaScript's own objects, without them.
//!
//! One thread, no clock, no files. A panic traps: the worker says so and starts the module anew.

mod answer;
mod memory;
mod message;
mod models;

pub use answer::answer;
pub use memory::{free, request, reserve};
pub use message::Message;
