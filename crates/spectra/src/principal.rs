//! The first principal component of a set of points, and their projections on it.
//!
//! The eigenvector of the covariance with the largest eigenvalue, by Lanczos with products with the data only: O(n d) a step,
//! no d x d matrix. The response of a classifier is measured along it (Xu, "Understanding deep learning", eq. 1.5-1.6).

use crate::check;
use crate::real::Real;
use base::{Control, Error, Result};
use compute::{Shares, for_each};
use linalg::{LanczosOptions, top_eigen};

/// The direction in which points vary most.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Unit vector of length d; its component of largest magnitude is positive.
    pub direction: Vec<f64>,
    /// Variance along it (divided by n).
    pub variance: f64,
    /// That variance over the total.
    pub explained: f64,
}

/// Rows that are summed in one go; the partial sums are added in order, whatever the threads.
const ROWS: usize = 1024;

/// First principal component of `points`, `[n, d]`.
pub fn first_component<T: Real>(points: &[T], d: usize, threads: usize, control: &Control) -> Result<Component> {
    if d == 0 || points.is_empty() || !points.len().is_multiple_of(d) {
        return Err(Error::shape(format!("points: expected [n, {d}] with n > 0, got {} numbers", points.len())));
    }
    check::finite("points", points)?;
    let n = points.len() / d;
    let mean: Vec<f64> = sum_rows(points, d, threads, |row, sum| {
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += x.wide());
    })
    .iter()
    .map(|s| s / n as f64)
    .collect();
    let total: f64 = sum_rows(points, d, threads, |row, sum| {
        sum.iter_mut().zip(row.iter().zip(&mean)).for_each(|(s, (x, m))| *s += (x.wide() - m).powi(2));
    })
    .iter()
    .sum::<f64>()
        / n as f64;
    if total == 0.0 {
        return Err(Error::argument("points: expected points that differ, got all of them equal"));
    }
    let covariance = |v: &[f64], out: &mut [f64]| {
        let offset: f64 = mean.iter().zip(v).map(|(m, v)| m * v).sum();
        let sums = sum_rows(points, d, threads, |row, sum| {
            let along = dot(row, v) - offset;
            sum.iter_mut().zip(row.iter().zip(&mean)).for_each(|(s, (x, m))| *s += along * (x.wide() - m));
        });
        out.iter_mut().zip(sums).for_each(|(o, s)| *o = s / n as f64);
        Ok(())
    };
    let top = top_eigen(d, &LanczosOptions::top(1), covariance, control)?;
    let mut direction = top.vectors.column(0);
    let largest = direction.iter().copied().fold(0.0f64, |a, b| if b.abs() > a.abs() { b } else { a });
    let norm = dot(&direction, &direction).sqrt() * largest.signum();
    direction.iter_mut().for_each(|x| *x /= norm);
    Ok(Component { direction, variance: top.values[0], explained: top.values[0] / total })
}

/// `p . x_i` for every row of `points` (not centred, as eq. 1.5).
pub fn project<T: Real>(points: &[T], direction: &[f64]) -> Result<Vec<f64>> {
    let d = direction.len();
    if d == 0 || points.is_empty() || !points.len().is_multiple_of(d) {
        return Err(Error::shape(format!(
            "points: expected [n, {d}] (the direction's length) with n > 0, got {} numbers",
            points.len()
        )));
    }
    check::finite("points", points)?;
    check::finite("direction", direction)?;
    Ok(points.chunks_exact(d).map(|row| dot(row, direction)).collect())
}

fn dot<T: Real>(row: &[T], v: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    for (row, v) in row.chunks(8).zip(v.chunks(8)) {
        lanes.iter_mut().zip(row.iter().zip(v)).for_each(|(lane, (x, v))| *lane += x.wide() * v);
    }
    lanes.iter().sum()
}

fn sum_rows<T: Real>(points: &[T], d: usize, threads: usize, add: impl Fn(&[T], &mut [f64]) + Sync) -> Vec<f64> {
    let blocks: Vec<&[T]> = points.chunks(ROWS * d).collect();
    let mut parts = vec![0.0; blocks.len() * d];
    let shared = Shares::new(&mut parts);
    for_each(
        threads,
        blocks.len(),
        || (),
        |(), block| {
            // SAFETY: every block has its own sums.
            let sum = unsafe { shared.slice(block * d, d) };
            blocks[block].chunks_exact(d).for_each(|row| add(row, sum));
        },
    );
    let (first, rest) = parts.split_at_mut(d);
    for part in rest.chunks_exact(d) {
        first.iter_mut().zip(part).for_each(|(s, p)| *s += p);
    }
    parts.truncate(d);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points with a known covariance: z_k along orthonormal directions, sampled over full periods.
    #[test]
    fn finds_the_long_axis() {
        let n = 3000;
        let wave = |i: usize, f: usize| (std::f64::consts::TAU * (i * f) as f64 / n as f64).sin();
        let axes = [[0.6, 0.0, -0.8, 0.0], [0.0, 1.0, 0.0, 0.0], [0.8, 0.0, 0.6, 0.0]];
        let points: Vec<f64> = (0..n)
            .flat_map(|i| {
                let z = [3.0 * wave(i, 3), 2.9 * wave(i, 7), 0.1 * wave(i, 11)];
                (0..4).map(move |k| 5.0 + (0..3).map(|a| z[a] * axes[a][k]).sum::<f64>())
            })
            .collect();
        let one = first_component(&points, 4, 1, &Control::none()).unwrap();
        assert_eq!(one, first_component(&points, 4, 3, &Control::none()).unwrap());
        for (got, expected) in one.direction.iter().zip([-0.6, 0.0, 0.8, 0.0]) {
            assert!((got - expected).abs() < 1e-8, "{:?}", one.direction);
        }
        assert!((one.variance - 4.5).abs() < 1e-9);
        assert!((one.explained - 9.0 / (9.0 + 8.41 + 0.01)).abs() < 1e-10);
        let along = project(&points, &one.direction).unwrap();
        assert!(
            (along[100] - along[0] - 3.0 * wave(100, 3)).abs() < 1e-7
                || (along[100] - along[0] + 3.0 * wave(100, 3)).abs() < 1e-7
        );
    }

    #[test]
    fn bad_input_is_named() {
        let bad = |x: &[f64], d| first_component(x, d, 1, &Control::none()).unwrap_err().to_string();
        assert!(bad(&[], 2).contains("points") && bad(&[1.0; 3], 2).contains("[n, 2]"));
        assert!(bad(&[1.0; 4], 2).contains("all of them equal"));
        assert!(bad(&[1.0, f64::NAN], 1).contains("NON_FINITE"));
        assert!(project(&[1.0; 3], &[1.0, 2.0]).is_err());
    }
}
