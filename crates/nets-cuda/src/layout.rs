//! Where the numbers of a block lie in its shared memory. Places count numbers from the first one behind the sums.

use crate::chain::{Chain, Kind};
use crate::functions::stores_slope;

/// Numbers of a step that all threads read: rate, shrink, root, and room up to a whole line.
const CHANGING: usize = 8;

#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Bytes of a number: 4 or 8.
    pub size: usize,
    pub threads: usize,
    /// Rows that go through the network together, a multiple of 4, and from one feature to the next.
    pub tile: usize,
    pub lead: usize,
    pub operations: Vec<Places>,
    pub input: usize,
    pub targets: usize,
    pub ones: usize,
    /// The parts of the gradient, in shared memory or in the card's.
    pub slots: Option<usize>,
    pub slots_length: usize,
    /// Both moments, in shared memory or in the card's.
    pub moments: Option<usize>,
    /// All of it, the sums of the threads included.
    pub bytes: usize,
    /// Blocks that share a multiprocessor: the compiler leaves registers for as many.
    pub resident: usize,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Places {
    pub input: usize,
    pub output: usize,
    /// Of the deltas: that of the values where the slope follows from them.
    pub delta: usize,
    pub stored: bool,
    /// Whether the gradient of the input is wanted.
    pub back: bool,
    pub weights: usize,
    pub weights_lead: usize,
    pub transposed: usize,
    pub transposed_lead: usize,
    pub frequencies: usize,
    /// Of the first parameter in the kernels' order.
    pub parameters: usize,
    pub slots: usize,
    pub slices: usize,
}

/// What is chosen for a shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    pub threads: usize,
    pub tile: usize,
    pub slots_shared: bool,
    pub moments_shared: bool,
}

/// Neighbours that one thread works on.
pub fn strip(count: usize) -> usize {
    if count < 3 { count } else { 4 }
}

/// Whole vectors of four where the strips are.
fn padded(count: usize) -> usize {
    if count < 3 { count } else { count.next_multiple_of(4) }
}

/// Tiles of the gradient by a dense layer's weights.
pub fn gradient_items(inputs: usize, outputs: usize) -> usize {
    inputs.div_ceil(strip(inputs)) * outputs.div_ceil(strip(outputs))
}

struct Room(usize);

impl Room {
    fn take(&mut self, numbers: usize) -> usize {
        let place = self.0;
        self.0 += numbers.next_multiple_of(4);
        place
    }
}

impl Layout {
    pub fn new(chain: &Chain, size: usize, choice: Choice) -> Self {
        let Choice { threads, tile, slots_shared, moments_shared } = choice;
        // Sixteen bytes are read at once, by eight lanes together: an odd number of them from one feature to the next.
        let unit = 16 / size;
        let lead = if (tile / unit) % 2 == 1 { tile } else { tile + unit };
        let mut room = Room(0);
        let input = room.take(chain.inputs * lead);
        let (prefix, mut below) = (chain.prefix(), input);
        let (mut parameters, mut slots_length) = (0, 0);
        let mut operations = Vec::with_capacity(chain.operations.len());
        for (index, operation) in chain.operations.iter().enumerate() {
            let block = operation.outputs * lead;
            let output = room.take(block);
            let learnt = index >= prefix;
            let stored = learnt && stores_slope(&operation.function);
            let separate = learnt && (stored || matches!(operation.kind, Kind::Fourier { .. }));
            let mut places = Places {
                input: below,
                output,
                delta: if separate { room.take(block) } else { output },
                stored,
                back: index > prefix,
                ..Places::default()
            };
            match operation.kind {
                Kind::Dense { bias, .. } => {
                    let rows = operation.inputs + usize::from(bias.is_some());
                    places.weights_lead = padded(operation.outputs);
                    places.weights = room.take((operation.inputs + 1) * places.weights_lead);
                    if places.back {
                        places.transposed_lead = padded(operation.inputs);
                        places.transposed = room.take(operation.outputs * places.transposed_lead);
                    }
                    let items = gradient_items(rows, operation.outputs);
                    places.slices = (threads / items).clamp(1, (tile / 4).min(16));
                    places.slots = slots_length;
                    places.parameters = parameters;
                    slots_length += places.slices * operation.count();
                    parameters += operation.count();
                }
                Kind::Fourier { .. } => {
                    places.frequencies = room.take(operation.outputs / 2 * (operation.inputs + 1));
                }
                Kind::Map => {}
            }
            below = output;
            operations.push(places);
        }
        let targets = room.take(chain.outputs() * lead);
        let ones = room.take(tile);
        let slots = slots_shared.then(|| room.take(slots_length));
        let moments = moments_shared.then(|| room.take(2 * parameters));
        let bytes = (threads + 32) * size_of::<f64>() + (CHANGING + room.0) * size;
        Layout {
            size,
            threads,
            tile,
            lead,
            operations,
            input,
            targets,
            ones,
            slots,
            slots_length: slots_length.next_multiple_of(4),
            moments,
            bytes,
            resident: 1,
        }
    }
}
