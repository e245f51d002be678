//! Dual activations: for (u, v) Gaussian with mean zero and covariance [[a, c], [c, b]],
//!
//! `T = E[f(u) f(v)]` and `T' = E[f'(u) f'(v)]`, where `T' = dT/dc` (Price's theorem).
//!
//! With r = c / sqrt(ab):
//!
//! | f | T | T' |
//! | --- | --- | --- |
//! | p x + q abs(x) | p^2 c + q^2 (2/pi) sqrt(ab) (sqrt(1 - r^2) + r asin r) | p^2 + q^2 (2/pi) asin r |
//! | erf | (2/pi) asin(2c / sqrt((1+2a)(1+2b))) | (4/pi) / sqrt((1+2a)(1+2b) - 4c^2) |
//! | sin wx | exp(-w^2 (a+b)/2) sinh(w^2 c) | w^2 exp(-w^2 (a+b)/2) cosh(w^2 c) |
//! | cos wx | exp(-w^2 (a+b)/2) cosh(w^2 c) | w^2 exp(-w^2 (a+b)/2) sinh(w^2 c) |
//! | exp(-x^2 / 2s^2) | s^2 / sqrt((s^2+a)(s^2+b) - c^2) | s^2 c / ((s^2+a)(s^2+b) - c^2)^(3/2) |
//! | gelu | below | below |
//!
//! ReLU is p = q = 1/2 (the arc-cosine kernels of Cho and Saul 2009), leaky ReLU with slope s p = (1+s)/2, q = (1-s)/2;
//! erf: Williams 1997. The exact GELU x (1 + erf(x/sqrt 2))/2 follows by Stein's lemma applied to x erf(x/sqrt 2): with
//! D = (1+a)(1+b) - c^2, Q = (2/pi)/sqrt D, P = (2/pi) asin(c / sqrt((1+a)(1+b))), k = 1/(1+a) + 1/(1+b) and
//! W = ab - c^2 + k c^2: `T = (c + c P + Q W) / 4`, `T' = (1 + P + c Q + Q c W / D + 2 c Q (k - 1)) / 4`
//! (as Tsuchida et al. 2021).

use std::f64::consts::FRAC_2_PI;

/// An activation whose dual is known in closed form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Closed {
    /// `p x + q |x|`.
    Rectifier {
        p: f64,
        q: f64,
    },
    Erf,
    Sin {
        omega: f64,
    },
    Cos {
        omega: f64,
    },
    Gaussian {
        s: f64,
    },
    Gelu,
}

/// (T, T') of an activation at variances `a`, `b` and covariance `c`.
///
/// A variance of zero (a zero input without bias) gives T = f(0)^2 where both vanish, and T' = 0 for rectifiers,
/// as ReLU'(0) = 0.
pub fn dual(f: Closed, a: f64, b: f64, c: f64) -> (f64, f64) {
    match f {
        Closed::Rectifier { p, q } => {
            let norm = (a * b).sqrt();
            if norm == 0.0 {
                return (0.0, 0.0);
            }
            let r = correlation(c, norm);
            let (root, angle) = ((1.0 - r * r).sqrt(), r.asin());
            let mixed = q * q * FRAC_2_PI;
            (norm * (p * p * r + mixed * (root + r * angle)), p * p + mixed * angle)
        }
        Closed::Erf => {
            let (m, c2) = ((1.0 + 2.0 * a) * (1.0 + 2.0 * b), 2.0 * c);
            (FRAC_2_PI * (c2 / m.sqrt()).clamp(-1.0, 1.0).asin(), 2.0 * FRAC_2_PI / (m - c2 * c2).max(1.0).sqrt())
        }
        Closed::Sin { omega } | Closed::Cos { omega } => {
            // Differences inside one exponential: neither factor overflows, and equal inputs lose no digit.
            let w2 = omega * omega;
            let far = -0.5 * w2 * (a + b + 2.0 * c.abs());
            let half = 0.5 * far.exp();
            let growth = 2.0 * w2 * c.abs();
            let near = 0.5 * (-0.5 * w2 * (a + b - 2.0 * c.abs())).exp();
            let cosh = near + half;
            let sinh = c.signum() * if growth < 1.0 { half * growth.exp_m1() } else { near - half };
            if matches!(f, Closed::Sin { .. }) { (sinh, w2 * cosh) } else { (cosh, w2 * sinh) }
        }
        Closed::Gaussian { s } => {
            let s2 = s * s;
            let d = (s2 + a) * (s2 + b) - c * c;
            (s2 / d.sqrt(), s2 * c / (d * d.sqrt()))
        }
        Closed::Gelu => {
            let m = (1.0 + a) * (1.0 + b);
            let d = (m - c * c).max(1.0);
            let q = FRAC_2_PI / d.sqrt();
            let p = FRAC_2_PI * (c / m.sqrt()).clamp(-1.0, 1.0).asin();
            let k = 1.0 / (1.0 + a) + 1.0 / (1.0 + b);
            let w = a * b - c * c + k * c * c;
            (0.25 * (c + c * p + q * w), 0.25 * (1.0 + p + c * q + q * c * w / d + 2.0 * c * q * (k - 1.0)))
        }
    }
}

/// c / sqrt(ab) in [-1, 1]. Within rounding of +-1 it is exactly that: an arc cosine would turn an error of 1e-16 into 1e-8,
/// so that a point and its copy would differ.
pub fn correlation(c: f64, norm: f64) -> f64 {
    let r = c / norm;
    if 1.0 - r.abs() < 4.0 * f64::EPSILON { r.signum() } else { r }
}
