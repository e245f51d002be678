//! The loops over a block that apply a function, and its slope on the way back.

use super::functions::Function;
use crate::engine::block::{Block, Place, Visitor};
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
        let from = match source {
            Source::InPlace => values.as_ptr(),
            Source::From(input) => input[..values.len()].as_ptr(),
        };
        let mut apply = Apply { function, from, to: values.as_mut_ptr() };
        // SAFETY: both arrays are as long as the block.
        unsafe { block.visit::<V>(values.len(), &mut apply) }
    }
}

struct Apply<T, F> {
    function: F,
    from: *const T,
    to: *mut T,
}

impl<V: Lanes, F: Function> Visitor<V> for Apply<V::Elem, F> {
    #[inline(always)]
    unsafe fn visit(&mut self, place: Place) {
        // SAFETY: the caller's promise.
        unsafe { place.store(self.function.value(place.load::<V>(self.from)), self.to) }
    }
}

impl<T: Scalar, F: Function> Kernel<T> for With<Backward<'_, T>, F> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let With(pass, function) = self;
        let length = pass.above.len();
        assert!(pass.output.len() >= length);
        let output = pass.output.as_ptr();
        match pass.into {
            None => {
                let mut slopes = InPlace { function, output, above: pass.above.as_mut_ptr() };
                // SAFETY: both arrays are at least as long as the block.
                unsafe { pass.block.visit::<V>(length, &mut slopes) }
            }
            Some(into) => {
                let length = into.len();
                let (above, input) = (pass.above[..length].as_ptr(), pass.input[..length].as_ptr());
                assert!(pass.output.len() >= length);
                let (into, add) = (into.as_mut_ptr(), pass.flow == Flow::Add);
                let mut slopes = Slopes { function, input, output, above, into, add };
                // SAFETY: all arrays are at least as long as the block.
                unsafe { pass.block.visit::<V>(length, &mut slopes) }
            }
        }
    }
}

struct InPlace<T, F> {
    function: F,
    output: *const T,
    above: *mut T,
}

impl<V: Lanes, F: Function> Visitor<V> for InPlace<V::Elem, F> {
    #[inline(always)]
    unsafe fn visit(&mut self, place: Place) {
        // SAFETY: the caller's promise.
        unsafe {
            let y = place.load::<V>(self.output);
            place.store(place.load::<V>(self.above) * self.function.slope(y, y), self.above);
        }
    }
}

struct Slopes<T, F> {
    function: F,
    input: *const T,
    output: *const T,
    above: *const T,
    into: *mut T,
    add: bool,
}

impl<V: Lanes, F: Function> Visitor<V> for Slopes<V::Elem, F> {
    #[inline(always)]
    unsafe fn visit(&mut self, place: Place) {
        // SAFETY: the caller's promise.
        unsafe {
            let (x, y) = (place.load::<V>(self.input), place.load::<V>(self.output));
            let below = place.load::<V>(self.above) * self.function.slope(x, y);
            place.store(if self.add { place.load::<V>(self.into) + below } else { below }, self.into);
        }
    }
}
