//! An activation written as a formula: `{ "fn": "expression", "f": "x * sigmoid(a * x)", "parameters": { "a": 1.5 } }`.

use super::coefficients::{Coefficients, MOST_TRAINED};
use expressions::{Graph, Id, Program};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;

/// A function of the one variable `x`, and its coefficients, of which those that are trained are parameters of the layer.
#[derive(Clone, Serialize)]
pub struct Expression {
    pub f: String,
    #[serde(skip_serializing_if = "is_empty")]
    pub parameters: Coefficients,
    #[serde(skip)]
    pub formula: Arc<Formula>,
}

/// The formula read: variable 0 is x, the trained coefficients follow.
pub struct Formula {
    pub graph: Graph,
    /// f and its first three derivatives by x.
    pub derivatives: [Id; 4],
    /// The derivatives of f by the trained coefficients.
    pub slopes: Vec<Id>,
    /// f and its derivative by x.
    pub program: Program,
}

fn is_empty(coefficients: &Coefficients) -> bool {
    coefficients.0.is_empty()
}

impl Expression {
    /// # Errors
    /// What is wrong with the formula or its coefficients, in a sentence.
    pub fn new(f: String, parameters: Coefficients) -> Result<Self, String> {
        parameters.clear_of(&["x"])?;
        let mut graph = Graph::new();
        let value = parameters.read("f", &f, &["x"], &mut graph).map_err(|error| error.message)?;
        let used = graph.variables(value);
        if let Some((_, unused)) = (1..).zip(parameters.trained()).find(|(variable, _)| !used.contains(variable)) {
            return Err(format!("parameters: {} is trained, but f does not depend on it", unused.name));
        }
        let mut derivatives = [value; 4];
        for order in 1..4 {
            derivatives[order] = graph.derivative(derivatives[order - 1], 0);
        }
        let count = parameters.trained().count();
        if count > MOST_TRAINED {
            return Err(format!("parameters: expected at most {MOST_TRAINED} that are trained, got {count}"));
        }
        let slopes: Vec<Id> = (0..count).map(|k| graph.derivative(value, 1 + k as u32)).collect();
        let program = Program::new(&graph, &derivatives[..2], 1 + count);
        let formula = Arc::new(Formula { graph, derivatives, slopes, program });
        Ok(Expression { f, parameters, formula })
    }

    /// f and its first three derivatives at `x`, its trained coefficients as they begin.
    pub fn derivatives(&self, x: f64) -> [f64; 4] {
        let values = self.formula.graph.evaluate(&[&[x], &self.parameters.initial()[..]].concat());
        self.formula.derivatives.map(|id| values[id.index()])
    }

    /// f and its derivative at `x`, and its derivatives by the trained coefficients, which are `trained`.
    pub fn at(&self, x: f64, trained: &[f64]) -> (f64, f64, Vec<f64>) {
        let Formula { graph, derivatives, slopes, .. } = &*self.formula;
        let values = graph.evaluate(&[&[x], trained].concat());
        let of = |id: &Id| values[id.index()];
        (of(&derivatives[0]), of(&derivatives[1]), slopes.iter().map(of).collect())
    }

    /// Whether f has all its derivatives everywhere.
    pub fn is_smooth(&self) -> bool {
        self.formula.graph.is_smooth(self.formula.derivatives[0])
    }
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?} with {:?}", self.f, self.parameters.0)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        (&self.f, &self.parameters) == (&other.f, &other.parameters)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Described {
            f: String,
            #[serde(default)]
            parameters: Coefficients,
        }
        let Described { f, parameters } = Described::deserialize(deserializer)?;
        Expression::new(f, parameters).map_err(D::Error::custom)
    }
}
