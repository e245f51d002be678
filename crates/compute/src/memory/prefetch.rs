//! Fetching memory into the cache ahead of its use, where a processor cannot foresee it: from row to row of a wide array. Only
//! hints, and none where the processor has no such instruction.

/// Fetches `array`, to be read soon.
#[inline(always)]
pub fn prefetch<T>(array: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in lines(array) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, and it reads nothing that the program sees.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = array;
}

/// Fetches `array`, to be written soon: other cores give up what they have of it.
#[inline(always)]
pub fn prefetch_for_writing<T>(array: &mut [T]) {
    #[cfg(target_arch = "x86_64")]
    for line in lines(array) {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        // SAFETY: a hint, on processors without it an instruction that does nothing.
        unsafe { _mm_prefetch::<_MM_HINT_ET0>(line.as_ptr().cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = array;
}

/// Pieces of 64 bytes, a cache line.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn lines<T>(array: &[T]) -> std::slice::Chunks<'_, T> {
    array.chunks((64 / size_of::<T>().max(1)).max(1))
}
