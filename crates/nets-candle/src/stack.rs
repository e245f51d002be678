//! Replicas of one network that are trained together: their numbers, a step's gradient, its update.

use crate::data::Data;
use crate::device::{Device, Real};
use crate::forward::Pass;
use crate::muon;
use crate::objective::Objective;
use crate::optimizer;
use crate::signal::Signal;
use crate::spectral::Parts;
use candle_core::{Result, Tensor, Var};
use nets::network::spec::LayerSpec;
use nets::training::optimizers::{Matrix, Optimizer};
use nets::{Parameter, ResolvedNetwork, Weights};

/// About so many numbers are held by a forward pass alone; more samples are taken part by part.
const FORWARD_NUMBERS: usize = 1 << 26;

/// The numbers of the replicas, a row for each: `parameters`, each of the `moments` and `buffers` are `[replicas, count]`.
pub struct Stack {
    pub parameters: Tensor,
    pub buffers: Tensor,
    pub moments: Vec<Tensor>,
    /// The whole data, where a step takes it all.
    full: Option<(Signal, Objective)>,
}

/// The loss of each replica, and what it is made of.
pub struct Losses {
    pub total: Vec<f64>,
    pub parts: Vec<(&'static str, Vec<f64>)>,
}

/// What a step has found: losses, and for each replica its gradient and buffers as rows.
pub struct Found {
    pub losses: Losses,
    pub gradient: Tensor,
    buffers: Tensor,
}

impl Stack {
    pub fn new<T: Real>(weights: &[&Weights<T>], moments: Vec<Tensor>, device: &Device) -> Result<Self> {
        let rows = |of: fn(&Weights<T>) -> &[T]| {
            let all: Vec<T> = weights.iter().flat_map(|weights| of(weights).iter().copied()).collect();
            let count = all.len() / weights.len();
            Tensor::from_vec(all, (weights.len(), count), &device.candle())
        };
        Ok(Stack {
            parameters: rows(|weights| &weights.parameters)?,
            buffers: rows(|weights| &weights.buffers)?,
            moments,
            full: None,
        })
    }

    fn replicas(&self) -> usize {
        self.parameters.dims()[0]
    }

    /// Loss and gradient over these samples, a list for each replica, or with `None` over all of them.
    pub fn differentiate(
        &mut self,
        network: &ResolvedNetwork,
        data: &Data,
        rows: Option<&[Vec<usize>]>,
    ) -> Result<Found> {
        let picked;
        let (input, objective) = match rows {
            Some(rows) => {
                picked = data.picked(rows)?;
                &picked
            }
            None => {
                if self.full.is_none() {
                    let all = vec![(0..data.all()).collect::<Vec<_>>(); self.replicas()];
                    self.full = Some(data.picked(&all)?);
                }
                self.full.as_ref().expect("just made")
            }
        };
        let variables = self.views(&self.parameters, &network.parameters)?;
        let variables = variables.iter().map(Var::from_tensor).collect::<Result<Vec<_>>>()?;
        let parameters: Vec<Tensor> = variables.iter().map(|variable| variable.as_tensor().clone()).collect();
        let buffers = self.views(&self.buffers, &network.buffers)?;
        let pass = Pass::new(network, &parameters, &buffers, true);
        let mut losses = objective.losses(&pass.run(input.clone())?)?;
        if let Some(penalty) = &data.penalty {
            losses = penalty.added(losses, &parameters)?;
        }
        let gradients = losses.total.sum_all()?.backward()?;
        let row = |parameter: &Tensor| match gradients.get(parameter) {
            Some(gradient) => gradient.flatten_from(1),
            None => parameter.zeros_like()?.flatten_from(1),
        };
        let gradient = Tensor::cat(&parameters.iter().map(row).collect::<Result<Vec<_>>>()?, 1)?.detach();
        let buffers = moved(&self.buffers, &network.buffers, pass.moved.into_inner())?;
        Ok(Found { losses: Losses::of(&losses)?, gradient, buffers })
    }

    /// The update of step `step` with what it has found.
    pub fn update(&mut self, optimizer: &Optimizer, matrices: &[Matrix], step: u64, found: Found) -> Result<()> {
        let (parameters, gradient, moments) = (&self.parameters, &found.gradient, &mut self.moments);
        self.parameters = match optimizer {
            Optimizer::Muon(muon) => muon::update(optimizer, muon, matrices, step, parameters, gradient, moments)?,
            _ => optimizer::update(optimizer, step, parameters, gradient, moments)?,
        };
        self.buffers = found.buffers;
        Ok(())
    }

    /// The loss of each replica over all its data, batch normalisation by its buffers.
    pub fn losses(&self, network: &ResolvedNetwork, data: &Data) -> Result<Losses> {
        let all = data.all();
        // A loss that is no sum over samples sees them together.
        let size = if data.needs().whole { all } else { part_size(network, data.copies() * self.replicas()) };
        let mut sum: Option<Parts> = None;
        for from in (0..all).step_by(size) {
            let part: Vec<usize> = (from..(from + size).min(all)).collect();
            let share = part.len() as f64 / all as f64;
            let (input, objective) = data.picked(&vec![part; self.replicas()])?;
            let part = objective.losses(&self.forward(network, input)?)?;
            let total = (&part.total * share)?;
            sum = Some(match sum {
                None => Parts { total, ..part },
                Some(sum) => Parts { total: (sum.total + total)?, ..part },
            });
        }
        let mut losses = sum.expect("data have samples");
        if let Some(penalty) = &data.penalty {
            losses = penalty.added(losses, &self.views(&self.parameters, &network.parameters)?)?;
        }
        Losses::of(&losses)
    }

    /// Outputs as prediction has them.
    pub fn forward(&self, network: &ResolvedNetwork, input: Signal) -> Result<Signal> {
        let parameters = self.views(&self.parameters, &network.parameters)?;
        let buffers = self.views(&self.buffers, &network.buffers)?;
        Pass::new(network, &parameters, &buffers, false).run(input)
    }

    /// Only these replicas from now on, and in what a step has found.
    pub fn keep(&mut self, replicas: &[usize], found: &mut Found) -> Result<()> {
        let indices = Tensor::from_iter(replicas.iter().map(|&replica| replica as u32), self.parameters.device())?;
        let rows = [&mut self.parameters, &mut self.buffers, &mut found.gradient, &mut found.buffers];
        for tensor in rows.into_iter().chain(&mut self.moments) {
            // CUDA starts no kernel for nothing: networks without buffers.
            let empty = tensor.elem_count() == 0;
            *tensor = if empty { tensor.narrow(0, 0, replicas.len())? } else { tensor.index_select(&indices, 0)? };
        }
        self.full = None;
        Ok(())
    }

    /// The numbers of one replica.
    pub fn weights<T: Real>(&self, replica: usize) -> Result<Weights<T>> {
        Ok(Weights {
            parameters: self.parameters.get(replica)?.to_vec1()?,
            buffers: self.buffers.get(replica)?.to_vec1()?,
        })
    }

    /// Rows as arrays of their own shapes, `[replicas, ...shape]`.
    fn views(&self, rows: &Tensor, arrays: &[Parameter]) -> Result<Vec<Tensor>> {
        let view = |array: &Parameter| {
            let shape: Vec<usize> = std::iter::once(self.replicas()).chain(array.shape.iter().copied()).collect();
            rows.narrow(1, array.offset, array.size())?.reshape(shape)
        };
        arrays.iter().map(view).collect()
    }
}

impl Losses {
    fn of(losses: &Parts) -> Result<Self> {
        let parts = losses.parts.iter().map(|(name, values)| Ok((*name, values.to_vec1()?)));
        Ok(Losses { total: losses.total.to_vec1()?, parts: parts.collect::<Result<_>>()? })
    }

    /// What the loss of one replica is made of.
    pub fn parts(&self, replica: usize) -> impl Iterator<Item = (&'static str, f64)> {
        self.parts.iter().map(move |(name, values)| (*name, values[replica]))
    }
}

/// The rows of buffers with those that a pass has moved.
fn moved(rows: &Tensor, arrays: &[Parameter], moved: Vec<(usize, Tensor)>) -> Result<Tensor> {
    if moved.is_empty() {
        return Ok(rows.clone());
    }
    let parts = arrays.iter().enumerate().map(|(index, array)| match moved.iter().find(|(of, _)| *of == index) {
        Some((_, tensor)) => tensor.flatten_from(1),
        None => rows.narrow(1, array.offset, array.size()),
    });
    Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 1)
}

/// Numbers that a forward pass makes of one sample.
pub fn numbers(network: &ResolvedNetwork) -> usize {
    let layer = |layer: &&nets::ResolvedLayer| {
        let windows = match &layer.spec {
            // The windows as rows.
            LayerSpec::Conv2d(conv) => {
                conv.kernel.0 * conv.kernel.1 * layer.input[0] * layer.output[1] * layer.output[2]
            }
            _ => 0,
        };
        layer.output.iter().product::<usize>() + windows
    };
    network.walk().iter().map(layer).sum::<usize>().max(1)
}

/// Samples of one forward pass, of each of which `copies` flow through the network.
pub fn part_size(network: &ResolvedNetwork, copies: usize) -> usize {
    (FORWARD_NUMBERS / numbers(network).saturating_mul(copies)).max(1)
}
