//! Elementary functions on vectors, as formulas generic over the path: no tables, no branches on the hot path.
//!
//! Bounds on the error, in units in the last place, are those that the tests assert against f64 (for f32) or against
//! the platform's library (for f64) over the whole range:
//!
//! | function | f32 | f64 |
//! | --- | --- | --- |
//! | exp | 2 | 2 |
//! | tanh | 5 | 4 |
//! | sigmoid | 4 | 4 |
//! | erf | 4 | 4 |
//! | sin, cos (error relative to 1, for arguments up to 2^13 and 2^20) | 2 | 2 |
//! | ln(1 + exp x) | 4 | 4 |
//! | ln | 2 | 2 |
//! | sinh, cosh | 4 | 4 |
//! | atan | 4 | 4 |
//! | asin, acos (error relative to 1) | 4 | 4 |

mod arc;
mod erf;
mod exp;
mod logarithm;
mod softplus;
mod trigonometry;

pub use arc::{acos, asin, atan};
pub use erf::erf;
pub use exp::{cosh, exp, sigmoid, sinh, tanh};
pub use logarithm::{ln, power};
pub use softplus::softplus;
pub use trigonometry::{cos, sin, sin_cos};

use crate::simd::lanes::Lanes;

/// `c[0] + x (c[1] + x (c[2] + ...))`.
#[inline(always)]
pub(crate) fn horner<V: Lanes, const N: usize>(x: V, c: [f64; N]) -> V {
    let mut sum = V::of(c[N - 1]);
    for k in (0..N - 1).rev() {
        sum = sum.mul_add(x, V::of(c[k]));
    }
    sum
}

/// 1 / n!. A constant: computed in a function, it would be computed again in every call.
pub(crate) const INVERSE_FACTORIALS: [f64; 21] = {
    let mut inverse = [1.0; 21];
    let mut n = 1;
    while n < 21 {
        inverse[n] = inverse[n - 1] / n as f64;
        n += 1;
    }
    inverse
};

/// True in f64: more terms are needed.
#[inline(always)]
pub(crate) fn double<V: Lanes>() -> bool {
    size_of::<V::Elem>() == 8
}

#[cfg(test)]
mod tests;
