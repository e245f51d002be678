//! Which trainings a card takes, and jobs shared out between it and another engine.

use crate::backend::Backend;
use crate::plan::{Plan, Work, plan, unknown};
use base::{Error, Result};
use compute::Scalar;
use nets::engine::loss::BatchNeeds;
use nets::training::{History, Job, TrainSpec};
use nets::{Arrays, ResolvedNetwork, Weights};

/// Why a training has no kernel on this card, if it has none.
///
/// # Errors
/// `OVER_MEMORY_LIMIT`, and what is wrong with its arrays.
pub fn refusal<T: Scalar>(
    backend: &dyn Backend,
    network: &ResolvedNetwork,
    spec: &TrainSpec,
    arrays: &Arrays,
) -> Result<Option<String>> {
    if let Some(reason) = unknown(spec) {
        return Ok(Some(reason));
    }
    let samples = arrays.samples("x", &network.input)?.1;
    let batch = spec.batch(BatchNeeds::default(), samples)?;
    let work = Work { size: size_of::<T>(), samples, batch, runs: 1, limit: None };
    Ok(match plan(network, &work, backend.card())? {
        Plan::Candle(reason) => Some(reason),
        Plan::Block(_) => None,
    })
}

/// Trains jobs that have a kernel by `here` and the others by `elsewhere`; results in the order of the jobs.
///
/// # Errors
/// That of the first of the two that fails, its run named by its place among all.
pub fn shared_out<T: Scalar>(
    backend: &dyn Backend,
    jobs: Vec<Job<T>>,
    here: impl FnOnce(Vec<Job<T>>) -> Result<Vec<(History, Weights<T>)>>,
    elsewhere: impl FnOnce(Vec<Job<T>>) -> Result<Vec<(History, Weights<T>)>>,
) -> Result<Vec<(History, Weights<T>)>> {
    let count = jobs.len();
    let (mut own, mut others) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for (index, job) in jobs.into_iter().enumerate() {
        let refused = refusal::<T>(backend, &job.network, &job.spec, &job.arrays)
            .map_err(|error| Error::new(error.code, format!("runs[{index}]: {}", error.message)))?;
        let list = if refused.is_none() { &mut own } else { &mut others };
        list.0.push(index);
        list.1.push(job);
    }
    let mut trained: Vec<Option<(History, Weights<T>)>> = (0..count).map(|_| None).collect();
    let renamed = |places: &[usize], error: Error| {
        let own = error.message.strip_prefix("runs[").and_then(|rest| rest.split_once(']'));
        let place = own.and_then(|(index, rest)| Some((places.get(index.parse::<usize>().ok()?)?, rest)));
        match place {
            Some((place, rest)) => Error::new(error.code, format!("runs[{place}]{rest}")),
            None => error,
        }
    };
    let mut put = |places: Vec<usize>, results: Result<Vec<(History, Weights<T>)>>| -> Result<()> {
        for (place, result) in places.iter().zip(results.map_err(|error| renamed(&places, error))?) {
            trained[*place] = Some(result);
        }
        Ok(())
    };
    if !own.1.is_empty() {
        put(own.0, here(own.1))?;
    }
    if !others.1.is_empty() {
        put(others.0, elsewhere(others.1))?;
    }
    Ok(trained.into_iter().flatten().collect())
}
