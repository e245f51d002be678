//! A team of threads that lives through a training and meets in 80 ns.
//!
//! [`Team::run`] gives every member a share of numbered tasks and returns when all are done. Between two calls the
//! helpers spin for a while, since the next piece of a training step comes within microseconds; then they yield, and
//! after some milliseconds they sleep. Which member takes which task is fixed and must not change a result.
//! A helper treats denormals as the team is told; for [`Denormals::Flushed`] the caller holds a [`FlushGuard`] of its own where it
//! needs the same bits.

use crate::denormals::{Denormals, FlushGuard};
use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, TryLockError};
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

/// The processors that this process may use, as they were at its first question: finding out reads files of the system,
/// which takes as long as the kernel of a small network.
pub fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, |n| n.get()))
}

thread_local! {
    /// Whether this thread works in a call of [`together`].
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// `work(member)` on up to `threads` threads and no more than there are processors, the caller being member 0; denormals are
/// kept. One team helps the whole process; a call beside another thread's starts helpers of its own, which costs it some 50
/// microseconds, and a call within a call is member 0 alone. Since there may be fewer members than asked for, they must share
/// a list of what is to do.
pub fn together(threads: usize, work: impl Fn(usize) + Sync) {
    static TEAM: Mutex<Option<Team>> = Mutex::new(None);
    // At least two, so that what goes wrong between threads is seen on one processor too.
    let size = threads.min(processors().max(2));
    if size <= 1 || INSIDE.get() {
        return work(0);
    }
    let work = |member| {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                INSIDE.set(false);
            }
        }
        INSIDE.set(true);
        let _leave = Leave;
        work(member);
    };
    let mut team = match TEAM.try_lock() {
        Ok(team) => team,
        Err(TryLockError::Poisoned(team)) => team.into_inner(),
        Err(TryLockError::WouldBlock) => return Team::new(size, Denormals::Kept).each(work),
    };
    if team.as_ref().is_none_or(|team| team.size() != size) {
        *team = Some(Team::new(size, Denormals::Kept));
    }
    if let Some(team) = team.as_mut() {
        team.each(work);
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

    #[test]
    fn calls_beside_and_within_each_other_end() {
        let sum = |inner: bool| {
            let (left, sum) = (AtomicUsize::new(100), AtomicUsize::new(0));
            together(3, |_| {
                let take = || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
                while let Ok(n) = take() {
                    let add = |member| {
                        assert!(!inner || member == 0);
                        sum.fetch_add(n, Ordering::SeqCst);
                    };
                    if inner { together(2, add) } else { add(0) }
                }
            });
            sum.into_inner()
        };
        std::thread::scope(|scope| {
            let calls: Vec<_> =
                (0..4).map(|i| scope.spawn(move || (0..20).map(|_| sum(i % 2 == 0)).sum::<usize>())).collect();
            calls.into_iter().for_each(|call| assert_eq!(call.join().unwrap(), 20 * 5050));
        });
        let failed = catch_unwind(|| together(2, |member| assert!(member > 0)));
        assert!(failed.is_err());
        assert_eq!(sum(true), 5050);
    }
}
