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

/// What `FPRINCIPLE_SIMD` may name on this machine: every path, the best first, and `avx2-narrow` where there are wider registers.
#[napi(catch_unwind)]
pub fn simd_paths() -> napi::Result<Vec<String>> {
    run(|| Ok(compute::SimdPath::pins().into_iter().map(|(name, _)| name.to_owned()).collect()))
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

/// What there is of CUDA: a driver, a card and a compiler, each as it was found or why it is not there.
#[napi(object)]
pub struct JsCuda {
    pub available: bool,
    pub driver: String,
    pub card: String,
    pub nvrtc: String,
    /// Where NVRTC was looked for after the system's own places.
    pub looked: Vec<String>,
    /// What installs what is missing, a line each.
    pub install: Vec<String>,
}

/// Loads the driver and NVRTC, if they are here.
#[napi(catch_unwind)]
pub fn cuda_found() -> napi::Result<JsCuda> {
    run(|| {
        let found = nets_cuda::found::look();
        Ok(JsCuda {
            available: found.available,
            driver: found.driver,
            card: found.card,
            nvrtc: found.nvrtc,
            looked: found.looked,
            install: found.install,
        })
    })
}

/// How trainings of a network (JSON) would be cut on each of the cards that are known and on those that are here, a line each:
/// `samples` in batches of `batch`, `runs` at once; times are predictions.
#[napi(catch_unwind)]
pub fn cuda_plan(
    spec: String,
    dtype: String,
    samples: f64,
    batch: f64,
    runs: f64,
    memory_limit: Option<f64>,
) -> napi::Result<Vec<Vec<String>>> {
    run(|| {
        let network = nets::resolve(&nets::NetworkSpec::from_json(&spec)?)?;
        let size = match dtype.as_str() {
            "f32" => 4,
            "f64" => 8,
            other => return Err(Error::argument(format!("dtype: expected 'f32' or 'f64', got '{other}'"))),
        };
        let work = nets_cuda::Work {
            size,
            samples: number::natural("samples", samples)?,
            batch: number::natural("batch", batch)?,
            runs: number::natural("runs", runs)?,
            limit: memory_limit.map(number::bytes),
        };
        let mut cards = nets_cuda::Card::all().to_vec();
        cards.extend(nets_cuda::found::card());
        cards.iter().map(|card| Ok(nets_cuda::plan(&network, &work, card)?.explain(&work, card))).collect()
    })
}
