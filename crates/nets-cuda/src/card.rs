//! What a card has that a plan depends on.

/// Numbers of one card. Those of the constants are of NVIDIA's data sheets and the CUDA C++ programming guide's table of compute
/// capabilities; a card that is here says its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub name: String,
    /// 10 times the major number of its compute capability, plus the minor one: 90 on an H100.
    pub architecture: u32,
    pub multiprocessors: usize,
    /// Bytes of shared memory that a block may have, and that a multiprocessor has.
    pub shared_per_block: usize,
    pub shared: usize,
    /// Threads that a multiprocessor holds.
    pub threads: usize,
    /// Fused multiply-adds a clock on a multiprocessor, in f32 and f64.
    pub lanes: [usize; 2],
    /// GHz.
    pub clock: f64,
    /// Bytes.
    pub memory: usize,
}

/// Registers of a multiprocessor: 65,536 on every architecture since 2012.
pub const REGISTERS: usize = 65_536;

const GIB: usize = 1 << 30;

impl Card {
    /// What of a card follows from its compute capability: threads of a multiprocessor and lanes.
    pub fn of_architecture(architecture: u32) -> (usize, [usize; 2]) {
        match architecture {
            80 => (2048, [64, 32]),
            90 | 100 | 103 => (2048, [128, 64]),
            _ => (1536, [128, 2]),
        }
    }

    fn known(
        name: &str,
        architecture: u32,
        multiprocessors: usize,
        shared: [usize; 2],
        clock: f64,
        memory: usize,
    ) -> Self {
        let (threads, lanes) = Self::of_architecture(architecture);
        Card {
            name: name.to_owned(),
            architecture,
            multiprocessors,
            shared_per_block: shared[0] << 10,
            shared: shared[1] << 10,
            threads,
            lanes,
            clock,
            memory: memory * GIB,
        }
    }

    pub fn a100() -> Self {
        Self::known("A100 SXM 80 GB", 80, 108, [163, 164], 1.41, 80)
    }

    pub fn h100() -> Self {
        Self::known("H100 SXM 80 GB", 90, 132, [227, 228], 1.755, 80)
    }

    pub fn rtx_4090() -> Self {
        Self::known("GeForce RTX 4090", 89, 128, [99, 100], 2.52, 24)
    }

    /// Those that a plan can be asked for without having one.
    pub fn all() -> [Self; 3] {
        [Self::a100(), Self::h100(), Self::rtx_4090()]
    }
}
