//! Memory is estimated before it is taken, and taken so that it may fail: an allocation that nobody can refuse ends the
//! process.
//!
//! Every array whose size a caller chooses is checked first ([`check`]: `OVER_MEMORY_LIMIT` above the limit given or above what
//! the process can still have, [`available`]), and one that this package makes itself is reserved by [`reserve`] or [`zeros`],
//! which return what the system refuses as the same error. Libraries run only below the estimate.
//!
//! ```
//! use base::memory;
//! let gram: Vec<f64> = memory::zeros("kernel", memory::product(&[300, 300])).unwrap();
//! assert_eq!(gram.len(), 90_000);
//! let million = memory::bytes::<f64>(&[1 << 20, 1 << 40]);
//! assert_eq!(memory::check("kernel", million, None).unwrap_err().code, base::Code::OverMemoryLimit);
//! ```

mod system;

use crate::error::{Code, Error, Result};
pub use system::available;

/// Below that many bytes nothing is looked up.
const SMALL: usize = 1 << 20;

/// The product of the dimensions; the largest number there is where it does not fit.
pub fn product(dims: &[usize]) -> usize {
    if dims.contains(&0) {
        return 0;
    }
    dims.iter().fold(1, |size, &n| size.saturating_mul(n))
}

/// Bytes of an array of `T` with these dimensions; the largest number there is where it does not fit.
pub fn bytes<T>(dims: &[usize]) -> usize {
    product(dims).saturating_mul(size_of::<T>())
}

/// `OVER_MEMORY_LIMIT` if `bytes` for `what` are more than `limit` or more than this process can still have.
pub fn check(what: &str, bytes: usize, limit: Option<usize>) -> Result<()> {
    if let Some(limit) = limit.filter(|&limit| bytes > limit) {
        let message = format!("{what}: needs about {}, the memory limit is {}", size(bytes), size(limit));
        return Err(Error::new(Code::OverMemoryLimit, message));
    }
    if bytes < SMALL {
        return Ok(());
    }
    system::afford(bytes).map_err(|free| {
        let message = format!("{what}: needs about {}, this process can have {} more", size(bytes), size(free));
        Error::new(Code::OverMemoryLimit, message)
    })
}

/// An empty vector with room for `n`.
///
/// # Errors
/// `OVER_MEMORY_LIMIT` naming `what`.
pub fn reserve<T>(what: &str, n: usize) -> Result<Vec<T>> {
    let wanted = bytes::<T>(&[n]);
    check(what, wanted, None)?;
    let mut to = Vec::new();
    to.try_reserve_exact(n).map_err(|_| refused(what, wanted))?;
    Ok(to)
}

/// `n` copies of `value`.
///
/// # Errors
/// `OVER_MEMORY_LIMIT` naming `what`.
pub fn filled<T: Clone>(what: &str, n: usize, value: T) -> Result<Vec<T>> {
    let mut to = reserve(what, n)?;
    to.resize(n, value);
    Ok(to)
}

/// The values of `from`, of which there are `n`.
///
/// # Errors
/// `OVER_MEMORY_LIMIT` naming `what`.
pub fn collect<T>(what: &str, n: usize, from: impl IntoIterator<Item = T>) -> Result<Vec<T>> {
    let mut to = reserve(what, n)?;
    to.extend(from);
    Ok(to)
}

/// The values of `from` after those of `to`, which grows as a vector does.
///
/// # Errors
/// `OVER_MEMORY_LIMIT` naming `what`; `to` is then as it was.
pub fn append<T>(
    what: &str,
    to: &mut Vec<T>,
    from: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
) -> Result<()> {
    let from = from.into_iter();
    let length = to.len().saturating_add(from.len());
    if length > to.capacity() {
        let wanted = bytes::<T>(&[length.max(to.len().saturating_mul(2))]);
        check(what, wanted, None)?;
        to.try_reserve(from.len()).map_err(|_| refused(what, wanted))?;
    }
    to.extend(from);
    Ok(())
}

/// Numbers of which zero is all bits zero.
///
/// # Safety
/// All bits zero must be a value of the type.
pub unsafe trait Zero: Copy {}
macro_rules! zero {
    ($($t:ty),*) => { $(
        // SAFETY: zero of this type is all bits zero.
        unsafe impl Zero for $t {}
    )* };
}
zero!(f32, f64, u8, u16, u32, u64, usize, i32, i64);

/// `n` zeros, as pages that the system has zeroed where there are many: none is touched before it is written.
///
/// # Errors
/// `OVER_MEMORY_LIMIT` naming `what`.
pub fn zeros<T: Zero>(what: &str, n: usize) -> Result<Vec<T>> {
    let wanted = bytes::<T>(&[n]);
    check(what, wanted, None)?;
    let layout = std::alloc::Layout::array::<T>(n).map_err(|_| refused(what, wanted))?;
    if layout.size() == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the layout has a size; what is returned is checked.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    if start.is_null() {
        return Err(refused(what, wanted));
    }
    // SAFETY: from the global allocator with the layout of `n` values of `T`, all of them initialised (`Zero`).
    Ok(unsafe { Vec::from_raw_parts(start.cast(), n, n) })
}

fn refused(what: &str, bytes: usize) -> Error {
    Error::new(Code::OverMemoryLimit, format!("{what}: there is no memory for {}", size(bytes)))
}

/// Bytes as a person reads them.
fn size(bytes: usize) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        _ if bytes >> 20 < 10 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_limit_is_refused() {
        assert!(check("x", 10, Some(10)).is_ok());
        let over = check("x", 11, Some(10)).unwrap_err();
        assert_eq!(
            (over.code, &over.message[..]),
            (Code::OverMemoryLimit, "x: needs about 11 bytes, the memory limit is 10 bytes")
        );
        assert!(check("x", SMALL, None).is_ok());
        assert!(check("x", usize::MAX, None).is_err());
        assert!(check("x", usize::MAX, Some(usize::MAX)).is_err(), "a limit does not make memory");
    }

    #[test]
    fn products_that_do_not_fit_are_the_largest_number() {
        assert_eq!(bytes::<f64>(&[3, 4]), 96);
        assert_eq!(bytes::<f64>(&[]), 8);
        assert_eq!(bytes::<f64>(&[usize::MAX, 2]), usize::MAX);
        assert_eq!(bytes::<f64>(&[usize::MAX, 2, 0]), 0);
    }

    #[test]
    fn arrays_are_made_or_refused() {
        assert_eq!(zeros::<f64>("x", 3).unwrap(), [0.0; 3]);
        assert_eq!(zeros::<f64>("x", 0).unwrap(), []);
        assert!(zeros::<f32>("x", 1 << 20).unwrap().iter().all(|&x| x == 0.0));
        assert_eq!(filled("x", 2, 7u8).unwrap(), [7, 7]);
        let mut list = collect("x", 3, 0..3).unwrap();
        append("x", &mut list, [3, 4]).unwrap();
        assert_eq!(list, [0, 1, 2, 3, 4]);
        for n in [1 << 45, usize::MAX / 8, usize::MAX] {
            assert_eq!(zeros::<f64>("x", n).unwrap_err().code, Code::OverMemoryLimit);
            assert_eq!(reserve::<f64>("x", n).unwrap_err().code, Code::OverMemoryLimit);
        }
    }
}
