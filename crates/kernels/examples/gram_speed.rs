//! Seconds for empirical Gram matrices in f32 (best of 20), forward and backward included:
//! `cargo run --release -p kernels --example gram_speed`; with an argument N also 1-512x3-1 on N points, once.

use base::{Control, Random};
use kernels::empirical::{EmpiricalOptions, Outputs, empirical_ntk};
use linalg::Matrix;
use std::time::Instant;

fn run(input: usize, width: usize, depth: usize, n: usize, repeats: usize) {
    let hidden = format!(r#"{{ "type": "dense", "units": {width} }}, {{ "type": "activation", "fn": "relu" }}, "#);
    let text =
        format!(r#"{{ "input": {input}, "layers": [{}{{ "type": "dense", "units": 1 }}] }}"#, hidden.repeat(depth));
    let network = nets::resolve(&nets::NetworkSpec::from_json(&text).unwrap()).unwrap();
    let single = |v: Vec<f64>| v.into_iter().map(|v| v as f32).collect::<Vec<f32>>();
    let p = single(nets::init::draw(&network, 1).0);
    let x = Matrix { rows: n, cols: input, data: single(Random::new(2, 0).normals(n * input)) };
    let mut options = EmpiricalOptions::new(Outputs::Trace);
    options.memory_limit = Some(2_000_000_000);
    let mut best = f64::INFINITY;
    for _ in 0..repeats {
        let start = Instant::now();
        let k = empirical_ntk(&network, &p, &[], &x, None, &options, &Control::none()).unwrap();
        best = best.min(start.elapsed().as_secs_f64());
        assert!(k.data[0].is_finite());
    }
    println!("{input}-{width}x{depth}-1, N {n}: {best:.4} s");
}

fn main() {
    run(1, 512, 3, 512, 20);
    run(2, 256, 4, 1000, 20);
    if let Some(n) = std::env::args().nth(1) {
        run(1, 512, 3, n.parse().expect("a number of points"), 1);
    }
}
