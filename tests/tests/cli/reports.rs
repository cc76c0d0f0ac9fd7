//! The output of reports as text and JSON, for a linear chain, for branches and for a merge point.

use std::fmt::Write as _;

use tests::{TestResult, files};

use crate::program::{Workplace, timeless};

fn printed(here: &Workplace, commands: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let mut all = String::new();
    for command in commands {
        write!(all, "$ aludel {command}\n{}", here.printed(command)?)?;
    }
    Ok(timeless(&all))
}

#[test]
fn a_chain() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade b2")?;
    insta::assert_snapshot!(printed(&here, &["history", "history -i", "history -r b2:", "history -r :b2", "history -r-1:", "history -r current:", "heads", "branches", "current", "current -v", "show c", "show base", "status", "upgrade head --dry-run", "downgrade -1 --dry-run -v", "stamp head --dry-run"])?, @r"
    $ aludel history
    b2 -> c3 (head), c3 and one more
    a1 -> b2, b2 makes another
    <base> -> a1, a1 makes a table
    $ aludel history -i
    b2 -> c3 (head), c3 and one more
    a1 -> b2 (current), b2 makes another
    <base> -> a1, a1 makes a table
    $ aludel history -r b2:
    b2 -> c3 (head), c3 and one more
    a1 -> b2, b2 makes another
    $ aludel history -r :b2
    a1 -> b2, b2 makes another
    <base> -> a1, a1 makes a table
    $ aludel history -r-1:
    b2 -> c3 (head), c3 and one more
    a1 -> b2, b2 makes another
    $ aludel history -r current:
    b2 -> c3 (head), c3 and one more
    a1 -> b2, b2 makes another
    $ aludel heads
    c3 (head)
    $ aludel branches
    $ aludel current
    b2
    $ aludel current -v
    Current revision(s) for test.db:
    Rev: b2
    Parent: a1
    Path: migrations/b2.sql

        b2 makes another

        Revision ID: b2
        Revises: a1
        Create Date: 0000-00-00 00:00:00.000000

    $ aludel show c
    Rev: c3 (head)
    Parent: b2
    Path: migrations/c3.sql

        c3 and one more

        Revision ID: c3
        Revises: b2
        Create Date: 0000-00-00 00:00:00.000000

    $ aludel show base
    $ aludel status
    database  test.db
    status    behind: 1 pending
    current   b2
    heads     c3
      c3, c3 and one more
    to do     run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    $ aludel upgrade head --dry-run
    Would run upgrade b2 -> c3, c3 and one more
    1 script would run, and the database would be at c3; nothing was changed
    $ aludel downgrade -1 --dry-run -v
    Would run downgrade b2 -> a1, b2 makes another
    DROP TABLE t_b2;

    1 script would run, and the database would be at a1; nothing was changed
    $ aludel stamp head --dry-run
    The database would be at c3; nothing was changed
    ");
    Ok(())
}

#[test]
fn branches() -> TestResult {
    let here = Workplace::branches()?;
    here.printed("upgrade cart@+1")?;
    here.printed("upgrade apart@head")?;
    insta::assert_snapshot!(printed(&here, &["history", "history --graph", "history -r cart:", "history -r cart@b2:", "history -r d4:+9", "history -r apart@base:", "heads", "heads --resolve-dependencies", "branches", "branches -v", "current", "upgrade heads --dry-run"])?, @r"
    $ aludel history
    d4 -> e5 (cart) (head), e5 goes on
    b2 -> d4 (cart), d4 begins a branch
    <base> (c3) -> x1 (apart) (head), x1 stands apart
    b2 -> c3 (effective head), c3 and one more
    a1 -> b2 (branchpoint), b2 makes another
    <base> -> a1, a1 makes a table
    $ aludel history --graph
    * e5 (cart) (head), e5 goes on
    * d4 (cart), d4 begins a branch
    | * x1 (apart) (head), x1 stands apart
    |
    | * c3 (effective head), c3 and one more
    |/
    * b2 (branchpoint), b2 makes another
    * a1, a1 makes a table
    $ aludel history -r cart:
    d4 -> e5 (cart) (head), e5 goes on
    b2 -> d4 (cart), d4 begins a branch
    $ aludel history -r cart@b2:
    d4 -> e5 (cart) (head), e5 goes on
    b2 -> d4 (cart), d4 begins a branch
    a1 -> b2 (branchpoint), b2 makes another
    $ aludel history -r d4:+9
    d4 -> e5 (cart) (head), e5 goes on
    b2 -> d4 (cart), d4 begins a branch
    $ aludel history -r apart@base:
    <base> (c3) -> x1 (apart) (head), x1 stands apart
    b2 -> c3 (effective head), c3 and one more
    a1 -> b2 (branchpoint), b2 makes another
    <base> -> a1, a1 makes a table
    $ aludel heads
    c3 (effective head)
    x1 (apart) (head)
    e5 (cart) (head)
    $ aludel heads --resolve-dependencies
    x1 (apart) (head)
    e5 (cart) (head)
    $ aludel branches
    b2 (branchpoint)
       -> c3 (effective head)
       -> d4 (cart)

    $ aludel branches -v
    Rev: b2 (branchpoint)
    Parent: a1
    Branches into: c3, d4
    Path: migrations/b2.sql

        b2 makes another

        Revision ID: b2
        Revises: a1
        Create Date: 0000-00-00 00:00:00.000000

       -> c3 (effective head), c3 and one more
       -> d4 (cart), d4 begins a branch

    $ aludel current
    c3 (effective head)
    x1 (head)
    $ aludel upgrade heads --dry-run
    Would run upgrade b2 -> d4, d4 begins a branch
    Would run upgrade d4 -> e5, e5 goes on
    2 scripts would run, and the database would be at e5, x1; nothing was changed
    ");
    Ok(())
}

#[test]
fn a_merge_point() -> TestResult {
    let here = Workplace::merge()?;
    here.printed("upgrade head")?;
    insta::assert_snapshot!(printed(&here, &["history", "history --graph", "heads -v", "branches", "current", "downgrade d4 --dry-run", "downgrade b2 --dry-run"])?, @r"
    $ aludel history
    c3, d4 -> m6 (head) (mergepoint), Both again
    b2 -> d4, d4 begins a branch
    b2 -> c3, c3 and one more
    a1 -> b2 (branchpoint), b2 makes another
    <base> -> a1, a1 makes a table
    $ aludel history --graph
    *   m6 (head) (mergepoint), Both again
    |\
    | * d4, d4 begins a branch
    * | c3, c3 and one more
    |/
    * b2 (branchpoint), b2 makes another
    * a1, a1 makes a table
    $ aludel heads -v
    Rev: m6 (head) (mergepoint)
    Merges: c3, d4
    Path: migrations/m6_both_again.sql

        Both again

        Revision ID: m6
        Revises: c3, d4
        Create Date: 0000-00-00 00:00:00.000000

    $ aludel branches
    b2 (branchpoint)
       -> c3
       -> d4

    $ aludel current
    m6 (head) (mergepoint)
    $ aludel downgrade d4 --dry-run
    Would run downgrade m6 -> c3, d4, Both again
    1 script would run, and the database would be at c3, d4; nothing was changed
    $ aludel downgrade b2 --dry-run
    Would run downgrade m6 -> c3, d4, Both again
    Would run downgrade d4 -> b2, d4 begins a branch
    Would run downgrade c3 -> b2, c3 and one more
    3 scripts would run, and the database would be at b2; nothing was changed
    ");
    Ok(())
}

#[test]
fn json_of_a_merge_point() -> TestResult {
    let here = Workplace::merge()?;
    here.printed("upgrade d4")?;
    insta::assert_snapshot!(timeless(&here.printed("history -i -r d4: --format json")?), @r#"
    [
      {
        "revision": "m6",
        "down_revisions": [
          "c3",
          "d4"
        ],
        "depends_on": [],
        "branch_labels": [],
        "branches": [],
        "branches_into": [],
        "message": "Both again",
        "create_date": "2026-01-15 00:00:00.000000",
        "file": "migrations/m6_both_again.sql",
        "is_head": true,
        "is_effective_head": false,
        "is_branch_point": false,
        "is_merge_point": true,
        "is_frozen": false,
        "is_applied": false,
        "is_current": false
      },
      {
        "revision": "d4",
        "down_revisions": [
          "b2"
        ],
        "depends_on": [],
        "branch_labels": [],
        "branches": [],
        "branches_into": [],
        "message": "d4 begins a branch",
        "create_date": "2026-01-15 00:00:00.000000",
        "file": "migrations/d4.sql",
        "is_head": false,
        "is_effective_head": false,
        "is_branch_point": false,
        "is_merge_point": false,
        "is_frozen": false,
        "is_applied": true,
        "is_current": true
      }
    ]
    "#);
    insta::assert_snapshot!(timeless(&here.printed("status --format json")?), @r#"
    {
      "database": "test.db",
      "status": "behind",
      "current": [
        "d4"
      ],
      "heads": [
        "m6"
      ],
      "revisions": [
        "c3",
        "m6"
      ],
      "schema": {
        "is_compared": true,
        "reason": null,
        "differences": []
      },
      "advice": "run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them"
    }
    "#);
    insta::assert_snapshot!(timeless(&here.printed("upgrade head --dry-run --format json")?), @r#"
    {
      "dry_run": true,
      "steps": [
        {
          "direction": "upgrade",
          "revision": "c3",
          "down_revisions": [
            "b2"
          ],
          "message": "c3 and one more",
          "file": "migrations/c3.sql",
          "loses": [],
          "sql": "CREATE TABLE t_c3 (id INTEGER PRIMARY KEY);"
        },
        {
          "direction": "upgrade",
          "revision": "m6",
          "down_revisions": [
            "c3",
            "d4"
          ],
          "message": "Both again",
          "file": "migrations/m6_both_again.sql",
          "loses": [],
          "sql": ""
        }
      ],
      "current": [
        "m6"
      ]
    }
    "#);
    insta::assert_snapshot!(timeless(&here.printed("stamp head --dry-run --format json")?), @r#"
    {
      "dry_run": true,
      "becomes_applied": [
        "c3",
        "m6"
      ],
      "ceases_to_be_applied": [],
      "current": [
        "m6"
      ]
    }
    "#);
    assert_eq!(here.json("current")?["current"][0]["revision"], "d4");
    assert_eq!(here.json("branches")?[0]["branches_into"], serde_json::json!(["c3", "d4"]));
    assert_eq!(here.json("log")?[0]["revision"], "a1");
    here.printed("freeze")?;
    assert_eq!(
        here.json("verify")?,
        serde_json::json!({
            "ok": true, "revisions": 5, "unproved": [], "irreversible": [], "not_frozen": [], "unsampled": [],
            "allowed": 0, "statements": { "that_change_rows": 0, "seen_at_work": 0 }, "problems": [], "notes": []
        })
    );
    Ok(())
}

#[test]
fn reports_make_no_file() -> TestResult {
    let here = Workplace::branches()?;
    for command in [
        "current",
        "history -i",
        "history -r current:",
        "show current",
        "status",
        "log",
        "upgrade heads --dry-run",
        "downgrade base --dry-run",
        "downgrade base --yes",
        "stamp heads --dry-run",
        "heads",
        "branches",
    ] {
        here.printed(command)?;
    }
    assert_eq!(here.run("check")?.code, Some(1));
    assert_eq!(here.run("current --check-heads")?.code, Some(1));
    assert_eq!(files(here.scratch.folder())?.len(), 0);
    Ok(())
}

#[test]
fn reports_leave_a_database_as_it_was() -> TestResult {
    let here = Workplace::branches()?;
    here.printed("upgrade heads")?;
    let before = std::fs::read(here.database())?;
    for command in [
        "current",
        "history -i",
        "status",
        "log",
        "check",
        "current --check-heads",
        "downgrade base --dry-run",
        "upgrade heads",
    ] {
        here.printed(command)?;
    }
    assert!(std::fs::read(here.database())? == before);
    Ok(())
}

#[test]
fn settings_come_from_the_flag_the_environment_and_the_file_upward() -> TestResult {
    let here = Workplace::chain()?;
    std::fs::create_dir(here.scratch.path("below"))?;
    std::fs::write(
        here.scratch.path("aludel.toml"),
        "database = \"sqlite:///./of_file.db\"\nmigrations = \"migrations\"\n",
    )?;
    let status = |arguments: &[&str], variable: Option<&str>| -> Result<String, Box<dyn std::error::Error>> {
        let mut command = here.command(arguments);
        command.current_dir(here.scratch.path("below")).env_remove("DATABASE_URL");
        if let Some(url) = variable {
            command.env("DATABASE_URL", url);
        }
        let ended = crate::program::ended(&command.output()?)?;
        Ok(ended.stdout.lines().next().unwrap_or(&ended.stderr).to_owned())
    };
    assert_eq!(status(&["status"], None)?, "database  ../of_file.db");
    assert_eq!(status(&["status"], Some("variable.db"))?, "database  variable.db");
    assert_eq!(status(&["status", "-d", "flag.db"], Some("variable.db"))?, "database  flag.db");
    assert_eq!(status(&["-d", "flag.db", "status"], Some("variable.db"))?, "database  flag.db");
    Ok(())
}

#[test]
fn the_repositorys_own_settings_are_found_from_a_folder_below() -> TestResult {
    let here = Workplace::empty()?;
    let below = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let printed = |word: &str| -> Result<String, Box<dyn std::error::Error>> {
        let output = here.command(&[word]).current_dir(&below).env_remove("DATABASE_URL").output()?;
        Ok(crate::program::ended(&output)?.stdout)
    };
    assert_eq!(printed("heads")?, "8680f6e194fc (head)\n");
    assert!(printed("status")?.starts_with("database  ../../photosafe.db\n"));
    assert!(printed("history")?.ends_with("<base> -> 49348f7a48f6, Initial migration\n"));
    Ok(())
}

#[test]
fn the_help_of_a_command_is_its_own() -> TestResult {
    let here = Workplace::empty()?;
    let help = here.printed("--help")?;
    for line in [
        "  upgrade         Apply migrations up to a target",
        "  downgrade       Revert migrations down to a target",
        "  130, 143  interrupted and rolled back, except for scripts outside a transaction",
    ] {
        assert!(help.lines().any(|printed| printed == line), "{help}");
    }
    assert!(here.printed("upgrade --help")?.starts_with("Apply migrations up to a target\n"));
    Ok(())
}
