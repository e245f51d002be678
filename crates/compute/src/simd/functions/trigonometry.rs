//! `x = k pi/2 + r`, `|r| <= pi/4`, by three parts of pi/2 (Cody and Waite); sin r and cos r by Taylor's series.
//! Lanes beyond the range of the reduction, rare in practice, are reduced exactly, one by one.

use super::{INVERSE_FACTORIALS, double};
use crate::simd::lanes::Lanes;
use crate::simd::scalar::Scalar;

/// (sin x, cos x).
#[inline(always)]
pub fn sin_cos<V: Lanes>(x: V) -> (V, V) {
    // k has to stay below the bits that the parts leave free: 2^13 (f32), 2^20 (f64).
    let range = if double::<V>() { 1_048_576.0 } else { 8192.0 };
    if V::any(x.abs().exceeds(V::of(range))) {
        let (mut sin, mut cos) = ([V::Elem::ZERO; 16], [V::Elem::ZERO; 16]);
        x.store(&mut sin);
        far(&mut sin[..V::WIDTH], &mut cos);
        (V::load(&sin), V::load(&cos))
    } else {
        near(x)
    }
}

/// sin x.
#[inline(always)]
pub fn sin<V: Lanes>(x: V) -> V {
    sin_cos(x).0
}

/// cos x.
#[inline(always)]
pub fn cos<V: Lanes>(x: V) -> V {
    sin_cos(x).1
}

#[inline(always)]
fn near<V: Lanes>(x: V) -> (V, V) {
    let k = (x * V::of(std::f64::consts::FRAC_2_PI)).round();
    let parts = if double::<V>() {
        // The leading 33 bits of pi/2, the next 33, the rest (fdlibm).
        [1.570_796_326_734_125_614_17, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_631_54e-21]
    } else {
        // The leading 11 bits, the next 11, the rest.
        [1.570_312_5, 4.837_512_969_970_703e-4, 7.549_789_954_891_882e-8]
    };
    let r = parts.iter().fold(x, |r, &part| k.mul_add(V::of(-part), r));
    let r2 = r * r;
    // Neglected: (pi/4)^19 / 19! and (pi/4)^20 / 20! (f64), ^11 / 11! and ^12 / 12! (f32).
    let terms = if double::<V>() { 8 } else { 4 };
    let sign = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    let mut odd = V::of(sign(terms) * INVERSE_FACTORIALS[2 * terms + 1]);
    let mut even = V::of(sign(terms + 1) * INVERSE_FACTORIALS[2 * terms + 2]);
    for n in (1..terms).rev() {
        odd = odd.mul_add(r2, V::of(sign(n) * INVERSE_FACTORIALS[2 * n + 1]));
        even = even.mul_add(r2, V::of(sign(n + 1) * INVERSE_FACTORIALS[2 * n + 2]));
    }
    let sin = (odd * r2).mul_add(r, r);
    let cos = (even * r2).mul_add(r2, r2.mul_add(V::of(-0.5), V::of(1.0)));
    // The quadrant: k mod 4 in {-2, -1, 0, 1, 2}.
    let quarter = k - (k * V::of(0.25)).round() * V::of(4.0);
    let turned = V::of(0.5).less(quarter.abs());
    let opposite = V::of(1.5).less(quarter.abs());
    // A quarter turn forward or back: (sin, cos) -> (+-cos, -+sin). Half a turn: both change sign.
    let side = V::of(1.0).copy_sign(quarter);
    let s = V::select(turned, V::select(opposite, -sin, side * cos), sin);
    let c = V::select(turned, V::select(opposite, -cos, -(side * sin)), cos);
    (s, c)
}

/// The numbers become their sines. No vectors are handed over: this is not compiled for their path.
#[cold]
#[inline(never)]
fn far<T: Scalar>(sin: &mut [T], cos: &mut [T]) {
    for (sin, cos) in sin.iter_mut().zip(cos) {
        let (s, c) = base::elementary::sin_cos(sin.to_f64());
        (*sin, *cos) = (T::from_f64(s), T::from_f64(c));
    }
}
