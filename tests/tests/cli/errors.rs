//! Errors and their hints, following the table of Alembic's errors. No command panics or writes
//! anything.

use std::fmt::Write as _;

use tests::TestResult;

use crate::program::Workplace;

fn refused(here: &Workplace, commands: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let mut all = String::new();
    for command in commands {
        write!(all, "$ aludel {command}\n{}\n", here.refused(command)?)?;
    }
    Ok(all)
}

#[test]
fn err_targets_on_a_chain() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade b2")?;
    insta::assert_snapshot!(refused(&here, &["upgrade zz", "upgrade b3", "upgrade +5", "upgrade -1", "upgrade a1+9", "upgrade head+1", "upgrade nobranch@head", "upgrade @head", "upgrade a1@", "upgrade +0", "downgrade +1", "downgrade -5", "downgrade c3", "downgrade head", "downgrade a1-2 --dry-run", "history -r foo", "history -r a1:b2:c3", "history -r c3:a1", "history -r zz:", "show zz", "edit zz", "edit base", "stamp zz"])?, @r"
    $ aludel upgrade zz
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    $ aludel upgrade b3
    error: no revision is named `b3`, and no ID begins with it
    help: did you mean `b2`?
    exit 2
    $ aludel upgrade +5
    error: `+5` is out of range: the chain has only 1 of these steps
    help: `history -i` shows the chain and the database's revision
    exit 2
    $ aludel upgrade -1
    error: `-1` is in the wrong direction for an upgrade
    help: to upgrade, use `+1`; to downgrade, use `downgrade -1`
    exit 2
    $ aludel upgrade a1+9
    error: `a1+9` is out of range: the chain has only 2 of these steps
    help: `history -i` shows the chain and the database's revision
    exit 2
    $ aludel upgrade head+1
    error: `head+1` is out of range: the chain has only 0 of these steps
    help: `history -i` shows the chain and the database's revision
    exit 2
    $ aludel upgrade nobranch@head
    error: no branch is named `nobranch`
    help: `history` lists all revisions
    exit 2
    $ aludel upgrade @head
    error: `@head` is incomplete: the name of a revision is missing
    help: use `head`, `base`, an ID or a label; on a branch, use `label@head`
    exit 2
    $ aludel upgrade a1@
    error: `a1@` is incomplete: the name of a revision is missing
    help: use `head`, `base`, an ID or a label; on a branch, use `label@head`
    exit 2
    $ aludel upgrade +0
    error: `+0` is in the wrong direction for an upgrade
    help: use the number of steps, such as `+1` for an upgrade and `-1` for a downgrade
    exit 2
    $ aludel downgrade +1
    error: `+1` is in the wrong direction for a downgrade
    help: to downgrade, use `-1`; to upgrade, use `upgrade +1`
    exit 2
    $ aludel downgrade -5
    error: `-5` is out of range: the chain has only 2 of these steps
    help: `history -i` shows the chain and the database's revision
    exit 2
    $ aludel downgrade c3
    error: cannot downgrade to revision `c3`: it is not applied
    help: `current` shows the database's revision
    exit 1
    $ aludel downgrade head
    error: cannot downgrade to revision `c3`: it is not applied
    help: `current` shows the database's revision
    exit 1
    $ aludel downgrade a1-2 --dry-run
    error: `a1-2` is out of range: the chain has only 1 of these steps
    help: `history -i` shows the chain and the database's revision
    exit 2
    $ aludel history -r foo
    error: invalid range `foo`: expected `start:end`, `start:` or `:end`
    help: for example `-r ab12:head`, `-r ab12:` or `-r current:`
    exit 2
    $ aludel history -r a1:b2:c3
    error: invalid range `a1:b2:c3`: expected `start:end`, `start:` or `:end`
    help: for example `-r ab12:head`, `-r ab12:` or `-r current:`
    exit 2
    $ aludel history -r c3:a1
    error: invalid range `c3:a1`: `c3` is not an ancestor of `a1`
    help: the start must be the older revision; did you mean `a1:c3`?
    exit 2
    $ aludel history -r zz:
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    $ aludel show zz
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    $ aludel edit zz
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    $ aludel edit base
    error: `base` matches no revision, so there is no script to edit
    help: `history` lists all revisions
    exit 2
    $ aludel stamp zz
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    ");
    let output = here.command(&["upgrade", ""]).output()?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}

#[test]
fn err_targets_on_branches() -> TestResult {
    let here = Workplace::branches()?;
    here.printed("upgrade heads")?;
    insta::assert_snapshot!(refused(&here, &["upgrade head", "upgrade +1", "upgrade cart@c3", "upgrade heads@cart", "downgrade -1", "stamp head", "show head", "history -r head:", "revision -m x", "revision -m x --head d4", "merge d4 e5", "merge e5 e5", "downgrade apart@-2"])?, @r"
    $ aludel upgrade head
    error: `head` matches 3 heads; expected one: `c3`, `x1`, `e5`
    help: use one of them: `c3`, `x1`, `e5`; or use `heads` for all
    exit 2
    $ aludel upgrade +1
    error: `+1` is ambiguous: the database is at 2 revisions: `x1`, `e5`
    help: name the branch, such as `x1@+1`, or name a revision
    exit 2
    $ aludel upgrade cart@c3
    error: revision `c3` is not on the branch `cart`
    help: use `c3` alone, or name its own branch
    exit 2
    $ aludel upgrade heads@cart
    error: no branch is named `heads`
    help: write a label or a revision before `@`, and `heads` after it, such as `label@heads`
    exit 2
    $ aludel downgrade -1
    error: `-1` is ambiguous: the database is at 2 revisions: `x1`, `e5`
    help: name the branch, such as `x1@-1`, or name a revision
    exit 2
    $ aludel stamp head
    error: `head` matches 3 heads; expected one: `c3`, `x1`, `e5`
    help: use one of them: `c3`, `x1`, `e5`; or use `heads` for all
    exit 2
    $ aludel show head
    error: `head` matches 3 heads; expected one: `c3`, `x1`, `e5`
    help: use one of them: `c3`, `x1`, `e5`; or use `heads` for all
    exit 2
    $ aludel history -r head:
    error: `head` matches 3 heads; expected one: `c3`, `x1`, `e5`
    help: use one of them: `c3`, `x1`, `e5`; or use `heads` for all
    exit 2
    $ aludel revision -m x
    error: there are 3 heads: `c3`, `x1`, `e5`
    help: choose the parent with `--head`, or merge the heads with `aludel merge heads`
    exit 2
    $ aludel revision -m x --head d4
    error: revision `d4` is not a head
    help: pass `--splice` to start a new branch there
    exit 2
    $ aludel merge d4 e5
    error: revision `d4` is not a head
    help: pass `--splice` to start a new branch there
    exit 2
    $ aludel merge e5 e5
    error: `e5` names revision `e5`, which is already listed
    help: list each revision once
    exit 2
    $ aludel downgrade apart@-2
    error: `apart@-2` is out of range: the chain has only 1 of these steps
    help: `history -i` shows the chain and the database's revision
    exit 2
    ");
    Ok(())
}

#[test]
fn err_an_ambiguous_prefix_and_a_fork() -> TestResult {
    let here = Workplace::empty()?;
    here.add("abc1", "One", "")?;
    here.add("abc2", "Two", "abc1")?;
    here.add("abc3", "Three", "abc1")?;
    insta::assert_snapshot!(refused(&here, &["upgrade ab", "upgrade +2", "upgrade abc1+1"])?, @r"
    $ aludel upgrade ab
    error: `ab` is ambiguous: `abc1`, `abc2`, `abc3`
    help: use a longer prefix
    exit 2
    $ aludel upgrade +2
    error: `+2` is ambiguous: at `abc1`, the next step leads to 2 revisions (`abc2`, `abc3`)
    help: name a revision instead, such as `abc2`, `abc3`
    exit 2
    $ aludel upgrade abc1+1
    error: `abc1+1` is ambiguous: at `abc1`, the next step leads to 2 revisions (`abc2`, `abc3`)
    help: name a revision instead, such as `abc2`, `abc3`
    exit 2
    ");
    Ok(())
}

#[test]
fn err_new_scripts_that_would_be_faults() -> TestResult {
    let here = Workplace::chain()?;
    let before = std::fs::read_dir(here.scratch.migrations())?.count();
    insta::assert_snapshot!(refused(&here, &["revision -m x --rev-id a-b", "revision -m x --rev-id head", "revision -m x --rev-id a1", "revision -m x --branch-label a1", "revision -m x --branch-label 1st", "revision -m Revises: --rev-id q", "revision -m x --depends-on zz", "init"])?, @r"
    $ aludel revision -m x --rev-id a-b
    error: invalid revision ID `a-b`: it contains characters other than letters, digits, `_` and `.`
    help: use 1 to 32 characters of `A-Z a-z 0-9 _ .`, but not `head`, `heads`, `base` or `current`
    exit 2
    $ aludel revision -m x --rev-id head
    error: invalid revision ID `head`: it is a reserved word
    help: use 1 to 32 characters of `A-Z a-z 0-9 _ .`, but not `head`, `heads`, `base` or `current`
    exit 2
    $ aludel revision -m x --rev-id a1
    error: a script with revision ID `a1` already exists
    help: choose another ID with `--rev-id`, or omit it to generate one
    exit 2
    $ aludel revision -m x --branch-label a1
    error: branch label `a1` is also the ID of a revision
    help: choose a different label: a name must refer to a single revision
    exit 2
    $ aludel revision -m x --branch-label 1st
    error: invalid branch label `1st`: it does not begin with a letter
    help: use letters, digits, `_`, `.` and `-`, beginning with a letter, but not `head`, `heads`, `base` or `current`
    exit 2
    $ aludel revision -m Revises: --rev-id q
    error: invalid message `Revises:`: the first line of a script would be parsed as a marker or as a header key
    help: start the message with other words, for example `Add the favourite flag to photos`
    exit 2
    $ aludel revision -m x --depends-on zz
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    $ aludel init
    error: the folder `migrations` already exists and is not empty
    help: choose another folder; if it already holds your scripts, there is nothing to do
    exit 2
    ");
    assert_eq!(std::fs::read_dir(here.scratch.migrations())?.count(), before);
    Ok(())
}

#[test]
fn err_settings() -> TestResult {
    let here = Workplace::chain()?;
    insta::assert_snapshot!(refused(&here, &["heads --migrations elsewhere", "current -d postgresql://localhost/x", "heads --config missing.toml", "current -d missing/folder.db --format yaml"])?, @r#"
    $ aludel heads --migrations elsewhere
    error: the folder `elsewhere` does not exist
    help: create it with `aludel init`, or set the folder with `--migrations`, `ALUDEL_MIGRATIONS` or `migrations` in `aludel.toml`
    exit 2
    $ aludel current -d postgresql://localhost/x
    error: `postgresql://localhost/x` is not a valid database: expected a path, or `sqlite:///` and a path such as `sqlite:///./photosafe.db`
    help: for PostgreSQL scripts, set `dialect = "postgresql"` in `aludel.toml`
    exit 2
    $ aludel heads --config missing.toml
    error: cannot use `missing.toml`: No such file or directory (os error 2)
    exit 2
    $ aludel current -d missing/folder.db --format yaml
    error: invalid value 'yaml' for '--format <FORMAT>'
      [possible values: text, json]

    For more information, try '--help'.
    exit 2
    "#);
    std::fs::write(here.scratch.path("aludel.toml"), "databse = \"x\"\n")?;
    insta::assert_snapshot!(refused(&here, &["heads"])?, @r#"
    $ aludel heads
    error: cannot use `aludel.toml`: TOML parse error at line 1, column 1
      |
    1 | databse = "x"
      | ^^^^^^^
    unknown field `databse`, expected one of `database`, `migrations`, `version_table`, `multiple_heads`, `lock_timeout`, `postgresql`, `max_file_size`, `recursive`, `dialect`, `irreversible_until`, `functions`, `lints`, `autogenerate`
    exit 2
    "#);
    std::fs::write(here.scratch.path("aludel.toml"), "version_table = \"a b\"\n")?;
    insta::assert_snapshot!(refused(&here, &["heads"])?, @r"
    $ aludel heads
    error: cannot use `aludel.toml`: invalid version table name `a b`: expected letters, digits and `_`
    exit 2
    ");
    std::fs::write(here.scratch.path("aludel.toml"), "dialect = \"postgres\"\n")?;
    insta::assert_snapshot!(refused(&here, &["heads"])?, @r"
    $ aludel heads
    error: cannot use `aludel.toml`: unknown dialect `postgres`: expected `sqlite` or `postgresql`
    exit 2
    ");
    std::fs::remove_file(here.scratch.path("aludel.toml"))?;
    let nameless = here.command(&["current"]).env_remove("DATABASE_URL").output()?;
    assert_eq!(nameless.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(nameless.stderr)?, @r"
    error: no database is set
    help: set it with `--database sqlite:///./app.db`, `DATABASE_URL`, or `database` in `aludel.toml`
    ");
    let empty = here.command(&["current"]).env("DATABASE_URL", "").output()?;
    assert_eq!(String::from_utf8(empty.stderr)?.lines().next(), Some("error: no database is set"));
    let typed = here.command(&["current", "--database", ""]).output()?;
    assert_eq!(typed.status.code(), Some(2));
    Ok(())
}

#[test]
fn err_a_database_with_tables_but_no_revision() -> TestResult {
    let here = Workplace::chain()?;
    here.open()?.execute_batch("CREATE TABLE t_a1 (id INTEGER PRIMARY KEY)")?;
    insta::assert_snapshot!(refused(&here, &["upgrade head", "downgrade base"])?, @r"
    $ aludel upgrade head
    error: the database has tables (t_a1) but no revision, so the applied scripts are unknown; nothing was changed
    help: its schema matches `a1`: if that is its revision, record it with `stamp a1`
    exit 7
    $ aludel downgrade base
    error: the database has tables (t_a1) but no revision, so the applied scripts are unknown; nothing was changed
    help: its schema matches `a1`: if that is its revision, record it with `stamp a1`
    exit 7
    ");
    assert_eq!(here.run("check")?.code, Some(7));
    here.printed("stamp a1")?;
    here.printed("upgrade head")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn err_a_database_that_is_ahead_or_diverged() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    let script = here.script("c3")?;
    let text = std::fs::read_to_string(&script)?;
    std::fs::write(&script, text.replace("t_c3", "other"))?;
    insta::assert_snapshot!(refused(&here, &["upgrade head", "downgrade -1", "stamp b2"])?, @r"
    $ aludel upgrade head
    error: the database diverged: `c3` (migrations/c3.sql) was edited after being applied; nothing was changed
    help: `aludel repair` shows what was edited, and records it if the effect is the same; otherwise restore the scripts as they were applied (the ledger keeps their text in `upgrade_sql` and `downgrade_sql`) and make the change in a new revision; or, if you know that the schema matches the edited scripts, record them with `stamp --purge` and the database's revision
    exit 4
    $ aludel downgrade -1
    error: the database diverged: `c3` (migrations/c3.sql) was edited after being applied; nothing was changed
    help: `aludel repair` shows what was edited, and records it if the effect is the same; otherwise restore the scripts as they were applied (the ledger keeps their text in `upgrade_sql` and `downgrade_sql`) and make the change in a new revision; or, if you know that the schema matches the edited scripts, record them with `stamp --purge` and the database's revision
    exit 4
    $ aludel stamp b2
    error: the database diverged: `c3` (migrations/c3.sql) was edited after being applied; nothing was changed
    help: `aludel repair` shows what was edited, and records it if the effect is the same; otherwise restore the scripts as they were applied (the ledger keeps their text in `upgrade_sql` and `downgrade_sql`) and make the change in a new revision; or, if you know that the schema matches the edited scripts, record them with `stamp --purge` and the database's revision
    exit 4
    ");
    assert_eq!(here.run("check")?.code, Some(4));
    std::fs::remove_file(&script)?;
    insta::assert_snapshot!(refused(&here, &["upgrade head", "downgrade -1"])?, @r"
    $ aludel upgrade head
    error: the database is ahead of this program: it has revision `c3`, which this program does not define; nothing was changed
    help: run a version of the program that defines these revisions; or revert them with `downgrade --to-known`, which runs the downgrades that the database keeps in its ledger
    exit 3
    $ aludel downgrade -1
    error: the database is ahead of this program: it has revision `c3`, which this program does not define; nothing was changed
    help: run a version of the program that defines these revisions; or revert them with `downgrade --to-known`, which runs the downgrades that the database keeps in its ledger
    exit 3
    ");
    let current = here.run("current")?;
    assert_eq!((current.code, current.stdout.as_str()), (Some(3), "c3 (unknown: no script defines it)\n"));
    assert_eq!(here.run("check")?.code, Some(3));
    here.printed("stamp --purge b2")?;
    assert_eq!(here.printed("current")?, "b2 (head)\n");
    Ok(())
}

#[test]
fn err_a_file_that_is_no_database_and_one_that_is_locked() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    let holder = here.open()?;
    holder.execute_batch("BEGIN IMMEDIATE")?;
    insta::assert_snapshot!(refused(&here, &["upgrade head --lock-timeout 0.1"])?, @r"
    $ aludel upgrade head --lock-timeout 0.1
    error: the database is locked by another process: waited 0.1 s; nothing was changed
    help: wait for the other process to finish, or increase the lock timeout (`--lock-timeout` on the command line)
    exit 5
    ");
    holder.execute_batch("ROLLBACK")?;
    std::fs::write(here.database(), "this is a text, and long enough to be taken for one".repeat(40))?;
    insta::assert_snapshot!(refused(&here, &["upgrade head", "current"])?, @r"
    $ aludel upgrade head
    error: reading the version rows and the ledger failed; nothing was changed: file is not a database
    help: the file is not an SQLite database: check the path
    exit 1
    $ aludel current
    error: reading the version rows failed; nothing was changed: file is not a database
    help: the file is not an SQLite database: check the path
    exit 1
    ");
    Ok(())
}
