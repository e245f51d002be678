//! Named numbers of a formula: `{ "a": 1.5 }`, or `{ "a": { "value": 1.5, "trainable": true } }`.

use crate::network::json;
use expressions::{Graph, Id, Named, Names};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// A number that a formula calls by a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    pub name: String,
    /// What it is; where it is trained, what it begins with.
    pub value: f64,
    pub trainable: bool,
}

/// No formula has more coefficients that are trained.
pub const MOST_TRAINED: usize = 16;

/// In the order of their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coefficients(pub Vec<Coefficient>);

impl Coefficients {
    /// Those that are trained.
    pub fn trained(&self) -> impl Iterator<Item = &Coefficient> {
        self.0.iter().filter(|coefficient| coefficient.trainable)
    }

    /// What they begin with.
    pub fn initial(&self) -> Vec<f64> {
        self.trained().map(|coefficient| coefficient.value).collect()
    }

    /// A formula of `variables` and these: the variables come first, then what is trained; other coefficients are numbers.
    ///
    /// # Errors
    /// What is wrong with the text, its place in it marked.
    pub fn read(&self, what: &str, text: &str, variables: &[&str], graph: &mut Graph) -> base::Result<Id> {
        expressions::read(what, text, &mut Scope { variables, coefficients: self }, graph)
    }

    /// What the name stands for, where `before` variables come before those that are trained.
    pub fn find(&self, name: &str, before: usize) -> Option<Named> {
        if let Some(place) = self.trained().position(|coefficient| coefficient.name == name) {
            return Some(Named::Variable((before + place) as u32));
        }
        self.0.iter().find(|coefficient| coefficient.name == name).map(|coefficient| Named::Number(coefficient.value))
    }

    /// That no name is one of `taken`.
    ///
    /// # Errors
    /// A sentence that names it.
    pub fn clear_of(&self, taken: &[&str]) -> Result<(), String> {
        match self.0.iter().find(|coefficient| taken.contains(&coefficient.name.as_str())) {
            Some(Coefficient { name, .. }) => Err(format!("parameters: {name} is the name of a variable here")),
            None => Ok(()),
        }
    }
}

struct Scope<'a> {
    variables: &'a [&'a str],
    coefficients: &'a Coefficients,
}

impl Names for Scope<'_> {
    fn find(&mut self, name: &str) -> Result<Option<Named>, String> {
        let variable = self.variables.iter().position(|known| *known == name);
        let variable = variable.map(|place| Named::Variable(place as u32));
        Ok(variable.or_else(|| self.coefficients.find(name, self.variables.len())))
    }

    fn known(&self) -> Vec<String> {
        let coefficients = self.coefficients.0.iter().map(|coefficient| coefficient.name.clone());
        self.variables.iter().map(|name| (*name).to_owned()).chain(coefficients).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    value: f64,
    #[serde(default)]
    trainable: bool,
}

impl<'de> Deserialize<'de> for Coefficients {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Map::<String, Value>::deserialize(deserializer)?;
        let read = |(name, value): (String, Value)| {
            if !expressions::is_free(&name) {
                return Err(D::Error::custom(format!(
                    "expected names of letters and digits that are no function or constant, got {name:?}"
                )));
            }
            let Described { value, trainable } = match value {
                Value::Number(number) => {
                    Described { value: number.as_f64().unwrap_or(f64::INFINITY), trainable: false }
                }
                object @ Value::Object(_) => serde_json::from_value(object).map_err(D::Error::custom)?,
                other => {
                    let got = json::found(&other);
                    let message = format!("{name}: expected a number or {{ value, trainable }}, got {got}");
                    return Err(D::Error::custom(message));
                }
            };
            if !value.is_finite() {
                return Err(D::Error::custom(format!("{name}: expected a finite number, got {value}")));
            }
            Ok(Coefficient { name, value, trainable })
        };
        let mut all = map.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Coefficients(all))
    }
}

impl Serialize for Coefficients {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = |coefficient: &Coefficient| match coefficient.trainable {
            true => json!({ "value": coefficient.value, "trainable": true }),
            false => json!(coefficient.value),
        };
        serializer.collect_map(self.0.iter().map(|coefficient| (&coefficient.name, value(coefficient))))
    }
}
