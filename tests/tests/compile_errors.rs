//! What the compiler says of a broken chain: `ui/<kind of fault>/<fault>.rs`, its scripts beside it, and the message in `<fault>.stderr`.
//!
//! Each case goes on to use the chain, so that a fault which causes a second error elsewhere is seen.

#[test]
fn a_broken_chain_does_not_compile_and_says_why() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.pass("ui/notes/*.rs");
    for kind in [
        "branches",
        "call",
        "files",
        "frozen",
        "graph",
        "header",
        "lints",
        "models",
        "names",
        "proof",
        "rows",
        "scratch",
        "sections",
        "statements",
        "table",
        "types",
    ] {
        cases.compile_fail(format!("ui/{kind}/*.rs"));
    }
}
