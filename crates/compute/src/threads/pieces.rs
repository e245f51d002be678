//! The one loop over pieces: work over an explicit number of threads.
//!
//! The calling thread works too, so that `threads = 1` never leaves it. The helpers ([`together`]) wait awake for the
//! next call for some milliseconds: a transform takes a few, and a thread that sleeps may take as long to find a processor.
//! Which thread does which piece is left to chance, so a piece must not depend on it.

use crate::threads::shares::Shares;
use crate::threads::team::together;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Neighbouring pieces, taken from the front by one thread, from the back by others who have nothing left.
struct Neighbours {
    first: usize,
    len: usize,
    taken: AtomicUsize,
    front: AtomicUsize,
    back: AtomicUsize,
}

impl Neighbours {
    fn new(first: usize, end: usize) -> Self {
        let [taken, front, back] = [(); 3].map(|()| AtomicUsize::new(0));
        Neighbours { first, len: end - first, taken, front, back }
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
    let shares: Vec<Neighbours> =
        (0..members).map(|m| Neighbours::new(pieces * m / members, pieces * (m + 1) / members)).collect();
    let work = |member: usize| {
        let mut state = None;
        for other in 0..members {
            let share = &shares[(member + other) % members];
            while let Some(piece) = share.next(other == 0) {
                body(state.get_or_insert_with(&init), piece);
            }
        }
    };
    together(members, work);
}

/// Runs a plain loop over `0..len` in pieces of 2^14: `body(range)`.
pub fn for_ranges(threads: usize, len: usize, body: impl Fn(std::ops::Range<usize>) + Sync) {
    const PIECE: usize = 1 << 14;
    for_each(threads, len.div_ceil(PIECE), || (), |_, i| body(i * PIECE..len.min((i + 1) * PIECE)));
}

/// `work(index, item)` for every item of a slice, each on one thread: neighbouring ones, the last first.
pub fn for_each_of<X: Send>(threads: usize, items: &mut [X], work: impl Fn(usize, &mut X) + Sync) {
    let (count, shares) = (items.len(), Shares::new(items));
    for_each(
        threads,
        count,
        || (),
        |_, piece| {
            let index = count - 1 - piece;
            // SAFETY: every piece is worked on once.
            work(index, unsafe { shares.get(index) });
        },
    );
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

    #[test]
    fn every_item_once_with_its_index() {
        for threads in [1, 2, 5] {
            let mut items = vec![0; 300];
            for_each_of(threads, &mut items, |i, item| *item += i);
            assert!(items.iter().enumerate().all(|(i, item)| i == *item));
        }
        for_each_of(2, &mut [0; 0], |_, _| unreachable!());
    }
}
