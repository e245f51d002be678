//! How the rows of a batch are cut: chunks that stay in cache, and lanes whose gradients are summed in order.
//!
//! Both depend on the network and the number of rows only, never on the threads, so that the bits do not either.

use super::program::Program;
use crate::engine::loss::BatchNeeds;
use compute::Scalar;

/// Bytes of blocks that a chunk may fill: a common level-2 cache.
const CHUNK_BYTES: usize = 512 << 10;
/// Rows of a chunk, the copies of a jet counted: enough to use each loaded weight often.
const CHUNK_ROWS: usize = 102;
/// No operation gets more samples than these for its speed where a cache holds fewer.
const CHUNK_SAMPLES: usize = 16;
/// Multiply-adds that are worth a second lane: about 10 microseconds on each.
const LANE_WORK: usize = 400_000;
/// No more lanes than this: each costs a gradient's memory and a pass over it.
const MAX_LANES: usize = 8;
/// Products take rows by six or twelve.
const ROWS: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub rows: usize,
    /// Samples in a chunk; the last one may have fewer.
    pub points: usize,
    pub chunks: usize,
    pub lanes: usize,
}

impl Plan {
    /// The plan for batches of `rows` samples (at least one).
    pub fn new<T: Scalar>(program: &Program<T>, rows: usize) -> Self {
        let bytes = program.numbers_of_sample() * program.copies() * size_of::<T>();
        let most = (CHUNK_BYTES / bytes.max(1)).min(CHUNK_ROWS / program.copies());
        let most = most.max(program.samples().min(CHUNK_SAMPLES));
        let worth = if 3 * program.work() * rows > 2 * LANE_WORK && rows >= 2 * ROWS { 2 } else { 1 };
        let chunks = rows.div_ceil(most).max(worth);
        let lanes = chunks.min(MAX_LANES);
        let chunks = chunks.next_multiple_of(lanes);
        let points = rows.div_ceil(chunks);
        // Of a small chunk, rounding would be a large part, and the last lane would have little to do.
        let points = if points > 8 * ROWS { points.next_multiple_of(ROWS) } else { points };
        let chunks = rows.div_ceil(points);
        Plan { rows, points, chunks, lanes: lanes.min(chunks) }
    }

    /// The plan that a loss with such needs can be evaluated by.
    pub fn of<T: Scalar>(program: &Program<T>, rows: usize, needs: BatchNeeds) -> Self {
        match needs {
            BatchNeeds { whole: true, .. } => Plan::whole(rows),
            BatchNeeds { pairs: true, .. } => Plan::new(program, rows).even(),
            _ => Plan::new(program, rows),
        }
    }

    /// The same with chunks of an even number of rows.
    pub fn even(self) -> Self {
        let points = self.points.next_multiple_of(2);
        let chunks = self.rows.div_ceil(points);
        Plan { points, chunks, lanes: self.lanes.min(chunks), ..self }
    }

    /// One chunk of all rows, on one thread: for what is no sum over samples.
    pub fn whole(rows: usize) -> Self {
        Plan { rows, points: rows, chunks: 1, lanes: 1 }
    }

    /// The samples of chunk `chunk` within the batch.
    pub fn chunk(&self, chunk: usize) -> (usize, usize) {
        (chunk * self.points, ((chunk + 1) * self.points).min(self.rows))
    }

    /// The chunks of a lane.
    pub fn lane(&self, lane: usize) -> std::ops::Range<usize> {
        self.chunks * lane / self.lanes..self.chunks * (lane + 1) / self.lanes
    }
}
