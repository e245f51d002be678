//! Models and their training for JavaScript. Descriptions come as JSON, arrays beside them by name.

mod arrays;
mod history;
mod many;
mod model;
mod store;

pub(crate) use arrays::{JsNamed, named_arrays};
pub use model::NativeModel;
pub(crate) use store::Store;
