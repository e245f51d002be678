//! Reading what serde's derive cannot say: a number or a list, a name or an object.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A tagged enum whose variants without required fields may be given by their name alone: `"he"` for `{ "type": "he" }`.
pub fn tagged_or_name<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let value = match Value::deserialize(deserializer)? {
        Value::String(name) => serde_json::json!({ "type": name }),
        other => other,
    };
    serde_json::from_value(value).map_err(D::Error::custom)
}

/// The input's shape: `n` stands for `[n]`, and is written back as `n`.
pub mod input {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(shape: &[usize], serializer: S) -> Result<S::Ok, S::Error> {
        match shape {
            [features] => features.serialize(serializer),
            _ => shape.serialize(serializer),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let entries = match &value {
            Value::Array(entries) => entries.as_slice(),
            single => std::slice::from_ref(single),
        };
        let whole = |entry: &Value| entry.as_u64().and_then(|size| usize::try_from(size).ok());
        entries
            .iter()
            .map(whole)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| D::Error::custom(format!("expected a positive integer or a list of them, got {value}")))
    }
}
