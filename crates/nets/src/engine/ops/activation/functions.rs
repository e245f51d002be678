//! The functions on vectors. `crate::network::activations` defines them; the tests compare.

use super::passes::Pass;
use crate::network::spec::Activation;
use compute::functions::{cos, erf, exp, sigmoid, sin, sin_cos, softplus, tanh};
use compute::{Lanes, Scalar, SimdPath};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// A function with its derivatives; `x` is the input, `y` the output.
pub trait Function: Copy {
    fn value<V: Lanes>(self, x: V) -> V;
    /// f'. If [`slope_from_output`] holds, `x` may be the output as well.
    fn slope<V: Lanes>(self, x: V, y: V) -> V;
    /// f', f'', f''' (needs both `x` and `y`).
    fn derivatives<V: Lanes>(self, x: V, y: V) -> [V; 3];
}

/// Whether f' follows from f alone, so that the input need not be kept.
pub fn slope_from_output(function: &Activation) -> bool {
    match *function {
        Activation::Relu {} | Activation::Tanh {} | Activation::Sigmoid {} => true,
        // The output must keep the sign of the input.
        Activation::LeakyRelu { slope } => slope >= 0.0,
        Activation::Elu { alpha } => alpha >= 0.0,
        _ => false,
    }
}

/// Runs a pass with the function, so that both are compiled together.
///
/// # Panics
/// With a formula, which is run as a program.
pub fn run<T: Scalar>(function: &Activation, path: SimdPath, pass: impl Pass<T>) {
    match *function {
        Activation::Expression(_) => unreachable!("a formula is an operation of its own"),
        Activation::Relu {} => pass.run(path, Leaky { slope: 0.0 }),
        Activation::LeakyRelu { slope } => pass.run(path, Leaky { slope }),
        Activation::ClippedRelu { max } => pass.run(path, Clipped { max }),
        Activation::Elu { alpha } => pass.run(path, Elu { alpha }),
        Activation::Silu {} => pass.run(path, Silu),
        Activation::Tanh {} => pass.run(path, Tanh),
        Activation::Sigmoid {} => pass.run(path, Sigmoid),
        Activation::Erf {} => pass.run(path, Erf),
        Activation::Gelu {} => pass.run(path, Gelu),
        Activation::Sin { omega } => pass.run(path, Sin { omega }),
        Activation::Cos { omega } => pass.run(path, Cos { omega }),
        Activation::Softplus {} => pass.run(path, Softplus),
        Activation::Gaussian { a } => pass.run(path, Gaussian { a }),
        Activation::Ricker { a } => pass.run(path, Ricker { a }),
        Activation::Hat {} => pass.run(path, Hat),
    }
}

/// ReLU (slope 0) and leaky ReLU.
#[derive(Clone, Copy)]
struct Leaky {
    slope: f64,
}

impl Function for Leaky {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        V::select(V::zero().less(x), x, x * V::of(self.slope))
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        V::select(V::zero().less(x), V::of(1.0), V::of(self.slope))
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, _y: V) -> [V; 3] {
        [V::select(V::zero().less(x), V::of(1.0), V::of(self.slope)), V::zero(), V::zero()]
    }
}

/// ReLU up to `max`, which it does not pass.
#[derive(Clone, Copy)]
struct Clipped {
    max: f64,
}

impl Function for Clipped {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        V::select(V::zero().less(x), V::select(V::of(self.max).less(x), V::of(self.max), x), V::zero())
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        V::select(V::zero().less(x), V::select(V::of(self.max).less(x), V::zero(), V::of(1.0)), V::zero())
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, y: V) -> [V; 3] {
        [self.slope(x, y), V::zero(), V::zero()]
    }
}

#[derive(Clone, Copy)]
struct Elu {
    alpha: f64,
}

impl Function for Elu {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        // exp x - 1 = t (exp x + 1) with t = tanh(x/2): no cancellation near 0.
        let below = tanh(x * V::of(0.5)) * (exp(x.min(V::zero())) + V::of(1.0));
        V::select(V::zero().less(x), x, below * V::of(self.alpha))
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, y: V) -> V {
        V::select(V::zero().less(x), V::of(1.0), y + V::of(self.alpha))
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, y: V) -> [V; 3] {
        let (above, below) = (V::zero().less(x), y + V::of(self.alpha));
        [V::select(above, V::of(1.0), below), V::select(above, V::zero(), below), V::select(above, V::zero(), below)]
    }
}

/// s', s'', s''' of the logistic function from its value.
#[inline(always)]
fn logistic<V: Lanes>(s: V) -> [V; 3] {
    let first = s - s * s;
    let middle = V::of(1.0) - (s + s);
    [first, first * middle, first * (V::of(1.0) - V::of(6.0) * first)]
}

#[derive(Clone, Copy)]
struct Sigmoid;

impl Function for Sigmoid {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        sigmoid(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, _x: V, y: V) -> V {
        y - y * y
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, _x: V, y: V) -> [V; 3] {
        logistic(y)
    }
}

#[derive(Clone, Copy)]
struct Silu;

impl Function for Silu {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        x * sigmoid(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, y: V) -> V {
        self.derivatives(x, y)[0]
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, _y: V) -> [V; 3] {
        let s = sigmoid(x);
        let [first, second, third] = logistic(s);
        [x.mul_add(first, s), x.mul_add(second, first + first), x.mul_add(third, V::of(3.0) * second)]
    }
}

#[derive(Clone, Copy)]
struct Tanh;

impl Function for Tanh {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        tanh(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, _x: V, y: V) -> V {
        V::of(1.0) - y * y
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, _x: V, y: V) -> [V; 3] {
        let d = V::of(1.0) - y * y;
        [d, V::of(-2.0) * y * d, d * (V::of(4.0) - V::of(6.0) * d)]
    }
}

#[derive(Clone, Copy)]
struct Erf;

impl Function for Erf {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        erf(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        V::of(FRAC_2_SQRT_PI) * exp(-(x * x))
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, y: V) -> [V; 3] {
        let g = self.slope(x, y);
        [g, V::of(-2.0) * x * g, (V::of(4.0) * x * x - V::of(2.0)) * g]
    }
}

#[derive(Clone, Copy)]
struct Gelu;

impl Gelu {
    /// The normal distribution's function and density.
    #[inline(always)]
    fn normal<V: Lanes>(x: V) -> (V, V) {
        let half = V::of(0.5);
        let density = V::of(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2) * exp(-(x * x) * half);
        (half + half * erf(x * V::of(FRAC_1_SQRT_2)), density)
    }
}

impl Function for Gelu {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        let half = V::of(0.5);
        x * (half + half * erf(x * V::of(FRAC_1_SQRT_2)))
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        let (below, density) = Gelu::normal(x);
        x.mul_add(density, below)
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, _y: V) -> [V; 3] {
        let (below, density) = Gelu::normal(x);
        let x2 = x * x;
        [x.mul_add(density, below), (V::of(2.0) - x2) * density, (x2 - V::of(4.0)) * x * density]
    }
}

#[derive(Clone, Copy)]
struct Sin {
    omega: f64,
}

impl Function for Sin {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        sin(x * V::of(self.omega))
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        cos(x * V::of(self.omega)) * V::of(self.omega)
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, _y: V) -> [V; 3] {
        let omega = V::of(self.omega);
        let (s, c) = sin_cos(x * omega);
        let first = c * omega;
        [first, -(s * omega * omega), -(first * omega * omega)]
    }
}

#[derive(Clone, Copy)]
struct Cos {
    omega: f64,
}

impl Function for Cos {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        cos(x * V::of(self.omega))
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        -(sin(x * V::of(self.omega)) * V::of(self.omega))
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, _y: V) -> [V; 3] {
        let omega = V::of(self.omega);
        let (s, c) = sin_cos(x * omega);
        let first = -(s * omega);
        [first, -(c * omega * omega), -(first * omega * omega)]
    }
}

#[derive(Clone, Copy)]
struct Softplus;

impl Function for Softplus {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        softplus(x)
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        sigmoid(x)
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, _y: V) -> [V; 3] {
        let s = sigmoid(x);
        let [first, second, _] = logistic(s);
        [s, first, second]
    }
}

#[derive(Clone, Copy)]
struct Gaussian {
    a: f64,
}

impl Function for Gaussian {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        let u = x * V::of(1.0 / self.a);
        exp(u * u * V::of(-0.5))
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, y: V) -> V {
        -(x * y) * V::of(1.0 / (self.a * self.a))
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, y: V) -> [V; 3] {
        let inverse = V::of(1.0 / self.a);
        let u = x * inverse;
        let (u2, e1) = (u * u, y * inverse);
        let e2 = e1 * inverse;
        [-(u * e1), (u2 - V::of(1.0)) * e2, (V::of(3.0) - u2) * u * e2 * inverse]
    }
}

#[derive(Clone, Copy)]
struct Ricker {
    a: f64,
}

impl Function for Ricker {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        let u = x * V::of(1.0 / self.a);
        let u2 = u * u;
        (V::of(1.0) - u2) * exp(u2 * V::of(-0.5))
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        let u = x * V::of(1.0 / self.a);
        let u2 = u * u;
        (u2 - V::of(3.0)) * u * exp(u2 * V::of(-0.5)) * V::of(1.0 / self.a)
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, _y: V) -> [V; 3] {
        // With He_n the Hermite polynomials: f = -He_2 e, and each derivative by u turns He_n e into -He_(n+1) e.
        let inverse = V::of(1.0 / self.a);
        let u = x * inverse;
        let u2 = u * u;
        let e1 = exp(u2 * V::of(-0.5)) * inverse;
        let e2 = e1 * inverse;
        [
            (u2 - V::of(3.0)) * u * e1,
            -((u2 - V::of(6.0)) * u2 + V::of(3.0)) * e2,
            ((u2 - V::of(10.0)) * u2 + V::of(15.0)) * u * e2 * inverse,
        ]
    }
}

#[derive(Clone, Copy)]
struct Hat;

impl Function for Hat {
    #[inline(always)]
    fn value<V: Lanes>(self, x: V) -> V {
        V::select(V::zero().less(x), x.min(V::of(2.0) - x), V::zero()).max(V::zero())
    }
    #[inline(always)]
    fn slope<V: Lanes>(self, x: V, _y: V) -> V {
        // From below at the kinks: 0 up to 0, 1 up to 1, -1 up to 2, then 0.
        let falling = V::select(V::of(2.0).less(x), V::zero(), V::of(-1.0));
        let rising = V::select(V::of(1.0).less(x), falling, V::of(1.0));
        V::select(V::zero().less(x), rising, V::zero())
    }
    #[inline(always)]
    fn derivatives<V: Lanes>(self, x: V, y: V) -> [V; 3] {
        [self.slope(x, y), V::zero(), V::zero()]
    }
}
