//! Kernels and decompositions across the border: arrays in, promises of arrays out.

use crate::array::{Array, JsArray};
use crate::error::run;
use crate::task::{Control, spawn};
use base::{Error, Result};
use kernels::analytic::{AnalyticOptions, KernelKind, analytic_kernel};
use kernels::dynamics::{self, ClassificationFlow, Evolution, GradientFlow};
use kernels::empirical::{
    self, EmpiricalOptions, Method, Operator, Outputs, check_points, differentiator, empirical_ntk,
    empirical_ntk_to_file,
};
use kernels::selection::Selection;
use linalg::{Matrix, Real};
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use nets::{NetworkSpec, ResolvedNetwork};
use std::sync::Arc;

/// Options that every kernel takes; absent ones have the defaults of the Rust side.
#[napi(object)]
#[derive(Clone, Default)]
pub struct JsKernelOptions {
    pub layers: Option<Vec<String>>,
    pub threads: Option<u32>,
    pub memory_limit: Option<f64>,
    /// `layers` or `jacobian`; the first that can when absent.
    pub method: Option<String>,
}

impl JsKernelOptions {
    fn threads(&self) -> usize {
        self.threads.unwrap_or(0) as usize
    }
    fn memory_limit(&self) -> Option<u64> {
        self.memory_limit.map(|limit| limit as u64)
    }
    fn method(&self) -> Method {
        match self.method.as_deref() {
            Some("layers") => Method::Layers,
            Some("jacobian") => Method::Jacobian,
            _ => Method::Auto,
        }
    }
    fn selection(&self, network: &ResolvedNetwork) -> Result<Selection> {
        let names: Vec<String> = network.parameters.iter().map(|p| p.name.clone()).collect();
        self.layers.as_ref().map_or_else(|| Ok(Selection::all()), |layers| Selection::of(layers, &names))
    }
}

/// Samples as rows: the first axis, all others flattened.
fn rows<T>(data: Vec<T>, shape: &[usize], name: &str) -> Result<Matrix<T>> {
    let n =
        *shape.first().ok_or_else(|| Error::shape(format!("{name}: expected at least one dimension, got a scalar")))?;
    let cols = data.len().checked_div(n).unwrap_or(0);
    Ok(Matrix { rows: n, cols, data })
}

fn rows64(array: &JsArray, name: &str) -> Result<Matrix<f64>> {
    let shape = array.dims(name)?;
    rows(array.to_f64(), &shape, name)
}

fn rows32(array: &JsArray, name: &str) -> Result<Matrix<f32>> {
    let shape = array.dims(name)?;
    rows(array.to_f32(), &shape, name)
}

fn single(array: &JsArray) -> bool {
    matches!(array.data, Either::B(_))
}

fn out64(m: Matrix<f64>) -> Array {
    Array::F64(m.data, vec![m.rows, m.cols])
}

fn out32(m: Matrix<f32>) -> Array {
    Array::F32(m.data, vec![m.rows, m.cols])
}

fn as_single(m: Matrix<f64>) -> Array {
    Array::F32(m.data.iter().map(|v| *v as f32).collect(), vec![m.rows, m.cols])
}

/// Runs `$body` with `$($x)` as matrices of f32 when all of them are that, else of f64; the result is an [`Array`].
macro_rules! either_type {
    ($env:ident, $control:ident, [$($x:ident),*], [$($opt:ident),*], |$c:ident| $body:expr) => {{
        if true $(&& single(&$x))* $(&& $opt.as_ref().is_none_or(single))* {
            $(let $x = run(|| rows32(&$x, stringify!($x)))?;)*
            $(let $opt = run(|| $opt.as_ref().map(|a| rows32(a, stringify!($opt))).transpose())?;)*
            spawn($env, $control, move |$c| $body.map(out32), |_, a: Array| Ok(JsArray::from(a)))
        } else {
            $(let $x = run(|| rows64(&$x, stringify!($x)))?;)*
            $(let $opt = run(|| $opt.as_ref().map(|a| rows64(a, stringify!($opt))).transpose())?;)*
            spawn($env, $control, move |$c| $body.map(out64), |_, a: Array| Ok(JsArray::from(a)))
        }
    }};
}

#[napi(object)]
pub struct JsEigen {
    pub values: JsArray,
    pub vectors: JsArray,
}

#[napi(ts_return_type = "Promise<JsEigen>")]
pub fn eigh<'env>(env: &'env Env, control: &Control, a: JsArray, threads: u32) -> napi::Result<Object<'env>> {
    fn decompose<T: Real>(a: &Matrix<T>, threads: u32) -> Result<(Vec<T>, Matrix<T>)> {
        linalg::eigh(a, threads as usize).map(|e| (e.values, e.vectors))
    }
    let convert = |_: Env, (values, vectors): (Array, Array)| {
        Ok(JsEigen { values: JsArray::from(values), vectors: JsArray::from(vectors) })
    };
    if single(&a) {
        let a = run(|| rows32(&a, "a"))?;
        let work = move |_: &base::Control| {
            decompose(&a, threads).map(|(v, u)| (Array::F32(v.clone(), vec![v.len()]), out32(u)))
        };
        spawn(env, control, work, convert)
    } else {
        let a = run(|| rows64(&a, "a"))?;
        let work = move |_: &base::Control| {
            decompose(&a, threads).map(|(v, u)| (Array::F64(v.clone(), vec![v.len()]), out64(u)))
        };
        spawn(env, control, work, convert)
    }
}

#[napi(ts_return_type = "Promise<JsArray>", js_name = "analyticKernel")]
pub fn js_analytic_kernel<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    x1: JsArray,
    x2: Option<JsArray>,
    nngp: bool,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (spec, chosen) = run(|| {
        let spec = NetworkSpec::from_json(&spec)?;
        let selection = options.selection(&nets::resolve(&spec)?)?;
        Ok((spec, selection))
    })?;
    let options = AnalyticOptions {
        kind: if nngp { KernelKind::Nngp } else { KernelKind::Ntk },
        selection: chosen,
        threads: options.threads(),
        memory_limit: options.memory_limit(),
    };
    either_type!(env, control, [x1], [x2], |c| analytic_kernel(&spec, &x1, x2.as_ref(), &options, c))
}

/// Names in the order of the flat parameter and buffer lists, and the number of outputs of one sample.
#[napi(object)]
pub struct JsNetworkArrays {
    pub parameters: Vec<String>,
    pub buffers: Vec<String>,
    pub outputs: u32,
}

#[napi]
pub fn network_arrays(spec: String) -> napi::Result<JsNetworkArrays> {
    run(|| {
        let network = nets::resolve(&NetworkSpec::from_json(&spec)?)?;
        Ok(JsNetworkArrays {
            parameters: network.parameters.iter().map(|p| p.name.clone()).collect(),
            buffers: network.buffers.iter().map(|p| p.name.clone()).collect(),
            outputs: network.output_size() as u32,
        })
    })
}

/// Resolves to the kernel, or with `out` to its shape alone.
#[napi(ts_return_type = "Promise<JsArray>", js_name = "empiricalNtk")]
pub fn js_empirical_ntk<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    parameters: JsArray,
    buffers: JsArray,
    x1: JsArray,
    x2: Option<JsArray>,
    full: bool,
    out: Option<String>,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (network, selection) = run(|| {
        let network = nets::resolve(&NetworkSpec::from_json(&spec)?)?;
        let selection = options.selection(&network)?;
        Ok((network, selection))
    })?;
    let options = EmpiricalOptions {
        outputs: if full { Outputs::Full } else { Outputs::Trace },
        method: options.method(),
        selection,
        threads: options.threads(),
        memory_limit: options.memory_limit(),
    };
    type Compute<'a, T> = (&'a ResolvedNetwork, &'a EmpiricalOptions, &'a base::Control, [&'a Vec<T>; 2]);
    fn compute<T: Real>(
        (network, options, control, [p, b]): Compute<T>,
        x1: &Matrix<T>,
        x2: Option<&Matrix<T>>,
        out: Option<&String>,
    ) -> Result<(Vec<T>, Vec<usize>)> {
        match out {
            None => empirical_ntk(network, p, b, x1, x2, options, control).map(|k| (k.data, k.shape)),
            Some(path) => {
                let path = std::path::Path::new(path);
                empirical_ntk_to_file(network, p, b, x1, x2, options, path, control).map(|shape| (vec![], shape))
            }
        }
    }
    let convert = |_: Env, a: Array| Ok(JsArray::from(a));
    if single(&parameters) {
        let (p, b) = (parameters.to_f32(), buffers.to_f32());
        let (x1, x2) = run(|| Ok((rows32(&x1, "x1")?, x2.as_ref().map(|x| rows32(x, "x2")).transpose()?)))?;
        let work = move |c: &base::Control| {
            let k = compute((&network, &options, c, [&p, &b]), &x1, x2.as_ref(), out.as_ref())?;
            Ok(Array::F32(k.0, k.1))
        };
        spawn(env, control, work, convert)
    } else {
        let (p, b) = (parameters.to_f64(), buffers.to_f64());
        let (x1, x2) = run(|| Ok((rows64(&x1, "x1")?, x2.as_ref().map(|x| rows64(x, "x2")).transpose()?)))?;
        let work = move |c: &base::Control| {
            let k = compute((&network, &options, c, [&p, &b]), &x1, x2.as_ref(), out.as_ref())?;
            Ok(Array::F64(k.0, k.1))
        };
        spawn(env, control, work, convert)
    }
}

/// A network, its flat arrays in f64 and what is selected of them.
fn tangent(
    spec: &str,
    parameters: &JsArray,
    buffers: &JsArray,
    options: &JsKernelOptions,
) -> Result<(ResolvedNetwork, Vec<f64>, Vec<f64>, Selection)> {
    let network = nets::resolve(&NetworkSpec::from_json(spec)?)?;
    let selection = options.selection(&network)?;
    Ok((network, parameters.to_f64(), buffers.to_f64(), selection))
}

#[napi(ts_return_type = "Promise<JsArray>")]
pub fn ntk_vector_product<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    parameters: JsArray,
    buffers: JsArray,
    x1: JsArray,
    x2: Option<JsArray>,
    v: JsArray,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (network, p, b, selection) = run(|| tangent(&spec, &parameters, &buffers, &options))?;
    let (x1, x2, v) = run(|| {
        let x2 = x2.as_ref().map(|x| rows64(x, "x2")).transpose()?;
        Ok((rows64(&x1, "x1")?, x2, rows64(&v, "v")?))
    })?;
    let work = move |c: &base::Control| {
        check_points(&network, &x1, x2.as_ref())?;
        let (m, o) = (x2.as_ref().unwrap_or(&x1).rows, network.output_size());
        linalg::check::finite("v", &v)?;
        if (v.rows, v.cols) != (m, o) {
            return Err(Error::shape(format!("v: expected [{m}, {o}], got [{}, {}]", v.rows, v.cols)));
        }
        let net = differentiator(&network, &p, &b, &selection)?;
        empirical::ntk_vector_product(&net, &x1, x2.as_ref(), &v, options.threads(), c).map(out64)
    };
    spawn(env, control, work, |_, a: Array| Ok(JsArray::from(a)))
}

/// `value + gradient . d/dx + second . d^2/dx^2`, by differences with `step`.
#[napi(object)]
pub struct JsOperator {
    pub value: f64,
    pub gradient: Vec<f64>,
    pub second: Vec<f64>,
    pub step: f64,
}

impl JsOperator {
    fn read(self) -> Operator {
        Operator { value: self.value, gradient: self.gradient, second: self.second, step: self.step }
    }
}

#[napi(ts_return_type = "Promise<JsArray>")]
pub fn residual_ntk<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    parameters: JsArray,
    buffers: JsArray,
    x1: JsArray,
    first: JsOperator,
    x2: JsArray,
    second: JsOperator,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (network, p, b, selection) = run(|| tangent(&spec, &parameters, &buffers, &options))?;
    let (x1, x2) = run(|| Ok((rows64(&x1, "x1")?, rows64(&x2, "x2")?)))?;
    let (first, second) = (first.read(), second.read());
    let work = move |c: &base::Control| {
        check_points(&network, &x1, Some(&x2))?;
        let net = differentiator(&network, &p, &b, &selection)?;
        empirical::residual_ntk(&net, (&x1, &first), (&x2, &second), options.threads(), c).map(out64)
    };
    spawn(env, control, work, |_, a: Array| Ok(JsArray::from(a)))
}

/// Mean over draws and its standard error.
#[napi(object)]
pub struct JsSampledKernel {
    pub mean: JsArray,
    pub standard_error: JsArray,
}

#[napi(ts_return_type = "Promise<JsSampledKernel>")]
pub fn sampled_nngp<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    x1: JsArray,
    x2: Option<JsArray>,
    draws: u32,
    seed: f64,
    threads: u32,
) -> napi::Result<Object<'env>> {
    let (network, x1, x2) = run(|| {
        let network = nets::resolve(&NetworkSpec::from_json(&spec)?)?;
        Ok((network, rows64(&x1, "x1")?, x2.as_ref().map(|x| rows64(x, "x2")).transpose()?))
    })?;
    let work = move |c: &base::Control| {
        let threads = threads as usize;
        empirical::sampled_nngp(&network, &x1, x2.as_ref(), draws as usize, seed as u64, threads, c)
            .map(|(mean, error)| (out64(mean), out64(error)))
    };
    spawn(env, control, work, |_, (mean, error)| {
        Ok(JsSampledKernel { mean: JsArray::from(mean), standard_error: JsArray::from(error) })
    })
}

#[napi(ts_return_type = "Promise<JsArray>", js_name = "kernelRegression")]
pub fn js_kernel_regression<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    cross_kernel: Option<JsArray>,
    ridge: f64,
    threads: u32,
) -> napi::Result<Object<'env>> {
    either_type!(env, control, [kernel, y], [cross_kernel], |_c| dynamics::kernel_regression(
        &kernel,
        &y,
        cross_kernel.as_ref(),
        ridge,
        threads as usize
    )
    .map(|r| r.prediction))
}

#[napi(ts_return_type = "Promise<JsArray>", js_name = "leaveOneOut")]
pub fn js_leave_one_out<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    ridge: f64,
    threads: u32,
) -> napi::Result<Object<'env>> {
    let (kernel, y) = run(|| Ok((rows64(&kernel, "kernel")?, rows64(&y, "y")?)))?;
    let work = move |_: &base::Control| dynamics::leave_one_out(&kernel, &y, ridge, threads as usize).map(out64);
    spawn(env, control, work, |_, a: Array| Ok(JsArray::from(a)))
}

#[napi(object)]
pub struct JsGaussianProcess {
    pub mean: JsArray,
    pub covariance: JsArray,
    pub log_likelihood: f64,
}

#[napi(ts_return_type = "Promise<JsGaussianProcess>", js_name = "gaussianProcess")]
pub fn js_gaussian_process<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    cross_kernel: JsArray,
    test_kernel: JsArray,
    noise: f64,
    threads: u32,
) -> napi::Result<Object<'env>> {
    let (k, y, cross, test) = run(|| {
        Ok((
            rows64(&kernel, "kernel")?,
            rows64(&y, "y")?,
            rows64(&cross_kernel, "crossKernel")?,
            rows64(&test_kernel, "testKernel")?,
        ))
    })?;
    let work = move |_: &base::Control| {
        let gp = dynamics::gaussian_process(&k, &y, &cross, &test, noise, threads as usize)?;
        Ok((out64(gp.mean), out64(gp.covariance), gp.log_likelihood))
    };
    spawn(env, control, work, |_, (mean, covariance, log_likelihood)| {
        Ok(JsGaussianProcess { mean: JsArray::from(mean), covariance: JsArray::from(covariance), log_likelihood })
    })
}

#[napi(ts_return_type = "Promise<JsArray>", js_name = "nadarayaWatson")]
pub fn js_nadaraya_watson<'env>(
    env: &'env Env,
    control: &Control,
    weights: JsArray,
    y: JsArray,
    threads: u32,
) -> napi::Result<Object<'env>> {
    let (weights, y) = run(|| Ok((rows64(&weights, "weights")?, rows64(&y, "y")?)))?;
    let work = move |_: &base::Control| dynamics::nadaraya_watson(&weights, &y, threads as usize).map(out64);
    spawn(env, control, work, |_, a: Array| Ok(JsArray::from(a)))
}

/// Logits at each time: [times, n, c] and, with a cross kernel, [times, m, c].
#[napi(object)]
pub struct JsSoftmaxFlow {
    pub train: JsArray,
    pub test: Option<JsArray>,
}

#[napi(ts_return_type = "Promise<JsSoftmaxFlow>")]
pub fn cross_entropy_flow<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    labels: JsArray,
    times: Vec<f64>,
    initial: Option<JsArray>,
    cross_kernel: Option<JsArray>,
    initial_cross: Option<JsArray>,
    tolerance: f64,
) -> napi::Result<Object<'env>> {
    let optional = |a: &Option<JsArray>, name: &str| a.as_ref().map(|a| rows64(a, name)).transpose();
    let (k, labels, initial, cross, start) = run(|| {
        Ok((
            rows64(&kernel, "kernel")?,
            rows64(&labels, "labels")?,
            optional(&initial, "initial")?,
            optional(&cross_kernel, "crossKernel")?,
            optional(&initial_cross, "initialCross")?,
        ))
    })?;
    let work = move |control: &base::Control| {
        let flow = ClassificationFlow {
            kernel: &k,
            labels: &labels,
            initial: initial.as_ref(),
            cross: cross.as_ref(),
            initial_cross: start.as_ref(),
            tolerance,
        };
        let path = flow.at(&times, control)?;
        let stack = |list: Vec<Matrix<f64>>| {
            let shape = list.first().map(|m| vec![list.len(), m.rows, m.cols]);
            shape.map(|s| Array::F64(list.into_iter().flat_map(|m| m.data).collect(), s))
        };
        let empty = Array::F64(vec![], vec![0, labels.rows, labels.cols]);
        Ok((stack(path.train).unwrap_or(empty), stack(path.test)))
    };
    spawn(env, control, work, |_, (train, test)| {
        Ok(JsSoftmaxFlow { train: JsArray::from(train), test: test.map(JsArray::from) })
    })
}

/// A decomposed kernel with its targets.
#[napi]
pub struct NativeFlow {
    flow: Arc<GradientFlow>,
    single: bool,
}

/// When: at a time of the flow, or after steps of gradient descent when `learning_rate` is given.
#[napi(object)]
pub struct JsEvolution {
    pub time: f64,
    pub learning_rate: Option<f64>,
    pub momentum: Option<f64>,
    pub steps: Option<f64>,
}

impl JsEvolution {
    fn read(&self) -> Evolution {
        match self.learning_rate {
            None => Evolution::Flow { time: self.time },
            Some(learning_rate) => Evolution::Descent {
                learning_rate,
                momentum: self.momentum.unwrap_or(0.0),
                steps: self.steps.unwrap_or(0.0) as u64,
            },
        }
    }
}

#[napi(ts_return_type = "Promise<NativeFlow>", js_name = "gradientFlow")]
pub fn js_gradient_flow<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    initial: Option<JsArray>,
    terms: u32,
    threads: u32,
) -> napi::Result<Object<'env>> {
    let single = single(&kernel);
    let (kernel, y, initial) = run(|| {
        let initial = initial.as_ref().map(|a| rows64(a, "initial")).transpose()?;
        Ok((rows64(&kernel, "kernel")?, rows64(&y, "y")?, initial))
    })?;
    let work = move |_: &base::Control| {
        // An f32 kernel is symmetric to f32 only: average it before the f64 check.
        let kernel = if single && kernel.rows == kernel.cols { symmetrised(kernel) } else { kernel };
        GradientFlow::new(&kernel, &y, initial.as_ref(), terms as usize, threads as usize).map(Arc::new)
    };
    spawn(env, control, work, move |_, flow| Ok(NativeFlow { flow, single }))
}

fn symmetrised(mut k: Matrix<f64>) -> Matrix<f64> {
    let n = k.rows;
    for i in 0..n {
        for j in 0..i {
            let mean = 0.5 * (k.data[i * n + j] + k.data[j * n + i]);
            // Only a difference of rounding is forgiven; a real asymmetry stays for the check to find.
            let size = k.data[i * n + i].abs().max(k.data[j * n + j].abs());
            if (k.data[i * n + j] - mean).abs() <= 1e-4 * size {
                k.data[i * n + j] = mean;
                k.data[j * n + i] = mean;
            }
        }
    }
    k
}

#[napi]
impl NativeFlow {
    /// Predictions on the training points, or on the points of `cross_kernel`.
    #[napi(ts_return_type = "Promise<JsArray>")]
    pub fn at<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        when: JsEvolution,
        cross_kernel: Option<JsArray>,
        initial_cross: Option<JsArray>,
    ) -> napi::Result<Object<'env>> {
        let (flow, single, when) = (self.flow.clone(), self.single, when.read());
        let (cross, start) = run(|| {
            Ok((
                cross_kernel.as_ref().map(|a| rows64(a, "crossKernel")).transpose()?,
                initial_cross.as_ref().map(|a| rows64(a, "initialCross")).transpose()?,
            ))
        })?;
        let work = move |_: &base::Control| {
            let h = match &cross {
                None => flow.train(when)?,
                Some(cross) => flow.test(when, cross, start.as_ref())?,
            };
            Ok(if single { as_single(h) } else { out64(h) })
        };
        spawn(env, control, work, |_, a: Array| Ok(JsArray::from(a)))
    }

    /// Residuals in the eigenbasis [n, c].
    #[napi]
    pub fn residual(&self, when: JsEvolution) -> napi::Result<JsArray> {
        run(|| self.flow.residual_components(when.read()).map(|m| JsArray::from(out64(m))))
    }

    #[napi]
    pub fn rates(&self) -> JsArray {
        let rates = self.flow.rates();
        let n = rates.len();
        JsArray::f64(rates, &[n])
    }

    #[napi]
    pub fn eigenvalues(&self) -> JsArray {
        JsArray::f64(self.flow.eigen().values.clone(), &[self.flow.eigen().values.len()])
    }

    #[napi]
    pub fn eigenvectors(&self) -> JsArray {
        JsArray::from(out64(self.flow.eigen().vectors.clone()))
    }

    #[napi]
    pub fn largest_learning_rate(&self, momentum: f64) -> f64 {
        self.flow.largest_learning_rate(momentum)
    }

    /// Mean [m, c] and covariance [m, m] over initialisations.
    #[napi]
    pub fn ensemble(
        &self,
        when: JsEvolution,
        cross_kernel: JsArray,
        nngp: JsArray,
        nngp_cross: JsArray,
        nngp_test: JsArray,
    ) -> napi::Result<Vec<JsArray>> {
        run(|| {
            let cross = rows64(&cross_kernel, "crossKernel")?;
            let prior = [rows64(&nngp, "nngp")?, rows64(&nngp_cross, "nngpCross")?, rows64(&nngp_test, "nngpTest")?];
            let e = self.flow.ensemble(when.read(), &cross, [&prior[0], &prior[1], &prior[2]])?;
            Ok(vec![JsArray::from(out64(e.mean)), JsArray::from(out64(e.covariance))])
        })
    }
}
