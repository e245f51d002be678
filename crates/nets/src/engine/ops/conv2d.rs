//! Cross-correlation `Y[f, p] = sum_k W[f, k] X[k, p] + b[f]` as a product with the image's patches.
//!
//! k runs over (channel, kernel row, kernel column), p over output positions, and X holds the patches of a
//! [tile](tiles). Backward: `dW = dY X^T` with the patches turned, and `dX = W^T dY` added back to the images.

mod tiles;

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use crate::network::shapes::{ResolvedLayer, convolved};
use crate::network::spec::{Conv2d as Spec, Pair, Parameterization};
use compute::{Layout, Left, Scalar, SimdPath, product};
use std::ops::Range;
use tiles::{Geometry, Patches, SumRows, Tile, Transpose, Turn};

struct Conv2d<T> {
    geometry: Geometry,
    output: Block,
    filters: usize,
    /// From a filter's weights to the next: the products of an output value, in whole panels.
    lead: usize,
    bias: bool,
    start: usize,
    wanted: bool,
    /// Factors of weight and bias where they are not 1.
    factors: Option<[T; 2]>,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, spec: &Spec, input: Slot) -> Slot {
    let image: [usize; 3] = layer.input[..].try_into().expect("the shapes were checked");
    let (size, zeros) = convolved(spec, image[1], image[2]).expect("the shapes were checked");
    let Pair(kernel_h, kernel_w) = spec.kernel;
    let depth = image[0] * kernel_h * kernel_w;
    let lead = depth.next_multiple_of(T::PANEL);
    let weights = spec.filters * lead;
    let start = builder.reserve(weights + if spec.bias { spec.filters } else { 0 });
    builder.place(layer.parameters[0], Placement::Rows { start, width: depth, lead });
    if spec.bias {
        builder.place(layer.parameters[1], Placement::Flat { start: start + weights });
    }
    let op = Conv2d {
        geometry: Geometry {
            image,
            sample: builder.block(input).sample(),
            size,
            kernel: [kernel_h, kernel_w],
            stride: [spec.stride.0, spec.stride.1],
            padding: [zeros[0], zeros[2]],
        },
        output: Block::new::<T>(&layer.output),
        filters: spec.filters,
        lead,
        bias: spec.bias,
        start,
        wanted: builder.wants(input),
        factors: match spec.parameterization {
            Parameterization::Standard => None,
            Parameterization::Ntk => Some([spec.sigma_w / (depth as f64).sqrt(), spec.sigma_b].map(T::from_f64)),
        },
    };
    builder.push(op, vec![input], &layer.output)
}

impl<T: Scalar> Conv2d<T> {
    fn weights(&self) -> usize {
        self.filters * self.lead
    }

    fn effective(&self) -> usize {
        if self.factors.is_some() { self.parameters().len() } else { 0 }
    }

    /// From a row of the transposed weight to the next: no power of two.
    fn turned_lead(&self) -> usize {
        self.filters.next_multiple_of(T::HALF) + T::HALF
    }

    /// From a filter's row in a tile of the output to the next: no power of two.
    fn side_lead(&self) -> usize {
        self.geometry.columns::<T>() + T::HALF
    }

    /// Weights and biases as they are used, and the transposed weight.
    fn used<'a>(&self, shared: &Shared<'a, T>, wiring: &Wiring) -> [&'a [T]; 3] {
        let (effective, turned) = match shared.derived.get(wiring.derived) {
            Some(derived) => derived.split_at(self.effective()),
            None => (&[][..], &[][..]),
        };
        let own = if self.factors.is_some() { effective } else { &shared.parameters[self.parameters()] };
        let (weights, biases) = own.split_at(self.weights());
        [weights, biases, turned]
    }

    fn scale(&self, [weight, bias]: [T; 2], own: &mut [T]) {
        let (weights, biases) = own.split_at_mut(self.weights());
        weights.iter_mut().for_each(|x| *x *= weight);
        biases.iter_mut().for_each(|x| *x *= bias);
    }

    /// Scratch: field, panels, turned panels, a tile of the output.
    fn parts(&self) -> [usize; 4] {
        let panels = self.geometry.depth::<T>() * self.geometry.columns::<T>();
        [self.geometry.field::<T>(), panels, panels, self.filters * self.side_lead()]
    }

    /// The pieces of a tile of the output: (filter, place in the filter's row, place in the output, length).
    fn pieces(&self, tile: &Tile, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let length = tile.rows.len() * self.geometry.size[1];
        for (index, sample) in tile.samples.clone().enumerate() {
            let first = sample * self.output.sample() + tile.rows.start * self.geometry.size[1];
            for filter in 0..self.filters {
                let at = filter * self.side_lead() + index * length;
                visit(filter, at, first + filter * self.geometry.positions(), length);
            }
        }
    }

    /// The patches of a tile and a block of channels; returns how many rows of them there are, and with padding.
    fn gather(
        &self,
        path: SimdPath,
        tile: &Tile,
        channels: &Range<usize>,
        images: &[T],
        [field, panels]: [&mut [T]; 2],
    ) -> [usize; 2] {
        let rows = channels.len() * self.geometry.window();
        let depth = rows.next_multiple_of(T::PANEL);
        self.geometry.load(tile, channels, images, field);
        let (geometry, channels) = (&self.geometry, channels.len());
        T::dispatch(path, Patches::<T, true> { geometry, tile, channels, depth, field, panels });
        [rows, depth]
    }
}

impl<T: Scalar> Op<T> for Conv2d<T> {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let [weights, biases, _] = self.used(shared, wiring);
        let (points, lead) = (chunk.points, self.side_lead());
        let (input, output, cache) = chunk.forward(wiring);
        let [field, panels, _, side] = cut(cache, self.parts());
        for tile in self.geometry.tiles(points) {
            let columns = self.geometry.count(&tile).next_multiple_of(T::PANEL);
            for channels in self.geometry.blocks() {
                let [rows, depth] = self.gather(shared.path, &tile, &channels, input, [field, panels]);
                product(
                    shared.path,
                    [self.filters, columns, rows],
                    Left { data: &weights[channels.start * self.geometry.window()..], row: self.lead, column: 1 },
                    (panels, Layout::packed::<T>(depth)),
                    (side, Layout::plain::<T>(lead)),
                    channels.start > 0,
                );
            }
            self.pieces(&tile, |filter, at, to, length| {
                let bias = if self.bias { biases[filter] } else { T::ZERO };
                output[to..to + length].iter_mut().zip(&side[at..at + length]).for_each(|(to, x)| *to = *x + bias);
            });
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let [_, _, turned] = self.used(shared, wiring);
        let (path, points, lead, window) = (shared.path, chunk.points, self.side_lead(), self.geometry.window());
        let pass = chunk.backward(wiring);
        let [field, panels, by_position, side] = cut(pass.cache, self.parts());
        let (weight_gradient, bias_gradient) = gradient[self.parameters()].split_at_mut(self.weights());
        if fresh {
            bias_gradient.fill(T::ZERO);
        }
        let mut into = pass.input_gradient;
        if let (Some(into), Flow::Store) = (into.as_deref_mut(), wiring.flow()) {
            into.fill(T::ZERO);
        }
        for (index, tile) in self.geometry.tiles(points).enumerate() {
            let count = self.geometry.count(&tile);
            let columns = count.next_multiple_of(T::PANEL);
            side.chunks_exact_mut(lead).for_each(|row| row[count..columns].fill(T::ZERO));
            self.pieces(&tile, |_, at, from, length| {
                side[at..at + length].copy_from_slice(&pass.output_gradient[from..from + length]);
            });
            T::dispatch(path, SumRows { rows: side, lead, columns, sums: bias_gradient });
            for channels in self.geometry.blocks() {
                let first = channels.start * window;
                let [rows, depth] = self.gather(path, &tile, &channels, pass.input, [field, panels]);
                T::dispatch(path, Turn { depth, columns, panels, into: by_position });
                product(
                    path,
                    [self.filters, depth, columns],
                    Left { data: side, row: lead, column: 1 },
                    (by_position, Layout::packed::<T>(columns)),
                    (&mut weight_gradient[first..], Layout::plain::<T>(self.lead)),
                    !fresh || index > 0,
                );
                if let Some(into) = into.as_deref_mut() {
                    product(
                        path,
                        [rows, columns, self.filters],
                        Left { data: &turned[first * self.turned_lead()..], row: self.turned_lead(), column: 1 },
                        (side, Layout::plain::<T>(lead)),
                        (panels, Layout::packed::<T>(depth)),
                        false,
                    );
                    field.fill(T::ZERO);
                    let (geometry, tile, channels_here) = (&self.geometry, &tile, channels.len());
                    T::dispatch(
                        path,
                        Patches::<T, false> { geometry, tile, channels: channels_here, depth, field, panels },
                    );
                    self.geometry.unload(tile, &channels, field, into);
                }
            }
        }
    }

    fn finish(&self, gradient: &mut [T]) {
        if let Some(factors) = self.factors {
            self.scale(factors, &mut gradient[self.parameters()]);
        }
    }

    fn parameters(&self) -> Range<usize> {
        self.start..self.start + self.weights() + if self.bias { self.filters } else { 0 }
    }

    fn derived(&self) -> usize {
        let depth = self.geometry.image[0] * self.geometry.window();
        self.effective() + if self.wanted { depth * self.turned_lead() } else { 0 }
    }

    fn refresh(&self, parameters: &[T], derived: &mut [T], backward: bool) {
        let own = &parameters[self.parameters()];
        let (effective, turned) = derived.split_at_mut(self.effective());
        if let Some(factors) = self.factors {
            effective.copy_from_slice(own);
            self.scale(factors, effective);
        }
        if self.wanted && backward {
            let from = if self.factors.is_some() { effective } else { own };
            let shape = [self.filters, self.geometry.image[0] * self.geometry.window()];
            let into = (turned, self.turned_lead());
            T::dispatch(SimdPath::current(), Transpose { shape, from: (from, self.lead), into });
        }
    }

    fn scratch(&self) -> usize {
        self.parts().iter().sum()
    }

    fn samples(&self) -> usize {
        self.geometry.samples()
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn work(&self) -> usize {
        self.weights() * self.geometry.positions()
    }
}

/// Cuts scratch memory into its parts.
fn cut<T, const N: usize>(mut memory: &mut [T], parts: [usize; N]) -> [&mut [T]; N] {
    parts.map(|part| {
        let (own, rest) = std::mem::take(&mut memory).split_at_mut(part);
        memory = rest;
        own
    })
}
