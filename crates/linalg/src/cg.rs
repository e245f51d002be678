//! Conjugate gradients for `(K + ridge I) x = b` where only products `K v` are known (Hestenes and Stiefel 1952).

use base::{Control, Error, Result};

/// `tolerance`: on |residual| / |b| (default 1e-10); `max_iterations`: default 10 n.
#[derive(Debug, Clone)]
pub struct CgOptions {
    pub ridge: f64,
    pub tolerance: f64,
    pub max_iterations: Option<usize>,
}

impl Default for CgOptions {
    fn default() -> Self {
        CgOptions { ridge: 0.0, tolerance: 1e-10, max_iterations: None }
    }
}

/// `converged` is false when the iterations ran out: `residual` then says how far it got.
#[derive(Debug, Clone)]
pub struct CgResult {
    pub x: Vec<f64>,
    pub iterations: usize,
    pub residual: f64,
    pub converged: bool,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// `apply(v, out)` writes `K v` into `out`. Starts from zero, so for a singular K and a right-hand side in its range
/// it finds the pseudo-inverse solution. Errors: a non-finite `b` or product; abort.
pub fn conjugate_gradient(
    b: &[f64],
    options: &CgOptions,
    mut apply: impl FnMut(&[f64], &mut [f64]) -> Result<()>,
    control: &Control,
) -> Result<CgResult> {
    if b.is_empty() || b.iter().any(|x| !x.is_finite()) {
        return Err(Error::non_finite(format!("b: expected at least one entry, all finite ({} entries)", b.len())));
    }
    crate::solve::check_ridge(options.ridge)?;
    let n = b.len();
    let scale = dot(b, b).sqrt();
    let (mut x, mut r, mut p, mut kp) = (vec![0.0; n], b.to_vec(), b.to_vec(), vec![0.0; n]);
    let mut rr = dot(&r, &r);
    let limit = options.max_iterations.unwrap_or(10 * n);
    let mut iterations = 0;
    while rr.sqrt() > options.tolerance * scale && iterations < limit {
        control.check()?;
        apply(&p, &mut kp)?;
        for (out, v) in kp.iter_mut().zip(&p) {
            *out += options.ridge * v;
        }
        let curvature = dot(&p, &kp);
        if !curvature.is_finite() {
            return Err(Error::non_finite("kernel: a product with it is not finite"));
        }
        // No curvature is left along p: what remains of b is outside the range of K.
        if curvature <= 0.0 {
            break;
        }
        let step = rr / curvature;
        for i in 0..n {
            x[i] += step * p[i];
            r[i] -= step * kp[i];
        }
        let next = dot(&r, &r);
        for i in 0..n {
            p[i] = r[i] + next / rr * p[i];
        }
        rr = next;
        iterations += 1;
    }
    let residual = if scale == 0.0 { 0.0 } else { rr.sqrt() / scale };
    Ok(CgResult { x, iterations, residual, converged: residual <= options.tolerance })
}
