//! `atan x` by halving the angle twice, `atan x = 2 atan(x / (1 + sqrt(1 + x^2)))`, until the series `x - x^3/3 + ...` ends
//! soon; `asin` and `acos` by it.

use super::double;
use crate::simd::lanes::Lanes;

/// atan x.
#[inline(always)]
pub fn atan<V: Lanes>(x: V) -> V {
    let one = V::of(1.0);
    let size = x.abs();
    let large = one.less(size);
    // atan x = pi/2 - atan 1/x.
    let inside = V::select(large, one / size, size);
    let half = |x: V| x / (one + x.mul_add(x, one).sqrt());
    let t = half(half(inside));
    let t2 = t * t;
    // t <= tan(pi/16) < 0.199: the first neglected term is under 2^-54 (f64), 2^-25 (f32) of the sum.
    let terms: i32 = if double::<V>() { 11 } else { 5 };
    let mut sum = V::of(1.0 / f64::from(2 * terms + 1));
    for n in (1..terms).rev() {
        sum = (-sum).mul_add(t2, V::of(1.0 / f64::from(2 * n + 1)));
    }
    let angle = (-(sum * t2)).mul_add(t, t) * V::of(4.0);
    let angle = V::select(large, V::of(std::f64::consts::FRAC_PI_2) - angle, angle);
    angle.copy_sign(x)
}

/// asin x: NaN beyond 1.
#[inline(always)]
pub fn asin<V: Lanes>(x: V) -> V {
    let one = V::of(1.0);
    atan(x / ((one - x) * (one + x)).sqrt())
}

/// acos x: NaN beyond 1.
#[inline(always)]
pub fn acos<V: Lanes>(x: V) -> V {
    let one = V::of(1.0);
    let half = atan(((one - x) / (one + x)).sqrt());
    half + half
}
