//! Analysis across the border: Poisson sweeps, splines, gradients by the input, critical samples, information.

use crate::array::{Array, JsArray};
use crate::error::{run, to_napi};
use crate::nets::{JsNamed, NativeModel, Store, named_arrays};
use crate::number;
use crate::task::{Control, spawn};
use base::{Error, Result};
use linalg::poisson::{self, Grid, Method, Stop};
use linalg::spline::{Ends, Spline};
use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use nets::training::losses::{RowLoss, TargetData};
use nets::training::measures::{self, Search};

fn f64s(array: &JsArray, name: &str, rank: usize) -> Result<(Vec<f64>, Vec<usize>)> {
    let shape = array.dims(name)?;
    if shape.len() != rank {
        return Err(Error::shape(format!("{name}: expected {rank} dimension(s), got shape {shape:?}")));
    }
    Ok((array.to_f64(name)?, shape))
}

fn list(values: Vec<f64>) -> JsArray {
    let n = values.len();
    JsArray::f64(values, &[n])
}

/// The grid of inner points `[n - 1]` or `[n - 1, n - 1]`.
fn grid(name: &str, shape: &[usize], length: f64) -> Result<Grid> {
    match *shape {
        [side] => Grid::new(side + 1, 1, length),
        [side, other] if side == other => Grid::new(side + 1, 2, length),
        _ => Err(Error::shape(format!("{name}: expected [n - 1] or [n - 1, n - 1] inner points, got {shape:?}"))),
    }
}

#[napi(catch_unwind)]
pub fn poisson_solve(source: JsArray, length: f64) -> napi::Result<JsArray> {
    run(|| {
        let shape = source.dims("source")?;
        let u = poisson::solve(&grid("source", &shape, length)?, &source.to_f64("source")?)?;
        Ok(JsArray::f64(u, &shape))
    })
}

/// Of grid functions along the last `axes` dimensions.
#[napi(catch_unwind)]
pub fn sine_modes(values: JsArray, axes: f64) -> napi::Result<JsArray> {
    run(|| {
        let (shape, axes) = (values.dims("values")?, number::natural("axes", axes)?);
        if shape.len() < axes {
            return Err(Error::shape(format!("values: expected at least {axes} dimension(s), got shape {shape:?}")));
        }
        let grid = grid("values", &shape[shape.len() - axes..], 1.0)?;
        let modes: Result<Vec<Vec<f64>>> =
            values.to_f64("values")?.chunks_exact(grid.points()).map(|u| poisson::sine_modes(&grid, u)).collect();
        Ok(JsArray::f64(modes?.concat(), &shape))
    })
}

/// Sweeps for each grid function of a batch along the last `axes` dimensions; -1 where none is enough.
#[napi(catch_unwind)]
pub fn jacobi_sweeps(errors: JsArray, axes: f64, weight: f64, level: f64) -> napi::Result<JsArray> {
    run(|| {
        let (shape, axes) = (errors.dims("errors")?, number::natural("axes", axes)?);
        if shape.len() < axes {
            return Err(Error::shape(format!("errors: expected at least {axes} dimension(s), got shape {shape:?}")));
        }
        let grid = grid("errors", &shape[shape.len() - axes..], 1.0)?;
        let values = errors.to_f64("errors")?;
        let sweeps: Result<Vec<f64>> = values
            .chunks_exact(grid.points())
            .map(|e| Ok(poisson::jacobi_sweeps(&grid, e, weight, level)?.map_or(-1.0, |sweeps| sweeps as f64)))
            .collect();
        Ok(JsArray::f64(sweeps?, &shape[..shape.len() - axes]))
    })
}

#[napi(object)]
pub struct JsRelaxation {
    pub sweeps: f64,
    pub converged: bool,
    pub solution: JsArray,
    pub recorded: Vec<f64>,
    pub states: JsArray,
    pub errors: Vec<f64>,
}

/// `parameter`: Jacobi's weight, or multigrid's smoothing sweeps.
#[napi(catch_unwind, ts_return_type = "Promise<JsRelaxation>")]
#[allow(clippy::too_many_arguments)] // The options of one call, flat across the border.
pub fn poisson_relax<'env>(
    env: &'env Env,
    control: &Control,
    source: JsArray,
    initial: Option<JsArray>,
    length: f64,
    method: String,
    parameter: f64,
    sweeps: f64,
    tolerance: f64,
    record: Vec<f64>,
) -> napi::Result<Object<'env>> {
    let (grid, shape, source, initial, method, stop) = run(|| {
        let shape = source.dims("source")?;
        let initial = initial.map(|u| {
            if u.dims("initial")? == shape {
                u.to_f64("initial")
            } else {
                Err(Error::shape(format!("initial: expected the source's shape {shape:?}, got {:?}", u.shape)))
            }
        });
        let method = match method.as_str() {
            "jacobi" => Method::Jacobi { weight: parameter },
            "gaussSeidel" => Method::GaussSeidel,
            "multigrid" => Method::Multigrid { smoothing: number::count("smoothing", parameter)? },
            other => {
                return Err(Error::argument(format!(
                    "method: expected 'jacobi', 'gaussSeidel' or 'multigrid', got '{other}'"
                )));
            }
        };
        let (sweeps, record) = (number::natural("sweeps", sweeps)?, number::naturals("record", &record)?);
        let stop = Stop { sweeps, tolerance, record };
        Ok((grid("source", &shape, length)?, shape, source.to_f64("source")?, initial.transpose()?, method, stop))
    })?;
    let work = move |control: &base::Control| {
        Ok((poisson::relax(&grid, &source, initial.as_deref(), method, &stop, control)?, shape))
    };
    spawn(env, control, work, |_, (found, shape)| {
        let states = [&[found.recorded.len()], &shape[..]].concat();
        Ok(JsRelaxation {
            sweeps: found.sweeps as f64,
            converged: found.converged,
            solution: JsArray::f64(found.solution, &shape),
            recorded: found.recorded.iter().map(|&sweep| sweep as f64).collect(),
            states: JsArray::f64(found.states, &states),
            errors: found.errors,
        })
    })
}

#[napi(catch_unwind)]
pub fn cubic_spline(x: JsArray, y: JsArray, at: JsArray, ends: String) -> napi::Result<JsArray> {
    run(|| {
        let ends = Ends::named(&ends)?;
        let spline = Spline::new(&f64s(&x, "x", 1)?.0, &f64s(&y, "y", 1)?.0, ends)?;
        Ok(list(f64s(&at, "at", 1)?.0.into_iter().map(|t| spline.at(t)).collect()))
    })
}

fn indices(array: &JsArray, name: &str) -> Result<Vec<u32>> {
    f64s(array, name, 1)?.0.into_iter().map(|v| number::class(name, v)).collect()
}

#[napi(catch_unwind)]
pub fn mutual_information(a: JsArray, b: JsArray, given: Option<JsArray>) -> napi::Result<f64> {
    run(|| {
        let (a, b) = (indices(&a, "a")?, indices(&b, "b")?);
        match given {
            None => measures::mutual_information(&a, &b),
            Some(given) => measures::conditional_mutual_information(&a, &b, &indices(&given, "given")?),
        }
    })
}

/// The index of the largest along the last dimension.
#[napi(catch_unwind)]
pub fn decisions(outputs: JsArray) -> napi::Result<JsArray> {
    run(|| {
        let mut shape = outputs.dims("outputs")?;
        let Some(width @ 1..) = shape.pop() else {
            return Err(Error::shape(format!(
                "outputs: expected rows of at least one number, got {:?}",
                outputs.shape
            )));
        };
        let classes = measures::decisions(&outputs.to_f64("outputs")?, width);
        Ok(JsArray::f64(classes.into_iter().map(f64::from).collect(), &shape))
    })
}

/// In f32 where all of them are, as the points of a set of images.
#[napi(catch_unwind)]
pub fn along_lines(x: JsArray, directions: JsArray, offsets: JsArray) -> napi::Result<JsArray> {
    run(|| {
        let ((values, shape), (directions, _)) = (f64s(&x, "x", 2)?, f64s(&directions, "directions", 2)?);
        let (offsets, _) = f64s(&offsets, "offsets", 1)?;
        let points = measures::along_lines(&values, &directions, shape[1], &offsets)?;
        let points = points.into_iter().map(|v| v as f32).collect();
        Ok(JsArray::f32(points, &[shape[0], offsets.len(), shape[1]]))
    })
}

/// Every sample's own gradient of the loss (`mse` or `crossEntropy`) by its input.
#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
pub fn loss_gradient<'env>(
    env: &'env Env,
    control: &Control,
    model: &NativeModel,
    x: JsArray,
    y: JsArray,
    loss: String,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let (network, store) = model.snapshot().map_err(to_napi)?;
    let arrays = named_arrays(vec![JsNamed { names: vec!["x".into()], array: x }]).map_err(to_napi)?;
    let (threads, loss, y) = run(|| {
        let loss = match loss.as_str() {
            "mse" => RowLoss::Mse,
            "crossEntropy" => RowLoss::CrossEntropy,
            other => return Err(Error::argument(format!("loss: expected 'mse' or 'crossEntropy', got '{other}'"))),
        };
        Ok((number::threads(threads)?, loss, (y.to_f64("y")?, y.dims("y")?)))
    })?;
    let work = move |control: &base::Control| {
        let (x, samples) = arrays.samples("x", &network.input)?;
        store.fits("x", &x)?;
        let targets = (&y.0[..], &y.1[..]);
        let shape = [&[samples], &network.input[..]].concat();
        let output = &network.output;
        Ok(match store {
            Store::F32(weights) => {
                let targets = TargetData::new(&loss, samples, output, targets, None)?;
                Array::F32(
                    measures::loss_gradient(&network, &weights, &x.to(), &loss, &targets, threads, control)?,
                    shape,
                )
            }
            Store::F64(weights) => {
                let targets = TargetData::new(&loss, samples, output, targets, None)?;
                Array::F64(
                    measures::loss_gradient(&network, &weights, &x.to(), &loss, &targets, threads, control)?,
                    shape,
                )
            }
        })
    };
    spawn(env, control, work, |_, gradient| Ok(JsArray::from(gradient)))
}

/// For each sample the iteration after which its class had changed; 0: never.
#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
#[allow(clippy::too_many_arguments)] // As above.
pub fn critical_samples<'env>(
    env: &'env Env,
    control: &Control,
    model: &NativeModel,
    x: JsArray,
    radius: f64,
    step: f64,
    noise: f64,
    iterations: f64,
    seed: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let (network, store) = model.snapshot().map_err(to_napi)?;
    let arrays = named_arrays(vec![JsNamed { names: vec!["x".into()], array: x }]).map_err(to_napi)?;
    let (threads, search) = run(|| {
        let (iterations, seed) = (number::natural("iterations", iterations)?, number::long("seed", seed)?);
        Ok((number::threads(threads)?, Search { radius, step, noise, iterations, seed }))
    })?;
    let work = move |control: &base::Control| {
        let (x, _) = arrays.samples("x", &network.input)?;
        store.fits("x", &x)?;
        let found = match store {
            Store::F32(weights) => measures::critical_samples(&network, &weights, &x.to(), &search, threads, control)?,
            Store::F64(weights) => measures::critical_samples(&network, &weights, &x.to(), &search, threads, control)?,
        };
        Ok(found.into_iter().map(|iteration| iteration as f64).collect())
    };
    spawn(env, control, work, |_, found: Vec<f64>| Ok(list(found)))
}
