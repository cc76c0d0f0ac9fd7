//! Databases that other tools created, with the tool versions from `outside/other_tools` and
//! `outside/node`. The databases are imported, adopted, upgraded and downgraded.

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

/// A tool that migrates the `test.db` database.
struct Tool {
    name: &'static str,
    /// Returns the files of a migration, given its number, counted from 1.
    files: fn(usize, Migration) -> Vec<(String, String)>,
    /// Returns the command that runs the migrations in the `old` folder.
    migrate: fn(&str) -> Result<Command, String>,
}

const TOOLS: [Tool; 6] = [
    Tool {
        name: "sqlx",
        files: |number, migration| {
            apart([format!("{number}0_step.up.sql"), format!("{number}0_step.down.sql")], migration)
        },
        migrate: in_the_program,
    },
    Tool {
        name: "diesel",
        files: |number, migration| {
            let folder = format!("2024-01-0{number}-120000_step");
            apart([format!("{folder}/up.sql"), format!("{folder}/down.sql")], migration)
        },
        migrate: in_the_program,
    },
    Tool {
        // It has no downgrades.
        name: "refinery",
        files: |number, (up, _)| vec![(format!("V{number}0__step.sql"), up.to_owned())],
        migrate: in_the_program,
    },
    Tool {
        name: "rusqlite-migration",
        files: |number, migration| {
            apart([format!("0{number}-step/up.sql"), format!("0{number}-step/down.sql")], migration)
        },
        migrate: in_the_program,
    },
    Tool {
        name: "dbmate",
        files: |number, (up, down)| {
            let text = format!("-- migrate:up\n{up}\n-- migrate:down\n{}", down.unwrap_or_default());
            vec![(format!("2024010{number}120000_step.sql"), text)]
        },
        migrate: |_| {
            let mut dbmate = Command::new(node_tools()?.join("node_modules/.bin/dbmate"));
            dbmate.args(["--url", "sqlite:test.db", "--migrations-dir", "old", "--no-dump-schema", "up"]);
            Ok(dbmate)
        },
    },
    Tool {
        // It has no downgrades.
        name: "drizzle",
        files: |number, (up, _)| {
            let entry = |index: usize| {
                format!(
                    r#"{{"idx": {index}, "when": 170406720000{index}, "tag": "000{index}_step", "breakpoints": true}}"#
                )
            };
            let entries: Vec<String> = (0..number).map(entry).collect();
            let journal = format!(r#"{{"dialect": "sqlite", "entries": [{}]}}"#, entries.join(", "));
            let text = up.trim_end().replace(";\n", ";\n--> statement-breakpoint\n");
            vec![(format!("000{}_step.sql", number - 1), text), ("meta/_journal.json".to_owned(), journal)]
        },
        migrate: |_| {
            let mut node = Command::new("node");
            node.arg(node_tools()?.join("drizzle.js")).args(["old", "test.db"]);
            Ok(node)
        },
    },
];

/// Returns the files of a tool that keeps the upgrade and the downgrade in separate files.
fn apart([up_name, down_name]: [String; 2], (up, down): Migration) -> Vec<(String, String)> {
    let down = down.map(|down| (down_name, down.to_owned()));
    [(up_name, up.to_owned())].into_iter().chain(down).collect()
}

/// Returns the folder into which `.ci/node-tools` installs the tools of `outside/node`.
fn node_tools() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/node");
    let folder = folder.canonicalize();
    folder.map_err(|error| format!("the tools for Node are missing, run `.ci/node-tools`: {error}"))
}

fn in_the_program(tool: &str) -> Result<Command, String> {
    let mut program = Command::new(program().as_ref().map_err(Clone::clone)?);
    program.args([tool, "old", "test.db"]);
    Ok(program)
}

/// Builds the program that contains the tools. Builds it only once.
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

fn put(here: &Workplace, tool: &Tool, number: usize, migration: Migration) -> TestResult {
    for (name, text) in (tool.files)(number, migration) {
        let path = here.scratch.path("old").join(name);
        std::fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Runs the migrations in the `old` folder with the tool itself.
fn migrate(here: &Workplace, tool: &Tool) -> TestResult {
    let mut command = (tool.migrate)(tool.name)?;
    let ran = command.current_dir(here.scratch.folder()).output();
    let ran = ran.map_err(|error| format!("{}: {error}", tool.name))?;
    if ran.status.success() {
        return Ok(());
    }
    Err(format!("{}: {}", tool.name, String::from_utf8_lossy(&ran.stderr)).into())
}

#[test]
fn a_database_of_the_tool_itself_is_adopted_and_goes_on() -> TestResult {
    for tool in &TOOLS {
        let (here, name) = (Workplace::empty()?, tool.name);
        let [applied @ .., pending] = HISTORY;
        for (index, migration) in applied.into_iter().enumerate() {
            put(&here, tool, index + 1, migration)?;
        }
        migrate(&here, tool)?;
        put(&here, tool, HISTORY.len(), pending)?;
        let imported =
            here.json(&format!("import {name} old")).map_err(|error| format!("{name}: {error}"))?;
        let scripts = imported["imported"].as_array().ok_or("no scripts")?;
        assert_eq!(scripts.len(), HISTORY.len(), "{name}");
        assert!(here.printed("verify")?.contains("5 scripts verified: no errors"), "{name}");

        let adopted = here.json("adopt").map_err(|error| format!("{name}: {error}"))?;
        assert_eq!(adopted["applied"].as_array().map(Vec::len), Some(4), "{name}: {adopted}");
        here.printed("upgrade head")?;
        assert_eq!(here.printed("check")?, "the database is at head\n", "{name}");
        let labels: String =
            here.open()?.query_row("SELECT group_concat(label, '|') FROM jars", [], |row| row.get(0))?;
        assert_eq!(labels, "honey|plums", "{name}");

        let last = scripts.last().and_then(|script| script["revision"].as_str()).ok_or("no revision")?;
        let before = here.json(&format!("show {last}"))?[0]["down_revisions"][0].clone();
        here.printed("downgrade -1 --yes")?;
        assert_eq!(here.json("current")?["current"][0]["revision"], before, "{name}");
        let columns = here.open()?.prepare("SELECT * FROM jars")?.column_count();
        assert_eq!(columns, 3, "{name}");
    }
    Ok(())
}

/// The edited text produces the same schema, so only the checksum shows the difference.
#[test]
fn a_migration_that_was_edited_after_it_ran_is_not_adopted() -> TestResult {
    for tool in TOOLS.iter().filter(|tool| ["sqlx", "refinery", "drizzle"].contains(&tool.name)) {
        let (here, name) = (Workplace::empty()?, tool.name);
        for (index, migration) in HISTORY.into_iter().enumerate() {
            put(&here, tool, index + 1, migration)?;
        }
        migrate(&here, tool)?;
        put(&here, tool, 3, ("UPDATE jars SET label = upper(label);\n", None))?;
        // The journal of Drizzle lists what was written before.
        let [.., last] = HISTORY;
        put(&here, tool, HISTORY.len(), last)?;
        here.printed(&format!("import {name} old"))?;
        let before = tests::dump(&here.open()?)?;
        let printed = here.refused("adopt")?;
        assert!(
            printed.contains("it was edited after it ran") && printed.ends_with("exit 7"),
            "{name}: {printed}"
        );
        assert_eq!(tests::dump(&here.open()?)?, before, "{name}");
    }
    Ok(())
}
