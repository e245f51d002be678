fn main() {
    napi_build::setup();
    // A user's machine has no use for the symbols, which are an eighth of the file. Here and not in the profile, so that the
    // crates' tests keep the names in their backtraces.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-link-arg-cdylib=-s");
    }
}
