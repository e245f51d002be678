//! The loops over a block that apply a function, and its slope on the way back.

use super::functions::Function;
use crate::engine::block::Block;
use crate::engine::op::Flow;
use compute::{Kernel, Lanes, Scalar, SimdPath};

/// A loop that wants a function.
pub trait Pass<T: Scalar> {
    fn run<F: Function>(self, path: SimdPath, function: F);
}

/// What a forward pass reads.
pub enum Source<'a, T> {
    InPlace,
    From(&'a [T]),
}

/// `values = f(source)`.
pub struct Forward<'a, T> {
    pub block: Block,
    pub source: Source<'a, T>,
    pub values: &'a mut [T],
}

/// `into (+)= above * f'`; without `into` in place: `above *= f'`.
pub struct Backward<'a, T> {
    pub block: Block,
    pub input: &'a [T],
    pub output: &'a [T],
    pub flow: Flow,
    pub above: &'a mut [T],
    pub into: Option<&'a mut [T]>,
}

/// `values = f(values)` and `slopes *= f'`.
pub struct Evaluate<'a, T> {
    pub values: &'a mut [T],
    pub slopes: &'a mut [T],
}

/// A pass and its function, to be compiled for a path.
pub struct With<P, F>(pub P, pub F);

impl<T: Scalar> Pass<T> for Forward<'_, T> {
    fn run<F: Function>(self, path: SimdPath, function: F) {
        T::dispatch(path, With(self, function));
    }
}

impl<T: Scalar> Pass<T> for Backward<'_, T> {
    fn run<F: Function>(self, path: SimdPath, function: F) {
        T::dispatch(path, With(self, function));
    }
}

impl<T: Scalar> Pass<T> for Evaluate<'_, T> {
    fn run<F: Function>(self, path: SimdPath, function: F) {
        T::dispatch(path, With(self, function));
    }
}

impl<T: Scalar, F: Function> Kernel<T> for With<Evaluate<'_, T>, F> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let With(Evaluate { values, slopes }, function) = self;
        for (value, slope) in values.chunks_mut(T::LANES).zip(slopes.chunks_mut(T::LANES)) {
            let x = V::load_part(value);
            let y = function.value(x);
            (V::load_part(slope) * function.slope(x, y)).store_part(slope);
            y.store_part(value);
        }
    }
}

impl<T: Scalar, F: Function> Kernel<T> for With<Forward<'_, T>, F> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let With(Forward { block, source, values }, function) = self;
        let padded = block.padded::<T>();
        for (r, row) in values.chunks_exact_mut(block.lead).enumerate() {
            match source {
                Source::InPlace => {
                    for part in row[..padded].chunks_exact_mut(T::LANES) {
                        function.value(V::load(part)).store(part);
                    }
                }
                Source::From(input) => {
                    let from = &input[r * block.lead..][..padded];
                    for (part, from) in row[..padded].chunks_exact_mut(T::LANES).zip(from.chunks_exact(T::LANES)) {
                        function.value(V::load(from)).store(part);
                    }
                }
            }
        }
    }
}

impl<T: Scalar, F: Function> Kernel<T> for With<Backward<'_, T>, F> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let With(pass, function) = self;
        let (padded, lead) = (pass.block.padded::<T>(), pass.block.lead);
        match pass.into {
            None => {
                for (above, output) in pass.above.chunks_exact_mut(lead).zip(pass.output.chunks_exact(lead)) {
                    let parts = above[..padded].chunks_exact_mut(T::LANES);
                    for (above, output) in parts.zip(output[..padded].chunks_exact(T::LANES)) {
                        let y = V::load(output);
                        (V::load(above) * function.slope(y, y)).store(above);
                    }
                }
            }
            Some(into) => {
                for (r, into) in into.chunks_exact_mut(lead).enumerate() {
                    let row = |block: &[T]| -> *const T { block[r * lead..][..padded].as_ptr() };
                    let (above, input, output) = (row(pass.above), row(pass.input), row(pass.output));
                    for (v, into) in into[..padded].chunks_exact_mut(T::LANES).enumerate() {
                        let at = v * T::LANES;
                        // SAFETY: the three rows were sliced to `padded` numbers, a multiple of the vector's.
                        let [above, x, y] = [above, input, output].map(|row| unsafe { V::load_from(row.add(at)) });
                        let below = above * function.slope(x, y);
                        let before = V::load(into);
                        V::store(if pass.flow == Flow::Add { before + below } else { below }, into);
                    }
                }
            }
        }
    }
}
