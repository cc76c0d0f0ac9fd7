//! Rows are found that statements of many forms change.
#![cfg(feature = "peers")]

mod support;

use std::error::Error;

use aludel_core::problem::Style;
use aludel_postgres::proof::{Options, prove};

#[test]
fn rows_are_found_that_each_form_changes() -> Result<(), Box<dyn Error>> {
    let (chain, sources) = support::chain(include_str!("corpus/forms.sql"));
    let options = Options { lints: false, ..Options::default() };
    let report = prove(&chain, &sources, support::server()?, &options)?;
    let unseen: Vec<String> = report
        .problems
        .iter()
        .filter(|problem| problem.code() == "no-row-for-statement")
        .map(|problem| problem.render(Style::Plain))
        .collect();
    let counts = report.counts;
    assert!(unseen.is_empty(), "{counts:?}\n{}", unseen.join("\n"));
    assert_eq!((counts.row_statements, counts.rows_changed), (44, 44));
    Ok(())
}
