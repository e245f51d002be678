//! The maximum (the first of equal ones) or the mean of windows of an image. The maximum of 2 x 2 windows side by side,
//! as nearly all networks have it, gets loops of its own.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::{Pair, Pool2d as Spec};
use compute::{Kernel, Lanes, Scalar, Vector};

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

    /// The place of the largest value of a window: the best of each row, then the best of those.
    fn largest<T: Scalar>(&self, image: &[T], first: usize) -> usize {
        let ([height, width], lead) = (self.window, self.from[1]);
        let mut best = first;
        for row in 0..height {
            let start = first + row * lead;
            let mut own = start;
            for place in start + 1..start + width {
                own = later(image, own, place);
            }
            best = if row == 0 { own } else { later(image, best, own) };
        }
        best
    }

    fn share<T: Scalar>(&self) -> T {
        T::from_f64(1.0 / (self.window[0] * self.window[1]) as f64)
    }
}

impl Pool2d {
    /// Whether it is the maximum of 2 x 2 windows side by side.
    fn is_quarter(&self) -> bool {
        self.maximum && self.window == [2, 2] && self.stride == [2, 2]
    }

    /// Rows of outputs: (the place of each in an output sample, of its two rows in an input sample).
    fn pairs_of_rows(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let ([height, width], [rows, columns]) = (self.from, self.to);
        (0..self.channels * rows).map(move |row| (row * columns, (row / rows * height + row % rows * 2) * width))
    }
}

struct QuarterForward<'a, T> {
    pool: &'a Pool2d,
    input: &'a [T],
    output: &'a mut [T],
}

/// Adds to `into`, or stores there.
struct QuarterBackward<'a, T, const ADD: bool> {
    pool: &'a Pool2d,
    input: &'a [T],
    above: &'a [T],
    into: &'a mut [T],
}

/// Whether `b` comes before `a` as a maximum: it is larger, or NaN, so that a divergence is seen.
#[inline(always)]
fn beats<T: Scalar>(b: T, a: T) -> bool {
    // Not a branch: which of the two is larger cannot be foretold. Only a NaN differs from itself.
    #[allow(clippy::eq_op)]
    let nan = b != b;
    (b > a) | nan
}

/// The 2 x 2 windows of `LANES` outputs, or of `HALF` with what comes after them being anything: of each of the two rows the larger value, and whether it is the right one.
struct Quarters<V: Lanes> {
    right: [V::Mask; 2],
    best: [V; 2],
    /// Whether the lower row has the largest.
    below: V::Mask,
}

impl<V: Lanes> Quarters<V> {
    // Without closures, which would not be compiled for the vectors' path.
    #[inline(always)]
    fn of(top: &[V::Elem], low: &[V::Elem], whole: bool) -> Self {
        let next = |row: &[V::Elem]| if whole { V::load(&row[V::WIDTH..]) } else { V::zero() };
        let (left, right) = V::unzip(V::load(top), next(top));
        let (low_left, low_right) = V::unzip(V::load(low), next(low));
        let wins = [right.exceeds(left), low_right.exceeds(low_left)];
        let best = [V::select(wins[0], right, left), V::select(wins[1], low_right, low_left)];
        Quarters { right: wins, best, below: best[1].exceeds(best[0]) }
    }
}

impl<T: Scalar> Kernel<T> for QuarterForward<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let QuarterForward { pool, input, output } = self;
        let [width, columns] = [pool.from[1], pool.to[1]];
        let vectors = columns / T::HALF * T::HALF;
        let larger = |a: T, b: T| if beats(b, a) { b } else { a };
        for (image, to) in input.chunks_exact(pool.input.sample()).zip(output.chunks_exact_mut(pool.output.sample())) {
            for (place, from) in pool.pairs_of_rows() {
                let (top, low) = image[from..from + 2 * width].split_at(width);
                let to = &mut to[place..place + columns];
                for x in (0..vectors).step_by(T::LANES) {
                    let whole = x + T::LANES <= vectors;
                    let Quarters { best, below, .. } = Quarters::<V>::of(&top[2 * x..], &low[2 * x..], whole);
                    let largest = V::select(below, best[1], best[0]);
                    if whole {
                        largest.store(&mut to[x..]);
                    } else {
                        largest.halves().0.store(&mut to[x..]);
                    }
                }
                for x in vectors..columns {
                    to[x] = larger(larger(top[2 * x], top[2 * x + 1]), larger(low[2 * x], low[2 * x + 1]));
                }
            }
        }
    }
}

impl<T: Scalar, const ADD: bool> Kernel<T> for QuarterBackward<'_, T, ADD> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let QuarterBackward { pool, input, above, into } = self;
        let ([width, columns], size) = ([pool.from[1], pool.to[1]], pool.input.sample());
        let vectors = columns / T::HALF * T::HALF;
        let images = input.chunks_exact(size).zip(into.chunks_exact_mut(size));
        for ((image, into), above) in images.zip(above.chunks_exact(pool.output.sample())) {
            if !ADD {
                // What the vectors do not store.
                let covered = [width, pool.from[0]] == [2 * vectors, 2 * pool.to[0]];
                into[if covered { pool.input.width } else { 0 }..].fill(T::ZERO);
            }
            for (place, from) in pool.pairs_of_rows() {
                let (rows, to) = (&image[from..from + 2 * width], &mut into[from..from + 2 * width]);
                let above = &above[place..place + columns];
                for x in (0..vectors).step_by(T::LANES) {
                    let whole = x + T::LANES <= vectors;
                    let Quarters { right, below, .. } =
                        Quarters::<V>::of(&rows[2 * x..], &rows[width + 2 * x..], whole);
                    let above = V::load_part(&above[x..vectors.min(x + T::LANES)]);
                    let shares = [V::select(below, V::zero(), above), V::select(below, above, V::zero())];
                    for row in 0..2 {
                        let left = V::select(right[row], V::zero(), shares[row]);
                        let (first, second) = V::zip(left, V::select(right[row], shares[row], V::zero()));
                        let (to, next) = to[row * width + 2 * x..].split_at_mut(T::LANES);
                        (if ADD { V::load(to) + first } else { first }).store(to);
                        if whole {
                            (if ADD { V::load(next) + second } else { second }).store(next);
                        }
                    }
                }
                for x in vectors..columns {
                    let top = later(rows, 2 * x, 2 * x + 1);
                    let low = later(rows, width + 2 * x, width + 2 * x + 1);
                    to[later(rows, top, low)] += above[x];
                }
            }
        }
    }
}

/// The second place if its value [`beats`] that of the first; else the first.
#[inline(always)]
fn later<T: Scalar>(image: &[T], first: usize, second: usize) -> usize {
    first + usize::from(beats(image[second], image[first])) * (second - first)
}

impl<T: Scalar> Op<T> for Pool2d {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let (input, output, _) = chunk.forward(wiring);
        if self.is_quarter() {
            T::dispatch(shared.path, QuarterForward { pool: self, input, output });
            return chunk.set_ones(wiring.output);
        }
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

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        let flow = wiring.flow();
        let pass = chunk.backward(wiring);
        let Some(into) = pass.input_gradient else { return };
        if self.is_quarter() {
            let (pool, path, input, above) = (self, shared.path, pass.input, &*pass.output_gradient);
            return match flow {
                Flow::Store => T::dispatch(path, QuarterBackward::<T, false> { pool, input, above, into }),
                _ => T::dispatch(path, QuarterBackward::<T, true> { pool, input, above, into }),
            };
        }
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
