//! Multi-head self-attention (Vaswani et al. 2017), between two dense products: queries, keys and values, and the output.
//!
//! Of each head, with d = features / heads: `P = softmax(Q K^T / sqrt d)` row by row, `O = P V`. Backward:
//! `dV = P^T dO`, `dS = P o (dP - rowsum(dP o P))` with `dP = dO V^T`, `dQ = dS K / sqrt d`, `dK = dS^T Q / sqrt d`.

use super::dense;
use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::{Attention as Spec, Dense, Parameterization};
use compute::functions::exp;
use compute::{Kernel, Lanes, Scalar, SimdPath};

struct Attention {
    /// `[tokens, 3 features]`: queries, keys, values.
    input: Block,
    output: Block,
    heads: usize,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, spec: &Spec, input: Slot) -> Slot {
    let (tokens, features) = (layer.input[0], layer.input[1]);
    let project = |builder: &mut Builder<T>, first: usize, units: usize, input: Slot| {
        let dense = Dense {
            units,
            bias: spec.bias,
            init: None,
            bias_init: None,
            parameterization: Parameterization::Standard,
            sigma_w: 1.0,
            sigma_b: 0.0,
        };
        let count = 1 + usize::from(spec.bias);
        let parameters = layer.parameters[first * count..][..count].to_vec();
        let own = ResolvedLayer { parameters, output: vec![tokens, units], ..layer.clone() };
        dense::push(builder, &own, &dense, input)
    };
    let all = project(builder, 0, 3 * features, input);
    let op = Attention { input: builder.block(all), output: Block::new::<T>(&layer.output), heads: spec.heads };
    let mixed = builder.push(op, vec![all], &layer.output);
    project(builder, 1, features, mixed)
}

impl Attention {
    fn tokens(&self) -> usize {
        self.input.tokens
    }

    fn features(&self) -> usize {
        self.output.width
    }

    /// Of one head.
    fn depth(&self) -> usize {
        self.features() / self.heads
    }

    /// Where the queries (0), keys (1) or values (2) of a token begin for a head.
    fn place(&self, token: usize, part: usize, head: usize) -> usize {
        token * self.input.lead + part * self.features() + head * self.depth()
    }

    fn factor<T: Scalar>(&self) -> T {
        T::from_f64(1.0 / (self.depth() as f64).sqrt())
    }
}

fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).map(|(a, b)| *a * *b).sum()
}

fn add<T: Scalar>(into: &mut [T], factor: T, from: &[T]) {
    into.iter_mut().zip(from).for_each(|(into, x)| *into += factor * *x);
}

/// `row[i] = exp(row[i] - largest)`.
struct Exponentials<'a, T> {
    row: &'a mut [T],
    largest: T,
}

impl<T: Scalar> Kernel<T> for Exponentials<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let largest = V::splat(self.largest);
        for part in self.row.chunks_mut(T::LANES) {
            exp(V::load_part(part) - largest).store_part(part);
        }
    }
}

/// Exponentials of a row of scores, made to sum to 1; the largest score is taken off first.
fn softmax<T: Scalar>(path: SimdPath, row: &mut [T]) {
    let largest = T::from_f64(row.iter().fold(f64::NEG_INFINITY, |most, x| most.max(x.to_f64())));
    T::dispatch(path, Exponentials { row, largest });
    let total = row.iter().copied().sum::<T>();
    row.iter_mut().for_each(|x| *x = *x / total);
}

impl<T: Scalar> Op<T> for Attention {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (tokens, depth, lead) = (self.tokens(), self.depth(), self.output.lead);
        let (input, output, cache) = chunk.forward(wiring);
        let samples = input.chunks_exact(self.input.sample()).zip(output.chunks_exact_mut(self.output.sample()));
        for (index, (from, to)) in samples.enumerate() {
            for head in 0..self.heads {
                for t in 0..tokens {
                    let row = &mut cache[((index * self.heads + head) * tokens + t) * tokens..][..tokens];
                    let query = &from[self.place(t, 0, head)..][..depth];
                    for (s, score) in row.iter_mut().enumerate() {
                        *score = self.factor::<T>() * dot(query, &from[self.place(s, 1, head)..][..depth]);
                    }
                    softmax(shared.path, row);
                    let to = &mut to[t * lead + head * depth..][..depth];
                    to.fill(T::ZERO);
                    row.iter().enumerate().for_each(|(s, p)| add(to, *p, &from[self.place(s, 2, head)..][..depth]));
                }
            }
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        let (tokens, depth, lead) = (self.tokens(), self.depth(), self.output.lead);
        let points = chunk.points;
        let flow = wiring.flow();
        let pass = chunk.backward(wiring);
        let Some(into) = pass.input_gradient else { return };
        if flow == Flow::Store {
            into.fill(T::ZERO);
        }
        let (weights, scratch) = pass.cache.split_at_mut(points * self.heads * tokens * tokens);
        let slopes = &mut scratch[..tokens];
        let size = self.input.sample();
        for (index, above) in pass.output_gradient.chunks_exact(self.output.sample()).enumerate() {
            let (from, into) = (&pass.input[index * size..][..size], &mut into[index * size..][..size]);
            for head in 0..self.heads {
                for t in 0..tokens {
                    let row = &weights[((index * self.heads + head) * tokens + t) * tokens..][..tokens];
                    let above = &above[t * lead + head * depth..][..depth];
                    for (s, slope) in slopes.iter_mut().enumerate() {
                        *slope = dot(above, &from[self.place(s, 2, head)..][..depth]);
                        add(&mut into[self.place(s, 2, head)..][..depth], row[s], above);
                    }
                    let mean = dot(slopes, row);
                    for (s, slope) in slopes.iter().enumerate() {
                        let score = row[s] * (*slope - mean) * self.factor();
                        let (query, key) = (self.place(t, 0, head), self.place(s, 1, head));
                        add(&mut into[query..][..depth], score, &from[key..][..depth]);
                        add(&mut into[key..][..depth], score, &from[query..][..depth]);
                    }
                }
            }
        }
    }

    fn cache_per_sample(&self) -> usize {
        self.heads * self.tokens() * self.tokens()
    }

    fn scratch(&self) -> usize {
        self.tokens()
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn work(&self) -> usize {
        2 * self.tokens() * self.tokens() * self.features()
    }
}
