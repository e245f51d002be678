//! Threads that help: each waits at a seat of its own for the next call.
//!
//! A helper is started when a call wants more of them than are idle, and stays for the life of the process: nothing is taken
//! down because the next call wants fewer. Who has claimed a seat is the only one to call it, so that a call wakes its own
//! helpers and no other: a helper that is not called spins for a while, then yields, and after some milliseconds sleeps.

use crate::simd::denormals::{Denormals, with_denormals};
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Spins before the first yield: about 20 microseconds.
const SPINS: u32 = 4000;
/// Yields before a helper looks at the clock.
const YIELDS: u32 = 64;
/// After so long without work a helper sleeps.
const PATIENCE: Duration = Duration::from_millis(5);

/// What a helper is called for. Erased, since it lives only as long as one call.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub data: *const (),
    pub work: unsafe fn(*const (), usize),
    pub member: usize,
    pub denormals: Denormals,
    pub meeting: *const Meeting,
}

/// Where those who take part in a call meet at its end.
#[derive(Default)]
pub(crate) struct Meeting {
    /// Helpers that have not finished.
    busy: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Meeting {
    pub fn expect(&self, helpers: usize) {
        self.busy.store(helpers, Ordering::Relaxed);
    }

    /// Returns when every helper has finished; the panic of one of them, if there was any.
    pub fn wait(&self) -> Option<Box<dyn Any + Send>> {
        let mut waited = 0;
        while self.busy.load(Ordering::Acquire) > 0 {
            waited += 1;
            if waited < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        held(&self.panic).take()
    }
}

/// The place of one helper. Apart from its neighbours, since two threads write to it in turns.
#[repr(align(128))]
pub(crate) struct Seat {
    /// Calls so far; the helper waits for it to grow.
    round: AtomicU64,
    asleep: AtomicBool,
    call: UnsafeCell<Call>,
    thread: OnceLock<Thread>,
}

// SAFETY: `call` is written by the one who has claimed the seat, while its helper is not busy and before `round` is released;
// the helper reads it after acquiring `round`. The pointers in it are used only then, while the caller keeps them alive.
unsafe impl Sync for Seat {}
// SAFETY: as above.
unsafe impl Send for Seat {}

impl Seat {
    /// Hands a call to the helper. [`wake`](Self::wake) follows, once for every seat that was called.
    ///
    /// # Safety
    /// The caller has claimed the seat, its last call has ended, and what `call` points to lives until this one has.
    pub unsafe fn call(&self, call: Call) {
        // SAFETY: the helper is not busy, so that it does not read.
        unsafe { *self.call.get() = call };
        self.round.fetch_add(1, Ordering::Release);
    }

    /// Wakes a helper that fell asleep before it saw its call. A `fence` between [`call`](Self::call) and this one, and one
    /// in [`wait`](Self::wait) between falling asleep and the last look, so that one of the two sees the other.
    pub fn wake(&self) {
        if self.asleep.load(Ordering::Relaxed)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    fn wait(&self, round: u64) {
        let come = || self.round.load(Ordering::Acquire) >= round;
        let mut idle: Option<Instant> = None;
        let mut turns: u32 = 0;
        while !come() {
            turns = turns.saturating_add(1);
            if turns < SPINS {
                std::hint::spin_loop();
                continue;
            }
            std::thread::yield_now();
            if turns.is_multiple_of(YIELDS) && idle.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                self.asleep.store(true, Ordering::Relaxed);
                fence(Ordering::SeqCst);
                while !come() {
                    std::thread::park();
                }
                self.asleep.store(false, Ordering::Relaxed);
            }
        }
    }

    fn serve(&self) {
        for round in 1.. {
            self.wait(round);
            // SAFETY: `round` was acquired after the call was written, which stays in place until `busy` goes down.
            let call = unsafe { *self.call.get() };
            // SAFETY: who called keeps the closure alive until `busy` is zero.
            let work = || with_denormals(call.denormals, || unsafe { (call.work)(call.data, call.member) });
            let panic = catch_unwind(AssertUnwindSafe(work)).err();
            // SAFETY: as above.
            let meeting = unsafe { &*call.meeting };
            if let Some(panic) = panic {
                *held(&meeting.panic) = Some(panic);
            }
            // The last look at what the caller owns.
            meeting.busy.fetch_sub(1, Ordering::Release);
        }
    }
}

/// A lock whose holders never leave it in between, so that a panic under it spoils nothing.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

static IDLE: Mutex<Vec<Arc<Seat>>> = Mutex::new(Vec::new());

/// Claims `count` helpers: those that were given back last, which may be awake, and new ones. Fewer where the system starts no
/// more threads.
pub(crate) fn claim(count: usize) -> Vec<Arc<Seat>> {
    let mut seats = {
        let mut idle = held(&IDLE);
        let kept = idle.len().saturating_sub(count);
        idle.split_off(kept)
    };
    seats.extend((seats.len()..count).map_while(|_| start()));
    seats
}

/// Gives helpers back whose last call has ended.
pub(crate) fn give_back(seats: &mut Vec<Arc<Seat>>) {
    held(&IDLE).append(seats);
}

fn start() -> Option<Arc<Seat>> {
    #[cfg(test)]
    if tests::REFUSED.get() {
        return None;
    }
    let nothing = Call {
        data: std::ptr::null(),
        work: |_, _| {},
        member: 0,
        denormals: Denormals::Kept,
        meeting: std::ptr::null(),
    };
    let seat = Arc::new(Seat {
        round: AtomicU64::new(0),
        asleep: AtomicBool::new(false),
        call: UnsafeCell::new(nothing),
        thread: OnceLock::new(),
    });
    let own = seat.clone();
    let started = std::thread::Builder::new().name("fprinciple-help".into()).spawn(move || own.serve()).ok()?;
    seat.thread.get_or_init(|| started.thread().clone());
    Some(seat)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// Whether the system refuses threads to this one.
        pub(crate) static REFUSED: Cell<bool> = const { Cell::new(false) };
    }
}
