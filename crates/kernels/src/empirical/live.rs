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
