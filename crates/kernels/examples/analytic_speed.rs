//! Seconds for the analytic NTK of depth 4 on 3,000 points of dimension 784 in f32 (best of 5):
//! `cargo run --release -p kernels --example analytic_speed`.

use base::{Control, Random, Stream};
use kernels::analytic::{AnalyticOptions, KernelKind, analytic_kernel};
use linalg::Matrix;
use std::time::Instant;

fn main() {
    let (n, d) = (3000, 784);
    let x = Matrix {
        rows: n,
        cols: d,
        data: Random::new(1, Stream::Data(0)).normals(n * d).iter().map(|v| *v as f32).collect(),
    };
    for f in ["relu", "erf"] {
        let dense = r#"{ "type": "dense", "units": 8, "parameterization": "ntk", "sigmaW": 1.4, "sigmaB": 0.1 }"#;
        let block = format!(r#"{dense}, {{ "type": "activation", "fn": "{f}" }}, "#);
        let text = format!(r#"{{ "input": {d}, "layers": [{}{dense}] }}"#, block.repeat(4));
        let spec = nets::NetworkSpec::from_json(&text).unwrap();
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            let k = analytic_kernel(&spec, &x, None, &AnalyticOptions::new(KernelKind::Ntk), &Control::none()).unwrap();
            best = best.min(start.elapsed().as_secs_f64());
            assert!(k.data[0].is_finite());
        }
        println!("{f}: {best:.4} s");
    }
    for n in [1000, 2000] {
        let a =
            linalg::product::gram(&Matrix::from_rows(n, n, Random::new(2, Stream::Data(0)).normals(n * n)).unwrap(), 0);
        let mut best = f64::INFINITY;
        for _ in 0..2 {
            let start = Instant::now();
            let e = linalg::eigh(&a, 0).unwrap();
            best = best.min(start.elapsed().as_secs_f64());
            assert!(e.values[0].is_finite());
        }
        println!("eigh {n}: {best:.4} s");
    }
}
