//! A text's values, where nothing else is wanted of it.

use crate::{Graph, Program, Scope};
use base::{Error, Result};

/// The values of `text` over points; `names` are those of the points' coordinates, which come one array each, equally long.
///
/// # Errors
/// `INVALID_ARGUMENT` for a text that cannot be read, at its character; `what` is the option's name, for messages.
/// `NON_FINITE` where a value is no number, with the point's place.
pub fn evaluate(what: &str, text: &str, names: &[&str], coordinates: &[&[f64]]) -> Result<Vec<f64>> {
    let points = coordinates.first().map_or(0, |values| values.len());
    if names.len() != coordinates.len() || coordinates.iter().any(|values| values.len() != points) {
        return Err(Error::shape(format!("{what}: expected {} arrays of one length", names.len())));
    }
    let mut graph = Graph::new();
    let root = Scope::new(names).read(what, text, &mut graph)?;
    let mut values = vec![0.0; points];
    Program::new(&graph, &[root], names.len()).run::<f64>(coordinates, &mut [&mut values[..]]);
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(place) => {
            let point: Vec<String> =
                names.iter().zip(coordinates).map(|(name, v)| format!("{name} = {}", v[place])).collect();
            Err(Error::non_finite(format!("{what}: {text:?} is {} at {}", values[place], point.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_what_has_none() {
        let x = [0.0, 0.5, 2.0];
        assert_eq!(evaluate("f", "x^2 + 1", &["x"], &[&x]).unwrap(), vec![1.0, 1.25, 5.0]);
        assert_eq!(evaluate("f", "x * y", &["x", "y"], &[&x, &x]).unwrap(), vec![0.0, 0.25, 4.0]);
        assert!(evaluate("f", "1 / x", &["x"], &[&x]).unwrap_err().message.contains("at x = 0"));
        assert!(evaluate("f", "x", &["x", "y"], &[&x]).is_err());
        assert!(evaluate("f", "z", &["x"], &[&x]).is_err());
    }
}
