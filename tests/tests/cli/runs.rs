//! The results of the commands that write.

use std::process::Stdio;

use aludel::rusqlite::Connection;
use tests::TestResult;

use crate::program::{Ended, Workplace, timeless};

fn rows(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT version_num FROM alembic_version ORDER BY 1")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

#[test]
fn a_run_is_told_while_it_is_on_and_at_its_end() -> TestResult {
    let here = Workplace::merge()?;
    let Ended { stdout, stderr, .. } = here.run("upgrade head")?;
    insta::assert_snapshot!(timeless(&(stderr + &stdout)), @r"
    Running upgrade  -> a1, a1 makes a table
    Running upgrade a1 -> b2, b2 makes another
    Running upgrade b2 -> c3, c3 and one more
    Running upgrade b2 -> d4, d4 begins a branch
    Running upgrade c3, d4 -> m6, Both again
    5 scripts ran in 0.0 ms; the database is at m6
    ");
    let Ended { stdout, stderr, .. } = here.run("downgrade b2")?;
    insta::assert_snapshot!(timeless(&(stderr + &stdout)), @r"
    This reverts, in test.db:
      m6 -> c3, d4, Both again
      d4 -> b2, d4 begins a branch
      c3 -> b2, c3 and one more
    Running downgrade m6 -> c3, d4, Both again
    Running downgrade d4 -> b2, d4 begins a branch
    Running downgrade c3 -> b2, c3 and one more
    3 scripts ran in 0.0 ms; the database is at b2
    ");
    let Ended { stdout, stderr, .. } = here.run("downgrade base --quiet")?;
    assert_eq!((stdout.as_str(), stderr.as_str()), ("", ""));
    let printed = here.json("upgrade a1")?;
    assert_eq!(
        (printed["ran"][0]["revision"].as_str(), printed["current"][0].as_str()),
        (Some("a1"), Some("a1"))
    );
    Ok(())
}

/// No confirmation is needed, so the second process finds that everything in its plan is already
/// applied.
#[test]
fn upgrades_at_once_all_end_well_and_each_script_runs_once() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1 --no-proof")?;
    let started: Vec<_> = (0..8)
        .map(|_| {
            let mut command = here.command(&["upgrade", "head", "--no-proof"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
        })
        .collect::<Result<_, _>>()?;
    for child in started {
        let output = child.wait_with_output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let ran: u32 = here.open()?.query_row("SELECT count(*) FROM aludel_history", [], |row| row.get(0))?;
    assert_eq!((ran, rows(&here.open()?)?), (3, vec!["c3".to_owned()]));
    Ok(())
}

#[test]
fn rows_that_another_row_implies_are_told_and_removed() -> TestResult {
    let here = Workplace::chain()?;
    let imply = |here: &Workplace| {
        here.open()?
            .execute_batch("INSERT INTO alembic_version VALUES ('a1')")
            .map_err(Box::<dyn std::error::Error>::from)
    };
    here.printed("upgrade head")?;
    imply(&here)?;
    let mut transcript = Vec::new();
    for words in ["status", "check", "current", "upgrade head", "downgrade -1 --dry-run", "downgrade base"] {
        let Ended { stdout, stderr, code } = here.run(words)?;
        transcript.push(format!("$ aludel {words}\n{stdout}{stderr}exit {}\n", code.unwrap_or_default()));
    }
    insta::assert_snapshot!(timeless(&transcript.concat()), @r"
    $ aludel status
    database  test.db
    status    at head
    current   c3
    heads     c3
    warning: the version row `a1` is implied by another row and has no effect; the next downgrade, stamp or upgrade that changes the version rows removes it
    exit 0
    $ aludel check
    the database is at head
    warning: the version row `a1` is implied by another row and has no effect; the next downgrade, stamp or upgrade that changes the version rows removes it
    exit 0
    $ aludel current
    c3 (head)
    exit 0
    $ aludel upgrade head
    nothing to do: the database is at c3
    warning: the version row `a1` is implied by another row and has no effect; the next downgrade, stamp or upgrade that changes the version rows removes it
    exit 0
    $ aludel downgrade -1 --dry-run
    Would run downgrade c3 -> b2, c3 and one more
    1 script would run, and the database would be at b2; nothing was changed
    warning: the version row `a1` is implied by another row and has no effect; the next downgrade, stamp or upgrade that changes the version rows removes it
    exit 0
    $ aludel downgrade base
    3 scripts ran in 0.0 ms; the database is at base
    This reverts, in test.db:
      c3 -> b2, c3 and one more
      b2 -> a1, b2 makes another
      a1 -> , a1 makes a table
    Running downgrade c3 -> b2, c3 and one more
    Running downgrade b2 -> a1, b2 makes another
    Running downgrade a1 -> , a1 makes a table
    note: the version row `a1`, which another row implied, was removed
    exit 0
    ");
    here.printed("upgrade head")?;
    imply(&here)?;
    let script = here.printed("downgrade base --sql")?;
    let removed: Vec<&str> =
        script.lines().filter(|line| line.starts_with("DELETE FROM main.\"alembic_version\"")).collect();
    assert_eq!(removed.len(), 2, "{script}");
    imply(&here).err().ok_or("the row is there already")?;
    let stamped = here.json("stamp b2")?;
    assert_eq!((&stamped["implied_rows"][0], &stamped["current"][0]), (&"a1".into(), &"b2".into()));
    assert_eq!(rows(&here.open()?)?, ["b2"]);
    Ok(())
}

#[test]
fn a_failing_script_leaves_the_database_as_it_was() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.open()?.execute_batch("CREATE TABLE t_c3 (id INTEGER PRIMARY KEY)")?;
    let ended = here.run("upgrade head")?;
    assert_eq!(ended.code, Some(6));
    insta::assert_snapshot!(ended.stderr, @r"
    Running upgrade a1 -> b2, b2 makes another
    Running upgrade b2 -> c3, c3 and one more
    error: the upgrade of revision `c3` failed at migrations/c3.sql:8:14 and was rolled back: table t_c3 already exists
     8 | CREATE TABLE t_c3 (id INTEGER PRIMARY KEY);
    help: the database is as it was before the run; correct the data or the script named in the message
    ");
    assert_eq!(rows(&here.open()?)?, ["a1"]);
    Ok(())
}

#[test]
fn several_targets_are_stamped() -> TestResult {
    let here = Workplace::branches()?;
    here.printed("stamp c3 d4")?;
    assert_eq!(rows(&here.open()?)?, ["c3", "d4"]);
    here.printed("stamp e5")?;
    assert_eq!(rows(&here.open()?)?, ["c3", "e5"]);
    here.printed("stamp cart@base")?;
    assert_eq!(rows(&here.open()?)?, ["c3"]);
    here.printed("stamp --purge a1 b2")?;
    assert_eq!(rows(&here.open()?)?, ["b2"]);
    here.printed("stamp base")?;
    assert_eq!(rows(&here.open()?)?, [""; 0]);
    assert!(tests::columns(&here.open()?)?.keys().all(|table| !table.starts_with("t_")));
    Ok(())
}

#[test]
fn ensure_version_makes_alembics_table_once() -> TestResult {
    let here = Workplace::chain()?;
    assert_eq!(here.json("ensure-version")?["was_made"], true);
    assert_eq!(here.json("ensure_version")?["was_made"], false);
    let sql: String =
        here.open()?.query_row("SELECT sql FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0))?;
    assert_eq!(
        sql,
        "CREATE TABLE \"alembic_version\" (\n    version_num VARCHAR(32) NOT NULL,\n    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)"
    );
    Ok(())
}

#[test]
fn an_editor_opens_the_script() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade b2")?;
    let shown = |name: &str, editor: &str| -> Result<Ended, Box<dyn std::error::Error>> {
        let mut command = here.command(&["edit", name]);
        command.env("EDITOR", editor).env("PATH", "/usr/bin:/bin");
        crate::program::ended(&command.output()?)
    };
    assert_eq!(shown("current", "echo --wait")?.stdout, "--wait migrations/b2.sql\n");
    assert_eq!(shown("head", "false")?.code, Some(1));
    assert_eq!(shown("head", "no-such-editor")?.code, Some(1));
    Ok(())
}
