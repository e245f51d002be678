//! Where candle computes, and its errors as ours.

use base::{Code, Error, Result};
use candle_core::WithDType;
use compute::Scalar;

/// `f32` or `f64`, as both `nets` and candle know it.
pub trait Real: Scalar + WithDType {}
impl Real for f32 {}
impl Real for f64 {}

/// A device of candle.
#[derive(Debug, Clone)]
pub enum Device {
    /// candle on the CPU: for tests. (The CPU engine of `nets` is many times faster.)
    Cpu,
    Cuda(candle_core::Device),
}

impl Device {
    /// `cpu`, `cuda` (the first GPU) or `cuda:N`.
    ///
    /// # Errors
    /// `CUDA_UNAVAILABLE` where this build has no CUDA or the machine no such GPU.
    pub fn open(name: &str) -> Result<Self> {
        if name == "cpu" {
            return Ok(Device::Cpu);
        }
        let ordinal = name.strip_prefix("cuda").and_then(|rest| match rest {
            "" => Some(0),
            rest => rest.strip_prefix(':')?.parse::<usize>().ok(),
        });
        let Some(ordinal) = ordinal else {
            return Err(Error::argument(format!("device: expected 'cpu', 'cuda' or 'cuda:N', got '{name}'")));
        };
        // Without a GPU the driver's functions may fail by a panic inside of the CUDA bindings.
        let opened = std::panic::catch_unwind(|| candle_core::Device::new_cuda(ordinal));
        match opened {
            Ok(Ok(device)) => Ok(Device::Cuda(device)),
            Ok(Err(error)) => Err(unavailable(name, &error.to_string())),
            Err(_) => Err(unavailable(name, "the CUDA driver could not be used")),
        }
    }

    /// For the record of a run: `candle-cpu`, `candle-cuda`.
    pub fn name(&self) -> &'static str {
        match self {
            Device::Cpu => "candle-cpu",
            Device::Cuda(_) => "candle-cuda",
        }
    }

    pub(crate) fn candle(&self) -> candle_core::Device {
        match self {
            Device::Cpu => candle_core::Device::Cpu,
            Device::Cuda(device) => device.clone(),
        }
    }

    /// Refuses what this machine's memory cannot hold; a GPU says so itself, see [`lift`].
    pub(crate) fn check_memory(&self, what: &str, bytes: usize, limit: Option<usize>) -> Result<()> {
        match (self, limit) {
            (Device::Cpu, _) | (_, Some(_)) => base::memory::check(what, bytes, limit),
            (Device::Cuda(_), None) => Ok(()),
        }
    }
}

fn unavailable(name: &str, reason: &str) -> Error {
    let reason = reason.lines().next().unwrap_or_default();
    Error::new(Code::CudaUnavailable, format!("device: '{name}' cannot be opened ({reason}); use 'cpu'"))
}

/// candle's result as ours. What may be wrong with a call is checked before candle sees it: what is left is a lack of
/// memory, or a defect.
pub(crate) fn lift<T>(result: candle_core::Result<T>) -> Result<T> {
    result.map_err(|error| {
        let message = error.to_string();
        if message.contains("OUT_OF_MEMORY") {
            return Error::new(Code::OverMemoryLimit, "the GPU has not enough free memory for this network and batch");
        }
        Error::new(Code::Internal, format!("candle: {message}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_says_so() {
        assert!(matches!(Device::open("cpu"), Ok(Device::Cpu)));
        for wrong in ["gpu", "cuda:", "cuda:x", "cuda-1"] {
            assert_eq!(Device::open(wrong).unwrap_err().code, Code::InvalidArgument, "{wrong}");
        }
        // No machine has a thousand of them.
        assert_eq!(Device::open("cuda:999").unwrap_err().code, Code::CudaUnavailable);
    }
}
