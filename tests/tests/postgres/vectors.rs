//! Alembic's real behavior on 300 revision graphs, with the version rows in a real database.

use std::error::Error;

use aludel::Chain;
use aludel::chain::Folder;
use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder::{File, Folder as Read};
use aludel_core::script::Dialect;
use serde_json::Value;
use tests::TestResult;

use crate::place::{Place, migrator};

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns the chain of a case. The scripts do nothing.
fn chain(case: &Value) -> Result<Chain<Folder>, Box<dyn Error>> {
    let revisions = case["revisions"].as_array().ok_or("no revisions")?;
    let file = |revision: &Value| {
        let id = revision["id"].as_str().unwrap_or_default();
        let list = |key: &str| words(&revision[key]).join(", ");
        let text = format!(
            "-- {id}\n--\n-- Revision ID: {id}\n-- Revises: {}\n-- Depends On: {}\n-- Branch Labels: {}\n\n\
             -- upgrade\n-- nothing to do: a test\n\n-- downgrade\n-- nothing to do: a test\n",
            list("down"),
            list("depends_on"),
            list("labels"),
        );
        let text: Vec<&str> =
            text.lines().filter(|line| !line.ends_with("On: ") && !line.ends_with("Labels: ")).collect();
        File { path: format!("migrations/{id}_script.sql"), bytes: text.join("\n").into_bytes() }
    };
    let mut files: Vec<File> = revisions.iter().map(file).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let folder = Read { files, dialect: Dialect::Postgresql, ..Read::default() };
    let assembled = assemble(&folder, true).map_err(|faulty| format!("{:?}", faulty.problems))?;
    Ok(Chain::loaded(assembled.chain(VERSION_TABLE)))
}

#[test]
fn the_version_rows_are_alembics_after_every_command() -> TestResult {
    let cases: Value = serde_json::from_str(include_str!("../../data/alembic-traversal.json"))?;
    let place = Place::new()?;
    let mut client = place.connect()?;
    let (mut agreed, mut departed) = (0, 0);
    for case in cases.as_array().ok_or("no cases")? {
        client.batch_execute("DROP TABLE IF EXISTS alembic_version, aludel_history")?;
        let chain = chain(case)?;
        let migrator = migrator(&chain);
        migrator.ensure_version(&mut client)?;
        for step in case["steps"].as_array().ok_or("no steps")? {
            let (command, target) =
                (step["command"].as_str().unwrap_or_default(), step["target"].as_str().unwrap_or_default());
            let result = match command {
                "upgrade" => migrator.upgrade(&mut client, target),
                "downgrade" => migrator.downgrade(&mut client, target),
                _ => migrator.stamp(&mut client, &[target]),
            };
            let after = words(&step["current"]);
            let found = migrator.current(&mut client)?;
            if found == after && result.is_err() == step["error"].is_string() {
                agreed += 1;
                continue;
            }
            // The departures that `docs/differences-from-alembic.md` explains.
            let is_known = (command == "downgrade" && target.starts_with('-'))
                || (command, target) == ("stamp", "heads");
            assert!(
                is_known,
                "{command} {target} in {}: {found:?}, Alembic: {after:?}, {result:?}",
                case["revisions"]
            );
            departed += 1;
            client.batch_execute("DELETE FROM alembic_version")?;
            for row in &after {
                client.execute("INSERT INTO alembic_version VALUES ($1)", &[row])?;
            }
        }
    }
    assert_eq!(agreed + departed, 1869);
    assert!(departed < 60, "{departed} departures");
    Ok(())
}
