//! The rows of the version table and the ledger while a chain is proved.

use super::{Script, TestResult, examined, faults_with_rows};
use crate::proof::Options;

const READS: &str = "Allow: reads-version-table|";

/// Returns an upgrade that fails unless the version table has these rows and the ledger has this
/// state.
fn expects(table: &str, rows: &str) -> String {
    format!(
        "{READS}CREATE TABLE {table} (found TEXT NOT NULL CHECK (found = '{rows}'), state TEXT NOT NULL CHECK (length(state) = 64));
INSERT INTO {table} VALUES (
    (SELECT group_concat(version_num) FROM (SELECT version_num FROM alembic_version ORDER BY 1)),
    (SELECT state FROM aludel_history ORDER BY id DESC LIMIT 1)
);"
    )
}

fn table(name: &str) -> [String; 2] {
    [format!("CREATE TABLE {name} (a);"), format!("DROP TABLE {name};")]
}

#[test]
fn a_script_sees_the_rows_of_the_revision_before_it() -> TestResult {
    let (a, b, d) = (table("ta"), table("tb"), table("td"));
    let c = [expects("tc", "b2"), "DROP TABLE tc;".to_owned()];
    let chain: [Script<'_>; 4] = [
        ("a1", "", &a[0], &a[1]),
        ("b2", "a1", &b[0], &b[1]),
        ("c3", "b2", &c[0], &c[1]),
        ("d4", "c3", &d[0], &d[1]),
    ];
    assert_eq!(faults_with_rows(&chain)?, []);
    let wrong = [expects("tc", "a1"), "DROP TABLE tc;".to_owned()];
    let [a1, b2, _, d4] = chain;
    let report = examined(&[a1, b2, ("c3", "b2", &wrong[0], &wrong[1]), d4], &Options::default())?;
    let codes: Vec<&str> = report.problems.iter().map(aludel_core::problem::Problem::code).collect();
    assert_eq!(codes, ["script-fails"]);
    Ok(())
}

#[test]
fn a_merge_point_and_what_follows_it_see_one_row() -> TestResult {
    let (a, b, c) = (table("ta"), table("tb"), table("tc"));
    let e = [expects("te", "d4"), "DROP TABLE te;".to_owned()];
    let chain: [Script<'_>; 5] = [
        ("a1", "", &a[0], &a[1]),
        ("b2", "a1", &b[0], &b[1]),
        ("c3", "a1", &c[0], &c[1]),
        ("d4", "b2, c3", "", ""),
        ("e5", "d4", &e[0], &e[1]),
    ];
    assert_eq!(faults_with_rows(&chain)?, []);
    Ok(())
}

#[test]
fn a_downgrade_sees_its_own_row() -> TestResult {
    let a = table("ta");
    let down = format!(
        "{} DELETE FROM td; DROP TABLE td; DROP TABLE tb;",
        expects("td", "b2").trim_start_matches(READS)
    );
    let chain: [Script<'_>; 2] =
        [("a1", "", &a[0], &a[1]), ("b2", "a1", &format!("{READS}CREATE TABLE tb (a);"), &down)];
    assert_eq!(faults_with_rows(&chain)?, []);
    Ok(())
}
