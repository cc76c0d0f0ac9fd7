//! Replays a sample of Alembic's behavior on revision graphs with the program itself, on real
//! folders and databases. `tests/tests/vectors.rs` replays everything without files.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;

use serde_json::Value;
use tests::TestResult;

use crate::program::Workplace;

/// One out of this many graphs is replayed.
const EVERY: usize = 25;

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Writes the graph as scripts. They use `IF EXISTS` and `IF NOT EXISTS`, because after a stamp,
/// the schema may not match the version rows.
fn write(here: &Workplace, case: &Value) -> TestResult {
    for revision in case["revisions"].as_array().ok_or("no revisions")? {
        let id = revision["id"].as_str().ok_or("no id")?;
        let mut text = format!("-- Script {id}\n--\n-- Revision ID: {id}\n");
        for (key, values) in [("Revises", "down"), ("Depends On", "depends_on"), ("Branch Labels", "labels")]
        {
            let values = words(&revision[values]).join(", ");
            if key == "Revises" || !values.is_empty() {
                writeln!(text, "-- {key}: {values}")?;
            }
        }
        write!(
            text,
            "\n-- upgrade\nCREATE TABLE IF NOT EXISTS t_{id} (x);\n\n-- downgrade\nDROP TABLE IF EXISTS t_{id};\n"
        )?;
        here.scratch.write_file(&format!("{id}_script.sql"), text.as_bytes())?;
    }
    Ok(())
}

fn current(here: &Workplace) -> Result<Vec<String>, Box<dyn Error>> {
    if !here.database().exists() {
        return Ok(Vec::new());
    }
    let connection = here.open()?;
    let mut statement = connection.prepare("SELECT version_num FROM alembic_version ORDER BY 1")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Returns the direction and revision of each ledger row.
fn log(here: &Workplace) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = here.json("log")?;
    let pair = |step: &Value| (text(&step["direction"]), text(&step["revision"]));
    Ok(steps.as_array().ok_or("no list")?.iter().map(pair).collect())
}

/// Runs one command as Alembic ran it. Returns `true` if the replay can continue from the rows that
/// Alembic left.
fn replay(here: &Workplace, step: &Value) -> Result<bool, Box<dyn Error>> {
    let (command, target) =
        (step["command"].as_str().unwrap_or_default(), step["target"].as_str().unwrap_or_default());
    let (rows, logged) = (current(here)?, log(here)?.len());
    let ended = here.run(&format!("{command} {target}"))?;
    let printed = format!("at {rows:?}: {command} {target}: {ended:?}");
    let after = current(here)?;
    let takes_the_first_row = command == "downgrade" && target.starts_with('-') && rows.len() > 1;
    if step["error"].is_string() || takes_the_first_row {
        assert!(matches!(ended.code, Some(1 | 2)) && !ended.stderr.contains("panicked"), "{printed}");
        assert_eq!(after, rows, "{printed}");
        return Ok(step["error"].is_string());
    }
    assert_eq!(ended.code, Some(0), "{printed}");
    if after != words(&step["current"]) {
        // The only other difference: Alembic loses a head.
        assert_eq!((command, target), ("stamp", "heads"), "{printed}");
        return Ok(false);
    }
    let ran: BTreeSet<(String, String)> = log(here)?.into_iter().skip(logged).collect();
    let theirs = step["ran"].as_array().into_iter().flatten().map(words);
    let theirs: BTreeSet<(String, String)> =
        theirs.filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone()))).collect();
    assert!(command == "stamp" || ran == theirs, "{printed}: {theirs:?}");
    Ok(true)
}

#[test]
fn the_program_does_what_alembic_does() -> TestResult {
    let cases: Value = serde_json::from_str(include_str!("../../data/alembic-traversal.json"))?;
    let mut replayed = 0;
    for case in cases.as_array().ok_or("no cases")?.iter().step_by(EVERY) {
        let here = Workplace::empty()?;
        write(&here, case)?;
        for step in case["steps"].as_array().ok_or("no steps")? {
            replayed += 1;
            if !replay(&here, step)? {
                break;
            }
        }
    }
    assert!(replayed > 50, "only {replayed} commands were replayed");
    Ok(())
}
