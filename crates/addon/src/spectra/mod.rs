//! Signals for JavaScript: types chosen, names kept, one file a group of functions.
//!
//! Inputs are borrowed for the call. Transforms write into arrays that JavaScript made; other results move out. f32 stays
//! f32, everything else is f64.

mod activation;
mod bands;
mod convolution;
mod filter;
mod images;
mod layers;
mod nonuniform;
mod signals;
mod transforms;

use crate::array::{JsArray, JsComplex};
use base::{Error, Result};
use napi::bindgen_prelude::{Either, Float32Array, Float64Array};
use napi_derive::napi;
use spectra::Real;
use spectra::fft::{Split, SplitMut};

pub type Floats = Either<Float64Array, Float32Array>;

/// A real array (`im` left out) or a complex one.
#[napi(object)]
pub struct JsSignal {
    // Spelt out: the declarations that are generated from this do not know the alias.
    pub re: Either<Float64Array, Float32Array>,
    pub im: Option<Either<Float64Array, Float32Array>>,
    pub shape: Vec<u32>,
}

/// Two arrays of JavaScript's, of one type, that a result is written to.
#[napi(object)]
pub struct JsPair {
    pub re: Either<Float64Array, Float32Array>,
    pub im: Either<Float64Array, Float32Array>,
}

/// A result's array in a type that can be asked for.
pub(crate) trait Writable: Sized {
    /// The elements of `array`, to be written.
    fn of(array: &mut Floats) -> Result<&mut [Self]>;
}

macro_rules! writable {
    ($t:ty, $variant:ident) => {
        impl Writable for $t {
            fn of(array: &mut Floats) -> Result<&mut [$t]> {
                match array {
                    // SAFETY: the call is synchronous and JavaScript made the array for this result alone.
                    Either::$variant(data) => Ok(unsafe { data.as_mut() }),
                    _ => Err(Error::argument("the result: expected an array of the type of x")),
                }
            }
        }
    };
}
writable!(f64, A);
writable!(f32, B);

impl JsPair {
    pub(crate) fn parts<T: Writable>(&mut self) -> Result<SplitMut<'_, T>> {
        Ok(SplitMut { re: T::of(&mut self.re)?, im: T::of(&mut self.im)? })
    }
}

impl JsSignal {
    pub(crate) fn dims(&self) -> Vec<usize> {
        dims(&self.shape)
    }
}

/// How a vector of each type becomes a JavaScript array.
pub(crate) trait ToJs: Real {
    fn array(data: Vec<Self>, shape: &[usize]) -> JsArray;
    fn complex(data: Split<Self>, shape: &[usize]) -> JsComplex;
}

impl ToJs for f64 {
    fn array(data: Vec<f64>, shape: &[usize]) -> JsArray {
        JsArray::f64(data, shape)
    }
    fn complex(data: Split<f64>, shape: &[usize]) -> JsComplex {
        JsComplex::f64(data.re, data.im, shape)
    }
}

impl ToJs for f32 {
    fn array(data: Vec<f32>, shape: &[usize]) -> JsArray {
        JsArray::f32(data, shape)
    }
    fn complex(data: Split<f32>, shape: &[usize]) -> JsComplex {
        JsComplex::f32(data.re, data.im, shape)
    }
}

/// Calls the generic `$body` with the signal's type.
macro_rules! on_signal {
    ($signal:expr, $name:expr, |$x:ident| $body:expr) => {
        match (&$signal.re, &$signal.im) {
            (Either::A(re), None) => {
                let $x = Signal::Real(&re[..]);
                $body
            }
            (Either::B(re), None) => {
                let $x = Signal::Real(&re[..]);
                $body
            }
            (Either::A(re), Some(Either::A(im))) => {
                let $x = Signal::Complex { re: &re[..], im: &im[..] };
                $body
            }
            (Either::B(re), Some(Either::B(im))) => {
                let $x = Signal::Complex { re: &re[..], im: &im[..] };
                $body
            }
            _ => Err(Error::argument(format!("{}: expected re and im of one type", $name))),
        }
    };
}
/// Calls the generic `$body` with a real array's values.
macro_rules! on_array {
    ($array:expr, |$x:ident| $body:expr) => {
        match &$array.data {
            Either::A(data) => {
                let $x = &data[..];
                $body
            }
            Either::B(data) => {
                let $x = &data[..];
                $body
            }
        }
    };
}
/// Calls the generic `$body` with two real arrays: in f32 if both are, else in f64.
macro_rules! on_arrays {
    ($a:expr, $b:expr, |$x:ident, $y:ident| $body:expr) => {
        match (&$a.data, &$b.data) {
            (Either::A(a), Either::A(b)) => {
                let ($x, $y) = (&a[..], &b[..]);
                $body
            }
            (Either::B(a), Either::B(b)) => {
                let ($x, $y) = (&a[..], &b[..]);
                $body
            }
            _ => {
                let (a, b) = ($a.to_f64(), $b.to_f64());
                let ($x, $y) = (&a[..], &b[..]);
                $body
            }
        }
    };
}

pub(crate) use {on_array, on_arrays, on_signal};

/// Dimensions from JavaScript.
fn dims(shape: &[u32]) -> Vec<usize> {
    shape.iter().map(|&n| n as usize).collect()
}

/// A count from JavaScript: a whole number of at least 1.
pub(crate) fn count(name: &str, value: f64) -> Result<usize> {
    if value.fract() == 0.0 && (1.0..=9e15).contains(&value) {
        Ok(value as usize)
    } else {
        Err(Error::argument(format!("{name}: expected a whole number of at least 1, got {value}")))
    }
}

pub(crate) fn counts(name: &str, values: &[f64]) -> Result<Vec<usize>> {
    values.iter().map(|&value| count(name, value)).collect()
}

/// Threads to use: all when left out.
pub(crate) fn workers(value: Option<f64>) -> Result<usize> {
    value.map_or(Ok(compute::processors()), |value| Ok(count("threads", value)?.min(1024)))
}

/// A kernel's `[kh, kw]` and an input's `[h, w]`.
pub(crate) fn two_axes(name: &str, shape: &[usize]) -> Result<[usize; 2]> {
    <[usize; 2]>::try_from(shape).map_err(|_| Error::shape(format!("{name}: expected two axes, got shape {shape:?}")))
}

/// A vector as an array of one axis.
pub(crate) fn list(values: Vec<f64>) -> JsArray {
    let len = values.len();
    JsArray::f64(values, &[len])
}

/// The length of an array that has one axis.
pub(crate) fn one_axis(name: &str, x: &JsArray) -> Result<usize> {
    match x.dims(name)?[..] {
        [n] => Ok(n),
        _ => Err(Error::shape(format!("{name}: expected one axis, got shape {:?}", x.shape))),
    }
}
