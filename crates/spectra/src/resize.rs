//! Arrays cropped or padded with zeros at the end of their last axes: what the `n` of NumPy's transforms does.

use crate::check;
use base::{Error, Result};

/// `x` (shape `shape`) with its last axes of the `lengths` given, and the new shape.
pub fn resized<T: Copy + Default>(
    name: &str,
    x: &[T],
    shape: &[usize],
    lengths: &[usize],
) -> Result<(Vec<T>, Vec<usize>)> {
    check::filled(name, x.len(), shape)?;
    if lengths.is_empty() || lengths.len() > shape.len() {
        return Err(Error::shape(format!("{name}: expected at least {} axes, got shape {shape:?}", lengths.len())));
    }
    let split = shape.len() - lengths.len();
    let new = [&shape[..split], lengths].concat();
    let mut out = base::memory::filled("n", check::room("n", &new, 1)?, T::default())?;
    let last = shape.len() - 1;
    let kept = shape[last].min(new[last]);
    // Every line that both arrays have: its place in x from its place in the result.
    for (line, row) in out.chunks_exact_mut(new[last]).enumerate() {
        let (mut rest, mut from, mut stride, mut inside) = (line, 0, shape[last], true);
        for axis in (0..last).rev() {
            let at = rest % new[axis];
            rest /= new[axis];
            inside &= at < shape[axis];
            from += at * stride;
            stride *= shape[axis];
        }
        if inside {
            row[..kept].copy_from_slice(&x[from..from + kept]);
        }
    }
    Ok((out, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cropped_and_padded() {
        let x: Vec<i32> = (0..6).collect();
        assert_eq!(resized("x", &x, &[2, 3], &[2]).unwrap(), (vec![0, 1, 3, 4], vec![2, 2]));
        assert_eq!(resized("x", &x, &[2, 3], &[4]).unwrap().0, [0, 1, 2, 0, 3, 4, 5, 0]);
        assert_eq!(resized("x", &x, &[2, 3], &[3, 2]).unwrap().0, [0, 1, 3, 4, 0, 0]);
        assert_eq!(resized("x", &x, &[1, 2, 3], &[1, 4]).unwrap(), (vec![0, 1, 2, 0], vec![1, 1, 4]));
        assert!(resized("x", &x, &[6], &[1, 2]).is_err());
        assert!(resized("x", &x, &[6], &[0]).is_err());
        assert!(resized("x", &x, &[6], &[usize::MAX]).is_err());
    }
}
