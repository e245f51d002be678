//! How weights and biases are drawn. Formulas in `crate::network::init`, which draws them.

use super::parse;
use serde::{Deserialize, Deserializer, Serialize};

/// The family of a scaled initialisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Distribution {
    #[default]
    Normal,
    Uniform,
}

/// How a weight is drawn; a name alone (`"he"`) stands for `{ "type": "he" }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum WeightInit {
    /// N(0, std^2).
    Normal {
        std: f64,
    },
    /// Uniform on (-bound, bound).
    Uniform {
        bound: f64,
    },
    /// Variance 1 / fan_in (LeCun et al. 1998).
    Lecun {
        distribution: Distribution,
    },
    /// Variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010).
    Glorot {
        distribution: Distribution,
    },
    /// Variance 2 / fan_in (He et al. 2015).
    He {
        distribution: Distribution,
    },
    /// Uniform on (-1/sqrt(fan_in), 1/sqrt(fan_in)): the default of PyTorch's Linear and Conv2d, weight and bias.
    Pytorch {},
    /// Sitzmann et al. 2020 with sin(omega x) as its own layer: the first layer uniform on (-1/fan_in, 1/fan_in),
    /// the others on (-sqrt(6/fan_in)/omega, sqrt(6/fan_in)/omega).
    Siren {
        omega: f64,
        first: bool,
    },
    /// N(0, 1), weight and bias: what the `ntk` parameterisation draws.
    Ntk {},
    /// Every weight the same number.
    Constant {
        value: f64,
    },
    Zeros {},
}

/// How a bias is drawn; a number stands for a constant. Without it: with `pytorch` and `siren` uniform on
/// (-1/sqrt(fan_in), 1/sqrt(fan_in)), with `ntk` N(0, 1), else zeros.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum BiasInit {
    Normal { std: f64 },
    Uniform { bound: f64 },
    Constant { value: f64 },
    Zeros {},
}

// The derives above only write; reading goes through these, which accept the short forms too.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
enum WeightForm {
    Normal {
        std: f64,
    },
    Uniform {
        bound: f64,
    },
    Lecun {
        #[serde(default)]
        distribution: Distribution,
    },
    Glorot {
        #[serde(default)]
        distribution: Distribution,
    },
    He {
        #[serde(default)]
        distribution: Distribution,
    },
    Pytorch {},
    Siren {
        #[serde(default = "siren_omega")]
        omega: f64,
        #[serde(default)]
        first: bool,
    },
    Ntk {},
    Constant {
        value: f64,
    },
    Zeros {},
}

fn siren_omega() -> f64 {
    30.0
}

impl<'de> Deserialize<'de> for WeightInit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match parse::tagged_or_name::<D, WeightForm>(deserializer)? {
            WeightForm::Normal { std } => WeightInit::Normal { std },
            WeightForm::Uniform { bound } => WeightInit::Uniform { bound },
            WeightForm::Lecun { distribution } => WeightInit::Lecun { distribution },
            WeightForm::Glorot { distribution } => WeightInit::Glorot { distribution },
            WeightForm::He { distribution } => WeightInit::He { distribution },
            WeightForm::Pytorch {} => WeightInit::Pytorch {},
            WeightForm::Siren { omega, first } => WeightInit::Siren { omega, first },
            WeightForm::Ntk {} => WeightInit::Ntk {},
            WeightForm::Constant { value } => WeightInit::Constant { value },
            WeightForm::Zeros {} => WeightInit::Zeros {},
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
enum BiasForm {
    Normal { std: f64 },
    Uniform { bound: f64 },
    Constant { value: f64 },
    Zeros {},
}

impl<'de> Deserialize<'de> for BiasInit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if let Some(value) = value.as_f64() {
            return Ok(BiasInit::Constant { value });
        }
        let form = parse::tagged_or_name::<_, BiasForm>(value).map_err(serde::de::Error::custom)?;
        Ok(match form {
            BiasForm::Normal { std } => BiasInit::Normal { std },
            BiasForm::Uniform { bound } => BiasInit::Uniform { bound },
            BiasForm::Constant { value } => BiasInit::Constant { value },
            BiasForm::Zeros {} => BiasInit::Zeros {},
        })
    }
}
