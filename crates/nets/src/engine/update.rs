//! What an optimiser is to the engine.

use compute::{Scalar, SimdPath, Team};

/// An update that treats every parameter alike. The engine calls it for parts of the arena on several threads.
pub trait Update<T: Scalar>: Send + Sync {
    /// Arrays of state beside the parameters, zero at first; at most four.
    fn moments(&self) -> usize;

    /// Fixes the scalars of step `step` (from 0) before its update.
    fn begin(&mut self, step: u64);

    /// Changes `parameters` and `moments` by `gradient`; all have the same length, a multiple of [`Scalar::LANES`].
    fn apply(&self, path: SimdPath, parameters: &mut [T], gradient: &[T], moments: &mut [&mut [T]]);

    /// Scale the whole gradient down to this Euclidean norm if it is longer.
    fn clip(&self) -> Option<f64> {
        None
    }

    /// The same update, where it has to see whole tensors.
    fn whole(&self) -> Option<&dyn Whole<T>> {
        None
    }
}

/// An update that sees tensors as they are outside of the engine: all flat and row-major, one after the other.
pub trait Whole<T: Scalar> {
    /// Changes `parameters` and `moments` by `gradient`, on `team`.
    fn apply(&self, path: SimdPath, team: &mut Team, parameters: &mut [T], gradient: &[T], moments: &mut [Vec<T>]);
}
