//! Steps along `-H g`, H an approximation of the inverse Hessian, each as long as a strong Wolfe search says.

use super::curvature::Curvature;
use super::wolfe::{Found, Point, Wolfe};
use super::{Kept, Method, Outcome, Problem, dot};
use base::Result;

pub struct QuasiNewton<C> {
    curvature: C,
    wolfe: Wolfe,
    /// Where the last step ended, with value and gradient.
    here: Option<Point>,
}

impl<C: Curvature> QuasiNewton<C> {
    pub fn new(curvature: C, wolfe: Wolfe) -> Self {
        QuasiNewton { curvature, wolfe, here: None }
    }
}

impl<C: Curvature> Method for QuasiNewton<C> {
    fn step(&mut self, problem: &mut dyn Problem, x: &mut Vec<f64>, _: u64) -> Outcome {
        let mut here = self.here.take().unwrap_or_else(|| {
            let mut gradient = vec![0.0; x.len()];
            let value = problem.gradient(x, &mut gradient);
            Point { t: 0.0, value, slope: 0.0, x: x.clone(), gradient }
        });
        if problem.stopped() {
            return Outcome::Stopped;
        }
        if !here.value.is_finite() || here.gradient.iter().any(|g| !g.is_finite()) {
            return Outcome::Diverged;
        }
        loop {
            let d: Vec<f64> = self.curvature.times(&here.gradient).iter().map(|x| -x).collect();
            here.t = 0.0;
            here.slope = dot(&here.gradient, &d);
            if here.slope < 0.0 {
                // Nothing is known of the scale at first.
                let size: f64 = here.gradient.iter().map(|g| g.abs()).sum();
                let first = if self.curvature.is_empty() { (1.0 / size).min(1.0) } else { 1.0 };
                match self.wolfe.search(problem, &here, &d, first) {
                    Found::Stopped => {
                        self.here = Some(here);
                        return Outcome::Stopped;
                    }
                    Found::Point(point) => {
                        let s: Vec<f64> = point.x.iter().zip(&here.x).map(|(a, b)| a - b).collect();
                        let y: Vec<f64> = point.gradient.iter().zip(&here.gradient).map(|(a, b)| a - b).collect();
                        // Rounding may have taken the curvature that the Wolfe conditions promise.
                        if dot(&s, &y) > f64::EPSILON * dot(&y, &y) {
                            self.curvature.update(s, y);
                        }
                        x.clone_from(&point.x);
                        self.here = Some(point);
                        return Outcome::Moved;
                    }
                    Found::Nothing => {}
                }
            }
            // What is known of the curvature may mislead: down the gradient once more before giving up.
            if self.curvature.is_empty() {
                self.here = Some(here);
                return Outcome::Stalled;
            }
            self.curvature.clear();
        }
    }

    fn state(&self) -> Vec<Kept> {
        self.curvature.state()
    }

    fn restore(&mut self, state: Vec<Kept>) -> Result<()> {
        self.curvature.restore(state)
    }
}
