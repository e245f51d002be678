//! Kernels of networks with their present parameters, and products with them.

use super::{JsKernelOptions, Number, by_type, optional, out, rows, single, to_js};
use crate::array::{Array, JsArray};
use crate::error::run;
use crate::number;
use crate::task::{Control, spawn};
use base::{Error, Result};
use kernels::empirical::{
    self, EmpiricalOptions, Formulas, Outputs, check_points, differentiator, empirical_ntk, empirical_ntk_to_file,
};
use kernels::selection::Selection;
use linalg::{LanczosOptions, Matrix, TopEigen};
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use nets::{NetworkSpec, ResolvedNetwork};
use std::path::Path;

/// Names in the order of the flat parameter and buffer lists, the layers that have parameters, and the number of outputs
/// of one sample.
#[napi(object)]
pub struct JsNetworkArrays {
    pub parameters: Vec<String>,
    pub buffers: Vec<String>,
    pub layers: Vec<String>,
    pub outputs: f64,
}

#[napi(catch_unwind)]
pub fn network_arrays(spec: String) -> napi::Result<JsNetworkArrays> {
    run(|| {
        let network = nets::resolve(&NetworkSpec::from_json(&spec)?)?;
        Ok(JsNetworkArrays {
            parameters: network.parameters.iter().map(|p| p.name.clone()).collect(),
            buffers: network.buffers.iter().map(|p| p.name.clone()).collect(),
            layers: network.walk().iter().filter(|l| !l.parameters.is_empty()).map(|l| l.path.clone()).collect(),
            outputs: network.output_size() as f64,
        })
    })
}

/// A network with its flat arrays (given one by one, in the order of its lists) and what is selected of them.
struct Tangent<T> {
    network: ResolvedNetwork,
    parameters: Vec<T>,
    buffers: Vec<T>,
    selection: Selection,
}

impl<T: Number> Tangent<T> {
    fn read(spec: &str, parameters: &[JsArray], buffers: &[JsArray], options: &JsKernelOptions) -> Result<Self> {
        let network = nets::resolve(&NetworkSpec::from_json(spec)?)?;
        let selection = options.selection(&network)?;
        Ok(Tangent {
            network,
            parameters: T::read_all("parameters", parameters)?,
            buffers: T::read_all("buffers", buffers)?,
            selection,
        })
    }

    fn differentiator(&self) -> Result<empirical::Differentiator<'_>> {
        differentiator(&self.network, &self.parameters, &self.buffers, &self.selection)
    }
}

/// Resolves to the kernel, or with `file` to its shape alone.
#[napi(catch_unwind, ts_return_type = "Promise<JsArray>", js_name = "empiricalNtk")]
pub fn js_empirical_ntk<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    parameters: Vec<JsArray>,
    buffers: Vec<JsArray>,
    x1: JsArray,
    x2: Option<JsArray>,
    full: bool,
    file: Option<String>,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    by_type!(single(&parameters), T => {
        let (net, x1, x2) = run(|| {
            let net = Tangent::<T>::read(&spec, &parameters, &buffers, &options)?;
            Ok((net, rows::<T>(&x1, "x1")?, optional::<T>(&x2, "x2")?))
        })?;
        let work = move |c: &base::Control| {
            let options = EmpiricalOptions {
                outputs: if full { Outputs::Full } else { Outputs::Trace },
                method: options.method(),
                selection: net.selection,
                threads: options.threads()?,
                memory_limit: options.memory_limit()?,
            };
            let (network, p, b, x2) = (&net.network, &net.parameters, &net.buffers, x2.as_ref());
            match file {
                None => empirical_ntk(network, p, b, &x1, x2, &options, c).map(|k| T::array(k.data, k.shape)),
                Some(path) => empirical_ntk_to_file(network, p, b, &x1, x2, &options, Path::new(&path), c)
                    .map(|shape| T::array(vec![], shape)),
            }
        };
        spawn(env, control, work, to_js)
    })
}

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
pub fn ntk_vector_product<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    parameters: Vec<JsArray>,
    buffers: Vec<JsArray>,
    x1: JsArray,
    x2: Option<JsArray>,
    v: JsArray,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (net, x1, x2, v) = run(|| {
        let net = Tangent::<f64>::read(&spec, &parameters, &buffers, &options)?;
        Ok((net, rows::<f64>(&x1, "x1")?, optional::<f64>(&x2, "x2")?, rows::<f64>(&v, "v")?))
    })?;
    let work = move |c: &base::Control| {
        check_points(&net.network, &x1, x2.as_ref())?;
        let (m, o) = (x2.as_ref().unwrap_or(&x1).rows, net.network.output_size());
        linalg::check::finite("v", &v)?;
        if (v.rows, v.cols) != (m, o) {
            return Err(Error::shape(format!("v: expected [{m}, {o}], got [{}, {}]", v.rows, v.cols)));
        }
        let threads = options.threads()?;
        empirical::ntk_vector_product(&net.differentiator()?, &x1, x2.as_ref(), &v, threads, c).map(out)
    };
    spawn(env, control, work, to_js)
}

/// The k largest eigenvalues, descending, with vectors in columns and residuals |K v - lambda v|.
#[napi(object)]
pub struct JsTopEigen {
    pub values: JsArray,
    pub vectors: JsArray,
    pub residuals: JsArray,
    pub products: f64,
    pub converged: bool,
}

impl From<TopEigen> for JsTopEigen {
    fn from(top: TopEigen) -> Self {
        JsTopEigen {
            values: JsArray::from(super::list(top.values)),
            vectors: JsArray::from(out(top.vectors)),
            residuals: JsArray::from(super::list(top.residuals)),
            products: top.products as f64,
            converged: top.converged,
        }
    }
}

/// The leading eigenpairs of the full tangent kernel, by products with it alone.
#[napi(catch_unwind, ts_return_type = "Promise<JsTopEigen>")]
pub fn top_eigen_ntk<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    parameters: Vec<JsArray>,
    buffers: Vec<JsArray>,
    x: JsArray,
    k: f64,
    tolerance: f64,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (net, x) = run(|| Ok((Tangent::<f64>::read(&spec, &parameters, &buffers, &options)?, rows::<f64>(&x, "x")?)))?;
    let work = move |c: &base::Control| {
        check_points(&net.network, &x, None)?;
        let (differentiator, o) = (net.differentiator()?, net.network.output_size());
        let threads = options.threads()?;
        let apply = |v: &[f64], to: &mut [f64]| -> Result<()> {
            let v = Matrix { rows: x.rows, cols: o, data: v.to_vec() };
            let product = empirical::ntk_vector_product(&differentiator, &x, None, &v, threads, c)?;
            to.copy_from_slice(&product.data);
            Ok(())
        };
        let options = LanczosOptions { tolerance, ..LanczosOptions::top(number::count("k", k)?) };
        linalg::top_eigen(x.rows * o, &options, apply, c)
    };
    spawn(env, control, work, |_, top| Ok(JsTopEigen::from(top)))
}

/// Formulas from JSON; none: the outputs themselves.
fn formulas(text: Option<String>) -> Result<Formulas> {
    text.map_or_else(
        || Ok(Formulas::default()),
        |text| nets::network::json::read(&nets::network::json::parse(&text, "input")?, ""),
    )
}

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
pub fn residual_ntk<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    parameters: Vec<JsArray>,
    buffers: Vec<JsArray>,
    x1: JsArray,
    first: Option<String>,
    x2: JsArray,
    second: Option<String>,
    options: JsKernelOptions,
) -> napi::Result<Object<'env>> {
    let (net, x1, x2) = run(|| {
        let net = Tangent::<f64>::read(&spec, &parameters, &buffers, &options)?;
        Ok((net, rows(&x1, "x1")?, rows(&x2, "x2")?))
    })?;
    let (first, second) = run(|| Ok((formulas(first)?, formulas(second)?)))?;
    let work = move |c: &base::Control| {
        check_points(&net.network, &x1, Some(&x2))?;
        let threads = options.threads()?;
        empirical::residual_ntk(&net.differentiator()?, (&x1, &first), (&x2, &second), threads, c).map(out)
    };
    spawn(env, control, work, to_js)
}

/// Mean over draws and its standard error.
#[napi(object)]
pub struct JsSampledKernel {
    pub mean: JsArray,
    pub standard_error: JsArray,
}

#[napi(catch_unwind, ts_return_type = "Promise<JsSampledKernel>")]
pub fn sampled_nngp<'env>(
    env: &'env Env,
    control: &Control,
    spec: String,
    x1: JsArray,
    x2: Option<JsArray>,
    draws: f64,
    seed: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let (network, x1, x2, draws, seed) = run(|| {
        let network = nets::resolve(&NetworkSpec::from_json(&spec)?)?;
        let (draws, seed) = (number::count("draws", draws)?, number::long("seed", seed)?);
        Ok((network, rows(&x1, "x1")?, optional(&x2, "x2")?, draws, seed))
    })?;
    let work = move |c: &base::Control| {
        empirical::sampled_nngp(&network, &x1, x2.as_ref(), draws, seed, threads, c)
            .map(|(mean, error)| (out(mean), out(error)))
    };
    spawn(env, control, work, |_, (mean, error): (Array, Array)| {
        Ok(JsSampledKernel { mean: JsArray::from(mean), standard_error: JsArray::from(error) })
    })
}
