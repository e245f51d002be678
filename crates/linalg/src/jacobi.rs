//! Singular values by one-sided Jacobi rotations (Hestenes 1958; Golub and Van Loan, section 8.6.3): slower than what
//! [`svd`](crate::svd) does first, and certain to converge. For matrices at which that gives up: QR iterations of a fixed number
//! do so at one in some thousands of those whose singular values come in pairs, as every complex matrix written in real numbers
//! has them.

use crate::{Matrix, Real};
use base::{Code, Error, Result};

/// Every pair is rotated once a sweep; convergence is quadratic, and ten are many.
const MOST_SWEEPS: usize = 60;

/// The decomposition of `a`: `u` and `v` with a vector in each of their `min(n, m)` rows, and the values, descending.
pub(crate) struct Rotated {
    pub u: Matrix<f64>,
    pub values: Vec<f64>,
    pub v: Matrix<f64>,
}

/// Thin decomposition in f64. O(n m min(n, m)) a sweep.
pub(crate) fn rotated<T: Real>(a: &Matrix<T>) -> Result<Rotated> {
    if a.rows < a.cols {
        let Rotated { u, values, v } = rotated(&a.transpose())?;
        return Ok(Rotated { u: v, values, v: u });
    }
    // The copy that is turned, its sorted one, and two of the square matrix that turns it.
    base::memory::check("a", base::memory::bytes::<f64>(&[2, a.rows.saturating_add(a.cols), a.cols]), None)?;
    // The columns of A, as rows: `w` becomes `(A V)^T`, whose rows are orthogonal in the end.
    let mut w = a.transpose().to_f64();
    let mut v = Matrix::<f64>::identity(a.cols);
    let mut turned = true;
    let mut sweeps = 0;
    while turned {
        if sweeps == MOST_SWEEPS {
            return Err(Error::new(
                Code::Internal,
                format!("a: the singular values of this {} x {} matrix did not converge", a.rows, a.cols),
            ));
        }
        sweeps += 1;
        turned = false;
        for p in 0..a.cols {
            for q in p + 1..a.cols {
                let (alpha, beta, gamma) = (dot(&w, p, p), dot(&w, q, q), dot(&w, p, q));
                if gamma.abs() <= f64::EPSILON * alpha.sqrt() * beta.sqrt() {
                    continue;
                }
                turned = true;
                let zeta = (beta - alpha) / (2.0 * gamma);
                let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                let cosine = tangent.hypot(1.0).recip();
                rotate(&mut w, p, q, cosine, cosine * tangent);
                rotate(&mut v, p, q, cosine, cosine * tangent);
            }
        }
    }
    let norms: Vec<f64> = (0..a.cols).map(|k| dot(&w, k, k).sqrt()).collect();
    let mut order: Vec<usize> = (0..a.cols).collect();
    order.sort_by(|i, j| norms[*j].total_cmp(&norms[*i]));
    let values: Vec<f64> = order.iter().map(|k| norms[*k]).collect();
    let sorted = |from: &Matrix<f64>| Matrix {
        rows: from.rows,
        cols: from.cols,
        data: order.iter().flat_map(|k| from.row(*k).to_vec()).collect(),
    };
    let (mut u, v) = (sorted(&w), sorted(&v));
    for k in 0..u.rows {
        if values[k] > f64::EPSILON * values[0] {
            u.row_mut(k).iter_mut().for_each(|x| *x /= values[k]);
        } else {
            complete(&mut u, k);
        }
    }
    Ok(Rotated { u, values, v })
}

fn dot(a: &Matrix<f64>, i: usize, j: usize) -> f64 {
    a.row(i).iter().zip(a.row(j)).map(|(x, y)| x * y).sum()
}

/// Rows p and q become `c p - s q` and `s p + c q`.
fn rotate(a: &mut Matrix<f64>, p: usize, q: usize, c: f64, s: f64) {
    let (before, after) = a.data.split_at_mut(q * a.cols);
    for (x, y) in before[p * a.cols..(p + 1) * a.cols].iter_mut().zip(&mut after[..a.cols]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

/// Row k becomes a unit vector that is orthogonal to those before it: that of a singular value of zero is not determined.
fn complete(u: &mut Matrix<f64>, k: usize) {
    // One of the axes is at least so far from the span of k of them.
    let far = (1.0 - k as f64 / u.cols as f64).max(0.0).sqrt() / 2.0;
    for axis in 0..u.cols {
        let mut row = vec![0.0; u.cols];
        row[axis] = 1.0;
        // Twice is enough (Parlett 1998, section 6.9).
        for _ in 0..2 {
            for other in 0..k {
                let along: f64 = row.iter().zip(u.row(other)).map(|(x, y)| x * y).sum();
                row.iter_mut().zip(u.row(other)).for_each(|(x, y)| *x -= along * y);
            }
        }
        let size = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        if size > far {
            row.iter_mut().for_each(|x| *x /= size);
            u.row_mut(k).copy_from_slice(&row);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svd;

    fn noise(rows: usize, cols: usize, seed: u64) -> Matrix<f64> {
        Matrix { rows, cols, data: base::Random::new(seed, base::Stream::Noise("a")).normals(rows * cols) }
    }

    /// The larger of |U diag(s) V^T - A| and the distance of both sides from orthonormal.
    fn error(a: &Matrix<f64>, Rotated { u, values, v }: &Rotated) -> f64 {
        let product = |i: usize, j: usize| (0..values.len()).map(|k| u.at(k, i) * values[k] * v.at(k, j)).sum::<f64>();
        let mut worst = 0.0_f64;
        for i in 0..a.rows {
            for j in 0..a.cols {
                worst = worst.max((product(i, j) - a.at(i, j)).abs());
            }
        }
        for side in [u, v] {
            for i in 0..side.rows {
                for j in 0..side.rows {
                    worst = worst.max((dot(side, i, j) - f64::from(i == j)).abs());
                }
            }
        }
        worst
    }

    #[test]
    fn the_product_is_the_matrix_and_the_values_are_those_of_the_other_method() {
        for (rows, cols) in [(1, 1), (7, 7), (9, 4), (4, 9), (1, 5), (32, 32)] {
            let a = noise(rows, cols, (rows * 100 + cols) as u64);
            let found = rotated(&a).unwrap();
            assert!(error(&a, &found) < 1e-13, "{rows} x {cols}");
            let other = svd(&a, 1).unwrap();
            for (x, y) in found.values.iter().zip(&other.values) {
                assert!((x - y).abs() < 1e-13 * other.values[0]);
            }
        }
    }

    #[test]
    fn pairs_of_values_and_values_of_zero() {
        let (re, im) = (noise(8, 8, 1), noise(8, 8, 2));
        let paired = Matrix::from_fn(16, 16, |i, j| match (i < 8, j < 8) {
            (true, true) | (false, false) => re.at(i % 8, j % 8),
            (true, false) => -im.at(i, j - 8),
            (false, true) => im.at(i - 8, j),
        });
        let found = rotated(&paired).unwrap();
        assert!(error(&paired, &found) < 1e-13);
        for pair in found.values.chunks_exact(2) {
            assert!((pair[0] - pair[1]).abs() < 1e-13);
        }
        let deficient = Matrix::from_fn(6, 5, |i, j| ((i + 1) * (j + 1)) as f64);
        let found = rotated(&deficient).unwrap();
        assert!(error(&deficient, &found) < 1e-12 && found.values[1] < 1e-13);
        // Of rank one, a hundred columns of it: what rounding leaves of the others is turned until it is nothing.
        let (left, right) = (noise(120, 1, 3), noise(100, 1, 4));
        let thin = Matrix::from_fn(120, 100, |i, j| left.at(i, 0) * right.at(j, 0));
        let found = rotated(&thin).unwrap();
        assert!(error(&thin, &found) < 1e-12 && found.values[1] < 1e-13 * found.values[0]);
        let nothing = Matrix::<f64>::zeros(3, 2);
        assert!(error(&nothing, &rotated(&nothing).unwrap()) < 1e-15);
    }
}
