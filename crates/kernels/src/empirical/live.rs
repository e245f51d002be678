//! Features that are zero in every sample of a block, as ReLU's are where its samples lie on one side: they are neither kept
//! nor multiplied.

use linalg::Real;

/// Depth of one pass of a product in bytes: a slice of a panel of each operand stay in a level-1 cache of 32 KB together.
const PASS_BYTES: usize = 1024;

/// Which features of a block in panels are not zero in every sample.
pub fn live<T: Real>(values: &[T], features: usize) -> Vec<bool> {
    let mut live = vec![false; features];
    for panel in values.chunks_exact(features * T::PANEL) {
        for (live, row) in live.iter_mut().zip(panel.chunks_exact(T::PANEL)) {
            *live |= row.iter().fold(false, |any, v| any | (*v != T::ZERO));
        }
    }
    live
}

/// The features that live in both of two arrays, ascending.
#[derive(Default)]
pub struct Meeting {
    /// Of each its place among the live ones of either.
    places: Vec<[u32; 2]>,
    /// Where the passes of a product end.
    ends: Vec<usize>,
}

impl Meeting {
    /// Those of a whole array with one of which only the live features are kept.
    pub fn whole<T: Real>(live: &[bool]) -> Self {
        let mut meeting = Meeting::default();
        meeting.set::<T>(&vec![true; live.len()], live);
        meeting
    }

    /// Those of `a` and `b`, in place of what was here. A pass ends at the same feature whether it lives or not, so that
    /// leaving out what is zero changes no bit of a sum.
    pub fn set<T: Real>(&mut self, a: &[bool], b: &[bool]) {
        let (features, mut count, mut own, mut other) = (a.len(), 0, 0, 0);
        let passes = (features * size_of::<T>()).div_ceil(PASS_BYTES).max(1);
        self.places.resize(features, [0; 2]);
        self.ends.clear();
        for pass in 0..passes {
            let range = features * pass / passes..features * (pass + 1) / passes;
            for (a, b) in a[range.clone()].iter().zip(&b[range]) {
                // Written in any case, and kept if both live: cheaper than to guess.
                self.places[count] = [own, other];
                count += usize::from(a & b);
                own += u32::from(*a);
                other += u32::from(*b);
            }
            self.ends.push(count);
        }
        self.places.truncate(count);
    }

    pub fn places(&self) -> &[[u32; 2]] {
        &self.places
    }

    /// What each pass of a product sums over.
    pub fn passes(&self) -> impl Iterator<Item = &[[u32; 2]]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| &self.places[*start..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::Scalar;
    use proptest::prelude::*;

    #[test]
    fn what_one_sample_has_lives() {
        // Two panels of three features: one number of the second panel, a negative one of the first.
        let mut values = vec![0.0f32; 2 * 3 * f32::PANEL];
        values[(3 + 2) * f32::PANEL + 4] = 1e-30;
        values[5] = -1.0;
        assert_eq!(live(&values, 3), [true, false, true]);
        values[f32::PANEL] = f32::NAN;
        assert_eq!(live(&values, 3), [true; 3]);
        assert_eq!(live::<f64>(&[], 2), [false; 2]);
    }

    #[test]
    fn both_must_live() {
        let mut meeting = Meeting::whole::<f32>(&[false, true, true]);
        assert_eq!(meeting.places(), [[1, 0], [2, 1]]);
        meeting.set::<f32>(&[true, false, true, true], &[true, true, false, true]);
        assert_eq!(meeting.places(), [[0, 0], [2, 2]]);
        meeting.set::<f32>(&[], &[]);
        assert_eq!((meeting.places().len(), meeting.passes().count()), (0, 1));
    }

    proptest! {
        #[test]
        fn passes_end_at_the_same_features(a in prop::collection::vec(any::<bool>(), 1..700)) {
            let mut meeting = Meeting::default();
            meeting.set::<f32>(&a, &a);
            let live = meeting.passes().map(<[_]>::len).collect::<Vec<_>>();
            let whole = Meeting::whole::<f32>(&vec![true; a.len()]);
            let mut rest = &a[..];
            for (pass, live) in whole.passes().zip(live) {
                let (here, after) = rest.split_at(pass.len());
                prop_assert_eq!(here.iter().filter(|a| **a).count(), live);
                prop_assert!(pass.len() * size_of::<f32>() <= PASS_BYTES);
                rest = after;
            }
            prop_assert!(rest.is_empty());
        }
    }
}
