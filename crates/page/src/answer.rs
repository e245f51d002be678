//! A request by its name.

use crate::message::Message;
use crate::models::{self, required, rows};
use base::{Control, Error, Random, Result, Stream};
use kernels::empirical::{EmpiricalOptions, Outputs, empirical_ntk};
use nets::{Array, NetworkSpec, resolve};
use serde_json::json;
use spectra::fft::Signal;
use spectra::nudft::{Convention, nudft};

/// The answer to a request; `call` of its JSON says which.
///
/// # Errors
/// Those of the function that is called, and `INVALID_ARGUMENT` for an unknown name.
pub fn answer(asked: Message) -> Result<Message> {
    match asked.field::<String>("call")?.as_str() {
        "networkArrays" => network_arrays(&asked),
        "create" => models::create(&asked),
        "release" => models::release(&asked),
        "arrays" => models::arrays(&asked),
        "setArrays" => models::set_arrays(&asked),
        "predict" => models::predict(&asked),
        "train" => models::train_model(&asked),
        "empiricalNtk" => ntk(&asked),
        "gradientFlow" => models::gradient_flow(&asked),
        "flowAt" => models::flow_at(&asked),
        "nudft" => spectrum(&asked),
        "noise" => noise(&asked),
        "seeds" => seeds(&asked),
        "evaluate" => evaluate(&asked),
        other => Err(Error::argument(format!("call: there is no {other}"))),
    }
}

fn network_arrays(asked: &Message) -> Result<Message> {
    let network = resolve(&NetworkSpec::from_json(&asked.field::<String>("spec")?)?)?;
    let names = |list: &[nets::Parameter]| list.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
    let walk = network.walk();
    let layers: Vec<&str> = walk.iter().filter(|l| !l.parameters.is_empty()).map(|l| l.path.as_str()).collect();
    let body = json!({
        "parameters": names(&network.parameters),
        "buffers": names(&network.buffers),
        "layers": layers,
        "outputs": network.output_size(),
    });
    Ok(Message::new(body, vec![]))
}

/// The tangent kernel in f64, its mean over outputs.
fn ntk(asked: &Message) -> Result<Message> {
    let network = resolve(&NetworkSpec::from_json(&asked.field::<String>("spec")?)?)?;
    let named = asked.named();
    let flat = |kind: &str| -> Result<Vec<f64>> {
        let count: usize = asked.field(kind)?;
        let mut all = Vec::new();
        for i in 0..count {
            all.extend(named.required(&format!("{kind}.{i}"))?.to::<f64>());
        }
        Ok(all)
    };
    let (parameters, buffers) = (flat("parameters")?, flat("buffers")?);
    let (x1, x2) = (required(asked, "x1")?, rows(asked, "x2")?);
    let options = EmpiricalOptions { threads: 1, ..EmpiricalOptions::new(Outputs::Trace) };
    let kernel = empirical_ntk(&network, &parameters, &buffers, &x1, x2.as_ref(), &options, &Control::none())?;
    Ok(Message::new(json!({}), vec![("kernel".into(), Array::f64(kernel.data, &kernel.shape))]))
}

fn spectrum(asked: &Message) -> Result<Message> {
    let (points, values, frequencies) =
        (required(asked, "points")?, required(asked, "values")?, required(asked, "frequencies")?);
    if points.rows != values.rows || points.cols != frequencies.cols {
        return Err(Error::shape("values: expected one for each point, and frequencies of the points' dimension"));
    }
    let convention = Convention { angular: asked.field("angular")?, normalize: asked.field("normalize")? };
    let signal = Signal::Real(&values.data[..]);
    let tolerance = asked.field("tolerance")?;
    let columns = values.cols;
    let found = nudft(&points.data, points.cols, signal, columns, &frequencies.data, convention, tolerance, 1)?;
    let shape = [frequencies.rows, columns];
    let arrays = vec![("re".into(), Array::f64(found.re, &shape)), ("im".into(), Array::f64(found.im, &shape))];
    Ok(Message::new(json!({}), arrays))
}

fn noise(asked: &Message) -> Result<Message> {
    let (n, seed, std): (usize, f64, f64) = (asked.field("n")?, asked.field("seed")?, asked.field("std")?);
    let stream: String = asked.field("stream")?;
    let drawn = Random::new(seed as u64, Stream::Noise(&stream)).normals(n);
    Ok(Message::new(json!({}), vec![("noise".into(), models::list(spectra::layers::scaled(&drawn, std)))]))
}

/// A text's value at every point; `names` are those of the points' columns.
fn evaluate(asked: &Message) -> Result<Message> {
    let (text, names): (String, Vec<String>) = (asked.field("text")?, asked.field("names")?);
    let points = required(asked, "points")?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let columns: Vec<Vec<f64>> = (0..points.cols).map(|j| points.column(j)).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let values = expressions::evaluate("formula", &text, &names, &columns)?;
    Ok(Message::new(json!({}), vec![("values".into(), models::list(values))]))
}

/// Seeds of a name, whole numbers below 2^53.
fn seeds(asked: &Message) -> Result<Message> {
    let (seed, count, stream): (f64, usize, String) =
        (asked.field("seed")?, asked.field("count")?, asked.field("stream")?);
    let drawn = (0..).take(count).map(|i| Stream::Seeds(&stream, i).seed(seed as u64) as f64).collect();
    Ok(Message::new(json!({}), vec![("seeds".into(), models::list(drawn))]))
}
