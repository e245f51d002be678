//! exp, ln, powers, sine and cosine of single numbers, the same bits on every platform.
//!
//! They use `+ - * /`, `sqrt` and rounding to integers only, which IEEE 754 fixes to the last bit; a platform's own functions
//! differ from each other. For arrays see `compute::functions`. Within 2 ulp of the exact values.
//!
//! ```
//! use base::elementary::{exp, ln, power};
//! assert_eq!((exp(0.0), ln(1.0), power(0.5, 3)), (1.0, 0.0, 0.125));
//! ```

use crate::random;
use std::f64::consts::{LOG2_E, TAU};

/// `e^x`: infinity above 709.78, 0 below -745.13, NaN for NaN.
pub fn exp(x: f64) -> f64 {
    // Beyond, the result is the same as at the end.
    let x = if x.is_nan() { x } else { x.clamp(-800.0, 800.0) };
    let k = (x * LOG2_E).round_ties_even();
    // ln 2 in two parts: products of the first with k are exact.
    let (high, low) = (f64::from_bits(0x3fe6_2e42_fee0_0000), 1.908_214_929_270_587_7e-10);
    let (r, rounded) = (x - k * high, k * low);
    let r2 = r - rounded;
    // |r| <= 0.35: the term after r^14 / 14! is under 2^-61.
    let sum = (3..=14).rev().fold(0.0, |sum, n| (sum + 1.0) * r2 / f64::from(n));
    let value = 1.0 + (r + (r2 * r2 * 0.5 * (1.0 + sum) - rounded));
    // In two steps, of which each is a normal power of two.
    let half = (k * 0.5).round_ties_even();
    value * power_of_two(half) * power_of_two(k - half)
}

/// `2^k` for an integer within the normal range.
fn power_of_two(k: f64) -> f64 {
    // Of a NaN, 2^0.
    f64::from_bits(((k as i64 + 1023) as u64) << 52)
}

/// The natural logarithm: negative infinity at 0, NaN below and for NaN.
pub fn ln(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        f64::NAN
    } else if x == 0.0 {
        f64::NEG_INFINITY
    } else if x == f64::INFINITY {
        x
    } else if x < f64::MIN_POSITIVE {
        // Of a denormal number, by an exact power of two.
        random::ln(x * power_of_two(54.0)) - 54.0 * std::f64::consts::LN_2
    } else {
        random::ln(x)
    }
}

/// `base^exponent` by squaring: the relative error grows as the exponent, a half ulp each.
pub fn power(base: f64, exponent: u64) -> f64 {
    let (mut result, mut square, mut rest) = (1.0, base, exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result *= square;
        }
        square *= square;
        rest >>= 1;
    }
    result
}

/// `(sin, cos)` of an angle in turns.
pub fn sin_cos_turns(turns: f64) -> (f64, f64) {
    random::sin_cos_turns(turns - turns.floor())
}

/// `(sin, cos)` of any angle in radians, within 1e-15; NaN for infinities.
pub fn sin_cos(x: f64) -> (f64, f64) {
    if !x.is_finite() {
        return (f64::NAN, f64::NAN);
    }
    sin_cos_turns(if x.abs() < 1.0 { x / TAU } else { turns(x) })
}

/// 1 / (2 pi) in binary, the bits after the point.
const INVERSE_TURN: [u64; 20] = [
    0x28be_60db_9391_054a,
    0x7f09_d5f4_7d4d_3770,
    0x36d8_a566_4f10_e410,
    0x7f94_58ea_f7ae_f158,
    0x6dc9_1b8e_9093_74b8,
    0x0192_4bba_8274_6487,
    0x3f87_7ac7_2c4a_69cf,
    0xba20_8d7d_4bae_d121,
    0x3a67_1c09_ad17_df90,
    0x4e64_758e_60d4_ce7d,
    0x2721_17e2_ef7e_4a0e,
    0xc7fe_25ff_f781_6603,
    0xfbcb_c462_d682_9b47,
    0xdb4d_9fb3_c9f2_c26d,
    0xd3d1_8fd9_a797_fa8b,
    0x5d49_eeb1_faf9_7c5e,
    0xcf41_ce7d_e294_a4ba,
    0x9afe_d7ec_47e3_5742,
    0x1580_cc11_bf1e_daea,
    0xfc33_ef08_26bd_0d87,
];

/// The part of `x / (2 pi)` after the point, to 2^-75 before it is rounded, for |x| >= 1: with `x = m 2^e`, m an integer of 53
/// bits, all that counts of `2^e / (2 pi)` are the 128 bits after the point (Payne and Hanek 1983).
fn turns(x: f64) -> f64 {
    let bits = x.to_bits();
    let mantissa = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
    let first = (bits >> 52 & 0x7ff) as i64 - 1075;
    // Bits `at` to `at + 64`; zeros before the point.
    let word = |at: i64| {
        let of = |index: i64| usize::try_from(index).map_or(0, |index| INVERSE_TURN[index]);
        let (index, shift) = (at.div_euclid(64), at.rem_euclid(64));
        of(index) << shift | (of(index + 1) >> 1) >> (63 - shift)
    };
    let window = u128::from(word(first)) << 64 | u128::from(word(first + 64));
    let part = window.wrapping_mul(mantissa);
    // As a signed number, so that what is just below a whole turn keeps its digits.
    let part = part as i128 as f64 / 2f64.powi(128);
    if x < 0.0 { -part } else { part }
}

/// `sqrt(x^2 + y^2)` without overflow.
pub fn hypot(x: f64, y: f64) -> f64 {
    let (x, y) = (x.abs(), y.abs());
    let (large, small) = if x < y { (y, x) } else { (x, y) };
    if large == 0.0 || large.is_infinite() {
        return large + small;
    }
    let ratio = small / large;
    large * (1.0 + ratio * ratio).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units of the last place of `exact`.
    fn ulps(got: f64, exact: f64) -> f64 {
        (got - exact).abs() / (exact.abs() * f64::EPSILON).max(f64::from_bits(1))
    }

    #[test]
    fn near_the_platforms_own() {
        let mut random = crate::Random::new(1, crate::Stream::Data(0));
        for _ in 0..20_000 {
            let x = 1400.0 * (random.uniform() - 0.5);
            assert!(ulps(exp(x), x.exp()) <= 2.0, "exp {x}: {} {}", exp(x), x.exp());
            let near = 2.0 * (random.uniform() - 0.5);
            assert!(ulps(exp(near), near.exp()) <= 2.0, "exp {near}");
            let y = x.exp();
            assert!(ulps(ln(y), y.ln()) <= 2.0, "ln {y}");
            for angle in [near, near * 40.0, near * 1e9, x.exp(), -x.exp()].into_iter().filter(|x| x.is_finite()) {
                let (sin, cos) = sin_cos(angle);
                assert!((sin - angle.sin()).abs() < 1e-15 && (cos - angle.cos()).abs() < 1e-15, "{angle}");
            }
            assert!(ulps(hypot(x, near), x.hypot(near)) <= 2.0, "hypot {x} {near}");
        }
        for n in [0, 1, 2, 3, 10, 1000, 100_000] {
            assert!(ulps(power(0.999, n), 0.999f64.powf(n as f64)) <= n as f64 + 1.0, "0.999^{n}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!([exp(0.0), exp(1000.0), exp(f64::INFINITY)], [1.0, f64::INFINITY, f64::INFINITY]);
        assert_eq!([exp(-1000.0), exp(f64::NEG_INFINITY)], [0.0, 0.0]);
        assert!(ulps(exp(-740.0), (-740.0f64).exp()) <= 1.0 && exp(709.7).is_finite());
        assert_eq!([ln(0.0), ln(f64::INFINITY), ln(1.0)], [f64::NEG_INFINITY, f64::INFINITY, 0.0]);
        assert!(ulps(ln(5e-324), 5e-324f64.ln()) <= 1.0);
        assert!(exp(f64::NAN).is_nan() && ln(f64::NAN).is_nan() && ln(-1.0).is_nan());
        assert!(hypot(f64::NAN, 1.0).is_nan() && hypot(1.0, f64::NAN).is_nan());
        assert_eq!([hypot(0.0, 0.0), hypot(3e300, -4e300), hypot(5e-324, 0.0)], [0.0, 5e300, 5e-324]);
        assert_eq!(sin_cos_turns(-0.75), (1.0, 0.0));
        assert_eq!((power(0.0, 0), power(2.0, 1023), power(0.5, 2000)), (1.0, 2f64.powi(1023), 0.0));
    }

    /// Bits that every platform must give.
    #[test]
    fn recorded_bits() {
        let bits =
            [exp(1.0), exp(-0.3), ln(10.0), power(0.9, 77), sin_cos_turns(0.1).0, hypot(1.0, 3.0)].map(f64::to_bits);
        assert_eq!(bits, RECORDED, "{bits:#x?}");
    }

    const RECORDED: [u64; 6] = [
        0x4005_bf0a_8b14_576a,
        0x3fe7_b4c8_69c3_7c05,
        0x4002_6bb1_bbb5_5516,
        0x3f33_a3f9_a390_dd19,
        0x3fe2_cf23_0475_5a5e,
        0x4009_4c58_3ada_5b53,
    ];
}
