//! What is measured during a training.
//!
//! A probe sees the network's outputs on points of its own, or its parameters, at every recorded step. Probes that
//! name the same array of points share one forward pass. Measurements are made in f64.

mod image;
mod ntk;
mod outputs;
mod parameters;
mod rank;
mod spectral;
mod target;

use super::{Field, Series};
use crate::engine::{Data, Engine, Program, Samples};
use crate::network::arrays::{Array, Arrays, fits};
use crate::network::shapes::{Parameter, ResolvedNetwork};
use base::{Control, Error, Result, memory};
use compute::Scalar;
use serde::Deserialize;
use std::sync::Arc;

/// What to measure. Arrays come as `probes.<name>.points`, `.target`, `.frequencies`, `.labels`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ProbeSpec {
    /// `values [r, n, o]`: the outputs on `points`.
    Outputs {},
    /// `relativeError [r, k]` and `amplitude [r, k]` of the outputs' NUDFT on `points` at `frequencies`.
    Spectrum {
        #[serde(default)]
        compare: Compare,
        #[serde(default)]
        output: Output,
    },
    /// As `spectrum`, over the first principal component of `points` (or along the array `direction`).
    Projection {
        #[serde(default)]
        compare: Compare,
        #[serde(default)]
        output: Output,
    },
    /// `low`, `high [r, deltas]`: relative errors of the Gaussian low-pass part and of the rest.
    Filter {
        deltas: Vec<f64>,
        #[serde(default)]
        output: Output,
    },
    /// `psnr [r]` and `radial [r, rings, channels]`, the amplitude by radius, of an image of `size` whose pixels are
    /// `points`, row-major, against `target`.
    Image {
        size: [usize; 2],
        /// Of the target's range, for PSNR.
        #[serde(default = "one")]
        peak: f64,
    },
    /// `values [r]`: the share of points whose largest output is that of `labels`.
    Accuracy {},
    /// `values [r, parameters]`: the Euclidean norm of each named parameter, in their order.
    Norms {},
    /// `values [r, ...]`: all parameters, flat, in their order; one parameter's own shape where `parameter` names it.
    Parameters {
        #[serde(default)]
        parameter: Option<String>,
    },
    /// `singularValues [r, k]`, `effectiveRank [r]`, `stableRank [r]` of a `parameter` as a matrix `[first axis, others]`,
    /// with `change` of its difference to the training's start; or of the centred features that layer `layer` gives for
    /// `points`.
    Rank {
        #[serde(default)]
        parameter: Option<String>,
        #[serde(default)]
        change: bool,
        #[serde(default)]
        layer: Option<usize>,
    },
    /// `values [r, n, n]` and `eigenvalues [r, n]` (descending) of the empirical NTK on `points`, its mean over outputs.
    Ntk {},
}

impl ProbeSpec {
    fn has_points(&self) -> bool {
        !matches!(self, ProbeSpec::Norms {} | ProbeSpec::Parameters { .. } | ProbeSpec::Rank { parameter: Some(_), .. })
    }
}

impl ProbeSpec {
    /// Numbers of one record of the probe `name`, at most.
    pub fn numbers(&self, name: &str, network: &ResolvedNetwork, arrays: &Arrays) -> usize {
        let array = |field: &str| arrays.optional(&format!("probes.{name}.{field}"));
        let rows = |field: &str| array(field).and_then(|array| array.shape.first().copied()).unwrap_or(0);
        let n = rows("points");
        match self {
            ProbeSpec::Outputs {} => memory::product(&[n, network.output_size()]),
            ProbeSpec::Spectrum { .. } | ProbeSpec::Projection { .. } => memory::product(&[2, rows("frequencies")]),
            ProbeSpec::Filter { deltas, .. } => 2 * deltas.len(),
            // Rings up to half the shorter side.
            ProbeSpec::Image { size, .. } => {
                memory::product(&[size[0].min(size[1]) / 2 + 1, network.output_size()]).saturating_add(1)
            }
            ProbeSpec::Accuracy {} => 1,
            ProbeSpec::Norms {} => network.parameters.len(),
            ProbeSpec::Parameters { .. } => network.parameter_count(),
            ProbeSpec::Rank { parameter: Some(name), .. } => {
                let shape = network.parameters.iter().find(|p| p.name == *name).map(|p| &p.shape[..]);
                shape.and_then(|shape| shape.first().copied()).unwrap_or(0).saturating_add(2)
            }
            ProbeSpec::Rank { .. } => n.saturating_add(2),
            ProbeSpec::Ntk {} => memory::product(&[n, n.saturating_add(1)]),
        }
    }
}

fn one() -> f64 {
    1.0
}

/// `complex`: |h_k - f_k| / |f_k|; `magnitude`: ||h_k| - |f_k|| / |f_k|.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Compare {
    #[default]
    Complex,
    Magnitude,
}

/// Whether outputs are compared as they are, or as probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Output {
    #[default]
    Raw,
    Softmax,
}

/// A measurement that is made again and again.
trait Measure<T>: Send {
    /// The field's names and shapes (without the axis of records).
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)>;
    /// One value list for each field.
    fn measure(&mut self, seen: &Seen<T>, control: &Control) -> Result<Vec<Vec<f64>>>;
}

/// What a probe sees of a training.
struct Seen<'a, T> {
    /// On the probe's points, `[n, o]`.
    outputs: &'a [f64],
    /// All of them, flat.
    parameters: &'a dyn Fn() -> Vec<T>,
    /// Numbers that are not trained, flat.
    state: &'a [T],
}

struct Probe<T> {
    name: String,
    measure: Box<dyn Measure<T>>,
    /// Index of the points.
    points: Option<usize>,
    columns: Vec<Vec<f64>>,
    records: usize,
}

struct Points<T: Scalar> {
    array: Arc<Array>,
    data: Data<T>,
}

/// All probes of a training.
pub struct Probes<T: Scalar> {
    probes: Vec<Probe<T>>,
    points: Vec<Points<T>>,
}

/// What a probe is made from.
struct Context<'a> {
    /// `probes.<name>`.
    place: String,
    network: &'a ResolvedNetwork,
    arrays: &'a Arrays,
    threads: usize,
    control: &'a Control,
}

impl Context<'_> {
    /// The parameter that `.parameter` names.
    fn parameter(&self, name: &str) -> Result<&Parameter> {
        let all = &self.network.parameters;
        all.iter().find(|candidate| candidate.name == name).ok_or_else(|| {
            let names = all.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
            Error::argument(format!("{}.parameter: expected one of {names}, got {name}", self.place))
        })
    }
}

impl<T: Scalar> Probes<T> {
    /// # Errors
    /// Those of the arrays and constants of each probe, named `probes.<name>.<field>`.
    pub fn new(
        specs: &[(String, ProbeSpec)],
        network: &ResolvedNetwork,
        program: &Program<T>,
        parameters: &[T],
        arrays: &Arrays,
        threads: usize,
        control: &Control,
    ) -> Result<Self> {
        let start = match arrays.optional("began.parameters") {
            Some(array) if array.len() == parameters.len() => array.to(),
            _ => parameters.to_vec(),
        };
        let mut all = Probes { probes: Vec::new(), points: Vec::new() };
        for (name, spec) in specs {
            let context = Context { place: format!("probes.{name}"), network, arrays, threads, control };
            let name_of_points = format!("{}.points", context.place);
            let points = match spec.has_points() {
                true => Some(all.points(&name_of_points, network, program, arrays)?),
                false => None,
            };
            let array = points.map(|index| &*all.points[index].array);
            let measure = build(spec, &context, array, &start)?;
            let columns = vec![Vec::new(); measure.fields().len()];
            all.probes.push(Probe { name: name.clone(), measure, points, columns, records: 0 });
        }
        Ok(all)
    }

    fn points(
        &mut self,
        name: &str,
        network: &ResolvedNetwork,
        program: &Program<T>,
        arrays: &Arrays,
    ) -> Result<usize> {
        let (array, _) = arrays.samples(name, &network.input)?;
        if let Some(index) = self.points.iter().position(|points| Arc::ptr_eq(&points.array, &array)) {
            return Ok(index);
        }
        fits::<T>(name, &array)?;
        let data = Data::new(program, &array.to::<T>());
        self.points.push(Points { array, data });
        Ok(self.points.len() - 1)
    }

    /// One record of every probe. False, with nothing recorded, where an output is not finite.
    pub fn measure(&mut self, engine: &mut Engine<T>, control: &Control) -> Result<bool> {
        let mut outputs = Vec::with_capacity(self.points.len());
        for points in &self.points {
            let values = engine.outputs(&points.data, &Samples::Range(0..points.data.rows()));
            if values.iter().any(|value| !value.is_finite()) {
                return Ok(false);
            }
            outputs.push(values.iter().map(|value| value.to_f64()).collect::<Vec<f64>>());
        }
        let parameters = || engine.flat_parameters();
        let mut measured = Vec::with_capacity(self.probes.len());
        for probe in &mut self.probes {
            let outputs = probe.points.map_or(&[][..], |index| &outputs[index]);
            let seen = Seen { outputs, parameters: &parameters, state: &engine.state };
            measured.push(probe.measure.measure(&seen, control)?);
        }
        for (probe, measured) in self.probes.iter_mut().zip(measured) {
            probe.records += 1;
            for (column, values) in probe.columns.iter_mut().zip(measured) {
                memory::append(&format!("probes.{}", probe.name), column, values)?;
            }
        }
        Ok(true)
    }

    /// Everything measured; the probes are empty afterwards.
    pub fn finish(&mut self) -> Vec<Series> {
        let series = |probe: Probe<T>| {
            let field = |((name, shape), values): ((&'static str, Vec<usize>), Vec<f64>)| {
                let shape: Vec<usize> = std::iter::once(probe.records).chain(shape).collect();
                Field { name, array: Array::f64(values, &shape) }
            };
            let fields = probe.measure.fields().into_iter().zip(probe.columns).map(field).collect();
            Series { name: probe.name, fields }
        };
        std::mem::take(&mut self.probes).into_iter().map(series).collect()
    }
}

fn build<T: Scalar>(
    spec: &ProbeSpec,
    context: &Context,
    points: Option<&Array>,
    start: &[T],
) -> Result<Box<dyn Measure<T>>> {
    let points = points.map(|points| (points, points.shape[0]));
    Ok(match (spec, points) {
        (ProbeSpec::Norms {}, _) => Box::new(parameters::Norms::new(context)),
        (ProbeSpec::Parameters { parameter }, _) => Box::new(parameters::Snapshot::new(context, parameter.as_deref())?),
        (ProbeSpec::Rank { parameter: Some(name), change, layer: None }, _) => {
            Box::new(rank::OfParameter::new(context, name, change.then_some(start))?)
        }
        (ProbeSpec::Rank { parameter: None, change: false, layer: Some(layer) }, Some((points, _))) => {
            Box::new(rank::OfFeatures::<T>::new(context, points, *layer)?)
        }
        (ProbeSpec::Rank { .. }, _) => {
            let message = "expected a parameter (with change or not), or a layer with points";
            return Err(Error::argument(format!("{}: {message}", context.place)));
        }
        (ProbeSpec::Ntk {}, Some((points, _))) => Box::new(ntk::Ntk::<T>::new(context, points)?),
        (_, None) => unreachable!("every other probe has points"),
        (ProbeSpec::Outputs {}, Some((_, n))) => Box::new(outputs::Outputs::new(context, n)),
        (ProbeSpec::Accuracy {}, Some((_, n))) => Box::new(outputs::Accuracy::new(context, n)?),
        (ProbeSpec::Spectrum { compare, output }, Some((points, _))) => {
            Box::new(spectral::Spectrum::new(context, points, *compare, *output)?)
        }
        (ProbeSpec::Projection { compare, output }, Some((points, _))) => {
            Box::new(spectral::Spectrum::projected(context, points, *compare, *output)?)
        }
        (ProbeSpec::Filter { deltas, output }, Some((points, _))) => {
            Box::new(spectral::Filter::new(context, points, deltas, *output)?)
        }
        (ProbeSpec::Image { size, peak }, Some((_, n))) => Box::new(image::Image::new(context, n, *size, *peak)?),
    })
}

#[cfg(test)]
mod tests;
