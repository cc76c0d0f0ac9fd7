//! Scripts without errors pass the proof on a real server.
#![cfg(feature = "peers")]

mod support;

use std::error::Error;

use aludel_core::problem::{Severity, Style};
use aludel_postgres::proof::{Options, prove};

#[test]
fn honest_scripts_pass() -> Result<(), Box<dyn Error>> {
    let (chain, sources) = support::chain(include_str!("corpus/honest.sql"));
    assert!(chain.scripts.len() >= 79, "{} scripts", chain.scripts.len());
    let options = Options { lints: false, ..Options::default() };
    let report = prove(&chain, &sources, support::server()?, &options)?;
    let errors: Vec<String> = report
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Fault)
        .map(|problem| problem.render(Style::Plain))
        .collect();
    assert!(errors.is_empty(), "{} errors:\n{}", errors.len(), errors.join("\n\n"));
    assert_eq!(report.proved.len(), chain.scripts.len());
    Ok(())
}
