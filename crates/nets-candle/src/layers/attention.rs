//! Multi-head self-attention (Vaswani et al. 2017): of each head `softmax(Q K^T / sqrt d) V`, between two products.

use super::dense::affine;
use crate::forward::Pass;
use crate::signal::Signal;
use candle_core::{D, Result, Tensor};
use nets::ResolvedLayer;
use nets::network::spec::Attention;

pub fn forward(pass: &Pass, layer: &ResolvedLayer, attention: &Attention, x: &Signal) -> Result<Signal> {
    let own = pass.own(layer);
    let per_product = own.len() / 2;
    let (replicas, samples, tokens, features) = x.value.dims4()?;
    let (heads, depth) = (attention.heads, features / attention.heads);
    let all = affine(own[0], own.get(1).filter(|_| per_product == 2).copied(), x)?.value;
    // [r n, tokens, 3, heads, depth] to three of [r n heads, tokens, depth].
    let all = all.reshape((replicas * samples, tokens, 3, heads, depth))?.permute((2, 0, 3, 1, 4))?;
    let part = |index: usize| all.get(index)?.contiguous()?.reshape((replicas * samples * heads, tokens, depth));
    let (queries, keys, values) = (part(0)?, part(1)?, part(2)?);
    let scores = (queries.matmul(&keys.t()?)? / (depth as f64).sqrt())?;
    let mixed = softmax(&scores)?.matmul(&values)?;
    let mixed = mixed.reshape((replicas * samples, heads, tokens, depth))?.transpose(1, 2)?.contiguous()?;
    let mixed = Signal { value: mixed.reshape((replicas, samples, tokens, features))?, jet: None };
    affine(own[per_product], own.get(3).copied(), &mixed)
}

/// Along the last axis, the largest taken off first: no overflow.
pub fn softmax(scores: &Tensor) -> Result<Tensor> {
    let powers = scores.broadcast_sub(&scores.detach().max_keepdim(D::Minus1)?)?.exp()?;
    powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)
}
