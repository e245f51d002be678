//! What a launch is given: of each run its numbers, of all together their samples, states and orders, each thing once.

use crate::backend::{Job as Numbers, Plain};
use crate::numbers::{NONE, Samples, Table, first_order, optimizer};
use crate::plan::unknown;
use base::{Control, Error, Result};
use compute::Scalar;
use nets::engine::Engine;
use nets::training::probes::Probes;
use nets::training::{Batches, Due, Job, LossSpec, moments};
use nets::{Array, ResolvedNetwork};
use std::sync::Arc;

/// One run of a launch.
pub(crate) struct Member<T: Scalar> {
    pub(crate) numbers: Numbers,
    pub(crate) table: usize,
    /// Which list of samples' orders it follows.
    pub(crate) order: Option<usize>,
    pub(crate) due: Due,
    pub(crate) recorded: Vec<u64>,
    pub(crate) losses: Vec<f64>,
    pub(crate) probes: Option<Probes<T>>,
}

/// What the runs of a launch have in common, each thing once.
pub(crate) struct Prepared<'a, T> {
    network: &'a ResolvedNetwork,
    pub(crate) data: Vec<T>,
    /// Arrays whose numbers are in `data` already, with their loss: where x, y and weights begin.
    sets: Vec<(Vec<Arc<Array>>, LossSpec, Numbers)>,
    first: Option<Samples<T>>,
    pub(crate) state: Vec<T>,
    pub(crate) buffers: Vec<T>,
    pub(crate) tables: Vec<Table>,
    pub(crate) orders: Vec<(u64, Batches)>,
    pub(crate) samples: usize,
}

impl<'a, T: Scalar + Plain> Prepared<'a, T> {
    pub(crate) fn new(network: &'a ResolvedNetwork, first: Samples<T>) -> Self {
        let samples = first.count;
        Prepared {
            network,
            data: Vec::new(),
            sets: Vec::new(),
            first: Some(first),
            state: Vec::new(),
            buffers: Vec::new(),
            tables: Vec::new(),
            orders: Vec::new(),
            samples,
        }
    }

    pub(crate) fn member(
        &mut self,
        job: &Job<T>,
        batch: usize,
        order: &[usize],
        engine: Option<&Engine<T>>,
        control: &Control,
    ) -> Result<Member<T>> {
        let Job { spec, arrays, weights, seed, .. } = job;
        if let Some(reason) = unknown(spec) {
            return Err(Error::argument(format!("{reason} on this device")));
        }
        let rule = first_order(spec);
        let mut numbers = self.samples(job)?;
        let optimizer = optimizer(rule);
        numbers = Numbers {
            rate: optimizer.rate,
            beta1: optimizer.beta1,
            beta2: optimizer.beta2,
            epsilon: optimizer.epsilon,
            decay: optimizer.decay,
            shrink: optimizer.shrink,
            limit: optimizer.limit,
            norm: optimizer.norm,
            rule: optimizer.rule,
            nesterov: optimizer.nesterov,
            order: NONE,
            ..numbers
        };
        let count = order.len();
        let kept = rule.moments();
        let wanted = usize::from(kept.first()) + usize::from(kept.second());
        let mut resumed = match spec.resume_step {
            Some(1..) => moments::<T>(arrays, wanted, count)?.into_iter(),
            _ => Vec::new().into_iter(),
        };
        self.state.extend(order.iter().map(|&place| weights.parameters[place]));
        for wanted in [kept.first(), kept.second()] {
            match if wanted { resumed.next() } else { None } {
                Some(moment) => self.state.extend(order.iter().map(|&place| moment[place])),
                None => self.state.extend(std::iter::repeat_n(T::ZERO, count)),
            }
        }
        self.buffers.extend_from_slice(&weights.buffers);
        let table = Table::of(rule);
        let table = self.tables.iter().position(|other| *other == table).unwrap_or_else(|| {
            self.tables.push(table);
            self.tables.len() - 1
        });
        let seed = spec.seed.unwrap_or(*seed);
        let shuffled = spec.shuffle && batch < self.samples;
        let order = shuffled.then(|| {
            let found = self.orders.iter().position(|(other, _)| *other == seed);
            found.unwrap_or_else(|| {
                self.orders.push((seed, Batches::new(self.samples, batch, true, seed)));
                self.orders.len() - 1
            })
        });
        let probes = match engine {
            Some(engine) if !spec.probes.is_empty() => Some(Probes::new(
                &spec.probes,
                self.network,
                &engine.program,
                &weights.parameters,
                arrays,
                compute::processors(),
                control,
            )?),
            _ => None,
        };
        let due = spec.record.due(spec.began.or(spec.resume_step).unwrap_or(0), spec.last()?)?;
        Ok(Member { numbers, table, order, due, recorded: Vec::new(), losses: Vec::new(), probes })
    }

    /// Where the samples of a job lie, and its loss.
    fn samples(&mut self, job: &Job<T>) -> Result<Numbers> {
        let own: Vec<Arc<Array>> =
            ["x", "y", "loss.weights"].iter().filter_map(|name| job.arrays.0.get(*name).cloned()).collect();
        let samples = match self.first.take() {
            Some(samples) => samples,
            None => {
                let same =
                    |set: &[Arc<Array>]| set.len() == own.len() && set.iter().zip(&own).all(|(a, b)| Arc::ptr_eq(a, b));
                let known = self.sets.iter().find(|(set, loss, _)| same(set) && *loss == job.spec.loss);
                if let Some((.., numbers)) = known {
                    return Ok(*numbers);
                }
                Samples::new(&job.spec.loss, self.network, &job.arrays)?
            }
        };
        let mut numbers = Numbers { x: self.data.len() as u64, ..Numbers::default() };
        self.data.extend_from_slice(&samples.x);
        numbers.y = self.data.len() as u64;
        self.data.extend_from_slice(&samples.y);
        numbers.weights = self.data.len() as u64;
        self.data.extend_from_slice(&samples.weights);
        samples.put(&mut numbers);
        self.sets.push((own, job.spec.loss.clone(), numbers));
        Ok(numbers)
    }
}
