//! The Node-API binding: conversions, errors, abort and progress. No mathematics here.

mod analysis;
mod array;
mod device;
mod drawing;
mod error;
mod expressions;
mod kernels;
mod machine;
mod memory;
mod nets;
mod number;
mod numbers;
mod random;
mod raster;
mod spectra;
mod task;

#[napi_derive::module_init]
fn loaded() {
    compute::allocator::keep_freed();
}
