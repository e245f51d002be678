//! An array of zeros written by those who go on to fill it: by several threads, each into its own cache.

use crate::pages;
use crate::scalar::Scalar;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A piece of an array that holds nothing yet.
pub struct Part<'a, T> {
    memory: &'a mut [MaybeUninit<T>],
    counted: bool,
    written: &'a AtomicUsize,
}

impl<T: Scalar> Part<'_, T> {
    /// The piece, every number zero.
    pub fn zeros(&mut self) -> &mut [T] {
        self.memory.fill(MaybeUninit::new(T::ZERO));
        if !std::mem::replace(&mut self.counted, true) {
            self.written.fetch_add(self.memory.len(), Ordering::Relaxed);
        }
        // SAFETY: every number was written just now.
        unsafe { std::slice::from_raw_parts_mut(self.memory.as_mut_ptr().cast(), self.memory.len()) }
    }
}

/// An array that `work` gets in parts of these lengths, and fills from the [`zeros`](Part::zeros) of each.
///
/// # Panics
/// If `work` succeeds without having asked for the zeros of every part.
pub fn zeros_in_parts<T: Scalar, E>(
    lengths: impl IntoIterator<Item = usize, IntoIter: Clone>,
    work: impl FnOnce(Vec<Part<'_, T>>) -> Result<(), E>,
) -> Result<Vec<T>, E> {
    let lengths = lengths.into_iter();
    let (total, written) = (lengths.clone().sum(), AtomicUsize::new(0));
    let mut array = Vec::with_capacity(total);
    let mut rest = &mut array.spare_capacity_mut()[..total];
    pages::prefer_large(rest);
    let mut parts = vec![];
    for length in lengths {
        let (memory, after) = rest.split_at_mut(length);
        parts.push(Part { memory, counted: false, written: &written });
        rest = after;
    }
    work(parts)?;
    assert_eq!(written.into_inner(), total, "zeros_in_parts: a part was left as it was");
    // SAFETY: all parts were written, and together they are the array.
    unsafe { array.set_len(total) };
    Ok(array)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_up_the_array() {
        let fill = |mut parts: Vec<Part<f32>>| {
            std::thread::scope(|scope| {
                for (i, part) in parts.iter_mut().enumerate() {
                    scope.spawn(move || part.zeros().iter_mut().step_by(2).for_each(|v| *v = i as f32));
                }
            });
            // Asked for again, they are zeros again.
            parts[2].zeros();
            Ok::<_, ()>(())
        };
        assert_eq!(zeros_in_parts([1, 0, 2, 3], fill), Ok(vec![0.0, 0.0, 0.0, 3.0, 0.0, 3.0]));
        assert_eq!(zeros_in_parts::<f64, i32>([4], |_| Err(7)), Err(7));
    }

    #[test]
    #[should_panic(expected = "a part was left as it was")]
    fn a_part_left_over_is_seen() {
        let _ = zeros_in_parts([2, 1], |mut parts: Vec<Part<f64>>| {
            parts[0].zeros();
            parts[0].zeros();
            Ok::<_, ()>(())
        });
    }
}
