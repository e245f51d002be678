//! Cubic splines through points of a line: the interpolant of least `int s''^2` (natural ends; Schoenberg, Holladay
//! 1957), with the third derivative continuous at the last inner knots (not-a-knot: cubics are reproduced), or periodic.
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
    /// s, s' and s'' agree at both ends; beyond them the spline repeats.
    Periodic,
}

impl Ends {
    /// From its name in the API.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for another name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "natural" => Ok(Ends::Natural),
            "notAKnot" => Ok(Ends::NotAKnot),
            "periodic" => Ok(Ends::Periodic),
            _ => Err(Error::argument(format!("ends: expected natural, notAKnot or periodic, got \"{name}\""))),
        }
    }

    fn least(self) -> usize {
        match self {
            Ends::Natural => 2,
            Ends::Periodic => 3,
            Ends::NotAKnot => 4,
        }
    }
}

/// Knots, values, and second derivatives at the knots.
#[derive(Debug, Clone)]
pub struct Spline {
    x: Vec<f64>,
    y: Vec<f64>,
    curvature: Vec<f64>,
    periodic: bool,
}

impl Spline {
    /// Through `(x_i, y_i)`, x ascending; at least 2 points, 3 for `Periodic`, whose first and last value agree, 4 for
    /// `NotAKnot`. O(n).
    ///
    /// # Errors
    /// `INVALID_SHAPE` for too few points or lists of different length, `INVALID_ARGUMENT` for an order, `NON_FINITE`.
    pub fn new(x: &[f64], y: &[f64], ends: Ends) -> Result<Self> {
        let (n, least) = (x.len(), ends.least());
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
        let (first, last) = (y[0], y[n - 1]);
        let scale = y.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        if ends == Ends::Periodic && (first - last).abs() > 1e-12 * scale {
            return Err(Error::argument(format!(
                "y: expected a first and a last value that agree, as periodic ends need, got {first} and {last}"
            )));
        }
        let curvature = if ends == Ends::Periodic { periodic(x, y) } else { curvature(x, y, ends) };
        if curvature.iter().any(|m| !m.is_finite()) {
            return Err(Error::non_finite(
                "x, y: the points lie so close or the values so far apart that slopes overflow",
            ));
        }
        Ok(Spline { x: x.to_vec(), y: y.to_vec(), curvature, periodic: ends == Ends::Periodic })
    }

    /// The value at `t`; outside the knots the end pieces go on, or a periodic spline repeats.
    pub fn at(&self, t: f64) -> f64 {
        let (start, end) = (self.x[0], self.x[self.x.len() - 1]);
        let outside = !(start..=end).contains(&t);
        let t = if self.periodic && outside { start + (t - start).rem_euclid(end - start) } else { t };
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

/// Second derivatives at the knots of a periodic spline: the rows above for m_1 .. m_(n-1), of which m_(n-1) is m_0. The
/// matrix is cyclic; its corners c are a rank-one change of a tridiagonal one (Sherman and Morrison).
fn periodic(x: &[f64], y: &[f64]) -> Vec<f64> {
    let count = x.len() - 1;
    let h: Vec<f64> = x.windows(2).map(|p| p[1] - p[0]).collect();
    let slope: Vec<f64> = y.windows(2).zip(&h).map(|(p, h)| (p[1] - p[0]) / h).collect();
    // Row i is that of the knot between pieces i and i + 1, the last one that between the last piece and the first.
    let after = |i: usize| (i + 1) % count;
    let mut diagonal: Vec<f64> = (0..count).map(|i| 2.0 * (h[i] + h[after(i)])).collect();
    let right: Vec<f64> = (0..count).map(|i| 6.0 * (slope[after(i)] - slope[i])).collect();
    let corner = h[0];
    let inner: Vec<f64> = if count == 2 {
        // Both neighbours of a knot are the other one.
        let (a, b, off) = (diagonal[0], diagonal[1], h[0] + h[1]);
        let determinant = a * b - off * off;
        vec![(b * right[0] - off * right[1]) / determinant, (a * right[1] - off * right[0]) / determinant]
    } else {
        let gamma = -diagonal[0];
        diagonal[0] -= gamma;
        diagonal[count - 1] -= corner * corner / gamma;
        let mut u = vec![0.0; count];
        (u[0], u[count - 1]) = (gamma, corner);
        let (p, q) = (tridiagonal(&h, &diagonal, &right), tridiagonal(&h, &diagonal, &u));
        let along = |v: &[f64]| v[0] + v[count - 1] * corner / gamma;
        let factor = along(&p) / (1.0 + along(&q));
        p.iter().zip(&q).map(|(p, q)| p - factor * q).collect()
    };
    std::iter::once(inner[count - 1]).chain(inner.iter().copied()).collect()
}

/// Solves the symmetric system with `diagonal` and, between rows i and i + 1, `h[i + 1]`.
fn tridiagonal(h: &[f64], diagonal: &[f64], right: &[f64]) -> Vec<f64> {
    let n = diagonal.len();
    let (mut d, mut x) = (diagonal.to_vec(), right.to_vec());
    for i in 1..n {
        let factor = h[i] / d[i - 1];
        d[i] -= factor * h[i];
        x[i] -= factor * x[i - 1];
    }
    for i in (0..n).rev() {
        let next = if i + 1 < n { h[i + 1] * x[i + 1] } else { 0.0 };
        x[i] = (x[i] - next) / d[i];
    }
    x
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
    fn periodic_ends_agree_with_scipy() {
        // scipy.interpolate.CubicSpline(x, y, bc_type='periodic') of SciPy 1.15.
        let (x, y) = ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 2.0, 1.0, -1.0, 0.5, 0.0]);
        let s = Spline::new(&x, &y, Ends::Periodic).unwrap();
        assert!((s.at(0.5) - 0.931_818_181_818_181_8).abs() < 1e-14, "{}", s.at(0.5));
        for t in [-4.5, 5.5, 10.5] {
            assert!((s.at(t) - s.at(0.5)).abs() < 1e-13);
        }
        assert_eq!((s.at(0.0), s.at(5.0)), (0.0, 0.0));
        assert!((s.curvature[0] - s.curvature[5]).abs() < 1e-14);
        // Two pieces, three knots: m_0 = -m_1 by symmetry, 2 (1 + 1) m_1 + 2 m_0 = 6 (-1 - 1), m_1 = -6.
        let two = Spline::new(&[0.0, 1.0, 2.0], &[0.0, 1.0, 0.0], Ends::Periodic).unwrap();
        assert!((two.curvature[1] + 6.0).abs() < 1e-14 && (two.curvature[0] - 6.0).abs() < 1e-14);
    }

    #[test]
    fn periodic_splines_of_a_wave_converge_with_the_fourth_power() {
        let error = |n: usize| {
            let x: Vec<f64> = (0..=n).map(|i| i as f64 / n as f64).collect();
            let wave = |t: f64| (std::f64::consts::TAU * t).sin();
            let mut y: Vec<f64> = x.iter().map(|&t| wave(t)).collect();
            y[n] = y[0];
            let s = Spline::new(&x, &y, Ends::Periodic).unwrap();
            (0..1000).map(|i| i as f64 / 1000.0).map(|t| (s.at(t) - wave(t)).abs()).fold(0.0, f64::max)
        };
        let ratio = error(20) / error(40);
        assert!((14.0..18.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn bad_points_are_refused() {
        let open = Spline::new(&[0.0, 1.0, 2.0], &[0.0, 1.0, 0.5], Ends::Periodic).unwrap_err().message;
        assert!(open.contains("agree") && open.contains("0.5"), "{open}");
        assert!(Spline::new(&[0.0, 5e-324], &[0.0, 1.0], Ends::Natural).is_ok());
        assert!(Spline::new(&[0.0, 5e-324, 1.0], &[0.0, 1.0, 0.0], Ends::Natural).is_err());
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
