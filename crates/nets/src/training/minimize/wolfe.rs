//! A line search for the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6):
//! `f(t) <= f(0) + c1 t f'(0)` and `|f'(t)| <= c2 |f'(0)|`, by expansion, then cubic interpolation in a bracket.

use super::{Problem, along, dot};

/// Constants of a search; `most` evaluations.
#[derive(Debug, Clone, Copy)]
pub struct Wolfe {
    pub c1: f64,
    pub c2: f64,
    pub most: usize,
}

/// A point on the line with everything known about it.
#[derive(Debug, Clone)]
pub struct Point {
    pub t: f64,
    pub value: f64,
    pub slope: f64,
    pub x: Vec<f64>,
    pub gradient: Vec<f64>,
}

pub enum Found {
    Point(Point),
    /// No point of sufficient decrease.
    Nothing,
    Stopped,
}

impl Wolfe {
    /// From `start` (t = 0) along `d`, a direction of descent, `first` being tried first.
    pub fn search(&self, problem: &mut dyn Problem, start: &Point, d: &[f64], first: f64) -> Found {
        let mut at = |t: f64| {
            let x = along(problem, &start.x, t, d);
            let mut gradient = vec![0.0; d.len()];
            let value = problem.gradient(&x, &mut gradient);
            let slope = dot(&gradient, d);
            let finite = value.is_finite() && slope.is_finite();
            (!problem.stopped()).then_some(Point {
                t,
                value: if finite { value } else { f64::INFINITY },
                slope,
                x,
                gradient,
            })
        };
        // Lower in any case: close to a minimum the sum rounds to the start's own value, and points that are all as high
        // would be accepted without an end.
        let decreases = |p: &Point| p.value < start.value && p.value <= start.value + self.c1 * p.t * start.slope;
        let flat = |p: &Point| p.slope.abs() <= -self.c2 * start.slope;
        let (mut low, mut t) = (start.clone(), first);
        // Expansion, until a bracket [low, high] (in either order) holds a point that is wanted.
        let mut left = self.most;
        let mut high = loop {
            if left == 0 {
                return if low.t > 0.0 { Found::Point(low) } else { Found::Nothing };
            }
            left -= 1;
            let Some(point) = at(t) else { return Found::Stopped };
            if !decreases(&point) || (low.t > 0.0 && point.value >= low.value) {
                break point;
            }
            if flat(&point) {
                return Found::Point(point);
            }
            if point.slope >= 0.0 {
                break std::mem::replace(&mut low, point);
            }
            low = point;
            t *= 2.0;
        };
        while left > 0 && (high.t - low.t).abs() > f64::EPSILON * high.t.max(low.t) {
            left -= 1;
            let Some(point) = at(between(&low, &high)) else { return Found::Stopped };
            if !decreases(&point) || point.value >= low.value {
                high = point;
                continue;
            }
            if flat(&point) {
                return Found::Point(point);
            }
            if point.slope * (high.t - low.t) >= 0.0 {
                high = low;
            }
            low = point;
        }
        if low.t > 0.0 { Found::Point(low) } else { Found::Nothing }
    }
}

/// The minimum of the cubic through values and slopes of both ends, kept a tenth of the bracket away from them; the middle
/// where there is none.
fn between(low: &Point, high: &Point) -> f64 {
    let width = high.t - low.t;
    let a = low.slope + high.slope - 3.0 * (high.value - low.value) / width;
    let root = (a * a - low.slope * high.slope).sqrt().copysign(width);
    let t = high.t - width * (high.slope + root - a) / (high.slope - low.slope + 2.0 * root);
    let share = (t - low.t) / width;
    low.t + width * if share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 }
}
