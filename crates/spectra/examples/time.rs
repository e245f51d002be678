use spectra::fft::*;
use std::time::Instant;
fn best(name: &str, reps: usize, mut f: impl FnMut()) {
    f();
    let mut t = f64::INFINITY;
    let mut all = vec![];
    for _ in 0..reps {
        let s = Instant::now();
        f();
        let e = s.elapsed().as_secs_f64();
        t = t.min(e);
        all.push(e);
    }
    all.sort_by(f64::total_cmp);
    println!("{name}: best {:.3} ms median {:.3} ms", t * 1e3, all[reps / 2] * 1e3);
}
fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    let x: Vec<f64> = (0..1 << 21).map(|i| (i as f64 * 0.37).sin()).collect();
    if what.is_empty() || what == "fft" {
        for t in [1, 2] {
            println!("threads {t}");
            best("rfft 2^20", 30, || {
                rfft("x", &x[..1 << 20], &[1 << 20], 1, Norm::Backward, t).unwrap();
            });
            best("fft 2^20 complex", 20, || {
                let s = Signal::Complex { re: &x[..1 << 20], im: &x[1 << 20..] };
                fft("x", s, &[1 << 20], 1, Direction::Forward, Norm::Backward, t).unwrap();
            });
            best("rfft 1000003", 10, || {
                rfft("x", &x[..1000003], &[1000003], 1, Norm::Backward, t).unwrap();
            });
            best("fft 1000003 complex", 10, || {
                let s = Signal::Complex { re: &x[..1000003], im: &x[1000003..2000006] };
                fft("x", s, &[1000003], 1, Direction::Forward, Norm::Backward, t).unwrap();
            });
            best("rfft 1000x201", 50, || {
                rfft("x", &x[..201000], &[1000, 201], 1, Norm::Backward, t).unwrap();
            });
            best("fft 1000x201 complex", 50, || {
                let s = Signal::Complex { re: &x[..201000], im: &x[201000..402000] };
                fft("x", s, &[1000, 201], 1, Direction::Forward, Norm::Backward, t).unwrap();
            });
            best("rfft2 1024x1024", 30, || {
                rfft("x", &x[..1 << 20], &[1024, 1024], 2, Norm::Backward, t).unwrap();
            });
        }
    }
    if what == "filter" {
        use spectra::filter::*;
        let (n, d) = (10000, 784);
        let mut state = 1u64;
        let points: Vec<f32> = (0..n * d)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 40) as f32 / (1u64 << 24) as f32
            })
            .collect();
        let y: Vec<f64> = (0..n * 10).map(|i| (i as f64).sin()).collect();
        for limit in [0, 512 << 20, 2 << 30] {
            let t = Instant::now();
            let f = GaussianFilter::new(
                &points,
                d,
                &y,
                10,
                &[7.0, 20.0, 50.0],
                Options { threads: 2, memory_limit: limit },
                &base::Control::none(),
            )
            .unwrap();
            println!("limit {limit}: filter new {:.3} s", t.elapsed().as_secs_f64());
            let t = Instant::now();
            f.errors(&y, &base::Control::none()).unwrap();
            println!("again {:.3} s", t.elapsed().as_secs_f64());
        }
        let f = GaussianFilter::new(
            &points[..2000 * d],
            d,
            &y[..20000],
            10,
            &[7.0, 20.0, 50.0],
            Options { threads: 2, memory_limit: 512 << 20 },
            &base::Control::none(),
        )
        .unwrap();
        best("n=2000 apply", 20, || {
            f.errors(&y[..20000], &base::Control::none()).unwrap();
        });
    }
    if what == "nudft" {
        use spectra::nudft::*;
        let k: Vec<f64> = (0..1000).map(|i| i as f64 * 0.031).collect();
        let plan = Nudft::new(&x[..60000], 1, &k, Convention::default()).unwrap();
        best("nudft direct 60000 -> 1000", 5, || {
            plan.apply(Signal::Real(&x[..60000]), 1, 2).unwrap();
        });
    }
}
