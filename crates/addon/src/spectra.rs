//! Transforms, NUDFT, convolution, circulant matrices and responses for JavaScript: types chosen, names kept.
//!
//! Inputs are borrowed for the call; results move out. f32 stays f32, everything else is f64.

use crate::array::{JsArray, JsComplex};
use crate::error::run;
use crate::task::{Control, spawn};
use base::{Error, Result};
use napi::bindgen_prelude::{Either, Env, Float32Array, Float64Array, Object};
use napi_derive::napi;
use spectra::convolution::{self, Method, Mode, Operand};
use spectra::fft::{self, Direction, Norm, Signal, Split};
use spectra::nudft::{Convention, nudft};
use spectra::response::{self, Layout};
use spectra::window::{self, Window};
use spectra::{Real, circulant, frequency, image, principal, threads};

pub type Floats = Either<Float64Array, Float32Array>;

/// A real array (`im` left out) or a complex one.
#[napi(object)]
pub struct JsSignal {
    pub re: Floats,
    pub im: Option<Floats>,
    pub shape: Vec<u32>,
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
    value.map_or(Ok(threads::available()), |value| Ok(count("threads", value)?.min(1024)))
}

fn norm(name: &str) -> Result<Norm> {
    Ok(match name {
        "backward" => Norm::Backward,
        "ortho" => Norm::Ortho,
        "forward" => Norm::Forward,
        _ => {
            return Err(Error::argument(format!("norm: expected 'backward', 'ortho' or 'forward', got \"{name}\"")));
        }
    })
}

#[napi]
pub fn spectrum_fft(
    x: JsSignal,
    axes: u32,
    inverse: bool,
    norm_name: String,
    thread_count: Option<f64>,
) -> napi::Result<JsComplex> {
    run(|| {
        let (shape, norm, threads) = (dims(&x.shape), norm(&norm_name)?, workers(thread_count)?);
        let direction = if inverse { Direction::Inverse } else { Direction::Forward };
        on_signal!(x, "x", |signal| {
            let out = fft::fft("x", signal, &shape, axes as usize, direction, norm, threads)?;
            Ok(ToJs::complex(out, &shape))
        })
    })
}

#[napi]
pub fn spectrum_rfft(x: JsArray, axes: u32, norm_name: String, thread_count: Option<f64>) -> napi::Result<JsComplex> {
    run(|| {
        let (shape, norm, threads) = (x.dims("x")?, norm(&norm_name)?, workers(thread_count)?);
        on_array!(x, |data| {
            let (out, half) = fft::rfft("x", data, &shape, axes as usize, norm, threads)?;
            Ok(ToJs::complex(out, &half))
        })
    })
}

#[napi]
pub fn spectrum_irfft(
    x: JsSignal,
    lengths: Vec<f64>,
    norm_name: String,
    thread_count: Option<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let (shape, norm, threads) = (dims(&x.shape), norm(&norm_name)?, workers(thread_count)?);
        let lengths = counts("n", &lengths)?;
        on_signal!(x, "x", |signal| {
            let (out, full) = fft::irfft("x", signal, &shape, &lengths, norm, threads)?;
            Ok(ToJs::array(out, &full))
        })
    })
}

#[napi]
pub fn spectrum_frequencies(n: f64, d: f64, half: bool) -> napi::Result<JsArray> {
    run(|| {
        let n = count("n", n)?;
        let out = if half { frequency::rfftfreq(n, d)? } else { frequency::fftfreq(n, d)? };
        let len = out.len();
        Ok(JsArray::f64(out, &[len]))
    })
}

#[napi]
pub fn spectrum_shift(x: JsSignal, axes: Vec<u32>, inverse: bool) -> napi::Result<Either<JsArray, JsComplex>> {
    run(|| {
        let shape = dims(&x.shape);
        let axes = dims(&axes);
        if let Some(axis) = axes.iter().find(|&&axis| axis >= shape.len()) {
            return Err(Error::argument(format!("axes: expected axes of shape {shape:?}, got {axis}")));
        }
        on_signal!(x, "x", |signal| {
            Ok(match signal {
                Signal::Real(x) => Either::A(ToJs::array(frequency::shift(x, &shape, &axes, inverse)?, &shape)),
                Signal::Complex { re, im } => {
                    let re = frequency::shift(re, &shape, &axes, inverse)?;
                    let im = frequency::shift(im, &shape, &axes, inverse)?;
                    Either::B(ToJs::complex(Split { re, im }, &shape))
                }
            })
        })
    })
}

#[napi(object)]
pub struct JsAmplitudeSpectrum {
    pub frequency: JsArray,
    pub amplitude: JsArray,
    pub phase: JsArray,
}

#[napi]
pub fn spectrum_amplitude(
    x: JsArray,
    sample_rate: f64,
    window_name: String,
    beta: f64,
    thread_count: Option<f64>,
) -> napi::Result<JsAmplitudeSpectrum> {
    run(|| {
        let (shape, window, threads) = (x.dims("x")?, Window::named(&window_name, beta)?, workers(thread_count)?);
        on_array!(x, |data| {
            let out = window::amplitude_spectrum(data, &shape, sample_rate, window, threads)?;
            let half = out.frequency.len();
            let mut out_shape = shape.clone();
            *out_shape.last_mut().expect("a checked shape has an axis") = half;
            Ok(JsAmplitudeSpectrum {
                frequency: JsArray::f64(out.frequency, &[half]),
                amplitude: ToJs::array(out.amplitude, &out_shape),
                phase: ToJs::array(out.phase, &out_shape),
            })
        })
    })
}

#[napi(object)]
pub struct JsWindow {
    pub values: JsArray,
    pub coherent_gain: f64,
    pub noise_bandwidth: f64,
}

#[napi]
pub fn spectrum_window(name: String, n: f64, beta: f64, symmetric: bool) -> napi::Result<JsWindow> {
    run(|| {
        let values = Window::named(&name, beta)?.values(count("n", n)?, symmetric)?;
        let n = values.len();
        let (coherent_gain, noise_bandwidth) = (window::coherent_gain(&values), window::noise_bandwidth(&values));
        Ok(JsWindow { values: JsArray::f64(values, &[n]), coherent_gain, noise_bandwidth })
    })
}

/// Values as f64, borrowed where they are already.
fn wide(values: &Floats) -> std::borrow::Cow<'_, [f64]> {
    match values {
        Either::A(data) => std::borrow::Cow::Borrowed(&data[..]),
        Either::B(data) => std::borrow::Cow::Owned(data.iter().map(|&x| f64::from(x)).collect()),
    }
}

/// `[n]` or `[n, columns]`: the rows and columns.
fn rows(name: &str, shape: &[usize]) -> Result<(usize, usize)> {
    match *shape {
        [n] => Ok((n, 1)),
        [n, columns] => Ok((n, columns)),
        _ => Err(Error::shape(format!("{name}: expected shape [n] or [n, m], got {shape:?}"))),
    }
}

#[napi]
pub fn spectrum_nudft(
    points: JsArray,
    values: JsSignal,
    frequencies: JsArray,
    tolerance: f64,
    angular: bool,
    normalize: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsComplex> {
    run(|| {
        let threads = workers(thread_count)?;
        let (n, d) = rows("points", &points.dims("points")?)?;
        let (k, frequency_axes) = rows("frequencies", &frequencies.dims("frequencies")?)?;
        if frequency_axes != d {
            return Err(Error::shape(format!(
                "frequencies: expected [k, {d}] (the dimension of points), got {:?}",
                frequencies.shape
            )));
        }
        let value_shape = dims(&values.shape);
        let (values_n, columns) = rows("values", &value_shape)?;
        if values_n != n {
            return Err(Error::shape(format!("values: expected {n} rows (one a point), got {value_shape:?}")));
        }
        let convention = Convention { angular, normalize };
        let re = wide(&values.re);
        let im = values.im.as_ref().map(wide);
        let signal = match &im {
            None => Signal::Real(&re[..]),
            Some(im) => Signal::Complex { re: &re, im },
        };
        let (at, asked) = (wide(&points.data), wide(&frequencies.data));
        let out = nudft(&at, d, signal, columns, &asked, convention, tolerance, threads)?;
        let shape: &[usize] = if value_shape.len() == 1 { &[k] } else { &[k, columns] };
        Ok(match (&values.re, &points.data, &frequencies.data) {
            (Either::B(_), Either::B(_), Either::B(_)) => {
                let narrow = |x: Vec<f64>| x.into_iter().map(|x| x as f32).collect();
                JsComplex::f32(narrow(out.re), narrow(out.im), shape)
            }
            _ => JsComplex::f64(out.re, out.im, shape),
        })
    })
}

#[napi]
pub fn spectrum_convolve(
    a: JsArray,
    b: JsArray,
    mode: String,
    method: String,
    correlate: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let mode = match mode.as_str() {
            "full" => Mode::Full,
            "same" => Mode::Same,
            "valid" => Mode::Valid,
            "circular" => Mode::Circular,
            _ => {
                return Err(Error::argument(format!("mode: expected full, same, valid or circular, got \"{mode}\"")));
            }
        };
        let method = match method.as_str() {
            "auto" => Method::Auto,
            "direct" => Method::Direct,
            "fft" => Method::Fft,
            _ => return Err(Error::argument(format!("method: expected auto, direct or fft, got \"{method}\""))),
        };
        let (a_shape, b_shape, threads) = (a.dims("a")?, b.dims("b")?, workers(thread_count)?);
        on_arrays!(a, b, |x, y| {
            let (x, y) = (Operand { data: x, shape: &a_shape }, Operand { data: y, shape: &b_shape });
            let (out, shape) = if correlate {
                convolution::correlate(x, y, mode, method, threads)?
            } else {
                convolution::convolve(x, y, mode, method, threads)?
            };
            Ok(ToJs::array(out, &shape))
        })
    })
}

/// The first column, from whichever of the two is given.
fn column<T: Real>(c: &[T], shape: &[usize], from: &str) -> Result<Vec<T>> {
    match from {
        "column" => Ok(c.to_vec()),
        "row" => circulant::column_of_row(c, shape),
        _ => Err(Error::argument(format!("from: expected column or row, got \"{from}\""))),
    }
}

#[napi]
pub fn spectrum_circulant(c: JsArray, from: String) -> napi::Result<JsArray> {
    run(|| {
        let shape = c.dims("c")?;
        if shape.len() != 1 {
            return Err(Error::shape(format!("c: expected one axis, got shape {shape:?}")));
        }
        on_array!(c, |data| {
            let out = circulant::circulant(&column(data, &shape, &from)?)?;
            Ok(ToJs::array(out, &[shape[0], shape[0]]))
        })
    })
}

#[napi]
pub fn spectrum_circulant_apply(
    c: JsArray,
    x: JsArray,
    from: String,
    solve: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsArray> {
    run(|| {
        let (shape, x_shape, threads) = (c.dims("c")?, x.dims("x")?, workers(thread_count)?);
        if shape != x_shape || shape.len() > 2 {
            return Err(Error::shape(format!(
                "x: expected the shape of c, of one axis or two, {shape:?}, got {x_shape:?}"
            )));
        }
        on_arrays!(c, x, |c, x| {
            let c = column(c, &shape, &from)?;
            let out = if solve {
                circulant::solve(&c, x, &shape, threads)?
            } else {
                circulant::multiply(&c, x, &shape, threads)?
            };
            Ok(ToJs::array(out, &shape))
        })
    })
}

#[napi]
pub fn spectrum_circulant_eigenvalues(c: JsArray, from: String, thread_count: Option<f64>) -> napi::Result<JsComplex> {
    run(|| {
        let (shape, threads) = (c.dims("c")?, workers(thread_count)?);
        on_array!(c, |c| Ok(ToJs::complex(
            circulant::eigenvalues(&column(c, &shape, &from)?, &shape, threads)?,
            &shape
        )))
    })
}

/// A kernel's `[kh, kw]` and an input's `[h, w]`.
pub(crate) fn two_axes(name: &str, shape: &[usize]) -> Result<[usize; 2]> {
    <[usize; 2]>::try_from(shape).map_err(|_| Error::shape(format!("{name}: expected two axes, got shape {shape:?}")))
}

#[napi(object)]
pub struct JsResponse {
    pub magnitude: JsArray,
    pub phase: JsArray,
}

#[napi]
pub fn spectrum_response(
    kernel: JsArray,
    size: Vec<f64>,
    shifted: bool,
    centred: bool,
    thread_count: Option<f64>,
) -> napi::Result<JsResponse> {
    run(|| {
        let kernel_shape = two_axes("kernel", &kernel.dims("kernel")?)?;
        let size = two_axes("size", &counts("size", &size)?)?;
        let (layout, threads) = (Layout { shifted, centred }, workers(thread_count)?);
        on_array!(kernel, |data| {
            let (magnitude, phase) = response::frequency_response(data, kernel_shape, size, layout, threads)?;
            Ok(JsResponse { magnitude: ToJs::array(magnitude, &size), phase: ToJs::array(phase, &size) })
        })
    })
}

#[napi(object)]
pub struct JsBandwidth {
    pub radial: Option<Vec<f64>>,
    pub vertical: Option<Vec<f64>>,
    pub horizontal: Option<Vec<f64>>,
    pub fraction: f64,
}

#[napi]
pub fn spectrum_bandwidth(kernel: JsArray, size: Vec<f64>, threshold: f64) -> napi::Result<JsBandwidth> {
    run(|| {
        let kernel_shape = two_axes("kernel", &kernel.dims("kernel")?)?;
        let size = two_axes("size", &counts("size", &size)?)?;
        let band = on_array!(kernel, |data| {
            response::effective_bandwidth(data, kernel_shape, size, threshold, threads::available())
        })?;
        let list = |range: Option<[f64; 2]>| range.map(|range| range.to_vec());
        Ok(JsBandwidth {
            radial: list(band.radial),
            vertical: list(band.vertical),
            horizontal: list(band.horizontal),
            fraction: band.fraction,
        })
    })
}

#[napi(object)]
pub struct JsProfile {
    pub position: JsArray,
    pub amplitude: JsArray,
    pub power: JsArray,
    pub count: JsArray,
}

/// Radial profile (`sectors` left out) or angular one.
#[napi]
pub fn spectrum_profile(picture: JsArray, sectors: Option<f64>) -> napi::Result<JsProfile> {
    run(|| {
        let size = picture.dims("image")?;
        let sectors = sectors.map(|s| count("sectors", s)).transpose()?;
        let profile = on_array!(picture, |data| match sectors {
            None => image::radial_spectrum(data, &size, threads::available()),
            Some(sectors) => {
                image::angular_spectrum(data, two_axes("image", &size)?, sectors, threads::available())
            }
        })?;
        let array = |x: Vec<f64>| {
            let len = x.len();
            JsArray::f64(x, &[len])
        };
        Ok(JsProfile {
            position: array(profile.position),
            amplitude: array(profile.amplitude),
            power: array(profile.power),
            count: array(profile.count),
        })
    })
}

#[napi]
pub fn spectrum_psnr(picture: JsArray, reference: JsArray, peak: f64) -> napi::Result<f64> {
    run(|| on_arrays!(picture, reference, |a, b| image::psnr(a, b, peak)))
}

#[napi(object)]
pub struct JsComponent {
    pub direction: JsArray,
    pub variance: f64,
    pub explained: f64,
    pub projection: JsArray,
}

/// Promise of the first principal component of `[n, d]` and the projections on it.
#[napi(ts_return_type = "Promise<JsComponent>")]
pub fn spectrum_first_component<'env>(
    env: &'env Env,
    control: &Control,
    points: JsArray,
    thread_count: Option<f64>,
) -> napi::Result<Object<'env>> {
    let prepared = run(|| {
        let shape = points.dims("points")?;
        Ok((points.to_array("points")?, two_axes("points", &shape)?, workers(thread_count)?))
    })?;
    spawn(
        env,
        control,
        move |control| {
            use crate::array::Array;
            let (points, [_, d], threads) = prepared;
            fn work<T: Real>(
                x: &[T],
                d: usize,
                threads: usize,
                control: &base::Control,
            ) -> Result<(principal::Component, Vec<f64>)> {
                let component = principal::first_component(x, d, threads, control)?;
                let projection = principal::project(x, &component.direction)?;
                Ok((component, projection))
            }
            match &points {
                Array::F64(x, _) => work(x, d, threads, control),
                Array::F32(x, _) => work(x, d, threads, control),
            }
        },
        |_, (component, projection)| {
            let (d, n) = (component.direction.len(), projection.len());
            Ok(JsComponent {
                direction: JsArray::f64(component.direction, &[d]),
                variance: component.variance,
                explained: component.explained,
                projection: JsArray::f64(projection, &[n]),
            })
        },
    )
}

#[napi(object)]
pub struct JsFiltered {
    /// Low part of the target, `[deltas, n, outputs]`.
    pub low: JsArray,
    /// Errors of the outputs, `[deltas]`, where outputs were given.
    pub error_low: Option<JsArray>,
    pub error_high: Option<JsArray>,
}

/// Promise of a Gaussian filter's low part of `target` `[n, outputs]` and the errors of `outputs` against it.
#[napi(ts_return_type = "Promise<JsFiltered>")]
pub fn spectrum_gaussian_filter<'env>(
    env: &'env Env,
    control: &Control,
    points: JsArray,
    target: JsArray,
    outputs: Option<JsArray>,
    deltas: Vec<f64>,
    memory_limit: Option<f64>,
    thread_count: Option<f64>,
) -> napi::Result<Object<'env>> {
    use spectra::filter::{Errors, GaussianFilter, Options};
    let prepared = run(|| {
        let [n, _] = two_axes("points", &points.dims("points")?)?;
        let [rows, columns] = two_axes("target", &target.dims("target")?)?;
        if rows != n {
            return Err(Error::shape(format!("target: expected {n} rows (one a point), got {rows}")));
        }
        let outputs = outputs
            .map(|outputs| {
                let shape = outputs.dims("outputs")?;
                if shape != [rows, columns] {
                    return Err(Error::shape(format!("outputs: expected [{rows}, {columns}], got {shape:?}")));
                }
                Ok(outputs.to_f64())
            })
            .transpose()?;
        let mut options = Options { threads: workers(thread_count)?, ..Options::default() };
        if let Some(limit) = memory_limit {
            options.memory_limit = count("memoryLimit", limit)?;
        }
        Ok((points.to_array("points")?, target.to_f64(), columns, outputs, options))
    })?;
    spawn(
        env,
        control,
        move |control| {
            use crate::array::Array;
            let (points, target, columns, outputs, options) = prepared;
            let filter = match &points {
                Array::F64(x, s) => GaussianFilter::new(x, s[1], &target, columns, &deltas, options, control)?,
                Array::F32(x, s) => GaussianFilter::new(x, s[1], &target, columns, &deltas, options, control)?,
            };
            let errors: Option<Errors> = outputs.map(|outputs| filter.errors(&outputs, control)).transpose()?;
            let shape = [deltas.len(), target.len() / columns, columns];
            Ok((filter.target_low().concat(), shape, errors))
        },
        |_, (low, shape, errors)| {
            let (error_low, error_high) = errors.map(|e| (e.low, e.high)).unzip();
            let list = |x: Vec<f64>| JsArray::f64(x, &shape[..1]);
            Ok(JsFiltered {
                low: JsArray::f64(low, &shape),
                error_low: error_low.map(list),
                error_high: error_high.map(list),
            })
        },
    )
}
