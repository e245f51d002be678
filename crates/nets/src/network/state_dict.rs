//! The arrays of a file under the names of a network: this package's own, PyTorch's, with a prefix or without.
//!
//! `layers.0.weight` is `0.weight` in the `state_dict` of a `Sequential`, and `net.0.weight` or `module.net.0.weight` where
//! that is an attribute of another module. What stands before the number is the same for all arrays of a network.

use crate::network::arrays::Array;
use crate::network::shapes::{Parameter, ResolvedNetwork};
use base::{Code, Error, Result};

/// What this package puts before the number of a layer.
const OWN: &str = "layers.";

/// The arrays named as `network` names them: each of its parameters and buffers once, with its shape. The batches that a
/// normalisation has counted (`num_batches_tracked`) are left out.
///
/// # Errors
/// `IO` naming what is missing or has no place, and the names that are there; `INVALID_SHAPE`.
pub fn matched(network: &ResolvedNetwork, mut arrays: Vec<(String, Array)>) -> Result<Vec<(String, Array)>> {
    arrays.retain(|(name, _)| !name.ends_with("num_batches_tracked"));
    let places: Vec<&Parameter> = network.parameters.iter().chain(&network.buffers).collect();
    let prefix = prefix(&places, &arrays)?;
    let placed = |(name, array): (String, Array)| {
        let own = name.strip_prefix(&prefix).map(|rest| format!("{OWN}{rest}"));
        match places.iter().find(|place| Some(&place.name) == own.as_ref()) {
            Some(place) if place.shape == array.shape => Ok((place.name.clone(), array)),
            Some(place) => {
                let file = if name == place.name { String::new() } else { format!(" (as {name})") };
                let (expected, got) = (&place.shape, &array.shape);
                Err(Error::shape(format!("{}{file}: expected shape {expected:?}, got {got:?}", place.name)))
            }
            None => {
                let all = list(places.iter().map(|place| &place.name));
                Err(Error::new(Code::Io, format!("{name} has no place in this network, which has {all}")))
            }
        }
    };
    arrays.into_iter().map(placed).collect()
}

/// What stands before the number in every name: this package's own, nothing, or the one under which all arrays are there.
fn prefix(places: &[&Parameter], arrays: &[(String, Array)]) -> Result<String> {
    let has = |prefix: &str, place: &Parameter| {
        let rest = place.name.strip_prefix(OWN).unwrap_or(&place.name);
        arrays.iter().any(|(name, _)| name.strip_prefix(prefix) == Some(rest))
    };
    let missing = |prefix: &str| places.iter().find(|place| !has(prefix, place));
    let Some(first) = places.first() else { return Ok(OWN.into()) };
    let rest = first.name.strip_prefix(OWN).unwrap_or(&first.name);
    let found = arrays.iter().filter_map(|(name, _)| name.strip_suffix(rest));
    let mut candidates: Vec<&str> = found.filter(|prefix| prefix.is_empty() || prefix.ends_with('.')).collect();
    // The package's own names, then none, go before all others.
    candidates.sort_by_key(|prefix| (*prefix != OWN, !prefix.is_empty()));
    let whole: Vec<&str> = candidates.iter().copied().filter(|prefix| missing(prefix).is_none()).collect();
    match whole[..] {
        [one] => return Ok(one.into()),
        [one, ..] if one == OWN || one.is_empty() => return Ok(one.into()),
        [one, other, ..] => {
            let message = format!("the arrays of this network are there more than once, as {one}... and {other}...");
            return Err(Error::new(Code::Io, message));
        }
        [] => {}
    }
    let (prefix, named) =
        candidates.first().map_or((OWN, OWN), |prefix| (*prefix, if prefix.is_empty() { OWN } else { prefix }));
    let absent = missing(prefix).unwrap_or(first);
    let absent = absent.name.replacen(OWN, named, 1);
    let there = list(arrays.iter().map(|(name, _)| name));
    Err(Error::new(Code::Io, format!("{absent} is missing; the file has {there}")))
}

/// Up to two dozen names.
fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    const MOST: usize = 24;
    let names: Vec<&str> = names.map(String::as_str).collect();
    match names.len() {
        0 => "no arrays".into(),
        count if count > MOST => format!("{} and {} more", names[..MOST].join(", "), count - MOST),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NetworkSpec, resolve};

    /// A network of `layers.0.weight [2, 1]`, `layers.0.bias [2]`.
    fn network() -> ResolvedNetwork {
        let spec = r#"{ "input": 1, "layers": [{ "type": "dense", "units": 2 }] }"#;
        resolve(&NetworkSpec::from_json(spec).unwrap()).unwrap()
    }

    fn of(names: &[&str]) -> Result<Vec<String>> {
        let shape = |name: &str| if name.ends_with("weight") { vec![2, 1] } else { vec![2] };
        let arrays = names.iter().map(|name| (name.to_string(), Array::f64(vec![0.0; 2], &shape(name)))).collect();
        matched(&network(), arrays).map(|arrays| arrays.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn prefixes_are_found() {
        for prefix in ["layers.", "", "net.", "module.net.", "model.layers."] {
            let names = ["0.weight", "0.bias"].map(|name| format!("{prefix}{name}"));
            let found = of(&[&names[0], &names[1], "x.num_batches_tracked"]).unwrap();
            assert_eq!(found, ["layers.0.weight", "layers.0.bias"], "{prefix}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_what_is_there() {
        let message = |names: &[&str]| of(names).unwrap_err().message;
        let two = message(&["a.0.weight", "a.0.bias", "b.0.weight", "b.0.bias"]);
        assert!(two.contains("a....") && two.contains("b...."), "{two}");
        assert_eq!(message(&["0.weight"]), "layers.0.bias is missing; the file has 0.weight");
        assert_eq!(message(&["net.0.weight", "mask"]), "net.0.bias is missing; the file has net.0.weight, mask");
        assert_eq!(message(&[]), "layers.0.weight is missing; the file has no arrays");
        for extra in ["head.weight", "layers.0.weight"] {
            let message = message(&["net.0.weight", "net.0.bias", extra]);
            assert!(message.starts_with(&format!("{extra} has no place")), "{message}");
        }
        // `10.weight` is not `0.weight` with a prefix of 1.
        assert!(message(&["10.weight", "10.bias"]).contains("layers.0.weight is missing"));
    }
}
