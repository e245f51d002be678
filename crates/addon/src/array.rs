//! Arrays across the border: `{ data, shape }` in JavaScript, vectors or borrowed slices in Rust.
//!
//! Inputs of synchronous functions are borrowed, those of long work are copied before the call returns (JavaScript may change
//! them while it runs). A length that was read is never trusted once JavaScript has run again (a getter of a later argument can
//! detach or shrink a buffer): [`Floats`] holds the array itself and asks for its memory at every [`Floats::view`], when all
//! arguments are read. Memory that other threads may write is copied at once. Results lie in memory that JavaScript made
//! ([`crate::memory`]).

use crate::memory::{self, Element, Typed};
use crate::number;
use base::{Error, Result};
use compute::pages;
use napi::bindgen_prelude::{FromNapiValue, ToNapiValue, TypeName, ValidateNapiValue, sys};
use napi::{Status, ValueType};
use napi_derive::napi;
use std::ops::Deref;

/// A real array as it comes from and goes to JavaScript.
#[napi(object)]
pub struct JsArray {
    #[napi(ts_type = "Float64Array | Float32Array")]
    pub data: Floats,
    #[napi(ts_type = "Array<number>")]
    pub shape: Shape,
}

/// A complex array as it comes from and goes to JavaScript.
#[napi(object)]
pub struct JsComplex {
    #[napi(ts_type = "Float64Array | Float32Array")]
    pub re: Floats,
    #[napi(ts_type = "Float64Array | Float32Array")]
    pub im: Floats,
    #[napi(ts_type = "Array<number>")]
    pub shape: Shape,
}

/// A real array owned by Rust.
#[derive(Debug, Clone)]
pub enum Array {
    F64(Vec<f64>, Vec<usize>),
    F32(Vec<f32>, Vec<usize>),
}

/// A `Float64Array` or a `Float32Array`: one of JavaScript's for the time of a call, or numbers on their way there.
pub enum Floats {
    /// Whether its numbers are f32.
    Js(Typed, bool),
    F64(Vec<f64>),
    F32(Vec<f32>),
}

/// The numbers of [`Floats`].
pub enum View<'a> {
    F64(&'a [f64]),
    F32(&'a [f32]),
}

impl Floats {
    /// What the array holds now. Not to be kept while JavaScript runs.
    pub fn view(&self) -> View<'_> {
        match self {
            // SAFETY: nothing of JavaScript's runs before the synchronous call that borrows ends.
            Floats::Js(array, false) => View::F64(unsafe { array.slice() }),
            // SAFETY: as above.
            Floats::Js(array, true) => View::F32(unsafe { array.slice() }),
            Floats::F64(data) => View::F64(data),
            Floats::F32(data) => View::F32(data),
        }
    }
    pub fn len(&self) -> usize {
        match self.view() {
            View::F64(data) => data.len(),
            View::F32(data) => data.len(),
        }
    }
    pub fn is_single(&self) -> bool {
        matches!(self, Floats::Js(_, true) | Floats::F32(_))
    }
}

/// Numbers of one of the two types.
pub trait Float: Element {
    /// The elements of `array`, to be written.
    fn of(array: &mut Floats) -> Result<&mut [Self]>;
    fn floats(data: Vec<Self>) -> Floats;
}

macro_rules! float {
    ($t:ty, $single:literal, $variant:ident) => {
        impl Float for $t {
            fn of(array: &mut Floats) -> Result<&mut [$t]> {
                match array {
                    // SAFETY: the call is synchronous and JavaScript made the array for this result alone.
                    Floats::Js(array, $single) => Ok(unsafe { array.slice_mut() }),
                    Floats::$variant(data) => Ok(data),
                    _ => Err(Error::argument("the result: expected an array of the type of x")),
                }
            }
            fn floats(data: Vec<$t>) -> Floats {
                Floats::$variant(data)
            }
        }
    };
}
float!(f64, false, F64);
float!(f32, true, F32);

impl TypeName for Floats {
    fn type_name() -> &'static str {
        "Float64Array | Float32Array"
    }
    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for Floats {}

impl FromNapiValue for Floats {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: both come from the call that converts its arguments.
        let array = unsafe { Typed::new(env, value) }?;
        let single = array.holds::<f32>();
        if !single && !array.holds::<f64>() {
            let message = "expected a Float64Array or a Float32Array, got a typed array of another type";
            return Err(napi::Error::new(Status::InvalidArg, message.to_owned()));
        }
        Ok(match (array.is_shared(), single) {
            (false, single) => Floats::Js(array, single),
            (true, true) => Floats::F32(array.copy_shared()?),
            (true, false) => Floats::F64(array.copy_shared()?),
        })
    }
}

impl ToNapiValue for Floats {
    unsafe fn to_napi_value(env: sys::napi_env, floats: Self) -> napi::Result<sys::napi_value> {
        match floats {
            Floats::Js(array, _) => Ok(array.value()),
            // SAFETY: the environment is that of the call that converts its result.
            Floats::F64(data) => unsafe { memory::hand_over(env, data) },
            // SAFETY: as above.
            Floats::F32(data) => unsafe { memory::hand_over(env, data) },
        }
    }
}

/// Dimensions: whole numbers, read once.
#[derive(Clone, PartialEq)]
pub struct Shape(Vec<usize>);

/// More axes than any array has.
const MOST_AXES: u32 = 1024;

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TypeName for Shape {
    fn type_name() -> &'static str {
        "Array<number>"
    }
    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for Shape {}

impl FromNapiValue for Shape {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: both come from the call that converts its arguments.
        let list = unsafe { napi::bindgen_prelude::Array::from_napi_value(env, value) }?;
        if list.len() > MOST_AXES {
            let message = format!("shape: expected at most {MOST_AXES} dimensions, got {}", list.len());
            return Err(crate::error::to_napi(Error::shape(message)));
        }
        let axis = |i| {
            let missing = || crate::error::to_napi(Error::shape("shape: expected whole numbers, got a gap"));
            let n: f64 = list.get(i)?.ok_or_else(missing)?;
            number::natural("shape", n).map_err(crate::error::to_napi)
        };
        (0..list.len()).map(axis).collect::<napi::Result<_>>().map(Shape)
    }
}

impl ToNapiValue for Shape {
    unsafe fn to_napi_value(env: sys::napi_env, shape: Self) -> napi::Result<sys::napi_value> {
        let list: Vec<f64> = shape.iter().map(|&n| n as f64).collect();
        // SAFETY: the environment is that of the call that converts its result.
        unsafe { Vec::to_napi_value(env, list) }
    }
}

impl JsArray {
    pub fn new<T: Float>(data: Vec<T>, shape: &[usize]) -> Self {
        JsArray { data: T::floats(data), shape: Shape(shape.to_vec()) }
    }
    pub fn f64(data: Vec<f64>, shape: &[usize]) -> Self {
        JsArray::new(data, shape)
    }
    pub fn f32(data: Vec<f32>, shape: &[usize]) -> Self {
        JsArray::new(data, shape)
    }
    /// The number of values.
    pub fn len(&self) -> usize {
        self.data.len()
    }
    /// The dimensions, checked against the number of values.
    pub fn dims(&self, name: &str) -> Result<Vec<usize>> {
        dims(name, &self.shape, &[self.len()])
    }
    /// A copy that Rust owns.
    pub fn to_array(&self, name: &str) -> Result<Array> {
        let shape = self.dims(name)?;
        Ok(match self.data.view() {
            View::F64(data) => Array::F64(copied(name, data)?, shape),
            View::F32(data) => Array::F32(copied(name, data)?, shape),
        })
    }
    /// The values as f64, copied, whatever their type.
    pub fn to_f64(&self, name: &str) -> Result<Vec<f64>> {
        let mut values = base::memory::reserve(name, self.len())?;
        self.append_f64(&mut values);
        Ok(values)
    }
    /// The values as f32, copied, whatever their type.
    pub fn to_f32(&self, name: &str) -> Result<Vec<f32>> {
        let mut values = base::memory::reserve(name, self.len())?;
        self.append_f32(&mut values);
        Ok(values)
    }
    pub fn append_f64(&self, to: &mut Vec<f64>) {
        match self.data.view() {
            View::F64(data) => to.extend_from_slice(data),
            View::F32(data) => to.extend(data.iter().map(|&v| f64::from(v))),
        }
    }
    pub fn append_f32(&self, to: &mut Vec<f32>) {
        match self.data.view() {
            View::F64(data) => to.extend(data.iter().map(|&v| v as f32)),
            View::F32(data) => to.extend_from_slice(data),
        }
    }
}

/// Dimensions, checked against the numbers of values of the arrays that have them.
pub fn dims(name: &str, shape: &Shape, lengths: &[usize]) -> Result<Vec<usize>> {
    let size = base::memory::product(shape);
    match lengths.iter().find(|&&length| length != size) {
        None => Ok(shape.to_vec()),
        Some(length) => Err(Error::shape(format!("{name}: shape {shape:?} does not match {length} values"))),
    }
}

/// A copy of an input in large pages.
fn copied<T: Copy>(name: &str, data: &[T]) -> Result<Vec<T>> {
    let mut to = base::memory::reserve(name, data.len())?;
    pages::prefer_large(to.spare_capacity_mut());
    to.extend_from_slice(data);
    Ok(to)
}

impl JsComplex {
    pub fn new<T: Float>(re: Vec<T>, im: Vec<T>, shape: &[usize]) -> Self {
        JsComplex { re: T::floats(re), im: T::floats(im), shape: Shape(shape.to_vec()) }
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
