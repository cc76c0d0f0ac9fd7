//! Losses are found on generated rows, and only where there are some.
#![cfg(feature = "peers")]

mod support;

use std::error::Error;

use aludel_core::problem::{Severity, Style};
use aludel_postgres::proof::{Options, prove};

#[test]
fn each_loss_is_found() -> Result<(), Box<dyn Error>> {
    let mut wrong = Vec::new();
    for (name, expected, scripts) in support::cases(include_str!("corpus/losses.sql")) {
        let (chain, sources) = support::chain(scripts);
        let options = Options { lints: false, ..Options::default() };
        let report = prove(&chain, &sources, support::server()?, &options)?;
        let errors: Vec<_> =
            report.problems.iter().filter(|problem| problem.severity == Severity::Fault).collect();
        let is_right = match expected.split_once(": ") {
            None => errors.is_empty(),
            Some((code, words)) => errors.iter().any(|problem| {
                problem.code() == code
                    && problem.title().contains(words)
                    && problem.file_name() == Some("02.sql")
            }),
        };
        if !is_right {
            let shown: Vec<String> =
                report.problems.iter().map(|problem| problem.render(Style::Plain)).collect();
            wrong.push(format!("{name}: expected {expected}, found {}:\n{}", errors.len(), shown.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n\n{}", wrong.len(), wrong.join("\n\n"));
    Ok(())
}
