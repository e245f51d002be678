//! Trainings on a card: runs of one shape in launches, one block each.
//!
//! Steps, batches, records, probes and the reasons to stop are those of [`nets::training`]. A launch takes many steps; between two
//! the host looks at the records, at what the caller wants and at who has diverged. Probes are measured by the CPU engine on
//! copies of the state that the kernels leave at the steps that ask for them.

use crate::backend::{Backend, Buffer, Launch, Plain};
use crate::numbers::{LAST, NONE, Samples, Table, first_order};
use crate::plan::{Block, MOST_KEPT, MOST_STEPS, Plan, Work, plan, unknown};
use crate::prepared::{Member, Prepared};
use base::control::Progress;
use base::{Control, Error, Result};
use compute::Scalar;
use nets::engine::loss::BatchNeeds;
use nets::engine::{Engine, Options, compile};
use nets::training::{Batches, History, Job, State, StopReason, TrainSpec};
use nets::{Array, Arrays, ResolvedNetwork, Values, Weights};
use std::time::Instant;

/// Seconds of a launch: an abort waits no longer.
const LAUNCH: f64 = 0.05;

/// Trains `weights` in place, as [`nets::training::train`].
pub fn train<T: Scalar + Plain>(
    backend: &dyn Backend,
    network: &ResolvedNetwork,
    weights: &mut Weights<T>,
    spec: &TrainSpec,
    arrays: &Arrays,
    seed: u64,
    control: &Control,
) -> Result<History> {
    let job =
        Job { network: network.clone(), weights: weights.clone(), spec: spec.clone(), arrays: arrays.clone(), seed };
    let mut meter = Meter { control, done: 0, total: spec.steps };
    let (history, trained) = group(backend, &[&job], &mut meter).map_err(|(_, error)| error)?.remove(0);
    *weights = trained;
    Ok(history)
}

/// Trains every job, as [`nets::training::train_many`]: those of one shape together, whatever their optimisers, losses, seeds,
/// data, records and probes.
///
/// # Errors
/// That of the first job that fails, named `runs[i]`.
pub fn train_many<T: Scalar + Plain>(
    backend: &dyn Backend,
    jobs: Vec<Job<T>>,
    control: &Control,
) -> Result<Vec<(History, Weights<T>)>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, job) in jobs.iter().enumerate() {
        match groups.iter_mut().find(|group| together(&jobs[group[0]], job)) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    let mut meter = Meter { control, done: 0, total: jobs.iter().map(|job| job.spec.steps).sum() };
    let mut trained: Vec<Option<(History, Weights<T>)>> = jobs.iter().map(|_| None).collect();
    for group in groups {
        let members: Vec<&Job<T>> = group.iter().map(|&index| &jobs[index]).collect();
        let results = self::group(backend, &members, &mut meter)
            .map_err(|(member, error)| Error::new(error.code, format!("runs[{}]: {}", group[member], error.message)))?;
        for (index, result) in group.into_iter().zip(results) {
            trained[index] = Some(result);
        }
    }
    Ok(trained.into_iter().flatten().collect())
}

/// Whether two jobs take their steps in the same launches.
fn together<T>(a: &Job<T>, b: &Job<T>) -> bool {
    let samples = |job: &Job<T>| job.arrays.optional("x").and_then(|x| x.shape.first().copied());
    let steps = |job: &Job<T>| (job.spec.steps, job.spec.batch_size, job.spec.resume_step);
    steps(a) == steps(b) && samples(a) == samples(b) && a.network == b.network
}

/// Steps done, of those of all jobs.
struct Meter<'a> {
    control: &'a Control,
    done: u64,
    total: u64,
}

/// An error, and which member of a group it is about.
type Failed = (usize, Error);

fn group<T: Scalar + Plain>(
    backend: &dyn Backend,
    jobs: &[&Job<T>],
    meter: &mut Meter,
) -> std::result::Result<Vec<(History, Weights<T>)>, Failed> {
    let mut results = Vec::with_capacity(jobs.len());
    while results.len() < jobs.len() {
        let from = results.len();
        let rest = &jobs[from..];
        let named = |(member, error): Failed| (from + member, error);
        let mut run = Run::new(backend, rest, meter.control).map_err(named)?;
        run.steps(meter).map_err(|error| (from, error))?;
        results.extend(run.results.into_iter().flatten());
    }
    Ok(results)
}

struct Run<'a, T: Scalar + Plain> {
    backend: &'a dyn Backend,
    jobs: &'a [&'a Job<T>],
    block: Block,
    kernel: crate::backend::Kernel,
    /// For each number of the kernels' parameters its place in the flat list.
    order: Vec<usize>,
    samples: usize,
    batch: usize,
    members: Vec<Member<T>>,
    tables: Vec<Table>,
    orders: Vec<(u64, Batches)>,
    /// For the probes, where there are any.
    engine: Option<Engine<T>>,
    data: Buffer<'a, T>,
    state: Buffer<'a, T>,
    buffers: Buffer<'a, T>,
    slots: Buffer<'a, T>,
    kept: Buffer<'a, T>,
    most_kept: usize,
    results: Vec<Option<(History, Weights<T>)>>,
    next: u64,
    last: u64,
}

/// A run's numbers at one step.
struct Numbered<T> {
    weights: Weights<T>,
    moments: [Vec<T>; 2],
}

impl<'a, T: Scalar + Plain> Run<'a, T> {
    /// As many of the jobs, from the first on, as the card's memory holds together.
    fn new(backend: &'a dyn Backend, jobs: &'a [&'a Job<T>], control: &Control) -> std::result::Result<Self, Failed> {
        let first = |error| (0, error);
        let Job { network, spec, arrays, .. } = jobs[0];
        if network.parameters.is_empty() {
            return Err(first(Error::argument("train: expected a network with parameters, got none to train")));
        }
        if let Some(reason) = unknown(spec) {
            return Err(first(Error::argument(format!("{reason} on this device"))));
        }
        let own = Samples::<T>::new(&spec.loss, network, arrays).map_err(first)?;
        let samples = own.count;
        let batch = spec.batch(BatchNeeds::default(), samples).map_err(first)?;
        if u32::try_from(samples).is_err() {
            return Err(first(Error::argument(format!("x: expected at most 2^32 - 1 samples, got {samples}"))));
        }
        let limit = jobs.iter().filter_map(|job| job.spec.memory_limit).min();
        let work = Work { size: size_of::<T>(), samples, batch, runs: jobs.len(), limit };
        let block = match plan(network, &work, backend.card()).map_err(first)? {
            Plan::Block(block) => block,
            Plan::Candle(reason) => return Err(first(Error::argument(format!("{reason} on this device")))),
        };
        let jobs = &jobs[..block.together];
        let mut prepared = Prepared::new(network, own);
        let probed = jobs.iter().any(|job| !job.spec.probes.is_empty());
        let engine = match probed {
            true => {
                let program = compile(network, Options::default()).map_err(first)?;
                let Weights { parameters, buffers } = &jobs[0].weights;
                Some(Engine::new(program, parameters, buffers, compute::processors()))
            }
            false => None,
        };
        let order = block.chain.order();
        let mut members = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            let member = prepared.member(job, batch, &order, engine.as_ref(), control);
            members.push(member.map_err(|error| (index, error))?);
        }
        let kernel = backend.kernel(&block.chain, &block.layout).map_err(first)?;
        let most_kept = if probed { MOST_KEPT } else { 0 };
        let count = order.len();
        let slots = if block.layout.slots.is_some() { 0 } else { jobs.len() * block.layout.slots_length };
        let buffers = || {
            Ok([
                Buffer::of(backend, &prepared.data)?,
                Buffer::of(backend, &prepared.state)?,
                Buffer::of(backend, &prepared.buffers)?,
                Buffer::new(backend, slots)?,
                Buffer::new(backend, jobs.len() * most_kept * 3 * count)?,
            ])
        };
        let [data, state, buffers, slots, kept] = buffers().map_err(first)?;
        let next = spec.resume_step.unwrap_or(0);
        Ok(Run {
            backend,
            jobs,
            block,
            kernel,
            order,
            samples,
            batch,
            members,
            tables: prepared.tables,
            orders: prepared.orders,
            engine,
            data,
            state,
            buffers,
            slots,
            kept,
            most_kept,
            results: jobs.iter().map(|_| None).collect(),
            next,
            last: next + spec.steps,
        })
    }

    fn steps(&mut self, meter: &mut Meter) -> Result<()> {
        let predicted = self.block.microseconds(self.jobs.len(), self.backend.card()) * 1e-6;
        // Cautious at first: the prediction is none of this card's measurements.
        let mut pace = self.backend.pace().unwrap_or(((LAUNCH / 8.0 / predicted) as u64).max(1));
        loop {
            let active: Vec<usize> = (0..self.jobs.len()).filter(|&member| self.results[member].is_none()).collect();
            if active.is_empty() {
                return Ok(());
            }
            let control = meter.control;
            let reason = match (control.is_aborted(), control.is_paused()) {
                (true, _) => Some(StopReason::Aborted),
                (_, true) => Some(StopReason::Paused),
                _ => None,
            };
            if let Some(reason) = reason {
                for member in active {
                    let state = self.numbers(&self.state, member, member)?;
                    self.finish(member, reason, self.next, state);
                }
                continue;
            }
            let steps = self.length(&active, pace);
            let began = Instant::now();
            self.launch(&active, steps, meter)?;
            if self.backend.pace().is_none() {
                let each = began.elapsed().as_secs_f64() / steps as f64;
                pace = ((LAUNCH / each) as u64).clamp(1, 2 * steps.max(8));
            }
        }
    }

    /// Steps of the next launch: no more than one keeps losses and copies for.
    fn length(&self, active: &[usize], pace: u64) -> u64 {
        let mut steps = pace.min(MOST_STEPS as u64).min(self.last - self.next).max(1);
        for &member in active {
            let Member { due, probes: Some(_), .. } = &self.members[member] else { continue };
            if due.count(self.next, self.next + steps) > MOST_KEPT as u64 {
                let mut dues = (self.next..self.next + steps).filter(|&step| due.at(step));
                steps = dues.nth(MOST_KEPT).map_or(steps, |step| step - self.next);
            }
        }
        steps
    }

    fn launch(&mut self, active: &[usize], steps: u64, meter: &mut Meter) -> Result<()> {
        let backend = self.backend;
        let (next, end) = (self.next, self.next + steps);
        let evaluate = end == self.last;
        let width = steps as usize + usize::from(evaluate);
        let tables: Vec<f64> =
            self.tables.iter().flat_map(|table| (next..end).flat_map(|step| table.row(step))).collect();
        let (orders, places) = self.orders(next, end);
        let mut dues = vec![LAST];
        let mut jobs = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let mut numbers = member.numbers;
            numbers.table = member.table as u64 * 3 * steps;
            numbers.order = member.order.map_or(NONE, |order| places[order]);
            if member.probes.is_some() {
                numbers.due = dues.len() as u64;
                dues.extend((next..end).filter(|&step| member.due.at(step)).map(|step| (step - next) as u32));
                dues.push(LAST);
            }
            jobs.push(numbers);
        }
        let list: Vec<u32> = active.iter().map(|&member| member as u32).collect();
        let jobs = Buffer::of(backend, &jobs)?;
        let list = Buffer::of(backend, &list)?;
        let tables = Buffer::of(backend, &tables)?;
        let orders = Buffer::of(backend, &orders)?;
        let dues = Buffer::of(backend, &dues)?;
        let losses = Buffer::<f64>::new(backend, active.len() * width)?;
        let ends = Buffer::<u32>::new(backend, active.len())?;
        let launch = Launch {
            jobs: jobs.place,
            active: list.place,
            data: self.data.place,
            state: self.state.place,
            buffers: self.buffers.place,
            slots: self.slots.place,
            tables: tables.place,
            orders: orders.place,
            dues: dues.place,
            losses: losses.place,
            kept: self.kept.place,
            ends: ends.place,
            first: next,
            steps: steps as u32,
            samples: self.samples as u32,
            batch: self.batch as u32,
            most: self.most_kept as u32,
            evaluate: evaluate.into(),
        };
        backend.launch(&self.kernel, &launch, active.len(), self.block.layout.bytes)?;
        let losses = losses.read(0, active.len() * width)?;
        let ends = ends.read(0, active.len())?;
        let mut last = f64::NAN;
        for (place, &member) in active.iter().enumerate() {
            let found = &losses[place * width..][..width];
            let end = u64::from(ends[place]);
            self.look(member, place, &found[..end as usize], meter.control)?;
            meter.done += end;
            last = found[(end as usize).saturating_sub(1)];
            if self.results[member].is_none() && end < steps {
                let state = self.numbers(&self.state, member, member)?;
                self.finish(member, StopReason::Diverged, next + end, state);
            }
        }
        self.next = end;
        if evaluate {
            for (place, &member) in active.iter().enumerate() {
                if self.results[member].is_none() {
                    let state = self.numbers(&self.state, member, member)?;
                    let loss = losses[place * width + width - 1];
                    let reason = self.record(member, self.next, loss, &state, meter.control)?;
                    self.finish(member, reason.unwrap_or(StopReason::Completed), self.next, state);
                }
            }
        }
        meter.control.progress(Progress { done: meter.done, total: meter.total, value: last });
        Ok(())
    }

    /// The orders of the samples in the epochs of some steps, one list after the other, and where each begins.
    fn orders(&mut self, next: u64, end: u64) -> (Vec<u32>, Vec<u64>) {
        let each = self.samples.div_ceil(self.batch) as u64;
        let (mut all, mut places) = (Vec::new(), Vec::with_capacity(self.orders.len()));
        for (_, batches) in &mut self.orders {
            places.push(all.len() as u64);
            for step in next / each * each..(end - 1) / each * each + each {
                let batch = batches.at(step);
                all.extend((0..batch.len()).map(|i| batch.get(i) as u32));
            }
        }
        (all, places)
    }

    /// Records what is due of the losses of a launch, which are finite; `place` is its block.
    fn look(&mut self, member: usize, place: usize, losses: &[f64], control: &Control) -> Result<()> {
        let mut copy = place * self.most_kept;
        for (step, &loss) in (self.next..).zip(losses) {
            if !self.members[member].due.at(step) {
                continue;
            }
            if self.members[member].probes.is_none() {
                self.members[member].recorded.push(step);
                self.members[member].losses.push(loss);
                continue;
            }
            let state = self.numbers(&self.kept, copy, member)?;
            copy += 1;
            if let Some(reason) = self.record(member, step, loss, &state, control)? {
                self.finish(member, reason, step, state);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Measures the probes on the numbers of a step and records its loss. Why the run stops, if it does.
    fn record(
        &mut self,
        member: usize,
        step: u64,
        loss: f64,
        state: &Numbered<T>,
        control: &Control,
    ) -> Result<Option<StopReason>> {
        if !loss.is_finite() {
            return Ok(Some(StopReason::Diverged));
        }
        let member = &mut self.members[member];
        if let (Some(engine), Some(probes)) = (&mut self.engine, &mut member.probes) {
            engine.set_flat_parameters(&state.weights.parameters);
            engine.state.clone_from(&state.weights.buffers);
            match probes.measure(engine, control) {
                Err(_) if control.is_aborted() => return Ok(Some(StopReason::Aborted)),
                Err(error) => return Err(error),
                Ok(false) => return Ok(Some(StopReason::Diverged)),
                Ok(true) => {}
            }
        }
        member.recorded.push(step);
        member.losses.push(loss);
        Ok(None)
    }

    /// Copy `copy` of a buffer of states, that of a member.
    fn numbers(&self, from: &Buffer<T>, copy: usize, member: usize) -> Result<Numbered<T>> {
        let count = self.order.len();
        let all = from.read(copy * 3 * count, 3 * count)?;
        let flat = |values: &[T]| {
            let mut flat = vec![T::ZERO; count];
            self.order.iter().zip(values).for_each(|(&place, &value)| flat[place] = value);
            flat
        };
        let [parameters, first, second] = [0, 1, 2].map(|part| flat(&all[part * count..][..count]));
        let buffers = self.jobs[member].weights.buffers.clone();
        Ok(Numbered { weights: Weights { parameters, buffers }, moments: [first, second] })
    }

    fn finish(&mut self, index: usize, reason: StopReason, step: u64, state: Numbered<T>) {
        let kept = first_order(&self.jobs[index].spec).moments();
        let [first, second] = state.moments;
        let array = |values: Vec<T>| Array {
            shape: vec![values.len()],
            values: Values::F64(values.into_iter().map(Scalar::to_f64).collect()),
        };
        let moments = [(kept.first(), first), (kept.second(), second)];
        let moments = moments.into_iter().filter(|(wanted, _)| *wanted).map(|(_, values)| array(values)).collect();
        let member = &mut self.members[index];
        let history = History {
            steps: std::mem::take(&mut member.recorded),
            loss: std::mem::take(&mut member.losses),
            parts: Vec::new(),
            coefficients: Vec::new(),
            terms: Vec::new(),
            weights: Vec::new(),
            probes: member.probes.as_mut().map_or_else(Vec::new, |probes| probes.finish()),
            stop_reason: reason,
            state: State { step, moments, coefficients: Vec::new(), weights: Vec::new(), points: None },
            simd_path: self.backend.name(),
        };
        self.results[index] = Some((history, state.weights));
    }
}
