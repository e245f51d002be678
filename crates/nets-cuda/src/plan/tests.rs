use super::*;
use nets::{NetworkSpec, resolve};

fn network(input: usize, hidden: &[usize], output: usize) -> ResolvedNetwork {
    let tanh = r#"{ "type": "activation", "fn": "tanh" }"#;
    let mut layers: Vec<String> =
        hidden.iter().map(|width| format!(r#"{{ "type": "dense", "units": {width} }}, {tanh}"#)).collect();
    layers.push(format!(r#"{{ "type": "dense", "units": {output} }}"#));
    let spec = format!(r#"{{ "input": {input}, "layers": [{}] }}"#, layers.join(", "));
    resolve(&NetworkSpec::from_json(&spec).unwrap()).unwrap()
}

fn work(size: usize, rows: usize, runs: usize) -> Work {
    Work { size, samples: rows, batch: rows, runs, limit: None }
}

fn block(network: &ResolvedNetwork, work: &Work, card: &Card) -> Block {
    match plan(network, work, card).unwrap() {
        Plan::Block(block) => block,
        Plan::Candle(reason) => panic!("{}: {reason}", card.name),
    }
}

#[test]
fn a_small_network_is_one_block_on_every_card() {
    let network = network(1, &[40, 40], 1);
    for card in Card::all() {
        for size in [4, 8] {
            let work = work(size, 201, 1024);
            let found = block(&network, &work, &card);
            assert!(found.layout.bytes <= card.shared_per_block, "{}", card.name);
            assert!(found.layout.tile.is_multiple_of(4) && found.layout.resident >= 1);
            assert!(found.layout.resident * found.layout.threads <= card.threads);
            assert_eq!(found.together, 1024);
            // The arithmetic of the products alone, 2 x 3 x 1,640 multiply-adds a row less the first layer's gradient of the
            // input, at the card's peak.
            let fewest = (3 * 1680 - 40) * 201;
            let peak = fewest as f64 / card.lanes[usize::from(size == 8)] as f64;
            assert!(found.clocks.busy > peak && found.clocks.alone >= found.clocks.busy, "{}", card.name);
        }
    }
}

#[test]
fn the_cut_does_not_depend_on_the_count_of_runs() {
    let network = network(2, &[64, 64], 3);
    for card in Card::all() {
        let [one, many] = [1, 10_000].map(|runs| block(&network, &work(4, 500, runs), &card).layout);
        assert_eq!(one, many);
    }
}

#[test]
fn f64_and_smaller_cards_take_smaller_tiles() {
    let network = network(1, &[48, 48, 48], 1);
    let tile = |size, card: &Card| block(&network, &work(size, 1000, 1), card).layout.tile;
    assert!(tile(8, &Card::h100()) <= tile(4, &Card::h100()));
    assert!(tile(4, &Card::rtx_4090()) <= tile(4, &Card::h100()));
    // What the README says of widths.
    block(&self::network(1, &[100; 3], 1), &work(4, 201, 1), &Card::h100());
    block(&self::network(1, &[50; 4], 1), &work(4, 201, 1), &Card::rtx_4090());
    // Weights of 200 x 3, twice, fit no block.
    let wide = self::network(1, &[200, 200, 200], 1);
    for card in Card::all() {
        let Plan::Candle(reason) = plan(&wide, &work(4, 201, 1), &card).unwrap() else { panic!("{}", card.name) };
        assert!(reason.contains("KB of shared memory, a block of this card has"), "{reason}");
    }
}

#[test]
fn a_layer_without_a_kernel_goes_to_candle_by_its_name() {
    let spec = r#"{ "input": [1, 4, 4], "layers": [{ "type": "conv2d", "filters": 1, "kernel": 4 }] }"#;
    let image = resolve(&NetworkSpec::from_json(spec).unwrap()).unwrap();
    let Plan::Candle(reason) = plan(&image, &work(4, 10, 1), &Card::h100()).unwrap() else { panic!() };
    assert!(reason.contains("[1, 4, 4]"), "{reason}");
    let spec = r#"{ "input": 2, "layers": [{ "type": "dense", "units": 2 }, { "type": "layerNorm" }] }"#;
    let norm = resolve(&NetworkSpec::from_json(spec).unwrap()).unwrap();
    let candle = plan(&norm, &work(4, 10, 1), &Card::h100()).unwrap();
    assert_eq!(
        candle.explain(&work(4, 10, 1), &Card::h100()),
        ["tier    candle", "because layers.1 (layerNorm): no kernel for this layer"]
    );
}

#[test]
fn memory_is_refused_or_shared_out() {
    let network = network(1, &[40, 40], 1);
    let card = Card::rtx_4090();
    let limited = |limit, runs| plan(&network, &Work { limit: Some(limit), ..work(4, 201, runs) }, &card);
    let error = limited(100, 1).unwrap_err();
    assert_eq!(error.code, Code::OverMemoryLimit);
    assert!(error.message.contains("train: needs"), "{error}");
    let Plan::Block(all) = limited(1 << 30, 1000).unwrap() else { panic!() };
    assert_eq!(all.together, 1000);
    let Plan::Block(some) = limited(100 << 20, 1000).unwrap() else { panic!() };
    assert!(some.together > 0 && some.together < 1000);
    assert!(some.together * some.run_bytes + some.shared_bytes <= 100 << 20);
    let huge = Work { samples: 1 << 40, ..work(4, 201, 1) };
    assert!(plan(&network, &huge, &card).unwrap_err().message.contains("on the card, which has 24.0 GiB"));
}

#[test]
fn more_runs_take_longer_and_less_each() {
    let network = network(1, &[40, 40], 1);
    for card in Card::all() {
        let found = block(&network, &work(4, 201, 1), &card);
        let times: Vec<f64> = [1, 64, 1024, 10_000].map(|runs| found.microseconds(runs, &card)).to_vec();
        assert!(times.windows(2).all(|pair| pair[1] >= pair[0]), "{}: {times:?}", card.name);
        assert!(times[3] / 10_000.0 < times[0], "{}: {times:?}", card.name);
    }
}

#[test]
fn explanations_say_what_is_predicted() {
    let network = network(1, &[40, 40], 1);
    let (work, card) = (work(4, 201, 64), Card::h100());
    let lines = plan(&network, &work, &card).unwrap().explain(&work, &card);
    assert!(lines[0].starts_with("tier    A") && lines[5].contains("predicted, not measured"), "{lines:?}");
}

/// The table of ARCHITECTURE.md is what the arithmetic gives.
#[test]
fn the_documented_predictions_are_these() {
    let path = format!("{}/../../ARCHITECTURE.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    // As Prettier and people pad it: cells, not spaces, are compared.
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let documented: Vec<String> = text.lines().map(squeezed).collect();
    for (name, hidden) in
        [("1-16x1-1", &[16][..]), ("1-40x2-1", &[40, 40]), ("1-64x2-1", &[64, 64]), ("1-50x4-1", &[50; 4])]
    {
        for (dtype, size) in [("f32", 4), ("f64", 8)] {
            let network = network(1, hidden, 1);
            let cells = Card::all().map(|card| match plan(&network, &work(size, 201, 1), &card).unwrap() {
                Plan::Block(block) => {
                    let [one, many] = [1, 10_000].map(|runs| block.microseconds(runs, &card) / runs as f64);
                    format!("{one:.1} / {many:.3}")
                }
                Plan::Candle(_) => "candle".to_owned(),
            });
            let row = format!("| {name}, {dtype} | {} |", cells.join(" | "));
            assert!(documented.contains(&row), "ARCHITECTURE.md lacks {row}");
        }
    }
}
