//! A folder with errors: commands that help to fix the errors still work, and commands that would
//! run the scripts fail.

use tests::TestResult;

use crate::program::Workplace;

#[test]
fn what_mends_a_folder_needs_its_graph_only() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.printed("revision -m Unfilled --rev-id d4")?;
    here.printed("revision -m Further --rev-id e5")?;
    assert_eq!(here.printed("heads")?, "e5 (head)\n");
    assert_eq!(here.printed("history -r d4:")?, "d4 -> e5 (head), Further\nc3 -> d4, Unfilled\n");
    for command in ["branches", "history", "show d4", "merge e5 --rev-id m1", "current", "log"] {
        here.printed(command)?;
    }
    for command in ["upgrade head", "upgrade b2", "downgrade base", "stamp b2"] {
        let ended = here.run(command)?;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(
            ended.stderr.ends_with(
                "help: nothing was run: fix the scripts first; `aludel verify` shows all errors\n"
            )
        );
    }
    assert_eq!(here.printed("current")?, "a1\n");
    Ok(())
}

#[test]
fn a_folder_without_a_graph_is_told() -> TestResult {
    let here = Workplace::chain()?;
    here.add("d4", "Four", "zz")?;
    insta::assert_snapshot!(here.refused("heads")?, @r"
    error: revision `d4` revises `zz`, which no script defines
     --> migrations/d4.sql:4:13
      |
    4 | -- Revises: zz
      |             ^^ no script has this revision ID
      |
      = help: restore the missing script, or set `Revises` to the revision that comes before this one

    error: the scripts have 1 error
    help: this command needs readable headers and a valid graph; `aludel verify` shows all errors
    exit 1
    ");
    insta::assert_snapshot!(here.refused("history")?.lines().last().unwrap_or_default(), @"exit 1");
    Ok(())
}

#[test]
fn verify_tells_every_fault_and_what_the_proof_finds() -> TestResult {
    let here = Workplace::chain()?;
    assert_eq!(here.printed("verify")?, "3 scripts verified: no errors\n");
    here.scratch.write("d4", "c3", "CREATE TABLE x (id INTEGER);", "DROP TABLE t_c3;")?;
    let ended = here.run("verify")?;
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout, @r"
    error: this downgrade does not restore the schema from before the upgrade: table `t_c3` is missing; table `x` is left behind
      --> migrations/d4_script.sql:9:1
       |
     7 | CREATE TABLE x (id INTEGER);
       | ---------------------------- `x`: created here and not dropped again
     8 |
     9 | -- downgrade
       | ^^^^^^^^^^^^ after this section
    10 | DROP TABLE t_c3;
       | ---------------- `t_c3`: dropped here and not recreated
       |
       = help: make the downgrade undo every change of the upgrade

    4 scripts: 1 error
    ");
    let ended = here.run("verify --format json")?;
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout)?;
    assert_eq!(
        (printed["ok"].as_bool(), printed["problems"][0]["file"].as_str()),
        (Some(false), Some("migrations/d4_script.sql"))
    );
    let refused = here.run("upgrade head")?;
    assert_eq!(refused.code, Some(1));
    assert!(!here.database().exists());
    here.printed("upgrade head --no-proof")?;
    Ok(())
}

#[test]
fn several_heads_are_a_fault_of_the_compiler_only() -> TestResult {
    let here = Workplace::branches()?;
    assert_eq!(here.run("verify")?.code, Some(1));
    here.printed("verify --multiple-heads")?;
    here.printed("upgrade heads")?;
    Ok(())
}

#[test]
fn an_empty_folder_is_a_chain_without_a_revision() -> TestResult {
    let here = Workplace::empty()?;
    for command in ["history", "history --graph", "heads", "branches", "current", "show head"] {
        assert_eq!(here.printed(command)?, "", "{command}");
    }
    for command in ["upgrade head", "downgrade base", "check"] {
        here.printed(command)?;
    }
    Ok(())
}

#[test]
fn verify_shows_notes_and_fails_nothing_for_them() -> TestResult {
    let here = Workplace::chain()?;
    here.scratch.write("d4", "c3", "CREATE TABLE x (name TEXT PRIMARY KEY);", "DROP TABLE x;")?;
    insta::assert_snapshot!(here.printed("verify")?, @r"
    note: the primary key of `x` accepts NULL, any number of times
     --> migrations/d4_script.sql:7:14
      |
    7 | CREATE TABLE x (name TEXT PRIMARY KEY);
      |              ^ created here
      |
      = note: `-- Allow: nullable-primary-key` in the header allows it
      = help: add `NOT NULL`, or make the table STRICT or WITHOUT ROWID

    4 scripts verified: no errors, 1 note
    ");
    assert_eq!(here.printed("verify --quiet")?, "");
    let printed = here.json("verify")?;
    assert_eq!(
        (printed["ok"].as_bool(), printed["notes"][0]["code"].as_str()),
        (Some(true), Some("nullable-primary-key"))
    );
    Ok(())
}

#[test]
fn a_lint_and_a_message_are_explained() -> TestResult {
    let here = Workplace::empty()?;
    insta::assert_snapshot!(here.printed("explain")?, @r"
    breaks-the-running-program  note  a script removes a column or table that the previous version of the program may read
    by-position                 deny  a statement depends on the order of columns, which a downgrade of the chain changes
    clock-or-random             deny  a statement that reads the clock or random numbers writes different rows on every database
    column-order                deny  a downgrade restores everything but the order of columns
    double-quoted-string        deny  a double-quoted name is not a column, so SQLite treats it as a string
    drops-what-it-did-not-make  deny  a downgrade drops a table that existed before the upgrade, and recreates it without its rows
    foreign-key-mismatch        deny  a foreign key refers to a missing table, or to columns that are not a key
    foreign-key-without-index   note  the columns of a foreign key have no index: deleting a parent reads the whole table
    if-exists                   deny  `IF EXISTS` or `IF NOT EXISTS` hides a wrong assumption of a script
    nullable-primary-key        note  a primary key accepts NULL, any number of times
    reads-version-table         deny  a script reads something that differs between databases at the same revision
    select-star                 note  `INSERT … SELECT *` copies by the order of columns
    unused-allow                note  an `Allow` in a header disables nothing

    For PostgreSQL, in `aludel prove`:
    check-validates             deny  a new check on an existing table reads every row while the table is locked
    foreign-key-validates       deny  a new foreign key on an existing table checks every row while both tables are locked
    index-locks-table           deny  an index on an existing table is built while writes to the table wait
    missing-lock-timeout        deny  a statement waits for a lock without a limit, and all queries on its table wait behind it
    renames-column              deny  a script renames a column that the previous version of the program still uses
    renames-table               deny  a script renames a table that the previous version of the program still uses
    rewrites-table              deny  every row of an existing table is rewritten while the table is locked
    set-not-null                deny  SET NOT NULL reads every row while the table is locked
    volatile-default            deny  a new column with a volatile default rewrites every row while the table is locked

    deny: fails compilation, `verify` or `prove`; note: is only shown. `-- Allow: <lint>` in a script's header disables a lint for that script.
    ");
    insta::assert_snapshot!(here.printed("explain select-star")?, @r"
    select-star (a lint: a note unless allowed)
    `INSERT … SELECT *` copies by the order of columns

    `INSERT INTO new SELECT * FROM old` copies the first column to the first, and so on. The order of
    columns can differ between databases: after a downgrade, or if branches were applied in a different
    order. Values then end up in the wrong columns, and SQLite accepts most of them.

        INSERT INTO photos_rebuilt SELECT * FROM photos;

    To fix it, name the columns on both sides.

        INSERT INTO photos_rebuilt (id, title) SELECT id, title FROM photos;
    ");
    assert!(here.printed("explain not-reversed")?.starts_with("not-reversed (an error)\n"));
    assert_eq!(here.json("explain clock-or-random")?["level"], "deny");
    assert_eq!(here.json("explain")?[0]["name"], "breaks-the-running-program");
    let refused = here.run("explain if-exist")?;
    assert_eq!(refused.code, Some(2));
    insta::assert_snapshot!(refused.stderr, @r"
    error: no lint or message is called `if-exist`
    help: did you mean `if-exists`?
    ");
    Ok(())
}
