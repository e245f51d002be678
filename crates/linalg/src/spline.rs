//! Cubic splines through points of a line: the interpolant of least `int s''^2` (natural ends; Schoenberg, Holladay
//! 1957), or with the third derivative continuous at the last inner knots (not-a-knot: cubics are reproduced).
//!
//! ```
//! use linalg::spline::{Ends, Spline};
//! let s = Spline::new(&[0.0, 1.0, 2.0], &[0.0, 1.0, 0.0], Ends::Natural).unwrap();
//! // s'' = -3 at the middle knot: s(1/2) = 1/2 + 3/16.
//! assert!((s.at(0.5) - 0.6875).abs() < 1e-15);
//! ```

use base::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// s'' = 0 at both ends.
    Natural,
    /// s''' continuous at the second and the last but one knot (SciPy's default).
    NotAKnot,
}

/// Knots, values, and second derivatives at the knots.
#[derive(Debug, Clone)]
pub struct Spline {
    x: Vec<f64>,
    y: Vec<f64>,
    curvature: Vec<f64>,
}

impl Spline {
    /// Through `(x_i, y_i)`, x ascending; at least 2 points, 4 for `NotAKnot`. O(n).
    ///
    /// # Errors
    /// `INVALID_SHAPE` for too few points or lists of different length, `INVALID_ARGUMENT` for an order, `NON_FINITE`.
    pub fn new(x: &[f64], y: &[f64], ends: Ends) -> Result<Self> {
        let (n, least) = (x.len(), if ends == Ends::Natural { 2 } else { 4 });
        if n < least || y.len() != n {
            return Err(Error::shape(format!(
                "y: expected at least {least} points and as many values, got {n} points and {} values",
                y.len()
            )));
        }
        if x.iter().chain(y).any(|v| !v.is_finite()) {
            return Err(Error::non_finite("x, y: expected finite numbers"));
        }
        if let Some(at) = x.windows(2).position(|pair| pair[1] <= pair[0]) {
            return Err(Error::argument(format!("x: expected ascending points, got {} before {}", x[at], x[at + 1])));
        }
        Ok(Spline { x: x.to_vec(), y: y.to_vec(), curvature: curvature(x, y, ends) })
    }

    /// The value at `t`; outside the knots the end pieces go on.
    pub fn at(&self, t: f64) -> f64 {
        let piece = self.x.partition_point(|&knot| knot <= t).clamp(1, self.x.len() - 1) - 1;
        let h = self.x[piece + 1] - self.x[piece];
        let (a, b) = ((self.x[piece + 1] - t) / h, (t - self.x[piece]) / h);
        let bend = (a.powi(3) - a) * self.curvature[piece] + (b.powi(3) - b) * self.curvature[piece + 1];
        a * self.y[piece] + b * self.y[piece + 1] + bend * h * h / 6.0
    }
}

/// Second derivatives m at the knots, from `h_(i-1) m_(i-1) + 2 (h_(i-1) + h_i) m_i + h_i m_(i+1) = 6 (d_i - d_(i-1))`,
/// d the slopes of the chords.
fn curvature(x: &[f64], y: &[f64], ends: Ends) -> Vec<f64> {
    let n = x.len();
    let mut m = vec![0.0; n];
    if n < 3 {
        return m;
    }
    let h: Vec<f64> = x.windows(2).map(|p| p[1] - p[0]).collect();
    let slope: Vec<f64> = y.windows(2).zip(&h).map(|(p, h)| (p[1] - p[0]) / h).collect();
    let inner = n - 2;
    let mut lower: Vec<f64> = h[..inner].to_vec();
    let mut upper: Vec<f64> = h[1..].to_vec();
    let mut diagonal: Vec<f64> = (0..inner).map(|i| 2.0 * (h[i] + h[i + 1])).collect();
    let mut right: Vec<f64> = (0..inner).map(|i| 6.0 * (slope[i + 1] - slope[i])).collect();
    if ends == Ends::NotAKnot {
        // m_0 = (1 + h_0/h_1) m_1 - (h_0/h_1) m_2 put into the first row, and its mirror image into the last.
        let (first, last) = (h[0] / h[1], h[n - 2] / h[n - 3]);
        diagonal[0] += h[0] * (1.0 + first);
        upper[0] -= h[0] * first;
        diagonal[inner - 1] += h[n - 2] * (1.0 + last);
        lower[inner - 1] -= h[n - 2] * last;
    }
    for i in 1..inner {
        let factor = lower[i] / diagonal[i - 1];
        diagonal[i] -= factor * upper[i - 1];
        right[i] -= factor * right[i - 1];
    }
    for i in (0..inner).rev() {
        let next = if i + 1 < inner { upper[i] * m[i + 2] } else { 0.0 };
        m[i + 1] = (right[i] - next) / diagonal[i];
    }
    if ends == Ends::NotAKnot {
        m[0] = m[1] + h[0] / h[1] * (m[1] - m[2]);
        m[n - 1] = m[n - 2] + h[n - 2] / h[n - 3] * (m[n - 2] - m[n - 3]);
    }
    m
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn not_a_knot_reproduces_cubics_beyond_the_knots_too() {
        let cubic = |t: f64| 2.0 - t + 0.5 * t * t - 3.0 * t.powi(3);
        let x = [-1.0, -0.2, 0.1, 0.7, 2.0];
        let s = Spline::new(&x, &x.map(cubic), Ends::NotAKnot).unwrap();
        for t in [-1.5, -1.0, -0.7, 0.0, 0.5, 1.9, 2.5] {
            assert!((s.at(t) - cubic(t)).abs() < 1e-12, "{t}");
        }
    }

    #[test]
    fn natural_ends_agree_with_a_hand_made_solution() {
        // x = 0, 1, 3, 4, y = 0, 2, 2, 0: by symmetry m_1 = m_2 = m, 6 m + 2 m = 6 (0 - 2), m = -3/2.
        let s = Spline::new(&[0.0, 1.0, 3.0, 4.0], &[0.0, 2.0, 2.0, 0.0], Ends::Natural).unwrap();
        assert!((s.curvature[1] + 1.5).abs() < 1e-14 && (s.curvature[2] + 1.5).abs() < 1e-14);
        assert_eq!((s.curvature[0], s.curvature[3]), (0.0, 0.0));
        // In the middle: the chord's 2, and -m h^2 / 8 = 3/4.
        assert!((s.at(2.0) - 2.75).abs() < 1e-14);
    }

    #[test]
    fn bad_points_are_refused() {
        assert!(Spline::new(&[0.0], &[1.0], Ends::Natural).is_err());
        assert!(Spline::new(&[0.0, 1.0, 2.0], &[1.0; 3], Ends::NotAKnot).is_err());
        assert!(Spline::new(&[0.0, 0.0], &[1.0; 2], Ends::Natural).unwrap_err().message.contains("ascending"));
        assert!(Spline::new(&[0.0, 1.0], &[1.0, f64::NAN], Ends::Natural).is_err());
    }

    proptest! {
        #[test]
        fn it_passes_through_its_points(
            steps in prop::collection::vec((0.1..3.0, -5.0..5.0), 4..12),
            knot in any::<bool>(),
        ) {
            let mut x = Vec::new();
            for (step, _) in &steps {
                x.push(x.last().copied().unwrap_or(0.0) + step);
            }
            let y: Vec<f64> = steps.iter().map(|s| s.1).collect();
            let s = Spline::new(&x, &y, if knot { Ends::NotAKnot } else { Ends::Natural }).unwrap();
            for (t, v) in x.iter().zip(&y) {
                prop_assert!((s.at(*t) - v).abs() < 1e-9);
            }
        }
    }
}
