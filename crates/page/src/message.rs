//! Requests and answers as bytes: JSON with a list of arrays, whose numbers follow it.

use base::{Error, Result};
use nets::{Array, Arrays, Values};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// A request or an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub body: Map<String, Value>,
    /// Each under all names by which it is asked for.
    pub arrays: Vec<(Vec<String>, Array)>,
}

/// How an array stands in the JSON, under `arrays`.
#[derive(Serialize, Deserialize)]
struct Listed {
    names: Vec<String>,
    shape: Vec<usize>,
    /// Whether its numbers are f32; else f64.
    single: bool,
}

const HEAD: usize = 8;

fn aligned(bytes: usize) -> usize {
    bytes.next_multiple_of(8)
}

impl Message {
    /// An answer of fields and arrays.
    pub fn new(body: Value, arrays: Vec<(String, Array)>) -> Self {
        let body = if let Value::Object(body) = body { body } else { Map::new() };
        Message { body, arrays: arrays.into_iter().map(|(name, array)| (vec![name], array)).collect() }
    }

    /// `{ error: "CODE: message" }`, as the Node-API binding throws it.
    pub fn error(error: &Error) -> Self {
        Self::new(json!({ "error": error.to_string() }), vec![])
    }

    pub fn read(bytes: &[u8]) -> Result<Self> {
        let cut = || Error::argument("request: expected a message, got one that is cut off");
        let length = bytes.get(..4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes).ok_or_else(cut)? as usize;
        let text = bytes.get(HEAD..HEAD.saturating_add(length)).ok_or_else(cut)?;
        let invalid = |error: serde_json::Error| Error::argument(format!("request: expected JSON: {error}"));
        let mut body: Map<String, Value> = serde_json::from_slice(text).map_err(invalid)?;
        let listed: Vec<Listed> = match body.remove("arrays") {
            None => vec![],
            Some(listed) => serde_json::from_value(listed).map_err(invalid)?,
        };
        let mut at = HEAD + aligned(length);
        let mut arrays = Vec::with_capacity(listed.len());
        for Listed { names, shape, single } in listed {
            let count = base::memory::product(&shape);
            let size = count.saturating_mul(if single { 4 } else { 8 });
            let raw = bytes.get(at..at.saturating_add(size)).ok_or_else(cut)?;
            let values = if single {
                Values::F32(raw.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
            } else {
                Values::F64(raw.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
            };
            arrays.push((names, Array { values, shape }));
            at += aligned(size);
        }
        Ok(Message { body, arrays })
    }

    pub fn bytes(self) -> Vec<u8> {
        let Message { mut body, arrays } = self;
        let list = |(names, array): &(Vec<String>, Array)| json!({ "names": names, "shape": array.shape, "single": matches!(array.values, Values::F32(_)) });
        body.insert("arrays".into(), arrays.iter().map(list).collect());
        let text = Value::Object(body).to_string();
        let mut out = vec![0; HEAD];
        out.extend(text.as_bytes());
        out.resize(aligned(out.len()), 0);
        for (_, array) in arrays {
            match array.values {
                Values::F32(values) => out.extend(values.iter().flat_map(|v| v.to_le_bytes())),
                Values::F64(values) => out.extend(values.iter().flat_map(|v| v.to_le_bytes())),
            }
            out.resize(aligned(out.len()), 0);
        }
        let rest = (out.len() - HEAD) as u32;
        out[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
        out[4..HEAD].copy_from_slice(&rest.to_le_bytes());
        out
    }

    /// A field of the JSON.
    pub fn field<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T> {
        let value = self.body.get(name).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|error| Error::argument(format!("{name}: {error}")))
    }

    /// All arrays by name.
    pub fn named(&self) -> Arrays {
        let mut named = HashMap::new();
        for (names, array) in &self.arrays {
            let array = Arc::new(array.clone());
            named.extend(names.iter().map(|name| (name.clone(), array.clone())));
        }
        Arrays(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_as_they_went() {
        let arrays = vec![
            ("a".to_string(), Array { values: Values::F32(vec![1.5, -2.0, 0.25]), shape: vec![3] }),
            ("b".to_string(), Array::f64(vec![1e-300, f64::NAN.abs().min(4.0)], &[1, 2])),
        ];
        let message = Message::new(json!({ "call": "x", "n": 0.1 }), arrays);
        assert_eq!(Message::read(&message.clone().bytes()).unwrap(), message);
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let bytes = Message::new(json!({ "call": "x" }), vec![("a".into(), Array::f64(vec![1.0; 8], &[8]))]).bytes();
        for length in 0..bytes.len() {
            assert!(Message::read(&bytes[..length]).is_err(), "{length}");
        }
    }
}
