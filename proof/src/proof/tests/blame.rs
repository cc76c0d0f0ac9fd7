//! Tests of the statements that errors mark.

use aludel_core::problem::Place;

use super::{PHOTOS, Script, TestResult, problems_of};

/// Returns the marks other than the downgrade's marker, each as line, column and label.
fn marks(chain: &[Script<'_>]) -> Result<Vec<String>, String> {
    let said = problems_of(chain)?;
    let mut found = said.iter().filter(|problem| problem.code() == "not-reversed");
    let Some(problem) = found.next() else { return Err(format!("{said:#?}")) };
    let mark = |(place, words): &(Place, String)| {
        let (line, column) = place.line_and_column();
        format!("{line}:{column} {words}")
    };
    Ok(problem.related.iter().map(mark).collect())
}

#[test]
fn err_the_statements_that_are_to_blame_are_shown() -> TestResult {
    let dropped = ("b2", "a1", "CREATE INDEX i ON photos (title);", "DROP INDEX i;\nDROP TABLE photos;");
    assert_eq!(marks(&[PHOTOS, dropped])?, ["11:1 `photos`: dropped here and not recreated"]);
    let left = ("b2", "a1", "CREATE INDEX i ON photos (title);\nCREATE VIEW v AS SELECT 1;", "SELECT 1;");
    assert_eq!(
        marks(&[PHOTOS, left])?,
        ["7:1 `i`: created here and not dropped again", "8:1 `v`: created here and not dropped again"]
    );
    let rebuilt = "CREATE TABLE new (id INTEGER PRIMARY KEY, title TEXT COLLATE NOCASE, taken TEXT);\n\
        INSERT INTO new SELECT id, title, taken FROM photos;\nDROP TABLE photos;\nALTER TABLE new RENAME TO photos;";
    let changed = ("b2", "a1", "ALTER TABLE photos ADD COLUMN x;", rebuilt);
    assert_eq!(
        marks(&[PHOTOS, changed])?,
        ["7:1 `photos`: changed here", "10:1 `photos`: created like this here"]
    );
    Ok(())
}
