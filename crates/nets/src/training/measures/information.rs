//! Entropy and mutual information of discrete variables, in bits, from counts (the plug-in estimate).
//!
//! `I(A; B) = sum p(a, b) log2 p(a, b) / (p(a) p(b))`, `I(A; B | C) = sum_c p(c) I(A; B | C = c)`. Nakkiran et al. (2019)
//! measure by them how much of what a network F knows of the labels Y another classifier L explains:
//! `mu = I(F; Y) - I(F; Y | L)`. From n samples the plug-in estimate of I is too large by about
//! `(|A| - 1)(|B| - 1) / (2 n ln 2)`.

use base::{Error, Result};
use std::collections::BTreeMap;

/// `H(A)`.
///
/// # Errors
/// `INVALID_SHAPE` for an empty list.
pub fn entropy(a: &[u32]) -> Result<f64> {
    check(&[a])?;
    Ok(bits(counts(a.iter().copied()), a.len()))
}

/// `I(A; B)`.
///
/// # Errors
/// `INVALID_SHAPE` for empty lists or lists of different length.
pub fn mutual_information(a: &[u32], b: &[u32]) -> Result<f64> {
    check(&[a, b])?;
    let both = bits(counts(a.iter().zip(b)), a.len());
    // Rounding can leave a number of size 1e-16 under zero.
    Ok((entropy(a)? + entropy(b)? - both).max(0.0))
}

/// `I(A; B | C) = H(A, C) + H(B, C) - H(A, B, C) - H(C)`.
///
/// # Errors
/// `INVALID_SHAPE` for empty lists or lists of different length.
pub fn conditional_mutual_information(a: &[u32], b: &[u32], given: &[u32]) -> Result<f64> {
    check(&[a, b, given])?;
    let n = a.len();
    let (ac, bc) = (bits(counts(a.iter().zip(given)), n), bits(counts(b.iter().zip(given)), n));
    let all = bits(counts(a.iter().zip(b).zip(given)), n);
    Ok((ac + bc - all - entropy(given)?).max(0.0))
}

fn check(lists: &[&[u32]]) -> Result<()> {
    let lengths: Vec<usize> = lists.iter().map(|list| list.len()).collect();
    if lengths[0] > 0 && lengths.iter().all(|&n| n == lengths[0]) {
        return Ok(());
    }
    Err(Error::shape(format!("expected lists of equal length, at least 1, got {lengths:?}")))
}

/// Ordered, so that sums over it are the same bits on every run.
fn counts<K: Ord>(values: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_insert(0) += 1);
    counts
}

fn bits<K>(counts: BTreeMap<K, usize>, n: usize) -> f64 {
    counts.values().map(|&count| count as f64 / n as f64).map(|p| -p * p.log2()).sum()
}
