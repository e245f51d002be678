//! The "exponential of semicircle" kernel: `phi(z) = exp(beta (sqrt(1 - z^2) - 1))` on [-1, 1].
//!
//! Barnett, Magland, af Klinteberg, SIAM J. Sci. Comput. 41 (2019): with grids twice as fine, width w = log10(10 / eps) and
//! beta = 2.30 w the error is about eps. One digit of width more is taken here: tests hold the tolerance itself.

use crate::vector::{cos_sin, dispatch, fma};

/// Widest kernel: tolerance 1e-14 and less.
pub(super) const WIDEST: usize = 16;
const NODES: usize = 40;

#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// Grid cells that it covers.
    pub width: usize,
    pub beta: f64,
    /// Gauss-Legendre nodes on [0, 1] with phi times weight.
    nodes: Vec<(f64, f64)>,
}

impl Kernel {
    pub(super) fn new(tolerance: f64) -> Self {
        let digits = (10.0 / tolerance).log10().ceil().max(1.0) as usize;
        let width = (digits + 1).clamp(3, WIDEST);
        let beta = 2.30 * width as f64;
        let nodes = gauss_legendre(NODES)
            .into_iter()
            .map(|(x, weight)| {
                let z = 0.5 * (x + 1.0);
                (z, 0.5 * weight * (beta * ((1.0 - z * z).sqrt() - 1.0)).exp())
            })
            .collect();
        Kernel { width, beta, nodes }
    }

    /// First grid cell touched by a point at `u` cells, and the kernel at the cells from there on.
    #[inline(always)]
    pub(super) fn at(&self, u: f64, values: &mut [f64; WIDEST]) -> isize {
        let half = 0.5 * self.width as f64;
        let first = (u - half).ceil();
        evaluate(first - u, 1.0 / half, self.beta, &mut values[..self.width.next_multiple_of(4)]);
        first as isize
    }

    /// `1 / psi^(f)` for frequencies `f` in cycles per grid cell: `psi^(f) = w int_0^1 phi(z) cos(pi f w z) dz`.
    pub(super) fn corrections(&self, frequencies: &[f64]) -> Vec<f64> {
        let (mut cos, mut sin, mut turns) = ([0.0; NODES], [0.0; NODES], [0.0; NODES]);
        let width = self.width as f64;
        frequencies
            .iter()
            .map(|f| {
                turns.iter_mut().zip(&self.nodes).for_each(|(t, (z, _))| *t = 0.5 * f * width * z);
                cos_sin(&turns, &mut cos, &mut sin);
                1.0 / (width * self.nodes.iter().zip(&cos).map(|((_, weight), c)| weight * c).sum::<f64>())
            })
            .collect()
    }
}

#[inline(always)]
fn evaluate_body<const FMA: bool>(start: f64, scale: f64, beta: f64, values: &mut [f64]) {
    for (block, values) in values.chunks_exact_mut(4).enumerate() {
        for (i, value) in values.iter_mut().enumerate() {
            let z = (start + (4 * block + i) as f64) * scale;
            let inside = fma::<FMA>(-z, z, 1.0);
            // The last block may go beyond the kernel's end; the caller reads `width` values.
            *value = crate::vector::exp_f64::<FMA>(beta * (inside.max(0.0).sqrt() - 1.0));
        }
    }
}
dispatch! {
    /// `values[i] = phi((start + i) scale)`, by fours.
    pub fn evaluate(start: f64, scale: f64, beta: f64, values: &mut [f64]) = evaluate_body
}

/// Nodes and weights on [-1, 1], by Newton's method on the Legendre polynomial.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut p, mut before) = (x, 1.0);
                for k in 2..=n {
                    let k = k as f64;
                    (p, before) = (((2.0 * k - 1.0) * x * p - (k - 1.0) * before) / k, p);
                }
                slope = n as f64 * (x * p - before) / (x * x - 1.0);
                let step = p / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        let sum = |f: &dyn Fn(f64) -> f64| gauss_legendre(12).iter().map(|(x, w)| w * f(*x)).sum::<f64>();
        assert!((sum(&|_| 1.0) - 2.0).abs() < 1e-14 && (sum(&|x| x.powi(22)) - 2.0 / 23.0).abs() < 1e-14);
    }
}
