use super::*;
use crate::Scope;
use proptest::prelude::*;

/// The formula's value and its first derivatives at points, by the program and node by node.
fn agree<T: Scalar>(text: &str, names: &[&str], points: &[Vec<f64>], tolerance: f64) {
    let mut graph = Graph::new();
    let value = Scope::new(names).read("f", text, &mut graph).unwrap();
    let slopes: Vec<Id> = (0..names.len()).map(|v| graph.derivative(value, v as u32)).collect();
    let roots = [&[value], &slopes[..]].concat();
    let program = Program::new(&graph, &roots, names.len());
    let columns: Vec<Vec<T>> =
        (0..names.len()).map(|v| points.iter().map(|point| T::from_f64(point[v])).collect()).collect();
    let inputs: Vec<&[T]> = columns.iter().map(Vec::as_slice).collect();
    let mut results = vec![vec![T::ZERO; points.len()]; roots.len()];
    let mut outputs: Vec<&mut [T]> = results.iter_mut().map(Vec::as_mut_slice).collect();
    program.run::<T>(&inputs, &mut outputs);
    for (place, _) in points.iter().enumerate() {
        let rounded: Vec<f64> = columns.iter().map(|column| column[place].to_f64()).collect();
        let exact = graph.evaluate(&rounded);
        for (result, root) in results.iter().zip(&roots) {
            let (got, wanted) = (result[place].to_f64(), exact[root.0 as usize]);
            let close = (got - wanted).abs() <= tolerance * (1.0 + wanted.abs());
            assert!(
                close || got.is_nan() && wanted.is_nan() || got == wanted,
                "{text} at {rounded:?}: {got}, {wanted}"
            );
        }
    }
}

fn points(variables: usize, count: usize) -> Vec<Vec<f64>> {
    (0..count).map(|i| (0..variables).map(|v| ((i * 7 + v * 3) as f64 * 0.37).sin() * 1.9 + 0.05).collect()).collect()
}

#[test]
fn programs_agree_with_the_graph_node_by_node() {
    for text in [
        "x * tanh(0.7 * x)",
        "1 - 2 / (1 + exp(2 * x))",
        "sin(3 * x + y) * exp(-x^2) + cos(x) / (2 + y^2)",
        "sqrt(1 + (x - y)^2) - 1",
        "abs(x - y)^1.5 + sign(x) * step(y)",
        "min(x, y) * max(x, 2 * y) + relu(x)",
        "ln(2 + x) + log10(3 + y) - log2(5 + x * y)",
        "sigmoid(x) * softplus(y) + gelu(x) + silu(y)",
        "erf(x) + gaussian(y) + sinh(x) - cosh(y)",
        "atan(3 * x) + asin(x / 3) * acos(y / 3) + tan(x / 2)",
        "(1 + x^2)^y + x^5 - y^-3",
        "2^-x^2",
        "pi",
        "x",
    ] {
        for count in [1, 3, 8, 128, 300] {
            agree::<f64>(text, &["x", "y"], &points(2, count), 2e-14);
            agree::<f32>(text, &["x", "y"], &points(2, count), 2e-5);
        }
    }
}

#[test]
fn equal_parts_are_computed_once() {
    let mut graph = Graph::new();
    let scope = ["x"];
    let f = Scope::new(&scope).read("f", "tanh(2 * x)", &mut graph).unwrap();
    let slope = graph.derivative(f, 0);
    // 2 x, tanh, its square, 1 - square, twice that.
    assert_eq!(Program::new(&graph, &[f, slope], 1).len(), 5);
    let same = Scope::new(&scope).read("g", "tanh(x * 2)", &mut graph).unwrap();
    assert_eq!(f, same);
}

/// A random formula of x and y, and its second derivatives by nested dual numbers.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("y".to_owned()),
        (1..40).prop_map(|n| format!("{}", f64::from(n) * 0.1)),
        Just("pi".to_owned()),
    ];
    leaf.prop_recursive(5, 30, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone(), prop_oneof![Just('+'), Just('-'), Just('*')])
                .prop_map(|(a, b, sign)| format!("({a} {sign} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} / (2 + ({b})^2))")),
            (inner.clone(), 2..5).prop_map(|(a, n)| format!("(0.3 * {a})^{n}")),
            (inner.clone(), 0..7usize).prop_map(|(a, which)| {
                let name = ["sin", "cos", "tanh", "sigmoid", "erf", "gaussian", "softplus"][which];
                format!("{name}({a})")
            }),
            inner.prop_map(|a| format!("-{a}")),
        ]
    })
}

/// `(f, f_x, f_xx)` of every node: numbers that carry two derivatives along.
fn taylor(graph: &Graph, root: Id, x: f64, y: f64) -> [f64; 3] {
    let chain = |[_, da, dda]: [f64; 3], [f, df, ddf]: [f64; 3]| [f, df * da, ddf * da * da + df * dda];
    let mut values: Vec<[f64; 3]> = Vec::new();
    for place in 0..=root.0 {
        let of = |id: Id| values[id.0 as usize];
        values.push(match graph.node(Id(place)) {
            Node::Number(bits) => [f64::from_bits(bits), 0.0, 0.0],
            Node::Variable(0) => [x, 1.0, 0.0],
            Node::Variable(_) => [y, 0.0, 0.0],
            Node::Apply(function, a) => {
                let at = of(a)[0];
                let f = function.at(at);
                chain(
                    of(a),
                    match function {
                        Function::Negative => [f, -1.0, 0.0],
                        Function::Sin => [f, at.cos(), -f],
                        Function::Cos => [f, -at.sin(), -f],
                        Function::Tanh => [f, 1.0 - f * f, -2.0 * f * (1.0 - f * f)],
                        Function::Sigmoid => [f, f * (1.0 - f), f * (1.0 - f) * (1.0 - 2.0 * f)],
                        Function::Softplus => {
                            let s = Function::Sigmoid.at(at);
                            [f, s, s * (1.0 - s)]
                        }
                        Function::Erf => {
                            let bell = std::f64::consts::FRAC_2_SQRT_PI * (-at * at).exp();
                            [f, bell, -2.0 * at * bell]
                        }
                        Function::Gaussian => [f, -at * f, (at * at - 1.0) * f],
                        _ => unreachable!("not generated"),
                    },
                )
            }
            Node::Combine(operation, a, b) => {
                let ([f, df, ddf], [g, dg, ddg]) = (of(a), of(b));
                match operation {
                    Operation::Add => [f + g, df + dg, ddf + ddg],
                    Operation::Subtract => [f - g, df - dg, ddf - ddg],
                    Operation::Multiply => [f * g, df * g + f * dg, ddf * g + 2.0 * df * dg + f * ddg],
                    Operation::Divide => {
                        let h = f / g;
                        let dh = (df - h * dg) / g;
                        [h, dh, (ddf - 2.0 * dh * dg - h * ddg) / g]
                    }
                    _ => unreachable!("not generated"),
                }
            }
        });
    }
    values[root.0 as usize]
}

proptest! {
    #[test]
    fn derivatives_are_those_of_dual_numbers(text in formula(), x in -1.5..1.5f64, y in -1.5..1.5f64) {
        let mut graph = Graph::new();
        let value = Scope::new(&["x", "y"]).read("f", &text, &mut graph).unwrap();
        let first = graph.derivative(value, 0);
        let second = graph.derivative(first, 0);
        let exact = taylor(&graph, value, x, y);
        let got = graph.evaluate(&[x, y]);
        for (id, wanted) in [value, first, second].into_iter().zip(exact) {
            let close = (got[id.0 as usize] - wanted).abs() <= 1e-9 * (1.0 + wanted.abs());
            prop_assert!(close || !wanted.is_finite(), "{text} at {x}, {y}: {} {wanted}", got[id.0 as usize]);
        }
        agree::<f64>(&text, &["x", "y"], &[vec![x, y]], 1e-12);
    }
}
