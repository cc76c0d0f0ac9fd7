//! Step by step, reading only the touched objects has the same result as reading everything.

use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::Connection;
use rusqlite::hooks::{AuthContext, Authorization};

use super::read;
use crate::schema::sqlite::{Reader, Touched};

/// Statements that run in random order, so that some of them fail.
const STATEMENTS: [&str; 22] = [
    "CREATE TABLE t (a, b TEXT)",
    "CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT, a COLLATE NOCASE UNIQUE)",
    "CREATE TABLE T2 (a REFERENCES t)",
    "DROP TABLE t",
    "DROP TABLE u",
    "DROP TABLE t2",
    "CREATE INDEX i ON t (a)",
    "CREATE INDEX j ON u (a)",
    "DROP INDEX i",
    "DROP INDEX j",
    "CREATE VIEW v AS SELECT 1 AS a",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END",
    "CREATE TRIGGER w INSTEAD OF DELETE ON v BEGIN DELETE FROM t; END",
    "DROP TRIGGER g",
    "DROP VIEW v",
    "ALTER TABLE t ADD COLUMN c",
    "ALTER TABLE t RENAME TO x",
    "ALTER TABLE x RENAME TO t",
    "ALTER TABLE u RENAME COLUMN a TO b",
    "CREATE VIRTUAL TABLE f USING fts5(a)",
    "DROP TABLE f",
    "INSERT INTO t DEFAULT VALUES",
];

#[derive(Debug, Clone)]
enum Step {
    Run(&'static str),
    /// Creates a savepoint, or rolls back to the last one.
    Remember,
    GoBack,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => select(&STATEMENTS[..]).prop_map(Step::Run),
        1 => Just(Step::Remember),
        1 => Just(Step::GoBack),
    ]
}

fn take_steps(steps: &[Step]) -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch("CREATE TABLE own (x)")?;
    let touched = Arc::new(Mutex::new(Touched::Everything));
    let touching = Arc::clone(&touched);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        if let Ok(mut touched) = touching.lock() {
            touched.note(&context);
        }
        Authorization::Allow
    }))?;
    let mut reader = Reader::ignoring(["own"]);
    let mut places: Vec<Touched> = Vec::new();
    for step in steps {
        match step {
            // A failed statement changes nothing.
            Step::Run(statement) => drop(connection.execute_batch(statement)),
            Step::Remember => {
                connection.execute_batch("SAVEPOINT place")?;
                places.push(Touched::Nothing);
            }
            Step::GoBack if places.is_empty() => {}
            Step::GoBack => {
                connection.execute_batch("ROLLBACK TO place; RELEASE place")?;
                reader.roll_back();
                let since = places.pop().unwrap_or_default();
                reader.read(&connection, &since)?;
            }
        }
        let now = touched.lock().map_or(Touched::Everything, |mut touched| std::mem::take(&mut *touched));
        for place in &mut places {
            place.add(&now);
        }
        reader.read(&connection, &now)?;
        let mut whole = read(&connection)?;
        whole.retain_tables(|table| table != "own");
        if *reader.schema() != whole {
            return Err(format!("after {step:?}: {:#?}\nis not {whole:#?}", reader.schema()).into());
        }
        touched.lock().map(|mut touched| *touched = Touched::Nothing).unwrap_or_default();
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_touched_is_all_that_changed(steps in vec(step(), 1..40)) {
        prop_assert_eq!(take_steps(&steps).map_err(|error| error.to_string()), Ok(()));
    }
}
