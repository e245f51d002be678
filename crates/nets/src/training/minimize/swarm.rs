//! Particle swarm with a global best (Kennedy and Eberhart 1995): each generation, entrywise,
//! `v <- inertia v + cognitive u1 (own best - x) + social u2 (swarm's best - x)`, `x <- x + v`, u1 and u2 uniform on [0, 1).
//! Particle 0 starts at the given point, the others around it; the minimiser's point is the swarm's best.

use super::{Kept, Method, Outcome, Problem, shaped};
use base::{Random, Result, Stream};

pub struct Swarm {
    n: usize,
    particles: usize,
    /// Inertia, cognitive and social pull.
    pulls: [f64; 3],
    spread: f64,
    seed: u64,
    positions: Vec<f64>,
    velocities: Vec<f64>,
    bests: Vec<f64>,
    /// Of the bests.
    values: Vec<f64>,
}

impl Swarm {
    pub fn new(n: usize, particles: usize, pulls: [f64; 3], spread: f64, seed: u64) -> Self {
        let empty = Vec::new;
        Swarm {
            n,
            particles,
            pulls,
            spread,
            seed,
            positions: empty(),
            velocities: empty(),
            bests: empty(),
            values: empty(),
        }
    }

    /// The first generation: positions around `x`, at rest.
    fn begin(&mut self, problem: &mut dyn Problem, x: &[f64]) {
        let mut random = Random::new(self.seed, Stream::Swarm(0));
        self.positions = (0..self.particles * self.n)
            .map(|i| x[i % self.n] + if i < self.n { 0.0 } else { self.spread * random.normal() })
            .collect();
        problem.round(&mut self.positions);
        self.velocities = vec![0.0; self.positions.len()];
        self.bests.clone_from(&self.positions);
        self.values = self.positions.chunks_exact(self.n).map(|x| finite(problem.value(x))).collect();
    }

    fn best(&self) -> usize {
        (1..self.particles).fold(0, |best, i| if self.values[i] < self.values[best] { i } else { best })
    }
}

/// A value that is not finite is the worst there is: a number still, for a saved state.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::MAX }
}

impl Method for Swarm {
    fn step(&mut self, problem: &mut dyn Problem, x: &mut Vec<f64>, step: u64) -> Outcome {
        if self.positions.is_empty() {
            self.begin(problem, x);
            if problem.stopped() {
                self.positions.clear();
                return Outcome::Stopped;
            }
        }
        let n = self.n;
        let [inertia, cognitive, social] = self.pulls;
        let mut random = Random::new(self.seed, Stream::Swarm(1 + step));
        let leader = self.bests[self.best() * n..][..n].to_vec();
        let (mut positions, mut velocities) = (self.positions.clone(), self.velocities.clone());
        for (i, (x, v)) in positions.iter_mut().zip(&mut velocities).enumerate() {
            let (own, all) = (random.uniform(), random.uniform());
            *v = inertia * *v + cognitive * own * (self.bests[i] - *x) + social * all * (leader[i % n] - *x);
            *x += *v;
        }
        problem.round(&mut positions);
        let values: Vec<f64> = positions.chunks_exact(n).map(|x| finite(problem.value(x))).collect();
        if problem.stopped() {
            return Outcome::Stopped;
        }
        for (i, value) in values.into_iter().enumerate() {
            if value < self.values[i] {
                self.values[i] = value;
                self.bests[i * n..][..n].copy_from_slice(&positions[i * n..][..n]);
            }
        }
        (self.positions, self.velocities) = (positions, velocities);
        let best = self.best();
        x.copy_from_slice(&self.bests[best * n..][..n]);
        if self.values[best] < f64::MAX { Outcome::Moved } else { Outcome::Diverged }
    }

    fn state(&self) -> Vec<Kept> {
        let count = self.values.len();
        let [points, one] = [vec![count, self.n], vec![count]];
        vec![
            (self.positions.clone(), points.clone()),
            (self.velocities.clone(), points.clone()),
            (self.bests.clone(), points),
            (self.values.clone(), one),
        ]
    }

    fn restore(&mut self, state: Vec<Kept>) -> Result<()> {
        let begun = state.first().is_none_or(|(values, _)| !values.is_empty());
        let count = Some(if begun { self.particles } else { 0 });
        let (points, one) = ([count, Some(self.n)], [count]);
        let mut arrays = shaped(state, &[&points, &points, &points, &one])?.into_iter();
        let mut next = || arrays.next().unwrap_or_default();
        (self.positions, self.velocities, self.bests, self.values) = (next(), next(), next(), next());
        Ok(())
    }
}
