//! Mean-squared loss on a fixed kernel: every eigenvector of K relaxes on its own.
//!
//! With s = 2 / (N o), K = U diag(lambda) U^T and residual components `c = U^T (h_0 - y)`:
//!
//! `h(t) = y + U p(lambda) c`, and on other points `h*(t) = h*_0 - K* U ((1 - p(lambda)) / lambda) c`,
//!
//! where p = exp(-s lambda t) under gradient flow, (1 - s eta lambda)^k after k steps of gradient descent, and with
//! momentum the solution of `p_(k+1) = (1 + mu - s eta lambda) p_k - mu p_(k-1)`, p_1 = (1 - s eta lambda) p_0
//! (PyTorch's SGD). Where lambda is zero, p is 1 forever: that component never moves, and since its eigenvector is
//! orthogonal to the tangent features, K* maps it to zero as well.

use base::{Error, Result};
use linalg::{Eigen, Matrix, check, eigh, product, solve::zero_limit};

/// How far training has gone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Evolution {
    /// Gradient flow at time t = learning rate x steps; infinity is allowed.
    Flow { time: f64 },
    /// k steps of gradient descent.
    Descent { learning_rate: f64, momentum: f64, steps: u64 },
}

/// A kernel and the targets it is trained on, decomposed once.
#[derive(Debug, Clone)]
pub struct GradientFlow {
    eigen: Eigen<f64>,
    zero: f64,
    /// U^T (h_0 - y), [n, c].
    components: Matrix<f64>,
    y: Matrix<f64>,
    /// 2 / (N o).
    rate: f64,
    threads: usize,
}

impl GradientFlow {
    /// `kernel` [n, n], `y` [n, c], `initial` [n, c] (zeros when `None`). Columns evolve independently. `terms` is
    /// the number of terms of the mean in the loss: `n c` when the columns are the outputs.
    pub fn new(
        kernel: &Matrix<f64>,
        y: &Matrix<f64>,
        initial: Option<&Matrix<f64>>,
        terms: usize,
        threads: usize,
    ) -> Result<Self> {
        Self::rounded(kernel, y, initial, terms, f64::EPSILON, threads)
    }

    /// As [`GradientFlow::new`], for a kernel that was computed in numbers of this `epsilon`: eigenvalues up to
    /// `n epsilon lambda_max` count as zero.
    pub fn rounded(
        kernel: &Matrix<f64>,
        y: &Matrix<f64>,
        initial: Option<&Matrix<f64>>,
        terms: usize,
        epsilon: f64,
        threads: usize,
    ) -> Result<Self> {
        check::square("kernel", kernel)?;
        check::finite("y", y)?;
        check::same_rows("y", y, "kernel", kernel)?;
        let mut residual = y.clone();
        match initial {
            None => residual.data.iter_mut().for_each(|r| *r = -*r),
            Some(h) => {
                check::finite("initial", h)?;
                if (h.rows, h.cols) != (y.rows, y.cols) {
                    return Err(Error::shape(format!(
                        "initial: expected [{}, {}] as y, got [{}, {}]",
                        y.rows, y.cols, h.rows, h.cols
                    )));
                }
                residual.data.iter_mut().zip(&h.data).for_each(|(r, h)| *r = h - *r);
            }
        }
        let kernel = check::symmetric("kernel", kernel)?;
        let eigen = eigh(&kernel, threads)?;
        let zero = zero_limit(&eigen, epsilon)?;
        let components = product::matmul_tn(&eigen.vectors, &residual, threads)?;
        Ok(GradientFlow { eigen, zero, components, y: y.clone(), rate: 2.0 / terms.max(1) as f64, threads })
    }

    /// Eigenvalues of the kernel, ascending, and their eigenvectors in columns.
    pub fn eigen(&self) -> &Eigen<f64> {
        &self.eigen
    }

    /// What is learnt, [n, c].
    pub fn targets(&self) -> &Matrix<f64> {
        &self.y
    }

    /// 2 lambda_k / (N o): how fast each component relaxes, ascending; 0 for those that never move.
    pub fn rates(&self) -> Vec<f64> {
        self.eigen.values.iter().map(|l| if *l > self.zero { self.rate * l } else { 0.0 }).collect()
    }

    /// Gradient descent diverges above this learning rate: `(1 + momentum) N o / lambda_max`; infinite for a zero kernel.
    pub fn largest_learning_rate(&self, momentum: f64) -> f64 {
        let top = self.eigen.values[self.eigen.values.len() - 1];
        if top > 0.0 { 2.0 * (1.0 + momentum) / (self.rate * top) } else { f64::INFINITY }
    }

    /// p for every eigenvalue: what is left of each residual component.
    pub fn remaining(&self, evolution: Evolution) -> Result<Vec<f64>> {
        validate(evolution)?;
        Ok(self.rates().iter().map(|r| remaining(*r, evolution)).collect())
    }

    /// U^T (h - y) [n, c] at that point of the training.
    pub fn residual_components(&self, evolution: Evolution) -> Result<Matrix<f64>> {
        Ok(scaled(&self.components, &self.remaining(evolution)?))
    }

    /// Predictions on the training points [n, c].
    pub fn train(&self, evolution: Evolution) -> Result<Matrix<f64>> {
        let left = self.residual_components(evolution)?;
        let mut h = product::matmul(&self.eigen.vectors, &left, self.threads)?;
        h.data.iter_mut().zip(&self.y.data).for_each(|(h, y)| *h += y);
        Ok(h)
    }

    /// Predictions on m other points: `cross` [m, n] their kernel with the training points, `initial` [m, c] their outputs
    /// at initialisation (zeros when `None`) -> [m, c].
    pub fn test(
        &self,
        evolution: Evolution,
        cross: &Matrix<f64>,
        initial: Option<&Matrix<f64>>,
    ) -> Result<Matrix<f64>> {
        let weights = self.learnt(evolution)?;
        self.check_cross("crossKernel", cross)?;
        let moved = product::matmul(&self.eigen.vectors, &scaled(&self.components, &weights), self.threads)?;
        let mut h = product::matmul(cross, &moved, self.threads)?;
        h.data.iter_mut().for_each(|h| *h = -*h);
        if let Some(start) = initial {
            check::finite("initialCross", start)?;
            if (start.rows, start.cols) != (h.rows, h.cols) {
                return Err(Error::shape(format!(
                    "initialCross: expected [{}, {}], got [{}, {}]",
                    h.rows, h.cols, start.rows, start.cols
                )));
            }
            h.data.iter_mut().zip(&start.data).for_each(|(h, s)| *h += s);
        }
        Ok(h)
    }

    /// (1 - p) / lambda; for eigenvalue zero 0, since K* does not see it.
    fn learnt(&self, evolution: Evolution) -> Result<Vec<f64>> {
        validate(evolution)?;
        let one = |l: &f64| {
            let rate = self.rate * l;
            match evolution {
                _ if *l <= self.zero => 0.0,
                Evolution::Flow { time } => -(-rate * time).exp_m1() / l,
                other => (1.0 - remaining(rate, other)) / l,
            }
        };
        Ok(self.eigen.values.iter().map(one).collect())
    }

    fn check_cross(&self, name: &str, cross: &Matrix<f64>) -> Result<()> {
        check::finite(name, cross)?;
        if cross.cols == self.y.rows {
            Ok(())
        } else {
            Err(Error::shape(format!("{name}: expected {} columns as the kernel has, got {}", self.y.rows, cross.cols)))
        }
    }

    /// Mean [m, c] and covariance [m, m] over random initialisations, whose outputs are a Gaussian process with kernel
    /// `nngp` (train [n, n], cross [m, n], test [m, m]): Lee et al. 2019, equations 14-16. The flow must start from zero.
    pub fn ensemble(&self, evolution: Evolution, cross: &Matrix<f64>, nngp: [&Matrix<f64>; 3]) -> Result<Ensemble> {
        let [train, nngp_cross, test] = nngp;
        let (n, m) = (self.y.rows, cross.rows);
        for (name, k, want) in [("nngp", train, [n, n]), ("nngpCross", nngp_cross, [m, n]), ("nngpTest", test, [m, m])]
        {
            check::finite(name, k)?;
            if [k.rows, k.cols] != want {
                return Err(Error::shape(format!("{name}: expected {want:?}, got [{}, {}]", k.rows, k.cols)));
            }
        }
        let mean = self.test(evolution, cross, None)?;
        // A = K* U diag((1 - p) / lambda) U^T; h* = h*_0 - A h_0 + A y.
        let weights = self.learnt(evolution)?;
        let mut ku = product::matmul(cross, &self.eigen.vectors, self.threads)?;
        for i in 0..m {
            ku.row_mut(i).iter_mut().zip(&weights).for_each(|(v, w)| *v *= w);
        }
        let a = product::matmul_nt(&ku, &self.eigen.vectors, self.threads)?;
        let aq = product::matmul_nt(&a, nngp_cross, self.threads)?;
        let aqa = product::matmul_nt(&product::matmul(&a, train, self.threads)?, &a, self.threads)?;
        let covariance = Matrix::from_fn(m, m, |i, j| test.at(i, j) - aq.at(i, j) - aq.at(j, i) + aqa.at(i, j));
        Ok(Ensemble { mean, covariance })
    }
}

/// Over random initialisations.
#[derive(Debug, Clone)]
pub struct Ensemble {
    pub mean: Matrix<f64>,
    pub covariance: Matrix<f64>,
}

fn scaled(rows: &Matrix<f64>, weights: &[f64]) -> Matrix<f64> {
    Matrix::from_fn(rows.rows, rows.cols, |i, j| rows.at(i, j) * weights[i])
}

fn validate(evolution: Evolution) -> Result<()> {
    match evolution {
        Evolution::Flow { time } if time.is_nan() || time < 0.0 => {
            Err(Error::argument(format!("t: expected a number of at least 0 or infinity, got {time}")))
        }
        Evolution::Descent { learning_rate, .. } if !learning_rate.is_finite() || learning_rate <= 0.0 => {
            Err(Error::argument(format!("learningRate: expected a positive number, got {learning_rate}")))
        }
        Evolution::Descent { momentum, .. } if !(0.0..1.0).contains(&momentum) => {
            Err(Error::argument(format!("momentum: expected a number in [0, 1), got {momentum}")))
        }
        _ => Ok(()),
    }
}

/// p of a component with rate s lambda.
fn remaining(rate: f64, evolution: Evolution) -> f64 {
    match evolution {
        // Zero times infinity: the component never moves.
        Evolution::Flow { .. } if rate == 0.0 => 1.0,
        Evolution::Flow { time } => (-rate * time).exp(),
        Evolution::Descent { learning_rate, momentum: 0.0, steps } => power(1.0 - learning_rate * rate, steps),
        Evolution::Descent { learning_rate, momentum, steps } => {
            let a = learning_rate * rate;
            // (p_(k+1), p_k) = M (p_k, p_(k-1)); M^k by squaring.
            let (mut m, mut total) = ([1.0 + momentum - a, -momentum, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]);
            let times = |x: [f64; 4], y: [f64; 4]| {
                [
                    x[0] * y[0] + x[1] * y[2],
                    x[0] * y[1] + x[1] * y[3],
                    x[2] * y[0] + x[3] * y[2],
                    x[2] * y[1] + x[3] * y[3],
                ]
            };
            let mut k = steps;
            while k > 0 {
                if k & 1 == 1 {
                    total = times(total, m);
                }
                m = times(m, m);
                k >>= 1;
            }
            // (p_1, p_0) = (1 - a, 1); the second row gives p_k.
            total[2] * (1.0 - a) + total[3]
        }
    }
}

fn power(base: f64, mut k: u64) -> f64 {
    let (mut square, mut total) = (base, 1.0);
    while k > 0 {
        if k & 1 == 1 {
            total *= square;
        }
        square *= square;
        k >>= 1;
    }
    total
}
