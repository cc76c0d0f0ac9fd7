//! Server startup, before the first photo.

use std::fs;
use std::process::Command;

use aludel::rusqlite::Connection;

use crate::Outcome;
use crate::process::{Home, wait_until_it_listens};

/// Creates a database that a newer program has migrated.
fn ahead(connection: &Connection) -> aludel::rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
         INSERT INTO alembic_version VALUES ('from_tomorrow');
         CREATE TABLE photos (uuid VARCHAR NOT NULL PRIMARY KEY);",
    )
}

#[test]
fn without_configuration_it_makes_what_it_needs() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    assert!(home.database().is_file());
    assert!(home.path().join("uploads").is_dir());
    let root = server.ask("GET", "/")?;
    assert_eq!(root.text("message")?, "PhotoSafe Gallery API");
    assert_eq!(server.ask("GET", "/livez")?.status, 200);
    assert_eq!(server.ask("GET", "/readyz")?.text("status")?, "ready");
    Ok(())
}

#[test]
fn settings_come_from_flags_then_from_the_environment() -> Outcome {
    let home = Home::new()?;
    let migrated =
        home.command(&["--migrate-only"]).env("DATABASE_URL", "sqlite:///./from_environment.db").output()?;
    assert_eq!(migrated.status.code(), Some(0));
    assert!(home.path().join("from_environment.db").exists());
    let migrated = home
        .command(&["--migrate-only", "--database", "from_flag.db"])
        .env("DATABASE_URL", "nowhere/x.db")
        .output()?;
    assert_eq!(migrated.status.code(), Some(0));
    assert!(home.path().join("from_flag.db").exists());
    let migrated = home.command(&["--migrate-only"]).env("DATABASE_URL", "").output()?;
    assert_eq!(migrated.status.code(), Some(0));
    assert!(home.database().exists());
    Ok(())
}

#[test]
fn check_tells_what_would_run_and_writes_nothing() -> Outcome {
    let home = Home::new()?;
    let checked = home.run(&["--check"])?;
    assert_eq!(checked.status.code(), Some(1));
    let printed = String::from_utf8_lossy(&checked.stdout).into_owned();
    for revision in [
        "49348f7a48f6",
        "a1b2c3d4e5f6",
        "c71fdf3b7df8",
        "5b0e7c2f9a41",
        "8d3f61c0b7e2",
        "d2fa796fcae6",
        "6346483a4c8f",
        "e1302382431b",
        "768f6e66caf0",
        "fd4f93a87707",
        "bcdad85df485",
        "6089767d5079",
        "6f30b5d9f21a",
        "33a23311d637",
        "8680f6e194fc",
    ] {
        assert!(printed.contains(&format!("would upgrade to {revision}, ")), "{printed}");
    }
    assert_eq!(fs::read_dir(home.path())?.count(), 0);

    assert_eq!(home.run(&["--migrate-only"])?.status.code(), Some(0));
    let before = fs::read(home.database())?;
    assert_eq!(home.run(&["--check"])?.status.code(), Some(0));
    assert_eq!(fs::read(home.database())?, before);
    assert!(!home.path().join("uploads").exists());
    Ok(())
}

#[test]
fn no_migrate_refuses_what_is_pending_and_serves_the_head() -> Outcome {
    let home = Home::new()?;
    let refused = home.run(&["--no-migrate", "--bind", "127.0.0.1:0"])?;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(refused.stdout, b"");
    assert_eq!(fs::read_dir(home.path())?.count(), 0);
    home.run(&["--migrate-only"])?;
    home.serve(&["--no-migrate"])?;
    Ok(())
}

#[test]
fn err_command_lines_that_contradict_themselves() -> Outcome {
    let home = Home::new()?;
    for flags in [
        &["--check", "--migrate-only"][..],
        &["--check", "--no-migrate"],
        &["--migrate-only", "--no-migrate"],
        &["--header-timeout", "-1"],
        &["--max-connections", "0"],
        &["--bind", "everywhere"],
        &["--database", ""],
        &["--nonsense"],
    ] {
        assert_eq!(home.run(flags)?.status.code(), Some(2), "{flags:?}");
    }
    Ok(())
}

#[test]
fn a_database_that_is_ahead_is_never_listened_for() -> Outcome {
    let home = Home::new()?;
    ahead(&home.connect()?)?;
    refused_untouched(&home, 3)
}

#[test]
fn a_database_that_diverged_is_never_listened_for() -> Outcome {
    let home = Home::new()?;
    home.run(&["--migrate-only"])?;
    home.connect()?.execute_batch(
        "UPDATE aludel_history SET checksum = 'edited', state = 'edited', upgrade_sql = 'SELECT 1;'",
    )?;
    refused_untouched(&home, 4)
}

#[test]
fn a_database_of_something_else_is_never_listened_for() -> Outcome {
    let home = Home::new()?;
    home.connect()?.execute_batch("CREATE TABLE cats (name TEXT)")?;
    refused_untouched(&home, 7)
}

fn refused_untouched(home: &Home, code: i32) -> Outcome {
    let before = fs::read(home.database())?;
    for flags in [&[][..], &["--check"], &["--migrate-only"], &["--no-migrate"]] {
        let mut command = home.command(flags);
        let refused = command.args(["--bind", "127.0.0.1:0"]).output()?;
        assert_eq!(refused.status.code(), Some(code), "{flags:?}");
        let said = String::from_utf8(refused.stdout)?;
        assert!(!said.contains("listening"), "{said}");
        assert_eq!(fs::read(home.database())?, before, "{flags:?}");
    }
    assert!(!home.path().join("uploads").exists());
    Ok(())
}

#[test]
fn until_the_head_is_reached_only_health_is_answered() -> Outcome {
    let home = Home::new()?;
    let other = home.connect()?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let server = home.listen(&[])?;
    assert_eq!(server.ask("GET", "/livez")?.status, 200);
    let ready = server.ask("GET", "/readyz")?;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.text("status")?, "migrating");
    assert!(ready.json()?.get("total").is_some_and(serde_json::Value::is_u64));
    for (method, path) in [("GET", "/"), ("GET", "/api/photos/"), ("PUT", "/api/photos/a.png")] {
        let closed = server.connect()?.ask(method, path, &[], b"xxxx")?;
        assert_eq!(closed.status, 503, "{path}");
        assert_eq!(closed.header("retry-after"), Some("1"));
        assert_eq!(closed.detail()?, "Service Unavailable");
    }
    other.execute_batch("ROLLBACK")?;
    drop(other);
    server.wait_until_ready()?;
    assert_eq!(server.ask("GET", "/api/photos/")?.body, b"[]");
    Ok(())
}

#[test]
fn a_signal_while_migrating_rolls_back() -> Outcome {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let home = Home::new()?;
        let other = home.connect()?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        let mut server = home.listen(&[])?;
        assert_eq!(server.ask("GET", "/readyz")?.status, 503);
        server.signal(signal)?;
        assert_eq!(server.ended()?.code(), Some(code));
        let log = fs::read_to_string(home.path().join("server.log"))?;
        assert!(log.contains("error: interrupted while migrating, and rolled back\n"), "{log}");
        other.execute_batch("ROLLBACK")?;
        let tables: i64 = other.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        assert_eq!(tables, 0);
    }
    Ok(())
}

/// A large migration in another process blocks even readers.
#[test]
fn a_signal_while_waiting_to_read_ends_at_once() -> Outcome {
    let home = Home::new()?;
    home.run(&["--migrate-only"])?;
    let other = home.connect()?;
    other.execute_batch("BEGIN EXCLUSIVE")?;
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        for flags in [&[][..], &["--migrate-only"], &["--no-migrate"], &["--check"]] {
            let child = home.command(flags).spawn()?;
            wait_until_it_listens(&child)?;
            let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status()?;
            assert!(sent.success());
            let ended = child.wait_with_output()?;
            let printed = String::from_utf8(ended.stderr)?;
            assert_eq!(ended.status.code(), Some(code), "{flags:?}: {printed}");
            assert!(
                printed.contains("error: interrupted while inspecting the database; nothing was changed\n"),
                "{printed}"
            );
        }
    }
    Ok(())
}

#[test]
fn err_another_process_holds_the_database() -> Outcome {
    let home = Home::new()?;
    let other = home.connect()?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let locked = home.run(&["--migrate-only", "--lock-timeout", "0.2"])?;
    assert_eq!(locked.status.code(), Some(5));
    let mut server = home.listen(&["--lock-timeout", "0.2"])?;
    assert_eq!(server.ended()?.code(), Some(5));
    Ok(())
}

#[test]
fn err_a_migration_that_fails_ends_the_process_with_its_cause() -> Outcome {
    let home = Home::new()?;
    home.connect()?.execute_batch(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
         INSERT INTO alembic_version VALUES ('c71fdf3b7df8');",
    )?;
    let failed = home.run(&["--bind", "127.0.0.1:0"])?;
    assert_eq!(failed.status.code(), Some(6));
    let printed = String::from_utf8(failed.stderr)?;
    assert!(printed.contains("photos"), "{printed}");
    Ok(())
}

#[test]
fn err_an_address_that_is_taken() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let taken = home.run(&["--bind", &server.address.to_string()])?;
    assert_eq!(taken.status.code(), Some(1));
    assert!(String::from_utf8(taken.stderr)?.contains(&server.address.to_string()));
    Ok(())
}

#[test]
fn a_database_that_stays_locked_is_read_and_answers_503_to_who_writes() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--busy-timeout", "0.1"])?;
    let other = home.connect()?;
    other.execute_batch("BEGIN EXCLUSIVE")?;
    let busy = server.put("a.png", &crate::client::png(1)?)?;
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    assert_eq!(server.ask("GET", "/api/photos/")?.status, 200);
    assert_eq!(server.ask("GET", "/readyz")?.status, 200);
    other.execute_batch("ROLLBACK")?;
    assert_eq!(server.put("a.png", &crate::client::png(1)?)?.status, 201);
    Ok(())
}
