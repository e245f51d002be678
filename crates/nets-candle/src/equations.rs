//! The losses of formulas: of equations at points, and of one output and its target.

use crate::data::Picks;
use crate::device::{Device, Real, lift};
use crate::formula::evaluate;
use crate::objective::downcast;
use crate::signal::Signal;
use crate::spectral::Parts;
use base::{Error, Result};
use candle_core::{DType, Tensor};
use expressions::{Graph, Id};
use nets::network::spec::Coefficients;
use nets::training::Bound;
use nets::training::losses::equations::{Kind, Use};
use nets::training::losses::{Equations, Expression};
use std::sync::Arc;

/// Equations at the points of all terms; where a term has none, its formula is computed and has the weight 0.
#[derive(Clone)]
pub struct Terms {
    terms: Vec<Term>,
    /// `[.., d]`.
    inputs: Tensor,
    /// Points of one replica.
    total: usize,
}

#[derive(Clone)]
struct Term {
    graph: Arc<Graph>,
    residual: Id,
    uses: Vec<Use>,
    places: Vec<usize>,
    kind: Kind,
    weights: Tensor,
    data: Vec<Tensor>,
}

/// What is trained lies in the network's own parameters here.
fn untrained(coefficients: &Coefficients) -> Result<()> {
    match coefficients.trained().next() {
        Some(own) => {
            let message = format!("{} is trained, which the CUDA engine cannot do; use device 'cpu'", own.name);
            Err(Error::argument(format!("loss.parameters: {message}")))
        }
        None => Ok(()),
    }
}

impl Terms {
    pub fn new<T: Real>(bounds: &[Bound<T>], device: &Device) -> Result<Self> {
        let all = bounds.iter().map(downcast::<T, Equations<T>>).collect::<Result<Vec<_>>>()?;
        let (first, total) = (all[0], bounds[0].samples);
        untrained(&first.coefficients)?;
        let flat = |values: Vec<T>| lift(Tensor::from_vec(values, total * all.len(), &device.candle()));
        let mut terms = Vec::new();
        for (k, term) in first.terms.iter().enumerate() {
            if term.kind == Kind::Pairs {
                let message = "periodic conditions cannot be run by the CUDA engine; use device 'cpu'";
                return Err(Error::argument(format!("loss.{}: {message}", term.name)));
            }
            // A list over all points, zero at those of other terms.
            let spread = |of: &dyn Fn(&nets::training::losses::equations::Term<T>, usize) -> T| {
                let one = |loss: &&Equations<T>| {
                    let term = &loss.terms[k];
                    let mut values = vec![T::ZERO; total];
                    let own = term.samples.clone().enumerate();
                    own.for_each(|(i, sample)| values[sample] = of(term, i));
                    values
                };
                flat(all.iter().flat_map(one).collect())
            };
            let share = |term: &nets::training::losses::equations::Term<T>, _: usize| {
                <T as candle_core::WithDType>::from_f64(term.weight / term.samples.len() as f64)
            };
            let data = (0..term.data.len()).map(|column| spread(&|term, i| term.data[column][i]));
            terms.push(Term {
                graph: Arc::new(term.graph.clone()),
                residual: term.residual,
                uses: term.uses.clone(),
                places: term.places.clone(),
                kind: term.kind,
                weights: spread(&share)?,
                data: data.collect::<Result<_>>()?,
            });
        }
        let inputs: Vec<T> = all.iter().flat_map(|loss| loss.inputs.iter().copied()).collect();
        let inputs = lift(Tensor::from_vec(inputs, (total * all.len(), first.dimensions), &device.candle()))?;
        Ok(Terms { terms, inputs, total })
    }

    pub fn picked(&self, picks: &Picks) -> candle_core::Result<Self> {
        let term = |term: &Term| {
            let data = term.data.iter().map(|column| picks.of(column)).collect::<candle_core::Result<_>>()?;
            Ok(Term { weights: picks.of(&term.weights)?, data, ..term.clone() })
        };
        let terms = self.terms.iter().map(term).collect::<candle_core::Result<_>>()?;
        Ok(Terms { terms, inputs: picks.of(&self.inputs)?, total: self.total })
    }

    pub fn losses(&self, output: &Signal) -> candle_core::Result<Parts> {
        let mut sums: [Option<Tensor>; 2] = [None, None];
        let mut energy = false;
        for term in &self.terms {
            let column = |x: &Tensor, k: usize| x.narrow(2, k, 1)?.squeeze(2);
            let variable = |(used, place): (&Use, &usize)| match used {
                Use::Input { input, .. } => column(&self.inputs, *input),
                Use::Data(k) => Ok(term.data[*k].clone()),
                Use::Jet { output: o, .. } | Use::Sum { output: o } => column(output.part(*place), *o),
                Use::Coefficient(_) => candle_core::bail!("no coefficient is trained here"),
            };
            let variables = term.uses.iter().zip(&term.places).map(|pair| variable(pair).map(Some));
            let variables = variables.collect::<candle_core::Result<Vec<_>>>()?;
            let place = (output.value.dtype(), output.value.device());
            let residual = evaluate(&term.graph, &[term.residual], &variables, place)?.remove(0);
            let residual = residual.broadcast_as(term.weights.shape())?;
            energy |= term.kind == Kind::Energy;
            let each = if term.kind == Kind::Energy { residual } else { residual.sqr()? };
            let sum = (each * &term.weights)?.to_dtype(DType::F64)?.sum(1)?;
            // In a mini-batch each point stands for its share of the data.
            let sum = (sum * (self.total as f64 / term.weights.dim(1)? as f64))?;
            let side = &mut sums[usize::from(term.kind == Kind::Condition)];
            *side = Some(match side.take() {
                None => sum,
                Some(before) => (before + sum)?,
            });
        }
        let [inner, outer] = sums;
        let inner = inner.expect("a loss has an equation");
        let outer = outer.map_or_else(|| inner.zeros_like(), Ok)?;
        let name = if energy { "energy" } else { "equation" };
        Ok(Parts { total: (&inner + &outer)?, parts: vec![(name, inner), ("conditions", outer)] })
    }
}

/// A formula of one output and its target.
#[derive(Clone)]
pub struct Pointwise {
    graph: Arc<Graph>,
    value: Id,
    /// `[.., output]`, of zeros where the formula has no target.
    targets: Tensor,
    weights: Option<Tensor>,
    /// `[.., d]`.
    inputs: Tensor,
}

impl Pointwise {
    /// `shape` is that of one output.
    pub fn new<T: Real>(bounds: &[Bound<T>], shape: &[usize], device: &Device) -> Result<Self> {
        let all = bounds.iter().map(downcast::<T, Expression<T>>).collect::<Result<Vec<_>>>()?;
        let first = all[0];
        untrained(&first.coefficients)?;
        let n = bounds[0].samples * all.len();
        let full: Vec<usize> = [n].iter().chain(shape).copied().collect();
        let whole = |values: Vec<T>| lift(Tensor::from_vec(values, &full[..], &device.candle()));
        let entries = full.iter().product();
        let mut targets: Vec<T> = all.iter().flat_map(|loss| loss.targets.iter().copied()).collect();
        targets.resize(entries, T::ZERO);
        let weights: Vec<T> = all.iter().flat_map(|loss| loss.weights.iter().copied()).collect();
        let weights = match weights.len() {
            0 => None,
            given => {
                let repeats = entries / given;
                Some(whole(weights.into_iter().flat_map(|w| std::iter::repeat_n(w, repeats)).collect())?)
            }
        };
        let inputs: Vec<T> = all.iter().flat_map(|loss| loss.inputs.iter().copied()).collect();
        let inputs = lift(Tensor::from_vec(inputs, (n, first.dimensions), &device.candle()))?;
        let (graph, value) = first.formula();
        Ok(Pointwise { graph: Arc::new(graph.clone()), value, targets: whole(targets)?, weights, inputs })
    }

    pub fn picked(&self, picks: &Picks) -> candle_core::Result<Self> {
        Ok(Pointwise {
            targets: picks.of(&self.targets)?,
            weights: self.weights.as_ref().map(|weights| picks.of(weights)).transpose()?,
            inputs: picks.of(&self.inputs)?,
            ..self.clone()
        })
    }

    /// Of each replica.
    pub fn loss(&self, output: &Signal) -> candle_core::Result<Tensor> {
        let h = &output.value;
        let input = |k: usize| {
            let mut column = self.inputs.narrow(2, k, 1)?;
            while column.rank() < h.rank() {
                column = column.unsqueeze(2)?;
            }
            Ok(Some(column))
        };
        let mut variables = vec![Some(h.clone()), Some(self.targets.clone())];
        variables.extend((0..self.inputs.dim(2)?).map(input).collect::<candle_core::Result<Vec<_>>>()?);
        let each = evaluate(&self.graph, &[self.value], &variables, (h.dtype(), h.device()))?.remove(0);
        let mut each = each.broadcast_as(h.shape())?;
        if let Some(weights) = &self.weights {
            each = (each * weights)?;
        }
        each.to_dtype(DType::F64)?.flatten_from(1)?.mean(1)
    }
}
