//! Descriptions from JSON, with errors that say where: `spec.layers.2.init.type: expected 'he', ... , got "hee"; did you
//! mean 'he'?`
//!
//! Serde loses the place of an error inside tagged enums, which it reads from a buffer. So the place is found from
//! outside, once there is an error: of a list or an object only the first k entries are kept, and the first k that brings the
//! same error names the entry to look into. What decides how an object is read (`type`, `fn`) is always kept.
//!
//! ```
//! use nets::training::TrainSpec;
//! let wrong = r#"{ "steps": 1, "loss": "mse", "optimizer": { "type": "SGD", "learningRate": 1 } }"#;
//! let message = TrainSpec::from_json(wrong).unwrap_err().message;
//! assert!(message.starts_with("optimizer.type: expected 'sgd', "), "{message}");
//! ```

use base::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Names that decide how an object is read.
const TAGS: [&str; 2] = ["type", "fn"];

/// The JSON in `text`.
///
/// # Errors
/// `INVALID_ARGUMENT` for what is no JSON.
pub fn parse(text: &str, place: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error::argument(format!("{place}: {}", fault(&error, text))))
}

/// What is wrong with a text that is no JSON, and where.
pub(crate) fn fault(error: &serde_json::Error, text: &str) -> String {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        return format!("expected JSON, but it ends at line {line}, column {column}, before it is whole");
    }
    let found = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let near: String = found.chars().skip(column.saturating_sub(11)).take(20).collect();
    format!("expected JSON, but it is none from line {line}, column {column} on, near {near:?}")
}

/// Where a name that decides how an object is read is a number: serde would take it for a place in the list of all.
fn numbered(node: &Value, path: &mut Vec<String>) -> bool {
    let mut inner = |key: String, child: &Value| {
        path.push(key);
        let found = numbered(child, path);
        if !found {
            path.pop();
        }
        found
    };
    match node {
        Value::Array(list) => list.iter().enumerate().any(|(index, child)| inner(index.to_string(), child)),
        Value::Object(map) => match TAGS.into_iter().find(|tag| map.get(*tag).is_some_and(Value::is_number)) {
            Some(tag) => {
                path.push(tag.to_string());
                true
            }
            None => map.iter().any(|(key, child)| inner(key.clone(), child)),
        },
        _ => false,
    }
}

/// A description from JSON.
///
/// # Errors
/// `INVALID_ARGUMENT` names the place (below `place`, which may be empty), what was expected and what came.
pub fn read<T: DeserializeOwned>(value: &Value, place: &str) -> Result<T> {
    let mut path = Vec::new();
    if numbered(value, &mut path) {
        let message = format!("expected a name, got {}", at(value, &path));
        return Err(Error::argument(placed(place, path, &message)));
    }
    let failure = |value: &Value| T::deserialize(value).err().map(|error| error.to_string());
    match T::deserialize(value) {
        Ok(found) => Ok(found),
        Err(error) => {
            let message = error.to_string();
            let path = locate(value, &message, &failure);
            Err(Error::argument(explain(value, place, path, &message)))
        }
    }
}

/// Where in `root` the error `message` comes from: keys and indices, outermost first.
fn locate(root: &Value, message: &str, failure: &dyn Fn(&Value) -> Option<String>) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    let fails =
        |path: &[String], node: Value| failure(&replaced(root, path, node)).is_some_and(|found| found == message);
    loop {
        let node = at(root, &path);
        let keys: Vec<String> = match node {
            Value::Object(map) if !lacks(map, message, |node| failure(&replaced(root, &path, node))) => {
                // The tags last: what is wrong with them is so without the others.
                let (tags, plain): (Vec<_>, Vec<_>) = map.keys().cloned().partition(|key| TAGS.contains(&key.as_str()));
                plain.into_iter().chain(tags).collect()
            }
            Value::Array(list) => (0..list.len()).map(|index| index.to_string()).collect(),
            _ => return path,
        };
        if !fails(&path, kept(node, &[])) {
            // What fails with some of the entries fails with more of them: the list may be long, so halves are tried.
            let counts: Vec<usize> = (1..=keys.len()).collect();
            let last = counts.partition_point(|&count| !fails(&path, kept(node, &keys[..count])));
            let Some(key) = keys.get(last) else { return path };
            path.push(key.clone());
            continue;
        }
        // Nothing but the tags: one of them, unless it is what is missing.
        let tag = keys.into_iter().find(|key| {
            let Value::Object(map) = node else { return false };
            let without: Map<_, _> =
                map.iter().filter(|(name, _)| *name != key).map(|(k, v)| (k.clone(), v.clone())).collect();
            TAGS.contains(&key.as_str()) && !message.starts_with("missing") && !fails(&path, Value::Object(without))
        });
        path.extend(tag);
        return path;
    }
}

/// Whether the field that `message` misses is missing in this object: with it, the error is another one, and not that the
/// object knows no such field.
fn lacks(map: &Map<String, Value>, message: &str, failure: impl Fn(Value) -> Option<String>) -> bool {
    let Some(field) = quoted(message.strip_prefix("missing field ").unwrap_or_default()).next() else { return false };
    let mut with = map.clone();
    if with.insert(field.to_string(), Value::Null).is_some() {
        return false;
    }
    let found = failure(Value::Object(with)).unwrap_or_default();
    found != message && !found.starts_with(&format!("unknown field `{field}`"))
}

fn at<'a>(root: &'a Value, path: &[String]) -> &'a Value {
    path.iter().fold(root, |node, key| {
        match node {
            Value::Array(list) => key.parse::<usize>().ok().and_then(|index| list.get(index)),
            other => other.get(key),
        }
        .unwrap_or(&Value::Null)
    })
}

/// `root` with another node at `path`.
fn replaced(root: &Value, path: &[String], node: Value) -> Value {
    let Some((key, rest)) = path.split_first() else { return node };
    let mut copy = root.clone();
    let inner = match &mut copy {
        Value::Array(list) => key.parse::<usize>().ok().and_then(|index| list.get_mut(index)),
        Value::Object(map) => map.get_mut(key),
        _ => None,
    };
    if let Some(inner) = inner {
        *inner = replaced(inner, rest, node);
    }
    copy
}

/// A list or an object with these of its entries alone, and its tags.
fn kept(node: &Value, keys: &[String]) -> Value {
    match node {
        Value::Array(list) => list[..keys.len()].into(),
        Value::Object(map) => {
            let keys: HashSet<&String> = keys.iter().collect();
            let wanted = |name: &String| TAGS.contains(&name.as_str()) || keys.contains(name);
            Value::Object(map.iter().filter(|(name, _)| wanted(name)).map(|(k, v)| (k.clone(), v.clone())).collect())
        }
        other => other.clone(),
    }
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Serde's message in the words of this package.
fn explain(root: &Value, place: &str, mut path: Vec<String>, message: &str) -> String {
    let mut names = quoted(message);
    let name = names.next().unwrap_or_default().to_string();
    let others: Vec<&str> = names.collect();
    let got = at(root, &path).clone();
    let text = if message.starts_with("unknown field") {
        path.pop_if(|last| *last == name);
        let list = if others.is_empty() { "there is none".into() } else { format!("there is: {}", others.join(", ")) };
        let hint = nearest(&name, &others).map_or(list, |near| format!("did you mean \"{near}\"?"));
        format!("there is no \"{name}\"; {hint}")
    } else if message.starts_with("unknown variant") {
        // A name that is a key, as in `{ "every": 2 }`.
        path.pop_if(|last| *last == name);
        let hint = nearest(&name, &others).map_or(String::new(), |near| format!("; did you mean '{near}'?"));
        format!("expected {}, got \"{name}\"{hint}", alternatives(&others))
    } else if message.starts_with("missing field") {
        path.push(name);
        "expected a value, got nothing".into()
    } else if let Some((wrong, expected)) = message.split_once(", expected ") {
        if wrong.starts_with("invalid length") {
            path.pop_if(|last| last.parse::<usize>().is_ok());
        }
        format!("expected {}, got {}", kind(expected), shown(at(root, &path)))
    } else if message.contains(" got ") {
        // What read the whole list names the whole list.
        let whole = path.split_last().map(|(_, parent)| format!("got {}", at(root, parent)));
        if whole.is_some_and(|whole| message.ends_with(&whole)) {
            path.pop();
        }
        message.to_string()
    } else {
        format!("{message}, got {}", shown(&got))
    };
    placed(place, path, &text)
}

fn placed(place: &str, path: Vec<String>, text: &str) -> String {
    let all = [place.to_string()].into_iter().filter(|place| !place.is_empty()).chain(path).collect::<Vec<_>>();
    if all.is_empty() { text.to_string() } else { format!("{}: {text}", all.join(".")) }
}

/// `'a', 'b' or 'c'`.
fn alternatives(names: &[&str]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => all.concat(),
    }
}

/// The name that was probably meant: no more than half of it is to change.
fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let distance = |other: &str| strsim::levenshtein(&lower, &other.to_lowercase());
    let best = names.iter().copied().min_by_key(|other| distance(other))?;
    (distance(best) <= best.chars().count().div_ceil(2).max(2)).then_some(best)
}

/// Rust's name of a type, for those who do not write Rust.
fn kind(expected: &str) -> &str {
    match expected {
        "f64" => "a number",
        "u64" | "usize" => "an integer of at least 0",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum") => "an object",
        other if other.contains("enum") => "a name",
        other => other,
    }
}

/// A value of the wrong kind, for the message of what reads it: a list is called one, whatever is in it, or [`locate`] would
/// look for the entry that is wrong.
pub(crate) fn found(value: &Value) -> String {
    if value.is_array() { "a list".into() } else { shown(value) }
}

/// A value in an error, cut where it is long.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
