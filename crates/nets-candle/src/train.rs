//! Training: the loop of `nets::training` for a stack of replicas.
//!
//! Steps, batches, records, probes and the reasons to stop are those of `nets::training`. A replica that diverges leaves
//! the stack with the numbers of its last whole step; the others go on. Probes are measured by the CPU engine, on the
//! numbers of the step they belong to.

use crate::data::Data;
use crate::device::{Device, Real, lift};
use crate::optimizer;
use crate::predict::check_jets;
use crate::stack::{Losses, Stack, numbers};
use base::control::Progress;
use base::{Control, Error, Result};
use candle_core::Tensor;
use nets::engine::{Engine, Options, compile};
use nets::training::minimize::MethodSpec;
use nets::training::optimizers::{Matrix, Optimizer};
use nets::training::probes::Probes;
use nets::training::{Batches, Due, History, Job, LossSpec, OptimizerSpec, State, StopReason, TrainSpec, moments};
use nets::{Array, Arrays, ResolvedNetwork, Values, Weights};

/// Trains `weights` in place, as [`nets::training::train`].
pub fn train<T: Real>(
    device: &Device,
    network: &ResolvedNetwork,
    weights: &mut Weights<T>,
    spec: &TrainSpec,
    arrays: &Arrays,
    seed: u64,
    control: &Control,
) -> Result<History> {
    let job =
        Job { network: network.clone(), weights: weights.clone(), spec: spec.clone(), arrays: arrays.clone(), seed };
    let (history, trained) = run(device, &[&job], Meter::new(control, spec.steps))?.remove(0);
    *weights = trained;
    Ok(history)
}

/// Trains every job, as [`nets::training::train_many`]: those that differ only in seed, data, records and probes together.
///
/// # Errors
/// That of the first group that fails, named by its first job, `runs[i]`.
pub fn train_many<T: Real>(
    device: &Device,
    jobs: Vec<Job<T>>,
    control: &Control,
) -> Result<Vec<(History, Weights<T>)>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, job) in jobs.iter().enumerate() {
        match groups.iter_mut().find(|group| stackable(&jobs[group[0]], job)) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    let mut meter = Meter::new(control, jobs.iter().map(|job| job.spec.steps).sum());
    let mut trained: Vec<Option<(History, Weights<T>)>> = jobs.iter().map(|_| None).collect();
    for group in groups {
        let members: Vec<&Job<T>> = group.iter().map(|&index| &jobs[index]).collect();
        let results = run(device, &members, Meter { ..meter.clone() }).map_err(|error| {
            let place = format!("runs[{}]", group[0]);
            Error::new(error.code, format!("{place}: {}", error.message))
        })?;
        meter.done += members.iter().map(|job| job.spec.steps).sum::<u64>();
        for (index, result) in group.into_iter().zip(results) {
            trained[index] = Some(result);
        }
    }
    Ok(trained.into_iter().flatten().collect())
}

/// Whether two jobs can take their steps together.
fn stackable<T>(a: &Job<T>, b: &Job<T>) -> bool {
    let samples = |job: &Job<T>| job.arrays.optional("x").map(|x| x.shape.first().copied());
    let (x, y) = (&a.spec, &b.spec);
    a.network == b.network
        && x.loss == y.loss
        && x.penalty == y.penalty
        && x.optimizer == y.optimizer
        && (x.steps, x.batch_size, x.resume_step) == (y.steps, y.batch_size, y.resume_step)
        && samples(a) == samples(b)
}

/// Steps done, of those of all jobs.
#[derive(Clone)]
struct Meter<'a> {
    control: &'a Control,
    done: u64,
    total: u64,
}

impl<'a> Meter<'a> {
    fn new(control: &'a Control, total: u64) -> Self {
        Meter { control, done: 0, total }
    }
}

/// One replica of a running stack.
struct Member<T: Real> {
    /// Which job it is.
    job: usize,
    batches: Batches,
    due: Due,
    recorded: Vec<u64>,
    losses: Vec<f64>,
    /// What they are made of, by name.
    parts: Vec<(&'static str, Vec<f64>)>,
    probes: Option<Probes<T>>,
}

struct Run<'a, T: Real> {
    device: &'a Device,
    network: &'a ResolvedNetwork,
    spec: &'a TrainSpec,
    optimizer: &'a Optimizer,
    /// Those that muon takes.
    matrices: Vec<Matrix>,
    stack: Stack,
    data: Data,
    /// For the probes, where there are any.
    engine: Option<Engine<T>>,
    members: Vec<Member<T>>,
    results: Vec<Option<(History, Weights<T>)>>,
    next: u64,
}

fn run<T: Real>(device: &Device, jobs: &[&Job<T>], meter: Meter) -> Result<Vec<(History, Weights<T>)>> {
    let mut run = Run::new(device, jobs, meter.control)?;
    run.steps(meter)?;
    Ok(run.results.into_iter().flatten().collect())
}

impl<'a, T: Real> Run<'a, T> {
    fn new(device: &'a Device, jobs: &[&'a Job<T>], control: &Control) -> Result<Self> {
        let Job { network, spec, .. } = jobs[0];
        if network.parameters.is_empty() {
            return Err(Error::argument("train: expected a network with parameters, got none to train"));
        }
        let optimizer = first_order(spec)?;
        let matrices = match optimizer {
            Optimizer::Muon(muon) => muon.matrices(network)?,
            _ => Vec::new(),
        };
        let arrays: Vec<&Arrays> = jobs.iter().map(|job| &job.arrays).collect();
        let data = Data::new::<T>(spec, network, &arrays, device)?;
        if let Some(jets) = data.jets() {
            check_jets(network, jets)?;
        }
        let batch = spec.batch(data.needs(), data.samples)?;
        // Values, their gradients and about as much again in between; parameters with what an update makes of them.
        let each = 4 * batch.saturating_mul(numbers(network) * data.copies()) + 8 * network.parameter_count();
        let bytes = each.saturating_mul(jobs.len() * size_of::<T>()).saturating_add(data.bytes(batch, jobs.len()));
        device.check_memory("train", bytes, spec.memory_limit)?;
        let first = spec.resume_step.unwrap_or(0);
        let last = spec.last()?;
        let weights: Vec<&Weights<T>> = jobs.iter().map(|job| &job.weights).collect();
        let probed = jobs.iter().any(|job| !job.spec.probes.is_empty());
        let threads = compute::processors();
        let engine = if probed {
            let program = compile(network, Options::default())?;
            Some(Engine::new(program, &weights[0].parameters, &weights[0].buffers, threads))
        } else {
            None
        };
        let mut members = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            let Job { spec, arrays, seed, .. } = job;
            let probes = match &engine {
                Some(engine) => Some(Probes::new(
                    &spec.probes,
                    network,
                    &engine.program,
                    &job.weights.parameters,
                    arrays,
                    threads,
                    control,
                )?),
                None => None,
            };
            members.push(Member {
                job: index,
                batches: Batches::new(data.samples, batch, spec.shuffle, spec.seed.unwrap_or(*seed))
                    .with_views(data.needs().views),
                due: spec.record.due(spec.began.unwrap_or(first), last)?,
                recorded: Vec::new(),
                losses: Vec::new(),
                parts: Vec::new(),
                probes,
            });
        }
        let moments = begin(jobs, optimizer, device)?;
        let stack = lift(Stack::new(&weights, moments, device))?;
        let results = jobs.iter().map(|_| None).collect();
        Ok(Run { device, network, spec, optimizer, matrices, stack, data, engine, members, results, next: first })
    }

    fn steps(&mut self, mut meter: Meter) -> Result<()> {
        let last = self.next + self.spec.steps;
        let control = meter.control;
        while self.next < last {
            if control.is_aborted() {
                return self.finish_all(&vec![StopReason::Aborted; self.members.len()]);
            }
            if control.is_paused() {
                return self.finish_all(&vec![StopReason::Paused; self.members.len()]);
            }
            let rows = self.rows();
            let mut found = lift(self.stack.differentiate(self.network, &self.data, rows.as_deref()))?;
            let mut stopped = Vec::with_capacity(self.members.len());
            for replica in 0..self.members.len() {
                let due = self.members[replica].due.at(self.next);
                stopped.push(self.look(replica, &found.losses, due, control)?);
            }
            let loss = found.losses.total[found.losses.total.len() - 1];
            if stopped.iter().any(Option::is_some) {
                self.leave(&stopped)?;
                let kept: Vec<usize> = (0..stopped.len()).filter(|&replica| stopped[replica].is_none()).collect();
                if kept.is_empty() {
                    return Ok(());
                }
                lift(self.stack.keep(&kept, &mut found))?;
                self.data.keep(&kept);
            }
            lift(self.stack.update(self.optimizer, &self.matrices, self.next, found))?;
            self.next += 1;
            meter.done += self.members.len() as u64;
            control.progress(Progress { done: meter.done, total: meter.total, value: loss });
        }
        let losses = lift(self.stack.losses(self.network, &self.data))?;
        let mut reasons = Vec::with_capacity(self.members.len());
        for replica in 0..self.members.len() {
            reasons.push(self.look(replica, &losses, true, control)?.unwrap_or(StopReason::Completed));
        }
        self.finish_all(&reasons)
    }

    /// The samples of this step, a list for each replica; `None` for all of them.
    fn rows(&mut self) -> Option<Vec<Vec<usize>>> {
        let next = self.next;
        if self.members[0].batches.size == self.data.samples {
            return None;
        }
        let rows = self.members.iter_mut().map(|member| {
            let samples = member.batches.at(next);
            (0..samples.len()).map(|i| samples.get(i)).collect()
        });
        Some(rows.collect())
    }

    /// Records the loss of a replica where that is due. Why it stops, if it does.
    fn look(&mut self, replica: usize, found: &Losses, due: bool, control: &Control) -> Result<Option<StopReason>> {
        let loss = found.total[replica];
        if !loss.is_finite() {
            return Ok(Some(StopReason::Diverged));
        }
        if !due {
            return Ok(None);
        }
        let member = &mut self.members[replica];
        if let (Some(engine), Some(probes)) = (&mut self.engine, &mut member.probes) {
            let weights: Weights<T> = lift(self.stack.weights(replica))?;
            engine.set_flat_parameters(&weights.parameters);
            engine.state = weights.buffers;
            match probes.measure(engine, control) {
                Err(_) if control.is_aborted() => return Ok(Some(StopReason::Aborted)),
                Err(error) => return Err(error),
                Ok(false) => return Ok(Some(StopReason::Diverged)),
                Ok(true) => {}
            }
        }
        member.recorded.push(self.next);
        member.losses.push(loss);
        for (index, (name, value)) in found.parts(replica).enumerate() {
            match member.parts.get_mut(index) {
                Some((_, values)) => values.push(value),
                None => member.parts.push((name, vec![value])),
            }
        }
        Ok(None)
    }

    fn finish_all(&mut self, reasons: &[StopReason]) -> Result<()> {
        self.leave(&reasons.iter().map(|&reason| Some(reason)).collect::<Vec<_>>())
    }

    /// Takes the members that have a reason to stop out, with their results.
    fn leave(&mut self, stopped: &[Option<StopReason>]) -> Result<()> {
        let mut staying = Vec::new();
        for (replica, (mut member, reason)) in std::mem::take(&mut self.members).into_iter().zip(stopped).enumerate() {
            let Some(reason) = *reason else {
                staying.push(member);
                continue;
            };
            let weights: Weights<T> = lift(self.stack.weights(replica))?;
            let mut moments = Vec::with_capacity(self.stack.moments.len());
            for moment in &self.stack.moments {
                let row: Vec<T> = lift(moment.get(replica).and_then(|row| row.to_vec1()))?;
                let values = row.into_iter().map(compute::Scalar::to_f64).collect();
                moments.push(Array { shape: vec![self.network.parameter_count()], values: Values::F64(values) });
            }
            let history = History {
                steps: member.recorded,
                loss: member.losses,
                parts: member.parts,
                probes: member.probes.as_mut().map_or_else(Vec::new, |probes| probes.finish()),
                stop_reason: reason,
                coefficients: Vec::new(),
                terms: Vec::new(),
                weights: Vec::new(),
                state: State { step: self.next, moments, coefficients: Vec::new(), weights: Vec::new(), points: None },
                simd_path: self.device.name().into(),
            };
            self.results[member.job] = Some((history, weights));
        }
        self.members = staying;
        Ok(())
    }
}

/// The optimiser of a training that this engine can run.
fn first_order(spec: &TrainSpec) -> Result<&Optimizer> {
    if spec.constraint.is_some() {
        return Err(Error::argument("constraint: it cannot be run by the CUDA engine; use device 'cpu'"));
    }
    if spec.finish.is_some() || spec.hold {
        let what = if spec.hold { "model.steps" } else { "finish" };
        return Err(Error::argument(format!("{what}: it cannot be had on the CUDA engine; use device 'cpu'")));
    }
    if let LossSpec::Residual { balance, causal, curriculum, resample, .. } = &spec.loss {
        let changing = [
            ("balance", balance.is_some()),
            ("causal", causal.is_some()),
            ("curriculum", curriculum.is_some()),
            ("resample", resample.is_some()),
        ];
        if let Some((name, _)) = changing.iter().find(|(_, given)| *given) {
            let message = "it cannot be had on the CUDA engine; use device 'cpu'";
            return Err(Error::argument(format!("loss.{name}: {message}")));
        }
    }
    match &spec.optimizer {
        OptimizerSpec::FirstOrder(optimizer) => Ok(optimizer),
        OptimizerSpec::Method(_) => {
            let expected = "optimizer: the CUDA engine has the first-order ones (sgd, adam, adamw, rmsprop, muon)";
            let names = MethodSpec::NAMES.join(", ");
            Err(Error::argument(format!("{expected}; use device 'cpu' for {names}")))
        }
    }
}

/// The optimiser's arrays as a training begins: zeros, or those of the training that it resumes.
fn begin<T: Real>(jobs: &[&Job<T>], optimizer: &Optimizer, device: &Device) -> Result<Vec<Tensor>> {
    let Job { network, spec, .. } = jobs[0];
    let (count, parameters) = (optimizer::moments(optimizer), network.parameter_count());
    let mut all = vec![Vec::with_capacity(jobs.len() * parameters); count];
    for job in jobs {
        let own = match spec.resume_step {
            Some(1..) => moments::<T>(&job.arrays, count, parameters)?,
            _ => vec![vec![T::ZERO; parameters]; count],
        };
        all.iter_mut().zip(own).for_each(|(all, own)| all.extend(own));
    }
    let rows = |values: Vec<T>| lift(Tensor::from_vec(values, (jobs.len(), parameters), &device.candle()));
    all.into_iter().map(rows).collect()
}
