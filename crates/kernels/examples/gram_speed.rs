//! Empirical Gram matrices in f32, forward and backward included: seconds (best of several) on 1 and 2 threads, for tanh with
//! the share of the measured peak of multiply-adds; of ReLU's, those that are zero in whole blocks are left out. `cargo run
//! --release -p kernels --example gram_speed`; with an argument N also 1-512x3-1 on N points, once.

use base::{Control, Random, Stream};
use compute::{Kernel, Lanes, SimdPath, Team};
use kernels::empirical::{EmpiricalOptions, Outputs, empirical_ntk};
use linalg::Matrix;
use std::time::Instant;

fn best(repeats: usize, mut run: impl FnMut()) -> f64 {
    let mut seconds = f64::INFINITY;
    for _ in 0..repeats {
        let start = Instant::now();
        run();
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    seconds
}

/// Multiply-adds that stay in registers.
struct Peak;

impl Kernel<f32> for Peak {
    type Output = f32;
    #[inline(always)]
    fn run<V: Lanes<Elem = f32>>(self) -> f32 {
        let (factor, term) = (V::of(0.7), V::of(1e-3));
        let mut sums = [V::of(0.5); 12];
        for _ in 0..100_000 {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, term);
            }
        }
        sums.into_iter().fold(V::zero(), |total, sum| total + sum).sum()
    }
}

/// Operations a second.
fn peak(threads: usize) -> f64 {
    let mut team = Team::new(threads);
    let seconds = best(500, || {
        team.each(threads, |_| {
            std::hint::black_box(<f32 as compute::Scalar>::dispatch(SimdPath::current(), Peak));
        });
    });
    (threads * 2 * 12 * 8 * 100_000) as f64 / seconds
}

fn run(fn_name: &str, [input, width, depth, n]: [usize; 4], repeats: usize, peaks: [f64; 2]) {
    let hidden = format!(r#"{{ "type": "dense", "units": {width} }}, {{ "type": "activation", "fn": "{fn_name}" }}, "#);
    let text =
        format!(r#"{{ "input": {input}, "layers": [{}{{ "type": "dense", "units": 1 }}] }}"#, hidden.repeat(depth));
    let network = nets::resolve(&nets::NetworkSpec::from_json(&text).unwrap()).unwrap();
    let single = |v: Vec<f64>| v.into_iter().map(|v| v as f32).collect::<Vec<f32>>();
    let p = single(nets::network::init::draw(&network, 1).0);
    let x = Matrix { rows: n, cols: input, data: single(Random::new(2, Stream::Data(0)).normals(n * input)) };
    let mut options = EmpiricalOptions::new(Outputs::Trace);
    options.memory_limit = Some(2_000_000_000);
    // Forward and backward through the hidden layers, and half of two products a layer of n x n x width.
    let products = 4 * (depth - 1) * n * width * width + 2 * depth * n * n * width;
    for threads in if repeats == 1 { 2..=2 } else { 1..=2 } {
        options.threads = threads;
        let seconds = best(repeats, || {
            let k = empirical_ntk(&network, &p, &[], &x, None, &options, &Control::none()).unwrap();
            assert!(k.data[0].is_finite());
        });
        print!("{input}-{width}x{depth}-1 {fn_name}, N {n}, {threads} thread(s): {seconds:.4} s");
        let share = 100.0 * products as f64 / seconds / peaks[threads - 1];
        println!("{}", if fn_name == "tanh" { format!(", {share:.0} % of peak") } else { String::new() });
    }
}

fn main() {
    compute::allocator::keep_freed();
    let peaks = [1, 2].map(peak);
    println!("peak: {:.0} and {:.0} GFLOP/s on 1 and 2 threads", peaks[0] / 1e9, peaks[1] / 1e9);
    for fn_name in ["relu", "tanh"] {
        run(fn_name, [1, 512, 3, 512], 40, peaks);
        run(fn_name, [2, 256, 4, 1000], 40, peaks);
    }
    if let Some(n) = std::env::args().nth(1) {
        run("relu", [1, 512, 3, n.parse().expect("a number of points")], 1, peaks);
    }
}
