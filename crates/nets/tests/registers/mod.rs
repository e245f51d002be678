//! What the machine code of this test holds, every kernel of the CPU engine being in it: which registers multiply and add.

use std::collections::BTreeMap;
use std::process::Command;

/// Of the functions of one name, together: how many have fused multiply-adds in registers of 64 bytes, in such of 32, how many
/// there are of each kind.
#[derive(Debug, Default)]
struct Counts {
    functions: [usize; 2],
    instructions: [usize; 2],
}

/// By the name of a function, without its parameters; and who calls an intrinsic, which then was not inlined. `None` where there
/// is no `objdump`.
fn machine_code() -> Option<(BTreeMap<String, Counts>, Vec<String>)> {
    let mut command = Command::new("objdump");
    command.args(["-d", "-C", "--no-show-raw-insn"]).arg(std::env::current_exe().unwrap());
    let listing = String::from_utf8_lossy(&command.output().ok()?.stdout).into_owned();
    let mut all: BTreeMap<String, Counts> = BTreeMap::new();
    let (mut name, mut own) = (String::new(), [0; 2]);
    let mut calls = Vec::new();
    let mut close = |name: &str, own: [usize; 2]| {
        let counts = all.entry(name.to_owned()).or_default();
        for (kind, count) in own.into_iter().enumerate() {
            counts.instructions[kind] += count;
            counts.functions[kind] += usize::from(count > 0);
        }
    };
    for line in listing.lines() {
        if let Some((_, symbol)) = line.strip_suffix(">:").and_then(|line| line.split_once('<')) {
            close(&name, own);
            (name, own) = (symbol.to_owned(), [0; 2]);
        } else if line.contains("\tvfm") || line.contains("\tvfnm") {
            own[0] += usize::from(line.contains("%zmm"));
            own[1] += usize::from(line.contains("%ymm"));
        } else if line.contains("\tcall") && line.contains("core_arch") && line.contains("_mm") {
            calls.push(format!("{name}: {line}"));
        }
    }
    close(&name, own);
    Some((all, calls))
}

/// Kernels run inside the entries of a path ([`compute::Scalar::dispatch`]), which have them inlined.
#[test]
fn kernels_multiply_in_the_registers_of_their_path() {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return;
    }
    let Some((all, calls)) = machine_code() else {
        assert!(std::env::var_os("CI").is_none(), "objdump (binutils) is needed");
        return;
    };
    let of = |entry: &str| {
        let counts: Vec<_> = all.iter().filter(|(name, _)| name.contains(entry)).map(|(_, counts)| counts).collect();
        let sum = |kind: usize| counts.iter().map(|counts| counts.functions[kind]).sum::<usize>();
        [sum(0), sum(1)]
    };
    for number in ["f32", "f64"] {
        let ([wide, narrow], [none, other]) =
            (of(&format!("lanes::avx512::avx512_{number}")), of(&format!("lanes::avx2::avx2_{number}")));
        // Products, dot products, activations, jets, updates: each a function for each way in which it is used.
        assert!(wide >= 30, "{number}: {wide} functions with 64-byte multiply-adds");
        assert_eq!(narrow, 0, "{number}: 32-byte multiply-adds in functions for AVX-512");
        // The same work, on the other path: what is looked for is found.
        assert!(other >= 30 && none == 0, "{number}: {other} and {none} functions for AVX2");
    }
    // An intrinsic that is called, in a loop mostly. With debug assertions loads and stores look at their pointers, and some are;
    // rustfft has one in its transforms of two points for processors without AVX.
    if !cfg!(debug_assertions) {
        let ours: Vec<_> = calls.iter().filter(|call| !call.contains("rustfft")).collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
}
