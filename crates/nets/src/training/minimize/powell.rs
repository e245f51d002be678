//! Powell's method (Powell 1964, with the rule of Numerical Recipes, section 10.7): a sweep minimises along each direction
//! of a set, at first the axes; then the direction of the largest decrease gives way to the sweep's whole move, unless
//! that one is exhausted or the set would become dependent.

use super::{Kept, Method, Outcome, Problem, along, line, shaped};
use base::Result;

pub struct Powell {
    n: usize,
    tolerance: f64,
    /// Rows; empty for the axes.
    directions: Vec<f64>,
}

impl Powell {
    pub fn new(n: usize, tolerance: f64) -> Self {
        Powell { n, tolerance, directions: Vec::new() }
    }

    /// Minimises from `x` with value `value` along `d`; `None` if it is to stop.
    fn along(&self, problem: &mut dyn Problem, x: &mut Vec<f64>, value: f64, d: &[f64]) -> Option<f64> {
        if problem.stopped() {
            return None;
        }
        let mut f = |t: f64| {
            let point = along(problem, x, t, d);
            problem.value(&point)
        };
        let (t, lowest) = line::minimum(&mut f, value, 1.0, self.tolerance);
        if lowest < value {
            *x = along(problem, x, t, d);
            return Some(lowest);
        }
        Some(value)
    }
}

impl Method for Powell {
    fn step(&mut self, problem: &mut dyn Problem, x: &mut Vec<f64>, _: u64) -> Outcome {
        let n = self.n;
        if self.directions.is_empty() {
            self.directions = vec![0.0; n * n];
            self.directions.iter_mut().step_by(n + 1).for_each(|x| *x = 1.0);
        }
        let start = problem.value(x);
        if !start.is_finite() {
            return if problem.stopped() { Outcome::Stopped } else { Outcome::Diverged };
        }
        let (mut point, mut value) = (x.clone(), start);
        let (mut largest, mut of) = (0.0, 0);
        for (i, d) in self.directions.chunks_exact(n).enumerate() {
            let before = value;
            let Some(lower) = self.along(problem, &mut point, value, d) else { return Outcome::Stopped };
            value = lower;
            if before - value > largest {
                (largest, of) = (before - value, i);
            }
        }
        if value >= start {
            return Outcome::Stalled;
        }
        let whole: Vec<f64> = point.iter().zip(x.iter()).map(|(a, b)| a - b).collect();
        let beyond = along(problem, &point, 1.0, &whole);
        let further = problem.value(&beyond);
        if further < start {
            let t = 2.0 * (start - 2.0 * value + further) * (start - value - largest).powi(2)
                - largest * (start - further).powi(2);
            if t < 0.0 {
                let Some(_) = self.along(problem, &mut point, value, &whole) else { return Outcome::Stopped };
                // The last direction takes the place of the one given up, the new one comes last.
                let last = (n - 1) * n;
                self.directions.copy_within(last.., of * n);
                self.directions[last..].copy_from_slice(&whole);
            }
        }
        if problem.stopped() {
            return Outcome::Stopped;
        }
        *x = point;
        Outcome::Moved
    }

    fn state(&self) -> Vec<Kept> {
        let rows = if self.directions.is_empty() { 0 } else { self.n };
        vec![(self.directions.clone(), vec![rows, self.n])]
    }

    fn restore(&mut self, state: Vec<Kept>) -> Result<()> {
        let rows = state.first().and_then(|(_, shape)| shape.first()).copied();
        let rows = if rows == Some(0) { Some(0) } else { Some(self.n) };
        self.directions = shaped(state, &[&[rows, Some(self.n)]])?.swap_remove(0);
        Ok(())
    }
}
