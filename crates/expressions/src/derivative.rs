//! Derivatives of graphs, by the chain rule, node by node: forward, since formulas have few variables and higher derivatives
//! are derivatives of derivatives.

use crate::function::{Function, Operation};
use crate::graph::{Graph, Id, Node};

impl Graph {
    /// The derivative of `root` with respect to a variable.
    ///
    /// At a kink it is what the package takes there: 0 for `abs`, `relu`, `sign` and `step` at zero; equal arguments of `min`
    /// and `max` take half each.
    pub fn derivative(&mut self, root: Id, variable: u32) -> Id {
        let needed = self.needed(&[root], &[]);
        let mut slopes: Vec<Option<Id>> = vec![None; root.0 as usize + 1];
        let zero = self.number(0.0);
        for place in 0..=root.0 {
            if needed[place as usize] {
                let of = |id: Id| slopes[id.0 as usize].unwrap_or(zero);
                let slope = match self.node(Id(place)) {
                    Node::Number(_) => zero,
                    Node::Variable(number) => self.number(f64::from(u8::from(number == variable))),
                    Node::Apply(function, a) => {
                        let inner = of(a);
                        self.chain(function, a, Id(place), inner)
                    }
                    Node::Combine(operation, a, b) => {
                        let (da, db) = (of(a), of(b));
                        self.product_rule(operation, [a, b], [da, db], Id(place))
                    }
                };
                slopes[place as usize] = Some(slope);
            }
        }
        slopes[root.0 as usize].unwrap_or(zero)
    }

    /// `function'(a) inner`, `value` being `function(a)`.
    fn chain(&mut self, function: Function, a: Id, value: Id, inner: Id) -> Id {
        if self.as_number(inner) == Some(0.0) {
            return inner;
        }
        let one = self.number(1.0);
        let slope = match function {
            Function::Negative => return self.negative(inner),
            Function::Sin => self.apply(Function::Cos, a),
            Function::Cos => {
                let sin = self.apply(Function::Sin, a);
                self.negative(sin)
            }
            Function::Tan => {
                let square = self.multiply(value, value);
                self.add(one, square)
            }
            Function::Asin | Function::Acos => {
                let square = self.multiply(a, a);
                let rest = self.subtract(one, square);
                let root = self.apply(Function::Sqrt, rest);
                let slope = self.divide(one, root);
                if function == Function::Asin { slope } else { self.negative(slope) }
            }
            Function::Atan => {
                let square = self.multiply(a, a);
                let below = self.add(one, square);
                self.divide(one, below)
            }
            Function::Sinh => self.apply(Function::Cosh, a),
            Function::Cosh => self.apply(Function::Sinh, a),
            Function::Tanh => {
                let square = self.multiply(value, value);
                self.subtract(one, square)
            }
            Function::Exp => value,
            Function::Ln => return self.divide(inner, a),
            Function::Sqrt => {
                let two = self.number(2.0);
                let below = self.multiply(two, value);
                return self.divide(inner, below);
            }
            Function::Abs => self.apply(Function::Sign, a),
            Function::Sign | Function::Step | Function::Share => self.number(0.0),
            Function::Relu => self.apply(Function::Step, a),
            Function::Sigmoid => {
                let rest = self.subtract(one, value);
                self.multiply(value, rest)
            }
            Function::Softplus => self.apply(Function::Sigmoid, a),
            Function::Erf => {
                let (square, factor) = (self.multiply(a, a), self.number(std::f64::consts::FRAC_2_SQRT_PI));
                let exponent = self.negative(square);
                let bell = self.apply(Function::Exp, exponent);
                self.multiply(factor, bell)
            }
            Function::Gaussian => {
                let product = self.multiply(a, value);
                self.negative(product)
            }
        };
        self.multiply(slope, inner)
    }

    fn product_rule(&mut self, operation: Operation, [a, b]: [Id; 2], [da, db]: [Id; 2], value: Id) -> Id {
        match operation {
            Operation::Add => self.add(da, db),
            Operation::Subtract => self.subtract(da, db),
            Operation::Multiply => {
                let (left, right) = (self.multiply(da, b), self.multiply(a, db));
                self.add(left, right)
            }
            // (a' - value b') / b
            Operation::Divide => {
                let carried = self.multiply(value, db);
                let above = self.subtract(da, carried);
                self.divide(above, b)
            }
            Operation::Power => {
                let one = self.number(1.0);
                // b a^(b-1) a'
                let of_base = if self.as_number(da) == Some(0.0) {
                    da
                } else {
                    let exponent = self.subtract(b, one);
                    let power = self.combine(Operation::Power, a, exponent);
                    let slope = self.multiply(b, power);
                    self.multiply(slope, da)
                };
                // a^b ln(a) b'
                let of_exponent = if self.as_number(db) == Some(0.0) {
                    db
                } else {
                    let log = self.apply(Function::Ln, a);
                    let slope = self.multiply(value, log);
                    self.multiply(slope, db)
                };
                self.add(of_base, of_exponent)
            }
            // a' where a is the one taken, b' where b is.
            Operation::Min | Operation::Max => {
                let ahead = if operation == Operation::Max { self.subtract(a, b) } else { self.subtract(b, a) };
                let share = self.apply(Function::Share, ahead);
                let change = self.subtract(da, db);
                let taken = self.multiply(share, change);
                self.add(db, taken)
            }
        }
    }
}
