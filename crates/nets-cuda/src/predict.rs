//! How long a step takes, by arithmetic: no card has been measured with these kernels.
//!
//! A product of a tile is dealt to the threads in equal items; `r = ceil(items / threads)` rounds of `k m n` fused multiply-adds
//! take `r threads k m n / lanes` clocks where they fill the lanes, and `k` times the wait for shared memory where they do not.
//! Machine code of a prototype was 87 % multiply-adds in its products. Functions, losses and updates count about the
//! instructions of their text. A barrier waits for the slowest warp.
//!
//! For an H100, 1-40x2-1 with 201 rows in f32 (4.0 microseconds at the peak of one multiprocessor) this gives 8.1 microseconds,
//! where the instructions of a prototype's machine code had made 9 to 11 likely.

use crate::card::{Card, REGISTERS};
use crate::chain::{Chain, Kind};
use crate::functions;
use crate::layout::{Layout, gradient_items, strip};

/// The share of multiply-adds among the instructions of a product.
const SHARE: f64 = 0.87;
/// Clocks from a load of shared memory to the next one that depends on it, four loads on their way.
const WAIT: f64 = 8.0;
const BARRIER: f64 = 40.0;
/// Instructions of an update, and clocks until moments come from the card's memory.
const UPDATE: f64 = 25.0;
const MEMORY: f64 = 700.0;
/// Instructions in f64 of a row's loss.
const LOSS: f64 = 12.0;
/// Shared memory that the system takes of each block.
const RESERVED: usize = 1024;

/// Clocks of a step of one network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clocks {
    /// In which the lanes are taken.
    pub busy: f64,
    /// From beginning to end, alone on a multiprocessor.
    pub alone: f64,
}

impl Clocks {
    fn add(&mut self, busy: f64, alone: f64) {
        self.busy += busy;
        self.alone += busy.max(alone);
    }
}

/// Of a step over `rows` rows.
pub fn clocks(chain: &Chain, layout: &Layout, card: &Card, rows: usize) -> Clocks {
    let lanes = card.lanes[usize::from(layout.size == 8)] as f64;
    let double = card.lanes[1] as f64;
    let threads = layout.threads as f64;
    // Every number of f64 takes two words of a load.
    let wait = WAIT * layout.size as f64 / 4.0;
    let mut all = Clocks { busy: 0.0, alone: 0.0 };
    let mut product = |items: usize, depth: usize, tile: usize| {
        let rounds = items.div_ceil(layout.threads) as f64;
        all.add(rounds * threads * (depth * tile) as f64 / lanes / SHARE, rounds * depth as f64 * wait + BARRIER);
    };
    let tiles = rows.div_ceil(layout.tile);
    let quads = rows.min(layout.tile).div_ceil(4);
    for (operation, places) in chain.operations.iter().zip(&layout.operations) {
        let (inputs, outputs) = (operation.inputs, operation.outputs);
        let Kind::Dense { bias, .. } = operation.kind else { continue };
        let (across, back) = (strip(outputs), strip(inputs));
        let depth = inputs + usize::from(bias.is_some());
        for _ in 0..tiles {
            product(quads * outputs.div_ceil(across), inputs, 4 * across);
            let items = gradient_items(depth, outputs) * places.slices;
            product(items, 4 * quads.div_ceil(places.slices), strip(depth) * across);
            if places.back {
                product(quads * inputs.div_ceil(back), outputs, 4 * back);
            }
        }
    }
    let entrywise: usize =
        chain.operations.iter().map(|operation| operation.outputs * functions::work(&operation.function)).sum();
    let rows = rows as f64;
    all.add(rows * entrywise as f64 / lanes, 0.0);
    let loss = rows.div_euclid(threads) + 1.0;
    all.add(rows * chain.outputs() as f64 * LOSS / double, loss * chain.outputs() as f64 * LOSS * 4.0 + 2.0 * BARRIER);
    let wait = if layout.moments.is_some() { 0.0 } else { MEMORY };
    all.add(chain.parameters as f64 * UPDATE / lanes, wait + BARRIER);
    all
}

/// Blocks that share a multiprocessor.
pub fn resident(layout: &Layout, card: &Card) -> usize {
    let registers = REGISTERS / (registers(layout.size) * layout.threads);
    let by = [card.shared / (layout.bytes + RESERVED), card.threads / layout.threads, registers];
    by.into_iter().min().unwrap_or(0).max(1)
}

/// Registers that a thread takes at most, in f32 and in f64: the shapes of `tests/compile.rs` need no more.
fn registers(size: usize) -> usize {
    if size == 4 { 128 } else { 192 }
}

/// Microseconds of a step of `runs` networks.
pub fn microseconds(clocks: Clocks, blocks: usize, runs: usize, card: &Card) -> f64 {
    // Whole waves, then what is left on fewer blocks of each multiprocessor.
    let wave = blocks * card.multiprocessors;
    let of = |each: usize| (each as f64 * clocks.busy).max(clocks.alone);
    let last = (runs % wave).div_ceil(card.multiprocessors);
    let rest = if last == 0 { 0.0 } else { of(last) };
    ((runs / wave) as f64 * of(blocks) + rest) / (card.clock * 1e3)
}
