//! Many trainings at once, one thread each: a sweep over seeds or settings.

use super::memory::estimate;
use super::{History, TrainSpec, train};
use crate::engine::weights::Weights;
use crate::network::arrays::Arrays;
use crate::network::shapes::ResolvedNetwork;
use base::control::Progress;
use base::{Control, Error, Result};
use compute::{Scalar, Team};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// One training of a sweep.
pub struct Job<T> {
    pub network: ResolvedNetwork,
    pub weights: Weights<T>,
    pub spec: TrainSpec,
    pub arrays: Arrays,
    pub seed: u64,
}

/// Runs every job on one thread, up to `threads` at a time, and gives histories and trained weights in their order.
/// The bits are those that each training gives alone. Progress counts the steps of all.
///
/// # Errors
/// That of the first job that fails, named `runs[i]`; `OVER_MEMORY_LIMIT` where the largest `threads` jobs together would take
/// more than the smallest limit.
pub fn train_many<T: Scalar>(
    jobs: Vec<Job<T>>,
    threads: usize,
    control: &Control,
) -> Result<Vec<(History, Weights<T>)>> {
    together(&jobs, threads)?;
    let total: u64 = jobs.iter().map(|job| job.spec.steps).sum();
    let done = Arc::new(AtomicU64::new(0));
    let count = jobs.len();
    let jobs: Vec<Mutex<Job<T>>> = jobs.into_iter().map(Mutex::new).collect();
    let results: Vec<Mutex<Option<Result<History>>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    let work = || {
        while failed.load(Ordering::Relaxed) == 0 {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return };
            let mut job = job.lock().expect("each job has one worker");
            let Job { network, weights, spec, arrays, seed } = &mut *job;
            let (whole, done) = (control.clone(), done.clone());
            let part = control.part(move |progress| {
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                whole.progress(Progress { done, total, value: progress.value });
            });
            let result = train(network, weights, spec, arrays, *seed, 1, &part);
            failed.fetch_add(usize::from(result.is_err()), Ordering::Relaxed);
            *results[index].lock().expect("each result has one writer") = Some(result);
        }
    };
    let members = threads.min(count);
    Team::new(members).each(members, |_| work());
    let mut trained = Vec::with_capacity(count);
    let mut error = None;
    for (index, (job, result)) in jobs.into_iter().zip(results).enumerate() {
        let job = job.into_inner().expect("the workers have ended");
        match result.into_inner().expect("the workers have ended") {
            Some(Ok(history)) => trained.push((history, job.weights)),
            Some(Err(failure)) => {
                error = error.or_else(|| Some(named(index, &failure)));
            }
            None => {}
        }
    }
    error.map_or(Ok(trained), Err)
}

fn named(index: usize, error: &Error) -> Error {
    Error::new(error.code, format!("runs[{index}]: {}", error.message))
}

/// That what may run at once, and what all leave, fit into the memory together.
fn together<T: Scalar>(jobs: &[Job<T>], threads: usize) -> Result<()> {
    let (mut running, mut kept) = (Vec::with_capacity(jobs.len()), 0usize);
    for (index, Job { network, spec, arrays, .. }) in jobs.iter().enumerate() {
        let estimate = estimate::<T>(network, spec, arrays).map_err(|error| named(index, &error))?;
        running.push(estimate.running.saturating_sub(estimate.kept));
        kept = kept.saturating_add(estimate.kept);
    }
    running.sort_unstable_by(|a, b| b.cmp(a));
    let largest = running.iter().take(threads).fold(kept, |sum, n| sum.saturating_add(*n));
    let limit = jobs.iter().filter_map(|job| job.spec.memory_limit).min();
    base::memory::check(&format!("trainMany, {} runs at once", threads.min(jobs.len())), largest, limit)
}
