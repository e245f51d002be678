//! Kernels of infinite width.

use super::{JsKernelOptions, by_type, optional, out, rows, single, to_js};
use crate::array::JsArray;
use crate::error::run;
use crate::task::{Control, spawn};
use base::Result;
use kernels::analytic::{AnalyticOptions, KernelKind, analytic_kernel, series_error};
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use nets::NetworkSpec;

fn read(spec: &str, nngp: bool, options: &JsKernelOptions) -> Result<(NetworkSpec, AnalyticOptions)> {
    let spec = NetworkSpec::from_json(spec)?;
    let selection = options.selection(&nets::resolve(&spec)?)?;
    let kind = if nngp { KernelKind::Nngp } else { KernelKind::Ntk };
    Ok((spec, AnalyticOptions { kind, selection, threads: options.threads()?, memory_limit: options.memory_limit()? }))
}

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>", js_name = "analyticKernel")]
pub fn js_analytic_kernel<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    x1: JsArray,
    x2: Option<JsArray>,
    nngp: bool,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (spec, options) = run(|| read(&spec, nngp, &options))?;
    by_type!(single([&x1].into_iter().chain(&x2)), T => {
        let (x1, x2) = run(|| Ok((rows::<T>(&x1, "x1")?, optional::<T>(&x2, "x2")?)))?;
        spawn(env, control, move |c| analytic_kernel(&spec, &x1, x2.as_ref(), &options, c).map(out), to_js)
    })
}

/// How far the duals of activations without a closed form may be off.
#[napi(catch_unwind, ts_return_type = "Promise<number>")]
pub fn analytic_kernel_error<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    x: JsArray,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let ((spec, options), x) = run(|| Ok((read(&spec, false, &options)?, rows::<f64>(&x, "x")?)))?;
    spawn(env, control, move |c| series_error(&spec, &x, &options, c), |_, error| Ok(error))
}
