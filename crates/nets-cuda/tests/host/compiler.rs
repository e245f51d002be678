//! C++ for this machine: the kernels' text made libraries and programs, each once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;

/// A command that compiles C++ for this machine.
fn compiler() -> Command {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut build = cc::Build::new();
    build.cpp(true).target(&target).host(&target).opt_level(1).debug(false).warnings(false).cargo_metadata(false);
    build.get_compiler().to_command()
}

/// A file of that name among the tests' own.
fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Compiles `text` with these arguments to a file whose name is the hash of both, unless it is there.
pub fn compile(text: &str, arguments: &[&str], ending: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (text, arguments).hash(&mut hasher);
    let name = format!("{:016x}", hasher.finish());
    let made = scratch(&format!("{name}{ending}"));
    if made.exists() {
        return made;
    }
    let own = format!("{name}-{}-{:?}", std::process::id(), std::thread::current().id());
    let (from, to) = (scratch(&format!("{own}.cpp")), scratch(&format!("{own}{ending}")));
    std::fs::write(&from, text).unwrap();
    let flags = ["-std=c++17", "-x", "c++", "-Wno-unknown-pragmas", "-fno-strict-aliasing"];
    let mut command = compiler();
    command.args(flags).args(arguments).arg(&from).arg("-o").arg(&to);
    let output = command.output().expect("a C++ compiler: the kernels are tested on the host");
    assert!(output.status.success(), "{}\n{}", from.display(), String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(&from).unwrap();
    std::fs::rename(&to, &made).unwrap();
    made
}
