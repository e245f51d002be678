//! What a network is: plain JSON, `{ input, layers }`, each layer tagged by its `type`.
//!
//! Field names are camelCase, defaults are those of the documentation on each type, and an unknown
//! field is refused with its place:
//!
//! ```
//! let spec = nets::NetworkSpec::from_json(r#"{ "input": 1, "layers": [
//!     { "type": "dense", "units": 40 }, { "type": "activation", "fn": "tanh" }, { "type": "dense", "units": 1 } ] }"#).unwrap();
//! assert_eq!(spec.layers.len(), 3);
//! let wrong = nets::NetworkSpec::from_json(r#"{ "input": 1, "layers": [{ "type": "dense", "unit": 40 }] }"#);
//! assert!(wrong.unwrap_err().message.contains("spec.layers.0: there is no \"unit\""));
//! ```

mod activation;
mod coefficients;
mod expression;
mod init;
mod layers;
mod parse;
mod transform;

pub(crate) use parse::tagged_or_name;

pub use activation::Activation;
pub use coefficients::{Coefficient, Coefficients, MOST_TRAINED};
pub use expression::{Expression, Formula};
pub use init::{BiasInit, Distribution, WeightInit};
pub use layers::{
    Attention, BatchNorm, Branches, Combine, Conv2d, Dense, Flatten, FourierFeatures, Frequencies,
    FrequencyDistribution, LayerNorm, LayerSpec, Modulate, Padding, Pair, Parameterization, Pool2d, PositionEncoding,
    Positions, Residual, SampledFrequencies, Scale, Wave,
};
pub use transform::{Mapping, Transform};

use crate::network::json;
use base::Result;
use serde::{Deserialize, Serialize};

/// A network: the shape of one input sample (without the batch axis) and the layers in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// `n` or `[n]`: n features; `[channels, height, width]`: an image; `[tokens, features]`: a sequence.
    #[serde(with = "parse::input")]
    pub input: Vec<usize>,
    pub layers: Vec<LayerSpec>,
}

impl NetworkSpec {
    /// Reads a description. `INVALID_ARGUMENT` names the place (`spec.layers.3.branches.0.1.units`).
    pub fn from_json(text: &str) -> Result<Self> {
        json::read(&json::parse(text, "spec")?, "spec")
    }

    /// The description as JSON, with every default written out.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a NetworkSpec holds nothing that JSON cannot")
    }
}

#[cfg(test)]
mod tests;
