//! `diff`: the differences between the schemas of two revisions, or of a revision and a database.

use tests::{TestResult, files};

use crate::program::Workplace;

#[test]
fn differences_in_a_chain() -> TestResult {
    let here = Workplace::changed_by_hand()?;
    let before = files(here.scratch.folder())?;
    insta::assert_snapshot!(here.transcript(&["diff a1 head", "diff head a1", "diff a1 a1", "diff current", "diff head", "diff head --format json", "diff a1 c3 --format json", "diff a1 --database nowhere.db"])?, @r#"
    $ aludel diff a1 head
    added table `t_b2`
    added table `t_c3`
    exit 1
    $ aludel diff head a1
    removed table `t_b2`
    removed table `t_c3`
    exit 1
    $ aludel diff a1 a1
    no differences: the schema at a1 equals the schema of a1
    exit 0
    $ aludel diff current
    added table `notes`
    added column `t_a1.y`
    removed table `t_b2`
    exit 1
    $ aludel diff head
    added table `notes`
    added column `t_a1.y`
    removed table `t_b2`
    removed table `t_c3`
    exit 1
    $ aludel diff head --format json
    {
      "from": [
        "c3"
      ],
      "to": null,
      "database": "test.db",
      "changes": [
        {
          "change": "added-table",
          "words": "added table `notes`"
        },
        {
          "change": "added-column",
          "words": "added column `t_a1.y`"
        },
        {
          "change": "removed-table",
          "words": "removed table `t_b2`"
        },
        {
          "change": "removed-table",
          "words": "removed table `t_c3`"
        }
      ]
    }
    exit 1
    $ aludel diff a1 c3 --format json
    {
      "from": [
        "a1"
      ],
      "to": [
        "c3"
      ],
      "database": null,
      "changes": [
        {
          "change": "added-table",
          "words": "added table `t_b2`"
        },
        {
          "change": "added-table",
          "words": "added table `t_c3`"
        }
      ]
    }
    exit 1
    $ aludel diff a1 --database nowhere.db
    error: the database `nowhere.db` does not exist
    help: set an existing database with `--database`, or pass a second revision
    exit 2
    "#);
    assert!(files(here.scratch.folder())? == before);
    Ok(())
}

#[test]
fn differences_between_branches() -> TestResult {
    let here = Workplace::branches()?;
    here.printed("upgrade cart@head")?;
    insta::assert_snapshot!(here.transcript(&["schema cart@head", "diff c3 e5", "diff current", "diff current heads", "check"])?, @r"
    $ aludel schema cart@head
    CREATE TABLE t_a1 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_b2 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_d4 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_e5 (
        id INTEGER PRIMARY KEY
    );
    exit 0
    $ aludel diff c3 e5
    removed table `t_c3`
    added table `t_d4`
    added table `t_e5`
    exit 1
    $ aludel diff current
    no differences: the schema at current equals the schema of test.db
    exit 0
    $ aludel diff current heads
    added table `t_c3`
    added table `t_x1`
    exit 1
    $ aludel check
    behind: 2 pending (c3, x1)
    help: run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    exit 1
    ");
    here.open()?.execute_batch("DROP TABLE alembic_version; DROP TABLE aludel_history")?;
    insta::assert_snapshot!(here.transcript(&["check", "status"])?, @r"
    $ aludel check
    unversioned: the database has tables but no revision; its schema matches `e5`
    help: if that is its revision, record it with `stamp e5`
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision; its schema matches `e5`
    current   base
    heads     x1, e5
      e5, e5 goes on
    to do     if that is its revision, record it with `stamp e5`
    exit 0
    ");
    Ok(())
}

#[test]
fn differences_at_a_merge_point() -> TestResult {
    let here = Workplace::merge()?;
    here.printed("upgrade m6")?;
    insta::assert_snapshot!(here.transcript(&["diff b2 m6", "diff d4 m6", "check"])?, @r"
    $ aludel diff b2 m6
    added table `t_c3`
    added table `t_d4`
    exit 1
    $ aludel diff d4 m6
    added table `t_c3`
    exit 1
    $ aludel check
    the database is at head
    exit 0
    ");
    here.open()?.execute_batch("DROP TABLE t_c3")?;
    insta::assert_snapshot!(here.transcript(&["check", "downgrade -1", "check --format json"])?, @r#"
    $ aludel check
    the database is at head
    its schema differs from the schema that the scripts produce:
      table `t_c3` is missing
    help: the database was changed by hand or stamped with the wrong revision: undo the change, or write a new revision for it
    exit 1
    $ aludel downgrade -1
    error: `-1` is ambiguous: at `m6`, the next step leads to 2 revisions (`c3`, `d4`)
    help: name a revision instead, such as `c3`, `d4`
    exit 2
    $ aludel check --format json
    {
      "ok": false,
      "status": "at-head",
      "schema": {
        "is_compared": true,
        "reason": null,
        "differences": [
          "table `t_c3` is missing"
        ]
      },
      "detected": null
    }
    exit 1
    "#);
    Ok(())
}
