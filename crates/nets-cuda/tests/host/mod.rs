//! The kernels compiled for the host: the same text with other words for what is CUDA's own (`shim.cu`).

mod compiler;

use base::{Code, Error, Result};
use compiler::compile;
use libloading::Library;
use nets_cuda::backend::{Backend, Kernel, Launch};
use nets_cuda::{Card, Chain, Layout, source};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

const SHIM: &str = include_str!("shim.cu");
const ENTRY: &str = include_str!("entry.cu");

/// A card that is this machine: `card` decides how shapes are cut, `pace` how many steps a launch takes.
pub struct Host {
    pub card: Card,
    pub pace: u64,
    kernels: Mutex<HashMap<u64, Kernel>>,
}

/// A kernel's library. Its threads' fibers are its own: one launch at a time.
struct Compiled(Mutex<Library>);

impl Host {
    pub fn new(card: Card, pace: u64) -> Self {
        Host { card, pace, kernels: Mutex::default() }
    }
}

impl Backend for Host {
    fn card(&self) -> &Card {
        &self.card
    }

    fn name(&self) -> String {
        "cuda-host".to_owned()
    }

    fn pace(&self) -> Option<u64> {
        Some(self.pace)
    }

    fn kernel(&self, chain: &Chain, layout: &Layout) -> Result<Kernel> {
        let text = source::compose(chain, layout, SHIM, ENTRY);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        let kernel = kernels.entry(hasher.finish()).or_insert_with(|| {
            let path = compile(&text, &["-shared", "-fPIC"], ".so");
            // SAFETY: a library that was made a moment ago; it has no initialisers of its own.
            Arc::new(Compiled(Mutex::new(unsafe { Library::new(path) }.unwrap())))
        });
        Ok(kernel.clone())
    }

    fn take(&self, bytes: usize) -> Result<u64> {
        // With its length before it. What a card gives is not cleared either.
        let mut words = vec![0xffff_ffff_ffff_ffffu64; bytes.div_ceil(8) + 2];
        words[0] = words.len() as u64;
        let place = Box::leak(words.into_boxed_slice()).as_mut_ptr();
        Ok(place as u64 + 16)
    }

    fn free(&self, place: u64) {
        let place = (place - 16) as *mut u64;
        // SAFETY: what `take` leaked, with the length that it wrote.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(place, *place as usize)) });
    }

    fn write(&self, place: u64, bytes: &[u8]) -> Result<()> {
        // SAFETY: the caller writes inside what it took.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), place as *mut u8, bytes.len()) };
        Ok(())
    }

    fn read(&self, place: u64, bytes: &mut [u8]) -> Result<()> {
        // SAFETY: the caller reads inside what it took.
        unsafe { std::ptr::copy_nonoverlapping(place as *const u8, bytes.as_mut_ptr(), bytes.len()) };
        Ok(())
    }

    fn launch(&self, kernel: &Kernel, launch: &Launch, blocks: usize, shared: usize) -> Result<()> {
        type Entry = unsafe extern "C" fn(*const Launch, u32, usize);
        let Some(Compiled(library)) = kernel.downcast_ref() else {
            return Err(Error::new(Code::Internal, "a kernel of another backend"));
        };
        let library = library.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: `entry.cu` defines it so, and the launch's places hold what the kernel reads and writes.
        unsafe {
            let entry = library.get::<Entry>(b"launch_on_host").unwrap();
            entry(launch, blocks as u32, shared);
        }
        Ok(())
    }
}
