//! Models for JavaScript.

use super::arrays::{JsField, JsNamed, converted, fields, js_array, named_arrays};
use super::history::js_history;
use super::store::Store;
use crate::array::JsArray;
use crate::device::Device;
use crate::error::{run, to_napi};
use crate::number;
use crate::task::{Control, spawn};
use base::{Code, Error, Result};
use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use nets::network::{safetensors, state_dict};
use nets::training::TrainSpec;
use nets::{Array, NetworkSpec, ResolvedNetwork, resolve};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// `value [n, o]`, `gradient [n, o, d]`, `laplacian [n, o]`.
#[napi(object)]
pub struct JsDerivatives {
    pub value: JsArray,
    pub gradient: JsArray,
    pub laplacian: JsArray,
}

struct Shared {
    spec: NetworkSpec,
    network: ResolvedNetwork,
    seed: u64,
    device: Device,
    store: Mutex<Store>,
    busy: AtomicBool,
    disposed: AtomicBool,
}

impl Shared {
    fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That its numbers are there.
    fn present(&self) -> Result<()> {
        if !self.disposed.load(Ordering::Acquire) {
            return Ok(());
        }
        Err(Error::argument("model: expected one that is in use, this one has been disposed of"))
    }

    /// That its numbers are there, and nothing changes them.
    fn idle(&self) -> Result<()> {
        self.present()?;
        if self.busy.load(Ordering::Acquire) { Err(busy()) } else { Ok(()) }
    }
}

/// An error about what a file holds, with its path.
fn in_file<T>(path: &str, result: Result<T>) -> Result<T> {
    result.map_err(|error| Error::new(error.code, format!("{path}: {}", error.message)))
}

fn busy() -> Error {
    Error::new(Code::ModelBusy, "this model is being trained; wait for its promise before using it")
}

/// Marks a model as training until it is dropped.
struct Training(Arc<Shared>);

impl Training {
    fn begin(shared: &Arc<Shared>) -> Result<Self> {
        shared.present()?;
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

    /// The model that a file's metadata describe, with the file's arrays: these are there and fit before anything is made.
    fn of_file(arrays: Vec<(String, Array)>, metadata: &BTreeMap<String, String>) -> Result<Self> {
        let field = |name: &str| {
            let missing = || Error::new(Code::Io, format!("no `{name}` in its metadata: not a file of this package"));
            metadata.get(name).ok_or_else(missing)
        };
        let spec = NetworkSpec::from_json(field("spec")?)?;
        let arrays = state_dict::matched(&resolve(&spec)?, arrays)?;
        let seed = metadata.get("seed").map_or(Ok(0), |seed| {
            seed.parse().map_err(|_| Error::new(Code::Io, format!("seed: expected an integer, got {seed:?}")))
        })?;
        let model = Self::create(spec, seed, metadata.get("dtype").map_or("f32", String::as_str), None)?;
        model.shared.store().set(&model.shared.network, &arrays)?;
        Ok(model)
    }

    fn create(spec: NetworkSpec, seed: u64, dtype: &str, device: Option<&str>) -> Result<Self> {
        let network = resolve(&spec)?;
        let device = Device::open(device.unwrap_or("cpu"))?;
        let store = Mutex::new(Store::draw(&network, seed, dtype)?);
        Ok(NativeModel {
            shared: Arc::new(Shared {
                spec,
                network,
                seed,
                device,
                store,
                busy: AtomicBool::new(false),
                disposed: AtomicBool::new(false),
            }),
        })
    }
}

#[napi]
impl NativeModel {
    #[napi(catch_unwind, constructor)]
    pub fn new(spec: String, seed: f64, dtype: String, device: Option<String>) -> napi::Result<Self> {
        run(|| Self::create(NetworkSpec::from_json(&spec)?, number::long("seed", seed)?, &dtype, device.as_deref()))
    }

    /// From a safetensors file that [`save`](Self::save) wrote.
    #[napi(catch_unwind, factory)]
    pub fn load(path: String) -> napi::Result<Self> {
        run(|| {
            let (arrays, metadata) = safetensors::read(Path::new(&path))?;
            in_file(&path, Self::of_file(arrays, &metadata))
        })
    }

    /// Replaces parameters and buffers by those of a safetensors file, as PyTorch names them.
    #[napi(catch_unwind)]
    pub fn load_parameters(&self, path: String) -> napi::Result<()> {
        run(|| {
            self.shared.idle()?;
            let (arrays, _) = safetensors::read(Path::new(&path))?;
            let set = |arrays: Vec<_>| self.shared.store().set(&self.shared.network, &arrays);
            in_file(&path, state_dict::matched(&self.shared.network, arrays).and_then(set))
        })
    }

    #[napi(catch_unwind)]
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

    /// Lets go of the numbers at once, where JavaScript's collector would do so some day. Twice is as once.
    #[napi(catch_unwind)]
    pub fn dispose(&self) -> napi::Result<()> {
        run(|| {
            if self.shared.present().is_ok() {
                self.shared.idle()?;
                self.shared.disposed.store(true, Ordering::Release);
                self.shared.store().clear();
            }
            Ok(())
        })
    }

    /// The description with every default written out, as JSON.
    #[napi(catch_unwind, getter)]
    pub fn spec(&self) -> String {
        self.shared.spec.to_json()
    }

    #[napi(catch_unwind, getter)]
    pub fn dtype(&self) -> &'static str {
        self.shared.store().dtype()
    }

    #[napi(catch_unwind, getter)]
    pub fn seed(&self) -> f64 {
        self.shared.seed as f64
    }

    /// The shape of one output sample.
    #[napi(catch_unwind, getter)]
    pub fn output_shape(&self) -> Vec<f64> {
        self.shared.network.output.iter().map(|&n| n as f64).collect()
    }

    #[napi(catch_unwind)]
    pub fn parameters(&self) -> napi::Result<Vec<JsField>> {
        self.fields(false)
    }

    #[napi(catch_unwind)]
    pub fn buffers(&self) -> napi::Result<Vec<JsField>> {
        self.fields(true)
    }

    fn fields(&self, buffers: bool) -> napi::Result<Vec<JsField>> {
        run(|| {
            let (network, store) = self.snapshot()?;
            Ok(fields(store.named(&network, buffers)))
        })
    }

    #[napi(catch_unwind)]
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

    #[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
    pub fn predict<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        x: JsArray,
        threads: Option<f64>,
    ) -> napi::Result<Object<'env>> {
        let (network, store) = self.snapshot().map_err(to_napi)?;
        let arrays = named_arrays(vec![JsNamed { names: vec!["x".into()], array: x }]).map_err(to_napi)?;
        let threads = number::threads(threads).map_err(to_napi)?;
        let device = self.shared.device.clone();
        let work = move |control: &base::Control| store.predict(&device, &network, &arrays, threads, control);
        spawn(env, control, work, |_, array| Ok(js_array(array)))
    }

    /// Outputs, their gradients and Laplacians by the input.
    #[napi(catch_unwind, ts_return_type = "Promise<JsDerivatives>")]
    pub fn input_derivatives<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        x: JsArray,
        threads: Option<f64>,
    ) -> napi::Result<Object<'env>> {
        let (network, store) = self.snapshot().map_err(to_napi)?;
        let arrays = named_arrays(vec![JsNamed { names: vec!["x".into()], array: x }]).map_err(to_napi)?;
        let threads = number::threads(threads).map_err(to_napi)?;
        let device = self.shared.device.clone();
        let work = move |control: &base::Control| store.derivatives(&device, &network, &arrays, threads, control);
        spawn(env, control, work, |_, [value, gradient, laplacian]| {
            Ok(JsDerivatives { value: js_array(value), gradient: js_array(gradient), laplacian: js_array(laplacian) })
        })
    }

    /// Trains by `config` (JSON). An abort and a divergence resolve, with their `stopReason`.
    #[napi(catch_unwind, ts_return_type = "Promise<JsHistory>")]
    pub fn train<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        config: String,
        arrays: Vec<JsNamed>,
        threads: Option<f64>,
    ) -> napi::Result<Object<'env>> {
        let prepare = || Ok((TrainSpec::from_json(&config)?, named_arrays(arrays)?, number::threads(threads)?));
        let (spec, arrays, threads) = run(prepare)?;
        let training = Training::begin(&self.shared).map_err(to_napi)?;
        let work = move |control: &base::Control| {
            let shared = &training.0;
            let mut store = shared.store().clone();
            let Shared { network, seed, device, .. } = &**shared;
            let history = store.train(device, network, &spec, &arrays, *seed, threads, control)?;
            *shared.store() = store;
            // Idle before the promise resolves.
            drop(training);
            Ok(history)
        };
        spawn(env, control, work, |_, history| Ok(js_history(history)))
    }
}
