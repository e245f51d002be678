//! The fixed maps of the inputs that come before the first random layer.

use super::plan::InputMap;
use linalg::{Matrix, Real};
use std::f64::consts::TAU;

/// Applies the maps to each row of `x`, in f64, rounding once at the end.
pub fn map_inputs<T: Real>(x: &Matrix<T>, maps: &[InputMap]) -> Matrix<T> {
    if maps.is_empty() {
        return x.clone();
    }
    let rows: Vec<Vec<f64>> = (0..x.rows)
        .map(|i| {
            let row = x.row(i).iter().map(|v| v.to_f64()).collect();
            maps.iter().fold(row, |row, map| apply(map, row))
        })
        .collect();
    let cols = rows.first().map_or(0, Vec::len);
    Matrix { rows: x.rows, cols, data: rows.into_iter().flatten().map(T::from_f64).collect() }
}

fn apply(map: &InputMap, row: Vec<f64>) -> Vec<f64> {
    match map {
        InputMap::Scale(c) => row.into_iter().map(|v| c * v).collect(),
        InputMap::Entrywise(f) => row.into_iter().map(|v| f.value(v)).collect(),
        InputMap::Fourier(frequencies, amplitudes) => {
            let phases: Vec<f64> =
                frequencies.iter().map(|b| TAU * b.iter().zip(&row).map(|(b, v)| b * v).sum::<f64>()).collect();
            let cosines = phases.iter().zip(amplitudes).map(|(p, a)| a * p.cos());
            cosines.chain(phases.iter().zip(amplitudes).map(|(p, a)| a * p.sin())).collect()
        }
    }
}
