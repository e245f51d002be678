//! What a formula can name: inputs, outputs and their derivatives (`u_xt`), data at its points, coefficients.

use crate::network::spec::Coefficients;
use expressions::{Named, Names};

/// The highest derivative.
const MOST: usize = 3;

/// A variable of a formula. `side` is 0, of the second point of a pair 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Use {
    Input {
        side: usize,
        input: usize,
    },
    /// A trained coefficient.
    Coefficient(usize),
    /// A column of what is known at the points.
    Data(usize),
    /// An output, or its derivative by the inputs `by`, ascending.
    Jet {
        side: usize,
        output: usize,
        by: Vec<usize>,
    },
    /// The weighted sum of second derivatives of an output.
    Sum {
        output: usize,
    },
}

/// The names, and the variables that they have been found to be: variable k of the formula is `uses[k]`.
pub struct Scope<'a> {
    pub inputs: &'a [String],
    pub outputs: &'a [String],
    pub data: &'a [String],
    pub coefficients: &'a Coefficients,
    pub side: usize,
    pub uses: &'a mut Vec<Use>,
}

impl Scope<'_> {
    fn variable(&mut self, used: Use) -> Named {
        let place = self.uses.iter().position(|known| *known == used).unwrap_or_else(|| {
            self.uses.push(used);
            self.uses.len() - 1
        });
        Named::Variable(place as u32)
    }

    /// A derivative: the output before an underscore, and inputs after it.
    fn derivative(&self, name: &str) -> Result<Option<Use>, String> {
        let place = |list: &[String], name: &str| list.iter().position(|known| known == name);
        let mut cuts = name.match_indices('_');
        let found = cuts.find_map(|(at, _)| Some((place(self.outputs, &name[..at])?, &name[at + 1..])));
        let Some((output, suffix)) = found else { return Ok(None) };
        let Some(mut by) = self.split(suffix) else {
            let (all, own) = (self.inputs.join(", "), &self.outputs[output]);
            return Err(format!("{name} is no derivative of {own} by {all}"));
        };
        if by.is_empty() || by.len() > MOST {
            return Err(format!("expected derivatives up to the third, got {name}, of order {}", by.len()));
        }
        by.sort_unstable();
        Ok(Some(Use::Jet { side: self.side, output, by }))
    }

    /// The inputs whose names make up a text, long names first.
    fn split(&self, text: &str) -> Option<Vec<usize>> {
        if text.is_empty() {
            return Some(Vec::new());
        }
        let mut fitting: Vec<usize> = (0..self.inputs.len()).filter(|&i| text.starts_with(&self.inputs[i])).collect();
        fitting.sort_by_key(|&i| std::cmp::Reverse(self.inputs[i].len()));
        fitting.into_iter().find_map(|i| {
            let mut rest = self.split(&text[self.inputs[i].len()..])?;
            rest.insert(0, i);
            Some(rest)
        })
    }
}

impl Names for Scope<'_> {
    fn find(&mut self, name: &str) -> Result<Option<Named>, String> {
        let place = |list: &[String]| list.iter().position(|known| known == name);
        let side = self.side;
        if let Some(input) = place(self.inputs) {
            return Ok(Some(self.variable(Use::Input { side, input })));
        }
        if let Some(output) = place(self.outputs) {
            return Ok(Some(self.variable(Use::Jet { side, output, by: Vec::new() })));
        }
        if let Some(column) = place(self.data) {
            return Ok(Some(self.variable(Use::Data(column))));
        }
        match self.coefficients.find(name, 0) {
            Some(Named::Variable(k)) => return Ok(Some(self.variable(Use::Coefficient(k as usize)))),
            Some(number) => return Ok(Some(number)),
            None => {}
        }
        Ok(self.derivative(name)?.map(|used| self.variable(used)))
    }

    fn known(&self) -> Vec<String> {
        let derivatives = self.outputs.iter().flat_map(|u| self.inputs.iter().map(move |x| format!("{u}_{x}")));
        let coefficients = self.coefficients.0.iter().map(|own| own.name.clone());
        let plain = self.inputs.iter().chain(self.outputs).chain(self.data).cloned();
        plain.chain(coefficients).chain(derivatives).collect()
    }
}
