//! Which engine a model's numbers go through: the CPU's, or candle's on a GPU in the build with CUDA
//! (`npm run build:cuda`, the feature `cuda`).

#[cfg(not(feature = "cuda"))]
use compute::Scalar as Real;
#[cfg(feature = "cuda")]
use nets_candle::Real;

use base::{Control, Error, Result};
use nets::engine::Derivatives;
use nets::training::{History, Job, TrainSpec, train, train_many};
use nets::{Arrays, ResolvedNetwork, Weights};

#[derive(Clone)]
pub enum Device {
    Cpu,
    #[cfg(feature = "cuda")]
    Gpu(nets_candle::Device),
}

/// The GPU of that name, opened once in a process: its kernels are loaded once.
#[cfg(feature = "cuda")]
fn gpu(name: &str) -> Result<Device> {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};
    static OPEN: LazyLock<Mutex<HashMap<String, nets_candle::Device>>> = LazyLock::new(Mutex::default);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(device) = open.get(name) {
        return Ok(Device::Gpu(device.clone()));
    }
    let device = nets_candle::Device::open(name)?;
    open.insert(name.into(), device.clone());
    Ok(Device::Gpu(device))
}

#[cfg(not(feature = "cuda"))]
fn gpu(name: &str) -> Result<Device> {
    let message = format!("device: '{name}' needs the CUDA build of the addon (npm run build:cuda); use 'cpu'");
    Err(Error::new(base::Code::CudaUnavailable, message))
}

impl Device {
    /// `cpu`, `cuda` or `cuda:N`.
    ///
    /// # Errors
    /// `CUDA_UNAVAILABLE`, `INVALID_ARGUMENT` for another name.
    pub fn open(name: &str) -> Result<Self> {
        match name {
            "cpu" => Ok(Device::Cpu),
            name if name.starts_with("cuda") => gpu(name),
            name => Err(Error::argument(format!("device: expected 'cpu', 'cuda' or 'cuda:N', got '{name}'"))),
        }
    }

    pub fn predict<T: Real>(
        &self,
        network: &ResolvedNetwork,
        weights: &Weights<T>,
        inputs: &[T],
        threads: usize,
        control: &Control,
    ) -> Result<Vec<T>> {
        match self {
            Device::Cpu => weights.predict(network, inputs, threads, control),
            #[cfg(feature = "cuda")]
            Device::Gpu(device) => nets_candle::predict(device, network, weights, inputs),
        }
    }

    pub fn derivatives<T: Real>(
        &self,
        network: &ResolvedNetwork,
        weights: &Weights<T>,
        inputs: &[T],
        threads: usize,
        control: &Control,
    ) -> Result<Derivatives<T>> {
        match self {
            Device::Cpu => weights.derivatives(network, inputs, threads, control),
            #[cfg(feature = "cuda")]
            Device::Gpu(device) => nets_candle::derivatives(device, network, weights, inputs),
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
        match self {
            Device::Cpu => train(network, weights, spec, arrays, seed, threads, control),
            #[cfg(feature = "cuda")]
            Device::Gpu(device) => nets_candle::train(device, network, weights, spec, arrays, seed, control),
        }
    }

    pub fn train_many<T: Real>(
        &self,
        jobs: Vec<Job<T>>,
        threads: usize,
        control: &Control,
    ) -> Result<Vec<(History, Weights<T>)>> {
        match self {
            Device::Cpu => train_many(jobs, threads, control),
            #[cfg(feature = "cuda")]
            Device::Gpu(device) => nets_candle::train_many(device, jobs, control),
        }
    }
}
