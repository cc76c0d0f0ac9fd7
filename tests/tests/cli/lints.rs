//! `[lints]` in `aludel.toml`.

use std::error::Error;

use serde_json::Value;
use tests::TestResult;

use crate::program::Workplace;

/// Creates a chain with two `if-exists` errors and several harmless clauses.
fn with_clauses() -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    let tables = "CREATE TABLE IF NOT EXISTS t (a);\nCREATE TABLE IF NOT EXISTS u (a);";
    here.scratch.write("a1", "", tables, "DROP TABLE IF EXISTS u;\nDROP TABLE IF EXISTS t;")?;
    let again = "CREATE TABLE IF NOT EXISTS t (a, b);\nCREATE TABLE v (a);";
    here.scratch.write("b2", "a1", again, "DROP TABLE v;")?;
    let again = "CREATE TABLE IF NOT EXISTS u (a, b);\nCREATE TABLE w (a);";
    here.scratch.write("c3", "b2", again, "DROP TABLE w;")?;
    Ok(here)
}

fn verify(here: &Workplace) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_str(&here.run("verify --format json")?.stdout)?)
}

fn lints(here: &Workplace, lints: &str) -> std::io::Result<()> {
    std::fs::write(here.scratch.path("aludel.toml"), format!("[lints]\n{lints}\n"))
}

#[test]
fn harmless_clauses_are_one_note_per_script() -> TestResult {
    let here = with_clauses()?;
    let printed = verify(&here)?;
    let notes = printed["notes"].as_array().ok_or("no notes")?;
    assert_eq!(notes.len(), 1, "{printed}");
    let title = "`IF EXISTS` and `IF NOT EXISTS` have no effect in 4 statements of this script";
    assert_eq!(notes[0]["title"], title);
    assert_eq!(printed["problems"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[test]
fn a_lint_is_allowed_everywhere_or_up_to_a_revision() -> TestResult {
    let here = with_clauses()?;
    lints(&here, "if-exists = \"allow\"")?;
    insta::assert_snapshot!(here.printed("verify")?, @r"
    3 scripts verified: no errors
    2 lint errors allowed by `aludel.toml`
    ");
    assert_eq!(verify(&here)?["allowed"], 2);
    lints(&here, "if-exists = { allow_up_to = \"b2\" }")?;
    let printed = verify(&here)?;
    assert_eq!((&printed["allowed"], printed["problems"].as_array().map(Vec::len)), (&1.into(), Some(1)));
    assert_eq!(printed["problems"][0]["file"], "migrations/c3_script.sql");
    assert_eq!(printed["notes"].as_array().map(Vec::len), Some(0));
    Ok(())
}

#[test]
fn err_a_lint_or_a_revision_that_does_not_exist() -> TestResult {
    let here = with_clauses()?;
    lints(&here, "if-exist = \"allow\"")?;
    insta::assert_snapshot!(here.refused("verify")?, @r"
    error: cannot use `aludel.toml`: unknown lint `if-exist`: did you mean `if-exists`?
    exit 2
    ");
    lints(&here, "if-exists = \"deny\"")?;
    let refused = here.refused("verify")?;
    assert!(refused.contains("expected `\"allow\"` or `{ allow_up_to = \"<revision>\" }`"), "{refused}");
    lints(&here, "if-exists = { allow_up_to = \"b3\" }")?;
    let printed = verify(&here)?;
    let problem = &printed["problems"][0];
    assert_eq!(problem["title"], "`if-exists` is allowed up to revision `b3`, which no script defines");
    assert_eq!(problem["help"], "did you mean `b2`?");
    assert_eq!(printed["problems"].as_array().map(Vec::len), Some(1));
    Ok(())
}
