//! Decompositions are tested by putting them back together, on generic, degenerate, singular, 1 x 1, clustered and
//! badly scaled matrices, in both number types.

use base::{Code, Control};
use linalg::{
    Cholesky, LanczosOptions, Matrix, Real, check, condition_number, conjugate_gradient, eigh, eigvalsh, pinv,
    product::{gram, matmul, matmul_nt, matmul_tn, matvec},
    solve_psd, svd, top_eigen_matrix,
};
use proptest::prelude::*;

fn random<T: Real>(n: usize, m: usize, seed: u64) -> Matrix<T> {
    let mut s = seed.wrapping_mul(2).wrapping_add(1);
    Matrix::from_fn(n, m, |_, _| {
        s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        T::from_f64((s >> 33) as f64 / 2f64.powi(30) - 1.0)
    })
}

/// Q diag(values) Q^T with Q the eigenvectors of a random symmetric matrix.
fn with_spectrum<T: Real>(values: &[f64], seed: u64) -> Matrix<T> {
    let n = values.len();
    let r: Matrix<f64> = random(n, n, seed);
    let symmetric = Matrix::from_fn(n, n, |i, j| r.at(i, j) + r.at(j, i));
    let q = eigh(&symmetric, 1).unwrap().vectors;
    let scaled = Matrix::from_fn(n, n, |i, j| q.at(i, j) * values[j]);
    let full = matmul_nt(&scaled, &q, 1).unwrap();
    Matrix::from_fn(n, n, |i, j| T::from_f64((full.at(i, j) + full.at(j, i)) / 2.0))
}

fn distance<T: Real>(a: &Matrix<T>, b: &Matrix<T>) -> f64 {
    assert_eq!((a.rows, a.cols), (b.rows, b.cols));
    a.data.iter().zip(&b.data).fold(0.0, |m, (x, y)| m.max((x.to_f64() - y.to_f64()).abs()))
}

fn eigen_reconstructs<T: Real>(a: &Matrix<T>, threads: usize) {
    let (n, e) = (a.rows, eigh(a, threads).unwrap());
    let tolerance = 30.0 * (n as f64).sqrt() * T::epsilon();
    let scaled = Matrix::from_fn(n, n, |i, j| e.vectors.at(i, j) * e.values[j]);
    let back = matmul_nt(&scaled, &e.vectors, 1).unwrap();
    assert!(distance(&back, a) <= tolerance * a.max_abs() * (n as f64).sqrt(), "{n}: {}", distance(&back, a));
    let ortho = matmul_tn(&e.vectors, &e.vectors, 1).unwrap();
    assert!(distance(&ortho, &Matrix::identity(n)) <= tolerance);
    assert!(e.values.windows(2).all(|w| w[0] <= w[1]));
    for (p, q) in eigvalsh(a, threads).unwrap().iter().zip(&e.values) {
        assert!((p.to_f64() - q.to_f64()).abs() <= tolerance * a.max_abs() * (n as f64).sqrt());
    }
}

fn hard_cases<T: Real>() -> Vec<Matrix<T>> {
    vec![
        Matrix::from_rows(1, 1, vec![T::from_f64(-3.0)]).unwrap(),
        Matrix::zeros(5, 5),
        Matrix::identity(7),
        with_spectrum(&[1.0; 12], 3),
        with_spectrum(&(0..40).map(|i| 1.0 + 1e-9 * f64::from(i)).collect::<Vec<_>>(), 4),
        with_spectrum(&(0..33).map(|i| if i < 20 { 0.0 } else { f64::from(i) }).collect::<Vec<_>>(), 5),
        with_spectrum(&(0..50).map(|i| 10f64.powi(-i / 4)).collect::<Vec<_>>(), 6),
        Matrix::from_fn(20, 20, |_, _| T::ONE),
        Matrix::from_fn(9, 9, |i, j| if i == j { T::from_f64(1e-18) } else { T::from_f64(1e-19) }),
        Matrix::from_fn(9, 9, |i, j| T::from_f64(1e17 * (1.0 + ((i + 1) * (j + 1)) as f64))),
    ]
}

#[test]
fn symmetric_eigen_of_hard_matrices() {
    hard_cases::<f64>().iter().for_each(|a| eigen_reconstructs(a, 1));
    hard_cases::<f32>().iter().for_each(|a| eigen_reconstructs(a, 2));
}

#[test]
fn eigenvalues_of_a_tridiagonal_matrix_are_the_cosines() {
    // Second difference on n points: 2 - 2 cos(k pi / (n + 1)).
    let n = 60;
    let a = Matrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => 2.0,
        1 => -1.0,
        _ => 0.0,
    });
    for (k, v) in eigvalsh(&a, 1).unwrap().iter().enumerate() {
        let want = 2.0 - 2.0 * ((k + 1) as f64 * std::f64::consts::PI / (n + 1) as f64).cos();
        assert!((v - want).abs() < 1e-14, "{k}: {v} {want}");
    }
}

#[test]
fn singular_values_put_back_together() {
    fn check<T: Real>() {
        for (n, m) in [(1, 1), (1, 8), (8, 1), (20, 7), (7, 20), (33, 33)] {
            let mut a: Matrix<T> = random(n, m, (n * 31 + m) as u64);
            if n == 33 {
                // Rank one below full: the last row repeats the first.
                let first = a.row(0).to_vec();
                a.row_mut(n - 1).copy_from_slice(&first);
            }
            let d = svd(&a, 1).unwrap();
            let r = n.min(m);
            let scaled = Matrix::from_fn(n, r, |i, j| d.u.at(i, j) * d.values[j]);
            assert!(distance(&matmul_nt(&scaled, &d.v, 1).unwrap(), &a) < 100.0 * T::epsilon());
            assert!(d.values.windows(2).all(|w| w[0] >= w[1]));
            // Penrose: A A+ A = A.
            let p = pinv(&a, None, 1).unwrap();
            let back = matmul(&matmul(&a, &p, 1).unwrap(), &a, 1).unwrap();
            assert!(distance(&back, &a) < 1e4 * T::epsilon(), "{n} {m} {}", distance(&back, &a));
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn cholesky_solves_and_refuses() {
    let a: Matrix<f64> = with_spectrum(&(1..=30).map(f64::from).collect::<Vec<_>>(), 8);
    let c = Cholesky::new(&a, 0.0, 1).unwrap();
    assert!(distance(&matmul_nt(&c.lower, &c.lower, 1).unwrap(), &a) < 1e-13);
    assert!((c.log_det() - (1..=30).map(|i| f64::from(i).ln()).sum::<f64>()).abs() < 1e-11);
    let b = random(30, 3, 9);
    assert!(distance(&matmul(&a, &c.solve(&b).unwrap(), 1).unwrap(), &b) < 1e-12);
    let indefinite = Matrix::from_rows(2, 2, vec![1.0, 2.0, 2.0, 1.0]).unwrap();
    assert_eq!(Cholesky::new(&indefinite, 0.0, 1).unwrap_err().code, Code::InvalidArgument);
}

#[test]
fn a_singular_kernel_gives_the_pseudo_inverse_and_its_ridge_limit() {
    let values: Vec<f64> = (0..24).map(|i| if i < 10 { 0.0 } else { f64::from(i) }).collect();
    let k: Matrix<f64> = with_spectrum(&values, 10);
    let y = random(24, 2, 11);
    let got = solve_psd(&k, &y, 0.0, 1).unwrap();
    assert_eq!(got.rank, 14);
    let want = matmul(&pinv(&k, Some(1e-12), 1).unwrap(), &y, 1).unwrap();
    assert!(distance(&got.x, &want) < 1e-12);
    // (K + ridge)^-1 K y tends to the projection of y on the range of K.
    let fit = matmul(&k, &solve_psd(&k, &y, 1e-7, 1).unwrap().x, 1).unwrap();
    let projection = matmul(&k, &got.x, 1).unwrap();
    assert!(distance(&fit, &projection) < 1e-7);
    assert_eq!(condition_number(&k, 1).unwrap(), f64::INFINITY);
    let indefinite = Matrix::from_rows(2, 2, vec![1.0, 2.0, 2.0, 1.0]).unwrap();
    assert_eq!(solve_psd(&indefinite, &Matrix::identity(2), 0.0, 1).unwrap_err().code, Code::InvalidArgument);
    assert_eq!(solve_psd(&k, &y, -1.0, 1).unwrap_err().code, Code::InvalidArgument);
}

#[test]
fn lanczos_finds_every_copy_of_a_repeated_eigenvalue() {
    // The circle's kernels: one simple eigenvalue, then pairs.
    let mut values: Vec<f64> = (0..100).map(|i| 0.5f64.powi((i + 1) / 2)).collect();
    values.sort_by(f64::total_cmp);
    let a: Matrix<f64> = with_spectrum(&values, 12);
    let got = top_eigen_matrix(&a, &LanczosOptions::top(9), &Control::none()).unwrap();
    assert!(got.converged);
    for (g, w) in got.values.iter().zip(values.iter().rev()) {
        assert!((g - w).abs() < 1e-10, "{:?}", got.values);
    }
    let ortho = matmul_tn(&got.vectors, &got.vectors, 1).unwrap();
    assert!(distance(&ortho, &Matrix::identity(9)) < 1e-12);
    for hard in [Matrix::identity(7), Matrix::zeros(5, 5), Matrix::from_rows(1, 1, vec![-3.0]).unwrap()] {
        let k = hard.rows.min(3);
        let got = top_eigen_matrix::<f64>(&hard, &LanczosOptions::top(k), &Control::none()).unwrap();
        let all = eigvalsh(&hard, 1).unwrap();
        assert!(got.converged && got.values.iter().zip(all.iter().rev()).all(|(g, w)| (g - w).abs() < 1e-12));
    }
    let aborted = Control::none();
    aborted.abort();
    assert_eq!(top_eigen_matrix(&a, &LanczosOptions::top(2), &aborted).unwrap_err().code, Code::Aborted);
    assert_eq!(
        top_eigen_matrix(&a, &LanczosOptions::top(101), &Control::none()).unwrap_err().code,
        Code::InvalidArgument
    );
}

#[test]
fn conjugate_gradients_agree_with_cholesky() {
    let a: Matrix<f64> = with_spectrum(&(1..=40).map(f64::from).collect::<Vec<_>>(), 13);
    let b = random::<f64>(40, 1, 14);
    let apply = |x: &[f64], out: &mut [f64]| {
        out.copy_from_slice(&matvec(&a, x));
        Ok(())
    };
    let got = conjugate_gradient(&b.data, &Default::default(), apply, &Control::none()).unwrap();
    assert!(got.converged);
    let want = Cholesky::new(&a, 0.0, 1).unwrap().solve(&b).unwrap();
    assert!(got.x.iter().zip(&want.data).all(|(p, q)| (p - q).abs() < 1e-9));
}

#[test]
fn arguments_are_named() {
    let mut a = Matrix::<f64>::identity(3);
    a.data[5] = f64::NAN;
    assert_eq!(eigh(&a, 1).unwrap_err().message, "a: every entry must be finite, but [1, 2] is NaN");
    assert_eq!(eigh(&Matrix::<f64>::zeros(0, 0), 1).unwrap_err().code, Code::InvalidShape);
    assert_eq!(eigh(&Matrix::<f64>::zeros(2, 3), 1).unwrap_err().code, Code::InvalidShape);
    assert_eq!(svd(&Matrix::<f64>::zeros(0, 3), 1).unwrap_err().code, Code::InvalidShape);
    a.data[5] = 1.0;
    assert!(check::symmetric("kernel", &a).unwrap_err().message.starts_with("kernel: expected a symmetric matrix"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn random_gram_matrices(n in 1usize..70, rank in 1usize..70, seed in 0u64..1000) {
        eigen_reconstructs(&gram::<f64>(&random(n, rank, seed), 1), 1);
        eigen_reconstructs(&gram::<f32>(&random(n, rank, seed), 1), 1);
    }

    #[test]
    fn lanczos_is_the_top_of_eigh(n in 1usize..60, rank in 1usize..60, k in 1usize..8, seed in 0u64..200) {
        let a = gram::<f64>(&random(n, rank, seed), 1);
        let k = k.min(n);
        let all = eigvalsh(&a, 1).unwrap();
        let got = top_eigen_matrix(&a, &LanczosOptions::top(k), &Control::none()).unwrap();
        for (g, w) in got.values.iter().zip(all.iter().rev()) {
            prop_assert!((g - w).abs() <= 1e-8 * all[n - 1], "{:?} {:?}", got.values, all);
        }
    }
}

fn near_the_ends<T: Real>(scale: f64) {
    let a = Matrix::<T>::from_rows(2, 2, [3.0, 0.0, 0.0, 4.0].map(|v| T::from_f64(v * scale)).to_vec()).unwrap();
    let d = svd(&a, 1).unwrap();
    for (value, exact) in d.values.iter().zip([4.0, 3.0]) {
        assert!((value.to_f64() / scale - exact).abs() < 8.0 * T::epsilon(), "{scale} {value}");
    }
    assert!((d.u.at(1, 0).to_f64().abs() - 1.0).abs() < 1e-6);
}

#[test]
fn singular_values_near_the_ends_of_their_type() {
    [1e300, 1e-300].into_iter().for_each(near_the_ends::<f64>);
    [1e30, 1e-30].into_iter().for_each(near_the_ends::<f32>);
    let largest = Matrix::from_rows(1, 2, vec![1.7e308; 2]).unwrap();
    assert_eq!(linalg::singular_values(&largest, 1).unwrap_err().code, Code::NonFinite);
}
