//! Fixed maps of the inputs, which come before the first layer that has parameters.

use linalg::Real;
use nets::{Activation, ResolvedLayer, ResolvedNetwork};
use std::f64::consts::TAU;

#[derive(Debug, Clone)]
pub enum InputMap {
    Scale(f64),
    Entrywise(Activation),
    /// `[a_k cos(2 pi b_k . x) ..., a_k sin(2 pi b_k . x) ...]`.
    Fourier {
        /// [k, d], row-major.
        frequencies: Vec<f64>,
        amplitudes: Vec<f64>,
    },
}

impl InputMap {
    /// A layer of Fourier features that is not trained, with the network's buffers.
    pub fn fourier<T: Real>(network: &ResolvedNetwork, layer: &ResolvedLayer, buffers: &[T]) -> Self {
        let array = |k: usize| {
            buffers[network.buffers[layer.buffers[k]].range()].iter().map(|v| v.to_f64()).collect::<Vec<f64>>()
        };
        InputMap::Fourier { frequencies: array(0), amplitudes: array(1) }
    }

    fn apply(&self, row: Vec<f64>) -> Vec<f64> {
        match self {
            InputMap::Scale(c) => row.into_iter().map(|v| c * v).collect(),
            InputMap::Entrywise(f) => row.into_iter().map(|v| f.value(v)).collect(),
            InputMap::Fourier { frequencies, amplitudes } => {
                let phase = |b: &[f64]| TAU * b.iter().zip(&row).map(|(b, v)| b * v).sum::<f64>();
                let phases: Vec<f64> = frequencies.chunks(row.len()).map(phase).collect();
                let cosines = phases.iter().zip(amplitudes).map(|(p, a)| a * p.cos());
                cosines.chain(phases.iter().zip(amplitudes).map(|(p, a)| a * p.sin())).collect()
            }
        }
    }
}

/// The maps one after the other on one sample, in f64.
pub fn apply_all<T: Real>(maps: &[InputMap], row: &[T]) -> Vec<T> {
    if maps.is_empty() {
        return row.to_vec();
    }
    let start = row.iter().map(|v| v.to_f64()).collect();
    maps.iter().fold(start, |row, map| map.apply(row)).into_iter().map(T::from_f64).collect()
}
