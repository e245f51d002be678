//! First-order optimisers in the engine's hands: the constants of a step, then parts of the arena on several threads.

use super::{Clip, Optimizer, Rule};
use crate::engine::update::Update;
use compute::{Kernel, Lanes, Scalar, SimdPath};

/// An optimiser and the rule of the present step.
pub struct FirstOrder<T> {
    optimizer: Optimizer,
    rule: Rule<T>,
}

impl<T: Scalar> FirstOrder<T> {
    pub fn new(optimizer: Optimizer) -> Self {
        let rule = optimizer.rule(0, 1.0);
        FirstOrder { optimizer, rule }
    }
}

impl<T: Scalar> Update<T> for FirstOrder<T> {
    fn moments(&self) -> usize {
        let moments = self.optimizer.moments();
        usize::from(moments.first()) + usize::from(moments.second())
    }

    fn begin(&mut self, step: u64) {
        self.rule = self.optimizer.rule(step, 1.0);
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
