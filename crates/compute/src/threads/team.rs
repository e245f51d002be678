//! A team of threads that meets in 80 ns.
//!
//! [`Team::run`] gives its members shares of numbered tasks and returns when all are done. Between two calls the helpers
//! spin for a while, since the next piece of a training step comes within microseconds. Which member takes which task is fixed
//! and must not change a result. Only those who have something to do take part in a call; the others sleep on.
//! A helper treats denormals as the caller does during the call.

use crate::simd::denormals::Denormals;
use crate::threads::helpers::{self, Call, Meeting, Seat};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{Ordering, fence};
use std::sync::{Arc, OnceLock};

/// The caller and `size - 1` helpers, which the whole process shares: a team has them from [`Team::new`] until it is dropped.
pub struct Team {
    seats: Vec<Arc<Seat>>,
    meeting: Box<Meeting>,
}

impl Team {
    /// Claims `size - 1` helpers (none for 0 or 1), starting those that are missing. A helper that the system refuses is done
    /// without.
    pub fn new(size: usize) -> Self {
        Team { seats: helpers::claim(size.saturating_sub(1)), meeting: Box::default() }
    }

    /// Members, the caller included.
    pub fn size(&self) -> usize {
        self.seats.len() + 1
    }

    /// `work(task)` for every task below `tasks`, each once: member m takes a contiguous share. Returns when all are
    /// done. A panic in a task is passed on to the caller after that.
    pub fn run(&mut self, tasks: usize, work: impl Fn(usize) + Sync) {
        let members = self.size().min(tasks.max(1));
        let share = |member: usize| tasks * member / members..tasks * (member + 1) / members;
        self.each(members, |member| share(member).for_each(&work));
    }

    /// `work(member)` once on each of the first `members` members (the caller, number 0, always; no more than there are).
    pub fn each<F: Fn(usize) + Sync>(&mut self, members: usize, work: F) {
        /// # Safety
        /// `data` is a closure of type `F` that lives.
        unsafe fn call<F: Fn(usize)>(data: *const (), member: usize) {
            // SAFETY: `data` is the closure of the present call of `each`, which waits for the helpers.
            unsafe { (*data.cast::<F>())(member) }
        }
        let seats = &self.seats[..members.saturating_sub(1).min(self.seats.len())];
        if seats.is_empty() {
            return work(0);
        }
        let meeting = &*self.meeting;
        meeting.expect(seats.len());
        let denormals = Denormals::current();
        for (index, seat) in seats.iter().enumerate() {
            let data = (&raw const work).cast();
            let call = Call { data, work: call::<F>, member: index + 1, denormals, meeting };
            // SAFETY: the team has claimed its seats; every call of `each` waits for the helpers, also where its own work
            // panics, and so keeps `work` and `meeting` alive.
            unsafe { seat.call(call) };
        }
        fence(Ordering::SeqCst);
        seats.iter().for_each(|seat| seat.wake());
        let own = catch_unwind(AssertUnwindSafe(|| work(0)));
        let other = meeting.wait();
        if let Some(panic) = own.err().or(other) {
            resume_unwind(panic);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        helpers::give_back(&mut self.seats);
    }
}

/// The processors that this process may use, as they were at its first question: finding out reads files of the system,
/// which takes as long as the kernel of a small network. `FPRINCIPLE_PROCESSORS` sets another number, for tests of what a
/// larger machine would do.
pub fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        let told = std::env::var("FPRINCIPLE_PROCESSORS").ok().and_then(|text| text.parse().ok());
        told.filter(|&count: &usize| count > 0)
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |count| count.get()))
    })
}

/// The most threads that may be asked for.
pub const MOST_THREADS: usize = 1024;

/// The number of threads that a caller asks for: 1 to [`MOST_THREADS`], or every processor where it does not say.
///
/// # Errors
/// `INVALID_ARGUMENT` names what came.
pub fn thread_count(asked: Option<f64>) -> base::Result<usize> {
    match asked {
        None => Ok(processors()),
        Some(count) if count.fract() == 0.0 && (1.0..=MOST_THREADS as f64).contains(&count) => Ok(count as usize),
        Some(count) => {
            let expected = format!("expected an integer from 1 to {MOST_THREADS}");
            Err(base::Error::argument(format!("threads: {expected}, got {count}")))
        }
    }
}

thread_local! {
    /// Whether this thread works in a call of [`together`].
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// `work(member)` on up to `threads` threads and no more than there are processors, the caller being member 0. A call within a
/// call is member 0 alone. Since there may be fewer members than asked for, they must share a list of what is to do.
pub fn together(threads: usize, work: impl Fn(usize) + Sync) {
    // At least two, so that what goes wrong between threads is seen on one processor too.
    let size = threads.min(processors().max(2));
    if size <= 1 || INSIDE.get() {
        return work(0);
    }
    Team::new(size).each(size, |member| {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                INSIDE.set(false);
            }
        }
        INSIDE.set(true);
        let _leave = Leave;
        work(member);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::denormals::FlushGuard;
    use crate::threads::helpers::tests::REFUSED;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    #[test]
    fn every_task_is_done_once() {
        for size in [1, 2, 3, 5] {
            let mut team = Team::new(size);
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
        let mut team = Team::new(3);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(30));
            let sum = AtomicUsize::new(0);
            team.each(9, |member| {
                sum.fetch_add(member + 1, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 6);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let mut team = Team::new(2);
        for bad in [0, 1] {
            let caught = catch_unwind(AssertUnwindSafe(|| team.each(9, |member| assert!(member != bad, "task {bad}"))));
            assert!(caught.is_err());
            let sum = AtomicUsize::new(0);
            team.each(9, |_| {
                sum.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 2);
        }
    }

    #[test]
    fn helpers_treat_denormals_as_the_caller_does() {
        for (denormals, expected) in [(Denormals::Kept, f64::MIN_POSITIVE / 2.0), (Denormals::Flushed, 0.0)] {
            let _flush = (denormals == Denormals::Flushed).then(FlushGuard::new);
            let halves = Mutex::new([1.0; 2]);
            let work = |member: usize| {
                let half = std::hint::black_box(f64::MIN_POSITIVE * std::hint::black_box(0.5));
                halves.lock().unwrap()[member] = half;
            };
            Team::new(2).each(2, work);
            assert_eq!(*halves.lock().unwrap(), [expected; 2]);
            *halves.lock().unwrap() = [1.0; 2];
            together(2, work);
            assert_eq!(*halves.lock().unwrap(), [expected; 2]);
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

    #[test]
    fn a_thread_that_cannot_be_started_is_done_without() {
        REFUSED.set(true);
        // More than any other test of this process has started.
        let mut team = Team::new(500);
        assert!(team.size() < 500);
        let sum = AtomicUsize::new(0);
        team.run(1000, |task| {
            sum.fetch_add(task, Ordering::Relaxed);
        });
        together(500, |_| {});
        REFUSED.set(false);
        assert_eq!((sum.into_inner(), Team::new(20).size()), (499_500, 20));
    }

    #[test]
    fn members_without_a_share_take_no_part() {
        let mut team = Team::new(4);
        for members in [0, 1, 2, 3, 4, 9] {
            let seen = Mutex::new(vec![]);
            team.each(members, |member| seen.lock().unwrap().push(member));
            let mut seen = seen.into_inner().unwrap();
            seen.sort_unstable();
            assert_eq!(seen, (0..members.clamp(1, 4)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_limit_of_threads() {
        assert_eq!(thread_count(Some(1024.0)), Ok(1024));
        assert_eq!(thread_count(None), Ok(processors()));
        for wrong in [0.0, -1.0, 1.5, 1025.0, f64::NAN, f64::INFINITY] {
            let message = thread_count(Some(wrong)).unwrap_err().message;
            assert_eq!(message, format!("threads: expected an integer from 1 to 1024, got {wrong}"));
        }
    }
}
