//! `server db …`: the `aludel` commands on the chain that the program embeds.

use std::process::Output;

use crate::Outcome;
use crate::process::{Home, wait_until_it_listens};

/// Returns the exit code, stdout and stderr.
fn ended(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn printed(home: &Home, words: &str) -> Result<String, Box<dyn std::error::Error>> {
    let arguments: Vec<&str> = ["db"].into_iter().chain(words.split(' ')).collect();
    match ended(&home.run(&arguments)?) {
        (Some(0), stdout, _) => Ok(stdout),
        other => Err(format!("`server db {words}`: {other:?}").into()),
    }
}

#[test]
fn the_database_is_moved_and_told_of() -> Outcome {
    let home = Home::new()?;
    assert_eq!(printed(&home, "current")?, "");
    assert!(!home.database().exists());
    assert_eq!(home.run(&["db", "check"])?.status.code(), Some(1));
    printed(&home, "upgrade head")?;
    assert_eq!(printed(&home, "check")?, "the database is at head\n");
    assert_eq!(printed(&home, "current")?, printed(&home, "heads")?);
    printed(&home, "downgrade -1")?;
    assert_eq!(printed(&home, "current")?, "33a23311d637\n");
    printed(&home, "stamp head")?;
    assert_eq!(printed(&home, "log -n 1 --format json")?.matches("\"stamp\"").count(), 1);
    assert!(printed(&home, "show 8680f6e194fc")?.starts_with("Rev: 8680f6e194fc (head)\n"));
    assert_eq!(printed(&home, "history")?.lines().count(), 15);
    assert_eq!(printed(&home, "branches")?, "");
    assert!(printed(&home, "status")?.contains("at head"));
    assert_eq!(printed(&home, "ensure-version")?, "the version table `alembic_version` already exists\n");
    assert!(printed(&home, "downgrade base --sql")?.contains("\nBEGIN IMMEDIATE;\n"));
    Ok(())
}

#[test]
fn the_database_is_the_servers_own_setting() -> Outcome {
    let home = Home::new()?;
    printed(&home, "upgrade head --database other.db")?;
    assert!(home.path().join("other.db").exists() && !home.database().exists());
    let mut command = home.command(&["db", "check"]);
    assert_eq!(command.env("DATABASE_URL", "sqlite:///./other.db").output()?.status.code(), Some(0));
    let server = home.serve(&["--database", "other.db"])?;
    assert_eq!(server.ask("GET", "/readyz")?.status, 200);
    Ok(())
}

#[test]
fn exit_codes_are_those_of_the_command() -> Outcome {
    let home = Home::new()?;
    let code = |words: &[&str]| -> std::io::Result<Option<i32>> { Ok(home.run(words)?.status.code()) };
    assert_eq!(code(&["db", "upgrade", "nothing-of-this-name"])?, Some(2));
    assert_eq!(code(&["db", "freeze"])?, Some(2));
    printed(&home, "upgrade head")?;
    let connection = home.connect()?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    assert_eq!(code(&["--lock-timeout", "0.05", "db", "downgrade", "-1"])?, Some(5));
    assert_eq!(code(&["db", "downgrade", "-1", "--lock-timeout", "0.05"])?, Some(5));
    connection.execute_batch("ROLLBACK; DROP INDEX ix_albums_owner_id_title_uuid")?;
    assert_eq!(code(&["db", "downgrade", "-2"])?, Some(6));
    connection
        .execute_batch("UPDATE aludel_history SET checksum = 'x', state = 'x', upgrade_sql = 'SELECT 1;'")?;
    assert_eq!(code(&["db", "downgrade", "base"])?, Some(4));
    connection
        .execute_batch("UPDATE alembic_version SET version_num = 'ffff'; DELETE FROM aludel_history")?;
    assert_eq!(code(&["db", "upgrade", "head"])?, Some(3));
    connection.execute_batch("DROP TABLE alembic_version")?;
    assert_eq!(code(&["db", "upgrade", "head"])?, Some(7));
    Ok(())
}

#[test]
fn a_schema_that_is_not_what_the_stamp_says_is_told() -> Outcome {
    let home = Home::new()?;
    printed(&home, "upgrade head")?;
    assert_eq!(
        printed(&home, "diff head")?,
        "no differences: the schema at head equals the schema of ./photosafe.db\n"
    );
    home.connect()?
        .execute_batch("DROP INDEX ix_photos_library_id; ALTER TABLE photos ADD COLUMN note TEXT")?;
    let (code, stdout, _) = ended(&home.run(&["db", "check"])?);
    assert_eq!(
        (code, stdout.as_str()),
        (
            Some(1),
            "the database is at head\nits schema differs from the schema that the scripts produce:\n  column `photos.note` is not created by the scripts\n  index `ix_photos_library_id` is missing\n"
        )
    );
    assert!(printed(&home, "status")?.contains("2 differences; run `check` to list them"));
    Ok(())
}

#[test]
fn a_database_without_a_stamp_is_told_what_to_stamp() -> Outcome {
    let home = Home::new()?;
    printed(&home, "upgrade c71fdf3b7df8")?;
    home.connect()?.execute_batch("DROP TABLE alembic_version; DROP TABLE aludel_history")?;
    let (code, _, stderr) = ended(&home.run(&["--migrate-only"])?);
    assert_eq!(code, Some(7));
    assert!(stderr.contains("its schema matches `c71fdf3b7df8`"), "{stderr}");
    assert!(stderr.contains("record it with `stamp c71fdf3b7df8`"), "{stderr}");
    printed(&home, "stamp c71fdf3b7df8")?;
    printed(&home, "upgrade head")?;
    assert_eq!(printed(&home, "check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn a_signal_ends_a_run_with_its_exit_code() -> Outcome {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let home = Home::new()?;
        printed(&home, "upgrade c71fdf3b7df8")?;
        let connection = home.connect()?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let child = home.command(&["db", "upgrade", "head"]).spawn()?;
        wait_until_it_listens(&child)?;
        let sent = std::process::Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status()?;
        assert!(sent.success());
        let (ended, _, stderr) = ended(&child.wait_with_output()?);
        assert_eq!(ended, Some(code), "{stderr}");
        assert!(stderr.contains("interrupted"), "{stderr}");
        drop(connection);
        assert_eq!(printed(&home, "current")?, "c71fdf3b7df8\n");
    }
    Ok(())
}
