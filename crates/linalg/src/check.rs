//! What every routine asks of its arguments before it starts.

use crate::{Matrix, Real};
use base::{Error, Result};

/// Whether every number is finite: a block at a time without a branch, so that vectors are used.
pub fn all_finite<T: Real>(values: &[T]) -> bool {
    values.chunks(1024).all(|block| block.iter().fold(true, |all, v| all & v.is_finite()))
}

/// At least one row and one column, and every entry finite.
pub fn finite<T: Real>(name: &str, a: &Matrix<T>) -> Result<()> {
    if a.rows == 0 || a.cols == 0 || a.data.len() != a.rows * a.cols {
        return Err(Error::shape(format!(
            "{name}: expected at least one row and one column, got {} x {}",
            a.rows, a.cols
        )));
    }
    if all_finite(&a.data) {
        return Ok(());
    }
    let p = a.data.iter().position(|x| !x.is_finite()).unwrap_or(0);
    Err(Error::non_finite(format!(
        "{name}: every entry must be finite, but [{}, {}] is {}",
        p / a.cols,
        p % a.cols,
        a.data[p]
    )))
}

/// Finite and square.
pub fn square<T: Real>(name: &str, a: &Matrix<T>) -> Result<()> {
    finite(name, a)?;
    if a.rows == a.cols {
        Ok(())
    } else {
        Err(Error::shape(format!("{name}: expected a square matrix, got {} x {}", a.rows, a.cols)))
    }
}

/// Finite, square, and symmetric to the square root of the type's epsilon, relative to the largest entry
/// (1.5e-8 in f64, 3.5e-4 in f32: what a Gram matrix that was computed as two triangles keeps).
/// Returns the average of both triangles.
pub fn symmetric<T: Real>(name: &str, a: &Matrix<T>) -> Result<Matrix<T>> {
    square(name, a)?;
    let (n, limit) = (a.rows, T::epsilon().sqrt() * a.max_abs());
    let entries = a.data.iter().copied();
    let mut out = Matrix { rows: n, cols: n, data: base::memory::collect(name, a.data.len(), entries)? };
    // In blocks: of a column only a cache line at a time is near.
    const B: usize = 32;
    let blocks = (0..n).step_by(B).flat_map(|i0| (0..=i0).step_by(B).map(move |j0| (i0, j0)));
    for (i0, j0) in blocks {
        for i in i0..(i0 + B).min(n) {
            for j in j0..(j0 + B).min(i) {
                let (low, up) = (a.at(i, j).to_f64(), a.at(j, i).to_f64());
                if (low - up).abs() > limit {
                    return Err(Error::argument(format!(
                        "{name}: expected a symmetric matrix, but [{i}, {j}] is {low} and [{j}, {i}] is {up}"
                    )));
                }
                let mean = T::from_f64(low + (up - low) / 2.0);
                out.data[i * n + j] = mean;
                out.data[j * n + i] = mean;
            }
        }
    }
    Ok(out)
}

/// `name` has as many rows as `other` has.
pub fn same_rows<T: Real, U: Real>(name: &str, a: &Matrix<T>, other: &str, b: &Matrix<U>) -> Result<()> {
    if a.rows == b.rows {
        Ok(())
    } else {
        Err(Error::shape(format!("{name}: expected {} rows as {other} has, got {}", b.rows, a.rows)))
    }
}
