//! Jets through an entrywise function y = f(z), with z_j the derivative of z by input j and L_z = sum_j w_j z_jj:
//! - forward: `y_j = f' z_j`, `L_y = f' L_z + f'' sum_j w_j z_j^2`;
//! - backward, from the gradients g, g_j, g_L of y, y_j, L_y:
//!   `z: f' g + f'' sum_j z_j g_j + (f'' L_z + f''' sum_j w_j z_j^2) g_L`, `z_j: f' g_j + 2 w_j f'' z_j g_L`, `L_z: f' g_L`.

use super::functions::Function;
use super::passes::{Pass, With};
use crate::engine::block::Block;
use crate::engine::jets::Jets;
use crate::engine::op::Flow;
use compute::{Kernel, Lanes, Scalar, SimdPath};

/// The groups of a block: `group` numbers each, in the order value, first derivatives, second.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    pub block: Block,
    pub jets: &'a Jets,
    pub group: usize,
}

pub struct Forward<'a, T> {
    pub shape: Shape<'a>,
    pub input: &'a [T],
    pub values: &'a mut [T],
}

pub struct Backward<'a, T> {
    pub shape: Shape<'a>,
    pub input: &'a [T],
    pub output: &'a [T],
    pub flow: Flow,
    pub above: &'a [T],
    pub into: &'a mut [T],
}

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

impl<T: Scalar, F: Function> Kernel<T> for With<Forward<'_, T>, F> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let With(Forward { shape: Shape { block, jets, group }, input, values }, function) = self;
        let (dimensions, weights) = (jets.dimensions, jets.second.as_deref());
        assert!(input.len() >= group * jets.copies() && values.len() >= group * jets.copies());
        for row in (0..group).step_by(block.lead) {
            for at in (row..row + block.padded::<T>()).step_by(T::LANES) {
                // SAFETY: `at + LANES` is at most `group`, and both slices hold `copies` groups.
                unsafe {
                    let z = |copy: usize| V::load_from(input.as_ptr().add(copy * group + at));
                    let out = values.as_mut_ptr();
                    let y = function.value(z(0));
                    y.store_to(out.add(at));
                    let [first, second, _] = function.derivatives(z(0), y);
                    let mut squares = V::zero();
                    for j in 0..dimensions {
                        let z = z(1 + j);
                        (first * z).store_to(out.add((1 + j) * group + at));
                        if let Some(weights) = weights {
                            squares = (z * V::of(weights[j])).mul_add(z, squares);
                        }
                    }
                    if weights.is_some() {
                        let place = 1 + dimensions;
                        second.mul_add(squares, first * z(place)).store_to(out.add(place * group + at));
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
        let With(Backward { shape: Shape { block, jets, group }, input, output, flow, above, into }, function) = self;
        let (dimensions, weights) = (jets.dimensions, jets.second.as_deref());
        let length = group * jets.copies();
        assert!(input.len() >= length && output.len() >= length && above.len() >= length && into.len() >= length);
        let add = flow == Flow::Add;
        for row in (0..group).step_by(block.lead) {
            for at in (row..row + block.padded::<T>()).step_by(T::LANES) {
                // SAFETY: `at + LANES` is at most `group`, and all slices hold `copies` groups.
                unsafe {
                    let z = |copy: usize| V::load_from(input.as_ptr().add(copy * group + at));
                    let g = |copy: usize| V::load_from(above.as_ptr().add(copy * group + at));
                    let mut give = |copy: usize, value: V| {
                        let to = into.as_mut_ptr().add(copy * group + at);
                        if add { (V::load_from(to) + value).store_to(to) } else { value.store_to(to) }
                    };
                    let [first, second, third] = function.derivatives(z(0), V::load_from(output.as_ptr().add(at)));
                    let mut sum = first * g(0);
                    let last = 1 + dimensions;
                    let top = if weights.is_some() { g(last) } else { V::zero() };
                    let (mut squares, mut products) = (V::zero(), V::zero());
                    for j in 0..dimensions {
                        let (z, g) = (z(1 + j), g(1 + j));
                        products = z.mul_add(g, products);
                        let mut own = first * g;
                        if let Some(weights) = weights {
                            let weighted = z * V::of(weights[j]);
                            squares = weighted.mul_add(z, squares);
                            own = (weighted + weighted).mul_add(second * top, own);
                        }
                        give(1 + j, own);
                    }
                    sum = second.mul_add(products, sum);
                    if weights.is_some() {
                        sum = second.mul_add(z(last), third * squares).mul_add(top, sum);
                        give(last, first * top);
                    }
                    give(0, sum);
                }
            }
        }
    }
}
