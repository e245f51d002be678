//! Texts to graphs, by precedence (Pratt, POPL 1973): `+ -`, then `* /`, then a sign, then `^`, which groups to the right:
//! `-x^2` is `-(x^2)`, `2^-x` is `2^(-x)`.

use crate::function::{Function, NAMED, Operation};
use crate::graph::{Graph, Id, Place};
use crate::scope::{Named, Names, unknown};
use crate::token::{Fault, Placed, Token, tokens};
use std::ops::Range;

/// Parentheses, calls and signs nest no deeper.
const DEEPEST: usize = 100;
/// How strongly a sign holds what follows it.
const SIGN: u8 = 5;

pub(crate) fn parse(text: &str, names: &mut dyn Names, graph: &mut Graph) -> Result<Id, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, next: 0, depth: 0, names, graph };
    if tokens.len() == 1 {
        return Fault::new(0..text.len(), "expected a formula, got nothing");
    }
    let value = parser.formula(0)?;
    match parser.peek() {
        (Token::End, _) => Ok(value),
        (Token::Sign(')'), at) => Fault::new(at.clone(), "this parenthesis closes none"),
        (Token::Sign(','), at) => Fault::new(at.clone(), "a comma stands between the arguments of min and max only"),
        (_, at) => {
            let between = parser.end_of_last()..at.start;
            Fault::new(between, "two factors stand side by side; a product is written with *")
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Placed<'a>],
    next: usize,
    depth: usize,
    names: &'a mut dyn Names,
    graph: &'a mut Graph,
}

/// An operation's name, and how strongly it holds what stands on its left and right.
fn operation(sign: char) -> Option<(Operation, u8, u8)> {
    Some(match sign {
        '+' => (Operation::Add, 1, 2),
        '-' => (Operation::Subtract, 1, 2),
        '*' => (Operation::Multiply, 3, 4),
        '/' => (Operation::Divide, 3, 4),
        '^' => (Operation::Power, 8, 7),
        _ => return None,
    })
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Placed<'a> {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> &'a Placed<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn end_of_last(&self) -> usize {
        self.next.checked_sub(1).map_or(0, |last| self.tokens[last.min(self.tokens.len() - 1)].1.end)
    }

    /// A formula whose operations hold at least as strongly as `least`.
    fn formula(&mut self, least: u8) -> Result<Id, Fault> {
        self.depth += 1;
        let (_, at) = self.peek();
        if self.depth > DEEPEST {
            return Fault::new(at.clone(), format!("expected parts within parts at most {DEEPEST} deep"));
        }
        let start = at.start;
        let mut left = self.factor()?;
        while let (Token::Sign(sign), at) = self.peek() {
            let Some((operation, on_left, on_right)) = operation(*sign) else { break };
            if on_left < least {
                break;
            }
            self.take();
            let right = self.formula(on_right)?;
            left = self.combine(operation, left, right, start, at)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// An operation, refused where it is known beforehand that it has no value.
    fn combine(&mut self, operation: Operation, a: Id, b: Id, start: usize, at: &Range<usize>) -> Result<Id, Fault> {
        if let (Some(x), Some(y)) = (self.graph.as_number(a), self.graph.as_number(b))
            && !operation.is_defined(x, y)
        {
            let what = match operation {
                Operation::Divide => "this divides by zero".to_owned(),
                _ => format!("{x} to the power {y} is no real number"),
            };
            return Fault::new(start..self.end_of_last(), what);
        }
        if operation == Operation::Divide && self.graph.as_number(b) == Some(0.0) {
            return Fault::new(at.clone(), "this divides by zero");
        }
        let value = self.graph.combine(operation, a, b);
        Ok(self.noted(value, start..self.end_of_last()))
    }

    /// `value`, of which it is remembered where it was read.
    fn noted(&mut self, value: Id, at: Range<usize>) -> Id {
        let place = Place { text: self.text[at.clone()].to_owned(), at: self.text[..at.start].chars().count() + 1 };
        self.graph.note(value, place);
        value
    }

    fn factor(&mut self) -> Result<Id, Fault> {
        let (token, at) = self.take();
        match *token {
            Token::Number(value) => Ok(self.graph.number(value)),
            Token::Sign('-') => {
                let value = self.formula(SIGN)?;
                Ok(self.graph.negative(value))
            }
            Token::Sign('+') => self.formula(SIGN),
            Token::Sign('(') => {
                let value = self.formula(0)?;
                self.close(at)?;
                Ok(value)
            }
            Token::Name(name) => match self.peek() {
                (Token::Sign('('), open) => {
                    self.take();
                    self.call(name, at, open)
                }
                _ => self.named(name, at),
            },
            Token::Sign(sign) => Fault::new(at.clone(), format!("expected a number, a name or (, got {sign}")),
            Token::End => {
                let end = self.tokens[self.tokens.len() - 1].1.clone();
                Fault::new(end, "the formula ends where a number, a name or ( should follow")
            }
        }
    }

    fn close(&mut self, open: &Range<usize>) -> Result<(), Fault> {
        match self.peek() {
            (Token::Sign(')'), _) => {
                self.take();
                Ok(())
            }
            (Token::End, _) => Fault::new(open.clone(), "this parenthesis is not closed"),
            (Token::Sign(','), at) => {
                Fault::new(at.clone(), "a comma stands between the arguments of min and max only")
            }
            (_, at) => {
                let between = self.end_of_last()..at.start;
                Fault::new(between, "two factors stand side by side; a product is written with *")
            }
        }
    }

    fn named(&mut self, name: &str, at: &Range<usize>) -> Result<Id, Fault> {
        match self.names.find(name) {
            Ok(Some(Named::Variable(number))) => return Ok(self.graph.variable(number)),
            Ok(Some(Named::Number(value))) => return Ok(self.graph.number(value)),
            Err(what) => return Fault::new(at.clone(), what),
            Ok(None) => {}
        }
        match name {
            "pi" => Ok(self.graph.number(std::f64::consts::PI)),
            "e" => Ok(self.graph.number(std::f64::consts::E)),
            _ if is_function(name) => Fault::new(at.clone(), format!("{name} is a function: write {name}(...)")),
            _ => Fault::new(at.clone(), unknown(name, &self.names.known(), false)),
        }
    }

    fn call(&mut self, name: &str, at: &Range<usize>, open: &Range<usize>) -> Result<Id, Fault> {
        if name == "log" {
            return Fault::new(at.clone(), "log has two meanings: write ln, log10 or log2");
        }
        if !is_function(name) {
            let known = matches!(self.names.find(name), Ok(Some(_))) || matches!(name, "pi" | "e");
            return Fault::new(
                at.clone(),
                if known {
                    format!("{name} is no function; a product is written {name} * (...)")
                } else {
                    unknown(name, &self.names.known(), true)
                },
            );
        }
        let mut arguments = vec![self.formula(0)?];
        while let (Token::Sign(','), _) = self.peek() {
            self.take();
            arguments.push(self.formula(0)?);
        }
        self.close(open)?;
        let whole = at.start..self.end_of_last();
        match (name, &arguments[..]) {
            ("min", &[a, b]) => Ok(self.graph.combine(Operation::Min, a, b)),
            ("max", &[a, b]) => Ok(self.graph.combine(Operation::Max, a, b)),
            ("min" | "max", _) => Fault::new(whole, format!("{name} takes two arguments, got {}", arguments.len())),
            (_, &[a]) => {
                let value = self.function(name, a, whole.clone())?;
                Ok(self.noted(value, whole))
            }
            _ => Fault::new(whole, format!("{name} takes one argument, got {}", arguments.len())),
        }
    }

    fn function(&mut self, name: &str, a: Id, at: Range<usize>) -> Result<Id, Fault> {
        let named = match name {
            "log10" | "log2" => Function::Ln,
            "gelu" => Function::Erf,
            "silu" => Function::Sigmoid,
            _ => NAMED.iter().find(|(known, _)| *known == name).map_or(Function::Negative, |(_, function)| *function),
        };
        if let Some(x) = self.graph.as_number(a)
            && !named.is_defined(x)
        {
            return Fault::new(at, format!("{name} of {x} is not defined"));
        }
        let graph = &mut *self.graph;
        Ok(match name {
            "log10" | "log2" => {
                let (log, unit) = (graph.apply(Function::Ln, a), if name == "log2" { 2f64 } else { 10.0 });
                let unit = graph.number(unit.ln());
                graph.divide(log, unit)
            }
            // x Phi(x), Phi the normal distribution's function.
            "gelu" => {
                let root = graph.number(std::f64::consts::FRAC_1_SQRT_2);
                let inside = graph.multiply(a, root);
                let (erf, one, half) = (graph.apply(Function::Erf, inside), graph.number(1.0), graph.number(0.5));
                let (sum, half) = (graph.add(erf, one), graph.multiply(a, half));
                graph.multiply(half, sum)
            }
            "silu" => {
                let sigmoid = graph.apply(Function::Sigmoid, a);
                graph.multiply(a, sigmoid)
            }
            _ => graph.apply(named, a),
        })
    }
}

pub(crate) fn is_function(name: &str) -> bool {
    matches!(name, "min" | "max" | "log10" | "log2" | "gelu" | "silu") || NAMED.iter().any(|(known, _)| *known == name)
}
