//! Decompositions and solutions of matrices.

use super::empirical::JsTopEigen;
use super::{by_type, list, out, rows, single, to_js};
use crate::array::{Array, JsArray, JsComplex};
use crate::error::run;
use crate::number;
use crate::task::{Control, spawn};
use linalg::{ComplexMatrix, LanczosOptions};
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;

#[napi(object)]
pub struct JsEigen {
    pub values: JsArray,
    pub vectors: JsArray,
}

#[napi(catch_unwind, ts_return_type = "Promise<JsEigen>")]
pub fn eigh<'env>(env: &'env Env, control: &Control, a: JsArray, threads: Option<f64>) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let convert = |_: Env, (values, vectors): (Array, Array)| {
        Ok(JsEigen { values: JsArray::from(values), vectors: JsArray::from(vectors) })
    };
    by_type!(single([&a]), T => {
        let a = run(|| rows::<T>(&a, "a"))?;
        let work = move |_: &base::Control| linalg::eigh(&a, threads).map(|e| (list(e.values), out(e.vectors)));
        spawn(env, control, work, convert)
    })
}

#[napi(object)]
pub struct JsHermitianEigen {
    pub values: JsArray,
    pub vectors: JsComplex,
}

/// [`eigh`] of a Hermitian matrix, as its real and imaginary parts.
#[napi(catch_unwind, ts_return_type = "Promise<JsHermitianEigen>")]
pub fn eigh_hermitian<'env>(
    env: &'env Env,
    control: &Control,
    re: JsArray,
    im: JsArray,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    by_type!(single([&re, &im]), T => {
        let a = run(|| Ok(ComplexMatrix { re: rows::<T>(&re, "a.re")?, im: rows::<T>(&im, "a.im")? }))?;
        let work = move |_: &base::Control| linalg::eigh_hermitian(&a, threads);
        let convert = |_: Env, e: linalg::HermitianEigen<T>| {
            let shape = [e.values.len(), e.values.len()];
            let vectors = JsComplex::new(e.vectors.re.data, e.vectors.im.data, &shape);
            Ok(JsHermitianEigen { values: JsArray::from(list(e.values)), vectors })
        };
        spawn(env, control, work, convert)
    })
}

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
pub fn eigvalsh<'env>(
    env: &'env Env,
    control: &Control,
    a: JsArray,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    by_type!(single([&a]), T => {
        let a = run(|| rows::<T>(&a, "a"))?;
        spawn(env, control, move |_| linalg::eigvalsh(&a, threads).map(list), to_js)
    })
}

#[napi(catch_unwind, ts_return_type = "Promise<JsTopEigen>")]
pub fn top_eigen<'env>(
    env: &'env Env,
    control: &Control,
    a: JsArray,
    k: f64,
    tolerance: f64,
) -> napi::Result<Object<'env>> {
    let (a, k) = run(|| Ok((rows::<f64>(&a, "a")?, number::count("k", k)?)))?;
    let options = LanczosOptions { tolerance, ..LanczosOptions::top(k) };
    let work = move |c: &base::Control| linalg::top_eigen_matrix(&a, &options, c);
    spawn(env, control, work, |_, top| Ok(JsTopEigen::from(top)))
}

#[napi(object)]
pub struct JsSvd {
    pub u: JsArray,
    pub values: JsArray,
    pub v: JsArray,
}

#[napi(catch_unwind, ts_return_type = "Promise<JsSvd>")]
pub fn svd<'env>(env: &'env Env, control: &Control, a: JsArray, threads: Option<f64>) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let convert = |_: Env, [u, values, v]: [Array; 3]| {
        Ok(JsSvd { u: JsArray::from(u), values: JsArray::from(values), v: JsArray::from(v) })
    };
    by_type!(single([&a]), T => {
        let a = run(|| rows::<T>(&a, "a"))?;
        let work = move |_: &base::Control| linalg::svd(&a, threads).map(|d| [out(d.u), list(d.values), out(d.v)]);
        spawn(env, control, work, convert)
    })
}

#[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
pub fn cholesky<'env>(
    env: &'env Env,
    control: &Control,
    a: JsArray,
    ridge: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    by_type!(single([&a]), T => {
        let a = run(|| rows::<T>(&a, "a"))?;
        let work = move |_: &base::Control| {
            linalg::solve::check_ridge(ridge)?;
            linalg::Cholesky::new(&a, ridge, threads).map(|c| out(c.lower))
        };
        spawn(env, control, work, to_js)
    })
}

/// `x`, the rank that was used, and |lambda|_max / |lambda|_min of `kernel + ridge I`.
#[napi(object)]
pub struct JsSolution {
    pub x: JsArray,
    pub rank: f64,
    pub condition_number: f64,
}

#[napi(catch_unwind, ts_return_type = "Promise<JsSolution>")]
pub fn solve_psd<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    ridge: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let convert = |_: Env, (x, rank, condition_number): (Array, usize, f64)| {
        Ok(JsSolution { x: JsArray::from(x), rank: rank as f64, condition_number })
    };
    by_type!(single([&kernel, &y]), T => {
        let (mut kernel, y) = run(|| Ok((rows::<T>(&kernel, "kernel")?, rows::<T>(&y, "y")?)))?;
        let work = move |_: &base::Control| {
            let solution = linalg::solve_psd(&kernel, &y, ridge, threads)?;
            kernel.add_diagonal(ridge);
            Ok((out(solution.x), solution.rank, linalg::condition_number(&kernel, threads)?))
        };
        spawn(env, control, work, convert)
    })
}
