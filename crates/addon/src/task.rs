//! Long work on threads of our own: a promise now, the work later, abort and progress through a [`Control`].
//!
//! libuv's four threads stay free for the files and sockets of the same process. The promise keeps the process
//! alive; progress does not. When the JavaScript environment ends first (a worker thread that is terminated), the
//! work is aborted and its result dropped.

use crate::error::{guard, guard_napi, to_napi};
use crate::memory::by_reference;
use napi::bindgen_prelude::*;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// At most 20 progress calls a second.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

type ProgressArgs = FnArgs<(f64, f64, f64)>;
type ProgressCallback = ThreadsafeFunction<ProgressArgs, (), ProgressArgs, Status, false, true>;

/// What JavaScript holds of a running task: a way to abort it, and the callback for its progress.
#[napi]
pub struct Control {
    pub(crate) inner: base::Control,
}

#[napi]
impl Control {
    #[napi(catch_unwind, constructor)]
    pub fn new(
        #[napi(ts_arg_type = "((done: number, total: number, value: number) => void) | undefined | null")]
        on_progress: Option<Function<'_, ProgressArgs, ()>>,
    ) -> Result<Self> {
        let Some(callback) = on_progress else {
            return Ok(Control { inner: base::Control::none() });
        };
        let callback: ProgressCallback =
            callback.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()?;
        let last: Mutex<Option<Instant>> = Mutex::new(None);
        let inner = base::Control::with_progress(move |progress| {
            let mut last = last.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let due = last.is_none_or(|at| at.elapsed() >= PROGRESS_INTERVAL) || progress.done == progress.total;
            if due {
                *last = Some(Instant::now());
                let args = (progress.done as f64, progress.total as f64, progress.value);
                callback.call(args.into(), ThreadsafeFunctionCallMode::NonBlocking);
            }
        });
        Ok(Control { inner })
    }

    #[napi(catch_unwind)]
    pub fn abort(&self) {
        self.inner.abort();
    }

    /// Ends a training after a whole step with the stop reason `paused`.
    #[napi(catch_unwind)]
    pub fn pause(&self) {
        self.inner.pause();
    }
}

/// Runs `work` on the pool and resolves the promise it returns with `convert`'s value, made on JavaScript's thread.
pub fn spawn<'env, T, J, W, C>(env: &'env Env, control: &Control, work: W, convert: C) -> Result<Object<'env>>
where
    T: Send + 'static,
    J: ToNapiValue + 'static,
    W: FnOnce(&base::Control) -> base::Result<T> + Send + 'static,
    C: FnOnce(Env, T) -> Result<J> + Send + 'static,
{
    pool().prepare().map_err(to_napi)?;
    let control = control.inner.clone();
    let (deferred, promise) = env.create_deferred()?;
    // Added after the deferred, so it runs before the deferred's own clean-up: nothing resolves a dead environment.
    let alive = Arc::new(Mutex::new(true));
    let hook = env.add_env_cleanup_hook((alive.clone(), control.clone()), |(alive, control)| {
        *alive.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = false;
        control.abort();
    })?;
    let hook = OnJsThread(hook);
    pool().submit(Box::new(move || {
        let result = guard(|| work(&control));
        let alive = alive.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if *alive {
            deferred.resolve(move |env: Env| {
                let OnJsThread(hook) = { hook };
                env.remove_env_cleanup_hook(hook)?;
                guard_napi(|| {
                    let value = convert(env, result.map_err(to_napi)?)?;
                    // SAFETY: on JavaScript's thread, in the callback of the environment.
                    by_reference(|| unsafe { J::to_napi_value(env.raw(), value) })
                })
            });
        }
    }));
    Ok(promise)
}

/// A value that is made, used and dropped on JavaScript's thread, and only carried by others.
struct OnJsThread<T>(T);
// SAFETY: the carrier threads move the wrapper without looking inside; see the type's contract.
unsafe impl<T> Send for OnJsThread<T> {}

type Job = Box<dyn FnOnce() + Send>;

/// A pool that starts threads as they are needed, up to twice the cores: a long training leaves room for short calls.
struct Pool {
    state: Mutex<PoolState>,
    wake: Condvar,
    limit: usize,
}

#[derive(Default)]
struct PoolState {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
}

fn pool() -> &'static Arc<Pool> {
    static POOL: OnceLock<Arc<Pool>> = OnceLock::new();
    POOL.get_or_init(|| {
        let limit = (2 * compute::processors()).max(4);
        Arc::new(Pool { state: Mutex::default(), wake: Condvar::new(), limit })
    })
}

impl Pool {
    /// Sees to a thread for one more job. A thread that the system refuses is done without while there are others.
    fn prepare(self: &Arc<Self>) -> base::Result<()> {
        let mut state = self.state();
        if state.idle > state.jobs.len() || state.threads == self.limit {
            return Ok(());
        }
        let pool = self.clone();
        match std::thread::Builder::new().name("fprinciple".into()).spawn(move || pool.serve()) {
            Ok(_) => state.threads += 1,
            Err(error) if state.threads == 0 => {
                let message = format!("no thread could be started for this work: {error}");
                return Err(base::Error::new(base::Code::Io, message));
            }
            Err(_) => {}
        }
        Ok(())
    }

    /// A job for a thread that [`prepare`](Self::prepare) has seen to.
    fn submit(&self, job: Job) {
        self.state().jobs.push_back(job);
        self.wake.notify_one();
    }

    /// Nothing panics under this lock.
    fn state(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.state();
            } else {
                state.idle += 1;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }
}
