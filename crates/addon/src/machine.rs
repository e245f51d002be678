//! What this process computes with.

use crate::device::Device;
use crate::error::run;
use crate::number;
use base::Error;
use napi_derive::napi;

/// The SIMD path of this process: `avx2`, `neon` or `portable`. `INVALID_ARGUMENT` where `FPRINCIPLE_SIMD` names none.
#[napi(catch_unwind)]
pub fn simd_path() -> napi::Result<String> {
    run(|| Ok(compute::SimdPath::current().name().to_owned()))
}

/// Every SIMD path that this machine can run, the best first.
#[napi(catch_unwind)]
pub fn simd_paths() -> napi::Result<Vec<String>> {
    run(|| Ok(compute::SimdPath::available().into_iter().map(|path| path.name().to_owned()).collect()))
}

/// That there is memory for `bytes` bytes: `OVER_MEMORY_LIMIT` naming `what`, for arrays that JavaScript or a library makes.
#[napi(catch_unwind)]
pub fn check_memory(what: String, bytes: f64) -> napi::Result<()> {
    run(|| {
        if bytes.is_nan() || bytes < 0.0 {
            return Err(Error::argument(format!("{what}: expected a number of bytes, got {bytes}")));
        }
        base::memory::check(&what, number::bytes(bytes), None)
    })
}

/// Opens a device (`cuda`, `cuda:N`), or says why it cannot be: `CUDA_UNAVAILABLE`.
#[napi(catch_unwind)]
pub fn open_device(name: String) -> napi::Result<()> {
    run(|| Device::open(&name).map(|_| ()))
}
