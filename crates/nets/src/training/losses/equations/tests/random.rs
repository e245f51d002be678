//! Random formulas, 100 activations, losses and residuals each, as Taylor series make them: losses and gradients to 1e-10. The
//! functions are smooth, since gradients are compared with differences.

use super::*;

/// What a formula is of its leaves' values.
type Formula = Box<dyn Fn(&[Series]) -> Series>;

struct Generator(Random);

impl Generator {
    fn pick(&mut self, below: usize) -> usize {
        (self.0.uniform() * below as f64) as usize
    }

    /// A formula as a text and as a function of the values of `leaves`.
    fn formula(&mut self, leaves: &[String], depth: usize) -> (String, Formula) {
        if depth == 0 {
            // One leaf in four is a number.
            if self.pick(4) == 0 {
                let value = (self.0.uniform() * 20.0).round() / 10.0 - 1.0;
                return (format!("({value})"), Box::new(move |_| Series::number(value)));
            }
            let which = self.pick(leaves.len());
            return (leaves[which].clone(), Box::new(move |all| all[which]));
        }
        let (a, f) = self.formula(leaves, depth - 1);
        match self.pick(7) {
            0 => (format!("sin({a})"), Box::new(move |all| f(all).sin())),
            1 => (format!("tanh({a})"), Box::new(move |all| f(all).tanh())),
            2 => (
                format!("exp(-({a})^2)"),
                Box::new(move |all| {
                    let value = f(all);
                    value.multiply(value).times(-1.0).exp()
                }),
            ),
            which => {
                let (b, g) = self.formula(leaves, depth - 1);
                match which {
                    3 => (format!("({a} + {b})"), Box::new(move |all| f(all).add(g(all)))),
                    4 => (format!("({a} - {b})"), Box::new(move |all| f(all).add(g(all).times(-1.0)))),
                    5 => (format!("{a} * {b}"), Box::new(move |all| f(all).multiply(g(all)))),
                    _ => (
                        format!("{a} / (2 + ({b})^2)"),
                        Box::new(move |all| {
                            let below = g(all);
                            f(all).multiply(Series::number(2.0).add(below.multiply(below)).reciprocal())
                        }),
                    ),
                }
            }
        }
    }
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|&name| name.to_owned()).collect()
}

/// The loss before a step of rate 1, and its gradient, which that step takes off, are those of `mean`.
fn agrees(
    net: &ResolvedNetwork,
    weights: &Weights<f64>,
    loss: Value,
    data: &Arrays,
    mean: &dyn Fn(&[f64]) -> f64,
    (round, text): (usize, &str),
) {
    let mut moved = weights.clone();
    let found = run(net, &mut moved, loss, data, 1.0).unwrap();
    let wanted = mean(&weights.parameters);
    assert!((found - wanted).abs() < 1e-10 * (1.0 + wanted.abs()), "{text}: {found} {wanted}");
    follows(&weights.parameters, &moved.parameters, round % 5..weights.parameters.len(), 7, mean, text);
}

#[test]
fn residuals_up_to_third_order() {
    let net = network(2);
    let weights = drawn(&net);
    let (n, x) = (7, points(7));
    let data = arrays(vec![("x", x.clone(), vec![n, 2])]);
    // Derivatives in any order of the inputs.
    let derivatives = ["", "x", "t", "xx", "tx", "tt", "xxx", "xtx", "ttx", "ttt"];
    let of =
        |output: &str| derivatives.map(|by| if by.is_empty() { output.to_owned() } else { format!("{output}_{by}") });
    let leaves = [names(&["x", "t"]), of("u").to_vec(), of("v").to_vec()].concat();
    let mut generator = Generator(Random::new(1, Stream::Data(0)));
    for round in 0..100 {
        let (inner, formula) = generator.formula(&leaves, 1 + round % 3);
        // That depends on the outputs, whatever was drawn.
        let text = format!("{inner} + u * v");
        let loss = json!({ "type": "residual", "variables": ["x", "t"], "outputs": ["u", "v"], "equation": text });
        let mean = |p: &[f64]| -> f64 {
            let one = |point: &[f64]| {
                let all = outputs(p, 2, point[0], point[1]);
                let orders = derivatives.map(|by| [by.matches('x').count(), by.matches('t').count()]);
                let values = all.iter().flat_map(|u| orders.map(|[i, j]| u.derivative(i, j)));
                let leaves: Vec<Series> = point.iter().copied().chain(values).map(Series::number).collect();
                let product = all[0].multiply(all[1]).derivative(0, 0);
                (formula(&leaves).derivative(0, 0) + product).powi(2)
            };
            x.chunks(2).map(one).sum::<f64>() / n as f64
        };
        agrees(&net, &weights, loss, &data, &mean, (round, &text));
    }
}

#[test]
fn activations_with_a_trained_coefficient_and_their_third_derivatives() {
    let dense = |units: usize| json!({ "type": "dense", "units": units });
    let (n, x) = (6, points(6));
    let y = Random::new(5, Stream::Data(1)).normals(n);
    let data = arrays(vec![("x", x.clone(), vec![n, 2]), ("y", y.clone(), vec![n, 1])]);
    let mut generator = Generator(Random::new(2, Stream::Data(0)));
    for round in 0..100 {
        let (inner, formula) = generator.formula(&names(&["x", "a"]), 1 + round % 3);
        // What does not depend on a could not train it.
        let text = format!("{inner} + sin(a * x)");
        let parameters = json!({ "a": { "value": 0.8, "trainable": true } });
        let layers = json!([dense(4), { "type": "activation", "fn": "expression", "f": text, "parameters": parameters }, dense(1)]);
        let net =
            resolve(&NetworkSpec::from_json(&json!({ "input": 2, "layers": layers }).to_string()).unwrap()).unwrap();
        let weights = drawn(&net);
        // Weights and biases of 4 units, a, weights and bias of the output.
        let output = |p: &[f64], x: f64, t: f64| -> Series {
            let inputs = [Series::variable(x, 0), Series::variable(t, 1)];
            let a = Series::number(p[12]);
            (0..4).fold(Series::number(p[17]), |sum, unit| {
                let z = (0..2).fold(Series::number(p[8 + unit]), |z, i| z.add(inputs[i].times(p[2 * unit + i])));
                sum.add(formula(&[z, a]).add(a.multiply(z).sin()).times(p[13 + unit]))
            })
        };
        let rows = || x.chunks(2).map(|point| [point[0], point[1]]).zip(&y);
        if round % 2 == 0 {
            let mean = |p: &[f64]| -> f64 {
                rows().map(|([x, t], y)| (output(p, x, t).derivative(0, 0) - y).powi(2)).sum::<f64>() / n as f64
            };
            agrees(&net, &weights, json!("mse"), &data, &mean, (round, &text));
        } else {
            let loss = json!({ "type": "residual", "variables": ["x", "t"], "equation": "u_t + u * u_x + 0.1 * u_xxx - u_xt" });
            let mean = |p: &[f64]| -> f64 {
                let one = |[x, t]: [f64; 2]| {
                    let u = output(p, x, t);
                    let d = |i: usize, j: usize| u.derivative(i, j);
                    (d(0, 1) + d(0, 0) * d(1, 0) + 0.1 * d(3, 0) - d(1, 1)).powi(2)
                };
                rows().map(|(point, _)| one(point)).sum::<f64>() / n as f64
            };
            let points = arrays(vec![("x", x.clone(), vec![n, 2])]);
            agrees(&net, &weights, loss, &points, &mean, (round, &text));
        }
    }
}

#[test]
fn losses_of_output_target_and_inputs() {
    let net = network(2);
    let weights = drawn(&net);
    let (n, x) = (7, points(7));
    let y = Random::new(5, Stream::Data(1)).normals(2 * n);
    let data = arrays(vec![("x", x.clone(), vec![n, 2]), ("y", y.clone(), vec![n, 2])]);
    let mut generator = Generator(Random::new(3, Stream::Data(0)));
    for round in 0..100 {
        let (inner, formula) = generator.formula(&names(&["h", "y", "x1", "x2"]), 1 + round % 3);
        // What has no target takes none.
        let text = format!("{inner} + h * y");
        let loss = json!({ "type": "expression", "loss": text });
        let mean = |p: &[f64]| -> f64 {
            let one = |(point, targets): (&[f64], &[f64])| -> f64 {
                let all = outputs(p, 2, point[0], point[1]);
                let value = |(h, &y): (&Series, &f64)| {
                    let h = h.derivative(0, 0);
                    formula(&[h, y, point[0], point[1]].map(Series::number)).derivative(0, 0) + h * y
                };
                all.iter().zip(targets).map(value).sum()
            };
            x.chunks(2).zip(y.chunks(2)).map(one).sum::<f64>() / (2 * n) as f64
        };
        agrees(&net, &weights, loss, &data, &mean, (round, &text));
    }
}
