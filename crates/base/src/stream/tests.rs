use super::*;
use std::collections::HashSet;

/// Every kind of stream, with `at` of its members where it has any.
fn all(at: u64) -> Vec<Stream<'static>> {
    vec![
        Stream::Weights(at),
        Stream::Features(at),
        Stream::LayerFeatures,
        Stream::Batches(at),
        Stream::Noise(["noise", "labels", "views", "phases"][at as usize % 4]),
        Stream::Swarm(at),
        Stream::Search(at),
        Stream::Probes,
        Stream::Seeds("networks", at),
        Stream::Seeds("bands", at),
        Stream::Sampled(at),
        Stream::Data(at),
    ]
}

#[test]
fn threefry_gives_the_reference_numbers() {
    // Known answers of the authors' Random123: counter and key all zero, all one.
    let zero = [0x09218ebde6c85537, 0x55941f5266d86105, 0x4bd25e16282434dc, 0xee29ec846bd2e40b];
    assert_eq!(threefry([0; 4], [0; 4]), zero);
    let ones = [0x29c24097942bba1b, 0x0371bbfb0f6f4e11, 0x3c231ffa33f83a1c, 0xcd29113fde32d168];
    assert_eq!(threefry([u64::MAX; 4], [u64::MAX; 4]), ones);
}

#[test]
fn names_are_hashed_as_published() {
    // Vectors of the authors' page.
    assert_eq!([fnv1a(""), fnv1a("a"), fnv1a("foobar")], [0xcbf29ce484222325, 0xaf63dc4c8601ec8c, 0x85944171f73967e8]);
}

#[test]
fn the_seeds_of_a_seed_never_change() {
    // From an implementation in Python's integers.
    let seeds = |seed| [0, 1, 2].map(|i| Stream::Seeds("networks", i).seed(seed));
    assert_eq!(seeds(0), [3149643900333113, 8851279850578417, 2676268582822560]);
    assert_eq!(seeds(7), [1314599314294221, 5439809799305392, 3632501426813799]);
}

#[test]
fn no_first_number_is_drawn_twice() {
    // A thousand seeds, every stream, eight members of each: 72,000 first numbers of 64 bits and more, and of 53 bits as
    // they are used. Two of them are the same by chance with probability 3e-7.
    let (mut bits, mut uniform) = (HashSet::new(), HashSet::new());
    for seed in 0..1000 {
        let streams: HashSet<Stream> = (0..8).flat_map(all).collect();
        for stream in streams {
            assert!(bits.insert(Random::new(seed, stream).bits()), "{stream:?} of {seed}");
            assert!(uniform.insert(Random::new(seed, stream).uniform().to_bits()), "{stream:?} of {seed}");
        }
    }
    assert_eq!(bits.len(), 1000 * (9 * 8 + 2 + 4));
}

#[test]
fn large_indices_and_seeds_meet_no_other_stream() {
    // What numbers spaced by powers of two would confuse.
    let mut states = HashSet::new();
    for seed in [0, 1, 2, 1 << 32, (1 << 53) - 1, u64::MAX] {
        for at in [0, 1, 2, 1 << 32, (1 << 32) + 1, 1 << 33, 1 << 34, u64::MAX] {
            for stream in all(at) {
                states.insert((stream, seed, stream.state(seed)));
            }
        }
    }
    let distinct: HashSet<_> = states.iter().map(|(_, _, state)| state).collect();
    assert_eq!(distinct.len(), states.len());
}

#[test]
fn streams_and_seeds_are_uncorrelated() {
    let n = 20_000;
    let pairs = [0, 1].into_iter().flat_map(|seed| [0, 1].into_iter().flat_map(all).map(move |stream| (seed, stream)));
    let named: HashSet<(u64, Stream)> = pairs.collect();
    let drawn: Vec<(_, Vec<f64>)> =
        named.iter().map(|&(s, stream)| ((s, stream), Random::new(s, stream).normals(n))).collect();
    for a in 0..drawn.len() {
        for b in 0..a {
            let correlation = drawn[a].1.iter().zip(&drawn[b].1).map(|(x, y)| x * y).sum::<f64>() / n as f64;
            // Of some 900 pairs the largest is about 3.3 standard errors of 1/sqrt(n).
            assert!(correlation.abs() < 5.0 / (n as f64).sqrt(), "{:?} {:?}: {correlation}", drawn[a].0, drawn[b].0);
        }
    }
}
