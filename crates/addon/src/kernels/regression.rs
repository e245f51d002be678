//! Regression, Gaussian processes and smoothing with a kernel.

use super::{by_type, optional, out, rows, single, to_js};
use crate::array::JsArray;
use crate::error::run;
use crate::number;
use crate::task::{Control, spawn};
use kernels::dynamics;
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>", js_name = "kernelRegression")]
pub fn js_kernel_regression<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    cross_kernel: Option<JsArray>,
    ridge: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    by_type!(single([&kernel, &y].into_iter().chain(&cross_kernel)), T => {
        let (k, y, cross) = run(|| {
            let cross = optional::<T>(&cross_kernel, "crossKernel")?;
            Ok((rows::<T>(&kernel, "kernel")?, rows::<T>(&y, "y")?, cross))
        })?;
        let work = move |_: &base::Control| {
            dynamics::kernel_regression(&k, &y, cross.as_ref(), ridge, threads).map(|r| out(r.prediction))
        };
        spawn(env, control, work, to_js)
    })
}

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>", js_name = "leaveOneOut")]
pub fn js_leave_one_out<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    ridge: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let (kernel, y) = run(|| Ok((rows(&kernel, "kernel")?, rows(&y, "y")?)))?;
    let work = move |_: &base::Control| dynamics::leave_one_out(&kernel, &y, ridge, threads).map(out);
    spawn(env, control, work, to_js)
}

#[napi(object)]
pub struct JsGaussianProcess {
    pub mean: JsArray,
    pub covariance: JsArray,
    pub log_likelihood: f64,
}

#[napi(catch_unwind, ts_return_type = "Promise<JsGaussianProcess>", js_name = "gaussianProcess")]
pub fn js_gaussian_process<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    cross_kernel: JsArray,
    test_kernel: JsArray,
    noise: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let (k, y, cross, test) = run(|| {
        Ok((
            rows(&kernel, "kernel")?,
            rows(&y, "y")?,
            rows(&cross_kernel, "crossKernel")?,
            rows(&test_kernel, "testKernel")?,
        ))
    })?;
    let work = move |_: &base::Control| {
        let gp = dynamics::gaussian_process(&k, &y, &cross, &test, noise, threads)?;
        Ok((out(gp.mean), out(gp.covariance), gp.log_likelihood))
    };
    spawn(env, control, work, |_, (mean, covariance, log_likelihood)| {
        Ok(JsGaussianProcess { mean: JsArray::from(mean), covariance: JsArray::from(covariance), log_likelihood })
    })
}

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>", js_name = "nadarayaWatson")]
pub fn js_nadaraya_watson<'env>(
    env: &'env Env,
    control: &Control,
    weights: JsArray,
    y: JsArray,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let (weights, y) = run(|| Ok((rows(&weights, "weights")?, rows(&y, "y")?)))?;
    let work = move |c: &base::Control| dynamics::nadaraya_watson(&weights, &y, threads, c).map(out);
    spawn(env, control, work, to_js)
}
