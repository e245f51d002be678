//! Random numbers that are the same bits on every platform.
//!
//! The generator is xoshiro256++ (Blackman and Vigna 2021), its state made of a seed and a [`Stream`], the name of what
//! is drawn. The transformations use `+ - * /` and `sqrt` only, which IEEE 754 rounds the same way everywhere; a
//! platform's own `ln` or `cos` would not do.
//!
//! ```
//! use base::{Random, Stream};
//! let mut random = Random::new(7, Stream::Weights(0));
//! let weights: Vec<f64> = (0..4).map(|_| 0.1 * random.normal()).collect();
//! let again = Random::new(7, Stream::Weights(0)).normals(4);
//! assert_eq!(weights, again.iter().map(|x| 0.1 * x).collect::<Vec<_>>());
//! ```

use crate::Stream;

/// Random numbers, one after the other.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
    /// The sine half of the last Box-Muller pair.
    spare: Option<f64>,
}

impl Random {
    /// The stream of that name of `seed`. Equal arguments give equal numbers, others never the same state.
    pub fn new(seed: u64, stream: Stream) -> Self {
        Random { state: stream.state(seed), spare: None }
    }

    /// 64 random bits: xoshiro256++.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform on [0, 1), a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * UNIT
    }

    /// Uniform on (0, 1].
    fn uniform_above_zero(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 * UNIT
    }

    /// N(0, 1) by the Box-Muller transformation.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * ln(self.uniform_above_zero())).sqrt();
        let (sin, cos) = sin_cos_turns(self.uniform());
        self.spare = Some(radius * sin);
        radius * cos
    }

    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }

    /// The Laplace distribution with density exp(-|x|) / 2: mean 0, variance 2.
    pub fn laplace(&mut self) -> f64 {
        let sign = if self.bits() >> 63 == 0 { 1.0 } else { -1.0 };
        -sign * ln(self.uniform_above_zero())
    }

    /// Uniform on the integers 0 .. `bound` (exclusive), without bias (Lemire 2019). `bound` must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "the bound of a random integer is at least 1");
        let reject_under = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            if product as u64 >= reject_under {
                return (product >> 64) as u64;
            }
        }
    }

    /// A random order of 0 .. `count` (Fisher-Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last as u64 + 1) as usize);
        }
        order
    }
}

const UNIT: f64 = 1.0 / (1u64 << 53) as f64;

/// ln x for normal x > 0, within 2 ulp: x = 2^e m with m in [sqrt(1/2), sqrt 2), ln m = 2 artanh s, s = (m-1)/(m+1).
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    // |s| < 0.172: the term after s^23 is under 2^-60 of the sum.
    let series = (1..=11).rev().fold(0.0, |sum, k| (sum + 1.0 / f64::from(2 * k + 1)) * s2);
    // ln 2 in two parts: the high one has 21 trailing zero bits, so its product with the exponent is exact.
    let (ln2_high, ln2_low) = (f64::from_bits(0x3fe6_2e42_fee0_0000), 1.908_214_929_270_587_7e-10);
    let exponent = exponent as f64;
    exponent * ln2_high + (exponent * ln2_low + 2.0 * (s + s * series))
}

/// (sin, cos) of 2 pi t for t in [0, 1]: Taylor series on an eighth of a turn.
pub(crate) fn sin_cos_turns(t: f64) -> (f64, f64) {
    let quarter = (4.0 * t + 0.5) as i64;
    let x = (t - 0.25 * quarter as f64) * std::f64::consts::TAU;
    let x2 = x * x;
    // |x| <= pi/4: the terms after x^17/17! and x^18/18! are under 2^-58.
    let sin = x * (1..=8).rev().fold(1.0, |sum, k| 1.0 - sum * x2 / f64::from(2 * k * (2 * k + 1)));
    let cos = (1..=9).rev().fold(1.0, |sum, k| 1.0 - sum * x2 / f64::from((2 * k - 1) * 2 * k));
    match quarter & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xoshiro_gives_the_reference_numbers() {
        // The authors' C code started from the state 1, 2, 3, 4.
        let mut random = Random { state: [1, 2, 3, 4], spare: None };
        let expected =
            [41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205, 9973669472204895162];
        assert_eq!(expected.map(|_| random.bits()), expected);
    }

    #[test]
    fn the_elementary_functions_agree_with_the_platforms() {
        let mut random = Random::new(1, Stream::Data(0));
        for _ in 0..100_000 {
            let x = random.uniform_above_zero();
            assert!((ln(x) - x.ln()).abs() <= 2.0 * f64::EPSILON * x.ln().abs(), "ln {x}");
            let (sin, cos) = sin_cos_turns(x);
            let angle = std::f64::consts::TAU * x;
            // The argument 2 pi x itself is rounded, by up to 2^-51.
            assert!((sin - angle.sin()).abs() < 1e-15 && (cos - angle.cos()).abs() < 1e-15, "turn {x}");
        }
        assert_eq!(ln(1.0), 0.0);
        assert_eq!((ln(f64::MIN_POSITIVE), ln(UNIT)), (f64::MIN_POSITIVE.ln(), UNIT.ln()));
        assert_eq!(
            (sin_cos_turns(0.0), sin_cos_turns(0.25), sin_cos_turns(0.5)),
            ((0.0, 1.0), (1.0, -0.0), (-0.0, -1.0))
        );
    }

    #[test]
    fn the_numbers_of_a_seed_never_change() {
        // An independent implementation (Python's integers and math module) gives these to 1e-15; the bits are recorded.
        let mut random = Random::new(42, Stream::Weights(3));
        let drawn = [random.normal(), random.normal(), random.uniform(), random.laplace()];
        let recorded = RECORDED.map(f64::from_bits);
        assert_eq!(drawn, recorded, "{:#x?}", drawn.map(f64::to_bits));
        assert_eq!(Random::new(42, Stream::Weights(3)).permutation(8), RECORDED_ORDER);
    }
    const RECORDED: [u64; 4] = [0x3fb3214cba890a5a, 0xbfd3bdc88350c139, 0x3fee182fc000a161, 0x3fb171079081edec];
    const RECORDED_ORDER: [usize; 8] = [4, 1, 0, 3, 2, 6, 5, 7];

    #[test]
    fn moments_are_those_of_the_distributions() {
        // 200,000 draws: the standard error of a mean is 0.0022 std, that of a fourth moment of N(0,1) 0.022.
        let n = 200_000;
        let moments = |values: Vec<f64>| [1, 2, 3, 4].map(|k| values.iter().map(|x| x.powi(k)).sum::<f64>() / n as f64);
        let mut random = Random::new(5, Stream::Data(0));
        for (got, expected, tolerance) in [
            (moments(random.normals(n)), [0.0, 1.0, 0.0, 3.0], [0.011, 0.016, 0.05, 0.11]),
            (
                moments((0..n).map(|_| random.uniform() - 0.5).collect()),
                [0.0, 1.0 / 12.0, 0.0, 1.0 / 80.0],
                [0.0033, 0.0009, 0.0005, 0.0002],
            ),
            (moments((0..n).map(|_| random.laplace()).collect()), [0.0, 2.0, 0.0, 24.0], [0.016, 0.05, 0.3, 2.3]),
        ] {
            for k in 0..4 {
                assert!((got[k] - expected[k]).abs() < tolerance[k], "moment {}: {got:?} of {expected:?}", k + 1);
            }
        }
    }

    #[test]
    fn permutations_are_uniform() {
        let mut counts = [0usize; 24];
        let mut random = Random::new(9, Stream::Data(0));
        for _ in 0..24_000 {
            let order = random.permutation(4);
            let mut rank = 0;
            for i in 0..4 {
                rank = rank * (4 - i) + order[i + 1..].iter().filter(|&&later| later < order[i]).count();
            }
            counts[rank] += 1;
        }
        // Each of the 24 orders: 1,000 expected, standard deviation 31.
        assert!(counts.iter().all(|&count| (840..1160).contains(&count)), "{counts:?}");
        assert_eq!(Random::new(0, Stream::Data(0)).permutation(0), Vec::<usize>::new());
    }
}
