//! Jets of second order through an entrywise function y = f(z), with z_j the first derivatives of z and z_p the parts that
//! are of second order, each with its form `Q_p = sum c z_i z_j` (Faa di Bruno): z_i z_j of u_ij, sum_j w_j z_j^2 of a sum.
//! - forward: `y_j = f' z_j`, `y_p = f' z_p + f'' Q_p`;
//! - backward, from the gradients g, g_j, g_p of y, y_j, y_p:
//!   `z: f' g + f'' (sum_j z_j g_j + sum_p z_p g_p) + f''' sum_p Q_p g_p`, `z_j: f' g_j + f'' sum_p dQ_p/dz_j g_p`, `z_p: f' g_p`.

use super::functions::Function;
use super::passes::{Pass, With};
use crate::engine::block::{Block, Place, Visitor};
use crate::engine::jets::Jets;
use crate::engine::op::Flow;
use compute::{Kernel, Lanes, Scalar, SimdPath};

/// A summand: two places among the groups of a jet, and its factor.
type Summand = (usize, usize, f64);

/// The parts of a jet of second order, by their places among its groups.
#[derive(Debug, Clone)]
pub struct Tables {
    copies: usize,
    /// Those of first order, each with its summands (p, i, c) of `sum_p dQ_p/dz_j g_p = sum c z_i g_p`.
    firsts: Vec<(usize, Vec<Summand>)>,
    /// Those of second order, each with the summands (i, j, c) of Q.
    seconds: Vec<(usize, Vec<Summand>)>,
    /// The weights, where the parts are all first derivatives and one sum of second ones. Most equations have these, and going
    /// through them without tables, every number loaded once, takes a tenth off a step: the same sums in the same order.
    sum: Option<Vec<f64>>,
}

impl Tables {
    /// `None` for jets with derivatives beyond the second.
    pub fn new(jets: &Jets) -> Option<Self> {
        if jets.order() > 2 {
            return None;
        }
        let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
        for (place, terms) in (1..).zip(jets.chain()) {
            let squares = terms.iter().filter(|term| term.order == 2);
            let squares: Vec<_> = squares.map(|term| (term.of[0], term.of[1], term.factor)).collect();
            if jets.is_first(place) {
                firsts.push((place, Vec::new()));
            } else {
                seconds.push((place, squares));
            }
        }
        for (place, squares) in &seconds {
            for &(i, j, factor) in squares {
                for (own, other) in [(i, j), (j, i)] {
                    let first = firsts.iter_mut().find(|(first, _)| *first == own);
                    let (_, summands) = first.expect("what a derivative is made of is carried");
                    match summands.iter_mut().find(|(p, with, _)| (*p, *with) == (*place, other)) {
                        Some((.., sum)) => *sum += factor,
                        None => summands.push((*place, other, factor)),
                    }
                }
            }
        }
        let sum = jets.plain().flatten().map(<[f64]>::to_vec);
        Some(Tables { copies: jets.copies(), firsts, seconds, sum })
    }
}

/// The groups of a block: `group` numbers each.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    pub block: Block,
    pub tables: &'a Tables,
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
        let With(Forward { shape: Shape { block, tables, group }, input, values }, function) = self;
        assert!(input.len() >= group * tables.copies && values.len() >= group * tables.copies);
        let mut carry = Carry { function, tables, group, input: input.as_ptr(), out: values.as_mut_ptr() };
        // SAFETY: both slices hold `copies` groups.
        unsafe { block.visit::<V>(group, &mut carry) }
    }
}

struct Carry<'a, T, F> {
    function: F,
    tables: &'a Tables,
    group: usize,
    input: *const T,
    out: *mut T,
}

impl<V: Lanes, F: Function> Visitor<V> for Carry<'_, V::Elem, F> {
    #[inline(always)]
    unsafe fn visit(&mut self, at: Place) {
        let Carry { function, tables, group, input, out } = *self;
        // SAFETY: the caller's promise, for every group.
        unsafe {
            let z = Parts { at, group, start: input };
            let value = z.of::<V>(0);
            let y = function.value(value);
            at.store(y, out);
            let [first, second, _] = function.derivatives(value, y);
            if let Some(weights) = &tables.sum {
                let mut form = V::zero();
                for (place, &weight) in (1..).zip(weights) {
                    let z = z.of::<V>(place);
                    at.store(first * z, out.add(place * group));
                    form = (z * V::of(weight)).mul_add(z, form);
                }
                let place = 1 + weights.len();
                return at.store(second.mul_add(form, first * z.of(place)), out.add(place * group));
            }
            for &(place, _) in &tables.firsts {
                at.store(first * z.of::<V>(place), out.add(place * group));
            }
            for (place, squares) in &tables.seconds {
                let form = form(squares, z);
                at.store(second.mul_add(form, first * z.of(*place)), out.add(place * group));
            }
        }
    }
}

/// A vector of every group at one place. No closure, which would not be compiled for the vectors' path.
#[derive(Clone, Copy)]
struct Parts<T> {
    at: Place,
    group: usize,
    start: *const T,
}

impl<T: Scalar> Parts<T> {
    /// # Safety
    /// The group and the place in it are inside the array.
    #[inline(always)]
    unsafe fn of<V: Lanes<Elem = T>>(self, copy: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { self.at.load(self.start.add(copy * self.group)) }
    }
}

/// `Q = sum c z_i z_j`.
///
/// # Safety
/// As for [`Parts::of`].
#[inline(always)]
unsafe fn form<V: Lanes>(squares: &[Summand], z: Parts<V::Elem>) -> V {
    let mut sum = V::zero();
    for &(i, j, factor) in squares {
        // SAFETY: the caller's promise.
        sum = unsafe { (z.of::<V>(i) * V::of(factor)).mul_add(z.of(j), sum) };
    }
    sum
}

impl<T: Scalar, F: Function> Kernel<T> for With<Backward<'_, T>, F> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let With(Backward { shape: Shape { block, tables, group }, input, output, flow, above, into }, function) = self;
        let length = group * tables.copies;
        assert!(input.len() >= length && output.len() >= length && above.len() >= length && into.len() >= length);
        let (input, output, above) = (input.as_ptr(), output.as_ptr(), above.as_ptr());
        let (into, add) = (into.as_mut_ptr(), flow == Flow::Add);
        let mut give = Give { function, tables, group, input, output, above, into, add };
        // SAFETY: all slices hold `copies` groups.
        unsafe { block.visit::<V>(group, &mut give) }
    }
}

struct Give<'a, T, F> {
    function: F,
    tables: &'a Tables,
    group: usize,
    input: *const T,
    output: *const T,
    above: *const T,
    into: *mut T,
    add: bool,
}

impl<V: Lanes, F: Function> Visitor<V> for Give<'_, V::Elem, F> {
    #[inline(always)]
    unsafe fn visit(&mut self, at: Place) {
        let Give { function, tables, group, input, output, above, .. } = *self;
        let (z, g) = (Parts { at, group, start: input }, Parts { at, group, start: above });
        // SAFETY: the caller's promise, for every group.
        unsafe {
            let [first, second, third] = function.derivatives(z.of::<V>(0), at.load(output));
            let (mut products, mut forms) = (V::zero(), V::zero());
            if let Some(weights) = &tables.sum {
                let place = 1 + weights.len();
                let (last, top) = (z.of::<V>(place), g.of::<V>(place));
                let mut form = V::zero();
                for (place, &weight) in (1..).zip(weights) {
                    let (z, g) = (z.of::<V>(place), g.of::<V>(place));
                    products = z.mul_add(g, products);
                    form = (z * V::of(weight)).mul_add(z, form);
                    let from_sum = (z * V::of(2.0 * weight)).mul_add(top, V::zero());
                    self.give(at, place, second.mul_add(from_sum, first * g));
                }
                products = last.mul_add(top, products);
                forms = form.mul_add(top, forms);
                self.give(at, place, first * top);
                return self.give(at, 0, third.mul_add(forms, second.mul_add(products, first * g.of(0))));
            }
            for (place, summands) in &tables.firsts {
                products = z.of::<V>(*place).mul_add(g.of(*place), products);
                let mut from_seconds = V::zero();
                for &(p, i, factor) in summands {
                    from_seconds = (z.of::<V>(i) * V::of(factor)).mul_add(g.of(p), from_seconds);
                }
                self.give(at, *place, second.mul_add(from_seconds, first * g.of(*place)));
            }
            for (place, squares) in &tables.seconds {
                let top = g.of::<V>(*place);
                products = z.of::<V>(*place).mul_add(top, products);
                forms = form::<V>(squares, z).mul_add(top, forms);
                self.give(at, *place, first * top);
            }
            self.give(at, 0, third.mul_add(forms, second.mul_add(products, first * g.of(0))));
        }
    }
}

impl<T: Scalar, F> Give<'_, T, F> {
    /// The gradient of one part.
    ///
    /// # Safety
    /// As for [`Parts::of`].
    #[inline(always)]
    unsafe fn give<V: Lanes<Elem = T>>(&self, at: Place, copy: usize, value: V) {
        // SAFETY: the caller's promise.
        unsafe {
            let to = self.into.add(copy * self.group);
            at.store(if self.add { at.load::<V>(to) + value } else { value }, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::functions::run;
    use super::*;
    use crate::network::activations::every_activation;
    use crate::network::spec::Activation;

    /// The way of its own of a sum of second derivatives gives the bits of the tables.
    #[test]
    fn a_sum_and_the_tables_agree_to_the_bit() {
        let weighted = Jets::weighted(vec![-1.0, 0.3, 2.0]);
        let own = Tables::new(&weighted).expect("second order");
        let general = Tables { sum: None, ..own.clone() };
        assert!(own.sum.is_some());
        let block = Block::new::<f64>(&[11]);
        let (points, copies) = (4, weighted.copies());
        let group = points * block.sample();
        let numbers = |seed: u64| -> Vec<f64> {
            let mut random = base::Random::new(seed, base::Stream::Data(1));
            (0..copies * group).map(|_| 2.0 * random.uniform() - 1.0).collect()
        };
        let (input, above) = (numbers(1), numbers(2));
        let paths = SimdPath::available();
        let mut functions = every_activation();
        functions.retain(|function| !matches!(function, Activation::Expression(_)));
        for (function, &path) in functions.iter().flat_map(|f| paths.iter().map(move |path| (f, path))) {
            let bits = |tables: &Tables| {
                let shape = Shape { block, tables, group };
                let (mut output, mut into) = (vec![0.0; input.len()], numbers(3));
                run(function, path, Forward { shape, input: &input, values: &mut output });
                let (flow, above) = (Flow::Add, &above[..]);
                run(function, path, Backward { shape, input: &input, output: &output, flow, above, into: &mut into });
                [output, into].concat().into_iter().map(f64::to_bits).collect::<Vec<_>>()
            };
            assert_eq!(bits(&own), bits(&general), "{function:?} on {path:?}");
        }
    }
}
