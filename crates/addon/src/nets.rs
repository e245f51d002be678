//! Models and their training for JavaScript. Descriptions come as JSON, arrays beside them by name.

use crate::array::{Array as Converted, JsArray};
use crate::device::Device;
use crate::error::{run, to_napi};
use crate::task::{Control, spawn};
use base::{Code, Error, Result};
use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use nets::train::{History, Job, TrainSpec};
use nets::{Array, Arrays, NetworkSpec, ResolvedNetwork, Values, Weights, resolve, safetensors};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One array under all the names by which it is asked for.
#[napi(object)]
pub struct JsNamed {
    pub names: Vec<String>,
    pub array: JsArray,
}

/// A named array that goes to JavaScript.
#[napi(object)]
pub struct JsField {
    pub name: String,
    pub array: JsArray,
}

#[napi(object)]
pub struct JsSeries {
    pub name: String,
    pub fields: Vec<JsField>,
}

#[napi(object)]
pub struct JsHistory {
    pub steps: Vec<f64>,
    pub loss: Vec<f64>,
    pub probes: Vec<JsSeries>,
    pub stop_reason: String,
    pub step: f64,
    pub moments: Vec<JsArray>,
    pub simd_path: String,
}

/// `value [n, o]`, `gradient [n, o, d]`, `laplacian [n, o]`.
#[napi(object)]
pub struct JsDerivatives {
    pub value: JsArray,
    pub gradient: JsArray,
    pub laplacian: JsArray,
}

/// One training of a sweep.
#[napi(object)]
pub struct JsRun {
    pub spec: String,
    pub seed: f64,
    pub config: String,
    pub arrays: Vec<JsNamed>,
}

#[napi(object)]
pub struct JsTrained {
    pub history: JsHistory,
    pub parameters: Vec<JsField>,
}

/// The numbers of a model in its own type.
#[derive(Clone)]
pub(crate) enum Store {
    F32(Arc<Weights<f32>>),
    F64(Arc<Weights<f64>>),
}

impl Store {
    fn draw(network: &ResolvedNetwork, seed: u64, dtype: &str) -> Result<Self> {
        Ok(match dtype {
            "f32" => Store::F32(Arc::new(Weights::draw(network, seed)?)),
            "f64" => Store::F64(Arc::new(Weights::draw(network, seed)?)),
            other => return Err(Error::argument(format!("dtype: expected 'f32' or 'f64', got '{other}'"))),
        })
    }

    fn dtype(&self) -> &'static str {
        match self {
            Store::F32(_) => "f32",
            Store::F64(_) => "f64",
        }
    }

    fn set(&mut self, network: &ResolvedNetwork, named: &[(String, Array)]) -> Result<()> {
        match self {
            Store::F32(weights) => Arc::make_mut(weights).set(network, named),
            Store::F64(weights) => Arc::make_mut(weights).set(network, named),
        }
    }

    /// Parameters, or with `buffers` the buffers, named and shaped.
    fn named(&self, network: &ResolvedNetwork, buffers: bool) -> Vec<(String, Array)> {
        let list = if buffers { &network.buffers } else { &network.parameters };
        list.iter()
            .map(|place| {
                let values = match self {
                    Store::F32(w) => {
                        Values::F32(if buffers { &w.buffers } else { &w.parameters }[place.range()].to_vec())
                    }
                    Store::F64(w) => {
                        Values::F64(if buffers { &w.buffers } else { &w.parameters }[place.range()].to_vec())
                    }
                };
                (place.name.clone(), Array { values, shape: place.shape.clone() })
            })
            .collect()
    }
}

struct Shared {
    spec: NetworkSpec,
    network: ResolvedNetwork,
    seed: u64,
    device: Device,
    store: Mutex<Store>,
    busy: AtomicBool,
}

impl Shared {
    fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> Result<()> {
        if self.busy.load(Ordering::Acquire) { Err(busy()) } else { Ok(()) }
    }
}

fn busy() -> Error {
    Error::new(Code::ModelBusy, "this model is being trained; wait for its promise before using it")
}

/// Marks a model as training until it is dropped.
struct Training(Arc<Shared>);

impl Training {
    fn begin(shared: &Arc<Shared>) -> Result<Self> {
        if shared.busy.swap(true, Ordering::AcqRel) { Err(busy()) } else { Ok(Training(shared.clone())) }
    }
}

impl Drop for Training {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
    }
}

#[napi]
pub struct NativeModel {
    shared: Arc<Shared>,
}

impl NativeModel {
    /// The checked network and its present numbers; `MODEL_BUSY` while it trains.
    pub(crate) fn snapshot(&self) -> Result<(ResolvedNetwork, Store)> {
        self.shared.idle()?;
        Ok((self.shared.network.clone(), self.shared.store().clone()))
    }

    fn create(spec: NetworkSpec, seed: u64, dtype: &str, device: Option<&str>) -> Result<Self> {
        let network = resolve(&spec)?;
        let device = Device::open(device.unwrap_or("cpu"))?;
        let store = Mutex::new(Store::draw(&network, seed, dtype)?);
        Ok(NativeModel {
            shared: Arc::new(Shared { spec, network, seed, device, store, busy: AtomicBool::new(false) }),
        })
    }
}

#[napi]
impl NativeModel {
    #[napi(constructor)]
    pub fn new(spec: String, seed: f64, dtype: String, device: Option<String>) -> napi::Result<Self> {
        run(|| Self::create(NetworkSpec::from_json(&spec)?, seed as u64, &dtype, device.as_deref()))
    }

    /// From a safetensors file that [`save`](Self::save) wrote.
    #[napi(factory)]
    pub fn load(path: String) -> napi::Result<Self> {
        run(|| {
            let (arrays, metadata) = safetensors::read(Path::new(&path))?;
            let missing =
                || Error::new(Code::Io, format!("{path}: no `spec` in its metadata: not a file of this package"));
            let spec = NetworkSpec::from_json(metadata.get("spec").ok_or_else(missing)?)?;
            let seed = metadata.get("seed").and_then(|seed| seed.parse().ok()).unwrap_or(0);
            let model = Self::create(spec, seed, metadata.get("dtype").map_or("f32", String::as_str), None)?;
            let names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
            let network = &model.shared.network;
            for expected in network.parameters.iter().chain(&network.buffers) {
                if !names.contains(&expected.name.as_str()) {
                    return Err(Error::new(Code::Io, format!("{path}: {} is missing", expected.name)));
                }
            }
            model.shared.store().set(network, &arrays)?;
            Ok(model)
        })
    }

    #[napi]
    pub fn save(&self, path: String) -> napi::Result<()> {
        run(|| {
            self.shared.idle()?;
            let store = self.shared.store().clone();
            let mut arrays = store.named(&self.shared.network, false);
            arrays.extend(store.named(&self.shared.network, true));
            let metadata = BTreeMap::from([
                ("spec".to_string(), self.shared.spec.to_json()),
                ("seed".to_string(), self.shared.seed.to_string()),
                ("dtype".to_string(), store.dtype().to_string()),
            ]);
            safetensors::write(Path::new(&path), &arrays, &metadata)
        })
    }

    /// The description with every default written out, as JSON.
    #[napi(getter)]
    pub fn spec(&self) -> String {
        self.shared.spec.to_json()
    }

    #[napi(getter)]
    pub fn dtype(&self) -> &'static str {
        self.shared.store().dtype()
    }

    #[napi(getter)]
    pub fn seed(&self) -> f64 {
        self.shared.seed as f64
    }

    /// The shape of one output sample.
    #[napi(getter)]
    pub fn output_shape(&self) -> Vec<u32> {
        self.shared.network.output.iter().map(|&n| n as u32).collect()
    }

    #[napi]
    pub fn parameters(&self) -> napi::Result<Vec<JsField>> {
        self.fields(false)
    }

    #[napi]
    pub fn buffers(&self) -> napi::Result<Vec<JsField>> {
        self.fields(true)
    }

    fn fields(&self, buffers: bool) -> napi::Result<Vec<JsField>> {
        run(|| {
            let (network, store) = self.snapshot()?;
            Ok(fields(store.named(&network, buffers)))
        })
    }

    #[napi]
    pub fn set_parameters(&self, named: Vec<JsNamed>) -> napi::Result<()> {
        run(|| {
            self.shared.idle()?;
            let mut arrays = Vec::new();
            for JsNamed { names, array } in named {
                for name in names {
                    arrays.push((name.clone(), converted(array.to_array(&format!("parameters.{name}"))?)));
                }
            }
            self.shared.store().set(&self.shared.network, &arrays)
        })
    }

    #[napi(ts_return_type = "Promise<JsArray>")]
    pub fn predict<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        x: JsArray,
        threads: Option<u32>,
    ) -> napi::Result<Object<'env>> {
        let (network, store) = self.snapshot().map_err(to_napi)?;
        let arrays = named_arrays(vec![JsNamed { names: vec!["x".into()], array: x }]).map_err(to_napi)?;
        let threads = thread_count(threads).map_err(to_napi)?;
        let device = self.shared.device.clone();
        let work = move |_: &base::Control| {
            let (x, samples) = arrays.samples("x", &network.input)?;
            let shape: Vec<usize> = std::iter::once(samples).chain(network.output.iter().copied()).collect();
            let values = match store {
                Store::F32(weights) => Values::F32(device.predict(&network, &weights, &x.to(), threads)?),
                Store::F64(weights) => Values::F64(device.predict(&network, &weights, &x.to(), threads)?),
            };
            Ok(Array { values, shape })
        };
        spawn(env, control, work, |_, array| Ok(js_array(array)))
    }

    /// Outputs, their gradients and Laplacians by the input.
    #[napi(ts_return_type = "Promise<JsDerivatives>")]
    pub fn input_derivatives<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        x: JsArray,
        threads: Option<u32>,
    ) -> napi::Result<Object<'env>> {
        let (network, store) = self.snapshot().map_err(to_napi)?;
        let arrays = named_arrays(vec![JsNamed { names: vec!["x".into()], array: x }]).map_err(to_napi)?;
        let threads = thread_count(threads).map_err(to_napi)?;
        let device = self.shared.device.clone();
        let work = move |_: &base::Control| {
            let (x, n) = arrays.samples("x", &network.input)?;
            let (o, d) = (network.output_size(), network.input_size());
            let shapes = [vec![n, o], vec![n, o, d], vec![n, o]];
            Ok(match store {
                Store::F32(weights) => {
                    let found = device.derivatives(&network, &weights, &x.to(), threads)?;
                    let values = [found.value, found.gradient, found.second].map(Values::F32);
                    zip_arrays(values, shapes)
                }
                Store::F64(weights) => {
                    let found = device.derivatives(&network, &weights, &x.to(), threads)?;
                    let values = [found.value, found.gradient, found.second].map(Values::F64);
                    zip_arrays(values, shapes)
                }
            })
        };
        spawn(env, control, work, |_, [value, gradient, laplacian]| {
            Ok(JsDerivatives { value: js_array(value), gradient: js_array(gradient), laplacian: js_array(laplacian) })
        })
    }

    /// Trains by `config` (JSON). An abort and a divergence resolve, with their `stopReason`.
    #[napi(ts_return_type = "Promise<JsHistory>")]
    pub fn train<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        config: String,
        arrays: Vec<JsNamed>,
        threads: Option<u32>,
    ) -> napi::Result<Object<'env>> {
        let prepare = || Ok((TrainSpec::from_json(&config)?, named_arrays(arrays)?, thread_count(threads)?));
        let (spec, arrays, threads) = run(prepare)?;
        let training = Training::begin(&self.shared).map_err(to_napi)?;
        let work = move |control: &base::Control| {
            let shared = &training.0;
            let mut store = shared.store().clone();
            let Shared { network, seed, device, .. } = &**shared;
            let history = match &mut store {
                Store::F32(weights) => {
                    device.train(network, Arc::make_mut(weights), &spec, &arrays, *seed, threads, control)?
                }
                Store::F64(weights) => {
                    device.train(network, Arc::make_mut(weights), &spec, &arrays, *seed, threads, control)?
                }
            };
            *shared.store() = store;
            // Idle before the promise resolves.
            drop(training);
            Ok(history)
        };
        spawn(env, control, work, |_, history| Ok(js_history(history)))
    }
}

/// Trains many networks at once: on the CPU one thread each, on a GPU those of one shape stacked.
#[napi(js_name = "trainMany", ts_return_type = "Promise<JsTrained[]>")]
pub fn many<'env>(
    env: &'env Env,
    control: &Control,
    runs: Vec<JsRun>,
    shared: Vec<JsNamed>,
    dtype: String,
    threads: Option<u32>,
    device: Option<String>,
) -> napi::Result<Object<'env>> {
    let prepare = || {
        let device = Device::open(device.as_deref().unwrap_or("cpu"))?;
        let shared = named_arrays(shared)?;
        let threads = thread_count(threads)?;
        let mut prepared = Vec::with_capacity(runs.len());
        for (index, JsRun { spec, seed, config, arrays }) in runs.into_iter().enumerate() {
            let place = |error: Error| Error::new(error.code, format!("runs[{index}]: {}", error.message));
            let mut all = shared.clone();
            let (mut initial, own) = (Vec::new(), named_arrays(arrays).map_err(place)?);
            for (name, array) in own.0 {
                match name.strip_prefix("parameters.") {
                    Some(parameter) => initial.push((parameter.to_string(), Array::clone(&array))),
                    None => {
                        all.0.insert(name, array);
                    }
                }
            }
            let network = NetworkSpec::from_json(&spec).and_then(|spec| resolve(&spec)).map_err(place)?;
            let mut store = Store::draw(&network, seed as u64, &dtype)?;
            store.set(&network, &initial).map_err(place)?;
            let spec = TrainSpec::from_json(&config).map_err(place)?;
            prepared.push((network, store, spec, all, seed as u64));
        }
        Ok((prepared, threads, device))
    };
    let (prepared, threads, device) = run(prepare)?;
    let work = move |control: &base::Control| {
        let networks: Vec<ResolvedNetwork> = prepared.iter().map(|(network, ..)| network.clone()).collect();
        let (mut narrow, mut wide) = (Vec::new(), Vec::new());
        for (network, store, spec, arrays, seed) in prepared {
            match store {
                Store::F32(weights) => {
                    narrow.push(Job { network, weights: Arc::unwrap_or_clone(weights), spec, arrays, seed });
                }
                Store::F64(weights) => {
                    wide.push(Job { network, weights: Arc::unwrap_or_clone(weights), spec, arrays, seed });
                }
            }
        }
        // One dtype for all: one of the two lists is empty.
        let mut trained: Vec<(History, Store)> = Vec::new();
        let narrow = device.train_many(narrow, threads, control)?.into_iter();
        trained.extend(narrow.map(|(history, weights)| (history, Store::F32(Arc::new(weights)))));
        let wide = device.train_many(wide, threads, control)?.into_iter();
        trained.extend(wide.map(|(history, weights)| (history, Store::F64(Arc::new(weights)))));
        Ok(networks.into_iter().zip(trained).collect::<Vec<_>>())
    };
    spawn(env, control, work, |_, trained| {
        let convert = |(network, (history, store)): (ResolvedNetwork, (History, Store))| JsTrained {
            history: js_history(history),
            parameters: fields(store.named(&network, false)),
        };
        Ok(trained.into_iter().map(convert).collect::<Vec<_>>())
    })
}

fn zip_arrays(values: [Values; 3], shapes: [Vec<usize>; 3]) -> [Array; 3] {
    let mut shapes = shapes.into_iter();
    values.map(|values| Array { values, shape: shapes.next().unwrap_or_default() })
}

/// `None` is every core.
pub(crate) fn thread_count(threads: Option<u32>) -> Result<usize> {
    match threads {
        None => Ok(std::thread::available_parallelism().map_or(1, |n| n.get())),
        Some(threads @ 1..=1024) => Ok(threads as usize),
        Some(threads) => Err(Error::argument(format!("threads: expected an integer from 1 to 1024, got {threads}"))),
    }
}

fn converted(array: Converted) -> Array {
    match array {
        Converted::F32(values, shape) => Array { values: Values::F32(values), shape },
        Converted::F64(values, shape) => Array { values: Values::F64(values), shape },
    }
}

pub(crate) fn named_arrays(named: Vec<JsNamed>) -> Result<Arrays> {
    let mut arrays = HashMap::new();
    for JsNamed { names, array } in named {
        let place = names.first().map_or("array", String::as_str);
        let array = Arc::new(converted(array.to_array(place)?));
        arrays.extend(names.into_iter().map(|name| (name, array.clone())));
    }
    Ok(Arrays(arrays))
}

fn js_array(array: Array) -> JsArray {
    match array.values {
        Values::F32(values) => JsArray::f32(values, &array.shape),
        Values::F64(values) => JsArray::f64(values, &array.shape),
    }
}

fn fields(named: Vec<(String, Array)>) -> Vec<JsField> {
    named.into_iter().map(|(name, array)| JsField { name, array: js_array(array) }).collect()
}

fn js_history(history: History) -> JsHistory {
    let series = |series: nets::train::Series| JsSeries {
        name: series.name,
        fields: series.fields.into_iter().map(|f| JsField { name: f.name.into(), array: js_array(f.array) }).collect(),
    };
    JsHistory {
        steps: history.steps.iter().map(|&step| step as f64).collect(),
        loss: history.loss,
        probes: history.probes.into_iter().map(series).collect(),
        stop_reason: history.stop_reason.as_str().into(),
        step: history.state.step as f64,
        moments: history.state.moments.into_iter().map(js_array).collect(),
        simd_path: history.simd_path,
    }
}
