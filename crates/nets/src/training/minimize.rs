//! Minimisers that take a whole batch and decide for themselves how often they evaluate it.
//!
//! One step is one accepted line search (`lbfgs`, `bfgs`), one sweep over all directions (`powell`) or one generation
//! (`particleSwarm`). They work in f64 on the flat list of parameters; a point is rounded to the numbers that the problem
//! holds before it is evaluated, so that a step can be repeated from what was saved.
//!
//! ```
//! use nets::training::minimize::{MethodSpec, Outcome, Problem};
//! struct Bowl;
//! impl Problem for Bowl {
//!     fn value(&mut self, x: &[f64]) -> f64 { 1.0 + x[0] * x[0] + 10.0 * x[1] * x[1] }
//!     fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
//!         gradient.copy_from_slice(&[2.0 * x[0], 20.0 * x[1]]);
//!         self.value(x)
//!     }
//! }
//! let mut method = MethodSpec::from_json(r#"{ "type": "bfgs" }"#).unwrap().build(2, 0);
//! let mut x = vec![3.0, 1.0];
//! // Until rounding hides every lower value. (A bowl with its bottom at 0 would be followed down to the smallest number.)
//! let steps = (0..30).take_while(|&step| method.step(&mut Bowl, &mut x, step) == Outcome::Moved).count();
//! assert_eq!(method.step(&mut Bowl, &mut x, steps as u64), Outcome::Stalled);
//! assert!(Bowl.value(&x) - 1.0 < 1e-15 && steps < 30);
//! ```

mod curvature;
mod line;
mod powell;
mod quasi_newton;
mod spec;
mod swarm;
mod wolfe;

pub use spec::MethodSpec;

use base::Result;

/// A function to be made small.
pub trait Problem {
    /// May be infinite or NaN: such a point is never accepted.
    fn value(&mut self, x: &[f64]) -> f64;

    /// The value; its derivatives into `gradient`.
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64;

    /// Rounds to the numbers that it can hold.
    fn round(&self, _x: &mut [f64]) {}

    /// Whether the step under way is to be given up.
    fn stopped(&self) -> bool {
        false
    }
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The step is done (a swarm may have found nothing better).
    Moved,
    /// Nothing lower can be found: so it will be in every further step.
    Stalled,
    /// It was given up; point and state are those before it.
    Stopped,
    /// The value at the point is not finite.
    Diverged,
}

/// An array of a method's state with its shape.
pub type Kept = (Vec<f64>, Vec<usize>);

/// A minimiser with its state.
pub trait Method: Send {
    /// Step `step`, counted from 0 over the whole training; moves `x`.
    fn step(&mut self, problem: &mut dyn Problem, x: &mut Vec<f64>, step: u64) -> Outcome;

    /// What [`restore`](Self::restore) needs to go on with the same bits.
    fn state(&self) -> Vec<Kept>;

    /// # Errors
    /// `INVALID_SHAPE` or `INVALID_ARGUMENT` for what is not the state of this method on as many parameters.
    fn restore(&mut self, state: Vec<Kept>) -> Result<()>;
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// `x + t d`, rounded to what the problem holds.
fn along(problem: &dyn Problem, x: &[f64], t: f64, d: &[f64]) -> Vec<f64> {
    let mut point: Vec<f64> = x.iter().zip(d).map(|(x, d)| x + t * d).collect();
    problem.round(&mut point);
    point
}

/// The arrays of a state, as many and of such shapes as expected (`None`: any length of that axis).
fn shaped(state: Vec<Kept>, expected: &[&[Option<usize>]]) -> Result<Vec<Vec<f64>>> {
    let fits = |(_, shape): &Kept, wanted: &&[Option<usize>]| {
        shape.len() == wanted.len() && shape.iter().zip(*wanted).all(|(n, wanted)| wanted.is_none_or(|w| w == *n))
    };
    if state.len() != expected.len() || !state.iter().zip(expected).all(|(kept, wanted)| fits(kept, wanted)) {
        let shapes: Vec<_> = state.iter().map(|(_, shape)| shape).collect();
        return Err(base::Error::shape(format!(
            "resume: expected the state of the same optimizer on the same network, got arrays of shapes {shapes:?}"
        )));
    }
    Ok(state.into_iter().map(|(values, _)| values).collect())
}

#[cfg(test)]
mod tests;
