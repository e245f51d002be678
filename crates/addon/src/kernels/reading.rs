//! Reading a kernel, across the border.

use super::rows;
use crate::array::JsArray;
use crate::error::run;
use crate::number;
use crate::task::{Control, spawn};
use base::{Error, Result};
use kernels::reading::{self, Geometry};
use linalg::Matrix;
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;

/// One or two dimensions; one is a column.
fn matrix(array: &JsArray, name: &str) -> Result<Matrix<f64>> {
    match array.shape.len() {
        1 | 2 => rows(array, name),
        _ => Err(Error::shape(format!("{name}: expected one or two dimensions, got {:?}", array.shape))),
    }
}

fn list(values: Vec<f64>) -> JsArray {
    JsArray::from(super::list(values))
}

#[napi(object)]
pub struct JsModes {
    pub frequency: JsArray,
    pub share: JsArray,
    pub centroid: JsArray,
    pub groups: JsArray,
    pub shares: JsArray,
}

/// `kind`: circle, interval, torus (with `grid`), sphere (with `points` and `degrees`).
#[napi(catch_unwind, ts_return_type = "Promise<JsModes>")]
pub fn match_modes<'env>(
    env: &'env Env,
    control: &Control,
    vectors: JsArray,
    kind: String,
    grid: Vec<f64>,
    points: Option<JsArray>,
    degrees: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let (vectors, points, grid, degrees) = run(|| {
        let points = points.as_ref().map(|p| matrix(p, "points")).transpose()?;
        let (grid, degrees) = (number::counts("grid", &grid)?, number::natural("degrees", degrees)?);
        Ok((matrix(&vectors, "vectors")?, points, grid, degrees))
    })?;
    let work = move |_: &base::Control| {
        let geometry = match (kind.as_str(), &grid[..], &points) {
            ("circle", _, _) => Geometry::Circle,
            ("interval", _, _) => Geometry::Interval,
            ("torus", [h, w], _) => Geometry::Torus { height: *h, width: *w },
            ("sphere", _, Some(points)) => Geometry::Sphere { points, degrees },
            _ => return Err(Error::argument(format!("geometry: {kind:?} is not complete"))),
        };
        reading::match_modes(&vectors, geometry, threads)
    };
    spawn(env, control, work, |_, m| {
        let shape = [m.shares.rows, m.shares.cols];
        Ok(JsModes {
            frequency: list(m.frequency),
            share: list(m.share),
            centroid: list(m.centroid),
            groups: list(m.groups),
            shares: JsArray::f64(m.shares.data, &shape),
        })
    })
}

#[napi(object)]
pub struct JsSpectrumMeasures {
    pub effective_rank: f64,
    pub participation_ratio: f64,
    pub degrees_of_freedom: f64,
}

#[napi(catch_unwind)]
pub fn spectrum_measures(values: JsArray, ridge: f64) -> napi::Result<JsSpectrumMeasures> {
    run(|| {
        let values = values.to_f64("values")?;
        Ok(JsSpectrumMeasures {
            effective_rank: reading::effective_rank(&values)?,
            participation_ratio: reading::participation_ratio(&values)?,
            degrees_of_freedom: reading::degrees_of_freedom(&values, ridge)?,
        })
    })
}

#[napi(catch_unwind)]
pub fn label_alignment(kernel: JsArray, y: JsArray) -> napi::Result<f64> {
    run(|| reading::label_alignment(&matrix(&kernel, "kernel")?, &matrix(&y, "y")?))
}

#[napi(catch_unwind)]
pub fn label_energy(vectors: JsArray, y: JsArray) -> napi::Result<JsArray> {
    run(|| reading::label_energy(&matrix(&vectors, "vectors")?, &matrix(&y, "y")?).map(list))
}

#[napi(catch_unwind)]
pub fn centred_alignment(a: JsArray, b: JsArray) -> napi::Result<f64> {
    run(|| reading::centred_alignment(&matrix(&a, "a")?, &matrix(&b, "b")?))
}

#[napi(catch_unwind)]
pub fn kernel_drift(a: JsArray, b: JsArray) -> napi::Result<f64> {
    run(|| reading::drift(&matrix(&a, "a")?, &matrix(&b, "b")?))
}

/// One entry for each number of samples.
#[napi(object)]
pub struct JsLearningCurve {
    pub kappa: JsArray,
    pub overfitting: JsArray,
    pub test_error: JsArray,
    pub train_error: JsArray,
    pub learnability: JsArray,
}

#[napi(catch_unwind)]
pub fn learning_curve(
    values: JsArray,
    coefficients: JsArray,
    samples: Vec<f64>,
    ridge: f64,
    noise: f64,
) -> napi::Result<JsLearningCurve> {
    run(|| {
        let curve = reading::learning_curve(
            &values.to_f64("values")?,
            &coefficients.to_f64("coefficients")?,
            &samples,
            ridge,
            noise,
        )?;
        let column = |f: fn(&reading::LearningPoint) -> f64| list(curve.iter().map(f).collect());
        let all: Vec<f64> = curve.iter().flat_map(|p| p.learnability.iter().copied()).collect();
        let modes = all.len() / curve.len().max(1);
        Ok(JsLearningCurve {
            kappa: column(|p| p.kappa),
            overfitting: column(|p| p.overfitting),
            test_error: column(|p| p.test_error),
            train_error: column(|p| p.train_error),
            learnability: JsArray::f64(all, &[curve.len(), modes]),
        })
    })
}

#[napi(catch_unwind)]
pub fn kernel_rates(kernel: JsArray, points: JsArray, frequencies: JsArray, terms: f64) -> napi::Result<JsArray> {
    run(|| {
        let (k, x, w) = (matrix(&kernel, "kernel")?, matrix(&points, "points")?, matrix(&frequencies, "frequencies")?);
        reading::kernel_rates(&k, &x, &w, number::natural("terms", terms)?, 0).map(list)
    })
}

#[napi(catch_unwind)]
pub fn measured_rates(times: JsArray, errors: JsArray, floor: f64) -> napi::Result<JsArray> {
    run(|| reading::measured_rates(&times.to_f64("times")?, &matrix(&errors, "errors")?, floor).map(list))
}

#[napi(catch_unwind)]
pub fn kernel_bandwidth(frequencies: JsArray, values: JsArray, share: f64) -> napi::Result<f64> {
    run(|| reading::bandwidth(&frequencies.to_f64("frequencies")?, &values.to_f64("values")?, share))
}
