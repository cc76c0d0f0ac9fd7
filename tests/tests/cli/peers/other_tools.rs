//! Databases that the tools themselves have made, in the versions of `outside/other_tools`: imported,
//! adopted, upgraded and downgraded.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tests::{TestResult, build};

use crate::program::Workplace;

/// A migration: its upgrade, and its downgrade if it has one.
type Migration = (&'static str, Option<&'static str>);

/// A history with a rebuilt table that has a foreign key, changed rows, and a downgrade for one
/// of its migrations. The last migration is not applied when the database is adopted.
const HISTORY: [Migration; 5] = [
    (
        "CREATE TABLE shelves (id INTEGER PRIMARY KEY, name TEXT);\n\
         CREATE TABLE jars (id INTEGER PRIMARY KEY, shelf INTEGER REFERENCES shelves (id), label TEXT);\n",
        None,
    ),
    (
        "INSERT INTO shelves (id, name) VALUES (1, 'upper'), (2, 'lower');\n\
         INSERT INTO jars (shelf, label) VALUES (1, ' honey '), (2, 'plums');\n",
        None,
    ),
    ("UPDATE jars SET label = trim(label);\n", None),
    (
        "CREATE TABLE new_jars (id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL DEFAULT 1 REFERENCES shelves (id), label TEXT);\n\
         INSERT INTO new_jars SELECT id, coalesce(shelf, 1), label FROM jars;\n\
         DROP TABLE jars;\n\
         ALTER TABLE new_jars RENAME TO jars;\n\
         CREATE INDEX jars_by_shelf ON jars (shelf);\n",
        None,
    ),
    ("ALTER TABLE jars ADD COLUMN opened TEXT;\n", Some("ALTER TABLE jars DROP COLUMN opened;\n")),
];

/// The tools, with a function that names the upgrade and the downgrade of a migration by its number,
/// from 1. refinery has no downgrades.
const TOOLS: [(&str, Naming); 4] = [
    ("sqlx", |number| [format!("{number}0_step.up.sql"), format!("{number}0_step.down.sql")]),
    ("diesel", |number| {
        let folder = format!("2024-01-0{number}-120000_step");
        [format!("{folder}/up.sql"), format!("{folder}/down.sql")]
    }),
    ("refinery", |number| [format!("V{number}0__step.sql"), String::new()]),
    ("rusqlite-migration", |number| [format!("0{number}-step/up.sql"), format!("0{number}-step/down.sql")]),
];

type Naming = fn(usize) -> [String; 2];

/// Builds the program that contains the tools, once.
fn program() -> &'static Result<PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("outside/other_tools/Cargo.toml");
        let built = build::outside(&mut Command::new(env!("CARGO")))
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(manifest)
            .output()
            .map_err(|error| error.to_string())?;
        if built.status.success() {
            Ok(build::outside_target().join("debug/other_tools"))
        } else {
            Err(String::from_utf8_lossy(&built.stderr).into_owned())
        }
    })
}

fn put(here: &Workplace, naming: Naming, number: usize, (up, down): Migration) -> TestResult {
    let [up_name, down_name] = naming(number);
    for (name, text) in [(up_name, Some(up)), (down_name, down)] {
        let Some(text) = text.filter(|_| !name.is_empty()) else { continue };
        let path = here.scratch.path("old").join(name);
        std::fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Runs the migrations in the folder `old` with the tool itself.
fn migrate(here: &Workplace, tool: &str) -> TestResult {
    let program = program().as_ref().map_err(Clone::clone)?;
    let ran =
        Command::new(program).args([tool, "old", "test.db"]).current_dir(here.scratch.folder()).output()?;
    if ran.status.success() {
        return Ok(());
    }
    Err(format!("{tool}: {}", String::from_utf8_lossy(&ran.stderr)).into())
}

#[test]
fn a_database_of_the_tool_itself_is_adopted_and_goes_on() -> TestResult {
    for (tool, naming) in TOOLS {
        let here = Workplace::empty()?;
        let [applied @ .., pending] = HISTORY;
        for (index, migration) in applied.into_iter().enumerate() {
            put(&here, naming, index + 1, migration)?;
        }
        migrate(&here, tool)?;
        put(&here, naming, HISTORY.len(), pending)?;
        let imported =
            here.json(&format!("import {tool} old")).map_err(|error| format!("{tool}: {error}"))?;
        let scripts = imported["imported"].as_array().ok_or("no scripts")?;
        assert_eq!(scripts.len(), HISTORY.len(), "{tool}");
        assert!(here.told("verify")?.contains("5 scripts verified: no errors"), "{tool}");

        let adopted = here.json("adopt").map_err(|error| format!("{tool}: {error}"))?;
        assert_eq!(adopted["applied"].as_array().map(Vec::len), Some(4), "{tool}: {adopted}");
        here.told("upgrade head")?;
        assert_eq!(here.told("check")?, "the database is at head\n", "{tool}");
        let labels: String =
            here.open()?.query_row("SELECT group_concat(label, '|') FROM jars", [], |row| row.get(0))?;
        assert_eq!(labels, "honey|plums", "{tool}");

        let last = scripts.last().and_then(|script| script["revision"].as_str()).ok_or("no revision")?;
        let before = here.json(&format!("show {last}"))?["down_revisions"][0].clone();
        here.told("downgrade -1 --yes")?;
        assert_eq!(here.json("current")?[0]["revision"], before, "{tool}");
        let columns = here.open()?.prepare("SELECT * FROM jars")?.column_count();
        assert_eq!(columns, 3, "{tool}");
    }
    Ok(())
}

/// The edited text makes the same schema, so only the checksum shows the difference.
#[test]
fn a_migration_that_was_edited_after_it_ran_is_not_adopted() -> TestResult {
    for (tool, naming) in TOOLS.into_iter().filter(|(tool, _)| ["sqlx", "refinery"].contains(tool)) {
        let here = Workplace::empty()?;
        for (index, migration) in HISTORY.into_iter().enumerate() {
            put(&here, naming, index + 1, migration)?;
        }
        migrate(&here, tool)?;
        put(&here, naming, 3, ("UPDATE jars SET label = upper(label);\n", None))?;
        here.told(&format!("import {tool} old"))?;
        let before = tests::dump(&here.open()?)?;
        let told = here.refused("adopt")?;
        assert!(told.contains("it was edited after it ran") && told.ends_with("exit 7"), "{tool}: {told}");
        assert_eq!(tests::dump(&here.open()?)?, before, "{tool}");
    }
    Ok(())
}
