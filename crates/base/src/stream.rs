//! What is drawn: every draw is named by a seed **and** a stream.
//!
//! One seed may so be given to everything in a run, and no two things of it share a number: not noise and weights, not
//! two layers. The four words (seed, kind of stream, name, index) become the 256 bits of the generator's state by
//! Threefry-4x64 of 20 rounds (Salmon, Moraes, Dror and Shaw 2011), which is a permutation: two streams that differ in
//! seed, kind or index differ in their state, whatever the numbers. Names are text and go in as their FNV-1a hash.
//!
//! ```
//! use base::{Random, Stream};
//! let weight = Random::new(3, Stream::Weights(0)).normal();
//! let noise = Random::new(3, Stream::Noise("noise")).normal();
//! assert_ne!(weight, noise);
//! ```

use crate::Random;

/// The streams of a seed: one entry for everything that is drawn anywhere in this package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream<'a> {
    /// Initial values of array number i of a network's parameters.
    Weights(u64),
    /// Array number i of a network's buffers: frequencies of Fourier features, drawn with the model's seed.
    Features(u64),
    /// Frequencies of Fourier features whose layer has a seed of its own.
    LayerFeatures,
    /// The order of the samples in epoch number i.
    Batches(u64),
    /// Noise under a name that its user gives: added to labels, shown to a filter, the views of an image.
    Noise(&'a str),
    /// A particle swarm: its first positions (0), the pulls of generation i (i + 1).
    Swarm(u64),
    /// The search around sample number i for a critical point.
    Search(u64),
    /// Directions in which an iteration starts, or probes whether it is done.
    Probes,
    /// Seed number i of several things of one name, for instance the networks of a run: see [`Stream::seed`].
    Seeds(&'a str, u64),
    /// Seed of draw number i of a kernel that is sampled.
    Sampled(u64),
    /// Made-up points, targets and arrays of tests, examples and measurements of speed: set number i.
    Data(u64),
    /// Points at which an equation is to hold, when they are drawn for the i-th time; 0: the shift of a sequence of all of them.
    Points(u64),
}

impl Stream<'_> {
    /// Kind, name and index. A kind keeps its number for ever, else the numbers of every seed would change.
    fn words(self) -> [u64; 3] {
        match self {
            Stream::Weights(array) => [1, 0, array],
            Stream::Features(array) => [2, 0, array],
            Stream::LayerFeatures => [3, 0, 0],
            Stream::Batches(epoch) => [4, 0, epoch],
            Stream::Noise(name) => [5, fnv1a(name), 0],
            Stream::Swarm(generation) => [6, 0, generation],
            Stream::Search(sample) => [7, 0, sample],
            Stream::Probes => [8, 0, 0],
            Stream::Seeds(name, index) => [9, fnv1a(name), index],
            Stream::Sampled(draw) => [10, 0, draw],
            Stream::Data(set) => [11, 0, set],
            Stream::Points(draw) => [12, 0, draw],
        }
    }

    /// State of the generator at this stream's beginning.
    pub(crate) fn state(self, seed: u64) -> [u64; 4] {
        let [kind, name, index] = self.words();
        threefry([seed, kind, name, index], [0; 4])
    }

    /// A seed for something of its own, below 2^53, so that JSON and JavaScript keep it exactly. Of n such seeds two are
    /// the same with probability n^2 / 2^54: 6e-9 for ten thousand networks.
    pub fn seed(self, seed: u64) -> u64 {
        Random::new(seed, self).bits() >> 11
    }
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo).
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Threefry-4x64 of 20 rounds.
fn threefry(counter: [u64; 4], key: [u64; 4]) -> [u64; 4] {
    /// Of both additions of round r mod 8.
    const ROTATIONS: [[u32; 2]; 8] = [[14, 16], [52, 57], [23, 40], [5, 37], [25, 33], [46, 12], [58, 22], [32, 32]];
    let [a, b, c, d] = key;
    let key = [a, b, c, d, a ^ b ^ c ^ d ^ 0x1bd1_1bda_a9fc_1a22];
    let mut x: [u64; 4] = std::array::from_fn(|i| counter[i].wrapping_add(key[i]));
    for round in 0..20 {
        // Of the two pairs the partners change places every round.
        let (first, second) = if round % 2 == 0 { (1, 3) } else { (3, 1) };
        for (word, partner, rotation) in [(0, first, 0), (2, second, 1)] {
            x[word] = x[word].wrapping_add(x[partner]);
            x[partner] = x[partner].rotate_left(ROTATIONS[round % 8][rotation]) ^ x[word];
        }
        if round % 4 == 3 {
            let injection = round / 4 + 1;
            x = std::array::from_fn(|i| x[i].wrapping_add(key[(injection + i) % 5]));
            x[3] = x[3].wrapping_add(injection as u64);
        }
    }
    x
}

#[cfg(test)]
mod tests;
