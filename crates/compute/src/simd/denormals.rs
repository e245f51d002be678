//! Flushes denormal numbers to zero on the present thread while a guard lives.
//!
//! Adam's moments decay into denormals, which x86 handles a hundred times slower than other numbers.

use std::marker::PhantomData;

/// What becomes of denormal results on a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denormals {
    Flushed,
    Kept,
}

impl Denormals {
    /// What becomes of them on the present thread. Where a processor has no such mode they are kept.
    pub fn current() -> Self {
        if control::read() & control::FLUSH == 0 { Denormals::Kept } else { Denormals::Flushed }
    }
}

/// Runs `work` with denormals treated so.
pub fn with_denormals<R>(denormals: Denormals, work: impl FnOnce() -> R) -> R {
    /// A call of its own, so that no operation moves out of it to the other mode.
    #[inline(never)]
    fn within<R>(work: impl FnOnce() -> R) -> R {
        work()
    }
    let _mode = Mode::enter(denormals);
    within(work)
}

/// Flushes denormals until it is dropped, on the thread that made it: it cannot be sent to another.
///
/// ```compile_fail
/// let guard = compute::denormals::FlushGuard::new();
/// std::thread::spawn(move || drop(guard));
/// ```
pub struct FlushGuard {
    _mode: Mode,
}

impl FlushGuard {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        FlushGuard { _mode: Mode::enter(Denormals::Flushed) }
    }
}

/// Restores the thread's mode when dropped, also while a panic unwinds.
///
/// Why the mode may change around compiled code, although Rust assumes the default one: the assumption lets the compiler work a
/// result out beforehand, or move an operation from one side of the change to the other. Either way a number that is
/// denormal in one mode is zero in the other; no other number, no address and no length depends on the mode, so that memory is
/// as safe as without. The bits stay the same for any number of threads, since every member runs the same compiled code in the
/// caller's mode. Only the two flush bits are ever changed; exceptions stay masked and rounding stays as it is.
struct Mode {
    /// What the flush bits were, where they were changed.
    before: Option<u64>,
    /// Not to be sent: the mode is the thread's.
    thread: PhantomData<*const ()>,
}

impl Mode {
    fn enter(denormals: Denormals) -> Self {
        let word = control::read();
        let flush = if denormals == Denormals::Flushed { control::FLUSH } else { 0 };
        let before = word & control::FLUSH;
        if before != flush {
            control::write(word & !control::FLUSH | flush);
        }
        Mode { before: (before != flush).then_some(before), thread: PhantomData }
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            control::write(control::read() & !control::FLUSH | before);
        }
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
        unsafe { asm!("ldmxcsr [{}]", in(reg) &word, options(nostack, preserves_flags)) };
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
        unsafe { asm!("msr fpcr, {}", in(reg) word, options(nostack, preserves_flags)) };
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
        let half = || black_box(black_box(f32::MIN_POSITIVE) * black_box(0.5));
        assert!(half() > 0.0);
        {
            let _guard = FlushGuard::new();
            assert_eq!(half(), 0.0);
        }
        assert!(half() > 0.0);
    }

    #[test]
    fn modes_nest() {
        // As bits, since a denormal number compares as zero where they are flushed.
        let half = || black_box(black_box(f32::MIN_POSITIVE) * black_box(0.5)).to_bits();
        let _flush = FlushGuard::new();
        assert_eq!(with_denormals(Denormals::Kept, half), 1 << 22);
        assert_eq!((half(), Denormals::current()), (0, Denormals::Flushed));
        let failed = std::panic::catch_unwind(|| with_denormals(Denormals::Kept, || panic!("within")));
        assert!(failed.is_err());
        assert_eq!(half(), 0);
    }
}
