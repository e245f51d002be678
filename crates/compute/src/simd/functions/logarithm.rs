//! `ln x = e ln 2 + 2 artanh s`, x = 2^e m with m in [sqrt(1/2), sqrt 2), `s = (m - 1) / (m + 1)`; and powers by it.

use super::{double, exp::exp};
use crate::simd::lanes::Lanes;

/// ln x: -infinity at 0, NaN below.
#[inline(always)]
pub fn ln<V: Lanes>(x: V) -> V {
    // Numbers under the normal range are brought into it.
    let (least, lift) = if double::<V>() { (f64::MIN_POSITIVE, 54.0) } else { (f64::from(f32::MIN_POSITIVE), 25.0) };
    let small = x.less(V::of(least));
    let lifted = V::select(small, x.scale(V::of(lift)), x);
    let (mantissa, exponent) = lifted.split();
    let exponent = exponent - V::select(small, V::of(lift), V::zero());
    let high = V::of(std::f64::consts::SQRT_2).less(mantissa);
    let mantissa = V::select(high, mantissa * V::of(0.5), mantissa);
    let exponent = V::select(high, exponent + V::of(1.0), exponent);
    let s = (mantissa - V::of(1.0)) / (mantissa + V::of(1.0));
    let s2 = s * s;
    // |s| < 0.172: the first neglected term is under 2^-60 (f64), 2^-26 (f32) of the sum.
    let terms: i32 = if double::<V>() { 11 } else { 4 };
    let mut sum = V::of(1.0 / f64::from(2 * terms + 1));
    for n in (1..terms).rev() {
        sum = sum.mul_add(s2, V::of(1.0 / f64::from(2 * n + 1)));
    }
    let log = (sum * s2).mul_add(s, s);
    // ln 2 in two parts: products of the first with an exponent are exact.
    let (ln2, rest) = if double::<V>() {
        (f64::from_bits(0x3fe6_2e42_fee0_0000), 1.908_214_929_270_587_7e-10)
    } else {
        (0.693_359_375, -2.121_944_400_546_905_8e-4)
    };
    let log = exponent.mul_add(V::of(ln2), exponent.mul_add(V::of(rest), log + log));
    let log = V::select(V::zero().less(x), log, V::of(f64::NEG_INFINITY));
    let log = V::select(x.less(V::zero()), V::of(f64::NAN), log);
    // Infinity and NaN, which are not below it, stay what they are.
    V::select(x.less(V::of(f64::INFINITY)), log, x)
}

/// x^y for real results: NaN for a negative x unless y is a whole number. By exp(y ln|x|): its relative error grows with
/// |y ln x|, to some 100 units in the last place at the ends of the range.
#[inline(always)]
pub fn power<V: Lanes>(x: V, y: V) -> V {
    let size = exp(y * ln(x.abs()));
    let rounded = y.round();
    let half = y * V::of(0.5);
    let whole = V::select(rounded.less(y), V::of(f64::NAN), V::select(y.less(rounded), V::of(f64::NAN), size));
    let even = half.round();
    let odd = V::select(even.less(half), -whole, V::select(half.less(even), -whole, whole));
    let below = V::select(x.less(V::zero()), odd, size);
    // 0^0, where y ln x is not a number.
    V::select(y.abs().less(V::of(f64::MIN_POSITIVE)), V::of(1.0), below)
}
