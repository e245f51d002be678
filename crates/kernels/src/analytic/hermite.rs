//! Dual activations of any function, by its Hermite coefficients (Mehler's formula):
//!
//! `T = sum_k h_k(a) h_k(b) r^k`, `h_k(a) = E[f(sqrt(a) z) He_k(z) / sqrt(k!)]`, z ~ N(0, 1), r = c / sqrt(ab),
//!
//! and the same with f' for T'. Each coefficient is a Gauss-Legendre quadrature over [-13, 13] in panels that end
//! at the kinks of f. What is left out after K terms is known by Parseval, `E[f^2] - sum_k<K h_k^2`, which bounds
//! the error of every entry: `sqrt(tail(a) tail(b)) |r|^K`.

use nets::Activation;

/// Terms of the series.
const TERMS: usize = 160;
/// The density is below 1e-37 outside.
const RANGE: f64 = 13.0;
/// Panels between kinks, and points of each.
const PANELS: usize = 40;
const POINTS: usize = 16;

/// The coefficients of f and f' at one variance, and what they leave out.
#[derive(Debug, Clone)]
pub struct Coefficients {
    value: Vec<f64>,
    slope: Vec<f64>,
    value_tail: f64,
    slope_tail: f64,
    variance: f64,
}

impl Coefficients {
    /// What the terms leave out of `E[f^2]` or `E[f'^2]`, relative to it, and rounding: by the Cauchy-Schwarz inequality
    /// no T or T' with this input is further off, in units of its value at equal inputs.
    pub fn relative_error(&self) -> f64 {
        let left = |tail: f64, h: &[f64]| {
            let whole = tail + h.iter().map(|v| v * v).sum::<f64>();
            if whole > 0.0 { tail / whole } else { 0.0 }
        };
        let truncation = left(self.value_tail, &self.value).max(left(self.slope_tail, &self.slope));
        truncation + f64::EPSILON * TERMS as f64
    }
}

/// Quadrature of an activation; make one and reuse it for every variance.
pub struct Hermite {
    activation: Activation,
    nodes: Vec<(f64, f64)>,
}

impl Hermite {
    pub fn new(activation: Activation) -> Self {
        Hermite { activation, nodes: gauss_legendre(POINTS) }
    }

    /// Where f or f' jumps, in units of its argument.
    fn kinks(&self) -> Vec<f64> {
        match self.activation {
            Activation::Relu {} | Activation::LeakyRelu { .. } | Activation::Elu { .. } => vec![0.0],
            Activation::ClippedRelu { max } => vec![0.0, max],
            Activation::Hat {} => vec![0.0, 1.0, 2.0],
            _ => vec![],
        }
    }

    /// h_k at variance `a` for f and f'.
    pub fn coefficients(&self, a: f64) -> Coefficients {
        let scale = a.max(0.0).sqrt();
        let mut edges = vec![-RANGE];
        if scale > 0.0 {
            edges.extend(self.kinks().iter().map(|k| k / scale).filter(|z| z.abs() < RANGE));
        }
        edges.push(RANGE);
        let mut out = Coefficients {
            value: vec![0.0; TERMS],
            slope: vec![0.0; TERMS],
            value_tail: 0.0,
            slope_tail: 0.0,
            variance: a,
        };
        for span in edges.windows(2) {
            // Panels of at most 2 RANGE / PANELS wide in z.
            let count = ((span[1] - span[0]) / (2.0 * RANGE) * PANELS as f64).ceil().max(1.0) as usize;
            let half = (span[1] - span[0]) / (2 * count) as f64;
            for panel in 0..count {
                let middle = span[0] + half * (2 * panel + 1) as f64;
                for &(node, weight) in &self.nodes {
                    self.add(&mut out, middle + half * node, weight * half, scale);
                }
            }
        }
        let left = |all: f64, h: &[f64]| (all - h.iter().map(|x| x * x).sum::<f64>()).max(0.0);
        out.value_tail = left(out.value_tail, &out.value);
        out.slope_tail = left(out.slope_tail, &out.slope);
        out
    }

    fn add(&self, out: &mut Coefficients, z: f64, weight: f64, scale: f64) {
        let density = weight * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let [value, slope, ..] = self.activation.derivatives(scale * z);
        out.value_tail += density * value * value;
        out.slope_tail += density * slope * slope;
        // He_k / sqrt(k!) by its three-term recurrence.
        let (mut before, mut now) = (0.0, 1.0);
        for k in 0..TERMS {
            out.value[k] += density * value * now;
            out.slope[k] += density * slope * now;
            let next = (z * now - (k as f64).sqrt() * before) / ((k + 1) as f64).sqrt();
            (before, now) = (now, next);
        }
    }
}

/// (T, T') and a bound on the error of either, relative to sqrt(E f(u)^2 E f(v)^2) and the same of f'.
pub fn series(x: &Coefficients, y: &Coefficients, c: f64) -> (f64, f64, f64) {
    let norm = (x.variance * y.variance).sqrt();
    let r = if norm > 0.0 { super::dual::correlation(c, norm).clamp(-1.0, 1.0) } else { 0.0 };
    let (mut value, mut slope, mut power) = (0.0, 0.0, 1.0);
    for k in 0..TERMS {
        value += x.value[k] * y.value[k] * power;
        slope += x.slope[k] * y.slope[k] * power;
        power *= r;
    }
    // Equal inputs: Parseval gives the whole sum.
    if r == 1.0 && x.variance == y.variance {
        return (value + x.value_tail, slope + x.slope_tail, f64::EPSILON * TERMS as f64);
    }
    let relative = |tail: f64, h: &[f64], other_tail: f64, other: &[f64]| {
        let whole = |t: f64, h: &[f64]| t + h.iter().map(|v| v * v).sum::<f64>();
        let size = (whole(tail, h) * whole(other_tail, other)).sqrt();
        if size > 0.0 { (tail * other_tail).sqrt() * power.abs() / size } else { 0.0 }
    };
    let error = relative(x.value_tail, &x.value, y.value_tail, &y.value).max(relative(
        x.slope_tail,
        &x.slope,
        y.slope_tail,
        &y.slope,
    ));
    (value, slope, error + f64::EPSILON * TERMS as f64)
}

/// Nodes and weights on [-1, 1]: Newton's method on the Legendre polynomial.
pub fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut before, mut now) = (1.0, x);
                for k in 2..=n {
                    let k = k as f64;
                    (before, now) = (now, ((2.0 * k - 1.0) * x * now - (k - 1.0) * before) / k);
                }
                if n == 1 {
                    (before, now) = (1.0, x);
                }
                slope = n as f64 * (x * now - before) / (x * x - 1.0);
                let step = now / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}
