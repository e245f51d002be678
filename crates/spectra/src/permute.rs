//! The axes of an array in another order: what transforms over other axes than the last are made of.

use crate::check;
use base::{Error, Result};

/// Lines of the result that are gathered together where its last axis is not the array's: they share cache lines.
const BLOCK: usize = 8;

/// `x` (shape `shape`) with its axes in the order `axes`: axis i of the result is axis `axes[i]` of x. And the new shape.
pub fn permuted<T: Copy + Default>(
    name: &str,
    x: &[T],
    shape: &[usize],
    axes: &[usize],
) -> Result<(Vec<T>, Vec<usize>)> {
    let total = check::filled(name, x.len(), shape)?;
    base::memory::check(name, base::memory::bytes::<T>(&[total]), None)?;
    let mut seen = vec![false; shape.len()];
    let each_once = axes.iter().all(|&axis| axis < seen.len() && !std::mem::replace(&mut seen[axis], true));
    if axes.len() != shape.len() || !each_once {
        return Err(Error::argument(format!("axes: expected each axis of shape {shape:?} once, got {axes:?}")));
    }
    let new: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
    let strides: Vec<usize> = axes.iter().map(|&axis| shape[axis + 1..].iter().product()).collect();
    let last = new.len() - 1;
    let (n, step) = (new[last], strides[last]);
    let starts: Vec<usize> = (0..total / n)
        .map(|line| {
            let (mut rest, mut from) = (line, 0);
            for axis in (0..last).rev() {
                from += rest % new[axis] * strides[axis];
                rest /= new[axis];
            }
            from
        })
        .collect();
    let mut out = vec![T::default(); total];
    for (lines, starts) in out.chunks_mut(BLOCK * n).zip(starts.chunks(BLOCK)) {
        for i in 0..n {
            for (line, start) in lines.chunks_exact_mut(n).zip(starts) {
                line[i] = x[start + i * step];
            }
        }
    }
    Ok((out, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permuted_and_back() {
        let x: Vec<usize> = (0..24).collect();
        let shape = [2, 3, 4];
        let (moved, new) = permuted("x", &x, &shape, &[2, 0, 1]).unwrap();
        assert_eq!(new, [4, 2, 3]);
        for (i, j, k) in [(0, 0, 0), (1, 2, 3), (1, 0, 2), (0, 2, 1)] {
            assert_eq!(moved[(k * 2 + i) * 3 + j], (i * 3 + j) * 4 + k);
        }
        assert_eq!(permuted("x", &moved, &new, &[1, 2, 0]).unwrap(), (x.clone(), shape.to_vec()));
        assert_eq!(permuted("x", &x, &[24], &[0]).unwrap().0, x);
        for bad in [&[0, 1][..], &[0, 1, 1], &[0, 1, 3], &[]] {
            assert!(permuted("x", &x, &shape, bad).is_err());
        }
    }
}
