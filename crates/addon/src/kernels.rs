//! Kernels and decompositions across the border: arrays in, promises of arrays out. Here is what the files share.

mod analytic;
mod decompositions;
mod dynamics;
mod empirical;
mod reading;
mod regression;

use crate::array::{Array, JsArray};
use crate::number;
use base::{Error, Result};
use kernels::empirical::Method;
use kernels::selection::Selection;
use linalg::{Matrix, Real};
use napi_derive::napi;
use nets::ResolvedNetwork;

/// Options that every kernel takes; absent ones have the defaults of the Rust side.
#[napi(object)]
#[derive(Clone, Default)]
pub struct JsKernelOptions {
    pub layers: Option<Vec<String>>,
    pub threads: Option<f64>,
    pub memory_limit: Option<f64>,
    /// `layers` or `jacobian`; the first that can when absent.
    pub method: Option<String>,
}

impl JsKernelOptions {
    fn threads(&self) -> Result<usize> {
        number::threads(self.threads)
    }
    fn memory_limit(&self) -> Result<Option<usize>> {
        number::memory_limit(self.memory_limit)
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

/// f32 or f64, as JavaScript's arrays hold them.
trait Number: Real {
    /// The numbers of an array after those that are there, whatever their type.
    fn append(array: &JsArray, to: &mut Vec<Self>);
    fn array(data: Vec<Self>, shape: Vec<usize>) -> Array;
    fn read(name: &str, array: &JsArray) -> Result<Vec<Self>> {
        Self::read_all(name, std::slice::from_ref(array))
    }
    /// The numbers of several arrays, one after the other.
    fn read_all(name: &str, arrays: &[JsArray]) -> Result<Vec<Self>> {
        let mut all = base::memory::reserve(name, arrays.iter().map(JsArray::len).sum())?;
        arrays.iter().for_each(|array| Self::append(array, &mut all));
        Ok(all)
    }
}

impl Number for f32 {
    fn append(array: &JsArray, to: &mut Vec<f32>) {
        array.append_f32(to);
    }
    fn array(data: Vec<f32>, shape: Vec<usize>) -> Array {
        Array::F32(data, shape)
    }
}

impl Number for f64 {
    fn append(array: &JsArray, to: &mut Vec<f64>) {
        array.append_f64(to);
    }
    fn array(data: Vec<f64>, shape: Vec<usize>) -> Array {
        Array::F64(data, shape)
    }
}

/// Samples as rows: the first axis, all others flattened.
fn rows<T: Number>(array: &JsArray, name: &str) -> Result<Matrix<T>> {
    let shape = array.dims(name)?;
    let n =
        *shape.first().ok_or_else(|| Error::shape(format!("{name}: expected at least one dimension, got a scalar")))?;
    let data = T::read(name, array)?;
    Ok(Matrix { rows: n, cols: data.len().checked_div(n).unwrap_or(0), data })
}

fn optional<T: Number>(array: &Option<JsArray>, name: &str) -> Result<Option<Matrix<T>>> {
    array.as_ref().map(|array| rows(array, name)).transpose()
}

fn out<T: Number>(m: Matrix<T>) -> Array {
    let shape = vec![m.rows, m.cols];
    T::array(m.data, shape)
}

fn list<T: Number>(values: Vec<T>) -> Array {
    let n = values.len();
    T::array(values, vec![n])
}

/// The last step of work that gives one array.
fn to_js(_: napi::Env, array: Array) -> napi::Result<JsArray> {
    Ok(JsArray::from(array))
}

/// Whether there are arrays, and all of them f32.
fn single<'a>(arrays: impl IntoIterator<Item = &'a JsArray>) -> bool {
    let mut arrays = arrays.into_iter().map(|array| array.data.is_single()).peekable();
    arrays.peek().is_some() && arrays.all(|single| single)
}

/// `$body` with `$type` standing for f32 if `$single` holds, else for f64.
macro_rules! by_type {
    ($single:expr, $type:ident => $body:expr) => {
        if $single {
            type $type = f32;
            $body
        } else {
            type $type = f64;
            $body
        }
    };
}
use by_type;
