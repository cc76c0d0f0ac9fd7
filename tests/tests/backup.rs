//! Backups before a run: their contents, when they are made, and which of them are kept.

use std::fs;
use std::path::{Path, PathBuf};

use aludel::rusqlite::Connection;
use aludel::{Backup, Error, Interrupt};
use tests::{Scratch, TestResult, dump, failure};

/// Creates `a1 <- b2 <- c3`, and a database with rows at `a1`, in this journal mode.
fn database(mode: &str) -> Result<(Scratch, Connection), Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a1", ""), ("b2", "a1"), ("c3", "b2")] {
        scratch.write(
            id,
            revises,
            &format!("CREATE TABLE t_{id} (n INTEGER NOT NULL);"),
            &format!("DROP TABLE t_{id};"),
        )?;
    }
    let mut connection = scratch.open()?;
    connection.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
    scratch.chain()?.migrator().upgrade(&mut connection, "a1")?;
    connection.execute_batch("INSERT INTO t_a1 VALUES (1), (2), (3)")?;
    Ok((scratch, connection))
}

/// Returns the files in a folder that are not the database or the scripts.
fn backups(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && !["test.db", "test.db-wal", "test.db-shm"].contains(&&*name) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[test]
fn a_restored_backup_is_the_database_before_the_run() -> TestResult {
    for mode in ["delete", "wal"] {
        let (scratch, mut connection) = database(mode)?;
        let before = dump(&connection)?;
        let chain = scratch.chain()?;
        let migrator = chain.migrator().backup(Backup::next_to_database());
        let report = migrator.upgrade(&mut connection, "head")?;
        let path = report.backup.ok_or("no backup is reported")?;
        assert_eq!(backups(scratch.folder())?, std::slice::from_ref(&path), "{mode}");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(name.starts_with("test.db.2") && name.ends_with("Z.a1.backup"), "{name}");
        connection.execute_batch("INSERT INTO t_a1 VALUES (4)")?;
        drop(connection);

        for suffix in ["-wal", "-shm", "-journal"] {
            let companion = scratch.path(&format!("test.db{suffix}"));
            if companion.exists() {
                fs::remove_file(companion)?;
            }
        }
        fs::copy(&path, scratch.path("test.db"))?;
        let connection = scratch.open()?;
        assert_eq!(dump(&connection)?, before, "{mode}");
        assert_eq!(migrator.current(&connection)?, ["a1"]);
        let found: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        assert_eq!(found, mode);
    }
    Ok(())
}

/// Another connection commits before the run gets the lock, and keeps the database open. The backup
/// must contain its changes.
#[test]
fn a_backup_holds_what_others_committed_before_the_lock() -> TestResult {
    for mode in ["delete", "wal"] {
        let (scratch, mut connection) = database(mode)?;
        let other = scratch.open()?;
        other.execute_batch("INSERT INTO t_a1 VALUES (9)")?;
        let chain = scratch.chain()?;
        let migrator = chain.migrator().backup(Backup::next_to_database());
        let path = migrator.downgrade(&mut connection, "base")?.backup.ok_or("no backup")?;
        let highest: i64 =
            Connection::open(path)?.query_row("SELECT max(n) FROM t_a1", [], |row| row.get(0))?;
        assert_eq!(highest, 9, "{mode}");
    }
    Ok(())
}

#[test]
fn nothing_is_copied_if_there_is_nothing_to_do_or_nothing_to_copy() -> TestResult {
    let (scratch, mut connection) = database("delete")?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator().backup(Backup::next_to_database());
    assert_eq!(migrator.upgrade(&mut connection, "a1")?.backup, None);
    failure(migrator.upgrade(&mut connection, "zz"))?;
    assert_eq!(backups(scratch.folder())?, Vec::<PathBuf>::new());
    let mut empty = Connection::open(scratch.path("empty.db"))?;
    assert_eq!(migrator.upgrade(&mut empty, "head")?.backup, None);
    Ok(())
}

#[test]
fn the_newest_backups_stay_and_other_files_are_not_touched() -> TestResult {
    let (scratch, mut connection) = database("delete")?;
    let folder = scratch.path("copies");
    fs::create_dir(&folder)?;
    let foreign = ["test.db", "test.db.old.backup", "other.db.20260115T103000123Z.a1.backup"];
    for name in foreign {
        fs::write(folder.join(name), name)?;
    }
    // A process was killed while it made a backup.
    let unfinished = folder.join("test.db.20260115T103000123Z.a1.backup.unfinished");
    fs::write(&unfinished, "")?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator().backup(Backup::in_folder(&folder).keep(2));
    let mut made = Vec::new();
    for target in ["+1", "+1"] {
        made.push(migrator.upgrade(&mut connection, target)?.backup.ok_or("no backup")?);
        made.push(migrator.downgrade(&mut connection, "-1")?.backup.ok_or("no backup")?);
    }
    assert!(!unfinished.exists());
    assert!(foreign.iter().all(|name| folder.join(name).exists()));
    let stayed: Vec<bool> = made.iter().map(|path| path.exists()).collect();
    assert_eq!(stayed, [false, false, true, true]);
    Ok(())
}

#[test]
fn a_run_that_is_rolled_back_leaves_no_copy_and_removes_no_older_one() -> TestResult {
    let (scratch, mut connection) = database("delete")?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator().backup(Backup::next_to_database().keep(1));
    let first = migrator.upgrade(&mut connection, "b2")?.backup.ok_or("no backup")?;
    connection.execute_batch("CREATE TABLE t_c3 (in_the_way)")?;
    let before = dump(&connection)?;
    for _ in 0..2 {
        let error = failure(migrator.upgrade(&mut connection, "head"))?;
        assert!(matches!(error, Error::Failed(_)), "{error:?}");
        assert_eq!(backups(scratch.folder())?, std::slice::from_ref(&first));
    }
    assert_eq!(dump(&connection)?, before);
    Ok(())
}

#[test]
fn without_a_backup_nothing_runs() -> TestResult {
    let (scratch, mut connection) = database("delete")?;
    let before = dump(&connection)?;
    let chain = scratch.chain()?;
    let missing = scratch.path("missing");
    let error =
        failure(chain.migrator().backup(Backup::in_folder(&missing)).upgrade(&mut connection, "head"))?;
    assert!(matches!(&error, Error::Backup { .. }), "{error:?}");
    assert_eq!(error.exit_code(), 1);
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot back up the database to `{}/test.db.", missing.display()))
    );
    assert!(
        error.to_string().ends_with("No such file or directory (os error 2); nothing was changed"),
        "{error}"
    );
    assert_eq!(dump(&connection)?, before);

    let file = scratch.path("file");
    fs::write(&file, "")?;
    let error = failure(chain.migrator().backup(Backup::in_folder(&file)).upgrade(&mut connection, "head"))?;
    assert!(matches!(&error, Error::Backup { .. }), "{error:?}");
    assert_eq!(dump(&connection)?, before);

    #[cfg(target_os = "linux")]
    {
        // Not even root can create a file there.
        let error =
            failure(chain.migrator().backup(Backup::in_folder("/proc")).upgrade(&mut connection, "head"))?;
        assert!(matches!(&error, Error::Backup { .. }), "{error:?}");
        assert_eq!(dump(&connection)?, before);
    }

    let mut in_memory = Connection::open_in_memory()?;
    let migrator = chain.migrator();
    migrator.upgrade(&mut in_memory, "a1")?;
    let error = failure(migrator.backup(Backup::next_to_database()).upgrade(&mut in_memory, "head"))?;
    assert_eq!(error.to_string(), "cannot back up the database: it is not a file; nothing was changed");
    Ok(())
}

#[test]
fn a_damaged_database_is_not_migrated_with_a_backup() -> TestResult {
    let (scratch, mut connection) = database("delete")?;
    connection.execute_batch(
        "CREATE TABLE big (n INTEGER PRIMARY KEY, text);
         WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 60)
         INSERT INTO big SELECT n, hex(zeroblob(900)) FROM s",
    )?;
    drop(connection);
    let mut bytes = fs::read(scratch.path("test.db"))?;
    let end = bytes.len();
    for byte in bytes.get_mut(end - 3 * 4096..end - 4096).unwrap_or_default() {
        *byte = 0xff;
    }
    fs::write(scratch.path("test.db"), &bytes)?;
    connection = scratch.open()?;
    let chain = scratch.chain()?;
    let error =
        failure(chain.migrator().backup(Backup::next_to_database()).upgrade(&mut connection, "head"))?;
    assert!(matches!(&error, Error::Backup { .. }), "{error:?}");
    drop(connection);
    assert_eq!(fs::read(scratch.path("test.db"))?, bytes);
    assert_eq!(backups(scratch.folder())?, Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn an_interrupted_backup_leaves_nothing() -> TestResult {
    let (scratch, mut connection) = database("delete")?;
    let chain = scratch.chain()?;
    let interrupt = Interrupt::new();
    let trigger = interrupt.clone();
    // The hook runs once on the connection, and once on the copy.
    let migrator =
        chain.migrator().interrupt(interrupt).backup(Backup::next_to_database()).prepare(move |connection| {
            if connection.path().is_some_and(|path| path.ends_with(".unfinished")) {
                trigger.trigger();
            }
            Ok(())
        });
    let error = failure(migrator.upgrade(&mut connection, "head"))?;
    assert!(matches!(error, Error::Interrupted), "{error:?}");
    assert_eq!(backups(scratch.folder())?, Vec::<PathBuf>::new());
    assert_eq!(chain.migrator().current(&connection)?, ["a1"]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_backup_is_as_private_as_the_database() -> TestResult {
    use std::os::unix::fs::PermissionsExt as _;
    let (scratch, mut connection) = database("delete")?;
    fs::set_permissions(scratch.path("test.db"), fs::Permissions::from_mode(0o640))?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator().backup(Backup::next_to_database());
    let path = migrator.upgrade(&mut connection, "head")?.backup.ok_or("no backup")?;
    assert_eq!(fs::metadata(path)?.permissions().mode() & 0o777, 0o640);
    Ok(())
}

#[test]
fn the_way_back_makes_a_backup_too() -> TestResult {
    let (scratch, mut connection) = database("delete")?;
    scratch.chain()?.migrator().upgrade(&mut connection, "head")?;
    fs::remove_file(scratch.migrations().join("c3_script.sql"))?;
    let before = dump(&connection)?;
    let older = scratch.chain()?;
    let migrator = older.migrator().backup(Backup::next_to_database());
    let path = migrator.downgrade_to_known(&mut connection)?.backup.ok_or("no backup")?;
    assert_eq!(dump(&Connection::open(path)?)?, before);
    Ok(())
}
