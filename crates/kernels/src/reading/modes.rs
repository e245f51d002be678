//! Which frequency an eigenvector is: its power over orthonormal groups of harmonics of the domain that was sampled.
//!
//! For a basis b_m, grouped by frequency, the share of group g in a unit vector u is `sum_(m in g) (b_m . u)^2`. On
//! grids the bases are orthonormal and the shares sum to 1; on the sphere they are spherical harmonics with the
//! quadrature of equal weights, exact to the extent that the points are uniform.

use base::{Error, Result, memory};
use linalg::{Matrix, check, product};
use std::f64::consts::{PI, TAU};

/// Where the n samples lie, in their order.
#[derive(Debug, Clone, Copy)]
pub enum Geometry<'a> {
    /// n equispaced points of a period (circle): frequencies 0 .. n/2 in passes a period.
    Circle,
    /// n equispaced points of an interval, both ends outside by half a step: half-waves cos(pi k (i + 1/2) / n),
    /// k = 0 .. n-1; the frequency is k / 2 in passes over the interval.
    Interval,
    /// A periodic h x w grid, row-major: by the rounded radius of the wave vector.
    Torus { height: usize, width: usize },
    /// Points [n, 3] of unit norm: by harmonic degree 0 .. `degrees`.
    Sphere { points: &'a Matrix<f64>, degrees: usize },
}

/// Per eigenvector: the frequency of its largest share, that share, and the mean frequency weighted by share; and all
/// shares `[vectors, groups]` with the groups' frequencies.
#[derive(Debug, Clone)]
pub struct Modes {
    pub frequency: Vec<f64>,
    pub share: Vec<f64>,
    pub centroid: Vec<f64>,
    pub groups: Vec<f64>,
    pub shares: Matrix<f64>,
}

/// Matches the columns of `vectors` [n, k] (orthonormal) to the harmonics of `geometry`.
pub fn match_modes(vectors: &Matrix<f64>, geometry: Geometry, threads: usize) -> Result<Modes> {
    check::finite("vectors", vectors)?;
    let n = vectors.rows;
    // As many modes as points, row by row and together, and the amplitudes of all.
    let modes = match geometry {
        Geometry::Sphere { degrees, .. } => memory::product(&[degrees.saturating_add(1); 2]),
        _ => n,
    };
    let bytes = memory::bytes::<f64>(&[3, modes, n]).saturating_add(memory::bytes::<f64>(&[2, modes, vectors.cols]));
    memory::check("vectors", bytes, None)?;
    let (basis, group, groups) = match geometry {
        Geometry::Circle => circle(n),
        Geometry::Interval => interval(n),
        Geometry::Torus { height, width } => torus(n, height, width)?,
        Geometry::Sphere { points, degrees } => sphere(n, points, degrees)?,
    };
    let amplitude = product::matmul(&basis, vectors, threads)?;
    let mut shares = Matrix::zeros(vectors.cols, groups.len());
    for (m, g) in group.iter().enumerate() {
        for k in 0..vectors.cols {
            shares.data[k * groups.len() + g] += amplitude.at(m, k).powi(2);
        }
    }
    let mut out = Modes { frequency: vec![], share: vec![], centroid: vec![], groups, shares: Matrix::zeros(0, 0) };
    for k in 0..vectors.cols {
        let row = shares.row(k);
        let best = (0..row.len()).fold(0, |b, g| if row[g] > row[b] { g } else { b });
        let total: f64 = row.iter().sum();
        let mean: f64 = row.iter().zip(&out.groups).map(|(s, f)| s * f).sum();
        out.frequency.push(out.groups[best]);
        out.share.push(row[best]);
        out.centroid.push(if total > 0.0 { mean / total } else { f64::NAN });
    }
    out.shares = shares;
    Ok(out)
}

type Basis = (Matrix<f64>, Vec<usize>, Vec<f64>);

fn collect(n: usize, rows: Vec<(Vec<f64>, usize)>, groups: Vec<f64>) -> Basis {
    let group = rows.iter().map(|r| r.1).collect();
    let data: Vec<f64> = rows.into_iter().flat_map(|r| r.0).collect();
    (Matrix { rows: data.len() / n, cols: n, data }, group, groups)
}

/// A cosine and, where it is not zero, a sine over `phase(i)`, each of unit norm.
fn pair(n: usize, group: usize, phase: impl Fn(usize) -> f64) -> Vec<(Vec<f64>, usize)> {
    [f64::cos as fn(f64) -> f64, f64::sin]
        .into_iter()
        .filter_map(|wave| {
            let v: Vec<f64> = (0..n).map(|i| wave(phase(i))).collect();
            let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            (norm > 1e-6 * (n as f64).sqrt()).then(|| (v.iter().map(|x| x / norm).collect(), group))
        })
        .collect()
}

fn circle(n: usize) -> Basis {
    // Phases reduced to whole steps first: large arguments would cost digits.
    let rows = (0..=n / 2).flat_map(|k| pair(n, k, move |i| TAU * ((k * i) % n) as f64 / n as f64)).collect();
    collect(n, rows, (0..=n / 2).map(|k| k as f64).collect())
}

fn interval(n: usize) -> Basis {
    let row = |k: usize| {
        let norm = if k == 0 { 1.0 } else { 2.0f64.sqrt() } / (n as f64).sqrt();
        let v = (0..n).map(|i| norm * (PI * ((k * (2 * i + 1)) % (4 * n)) as f64 / (2 * n) as f64).cos()).collect();
        (v, k)
    };
    collect(n, (0..n).map(row).collect(), (0..n).map(|k| k as f64 / 2.0).collect())
}

fn torus(n: usize, height: usize, width: usize) -> Result<Basis> {
    if height.checked_mul(width) != Some(n) {
        return Err(Error::shape(format!("geometry: a {height} x {width} grid does not have the {n} rows of vectors")));
    }
    let signed = |k: usize, size: usize| if 2 * k > size { k as f64 - size as f64 } else { k as f64 };
    let mut rows = vec![];
    let mut top = 0;
    for ky in 0..height {
        for kx in 0..width {
            // One of each pair k, -k.
            let mirror = ((height - ky) % height, (width - kx) % width);
            if mirror < (ky, kx) {
                continue;
            }
            let radius = signed(ky, height).hypot(signed(kx, width)).round() as usize;
            top = top.max(radius);
            rows.extend(pair(n, radius, |i| {
                TAU * (((i / width * ky) % height) as f64 / height as f64
                    + ((i % width * kx) % width) as f64 / width as f64)
            }));
        }
    }
    Ok(collect(n, rows, (0..=top).map(|r| r as f64).collect()))
}

/// Real spherical harmonics by the associated Legendre recurrence, with weights 4 pi / n.
fn sphere(n: usize, points: &Matrix<f64>, degrees: usize) -> Result<Basis> {
    check::finite("points", points)?;
    if (points.rows, points.cols) != (n, 3) {
        return Err(Error::shape(format!("points: expected [{n}, 3], got [{}, {}]", points.rows, points.cols)));
    }
    if let Some(i) = (0..n).find(|i| (points.row(*i).iter().map(|v| v * v).sum::<f64>() - 1.0).abs() > 1e-6) {
        return Err(Error::argument(format!("points: expected unit vectors, but row {i} is {:?}", points.row(i))));
    }
    let weight = (4.0 * PI / n as f64).sqrt();
    let mut rows: Vec<(Vec<f64>, usize)> = vec![];
    for l in 0..=degrees {
        for m in 0..=l {
            let values: Vec<[f64; 2]> = (0..n)
                .map(|i| {
                    let p = points.row(i);
                    let (legendre, angle) = (normalised_legendre(l, m, p[2].clamp(-1.0, 1.0)), p[1].atan2(p[0]));
                    let scale = weight * legendre * if m > 0 { 2.0f64.sqrt() } else { 1.0 };
                    [scale * (m as f64 * angle).cos(), scale * (m as f64 * angle).sin()]
                })
                .collect();
            rows.push((values.iter().map(|v| v[0]).collect(), l));
            if m > 0 {
                rows.push((values.iter().map(|v| v[1]).collect(), l));
            }
        }
    }
    Ok(collect(n, rows, (0..=degrees).map(|l| l as f64).collect()))
}

/// P_l^m with the normalisation of spherical harmonics: integral over the sphere of its square times cos^2 or so is 1.
fn normalised_legendre(l: usize, m: usize, z: f64) -> f64 {
    let s = (1.0 - z * z).max(0.0).sqrt();
    let mut p = (1.0 / (4.0 * PI)).sqrt();
    for k in 1..=m {
        p *= s * ((2 * k + 1) as f64 / (2 * k) as f64).sqrt();
    }
    let (mut before, mut now) = (0.0, p);
    for k in m + 1..=l {
        let (k, m) = (k as f64, m as f64);
        let a = ((4.0 * k * k - 1.0) / (k * k - m * m)).sqrt();
        let b = (((k - 1.0).powi(2) - m * m) / (4.0 * (k - 1.0).powi(2) - 1.0)).max(0.0).sqrt();
        (before, now) = (now, a * (z * now - b * before));
    }
    now
}
