//! Entrywise functions. Where the slope is a function of the output (tanh, ReLU, ...), the output overwrites the input.

mod functions;
mod jet;
mod passes;

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Op, Shared, Slot, Wiring};
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::Activation as Function;
use compute::{Scalar, SimdPath, Typed};
use passes::{Backward, Evaluate, Forward, Source};

struct Activation {
    function: Function,
    block: Block,
    jets: Option<jet::Tables>,
}

pub fn push<T: Scalar>(
    builder: &mut Builder<T>,
    layer: &ResolvedLayer,
    function: Function,
    input: Slot,
    shared: bool,
) -> Slot {
    let tables = builder.options.jets.as_ref().map(jet::Tables::new);
    let jets = match (tables, &function) {
        (Some(None), _) | (_, Function::Expression(_)) => {
            return super::expression::push(builder, layer, &function.expression(), input);
        }
        (tables, _) => tables.flatten(),
    };
    builder.push_in_place(Activation { function, block: builder.block(input), jets }, input, shared, &layer.output)
}

/// The vectorised function by itself: `values` become `f(values)`, and `slopes` are multiplied by `f'` there.
pub fn evaluate<T: Scalar>(function: &Function, path: SimdPath, values: &mut [T], slopes: &mut [T]) {
    assert_eq!(values.len(), slopes.len());
    match function {
        Function::Expression(expression) => super::expression::evaluate(expression, path, values, slopes),
        _ => evaluate_typed(function, path, T::typed(values), T::typed(slopes)),
    }
}

/// Compiled once, in this crate.
fn evaluate_typed(function: &Function, path: SimdPath, values: Typed, slopes: Typed) {
    match (values, slopes) {
        (Typed::F32(values), Typed::F32(slopes)) => functions::run(function, path, Evaluate { values, slopes }),
        (Typed::F64(values), Typed::F64(slopes)) => functions::run(function, path, Evaluate { values, slopes }),
        _ => unreachable!("both of one type"),
    }
}

impl<T: Scalar> Op<T> for Activation {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        if let Some(tables) = &self.jets {
            let group = chunk.points * self.block.sample();
            let (input, values, _) = chunk.forward(wiring);
            let pass = jet::Forward { shape: jet::Shape { block: self.block, tables, group }, input, values };
            functions::run(&self.function, shared.path, pass);
        } else if wiring.in_place() {
            let values = chunk.value_mut(wiring.output);
            functions::run(&self.function, shared.path, Forward { block: self.block, source: Source::InPlace, values });
            if self.block.width.is_multiple_of(T::HALF) {
                // The column of ones was not touched.
                return;
            }
        } else {
            let (input, values, _) = chunk.forward(wiring);
            let source = Source::From(input);
            functions::run(&self.function, shared.path, Forward { block: self.block, source, values });
        }
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, _gradient: &mut [T], _fresh: bool) {
        let (in_place, flow) = (wiring.in_place(), wiring.flow());
        let group = chunk.points * self.block.sample();
        let mut pass = chunk.backward(wiring);
        let (block, input, output) = (self.block, pass.input, pass.output);
        if !in_place && pass.input_gradient.is_none() {
            return;
        }
        if let (Some(tables), Some(into)) = (&self.jets, pass.input_gradient.as_deref_mut()) {
            let shape = jet::Shape { block, tables, group };
            let work = jet::Backward { shape, input, output, flow, above: pass.output_gradient, into };
            return functions::run(&self.function, shared.path, work);
        }
        let work = Backward { block, input, output, flow, above: pass.output_gradient, into: pass.input_gradient };
        functions::run(&self.function, shared.path, work);
    }

    fn can_work_in_place(&self) -> bool {
        self.jets.is_none() && functions::slope_from_output(&self.function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::activations::every_activation;

    #[test]
    fn evaluating_gives_values_and_multiplies_slopes() {
        // 13 numbers: not whole vectors.
        let x: Vec<f64> = (0..13).map(|i| -3.05 + 0.5 * f64::from(i)).collect();
        for function in every_activation() {
            for path in SimdPath::available() {
                let (mut values, mut slopes) = (x.clone(), vec![2.0; 13]);
                evaluate(&function, path, &mut values, &mut slopes);
                for (i, x) in x.iter().enumerate() {
                    let [value, slope, ..] = function.derivatives(*x);
                    let near = |got: f64, want: f64| (got - want).abs() < 1e-14 * (1.0 + want.abs());
                    assert!(near(values[i], value) && near(slopes[i], 2.0 * slope), "{} {x}", function.name());
                }
            }
        }
    }
}
