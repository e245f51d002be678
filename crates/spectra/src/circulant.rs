//! Circulant matrices: constant along wrapped diagonals, so that the DFT diagonalises them.
//!
//! `C[i, j] = c[(i - j) mod n]` for the first column c (SciPy's choice); `C = F^-1 diag(fft c) F`. Given by its first row r,
//! c[k] = r[-k mod n], and the spectrum is that of r conjugated: confusing the two is the classic mistake. With two axes the
//! same functions speak of block-circulant matrices with circulant blocks (2D circular convolution). Cost O(n log n).

use crate::check;
use crate::convolution::{Method, Mode, Operand, convolve};
use crate::fft::{Direction, Norm, Signal, Split, fft, irfft, rfft};
use crate::real::Real;
use base::{Error, Result};

/// The first column that belongs to a first row: indices negated modulo the sizes (one axis or several).
pub fn column_of_row<T: Real>(row: &[T], shape: &[usize]) -> Result<Vec<T>> {
    let total = check::filled("c", row.len(), shape)?;
    let mut column = vec![T::zero(); total];
    for (i, &x) in row.iter().enumerate() {
        let (mut rest, mut at, mut stride) = (i, 0, 1);
        for &n in shape.iter().rev() {
            at += (n - rest % n) % n * stride;
            rest /= n;
            stride *= n;
        }
        column[at] = x;
    }
    Ok(column)
}

/// The matrix of first column `c`, row-major `[n, n]`, n the elements of c and at most 2^14. With two axes, `c[h, w]`: the
/// block-circulant matrix `C[(i, k), (j, l)] = c[(i - j) mod h, (k - l) mod w]`.
pub fn circulant<T: Real>(c: &[T], shape: &[usize]) -> Result<Vec<T>> {
    let n = check::filled("c", c.len(), shape)?;
    if n > 1 << 14 {
        let message =
            format!("c: expected at most 16384 elements for a matrix in memory, got {n}; circulantMultiply needs none");
        return Err(Error::new(base::Code::OverMemoryLimit, message));
    }
    check::room("c", &[n, n], 2)?;
    check::finite("c", c)?;
    let w = shape[shape.len() - 1];
    // Row k of a block is the reversed line, rolled: a window of two copies of it.
    let twice: Vec<T> = c.chunks_exact(w).flat_map(|line| (0..2 * w).map(|k| line[(2 * w - k) % w])).collect();
    let h = n / w;
    let blocks = |i: usize| (0..h).map(move |j| (i + h - j) % h);
    let rows = (0..h).flat_map(|i| (0..w).map(move |k| (i, k)));
    Ok(rows
        .flat_map(|(i, k)| blocks(i).flat_map(move |line| 2 * w * line + w - k..2 * w * line + 2 * w - k))
        .map(|at| twice[at])
        .collect())
}

/// The product of the matrix of first column `c` with `x`, of the same shape or with batches on leading axes (`x_shape`).
pub fn multiply<T: Real>(c: &[T], x: &[T], shape: &[usize], x_shape: &[usize], threads: usize) -> Result<Vec<T>> {
    check::filled("c", c.len(), shape)?;
    check::finite("c", c)?;
    check::finite("x", x)?;
    batch("x", x, shape, x_shape)?;
    if x_shape == shape {
        let operand = |data| Operand { data, shape };
        return Ok(convolve(operand(c), operand(x), Mode::Circular, Method::Auto, threads)?.0);
    }
    let (values, _) = rfft("c", c, shape, shape.len(), Norm::Backward, threads)?;
    let (mut y, half) = rfft("x", x, x_shape, shape.len(), Norm::Backward, threads)?;
    for i in 0..y.len() {
        let z = y.get(i) * values.get(i % values.len());
        (y.re[i], y.im[i]) = (z.re, z.im);
    }
    Ok(irfft("the product", y.as_signal(), &half, shape, Norm::Backward, threads)?.0)
}

/// Refuses an array whose last axes are not those of c.
fn batch<T>(name: &str, x: &[T], shape: &[usize], x_shape: &[usize]) -> Result<()> {
    if shape.len() > 2 || !x_shape.ends_with(shape) {
        let message = format!("{name}: expected the shape of c, of one axis or two, {shape:?}, after those of a batch");
        return Err(Error::shape(format!("{message}, got {x_shape:?}")));
    }
    check::filled(name, x.len(), x_shape).map(|_| ())
}

/// The eigenvalues `fft(c)`; the eigenvector of entry k is `exp(2 pi i k n / N)`.
pub fn eigenvalues<T: Real>(c: &[T], shape: &[usize], threads: usize) -> Result<Split<T>> {
    fft("c", Signal::Real(c), shape, shape.len(), Direction::Forward, Norm::Backward, threads)
}

/// `x` with `C x = b`, b as x in [`multiply`]. A matrix whose smallest eigenvalue is at rounding level against the largest is refused.
pub fn solve<T: Real>(c: &[T], b: &[T], shape: &[usize], b_shape: &[usize], threads: usize) -> Result<Vec<T>> {
    let total = check::filled("c", c.len(), shape)?;
    batch("b", b, shape, b_shape)?;
    let axes = shape.len();
    let (values, _) = rfft("c", c, shape, axes, Norm::Backward, threads)?;
    let (mut x, half) = rfft("b", b, b_shape, axes, Norm::Backward, threads)?;
    let largest = (0..values.len()).map(|i| values.get(i).norm().wide()).fold(0.0, f64::max);
    let limit = largest * T::epsilon().wide() * (total as f64).log2().max(1.0);
    for i in 0..values.len() {
        let value = values.get(i);
        if value.norm().wide() <= limit {
            return Err(Error::argument(format!(
                "c: expected an invertible matrix, but its eigenvalue at index {i} is {:.3e} beside {largest:.3e}",
                value.norm().wide()
            )));
        }
    }
    for i in 0..x.len() {
        let z = x.get(i) / values.get(i % values.len());
        (x.re[i], x.im[i]) = (z.re, z.im);
    }
    Ok(irfft("the quotient", x.as_signal(), &half, shape, Norm::Backward, threads)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrix_product_eigenvalues_and_solution_agree() {
        let c = [1.0, 2.0, -0.5, 0.25, 3.0];
        let matrix = circulant(&c, &[5]).unwrap();
        assert_eq!(matrix[..5], [1.0, 3.0, 0.25, -0.5, 2.0]);
        assert_eq!((matrix[5], matrix[20]), (2.0, 3.0));
        let x = [0.3, -1.0, 2.0, 0.7, 0.1];
        let y = multiply(&c, &x, &[5], &[5], 1).unwrap();
        for i in 0..5 {
            let row: f64 = (0..5).map(|j| matrix[i * 5 + j] * x[j]).sum();
            assert!((row - y[i]).abs() < 1e-14);
        }
        let back = solve(&c, &y, &[5], &[5], 1).unwrap();
        assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-14));
        let values = eigenvalues(&c, &[5], 1).unwrap();
        assert!((values.re[0] - 5.75).abs() < 1e-14);
        let row = column_of_row(&c, &[5]).unwrap();
        assert_eq!(row, [1.0, 3.0, 0.25, -0.5, 2.0]);
        let conjugate = eigenvalues(&row, &[5], 1).unwrap();
        assert!((0..5).all(|k| (conjugate.im[k] + values.im[k]).abs() < 1e-14));
        assert!(solve(&[1.0, -1.0], &[1.0, 1.0], &[2], &[2], 1).unwrap_err().to_string().contains("invertible"));
    }

    #[test]
    fn two_axes() {
        let c: Vec<f64> = (0..12).map(|i| if i == 0 { 5.0 } else { (i as f64).sin() }).collect();
        let x: Vec<f64> = (0..12).map(|i| (i as f64 * 0.7).cos()).collect();
        let y = multiply(&c, &x, &[3, 4], &[3, 4], 1).unwrap();
        let back = solve(&c, &y, &[3, 4], &[3, 4], 1).unwrap();
        assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-13));
        assert_eq!(column_of_row(&c, &[3, 4]).unwrap()[4 * 2 + 3], c[5]);
        assert!(multiply(&c, &x[..11], &[3, 4], &[3, 4], 1).is_err() && circulant::<f64>(&[], &[0]).is_err());
        let matrix = circulant(&c, &[3, 4]).unwrap();
        for (row, y) in matrix.chunks_exact(12).zip(&y) {
            assert!((row.iter().zip(&x).map(|(a, x)| a * x).sum::<f64>() - y).abs() < 1e-13);
        }
    }

    #[test]
    fn batches_are_those_of_each_alone() {
        for shape in [&[5][..], &[2, 3]] {
            let n: usize = shape.iter().product();
            let c: Vec<f64> = (0..n).map(|i| if i == 0 { 5.0 } else { (i as f64).sin() }).collect();
            let x: Vec<f64> = (0..4 * n).map(|i| (i as f64 * 0.7).cos()).collect();
            let x_shape = [&[2, 2], shape].concat();
            let y = multiply(&c, &x, shape, &x_shape, 2).unwrap();
            for (y, x) in y.chunks_exact(n).zip(x.chunks_exact(n)) {
                let alone = multiply(&c, x, shape, shape, 1).unwrap();
                assert!(y.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-13));
            }
            let back = solve(&c, &y, shape, &x_shape, 2).unwrap();
            assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-13));
            assert!(multiply(&c, &x, shape, &[4 * n], 1).unwrap_err().to_string().contains("shape of c"));
        }
    }
}
