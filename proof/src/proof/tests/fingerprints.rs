//! Tests of the fingerprint after each script.

use aludel_core::schema::sqlite::{Reader, Touched};
use rusqlite::Connection;

use super::{PHOTOS, Script, shown};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Returns the fingerprints of a chain's schemas, computed from the whole schema after each
/// upgrade.
fn read_anew(scripts: &[Script<'_>]) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let connection = Connection::open_in_memory()?;
    let mut all = Vec::new();
    for (_, _, upgrade, _) in scripts {
        connection.execute_batch(upgrade.split_once('|').map_or(upgrade, |(_, upgrade)| upgrade))?;
        let mut reader = Reader::default();
        reader.read(&connection, &Touched::Everything)?;
        all.push(reader.schema().fingerprint().to_string());
    }
    Ok(all)
}

fn reported(scripts: &[Script<'_>]) -> Result<Vec<String>, String> {
    Ok(shown(scripts)?.fingerprints.iter().map(ToString::to_string).collect())
}

#[test]
fn each_is_that_of_the_schema_at_its_revision() -> TestResult {
    let scripts = [
        PHOTOS,
        ("b2", "a1", "CREATE INDEX ix ON photos (title COLLATE NOCASE);", "DROP INDEX ix;"),
        ("c3", "b2", "UPDATE photos SET title = 'x' WHERE 0;", "-- nothing to do: rows only"),
        (
            "d4",
            "c3",
            "ALTER TABLE photos RENAME COLUMN title TO name; CREATE VIEW v AS SELECT name FROM photos;",
            "DROP VIEW v; ALTER TABLE photos RENAME COLUMN name TO title;",
        ),
        // This script is on another branch. In canonical order, it comes after all others.
        ("z5", "a1", "CREATE TABLE albums (id INTEGER PRIMARY KEY);", "DROP TABLE albums;"),
    ];
    let fingerprints = reported(&scripts)?;
    assert_eq!(fingerprints, read_anew(&scripts)?);
    assert_eq!(fingerprints.get(1), fingerprints.get(2));
    Ok(())
}

#[test]
fn none_is_told_from_a_script_on_that_is_not_executed() -> TestResult {
    let scripts = [
        PHOTOS,
        ("b2", "a1", "Unproved: needs slug()|UPDATE photos SET title = slug(title);", "SELECT 1;"),
        ("c3", "b2", "CREATE TABLE c (x);", "DROP TABLE c;"),
        ("z4", "a1", "CREATE TABLE albums (id INTEGER PRIMARY KEY);", "DROP TABLE albums;"),
    ];
    assert_eq!(reported(&scripts)?, read_anew(&[PHOTOS])?);
    Ok(())
}
