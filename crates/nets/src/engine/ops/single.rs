//! A dense layer with one unit, `z = x . w + b`: its own kernels, since panels would pad the unit to a whole vector.
//!
//! The weights lie as one row with the bias after them, padded with zeros to whole halves of vectors. Forward: dot products of the
//! rows (with their column of ones). Backward: `dX = dz w` row by row, `dw = sum of dz x` over the rows, in order.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::Dense as Spec;
use compute::{Kernel, Lanes, Scalar, Vector};
use std::ops::Range;

struct Single<T> {
    input: Block,
    output: Block,
    start: usize,
    /// Weights, and the bias if there is one.
    columns: usize,
    /// Factors of weight and bias.
    factors: [T; 2],
}

pub fn push<T: Scalar>(
    builder: &mut Builder<T>,
    layer: &ResolvedLayer,
    spec: &Spec,
    factors: Option<[T; 2]>,
    input: Slot,
) -> Slot {
    let (from, to) = (builder.block(input), Block::new::<T>(&layer.output));
    let columns = from.width + usize::from(spec.bias);
    let start = builder.reserve(columns.next_multiple_of(T::HALF));
    builder.place(layer.parameters[0], Placement::Flat { start });
    if spec.bias {
        builder.place(layer.parameters[1], Placement::Flat { start: start + from.width });
    }
    let factors = factors.unwrap_or([T::ONE; 2]);
    builder.push(Single { input: from, output: to, start, columns, factors }, vec![input], &layer.output)
}

impl<T: Scalar> Single<T> {
    fn padded(&self) -> usize {
        self.columns.next_multiple_of(T::HALF)
    }

    fn rows(&self, chunk: &Chunk<T>) -> usize {
        chunk.points * chunk.copies * self.input.tokens
    }

    fn scale(&self, row: &mut [T]) {
        row[..self.input.width].iter_mut().for_each(|x| *x *= self.factors[0]);
        row[self.input.width..self.columns].iter_mut().for_each(|x| *x *= self.factors[1]);
    }
}

impl<T: Scalar> Op<T> for Single<T> {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (rows, leads) = (self.rows(chunk), [self.input.lead, self.output.lead]);
        let weights = &shared.derived[wiring.derived][..self.padded()];
        let (input, output, _) = chunk.forward(wiring);
        T::dispatch(shared.path, Dots { rows, leads, weights, input, output });
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let (rows, leads) = (self.rows(chunk), [self.input.lead, self.output.lead]);
        let pass = chunk.backward(wiring);
        let own = &mut gradient[self.parameters()];
        let above = &*pass.output_gradient;
        T::dispatch(shared.path, Sums { rows, leads, input: pass.input, above, into: own, add: !fresh });
        own[self.columns..].fill(T::ZERO);
        if let Some(into) = pass.input_gradient {
            let weights = &shared.derived[wiring.derived][self.padded()..][..self.input.padded::<T>()];
            T::dispatch(shared.path, Spread { leads, weights, above, into, add: wiring.flow() == Flow::Add });
        }
    }

    fn finish(&self, gradient: &mut [T]) {
        self.scale(&mut gradient[self.parameters()]);
    }

    fn parameters(&self) -> Range<usize> {
        self.start..self.start + self.padded()
    }

    /// The row as it is used forward, and without the bias, as the gradient of the input wants it.
    fn derived(&self) -> usize {
        2 * self.padded()
    }

    fn refresh(&self, parameters: &[T], derived: &mut [T], _backward: bool) {
        let (forward, backward) = derived.split_at_mut(self.padded());
        forward.copy_from_slice(&parameters[self.parameters()]);
        self.scale(forward);
        backward[..self.input.width].copy_from_slice(&forward[..self.input.width]);
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn work(&self) -> usize {
        self.input.tokens * self.columns
    }
}

/// `output[r] = input[r] . weights`; `leads` are those of the rows of the layer's input and output.
struct Dots<'a, T> {
    rows: usize,
    leads: [usize; 2],
    weights: &'a [T],
    input: &'a [T],
    output: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Dots<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Dots { rows, leads: [lead, out], weights, input, output } = self;
        assert!(weights.len() <= lead && input.len() >= rows * lead && output.len() >= rows * out);
        // As many rows as half a vector has numbers: their sums over the lanes are taken together, through a transposition.
        let (mut parts, mut turned) = ([T::ZERO; 64], [T::ZERO; 64]);
        for first in (0..rows).step_by(T::HALF) {
            let count = (rows - first).min(T::HALF);
            let mut sums = [V::zero(); 8];
            for at in (0..weights.len()).step_by(T::LANES) {
                let whole = at + T::LANES <= weights.len();
                // SAFETY: whole halves of vectors up to the end of `weights`, at most `lead`, and `input` holds all rows.
                let load = |from: *const T| unsafe { if whole { V::load_from(from) } else { V::load_half(from) } };
                let w = load(weights[at..].as_ptr());
                for (i, sum) in sums[..T::HALF].iter_mut().enumerate() {
                    // Beyond the last row that row once more.
                    let row = first + i.min(count - 1);
                    *sum = load(input[row * lead + at..].as_ptr()).mul_add(w, *sum);
                }
            }
            for (sum, part) in sums.iter().zip(parts.chunks_exact_mut(T::HALF)).take(T::HALF) {
                let (low, high) = sum.halves();
                (low + high).store(part);
            }
            // SAFETY: both arrays hold a square of at most 8 rows and columns.
            unsafe { V::transpose(parts.as_ptr(), T::HALF, turned.as_mut_ptr(), T::HALF) };
            let lanes = turned.chunks_exact(T::HALF).take(T::HALF);
            lanes.fold(V::Half::zero(), |sum, lane| sum + V::Half::load(lane)).store(&mut parts);
            for i in 0..count {
                output[(first + i) * out] = parts[i];
            }
        }
    }
}

/// `into (+)= sum of above[r] input[r]` over the rows.
struct Sums<'a, T> {
    rows: usize,
    leads: [usize; 2],
    input: &'a [T],
    above: &'a [T],
    into: &'a mut [T],
    add: bool,
}

impl<T: Scalar> Sums<'_, T> {
    /// N vectors from column `at` on, or half a vector where N is 0.
    #[inline(always)]
    fn columns<V: Lanes<Elem = T>, const N: usize>(&mut self, at: usize) {
        let [lead, out] = self.leads;
        let end = at + if N == 0 { T::HALF } else { N * T::LANES };
        assert!(end <= lead && end <= self.into.len() && self.input.len() >= self.rows * lead);
        // SAFETY: the columns end within `lead`, `input` holds all rows, and `into` the columns.
        unsafe {
            let load = |from: *const T| if N == 0 { V::load_half(from) } else { V::load_from(from) };
            let (mut sums, vectors) = ([V::zero(); 8], N.max(1));
            for row in 0..self.rows {
                let factor = V::splat(self.above[row * out]);
                for (j, sum) in sums[..vectors].iter_mut().enumerate() {
                    *sum = factor.mul_add(load(self.input.as_ptr().add(row * lead + at + j * T::LANES)), *sum);
                }
            }
            for (j, sum) in sums[..vectors].iter().enumerate() {
                let into = self.into.as_mut_ptr().add(at + j * T::LANES);
                let sum = if self.add { load(into) + *sum } else { *sum };
                if N == 0 { sum.store_half(into) } else { sum.store_to(into) }
            }
        }
    }
}

impl<T: Scalar> Kernel<T> for Sums<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(mut self) {
        let vectors = self.into.len() / T::LANES;
        for first in (0..vectors).step_by(8) {
            let at = first * T::LANES;
            match vectors - first {
                1 => self.columns::<V, 1>(at),
                2 => self.columns::<V, 2>(at),
                3 => self.columns::<V, 3>(at),
                4 => self.columns::<V, 4>(at),
                5 => self.columns::<V, 5>(at),
                6 => self.columns::<V, 6>(at),
                7 => self.columns::<V, 7>(at),
                _ => self.columns::<V, 8>(at),
            }
        }
        if vectors * T::LANES < self.into.len() {
            self.columns::<V, 0>(vectors * T::LANES);
        }
    }
}

/// `into[r] (+)= above[r] weights`.
struct Spread<'a, T> {
    leads: [usize; 2],
    weights: &'a [T],
    above: &'a [T],
    into: &'a mut [T],
    add: bool,
}

impl<T: Scalar> Kernel<T> for Spread<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Spread { leads: [lead, out], weights, above, into, add } = self;
        for (row, above) in into.chunks_exact_mut(lead).zip(above.chunks_exact(out)) {
            let factor = V::splat(above[0]);
            let (row, weights) = (&mut row[..weights.len()], weights.chunks(T::LANES));
            for (to, w) in row.chunks_mut(T::LANES).zip(weights) {
                // SAFETY: both are whole vectors, or half of one at the end.
                unsafe {
                    if w.len() == T::LANES {
                        let slope = factor * V::load(w);
                        (if add { V::load(to) + slope } else { slope }).store(to);
                    } else {
                        let slope = factor * V::load_half(w.as_ptr());
                        (if add { V::load_half(to.as_ptr()) + slope } else { slope }).store_half(to.as_mut_ptr());
                    }
                }
            }
        }
    }
}
