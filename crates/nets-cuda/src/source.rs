//! The text that is compiled for one shape: its numbers as macros, its operations as types, then the kernel.

use crate::chain::{Chain, Kind};
use crate::functions;
use crate::layout::Layout;
use std::fmt::Write;

const DEVICE: &str = include_str!("../kernels/device.cu");
const OPERATIONS: &str = include_str!("../kernels/operations.cu");
const RULES: &str = include_str!("../kernels/rules.cu");
const TRAIN: &str = include_str!("../kernels/train.cu");

/// For NVRTC.
pub fn for_card(chain: &Chain, layout: &Layout) -> String {
    compose(chain, layout, DEVICE, "")
}

/// With other words for what is CUDA's own (`kernels/device.cu`), and an end: how tests compile the same kernel for the host.
pub fn compose(chain: &Chain, layout: &Layout, words: &str, end: &str) -> String {
    let (numbers, operations) = (numbers(chain, layout), operations(chain, layout));
    [&numbers, words, RULES, OPERATIONS, &operations, TRAIN, end].join("\n")
}

fn numbers(chain: &Chain, layout: &Layout) -> String {
    let mut text = String::new();
    writeln!(text, "typedef {} real;", if layout.size == 4 { "float" } else { "double" }).expect("a string takes all");
    for (name, value) in [
        ("THREADS", layout.threads),
        ("RESIDENT", layout.resident),
        ("TILE", layout.tile),
        ("LEAD", layout.lead),
        ("INPUTS", chain.inputs),
        ("OUTPUTS", chain.outputs()),
        ("PARAMETERS", chain.parameters),
        ("BUFFERS", chain.buffers),
        ("INPUT", layout.input),
        ("TARGETS", layout.targets),
        ("ONES", layout.ones),
        ("SLOTS_SHARED", usize::from(layout.slots.is_some())),
        ("SLOTS", layout.slots.unwrap_or(0)),
        ("SLOTS_LENGTH", layout.slots_length),
        ("MOMENTS_SHARED", usize::from(layout.moments.is_some())),
        ("MOMENTS", layout.moments.unwrap_or(0)),
    ] {
        writeln!(text, "#define {name} {value}").expect("a string takes all");
    }
    text
}

fn operations(chain: &Chain, layout: &Layout) -> String {
    let mut text = String::new();
    for (index, (operation, places)) in chain.operations.iter().zip(&layout.operations).enumerate() {
        text.push_str(&functions::text(&format!("Function{index}"), &operation.function));
        let (template, factors, bias, place) = match operation.kind {
            Kind::Dense { factors, bias, .. } => ("Dense", factors, bias.is_some(), places.parameters),
            Kind::Map => ("Map", [1.0; 2], false, 0),
            Kind::Fourier { place } => ("Fourier", [1.0; 2], false, place),
        };
        let below = index.checked_sub(1);
        let numbers = [
            ("IN", operation.inputs),
            ("OUT", operation.outputs),
            ("BIAS", usize::from(bias)),
            ("PLACE", place),
            ("INPUT_PLACE", places.input),
            ("OUTPUT", places.output),
            ("DELTA", places.delta),
            ("STORED", usize::from(places.stored)),
            ("BACK", usize::from(places.back)),
            ("WEIGHTS", places.weights),
            ("WLEAD", places.weights_lead),
            ("TRANSPOSED", places.transposed),
            ("TLEAD", places.transposed_lead),
            ("FREQUENCIES", places.frequencies),
            ("SLOTS_PLACE", places.slots),
            ("SLICES", places.slices),
            ("BELOW_DELTA", below.map_or(0, |below| layout.operations[below].delta)),
        ];
        let numbers: Vec<String> = numbers.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let [weight, bias] = factors;
        writeln!(
            text,
            "struct Shape{index} {{\n  enum {{ {} }};\n  static constexpr double FW = {weight:e}, FB = {bias:e};\n  \
             typedef Function{index} F;\n  typedef Function{} BELOW;\n}};\ntypedef {template}<Shape{index}> Operation{index};",
            numbers.join(", "),
            below.unwrap_or(index)
        )
        .expect("a string takes all");
    }
    let prefix = chain.prefix();
    let all = || 0..chain.operations.len();
    let dense = |index: &usize| chain.operations[*index].is_dense();
    let fixed = |index: &usize| matches!(chain.operations[*index].kind, Kind::Fourier { .. });
    list(&mut text, "LEARNT", all().filter(dense));
    list(&mut text, "FIXED", all().filter(fixed));
    list(&mut text, "PREFIX", 0..prefix);
    list(&mut text, "CHAIN", all().skip(prefix));
    list(&mut text, "BACKWARD", all().skip(prefix).rev());
    writeln!(text, "typedef Shape{} Last;", chain.operations.len() - 1).expect("a string takes all");
    text
}

/// A macro that does something with each of these operations, in their order.
fn list(text: &mut String, name: &str, indices: impl Iterator<Item = usize>) {
    let each: Vec<String> = indices.map(|index| format!("DO(Operation{index})")).collect();
    writeln!(text, "#define {name}(DO) {}", each.join(" ")).expect("a string takes all");
}
