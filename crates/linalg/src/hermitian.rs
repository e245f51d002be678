//! Hermitian eigendecomposition `A = U diag(lambda) U^*` of complex matrices, as [`crate::eigen`] does the real ones.
//!
//! ```
//! use linalg::{ComplexMatrix, Matrix, eigh_hermitian};
//! // [[0, -i], [i, 0]] has the eigenvalues -1 and 1.
//! let re = Matrix::zeros(2, 2);
//! let im = Matrix::from_rows(2, 2, vec![0.0, -1.0, 1.0, 0.0]).unwrap();
//! let e = eigh_hermitian(&ComplexMatrix { re, im }, 1).unwrap();
//! assert!((e.values[0] + 1.0_f64).abs() < 1e-14 && (e.values[1] - 1.0).abs() < 1e-14);
//! ```

use crate::parallel::Work;
use crate::{Matrix, Real, check};
use base::{Code, Error, Result};
use num_complex::Complex;

/// A complex matrix as two of the same shape.
#[derive(Debug, Clone, PartialEq)]
pub struct ComplexMatrix<T> {
    pub re: Matrix<T>,
    pub im: Matrix<T>,
}

/// `values` ascending [n]; `vectors` [n, n], the k-th column belonging to `values[k]`, orthonormal.
#[derive(Debug, Clone)]
pub struct HermitianEigen<T> {
    pub values: Vec<T>,
    pub vectors: ComplexMatrix<T>,
}

/// All eigenvalues and eigenvectors; both triangles are averaged. Errors: empty, not square, not finite, further from its own
/// conjugate transpose than the square root of the type's epsilon times its largest entry.
pub fn eigh_hermitian<T: Real>(a: &ComplexMatrix<T>, threads: usize) -> Result<HermitianEigen<T>> {
    // Both parts averaged, the entries and the vectors as complex numbers, their parts, and what the decomposition takes.
    base::memory::check("a", base::memory::bytes::<T>(&[12, a.re.rows, a.re.rows]), None)?;
    let (re, im) = (check::symmetric("a.re", &a.re)?, antisymmetric(&a.im, a.re.max_abs())?);
    let n = re.rows;
    if im.rows != n {
        return Err(Error::shape(format!(
            "a.im: expected {n} x {n} entries as a.re has, got {} x {}",
            im.rows, im.cols
        )));
    }
    let largest = re.max_abs().max(im.max_abs());
    if largest == 0.0 {
        let vectors = ComplexMatrix { re: Matrix::identity(n), im: Matrix::zeros(n, n) };
        return Ok(HermitianEigen { values: vec![T::ZERO; n], vectors });
    }
    // A power of two keeps squares of very large or small entries representable and loses no bit.
    let exponent = largest.log2().floor().clamp(-1000.0, 1000.0);
    let (down, up) = if (1e-3..1e3).contains(&largest) { (1.0, 1.0) } else { ((-exponent).exp2(), exponent.exp2()) };
    let scaled = |x: T, by: f64| T::from_f64(x.to_f64() * by);
    let entries: Vec<Complex<T>> =
        re.data.iter().zip(&im.data).map(|(&re, &im)| Complex::new(scaled(re, down), scaled(im, down))).collect();
    let work = Work::of(n);
    let zero = Complex::new(T::ZERO, T::ZERO);
    let (mut values, mut columns) = (vec![zero; n], vec![zero; n * n]);
    let u = faer::MatMut::from_column_major_slice_mut(&mut columns, n, n);
    let s = faer::diag::DiagMut::from_slice_mut(&mut values);
    // Rows read as columns are the transpose, which is the conjugate: so are its eigenvectors.
    let conjugate = faer::MatRef::from_column_major_slice(&entries, n, n);
    if !work.run(threads, || T::eigen_hermitian(conjugate, s, u, work.par()))? {
        let what = format!("a: the eigenvalues of this {n} x {n} matrix did not converge");
        return Err(Error::new(Code::Internal, what));
    }
    Ok(HermitianEigen {
        values: values.iter().map(|z| scaled(z.re, up)).collect(),
        vectors: ComplexMatrix {
            re: Matrix::from_fn(n, n, |i, k| columns[k * n + i].re),
            im: Matrix::from_fn(n, n, |i, k| -columns[k * n + i].im),
        },
    })
}

/// The imaginary part of a Hermitian matrix: its own negative transpose but for rounding, `scale` being the size of the real one.
fn antisymmetric<T: Real>(a: &Matrix<T>, scale: f64) -> Result<Matrix<T>> {
    check::square("a.im", a)?;
    let limit = T::epsilon().sqrt() * a.max_abs().max(scale);
    let mut out = a.clone();
    for i in 0..a.rows {
        for j in 0..=i {
            let (low, up) = (a.at(i, j).to_f64(), a.at(j, i).to_f64());
            if (low + up).abs() > limit {
                return Err(Error::argument(format!(
                    "a: expected a Hermitian matrix, but the imaginary part of [{i}, {j}] is {low} and that of [{j}, {i}] is {up}"
                )));
            }
            let mean = T::from_f64(0.5 * (low - up));
            (out.data[i * a.cols + j], out.data[j * a.cols + i]) = (mean, T::from_f64(-mean.to_f64()));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<T: Real>(n: usize, at: impl Fn(usize, usize) -> (f64, f64)) -> ComplexMatrix<T> {
        let entry = |i: usize, j: usize| {
            let ((a, b), (c, d)) = (at(i, j), at(j, i));
            (0.5 * (a + c), 0.5 * (b - d))
        };
        ComplexMatrix {
            re: Matrix::from_fn(n, n, |i, j| T::from_f64(entry(i, j).0)),
            im: Matrix::from_fn(n, n, |i, j| T::from_f64(entry(i, j).1)),
        }
    }

    /// `|A u - lambda u|` and `|U^* U - 1|`, the largest entries.
    fn faults<T: Real>(a: &ComplexMatrix<T>, e: &HermitianEigen<T>) -> (f64, f64) {
        let n = e.values.len();
        let z = |m: &ComplexMatrix<T>, i, j| Complex::new(m.re.at(i, j).to_f64(), m.im.at(i, j).to_f64());
        let (mut residual, mut turned) = (0.0f64, 0.0f64);
        for k in 0..n {
            for i in 0..n {
                let product: Complex<f64> = (0..n).map(|j| z(a, i, j) * z(&e.vectors, j, k)).sum();
                residual = residual.max((product - z(&e.vectors, i, k) * e.values[k].to_f64()).norm());
                let inner: Complex<f64> = (0..n).map(|j| z(&e.vectors, j, i).conj() * z(&e.vectors, j, k)).sum();
                turned = turned.max((inner - f64::from(u8::from(i == k))).norm());
            }
        }
        (residual, turned)
    }

    #[test]
    fn vectors_are_orthonormal_and_belong_to_their_values() {
        for n in [1, 2, 5, 40] {
            let random = |i: usize, j: usize| (((i * 37 + j * 11) as f64).sin(), ((i * 5 + j * 23) as f64).cos());
            for size in [1.0, 1e-200, 1e150] {
                let a = of::<f64>(n, |i, j| (random(i, j).0 * size, random(i, j).1 * size));
                let (residual, turned) = faults(&a, &eigh_hermitian(&a, 2).unwrap());
                assert!(residual < 1e-13 * size * n as f64 && turned < 1e-13, "{n} {size}: {residual} {turned}");
            }
            let a = of::<f32>(n, random);
            let (residual, turned) = faults(&a, &eigh_hermitian(&a, 1).unwrap());
            assert!(residual < 1e-5 * n as f64 && turned < 1e-5, "{n}: {residual} {turned}");
        }
        // Degenerate: one eigenvalue n, the others 0, from the outer product of a vector of phases.
        let phase = |i: usize| Complex::from_polar(1.0, i as f64);
        let a = of::<f64>(6, |i, j| {
            let z = phase(i) * phase(j).conj();
            (z.re, z.im)
        });
        let e = eigh_hermitian(&a, 1).unwrap();
        assert!((e.values[5] - 6.0).abs() < 1e-13 && e.values[..5].iter().all(|v| v.abs() < 1e-13));
        assert!(faults(&a, &e).1 < 1e-13);
    }

    #[test]
    fn what_is_not_hermitian_is_refused() {
        let mut a = of::<f64>(3, |i, j| ((i + j) as f64, i as f64));
        a.im.data[0] = 1.0;
        assert!(eigh_hermitian(&a, 1).unwrap_err().to_string().contains("Hermitian"));
        a.im = Matrix::zeros(2, 2);
        assert!(eigh_hermitian(&a, 1).unwrap_err().to_string().contains("a.im"));
        a.im = Matrix::zeros(3, 3);
        a.re.data[1] = f64::NAN;
        assert!(eigh_hermitian(&a, 1).is_err());
        let none = ComplexMatrix { re: Matrix::<f64>::zeros(2, 2), im: Matrix::zeros(2, 2) };
        assert_eq!(eigh_hermitian(&none, 1).unwrap().values, [0.0, 0.0]);
    }
}
