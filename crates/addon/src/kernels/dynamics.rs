//! Training as a fixed kernel predicts it.

use super::{list, optional, out, rows, single, to_js};
use crate::array::{Array, JsArray};
use crate::error::run;
use crate::number;
use crate::task::{Control, spawn};
use kernels::dynamics::{ClassificationFlow, Evolution, GradientFlow, compare};
use kernels::waves::Waves;
use linalg::Matrix;
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use std::sync::Arc;

/// Logits at each time: [times, n, c] and, with a cross kernel, [times, m, c].
#[napi(object)]
pub struct JsSoftmaxFlow {
    pub train: JsArray,
    pub test: Option<JsArray>,
}

#[napi(catch_unwind, ts_return_type = "Promise<JsSoftmaxFlow>")]
pub fn cross_entropy_flow<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    labels: JsArray,
    times: Vec<f64>,
    initial: Option<JsArray>,
    cross_kernel: Option<JsArray>,
    initial_cross: Option<JsArray>,
    tolerance: f64,
) -> napi::Result<Object<'env>> {
    let (k, labels, initial, cross, start) = run(|| {
        Ok((
            rows(&kernel, "kernel")?,
            rows(&labels, "labels")?,
            optional(&initial, "initial")?,
            optional(&cross_kernel, "crossKernel")?,
            optional(&initial_cross, "initialCross")?,
        ))
    })?;
    let work = move |control: &base::Control| {
        let flow = ClassificationFlow {
            kernel: &k,
            labels: &labels,
            initial: initial.as_ref(),
            cross: cross.as_ref(),
            initial_cross: start.as_ref(),
            tolerance,
        };
        let path = flow.at(&times, control)?;
        let stack = |list: Vec<Matrix<f64>>| {
            let shape = list.first().map(|m| vec![list.len(), m.rows, m.cols]);
            shape.map(|s| Array::F64(list.into_iter().flat_map(|m| m.data).collect(), s))
        };
        let empty = Array::F64(vec![], vec![0, labels.rows, labels.cols]);
        Ok((stack(path.train).unwrap_or(empty), stack(path.test)))
    };
    spawn(env, control, work, |_, (train, test)| {
        Ok(JsSoftmaxFlow { train: JsArray::from(train), test: test.map(JsArray::from) })
    })
}

/// A decomposed kernel with its targets.
#[napi]
pub struct NativeFlow {
    /// None once it has been disposed of.
    flow: Option<Arc<GradientFlow>>,
    single: bool,
}

impl NativeFlow {
    fn flow(&self) -> base::Result<&Arc<GradientFlow>> {
        let gone = || base::Error::argument("flow: expected one that is in use, this one has been disposed of");
        self.flow.as_ref().ok_or_else(gone)
    }
}

/// When: at a time of the flow, or after steps of gradient descent when `learning_rate` is given.
#[napi(object)]
pub struct JsEvolution {
    pub time: f64,
    pub learning_rate: Option<f64>,
    pub momentum: Option<f64>,
    pub steps: Option<f64>,
}

impl JsEvolution {
    fn read(&self) -> base::Result<Evolution> {
        Ok(match self.learning_rate {
            None => Evolution::Flow { time: self.time },
            Some(learning_rate) => Evolution::Descent {
                learning_rate,
                momentum: self.momentum.unwrap_or(0.0),
                steps: number::long("steps", self.steps.unwrap_or(0.0))?,
            },
        })
    }
}

#[napi(catch_unwind, ts_return_type = "Promise<NativeFlow>", js_name = "gradientFlow")]
pub fn js_gradient_flow<'env>(
    env: &'env Env,
    control: &Control,
    kernel: JsArray,
    y: JsArray,
    initial: Option<JsArray>,
    terms: f64,
    threads: Option<f64>,
) -> napi::Result<Object<'env>> {
    let threads = run(|| number::threads(threads))?;
    let single = single([&kernel]);
    let terms = run(|| number::natural("terms", terms))?;
    let (kernel, y, initial) = run(|| Ok((rows(&kernel, "kernel")?, rows(&y, "y")?, optional(&initial, "initial")?)))?;
    let work = move |_: &base::Control| {
        // An f32 kernel is symmetric to f32 only: it is averaged before the check in f64.
        let kernel = if single { averaged(&kernel)? } else { kernel };
        let epsilon = if single { f64::from(f32::EPSILON) } else { f64::EPSILON };
        GradientFlow::rounded(&kernel, &y, initial.as_ref(), terms, epsilon, threads).map(Arc::new)
    };
    spawn(env, control, work, move |_, flow| Ok(NativeFlow { flow: Some(flow), single }))
}

fn averaged(kernel: &Matrix<f64>) -> base::Result<Matrix<f64>> {
    let narrow = Matrix { rows: kernel.rows, cols: kernel.cols, data: kernel.data.iter().map(|v| *v as f32).collect() };
    linalg::check::symmetric("kernel", &narrow).map(|k| k.to_f64())
}

/// By record: norms of residuals by eigenvector and by frequency, and the distance between both outputs.
#[napi(object)]
pub struct JsComparison {
    pub predicted: JsArray,
    pub measured: JsArray,
    pub predicted_waves: JsArray,
    pub measured_waves: JsArray,
    pub target_waves: JsArray,
    pub distance: JsArray,
}

#[napi]
impl NativeFlow {
    /// The residuals of this flow beside those of recorded `outputs` [records, n, c], one record for each of `when`.
    #[napi(catch_unwind, ts_return_type = "Promise<JsComparison>")]
    pub fn compare<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        when: Vec<JsEvolution>,
        outputs: JsArray,
        points: Option<JsArray>,
        frequencies: Option<JsArray>,
    ) -> napi::Result<Object<'env>> {
        let flow = run(|| self.flow().cloned())?;
        let when = run(|| when.iter().map(JsEvolution::read).collect::<base::Result<Vec<_>>>())?;
        let (outputs, points, frequencies) = run(|| {
            let points = optional::<f64>(&points, "points")?;
            Ok((rows::<f64>(&outputs, "outputs")?, points, optional::<f64>(&frequencies, "frequencies")?))
        })?;
        let work = move |c: &base::Control| {
            let y = flow.targets();
            let record = |i: usize| Matrix::from_rows(y.rows, y.cols, outputs.row(i).to_vec());
            let outputs = (0..outputs.rows).map(record).collect::<base::Result<Vec<_>>>()?;
            let waves = points.zip(frequencies).map(|(x, w)| Waves::new(&x, &w, 0)).transpose()?;
            compare(&flow, &when, &outputs, waves.as_ref(), c)
        };
        spawn(env, control, work, |_, c| {
            let js = |m| JsArray::from(out(m));
            Ok(JsComparison {
                predicted: js(c.predicted),
                measured: js(c.measured),
                predicted_waves: js(c.predicted_waves),
                measured_waves: js(c.measured_waves),
                target_waves: JsArray::from(list(c.target_waves)),
                distance: JsArray::from(list(c.distance)),
            })
        })
    }

    /// Predictions on the training points, or on the points of `cross_kernel`.
    #[napi(catch_unwind, ts_return_type = "Promise<JsArray>")]
    pub fn at<'env>(
        &self,
        env: &'env Env,
        control: &Control,
        when: JsEvolution,
        cross_kernel: Option<JsArray>,
        initial_cross: Option<JsArray>,
    ) -> napi::Result<Object<'env>> {
        let (flow, single, when) = (run(|| self.flow().cloned())?, self.single, run(|| when.read())?);
        let (cross, start) =
            run(|| Ok((optional(&cross_kernel, "crossKernel")?, optional(&initial_cross, "initialCross")?)))?;
        let work = move |c: &base::Control| {
            c.check()?;
            let h = match &cross {
                None => flow.train(when)?,
                Some(cross) => flow.test(when, cross, start.as_ref())?,
            };
            let narrow = |m: Matrix<f64>| Array::F32(m.data.iter().map(|v| *v as f32).collect(), vec![m.rows, m.cols]);
            Ok(if single { narrow(h) } else { out(h) })
        };
        spawn(env, control, work, to_js)
    }

    /// Lets go of the decomposition at once, where JavaScript's collector would do so some day. Twice is as once.
    #[napi(catch_unwind)]
    pub fn dispose(&mut self) {
        self.flow = None;
    }

    /// Residuals in the eigenbasis [n, c].
    #[napi(catch_unwind)]
    pub fn residual(&self, when: JsEvolution) -> napi::Result<JsArray> {
        run(|| self.flow()?.residual_components(when.read()?).map(|m| JsArray::from(out(m))))
    }

    #[napi(catch_unwind)]
    pub fn rates(&self) -> napi::Result<JsArray> {
        run(|| Ok(JsArray::from(list(self.flow()?.rates()))))
    }

    #[napi(catch_unwind)]
    pub fn eigenvalues(&self) -> napi::Result<JsArray> {
        run(|| Ok(JsArray::from(list(self.flow()?.eigen().values.clone()))))
    }

    #[napi(catch_unwind)]
    pub fn eigenvectors(&self) -> napi::Result<JsArray> {
        run(|| {
            let vectors = &self.flow()?.eigen().vectors;
            let data = base::memory::collect("eigenvectors", vectors.data.len(), vectors.data.iter().copied())?;
            Ok(JsArray::f64(data, &[vectors.rows, vectors.cols]))
        })
    }

    #[napi(catch_unwind)]
    pub fn largest_learning_rate(&self, momentum: f64) -> napi::Result<f64> {
        run(|| Ok(self.flow()?.largest_learning_rate(momentum)))
    }

    /// Mean [m, c] and covariance [m, m] over initialisations.
    #[napi(catch_unwind)]
    pub fn ensemble(
        &self,
        when: JsEvolution,
        cross_kernel: JsArray,
        nngp: JsArray,
        nngp_cross: JsArray,
        nngp_test: JsArray,
    ) -> napi::Result<Vec<JsArray>> {
        run(|| {
            let cross = rows(&cross_kernel, "crossKernel")?;
            let prior = [rows(&nngp, "nngp")?, rows(&nngp_cross, "nngpCross")?, rows(&nngp_test, "nngpTest")?];
            let e = self.flow()?.ensemble(when.read()?, &cross, [&prior[0], &prior[1], &prior[2]])?;
            Ok(vec![JsArray::from(out(e.mean)), JsArray::from(out(e.covariance))])
        })
    }
}
