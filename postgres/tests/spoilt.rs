//! Each script with one error is reported, with a place.
#![cfg(feature = "peers")]

mod support;

use std::error::Error;

use aludel_core::problem::{Severity, Style};
use aludel_postgres::proof::{Options, prove};

#[test]
fn each_spoilt_script_is_reported() -> Result<(), Box<dyn Error>> {
    let prelude = include_str!("corpus/prelude.sql");
    let mut wrong = Vec::new();
    let mut number = 0;
    for (name, expected, scripts) in support::cases(include_str!("corpus/spoilt.sql")) {
        let (code, words) = expected.split_once(": ").ok_or("no words")?;
        number += 1;
        let (chain, sources) = support::chain(&format!("{prelude}{scripts}"));
        let options = Options { lints: false, ..Options::default() };
        let report = prove(&chain, &sources, support::server()?, &options)?;
        let errors: Vec<_> =
            report.problems.iter().filter(|problem| problem.severity == Severity::Fault).collect();
        let is_found = errors.iter().any(|problem| {
            let is_at_script = problem.file_name().is_some_and(|file| file != "01.sql");
            problem.code() == code && problem.title().contains(words) && is_at_script
        });
        if !is_found {
            let shown: Vec<String> = errors.iter().map(|problem| problem.render(Style::Plain)).collect();
            wrong.push(format!("{name}: expected {expected}, found {}:\n{}", errors.len(), shown.join("\n")));
        }
    }
    assert!(number >= 98, "{number} scripts");
    assert!(wrong.is_empty(), "{} of {number} wrong\n\n{}", wrong.len(), wrong.join("\n\n"));
    Ok(())
}
