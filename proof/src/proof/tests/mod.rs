//! Tests that run small chains and check the reports.

mod blame;
mod branches;
mod fingerprints;
mod lints;
mod own_rows;

use aludel_core::chain::assemble;
use aludel_core::folder::{File, Folder};
use aludel_core::problem::{Problem, Severity};

use crate::proof::{ColumnOrder, Options, Report, examine};

/// The result of a test.
pub(super) type TestResult = Result<(), String>;

/// A script: ID, `Revises`, upgrade and downgrade. If the upgrade contains `|`, the text before it
/// is a header line.
pub(super) type Script<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Returns the problems in a chain, without rows. Multiple heads are allowed.
pub(super) fn problems_of(scripts: &[Script<'_>]) -> Result<Vec<Problem>, String> {
    Ok(shown(scripts)?.problems)
}

/// Returns the errors in a chain that runs with rows.
pub(super) fn faults_with_rows(scripts: &[Script<'_>]) -> Result<Vec<Problem>, String> {
    let mut problems = examined(scripts, &Options::default())?.problems;
    problems.retain(|problem| problem.severity == Severity::Fault);
    Ok(problems)
}

/// Returns the report on a chain, without rows. Multiple heads are allowed.
pub(super) fn shown(scripts: &[Script<'_>]) -> Result<Report, String> {
    examined(scripts, &Options { with_rows: false, ..Options::default() })
}

/// Returns the errors in a chain that runs with rows, if the order of columns is compared.
pub(super) fn faults_in_order(scripts: &[Script<'_>]) -> Result<Vec<Problem>, String> {
    let options = Options { column_order: ColumnOrder::Compared, ..Options::default() };
    let mut problems = examined(scripts, &options)?.problems;
    problems.retain(|problem| problem.severity == Severity::Fault);
    Ok(problems)
}

fn examined(scripts: &[Script<'_>], options: &Options) -> Result<Report, String> {
    let file = |(id, revises, upgrade, downgrade): &Script<'_>| {
        let (key, upgrade) = upgrade.split_once('|').unwrap_or(("", upgrade));
        let key = if key.is_empty() { String::new() } else { format!("-- {key}\n") };
        let text = format!(
            "-- Script {id}\n--\n-- Revision ID: {id}\n-- Revises: {revises}\n{key}\n-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
        );
        File { path: format!("m/{id}_script.sql"), bytes: text.into_bytes() }
    };
    let folder = Folder { files: scripts.iter().map(file).collect(), ..Folder::default() };
    let assembled = assemble(&folder, true).map_err(|faulty| format!("{:#?}", faulty.problems))?;
    Ok(examine(&assembled, options))
}

/// Returns the codes of the errors in a chain, each with the ID of its script.
pub(super) fn faults(scripts: &[Script<'_>]) -> Result<Vec<String>, String> {
    codes(scripts, Severity::Fault)
}

/// Returns the codes of the notes on a chain, each with the ID of its script.
pub(super) fn notes(scripts: &[Script<'_>]) -> Result<Vec<String>, String> {
    codes(scripts, Severity::Note)
}

fn codes(scripts: &[Script<'_>], severity: Severity) -> Result<Vec<String>, String> {
    let code = |problem: &Problem| {
        let path = problem.place.as_ref().map_or("", |place| place.source.path.as_str());
        let id = path.trim_start_matches("m/").trim_end_matches("_script.sql");
        format!("{id} {}", problem.code())
    };
    Ok(problems_of(scripts)?.iter().filter(|problem| problem.severity == severity).map(code).collect())
}

/// A table with three columns, which most chains create first.
pub(super) const PHOTOS: Script<'_> =
    ("a1", "", "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, taken TEXT);", "DROP TABLE photos;");
