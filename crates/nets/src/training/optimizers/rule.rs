//! The update of one step, one pass over flat arrays.

use compute::Scalar;

/// What happens to a gradient before it is used.
#[derive(Debug, Clone, Copy)]
pub struct Prepare<T> {
    /// It is multiplied by this, then kept within plus and minus `limit`.
    pub scale: T,
    pub limit: T,
}

impl<T: Scalar> Prepare<T> {
    #[inline(always)]
    pub(super) fn of(self, gradient: T) -> T {
        let scaled = self.scale * gradient;
        let above = if scaled > self.limit { self.limit } else { scaled };
        if above < -self.limit { -self.limit } else { above }
    }
}

/// One step's update, entrywise: the same for every parameter.
#[derive(Debug, Clone, Copy)]
pub enum Rule<T> {
    Sgd {
        prepare: Prepare<T>,
        decay: T,
        momentum: T,
        nesterov: bool,
        rate: T,
    },
    Adam {
        prepare: Prepare<T>,
        decay: T,
        shrink: T,
        beta1: T,
        rest1: T,
        beta2: T,
        rest2: T,
        rate: T,
        root: T,
        epsilon: T,
    },
    Rmsprop {
        prepare: Prepare<T>,
        keep: T,
        rest: T,
        rate: T,
        epsilon: T,
    },
}

impl<T: Scalar> Rule<T> {
    /// What happens to a gradient first.
    pub fn prepare(&self) -> Prepare<T> {
        match *self {
            Rule::Sgd { prepare, .. } | Rule::Adam { prepare, .. } | Rule::Rmsprop { prepare, .. } => prepare,
        }
    }

    /// Updates `parameters` and the moments in place. `first` and `second` are as long as `parameters` where
    /// [`Optimizer::moments`] asks for them, else they are not read.
    #[inline(always)]
    pub fn apply(&self, parameters: &mut [T], gradient: &[T], first: &mut [T], second: &mut [T]) {
        let n = parameters.len();
        let gradient = &gradient[..n];
        match *self {
            Rule::Sgd { prepare, decay, momentum, nesterov, rate } => {
                if momentum == T::ZERO {
                    for i in 0..n {
                        let g = prepare.of(gradient[i]) + decay * parameters[i];
                        parameters[i] -= rate * g;
                    }
                    return;
                }
                let first = &mut first[..n];
                for i in 0..n {
                    let g = prepare.of(gradient[i]) + decay * parameters[i];
                    let m = momentum * first[i] + g;
                    first[i] = m;
                    parameters[i] -= rate * if nesterov { g + momentum * m } else { m };
                }
            }
            Rule::Adam { prepare, decay, shrink, beta1, rest1, beta2, rest2, rate, root, epsilon } => {
                let (first, second) = (&mut first[..n], &mut second[..n]);
                for i in 0..n {
                    let p = parameters[i];
                    let g = prepare.of(gradient[i]) + decay * p;
                    let m = beta1 * first[i] + rest1 * g;
                    let v = beta2 * second[i] + rest2 * g * g;
                    first[i] = m;
                    second[i] = v;
                    parameters[i] = shrink * p - rate * m / (v.sqrt() * root + epsilon);
                }
            }
            Rule::Rmsprop { prepare, keep, rest, rate, epsilon } => {
                let second = &mut second[..n];
                for i in 0..n {
                    let g = prepare.of(gradient[i]);
                    let v = keep * second[i] + rest * g * g;
                    second[i] = v;
                    parameters[i] -= rate * g / (v.sqrt() + epsilon);
                }
            }
        }
    }
}
