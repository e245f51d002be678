//! Sums of squares of numbers of any magnitude: what leaves the range of f64 on the way, and not in the end, is scaled.
//!
//! ```
//! for unit in [2f64.powi(1000), 1.0, 2f64.powi(-1000)] {
//!     assert_eq!(base::magnitude::norm([3.0 * unit, 4.0 * unit]), 5.0 * unit);
//! }
//! ```

use crate::{Error, Result};
use std::ops::RangeInclusive;

/// Powers of two between which fourth powers of numbers, and sums of many of them, are normal numbers.
const NEAR: RangeInclusive<f64> = 1e-60..=1e60;

/// A power of two by which the numbers are multiplied so that their largest is near 1; 1 where they are of ordinary size,
/// all zero or not finite. Multiplying by it rounds nothing but what is negligible beside the largest.
pub fn factor(values: impl IntoIterator<Item = f64>) -> f64 {
    to_one(values.into_iter().fold(0.0f64, |most, v| most.max(v.abs())), NEAR)
}

/// The power of two that brings `largest` near 1; 1 where it lies in `near`, is 0 or not finite.
pub fn to_one(largest: f64, near: RangeInclusive<f64>) -> f64 {
    if largest == 0.0 || !largest.is_finite() || near.contains(&largest) {
        return 1.0;
    }
    // The exponent by the bits; a subnormal number counts as the least normal one.
    let exponent = (largest.to_bits() >> 52) as i64 - 1023;
    // 2^1022 is the largest power whose inverse is normal.
    f64::from_bits(((-exponent).clamp(-1022, 1022) + 1023).cast_unsigned() << 52)
}

/// The numbers times their [`factor`], and the factor.
pub fn scaled(values: &[f64]) -> (Vec<f64>, f64) {
    let factor = factor(values.iter().copied());
    (values.iter().map(|v| v * factor).collect(), factor)
}

/// The Euclidean norm.
pub fn norm<I: IntoIterator<Item = f64>>(values: I) -> f64
where
    I::IntoIter: Clone,
{
    let values = values.into_iter();
    let factor = factor(values.clone());
    values.map(|v| (v * factor).powi(2)).sum::<f64>().sqrt() / factor
}

/// The error of finite arguments whose result lies beyond the range of its type.
pub fn beyond(name: &str) -> Error {
    Error::non_finite(format!("{name}: the result is not finite: the values are too large"))
}

/// The value, where it is finite.
///
/// # Errors
/// `NON_FINITE` with the argument's name.
pub fn within(name: &str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(beyond(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_numbers_are_left_as_they_are() {
        assert_eq!(factor([1.0, -3e50, 1e-300]), 1.0);
        assert_eq!(factor([0.0, f64::NAN, f64::INFINITY]), 1.0);
    }

    #[test]
    fn the_largest_comes_near_one() {
        for v in [f64::MAX, 1e300, 1e61, 1e-61, 1e-300, 1e-307] {
            let near = v * factor([v, 0.0, -v]);
            assert!((0.5..=4.0).contains(&near), "{v} {near}");
        }
        assert!(5e-324 * factor([5e-324]) > 1e-20);
    }

    #[test]
    fn norms_beyond_squares() {
        assert_eq!(norm([0.0; 3]), 0.0);
        assert!((norm([1e-310, 1e-310]) / (2f64.sqrt() * 1e-310) - 1.0).abs() < 1e-10);
        assert_eq!(within("a", norm([f64::MAX, f64::MAX])).unwrap_err().code, crate::Code::NonFinite);
    }
}
