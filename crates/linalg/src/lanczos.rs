//! The k largest eigenvalues of a symmetric operator that is known by its products, by thick-restarted Lanczos.
//!
//! A basis V of at most m vectors grows by `A v` made orthogonal to all of V (twice, so that rounding cannot
//! bring copies of converged vectors back); the Rayleigh-Ritz matrix `V^T A V` is formed from stored products, and
//! a restart keeps the leading Ritz vectors (Wu and Simon 2000, whose recurrence this simplifies by keeping `A V`).
//! One Krylov sequence sees one copy of a repeated eigenvalue. After convergence a fresh random direction is
//! therefore added and the search continues, until such a probe changes nothing.

use crate::{Matrix, Real, check, eigh, product};
use base::{Control, Error, Random, Result, Stream};

/// `basis`: largest size of V (default `max(2 k + 8, 24)`); `tolerance`: on |A v - lambda v| / |lambda_1| (default
/// 1e-10); `max_products`: default `200 k + 10 n`; `seed` of the start and of the probes.
#[derive(Debug, Clone)]
pub struct LanczosOptions {
    pub k: usize,
    pub basis: Option<usize>,
    pub tolerance: f64,
    pub max_products: Option<usize>,
    pub seed: u64,
}

impl LanczosOptions {
    pub fn top(k: usize) -> Self {
        LanczosOptions { k, basis: None, tolerance: 1e-10, max_products: None, seed: 1 }
    }
}

/// `values` [k] descending, `vectors` [n, k] in columns, `residuals` [k] = |A v - lambda v|.
#[derive(Debug, Clone)]
pub struct TopEigen {
    pub values: Vec<f64>,
    pub vectors: Matrix<f64>,
    pub residuals: Vec<f64>,
    pub products: usize,
    pub converged: bool,
}

/// [`top_eigen`] of a symmetric matrix.
pub fn top_eigen_matrix<T: Real>(a: &Matrix<T>, options: &LanczosOptions, control: &Control) -> Result<TopEigen> {
    let a = check::symmetric("a", a)?;
    top_eigen(
        a.rows,
        options,
        |x, out| {
            out.copy_from_slice(&product::matvec(&a, x));
            Ok(())
        },
        control,
    )
}

/// The k algebraically largest eigenpairs of the symmetric operator whose product `apply(x, out)` writes.
pub fn top_eigen(
    n: usize,
    options: &LanczosOptions,
    apply: impl FnMut(&[f64], &mut [f64]) -> Result<()>,
    control: &Control,
) -> Result<TopEigen> {
    let k = options.k;
    if k == 0 || k > n {
        return Err(Error::argument(format!("k: expected 1 to {n} eigenvalues of a {n} x {n} matrix, got {k}")));
    }
    let size = options.basis.unwrap_or(k.saturating_mul(2).saturating_add(8).max(24)).clamp((k + 1).min(n), n);
    // The basis and its products, both once more at a restart, and the vectors.
    base::memory::check("k", base::memory::bytes::<f64>(&[n, size.saturating_mul(3).saturating_add(k)]), None)?;
    let limit = options.max_products.unwrap_or(k.saturating_mul(200).saturating_add(10 * n));
    let mut search =
        Search { n, v: vec![], w: vec![], apply, products: 0, random: Random::new(options.seed, Stream::Probes) };
    search.extend(None)?;
    let mut settled: Option<Vec<f64>> = None;
    loop {
        control.check()?;
        while search.v.len() < size && search.products < limit {
            let next = search.w.last().cloned();
            search.extend(next)?;
        }
        let ritz = search.rayleigh_ritz(k)?;
        let scale = ritz.values[0].abs().max(f64::MIN_POSITIVE);
        let done = ritz.residuals.len() == k && ritz.residuals.iter().all(|r| *r <= options.tolerance * scale);
        let whole = search.v.len() == n;
        let same = settled.as_ref().is_some_and(|old| {
            old.iter().zip(&ritz.values).all(|(a, b)| (a - b).abs() <= 10.0 * options.tolerance * scale)
        });
        if (done && (same || whole)) || search.products >= limit {
            return Ok(TopEigen { converged: done, products: search.products, ..ritz });
        }
        // Keep a little more than k: the next Ritz vectors speed the wanted ones up.
        let keep = (k + (size - k) / 3).min(size - 1);
        let last = search.restart(keep)?;
        if done {
            settled = Some(ritz.values);
            search.extend(None)?;
        } else {
            settled = None;
            search.extend(Some(last))?;
        }
    }
}

struct Search<F> {
    n: usize,
    v: Vec<Vec<f64>>,
    w: Vec<Vec<f64>>,
    apply: F,
    products: usize,
    random: Random,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn combine(rows: &[Vec<f64>], weights: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n];
    for (row, c) in rows.iter().zip(weights) {
        out.iter_mut().zip(row).for_each(|(o, x)| *o += c * x);
    }
    out
}

impl<F: FnMut(&[f64], &mut [f64]) -> Result<()>> Search<F> {
    /// Takes the basis out of `x`, twice: once loses half the digits when little is left.
    fn orthogonalise(&self, x: &mut [f64]) {
        for _ in 0..2 {
            for v in &self.v {
                let c = dot(v, x);
                x.iter_mut().zip(v).for_each(|(p, q)| *p -= c * q);
            }
        }
    }

    /// Adds `direction` (a random one for `None`, or when nothing of it is outside the basis) and its product.
    fn extend(&mut self, direction: Option<Vec<f64>>) -> Result<()> {
        let mut candidate = direction;
        for _ in 0..4 {
            let mut x = match candidate.take() {
                Some(x) => x,
                None => self.random.normals(self.n),
            };
            let before = dot(&x, &x).sqrt();
            self.orthogonalise(&mut x);
            let norm = dot(&x, &x).sqrt();
            if !norm.is_finite() {
                return Err(Error::non_finite("a: a product with it is not finite"));
            }
            if norm > 1e-12 * before && norm > 0.0 {
                x.iter_mut().for_each(|p| *p /= norm);
                let mut w = vec![0.0; self.n];
                (self.apply)(&x, &mut w)?;
                self.products += 1;
                self.v.push(x);
                self.w.push(w);
                return Ok(());
            }
        }
        Err(Error::argument("a: no direction outside the search space could be found"))
    }

    /// Eigenvectors of `V^T A V`, columns by descending eigenvalue.
    fn projected(&self) -> Result<(Vec<f64>, Matrix<f64>)> {
        let m = self.v.len();
        let h = Matrix::from_fn(m, m, |i, j| (dot(&self.v[i], &self.w[j]) + dot(&self.v[j], &self.w[i])) / 2.0);
        let e = eigh(&h, 1)?;
        Ok((e.values.iter().rev().copied().collect(), Matrix::from_fn(m, m, |i, j| e.vectors.at(i, m - 1 - j))))
    }

    fn rayleigh_ritz(&self, k: usize) -> Result<TopEigen> {
        let (values, s) = self.projected()?;
        let k = k.min(values.len());
        let mut vectors = Matrix::zeros(self.n, k);
        let mut residuals = vec![];
        for c in 0..k {
            let x = combine(&self.v, &s.column(c), self.n);
            let ax = combine(&self.w, &s.column(c), self.n);
            residuals.push(ax.iter().zip(&x).map(|(p, q)| (p - values[c] * q).powi(2)).sum::<f64>().sqrt());
            for i in 0..self.n {
                vectors.data[i * k + c] = x[i];
            }
        }
        Ok(TopEigen { values: values[..k].to_vec(), vectors, residuals, products: self.products, converged: false })
    }

    /// Replaces the basis by its leading `keep` Ritz vectors; returns the part of the last product outside the whole
    /// old basis: it is the residual direction of every Ritz vector, and continues their Krylov sequence.
    fn restart(&mut self, keep: usize) -> Result<Vec<f64>> {
        let (_, s) = self.projected()?;
        let mut last = self.w[self.w.len() - 1].clone();
        self.orthogonalise(&mut last);
        let columns: Vec<Vec<f64>> = (0..keep.min(self.v.len())).map(|c| s.column(c)).collect();
        let v = columns.iter().map(|c| combine(&self.v, c, self.n)).collect();
        let w = columns.iter().map(|c| combine(&self.w, c, self.n)).collect();
        (self.v, self.w) = (v, w);
        Ok(last)
    }
}
