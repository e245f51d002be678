//! Described equations with their points: the samples the network sees, and the loss over them.

use super::bind::Bound;
use super::names;
use super::spec::{Condition, ConditionEquation, LossSpec, Periodic};
use crate::network::arrays::{Array, Arrays, finite, fits, join};
use crate::network::shapes::ResolvedNetwork;
use crate::network::spec::Coefficients;
use crate::training::losses::Equations;
use crate::training::losses::equations::{Kind, Scope, Term, Use};
use base::{Error, Result};
use compute::Scalar;
use std::collections::HashMap;
use std::ops::Range;

/// What both losses say.
struct Described<'a> {
    variables: &'a Option<Vec<String>>,
    outputs: &'a Option<Vec<String>>,
    conditions: &'a [Condition],
    coefficients: &'a Coefficients,
    data: &'a [String],
    weight: f64,
    kind: Kind,
    /// The formulas at `x`, with their names.
    interior: Vec<(String, &'a str)>,
}

impl<'a> Described<'a> {
    fn new(spec: &'a LossSpec) -> Result<Self> {
        Ok(match spec {
            LossSpec::Residual {
                variables,
                outputs,
                equation,
                equations,
                weight,
                conditions,
                parameters,
                data,
                ..
            } => {
                let interior = match (equation, equations) {
                    (Some(one), None) => vec![("equation".to_owned(), one.as_str())],
                    (None, Some(all)) if !all.is_empty() => {
                        (0..).zip(all).map(|(i, text)| (format!("equations.{i}"), text.as_str())).collect()
                    }
                    (Some(_), Some(_)) => {
                        return Err(Error::argument("loss: expected equation or equations, got both"));
                    }
                    _ => return Err(Error::argument("loss.equation: expected a formula, got nothing")),
                };
                let (coefficients, weight, kind) = (parameters, *weight, Kind::Equation);
                Described { variables, outputs, conditions, coefficients, data, weight, kind, interior }
            }
            LossSpec::Ritz { variables, outputs, energy, weight, conditions, parameters, data } => {
                let (coefficients, weight, kind) = (parameters, *weight, Kind::Energy);
                let interior = vec![("energy".to_owned(), energy.as_str())];
                Described { variables, outputs, conditions, coefficients, data, weight, kind, interior }
            }
            _ => unreachable!("the losses of equations"),
        })
    }
}

/// The points and terms of `residual` and `ritz`: those of periodic conditions, of `x`, of the other conditions.
pub fn bind<T: Scalar>(
    spec: &LossSpec,
    network: &ResolvedNetwork,
    arrays: &Arrays,
    x: &Array,
    samples: usize,
) -> Result<Bound<T>> {
    let described = Described::new(spec)?;
    if network.input.len() != 1 || network.output.len() != 1 {
        let got = [join(&network.input), join(&network.output)];
        return Err(Error::shape(format!("loss: equations need a network from [inputs] to [outputs], got {got:?}")));
    }
    let inputs = names::inputs(described.variables.as_deref(), network)?;
    let outputs = names::outputs(described.outputs.as_deref(), network)?;
    let mut found = Found {
        arrays,
        inputs: &inputs,
        outputs: &outputs,
        described: &described,
        points: Vec::new(),
        terms: Vec::new(),
    };
    let all: Vec<&str> = inputs.iter().chain(&outputs).map(String::as_str).collect();
    names::distinct(&all, described.coefficients)?;
    for (index, condition) in described.conditions.iter().enumerate() {
        if let ConditionEquation::Periodic(periodic) = &condition.equation {
            found.pairs(index, condition, periodic, network, x)?;
        }
    }
    let from = found.points.len() / inputs.len();
    found.points.extend(x.to::<f64>());
    for (name, text) in &described.interior {
        found.term(
            name.clone(),
            described.kind,
            text,
            described.weight,
            from..from + samples,
            described.data,
            "loss",
        )?;
    }
    for (index, condition) in described.conditions.iter().enumerate() {
        if let ConditionEquation::Formula(text) = &condition.equation {
            let place = format!("conditions.{index}");
            let (points, count) = found.given(&place, network)?;
            let from = found.points.len() / inputs.len();
            found.points.extend(points.to::<f64>());
            let what = format!("loss.{place}");
            found.term(place, Kind::Condition, text, condition.weight, from..from + count, &condition.data, &what)?;
        }
    }
    let Found { points, terms, .. } = found;
    let points: Vec<T> = points.into_iter().map(T::from_f64).collect();
    let loss = Equations::new(terms, points.clone(), inputs.len(), described.coefficients.clone())?;
    Ok(Bound { samples: points.len() / inputs.len(), inputs: points, loss: Box::new(loss) })
}

/// The terms so far, and their points.
struct Found<'a, T> {
    arrays: &'a Arrays,
    inputs: &'a [String],
    outputs: &'a [String],
    described: &'a Described<'a>,
    points: Vec<f64>,
    terms: Vec<Term<T>>,
}

impl<T: Scalar> Found<'_, T> {
    /// The points of a condition.
    fn given(&self, place: &str, network: &ResolvedNetwork) -> Result<(std::sync::Arc<Array>, usize)> {
        let name = format!("loss.{place}.points");
        let found = self.arrays.samples(&name, &network.input)?;
        fits::<T>(&name, &found.0)?;
        Ok(found)
    }

    /// Appends a term; `what` names where its data are.
    fn term(
        &mut self,
        name: String,
        kind: Kind,
        text: &str,
        weight: f64,
        samples: Range<usize>,
        data: &[String],
        what: &str,
    ) -> Result<()> {
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(Error::argument(format!("{what}.weight: expected a finite number not below 0, got {weight}")));
        }
        let taken: Vec<&str> = self.inputs.iter().chain(self.outputs).map(String::as_str).collect();
        let known: Vec<&str> = data.iter().map(String::as_str).collect();
        names::distinct(&[&taken[..], &known].concat(), self.described.coefficients)?;
        let count = samples.len();
        let column = |name: &String| {
            let place = format!("{what}.data.{name}");
            let array = self.arrays.required(&place)?;
            if array.shape != [count] && array.shape != [count, 1] {
                let message = format!("expected shape [{count}] or [{count}, 1], got {:?}", array.shape);
                return Err(Error::shape(format!("{place}: {message}")));
            }
            finite(&place, array)?;
            fits::<T>(&place, array)?;
            Ok(array.to::<T>())
        };
        let columns = data.iter().map(column).collect::<Result<Vec<_>>>()?;
        let mut uses: Vec<Use> = Vec::new();
        let coefficients = self.described.coefficients;
        let scope = Scope { inputs: self.inputs, outputs: self.outputs, data, coefficients, side: 0, uses: &mut uses };
        let mut term = Term::new(name, kind, text, scope, samples)?;
        (term.weight, term.data) = (weight, columns);
        self.terms.push(term);
        Ok(())
    }

    /// The terms of a periodic condition, one for each output unless it says what is periodic.
    fn pairs(
        &mut self,
        index: usize,
        condition: &Condition,
        periodic: &Periodic,
        network: &ResolvedNetwork,
        x: &Array,
    ) -> Result<()> {
        let place = format!("conditions.{index}");
        let what = format!("loss.{place}.equation.periodic");
        let Some(input) = self.inputs.iter().position(|name| *name == periodic.periodic) else {
            let all = self.inputs.join(", ");
            return Err(Error::argument(format!("{what}: expected one of {all}, got {:?}", periodic.periodic)));
        };
        if !condition.data.is_empty() {
            return Err(Error::argument(format!("loss.{place}.data: a periodic condition takes none")));
        }
        let (points, _) = self.given(&place, network)?;
        let d = self.inputs.len();
        let given = points.to::<f64>();
        let ends = match partners(&given, d, input) {
            Some(ends) => ends,
            None => shifted(&given, d, input, self.shift(&given, d, input, periodic, x, &what)?),
        };
        let from = self.points.len() / d;
        let samples = from..from + ends.len() / d;
        self.points.extend(ends);
        let formulas: Vec<&str> = match &periodic.of {
            Some(formula) => vec![formula],
            None => self.outputs.iter().map(String::as_str).collect(),
        };
        for formula in formulas {
            let name = if self.outputs.len() > 1 && periodic.of.is_none() {
                format!("{place}.{formula}")
            } else {
                place.clone()
            };
            let what = format!("loss.{place}");
            self.term(name, Kind::Pairs, formula, condition.weight, samples.clone(), &[], &what)?;
        }
        Ok(())
    }

    /// From points on one side to the other side.
    fn shift(&self, given: &[f64], d: usize, input: usize, periodic: &Periodic, x: &Array, what: &str) -> Result<f64> {
        if let Some(period) = periodic.period {
            return match period.is_finite() && period != 0.0 {
                true => Ok(period),
                false => Err(Error::argument(format!("{what}: period: expected a finite number but 0, got {period}"))),
            };
        }
        let all = (0..self.described.conditions.len())
            .filter_map(|other| self.arrays.optional(&format!("loss.conditions.{other}.points")))
            .flat_map(|points| points.to::<f64>());
        let all: Vec<f64> = x.to::<f64>().into_iter().chain(all).collect();
        let values = || all.iter().skip(input).step_by(d);
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
        let own = || given.iter().skip(input).step_by(d);
        if high > low && own().all(|&x| x == low) {
            Ok(high - low)
        } else if high > low && own().all(|&x| x == high) {
            Ok(low - high)
        } else {
            let name = &periodic.periodic;
            Err(Error::argument(format!(
                "{what}: expected pairs of points that differ in {name} alone, or points at one end of {name}, or a period"
            )))
        }
    }
}

/// Points that differ in one input alone put beside each other; `None` unless all of them have one partner.
fn partners(points: &[f64], d: usize, input: usize) -> Option<Vec<f64>> {
    let others =
        |point: &[f64]| -> Vec<u64> { (0..d).filter(|&j| j != input).map(|j| (point[j] + 0.0).to_bits()).collect() };
    let (mut waiting, mut pairs): (HashMap<Vec<u64>, &[f64]>, Vec<f64>) = (HashMap::new(), Vec::new());
    for point in points.chunks_exact(d) {
        match waiting.remove(&others(point)) {
            Some(first) if first[input] != point[input] => pairs.extend(first.iter().chain(point)),
            Some(_) => return None,
            None => {
                waiting.insert(others(point), point);
            }
        }
    }
    waiting.is_empty().then_some(pairs)
}

/// Each point with the one that is `shift` away along an input.
fn shifted(points: &[f64], d: usize, input: usize, shift: f64) -> Vec<f64> {
    let mut pairs = Vec::with_capacity(2 * points.len());
    for point in points.chunks_exact(d) {
        pairs.extend_from_slice(point);
        pairs.extend_from_slice(point);
        let last = pairs.len() - d + input;
        pairs[last] += shift;
    }
    pairs
}
