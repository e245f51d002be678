use super::*;
use base::{Random, Stream};
use linalg::{Matrix, eigh, product};
use std::f64::consts::TAU;

fn normals(n: usize, m: usize, seed: u64) -> Matrix<f64> {
    Matrix::from_rows(n, m, Random::new(seed, Stream::Data(0)).normals(n * m)).unwrap()
}

#[test]
fn eigenvectors_of_a_circulant_are_single_frequencies() {
    let n = 32;
    let k = Matrix::from_fn(n, n, |i, j| {
        (0..6).map(|f| 0.5f64.powi(f) * (TAU * f64::from(f) * (i as f64 - j as f64) / n as f64).cos()).sum()
    });
    let e = eigh(&k, 1).unwrap();
    let modes = match_modes(&e.vectors, Geometry::Circle, 1).unwrap();
    // Descending: frequency 0 (weight 1, alone), 1 and 1 (half of 1/2 each), 2 and 2, ...
    let top: Vec<f64> = modes.frequency.iter().rev().take(7).copied().collect();
    assert_eq!(top, [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
    for k in n - 11..n {
        assert!((modes.share[k] - 1.0).abs() < 1e-10 && (modes.centroid[k] - modes.frequency[k]).abs() < 1e-9);
    }
}

#[test]
fn shares_sum_to_one_on_grids() {
    let v = eigh(&product::gram(&normals(24, 24, 1), 1), 1).unwrap().vectors;
    for geometry in [Geometry::Circle, Geometry::Interval, Geometry::Torus { height: 4, width: 6 }] {
        let modes = match_modes(&v, geometry, 1).unwrap();
        for k in 0..24 {
            assert!((modes.shares.row(k).iter().sum::<f64>() - 1.0).abs() < 1e-12, "{geometry:?}");
        }
    }
    assert!(match_modes(&v, Geometry::Torus { height: 5, width: 5 }, 1).is_err());
}

#[test]
fn zonal_functions_have_their_degree() {
    // A Fibonacci sphere is uniform to about 1/n.
    let n = 2000;
    let points = Matrix::from_fn(n, 3, |i, c| {
        let z: f64 = 1.0 - (2 * i + 1) as f64 / n as f64;
        let angle = i as f64 * std::f64::consts::PI * (3.0 - 5f64.sqrt());
        let r = (1.0 - z * z).sqrt();
        [r * angle.cos(), r * angle.sin(), z][c]
    });
    // P_3 of the inner product with a tilted axis.
    let axis = [0.6, 0.0, 0.8];
    let mut v = Matrix::from_fn(n, 1, |i, _| {
        let u: f64 = points.row(i).iter().zip(axis).map(|(p, a)| p * a).sum();
        0.5 * (5.0 * u.powi(3) - 3.0 * u)
    });
    let norm = v.data.iter().map(|x| x * x).sum::<f64>().sqrt();
    v.data.iter_mut().for_each(|x| *x /= norm);
    let modes = match_modes(&v, Geometry::Sphere { points: &points, degrees: 6 }, 1).unwrap();
    assert_eq!(modes.frequency, [3.0]);
    assert!((modes.share[0] - 1.0).abs() < 1e-3, "{}", modes.share[0]);
}

#[test]
fn ranks_and_alignments_of_known_kernels() {
    assert!((effective_rank(&[1.0; 8]).unwrap() - 8.0).abs() < 1e-12);
    assert!((effective_rank(&[0.0, 0.0, 5.0]).unwrap() - 1.0).abs() < 1e-12);
    assert!((participation_ratio(&[1.0, 1.0, 0.0]).unwrap() - 2.0).abs() < 1e-12);
    assert!((degrees_of_freedom(&[3.0, 1.0, 0.0], 1.0).unwrap() - 1.25).abs() < 1e-12);
    assert_eq!(degrees_of_freedom(&[3.0, 1.0, 0.0], 0.0).unwrap(), 2.0);
    let y = normals(6, 1, 2);
    let aligned = product::gram(&y, 1);
    assert!((label_alignment(&aligned, &y).unwrap() - 1.0).abs() < 1e-12);
    let k = product::gram(&normals(6, 9, 3), 1);
    let shifted = Matrix::from_fn(6, 6, |i, j| 2.0 * k.at(i, j) + 5.0);
    assert!((centred_alignment(&k, &shifted).unwrap() - 1.0).abs() < 1e-12);
    assert!((drift(&k, &Matrix::from_fn(6, 6, |i, j| 1.5 * k.at(i, j))).unwrap() - 0.5).abs() < 1e-12);
    let energy = label_energy(&eigh(&k, 1).unwrap().vectors, &y).unwrap();
    assert!(energy.windows(2).all(|w| w[0] <= w[1] + 1e-15) && (energy[5] - 1.0).abs() < 1e-12);
}

#[test]
fn the_learning_curve_is_that_of_sampled_regression() {
    // Gaussian features with eigenvalues lambda: kernel regression on them, averaged, is what the equations describe.
    let (p, n, trials) = (60, 20, 300);
    let values: Vec<f64> = (1..=p).map(|i| (i as f64).powf(-1.5)).collect();
    let target: Vec<f64> = (1..=p).map(|i| 1.0 / i as f64).collect();
    let ridge = 0.05;
    let predicted = &learning_curve(&values, &target, &[n as f64], ridge, 0.0).unwrap()[0];
    let mut mean = 0.0;
    for t in 0..trials {
        let phi = normals(n, p, 100 + t);
        let features = Matrix::from_fn(n, p, |i, j| phi.at(i, j) * values[j].sqrt());
        let k = product::gram(&features, 1);
        let y = Matrix::from_fn(n, 1, |i, _| (0..p).map(|j| phi.at(i, j) * target[j]).sum());
        let alpha = linalg::solve_psd(&k, &y, ridge, 1).unwrap().x;
        // The error over the distribution is the sum of squared differences of coefficients.
        mean += (0..p)
            .map(|j| {
                let w: f64 = (0..n).map(|i| features.at(i, j) * alpha.data[i]).sum::<f64>() * values[j].sqrt();
                (target[j] - w).powi(2)
            })
            .sum::<f64>()
            / trials as f64;
    }
    assert!((mean / predicted.test_error - 1.0).abs() < 0.1, "{mean} {}", predicted.test_error);
    assert!((predicted.learnability.iter().sum::<f64>() + ridge / predicted.kappa - n as f64).abs() < 1e-9);
}

#[test]
fn rates_of_a_circulant_are_its_eigenvalues() {
    let n = 40;
    let k = Matrix::from_fn(n, n, |i, j| {
        (0..4).map(|f| 0.3f64.powi(f) * (TAU * f64::from(f) * (i as f64 - j as f64) / n as f64).cos()).sum()
    });
    let x = Matrix::from_fn(n, 1, |i, _| i as f64 / n as f64);
    let w = Matrix::from_rows(3, 1, vec![1.0, 2.0, 3.0]).unwrap();
    let rates = kernel_rates(&k, &x, &w, n, 1).unwrap();
    for (f, r) in rates.iter().enumerate() {
        // lambda = n/2 * weight; the rate is 2 lambda / n.
        assert!((r - 0.3f64.powi(f as i32 + 1)).abs() < 1e-12);
    }
    let times: Vec<f64> = (0..50).map(|t| 0.1 * f64::from(t)).collect();
    let errors = Matrix::from_fn(50, 2, |t, k| (k + 1) as f64 * (-(k as f64 + 0.5) * times[t]).exp());
    let measured = measured_rates(&times, &errors, 1e-2).unwrap();
    assert!((measured[0] - 0.5).abs() < 1e-12 && (measured[1] - 1.5).abs() < 1e-12);
    assert_eq!(bandwidth(&[2.0, 0.0, 1.0], &[0.05, 0.5, 0.45], 0.95).unwrap(), 1.0);
}
