//! First-order optimisers in the engine's hands: the constants of a step, then parts of the arena on several threads, or for
//! `muon` whole tensors.

use super::{Clip, Matrix, Muon, Optimizer, Rule, Turn};
use crate::engine::update::{Update, Whole};
use crate::network::shapes::ResolvedNetwork;
use base::Result;
use compute::{Kernel, Lanes, Scalar, SimdPath, Team};
use std::ops::Range;

/// An optimiser and the rule of the present step.
pub struct FirstOrder<T> {
    optimizer: Optimizer,
    rule: Rule<T>,
    matrices: Option<Matrices>,
}

/// What of the parameters Muon takes, and what it leaves to the rule.
struct Matrices {
    muon: Muon,
    turn: Turn,
    matrices: Vec<Matrix>,
}

impl<T: Scalar> FirstOrder<T> {
    /// # Errors
    /// `INVALID_ARGUMENT` where Muon finds no matrices.
    pub fn new(optimizer: Optimizer, network: &ResolvedNetwork) -> Result<Self> {
        let rule = optimizer.rule(0, 1.0);
        let matrices = match &optimizer {
            Optimizer::Muon(muon) => {
                Some(Matrices { turn: muon.turn(0), matrices: muon.matrices(network)?, muon: muon.clone() })
            }
            _ => None,
        };
        Ok(FirstOrder { optimizer, rule, matrices })
    }
}

impl<T: Scalar> Update<T> for FirstOrder<T> {
    fn moments(&self) -> usize {
        let moments = self.optimizer.moments();
        usize::from(moments.first()) + usize::from(moments.second())
    }

    fn begin(&mut self, step: u64) {
        self.rule = self.optimizer.rule(step, 1.0);
        if let Some(matrices) = &mut self.matrices {
            matrices.turn = matrices.muon.turn(step);
        }
    }

    fn apply(&self, path: SimdPath, parameters: &mut [T], gradient: &[T], moments: &mut [&mut [T]]) {
        let (first, second): (&mut [T], &mut [T]) = match moments {
            [first, second] => (first, second),
            [only] if self.optimizer.moments().first() => (only, &mut []),
            [only] => (&mut [], only),
            _ => (&mut [], &mut []),
        };
        T::dispatch(path, Pass { rule: self.rule, parameters, gradient, first, second });
    }

    fn clip(&self) -> Option<f64> {
        match self.optimizer.clip() {
            Some(Clip::Norm(norm)) => Some(*norm),
            _ => None,
        }
    }

    fn whole(&self) -> Option<&dyn Whole<T>> {
        self.matrices.as_ref().map(|_| self as &dyn Whole<T>)
    }
}

impl<T: Scalar> Whole<T> for FirstOrder<T> {
    fn apply(&self, path: SimdPath, team: &mut Team, parameters: &mut [T], gradient: &[T], moments: &mut [Vec<T>]) {
        let ([first, second], Some(Matrices { turn, matrices, .. })) = (moments, &self.matrices) else {
            unreachable!("muon keeps two moments, and has matrices")
        };
        let mut others = |range: Range<usize>| {
            let (parameters, gradient) = (&mut parameters[range.clone()], &gradient[range.clone()]);
            let (first, second) = (&mut first[range.clone()], &mut second[range]);
            T::dispatch(path, Pass { rule: self.rule, parameters, gradient, first, second });
        };
        let mut from = 0;
        for matrix in matrices {
            others(from..matrix.range.start);
            from = matrix.range.end;
        }
        others(from..gradient.len());
        for matrix in matrices {
            let range = matrix.range.clone();
            let own = [&mut parameters[range.clone()], &mut first[range.clone()]];
            turn.apply((path, team), matrix, self.rule.prepare(), own, &gradient[range]);
        }
    }
}

struct Pass<'a, T> {
    rule: Rule<T>,
    parameters: &'a mut [T],
    gradient: &'a [T],
    first: &'a mut [T],
    second: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Pass<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        self.rule.apply(self.parameters, self.gradient, self.first, self.second);
    }
}
