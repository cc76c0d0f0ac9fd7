//! The compile errors of broken chains: `ui/<kind of error>/<error>.rs`, its scripts next to it,
//! and the message in `<error>.stderr`.
//!
//! Each case also uses the chain, so that a second error caused by the first one would be visible.

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
