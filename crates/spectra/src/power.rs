//! Plain power iteration on `A^T A`: the textbook's, step by step, to be compared with what has converged.

use crate::check;
use crate::real::Real;
use base::{Error, Result, magnitude, memory};

/// Estimates `|A v|` of the spectral norm of `weight` (`[rows, columns]`), `v` being `start` normalised and, from one estimate
/// to the next, multiplied by `A^T A` and normalised again. They never fall, and never pass the norm.
pub fn power_iteration<T: Real>(weight: &[T], columns: usize, start: &[f64], iterations: usize) -> Result<Vec<f64>> {
    if columns == 0 || weight.is_empty() || !weight.len().is_multiple_of(columns) {
        return Err(Error::shape(format!("weight: expected rows of {columns} numbers, got {}", weight.len())));
    }
    if start.len() != columns {
        return Err(Error::shape(format!("start: expected {columns} numbers (one a column), got {}", start.len())));
    }
    check::finite("weight", weight)?;
    check::finite("start", start)?;
    let factor = magnitude::factor(weight.iter().map(|a| a.wide()));
    let near: Vec<f64> = weight.iter().map(|a| a.wide() * factor).collect();
    let normalised = |mut x: Vec<f64>| {
        let size = magnitude::norm(x.iter().copied());
        x.iter_mut().for_each(|x| *x /= size);
        (x, size)
    };
    let (mut v, size) = normalised(start.to_vec());
    if size == 0.0 {
        return Err(Error::argument("start: expected a vector other than zero"));
    }
    let mut estimates = memory::reserve("iterations", iterations)?;
    for _ in 0..iterations {
        let product: Vec<f64> =
            near.chunks_exact(columns).map(|row| row.iter().zip(&v).map(|(a, v)| a * v).sum()).collect();
        let estimate = magnitude::norm(product.iter().copied());
        estimates.push(magnitude::within("weight", estimate / factor)?);
        if estimate == 0.0 {
            // The vector lies in the kernel: it stays there.
            estimates.resize(iterations, 0.0);
            break;
        }
        let mut next = vec![0.0; columns];
        for (row, along) in near.chunks_exact(columns).zip(&product) {
            next.iter_mut().zip(row).for_each(|(n, a)| *n += along * a);
        }
        v = normalised(next).0;
    }
    Ok(estimates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagonal_by_hand() {
        // diag(2, 1) from (1, 1): after m multiplications the vector is (4^m, 1), so the estimate is known.
        let got = power_iteration(&[2.0, 0.0, 0.0, 1.0], 2, &[1.0, 1.0], 6).unwrap();
        for (m, estimate) in got.iter().enumerate() {
            let a = 16f64.powi(m as i32);
            assert!((estimate - ((4.0 * a + 1.0) / (a + 1.0)).sqrt()).abs() < 1e-14);
        }
        assert!(got.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(power_iteration(&[1.0f32, 0.0], 2, &[0.0, 3.0], 2).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn bad_input_is_named() {
        assert!(power_iteration(&[1.0, 2.0, 3.0], 2, &[1.0, 0.0], 1).is_err());
        assert!(power_iteration(&[1.0, 2.0], 2, &[1.0], 1).unwrap_err().to_string().contains("start"));
        assert!(power_iteration(&[1.0, 2.0], 2, &[0.0, 0.0], 1).is_err());
        assert!(power_iteration(&[f64::NAN, 2.0], 2, &[1.0, 0.0], 1).is_err());
    }
}
