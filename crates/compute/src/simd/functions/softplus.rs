//! `ln(1 + exp x) = max(x, 0) + ln(1 + e)`, `e = exp(-|x|)`, and `ln(1 + e) = 2 artanh(e / (2 + e))` by its series.

use super::{double, exp::reduced};
use crate::simd::lanes::Lanes;

/// ln(1 + exp x), for every x.
#[inline(always)]
pub fn softplus<V: Lanes>(x: V) -> V {
    let end = V::of(if double::<V>() { 708.0 } else { 87.0 });
    let size = x.abs();
    let (k, q) = reduced(-V::select(end.less(size), end, size));
    let e = (q + V::of(1.0)).scale(k);
    let s = e / (e + V::of(2.0));
    let s2 = s * s;
    // s <= 1/3: the first neglected term is under 3^-34 / 35 (f64), 3^-16 / 17 (f32).
    let terms: i32 = if double::<V>() { 16 } else { 7 };
    let mut sum = V::of(1.0 / f64::from(2 * terms + 1));
    for n in (1..terms).rev() {
        sum = sum.mul_add(s2, V::of(1.0 / f64::from(2 * n + 1)));
    }
    let log = (sum * s2).mul_add(s, s);
    x.max(V::zero()) + (log + log)
}
