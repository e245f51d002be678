//! Outputs of a network as formulas of its inputs and of what came before: hard constraints, such as `x * (1 - x) * u`, which is
//! zero at both ends whatever u is (Lagaris et al. 1998).

use super::coefficients::Coefficients;
use expressions::{Graph, Id};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Formulas of the network's inputs `variables` and of the features `outputs` that reach the layer; one feature each. Stands in
/// the network's own list of layers.
#[derive(Clone, Serialize)]
pub struct Transform {
    #[serde(serialize_with = "one_or_many")]
    pub f: Vec<String>,
    pub variables: Vec<String>,
    pub outputs: Vec<String>,
    #[serde(skip_serializing_if = "is_empty")]
    pub parameters: Coefficients,
    #[serde(skip)]
    pub formula: Arc<Mapping>,
}

/// The formulas read: the variables are the inputs, then the features.
pub struct Mapping {
    pub graph: Graph,
    pub values: Vec<Id>,
    /// `slopes[i][j]`: formula i by feature j.
    pub slopes: Vec<Vec<Id>>,
}

fn is_empty(coefficients: &Coefficients) -> bool {
    coefficients.0.is_empty()
}

fn one_or_many<S: Serializer>(all: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match all {
        [one] => serializer.serialize_str(one),
        many => many.serialize(serializer),
    }
}

impl Transform {
    /// # Errors
    /// What is wrong with the formulas or their names, in a sentence.
    pub fn new(
        f: Vec<String>,
        variables: Vec<String>,
        outputs: Vec<String>,
        parameters: Coefficients,
    ) -> Result<Self, String> {
        if f.is_empty() {
            return Err("f: expected at least one formula, got none".to_owned());
        }
        if let Some(own) = parameters.trained().next() {
            return Err(format!("parameters: {} is trained, which those of a transform cannot be", own.name));
        }
        let names: Vec<&str> = variables.iter().chain(&outputs).map(String::as_str).collect();
        for (place, name) in names.iter().enumerate() {
            if !expressions::is_free(name) {
                let expected = "expected names of letters and digits that are no function or constant";
                return Err(format!("{expected}, got {name:?}"));
            }
            if names[..place].contains(name) {
                return Err(format!("expected different names, got {name:?} twice"));
            }
        }
        parameters.clear_of(&names)?;
        let mut graph = Graph::new();
        let read = |text: &String| parameters.read("f", text, &names, &mut graph).map_err(|error| error.message);
        let values = f.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let (d, m) = (variables.len(), outputs.len());
        let mut row = |&value: &Id| (0..m).map(|o| graph.derivative(value, (d + o) as u32)).collect();
        let slopes = values.iter().map(&mut row).collect();
        let formula = Arc::new(Mapping { graph, values, slopes });
        Ok(Transform { f, variables, outputs, parameters, formula })
    }

    /// The values at inputs `x` and features `u`, and `slopes[i][j]`, value i by feature j.
    pub fn at(&self, x: &[f64], u: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let Mapping { graph, values, slopes } = &*self.formula;
        let all = graph.evaluate(&[x, u].concat());
        let of = |id: &Id| all[id.index()];
        (values.iter().map(of).collect(), slopes.iter().map(|row| row.iter().map(of).collect()).collect())
    }
}

impl std::fmt::Debug for Transform {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?} of {:?}, {:?} with {:?}", self.f, self.variables, self.outputs, self.parameters.0)
    }
}

impl PartialEq for Transform {
    fn eq(&self, other: &Self) -> bool {
        let parts = |own: &Self| (own.f.clone(), own.variables.clone(), own.outputs.clone(), own.parameters.clone());
        parts(self) == parts(other)
    }
}

impl<'de> Deserialize<'de> for Transform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Formulas {
            One(String),
            Many(Vec<String>),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Described {
            f: Formulas,
            #[serde(default = "input")]
            variables: Vec<String>,
            #[serde(default = "output")]
            outputs: Vec<String>,
            #[serde(default)]
            parameters: Coefficients,
        }
        fn input() -> Vec<String> {
            vec!["x".to_owned()]
        }
        fn output() -> Vec<String> {
            vec!["u".to_owned()]
        }
        let Described { f, variables, outputs, parameters } = Described::deserialize(deserializer)?;
        let f = match f {
            Formulas::One(one) => vec![one],
            Formulas::Many(many) => many,
        };
        Transform::new(f, variables, outputs, parameters).map_err(D::Error::custom)
    }
}
