//! The minimisers as they are described.

use super::Method;
use super::curvature::{Dense, Limited};
use super::powell::Powell;
use super::quasi_newton::QuasiNewton;
use super::swarm::Swarm;
use super::wolfe::Wolfe;
use crate::network::json;
use base::{Error, Result};
use serde::Deserialize;

/// A minimiser with its constants.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum MethodSpec {
    /// Limited-memory BFGS (Liu and Nocedal 1989) with a strong Wolfe search.
    Lbfgs {
        /// Pairs of steps and changes of the gradient that are kept.
        #[serde(default = "ten")]
        history: usize,
        /// Of sufficient decrease, and of the slope.
        #[serde(default = "c1")]
        c1: f64,
        #[serde(default = "c2")]
        c2: f64,
        /// Evaluations of one search at most.
        #[serde(default = "evaluations")]
        max_evaluations: usize,
    },
    /// BFGS with the whole inverse Hessian: memory for the square of the number of parameters.
    Bfgs {
        #[serde(default = "c1")]
        c1: f64,
        #[serde(default = "c2")]
        c2: f64,
        #[serde(default = "evaluations")]
        max_evaluations: usize,
    },
    /// Powell's direction set (Powell 1964), without derivatives.
    Powell {
        /// Relative, of a line's minimum.
        #[serde(default = "tolerance")]
        tolerance: f64,
    },
    /// A swarm with a global best (Kennedy and Eberhart 1995) and the constants of Clerc and Kennedy (2002).
    ParticleSwarm {
        #[serde(default = "particles")]
        particles: usize,
        #[serde(default = "inertia")]
        inertia: f64,
        /// Pull of a particle's own best, and of the swarm's.
        #[serde(default = "pull")]
        cognitive: f64,
        #[serde(default = "pull")]
        social: f64,
        /// Standard deviation of the first positions around the start.
        #[serde(default = "one")]
        spread: f64,
    },
}

fn ten() -> usize {
    10
}
fn c1() -> f64 {
    1e-4
}
fn c2() -> f64 {
    0.9
}
fn evaluations() -> usize {
    25
}
fn tolerance() -> f64 {
    1e-3
}
fn particles() -> usize {
    40
}
fn inertia() -> f64 {
    0.7298
}
fn pull() -> f64 {
    1.49618
}
fn one() -> f64 {
    1.0
}

impl MethodSpec {
    pub const NAMES: [&str; 4] = ["lbfgs", "bfgs", "powell", "particleSwarm"];

    /// # Errors
    /// `INVALID_ARGUMENT` names the field, what was expected and what came.
    pub fn from_json(text: &str) -> Result<Self> {
        let spec: Self = json::read(&json::parse(text, "optimizer")?, "optimizer")?;
        spec.check()?;
        Ok(spec)
    }

    fn check(&self) -> Result<()> {
        let need = |field: &str, right: bool, expected: &str, got: f64| {
            let message = || Error::argument(format!("optimizer.{field}: expected {expected}, got {got}"));
            if right { Ok(()) } else { Err(message()) }
        };
        let count = |field: &str, n: usize| need(field, n > 0, "a positive integer", n as f64);
        let wolfe = |c1: f64, c2: f64, most: usize| {
            need("c1", 0.0 < c1 && c1 < 1.0, "a number between 0 and 1", c1)?;
            need("c2", c1 < c2 && c2 < 1.0, "a number between c1 and 1", c2)?;
            count("maxEvaluations", most)
        };
        match *self {
            MethodSpec::Lbfgs { history, c1, c2, max_evaluations } => {
                count("history", history)?;
                wolfe(c1, c2, max_evaluations)
            }
            MethodSpec::Bfgs { c1, c2, max_evaluations } => wolfe(c1, c2, max_evaluations),
            MethodSpec::Powell { tolerance } => {
                need("tolerance", 0.0 < tolerance && tolerance < 1.0, "a number between 0 and 1", tolerance)
            }
            MethodSpec::ParticleSwarm { particles, inertia, cognitive, social, spread } => {
                count("particles", particles)?;
                for (field, value) in [("inertia", inertia), ("cognitive", cognitive), ("social", social)] {
                    need(field, value.is_finite() && value >= 0.0, "a finite number not below 0", value)?;
                }
                need("spread", spread.is_finite() && spread > 0.0, "a finite number above 0", spread)
            }
        }
    }

    /// Bytes of its state for `n` parameters, and of the copy of it that a history holds.
    pub fn bytes(&self, n: usize) -> usize {
        let vectors = match *self {
            MethodSpec::Lbfgs { history, .. } => history.saturating_mul(4).saturating_add(8),
            MethodSpec::Bfgs { .. } => n.saturating_mul(2).saturating_add(8),
            // The directions, and those of the sweep under way.
            MethodSpec::Powell { .. } => n.saturating_mul(4).saturating_add(8),
            MethodSpec::ParticleSwarm { particles, .. } => particles.saturating_mul(12).saturating_add(8),
        };
        vectors.saturating_mul(n).saturating_mul(size_of::<f64>())
    }

    /// The minimiser for `n` parameters; `seed` is the swarm's.
    pub fn build(&self, n: usize, seed: u64) -> Box<dyn Method> {
        let wolfe = |c1, c2, most| Wolfe { c1, c2, most };
        match *self {
            MethodSpec::Lbfgs { history, c1, c2, max_evaluations } => {
                Box::new(QuasiNewton::new(Limited::new(n, history), wolfe(c1, c2, max_evaluations)))
            }
            MethodSpec::Bfgs { c1, c2, max_evaluations } => {
                Box::new(QuasiNewton::new(Dense::new(n), wolfe(c1, c2, max_evaluations)))
            }
            MethodSpec::Powell { tolerance } => Box::new(Powell::new(n, tolerance)),
            MethodSpec::ParticleSwarm { particles, inertia, cognitive, social, spread } => {
                Box::new(Swarm::new(n, particles, [inertia, cognitive, social], spread, seed))
            }
        }
    }
}
