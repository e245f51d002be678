//! A slice whose elements several threads change, each its own: the one way to hand out parts of an array.

use std::marker::PhantomData;

/// Hands out elements of a borrowed slice across threads.
pub struct Shares<'a, X> {
    start: *mut X,
    length: usize,
    borrow: PhantomData<&'a mut [X]>,
}

impl<X> Clone for Shares<'_, X> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<X> Copy for Shares<'_, X> {}

// SAFETY: as for `Sync`.
unsafe impl<X: Send> Send for Shares<'_, X> {}
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

    /// `length` elements from `start` on.
    ///
    /// # Safety
    /// While the result lives, nobody else asks for an index among them.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub unsafe fn slice(&self, start: usize, length: usize) -> &mut [X] {
        assert!(start <= self.length && length <= self.length - start);
        // SAFETY: within the slice, and exclusive by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), length) }
    }

    /// Element `index` becomes `value`, without dropping what was there.
    ///
    /// # Safety
    /// `index` lies within the slice (asserted only with debug assertions: this stands in the innermost loops), and nobody else
    /// asks for it meanwhile.
    #[inline(always)]
    pub unsafe fn write(&self, index: usize, value: X) {
        debug_assert!(index < self.length);
        // SAFETY: the caller's promise.
        unsafe { self.start.add(index).write(value) }
    }
}
