//! Every activation as a scalar function with its first three derivatives: the definition that the engine's
//! vectorised versions are tested against.
//!
//! Formulas stand in [`crate::network::spec::Activation`]. Where a function has a kink, the derivative is that of the side
//! below it, so that ReLU'(0) = 0 (leaky ReLU and ELU: slope and alpha, as PyTorch).

use crate::network::spec::Activation;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

impl Activation {
    /// f(x).
    pub fn value(&self, x: f64) -> f64 {
        self.derivatives(x)[0]
    }

    /// f, f', f'', f''' at `x`.
    pub fn derivatives(&self, x: f64) -> [f64; 4] {
        match *self {
            Activation::Expression(ref expression) => expression.derivatives(x),
            Activation::Relu {} => piece(x, 0.0),
            Activation::LeakyRelu { slope } => piece(x, slope),
            Activation::ClippedRelu { max } if x > max => [max, 0.0, 0.0, 0.0],
            Activation::ClippedRelu { .. } => piece(x, 0.0),
            Activation::Elu { alpha } => {
                let e = alpha * x.exp();
                if x > 0.0 { piece(x, 0.0) } else { [alpha * x.exp_m1(), e, e, e] }
            }
            Activation::Silu {} => {
                let [s, s1, s2, s3] = sigmoid(x);
                [x * s, s + x * s1, 2.0 * s1 + x * s2, 3.0 * s2 + x * s3]
            }
            Activation::Tanh {} => {
                let t = x.tanh();
                let d = 1.0 - t * t;
                [t, d, -2.0 * t * d, d * (6.0 * t * t - 2.0)]
            }
            Activation::Sigmoid {} => sigmoid(x),
            Activation::Erf {} => {
                let g = FRAC_2_SQRT_PI * (-x * x).exp();
                [erf(x), g, -2.0 * x * g, (4.0 * x * x - 2.0) * g]
            }
            Activation::Gelu {} => {
                let phi = (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
                let cumulative = 0.5 * (1.0 + erf(x * FRAC_1_SQRT_2));
                [x * cumulative, cumulative + x * phi, (2.0 - x * x) * phi, (x * x * x - 4.0 * x) * phi]
            }
            Activation::Sin { omega } => {
                let (s, c) = (omega * x).sin_cos();
                [s, omega * c, -omega * omega * s, -omega.powi(3) * c]
            }
            Activation::Cos { omega } => {
                let (s, c) = (omega * x).sin_cos();
                [c, -omega * s, -omega * omega * c, omega.powi(3) * s]
            }
            Activation::Softplus {} => {
                let [s, s1, s2, _] = sigmoid(x);
                [x.max(0.0) + (-x.abs()).exp().ln_1p(), s, s1, s2]
            }
            Activation::Gaussian { a } => {
                let u = x / a;
                let e = (-0.5 * u * u).exp();
                [e, -u * e / a, (u * u - 1.0) * e / (a * a), (3.0 - u * u) * u * e / a.powi(3)]
            }
            // (1 - u^2) e^(-u^2/2) = -He_2 e^(-u^2/2), and d/du He_n e^(-u^2/2) = -He_(n+1) e^(-u^2/2).
            Activation::Ricker { a } => {
                let u = x / a;
                let u2 = u * u;
                let e = (-0.5 * u2).exp();
                [
                    (1.0 - u2) * e,
                    (u2 - 3.0) * u * e / a,
                    -((u2 - 6.0) * u2 + 3.0) * e / (a * a),
                    ((u2 - 10.0) * u2 + 15.0) * u * e / a.powi(3),
                ]
            }
            Activation::Hat {} if x <= 0.0 || x > 2.0 => [0.0; 4],
            Activation::Hat {} if x <= 1.0 => [x, 1.0, 0.0, 0.0],
            Activation::Hat {} => [2.0 - x, -1.0, 0.0, 0.0],
        }
    }
}

/// x above 0, `slope` x at and below it.
fn piece(x: f64, slope: f64) -> [f64; 4] {
    let slope = if x > 0.0 { 1.0 } else { slope };
    [slope * x, slope, 0.0, 0.0]
}

fn sigmoid(x: f64) -> [f64; 4] {
    // The exponential of a negative number only: no overflow on either side.
    let e = (-x.abs()).exp();
    let s = if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) };
    let s1 = e / ((1.0 + e) * (1.0 + e));
    let s2 = s1 * (1.0 - 2.0 * s);
    [s, s1, s2, s2 * (1.0 - 2.0 * s) - 2.0 * s1 * s1]
}

/// erf x = 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!! (Abramowitz and Stegun 7.1.6): no cancellation.
pub fn erf(x: f64) -> f64 {
    if x.is_nan() || x.abs() >= 6.0 {
        // 1 - erf(6) = 2e-17 is below half a unit in the last place.
        return if x.is_nan() { x } else { x.signum() };
    }
    let mut term = x;
    let mut sum = x;
    let mut n = 0.0;
    while term.abs() > sum.abs() * 1e-18 {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

#[cfg(test)]
pub(crate) fn every_activation() -> Vec<Activation> {
    vec![
        Activation::Relu {},
        Activation::LeakyRelu { slope: 0.2 },
        Activation::ClippedRelu { max: 0.75 },
        Activation::Elu { alpha: 1.3 },
        Activation::Silu {},
        Activation::Tanh {},
        Activation::Sigmoid {},
        Activation::Erf {},
        Activation::Gelu {},
        Activation::Sin { omega: 3.0 },
        Activation::Cos { omega: 2.0 },
        Activation::Softplus {},
        Activation::Gaussian { a: 0.7 },
        Activation::Ricker { a: 1.4 },
        Activation::Hat {},
        Activation::Expression(
            crate::network::spec::Expression::new("x * sin(2 * x)".to_owned(), Default::default()).unwrap(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_literature() {
        // erf: Abramowitz and Stegun table 7.1; the others by mpmath with 30 digits.
        for (x, expected) in
            [(0.5, 0.5204998778130465), (1.0, 0.8427007929497149), (2.0, 0.9953222650189527), (3.5, 0.9999992569016276)]
        {
            // exp(-x^2) carries the rounding of x^2: x^2 half units in the last place, 12 at 3.5.
            assert!((erf(x) - expected).abs() < 2e-15, "erf {x}");
            assert_eq!(erf(-x), -erf(x));
        }
        for (activation, x, expected) in [
            (Activation::Gelu {}, 1.0, 0.8413447460685429),
            (Activation::Silu {}, -2.0, -0.2384058440442351),
            (Activation::Softplus {}, 1.0, 1.3132616875182228),
            (Activation::Elu { alpha: 1.0 }, -1.0, -0.6321205588285577),
            (Activation::Gaussian { a: 2.0 }, 2.0, 0.6065306597126334),
            (Activation::Ricker { a: 1.0 }, 2.0, -0.4060058497098381),
            (Activation::Hat {}, 1.25, 0.75),
            (Activation::LeakyRelu { slope: 0.01 }, -3.0, -0.03),
            (Activation::ClippedRelu { max: 6.0 }, 9.0, 6.0),
        ] {
            assert!(
                (activation.value(x) - expected).abs() < 1e-15,
                "{} {x}: {}",
                activation.name(),
                activation.value(x)
            );
        }
    }

    #[test]
    fn each_derivative_is_the_slope_of_the_one_before() {
        for activation in every_activation() {
            for step in 0..60 {
                // Off the kinks at 0, 1 and 2.
                let x = -3.03 + 0.1 * f64::from(step);
                let h = 1e-3;
                for order in 0..3 {
                    let at = |x: f64| activation.derivatives(x)[order];
                    // Fourth-order central difference: truncation h^4 f^(5) / 30 with f^(5) < 3^8 here.
                    let slope = (8.0 * (at(x + h) - at(x - h)) - (at(x + 2.0 * h) - at(x - 2.0 * h))) / (12.0 * h);
                    let given = activation.derivatives(x)[order + 1];
                    assert!(
                        (slope - given).abs() < 1e-9 * (1.0 + given.abs()) + 3e-10,
                        "{} {x} order {order}: {slope} {given}",
                        activation.name()
                    );
                }
            }
        }
    }

    #[test]
    fn each_function_is_its_formula() {
        for activation in every_activation() {
            let formula = activation.expression();
            for x in [-3.1, -2.0, -0.4, 0.0, 0.3, 0.75, 1.0, 1.6, 2.0, 5.0] {
                for (own, other) in activation.derivatives(x).into_iter().zip(formula.derivatives(x)).take(2) {
                    assert!((own - other).abs() < 1e-12, "{} at {x}: {own} {other}", activation.name());
                }
            }
        }
    }

    #[test]
    fn the_derivative_at_a_kink_is_that_below_it() {
        assert_eq!(Activation::Relu {}.derivatives(0.0)[..2], [0.0, 0.0]);
        assert_eq!(Activation::LeakyRelu { slope: 0.1 }.derivatives(0.0)[..2], [0.0, 0.1]);
        assert_eq!([0.0, 6.0, 6.5].map(|x| Activation::ClippedRelu { max: 6.0 }.derivatives(x)[1]), [0.0, 1.0, 0.0]);
        assert_eq!([0.0, 1.0, 2.0].map(|x| Activation::Hat {}.derivatives(x)[1]), [0.0, 1.0, -1.0]);
    }

    #[test]
    fn large_arguments_stay_finite() {
        for activation in every_activation() {
            for x in [-800.0, 800.0] {
                let all = activation.derivatives(x);
                assert!(all.iter().all(|value| value.is_finite()), "{} {x}: {all:?}", activation.name());
            }
        }
    }
}
