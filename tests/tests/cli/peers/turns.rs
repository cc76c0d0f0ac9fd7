//! Real Alembic and `aludel` take turns on one database with equivalent scripts. After each step,
//! both report the same state.

use std::error::Error;
use std::process::Command;

use tests::TestResult;

use crate::program::Workplace;

/// A revision: its ID, down revisions, label and dependency.
type Revision<'a> = (&'a str, &'a [&'a str], Option<&'a str>, Option<&'a str>);

/// Two branches and their merge point.
const MERGED: [Revision<'_>; 5] = [
    ("a1", &[], None, None),
    ("b2", &["a1"], None, None),
    ("c3", &["b2"], None, None),
    ("d4", &["b2"], None, None),
    ("m6", &["c3", "d4"], None, None),
];

/// Creates an Alembic project with the scripts of the workplace, on the same database.
fn alembic_project(here: &Workplace, revisions: &[Revision<'_>]) -> TestResult {
    let versions = here.scratch.path("alembic/versions");
    std::fs::create_dir_all(&versions)?;
    std::fs::write(
        here.scratch.path("alembic.ini"),
        "[alembic]\nscript_location = %(here)s/alembic\nsqlalchemy.url = sqlite:///test.db\n",
    )?;
    std::fs::write(
        here.scratch.path("alembic/env.py"),
        "from alembic import context\nfrom sqlalchemy import create_engine\n\n\
         url = context.config.get_main_option('sqlalchemy.url')\n\n\
         def run(**options):\n    context.configure(**options)\n    \
         with context.begin_transaction():\n        context.run_migrations()\n\n\
         if context.is_offline_mode():\n    run(url=url, literal_binds=True)\n\
         else:\n    with create_engine(url).connect() as connection:\n        run(connection=connection)\n",
    )?;
    let literal = |name: Option<&str>| name.map_or("None".to_owned(), |name| format!("'{name}'"));
    for (id, down, label, depends_on) in revisions {
        let down: Vec<String> = down.iter().map(|down| format!("'{down}',")).collect();
        let (up, back) = if down.len() > 1 {
            ("pass".to_owned(), "pass".to_owned())
        } else {
            (
                format!("op.execute('CREATE TABLE t_{id} (id INTEGER PRIMARY KEY)')"),
                format!("op.execute('DROP TABLE t_{id}')"),
            )
        };
        let script = format!(
            "from alembic import op\nrevision = '{id}'\ndown_revision = ({}) or None\nbranch_labels = {}\ndepends_on = {}\n\n\
             def upgrade():\n    {up}\n\ndef downgrade():\n    {back}\n",
            down.join(" "),
            literal(*label),
            literal(*depends_on),
        );
        std::fs::write(versions.join(format!("{id}.py")), script)?;
    }
    Ok(())
}

fn alembic(here: &Workplace, words: &str) -> Result<String, Box<dyn Error>> {
    let output = Command::new("alembic")
        .args(words.split(' '))
        .current_dir(here.scratch.folder())
        .output()
        .map_err(|error| format!("`alembic` cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!("`alembic {words}`: {output:?}").into())
}

/// Runs the commands alternately with Alembic and `aludel`, Alembic first.
fn take_turns(here: &Workplace, commands: &[&str]) -> TestResult {
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    for (number, command) in commands.iter().enumerate() {
        if number.is_multiple_of(2) {
            alembic(here, command)?;
        } else {
            here.printed(command)?;
        }
        let (theirs, ours) = (sorted(alembic(here, "current")?), sorted(here.printed("current")?));
        assert_eq!(ours, theirs, "after {command}");
    }
    Ok(())
}

#[test]
fn on_branches_with_a_dependency() -> TestResult {
    let here = Workplace::branches()?;
    let revisions: &[Revision<'_>] = &[
        ("a1", &[], None, None),
        ("b2", &["a1"], None, None),
        ("c3", &["b2"], None, None),
        ("d4", &["b2"], Some("cart"), None),
        ("e5", &["d4"], None, None),
        ("x1", &[], Some("apart"), Some("c3")),
    ];
    alembic_project(&here, revisions)?;
    take_turns(
        &here,
        &[
            "upgrade a1",
            "upgrade cart@head",
            "upgrade c3",
            "upgrade apart@head",
            "downgrade cart@-1",
            "stamp cart@base",
            "stamp d4",
            "downgrade apart@base",
            "upgrade heads",
            "stamp apart@base",
            "stamp heads",
            "downgrade base",
        ],
    )
}

#[test]
fn across_a_merge_point() -> TestResult {
    let here = Workplace::merge()?;
    alembic_project(&here, &MERGED)?;
    take_turns(
        &here,
        &[
            "upgrade c3",
            "upgrade head",
            "downgrade c3",
            "upgrade m6",
            "downgrade b2",
            "upgrade d4",
            "upgrade head",
            "downgrade b2",
            "stamp m6",
            "stamp base",
        ],
    )
}

/// The project becomes a chain with the same revisions, so its database does not need `adopt`.
#[test]
fn a_project_is_imported_and_its_database_goes_on() -> TestResult {
    let here = Workplace::empty()?;
    alembic_project(&here, &MERGED)?;
    alembic(&here, "upgrade c3")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let imported = here.command(&["import", "alembic", "."]).env("PATH", path).output()?;
    assert!(imported.status.success(), "{imported:?}");
    assert!(here.printed("verify")?.contains("5 scripts verified: no errors"));
    let current = here.json("current")?;
    assert_eq!(current["current"][0]["revision"], "c3", "{current}");
    here.printed("upgrade head")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    assert_eq!(alembic(&here, "current")?, "m6 (head) (mergepoint)\n");
    here.printed("downgrade base --yes")?;
    assert_eq!(alembic(&here, "current")?, "");
    Ok(())
}
