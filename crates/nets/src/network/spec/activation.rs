//! The activation functions and their parameters: `{ "type": "activation", "fn": "leakyRelu", "slope": 0.1 }`.

use super::Expression;
use serde::{Deserialize, Serialize};

/// An entrywise function. Values and derivatives: `crate::network::activations`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fn", rename_all = "camelCase", deny_unknown_fields)]
pub enum Activation {
    /// max(x, 0); the derivative at 0 is 0.
    Relu {},
    /// x above 0, `slope` x at and below it. Default slope 0.01.
    LeakyRelu {
        #[serde(default = "leaky_slope")]
        slope: f64,
    },
    /// min(max(x, 0), `max`), ReLU6 with 6; the derivative is 1 up to `max` and 0 above it. Default max 6.
    ClippedRelu {
        #[serde(default = "six")]
        max: f64,
    },
    /// x above 0, `alpha` (exp(x) - 1) at and below it. Default alpha 1.
    Elu {
        #[serde(default = "one")]
        alpha: f64,
    },
    /// x / (1 + exp(-x)).
    Silu {},
    Tanh {},
    /// 1 / (1 + exp(-x)).
    Sigmoid {},
    Erf {},
    /// x (1 + erf(x / sqrt 2)) / 2: the exact one, not the tanh approximation.
    Gelu {},
    /// sin(omega x). Default omega 1.
    Sin {
        #[serde(default = "one")]
        omega: f64,
    },
    /// cos(omega x). Default omega 1.
    Cos {
        #[serde(default = "one")]
        omega: f64,
    },
    /// ln(1 + exp(x)).
    Softplus {},
    /// exp(-x^2 / (2 a^2)). Default a 1.
    Gaussian {
        #[serde(default = "one")]
        a: f64,
    },
    /// (1 - (x/a)^2) exp(-x^2 / (2 a^2)). Default a 1.
    Ricker {
        #[serde(default = "one")]
        a: f64,
    },
    /// The linear B-spline on [0, 2]: x on [0, 1), 2 - x on [1, 2), else 0 (Hong et al. 2022).
    Hat {},
    /// Any formula of x.
    Expression(Expression),
}

fn one() -> f64 {
    1.0
}

fn six() -> f64 {
    6.0
}

fn leaky_slope() -> f64 {
    0.01
}

impl Activation {
    /// The name in the description.
    pub fn name(&self) -> &'static str {
        match self {
            Activation::Relu {} => "relu",
            Activation::LeakyRelu { .. } => "leakyRelu",
            Activation::ClippedRelu { .. } => "clippedRelu",
            Activation::Elu { .. } => "elu",
            Activation::Silu {} => "silu",
            Activation::Tanh {} => "tanh",
            Activation::Sigmoid {} => "sigmoid",
            Activation::Erf {} => "erf",
            Activation::Gelu {} => "gelu",
            Activation::Sin { .. } => "sin",
            Activation::Cos { .. } => "cos",
            Activation::Softplus {} => "softplus",
            Activation::Gaussian { .. } => "gaussian",
            Activation::Ricker { .. } => "ricker",
            Activation::Hat {} => "hat",
            Activation::Expression(_) => "expression",
        }
    }

    /// The function as a formula of x, with the derivatives at its kinks that it has here.
    pub fn expression(&self) -> Expression {
        let text = match self {
            Activation::Expression(expression) => return expression.clone(),
            Activation::Relu {} => "relu(x)".to_owned(),
            Activation::LeakyRelu { slope } => format!("({slope:?}) * x + (1 - ({slope:?})) * relu(x)"),
            Activation::ClippedRelu { max } => format!("relu(x) - relu(x - ({max:?}))"),
            Activation::Elu { alpha } => format!("relu(x) + ({alpha:?}) * (exp(x - relu(x)) - 1)"),
            Activation::Silu {} => "silu(x)".to_owned(),
            Activation::Tanh {} => "tanh(x)".to_owned(),
            Activation::Sigmoid {} => "sigmoid(x)".to_owned(),
            Activation::Erf {} => "erf(x)".to_owned(),
            Activation::Gelu {} => "gelu(x)".to_owned(),
            Activation::Sin { omega } => format!("sin(({omega:?}) * x)"),
            Activation::Cos { omega } => format!("cos(({omega:?}) * x)"),
            Activation::Softplus {} => "softplus(x)".to_owned(),
            Activation::Gaussian { a } => format!("gaussian(x / ({a:?}))"),
            Activation::Ricker { a } => format!("(1 - (x / ({a:?}))^2) * gaussian(x / ({a:?}))"),
            Activation::Hat {} => "relu(x) - 2 * relu(x - 1) + relu(x - 2)".to_owned(),
        };
        Expression::new(text, super::Coefficients::default()).expect("a formula of x alone")
    }
}
