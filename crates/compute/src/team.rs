//! A team of threads that lives through a training and meets in 80 ns.
//!
//! [`Team::run`] gives every member a share of numbered tasks and returns when all are done. Between two calls the
//! helpers spin for a while, since the next piece of a training step comes within microseconds; then they yield, and
//! after some milliseconds they sleep. Which member takes which task is fixed and must not change a result.
//! A helper treats denormals as the team is told; for [`Denormals::Flushed`] the caller holds a [`FlushGuard`] of its own where it
//! needs the same bits.

use crate::denormals::{Denormals, FlushGuard};
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Spins before the first yield: about 20 microseconds.
const SPINS: u32 = 4000;
/// Yields before a helper looks at the clock.
const YIELDS: u32 = 64;
/// After so long without work a helper sleeps.
const PATIENCE: Duration = Duration::from_millis(5);

/// A task for a member: its data and the function that reads it. Erased, since a job lives only as long as one call.
#[derive(Clone, Copy)]
struct Job {
    data: *const (),
    call: unsafe fn(*const (), usize),
}

struct Shared {
    job: UnsafeCell<Job>,
    /// Number of jobs given out; the helpers wait for it to grow.
    round: AtomicU64,
    /// Helpers that have not finished the present job.
    busy: AtomicUsize,
    closed: AtomicBool,
    sleepers: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `job` is written only while no helper is busy, before `round` is released, and read after it is acquired.
unsafe impl Sync for Shared {}
// SAFETY: the pointer in `job` is used only during `run`, which keeps the closure alive.
unsafe impl Send for Shared {}

/// The caller and `size - 1` helpers.
pub struct Team {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
}

impl Team {
    /// Starts `size - 1` helpers (none for 0 or 1). A helper that the system refuses is done without.
    pub fn new(size: usize, denormals: Denormals) -> Self {
        let shared = Arc::new(Shared {
            job: UnsafeCell::new(Job { data: std::ptr::null(), call: |_, _| {} }),
            round: AtomicU64::new(0),
            busy: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            lock: Mutex::new(()),
            wake: Condvar::new(),
            panic: Mutex::new(None),
        });
        let helpers = (1..size)
            .map_while(|member| {
                let shared = shared.clone();
                let body = move || help(&shared, member, denormals);
                std::thread::Builder::new().name(format!("fprinciple-{member}")).spawn(body).ok()
            })
            .collect();
        Team { shared, helpers }
    }

    /// Members, the caller included.
    pub fn size(&self) -> usize {
        self.helpers.len() + 1
    }

    /// `work(task)` for every task below `tasks`, each once: member m takes a contiguous share. Returns when all are
    /// done. A panic in a task is passed on to the caller after that.
    pub fn run(&mut self, tasks: usize, work: impl Fn(usize) + Sync) {
        let members = self.size().min(tasks.max(1));
        let share = |member: usize| tasks * member / members..tasks * (member + 1) / members;
        if members == 1 {
            return (0..tasks).for_each(work);
        }
        self.each(|member| {
            if member < members {
                share(member).for_each(&work);
            }
        });
    }

    /// `work(member)` once on every member, the caller being member 0.
    pub fn each<F: Fn(usize) + Sync>(&mut self, work: F) {
        if self.helpers.is_empty() {
            return work(0);
        }
        unsafe fn call<F: Fn(usize)>(data: *const (), member: usize) {
            // SAFETY: `data` is the closure of the present call of `each`, which waits for the helpers.
            unsafe { (*data.cast::<F>())(member) }
        }
        let shared = &*self.shared;
        // SAFETY: `&mut self` and `busy == 0` mean that no helper reads the job now.
        unsafe { *shared.job.get() = Job { data: (&raw const work).cast(), call: call::<F> } };
        shared.busy.store(self.helpers.len(), Ordering::Relaxed);
        shared.round.fetch_add(1, Ordering::SeqCst);
        if shared.sleepers.load(Ordering::SeqCst) > 0 {
            let _held = shared.lock.lock();
            shared.wake.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(|| work(0)));
        let mut waited = 0;
        while shared.busy.load(Ordering::Acquire) > 0 {
            waited += 1;
            if waited < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        let other = shared.panic.lock().ok().and_then(|mut slot| slot.take());
        if let Some(panic) = own.err().or(other) {
            resume_unwind(panic);
        }
    }
}

/// `work(member)` on up to `threads` threads, the caller being member 0, with the help of one team for the whole process, which
/// keeps denormals. A call within a call, or beside another thread's, finds the team busy and runs as member 0 alone, so that
/// `work` must take what is left to do from a list that its members share.
pub fn together(threads: usize, work: impl Fn(usize) + Sync) {
    static TEAM: Mutex<Option<Team>> = Mutex::new(None);
    if threads <= 1 {
        return work(0);
    }
    let mut team = match TEAM.try_lock() {
        Ok(team) => team,
        Err(TryLockError::Poisoned(team)) => team.into_inner(),
        Err(TryLockError::WouldBlock) => return work(0),
    };
    // At least two, so that what goes wrong between threads is seen on one processor too.
    let size = threads.min(std::thread::available_parallelism().map_or(1, |n| n.get()).max(2));
    if team.as_ref().is_none_or(|team| team.size() != size) {
        *team = Some(Team::new(size, Denormals::Kept));
    }
    match team.as_mut() {
        Some(team) => team.each(work),
        None => work(0),
    }
}

fn help(shared: &Shared, member: usize, denormals: Denormals) {
    let _flush = matches!(denormals, Denormals::Flushed).then(FlushGuard::new);
    let mut seen = 0;
    while wait(shared, seen) {
        seen += 1;
        // SAFETY: `round` was acquired after the job was written, and `busy` keeps it in place.
        let job = unsafe { *shared.job.get() };
        // SAFETY: the caller of `each` keeps the closure alive until `busy` is zero.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| unsafe { (job.call)(job.data, member) }))
            && let Ok(mut slot) = shared.panic.lock()
        {
            *slot = Some(panic);
        }
        shared.busy.fetch_sub(1, Ordering::Release);
    }
}

/// Waits for round `seen + 1`; false when the team is dissolved.
fn wait(shared: &Shared, seen: u64) -> bool {
    let come = || shared.round.load(Ordering::SeqCst) > seen;
    let mut idle: Option<Instant> = None;
    let mut turns = 0;
    loop {
        if come() {
            return true;
        }
        if shared.closed.load(Ordering::Acquire) {
            return false;
        }
        turns += 1;
        if turns < SPINS {
            std::hint::spin_loop();
            continue;
        }
        std::thread::yield_now();
        if (turns - SPINS).is_multiple_of(YIELDS) && idle.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
            // The count is raised before the last look at `round`, and `each` reads it after raising `round`.
            shared.sleepers.fetch_add(1, Ordering::SeqCst);
            if let Ok(held) = shared.lock.lock() {
                let asleep = |_: &mut ()| !come() && !shared.closed.load(Ordering::Acquire);
                drop(shared.wake.wait_while(held, asleep));
            }
            shared.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        {
            let _held = self.shared.lock.lock();
            self.shared.closed.store(true, Ordering::Release);
            self.shared.wake.notify_all();
        }
        for helper in self.helpers.drain(..) {
            let _ = helper.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_done_once() {
        for size in [1, 2, 3, 5] {
            let mut team = Team::new(size, Denormals::Flushed);
            for tasks in [0, 1, 2, 7, 100] {
                let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
                for _ in 0..50 {
                    team.run(tasks, |task| {
                        counts[task].fetch_add(1, Ordering::Relaxed);
                    });
                }
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 50));
            }
        }
    }

    #[test]
    fn a_sleeping_team_wakes() {
        let mut team = Team::new(3, Denormals::Flushed);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(30));
            let sum = AtomicUsize::new(0);
            team.each(|member| {
                sum.fetch_add(member + 1, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 6);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let mut team = Team::new(2, Denormals::Flushed);
        for bad in [0, 1] {
            let caught = catch_unwind(AssertUnwindSafe(|| team.each(|member| assert!(member != bad, "task {bad}"))));
            assert!(caught.is_err());
            let sum = AtomicUsize::new(0);
            team.each(|_| {
                sum.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 2);
        }
    }

    #[test]
    fn helpers_treat_denormals_as_told() {
        for (denormals, expected) in [(Denormals::Kept, f64::MIN_POSITIVE / 2.0), (Denormals::Flushed, 0.0)] {
            let halves = Mutex::new([1.0; 2]);
            Team::new(2, denormals).each(|member| {
                let half = std::hint::black_box(f64::MIN_POSITIVE) * std::hint::black_box(0.5);
                halves.lock().unwrap()[member] = half;
            });
            assert_eq!(halves.into_inner().unwrap(), [f64::MIN_POSITIVE / 2.0, expected]);
        }
    }
}
