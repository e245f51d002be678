//! What the C library does with large arrays that were freed.
//!
//! glibc gives an array of megabytes back to the system when it is freed, and the next one comes as empty pages that are
//! zeroed and mapped at their first use: for a transform of 1024 x 1024 through JavaScript a third of its time. It learns
//! better by itself, but only from larger arrays: once one of 32 MiB was freed, arrays below that size come from memory that
//! the process keeps, up to 64 MiB of it.

/// glibc's own upper bound of the size from which arrays get pages of their own.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const SEPARATE: usize = 32 << 20;

/// Puts glibc into the state described above at once, by freeing an array of that size which nobody wrote to; where the user
/// set a threshold in the environment glibc does not learn, and elsewhere nothing happens. To be called when a program starts
/// or a library is loaded. It concerns the whole process: up to 64 MiB that were freed stay with it, whoever freed them.
pub fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    drop(std::hint::black_box(vec![0u8; SEPARATE - (64 << 10)]));
}

/// Gives the system back what was freed and is kept, where the C library can. For who has just freed hundreds of megabytes in
/// pieces: an array below 32 MiB never goes back by itself while anything above it in its heap is in use.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim(3) is safe to call from any thread at any time.
    unsafe {
        libc::malloc_trim(2 * SEPARATE);
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    /// Bytes of memory that this process holds.
    fn resident() -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap();
        text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }

    #[test]
    fn pieces_go_back_when_asked() {
        super::keep_freed();
        let mut pieces: Vec<Vec<u8>> = (0..300).map(|_| std::hint::black_box(vec![1; 1 << 20])).collect();
        let before = resident();
        pieces.drain(..299);
        super::give_back();
        let after = resident();
        assert!(after + (200 << 20) < before, "{before} bytes before, {after} after");
    }

    /// Pages that this process was given so far.
    fn faults() -> i64 {
        // SAFETY: the structure is only written to.
        unsafe {
            let mut usage = std::mem::zeroed();
            assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
            usage.ru_minflt
        }
    }

    #[test]
    fn freed_arrays_come_back_with_their_pages() {
        super::keep_freed();
        // Three at once: glibc keeps twice the largest array that it has seen freed without being told.
        let work = || drop(std::hint::black_box([(); 3].map(|()| vec![1u8; 8 << 20])));
        work();
        let before = faults();
        (0..8).for_each(|_| work());
        let taken = faults() - before;
        assert!(taken < 2048, "8 times three arrays of 2,048 pages took {taken} new ones");
    }
}
