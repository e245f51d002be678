//! Formulas as a graph in which equal parts are one node, so that a value and its derivatives share what they have in common.
//!
//! Nodes refer to earlier nodes only: their order is one in which they can be computed. What is known beforehand is put in
//! when a node is made: operations on numbers, `x + 0`, `1 x`, `0 x`, powers with whole exponents as products.

use crate::function::{Function, Operation};
use std::collections::HashMap;

/// A node's place in its [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub(crate) u32);

impl Id {
    /// The place of its value in [`Graph::evaluate`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One part of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// The bits of an f64, so that nodes can be compared.
    Number(u64),
    Variable(u32),
    Apply(Function, Id),
    Combine(Operation, Id, Id),
}

/// Nodes, each once.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    places: HashMap<Node, Id>,
    texts: HashMap<Id, Place>,
}

/// A part of a text, and the number of its first character, counted from 1.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub text: String,
    pub at: usize,
}

/// Powers up to this one are products.
const MOST_FACTORS: f64 = 16.0;

impl Graph {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn node(&self, id: Id) -> Node {
        self.nodes[id.0 as usize]
    }

    /// The number that a node is, if it is one.
    pub fn as_number(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn add_node(&mut self, node: Node) -> Id {
        *self.places.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            Id(self.nodes.len() as u32 - 1)
        })
    }

    pub fn number(&mut self, value: f64) -> Id {
        // Zero has two signs, which no formula tells apart.
        self.add_node(Node::Number((value + 0.0).to_bits()))
    }

    pub fn variable(&mut self, number: u32) -> Id {
        self.add_node(Node::Variable(number))
    }

    /// `function(a)`.
    pub fn apply(&mut self, function: Function, a: Id) -> Id {
        if let Some(x) = self.as_number(a)
            && function.at(x).is_finite()
        {
            return self.number(function.at(x));
        }
        match (function, self.node(a)) {
            (Function::Negative, Node::Apply(Function::Negative, inner)) => inner,
            (Function::Negative, Node::Combine(Operation::Subtract, x, y)) => self.subtract(y, x),
            (Function::Abs, Node::Apply(Function::Negative | Function::Abs, inner)) => self.apply(Function::Abs, inner),
            _ => self.add_node(Node::Apply(function, a)),
        }
    }

    /// `a operation b`.
    pub fn combine(&mut self, operation: Operation, a: Id, b: Id) -> Id {
        let (x, y) = (self.as_number(a), self.as_number(b));
        if let (Some(x), Some(y)) = (x, y)
            && operation.at(x, y).is_finite()
        {
            return self.number(operation.at(x, y));
        }
        match (operation, x, y) {
            (Operation::Add, Some(0.0), _) | (Operation::Multiply, Some(1.0), _) => b,
            (Operation::Add | Operation::Subtract, _, Some(0.0)) => a,
            (Operation::Multiply | Operation::Divide | Operation::Power, _, Some(1.0)) => a,
            (Operation::Subtract, Some(0.0), _) | (Operation::Multiply, Some(-1.0), _) => self.negative(b),
            (Operation::Multiply | Operation::Divide, _, Some(-1.0)) => self.negative(a),
            (Operation::Multiply | Operation::Divide, Some(0.0), _) | (Operation::Multiply, _, Some(0.0)) => {
                self.number(0.0)
            }
            (Operation::Subtract, ..) if a == b => self.number(0.0),
            (Operation::Min | Operation::Max, ..) if a == b => a,
            (Operation::Power, _, Some(exponent)) => self.power(a, exponent, b),
            (Operation::Add | Operation::Multiply | Operation::Min | Operation::Max, ..) if b < a => {
                self.signed(operation, b, a)
            }
            _ => self.signed(operation, a, b),
        }
    }

    /// An operation with the signs of its arguments taken out of it where that saves one.
    fn signed(&mut self, operation: Operation, a: Id, b: Id) -> Id {
        let positive = |graph: &Self, id: Id| match graph.node(id) {
            Node::Apply(Function::Negative, inner) => Some(inner),
            _ => None,
        };
        match (operation, positive(self, a), positive(self, b)) {
            (Operation::Add, _, Some(b)) => self.subtract(a, b),
            (Operation::Add, Some(a), _) => self.subtract(b, a),
            (Operation::Subtract, _, Some(b)) => self.add(a, b),
            (Operation::Multiply | Operation::Divide, Some(a), Some(b)) => self.combine(operation, a, b),
            (Operation::Multiply | Operation::Divide, Some(a), None) => {
                let product = self.combine(operation, a, b);
                self.negative(product)
            }
            (Operation::Multiply | Operation::Divide, None, Some(b)) => {
                let product = self.combine(operation, a, b);
                self.negative(product)
            }
            _ => self.add_node(Node::Combine(operation, a, b)),
        }
    }

    fn power(&mut self, a: Id, exponent: f64, b: Id) -> Id {
        if exponent == 0.0 {
            return self.number(1.0);
        }
        if exponent == 0.5 {
            return self.apply(Function::Sqrt, a);
        }
        if exponent < 0.0 && (exponent.fract() == 0.0 || exponent == -0.5) {
            let below = self.combine_power(a, -exponent);
            let one = self.number(1.0);
            return self.combine(Operation::Divide, one, below);
        }
        if exponent.fract() == 0.0 && exponent <= MOST_FACTORS {
            // Squares from the top bit down: x^6 = ((x^2) x)^2, its powers shared with others of x.
            let half = self.combine_power(a, (exponent / 2.0).floor());
            let square = self.multiply(half, half);
            return if exponent % 2.0 == 0.0 { square } else { self.multiply(square, a) };
        }
        self.add_node(Node::Combine(Operation::Power, a, b))
    }

    fn combine_power(&mut self, a: Id, exponent: f64) -> Id {
        let exponent = self.number(exponent);
        self.combine(Operation::Power, a, exponent)
    }

    pub fn negative(&mut self, a: Id) -> Id {
        self.apply(Function::Negative, a)
    }
    pub fn add(&mut self, a: Id, b: Id) -> Id {
        self.combine(Operation::Add, a, b)
    }
    pub fn subtract(&mut self, a: Id, b: Id) -> Id {
        self.combine(Operation::Subtract, a, b)
    }
    pub fn multiply(&mut self, a: Id, b: Id) -> Id {
        self.combine(Operation::Multiply, a, b)
    }
    pub fn divide(&mut self, a: Id, b: Id) -> Id {
        self.combine(Operation::Divide, a, b)
    }

    /// Whether each node up to the last of `roots` is needed for them, where the values of `known` are given.
    pub(crate) fn needed(&self, roots: &[Id], known: &[Id]) -> Vec<bool> {
        let end = roots.iter().map(|root| root.0 as usize + 1).max().unwrap_or(0);
        let mut needed = vec![false; end];
        roots.iter().for_each(|root| needed[root.0 as usize] = true);
        for place in (0..end).rev().filter(|&place| !known.contains(&Id(place as u32))).collect::<Vec<_>>() {
            if needed[place] {
                match self.nodes[place] {
                    Node::Apply(_, a) => needed[a.0 as usize] = true,
                    Node::Combine(_, a, b) => {
                        needed[a.0 as usize] = true;
                        needed[b.0 as usize] = true;
                    }
                    Node::Number(_) | Node::Variable(_) => {}
                }
            }
        }
        needed
    }

    /// The nodes that `roots` are made of, in an order in which they can be computed.
    pub fn order(&self, roots: &[Id]) -> Vec<Id> {
        let needed = self.needed(roots, &[]);
        (0..needed.len()).filter(|&i| needed[i]).map(|i| Id(i as u32)).collect()
    }

    /// The functions (which cost more than operations) that both lists of roots need, but for the roots themselves: what is
    /// worth keeping from the computation of `first` for that of `second`.
    pub fn shared_functions(&self, first: &[Id], second: &[Id]) -> Vec<Id> {
        let earlier = self.needed(first, &[]);
        let later = self.needed(second, first);
        let both = (0..earlier.len().min(later.len())).filter(|&i| earlier[i] && later[i]).map(|i| Id(i as u32));
        both.filter(|id| !first.contains(id) && self.is_costly(*id)).collect()
    }

    fn is_costly(&self, id: Id) -> bool {
        match self.node(id) {
            Node::Apply(function, _) => !function.is_cheap(),
            Node::Combine(operation, ..) => operation == Operation::Power,
            Node::Number(_) | Node::Variable(_) => false,
        }
    }

    /// Whether `root` has a kink or a jump somewhere, so that a derivative of it is not continuous.
    pub fn is_smooth(&self, root: Id) -> bool {
        let needed = self.needed(&[root], &[]);
        needed.iter().zip(&self.nodes).filter(|(needed, _)| **needed).all(|(_, node)| match node {
            Node::Apply(function, _) => function.is_smooth(),
            Node::Combine(operation, ..) => !matches!(operation, Operation::Min | Operation::Max),
            Node::Number(_) | Node::Variable(_) => true,
        })
    }

    /// Remembers where in a text a node was read, the first time that it was.
    pub(crate) fn note(&mut self, id: Id, place: Place) {
        self.texts.entry(id).or_insert(place);
    }

    /// The first part of `roots` that has no finite value at a point whose coordinates are finite, in words; `None` if all have
    /// one.
    pub fn undefined(&self, roots: &[Id], variables: &[f64]) -> Option<String> {
        let needed = self.needed(roots, &[]);
        let values = self.evaluate(variables);
        let wrong = (0..needed.len()).find(|&i| needed[i] && !values[i].is_finite())?;
        let of = |id: Id| values[id.0 as usize];
        let what = match self.nodes[wrong] {
            Node::Apply(function, a) if !function.is_defined(of(a)) => {
                format!("{} of {} is not defined", function.name(), of(a))
            }
            Node::Combine(Operation::Divide, _, b) if of(b) == 0.0 => "a division by zero".to_owned(),
            Node::Combine(Operation::Power, a, b) if !Operation::Power.is_defined(of(a), of(b)) => {
                format!("{} to the power {} is no real number", of(a), of(b))
            }
            Node::Number(_) | Node::Variable(_) => return None,
            _ => "a value beyond the largest number".to_owned(),
        };
        Some(match self.texts.get(&Id(wrong as u32)) {
            Some(Place { text, at }) => format!("{what}, in {text} at character {at}"),
            None => format!("{what}, in a derivative"),
        })
    }

    /// `root` with other formulas in the place of some variables.
    pub fn replaced(&mut self, root: Id, by: &[(u32, Id)]) -> Id {
        let needed = self.needed(&[root], &[]);
        let mut places: Vec<Id> = (0..needed.len()).map(|i| Id(i as u32)).collect();
        for i in (0..needed.len()).filter(|&i| needed[i]) {
            places[i] = match self.nodes[i] {
                Node::Number(_) => continue,
                Node::Variable(number) => {
                    by.iter().find(|(variable, _)| *variable == number).map_or(places[i], |(_, formula)| *formula)
                }
                Node::Apply(function, a) => self.apply(function, places[a.index()]),
                Node::Combine(operation, a, b) => self.combine(operation, places[a.index()], places[b.index()]),
            };
        }
        places[root.index()]
    }

    /// The numbers of the variables that `root` depends on, ascending.
    pub fn variables(&self, root: Id) -> Vec<u32> {
        let needed = self.needed(&[root], &[]);
        let mut variables: Vec<u32> = self
            .nodes
            .iter()
            .zip(needed)
            .filter_map(|(node, needed)| match node {
                Node::Variable(number) if needed => Some(*number),
                _ => None,
            })
            .collect();
        variables.sort_unstable();
        variables
    }

    /// The value of every node at a point, one by one: the oracle of programs, and what finds where a formula is not defined.
    pub fn evaluate(&self, variables: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let of = |id: Id| values[id.0 as usize];
            values.push(match *node {
                Node::Number(bits) => f64::from_bits(bits),
                Node::Variable(number) => variables.get(number as usize).copied().unwrap_or(f64::NAN),
                Node::Apply(function, a) => function.at(of(a)),
                Node::Combine(operation, a, b) => operation.at(of(a), of(b)),
            });
        }
        values
    }

    /// The value of `root` at a point.
    pub fn value(&self, root: Id, variables: &[f64]) -> f64 {
        self.evaluate(variables)[root.0 as usize]
    }
}
