//! What is zero in whole blocks of samples is left out, and nothing else.

use super::super::capture::{Captures, Weights};
use super::super::chain::dense_chain;
use super::super::order::Order;
use super::{NETS, drawn, network, points, selected};
use crate::empirical::*;
use compute::SimdPath;

/// ReLU, once wider than a pass of a product, with a layer that has no activation, and the hat.
const SPARSE: [&str; 3] = [
    r#"{ "input": 2, "layers": [{ "type": "dense", "units": 300 }, { "type": "activation", "fn": "relu" },
        { "type": "dense", "units": 30 }, { "type": "activation", "fn": "relu" }, { "type": "dense", "units": 20 },
        { "type": "dense", "units": 2 }] }"#,
    r#"{ "input": 2, "layers": [{ "type": "dense", "units": 30, "bias": false }, { "type": "activation", "fn": "hat" },
        { "type": "dense", "units": 20 }, { "type": "activation", "fn": "relu" }, { "type": "scale", "factor": 0.7 },
        { "type": "dense", "units": 2 }, { "type": "activation", "fn": "relu" }] }"#,
    r#"{ "input": 2, "layers": [{ "type": "dense", "units": 2 }, { "type": "activation", "fn": "relu" }] }"#,
];

#[test]
fn explicit_jacobians_give_the_same() {
    for text in SPARSE {
        let net = network(text);
        let p = drawn(&net, 8);
        // Several blocks, the last of them not whole.
        let (x1, x2) = (points(150, 2, 9), points(70, 2, 10));
        for chosen in [None, Some("layers.0"), Some("layers.2")] {
            let Some(selection) = selected(&net, chosen) else { continue };
            for (outputs, x2) in [(Outputs::Trace, None), (Outputs::Full, Some(&x2)), (Outputs::Full, None)] {
                let run = |method| {
                    let mut options = EmpiricalOptions::new(outputs);
                    (options.method, options.selection) = (method, selection.clone());
                    empirical_ntk(&net, &p, &[], &x1, x2, &options, &Control::none()).unwrap()
                };
                let (layers, explicit) = (run(Method::Layers), run(Method::Jacobian));
                assert_eq!(layers.shape, explicit.shape);
                assert!(explicit.data.iter().any(|v| *v != 0.0));
                for (a, b) in layers.data.iter().zip(&explicit.data) {
                    // Sums of some hundred products, each rounded once: no entry is off by more than some 1e-13.
                    assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{text}: {a} {b}");
                }
            }
        }
    }
}

fn company_changes_no_bit<T: Real>() {
    for text in SPARSE.iter().chain(&NETS) {
        let net = network(text);
        let own = |v: &[f64]| v.iter().map(|v| T::from_f64(*v)).collect::<Vec<T>>();
        let (n, x, p) = (200, points(200, 2, 5), own(&drawn(&net, 4)));
        // Samples 7 apart become neighbours, and then a few of them are alone.
        for (count, place) in [(n, 7), (70, 77)] {
            let from: Vec<usize> = (0..count).map(|i| i * place % n).collect();
            let moved: Vec<f64> = from.iter().flat_map(|i| x.row(*i).to_vec()).collect();
            let kernel = |rows: usize, data: &[f64]| {
                let x = Matrix { rows, cols: 2, data: own(data) };
                let options = EmpiricalOptions::new(Outputs::Trace);
                empirical_ntk(&net, &p, &[], &x, None, &options, &Control::none()).unwrap().data
            };
            let (whole, part) = (kernel(n, &x.data), kernel(count, &moved));
            for i in 0..count {
                for j in 0..count {
                    assert_eq!(part[i * count + j], whole[from[i] * n + from[j]], "{text} {i} {j}");
                    assert_eq!(part[i * count + j], part[j * count + i]);
                }
            }
        }
    }
}

#[test]
fn an_entry_does_not_depend_on_the_other_samples() {
    company_changes_no_bit::<f32>();
    company_changes_no_bit::<f64>();
}

/// Of all features of all blocks, inputs of the second layer and sensitivities of the first, the share that is kept.
fn kept(order: fn(&Matrix<f64>) -> Order) -> [f64; 2] {
    let net = network(SPARSE[0]);
    let (p, x) = (drawn(&net, 3), points(1000, 2, 4));
    let chain = dense_chain::<f64>(&net, &Selection::all(), &[]).unwrap();
    let weights: Vec<_> = chain.layers.iter().map(|layer| Weights::new(layer, &p)).collect();
    let run = (1, SimdPath::current());
    let captures = Captures::new(&chain, &weights, (&x, &order(&x)), run, &Control::none()).unwrap();
    let share = |flags: Vec<&bool>| flags.iter().filter(|live| ***live).count() as f64 / flags.len() as f64;
    [
        share(captures.blocks().iter().flat_map(|block| block.inputs(1).live).collect()),
        share(captures.blocks().iter().filter_map(|block| block.sensitivities(0, 0)).flat_map(|d| d.live).collect()),
    ]
}

#[test]
fn neighbours_leave_out_more() {
    // A ReLU that is on in half of the plane lives in half of the blocks and in those on its edge; among points at random
    // it is zero in all 64 of a block with a chance of 2^-64, unless its edge passes far from them.
    for (near, given) in kept(Order::near).into_iter().zip(kept(|_| Order::given())) {
        assert!((0.45..0.75).contains(&near), "{near}");
        assert!(given > 0.9, "{given}");
    }
}
