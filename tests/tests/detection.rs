//! Compares autogenerate with Alembic's on the same pairs of schemas: which changes each detects,
//! and which properties a table keeps when it is rebuilt.
//!
//! `docs/differences-from-alembic.md` contains the two generated tables.
#![cfg(feature = "peers")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use aludel::rusqlite::Connection;
use aludel_core::chain::assemble;
use aludel_core::folder::{File, Folder};
use aludel_core::script::Draft;
use aludel_proof::autogenerate::{Generated, Question, Settings};
use aludel_proof::proof::Options;
use aludel_proof::target_schema::TargetSchema;
use tests::TestResult;

/// The changes, by Alembic's name, with the schema before and after.
const CHANGES: &str = include_str!("../data/autogenerate-changes.sql");

/// The properties that a table may lose: a name, the tables with rows, the same tables with a
/// default for `n`, and a query that shows the loss.
const LOSSES: &str = include_str!("../data/autogenerate-losses.sql");

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// Passes lines to a Python script in `data`, and returns its answer to each line.
fn alembic(script: &str, lines: &[serde_json::Value]) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut child = Command::new("python3")
        .arg(Path::new(FOLDER).join("data").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`python3` cannot be run: {error}"))?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    for line in lines {
        writeln!(stdin, "{line}")?;
    }
    drop(stdin);
    let output = child.wait_with_output()?;
    let answers = String::from_utf8(output.stdout)?;
    let answers = answers.lines().map(|line| {
        let (name, answer): (String, serde_json::Value) = serde_json::from_str(line)?;
        let words = |value: &serde_json::Value| value.as_str().map(|word| format!("`{word}`"));
        let answer = match &answer {
            serde_json::Value::Array(all) if all.is_empty() => "nothing".to_owned(),
            serde_json::Value::Array(all) => all.iter().filter_map(words).collect::<Vec<_>>().join(", "),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        Ok((name, answer))
    });
    answers.collect()
}

/// Generates a script for a pair of schemas.
fn generated(before: &str, after: &str) -> Result<Option<Generated>, Box<dyn Error>> {
    let script = format!(
        "-- First\n--\n-- Revision ID: a1\n-- Revises:\n-- Create Date: 2026-01-15 10:30:00.000000\n\n-- upgrade\n{before}\n"
    );
    let down = downgrade(before)?;
    let text = format!("{script}\n-- downgrade\n{down}\n");
    let folder = Folder {
        files: vec![File { path: "a1_first.sql".to_owned(), bytes: text.into_bytes() }],
        ..Folder::default()
    };
    let assembled = assemble(&folder, false).map_err(|faulty| format!("{:?}", faulty.problems))?;
    let target = TargetSchema::of_sql("after.sql", after);
    let wanted = target.map_err(|problems| format!("{problems:?}"))?;
    let (mut settings, options) = (Settings::default(), Options::default());
    // Alembic does not detect this change; here it is optional.
    settings.compared.order = true;
    let question =
        Question { assembled: &assembled, wanted: &wanted, settings: &settings, options: &options };
    let draft = Draft {
        id: "b2".to_owned(),
        message: "Change".to_owned(),
        revises: vec!["a1".to_owned()],
        create_date: "2026-01-15 10:30:00.000000".to_owned(),
        ..Draft::default()
    };
    Ok(question.generate(&draft, &folder)?)
}

/// Returns statements that drop the objects that `before` creates.
fn downgrade(before: &str) -> Result<String, Box<dyn Error>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(before)?;
    let sql = "SELECT group_concat(printf('DROP %s %s;', type, name), char(10)) FROM (SELECT * FROM sqlite_schema
               WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'f\\_%' ESCAPE '\\'
               ORDER BY type DESC, rowid DESC)";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn cases(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    text.split("-- case: ").skip(1).filter_map(|case| {
        let (name, rest) = case.split_once('\n')?;
        Some((name, rest.split("-- then\n").map(str::trim).collect()))
    })
}

/// Asserts that the document contains a table with exactly these lines.
fn expect_in_the_document(table: &str) -> TestResult {
    let path = Path::new(FOLDER).join("../docs/differences-from-alembic.md");
    let document = std::fs::read_to_string(path)?.replace("\r\n", "\n");
    assert!(document.contains(table), "docs/differences-from-alembic.md is to hold\n\n{table}");
    Ok(())
}

#[test]
fn who_detects_what() -> TestResult {
    let pairs: Vec<(&str, Vec<&str>)> = cases(CHANGES).collect();
    let asked = pairs.iter().map(|(name, parts)| serde_json::json!([name, parts.first()]));
    let theirs = alembic("alembic-autogenerate.py", &asked.collect::<Vec<_>>())?;
    assert_eq!(theirs.len(), pairs.len());
    let mut table = "| change | Alembic | Aludel |\n|---|---|---|\n".to_owned();
    for ((name, parts), (_, theirs)) in pairs.iter().zip(theirs) {
        let [before, after] = parts.as_slice() else { return Err(format!("{name} has no two parts").into()) };
        let made = generated(before, after).map_err(|error| format!("{name}: {error}"))?;
        let kinds =
            made.map(|made| made.detected.iter().map(|one| format!("`{}`", one.kind())).collect::<Vec<_>>());
        let ours = kinds.map_or("nothing".to_owned(), |kinds| kinds.join(", "));
        writeln!(table, "| {name} | {theirs} | {ours} |")?;
    }
    expect_in_the_document(&table)
}

#[test]
fn what_is_kept_of_a_table_that_is_made_anew() -> TestResult {
    let losses: Vec<(&str, Vec<&str>)> = cases(LOSSES).collect();
    let mut asked = Vec::new();
    for (name, parts) in &losses {
        let [schema, rows, _, question] = parts.as_slice() else {
            return Err(format!("{name} has no four parts").into());
        };
        asked.push(serde_json::json!([name, format!("{schema}\n{rows}"), question]));
    }
    let theirs = alembic("alembic-batch.py", &asked)?;
    assert_eq!(theirs.len(), losses.len());
    let mut table = "| of the rebuilt table | Alembic's batch | Aludel |\n|---|---|---|\n".to_owned();
    for ((name, parts), (_, theirs)) in losses.iter().zip(theirs) {
        let [schema, rows, after, question] = parts.as_slice() else { continue };
        let made = generated(schema, after).map_err(|error| format!("{name}: {error}"))?;
        let filled =
            made.and_then(|made| made.draft.filled).ok_or_else(|| format!("{name}: nothing to do"))?;
        assert!(filled.upgrade.contains("is rebuilt"), "{name}");
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(&format!("{schema}\n{rows}"))?;
        let ask = || -> Result<Vec<String>, Box<dyn Error>> {
            let mut statement = connection.prepare(question)?;
            let rows = statement.query_map([], |row| Ok(format!("{:?}", row.get_ref(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let before = ask()?;
        // As the runner does.
        connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?;
        connection.execute_batch(&filled.upgrade)?;
        connection.execute_batch("COMMIT; PRAGMA foreign_keys = ON")?;
        let ours = if ask()? == before { "kept" } else { "lost" };
        writeln!(table, "| {name} | {theirs} | {ours} |")?;
    }
    expect_in_the_document(&table)
}
