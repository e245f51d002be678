//! Features that are zero in every sample of a block, as ReLU's are where its samples lie on one side: no product needs them.

use linalg::Real;

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

/// The features that live in both blocks, ascending, in place of what `list` held.
pub fn common(a: &[bool], b: &[bool], list: &mut Vec<u32>) {
    list.clear();
    list.resize(a.len(), 0);
    let mut count = 0;
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        // Written in any case: cheaper than to guess.
        list[count] = k as u32;
        count += usize::from(a & b);
    }
    list.truncate(count);
}

/// The features that live, ascending.
pub fn listed(live: &[bool]) -> Vec<u32> {
    let mut list = vec![];
    common(live, live, &mut list);
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use compute::Scalar;

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
        let mut list = vec![7; 9];
        common(&[true, false, true, true], &[true, true, false, true], &mut list);
        assert_eq!(list, [0, 3]);
        assert_eq!(listed(&[false, true]), [1]);
        assert!(listed(&[]).is_empty());
    }
}
