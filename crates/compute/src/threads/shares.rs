//! A slice whose elements several tasks of a [`Team`](crate::Team) change, each its own.

use std::marker::PhantomData;

/// Hands out elements of a borrowed slice across threads.
pub struct Shares<'a, X> {
    start: *mut X,
    length: usize,
    borrow: PhantomData<&'a mut [X]>,
}

// SAFETY: `Shares` gives out `&mut X`, for which X must be sendable; that no two tasks share one is `get`'s contract.
unsafe impl<X: Send> Sync for Shares<'_, X> {}

impl<'a, X> Shares<'a, X> {
    pub fn new(slice: &'a mut [X]) -> Self {
        Shares { start: slice.as_mut_ptr(), length: slice.len(), borrow: PhantomData }
    }

    /// Element `index`.
    ///
    /// # Safety
    /// While the result lives, nobody else asks for the same index.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn get(&self, index: usize) -> &mut X {
        assert!(index < self.length);
        // SAFETY: within the slice, and exclusive by the caller's promise.
        unsafe { &mut *self.start.add(index) }
    }

    /// Elements `from .. to`.
    ///
    /// # Safety
    /// While the result lives, nobody else asks for an index among them.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn range(&self, from: usize, to: usize) -> &mut [X] {
        assert!(from <= to && to <= self.length);
        // SAFETY: within the slice, and exclusive by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(from), to - from) }
    }
}
