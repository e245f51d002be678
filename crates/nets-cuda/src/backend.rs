//! What runs the kernels: a card through its driver, or in tests the host. All of it is done when a call returns.

use crate::card::Card;
use crate::chain::Chain;
use crate::layout::Layout;
use base::Result;
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// A compiled kernel, as its backend knows it.
pub type Kernel = Arc<dyn Any + Send + Sync>;

pub trait Backend: Send + Sync {
    fn card(&self) -> &Card;

    /// For the record of a run.
    fn name(&self) -> String;

    /// Steps of a launch, where they are not for time to decide.
    fn pace(&self) -> Option<u64> {
        None
    }

    /// The kernel of that shape, compiled or from the cache.
    fn kernel(&self, chain: &Chain, layout: &Layout) -> Result<Kernel>;

    /// # Errors
    /// `OVER_MEMORY_LIMIT`.
    fn take(&self, bytes: usize) -> Result<u64>;
    fn free(&self, place: u64);
    fn write(&self, place: u64, bytes: &[u8]) -> Result<()>;
    fn read(&self, place: u64, bytes: &mut [u8]) -> Result<()>;
    fn launch(&self, kernel: &Kernel, launch: &Launch, blocks: usize, shared: usize) -> Result<()>;
}

/// `Launch` of `kernels/rules.cu`: places are addresses of the backend's memory.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Launch {
    pub jobs: u64,
    pub active: u64,
    pub data: u64,
    pub state: u64,
    pub buffers: u64,
    pub slots: u64,
    pub tables: u64,
    pub orders: u64,
    pub dues: u64,
    pub losses: u64,
    pub kept: u64,
    pub ends: u64,
    pub first: u64,
    pub steps: u32,
    pub samples: u32,
    pub batch: u32,
    pub most: u32,
    pub evaluate: u32,
}

/// `Job` of `kernels/rules.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Job {
    pub x: u64,
    pub y: u64,
    pub weights: u64,
    pub order: u64,
    pub table: u64,
    pub due: u64,
    pub rate: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    pub decay: f64,
    pub shrink: f64,
    pub limit: f64,
    pub norm: f64,
    pub delta: f64,
    pub rule: u32,
    pub nesterov: u32,
    pub loss: u32,
    pub weighting: u32,
}

/// Numbers without padding and without values that are not allowed.
///
/// # Safety
/// Every pattern of bits is a value, and every byte of a value is set.
pub unsafe trait Plain: Copy + Default {}
// SAFETY: numbers.
unsafe impl Plain for f32 {}
// SAFETY: numbers.
unsafe impl Plain for f64 {}
// SAFETY: numbers.
unsafe impl Plain for u32 {}
// SAFETY: fifteen numbers of eight bytes, then four of four: nothing lies between them.
unsafe impl Plain for Job {}

/// Memory of a backend, given back when it is dropped.
pub struct Buffer<'a, T> {
    backend: &'a dyn Backend,
    pub place: u64,
    length: usize,
    numbers: PhantomData<T>,
}

impl<'a, T: Plain> Buffer<'a, T> {
    /// At least one number: an address of nothing is none.
    pub fn new(backend: &'a dyn Backend, length: usize) -> Result<Self> {
        let length = length.max(1);
        let place = backend.take(length * size_of::<T>())?;
        Ok(Buffer { backend, place, length, numbers: PhantomData })
    }

    pub fn of(backend: &'a dyn Backend, values: &[T]) -> Result<Self> {
        let buffer = Self::new(backend, values.len())?;
        buffer.write(values)?;
        Ok(buffer)
    }

    /// Puts `values` at its beginning.
    pub fn write(&self, values: &[T]) -> Result<()> {
        assert!(values.len() <= self.length);
        // SAFETY: plain numbers are bytes.
        let bytes = unsafe { std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(values)) };
        if bytes.is_empty() { Ok(()) } else { self.backend.write(self.place, bytes) }
    }

    /// `count` numbers from number `first` on.
    pub fn read(&self, first: usize, count: usize) -> Result<Vec<T>> {
        assert!(first + count <= self.length);
        let mut values = vec![T::default(); count];
        // SAFETY: plain numbers are bytes, and every pattern of bits is a number.
        let bytes = unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast::<u8>(), count * size_of::<T>()) };
        if count > 0 {
            self.backend.read(self.place + (first * size_of::<T>()) as u64, bytes)?;
        }
        Ok(values)
    }
}

impl<T> Drop for Buffer<'_, T> {
    fn drop(&mut self) {
        self.backend.free(self.place);
    }
}
