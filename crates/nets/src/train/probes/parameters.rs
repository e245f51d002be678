//! The parameters and their norms.

use super::{Context, Measure};
use base::{Control, Error, Result};
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
    fn measure(&mut self, _: &[f64], parameters: &dyn Fn() -> Vec<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        let flat = parameters();
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
        let found = context.network.parameters.iter().find(|candidate| candidate.name == name);
        let found = found.ok_or_else(|| {
            let names = context.network.parameters.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
            Error::argument(format!("{}.parameter: expected one of {names}, got {name}", context.place))
        })?;
        Ok(Snapshot { range: found.range(), shape: found.shape.clone() })
    }
}

impl<T: Scalar> Measure<T> for Snapshot {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("values", self.shape.clone())]
    }
    fn measure(&mut self, _: &[f64], parameters: &dyn Fn() -> Vec<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        Ok(vec![parameters()[self.range.clone()].iter().map(|x| x.to_f64()).collect()])
    }
}
