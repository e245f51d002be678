//! Flushes denormal numbers to zero on the present thread while a guard lives.
//!
//! Adam's moments decay into denormals, which x86 handles a hundred times slower than other numbers.

/// What becomes of denormal results on a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denormals {
    Flushed,
    Kept,
}

/// Restores the thread's mode when dropped.
pub struct FlushGuard {
    before: u64,
}

impl FlushGuard {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let before = control::read();
        control::write(before | control::FLUSH);
        FlushGuard { before }
    }
}

impl Drop for FlushGuard {
    fn drop(&mut self) {
        control::write(self.before);
    }
}

#[cfg(target_arch = "x86_64")]
mod control {
    use std::arch::asm;
    /// Flush to zero (bit 15) and denormals are zero (bit 6) of MXCSR.
    pub const FLUSH: u64 = 1 << 15 | 1 << 6;

    pub fn read() -> u64 {
        let mut word = 0u32;
        // SAFETY: stores the control word of SSE into a local.
        unsafe { asm!("stmxcsr [{}]", in(reg) &mut word, options(nostack, preserves_flags)) };
        u64::from(word)
    }
    pub fn write(word: u64) {
        let word = word as u32;
        // SAFETY: loads a word that `read` gave, at most with the two flush bits set; exceptions stay masked.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &word, options(nostack, preserves_flags, readonly)) };
    }
}

#[cfg(target_arch = "aarch64")]
mod control {
    use std::arch::asm;
    /// Flush to zero (bit 24) of FPCR.
    pub const FLUSH: u64 = 1 << 24;

    pub fn read() -> u64 {
        let word: u64;
        // SAFETY: reads the floating-point control register.
        unsafe { asm!("mrs {}, fpcr", out(reg) word, options(nomem, nostack, preserves_flags)) };
        word
    }
    pub fn write(word: u64) {
        // SAFETY: writes a word that `read` gave, at most with the flush bit set.
        unsafe { asm!("msr fpcr, {}", in(reg) word, options(nomem, nostack, preserves_flags)) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod control {
    pub const FLUSH: u64 = 0;
    pub fn read() -> u64 {
        0
    }
    pub fn write(_word: u64) {}
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn denormals_are_flushed_only_while_the_guard_lives() {
        let half = || black_box(f32::MIN_POSITIVE) * black_box(0.5);
        assert!(half() > 0.0);
        {
            let _guard = FlushGuard::new();
            assert_eq!(half(), 0.0);
        }
        assert!(half() > 0.0);
    }
}
