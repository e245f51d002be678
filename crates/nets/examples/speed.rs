//! Times the engine's training steps and the machine's product peak: `cargo run --release -p nets --example speed`.
//!
//! Arguments: `f32` (default) or `f64`, a number of threads (else 1 and 2), and a part of a row's name to run only that
//! row. Run it on a quiet machine; `FPRINCIPLE_SIMD` pins the registers. A row's seconds are the median of its repetitions;
//! its share is that of the highest peak of this path's registers on the same threads.

use compute::{Kernel, Lanes, Scalar, SimdPath, Team};
use nets::engine::loss::{Loss, Outputs};
use nets::engine::update::Update;
use nets::engine::{Data, Engine, Options, Plan, Program, Samples, compile};
use nets::network::spec::Coefficients;
use nets::training::losses::Equations;
use nets::training::optimizers::{Optimizer, Rule};
use nets::{NetworkSpec, resolve};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// One row of the table.
struct Row {
    name: &'static str,
    spec: Value,
    rows: usize,
    loss: LossKind,
    repetitions: usize,
}

enum LossKind {
    Squares,
    Poisson,
}

fn dense_chain(input: usize, hidden: &[usize], activation: &str) -> Value {
    let mut layers = Vec::new();
    for &units in hidden {
        layers.push(json!({ "type": "dense", "units": units }));
        layers.push(json!({ "type": "activation", "fn": activation }));
    }
    layers.push(json!({ "type": "dense", "units": 1 }));
    json!({ "input": input, "layers": layers })
}

/// Filters of the convolutions between the poolings (Simonyan and Zisserman 2015, table 1 D).
const VGG16: [&[usize]; 5] = [&[64, 64], &[128, 128], &[256, 256, 256], &[512, 512, 512], &[512, 512, 512]];

fn layers(convolutions: &[&[usize]], hidden: usize) -> Value {
    let mut layers = Vec::new();
    for block in convolutions {
        for &filters in *block {
            layers.push(json!({ "type": "conv2d", "filters": filters, "kernel": 3, "padding": 1 }));
            layers.push(json!({ "type": "activation", "fn": "relu" }));
        }
        layers.push(json!({ "type": "maxPool2d", "size": 2 }));
    }
    layers.push(json!({ "type": "flatten" }));
    if hidden > 0 {
        layers.push(json!({ "type": "dense", "units": hidden }));
        layers.push(json!({ "type": "activation", "fn": "relu" }));
    }
    layers.push(json!({ "type": "dense", "units": 10 }));
    json!({ "input": [3, 32, 32], "layers": layers })
}

fn table() -> Vec<Row> {
    let row = |name, spec, rows, loss, repetitions| Row { name, spec, rows, loss, repetitions };
    use LossKind::{Poisson, Squares};
    vec![
        row("1-200x3-1 tanh, 201 points", dense_chain(1, &[200; 3], "tanh"), 201, Squares, 1000),
        row("1-200x3-1 relu, 201 points", dense_chain(1, &[200; 3], "relu"), 201, Squares, 1000),
        row("1-40x2-1 tanh, 201 points", dense_chain(1, &[40; 2], "tanh"), 201, Squares, 20_000),
        row("512-256x3-1 relu, 16384 rows", dense_chain(512, &[256; 3], "relu"), 16_384, Squares, 8),
        row("CNN, 128 of CIFAR", layers(&[&[32], &[64]], 128), 128, Squares, 10),
        row("VGG16, 64 of CIFAR", layers(&VGG16, 0), 64, Squares, 2),
        row("2-50x4-1 Poisson, 2000 points", dense_chain(2, &[50; 4], "tanh"), 2000, Poisson, 200),
    ]
}

/// `mean (h - y)^2`, every output having the same target.
struct Squares<T>(Vec<T>);

impl<T: Scalar> Loss<T> for Squares<T> {
    fn evaluate(&self, outputs: &Outputs<T>, mut gradient: Option<&mut [T]>) -> f64 {
        let (lead, scale) = (outputs.block.lead, 1.0 / outputs.batch as f64);
        let mut sum = 0.0;
        for i in 0..outputs.samples.len() {
            for place in i * lead..i * lead + outputs.block.width {
                let difference = (outputs.values[place] - self.0[outputs.samples.get(i)]).to_f64();
                sum += difference * difference;
                if let Some(gradient) = &mut gradient {
                    gradient[place] = T::from_f64(2.0 * scale * difference);
                }
            }
        }
        sum * scale
    }
}

/// Adam's rule of the step.
struct Adam<T> {
    optimizer: Optimizer,
    rule: Rule<T>,
}

struct Pass<'a, T>(Rule<T>, &'a mut [T], &'a [T], &'a mut [T], &'a mut [T]);

impl<T: Scalar> Kernel<T> for Pass<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        self.0.apply(self.1, self.2, self.3, self.4);
    }
}

impl<T: Scalar> Update<T> for Adam<T> {
    fn moments(&self) -> usize {
        2
    }
    fn begin(&mut self, step: u64) {
        self.rule = self.optimizer.rule(step, 1.0);
    }
    fn apply(&self, path: SimdPath, parameters: &mut [T], gradient: &[T], moments: &mut [&mut [T]]) {
        let [first, second] = moments else { unreachable!("Adam has two moments") };
        T::dispatch(path, Pass(self.rule, parameters, gradient, first, second));
    }
}

fn adam<T: Scalar>() -> Adam<T> {
    let optimizer = Optimizer::from_json(r#"{ "type": "adam", "learningRate": 1e-4 }"#).expect("a valid optimizer");
    Adam { rule: optimizer.rule(0, 1.0), optimizer }
}

/// A run ready to be stepped.
struct Session<T: Scalar> {
    engine: Engine<T>,
    data: Data<T>,
    loss: Box<dyn Loss<T>>,
    adam: Adam<T>,
    plan: Plan,
    step: u64,
}

impl<T: Scalar> Session<T> {
    fn new(row: &Row, seed: u64, threads: usize) -> Self {
        let spec = NetworkSpec::from_json(&row.spec.to_string()).expect("a valid spec");
        let network = resolve(&spec).expect("a valid network");
        let (parameters, _) = nets::network::init::draw(&network, seed);
        let parameters: Vec<T> = parameters.into_iter().map(T::from_f64).collect();
        let (n, d) = (row.rows, network.input_size());
        let mut random = base::Random::new(1, base::Stream::Data(1));
        let x: Vec<T> = (0..n * d).map(|_| T::from_f64(2.0 * random.uniform() - 1.0)).collect();
        let target = |i: usize| (3.0 * x[i * d].to_f64()).sin();
        let y: Vec<T> = (0..n).map(|i| T::from_f64(target(i))).collect();
        let loss: Box<dyn Loss<T>> = match row.loss {
            LossKind::Squares => Box::new(Squares(y)),
            LossKind::Poisson => {
                let inputs: Vec<String> = (1..=d).map(|j| format!("x{j}")).collect();
                let laplacian = inputs.iter().map(|x| format!("u_{x}{x}")).collect::<Vec<_>>().join(" + ");
                let (text, coefficients) = (format!("-({laplacian}) - sin(3 * x1)"), Coefficients::default());
                let loss = Equations::plain(&text, &inputs, &["u".to_owned()], &coefficients, x.clone());
                Box::new(loss.expect("a valid equation"))
            }
        };
        let options = Options { jets: loss.jets(d), ..Options::default() };
        let program = compile(&network, options).expect("a valid program");
        let engine = Engine::new(program, &parameters, &[], threads);
        let data = Data::new(&engine.program, &x);
        let plan = Plan::new(&engine.program, n);
        Session { engine, data, loss, adam: adam(), plan, step: 0 }
    }

    fn step(&mut self) -> f64 {
        let samples = Samples::Range(0..self.plan.rows);
        let loss = self.engine.differentiate(&self.data, &samples, &self.plan, &*self.loss);
        self.adam.begin(self.step);
        self.engine.update(&self.adam);
        self.step += 1;
        loss
    }
}

/// Seconds a call: the median over ten parts of `repetitions` calls.
fn median(repetitions: usize, mut work: impl FnMut()) -> f64 {
    let part = repetitions.div_ceil(10);
    for _ in 0..part {
        work();
    }
    let mut seconds: Vec<f64> = (0..10.min(repetitions))
        .map(|_| {
            let start = Instant::now();
            (0..part).for_each(|_| work());
            start.elapsed().as_secs_f64() / part as f64
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Multiply-adds that stay in registers: the peak that any product could reach.
struct Peak<T>(T);

/// Turns of the loop of a [`Peak`]: a quarter of a millisecond.
const TURNS: usize = 100_000;

impl<T: Scalar> Peak<T> {
    #[inline(always)]
    fn sums<V: Lanes<Elem = T>, const N: usize>(self) -> (T, usize) {
        let (factor, term) = (V::splat(self.0), V::of(1e-3));
        let mut sums = [V::of(0.5); N];
        for _ in 0..TURNS {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, term);
            }
        }
        (sums.into_iter().fold(V::zero(), |total, sum| total + sum).sum(), 2 * N * T::LANES * TURNS)
    }
}

impl<T: Scalar> Kernel<T> for Peak<T> {
    /// A number, and how many operations it took.
    type Output = (T, usize);
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) -> (T, usize) {
        // Twelve registers, of which a pair takes two.
        if V::SUMS >= 24 { self.sums::<V, 12>() } else { self.sums::<V, 6>() }
    }
}

/// Operations a second of independent multiply-adds on so many threads: of pieces of 20 ms the fastest, helpers being awake.
fn peak<T: Scalar>(path: SimdPath, threads: usize) -> f64 {
    let mut team = Team::new(threads);
    let mut piece = || {
        let (start, mut operations) = (Instant::now(), 0);
        while start.elapsed().as_millis() < 20 {
            let done = AtomicUsize::new(0);
            team.each(threads, |_| {
                let (number, operations) = T::dispatch(path, Peak(T::from_f64(0.7)));
                std::hint::black_box(number);
                done.fetch_add(operations, Ordering::Relaxed);
            });
            operations += done.into_inner();
        }
        operations as f64 / start.elapsed().as_secs_f64()
    };
    piece();
    (0..20).map(|_| piece()).fold(0.0, f64::max)
}

/// The peaks of every width on 1 and 2 threads, told; of each number of threads the highest.
fn peaks<T: Scalar>() -> [f64; 2] {
    let current = SimdPath::current();
    let widths = SimdPath::available().into_iter().filter(|path| path.name() == current.name());
    widths.fold([0.0; 2], |most, path| {
        let own = [1, 2].map(|threads| peak::<T>(path, threads));
        println!("peak of {path:?}: {:.1} and {:.1} GFLOP/s on 1 and 2 threads", own[0] / 1e9, own[1] / 1e9);
        [most[0].max(own[0]), most[1].max(own[1])]
    })
}

/// Operations of a step: 2 for each multiply-add forward, for the weights and for the inputs, but those of the first layer.
fn operations<T: Scalar>(program: &Program<T>, rows: usize) -> f64 {
    let first = program.nodes.iter().map(|node| node.op.work()).find(|work| *work > 0).unwrap_or(0);
    (rows * (6 * program.work() - 2 * first * program.copies())) as f64
}

fn run<T: Scalar>(filter: &str, threads: &[usize]) {
    println!("{} on {:?}", T::NAME, SimdPath::current());
    let peaks = peaks::<T>();
    for row in table().iter().filter(|row| row.name.contains(filter)) {
        for &threads in threads {
            let mut session = Session::<T>::new(row, 1, threads);
            let seconds = median(row.repetitions, || {
                session.step();
            });
            let share = operations(&session.engine.program, row.rows) / seconds / peaks[threads - 1];
            let plan = session.plan;
            println!(
                "{:34} {threads} thread(s): {:10.4} ms a step, {:5.1} % of peak ({} chunks of {}, {} lanes)",
                row.name,
                seconds * 1e3,
                100.0 * share,
                plan.chunks,
                plan.points,
                plan.lanes
            );
        }
    }
    let small = &table()[2];
    if small.name.contains(filter) && threads.contains(&2) {
        let steps = 2000;
        let start = Instant::now();
        std::thread::scope(|scope| {
            for half in 0..2 {
                scope.spawn(move || {
                    for seed in 0..32 {
                        let mut session = Session::<T>::new(small, half * 32 + seed, 1);
                        (0..steps).for_each(|_| {
                            session.step();
                        });
                    }
                });
            }
        });
        let seconds = start.elapsed().as_secs_f64() / (64 * steps) as f64;
        println!("{:34} 64 runs on 2 cores: {:10.4} ms a run and step", small.name, seconds * 1e3);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let threads: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).filter(|n| [1, 2].contains(n)).collect();
    let threads = if threads.is_empty() { vec![1, 2] } else { threads };
    let known = |a: &str| a == "f32" || a == "f64" || a == "1" || a == "2";
    let filter = arguments.iter().find(|a| !known(a)).map_or("", String::as_str);
    if arguments.iter().any(|a| a == "f64") { run::<f64>(filter, &threads) } else { run::<f32>(filter, &threads) }
}
