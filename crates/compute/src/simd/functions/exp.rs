//! `exp x = 2^k exp r`, `k = round(x / ln 2)`, `|r| <= ln 2 / 2`, by Taylor's series of `exp r - 1`, whose first
//! neglected term is under half a unit of the last place; and what follows from it.

use super::{INVERSE_FACTORIALS, double, horner};
use crate::simd::lanes::Lanes;

/// `(k, exp r - 1)`. `x` must be within the range where 2^k is a normal number.
#[inline(always)]
pub(super) fn reduced<V: Lanes>(x: V) -> (V, V) {
    let k = (x * V::of(std::f64::consts::LOG2_E)).round();
    // ln 2 in two parts: products of the first with k are exact.
    let (high, low) = if double::<V>() {
        (f64::from_bits(0x3fe6_2e42_fee0_0000), 1.908_214_929_270_587_7e-10)
    } else {
        (0.693_359_375, -2.121_944_400_546_905_8e-4)
    };
    let r = k.mul_add(V::of(-low), k.mul_add(V::of(-high), x));
    let terms = if double::<V>() { 13 } else { 7 };
    let mut sum = V::of(INVERSE_FACTORIALS[terms]);
    for n in (2..terms).rev() {
        sum = sum.mul_add(r, V::of(INVERSE_FACTORIALS[n]));
    }
    // r + r^2 (1/2 + ...): the leading term enters unrounded.
    (k, sum.mul_add(r * r, r))
}

/// Largest |x| for which 2^k and 2^-k are normal.
#[inline(always)]
fn bound<V: Lanes>() -> V {
    V::of(if double::<V>() { 708.0 } else { 87.0 })
}

/// exp x. 0 below -708 (f32: -87.3), infinity above 709 (88.3); NaN stays NaN.
#[inline(always)]
pub fn exp<V: Lanes>(x: V) -> V {
    let limit = V::of(if double::<V>() { 760.0 } else { 110.0 });
    let inside = V::select(limit.less(x), limit, V::select(x.less(-limit), -limit, x));
    let (k, q) = reduced(inside);
    // Two steps of half the exponent reach both ends of the range.
    let first = (k * V::of(0.5)).round();
    (q + V::of(1.0)).scale(first).scale(k - first)
}

/// tanh x. f64: e / (e + 2), e = exp(2x) - 1 without cancellation. f32: the rational function x P(x^2) / Q(x^2) of
/// degrees 13 and 6 of the Eigen library (MathFunctionsImpl.h), three times as fast.
#[inline(always)]
pub fn tanh<V: Lanes>(x: V) -> V {
    // Beyond, tanh is 1 to the last place.
    let end = V::of(if double::<V>() { 19.1 } else { 7.905_311 });
    // In this order of operands a NaN passes.
    let inside = (-end).max(end.min(x));
    if double::<V>() {
        let (k, q) = reduced(inside + inside);
        let power = V::of(1.0).scale(k);
        let e = q.mul_add(power, power - V::of(1.0));
        e / (e + V::of(2.0))
    } else {
        let square = inside * inside;
        let ratio = inside * horner(square, TANH_ABOVE) / horner(square, TANH_BELOW);
        V::select(end.less(x.abs()), V::of(1.0).copy_sign(x), ratio)
    }
}

/// exp x - 1, |x| within the range of exp.
#[inline(always)]
fn exp_less_one<V: Lanes>(x: V) -> V {
    let limit = bound::<V>();
    let inside = V::select(limit.less(x.abs()), limit.copy_sign(x), x);
    let (k, q) = reduced(inside);
    let power = V::of(1.0).scale(k);
    q.mul_add(power, power - V::of(1.0))
}

/// sinh x = (p + p / (p + 1)) / 2, p = exp(x) - 1 without cancellation; infinite from where exp would be.
#[inline(always)]
pub fn sinh<V: Lanes>(x: V) -> V {
    let p = exp_less_one(x.abs());
    let near = (p + p / (p + V::of(1.0))) * V::of(0.5);
    // Half of exp x in two factors: it is in range for longer than exp x.
    let root = exp(x.abs() * V::of(0.5));
    let far = (root * V::of(0.5)) * root;
    V::select(V::of(20.0).less(x.abs()), far, near).copy_sign(x)
}

/// cosh x = (e + 1/e) / 2.
#[inline(always)]
pub fn cosh<V: Lanes>(x: V) -> V {
    let root = exp(x.abs() * V::of(0.5));
    let half = (root * V::of(0.5)) * root;
    half + V::of(0.25) / half
}

const TANH_ABOVE: [f64; 7] = [
    4.893_524_558_917_86e-3,
    6.372_619_288_754_36e-4,
    1.485_722_357_179_79e-5,
    5.122_297_090_371_14e-8,
    -8.604_671_522_137_35e-11,
    2.000_187_904_824_77e-13,
    -2.760_768_477_423_55e-16,
];
const TANH_BELOW: [f64; 4] =
    [4.893_525_185_543_85e-3, 2.268_434_632_439_00e-3, 1.185_347_056_866_54e-4, 1.198_258_394_667_02e-6];

/// 1 / (1 + exp(-x)).
#[inline(always)]
pub fn sigmoid<V: Lanes>(x: V) -> V {
    let end = bound::<V>();
    let inside = V::select(end.less(x.abs()), end.copy_sign(x), x);
    let (k, q) = reduced(-inside);
    V::of(1.0) / (V::of(1.0) + (q + V::of(1.0)).scale(k))
}
