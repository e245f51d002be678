//! Cross-correlation `Y[f, p] = sum_k W[f, k] X[k, p] + b[f]` as a product with the image's patches, sample by sample.
//!
//! k runs over (channel, kernel row, kernel column), p over output positions, and X holds the patches (im2col). Backward:
//! `dW = dY X^T` with the patches laid out by position, and `dX = W^T dY` scattered back to the image (col2im).

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::Placement;
use crate::engine::program::Builder;
use crate::shapes::{ResolvedLayer, convolved};
use crate::spec::{Conv2d as Spec, Pair, Parameterization};
use compute::{Layout, Left, Scalar, product};
use std::ops::Range;

struct Conv2d<T> {
    input: Block,
    output: Block,
    /// Channels, height and width of an input sample.
    image: [usize; 3],
    filters: usize,
    /// Height and width after it.
    size: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    /// Zeros above and to the left.
    padding: [usize; 2],
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
    let weights = spec.filters * depth;
    let start = builder.reserve(weights + if spec.bias { spec.filters } else { 0 });
    builder.place(layer.parameters[0], Placement::Flat { start });
    if spec.bias {
        builder.place(layer.parameters[1], Placement::Flat { start: start + weights });
    }
    let op = Conv2d {
        input: builder.block(input),
        output: Block::new::<T>(&layer.output),
        image,
        filters: spec.filters,
        size,
        kernel: [kernel_h, kernel_w],
        stride: [spec.stride.0, spec.stride.1],
        padding: [zeros[0], zeros[2]],
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
    /// Products in one output value.
    fn depth(&self) -> usize {
        self.image[0] * self.kernel[0] * self.kernel[1]
    }

    fn positions(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// `depth` and `positions` in whole vectors.
    fn padded(&self) -> (usize, usize) {
        (self.depth().next_multiple_of(T::LANES), self.positions().next_multiple_of(T::LANES))
    }

    fn weights(&self) -> usize {
        self.filters * self.depth()
    }

    /// The columns `ox` whose input column `ox * stride + kj - padding` lies inside the image.
    fn inside(&self, axis: usize, offset: usize) -> Range<usize> {
        let (stride, padding) = (self.stride[axis], self.padding[axis]);
        let first = padding.saturating_sub(offset).div_ceil(stride);
        let end = (self.image[1 + axis] + padding).saturating_sub(offset).div_ceil(stride);
        first.min(self.size[axis])..end.clamp(first.min(self.size[axis]), self.size[axis])
    }

    /// Visits every row of a patch that lies inside the image: (k, first position, first input place, length), the
    /// positions being neighbours and the input places `stride` apart.
    fn rows(&self, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let [channels, height, width] = self.image;
        for channel in 0..channels {
            for ki in 0..self.kernel[0] {
                for kj in 0..self.kernel[1] {
                    let k = (channel * self.kernel[0] + ki) * self.kernel[1] + kj;
                    let columns = self.inside(1, kj);
                    if columns.is_empty() {
                        continue;
                    }
                    for oy in self.inside(0, ki) {
                        let iy = oy * self.stride[0] + ki - self.padding[0];
                        let ix = columns.start * self.stride[1] + kj - self.padding[1];
                        let from = (channel * height + iy) * width + ix;
                        visit(k, oy * self.size[1] + columns.start, from, columns.len());
                    }
                }
            }
        }
    }

    /// `[depth, padded positions]`: zeros where a patch leaves the image.
    fn patches(&self, image: &[T], into: &mut [T]) {
        let (_, lead) = self.padded();
        let step = self.stride[1];
        into[..self.depth() * lead].fill(T::ZERO);
        self.rows(|k, position, from, length| {
            let to = &mut into[k * lead + position..][..length];
            if step == 1 {
                to.copy_from_slice(&image[from..from + length]);
            } else {
                to.iter_mut().zip(image[from..].iter().step_by(step)).for_each(|(to, x)| *to = *x);
            }
        });
    }

    /// `[positions, padded depth]`.
    fn patches_by_position(&self, image: &[T], into: &mut [T]) {
        let (lead, _) = self.padded();
        let step = self.stride[1];
        into[..self.positions() * lead].fill(T::ZERO);
        self.rows(|k, position, from, length| {
            for i in 0..length {
                into[(position + i) * lead + k] = image[from + i * step];
            }
        });
    }

    /// Adds the gradient of the patches to that of the image.
    fn scatter(&self, patches: &[T], image: &mut [T]) {
        let (_, lead) = self.padded();
        let step = self.stride[1];
        self.rows(|k, position, from, length| {
            for (i, gradient) in patches[k * lead + position..][..length].iter().enumerate() {
                image[from + i * step] += *gradient;
            }
        });
    }

    /// Scratch: patches, one side of a product in whole vectors, gradient of the weights, gradient of the patches.
    fn parts(&self) -> [usize; 4] {
        let (depth, positions) = self.padded();
        let patches = (self.depth() * positions).max(self.positions() * depth);
        let back = if self.wanted { self.depth() * positions } else { 0 };
        [patches, self.filters * positions, self.filters * depth, back]
    }
}

impl<T: Scalar> Op<T> for Conv2d<T> {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let own = match self.factors {
            None => &shared.parameters[self.parameters()],
            Some(_) => &shared.derived[wiring.derived][..],
        };
        let (weights, biases) = own.split_at(self.weights());
        let (depth, positions, lead) = (self.depth(), self.positions(), self.padded().1);
        let (input, output, cache) = chunk.forward(wiring);
        let [patches, side, ..] = cut(cache, self.parts());
        for (image, output) in
            input.chunks_exact(self.input.sample()).zip(output.chunks_exact_mut(self.output.sample()))
        {
            self.patches(image, patches);
            product(
                shared.path,
                [self.filters, lead, depth],
                Left { data: weights, row: depth, column: 1 },
                (patches, Layout::plain::<T>(lead)),
                (side, Layout::plain::<T>(lead)),
                false,
            );
            for filter in 0..self.filters {
                let bias = if self.bias { biases[filter] } else { T::ZERO };
                let to = &mut output[filter * positions..][..positions];
                to.iter_mut().zip(&side[filter * lead..]).for_each(|(to, x)| *to = *x + bias);
            }
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let own = match self.factors {
            None => &shared.parameters[self.parameters()],
            Some(_) => &shared.derived[wiring.derived][..],
        };
        let flow = wiring.flow();
        let (depth, positions, (depth_lead, lead)) = (self.depth(), self.positions(), self.padded());
        let pass = chunk.backward(wiring);
        let [patches, side, weights, back] = cut(pass.cache, self.parts());
        let (weight_gradient, bias_gradient) = gradient[self.parameters()].split_at_mut(self.weights());
        if fresh {
            weight_gradient.fill(T::ZERO);
            bias_gradient.fill(T::ZERO);
        }
        let mut into = pass.input_gradient;
        if let (Some(into), Flow::Store) = (into.as_deref_mut(), flow) {
            into.fill(T::ZERO);
        }
        let samples =
            pass.input.chunks_exact(self.input.sample()).zip(pass.output_gradient.chunks_exact(self.output.sample()));
        for (index, (image, above)) in samples.enumerate() {
            for filter in 0..self.filters {
                let row = &mut side[filter * lead..][..lead];
                row[..positions].copy_from_slice(&above[filter * positions..][..positions]);
                row[positions..].fill(T::ZERO);
                if self.bias {
                    bias_gradient[filter] += row.iter().copied().sum::<T>();
                }
            }
            self.patches_by_position(image, patches);
            product(
                shared.path,
                [self.filters, depth_lead, positions],
                Left { data: side, row: lead, column: 1 },
                (patches, Layout::plain::<T>(depth_lead)),
                (weights, Layout::plain::<T>(depth_lead)),
                index > 0,
            );
            if let Some(into) = into.as_deref_mut() {
                product(
                    shared.path,
                    [depth, lead, self.filters],
                    Left { data: &own[..self.weights()], row: 1, column: depth },
                    (side, Layout::plain::<T>(lead)),
                    (back, Layout::plain::<T>(lead)),
                    false,
                );
                self.scatter(back, &mut into[index * self.input.sample()..][..self.input.sample()]);
            }
        }
        for (to, from) in weight_gradient.chunks_exact_mut(depth).zip(weights.chunks_exact(depth_lead)) {
            to.iter_mut().zip(from).for_each(|(to, x)| *to += *x);
        }
    }

    fn finish(&self, gradient: &mut [T]) {
        if let Some([weight, bias]) = self.factors {
            let (weights, biases) = gradient[self.parameters()].split_at_mut(self.weights());
            weights.iter_mut().for_each(|x| *x *= weight);
            biases.iter_mut().for_each(|x| *x *= bias);
        }
    }

    fn parameters(&self) -> Range<usize> {
        self.start..self.start + self.weights() + if self.bias { self.filters } else { 0 }
    }

    fn derived(&self) -> usize {
        if self.factors.is_some() { self.parameters().len() } else { 0 }
    }

    fn refresh(&self, parameters: &[T], derived: &mut [T], _backward: bool) {
        if let Some([weight, bias]) = self.factors {
            derived.copy_from_slice(&parameters[self.parameters()]);
            let (weights, biases) = derived.split_at_mut(self.weights());
            weights.iter_mut().for_each(|x| *x *= weight);
            biases.iter_mut().for_each(|x| *x *= bias);
        }
    }

    fn scratch(&self) -> usize {
        self.parts().iter().sum()
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn work(&self) -> usize {
        self.weights() * self.positions()
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
