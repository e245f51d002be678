//! Matrix products. All are `f32 -> f32` or `f64 -> f64`, by faer's blocked kernels.

use crate::parallel::Work;
use crate::{Matrix, Real, thread_count};
use base::{Error, Result};
use faer::MatRef;

fn inner(a: usize, b: usize) -> Result<()> {
    if a == b { Ok(()) } else { Err(Error::shape(format!("b: expected {a} along the summed axis, got {b}"))) }
}

fn multiply<T: Real>(out: &mut Matrix<T>, a: MatRef<T>, b: MatRef<T>, threads: usize) {
    let work = Work::of(a.nrows().max(a.ncols()).max(b.ncols()));
    work.run(threads, || T::multiply(out.view_mut(), a, b, work.par()));
}

/// `a b`: [n, k] x [k, m] -> [n, m].
pub fn matmul<T: Real>(a: &Matrix<T>, b: &Matrix<T>, threads: usize) -> Result<Matrix<T>> {
    inner(a.cols, b.rows)?;
    let mut out = Matrix::try_zeros("the product", a.rows, b.cols)?;
    multiply(&mut out, a.view(), b.view(), threads);
    Ok(out)
}

/// `a^T b`: [k, n] x [k, m] -> [n, m].
pub fn matmul_tn<T: Real>(a: &Matrix<T>, b: &Matrix<T>, threads: usize) -> Result<Matrix<T>> {
    inner(a.rows, b.rows)?;
    let mut out = Matrix::try_zeros("the product", a.cols, b.cols)?;
    multiply(&mut out, a.view().transpose(), b.view(), threads);
    Ok(out)
}

/// `a b^T`: [n, k] x [m, k] -> [n, m].
pub fn matmul_nt<T: Real>(a: &Matrix<T>, b: &Matrix<T>, threads: usize) -> Result<Matrix<T>> {
    inner(a.cols, b.cols)?;
    let mut out = Matrix::try_zeros("the product", a.rows, b.rows)?;
    multiply(&mut out, a.view(), b.view().transpose(), threads);
    Ok(out)
}

/// `a a^T`, one triangle computed and mirrored: [n, k] -> [n, n], exactly symmetric.
pub fn gram<T: Real>(a: &Matrix<T>, threads: usize) -> Matrix<T> {
    let mut out = gram_lower(a, threads);
    compute::mirror_lower(&mut out.data, a.rows, thread_count(threads));
    out
}

/// The lower triangle of `a a^T`; zeros above it.
pub fn gram_lower<T: Real>(a: &Matrix<T>, threads: usize) -> Matrix<T> {
    let mut out = Matrix::zeros(a.rows, a.rows);
    let work = Work::of(a.rows.max(a.cols));
    work.run(threads, || T::multiply_lower(out.view_mut(), a.view(), work.par()));
    out
}

/// `a x` with a vector, sums in f64: [n, m] x [m] -> [n].
pub fn matvec<T: Real>(a: &Matrix<T>, x: &[f64]) -> Vec<f64> {
    (0..a.rows)
        .map(|i| {
            // Eight partial sums let the compiler use vector registers.
            let row = a.row(i);
            let mut partial = [0.0; 8];
            let whole = row.len() / 8 * 8;
            for (r, v) in row[..whole].chunks_exact(8).zip(x[..whole].chunks_exact(8)) {
                for l in 0..8 {
                    partial[l] += r[l].to_f64() * v[l];
                }
            }
            let rest: f64 = row[whole..].iter().zip(&x[whole..]).map(|(r, v)| r.to_f64() * v).sum();
            partial.iter().sum::<f64>() + rest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(a: &Matrix<f64>, b: &Matrix<f64>) -> Matrix<f64> {
        Matrix::from_fn(a.rows, b.cols, |i, j| (0..a.cols).map(|k| a.at(i, k) * b.at(k, j)).sum())
    }

    proptest! {
        #[test]
        fn products_are_the_sums_they_claim(n in 1usize..40, k in 1usize..40, m in 1usize..40, seed in 0u64..1000) {
            let mut s = seed;
            let mut draw = |_: usize, _: usize| { s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (s >> 33) as f64 / 2f64.powi(31) - 0.5 };
            let a = Matrix::from_fn(n, k, &mut draw);
            let b = Matrix::from_fn(k, m, &mut draw);
            let want = naive(&a, &b);
            let close = |got: &Matrix<f64>, want: &Matrix<f64>| got.data.iter().zip(&want.data).all(|(x, y)| (x - y).abs() < 1e-13);
            prop_assert!(close(&matmul(&a, &b, 1).unwrap(), &want));
            prop_assert!(close(&matmul_tn(&a.transpose(), &b, 2).unwrap(), &want));
            prop_assert!(close(&matmul_nt(&a, &b.transpose(), 1).unwrap(), &want));
            let square = gram(&a, 1);
            prop_assert!(close(&square, &naive(&a, &a.transpose())));
            prop_assert_eq!(&square, &square.transpose());
            let x = b.column(0);
            prop_assert!(matvec(&a, &x).iter().zip(want.column(0)).all(|(p, q)| (p - q).abs() < 1e-13));
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_named() {
        let e = matmul(&Matrix::<f64>::zeros(2, 3), &Matrix::zeros(2, 3), 1).unwrap_err();
        assert_eq!(e.message, "b: expected 3 along the summed axis, got 2");
    }
}
