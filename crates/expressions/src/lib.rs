//! Formulas as text: checked, differentiated, compiled to a program over vectors. No networks.
//!
//! A text is read by [`Scope::read`] into a [`Graph`], in which equal parts are one node; [`Graph::derivative`] adds the nodes of
//! a derivative to it, sharing what they have in common with the rest; [`Program`] runs any number of nodes over arrays, a block
//! that stays in cache at a time, in the vectors of the machine. Errors point at the character.
//!
//! ```
//! use expressions::{Graph, Program, Scope};
//! let mut graph = Graph::new();
//! let f = Scope::new(&["x"]).read("f", "x * tanh(2 * x)", &mut graph).unwrap();
//! let slope = graph.derivative(f, 0);
//! let program = Program::new(&graph, &[f, slope], 1);
//! let x = [0.5, -1.0];
//! let (mut value, mut derivative) = ([0.0; 2], [0.0; 2]);
//! program.run::<f64>(&[&x], &mut [&mut value, &mut derivative]);
//! assert!((value[0] - 0.5 * 1f64.tanh()).abs() < 1e-15);
//! assert!((derivative[0] - (1f64.tanh() + 1.0 - 1f64.tanh().powi(2))).abs() < 1e-15);
//! ```

#![forbid(unsafe_code)]

mod derivative;
mod evaluate;
mod function;
mod graph;
mod parse;
mod program;
mod scope;
mod token;

pub use evaluate::evaluate;
pub use function::{Function, Operation};
pub use graph::{Graph, Id, Node};
pub use program::{Blocks, Program};
pub use scope::{Named, Names, Scope, is_free, read};
