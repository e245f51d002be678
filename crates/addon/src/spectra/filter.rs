//! A function on scattered points: Gaussian filtering and the first principal component.

use super::{count, two_axes, workers};
use crate::array::{Array, JsArray};
use crate::error::run;
use crate::task::{Control, spawn};
use base::{Error, Result};
use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use spectra::{Real, check, principal};

#[napi(object)]
pub struct JsComponent {
    pub direction: JsArray,
    pub variance: f64,
    pub explained: f64,
    pub projection: JsArray,
}

/// Promise of the first principal component of `[n, d]` and the projections on it.
#[napi(catch_unwind, ts_return_type = "Promise<JsComponent>")]
pub fn spectrum_first_component<'env>(
    env: &'env Env,
    control: &Control,
    points: JsArray,
    thread_count: Option<f64>,
) -> napi::Result<Object<'env>> {
    let prepared = run(|| {
        let shape = points.dims("points")?;
        Ok((points.to_array("points")?, two_axes("points", &shape)?, workers(thread_count)?))
    })?;
    spawn(
        env,
        control,
        move |control| {
            let (points, [_, d], threads) = prepared;
            fn work<T: Real>(
                x: &[T],
                d: usize,
                threads: usize,
                control: &base::Control,
            ) -> Result<(principal::Component, Vec<f64>)> {
                let component = principal::first_component(x, d, threads, control)?;
                let projection = principal::project(x, &component.direction)?;
                Ok((component, projection))
            }
            match &points {
                Array::F64(x, _) => work(x, d, threads, control),
                Array::F32(x, _) => work(x, d, threads, control),
            }
        },
        |_, (component, projection)| {
            let (d, n) = (component.direction.len(), projection.len());
            Ok(JsComponent {
                direction: JsArray::f64(component.direction, &[d]),
                variance: component.variance,
                explained: component.explained,
                projection: JsArray::f64(projection, &[n]),
            })
        },
    )
}

#[napi(object)]
pub struct JsFiltered {
    /// Low part of the target, `[deltas, n, outputs]`.
    pub low: JsArray,
    /// Errors of the outputs, `[deltas]`, where outputs were given.
    pub error_low: Option<JsArray>,
    pub error_high: Option<JsArray>,
}

/// Promise of a Gaussian filter's low part of `target` `[n, outputs]` and the errors of `outputs` against it.
#[napi(catch_unwind, ts_return_type = "Promise<JsFiltered>")]
pub fn spectrum_gaussian_filter<'env>(
    env: &'env Env,
    control: &Control,
    points: JsArray,
    target: JsArray,
    outputs: Option<JsArray>,
    deltas: Vec<f64>,
    memory_limit: Option<f64>,
    thread_count: Option<f64>,
) -> napi::Result<Object<'env>> {
    use spectra::filter::{Errors, GaussianFilter, Options};
    let prepared = run(|| {
        let [n, _] = two_axes("points", &points.dims("points")?)?;
        let [rows, columns] = two_axes("target", &target.dims("target")?)?;
        if rows != n {
            return Err(Error::shape(format!("target: expected {n} rows (one a point), got {rows}")));
        }
        let outputs = outputs
            .map(|outputs| {
                let shape = outputs.dims("outputs")?;
                if shape != [rows, columns] {
                    return Err(Error::shape(format!("outputs: expected [{rows}, {columns}], got {shape:?}")));
                }
                let outputs = outputs.to_f64("outputs")?;
                check::finite("outputs", &outputs)?;
                Ok(outputs)
            })
            .transpose()?;
        let mut options = Options { threads: workers(thread_count)?, ..Options::default() };
        if let Some(limit) = memory_limit {
            options.memory_limit = count("memoryLimit", limit)?;
        }
        Ok((points.to_array("points")?, target.to_f64("target")?, columns, outputs, options))
    })?;
    spawn(
        env,
        control,
        move |control| {
            let (points, target, columns, outputs, options) = prepared;
            let filter = match &points {
                Array::F64(x, s) => GaussianFilter::new(x, s[1], &target, columns, &deltas, options, control)?,
                Array::F32(x, s) => GaussianFilter::new(x, s[1], &target, columns, &deltas, options, control)?,
            };
            let errors: Option<Errors> = outputs.map(|outputs| filter.errors(&outputs, control)).transpose()?;
            let shape = [deltas.len(), target.len() / columns, columns];
            Ok((filter.target_low().concat(), shape, errors))
        },
        |_, (low, shape, errors)| {
            let (error_low, error_high) = errors.map(|e| (e.low, e.high)).unzip();
            let list = |x: Vec<f64>| JsArray::f64(x, &shape[..1]);
            Ok(JsFiltered {
                low: JsArray::f64(low, &shape),
                error_low: error_low.map(list),
                error_high: error_high.map(list),
            })
        },
    )
}
