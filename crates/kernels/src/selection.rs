//! Which parameters count as trained: an NTK is a sum over them.

use base::{Error, Result};
use nets::ResolvedNetwork;

/// All parameters, or those of the layers and arrays that are named: `layers.0` (the whole layer, its children too) or
/// `layers.0.weight`.
#[derive(Debug, Clone, Default)]
pub struct Selection(Option<Vec<String>>);

impl Selection {
    pub fn all() -> Self {
        Selection(None)
    }

    /// `INVALID_ARGUMENT` when a name matches none of `parameters`, or when the list is empty.
    pub fn of(names: &[String], parameters: &[String]) -> Result<Self> {
        let chosen = Selection(Some(names.to_vec()));
        if names.is_empty() {
            return Err(Error::argument("layers: expected at least one layer, got none"));
        }
        for name in names {
            if !parameters.iter().any(|p| matches(name, p)) {
                return Err(Error::argument(format!(
                    "layers: nothing of the network is called {name:?}; its parameters are {}",
                    parameters.join(", ")
                )));
            }
        }
        Ok(chosen)
    }

    /// Whether the parameter with this full name (`layers.2.weight`) is selected.
    pub fn has(&self, parameter: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.iter().any(|name| matches(name, parameter)))
    }

    /// Numbers in the selected parameters.
    pub fn count(&self, network: &ResolvedNetwork) -> usize {
        network.parameters.iter().filter(|p| self.has(&p.name)).map(|p| p.range().len()).sum()
    }
}

fn matches(name: &str, parameter: &str) -> bool {
    parameter.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_whole_parts() {
        let all: Vec<String> = ["layers.1.weight", "layers.10.weight"].map(String::from).to_vec();
        let s = Selection::of(&["layers.1".into()], &all).unwrap();
        assert!(s.has("layers.1.weight") && !s.has("layers.10.weight"));
        assert!(Selection::all().has("layers.10.weight"));
        assert!(Selection::of(&["layers.2".into()], &all).is_err());
        assert!(Selection::of(&[], &all).is_err());
    }
}
