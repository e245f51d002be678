//! An array of numbers whose start lies on a cache line, so that vectors of a row do not straddle two; large ones lie in
//! large pages.

use crate::memory::pages;
use crate::simd::scalar::Scalar;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

const ALIGNMENT: usize = 64;

/// A fixed-length array, zero at first, aligned to 64 bytes (to a large page where it is large). Use it as a slice.
pub struct Buffer<T: Scalar> {
    start: NonNull<T>,
    length: usize,
}

// SAFETY: a Buffer owns its numbers, as a Vec does.
unsafe impl<T: Scalar> Send for Buffer<T> {}
// SAFETY: as above; shared access only reads.
unsafe impl<T: Scalar> Sync for Buffer<T> {}

impl<T: Scalar> Buffer<T> {
    pub fn zeros(length: usize) -> Self {
        if length == 0 {
            return Buffer { start: NonNull::dangling(), length };
        }
        let layout = Self::layout(length);
        // SAFETY: the layout is not empty.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }.cast::<T>()) else { handle_alloc_error(layout) };
        // SAFETY: the memory is `length` numbers that nobody else has, of which none is read before it is written.
        unsafe {
            pages::advise(start.as_ptr().cast(), layout.size());
            // All bits zero is the number zero.
            start.write_bytes(0, length);
        }
        Buffer { start, length }
    }

    pub fn from_slice(values: &[T]) -> Self {
        let mut buffer = Self::zeros(values.len());
        buffer.copy_from_slice(values);
        buffer
    }

    fn layout(length: usize) -> Layout {
        let layout = Layout::array::<T>(length).expect("a length that memory can hold");
        let alignment = if layout.size() < pages::LEAST { ALIGNMENT } else { pages::LARGE };
        layout.align_to(alignment).expect("a power of two")
    }
}

impl<T: Scalar> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: `length` numbers from `start` are owned and initialised.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T: Scalar> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

impl<T: Scalar> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self::from_slice(self)
    }
}

impl<T: Scalar> Default for Buffer<T> {
    fn default() -> Self {
        Self::zeros(0)
    }
}

impl<T: Scalar> Drop for Buffer<T> {
    fn drop(&mut self) {
        if self.length > 0 {
            // SAFETY: allocated in `zeros` with the same layout.
            unsafe { dealloc(self.start.as_ptr().cast(), Self::layout(self.length)) }
        }
    }
}
