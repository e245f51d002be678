//! Scratch memory of a thread: a loss makes no allocation in a step.

use std::cell::RefCell;

thread_local! {
    static NUMBERS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with at least `count` numbers.
pub fn with<R>(count: usize, f: impl FnOnce(&mut [f64]) -> R) -> R {
    NUMBERS.with_borrow_mut(|numbers| {
        if numbers.len() < count {
            numbers.resize(count, 0.0);
        }
        f(&mut numbers[..count])
    })
}
