//! Scripts outside a transaction.

use std::process::Command;

use aludel::postgres::Database;
use aludel::{Error, Interrupt, LedgerAction};
use tests::{TestResult, failure};

use crate::place::{Place, Ran, migrator};

/// Creates `t1 <- index <- t2`, in which an index is built without locking the table.
fn with_index(statement: &str) -> crate::place::Result<Place> {
    let place = Place::with_tables(1)?;
    place.scratch.write_file(
        "index_script.sql",
        format!(
            "-- Index the notes\n--\n-- Revision ID: index\n-- Revises: t1\n-- Outside Transaction: the table is large\n\n\
             -- upgrade\n{statement}\n\n-- downgrade\nDROP INDEX CONCURRENTLY IF EXISTS notes;\n"
        )
        .as_bytes(),
    )?;
    place.scratch.write("t2", "index", "CREATE TABLE t2 (id int);", "DROP TABLE t2;")?;
    Ok(place)
}

/// Brings the database into the state after a process was killed between its statement and the
/// record of it.
fn interrupt_after_the_statement(place: &Place) -> crate::place::Result<()> {
    place.run(&["upgrade", "index", "--no-proof", "--yes"])?.expect(0)?;
    place.execute(
        "DELETE FROM aludel_history WHERE revision = 'index' AND direction = 'upgrade'; \
         UPDATE alembic_version SET version_num = 't1'",
    )
}

/// The sessions in which the building of an index waits for another session.
const BUILDING: &str = "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() \
     AND query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'";

/// Creates `a <- b`, of which `a` is applied, and `b` detaches the partition `M 1` of the table `m`.
fn with_partition() -> crate::place::Result<Place> {
    let place = Place::new()?;
    let create = "CREATE TABLE m (id int, year int) PARTITION BY LIST (year);\n\
        CREATE TABLE \"M 1\" PARTITION OF m FOR VALUES IN (1);";
    place.scratch.write("a", "", create, "DROP TABLE m;")?;
    place.scratch.write_file(
        "b_script.sql",
        b"-- Detach\n--\n-- Revision ID: b\n-- Revises: a\n-- Outside Transaction: the table is in use\n\n\
          -- upgrade\nALTER TABLE m DETACH PARTITION \"M 1\" CONCURRENTLY;\n\n\
          -- downgrade\nALTER TABLE m ATTACH PARTITION \"M 1\" FOR VALUES IN (1);\n",
    )?;
    place.run(&["upgrade", "a", "--no-proof"])?.expect(0)?;
    Ok(place)
}

/// The sessions in which the detachment of a partition waits for another session.
const DETACHING: &str = "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() \
     AND query LIKE 'ALTER TABLE m DETACH%' AND wait_event_type = 'Lock'";

const INDEX: &str = "CREATE INDEX CONCURRENTLY notes ON t1 (note);";

#[test]
fn an_index_is_built_without_a_transaction_while_a_second_session_has_the_lock() -> TestResult {
    let place = with_index(INDEX)?;
    let chain = place.chain()?;
    let error = failure(migrator(&chain).upgrade(&mut place.connect()?, "head"))?;
    assert!(matches!(error, Error::OutsideTransaction { .. }), "{error}");
    assert_eq!(place.tables()?, Vec::<String>::new());

    let database = Database::parse(&place.url())?;
    let migrator = migrator(&chain).database(&database).allow_outside_transaction();
    let mut client = place.connect()?;
    assert_eq!(migrator.plan_upgrade(&mut client, "head")?.parts(), 3);
    let report = migrator.upgrade(&mut client, "head")?;
    assert_eq!(report.ran.len(), 3);
    assert_eq!(
        place.ask("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'notes'::regclass")?,
        ["true"]
    );
    let actions: Vec<String> =
        migrator.ledger(&mut client)?.iter().map(|row| format!("{} {}", row.action, row.revision)).collect();
    assert_eq!(actions, ["upgrade t1", "upgrade-started index", "upgrade index", "upgrade t2"]);

    let back = migrator.downgrade(&mut client, "t1")?;
    assert_eq!(back.ran.len(), 2);
    assert_eq!(
        place.ask("SELECT relname::text FROM pg_class WHERE relname = 'notes'")?,
        Vec::<String>::new()
    );
    Ok(())
}

#[test]
fn the_command_asks_before_and_shows_each_commit() -> TestResult {
    let place = with_index(INDEX)?;
    let ran = place.run(&["upgrade", "head", "--no-proof", "--dry-run"])?;
    assert!(ran.expect(0)?.stdout.contains("outside a transaction: the table is large"), "{}", ran.stdout);
    place.run(&["upgrade", "head", "--no-proof", "--yes"])?.expect(0)?;
    Ok(())
}

#[test]
fn an_invalid_index_that_a_failed_run_left_is_named() -> TestResult {
    let place = with_index("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS notes ON t1 (note);")?;
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    place.execute("INSERT INTO t1 VALUES (2, 'it''s; here')")?;
    let ran = place.run(&["upgrade", "head", "--no-proof", "--yes"])?;
    ran.expect(6)?.says("could not create unique index")?.says("the index `notes` is INVALID")?;
    ran.says("and run it again\n 8 | CREATE UNIQUE INDEX")?;
    assert_eq!(place.json(&["current"])?["current"][0]["revision"], "t1");
    let log = place.json(&["log"])?;
    assert_eq!(log[1]["direction"], LedgerAction::UpgradeStarted.to_string());

    // `IF NOT EXISTS` finds the invalid index and does nothing. That is no success.
    place.execute("DELETE FROM t1 WHERE id = 2")?;
    place
        .run(&["upgrade", "head", "--no-proof", "--yes"])?
        .expect(6)?
        .says("DROP INDEX CONCURRENTLY notes")?;
    place.execute("DROP INDEX CONCURRENTLY notes")?;
    place.run(&["upgrade", "head", "--no-proof", "--yes"])?.expect(0)?;
    assert_eq!(place.tables()?, ["t1", "t2"]);
    Ok(())
}

/// `CREATE INDEX CONCURRENTLY` waits for every session with an older snapshot. A process that waits
/// for the lock of the run must not have one. Otherwise, the two would wait for each other.
#[test]
fn a_process_that_waits_for_the_lock_does_not_stop_the_index() -> TestResult {
    let place = with_index(INDEX)?;
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    place.execute("INSERT INTO t1 SELECT n, repeat('x', 200) || n FROM generate_series(2, 200000) AS n")?;
    let run = ["upgrade", "head", "--no-proof", "--yes"];
    let processes: Vec<_> = (0..4).map(|_| place.spawn(&run)).collect::<Result<_, _>>()?;
    for process in processes {
        Ran::of(&process.wait_with_output()?).expect(0)?;
    }
    assert_eq!(
        place.ask("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'notes'::regclass")?,
        ["true"]
    );
    let ran = place.ask(
        "SELECT count(*)::text FROM aludel_history WHERE revision = 'index' AND direction = 'upgrade'",
    )?;
    assert_eq!(ran, ["1"]);
    Ok(())
}

#[test]
fn psql_runs_the_script_of_such_a_run() -> TestResult {
    let place = with_index(INDEX)?;
    let script = place.run(&["upgrade", "--sql", "base:head", "--no-proof"])?;
    std::fs::write(place.scratch.path("run.sql"), &script.expect(0)?.stdout)?;
    let output = Command::new("psql")
        .args(["-X", "-q", "-f", "run.sql", &place.url()])
        .current_dir(place.scratch.folder())
        .output()?;
    Ran::of(&output).expect(0)?;
    assert_eq!(place.json(&["status"])?["status"], "at-head");
    assert_eq!(
        place.ask("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'notes'::regclass")?,
        ["true"]
    );
    Ok(())
}

/// A process is killed after its statement, but before it recorded the statement.
#[test]
fn a_statement_that_is_done_and_not_recorded_is_recorded() -> TestResult {
    let place = with_index(INDEX)?;
    interrupt_after_the_statement(&place)?;
    place.run(&["status"])?.says("has not ended: it failed or was interrupted; the next upgrade")?;
    place.run(&["upgrade", "head", "--no-proof", "--yes"])?.expect(0)?;
    assert_eq!(place.json(&["status"])?["status"], "at-head");

    // The same on the way back.
    place.run(&["downgrade", "t1", "--no-proof", "--yes"])?.expect(0)?;
    assert_eq!(place.tables()?, ["t1"]);
    Ok(())
}

/// The server does not notice that a program was killed while a statement waits or runs. A second
/// `CREATE INDEX CONCURRENTLY` would deadlock with the first one.
#[test]
fn a_statement_of_a_killed_process_is_waited_for() -> TestResult {
    let place = with_index(INDEX)?;
    let run = ["upgrade", "head", "--no-proof", "--yes"];
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    let mut writer = place.connect()?;
    writer.batch_execute("BEGIN; INSERT INTO t1 VALUES (2, 'two')")?;
    let mut first = place.spawn(&run)?;
    let process = place.wait_for(BUILDING)?;
    place.run(&["status"])?.says(&format!("and is still running, in process {process} of the server"))?;
    first.kill()?;
    first.wait()?;

    place
        .run(&[&["--lock-timeout", "0.5"], &run[..]].concat())?
        .expect(5)?
        .says(&format!("process {process} of the server still runs the statement of `index`"))?
        .says(&format!("SELECT pg_cancel_backend({process})"))?;
    place.run(&["status"])?.says(&format!("and is still running, in process {process} of the server"))?;
    assert_eq!(place.ask(BUILDING)?, [process]);

    let second = place.spawn(&run)?;
    let locks = "SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    place.wait_for(locks)?;
    writer.batch_execute("COMMIT")?;
    Ran::of(&second.wait_with_output()?).expect(0)?;
    assert_eq!(
        place.ask("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'notes'::regclass")?,
        ["true"]
    );
    assert_eq!(place.json(&["status"])?["status"], "at-head");
    Ok(())
}

/// An invalid index of another table does not concern the run.
#[test]
fn an_invalid_index_of_another_table_stops_nothing() -> TestResult {
    let place = with_index(INDEX)?;
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    place.execute(
        "CREATE SCHEMA other; CREATE TABLE other.doubles (n int); INSERT INTO other.doubles VALUES (1), (1)",
    )?;
    let broken =
        place.connect()?.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY doubled ON other.doubles (n)");
    assert!(broken.is_err());
    place.run(&["upgrade", "head", "--no-proof", "--yes"])?.expect(0)?;
    Ok(())
}

/// A direction without a statement for outside a transaction runs inside one, with its ledger row.
#[test]
fn a_downgrade_may_run_inside_a_transaction() -> TestResult {
    let place = Place::new()?;
    let create = "CREATE TABLE m (id int, year int) PARTITION BY LIST (year);\n\
        CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1);\nCREATE TABLE t (a int);";
    place.scratch.write("a", "", create, "DROP TABLE m;\nDROP TABLE t;")?;
    for (id, before, upgrade, downgrade) in [
        (
            "detach",
            "a",
            "ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY;",
            "ALTER TABLE m ATTACH PARTITION m1 FOR VALUES IN (1);\nALTER TABLE m1 DROP CONSTRAINT m1_year_check;",
        ),
        ("index", "detach", "CREATE INDEX CONCURRENTLY i ON t (a);", "DROP INDEX i;"),
    ] {
        place.scratch.write_file(
            &format!("{id}_script.sql"),
            format!(
                "-- {id}\n--\n-- Revision ID: {id}\n-- Revises: {before}\n-- Outside Transaction: the table is in use\n\n\
                 -- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n"
            )
            .as_bytes(),
        )?;
    }
    place.run(&["prove"])?.expect(0)?;
    place.run(&["upgrade", "head", "--yes"])?.expect(0)?;
    let back = place.run(&["downgrade", "base", "--yes"])?;
    assert!(!back.expect(0)?.stderr.contains("outside a transaction"), "{back:?}");
    place.run(&["upgrade", "head", "--yes"])?.expect(0)?;
    let actions = place.ask("SELECT direction || ' ' || revision FROM aludel_history ORDER BY id")?;
    let up =
        ["upgrade a", "upgrade-started detach", "upgrade detach", "upgrade-started index", "upgrade index"];
    let down = ["downgrade index", "downgrade detach", "downgrade a"];
    assert_eq!(actions, [&up[..], &down[..], &up[..]].concat());

    // The ledger leads back as well.
    std::fs::remove_file(place.scratch.migrations().join("index_script.sql"))?;
    std::fs::remove_file(place.scratch.migrations().join("detach_script.sql"))?;
    place.run(&["downgrade", "--to-known", "--yes", "--no-proof"])?.expect(0)?;
    assert_eq!(place.ask("SELECT count(*)::text FROM pg_inherits WHERE inhparent = 'm'::regclass")?, ["1"]);
    Ok(())
}

/// A partition is detached in two transactions. The second one waits for all queries on the table.
#[test]
fn a_partition_that_was_detached_partly_is_named_until_it_is_complete() -> TestResult {
    let place = with_partition()?;
    let run = ["upgrade", "head", "--no-proof", "--yes"];
    let mut reader = place.connect()?;
    reader.batch_execute("BEGIN; SELECT FROM m")?;
    let first = place.spawn(&run)?;
    let process = place.wait_for(DETACHING)?;
    place.ask(&format!("SELECT pg_cancel_backend({process})::text"))?;
    let finalize = "ALTER TABLE \"m\" DETACH PARTITION \"M 1\" FINALIZE";
    Ran::of(&first.wait_with_output()?).expect(6)?.says(finalize)?;
    reader.batch_execute("COMMIT")?;
    place.run(&run)?.expect(6)?.says("already pending detach")?.says(finalize)?;
    place.execute(finalize)?;
    place.run(&run)?.expect(0)?;
    assert_eq!(place.json(&["status"])?["status"], "at-head");
    Ok(())
}

/// While it waits, such a statement locks no relation.
#[test]
fn a_detachment_of_a_killed_process_is_waited_for() -> TestResult {
    let place = with_partition()?;
    let run = ["upgrade", "head", "--no-proof", "--yes"];
    let mut reader = place.connect()?;
    reader.batch_execute("BEGIN; SELECT FROM m")?;
    let mut first = place.spawn(&run)?;
    let process = place.wait_for(DETACHING)?;
    first.kill()?;
    first.wait()?;
    place.run(&["status"])?.says(&format!("and is still running, in process {process} of the server"))?;
    let still = format!("process {process} of the server still runs the statement of `b`");
    place.run(&[&["--lock-timeout", "0.5"], &run[..]].concat())?.expect(5)?.says(&still)?;
    reader.batch_execute("COMMIT")?;
    place.run(&run)?.expect(0)?;
    assert_eq!(place.json(&["status"])?["status"], "at-head");
    Ok(())
}

/// A name that was taken before the first attempt is no work of an interrupted run.
#[test]
fn an_index_that_existed_before_is_not_recorded_as_built() -> TestResult {
    let place = with_index(INDEX)?;
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    place.execute("CREATE TABLE other (id int); CREATE INDEX notes ON other (id)")?;
    let run = ["upgrade", "head", "--no-proof", "--yes"];
    for _ in 0..2 {
        place.run(&run)?.expect(6)?.says("relation \"notes\" already exists")?;
        assert_eq!(place.run(&["status"])?.expect(0)?.stderr, "");
    }
    place.execute("DROP INDEX notes")?;
    place.run(&run)?.expect(0)?;
    assert_eq!(
        place.ask("SELECT indrelid::regclass::text FROM pg_index WHERE indexrelid = 'notes'::regclass")?,
        ["t1"]
    );
    Ok(())
}

/// A statement that fails each time is not recorded, whatever the reason for its failure.
#[test]
fn a_failed_statement_is_not_recorded_by_the_next_attempt() -> TestResult {
    for (statement, words) in [
        ("CREATE INDEX CONCURRENTLY notes ON t1 (note no_such_ops);", "operator class \"no_such_ops\""),
        ("CREATE INDEX CONCURRENTLY notes ON t1 (missing);", "column \"missing\" does not exist"),
        ("DROP INDEX CONCURRENTLY missing;", "index \"missing\" does not exist"),
        ("ALTER TABLE m DETACH PARTITION t1 CONCURRENTLY;", "\"t1\" is not a partition"),
        ("ALTER TABLE m DETACH PARTITION missing CONCURRENTLY;", "relation \"missing\" does not exist"),
        ("REINDEX INDEX CONCURRENTLY missing;", "relation \"missing\" does not exist"),
        ("DROP SUBSCRIPTION missing;", "subscription \"missing\" does not exist"),
        ("VACUUM missing;", "relation \"missing\" does not exist"),
    ] {
        let place = with_index(statement)?;
        place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
        place.execute("CREATE TABLE m (id bigint, note text) PARTITION BY LIST (id)")?;
        for _ in 0..3 {
            place.run(&["upgrade", "head", "--no-proof", "--yes"])?.expect(6)?.says(words)?;
        }
        assert_eq!(place.json(&["current"])?["current"][0]["revision"], "t1", "{statement}");
    }
    Ok(())
}

/// The index that was built is the one of the old text.
#[test]
fn a_statement_that_was_edited_after_its_interruption_is_not_recorded_as_done() -> TestResult {
    let place = with_index(INDEX)?;
    interrupt_after_the_statement(&place)?;
    let path = place.scratch.migrations().join("index_script.sql");
    let edited = std::fs::read_to_string(&path)?.replace("(note)", "(note, id)");
    std::fs::write(&path, edited)?;
    for _ in 0..2 {
        place
            .run(&["upgrade", "head", "--no-proof", "--yes"])?
            .expect(6)?
            .says("relation \"notes\" already exists")?;
    }
    place.execute("DROP INDEX notes")?;
    place.run(&["upgrade", "head", "--no-proof", "--yes"])?.expect(0)?;
    assert_eq!(place.ask("SELECT pg_get_indexdef('notes'::regclass, 2, true)")?, ["id"]);
    Ok(())
}

/// Between the two attempts, another branch was upgraded.
#[test]
fn a_statement_of_a_killed_process_is_waited_for_after_other_runs() -> TestResult {
    let place = with_index(INDEX)?;
    place.scratch.write("side", "t1", "CREATE TABLE side (id int);", "DROP TABLE side;")?;
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    let mut writer = place.connect()?;
    writer.batch_execute("BEGIN; INSERT INTO t1 VALUES (2, 'two')")?;
    let run = ["upgrade", "index", "--no-proof", "--yes"];
    let mut first = place.spawn(&run)?;
    let process = place.wait_for(BUILDING)?;
    first.kill()?;
    first.wait()?;
    place.run(&["upgrade", "side", "--no-proof"])?.expect(0)?;
    place.run(&["status"])?.says(&format!("and is still running, in process {process} of the server"))?;
    place
        .run(&[&["--lock-timeout", "0.5"], &run[..]].concat())?
        .expect(5)?
        .says(&format!("process {process} of the server still runs the statement of `index`"))?;
    writer.batch_execute("COMMIT")?;
    place.run(&run)?.expect(0)?;
    assert_eq!(
        place.ask("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'notes'::regclass")?,
        ["true"]
    );
    Ok(())
}

/// The server truncates a long name, and a name may be written with escapes.
#[test]
fn an_index_is_recognized_however_its_name_is_written() -> TestResult {
    for name in ["n".repeat(70), "U&\"n\\00f6tes\"".to_owned()] {
        let place = with_index(&format!("CREATE INDEX CONCURRENTLY {name} ON t1 (note);"))?;
        interrupt_after_the_statement(&place)?;
        let ran = place.run(&["upgrade", "head", "--no-proof", "--yes"])?;
        if name.starts_with('U') {
            // The effect of such a statement is unknown.
            ran.expect(6)?.says("already exists")?;
        } else {
            ran.expect(0)?;
        }
    }
    Ok(())
}

/// Another process may have run the first parts of the same plan.
#[test]
fn a_plan_continues_after_its_own_parts() -> TestResult {
    let place = with_index(INDEX)?;
    let chain = place.chain()?;
    let database = Database::parse(&place.url())?;
    let migrator = || migrator(&chain).database(&database).allow_outside_transaction();
    let mut client = place.connect()?;
    let plan = migrator().plan_upgrade(&mut client, "head")?;
    for (target, left) in [("t1", 2), ("index", 1)] {
        migrator().upgrade(&mut client, target)?;
        let report = migrator().run(&mut client, &plan)?;
        assert_eq!((report.ran.len(), report.current), (left, vec!["t2".to_owned()]));
        migrator().downgrade(&mut client, "base")?;
    }
    migrator().upgrade(&mut client, "head")?;
    let error = failure(migrator().run(&mut client, &plan))?;
    assert!(matches!(error, Error::Moved { .. }), "{error}");
    Ok(())
}

/// Two tenants have schemas of their own in one database, and run the same script.
#[test]
fn the_same_statement_in_another_schema_is_not_waited_for() -> TestResult {
    let place = with_index(INDEX)?;
    interrupt_after_the_statement(&place)?;
    place.execute("DROP INDEX notes; CREATE SCHEMA other; CREATE TABLE other.t1 (id bigint, note text)")?;
    let mut writer = place.connect()?;
    writer.batch_execute("BEGIN; INSERT INTO other.t1 VALUES (2, 'two')")?;
    let mut tenant = place.connect()?;
    tenant.batch_execute("SET search_path = other")?;
    std::thread::scope(|scope| -> TestResult {
        let building = scope.spawn(move || tenant.batch_execute(INDEX));
        let run = place
            .wait_for(BUILDING)
            .and_then(|_| place.run(&["--lock-timeout", "0.5", "upgrade", "head", "--no-proof", "--yes"]));
        writer.batch_execute("COMMIT")?;
        building.join().map_err(|_| "the thread panicked")??;
        run?.expect(0)?;
        Ok(())
    })
}

/// Alembic takes no lock, so it may move the database in the meantime. The statement ran, so the
/// message must not claim that nothing was changed.
#[test]
fn a_failure_to_record_a_statement_says_that_it_ran() -> TestResult {
    let place = with_index(INDEX)?;
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    let mut writer = place.connect()?;
    writer.batch_execute("BEGIN; INSERT INTO t1 VALUES (2, 'two')")?;
    let run = ["upgrade", "head", "--no-proof", "--yes"];
    let running = place.spawn(&run)?;
    place.wait_for(BUILDING)?;
    place.execute("UPDATE alembic_version SET version_num = 'other'")?;
    writer.batch_execute("COMMIT")?;
    let ran = Ran::of(&running.wait_with_output()?);
    ran.expect(3)?.says("`index` ran outside a transaction, but that is not recorded")?.says("`other`")?;
    assert!(!ran.stderr.contains("nothing was changed") && !ran.stderr.contains("rolled back"), "{ran:?}");
    place.execute("UPDATE alembic_version SET version_num = 't1'")?;
    place.run(&run)?.expect(0)?;
    assert_eq!(place.json(&["status"])?["status"], "at-head");
    Ok(())
}

/// The index is left INVALID, so nothing was rolled back.
#[test]
fn an_interrupted_statement_is_not_reported_as_rolled_back() -> TestResult {
    let place = with_index(INDEX)?;
    let chain = place.chain()?;
    migrator(&chain).upgrade(&mut place.connect()?, "t1")?;
    let mut writer = place.connect()?;
    writer.batch_execute("BEGIN; INSERT INTO t1 VALUES (2, 'two')")?;
    let database = Database::parse(&place.url())?;
    let interrupt = Interrupt::new();
    let flag = interrupt.clone();
    let migrator = migrator(&chain).database(&database).allow_outside_transaction().interrupt(interrupt);
    let mut client = place.connect()?;
    let error = std::thread::scope(|scope| -> crate::place::Result<_> {
        let running = scope.spawn(|| failure(migrator.upgrade(&mut client, "head")));
        let waited = place.wait_for(BUILDING);
        flag.trigger();
        waited?;
        Ok(running.join().map_err(|_| "the thread panicked")??)
    })?;
    assert_eq!(error.exit_code(), 130);
    assert!(error.to_string().starts_with("interrupted while `index` ran outside a transaction"), "{error}");
    assert_eq!(
        place.ask("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'notes'::regclass")?,
        ["false"]
    );
    Ok(())
}
