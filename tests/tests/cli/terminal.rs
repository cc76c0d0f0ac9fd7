//! The interface on a terminal: the prompt of `downgrade`, colors, and the progress bar of a long
//! run.

use std::error::Error;
use std::fs::File;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use tests::TestResult;

use crate::program::Workplace;

/// The time limit for expected events, in milliseconds.
const PATIENCE: u64 = 60_000;

/// The prompt of a downgrade.
const QUESTION: &str = "Continue? [y/N] ";

/// Starts the program on its own terminal.
fn at_terminal(
    here: &Workplace,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<PtySession, Box<dyn Error>> {
    let mut command = here.command(arguments);
    command.env("TERM", "xterm-256color").envs(environment.iter().copied());
    Ok(spawn_command(command, Some(PATIENCE))?)
}

/// Returns the output of the program until it ends, and its exit status.
fn ended(mut session: PtySession) -> Result<(String, WaitStatus), Box<dyn Error>> {
    let printed = session.exp_eof()?;
    Ok((printed.replace("\r\n", "\n"), session.process().wait()?))
}

fn exit_code(status: WaitStatus) -> Option<i32> {
    match status {
        WaitStatus::Exited(_, code) => Some(code),
        _ => None,
    }
}

#[test]
fn a_downgrade_says_what_it_takes_back_and_asks() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    let mut session = at_terminal(&here, &["downgrade", "-1"], &[("NO_COLOR", "1")])?;
    let asked = session.exp_string(QUESTION)?.replace("\r\n", "\n");
    assert_eq!(asked, "This reverts, in test.db:\n  c3 -> b2, c3 and one more\n");
    session.send_line("y")?;
    let (printed, status) = ended(session)?;
    assert!(printed.contains("Running downgrade c3 -> b2, c3 and one more\n"), "{printed}");
    assert_eq!(exit_code(status), Some(0));
    assert_eq!(here.printed("current")?, "b2\n");
    Ok(())
}

#[test]
fn a_downgrade_to_what_is_known_asks_first() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    std::fs::remove_file(here.script("c3")?)?;
    for (answer, current) in [("n", "c3 (unknown: no script defines it)\n"), ("y", "b2 (head)\n")] {
        let mut session = at_terminal(&here, &["downgrade", "--to-known"], &[("NO_COLOR", "1")])?;
        let asked = session.exp_string(QUESTION)?.replace("\r\n", "\n");
        assert_eq!(asked, "This reverts, in test.db:\n  c3 -> b2, c3 and one more\n");
        session.send_line(answer)?;
        let (_, status) = ended(session)?;
        assert_eq!(exit_code(status), Some(i32::from(answer == "n")));
        assert_eq!(here.run("current")?.stdout, current);
    }
    Ok(())
}

/// Only the confirmed plan runs, even if another process migrates the database during the prompt.
#[test]
fn a_plan_that_was_confirmed_runs_only_where_it_starts() -> TestResult {
    let moved = |to: &str| {
        format!(
            "error: the database changed: the plan starts at revision `c3`, but the database is now at {to}; nothing was changed\n"
        )
    };
    for (meanwhile, code, words) in [
        ("downgrade -1 --yes", 1, moved("revision `b2`")),
        ("downgrade base --yes", 1, moved("base")),
        ("stamp a1", 1, moved("revision `a1`")),
        // The program that asks does not know this revision.
        ("upgrade heads", 3, "it has revision `d4`".to_owned()),
    ] {
        let here = Workplace::chain()?;
        here.printed("upgrade head")?;
        let mut session = at_terminal(&here, &["downgrade", "-1"], &[("NO_COLOR", "1")])?;
        session.exp_string(QUESTION)?;
        here.add("d4", "d4 comes later", "c3")?;
        here.printed(meanwhile)?;
        let before = tests::dump(&here.open()?)?;
        session.send_line("y")?;
        let (printed, status) = ended(session)?;
        assert!(printed.contains(&words), "{meanwhile}: {printed}");
        assert_eq!(exit_code(status), Some(code), "{printed}");
        assert_eq!(tests::dump(&here.open()?)?, before, "{meanwhile}");
    }
    Ok(())
}

#[test]
fn any_other_answer_changes_nothing() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    for answer in ["n", "", "yess", "nein"] {
        let mut session = at_terminal(&here, &["downgrade", "base"], &[("NO_COLOR", "1")])?;
        session.exp_string(QUESTION)?;
        session.send_line(answer)?;
        let (printed, status) = ended(session)?;
        assert!(printed.ends_with("error: nothing was changed: not confirmed\n"), "{printed}");
        assert_eq!(exit_code(status), Some(1));
        assert_eq!(here.printed("current")?, "c3 (head)\n");
    }
    Ok(())
}

#[test]
fn an_interrupt_at_the_question_changes_nothing() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    let mut session = at_terminal(&here, &["downgrade", "base"], &[])?;
    session.exp_string(QUESTION)?;
    session.send_control('c')?;
    let (_, status) = ended(session)?;
    assert_eq!(exit_code(status), Some(130));
    assert_eq!(here.printed("current")?, "c3 (head)\n");
    Ok(())
}

#[test]
fn yes_answers_before_it_is_asked() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade head")?;
    let (printed, status) = ended(at_terminal(&here, &["downgrade", "base", "--yes"], &[])?)?;
    assert!(!printed.contains("[y/N]"), "{printed}");
    assert_eq!(exit_code(status), Some(0));
    assert_eq!(here.printed("current")?, "");
    Ok(())
}

#[test]
fn a_full_disk_is_told_and_a_reader_that_went_away_is_not() -> TestResult {
    let here = Workplace::chain()?;
    for command in ["history", "history --format json", "upgrade base:head --sql", "completions bash"] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let full = File::options().write(true).open("/dev/full")?;
        let output = here.command(&arguments).stdout(full).output()?;
        let printed = String::from_utf8(output.stderr)?;
        assert!(printed.starts_with("error: cannot write the result: No space left"), "{command}: {printed}");
        assert_eq!(output.status.code(), Some(1), "{command}");

        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let output = here.command(&arguments).stdout(writer).output()?;
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{command}");
    }
    Ok(())
}

#[test]
fn colours_are_for_terminals_and_for_those_who_do_not_refuse_them() -> TestResult {
    let here = Workplace::chain()?;
    let shown = |arguments: &[&str], environment: &[(&str, &str)]| -> Result<String, Box<dyn Error>> {
        Ok(ended(at_terminal(&here, arguments, environment)?)?.0)
    };
    let plain = "c3 (head)\n";
    assert_eq!(shown(&["heads"], &[])?, "\u{1b}[33mc3\u{1b}[0m \u{1b}[36m(head)\u{1b}[0m\n");
    assert_eq!(shown(&["heads"], &[("NO_COLOR", "1")])?, plain);
    assert_eq!(shown(&["heads"], &[("TERM", "dumb")])?, plain);
    assert_eq!(shown(&["heads", "--color", "never"], &[])?, plain);
    assert_eq!(shown(&["heads", "--color", "always"], &[("NO_COLOR", "1")])?, shown(&["heads"], &[])?);
    assert_eq!(here.printed("heads")?, plain);
    Ok(())
}

#[test]
fn a_long_run_shows_a_bar_and_a_short_one_its_lines() -> TestResult {
    let here = Workplace::chain()?;
    let (printed, _) = ended(at_terminal(&here, &["upgrade", "head"], &[("NO_COLOR", "1")])?)?;
    assert!(printed.contains("Running upgrade b2 -> c3, c3 and one more\n"), "{printed}");
    for number in 0..9 {
        let revises = if number == 0 { "c3".to_owned() } else { format!("x{}", number - 1) };
        here.add(&format!("x{number}"), "one of many", &revises)?;
    }
    let (printed, status) = ended(at_terminal(&here, &["upgrade", "head"], &[("NO_COLOR", "1")])?)?;
    assert!(printed.contains("/9 "), "{printed}");
    assert!(!printed.contains("Running upgrade"), "{printed}");
    assert_eq!(exit_code(status), Some(0));
    Ok(())
}
