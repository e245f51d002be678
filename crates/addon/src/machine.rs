//! What this process computes with.

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
