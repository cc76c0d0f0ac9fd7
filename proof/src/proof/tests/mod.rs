//! Small chains that are executed, and what is said of them.

mod blame;
mod branches;
mod fingerprints;
mod lints;
mod own_rows;

use aludel_core::chain::assemble;
use aludel_core::folder::{File, Folder};
use aludel_core::problem::{Problem, Severity};

use crate::proof::{ColumnOrder, Options, Report, examine};

/// What a test gives back.
pub(super) type TestResult = Result<(), String>;

/// A script: id, what it revises, upgrade and downgrade. A line of the upgrade's text before `|` goes into the header.
pub(super) type Script<'a> = (&'a str, &'a str, &'a str, &'a str);

/// What is said of a chain; several heads are taken.
pub(super) fn said(scripts: &[Script<'_>]) -> Result<Vec<Problem>, String> {
    Ok(shown(scripts)?.problems)
}

/// The faults of a chain that is executed with rows.
pub(super) fn faults_with_rows(scripts: &[Script<'_>]) -> Result<Vec<Problem>, String> {
    let mut problems = examined(scripts, &Options::default())?.problems;
    problems.retain(|problem| problem.severity == Severity::Fault);
    Ok(problems)
}

/// What a chain shows, without rows; several heads are taken.
pub(super) fn shown(scripts: &[Script<'_>]) -> Result<Report, String> {
    examined(scripts, &Options { with_rows: false, ..Options::default() })
}

/// The faults of a chain, with rows, where the order of columns is compared.
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

/// The codes of the faults of a chain, each with the file at which it is told.
pub(super) fn faults(scripts: &[Script<'_>]) -> Result<Vec<String>, String> {
    codes(scripts, Severity::Fault)
}

/// The codes of the notes of a chain, each with the file at which it is told.
pub(super) fn notes(scripts: &[Script<'_>]) -> Result<Vec<String>, String> {
    codes(scripts, Severity::Note)
}

fn codes(scripts: &[Script<'_>], severity: Severity) -> Result<Vec<String>, String> {
    let code = |problem: &Problem| {
        let path = problem.place.as_ref().map_or("", |place| place.source.path.as_str());
        let id = path.trim_start_matches("m/").trim_end_matches("_script.sql");
        format!("{id} {}", problem.code)
    };
    Ok(said(scripts)?.iter().filter(|problem| problem.severity == severity).map(code).collect())
}

/// A table with three columns, which most chains begin with.
pub(super) const PHOTOS: Script<'_> =
    ("a1", "", "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, taken TEXT);", "DROP TABLE photos;");
