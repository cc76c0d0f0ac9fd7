//! `aludel repair`: applied scripts that were edited.

use std::error::Error;

use tests::TestResult;

use crate::program::Workplace;

const PHOTOS: &str = "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, stars INTEGER);";

/// Applies a chain whose second script runs the given statement.
fn applied(statement: &str) -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    here.scratch.write("a1", "", PHOTOS, "DROP TABLE photos;")?;
    let revises = "a1\n-- Loses: photos.title";
    here.scratch.write("b2", revises, statement, "-- nothing to do: the titles stay")?;
    here.printed("upgrade head")?;
    Ok(here)
}

fn edit(here: &Workplace, before: &str, after: &str) -> TestResult {
    let path = here.script("b2")?;
    let text = std::fs::read_to_string(&path)?;
    assert!(text.contains(before), "{text}");
    Ok(std::fs::write(path, text.replace(before, after))?)
}

#[test]
fn other_comments_and_spaces_are_no_divergence() -> TestResult {
    let here = applied("UPDATE photos SET title = trim(title);")?;
    edit(&here, "UPDATE photos SET", "-- all of them\nUPDATE photos /* the table */\n  SET")?;
    assert!(here.printed("status")?.contains("at head"));
    assert_eq!(here.printed("check")?, "the database is at head\n");
    assert_eq!(here.printed("upgrade head")?, "nothing to do: the database is at b2\n");
    let printed = here.printed("repair --dry-run")?;
    assert!(
        printed.starts_with("b2 (migrations/b2_script.sql): comments or spaces were edited\n"),
        "{printed}"
    );
    assert!(
        printed.ends_with("the current text of 1 script would be recorded; nothing was changed\n"),
        "{printed}"
    );
    assert_eq!(here.json("log")?.as_array().map(Vec::len), Some(2));
    here.printed("repair")?;
    assert_eq!(here.json("log")?[2]["direction"], "repair");
    assert_eq!(here.printed("repair")?, "nothing to repair: the applied scripts are as recorded\n");
    Ok(())
}

#[test]
fn a_run_records_reworded_scripts_so_that_the_ledger_adds_up() -> TestResult {
    let here = applied("UPDATE photos SET title = trim(title);")?;
    edit(&here, "UPDATE photos", "/* all */ UPDATE photos")?;
    here.add("c3", "c3 makes a table", "b2")?;
    here.printed("upgrade head")?;
    let log = here.json("log")?;
    assert_eq!((&log[2]["direction"], &log[2]["revision"]), (&"repair".into(), &"b2".into()));
    std::fs::remove_file(here.script("c3")?)?;
    here.printed("downgrade --to-known --yes")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn a_stamp_and_a_script_for_sqlite3_record_reworded_scripts_too() -> TestResult {
    let here = applied("UPDATE photos SET title = trim(title);")?;
    edit(&here, "UPDATE photos", "/* all */ UPDATE photos")?;
    here.add("c3", "c3 makes a table", "b2")?;
    let script = here.printed("upgrade head --sql")?;
    let rows: Vec<&str> =
        script.lines().filter(|line| line.starts_with("INSERT INTO main.\"aludel_history\"")).collect();
    assert_eq!(rows.len(), 2, "{script}");
    assert!(rows[0].contains("'b2', 'repair'") && rows[1].contains("'c3', 'upgrade'"), "{script}");
    here.printed("stamp head")?;
    let log = here.json("log")?;
    assert_eq!((&log[2]["direction"], &log[3]["direction"]), (&"repair".into(), &"stamp".into()));
    std::fs::remove_file(here.script("c3")?)?;
    assert!(here.printed("downgrade --to-known --dry-run")?.contains("c3"));
    Ok(())
}

#[test]
fn what_has_the_same_effect_is_recorded() -> TestResult {
    for (before, after) in [
        ("UPDATE photos SET title = trim(title)", "UPDATE photos SET title = ltrim(rtrim(title))"),
        (
            "UPDATE photos SET title = 'x' WHERE title = 'p' AND stars = 3",
            "UPDATE photos SET title = 'x' WHERE stars = 3 AND title IN ('p')",
        ),
    ] {
        let here = applied(&format!("{before};"))?;
        edit(&here, before, after)?;
        assert_eq!(here.run("upgrade head")?.code, Some(4), "{after}");
        let printed = here.printed("repair")?;
        assert!(
            printed.contains(&format!("-{before}")) && printed.contains(&format!("+{after}")),
            "{printed}"
        );
        assert_eq!(here.printed("check")?, "the database is at head\n", "{after}");
    }
    Ok(())
}

#[test]
fn what_has_another_effect_is_refused() -> TestResult {
    for (before, after, difference) in [
        (
            "SET title = trim(title)",
            "SET title = lower(title)",
            "after the upgrade, the rows of `photos` differ",
        ),
        (
            "SET title = 'x' WHERE title = 'p'",
            "SET title = 'x' WHERE title = 'q'",
            "the rows of `photos` differ",
        ),
        (
            "SET title = 'x'",
            "SET title = 'x'; CREATE INDEX i ON photos (title)",
            "after the upgrade, index `i`",
        ),
        ("SET title = 'x'", "SET name = 'x'", "the current script cannot be executed"),
    ] {
        let here = applied(&format!("UPDATE photos {before};"))?;
        edit(&here, before, after)?;
        let before = tests::dump(&here.open()?)?;
        let ended = here.run("repair")?;
        assert_eq!(ended.code, Some(4), "{after}: {}", ended.stdout);
        assert!(
            ended.stderr.contains("its effect differs from that of the applied script; nothing was changed")
        );
        assert!(ended.stderr.contains(difference), "{after}: {}", ended.stderr);
        assert_eq!(tests::dump(&here.open()?)?, before, "{after}");
    }
    Ok(())
}

#[test]
fn a_script_whose_applied_text_is_unknown_is_refused() -> TestResult {
    let here = applied("UPDATE photos SET title = trim(title);")?;
    here.open()?.execute_batch("UPDATE aludel_history SET upgrade_sql = NULL WHERE revision = 'b2'")?;
    edit(&here, "trim(title)", "trim( title )")?;
    let printed = here.run("repair")?.stderr;
    assert!(printed.contains("the ledger does not have the text that was applied"), "{printed}");
    Ok(())
}
