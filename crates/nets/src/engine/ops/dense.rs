//! `Z = X W^T + b`, or `(sigmaW / sqrt(fan_in)) X W^T + sigmaB b` with the `ntk` parameterisation.
//!
//! Forward: rows of X (with the column of ones) times panels of W. Backward: `dX = dZ W` against panels of the
//! transposed weight, rebuilt once a step, and `dW = dZ^T X` straight into panels, the ones giving the bias its sum.

use crate::engine::block::Block;
use crate::engine::chunk::Chunk;
use crate::engine::op::{Flow, Op, Shared, Slot, Wiring};
use crate::engine::placement::{Panels, Placement};
use crate::engine::program::Builder;
use crate::network::shapes::ResolvedLayer;
use crate::network::spec::{Dense as Spec, Parameterization};
use compute::{Kernel, Lanes, Layout, Left, Scalar, SimdPath, product};
use std::ops::Range;

struct Dense<T> {
    input: Block,
    output: Block,
    start: usize,
    /// Rows: the inputs, and the bias if there is one.
    panels: Panels,
    /// Columns: the inputs; rows: the units. `None` where no gradient of the input is wanted.
    transposed: Option<Panels>,
    /// Factors of weight and bias where they are not 1.
    factors: Option<[T; 2]>,
}

pub fn push<T: Scalar>(builder: &mut Builder<T>, layer: &ResolvedLayer, spec: &Spec, input: Slot) -> Slot {
    let (from, to) = (builder.block(input), Block::new::<T>(&layer.output));
    let inputs = from.width;
    let factors = match spec.parameterization {
        Parameterization::Standard => None,
        Parameterization::Ntk => Some([spec.sigma_w / (inputs as f64).sqrt(), spec.sigma_b].map(T::from_f64)),
    };
    if spec.units == 1 {
        return super::single::push(builder, layer, spec, factors, input);
    }
    let panels = Panels::new::<T>(spec.units, inputs + usize::from(spec.bias));
    let start = builder.reserve(panels.size());
    builder.place(layer.parameters[0], Placement::Weight { start, inputs, panels });
    if spec.bias {
        builder.place(layer.parameters[1], Placement::Bias { start, row: inputs, panels });
    }
    let transposed = builder.wants(input).then(|| Panels::new::<T>(inputs, spec.units));
    builder.push(Dense { input: from, output: to, start, panels, transposed, factors }, vec![input], &layer.output)
}

impl<T: Scalar> Dense<T> {
    fn effective(&self) -> usize {
        if self.factors.is_some() { self.panels.size() } else { 0 }
    }

    /// Multiplies the rows of weights and the row of biases by their factors.
    fn scale(&self, [weight, bias]: [T; 2], panels: &mut [T]) {
        let width = T::PANEL * self.panels.rows;
        for panel in panels.chunks_mut(width) {
            let columns = panel.len() / self.panels.rows;
            let (weights, biases) = panel.split_at_mut(columns * self.input.width);
            weights.iter_mut().for_each(|x| *x *= weight);
            biases.iter_mut().for_each(|x| *x *= bias);
        }
    }
}

impl<T: Scalar> Op<T> for Dense<T> {
    fn forward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>) {
        let rows = chunk.points * chunk.copies * self.input.tokens;
        let weights = match self.factors {
            None => &shared.parameters[self.parameters()],
            Some(_) => &shared.derived[wiring.derived][..self.panels.size()],
        };
        let (input, output, _) = chunk.forward(wiring);
        product(
            shared.path,
            [rows, self.panels.padded(), self.panels.rows],
            Left { data: input, row: self.input.lead, column: 1 },
            (weights, Layout::packed::<T>(self.panels.rows)),
            (output, Layout::plain::<T>(self.output.lead)),
            false,
        );
        chunk.set_ones(wiring.output);
    }

    fn backward(&self, shared: &Shared<T>, wiring: &Wiring, chunk: &mut Chunk<T>, gradient: &mut [T], fresh: bool) {
        let rows = chunk.points * chunk.copies * self.input.tokens;
        let pass = chunk.backward(wiring);
        product(
            shared.path,
            [self.panels.rows, self.panels.padded(), rows],
            Left { data: pass.input, row: 1, column: self.input.lead },
            (pass.output_gradient, Layout::plain::<T>(self.output.lead)),
            (&mut gradient[self.parameters()], Layout::packed::<T>(self.panels.rows)),
            !fresh,
        );
        if let (Some(into), Some(transposed)) = (pass.input_gradient, self.transposed) {
            product(
                shared.path,
                [rows, transposed.padded(), transposed.rows],
                Left { data: pass.output_gradient, row: self.output.lead, column: 1 },
                (&shared.derived[wiring.derived][self.effective()..], Layout::packed::<T>(transposed.rows)),
                (into, Layout::plain::<T>(self.input.lead)),
                wiring.flow() == Flow::Add,
            );
        }
    }

    fn finish(&self, gradient: &mut [T]) {
        if let Some(factors) = self.factors {
            self.scale(factors, &mut gradient[self.parameters()]);
        }
    }

    fn parameters(&self) -> Range<usize> {
        self.start..self.start + self.panels.size()
    }

    fn derived(&self) -> usize {
        self.effective() + self.transposed.map_or(0, |panels| panels.size())
    }

    fn refresh(&self, parameters: &[T], derived: &mut [T], backward: bool) {
        let own = &parameters[self.parameters()];
        let (effective, transposed) = derived.split_at_mut(self.effective());
        if let Some(factors) = self.factors {
            effective.copy_from_slice(own);
            self.scale(factors, effective);
        }
        if let (Some(to), true) = (self.transposed, backward) {
            let from = if self.factors.is_some() { effective } else { own };
            T::dispatch(SimdPath::current(), Transpose { from, panels: self.panels, into: transposed, to });
        }
    }

    /// Weights beyond a level-2 cache are worth loading for several rows only.
    fn samples(&self) -> usize {
        if self.panels.size() * size_of::<T>() > 512 << 10 { usize::MAX } else { 1 }
    }

    fn reads_output(&self) -> bool {
        false
    }

    fn work(&self) -> usize {
        self.input.tokens * self.panels.size()
    }
}

/// Panels of weights (rows: inputs, columns: units) into panels of their transpose (rows: units, columns: inputs).
struct Transpose<'a, T> {
    from: &'a [T],
    panels: Panels,
    into: &'a mut [T],
    to: Panels,
}

impl<T: Scalar> Kernel<T> for Transpose<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Transpose { from, panels, into, to } = self;
        assert!(from.len() >= panels.size() && into.len() >= to.size());
        let (units, inputs) = (panels.units, to.units);
        for unit in (0..units).step_by(T::HALF) {
            for input in (0..inputs).step_by(T::HALF) {
                if unit + T::HALF <= units && input + T::HALF <= inputs {
                    let (source, target) = (panels.index(unit, input), to.index(input, unit));
                    // SAFETY: a whole square inside both panels, whose sizes were checked.
                    unsafe {
                        let (source, target) = (from.as_ptr().add(source), into.as_mut_ptr().add(target));
                        V::transpose(source, panels.width(unit), target, to.width(input));
                    }
                } else {
                    for u in unit..(unit + T::HALF).min(units) {
                        for i in input..(input + T::HALF).min(inputs) {
                            into[to.index(i, u)] = from[panels.index(u, i)];
                        }
                    }
                }
            }
        }
    }
}
