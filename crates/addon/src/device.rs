//! Which engine a model's numbers go through: the CPU's, or on a GPU the fused kernels of `nets-cuda`, and for what these do not
//! have candle, in the build with it (`npm run build:cuda`, the feature `cuda`).

use base::{Control, Error, Result};
use nets::engine::Derivatives;
use nets::training::{History, Job, TrainSpec, train, train_many};
use nets::{Arrays, ResolvedNetwork, Weights};
use nets_cuda::Driver;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// `f32` or `f64`, as every engine of this build knows it.
#[cfg(feature = "cuda")]
pub trait Real: nets_candle::Real + nets_cuda::backend::Plain {}
/// `f32` or `f64`, as every engine of this build knows it.
#[cfg(not(feature = "cuda"))]
pub trait Real: compute::Scalar + nets_cuda::backend::Plain {}
impl Real for f32 {}
impl Real for f64 {}

#[derive(Clone)]
pub enum Device {
    Cpu,
    Gpu(Gpu),
}

/// A card, as those who use it have opened it.
#[derive(Clone)]
pub struct Gpu {
    /// In a build with candle they may be missing: NVRTC compiles them.
    kernels: Option<Arc<Driver>>,
    #[cfg(feature = "cuda")]
    candle: nets_candle::Device,
}

/// The GPU of that name, opened once in a process: its kernels are loaded once.
fn gpu(name: &str) -> Result<Gpu> {
    static OPEN: LazyLock<Mutex<HashMap<String, Gpu>>> = LazyLock::new(Mutex::default);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(gpu) = open.get(name) {
        return Ok(gpu.clone());
    }
    #[cfg(feature = "cuda")]
    let gpu = {
        let candle = nets_candle::Device::open(name)?;
        Gpu { kernels: Driver::open(name).ok().map(Arc::new), candle }
    };
    #[cfg(not(feature = "cuda"))]
    let gpu = Gpu { kernels: Some(Arc::new(Driver::open(name)?)) };
    open.insert(name.into(), gpu.clone());
    Ok(gpu)
}

impl Gpu {
    /// The kernels where they have what this training needs, else why they do not.
    fn kernels<T: Real>(
        &self,
        network: &ResolvedNetwork,
        spec: &TrainSpec,
        arrays: &Arrays,
    ) -> Result<std::result::Result<&Driver, String>> {
        let Some(driver) = &self.kernels else { return Ok(Err("NVRTC is not here".to_owned())) };
        let refusal = nets_cuda::refusal::<T>(&**driver, network, spec, arrays)?;
        Ok(refusal.map_or_else(|| Ok(&**driver), Err))
    }
}

/// What only candle trains, where candle is not.
#[cfg(not(feature = "cuda"))]
fn without_candle(reason: &str) -> Error {
    let message = format!(
        "device: {reason} in the fused kernels; npm install fprinciple-cuda-linux-x64 brings candle's (or `npm run build:cuda` \
         in a clone); or use 'cpu'"
    );
    Error::new(base::Code::CudaUnavailable, message)
}

impl Device {
    /// `cpu`, `cuda` or `cuda:N`.
    ///
    /// # Errors
    /// `CUDA_UNAVAILABLE`, `INVALID_ARGUMENT` for another name.
    pub fn open(name: &str) -> Result<Self> {
        match name {
            "cpu" => Ok(Device::Cpu),
            name if name.starts_with("cuda") => gpu(name).map(Device::Gpu),
            name => Err(Error::argument(format!("device: expected 'cpu', 'cuda' or 'cuda:N', got '{name}'"))),
        }
    }

    /// Without candle a GPU's models are evaluated by the CPU engine.
    pub fn predict<T: Real>(
        &self,
        network: &ResolvedNetwork,
        weights: &Weights<T>,
        inputs: &[T],
        threads: usize,
        control: &Control,
    ) -> Result<Vec<T>> {
        match self {
            #[cfg(feature = "cuda")]
            Device::Gpu(gpu) => nets_candle::predict(&gpu.candle, network, weights, inputs),
            _ => weights.predict(network, inputs, threads, control),
        }
    }

    /// As [`predict`](Self::predict).
    pub fn derivatives<T: Real>(
        &self,
        network: &ResolvedNetwork,
        weights: &Weights<T>,
        inputs: &[T],
        threads: usize,
        control: &Control,
    ) -> Result<Derivatives<T>> {
        match self {
            #[cfg(feature = "cuda")]
            Device::Gpu(gpu) => nets_candle::derivatives(&gpu.candle, network, weights, inputs),
            _ => weights.derivatives(network, inputs, threads, control),
        }
    }

    pub fn train<T: Real>(
        &self,
        network: &ResolvedNetwork,
        weights: &mut Weights<T>,
        spec: &TrainSpec,
        arrays: &Arrays,
        seed: u64,
        threads: usize,
        control: &Control,
    ) -> Result<History> {
        let Device::Gpu(gpu) = self else {
            return train(network, weights, spec, arrays, seed, threads, control);
        };
        match gpu.kernels::<T>(network, spec, arrays)? {
            Ok(driver) => nets_cuda::train(driver, network, weights, spec, arrays, seed, control),
            #[cfg(feature = "cuda")]
            Err(_) => nets_candle::train(&gpu.candle, network, weights, spec, arrays, seed, control),
            #[cfg(not(feature = "cuda"))]
            Err(reason) => Err(without_candle(&reason)),
        }
    }

    pub fn train_many<T: Real>(
        &self,
        jobs: Vec<Job<T>>,
        threads: usize,
        control: &Control,
    ) -> Result<Vec<(History, Weights<T>)>> {
        let Device::Gpu(gpu) = self else { return train_many(jobs, threads, control) };
        #[cfg(feature = "cuda")]
        let elsewhere = |jobs| nets_candle::train_many(&gpu.candle, jobs, control);
        #[cfg(not(feature = "cuda"))]
        let elsewhere = |jobs: Vec<Job<T>>| {
            let Job { network, spec, arrays, .. } = &jobs[0];
            let reason = gpu.kernels::<T>(network, spec, arrays)?.err().unwrap_or_default();
            let error = without_candle(&reason);
            Err(Error::new(error.code, format!("runs[0]: {}", error.message)))
        };
        let Some(driver) = &gpu.kernels else { return elsewhere(jobs) };
        let here = |jobs| nets_cuda::train_many(&**driver, jobs, control);
        nets_cuda::shared_out(&**driver, jobs, here, elsewhere)
    }
}
