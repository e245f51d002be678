//! Which way a training goes, how its shape is cut, and what that takes: arithmetic on a shape and a card, no card needed.
//!
//! Tiers: A, one block a network, where its weights, a tile of rows and the parts of its gradient fit into a multiprocessor's
//! shared memory. What has no kernel or does not fit goes to candle, with the reason.
//!
//! How a shape is cut depends on the shape, the batch and the card, never on the count of runs: a run has the same bits alone
//! and in a sweep.

use crate::card::Card;
use crate::chain::Chain;
use crate::layout::{Choice, Layout};
use crate::predict::{Clocks, clocks, microseconds, resident};
use base::{Code, Error, Result};
use nets::ResolvedNetwork;
use nets::training::optimizers::Optimizer;
use nets::training::{LossSpec, OptimizerSpec, TrainSpec};

/// What of a training a plan depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// Bytes of a number: 4 or 8.
    pub size: usize,
    pub samples: usize,
    pub batch: usize,
    pub runs: usize,
    /// Bytes that all of them may take on the card. Default: the card's memory.
    pub limit: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Tier A.
    Block(Block),
    /// candle, and why.
    Candle(String),
}

/// One block a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub chain: Chain,
    pub layout: Layout,
    pub clocks: Clocks,
    /// Of the card's memory that a run takes, what all runs share aside.
    pub run_bytes: usize,
    pub shared_bytes: usize,
    /// Runs that are on the card together: all of them, or as many as its memory holds.
    pub together: usize,
}

/// Warps of a multiprocessor, fewer of which do not hide its waits for shared memory.
const WARPS: usize = 8;
/// Steps of which a launch keeps losses, orders and tables at most.
pub const MOST_STEPS: usize = 4096;
/// Copies of a run's state that a launch keeps for probes at most.
pub const MOST_KEPT: usize = 8;

/// The plan of a network's trainings on a card.
///
/// # Errors
/// `OVER_MEMORY_LIMIT` where not even one run fits into the limit.
pub fn plan(network: &ResolvedNetwork, work: &Work, card: &Card) -> Result<Plan> {
    let chain = match Chain::new(network) {
        Ok(chain) => chain,
        Err(reason) => return Ok(Plan::Candle(reason)),
    };
    let Some((layout, clocks)) = cut(&chain, work, card) else {
        let choice = Choice { threads: 256, tile: 4, slots_shared: false, moments_shared: false };
        let least = Layout::new(&chain, work.size, choice).bytes >> 10;
        let most = card.shared_per_block >> 10;
        let reason =
            format!("its weights and four rows take {least} KB of shared memory, a block of this card has {most}");
        return Ok(Plan::Candle(reason));
    };
    let count = work.size * chain.parameters;
    let slots = if layout.slots.is_some() { 0 } else { work.size * layout.slots_length };
    let orders =
        if work.batch < work.samples { size_of::<u32>() * (work.samples + MOST_STEPS * work.batch) } else { 0 };
    // Parameters and moments, buffers, copies for probes, losses, the order of the samples, the numbers of the steps.
    let run_bytes = 3 * count * (1 + MOST_KEPT) + work.size * chain.buffers + slots + orders + 4 * 8 * MOST_STEPS + 512;
    let shared_bytes = work.size * work.samples * (chain.inputs + 2 * chain.outputs());
    let most = work.limit.unwrap_or(card.memory);
    let least = run_bytes.saturating_add(shared_bytes);
    if least > most {
        return Err(match work.limit {
            Some(limit) => base::memory::check("train", least, Some(limit)).expect_err("it is above the limit"),
            None => {
                let size = |bytes: usize| format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64);
                let message = format!("train: needs about {} on the card, which has {}", size(least), size(most));
                Error::new(Code::OverMemoryLimit, message)
            }
        });
    }
    let together = ((most - shared_bytes) / run_bytes).min(work.runs.max(1));
    Ok(Plan::Block(Block { chain, layout, clocks, run_bytes, shared_bytes, together }))
}

/// The cut that is predicted to be fastest with the card full.
fn cut(chain: &Chain, work: &Work, card: &Card) -> Option<(Layout, Clocks)> {
    let rows = work.batch;
    let mut best: Option<(f64, Layout, Clocks)> = None;
    let mut parts = 1;
    loop {
        let tile = rows.div_ceil(parts).next_multiple_of(4);
        for (threads, slots_shared, moments_shared) in [64, 128, 256].into_iter().flat_map(|threads| {
            [(true, true), (true, false), (false, false)].map(|(slots, moments)| (threads, slots, moments))
        }) {
            let mut layout = Layout::new(chain, work.size, Choice { threads, tile, slots_shared, moments_shared });
            if layout.bytes > card.shared_per_block {
                continue;
            }
            let clocks = clocks(chain, &layout, card, rows);
            let blocks = resident(&layout, card);
            if blocks * threads < WARPS * 32 {
                continue;
            }
            layout.resident = blocks;
            let time = microseconds(clocks, blocks, blocks * card.multiprocessors, card) / blocks as f64;
            if best.as_ref().is_none_or(|(least, ..)| time < *least) {
                best = Some((time, layout, clocks));
            }
        }
        if tile <= 4 || (parts >= 8 && best.is_some()) {
            return best.map(|(_, layout, clocks)| (layout, clocks));
        }
        // Every number of parts while they are few, then only those that change much.
        parts += (parts / 8).max(1);
    }
}

/// Why a training has no kernel, whatever its network.
pub fn unknown(spec: &TrainSpec) -> Option<String> {
    let named = |name: &str| Some(format!("{name}: no kernel for it"));
    match &spec.loss {
        LossSpec::Mse {} | LossSpec::Mae {} | LossSpec::Huber { .. } => {}
        LossSpec::WeightedMse {} | LossSpec::CrossEntropy {} => {}
        LossSpec::Sobolev { .. } => return named("loss (sobolev)"),
        LossSpec::Expression { .. } => return named("loss (expression)"),
        LossSpec::Smoothness { .. } => return named("loss (smoothness)"),
        LossSpec::PhaseContrastive { .. } => return named("loss (phaseContrastive)"),
        LossSpec::Residual { .. } => return named("loss (residual)"),
        LossSpec::Ritz { .. } => return named("loss (ritz)"),
    }
    if spec.penalty.is_some() {
        return named("penalty");
    }
    if spec.constraint.is_some() {
        return named("constraint");
    }
    if spec.finish.is_some() {
        return named("finish");
    }
    if spec.hold || spec.recorded.is_some() {
        return named("model.steps");
    }
    match spec.optimizer {
        OptimizerSpec::FirstOrder(Optimizer::Muon(_)) => named("optimizer (muon)"),
        OptimizerSpec::FirstOrder(_) => None,
        OptimizerSpec::Method(_) => named("optimizer"),
    }
}

impl Block {
    /// Predicted microseconds of a step of `runs` networks.
    pub fn microseconds(&self, runs: usize, card: &Card) -> f64 {
        microseconds(self.clocks, self.layout.resident, runs, card)
    }
}

impl Plan {
    /// The choice and its reasons, a line each; times are predictions.
    pub fn explain(&self, work: &Work, card: &Card) -> Vec<String> {
        let block = match self {
            Plan::Candle(reason) => return vec!["tier    candle".to_owned(), format!("because {reason}")],
            Plan::Block(block) => block,
        };
        let layout = &block.layout;
        let kb = |bytes: usize| format!("{:.1} KB", bytes as f64 / 1024.0);
        let mb = |bytes: usize| format!("{:.1} MB", bytes as f64 / f64::from(1 << 20));
        let tiles = work.batch.div_ceil(layout.tile);
        let place = |shared: bool| if shared { "shared memory" } else { "the card's memory" };
        let step = block.microseconds(work.runs, card);
        vec![
            "tier    A: one block a network, many steps a launch".to_owned(),
            format!(
                "tile    {} rows, {tiles} a batch of {}; {} threads a block",
                layout.tile, work.batch, layout.threads
            ),
            format!(
                "block   {} of shared memory of {}; gradient in {}, moments in {}",
                kb(layout.bytes),
                kb(card.shared_per_block),
                place(layout.slots.is_some()),
                place(layout.moments.is_some())
            ),
            format!(
                "card    {}: {} blocks a multiprocessor, {} at once",
                card.name,
                layout.resident,
                layout.resident * card.multiprocessors
            ),
            format!(
                "memory  {} a run and {} for all; {} of {} runs together",
                mb(block.run_bytes),
                mb(block.shared_bytes),
                block.together,
                work.runs
            ),
            format!(
                "time    {step:.2} microseconds a step, {:.3} a run (predicted, not measured)",
                step / work.runs.max(1) as f64
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
