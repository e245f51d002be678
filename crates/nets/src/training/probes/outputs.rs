//! The outputs themselves, and how many of them name the right class.

use super::target::class_index;
use super::{Context, Measure, Seen};
use base::{Control, Error, Result};
use compute::Scalar;

pub struct Outputs {
    shape: Vec<usize>,
}

impl Outputs {
    pub fn new(context: &Context, samples: usize) -> Self {
        Outputs { shape: std::iter::once(samples).chain(context.network.output.iter().copied()).collect() }
    }
}

impl<T: Scalar> Measure<T> for Outputs {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("values", self.shape.clone())]
    }
    fn measure(&mut self, seen: &Seen<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        Ok(vec![seen.outputs.to_vec()])
    }
}

pub struct Accuracy {
    labels: Vec<usize>,
    width: usize,
}

impl Accuracy {
    pub fn new(context: &Context, samples: usize) -> Result<Self> {
        let name = format!("{}.labels", context.place);
        let array = context.arrays.required(&name)?;
        if array.shape != [samples] {
            return Err(Error::shape(format!("{name}: expected shape [{samples}], got {:?}", array.shape)));
        }
        let width = context.network.output_size();
        let labels = array.to::<f64>().into_iter().map(|class| class_index(&name, class, width));
        Ok(Accuracy { labels: labels.collect::<Result<_>>()?, width })
    }
}

impl<T: Scalar> Measure<T> for Accuracy {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("values", vec![])]
    }
    fn measure(&mut self, seen: &Seen<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        let right =
            |(row, label): (&[f64], &usize)| row.iter().enumerate().all(|(c, h)| c == *label || *h < row[*label]);
        let count = seen.outputs.chunks_exact(self.width).zip(&self.labels).filter(|pair| right(*pair)).count();
        Ok(vec![vec![count as f64 / self.labels.len() as f64]])
    }
}
