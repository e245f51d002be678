//! Large pages for large arrays.
//!
//! A pass down the columns of an array touches a page with every element; with pages of 4 KiB the address translation then
//! costs more than the transform (1024 x 1024 f64: a factor of two). Linux gives pages of 2 MiB to whoever asks.

/// Smallest array, in bytes, that is worth it.
#[cfg(target_os = "linux")]
const LEAST: usize = 4 << 20;

/// Asks for large pages for the memory of `array`, before it is first written. Only a hint: nothing depends on the answer.
pub fn prefer_large<T>(array: &mut [T]) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let (start, bytes) = (array.as_mut_ptr().addr(), size_of_val(array));
        if bytes < LEAST {
            return;
        }
        let first = start.next_multiple_of(PAGE);
        let len = (start + bytes - first) / PAGE * PAGE;
        // SAFETY: the range lies inside memory that this process owns, and the advice changes no content.
        unsafe { libc::madvise(array.as_mut_ptr().byte_add(first - start).cast(), len, libc::MADV_HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = array;
}
