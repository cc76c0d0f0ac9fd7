//! `check` and `status`: compares the schema of a database with the schema of its revision.

use tests::{TestResult, files};

use crate::program::Workplace;

#[test]
fn a_database_that_was_changed_by_hand() -> TestResult {
    let here = Workplace::changed_by_hand()?;
    let before = files(here.scratch.folder())?;
    insta::assert_snapshot!(here.transcript(&["check", "check --format json", "status", "status --format json"])?, @r#"
    $ aludel check
    behind: 1 pending (c3)
    its schema differs from the schema that the scripts produce:
      table `notes` is not created by the scripts
      column `t_a1.y` is not created by the scripts
      table `t_b2` is missing
    help: run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    help: the database was changed by hand or stamped with the wrong revision: undo the change, or write a new revision for it
    exit 1
    $ aludel check --format json
    {
      "ok": false,
      "status": "behind",
      "schema": {
        "is_compared": true,
        "reason": null,
        "differences": [
          "table `notes` is not created by the scripts",
          "column `t_a1.y` is not created by the scripts",
          "table `t_b2` is missing"
        ]
      },
      "detected": null
    }
    exit 1
    $ aludel status
    database  test.db
    status    behind: 1 pending
    current   b2
    heads     c3
      c3, c3 and one more
    schema    differs from the scripts: 3 differences; run `check` to list them
    to do     run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    exit 0
    $ aludel status --format json
    {
      "database": "test.db",
      "status": "behind",
      "current": [
        "b2"
      ],
      "heads": [
        "c3"
      ],
      "revisions": [
        "c3"
      ],
      "schema": {
        "is_compared": true,
        "reason": null,
        "differences": [
          "table `notes` is not created by the scripts",
          "column `t_a1.y` is not created by the scripts",
          "table `t_b2` is missing"
        ]
      },
      "advice": "run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them"
    }
    exit 0
    "#);
    assert!(files(here.scratch.folder())? == before);
    Ok(())
}

#[test]
fn a_database_without_a_stamp() -> TestResult {
    let here = Workplace::chain()?;
    here.open()?.execute_batch(
        "CREATE TABLE t_a1 (id INTEGER PRIMARY KEY); CREATE TABLE t_b2 (id INTEGER PRIMARY KEY)",
    )?;
    insta::assert_snapshot!(here.transcript(&["check", "check --format json", "status", "upgrade head"])?, @r#"
    $ aludel check
    unversioned: the database has tables but no revision; its schema matches `b2`
    help: if that is its revision, record it with `stamp b2`
    exit 7
    $ aludel check --format json
    {
      "ok": false,
      "status": "unversioned",
      "schema": null,
      "matches": [
        {
          "revision": "b2",
          "stamp": [
            "b2"
          ],
          "differences": []
        }
      ],
      "nearest": null,
      "detected": null
    }
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision; its schema matches `b2`
    current   base
    heads     c3
      b2, b2 makes another
    to do     if that is its revision, record it with `stamp b2`
    exit 0
    $ aludel upgrade head
    error: the database has tables (t_a1, t_b2) but no revision, so the applied scripts are unknown; nothing was changed
    help: its schema matches `b2`: if that is its revision, record it with `stamp b2`
    exit 7
    "#);
    here.open()?.execute_batch("ALTER TABLE t_b2 ADD COLUMN note TEXT")?;
    insta::assert_snapshot!(here.transcript(&["check", "check --format json", "status", "upgrade head", "stamp b2", "check"])?, @r#"
    $ aludel check
    unversioned: the database has tables but no revision
    no revision has this schema; the nearest is b2, with these differences:
      column `t_b2.note` is not created by the scripts
    help: remove the differences from the database, or write a new revision for them; then record the revision with `stamp b2`
    exit 7
    $ aludel check --format json
    {
      "ok": false,
      "status": "unversioned",
      "schema": null,
      "matches": [],
      "nearest": {
        "revision": "b2",
        "stamp": [
          "b2"
        ],
        "differences": [
          "column `t_b2.note` is not created by the scripts"
        ]
      },
      "detected": null
    }
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision
    current   base
    heads     c3
    no revision has this schema; the nearest is b2, with these differences:
      column `t_b2.note` is not created by the scripts
    to do     remove the differences from the database, or write a new revision for them; then record the revision with `stamp b2`
    exit 0
    $ aludel upgrade head
    error: the database has tables (t_a1, t_b2) but no revision, so the applied scripts are unknown; nothing was changed
    help: no revision is known to have this schema: `status` shows how to find the revision; record it with `stamp`, or choose another database
    exit 7
    $ aludel stamp b2
    the database is at b2; no script ran
    exit 0
    $ aludel check
    behind: 1 pending (c3)
    its schema differs from the schema that the scripts produce:
      column `t_b2.note` is not created by the scripts
    help: run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    help: the database was changed by hand or stamped with the wrong revision: undo the change, or write a new revision for it
    exit 1
    "#);
    here.open()?.execute_batch(
        "DROP TABLE t_a1; DROP TABLE t_b2; DROP TABLE alembic_version; CREATE TABLE of_another_program (x)",
    )?;
    insta::assert_snapshot!(here.transcript(&["check", "status"])?, @r"
    $ aludel check
    unversioned: the database has tables but no revision
    help: no revision has this schema: find out which revision it belongs to and record it with `stamp`, or choose another database
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision
    current   base
    heads     c3
    to do     no revision has this schema: find out which revision it belongs to and record it with `stamp`, or choose another database
    exit 0
    ");
    Ok(())
}

#[test]
fn what_the_settings_exclude_is_not_compared() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    here.open()?
        .execute_batch("CREATE TABLE legacy_orders (x); CREATE INDEX of_legacy ON legacy_orders (x)")?;
    assert_eq!(here.run("check")?.code, Some(1));
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\nexclude = [\"legacy_*\"]\n")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    here.open()?.execute_batch("DROP TABLE t_c3")?;
    assert_eq!(here.run("check")?.code, Some(1));
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\nexclude = [\"legacy_*\", \"T_C3\"]\n")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn a_script_that_needs_a_program_is_not_compared() -> TestResult {
    let here = Workplace::chain()?;
    here.scratch.write(
        "d4",
        "c3\n-- Unproved: needs slug()",
        "CREATE INDEX by_slug ON t_a1 (slug(id));",
        "DROP INDEX by_slug;",
    )?;
    here.printed("upgrade c3")?;
    insta::assert_snapshot!(here.transcript(&["schema", "diff c3", "stamp d4", "check", "check --format json", "diff d4"])?, @r#"
    $ aludel schema
    error: cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug
    help: a script that needs functions or modules of your program runs only on a connection that the program prepares
    exit 1
    $ aludel diff c3
    no differences: the schema at c3 equals the schema of test.db
    exit 0
    $ aludel stamp d4
    the database is at d4; no script ran
    exit 0
    $ aludel check
    the database is at head
    note: the schema was not compared: cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug
    exit 0
    $ aludel check --format json
    {
      "ok": true,
      "status": "at-head",
      "schema": {
        "is_compared": false,
        "reason": "cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug",
        "differences": []
      },
      "detected": null
    }
    exit 0
    $ aludel diff d4
    error: cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug
    help: a script that needs functions or modules of your program runs only on a connection that the program prepares
    exit 1
    "#);
    Ok(())
}
