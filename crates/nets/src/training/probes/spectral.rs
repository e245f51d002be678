//! Errors by frequency: the NUDFT (Xu, eq. 1.4), along a projection (1.5)-(1.6), and Gaussian filtering (1.10)-(1.13).

use super::target::{rows, transformed};
use super::{Compare, Context, Measure, Output, Seen};
use crate::network::arrays::{Array, finite};
use base::elementary::hypot;
use base::{Control, Error, Result};
use spectra::fft::{Signal, Split};
use spectra::filter::{GaussianFilter, Options};
use spectra::nudft::{Convention, Nudft};
use spectra::principal::{first_component, project};

pub struct Spectrum {
    transform: Nudft,
    target: Split<f64>,
    width: usize,
    compare: Compare,
    output: Output,
    threads: usize,
}

impl Spectrum {
    /// Points as they are; `frequencies` `[k]` or `[k, d]`.
    pub fn new(context: &Context, points: &Array, compare: Compare, output: Output) -> Result<Self> {
        let d = context.network.input_size();
        Self::on(context, &points.to::<f64>(), d, points.shape[0], compare, output)
    }

    /// Points projected on `direction`, or on their first principal component; `frequencies` `[k]`.
    pub fn projected(context: &Context, points: &Array, compare: Compare, output: Output) -> Result<Self> {
        let d = context.network.input_size();
        let values = points.to::<f64>();
        let name = format!("{}.direction", context.place);
        let direction = match context.arrays.optional(&name) {
            None => {
                first_component(&values, d, context.threads, context.control)
                    .map_err(|error| named(context, error))?
                    .direction
            }
            Some(array) if array.shape == [d] => {
                finite(&name, array)?;
                array.to::<f64>()
            }
            Some(array) => return Err(Error::shape(format!("{name}: expected shape [{d}], got {:?}", array.shape))),
        };
        let along = project(&values, &direction).map_err(|error| named(context, error))?;
        Self::on(context, &along, 1, points.shape[0], compare, output)
    }

    fn on(context: &Context, points: &[f64], d: usize, n: usize, compare: Compare, output: Output) -> Result<Self> {
        let name = format!("{}.frequencies", context.place);
        let array = context.arrays.required(&name)?;
        let fits = array.shape.len() == 2 && array.shape[1] == d || array.shape.len() == 1 && d == 1;
        if !fits || array.is_empty() {
            let expected = if d == 1 { "[k] or [k, 1]".into() } else { format!("[k, {d}]") };
            return Err(Error::shape(format!("{name}: expected shape {expected} with k > 0, got {:?}", array.shape)));
        }
        let transform =
            Nudft::new(points, d, &array.to::<f64>(), Convention::default()).map_err(|error| named(context, error))?;
        let width = context.network.output_size();
        let target = transform.apply(Signal::Real(&rows(context, n, output)?), width, context.threads)?;
        Ok(Spectrum { transform, target, width, compare, output, threads: context.threads })
    }
}

impl<T> Measure<T> for Spectrum {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        let k = self.transform.frequencies();
        vec![("relativeError", vec![k]), ("amplitude", vec![k])]
    }

    /// Several outputs count by the Euclidean norm over them.
    fn measure(&mut self, seen: &Seen<T>, control: &Control) -> Result<Vec<Vec<f64>>> {
        let values = transformed(seen.outputs, self.width, self.output);
        let got = self.transform.apply_with(Signal::Real(&values), self.width, self.threads, control)?;
        let (mut errors, mut amplitudes) = (Vec::new(), Vec::new());
        for frequency in 0..self.transform.frequencies() {
            let (mut error, mut size, mut own) = (0.0, 0.0, 0.0);
            for i in frequency * self.width..(frequency + 1) * self.width {
                let (h, f) = ((got.re[i], got.im[i]), (self.target.re[i], self.target.im[i]));
                error += match self.compare {
                    Compare::Complex => (h.0 - f.0).powi(2) + (h.1 - f.1).powi(2),
                    Compare::Magnitude => (hypot(h.0, h.1) - hypot(f.0, f.1)).powi(2),
                };
                size += f.0 * f.0 + f.1 * f.1;
                own += h.0 * h.0 + h.1 * h.1;
            }
            errors.push((error / size).sqrt());
            amplitudes.push(own.sqrt());
        }
        Ok(vec![errors, amplitudes])
    }
}

pub struct Filter {
    filter: GaussianFilter,
    width: usize,
    output: Output,
}

impl Filter {
    pub fn new(context: &Context, points: &Array, deltas: &[f64], output: Output) -> Result<Self> {
        if deltas.is_empty() || deltas.iter().any(|delta| !(delta.is_finite() && *delta > 0.0)) {
            let place = &context.place;
            return Err(Error::argument(format!("{place}.deltas: expected numbers above 0, got {deltas:?}")));
        }
        let (d, width) = (context.network.input_size(), context.network.output_size());
        let target = rows(context, points.shape[0], output)?;
        let options = Options { threads: context.threads, ..Options::default() };
        let filter = match &points.values {
            crate::network::arrays::Values::F32(x) => {
                GaussianFilter::new(x, d, &target, width, deltas, options, context.control)
            }
            crate::network::arrays::Values::F64(x) => {
                GaussianFilter::new(x, d, &target, width, deltas, options, context.control)
            }
        };
        Ok(Filter { filter: filter.map_err(|error| named(context, error))?, width, output })
    }
}

impl<T> Measure<T> for Filter {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        let count = self.filter.deltas().len();
        vec![("low", vec![count]), ("high", vec![count])]
    }
    fn measure(&mut self, seen: &Seen<T>, control: &Control) -> Result<Vec<Vec<f64>>> {
        let errors = self.filter.errors(&transformed(seen.outputs, self.width, self.output), control)?;
        Ok(vec![errors.low, errors.high])
    }
}

/// An error of `spectra` names its own arguments; say whose they are.
fn named(context: &Context, error: Error) -> Error {
    Error::new(error.code, format!("{}.{}", context.place, error.message))
}
