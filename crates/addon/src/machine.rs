//! What this process computes with.

use crate::device::Device;
use crate::error::run;
use napi_derive::napi;

/// The SIMD path of this process: `avx2`, `neon` or `portable`.
#[napi]
pub fn simd_path() -> String {
    compute::SimdPath::current().name().to_owned()
}

/// Every SIMD path that this machine can run, the best first.
#[napi]
pub fn simd_paths() -> Vec<String> {
    compute::SimdPath::available().into_iter().map(|path| path.name().to_owned()).collect()
}

/// Opens a device (`cuda`, `cuda:N`), or says why it cannot be: `CUDA_UNAVAILABLE`.
#[napi]
pub fn open_device(name: String) -> napi::Result<()> {
    run(|| Device::open(&name).map(|_| ()))
}
