//! Accidents from the history of PhotoSafe's own migrations, and how Aludel handles them.

use std::process::{Command, Stdio};

use aludel::{Error, Status};
use aludel_core::chain::assemble;
use aludel_core::folder;
use aludel_core::problem::Style;
use tests::{Scratch, TestResult, dump, failure, files, script};

fn table(scratch: &Scratch, id: &str, revises: &str) -> std::io::Result<()> {
    scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))
}

/// Creates scripts with the IDs of PhotoSafe's SQLite chain.
fn photosafe() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for (id, revises) in
        [("49348f7a48f6", ""), ("a1b2c3d4e5f6", "49348f7a48f6"), ("c71fdf3b7df8", "a1b2c3d4e5f6")]
    {
        table(&scratch, id, revises)?;
    }
    Ok(scratch)
}

/// A1: a script in the middle of the chain was deleted while another one still revised it.
#[test]
fn a_deleted_script_that_another_revises_is_a_fault() -> TestResult {
    let scratch = photosafe()?;
    std::fs::remove_file(scratch.migrations().join("a1b2c3d4e5f6_script.sql"))?;
    let faults = scratch.faults()?;
    assert!(faults.contains("a1b2c3d4e5f6"), "{faults}");
    assert!(faults.contains("migrations/c71fdf3b7df8_script.sql:4"), "{faults}");
    Ok(())
}

/// A2: an applied root revision was edited in place.
#[test]
fn an_applied_script_that_was_edited_stops_the_run() -> TestResult {
    let scratch = photosafe()?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "a1b2c3d4e5f6")?;
    scratch.write(
        "49348f7a48f6",
        "",
        "CREATE TABLE t49348f7a48f6 (x JSONB);",
        "DROP TABLE t49348f7a48f6;",
    )?;
    let before = files(scratch.folder())?;
    let chain = scratch.chain()?;
    for error in [
        failure(chain.migrator().upgrade(&mut scratch.open()?, "head"))?,
        failure(chain.migrator().downgrade(&mut scratch.open()?, "base"))?,
        failure(chain.migrator().stamp(&mut scratch.open()?, "head"))?,
    ] {
        assert_eq!(error.exit_code(), 4);
        assert_eq!(
            error.to_string(),
            "the database diverged: `49348f7a48f6` (migrations/49348f7a48f6_script.sql) was edited after being applied; nothing was changed"
        );
    }
    assert!(files(scratch.folder())? == before);
    Ok(())
}

/// Both fixes that the message names work.
#[test]
fn a_diverged_database_has_the_ways_out_that_its_message_names() -> TestResult {
    let hint = |scratch: &Scratch| -> Result<String, Box<dyn std::error::Error>> {
        let error = failure(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head"))?;
        assert!(matches!(error, Error::Diverged { .. }), "{error}");
        Ok(error.hint().unwrap_or_default())
    };
    let edited = || -> Result<Scratch, Box<dyn std::error::Error>> {
        let scratch = photosafe()?;
        scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "a1b2c3d4e5f6")?;
        scratch.write(
            "49348f7a48f6",
            "",
            "CREATE TABLE t49348f7a48f6 (x INTEGER);",
            "DROP TABLE t49348f7a48f6;",
        )?;
        Ok(scratch)
    };

    let scratch = edited()?;
    assert!(hint(&scratch)?.contains("`upgrade_sql` and `downgrade_sql`"));
    let sql = "SELECT upgrade_sql, downgrade_sql FROM aludel_history WHERE revision = '49348f7a48f6'";
    let (up, down): (String, String) =
        scratch.open()?.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    scratch.write("49348f7a48f6", "", &up, &down)?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;

    let scratch = edited()?;
    assert!(hint(&scratch)?.contains("`stamp --purge`"));
    scratch.chain()?.migrator().purge_and_stamp(&mut scratch.open()?, &["a1b2c3d4e5f6"])?;
    assert_eq!(status(&scratch)?, Status::Behind { pending: vec!["c71fdf3b7df8".to_owned()] });
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
    Ok(())
}

/// A3: weeks later, an ID was reused for a different migration further up.
#[test]
fn an_id_that_is_used_again_for_another_script_is_not_taken_for_the_first() -> TestResult {
    let scratch = photosafe()?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "a1b2c3d4e5f6")?;
    scratch.write("c71fdf3b7df8", "49348f7a48f6", "CREATE TABLE tc (x);", "DROP TABLE tc;")?;
    table(&scratch, "6324284fb717", "c71fdf3b7df8")?;
    table(&scratch, "a1b2c3d4e5f6", "6324284fb717")?;
    let error = failure(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head"))?;
    let Error::Diverged { edited } = &error else { return Err(error.into()) };
    assert_eq!(edited.iter().map(|edited| edited.revision.as_str()).collect::<Vec<_>>(), ["a1b2c3d4e5f6"]);
    Ok(())
}

/// A3: the same with unchanged SQL. A script's position counts as part of the script.
#[test]
fn a_script_that_was_moved_to_another_parent_is_an_edited_one() -> TestResult {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a", ""), ("b", "a"), ("c", "b")] {
        table(&scratch, id, revises)?;
    }
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
    table(&scratch, "b", "")?;
    table(&scratch, "a", "b")?;
    table(&scratch, "c", "a")?;
    let connection = scratch.open()?;
    let status = scratch.chain()?.migrator().status(Some(&connection))?;
    assert_eq!(status, Status::Diverged { edited: vec!["b".to_owned(), "a".to_owned(), "c".to_owned()] });
    Ok(())
}

/// Creates a database as Alembic leaves it, with tables and a stamp but no ledger.
fn left_by_alembic(scratch: &Scratch, tables: &str, stamp: &str) -> TestResult {
    scratch.open()?.execute_batch(&format!(
        "{tables}; CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
         INSERT INTO alembic_version VALUES ('{stamp}')"
    ))?;
    Ok(())
}

/// Returns the differences between a database and its stamp, and checks that the comparison changes
/// nothing.
fn drift(scratch: &Scratch) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let before = files(scratch.folder())?;
    let connection = scratch.database()?.open_for_reading()?.ok_or("there is no database")?;
    let drift = scratch.chain()?.migrator().drift(&connection)?;
    assert!(files(scratch.folder())? == before);
    Ok(drift.iter().map(ToString::to_string).collect())
}

/// A2: the root revision was edited after databases were created with it. There is one stamp for
/// two schemas, and no ledger that contains the old text.
#[test]
fn a_database_from_before_an_edit_is_told_by_its_schema() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write(
        "49348f7a48f6",
        "",
        "CREATE TABLE photos (uuid TEXT, keywords JSONB);",
        "DROP TABLE photos;",
    )?;
    left_by_alembic(&scratch, "CREATE TABLE photos (uuid TEXT, keywords TEXT)", "49348f7a48f6")?;
    assert_eq!(status(&scratch)?, Status::AtHead);
    assert_eq!(drift(&scratch)?, ["column `photos.keywords` was `JSONB`, is now `TEXT`"]);
    Ok(())
}

/// A3: a database was stamped with an ID before the ID was reused further up. According to the
/// stamp, it has run revisions that it never ran.
#[test]
fn a_database_stamped_with_an_id_that_was_used_again_is_told_by_its_schema() -> TestResult {
    let scratch = Scratch::new()?;
    for (id, revises) in
        [("49348f7a48f6", ""), ("c71fdf3b7df8", "49348f7a48f6"), ("a1b2c3d4e5f6", "c71fdf3b7df8")]
    {
        table(&scratch, id, revises)?;
    }
    left_by_alembic(&scratch, "CREATE TABLE t49348f7a48f6 (x)", "a1b2c3d4e5f6")?;
    assert_eq!(status(&scratch)?, Status::AtHead);
    assert_eq!(drift(&scratch)?, ["table `ta1b2c3d4e5f6` is missing", "table `tc71fdf3b7df8` is missing"]);
    Ok(())
}

/// A8: a migration dropped the unique index but not the table's UNIQUE constraint, which still
/// existed at the head.
#[test]
fn a_unique_constraint_that_a_database_kept_is_told() -> TestResult {
    let scratch = Scratch::new()?;
    let kept = "CREATE TABLE place_summaries (id INTEGER PRIMARY KEY, place_name TEXT, CONSTRAINT place_summaries_place_name_key UNIQUE (place_name))";
    let meant = "CREATE TABLE place_summaries (id INTEGER PRIMARY KEY, place_name TEXT); CREATE INDEX ix_place_name ON place_summaries (place_name)";
    scratch.write("6324284fb717", "", &format!("{meant};"), "DROP TABLE place_summaries;")?;
    left_by_alembic(
        &scratch,
        &format!("{kept}; CREATE INDEX ix_place_name ON place_summaries (place_name)"),
        "6324284fb717",
    )?;
    assert_eq!(
        drift(&scratch)?,
        [
            "unique constraint `CONSTRAINT place_summaries_place_name_key UNIQUE (place_name)` of `place_summaries` is not created by the scripts"
        ]
    );
    Ok(())
}

fn status(scratch: &Scratch) -> Result<Status, Box<dyn std::error::Error>> {
    Ok(scratch.chain()?.migrator().status(Some(&scratch.open()?))?)
}

/// A4: two heads were merged later. A database with both heads applied has two rows.
#[test]
fn two_heads_are_a_fault_until_they_are_merged_and_two_rows_are_read() -> TestResult {
    let scratch = Scratch::new()?;
    for (id, revises) in
        [("0b9dc23328e1", ""), ("9e32c1812b65", "0b9dc23328e1"), ("d8e9f0a1b2c3", "0b9dc23328e1")]
    {
        table(&scratch, id, revises)?;
    }
    let Err(aludel_core::chain::Faulty { problems, .. }) =
        assemble(&folder::read(&scratch.migrations(), "migrations"), false)
    else {
        return Err("two heads are no fault".into());
    };
    let faults: String = problems.iter().map(|problem| problem.render(Style::Plain)).collect();
    assert!(faults.contains("9e32c1812b65") && faults.contains("d8e9f0a1b2c3"), "{faults}");
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "heads")?;
    let current = |scratch: &Scratch| -> Result<_, Box<dyn std::error::Error>> {
        Ok(scratch.chain()?.migrator().current(&scratch.open()?)?)
    };
    assert_eq!(current(&scratch)?, ["9e32c1812b65", "d8e9f0a1b2c3"]);
    let merge = "-- nothing to do: a merge point";
    scratch.write("56e129aeabb7", "9e32c1812b65, d8e9f0a1b2c3", merge, merge)?;
    assert!(assemble(&folder::read(&scratch.migrations(), "migrations"), false).is_ok());
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
    assert_eq!(current(&scratch)?, ["56e129aeabb7"]);
    Ok(())
}

/// A5: an ID is not hexadecimal, and a comment names a different parent than the code.
#[test]
fn an_id_is_any_word_and_there_is_one_place_that_names_the_parent() -> TestResult {
    let scratch = photosafe()?;
    table(&scratch, "b2c3d4e5f6g7", "c71fdf3b7df8")?;
    let report = scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "b2c3d4e5f6g7")?;
    assert_eq!(report.current, ["b2c3d4e5f6g7"]);
    let twice = script("b2c3d4e5f6g7", "c71fdf3b7df8\n-- Revises: a1b2c3d4e5f6", "SELECT 1;", "SELECT 1;");
    scratch.write_file("b2c3d4e5f6g7_script.sql", twice.as_bytes())?;
    assert!(scratch.faults()?.contains("Revises"));
    Ok(())
}

/// A10: a script failed to create its last table. The first four tables remained, and every later
/// run failed because of them.
#[test]
fn a_script_that_fails_at_its_last_table_leaves_none_of_them() -> TestResult {
    let scratch = Scratch::new()?;
    let tables: String =
        ["users", "photos", "albums", "versions"].map(|name| format!("CREATE TABLE {name} (x);\n")).concat();
    scratch.write(
        "49348f7a48f6",
        "",
        &tables,
        "DROP TABLE versions; DROP TABLE albums; DROP TABLE photos; DROP TABLE users;",
    )?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator().ignore_tables(["versions"]);
    scratch.open()?.execute_batch("CREATE TABLE versions (of_another_program)")?;
    let before = dump(&scratch.open()?)?;
    let error = failure(migrator.upgrade(&mut scratch.open()?, "head"))?;
    assert!(error.to_string().contains("49348f7a48f6_script.sql:10:"), "{error}");
    assert_eq!(dump(&scratch.open()?)?, before);
    scratch.open()?.execute_batch("DROP TABLE versions")?;
    assert_eq!(migrator.upgrade(&mut scratch.open()?, "head")?.current, ["49348f7a48f6"]);
    Ok(())
}

/// A11: one of four concurrent `upgrade head` commands on a new file failed.
#[test]
fn four_upgrades_at_once_on_a_fresh_file_all_end_well() -> TestResult {
    let scratch = photosafe()?;
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_migrate"))
            .args([scratch.path("test.db"), scratch.migrations(), "upgrade".into()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let started: Vec<_> = (0..4).map(|_| start()).collect::<Result<_, _>>()?;
    for child in started {
        let output = child.wait_with_output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(scratch.chain()?.migrator().ledger(&scratch.open()?)?.len(), 3);
    Ok(())
}

/// A12: the database was stamped with a revision that the code did not contain, and even `current`
/// failed.
#[test]
fn a_revision_that_the_code_lacks_is_named_and_nothing_is_touched() -> TestResult {
    let scratch = photosafe()?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator();
    migrator.upgrade(&mut scratch.open()?, "head")?;
    scratch.open()?.execute_batch("UPDATE alembic_version SET version_num = '622445ac768c'")?;
    let before = files(scratch.folder())?;
    assert_eq!(migrator.current(&scratch.open()?)?, ["622445ac768c"]);
    assert_eq!(migrator.revisions(Some(&scratch.open()?))?.len(), 3);
    for error in [
        failure(migrator.upgrade(&mut scratch.open()?, "head"))?,
        failure(migrator.downgrade(&mut scratch.open()?, "base"))?,
        failure(migrator.stamp(&mut scratch.open()?, "head"))?,
        failure(migrator.check(&scratch.open()?))?,
    ] {
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("revision `622445ac768c`"), "{error}");
        let words = format!("{error} {}", error.hint().ok_or("no hint")?).to_lowercase();
        for word in ["delete", "force", "erase", "remove", "sqlite3", "stamp"] {
            assert!(!words.contains(word), "{words}");
        }
    }
    assert!(files(scratch.folder())? == before);
    Ok(())
}
