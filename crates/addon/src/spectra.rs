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

pub(crate) use crate::array::{Float as Writable, Floats};
use crate::array::{JsArray, JsComplex, Shape};
pub(crate) use crate::number::{count, counts, natural, naturals, threads as workers};
use base::{Error, Result};
use napi_derive::napi;
use spectra::Real;
use spectra::fft::{Split, SplitMut};

/// A real array (`im` left out) or a complex one.
#[napi(object)]
pub struct JsSignal {
    #[napi(ts_type = "Float64Array | Float32Array")]
    pub re: Floats,
    #[napi(ts_type = "Float64Array | Float32Array")]
    pub im: Option<Floats>,
    #[napi(ts_type = "Array<number>")]
    pub shape: Shape,
}

/// Two arrays of JavaScript's, of one type, that a result is written to.
#[napi(object)]
pub struct JsPair {
    #[napi(ts_type = "Float64Array | Float32Array")]
    pub re: Floats,
    #[napi(ts_type = "Float64Array | Float32Array")]
    pub im: Floats,
}

impl JsPair {
    pub(crate) fn parts<T: Writable>(&mut self) -> Result<SplitMut<'_, T>> {
        Ok(SplitMut { re: T::of(&mut self.re)?, im: T::of(&mut self.im)? })
    }
}

impl JsSignal {
    /// The dimensions, checked against the numbers of values.
    pub(crate) fn dims(&self, name: &str) -> Result<Vec<usize>> {
        let im = self.im.as_ref().map_or(self.re.len(), Floats::len);
        crate::array::dims(name, &self.shape, &[self.re.len(), im])
    }
}

/// How a vector of each type becomes a JavaScript array.
pub(crate) trait ToJs: Real + Writable {
    fn array(data: Vec<Self>, shape: &[usize]) -> JsArray {
        JsArray::new(data, shape)
    }
    fn complex(data: Split<Self>, shape: &[usize]) -> JsComplex {
        JsComplex::new(data.re, data.im, shape)
    }
}
impl ToJs for f64 {}
impl ToJs for f32 {}

/// Calls the generic `$body` with the signal's type.
macro_rules! on_signal {
    ($signal:expr, $name:expr, |$x:ident| $body:expr) => {
        match ($signal.re.view(), $signal.im.as_ref().map(|im| im.view())) {
            ($crate::array::View::F64(re), None) => {
                let $x = Signal::Real(re);
                $body
            }
            ($crate::array::View::F32(re), None) => {
                let $x = Signal::Real(re);
                $body
            }
            ($crate::array::View::F64(re), Some($crate::array::View::F64(im))) => {
                let $x = Signal::Complex { re, im };
                $body
            }
            ($crate::array::View::F32(re), Some($crate::array::View::F32(im))) => {
                let $x = Signal::Complex { re, im };
                $body
            }
            _ => Err(Error::argument(format!("{}: expected re and im of one type", $name))),
        }
    };
}
/// Calls the generic `$body` with a real array's values.
macro_rules! on_array {
    ($array:expr, |$x:ident| $body:expr) => {
        match $array.data.view() {
            $crate::array::View::F64($x) => $body,
            $crate::array::View::F32($x) => $body,
        }
    };
}
/// Calls the generic `$body` with two real arrays: in f32 if both are, else in f64.
macro_rules! on_arrays {
    ($a:expr, $b:expr, |$x:ident, $y:ident| $body:expr) => {
        match ($a.data.view(), $b.data.view()) {
            ($crate::array::View::F64($x), $crate::array::View::F64($y)) => $body,
            ($crate::array::View::F32($x), $crate::array::View::F32($y)) => $body,
            _ => {
                let (a, b) = ($a.to_f64(stringify!($a))?, $b.to_f64(stringify!($b))?);
                let ($x, $y) = (&a[..], &b[..]);
                $body
            }
        }
    };
}

pub(crate) use {on_array, on_arrays, on_signal};

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
