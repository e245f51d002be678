//! Sweeps for JavaScript.

use super::arrays::{JsField, JsNamed, fields, named_arrays};
use super::history::{JsHistory, js_history};
use super::store::Store;
use crate::device::Device;
use crate::error::run;
use crate::number;
use crate::task::{Control, spawn};
use base::Error;
use napi::bindgen_prelude::{Env, Object};
use napi_derive::napi;
use nets::training::{History, Job, TrainSpec};
use nets::{Array, Arrays, NetworkSpec, ResolvedNetwork, Weights, resolve};
use std::sync::Arc;

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
    pub buffers: Vec<JsField>,
}

/// Bytes that stay free while the networks of a call are drawn.
const ROOM: usize = 32 << 20;

/// Trains many networks at once: on the CPU one thread each, on a GPU those of one shape stacked.
#[napi(catch_unwind, js_name = "trainMany", ts_return_type = "Promise<JsTrained[]>")]
pub fn many<'env>(
    env: &'env Env,
    control: &Control,
    runs: Vec<JsRun>,
    shared: Vec<JsNamed>,
    dtype: String,
    threads: Option<f64>,
    device: Option<String>,
) -> napi::Result<Object<'env>> {
    let prepare = || {
        let device = Device::open(device.as_deref().unwrap_or("cpu"))?;
        let shared = named_arrays(shared)?;
        let threads = number::threads(threads)?;
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
            // Together they may be more than there is, however small each: some room is left beside every one.
            let numbers = network.parameter_count().saturating_add(network.buffer_count());
            let bytes = base::memory::bytes::<f64>(&[2, numbers]).saturating_add(ROOM);
            base::memory::check("parameters", bytes, None).map_err(place)?;
            let seed = number::long("seed", seed).map_err(place)?;
            let mut store = Store::draw(&network, seed, &dtype)?;
            store.set(&network, &initial).map_err(place)?;
            let spec = TrainSpec::from_json(&config).map_err(place)?;
            prepared.push((network, store, spec, all, seed));
        }
        Ok((prepared, threads, device))
    };
    let (prepared, threads, device) = run(prepare)?;
    let work = move |control: &base::Control| {
        let (mut narrow, mut wide) = (Vec::new(), Vec::new());
        let mut networks = Vec::with_capacity(prepared.len());
        for (network, store, spec, arrays, seed) in prepared {
            networks.push(network.clone());
            match store {
                Store::F32(weights) => narrow.push(job(network, weights, spec, arrays, seed)),
                Store::F64(weights) => wide.push(job(network, weights, spec, arrays, seed)),
            }
        }
        // One dtype for all: one of the two lists is empty.
        let narrow = device.train_many(narrow, threads, control)?.into_iter();
        let wide = device.train_many(wide, threads, control)?.into_iter();
        let narrow = narrow.map(|(history, weights)| (history, Store::F32(Arc::new(weights))));
        let wide = wide.map(|(history, weights)| (history, Store::F64(Arc::new(weights))));
        Ok(networks.into_iter().zip(narrow.chain(wide)).collect::<Vec<_>>())
    };
    spawn(env, control, work, |_, trained| {
        let convert = |(network, (history, store)): (ResolvedNetwork, (History, Store))| JsTrained {
            history: js_history(history),
            parameters: fields(store.named(&network, false)),
            buffers: fields(store.named(&network, true)),
        };
        Ok(trained.into_iter().map(convert).collect::<Vec<_>>())
    })
}

fn job<T: Clone>(
    network: ResolvedNetwork,
    weights: Arc<Weights<T>>,
    spec: TrainSpec,
    arrays: Arrays,
    seed: u64,
) -> Job<T> {
    Job { network, weights: Arc::unwrap_or_clone(weights), spec, arrays, seed }
}
