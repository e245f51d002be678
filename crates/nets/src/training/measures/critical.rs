//! Critical samples (Arpit et al. 2017, section 4.3): a sample is critical when a point of another class, in the
//! network's own eyes, lies within `radius` of it in every coordinate. Their share is the critical sample ratio.
//!
//! The search is Langevin's (their algorithm 1): `x~ <- x~ + step sign(grad) + noise N(0, 1)`, clipped to the box, until
//! the decision changes. The gradient is that of the cross-entropy of the network's own decision for x, so no label is
//! used. A search that gives up proves nothing: the ratio is a lower bound.

use super::{decisions, gradient};
use crate::engine::{Data, Samples};
use crate::training::losses::{RowLoss, TargetData};
use crate::{ResolvedNetwork, Weights};
use base::{Control, Error, Random, Result, Stream};
use compute::Scalar;

/// Half the box's side, the length of a step and of its noise in each coordinate, and when to give up.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    pub radius: f64,
    pub step: f64,
    pub noise: f64,
    pub iterations: usize,
    pub seed: u64,
}

/// For each sample the iteration after which its decision had changed, 0 where it never did. Sample i draws its noise
/// from [`Stream::Search`] i, so that the answer does not depend on the samples beside it.
///
/// # Errors
/// A radius, step or noise that is negative or not finite; fewer than two classes; abort.
pub fn critical_samples<T: Scalar>(
    network: &ResolvedNetwork,
    weights: &Weights<T>,
    inputs: &[T],
    search: &Search,
    threads: usize,
    control: &Control,
) -> Result<Vec<usize>> {
    for (name, value) in [("radius", search.radius), ("step", search.step), ("noise", search.noise)] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Error::argument(format!("{name}: expected a finite number of at least 0, got {value}")));
        }
    }
    let classes = network.output_size();
    if classes < 2 || network.output.len() != 1 {
        return Err(Error::argument(format!("model: expected at least two classes, got outputs {:?}", network.output)));
    }
    let mut engine = gradient::differentiable(network, weights, inputs.len(), threads, control)?;
    let size = network.input_size();
    let decide = |engine: &mut crate::engine::Engine<T>, points: &[T]| {
        let data = Data::new(&engine.program, points);
        let rows = data.rows();
        decisions(&engine.outputs(&data, &Samples::Range(0..rows)), classes)
    };
    let own = decide(&mut engine, inputs);
    let mut found = vec![0; own.len()];
    let mut active: Vec<usize> = (0..own.len()).collect();
    let mut points = inputs.to_vec();
    let mut noise: Vec<Random> = active.iter().map(|&i| Random::new(search.seed, Stream::Search(i as u64))).collect();
    for iteration in 1..=search.iterations {
        control.check()?;
        let labels: Vec<f64> = active.iter().map(|&i| f64::from(own[i])).collect();
        let shape = [active.len()];
        let targets =
            TargetData::new(&RowLoss::CrossEntropy, active.len(), &network.output, (&labels, &shape[..]), None)?;
        let slopes = gradient::gradient(&mut engine, network, &points, &RowLoss::CrossEntropy, &targets);
        for (at, &i) in active.iter().enumerate() {
            let range = at * size..(at + 1) * size;
            let centre = &inputs[i * size..(i + 1) * size];
            for ((x, slope), centre) in points[range.clone()].iter_mut().zip(&slopes[range]).zip(centre) {
                let slope = slope.to_f64();
                let ascent = if slope == 0.0 { 0.0 } else { search.step * slope.signum() };
                let offset = x.to_f64() + ascent + search.noise * noise[i].normal() - centre.to_f64();
                *x = T::from_f64(centre.to_f64() + offset.clamp(-search.radius, search.radius));
            }
        }
        let now = decide(&mut engine, &points);
        control.check()?;
        let stays: Vec<bool> = active.iter().zip(&now).map(|(&i, class)| *class == own[i]).collect();
        let mut kept = Vec::new();
        for (at, &i) in active.iter().enumerate() {
            if stays[at] {
                kept.extend_from_slice(&points[at * size..(at + 1) * size]);
            } else {
                found[i] = iteration;
            }
        }
        active = active.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(i, _)| i).collect();
        points = kept;
        if active.is_empty() {
            break;
        }
    }
    Ok(found)
}
