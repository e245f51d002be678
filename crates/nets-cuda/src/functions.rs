//! Activations as text for the kernels: types with the value and the slope of the function.

use crate::chain::Function;
use expressions::{Graph, Id, Node, Operation};
use nets::network::spec::Activation;
use std::fmt::Write;

/// A type of that name with `both(z, value, slope)` and `slope(known)`: `known` is the value where the slope follows from it
/// (`STORED = 0`), else the slope that was stored.
pub fn text(name: &str, function: &Function) -> String {
    let (stored, both, slope) = parts(function);
    let slope = slope.unwrap_or_else(|| "known".to_owned());
    format!(
        "struct {name} {{\n  static constexpr int STORED = {};\n  \
         DEVICE void both(real x, real &value, real &slope) {{\n{both}  }}\n  \
         DEVICE real slope(real known) {{ return {slope}; }}\n}};\n",
        u8::from(stored)
    )
}

/// Whether the slope has to be stored.
pub fn stores_slope(function: &Function) -> bool {
    parts(function).0
}

/// Arithmetic of one value and its slope, in instructions, about: for predictions.
pub fn work(function: &Function) -> usize {
    match function {
        Function::Identity | Function::Scale(_) => 1,
        Function::Activation(activation) => match activation {
            Activation::Relu {}
            | Activation::LeakyRelu { .. }
            | Activation::ClippedRelu { .. }
            | Activation::Hat {} => 4,
            Activation::Tanh {} | Activation::Sigmoid {} | Activation::Elu { .. } | Activation::Silu {} => 25,
            _ => 40,
        },
    }
}

fn real(x: f64) -> String {
    format!("real({x:e})")
}

/// Whether the slope is stored; the statements that set `value` and `slope`; the slope from the value.
fn parts(function: &Function) -> (bool, String, Option<String>) {
    let from_value = |value: &str, slope: &str| {
        let known = slope.replace("value", "known");
        (false, format!("    value = {value};\n    slope = {slope};\n"), Some(known))
    };
    let stored = |text: &str| (true, text.lines().map(|line| format!("    {}\n", line.trim())).collect(), None);
    match function {
        Function::Identity => from_value("x", "real(1)"),
        Function::Scale(factor) => from_value(&format!("{} * x", real(*factor)), &real(*factor)),
        Function::Activation(activation) => match activation {
            Activation::Relu {} => from_value("x > 0 ? x : real(0)", "value > 0 ? real(1) : real(0)"),
            Activation::Tanh {} => from_value("tanh(x)", "1 - value * value"),
            Activation::Sigmoid {} => from_value("sigmoid(x)", "value * (1 - value)"),
            Activation::LeakyRelu { slope } => stored(&format!(
                "slope = x > 0 ? real(1) : {};
                 value = slope * x;",
                real(*slope)
            )),
            Activation::ClippedRelu { max } => stored(&format!(
                "slope = x > 0 && x <= {0} ? real(1) : real(0);
                 value = x > {0} ? {0} : slope * x;",
                real(*max)
            )),
            Activation::Elu { alpha } => stored(&format!(
                "slope = x > 0 ? real(1) : {0} * exp(x);
                 value = x > 0 ? x : {0} * expm1(x);",
                real(*alpha)
            )),
            Activation::Silu {} => stored(
                "const real s = sigmoid(x);
                 value = x * s;
                 slope = s + x * s * (1 - s);",
            ),
            Activation::Erf {} => stored(&format!(
                "value = erf(x);
                 slope = {} * exp(-x * x);",
                real(std::f64::consts::FRAC_2_SQRT_PI)
            )),
            Activation::Gelu {} => stored(&format!(
                "const real below = real(0.5) * (1 + erf(x * {}));
                 value = x * below;
                 slope = below + x * {} * exp(real(-0.5) * x * x);",
                real(std::f64::consts::FRAC_1_SQRT_2),
                real(1.0 / (2.0 * std::f64::consts::PI).sqrt())
            )),
            Activation::Sin { omega } => stored(&format!(
                "value = sin({0} * x);
                 slope = {0} * cos({0} * x);",
                real(*omega)
            )),
            Activation::Cos { omega } => stored(&format!(
                "value = cos({0} * x);
                 slope = -{0} * sin({0} * x);",
                real(*omega)
            )),
            Activation::Softplus {} => stored(
                "value = (x > 0 ? x : real(0)) + log1p(exp(-fabs(x)));
                 slope = sigmoid(x);",
            ),
            Activation::Gaussian { a } => stored(&format!(
                "const real u = x / {0};
                 value = exp(real(-0.5) * u * u);
                 slope = -u * value / {0};",
                real(*a)
            )),
            Activation::Ricker { a } => stored(&format!(
                "const real u = x / {0}, e = exp(real(-0.5) * u * u);
                 value = (1 - u * u) * e;
                 slope = (u * u - 3) * u * e / {0};",
                real(*a)
            )),
            Activation::Hat {} => stored(
                "const bool inside = x > 0 && x <= 2, rising = x <= 1;
                 value = !inside ? real(0) : rising ? x : 2 - x;
                 slope = !inside ? real(0) : rising ? real(1) : real(-1);",
            ),
            Activation::Expression(expression) => {
                let [value, slope, ..] = expression.formula.derivatives;
                let lines = formula(&expression.formula.graph, value, slope);
                (true, lines, None)
            }
        },
    }
}

/// The statements of a formula of `x`: one for each node that value or slope need.
fn formula(graph: &Graph, value: Id, slope: Id) -> String {
    let mut needed = vec![false; value.index().max(slope.index()) + 1];
    let mut ids: Vec<Option<Id>> = vec![None; needed.len()];
    for root in [value, slope] {
        mark(graph, root, &mut needed, &mut ids);
    }
    let mut text = String::new();
    for id in ids.into_iter().flatten() {
        writeln!(text, "    const real n{} = {};", id.index(), node(graph.node(id))).expect("a string takes all");
    }
    writeln!(text, "    value = n{};\n    slope = n{};", value.index(), slope.index()).expect("a string takes all");
    text
}

fn mark(graph: &Graph, id: Id, needed: &mut [bool], ids: &mut [Option<Id>]) {
    if std::mem::replace(&mut needed[id.index()], true) {
        return;
    }
    ids[id.index()] = Some(id);
    match graph.node(id) {
        Node::Apply(_, a) => mark(graph, a, needed, ids),
        Node::Combine(_, a, b) => {
            mark(graph, a, needed, ids);
            mark(graph, b, needed, ids);
        }
        Node::Number(_) | Node::Variable(_) => {}
    }
}

fn node(node: Node) -> String {
    use expressions::Function as F;
    match node {
        Node::Number(bits) => real(f64::from_bits(bits)),
        Node::Variable(_) => "x".to_owned(),
        Node::Apply(function, a) => {
            let a = format!("n{}", a.index());
            let call = |name: &str| format!("{name}({a})");
            match function {
                F::Negative => format!("-{a}"),
                F::Sin => call("sin"),
                F::Cos => call("cos"),
                F::Tan => call("tan"),
                F::Asin => call("asin"),
                F::Acos => call("acos"),
                F::Atan => call("atan"),
                F::Sinh => call("sinh"),
                F::Cosh => call("cosh"),
                F::Tanh => call("tanh"),
                F::Exp => call("exp"),
                F::Ln => call("log"),
                F::Sqrt => call("sqrt"),
                F::Abs => call("fabs"),
                F::Sign => format!("real(({a} > 0) - ({a} < 0))"),
                F::Step => format!("{a} > 0 ? real(1) : real(0)"),
                F::Share => format!("{a} > 0 ? real(1) : {a} < 0 ? real(0) : real(0.5)"),
                F::Relu => format!("{a} > 0 ? {a} : real(0)"),
                F::Sigmoid => call("sigmoid"),
                F::Softplus => format!("({a} > 0 ? {a} : real(0)) + log1p(exp(-fabs({a})))"),
                F::Erf => call("erf"),
                F::Gaussian => format!("exp(real(-0.5) * {a} * {a})"),
            }
        }
        Node::Combine(operation, a, b) => {
            let (a, b) = (format!("n{}", a.index()), format!("n{}", b.index()));
            match operation {
                Operation::Add => format!("{a} + {b}"),
                Operation::Subtract => format!("{a} - {b}"),
                Operation::Multiply => format!("{a} * {b}"),
                Operation::Divide => format!("{a} / {b}"),
                Operation::Power => format!("pow({a}, {b})"),
                Operation::Min => format!("{a} < {b} ? {a} : {b}"),
                Operation::Max => format!("{a} > {b} ? {a} : {b}"),
            }
        }
    }
}
