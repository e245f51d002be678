//! A card through NVIDIA's driver. The library is loaded when a card is asked for; where it is not there, that is an error.

use crate::backend::{Backend, Kernel, Launch};
use crate::card::Card;
use crate::chain::Chain;
use crate::layout::Layout;
use crate::{cache, nvrtc, source};
use base::{Code, Error, Result};
use cudarc::driver::sys::{self, CUdevice_attribute as Attribute, CUfunction_attribute_enum as FunctionAttribute};
use cudarc::driver::{CudaContext, CudaFunction, DeviceRepr, DriverError, LaunchConfig, PushKernelArg, result};
use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, PoisonError};

/// A card that is open.
pub struct Driver {
    context: Arc<CudaContext>,
    card: Card,
    kernels: Mutex<HashMap<String, Kernel>>,
}

// SAFETY: numbers, in the order of `Launch` in `kernels/rules.cu`; the driver copies them when a kernel is started.
unsafe impl DeviceRepr for Launch {}

fn unavailable(name: &str, reason: &str) -> Error {
    Error::new(Code::CudaUnavailable, format!("device: '{name}' cannot be opened ({reason}); or use 'cpu'"))
}

/// The driver's error as ours.
fn failed(error: DriverError) -> Error {
    if error.0 == sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY {
        return Error::new(Code::OverMemoryLimit, "the GPU has not enough free memory for these trainings");
    }
    Error::new(Code::Internal, format!("CUDA: {error:?}"))
}

/// The driver's version, as `13.0`.
///
/// # Errors
/// Why there is none, in words.
pub fn version() -> std::result::Result<String, String> {
    let asked = catch_unwind(|| {
        // SAFETY: it looks for the library, no more.
        if !unsafe { sys::is_culib_present() } {
            return Err("NVIDIA's driver (libcuda.so.1) is not here".to_owned());
        }
        let mut version = 0;
        // SAFETY: the place is there.
        let asked = unsafe { sys::cuDriverGetVersion(&mut version) }.result();
        asked.map(|()| format!("{}.{}", version / 1000, version % 1000 / 10)).map_err(|error| format!("{:?}", error.0))
    });
    asked.unwrap_or_else(|_| Err("NVIDIA's driver could not be used".to_owned()))
}

/// The number in `cuda:N`, 0 for `cuda`.
pub fn ordinal(name: &str) -> Result<usize> {
    let number = name.strip_prefix("cuda").and_then(|rest| match rest {
        "" => Some(0),
        rest => rest.strip_prefix(':')?.parse().ok(),
    });
    number.ok_or_else(|| Error::argument(format!("device: expected 'cpu', 'cuda' or 'cuda:N', got '{name}'")))
}

impl Driver {
    /// `cuda` (the first card) or `cuda:N`, with what compiles kernels for it.
    ///
    /// # Errors
    /// `CUDA_UNAVAILABLE` with what is missing, `INVALID_ARGUMENT` for another name.
    pub fn open(name: &str) -> Result<Self> {
        let number = ordinal(name)?;
        version().map_err(|reason| unavailable(name, &reason))?;
        let opened = catch_unwind(|| -> std::result::Result<_, DriverError> {
            let context = CudaContext::new(number)?;
            let card = card(&context)?;
            Ok((context, card))
        });
        let (context, card) = match opened {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => return Err(unavailable(name, &format!("{:?}", error.0))),
            Err(_) => return Err(unavailable(name, "the driver could not be used")),
        };
        if card.architecture < 80 {
            let reason = format!("{} has compute capability {}, the kernels need 80", card.name, card.architecture);
            return Err(unavailable(name, &reason));
        }
        nvrtc::load().map_err(|error| unavailable(name, &error.message))?;
        Ok(Driver { context, card, kernels: Mutex::default() })
    }

    fn bound(&self) -> Result<()> {
        self.context.bind_to_thread().map_err(failed)
    }
}

/// What the driver says about a card.
fn card(context: &CudaContext) -> std::result::Result<Card, DriverError> {
    let number = |attribute| context.attribute(attribute).map(|value| value.max(0) as usize);
    let (major, minor) = context.compute_capability()?;
    let architecture = (10 * major + minor).max(0) as u32;
    let (_, lanes) = Card::of_architecture(architecture);
    Ok(Card {
        name: context.name()?,
        architecture,
        multiprocessors: number(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
        shared_per_block: number(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?,
        shared: number(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR)?,
        threads: number(Attribute::CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR)?,
        lanes,
        clock: number(Attribute::CU_DEVICE_ATTRIBUTE_CLOCK_RATE)? as f64 * 1e-6,
        memory: context.total_mem()?,
    })
}

impl Backend for Driver {
    fn card(&self) -> &Card {
        &self.card
    }

    fn name(&self) -> String {
        format!("cuda-sm_{}", self.card.architecture)
    }

    fn kernel(&self, chain: &Chain, layout: &Layout) -> Result<Kernel> {
        let text = source::for_card(chain, layout);
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kernel) = kernels.get(&text) {
            return Ok(kernel.clone());
        }
        let code = cache::cubin(&text, self.card.architecture)?;
        let module = self.context.load_module(cudarc::nvrtc::Ptx::from_binary(code)).map_err(failed)?;
        let function = module.load_function("train").map_err(failed)?;
        let most = FunctionAttribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        function.set_attribute(most, layout.bytes as i32).map_err(failed)?;
        let kernel: Kernel = Arc::new((function, layout.threads));
        kernels.insert(text, kernel.clone());
        Ok(kernel)
    }

    fn take(&self, bytes: usize) -> Result<u64> {
        self.bound()?;
        // SAFETY: given back by `free`, which a buffer calls once.
        unsafe { result::malloc_sync(bytes) }.map_err(failed)
    }

    fn free(&self, place: u64) {
        // Nothing can be done about a failure here: a later call meets it.
        if self.bound().is_ok() {
            // SAFETY: a place that `take` gave.
            let _ = unsafe { result::free_sync(place) };
        }
    }

    fn write(&self, place: u64, bytes: &[u8]) -> Result<()> {
        self.bound()?;
        // SAFETY: the caller writes inside what it took.
        unsafe { result::memcpy_htod_sync(place, bytes) }.map_err(failed)
    }

    fn read(&self, place: u64, bytes: &mut [u8]) -> Result<()> {
        self.bound()?;
        // SAFETY: the caller reads inside what it took.
        unsafe { result::memcpy_dtoh_sync(bytes, place) }.map_err(failed)
    }

    fn launch(&self, kernel: &Kernel, launch: &Launch, blocks: usize, shared: usize) -> Result<()> {
        let Some((function, threads)) = kernel.downcast_ref::<(CudaFunction, usize)>() else {
            return Err(Error::new(Code::Internal, "a kernel of another backend"));
        };
        self.bound()?;
        let stream = self.context.default_stream();
        let shape = LaunchConfig {
            grid_dim: (blocks as u32, 1, 1),
            block_dim: (*threads as u32, 1, 1),
            shared_mem_bytes: shared as u32,
        };
        let mut builder = stream.launch_builder(function);
        builder.arg(launch);
        // SAFETY: the kernel's one argument, whose places hold what it reads and writes.
        unsafe { builder.launch(shape) }.map_err(failed)?;
        stream.synchronize().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_is_not_there_says_so() {
        for wrong in ["gpu", "cuda:", "cuda:x", "cuda-1"] {
            assert_eq!(Driver::open(wrong).err().map(|error| error.code), Some(Code::InvalidArgument), "{wrong}");
        }
        // No machine has a thousand of them.
        let error = Driver::open("cuda:999").err().unwrap();
        assert!(error.code == Code::CudaUnavailable && error.message.contains("use 'cpu'"), "{error}");
    }
}
