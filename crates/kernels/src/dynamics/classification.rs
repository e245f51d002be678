//! Cross-entropy on a fixed kernel: `dh/dt = -(1/N) K (softmax(h) - y)`, integrated with an error bound a step
//! (Dormand and Prince 1980, order 5 with an estimate of order 4). `t` is learning rate times steps.

use base::{Control, Error, Result, memory};
use linalg::{Matrix, check, product};

/// `kernel` [n, n], `labels` [n, c] rows of probabilities, `initial` [n, c] logits (zeros when `None`); other points by
/// their `cross` [m, n] kernel and `initial_cross` [m, c].
pub struct ClassificationFlow<'a> {
    pub kernel: &'a Matrix<f64>,
    pub labels: &'a Matrix<f64>,
    pub initial: Option<&'a Matrix<f64>>,
    pub cross: Option<&'a Matrix<f64>>,
    pub initial_cross: Option<&'a Matrix<f64>>,
    /// Bound on the error of a step, absolute, in logits. Default 1e-8.
    pub tolerance: f64,
}

/// Logits on the training points [n, c] and, when asked for, on the others [m, c], at each time.
#[derive(Debug, Clone)]
pub struct SoftmaxFlow {
    pub train: Vec<Matrix<f64>>,
    pub test: Vec<Matrix<f64>>,
}

const NODES: [[f64; 6]; 6] = [
    [1.0 / 5.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Order 5 minus order 4.
const ERROR: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];

impl ClassificationFlow<'_> {
    /// The logits at `times`, which must be finite and ascending.
    pub fn at(&self, times: &[f64], control: &Control) -> Result<SoftmaxFlow> {
        self.check(times)?;
        let (n, c) = (self.labels.rows, self.labels.cols);
        let m = self.cross.map_or(0, |k| k.rows);
        // Every time twice, as they are made and as they are handed over.
        let rows = memory::product(&[times.len().saturating_add(8), n.saturating_add(m), c]);
        memory::check("times", memory::bytes::<f64>(&[2, rows]), None)?;
        let mut h = self.initial.map_or_else(|| vec![0.0; n * c], |x| x.data.clone());
        // The other points are rows below the training ones: they follow, and do not act.
        h.extend(self.initial_cross.map_or_else(|| vec![0.0; m * c], |x| x.data.clone()));
        let (mut now, mut step) = (0.0, self.first_step());
        let mut out = SoftmaxFlow { train: vec![], test: vec![] };
        for &time in times {
            while now < time {
                control.check()?;
                let size = step.min(time - now);
                let (next, error) = self.advance(&h, size)?;
                let ratio = error / self.tolerance;
                if ratio <= 1.0 || size < 1e-14 * time.max(1.0) {
                    (h, now) = (next, if size == time - now { time } else { now + size });
                }
                step = size * (0.9 * ratio.max(1e-10).powf(-0.2)).clamp(0.2, 5.0);
            }
            out.train.push(Matrix::from_rows(n, c, h[..n * c].to_vec())?);
            if m > 0 {
                out.test.push(Matrix::from_rows(m, c, h[n * c..].to_vec())?);
            }
        }
        Ok(out)
    }

    fn check(&self, times: &[f64]) -> Result<()> {
        check::square("kernel", self.kernel)?;
        check::finite("labels", self.labels)?;
        check::same_rows("labels", self.labels, "kernel", self.kernel)?;
        let (n, c) = (self.labels.rows, self.labels.cols);
        for i in 0..n {
            let row = self.labels.row(i);
            if row.iter().any(|p| *p < 0.0) || (row.iter().sum::<f64>() - 1.0).abs() > 1e-6 {
                return Err(Error::argument(format!(
                    "labels: row {i} must be probabilities that sum to 1, got {row:?}"
                )));
            }
        }
        let m = self.cross.map_or(0, |k| k.rows);
        for (name, x, want) in [
            ("initial", self.initial, [n, c]),
            ("crossKernel", self.cross, [m, n]),
            ("initialCross", self.initial_cross, [m, c]),
        ] {
            let Some(x) = x else { continue };
            check::finite(name, x)?;
            if [x.rows, x.cols] != want {
                return Err(Error::shape(format!("{name}: expected {want:?}, got [{}, {}]", x.rows, x.cols)));
            }
        }
        let ascending = times.windows(2).all(|w| w[0] <= w[1]);
        if !ascending || times.iter().any(|t| !t.is_finite() || *t < 0.0) {
            return Err(Error::argument(format!("t: expected finite times of at least 0, ascending, got {times:?}")));
        }
        Ok(())
    }

    /// A tenth of the fastest time scale of the linear part: trace bounds the largest eigenvalue.
    fn first_step(&self) -> f64 {
        let n = self.kernel.rows;
        let trace: f64 = (0..n).map(|i| self.kernel.at(i, i).abs()).sum();
        0.1 * n as f64 / trace.max(f64::MIN_POSITIVE)
    }

    fn slope(&self, h: &[f64]) -> Result<Vec<f64>> {
        let (n, c) = (self.labels.rows, self.labels.cols);
        let mut force = Matrix::zeros(n, c);
        for i in 0..n {
            let row = &h[i * c..(i + 1) * c];
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = row.iter().map(|v| (v - top).exp()).sum();
            for j in 0..c {
                force.data[i * c + j] = (self.labels.at(i, j) - (row[j] - top).exp() / total) / n as f64;
            }
        }
        let mut out = product::matmul(self.kernel, &force, 1)?.data;
        if let Some(cross) = self.cross {
            out.extend(product::matmul(cross, &force, 1)?.data);
        }
        Ok(out)
    }

    fn advance(&self, h: &[f64], size: f64) -> Result<(Vec<f64>, f64)> {
        let mut slopes = vec![self.slope(h)?];
        let mut next = h.to_vec();
        for row in &NODES {
            for (e, value) in next.iter_mut().enumerate() {
                *value = h[e] + size * slopes.iter().zip(row).map(|(s, w)| s[e] * w).sum::<f64>();
            }
            slopes.push(self.slope(&next)?);
        }
        let error = (0..h.len())
            .map(|e| (size * slopes.iter().zip(ERROR).map(|(s, w)| s[e] * w).sum::<f64>()).abs())
            .fold(0.0, f64::max);
        Ok((next, error))
    }
}
