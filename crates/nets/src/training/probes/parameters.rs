//! The parameters and their norms.

use super::{Context, Measure, Seen};
use base::{Control, Result};
use compute::Scalar;
use std::ops::Range;

pub struct Norms {
    ranges: Vec<Range<usize>>,
}

impl Norms {
    pub fn new(context: &Context) -> Self {
        Norms { ranges: context.network.parameters.iter().map(|parameter| parameter.range()).collect() }
    }
}

impl<T: Scalar> Measure<T> for Norms {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("values", vec![self.ranges.len()])]
    }
    fn measure(&mut self, seen: &Seen<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        let flat = (seen.parameters)();
        let norm = |range: &Range<usize>| flat[range.clone()].iter().map(|x| x.to_f64().powi(2)).sum::<f64>().sqrt();
        Ok(vec![self.ranges.iter().map(norm).collect()])
    }
}

pub struct Snapshot {
    range: Range<usize>,
    shape: Vec<usize>,
}

impl Snapshot {
    pub fn new(context: &Context, parameter: Option<&str>) -> Result<Self> {
        let all = context.network.parameter_count();
        let Some(name) = parameter else { return Ok(Snapshot { range: 0..all, shape: vec![all] }) };
        let found = context.parameter(name)?;
        Ok(Snapshot { range: found.range(), shape: found.shape.clone() })
    }
}

impl<T: Scalar> Measure<T> for Snapshot {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("values", self.shape.clone())]
    }
    fn measure(&mut self, seen: &Seen<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        Ok(vec![(seen.parameters)()[self.range.clone()].iter().map(|x| x.to_f64()).collect()])
    }
}
