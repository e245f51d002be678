//! Losses of formulas of the outputs, their derivatives by the inputs, and the inputs themselves (Raissi et al. 2019).
//!
//! `loss = sum over terms of w_k / n_k sum_i r_k(x_i)^2`: a term is an equation at interior points or at those of a condition
//! (initial, boundary, periodic), r its left side, n the number of its points. A term that is an energy (deep Ritz, E and Yu
//! 2018) is summed as it is instead of squared. Formulas are run in f64, whatever the network's type; the network carries the
//! derivatives that occur in them, and no other.

mod names;
mod term;

pub use names::{Scope, Use};
pub use term::{Kind, Term};

use crate::engine::loss::{BatchNeeds, Loss, Outputs};
use crate::engine::{Jets, Part, Samples};
use crate::network::spec::Coefficients;
use base::{Error, Result};
use compute::Scalar;
use std::ops::Range;

/// What is evaluated of the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Their weighted sum: the loss.
    Weighted,
    /// Their means, each with the weight 1.
    Means,
    /// The formulas themselves, summed as they are.
    Plain,
}

/// All terms, and the points of all of them, `[n, d]`: those of pairs first.
pub struct Equations<T> {
    pub terms: Vec<Term<T>>,
    pub inputs: Vec<T>,
    pub dimensions: usize,
    pub coefficients: Coefficients,
    pub view: View,
    /// The terms that are evaluated; the others are 0.
    pub shown: Range<usize>,
    jets: Option<Jets>,
}

impl<T: Scalar> Equations<T> {
    /// # Errors
    /// `INVALID_ARGUMENT` for a coefficient that no formula depends on.
    pub fn new(mut terms: Vec<Term<T>>, inputs: Vec<T>, dimensions: usize, coefficients: Coefficients) -> Result<Self> {
        for (k, own) in coefficients.trained().enumerate() {
            if !terms.iter().any(|term| term.uses.contains(&Use::Coefficient(k))) {
                let message = format!("loss.parameters: {} is trained, but no equation depends on it", own.name);
                return Err(Error::argument(message));
            }
        }
        let sum = collapsed(&mut terms);
        let wanted = terms.iter().flat_map(Term::derivatives);
        let firsts = sum.iter().flat_map(|weights| (0..dimensions).filter(|&j| weights[j] != 0.0).map(|j| vec![j]));
        let mut jets = Jets::new(dimensions, wanted.chain(firsts));
        jets.parts.extend(sum.clone().map(Part::Sum));
        let jets = (jets.copies() > 1).then_some(jets);
        terms.iter_mut().for_each(|term| term.compile(jets.as_ref()));
        let shown = 0..terms.len();
        Ok(Equations { terms, inputs, dimensions, coefficients, view: View::Weighted, shown, jets })
    }

    /// A formula summed as it is over points `[n, d]`: at one of them its value and gradient are those of the formula there.
    ///
    /// # Errors
    /// What is wrong with the formula, its place marked.
    pub fn plain(
        text: &str,
        inputs: &[String],
        outputs: &[String],
        coefficients: &Coefficients,
        points: Vec<T>,
    ) -> Result<Self> {
        let mut uses = Vec::new();
        let scope = Scope { inputs, outputs, data: &[], coefficients, side: 0, uses: &mut uses };
        let samples = 0..points.len() / inputs.len();
        let term = Term::new("equation".to_owned(), Kind::Energy, text, scope, samples)?;
        Self::new(vec![term], points, inputs.len(), coefficients.clone())
    }

    /// The samples whose points are those of `x`.
    pub fn interior(&self) -> Range<usize> {
        let first = self.terms.iter().find(|term| term.is_interior());
        first.map_or(0..0, |term| term.samples.clone())
    }

    fn points(&self) -> usize {
        self.inputs.len() / self.dimensions
    }

    fn has_pairs(&self) -> bool {
        self.terms.iter().any(|term| term.kind == Kind::Pairs)
    }
}

/// Where second derivatives by several inputs occur in one formula only, linearly and with numbers for factors, their weighted
/// sum can be carried in place of each of them: its weights, the formula changed.
fn collapsed<T: Scalar>(terms: &mut [Term<T>]) -> Option<Vec<f64>> {
    let is_second = |used: &Use| matches!(used, Use::Jet { by, .. } if by.len() == 2 && by[0] == by[1]);
    let higher = |used: &Use| matches!(used, Use::Jet { by, .. } if by.len() > 2);
    if terms.iter().flat_map(|term| &term.uses).any(higher) {
        return None;
    }
    let mut with = terms.iter_mut().filter(|term| term.uses.iter().any(is_second));
    let (term, None) = (with.next()?, with.next()) else { return None };
    term.collapse()
}

impl<T: Scalar> Loss<T> for Equations<T> {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        if let Some(gradient) = gradient.as_deref_mut() {
            gradient.fill(T::ZERO);
        }
        // In a mini-batch each sample stands for its share of the data.
        let scale = self.points() as f64 / outputs.batch as f64;
        let sum = |term: &Term<T>| term.evaluate(self, outputs, scale, gradient.as_deref_mut());
        self.terms[self.shown.clone()].iter().map(sum).sum()
    }

    /// `equation` (`energy`): of the interior points, `conditions`: of all others, weights included. They add up to the loss.
    fn parts(&self, batch: &Samples) -> Vec<(&'static str, f64)> {
        let sum = |interior: bool| {
            let terms = self.terms.iter().filter(|term| term.is_interior() == interior);
            terms.map(|term| term.sum(batch)).sum::<f64>()
        };
        let energy = self.terms.iter().any(|term| term.kind == Kind::Energy);
        vec![(if energy { "energy" } else { "equation" }, sum(true)), ("conditions", sum(false))]
    }

    fn terms(&self, batch: &Samples) -> Vec<(String, f64)> {
        self.terms.iter().map(|term| (term.name.clone(), term.sum(batch))).collect()
    }

    fn jets(&self, _inputs: usize) -> Option<Jets> {
        self.jets.clone()
    }

    fn coefficients(&self) -> Option<&Coefficients> {
        Some(&self.coefficients)
    }

    fn fault(&self, outputs: &Outputs<T>) -> Option<(usize, String)> {
        self.terms.iter().find_map(|term| term.fault(self, outputs))
    }

    fn label(&self, sample: usize) -> String {
        let found = self.terms.iter().find(|term| term.samples.contains(&sample));
        found.map_or_else(|| format!("sample {sample}"), |term| term.label(sample))
    }

    fn needs(&self) -> BatchNeeds {
        BatchNeeds { pairs: self.has_pairs(), ..BatchNeeds::default() }
    }
}

#[cfg(test)]
mod tests;
