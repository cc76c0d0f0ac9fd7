//! Database names: paths, URLs and `.env`, and each command's errors for invalid names.

use std::error::Error;

use tests::TestResult;

use crate::program::{Ended, Workplace, ended};

/// Returns the files in the folder that do not belong to a database.
fn files(here: &Workplace) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(here.scratch.folder())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn on(here: &Workplace, database: &str, words: &[&str]) -> Result<Ended, Box<dyn Error>> {
    ended(&here.command(words).args(["-d", database]).output()?)
}

#[test]
fn a_database_is_the_file_that_other_programs_mean() -> TestResult {
    for (database, made) in [
        ("app.db", Some("app.db")),
        ("sqlite:app.db", Some("app.db")),
        ("sqlite://app.db", Some("app.db")),
        ("sqlite:///app.db", Some("app.db")),
        ("sqlite:///./app.db", Some("app.db")),
        ("sqlite:app.db?mode=rwc", Some("app.db")),
        ("sqlite://app.db?mode=rwc", Some("app.db")),
        ("./app:1.db", Some("app:1.db")),
        ("sqlite::memory:", None),
        (":memory:", None),
        ("sqlite:x?mode=memory", None),
    ] {
        let here = Workplace::chain()?;
        let upgraded = on(&here, database, &["upgrade", "head"])?;
        assert_eq!(upgraded.code, Some(0), "{database}: {}", upgraded.stderr);
        assert_eq!(files(&here)?, Vec::from_iter(made), "{database}");
    }
    let here = Workplace::chain()?;
    let absolute = format!("sqlite:///{}", here.scratch.path("app.db").display());
    assert_eq!(on(&here, &absolute, &["upgrade", "head"])?.code, Some(0));
    assert_eq!(files(&here)?, ["app.db"]);
    Ok(())
}

#[test]
fn err_what_names_no_database_makes_no_file_whatever_the_command() -> TestResult {
    let here = Workplace::chain()?;
    for database in [
        "file:app.db",
        "file:app.db?mode=memory",
        "file::memory:",
        "sqlite3:app.db",
        "jdbc:sqlite:app.db",
        "env:DB",
        "'app.db'",
        "\"app.db\"",
        "postgres://localhost/app",
        "sqlite:app.db?timeout=3",
        "sqlite:",
        "my.app:db",
    ] {
        for words in [
            &["upgrade", "head"][..],
            &["status"],
            &["current"],
            &["log"],
            &["stamp", "head"],
            &["check"],
            &["ensure-version"],
        ] {
            let refused = on(&here, database, words)?;
            assert_eq!(refused.code, Some(2), "{database} {words:?}: {}", refused.stderr);
            assert!(refused.stderr.contains("expected"), "{}", refused.stderr);
        }
    }
    assert_eq!(files(&here)?, Vec::<String>::new());
    Ok(())
}

/// Runs the program with a database name from each source: `.env`, `aludel.toml`, the environment
/// and a flag.
fn named(env: &str, toml: &str, variable: &str, flag: &str) -> Result<(Workplace, Ended), Box<dyn Error>> {
    let here = Workplace::chain()?;
    std::fs::write(here.scratch.path(".env"), env)?;
    std::fs::write(here.scratch.path("aludel.toml"), toml)?;
    let mut command = here.command(&["upgrade", "head", "-q"]);
    command.env("DATABASE_URL", variable);
    if !flag.is_empty() {
        command.args(["-d", flag]);
    }
    let ended = ended(&command.output()?)?;
    Ok((here, ended))
}

#[test]
fn a_database_of_dotenv_comes_last() -> TestResult {
    let (of_dotenv, of_toml) = ("DATABASE_URL=sqlite:dotenv.db\n", "database = \"toml.db\"\n");
    for (env, toml, variable, flag, made) in [
        (of_dotenv, "", "", "", "dotenv.db"),
        (of_dotenv, of_toml, "", "", "toml.db"),
        (of_dotenv, of_toml, "variable.db", "", "variable.db"),
        (of_dotenv, of_toml, "variable.db", "flag.db", "flag.db"),
        (
            "# c\nexport DATABASE_URL=\"sqlite://dotenv.db?mode=rwc\" # c\nDATABASE_URL=second.db\n",
            "",
            "",
            "",
            "dotenv.db",
        ),
        ("NAME=dotenv\nDATABASE_URL=sqlite:${NAME}.db\n", "", "", "", "dotenv.db"),
    ] {
        let (here, ended) = named(env, toml, variable, flag)?;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(files(&here)?, [".env", "aludel.toml", made]);
    }
    Ok(())
}

#[test]
fn a_path_of_dotenv_begins_at_its_folder() -> TestResult {
    let here = Workplace::chain()?;
    std::fs::create_dir(here.scratch.path("below"))?;
    std::fs::write(here.scratch.path("aludel.toml"), "")?;
    std::fs::write(here.scratch.path(".env"), "DATABASE_URL=sqlite:app.db\n")?;
    let below = here.scratch.path("below");
    let upgraded =
        here.command(&["upgrade", "head"]).current_dir(below).env_remove("DATABASE_URL").output()?;
    assert_eq!(ended(&upgraded)?.code, Some(0));
    assert_eq!(files(&here)?, [".env", "aludel.toml", "app.db"]);
    Ok(())
}

#[test]
fn what_dotenv_leaves_open_is_not_made() -> TestResult {
    let (here, refused) = named("DATABASE_URL=sqlite:///no-such-folder/app.db\n", "", "", "")?;
    assert_eq!(refused.code, Some(2));
    for spelling in ["`sqlite:////no-such-folder/app.db`", "`sqlite:no-such-folder/app.db`"] {
        assert!(refused.stderr.contains(spelling), "{}", refused.stderr);
    }
    assert_eq!(files(&here)?, [".env", "aludel.toml"]);
    Ok(())
}

#[test]
fn what_dotenv_has_for_other_programs_is_passed_over_with_a_note() -> TestResult {
    for (env, note) in [
        (
            "DATABASE_URL=postgres://user:TOPSECRET@host/app\n",
            "`DATABASE_URL` in `.env` is ignored: `postgres:`",
        ),
        ("DATABASE_URL=file:./dev.db\n", "is ignored: `file:`"),
        ("what is this\n", "`.env` is ignored: a line"),
    ] {
        let here = Workplace::chain()?;
        std::fs::write(here.scratch.path(".env"), env)?;
        let printed = ended(&here.command(&["heads"]).env_remove("DATABASE_URL").output()?)?;
        assert_eq!(printed.code, Some(0));
        assert!(printed.stderr.starts_with("note: ") && printed.stderr.contains(note), "{}", printed.stderr);
        assert!(!printed.stderr.contains("TOPSECRET"), "{}", printed.stderr);
        let nameless = ended(&here.command(&["status"]).env_remove("DATABASE_URL").output()?)?;
        assert_eq!(nameless.code, Some(2), "{}", nameless.stderr);
    }
    Ok(())
}

#[test]
fn init_leaves_a_database_to_dotenv() -> TestResult {
    let here = Workplace::empty()?;
    std::fs::write(here.scratch.path(".env"), "DATABASE_URL=sqlite:app.db\n")?;
    let made = here.command(&["init", "scripts"]).env_remove("DATABASE_URL").output()?;
    assert_eq!(ended(&made)?.code, Some(0));
    let settings = std::fs::read_to_string(here.scratch.path("aludel.toml"))?;
    assert!(settings.contains("\n# database = "), "{settings}");
    let printed = ended(&here.command(&["status"]).env_remove("DATABASE_URL").output()?)?;
    assert!(printed.stdout.starts_with("database  app.db\n"), "{printed:?}");
    Ok(())
}

#[test]
fn with_json_every_ending_prints_json() -> TestResult {
    let here = Workplace::chain()?;
    let faulty = Workplace::chain()?;
    faulty.scratch.write_file(
        "d4.sql",
        b"-- m\n-- Revision ID: d4\n-- Revises: c3\n-- upgrade\nSELEC 1;\n-- downgrade\nSELECT 1;\n",
    )?;
    let unready = Workplace::chain()?;
    unready.scratch.open()?.execute_batch("CREATE TABLE strange (a)")?;
    for (here, words, code) in [
        (&here, "status", 0),
        (&here, "upgrade zz", 2),
        (&here, "upgrade", 2),
        (&here, "no-such-command", 2),
        (&here, "upgrade head --no-such-flag", 2),
        (&here, "show zz", 2),
        (&here, "status -d file:x", 2),
        (&here, "status --migrations nowhere", 2),
        (&here, "status --config nowhere.toml", 2),
        (&here, "explain nothing", 2),
        (&here, "diff head", 2),
        (&here, "downgrade c3", 1),
        (&here, "init migrations", 2),
        (&here, "revision -m upgrade", 2),
        (&here, "merge a1 b2", 2),
        (&here, "edit zz", 2),
        (&here, "edit a1", 1),
        (&faulty, "upgrade head", 1),
        (&faulty, "status", 1),
        (&faulty, "freeze", 1),
        (&faulty, "verify", 1),
        (&unready, "upgrade head", 7),
        (&unready, "check", 7),
    ] {
        let output = here
            .command(&words.split(' ').chain(["--format", "json"]).collect::<Vec<_>>())
            .env("EDITOR", "false")
            .output()?;
        let printed = ended(&output)?;
        assert_eq!(printed.code, Some(code), "{words}: {printed:?}");
        let answer: serde_json::Value = serde_json::from_str(&printed.stdout)
            .map_err(|error| format!("{words}: {error}: {printed:?}"))?;
        if code != 0 && answer["ok"].is_null() {
            return Err(format!("{words} does not say that it failed: {answer}").into());
        }
        if let Some(error) = answer.get("error") {
            assert_eq!(error["exit_code"], code, "{words}");
            assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{words}");
        }
    }
    Ok(())
}

#[test]
fn the_editor_is_split_as_a_shell_does() -> TestResult {
    let here = Workplace::chain()?;
    let editor = here.scratch.path("my editor");
    symlink_to_echo(&editor)?;
    let shown = |editor: &str| -> Result<Ended, Box<dyn Error>> {
        ended(&here.command(&["edit", "a1"]).env("EDITOR", editor).env("PATH", "/usr/bin:/bin").output()?)
    };
    for (editor, printed) in [
        ("echo".to_owned(), "migrations/a1.sql\n"),
        ("  echo  --wait ".to_owned(), "--wait migrations/a1.sql\n"),
        ("echo -c 'set nowrap' \"a  b\"".to_owned(), "-c set nowrap a  b migrations/a1.sql\n"),
        ("echo a\\ b".to_owned(), "a b migrations/a1.sql\n"),
        (format!("'{}' --wait", editor.display()), "--wait migrations/a1.sql\n"),
    ] {
        assert_eq!(shown(&editor)?.stdout, printed, "{editor}");
    }
    let unclosed = shown("echo 'a")?;
    assert_eq!(unclosed.code, Some(1));
    assert!(unclosed.stderr.contains("has an unclosed quote"), "{}", unclosed.stderr);
    Ok(())
}

fn symlink_to_echo(path: &std::path::Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink("/bin/echo", path)
}

#[test]
fn err_a_message_that_the_script_would_read_as_something_else() -> TestResult {
    let here = Workplace::chain()?;
    let before = tests::files(&here.scratch.migrations())?;
    for message in [
        "upgrade",
        "Downgrade",
        "  sample ",
        "REVIEW: foo",
        "Revises: hack",
        "revision id: x",
        "Allow: all",
        "Loses: t",
        "Unproved: x",
        "Revison ID: x",
    ] {
        for words in [&["revision"][..], &["merge", "a1", "b2", "--splice"], &["revision", "--autogenerate"]]
        {
            let refused = ended(
                &here.command(words).arg(format!("--message={message}")).args(["--rev-id", "r1"]).output()?,
            )?;
            assert_eq!(refused.code, Some(2), "{message}: {}", refused.stderr);
            let is_told =
                refused.stderr.contains("invalid message") || refused.stderr.contains("a value is required");
            assert!(is_told, "{message}: {}", refused.stderr);
        }
    }
    assert_eq!(tests::files(&here.scratch.migrations())?, before);
    for message in [
        "Upgrade the photos",
        "- a list",
        "-- x",
        "samples",
        "Ask for a review: later",
        "Fix: revises nothing",
        "nothing to do: here",
    ] {
        let written = ended(
            &here
                .command(&["revision", &format!("--message={message}"), "--head", "c3", "--splice"])
                .output()?,
        )?;
        assert_eq!(written.code, Some(0), "{message}: {}", written.stderr);
    }
    Ok(())
}

#[test]
fn tables_of_other_tools_are_no_part_of_the_schema() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    let others =
        aludel_core::neighbours::OF_MIGRATION_TOOLS.iter().filter(|name| **name != "alembic_version");
    let tables: Vec<String> = others.map(|name| format!("CREATE TABLE \"{name}\" (v);\n")).collect();
    let tables = tables.concat();
    let typeorm = "CREATE TABLE migrations (id INTEGER PRIMARY KEY, timestamp BIGINT, name TEXT);\n";
    here.open()?.execute_batch(&(tables.clone() + typeorm))?;
    assert!(here.printed("check")?.contains("at head"));
    assert!(here.printed("diff head")?.starts_with("no difference"));
    let wanted = here.printed("schema")? + &tables + typeorm;
    std::fs::write(here.scratch.path("schema.sql"), wanted)?;
    assert!(here.printed("check --target schema.sql")?.contains("No new upgrade operations"));
    let nothing = here.printed("revision --autogenerate -m Next --target schema.sql -d test.db")?;
    assert!(nothing.starts_with("nothing to do"), "{nothing}");
    here.open()?.execute_batch("DROP TABLE migrations; CREATE TABLE migrations (mine)")?;
    let refused = here.run("check")?;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    Ok(())
}
