//! The kernels' threads as threads of the system under ThreadSanitizer: silent as they stand, and a report for every barrier that
//! is left out.
#![cfg(target_os = "linux")]

#[path = "host/compiler.rs"]
mod compiler;

use compiler::compile;
use nets::{NetworkSpec, resolve};
use nets_cuda::{Chain, Choice, Layout, source};
use std::process::Command;

/// Every kind of operation, deltas in the place of values and beside them.
const NETWORK: &str = r#"{ "input": 2, "layers": [
    { "type": "fourierFeatures", "frequencies": [[0.1, 0.2], [0.3, 0.1]] },
    { "type": "dense", "units": 8 }, { "type": "activation", "fn": "tanh" },
    { "type": "dense", "units": 7 }, { "type": "activation", "fn": "sin" }, { "type": "activation", "fn": "tanh" },
    { "type": "dense", "units": 2 }
] }"#;

struct Found {
    losses: String,
    report: String,
    reported: bool,
}

/// The program with these definitions, run once.
fn run(definitions: &[&str]) -> Found {
    let network = resolve(&NetworkSpec::from_json(NETWORK).unwrap()).unwrap();
    let chain = Chain::new(&network).unwrap();
    let choice = Choice { threads: 32, tile: 12, slots_shared: true, moments_shared: true };
    let layout = Layout::new(&chain, 8, choice);
    let end = format!("#define BYTES {}\n{}", layout.bytes, include_str!("host/races.cu"));
    let text = source::compose(&chain, &layout, include_str!("host/shim.cu"), &end);
    let mut flags = vec!["-g", "-pthread"];
    flags.extend(definitions);
    let program = compile(&text, &flags, "");
    let output = Command::new(program).env("TSAN_OPTIONS", "exitcode=66").output().unwrap();
    Found {
        losses: String::from_utf8(output.stdout).unwrap(),
        report: String::from_utf8_lossy(&output.stderr).into_owned(),
        reported: output.status.code() == Some(66),
    }
}

const THREADS: [&str; 2] = ["-DSHIM_THREADS", "-fsanitize=thread"];

#[test]
fn the_kernel_has_no_race_and_gives_what_fibers_give() {
    for (batch, losses) in [(&[][..], 8), (&["-DWHOLE"], 10)] {
        let fibers = run(batch);
        let threads = run(&[&THREADS[..], batch].concat());
        assert!(!threads.reported && threads.report.is_empty(), "{}", threads.report);
        assert_eq!(threads.losses, fibers.losses);
        assert_eq!(fibers.losses.lines().count(), losses);
        assert!(fibers.losses.lines().all(|loss| loss.parse::<f64>().unwrap() > 0.0));
    }
}

#[test]
fn a_barrier_that_is_left_out_is_found() {
    for barrier in 0..=11 {
        let plant = format!("-DPLANT={barrier}");
        // Where all rows stay in the tile, only the last one stands between an update and the next step.
        let batch: &[&str] = if barrier == 10 { &["-DWHOLE"] } else { &[] };
        let found = run(&[&THREADS[..], &[plant.as_str()], batch].concat());
        assert!(found.reported && found.report.contains("data race"), "barrier {barrier}: {}", found.report);
    }
}
