//! Arrays across the border: `{ data, shape }` in JavaScript, vectors or borrowed slices in Rust.
//!
//! Results move to JavaScript without a copy. Inputs of synchronous functions are borrowed, those of long
//! work are copied before the call returns (JavaScript may change them while it runs).

use base::{Error, Result};
use compute::pages;
use napi::bindgen_prelude::{Either, Float32Array, Float64Array};
use napi_derive::napi;

/// A real array as it comes from and goes to JavaScript.
#[napi(object)]
pub struct JsArray {
    pub data: Either<Float64Array, Float32Array>,
    pub shape: Vec<u32>,
}

/// A complex array as it comes from and goes to JavaScript.
#[napi(object)]
pub struct JsComplex {
    pub re: Either<Float64Array, Float32Array>,
    pub im: Either<Float64Array, Float32Array>,
    pub shape: Vec<u32>,
}

/// A real array owned by Rust.
#[derive(Debug, Clone)]
pub enum Array {
    F64(Vec<f64>, Vec<usize>),
    F32(Vec<f32>, Vec<usize>),
}

impl JsArray {
    pub fn f64(data: Vec<f64>, shape: &[usize]) -> Self {
        JsArray { data: Either::A(Float64Array::new(data)), shape: js_shape(shape) }
    }
    pub fn f32(data: Vec<f32>, shape: &[usize]) -> Self {
        JsArray { data: Either::B(Float32Array::new(data)), shape: js_shape(shape) }
    }
    /// The number of values.
    pub fn len(&self) -> usize {
        match &self.data {
            Either::A(data) => data.len(),
            Either::B(data) => data.len(),
        }
    }
    /// The dimensions, checked against the number of values.
    pub fn dims(&self, name: &str) -> Result<Vec<usize>> {
        let shape: Vec<usize> = self.shape.iter().map(|&n| n as usize).collect();
        let length = self.len();
        let size = shape.iter().try_fold(1usize, |size, &n| size.checked_mul(n));
        if size == Some(length) {
            Ok(shape)
        } else {
            Err(Error::shape(format!("{name}: shape {shape:?} does not match {length} values")))
        }
    }
    /// A copy that Rust owns.
    pub fn to_array(&self, name: &str) -> Result<Array> {
        let shape = self.dims(name)?;
        Ok(match &self.data {
            Either::A(data) => Array::F64(pages::collect(data.iter().copied()), shape),
            Either::B(data) => Array::F32(pages::collect(data.iter().copied()), shape),
        })
    }
    /// The values as f64, copied, whatever their type.
    pub fn to_f64(&self) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.len());
        self.append_f64(&mut values);
        values
    }
    /// The values as f32, copied, whatever their type.
    pub fn to_f32(&self) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.len());
        self.append_f32(&mut values);
        values
    }
    pub fn append_f64(&self, to: &mut Vec<f64>) {
        match &self.data {
            Either::A(data) => to.extend_from_slice(data),
            Either::B(data) => to.extend(data.iter().map(|&v| f64::from(v))),
        }
    }
    pub fn append_f32(&self, to: &mut Vec<f32>) {
        match &self.data {
            Either::A(data) => to.extend(data.iter().map(|&v| v as f32)),
            Either::B(data) => to.extend_from_slice(data),
        }
    }
}

impl JsComplex {
    pub fn f64(re: Vec<f64>, im: Vec<f64>, shape: &[usize]) -> Self {
        JsComplex { re: Either::A(Float64Array::new(re)), im: Either::A(Float64Array::new(im)), shape: js_shape(shape) }
    }
    pub fn f32(re: Vec<f32>, im: Vec<f32>, shape: &[usize]) -> Self {
        JsComplex { re: Either::B(Float32Array::new(re)), im: Either::B(Float32Array::new(im)), shape: js_shape(shape) }
    }
}

impl From<Array> for JsArray {
    fn from(array: Array) -> Self {
        match array {
            Array::F64(data, shape) => JsArray::f64(data, &shape),
            Array::F32(data, shape) => JsArray::f32(data, &shape),
        }
    }
}

fn js_shape(shape: &[usize]) -> Vec<u32> {
    shape.iter().map(|&n| n as u32).collect()
}
