//! Work in pieces over an explicit number of threads.
//!
//! The calling thread works too, so that `threads = 1` never leaves it. The helpers ([`compute::together`]) wait awake for the
//! next call for some milliseconds: a transform takes a few, and a thread that sleeps may take as long to find a processor.
//! Which thread does which piece is left to chance, so a piece must not depend on it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Neighbouring pieces, taken from the front by one thread, from the back by others who have nothing left.
struct Run {
    first: usize,
    len: usize,
    taken: AtomicUsize,
    front: AtomicUsize,
    back: AtomicUsize,
}

impl Run {
    fn new(first: usize, end: usize) -> Self {
        let [taken, front, back] = [(); 3].map(|()| AtomicUsize::new(0));
        Run { first, len: end - first, taken, front, back }
    }
    fn next(&self, own: bool) -> Option<usize> {
        // What `taken` admits is no more than there is, so that front and back do not meet.
        if self.taken.fetch_add(1, Ordering::Relaxed) >= self.len {
            return None;
        }
        Some(if own {
            self.first + self.front.fetch_add(1, Ordering::Relaxed)
        } else {
            self.first + self.len - 1 - self.back.fetch_add(1, Ordering::Relaxed)
        })
    }
}

/// Runs `body(state, piece)` for every `piece` of `0..pieces`, on up to `threads` threads; each thread that takes part makes
/// one state with `init` (its scratch memory). A thread works through neighbouring pieces: two threads that write neighbouring
/// columns of one array at the same time wait for each other's cache lines, and are slower than one.
pub fn for_each<S>(threads: usize, pieces: usize, init: impl Fn() -> S + Sync, body: impl Fn(&mut S, usize) + Sync) {
    let members = threads.clamp(1, pieces.max(1));
    let runs: Vec<Run> = (0..members).map(|m| Run::new(pieces * m / members, pieces * (m + 1) / members)).collect();
    let work = |member: usize| {
        let mut state = None;
        for other in 0..members {
            let run = &runs[(member + other) % members];
            while let Some(piece) = run.next(other == 0) {
                body(state.get_or_insert_with(&init), piece);
            }
        }
    };
    compute::together(members, work);
}

/// Runs a plain loop over `0..len` in pieces of 2^14: `body(range)`.
pub fn for_ranges(threads: usize, len: usize, body: impl Fn(std::ops::Range<usize>) + Sync) {
    const PIECE: usize = 1 << 14;
    for_each(threads, len.div_ceil(PIECE), || (), |_, i| body(i * PIECE..len.min((i + 1) * PIECE)));
}

/// A pointer that threads share to write to places of one array that do not overlap.
#[derive(Clone, Copy)]
pub(crate) struct Shared<T>(*mut T);

// SAFETY: every user states why the places that its threads touch are disjoint.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(crate) fn new(slice: &mut [T]) -> Self {
        Shared(slice.as_mut_ptr())
    }
    /// # Safety
    /// `start..start + len` lies inside the array, which outlives the slice, and no other thread touches it meanwhile.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn slice(&self, start: usize, len: usize) -> &mut [T] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }
    /// # Safety
    /// `index` lies inside the array and no other thread touches it meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, index: usize, value: T) {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(index).write(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn every_piece_once() {
        for threads in [1, 2, 5] {
            for pieces in [0, 1, 7, 1000] {
                let seen: Vec<AtomicU64> = (0..pieces).map(|_| AtomicU64::new(0)).collect();
                for_each(
                    threads,
                    pieces,
                    || (),
                    |_, i| {
                        seen[i].fetch_add(1, Ordering::Relaxed);
                    },
                );
                assert!(seen.iter().all(|s| s.load(Ordering::Relaxed) == 1));
            }
        }
    }
}
