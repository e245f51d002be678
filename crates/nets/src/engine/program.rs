//! A network compiled for the engine: operations in order, the blocks between them, the arena of parameters.

use super::block::Block;
use super::op::{Op, Slot, Wiring};
use super::placement::Placement;
use crate::network::shapes::{Parameter, ResolvedNetwork};
use compute::{Buffer, Scalar};

/// What else than a plain forward and backward pass is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// Carry derivatives by the input.
    pub jets: Option<super::jets::Jets>,
    /// Give the gradient by the input as well.
    pub input_gradient: bool,
    /// Coefficients of the loss that are trained with the network.
    pub coefficients: usize,
}

/// One operation in its place.
pub struct Node<T: Scalar> {
    pub op: Box<dyn Op<T>>,
    pub wiring: Wiring,
    /// Whether the backward pass visits it.
    pub backward: bool,
    /// Index of the top-level layer that it belongs to.
    pub layer: usize,
}

/// Operations, blocks and parameters of a network. Made by [`compile`](super::compile::compile).
pub struct Program<T: Scalar> {
    pub nodes: Vec<Node<T>>,
    pub slots: Vec<Block>,
    pub output: Slot,
    pub options: Options,
    /// The public tensors, and where their numbers lie.
    pub tensors: Vec<Parameter>,
    pub placements: Vec<Placement>,
    /// The trained coefficients of the loss in the arena; they are the last tensor.
    pub coefficients: std::ops::Range<usize>,
    /// Length of the arena.
    pub arena: usize,
    /// Numbers a sample of each gradient buffer.
    pub gradient_sizes: Vec<usize>,
    /// Which buffer holds the gradient of a slot.
    pub(super) gradient_places: Vec<Option<usize>>,
    pub(super) state_length: usize,
}

impl<T: Scalar> Program<T> {
    /// Copies of each sample in a block: 1, or the parts of a jet.
    pub fn copies(&self) -> usize {
        self.options.jets.as_ref().map_or(1, super::jets::Jets::copies)
    }

    pub fn input_block(&self) -> Block {
        self.slots[0]
    }

    pub fn output_block(&self) -> Block {
        self.slots[self.output.0]
    }

    pub(super) fn gradient_of(&self, slot: Slot) -> usize {
        self.gradient_places[slot.0].expect("the backward pass visits only slots that have a gradient")
    }

    /// Numbers of the flat, row-major list of all parameters.
    pub fn parameter_count(&self) -> usize {
        self.tensors.last().map_or(0, |last| last.range().end)
    }

    /// Whether a training pass needs the whole batch in one chunk.
    pub fn whole_batch(&self) -> bool {
        self.nodes.iter().any(|node| node.op.whole_batch())
    }

    /// Samples that a batch of a training must have at least.
    pub fn least_batch(&self) -> usize {
        self.nodes.iter().map(|node| node.op.least_batch()).max().unwrap_or(1)
    }

    /// Values and gradients of one sample in blocks that lie as close as may be: what plans count with.
    pub fn numbers_of_sample(&self) -> usize {
        let mut gradients = vec![0; self.gradient_sizes.len()];
        for (block, place) in self.slots.iter().zip(&self.gradient_places) {
            if let Some(place) = *place {
                gradients[place] = block.closest::<T>().max(gradients[place]);
            }
        }
        self.slots.iter().map(|block| block.closest::<T>()).sum::<usize>() + gradients.iter().sum::<usize>()
    }

    /// Multiply-adds of a forward pass over one sample.
    pub fn work(&self) -> usize {
        self.nodes.iter().map(|node| node.op.work()).sum::<usize>() * self.copies()
    }

    /// Samples of a chunk that the operations need to work at full speed.
    pub fn samples(&self) -> usize {
        self.nodes.iter().map(|node| node.op.samples()).max().unwrap_or(1)
    }

    /// The arena's numbers as the flat, row-major list.
    pub fn unpack(&self, arena: &[T]) -> Vec<T> {
        let mut flat = vec![T::ZERO; self.parameter_count()];
        for (tensor, placement) in self.tensors.iter().zip(&self.placements) {
            for (i, value) in flat[tensor.range()].iter_mut().enumerate() {
                *value = arena[placement.index(i)];
            }
        }
        flat
    }

    /// The inverse of [`unpack`](Self::unpack); padding is left as it is.
    pub fn pack(&self, flat: &[T], arena: &mut [T]) {
        for (tensor, placement) in self.tensors.iter().zip(&self.placements) {
            for (i, value) in flat[tensor.range()].iter().enumerate() {
                arena[placement.index(i)] = *value;
            }
        }
    }

    /// An arena of zeros.
    pub fn new_arena(&self) -> Buffer<T> {
        Buffer::zeros(self.arena)
    }

    /// One array for each operation, empty for most.
    pub fn new_derived(&self) -> Vec<Buffer<T>> {
        self.nodes.iter().map(|node| Buffer::zeros(node.op.derived())).collect()
    }

    /// Length of the state that is not trained.
    pub fn state_length(&self) -> usize {
        self.state_length
    }
}

/// Builds a [`Program`] operation by operation.
pub struct Builder<'a, T: Scalar> {
    pub network: &'a ResolvedNetwork,
    pub options: Options,
    pub layer: usize,
    nodes: Vec<Node<T>>,
    slots: Vec<Block>,
    /// Whether a slot's gradient leads to a parameter.
    wanted: Vec<bool>,
    placements: Vec<Option<Placement>>,
    arena: usize,
}

impl<'a, T: Scalar> Builder<'a, T> {
    pub fn new(network: &'a ResolvedNetwork, options: Options) -> Self {
        Builder {
            network,
            layer: 0,
            nodes: Vec::new(),
            slots: vec![Block::new::<T>(&network.input)],
            wanted: vec![options.input_gradient],
            placements: vec![None; network.parameters.len()],
            arena: 0,
            options,
        }
    }

    /// The block of a slot.
    pub fn block(&self, slot: Slot) -> Block {
        self.slots[slot.0]
    }

    /// Whether the gradient of a slot will be wanted.
    pub fn wants(&self, slot: Slot) -> bool {
        self.wanted[slot.0]
    }

    /// Reserves `length` numbers of the arena, beginning on a cache line; returns where.
    pub fn reserve(&mut self, length: usize) -> usize {
        let start = self.arena;
        self.arena = (start + length).next_multiple_of(2 * T::PANEL);
        start
    }

    /// Says where parameter `index` of the network lies.
    pub fn place(&mut self, index: usize, placement: Placement) {
        self.placements[index] = Some(placement);
    }

    /// Appends an operation that writes a new slot with samples of `shape`.
    pub fn push(&mut self, op: impl Op<T> + 'static, inputs: Vec<Slot>, shape: &[usize]) -> Slot {
        let output = Slot(self.slots.len());
        self.slots.push(Block::new::<T>(shape));
        let wanted = !op.parameters().is_empty() || inputs.iter().any(|slot| self.wanted[slot.0]);
        self.wanted.push(wanted);
        self.append(Box::new(op), inputs, output);
        output
    }

    /// Appends an operation with one input, in place if it can and nobody else (`shared`) needs that input.
    pub fn push_in_place(&mut self, op: impl Op<T> + 'static, input: Slot, shared: bool, shape: &[usize]) -> Slot {
        let producer = self.nodes.iter().rev().find(|node| node.wiring.output == input);
        let free = producer.is_some_and(|node| !node.op.reads_output());
        if op.can_work_in_place() && free && !shared && input.0 != 0 {
            self.append(Box::new(op), vec![input], input);
            return input;
        }
        self.push(op, vec![input], shape)
    }

    fn append(&mut self, op: Box<dyn Op<T>>, inputs: Vec<Slot>, output: Slot) {
        let place = self.nodes.len();
        let flows = vec![super::op::Flow::Skip; inputs.len()];
        let wiring = Wiring { inputs, flows, output, cache: place, derived: place };
        let backward = self.wanted[output.0];
        self.nodes.push(Node { op, wiring, backward, layer: self.layer });
    }

    pub fn finish(mut self, output: Slot) -> Program<T> {
        let (gradient_places, gradient_sizes) = self.plan_gradients(output);
        let count = self.options.coefficients;
        let start = self.reserve(count);
        let mut placements: Vec<Placement> =
            self.placements.into_iter().map(|p| p.expect("every parameter has its operation")).collect();
        let mut tensors = self.network.parameters.clone();
        if count > 0 {
            let offset = self.network.parameter_count();
            tensors.push(Parameter { name: "loss.parameters".to_owned(), shape: vec![count], offset });
            placements.push(Placement::Flat { start });
        }
        Program {
            coefficients: start..start + count,
            nodes: self.nodes,
            slots: self.slots,
            output,
            options: self.options,
            tensors,
            placements,
            arena: self.arena,
            gradient_sizes,
            gradient_places,
            state_length: self.network.buffer_count(),
        }
    }

    /// Walks backward, decides who stores and who adds, and lets gradients that are never alive together share a
    /// buffer: a plain chain of layers needs two.
    fn plan_gradients(&mut self, output: Slot) -> (Vec<Option<usize>>, Vec<usize>) {
        use super::op::Flow;
        let mut places: Vec<Option<usize>> = vec![None; self.slots.len()];
        let mut sizes = vec![self.slots[output.0].sample()];
        let mut free: Vec<usize> = Vec::new();
        places[output.0] = Some(0);
        for node in self.nodes.iter_mut().rev().filter(|node| node.backward) {
            let wiring = &mut node.wiring;
            for k in 0..wiring.inputs.len() {
                let input = wiring.inputs[k];
                wiring.flows[k] = if !self.wanted[input.0] {
                    Flow::Skip
                } else if places[input.0].is_some() && input != wiring.output {
                    Flow::Add
                } else {
                    Flow::Store
                };
                if wiring.flows[k] == Flow::Store && places[input.0].is_none() {
                    let place = free.pop().unwrap_or_else(|| {
                        sizes.push(0);
                        sizes.len() - 1
                    });
                    sizes[place] = sizes[place].max(self.slots[input.0].sample());
                    places[input.0] = Some(place);
                }
            }
            if !wiring.inputs.contains(&wiring.output)
                && let Some(place) = places[wiring.output.0]
            {
                free.push(place);
            }
        }
        (places, sizes)
    }
}
