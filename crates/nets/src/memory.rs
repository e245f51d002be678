//! Memory is estimated before it is taken: an allocation that fails would end the process.

use base::{Code, Error, Result};

/// `OVER_MEMORY_LIMIT` if `bytes` for `what` are more than `limit`, or without one, than this machine has free.
pub fn check(what: &str, bytes: usize, limit: Option<usize>) -> Result<()> {
    let limit = limit.unwrap_or_else(available);
    if bytes <= limit {
        return Ok(());
    }
    let mega = |bytes: usize| bytes >> 20;
    let message = format!("{what}: needs about {} MiB, the limit is {} MiB", mega(bytes), mega(limit));
    Err(Error::new(Code::OverMemoryLimit, message))
}

/// What the system says is free (Linux); else no more than 16 GiB.
fn available() -> usize {
    let read = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
    };
    read().unwrap_or(16 << 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_limit_is_refused() {
        assert!(check("x", 10, Some(10)).is_ok());
        assert_eq!(check("x", 11, Some(10)).unwrap_err().code, Code::OverMemoryLimit);
        assert!(check("x", 1 << 20, None).is_ok());
        assert!(check("x", usize::MAX, None).is_err());
    }
}
