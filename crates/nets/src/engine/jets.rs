//! Derivatives by the input, carried forward beside the values (Taylor-mode differentiation).
//!
//! A chunk of n samples then has `copies` groups of n samples in each of its blocks: the values, and one group for each part:
//! a derivative `d^k / dx_i dx_j ...`, or a weighted sum of second derivatives `sum_j w_j d^2/dx_j^2` (all weights 1: the
//! Laplacian), which costs as much as one of them. An operation carries all of them forward and differentiates all of them
//! backward. Every part of a derivative (u_x and u_t of u_xt) is carried too, and nothing else.

use super::block::Block;
use compute::Scalar;
use std::collections::BTreeSet;

/// What is carried beside the values.
#[derive(Debug, Clone, PartialEq)]
pub struct Jets {
    /// Inputs of the network.
    pub dimensions: usize,
    /// In an order in which each comes after those that it is made of.
    pub parts: Vec<Part>,
}

/// One group of a jet.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// By these inputs, ascending: `[0, 0, 1]` is u_xxt.
    Derivative(Vec<usize>),
    /// One weight for each input.
    Sum(Vec<f64>),
}

/// A summand of a derivative of `f(z)`: `factor f^(order)(z)` times the parts of z at the places `of`.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub order: usize,
    pub factor: f64,
    pub of: Vec<usize>,
}

impl Jets {
    /// These derivatives, each a list of inputs, with all that they are made of.
    pub fn new(dimensions: usize, wanted: impl IntoIterator<Item = Vec<usize>>) -> Self {
        let mut all = BTreeSet::new();
        for mut inputs in wanted {
            inputs.sort_unstable();
            // All lists that leave some out.
            for left in 1..1usize << inputs.len() {
                let part: Vec<usize> = (0..inputs.len()).filter(|i| left >> i & 1 == 1).map(|i| inputs[i]).collect();
                all.insert((part.len(), part));
            }
        }
        Jets { dimensions, parts: all.into_iter().map(|(_, part)| Part::Derivative(part)).collect() }
    }

    /// First derivatives and the Laplacian.
    pub fn laplacian(dimensions: usize) -> Self {
        Self::weighted(vec![1.0; dimensions])
    }

    /// First derivatives and a weighted sum of second ones, the last part.
    pub fn weighted(weights: Vec<f64>) -> Self {
        let mut jets = Self::gradient(weights.len());
        jets.parts.push(Part::Sum(weights));
        jets
    }

    /// First derivatives only, in the order of the inputs.
    pub fn gradient(dimensions: usize) -> Self {
        Self::new(dimensions, (0..dimensions).map(|j| vec![j]))
    }

    /// Groups of samples in a block.
    pub fn copies(&self) -> usize {
        1 + self.parts.len()
    }

    /// The highest order of a derivative.
    pub fn order(&self) -> usize {
        let order = |part: &Part| match part {
            Part::Derivative(inputs) => inputs.len(),
            Part::Sum(_) => 2,
        };
        self.parts.iter().map(order).max().unwrap_or(0)
    }

    /// The group of the derivative by these inputs, ascending; 0 is the value's.
    pub fn place(&self, inputs: &[usize]) -> Option<usize> {
        if inputs.is_empty() {
            return Some(0);
        }
        let found = |part: &Part| matches!(part, Part::Derivative(own) if own == inputs);
        self.parts.iter().position(found).map(|place| 1 + place)
    }

    /// The weights of the sum of second derivatives, where the parts are all first derivatives and perhaps that sum.
    /// `None` for other parts.
    pub fn plain(&self) -> Option<Option<&[f64]>> {
        let first = Self::gradient(self.dimensions);
        let (own, rest) = self.parts.split_at(self.dimensions.min(self.parts.len()));
        match rest {
            _ if own != first.parts => None,
            [] => Some(None),
            [Part::Sum(weights)] => Some(Some(weights)),
            _ => None,
        }
    }

    /// Whether the group at `place` is a first derivative.
    pub fn is_first(&self, place: usize) -> bool {
        matches!(&self.parts[place - 1], Part::Derivative(inputs) if inputs.len() == 1)
    }

    fn inner(&self, inputs: &[usize]) -> usize {
        self.place(inputs).expect("what a derivative is made of is carried")
    }

    /// Each part of `y = f(z)` by the parts of z (Faa di Bruno): the sum over the ways to put a derivative's inputs into
    /// groups, of f's derivative of as many orders times z's by each group.
    pub fn chain(&self) -> Vec<Vec<Term>> {
        let part = |(place, part): (usize, &Part)| -> Vec<Term> {
            match part {
                Part::Derivative(inputs) => partitions(inputs)
                    .into_iter()
                    .map(|groups| Term {
                        order: groups.len(),
                        factor: 1.0,
                        of: groups.iter().map(|group| self.inner(group)).collect(),
                    })
                    .collect(),
                Part::Sum(weights) => {
                    let squares = (0..weights.len()).filter(|&j| weights[j] != 0.0).map(|j| Term {
                        order: 2,
                        factor: weights[j],
                        of: vec![self.inner(&[j]); 2],
                    });
                    [Term { order: 1, factor: 1.0, of: vec![1 + place] }].into_iter().chain(squares).collect()
                }
            }
        };
        self.parts.iter().enumerate().map(part).collect()
    }

    /// The parts of a product `u w`: part k is the sum of `factor u_a w_b` over its (k, a, b, factor); the value's among them.
    pub fn product(&self) -> Vec<(usize, usize, usize, f64)> {
        let mut terms = vec![(0, 0, 0, 1.0)];
        for (place, part) in self.parts.iter().enumerate() {
            let to = 1 + place;
            match part {
                Part::Derivative(inputs) => {
                    for left in 0..1usize << inputs.len() {
                        let pick = |side: usize| -> Vec<usize> {
                            (0..inputs.len()).filter(|i| left >> i & 1 == side).map(|i| inputs[i]).collect()
                        };
                        terms.push((to, self.inner(&pick(0)), self.inner(&pick(1)), 1.0));
                    }
                }
                Part::Sum(weights) => {
                    terms.extend([(to, to, 0, 1.0), (to, 0, to, 1.0)]);
                    let mixed = weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
                    terms.extend(mixed.map(|(j, weight)| (to, self.inner(&[j]), self.inner(&[j]), 2.0 * weight)));
                }
            }
        }
        terms
    }

    /// Fills the derivatives of the input itself: unit vectors, and no higher derivative.
    pub(super) fn seed<T: Scalar>(&self, block: Block, points: usize, values: &mut [T]) {
        let group = points * block.sample();
        values[group..group * self.copies()].fill(T::ZERO);
        for (place, part) in self.parts.iter().enumerate() {
            if let Part::Derivative(inputs) = part
                && let [j] = inputs[..]
            {
                for row in values[group * (1 + place)..group * (2 + place)].chunks_exact_mut(block.lead) {
                    row[j] = T::ONE;
                }
            }
        }
    }
}

/// All ways to put the entries of a list into groups.
fn partitions(inputs: &[usize]) -> Vec<Vec<Vec<usize>>> {
    let Some((first, rest)) = inputs.split_first() else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for groups in partitions(rest) {
        for place in 0..groups.len() {
            let mut with = groups.clone();
            with[place].insert(0, *first);
            all.push(with);
        }
        let mut alone = groups;
        alone.insert(0, vec![*first]);
        all.push(alone);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_derivatives_holds_what_they_are_made_of_and_nothing_else() {
        let jets = Jets::new(2, [vec![0, 0], vec![1, 0], vec![1]]);
        let parts = [vec![0], vec![1], vec![0, 0], vec![0, 1]].map(Part::Derivative);
        assert_eq!(jets.parts, parts);
        assert_eq!((jets.copies(), jets.order(), jets.place(&[0, 1]), jets.place(&[1, 1])), (5, 2, Some(4), None));
        assert_eq!(Jets::new(3, [vec![2, 2, 2]]).copies(), 4);
        assert_eq!(Jets::laplacian(2).plain(), Some(Some(&[1.0, 1.0][..])));
        assert_eq!((Jets::gradient(2).plain(), jets.plain()), (Some(None), None));
    }

    #[test]
    fn the_chain_rule_of_third_order_has_its_five_summands() {
        let jets = Jets::new(2, [vec![0, 0, 1]]);
        // x, y, xx, xy, xxy.
        let term = |order, of: &[usize]| Term { order, factor: 1.0, of: of.to_vec() };
        let chain = &jets.chain()[4];
        for wanted in [term(1, &[5]), term(2, &[1, 4]), term(2, &[3, 2]), term(3, &[1, 1, 2])] {
            assert!(chain.contains(&wanted), "{wanted:?} of {chain:?}");
        }
        assert_eq!(chain.len(), 5);
        let third = jets.product().into_iter().filter(|(to, ..)| *to == 5).count();
        assert_eq!(third, 8);
    }
}
