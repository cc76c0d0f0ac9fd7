//! Hostile input: control characters in scripts and databases, special files, and folders with
//! thousands of errors.

use std::error::Error;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use aludel_core::escape::is_control;
use tests::TestResult;

use crate::program::{Workplace, ended};

/// Characters that rename the window, start a C1 command, reorder the line, and overwrite the line.
const HOSTILE: &str = "\u{1b}]0;PWNED\u{7}\u{9b}2J\u{202e}\u{2066}\u{7f}\r";

/// Removes colors, which are escape sequences of digits that end in `m`. The hostile input contains
/// none.
fn uncoloured(printed: &str) -> String {
    let mut pieces = printed.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ';');
        match rest.strip_prefix('m') {
            Some(rest) => plain += rest,
            None => plain = plain + "\u{1b}[" + piece,
        }
    }
    plain
}

/// Asserts that the output has no control characters except line ends and colors, and no forged
/// lines.
fn assert_is_safe(words: &str, printed: &str) {
    let control = uncoloured(printed).chars().find(|letter| is_control(*letter) && *letter != '\n');
    assert_eq!(control, None, "{words}: {printed}");
    assert!(!printed.lines().any(|line| line.starts_with("error: FAKE")), "{words}: {printed}");
}

/// Creates a chain with hostile messages, objects, literals, column names and file names.
fn hostile_chain() -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    let word = HOSTILE.trim_end();
    let script = |id: &str, revises: &str| {
        format!(
            "-- Add {word}\n-- {word}\n-- Revision ID: {id}\n-- Revises: {revises}\n-- Create Date: {word}\n\n-- upgrade\n\
             CREATE TABLE \"t{word}\n{id}\" (\"c{word}\" TEXT DEFAULT '{word}');\n\n-- downgrade\nDROP TABLE \"t{word}\n{id}\";\n"
        )
    };
    here.scratch.write_file("a1.sql", script("a1", "").as_bytes())?;
    let name = format!("b2_x{HOSTILE}\nerror: FAKE\n.sql");
    here.scratch.write_file(&name, script("b2", "a1").as_bytes())?;
    Ok(here)
}

/// Returns the output of commands. No command may hang or be killed by a signal.
fn printed(here: &Workplace, commands: &[&str]) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut all = Vec::new();
    for command in commands {
        for manner in ["--color never", "--color always", "--verbose", "--format json"] {
            let words = format!("{command} {manner}");
            let ended = here.run(&words)?;
            assert!(ended.code.is_some(), "{words}: {ended:?}");
            all.push((words, ended.stdout + &ended.stderr));
        }
    }
    Ok(all)
}

#[test]
fn no_control_character_of_a_script_or_a_database_is_printed() -> TestResult {
    let here = hostile_chain()?;
    let of_scripts = [
        "history",
        "history --graph",
        "heads",
        "show a1",
        "show b2",
        "branches",
        "verify",
        "verify --release",
        "diff base head",
        "upgrade head --dry-run",
        "downgrade base --dry-run",
        "freeze",
    ];
    let of_runs =
        ["upgrade head", "log", "status", "check", "current", "diff a1", "downgrade a1", "upgrade head"];
    for (words, printed) in printed(&here, &of_scripts)?.into_iter().chain(printed(&here, &of_runs)?) {
        assert_is_safe(&words, &printed);
    }
    let connection = here.open()?;
    let row = format!("zz{HOSTILE}\nerror: FAKE");
    connection.execute("UPDATE aludel_history SET message = ?1, revision = ?1, version = ?1", [&row])?;
    connection.execute_batch(&format!(
        "CREATE TABLE \"{row}\" (a); CREATE VIEW \"v{row}\" AS SELECT '{HOSTILE}' AS b"
    ))?;
    let of_database = ["log", "status", "check", "current", "upgrade head", "diff head", "downgrade base"];
    let mut all = printed(&here, &of_database)?;
    connection.execute("INSERT INTO alembic_version VALUES (?1)", [&row])?;
    all.extend(printed(&here, &of_database)?);
    for (words, printed) in all {
        assert_is_safe(&words, &printed);
    }
    Ok(())
}

#[test]
fn faults_of_hostile_scripts_are_printed_safely() -> TestResult {
    for (header, sql) in [
        (format!("-- m{HOSTILE}"), format!("SELEC '{HOSTILE}';")),
        ("-- m".to_owned(), format!("INSERT INTO \"t{HOSTILE}\" VALUES (1);")),
        ("-- m".to_owned(), format!("DROP TABLE \"x{HOSTILE}\nerror: FAKE\";")),
        (format!("-- m\n-- Depends On: x{HOSTILE}"), "SELECT 1;".to_owned()),
        (format!("-- m\n-- Branch Labels: x{HOSTILE}"), "SELECT 1;".to_owned()),
        (format!("-- m\n-- Allow: x{HOSTILE}"), "SELECT 1;".to_owned()),
        (format!("-- m\n-- Loses: x{HOSTILE}.y"), "SELECT 1;".to_owned()),
    ] {
        let here = Workplace::empty()?;
        let text = format!(
            "{header}\n-- Revision ID: a1\n-- Revises:\n-- upgrade\n{sql}\n-- downgrade\nSELECT 1;\n"
        );
        here.scratch.write_file("a1.sql", text.as_bytes())?;
        for (words, printed) in printed(&here, &["verify", "upgrade head", "history"])? {
            assert_is_safe(&words, &printed);
        }
    }
    Ok(())
}

#[test]
fn sql_for_another_program_stays_as_it_is() -> TestResult {
    let here = hostile_chain()?;
    for command in ["schema", "upgrade base:head --sql"] {
        assert!(here.printed(command)?.contains(HOSTILE.trim_end()), "{command}");
    }
    Ok(())
}

/// Runs the program, which must end within a time limit.
fn within_time(here: &Workplace, words: &str) -> Result<crate::program::Ended, Box<dyn Error>> {
    let program = here.command(&[]).get_program().to_owned();
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "60"]).arg(program).args(words.split(' '));
    command
        .current_dir(here.scratch.folder())
        .env_clear()
        .env("DATABASE_URL", "test.db")
        .env("PATH", "/usr/bin:/bin");
    ended(&command.output()?)
}

/// Creates something at a path.
type Make<'m> = &'m dyn Fn(&Path) -> std::io::Result<()>;

#[test]
fn what_is_no_regular_file_is_an_error_and_not_a_wait() -> TestResult {
    for name in ["b2.sql", "frozen.lock"] {
        let make: [(&str, Make<'_>); 5] = [
            ("a folder", &|path| std::fs::create_dir(path)),
            ("a pipe", &|path| Command::new("mkfifo").arg(path).status().map(drop)),
            ("a device", &|path| symlink("/dev/zero", path)),
            ("larger than", &|path| std::fs::File::create(path)?.set_len(9 << 20)),
            ("a folder", &|path| symlink("/", path)),
        ];
        for (what, make) in make {
            let here = Workplace::chain()?;
            let path = here.scratch.migrations().join(name);
            let _ = std::fs::remove_file(&path);
            make(&path)?;
            for words in ["verify", "heads", "upgrade head", "freeze"] {
                let ended = within_time(&here, words)?;
                let printed = ended.stdout + &ended.stderr;
                // The graph is known without the list of frozen scripts.
                let expected = if name == "frozen.lock" && words == "heads" { Some(0) } else { Some(1) };
                assert_eq!(ended.code, expected, "{name} is {what}, {words}: {printed}");
                assert!(expected == Some(0) || printed.contains(what) && printed.contains(name), "{printed}");
            }
            assert!(!here.database().exists(), "{name} is {what}");
        }
    }
    Ok(())
}

#[test]
fn the_limit_of_a_file_is_a_setting() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("verify")?;
    std::fs::write(here.scratch.path("aludel.toml"), "max_file_size = 100\n")?;
    let refused = here.run("verify")?;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stdout.contains("`migrations/a1.sql` is larger than the limit of 100 bytes"),
        "{}",
        refused.stdout
    );
    Ok(())
}

#[test]
fn links_are_followed_and_no_line_of_another_file_is_shown() -> TestResult {
    let here = Workplace::chain()?;
    let outside = here.scratch.path("outside.sql");
    std::fs::rename(here.scratch.migrations().join("c3.sql"), &outside)?;
    symlink(&outside, here.scratch.migrations().join("c3.sql"))?;
    here.printed("verify")?;
    let secret = here.scratch.path("secret");
    for text in [
        "API_KEY=TOPSECRET\nSECOND=TOPSECRET\n",
        "-- TOPSECRET\nTOPSECRET\n",
        "TOPSECRET \u{fffd}\0\n",
        "a b c TOPSECRET\n",
    ] {
        std::fs::write(&secret, text)?;
        for name in ["d4_y.sql", "frozen.lock"] {
            let link = here.scratch.migrations().join(name);
            symlink(&secret, &link)?;
            for (words, printed) in printed(&here, &["verify", "upgrade head", "heads", "freeze"])? {
                assert!(!printed.contains("TOPSECRET"), "{name}, {words}: {printed}");
            }
            std::fs::remove_file(link)?;
        }
    }
    Ok(())
}

#[test]
fn of_many_faults_the_first_are_shown() -> TestResult {
    let here = Workplace::empty()?;
    let faulty = |count: usize| {
        let text = format!(
            "-- m\n-- Revision ID: a1\n-- Revises:\n-- upgrade\n{}-- downgrade\nSELECT 1;\n",
            "SELEC 1;\n".repeat(count)
        );
        here.scratch.write_file("a1.sql", text.as_bytes())
    };
    for (count, more) in
        [(50, None), (51, Some("and 1 more error\n")), (3000, Some("and 2950 more errors\n"))]
    {
        faulty(count)?;
        for words in ["verify", "upgrade head"] {
            let ended = here.run(words)?;
            let printed = ended.stdout + &ended.stderr;
            assert_eq!(printed.matches("syntax error near").count(), 50, "{words}");
            assert_eq!(
                printed.lines().find(|line| line.starts_with("and ")),
                more.map(str::trim_end),
                "{words}"
            );
            assert!(printed.contains(&format!("{count} errors")), "{words}");
        }
        let verified: serde_json::Value = serde_json::from_str(&here.run("verify --format json")?.stdout)?;
        let lines: Vec<u64> = verified["problems"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["line"].as_u64())
            .collect();
        assert_eq!(lines, (5..5 + count as u64).collect::<Vec<_>>());
    }
    Ok(())
}

#[test]
fn a_usage_error_repeats_an_argument_safely() -> TestResult {
    let here = Workplace::empty()?;
    for words in ["no\u{1b}]0;title\u{7}", "--no\u{9b}31m", "history --format js\u{1b}[2Jon", "no\u{202e}gpj"]
    {
        let ended = here.run(&format!("--color always {words}"))?;
        assert_eq!(ended.code, Some(2), "{words}: {ended:?}");
        assert_is_safe(words, &(ended.stdout + &ended.stderr));
    }
    Ok(())
}

#[test]
fn an_endless_target_schema_is_an_error_and_not_a_wait() -> TestResult {
    let here = Workplace::chain()?;
    for words in ["check --target /dev/zero", "revision --autogenerate -m more --target /dev/zero"] {
        let ended = within_time(&here, words)?;
        assert_eq!(ended.code, Some(1), "{words}: {ended:?}");
        assert!(ended.stderr.contains("`max_file_size`"), "{words}: {ended:?}");
    }
    Ok(())
}
