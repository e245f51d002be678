//! What quasi-Newton methods know of the inverse Hessian, from steps s and changes of the gradient y.

use super::{Kept, dot, shaped};
use base::Result;
use std::collections::VecDeque;

pub trait Curvature: Send {
    /// The inverse Hessian times the gradient.
    fn times(&self, gradient: &[f64]) -> Vec<f64>;
    /// Takes in a pair with s . y > 0.
    fn update(&mut self, s: Vec<f64>, y: Vec<f64>);
    fn is_empty(&self) -> bool;
    fn clear(&mut self);
    fn state(&self) -> Vec<Kept>;
    fn restore(&mut self, state: Vec<Kept>) -> Result<()>;
}

/// The last pairs alone: the two-loop recursion (Nocedal and Wright, algorithm 7.4), scaled by s . y / y . y of the last.
pub struct Limited {
    n: usize,
    most: usize,
    pairs: VecDeque<(Vec<f64>, Vec<f64>)>,
}

impl Limited {
    pub fn new(n: usize, most: usize) -> Self {
        Limited { n, most, pairs: VecDeque::new() }
    }
}

impl Curvature for Limited {
    fn times(&self, gradient: &[f64]) -> Vec<f64> {
        let mut q = gradient.to_vec();
        let add = |q: &mut [f64], factor: f64, v: &[f64]| q.iter_mut().zip(v).for_each(|(q, v)| *q += factor * v);
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for (s, y) in self.pairs.iter().rev() {
            let alpha = dot(s, &q) / dot(s, y);
            add(&mut q, -alpha, y);
            alphas.push(alpha);
        }
        if let Some((s, y)) = self.pairs.back() {
            let scale = dot(s, y) / dot(y, y);
            q.iter_mut().for_each(|q| *q *= scale);
        }
        for ((s, y), alpha) in self.pairs.iter().zip(alphas.into_iter().rev()) {
            let beta = dot(y, &q) / dot(s, y);
            add(&mut q, alpha - beta, s);
        }
        q
    }

    fn update(&mut self, s: Vec<f64>, y: Vec<f64>) {
        if self.pairs.len() == self.most {
            self.pairs.pop_front();
        }
        self.pairs.push_back((s, y));
    }

    fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn clear(&mut self) {
        self.pairs.clear();
    }

    fn state(&self) -> Vec<Kept> {
        let shape = vec![self.pairs.len(), self.n];
        let steps = self.pairs.iter().flat_map(|(s, _)| s.iter().copied()).collect();
        let changes = self.pairs.iter().flat_map(|(_, y)| y.iter().copied()).collect();
        vec![(steps, shape.clone()), (changes, shape)]
    }

    fn restore(&mut self, state: Vec<Kept>) -> Result<()> {
        let pairs = [None, Some(self.n)];
        let arrays = shaped(state, &[&pairs, &pairs])?;
        let rows = arrays[0].chunks_exact(self.n).zip(arrays[1].chunks_exact(self.n));
        self.pairs = rows.map(|(s, y)| (s.to_vec(), y.to_vec())).collect();
        Ok(())
    }
}

/// The whole matrix, H <- (I - r s y^T) H (I - r y s^T) + r s s^T with r = 1 / s . y (equation 6.17); the first pair scales
/// the identity (6.20).
pub struct Dense {
    n: usize,
    /// Row-major; empty before the first pair.
    inverse: Vec<f64>,
}

impl Dense {
    pub fn new(n: usize) -> Self {
        Dense { n, inverse: Vec::new() }
    }
}

impl Curvature for Dense {
    fn times(&self, gradient: &[f64]) -> Vec<f64> {
        if self.inverse.is_empty() {
            return gradient.to_vec();
        }
        self.inverse.chunks_exact(self.n).map(|row| dot(row, gradient)).collect()
    }

    fn update(&mut self, s: Vec<f64>, y: Vec<f64>) {
        let n = self.n;
        let sy = dot(&s, &y);
        if self.inverse.is_empty() {
            self.inverse = vec![0.0; n * n];
            let scale = sy / dot(&y, &y);
            self.inverse.iter_mut().step_by(n + 1).for_each(|x| *x = scale);
        }
        let hy = self.times(&y);
        let both = (1.0 + dot(&y, &hy) / sy) / sy;
        for (i, row) in self.inverse.chunks_exact_mut(n).enumerate() {
            let (a, b) = (both * s[i] - hy[i] / sy, -s[i] / sy);
            row.iter_mut().zip(s.iter().zip(&hy)).for_each(|(x, (s, hy))| *x += a * s + b * hy);
        }
    }

    fn is_empty(&self) -> bool {
        self.inverse.is_empty()
    }

    fn clear(&mut self) {
        self.inverse.clear();
    }

    fn state(&self) -> Vec<Kept> {
        let rows = if self.is_empty() { 0 } else { self.n };
        vec![(self.inverse.clone(), vec![rows, self.n])]
    }

    fn restore(&mut self, state: Vec<Kept>) -> Result<()> {
        let rows = state.first().and_then(|(_, shape)| shape.first()).copied();
        let rows = if rows == Some(0) { Some(0) } else { Some(self.n) };
        self.inverse = shaped(state, &[&[rows, Some(self.n)]])?.swap_remove(0);
        Ok(())
    }
}
