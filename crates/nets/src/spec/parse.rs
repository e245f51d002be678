//! Reading what serde's derive cannot say: a number or a list, a name or an object, errors with the layer's place.

use super::LayerSpec;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// `layers`: each entry read on its own, so that an error says which one it was.
pub fn layer_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LayerSpec>, D::Error> {
    let entries = Vec::<Value>::deserialize(deserializer)?;
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| read(entry).map_err(|error| D::Error::custom(format!("layers.{index}: {error}"))))
        .collect()
}

/// `branches`: lists of layers.
pub fn branch_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<LayerSpec>>, D::Error> {
    let branches = Vec::<Vec<Value>>::deserialize(deserializer)?;
    let mut lists = Vec::with_capacity(branches.len());
    for (branch, entries) in branches.into_iter().enumerate() {
        let mut list = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            list.push(read(entry).map_err(|error| D::Error::custom(format!("branches.{branch}.{index}: {error}")))?);
        }
        lists.push(list);
    }
    Ok(lists)
}

/// A tagged enum whose variants without required fields may be given by their name alone: `"he"` for `{ "type": "he" }`.
pub fn tagged_or_name<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let value = match Value::deserialize(deserializer)? {
        Value::String(name) => serde_json::json!({ "type": name }),
        other => other,
    };
    read(value).map_err(D::Error::custom)
}

/// From JSON; serde would take a number for a function's place in the list of all.
pub fn read<T: DeserializeOwned>(value: Value) -> serde_json::Result<T> {
    match value.get("fn") {
        Some(name) if !name.is_string() => {
            Err(serde_json::Error::custom(format!("fn: expected the name of a function, got {name}")))
        }
        _ => serde_json::from_value(value),
    }
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
        entries.iter().map(whole).collect::<Option<Vec<_>>>().ok_or_else(|| {
            D::Error::custom(format!("input: expected a positive integer or a list of them, got {value}"))
        })
    }
}
