//! What may stand in a formula: functions of one argument, operations on two, and what they are as numbers.

/// A function of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    Negative,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Exp,
    Ln,
    Sqrt,
    Abs,
    /// -1, 0 or 1.
    Sign,
    /// 1 above zero, else 0: the derivative of `relu`, whose derivative at zero is 0 here as everywhere in the package.
    Step,
    /// 1 above zero, 1/2 at zero, 0 below: how `min` and `max` share their derivative, equal arguments taking half each.
    Share,
    Relu,
    Sigmoid,
    Softplus,
    Erf,
    /// `exp(-x^2 / 2)`.
    Gaussian,
}

/// The functions that a text can name, each with what it stands for.
pub(crate) const NAMED: [(&str, Function); 20] = [
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("tan", Function::Tan),
    ("asin", Function::Asin),
    ("acos", Function::Acos),
    ("atan", Function::Atan),
    ("sinh", Function::Sinh),
    ("cosh", Function::Cosh),
    ("tanh", Function::Tanh),
    ("exp", Function::Exp),
    ("ln", Function::Ln),
    ("sqrt", Function::Sqrt),
    ("abs", Function::Abs),
    ("sign", Function::Sign),
    ("step", Function::Step),
    ("relu", Function::Relu),
    ("sigmoid", Function::Sigmoid),
    ("softplus", Function::Softplus),
    ("erf", Function::Erf),
    ("gaussian", Function::Gaussian),
];

/// An operation on two arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `a^b`, for a real result: a negative only with an integral b.
    Power,
    Min,
    Max,
}

impl Function {
    /// The value at a number, by the platform's library: what constants are folded with, and the oracle of the vectors.
    pub fn at(self, x: f64) -> f64 {
        match self {
            Function::Negative => -x,
            Function::Sin => x.sin(),
            Function::Cos => x.cos(),
            Function::Tan => x.tan(),
            Function::Asin => x.asin(),
            Function::Acos => x.acos(),
            Function::Atan => x.atan(),
            Function::Sinh => x.sinh(),
            Function::Cosh => x.cosh(),
            Function::Tanh => x.tanh(),
            Function::Exp => x.exp(),
            Function::Ln => x.ln(),
            Function::Sqrt => x.sqrt(),
            Function::Abs => x.abs(),
            Function::Sign if x == 0.0 => 0.0,
            Function::Sign => x.signum(),
            Function::Step => f64::from(u8::from(x > 0.0)),
            Function::Share if x == 0.0 => 0.5,
            Function::Share => f64::from(u8::from(x > 0.0)),
            Function::Relu => x.max(0.0),
            Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Function::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Function::Erf => erf(x),
            Function::Gaussian => (-0.5 * x * x).exp(),
        }
    }

    /// The name in a text, where it has one.
    pub fn name(self) -> &'static str {
        NAMED.iter().find(|(_, function)| *function == self).map_or("a function", |(name, _)| *name)
    }

    /// Whether it costs no more than a few operations.
    pub(crate) fn is_cheap(self) -> bool {
        use Function::{Abs, Negative, Relu, Share, Sign, Sqrt, Step};
        matches!(self, Abs | Negative | Relu | Share | Sign | Sqrt | Step)
    }

    /// Whether it has all derivatives wherever it is defined.
    pub(crate) fn is_smooth(self) -> bool {
        !matches!(self, Function::Abs | Function::Relu | Function::Share | Function::Sign | Function::Step)
    }

    /// Whether the function is defined at a finite number.
    pub fn is_defined(self, x: f64) -> bool {
        match self {
            Function::Asin | Function::Acos => x.abs() <= 1.0,
            Function::Ln => x > 0.0,
            Function::Sqrt => x >= 0.0,
            _ => true,
        }
    }
}

impl Operation {
    /// The value at two numbers.
    pub fn at(self, a: f64, b: f64) -> f64 {
        match self {
            Operation::Add => a + b,
            Operation::Subtract => a - b,
            Operation::Multiply => a * b,
            Operation::Divide => a / b,
            Operation::Power => a.powf(b),
            Operation::Min => a.min(b),
            Operation::Max => a.max(b),
        }
    }

    /// Whether the operation is defined at finite numbers.
    pub fn is_defined(self, a: f64, b: f64) -> bool {
        match self {
            Operation::Divide => b != 0.0,
            Operation::Power => (a > 0.0) || (a == 0.0 && b >= 0.0) || (a < 0.0 && b.fract() == 0.0),
            _ => true,
        }
    }
}

/// The error function by the vectors' own formula: the standard library has none.
fn erf(x: f64) -> f64 {
    struct One(f64);
    impl compute::Kernel<f64> for One {
        type Output = f64;
        #[inline(always)]
        fn run<V: compute::Lanes<Elem = f64>>(self) -> f64 {
            let mut out = [0.0];
            compute::functions::erf(V::splat(self.0)).store_part(&mut out);
            out[0]
        }
    }
    <f64 as compute::Scalar>::dispatch(compute::SimdPath::Portable, One(x))
}
