//! Large pages for large arrays.
//!
//! A pass down the columns of an array touches a page with every element; with pages of 4 KiB the address translation then
//! costs more than the work (the transform of 1024 x 1024 f64: a factor of two), and so does their first use. Linux gives
//! pages of 2 MiB to whoever asks.

/// Bytes of a large page.
pub const LARGE: usize = 2 << 20;
/// Smallest array, in bytes, that is worth it.
pub const LEAST: usize = 2 * LARGE;

/// Asks for large pages for the memory of `array`, before it is first written. Only a hint: nothing depends on the answer.
pub fn prefer_large<T>(array: &mut [T]) {
    // SAFETY: the slice is memory that this process owns.
    unsafe { advise(array.as_mut_ptr().cast(), size_of_val(array)) }
}

/// The numbers of `from` in an array of large pages.
pub fn collect<T>(from: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut to = Vec::with_capacity(from.len());
    prefer_large(to.spare_capacity_mut());
    to.extend(from);
    to
}

/// As [`prefer_large`], for memory that holds nothing yet.
///
/// # Safety
/// `bytes` bytes from `start` belong to the caller.
pub(crate) unsafe fn advise(start: *mut u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        if bytes < LEAST {
            return;
        }
        let skipped = start.addr().next_multiple_of(PAGE) - start.addr();
        let whole = (bytes - skipped) / PAGE * PAGE;
        // SAFETY: the range lies inside the caller's memory, and the advice changes no content.
        unsafe { libc::madvise(start.add(skipped).cast(), whole, libc::MADV_HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_changes_nothing() {
        for bytes in [0, 1, LEAST - 1, LEAST, LEAST + 12_345] {
            let mut array: Vec<u8> = (0..bytes).map(|i| i as u8).collect();
            prefer_large(&mut array);
            assert!(array.iter().enumerate().all(|(i, x)| *x == i as u8));
            assert_eq!(collect(array.iter().copied()), array);
        }
    }
}
