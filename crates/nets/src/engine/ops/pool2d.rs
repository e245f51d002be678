//! The maximum (the first of equal ones) or the mean of windows of an image.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use crate::shapes::ResolvedLayer;
use crate::spec::{Pair, Pool2d as Spec};
use compute::Scalar;

struct Pool2d {
    input: Block,
    output: Block,
    channels: usize,
    /// Height and width before and after.
    from: [usize; 2],
    to: [usize; 2],
    window: [usize; 2],
    stride: [usize; 2],
    maximum: bool,
}

pub fn push<T: Scalar>(
    builder: &mut Builder<T>,
    layer: &ResolvedLayer,
    spec: &Spec,
    maximum: bool,
    input: Slot,
) -> Slot {
    let Pair(stride_h, stride_w) = spec.stride.unwrap_or(spec.size);
    let op = Pool2d {
        input: builder.block(input),
        output: Block::new::<T>(&layer.output),
        channels: layer.input[0],
        from: [layer.input[1], layer.input[2]],
        to: [layer.output[1], layer.output[2]],
        window: [spec.size.0, spec.size.1],
        stride: [stride_h, stride_w],
        maximum,
    };
    builder.push(op, vec![input], &layer.output)
}

impl Pool2d {
    /// Visits every window: (output place, place of the window's first value in the input).
    fn windows(&self, mut visit: impl FnMut(usize, usize)) {
        let mut output = 0;
        for channel in 0..self.channels {
            for oy in 0..self.to[0] {
                let row = (channel * self.from[0] + oy * self.stride[0]) * self.from[1];
                for ox in 0..self.to[1] {
                    visit(output, row + ox * self.stride[1]);
                    output += 1;
                }
            }
        }
    }

    /// The places of a window in the input, row by row.
    fn places(&self, first: usize) -> impl Iterator<Item = usize> + use<> {
        let ([height, width], lead) = (self.window, self.from[1]);
        (0..height).flat_map(move |i| (0..width).map(move |j| first + i * lead + j))
    }

    fn largest<T: Scalar>(&self, image: &[T], first: usize) -> usize {
        let mut best = first;
        for place in self.places(first) {
            // A NaN wins, so that a divergence is seen.
            if image[place] > image[best] || image[place].partial_cmp(&image[place]).is_none() {
                best = place;
            }
        }
        best
    }

    fn share<T: Scalar>(&self) -> T {
        T::from_f64(1.0 / (self.window[0] * self.window[1]) as f64)
    }
}

impl<T: Scalar> Op<T> for Pool2d {
    fn forward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (input, output, _) = chunk.forward(wiring);
        for (image, to) in input.chunks_exact(self.input.sample()).zip(output.chunks_exact_mut(self.output.sample())) {
            self.windows(|place, first| {
                to[place] = if self.maximum {
                    image[self.largest(image, first)]
                } else {
                    self.places(first).map(|place| image[place]).sum::<T>() * self.share()
                };
            });
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, _shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        let flow = wiring.flow();
        let pass = chunk.backward(wiring);
        let Some(into) = pass.input_gradient else { return };
        if flow == Flow::Store {
            into.fill(T::ZERO);
        }
        let size = self.input.sample();
        for (index, above) in pass.output_gradient.chunks_exact(self.output.sample()).enumerate() {
            let (image, into) = (&pass.input[index * size..][..size], &mut into[index * size..][..size]);
            self.windows(|place, first| {
                if self.maximum {
                    into[self.largest(image, first)] += above[place];
                } else {
                    let share = above[place] * self.share();
                    self.places(first).for_each(|place| into[place] += share);
                }
            });
        }
    }

    fn reads_output(&self) -> bool {
        false
    }
}
