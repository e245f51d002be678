//! Streamed kernels: the same numbers as in memory, resumed where they are of the same work, started anew where not.

use super::super::stream::digest;
use super::*;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A file of this test's own, removed at the end with what lies beside it.
struct Target(PathBuf);

impl Target {
    fn new(name: &str) -> Self {
        Target(std::env::temp_dir().join(format!("fprinciple-stream-{name}-{}.npy", std::process::id())))
    }

    fn note(&self) -> PathBuf {
        PathBuf::from(format!("{}.partial", self.0.display()))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.note());
    }
}

fn options(outputs: Outputs) -> EmpiricalOptions {
    EmpiricalOptions { threads: 1, ..EmpiricalOptions::new(outputs) }
}

struct Work {
    net: ResolvedNetwork,
    p: Vec<f64>,
    x: Matrix<f64>,
    x2: Option<Matrix<f64>>,
    options: EmpiricalOptions,
}

impl Work {
    /// 150 points: three strips of one block.
    fn new(outputs: Outputs, x2: Option<Matrix<f64>>) -> Self {
        let net = network(NETS[0]);
        let p = drawn(&net, 6);
        Work { net, p, x: points(150, 2, 7), x2, options: options(outputs) }
    }

    fn in_memory(&self) -> Vec<f64> {
        let control = Control::none();
        empirical_ntk(&self.net, &self.p, &[], &self.x, self.x2.as_ref(), &self.options, &control).unwrap().data
    }

    fn stream(&self, path: &Path, control: &Control) -> Result<Vec<usize>> {
        empirical_ntk_to_file(&self.net, &self.p, &[], &self.x, self.x2.as_ref(), &self.options, path, control)
    }

    /// Streams until `strips` strips are there.
    fn aborted_after(&self, strips: usize, path: &Path) {
        let stop = Arc::new(OnceLock::<Control>::new());
        let (seen, count) = (stop.clone(), AtomicU64::new(0));
        let control = Control::with_progress(move |_| {
            if count.fetch_add(1, Ordering::Relaxed) + 1 == strips as u64 {
                seen.get().expect("set below").abort();
            }
        });
        stop.set(control.clone()).unwrap_or_else(|_| panic!("set once"));
        assert_eq!(self.stream(path, &control).unwrap_err().code, Code::Aborted);
    }

    /// Streams to the end and counts the strips that it took.
    fn strips_to_the_end(&self, path: &Path) -> u64 {
        let count = Arc::new(AtomicU64::new(0));
        let seen = count.clone();
        let control = Control::with_progress(move |_| _ = seen.fetch_add(1, Ordering::Relaxed));
        self.stream(path, &control).unwrap();
        count.load(Ordering::Relaxed)
    }

    fn check(&self, path: &Path) {
        let (bytes, want) = (std::fs::read(path).unwrap(), self.in_memory());
        let got: Vec<f64> = bytes[128..].chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
        let largest = want.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        assert_eq!(got.len(), want.len());
        for (a, b) in got.iter().zip(&want) {
            assert!((a - b).abs() <= 1e-14 * largest, "{a} {b}");
        }
    }
}

#[test]
fn a_streamed_kernel_is_the_same_and_resumes() {
    for (outputs, x2) in [(Outputs::Trace, None), (Outputs::Full, None), (Outputs::Trace, Some(points(40, 2, 8)))] {
        let target = Target::new("same");
        let work = Work::new(outputs, x2);
        let whole = work.strips_to_the_end(&target.0);
        assert!(whole >= 3, "{whole}");
        work.check(&target.0);
        for strips in 1..whole as usize {
            work.aborted_after(strips, &target.0);
            assert_eq!(work.strips_to_the_end(&target.0), whole - strips as u64);
            work.check(&target.0);
            assert!(!target.note().exists());
        }
    }
}

#[test]
fn another_work_starts_anew() {
    let target = Target::new("another");
    let relu = Work { net: network(RELU), ..Work::new(Outputs::Trace, None) };
    let tanh = Work { net: network(TANH), ..Work::new(Outputs::Trace, None) };
    assert_eq!(relu.net.parameter_count(), tanh.net.parameter_count());
    let p = drawn(&relu.net, 3);
    let (relu, tanh) = (Work { p: p.clone(), ..relu }, Work { p, ..tanh });
    relu.aborted_after(2, &target.0);
    tanh.stream(&target.0, &Control::none()).unwrap();
    tanh.check(&target.0);
}

const RELU: &str = r#"{ "input": 2, "layers": [
    { "type": "dense", "units": 5 }, { "type": "activation", "fn": "relu" }, { "type": "dense", "units": 1 }] }"#;
const TANH: &str = r#"{ "input": 2, "layers": [
    { "type": "dense", "units": 5 }, { "type": "activation", "fn": "tanh" }, { "type": "dense", "units": 1 }] }"#;

#[test]
fn a_file_that_is_not_what_its_note_says_starts_anew() {
    let target = Target::new("damaged");
    let work = Work::new(Outputs::Trace, None);
    let damage: [fn(&mut Vec<u8>); 5] = [
        |bytes| bytes.truncate(1000),
        |bytes| bytes.push(0),
        |bytes| bytes[3] ^= 1,
        // The last number of all, and one above the diagonal that came with it.
        |bytes| *bytes.last_mut().unwrap() ^= 1,
        |bytes| bytes[128 + 8 * 149] ^= 1,
    ];
    for (case, damage) in damage.iter().enumerate() {
        work.aborted_after(1, &target.0);
        let mut bytes = std::fs::read(&target.0).unwrap();
        damage(&mut bytes);
        std::fs::write(&target.0, bytes).unwrap();
        assert!(work.strips_to_the_end(&target.0) >= 3, "{case}");
        work.check(&target.0);
    }
    for note in ["", "x", "0 1 2", &format!("{} 99999 0", "0".repeat(64))] {
        work.aborted_after(1, &target.0);
        std::fs::write(target.note(), note).unwrap();
        work.stream(&target.0, &Control::none()).unwrap();
        work.check(&target.0);
    }
}

#[test]
fn two_writers_of_one_file_are_refused() {
    let target = Target::new("two");
    let first = NpyTarget::open::<f64>(&target.0, &[4, 4], true, "a".into()).unwrap();
    let second = NpyTarget::open::<f64>(&target.0, &[4, 4], true, "a".into()).err().unwrap();
    assert!(second.code == Code::Io && second.message.contains("another kernel"), "{}", second.message);
    drop(first);
    NpyTarget::open::<f64>(&target.0, &[4, 4], true, "a".into()).unwrap();
}

#[test]
fn the_digest_tells_everything_apart() {
    let (net, x) = (network(NETS[0]), points(4, 2, 1));
    let p = drawn(&net, 1);
    let of = |net: &ResolvedNetwork,
              p: &[f64],
              b: &[f64],
              x1: &Matrix<f64>,
              x2: Option<&Matrix<f64>>,
              o: &EmpiricalOptions| { digest(net, (p, b), x1, x2, o) };
    let trace = options(Outputs::Trace);
    let narrow =
        |x: &Matrix<f64>| Matrix { rows: x.rows, cols: x.cols, data: x.data.iter().map(|&v| v as f32).collect() };
    let short: Vec<f32> = p.iter().map(|&v| v as f32).collect();
    let all = [
        of(&net, &p, &[], &x, None, &trace),
        of(&network(NETS[1]), &p, &[], &x, None, &trace),
        of(&net, &p[1..], &[], &x, None, &trace),
        of(&net, &p, &[1.0], &x, None, &trace),
        of(&net, &p, &[], &points(4, 2, 2), None, &trace),
        of(&net, &p, &[], &Matrix { rows: 2, cols: 4, data: x.data.clone() }, None, &trace),
        of(&net, &p, &[], &x, Some(&x), &trace),
        of(&net, &p, &[], &x, None, &options(Outputs::Full)),
        of(&net, &p, &[], &x, None, &EmpiricalOptions { method: Method::Jacobian, ..trace.clone() }),
        digest(&net, (&short, &[]), &narrow(&x), None, &trace),
    ];
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b), "{i}");
    }
    // Neither the threads nor the limit of memory change a bit.
    let other = EmpiricalOptions { threads: 3, memory_limit: Some(1 << 40), ..trace.clone() };
    assert_eq!(of(&net, &p, &[], &x, None, &other), all[0]);
}
