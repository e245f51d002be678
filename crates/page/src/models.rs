//! The models and kernel flows that the page holds, by number, and what it asks of them.

use crate::message::Message;
use base::{Control, Error, Result};
use kernels::dynamics::{Evolution, GradientFlow};
use linalg::Matrix;
use nets::training::{TrainSpec, train};
use nets::{Array, NetworkSpec, ResolvedNetwork, Values, Weights, resolve};
use serde_json::json;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

enum Store {
    F32(Weights<f32>),
    F64(Weights<f64>),
}

struct Model {
    network: ResolvedNetwork,
    seed: u64,
    store: Store,
}

/// The same expression for both types: `$values` makes [`Values`] of a vector of the type at hand.
macro_rules! typed {
    ($store:expr, |$weights:ident, $values:ident| $body:expr) => {
        match $store {
            Store::F32($weights) => {
                #[allow(unused, reason = "not every expression makes values")]
                let $values = Values::F32;
                $body
            }
            Store::F64($weights) => {
                #[allow(unused, reason = "not every expression makes values")]
                let $values = Values::F64;
                $body
            }
        }
    };
}

#[derive(Default)]
struct Held {
    next: u32,
    models: HashMap<u32, Rc<RefCell<Model>>>,
    flows: HashMap<u32, Rc<GradientFlow>>,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// Keeps what `put` puts under a number of its own.
fn keep(put: impl FnOnce(&mut Held, u32)) -> u32 {
    HELD.with_borrow_mut(|held| {
        held.next += 1;
        put(held, held.next);
        held.next
    })
}

fn model(asked: &Message) -> Result<Rc<RefCell<Model>>> {
    let id: u32 = asked.field("model")?;
    HELD.with_borrow(|held| held.models.get(&id).cloned()).ok_or_else(|| Error::argument(format!("model: no {id}")))
}

pub fn create(asked: &Message) -> Result<Message> {
    let spec = NetworkSpec::from_json(&asked.field::<String>("spec")?)?;
    let (seed, dtype): (f64, String) = (asked.field("seed")?, asked.field("dtype")?);
    let (network, seed) = (resolve(&spec)?, seed as u64);
    let store = match dtype.as_str() {
        "f64" => Store::F64(Weights::draw(&network, seed)?),
        _ => Store::F32(Weights::draw(&network, seed)?),
    };
    let whole = spec.to_json();
    let model = Rc::new(RefCell::new(Model { network, seed, store }));
    let id = keep(|held, id| drop(held.models.insert(id, model)));
    Ok(Message::new(json!({ "model": id, "spec": whole }), vec![]))
}

/// Forgets a model or a flow.
pub fn release(asked: &Message) -> Result<Message> {
    let id: u32 = asked.field("id")?;
    HELD.with_borrow_mut(|held| {
        held.models.remove(&id);
        held.flows.remove(&id);
    });
    Ok(Message::new(json!({}), vec![]))
}

/// The trained arrays, or with `buffers` the others.
pub fn arrays(asked: &Message) -> Result<Message> {
    let model = model(asked)?;
    let Model { network, store, .. } = &*model.borrow();
    let buffers: bool = asked.field("buffers")?;
    let list = if buffers { &network.buffers } else { &network.parameters };
    let named = list.iter().map(|place| {
        let values = typed!(store, |weights, values| {
            let all = if buffers { &weights.buffers } else { &weights.parameters };
            values(all[place.range()].to_vec())
        });
        (place.name.clone(), Array { values, shape: place.shape.clone() })
    });
    Ok(Message::new(json!({}), named.collect()))
}

pub fn set_arrays(asked: &Message) -> Result<Message> {
    let model = model(asked)?;
    let Model { network, store, .. } = &mut *model.borrow_mut();
    let named: Vec<(String, Array)> =
        asked.arrays.iter().filter_map(|(names, array)| Some((names.first()?.clone(), array.clone()))).collect();
    typed!(store, |weights, values| weights.set(network, &named))?;
    Ok(Message::new(json!({}), vec![]))
}

pub fn predict(asked: &Message) -> Result<Message> {
    let model = model(asked)?;
    let Model { network, store, .. } = &*model.borrow();
    let (x, samples) = asked.named().samples("x", &network.input)?;
    let shape = std::iter::once(samples).chain(network.output.iter().copied()).collect();
    let control = Control::none();
    let values = typed!(store, |weights, values| values(weights.predict(network, &x.to(), 1, &control)?));
    Ok(Message::new(json!({}), vec![("outputs".into(), Array { values, shape })]))
}

pub fn train_model(asked: &Message) -> Result<Message> {
    let model = model(asked)?;
    let Model { network, seed, store, .. } = &mut *model.borrow_mut();
    let spec = TrainSpec::from_json(&asked.field::<String>("config")?)?;
    let (arrays, control) = (asked.named(), Control::none());
    let history = typed!(store, |weights, values| train(network, weights, &spec, &arrays, *seed, 1, &control))?;
    let mut found = Vec::new();
    for series in history.probes {
        found.extend(series.fields.into_iter().map(|f| (format!("probes.{}.{}", series.name, f.name), f.array)));
    }
    found.extend(history.state.moments.into_iter().enumerate().map(|(i, array)| (format!("moments.{i}"), array)));
    let series = [("terms", history.terms), ("coefficients", history.coefficients), ("weights", history.weights)];
    found.extend(history.parts.into_iter().map(|(name, values)| (format!("parts.{name}"), list(values))));
    for (kind, named) in series {
        found.extend(named.into_iter().map(|(name, values)| (format!("{kind}.{name}"), list(values))));
    }
    let last = history.state.coefficients.into_iter();
    found.extend(last.map(|(name, value)| (format!("lastCoefficients.{name}"), list(vec![value]))));
    found.push(("loss".into(), list(history.loss)));
    let body = json!({
        "steps": history.steps,
        "stopReason": history.stop_reason.as_str(),
        "step": history.state.step,
        "simdPath": history.simd_path,
    });
    Ok(Message::new(body, found))
}

/// An array as rows of f64, `[n]` as a column.
pub fn rows(asked: &Message, name: &str) -> Result<Option<Matrix<f64>>> {
    let named = asked.named();
    let Some(array) = named.optional(name) else { return Ok(None) };
    let rows = array.shape.first().copied().unwrap_or(0);
    let columns = array.shape.get(1..).unwrap_or_default().iter().product();
    Matrix::from_rows(rows, columns, array.to()).map(Some)
}

pub fn required(asked: &Message, name: &str) -> Result<Matrix<f64>> {
    rows(asked, name)?.ok_or_else(|| Error::argument(format!("{name}: expected an array, got none")))
}

pub fn out(matrix: Matrix<f64>) -> Array {
    Array::f64(matrix.data, &[matrix.rows, matrix.cols])
}

pub fn list(values: Vec<f64>) -> Array {
    let n = values.len();
    Array::f64(values, &[n])
}

pub fn gradient_flow(asked: &Message) -> Result<Message> {
    let (kernel, y, initial) = (required(asked, "kernel")?, required(asked, "y")?, rows(asked, "initial")?);
    let flow = GradientFlow::rounded(&kernel, &y, initial.as_ref(), asked.field("terms")?, f64::EPSILON, 1)?;
    let (values, vectors) = (list(flow.eigen().values.clone()), out(flow.eigen().vectors.clone()));
    let rates = list(flow.rates());
    let id = keep(|held, id| drop(held.flows.insert(id, Rc::new(flow))));
    let arrays = [("eigenvalues", values), ("eigenvectors", vectors), ("rates", rates)];
    Ok(Message::new(json!({ "flow": id }), arrays.map(|(name, array)| (name.to_string(), array)).into()))
}

/// `[steps, learningRate, momentum]` of gradient descent.
type When = (u64, f64, f64);

/// Outputs on the points of `cross` [m, n] after so many steps of gradient descent.
pub fn flow_at(asked: &Message) -> Result<Message> {
    let id: u32 = asked.field("flow")?;
    let flow = HELD.with_borrow(|held| held.flows.get(&id).cloned());
    let flow = flow.ok_or_else(|| Error::argument(format!("flow: no {id}")))?;
    let (steps, learning_rate, momentum) = asked.field::<When>("when")?;
    let when = Evolution::Descent { learning_rate, momentum, steps };
    let outputs = flow.test(when, &required(asked, "cross")?, rows(asked, "initial")?.as_ref())?;
    Ok(Message::new(json!({}), vec![("outputs".into(), out(outputs))]))
}
