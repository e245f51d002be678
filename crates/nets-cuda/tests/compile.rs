//! NVRTC compiles a table of shapes for every architecture: no spills, registers for as many blocks as the plan counts on, shared
//! memory within the card's limit. Without NVRTC it says so and checks nothing; `FPRINCIPLE_NVRTC` names its folder.

use nets::{NetworkSpec, ResolvedNetwork, resolve};
use nets_cuda::{Card, Plan, Work, nvrtc, plan, source};
use std::sync::atomic::{AtomicUsize, Ordering};

fn network(input: usize, hidden: &[usize], function: &str, output: usize) -> ResolvedNetwork {
    let layer =
        |width: &usize| format!(r#"{{ "type": "dense", "units": {width} }}, {{ "type": "activation", {function} }}, "#);
    let layers: String = hidden.iter().map(layer).collect();
    let spec = format!(r#"{{ "input": {input}, "layers": [{layers}{{ "type": "dense", "units": {output} }}] }}"#);
    resolve(&NetworkSpec::from_json(&spec).unwrap()).unwrap()
}

fn shapes() -> Vec<(&'static str, ResolvedNetwork, usize)> {
    let tanh = r#""fn": "tanh""#;
    let formula = r#""fn": "expression", "f": "x * sigmoid(1.5 * x) + ln(1 + x^2)""#;
    let features = r#"{ "input": 2, "layers": [
        { "type": "fourierFeatures", "frequencies": { "count": 32, "scale": 1, "seed": 1 } },
        { "type": "dense", "units": 48 }, { "type": "activation", "fn": "relu" }, { "type": "dense", "units": 3 },
        { "type": "activation", "fn": "sigmoid" }] }"#;
    vec![
        ("1-40x2-1", network(1, &[40, 40], tanh, 1), 201),
        ("2-50x4-1", network(2, &[50, 50, 50, 50], tanh, 1), 100),
        ("3-64x2-10", network(3, &[64, 64], r#""fn": "gelu""#, 10), 128),
        ("1-16x1-1", network(1, &[16], r#""fn": "sin", "omega": 30"#, 1), 33),
        ("2-20x3-2", network(2, &[20, 20, 20], formula, 2), 64),
        ("features", resolve(&NetworkSpec::from_json(features).unwrap()).unwrap(), 256),
    ]
}

fn cards() -> Vec<Card> {
    let [a100, h100, consumer] = Card::all();
    let as_architecture = |card: &Card, architecture| Card { architecture, ..card.clone() };
    vec![
        a100,
        as_architecture(&consumer, 86),
        as_architecture(&consumer, 89),
        as_architecture(&h100, 90),
        as_architecture(&h100, 100),
        as_architecture(&consumer, 120),
    ]
}

/// The number before or after a word of the assembler's.
fn number(log: &str, pattern: (&str, &str)) -> usize {
    let start = log.find(pattern.0).unwrap_or_else(|| panic!("{log}")) + pattern.0.len();
    let rest = &log[start..];
    rest[..rest.find(pattern.1).unwrap_or_else(|| panic!("{log}"))].trim().parse().unwrap_or_else(|_| panic!("{log}"))
}

#[test]
fn every_shape_compiles_without_spills_for_every_architecture() {
    if let Err(error) = nvrtc::load() {
        eprintln!("not checked: {error}");
        assert!(std::env::var_os("FPRINCIPLE_TEST_NVRTC").is_none(), "FPRINCIPLE_TEST_NVRTC asks for it");
        return;
    }
    let mut all = Vec::new();
    for card in cards() {
        for (name, network, rows) in shapes() {
            // Both types on two architectures: a compilation takes seconds.
            let sizes: &[usize] = if [80, 90].contains(&card.architecture) { &[4, 8] } else { &[4] };
            all.extend(sizes.iter().map(|&size| (card.clone(), name, network.clone(), rows, size)));
        }
    }
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((card, name, network, rows, size)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            check(card, name, network, *rows, *size);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |count| count.get()) {
            scope.spawn(work);
        }
    });
    assert!(next.into_inner() >= all.len());
}

fn check(card: &Card, name: &str, network: &ResolvedNetwork, rows: usize, size: usize) {
    let work = Work { size, samples: rows, batch: rows, runs: 1, limit: None };
    let Plan::Block(block) = plan(network, &work, card).unwrap() else { panic!("{name}") };
    let cubin = nvrtc::compile(&source::for_card(&block.chain, &block.layout), card.architecture).unwrap();
    let place = format!("{name}, {size} bytes, sm_{}: {}", card.architecture, cubin.log);
    assert_eq!(&cubin.code[..4], b"\x7fELF", "{place}");
    assert!(cubin.log.contains(" 0 bytes spill stores, 0 bytes spill loads"), "{place}");
    let registers = number(&cubin.log, ("Used ", " registers"));
    assert!(registers * block.layout.threads * block.layout.resident <= 65_536, "{place}");
    assert!(block.layout.bytes <= card.shared_per_block, "{place}");
}
