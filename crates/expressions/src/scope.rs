//! The names that a text may use besides the functions and constants, and texts read in their scope.

use crate::function::NAMED;
use crate::graph::{Graph, Id};
use crate::parse::parse;
use crate::token::Fault;
use base::{Error, Result};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Named {
    Variable(u32),
    Number(f64),
}

/// Which variable a name is. A resolver may know more names than it lists (`u_xx`, of any order).
pub trait Names {
    /// What the name stands for, if there is something of this name; else what is wrong with it, where that is known.
    fn find(&mut self, name: &str) -> std::result::Result<Option<Named>, String>;
    /// Names to propose.
    fn known(&self) -> Vec<String>;
}

/// Variables by their place in a list.
#[derive(Debug, Clone)]
pub struct Scope<'a>(&'a [&'a str]);

impl<'a> Scope<'a> {
    pub fn new(names: &'a [&'a str]) -> Self {
        Scope(names)
    }

    /// The value of a text, added to `graph`; `what` is the option's name, for messages.
    pub fn read(&self, what: &str, text: &str, graph: &mut Graph) -> Result<Id> {
        read(what, text, &mut self.clone(), graph)
    }
}

impl Names for Scope<'_> {
    fn find(&mut self, name: &str) -> std::result::Result<Option<Named>, String> {
        Ok(self.0.iter().position(|known| *known == name).map(|place| Named::Variable(place as u32)))
    }
    fn known(&self) -> Vec<String> {
        self.0.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// Longest text: nobody writes one by hand, and reading nests no deeper than it is long.
const LONGEST: usize = 10_000;

/// The value of a text with names of any kind, added to `graph`.
pub fn read(what: &str, text: &str, names: &mut dyn Names, graph: &mut Graph) -> Result<Id> {
    if text.len() > LONGEST {
        return Err(Error::argument(format!("{what}: expected at most {LONGEST} characters, got {}", text.len())));
    }
    parse(text, names, graph).map_err(|fault| Error::argument(pointed(what, text, &fault)))
}

/// The message with the text below it and a mark under the place.
fn pointed(what: &str, text: &str, Fault { at, what: wrong }: &Fault) -> String {
    let before = text[..at.start].chars().count();
    let marked = text[at.clone()].chars().count().max(1);
    // One line, whatever the text holds.
    let shown: String = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).collect();
    format!("{what}: {wrong}, at character {}\n  {shown}\n  {}{}", before + 1, " ".repeat(before), "^".repeat(marked))
}

/// Whether a text can use this as a name of its own: letters, digits and `_`, no digit first, and no function or constant.
pub fn is_free(name: &str) -> bool {
    let letter = |c: char| c.is_alphabetic() || c == '_';
    name.starts_with(letter)
        && name.chars().all(|c| letter(c) || c.is_numeric())
        && !matches!(name, "pi" | "e" | "log")
        && !crate::parse::is_function(name)
}

/// The names nearest to one that does not exist, for the message.
pub(crate) fn unknown(name: &str, known: &[String], functions: bool) -> String {
    let constants = ["pi", "e"];
    let candidates = known
        .iter()
        .map(String::as_str)
        .chain(constants)
        .chain(NAMED.iter().map(|(name, _)| *name).filter(|_| functions))
        .chain(["min", "max", "log10", "log2", "gelu", "silu"].into_iter().filter(|_| functions));
    let nearest = candidates.map(|other| (distance(name, other), other)).min();
    match nearest {
        Some((steps, other)) if steps <= 1 + name.chars().count() / 3 => {
            format!("there is no {name}; did you mean {other}?")
        }
        _ => format!("there is no {name}; expected one of {}", known.join(", ")),
    }
}

/// Changes, insertions, deletions and turns of neighbours from one name to another (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let [a, b]: [Vec<char>; 2] = [a, b].map(|name| name.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let steps = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let turned = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if turned { steps.min(rows[i - 2][j - 2] + 1) } else { steps }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Scope::new(&["x", "y", "width"]).read("f", text, &mut Graph::new()).unwrap_err().to_string()
    }

    #[test]
    fn faults_point_at_their_place() {
        for (text, what, at) in [
            ("2 x", "side by side", 2),
            ("x(y + 1)", "x is no function", 1),
            ("(x + 1)(y)", "side by side", 8),
            ("x + * y", "got *", 5),
            ("x +", "ends where", 4),
            ("sin x", "sin is a function", 1),
            ("sni(x)", "did you mean sin?", 1),
            ("1 + widht", "did you mean width?", 5),
            ("sin(x, y)", "one argument, got 2", 1),
            ("max(x)", "two arguments, got 1", 1),
            ("(x + 1", "not closed", 1),
            ("x + 1)", "closes none", 6),
            ("x, y", "comma", 2),
            ("1 / 0", "divides by zero", 1),
            ("x / (1 - 1)", "divides by zero", 3),
            ("ln(-1) * x", "ln of -1 is not defined", 1),
            ("(0 - 2)^0.5", "no real number", 1),
            ("x ** 2", "a power is written ^", 3),
            ("x & y", "'&' has no meaning", 3),
            ("log(x)", "ln, log10 or log2", 1),
            ("1e999", "is no number", 1),
            ("1.2.3", "side by side", 4),
            ("", "got nothing", 1),
            ("   ", "got nothing", 1),
            ("x\u{3000}+ é", "there is no é", 5),
        ] {
            let message = fault(text);
            assert!(message.contains(what) && message.contains(&format!("at character {at}\n")), "{text}: {message}");
        }
        assert!(fault(&"(".repeat(5000)).contains("deep"));
        assert!(fault(&"-".repeat(9000)).contains("deep"));
        assert!(fault(&"x".repeat(20_000)).contains("at most 10000 characters"));
    }

    #[test]
    fn precedence_is_that_of_mathematics() {
        for (text, value) in [
            ("-x^2", -9.0),
            ("2^3^2", 512.0),
            ("2^-1", 0.5),
            ("8 / 2 / 2", 2.0),
            ("8 - 2 - 2", 4.0),
            ("2 * x^2 + 1", 19.0),
            ("-2^2 * 3", -12.0),
            ("2 - -x", 5.0),
            ("+x", 3.0),
            ("x^-2 * 9", 1.0),
            ("1.5e1 + .5", 15.5),
            ("e^1 - e", 0.0),
            ("min(x, y) + max(x, y)", 8.0),
        ] {
            let mut graph = Graph::new();
            let id = Scope::new(&["x", "y"]).read("f", text, &mut graph).unwrap();
            let got = graph.value(id, &[3.0, 5.0]);
            assert!((got - value).abs() < 1e-14, "{text}: {got}");
        }
    }
}
