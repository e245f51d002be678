//! Theory against measurement: the residuals that a fixed kernel predicts beside those of a training, by eigenvector and
//! by frequency.

use super::{Evolution, GradientFlow};
use crate::waves::Waves;
use base::{Control, Error, Result};
use linalg::{Matrix, check, product};

/// One row a record. Norms are Euclidean over outputs.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// `|u_k . (h - y)|` [records, n].
    pub predicted: Matrix<f64>,
    pub measured: Matrix<f64>,
    /// `|F[h - y](w)|` [records, k], F the mean over samples of `exp(-2 pi i w . x)` times the residual; without waves
    /// no columns.
    pub predicted_waves: Matrix<f64>,
    pub measured_waves: Matrix<f64>,
    /// `|F[y](w)|` [k].
    pub target_waves: Vec<f64>,
    /// `|h_predicted - h| / |h - y at the first record|` [records].
    pub distance: Vec<f64>,
}

/// `outputs` [n, c] of the network at each of `evolutions`; `waves` over the same n points.
/// Errors: as many outputs as evolutions, of the shape of the flow's targets, finite.
pub fn compare(
    flow: &GradientFlow,
    evolutions: &[Evolution],
    outputs: &[Matrix<f64>],
    waves: Option<&Waves>,
    control: &Control,
) -> Result<Comparison> {
    let (y, vectors) = (flow.targets(), &flow.eigen().vectors);
    if evolutions.len() != outputs.len() || outputs.is_empty() {
        return Err(Error::shape(format!("outputs: expected {} records, got {}", evolutions.len(), outputs.len())));
    }
    if let Some(waves) = waves.filter(|w| w.points() != y.rows) {
        return Err(Error::shape(format!("points: expected {} rows as y has, got {}", y.rows, waves.points())));
    }
    let spectrum = |residual: &Matrix<f64>| waves.map_or(Ok(vec![]), |w| w.amplitudes(residual));
    let mut rows: [Vec<Vec<f64>>; 4] = Default::default();
    let mut distance = vec![];
    let start = difference(&outputs[0], y)?;
    for (evolution, h) in evolutions.iter().zip(outputs) {
        control.check()?;
        check::finite("outputs", h)?;
        let expected = flow.train(*evolution)?;
        let (theory, run) = (difference(&expected, y)?, difference(h, y)?);
        rows[0].push(row_norms(&flow.residual_components(*evolution)?));
        rows[1].push(row_norms(&product::matmul_tn(vectors, &run, 1)?));
        rows[2].push(spectrum(&theory)?);
        rows[3].push(spectrum(&run)?);
        distance.push(norm(&difference(&expected, h)?.data) / norm(&start.data));
    }
    let [predicted, measured, predicted_waves, measured_waves] = rows.map(|rows| {
        let cols = rows[0].len();
        Matrix { rows: rows.len(), cols, data: rows.concat() }
    });
    let target_waves = spectrum(y)?;
    Ok(Comparison { predicted, measured, predicted_waves, measured_waves, target_waves, distance })
}

fn difference(a: &Matrix<f64>, b: &Matrix<f64>) -> Result<Matrix<f64>> {
    if (a.rows, a.cols) != (b.rows, b.cols) {
        return Err(Error::shape(format!("outputs: expected [{}, {}], got [{}, {}]", b.rows, b.cols, a.rows, a.cols)));
    }
    Ok(Matrix { rows: a.rows, cols: a.cols, data: a.data.iter().zip(&b.data).map(|(a, b)| a - b).collect() })
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn row_norms(m: &Matrix<f64>) -> Vec<f64> {
    (0..m.rows).map(|i| norm(m.row(i))).collect()
}
