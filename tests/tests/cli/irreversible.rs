//! Scripts in an old history that cannot be reverted.

use std::error::Error;

use tests::TestResult;

use crate::program::Workplace;

/// Creates a chain whose second script loses data and has no downgrade.
fn with_old_script() -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    here.scratch.write(
        "a1",
        "",
        "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);",
        "DROP TABLE photos;",
    )?;
    let old = "-- shorten titles\n--\n-- Revision ID: b2\n-- Revises: a1\n-- Irreversible: the full titles are not kept\n\n\
               -- upgrade\nUPDATE photos SET title = substr(title, 1, 40);\n";
    here.scratch.write_file("b2_titles.sql", old.as_bytes())?;
    here.scratch.write("c3", "b2", "CREATE TABLE tags (id INTEGER PRIMARY KEY);", "DROP TABLE tags;")?;
    Ok(here)
}

fn end_old_history(here: &Workplace, revision: &str) -> std::io::Result<()> {
    std::fs::write(here.scratch.path("aludel.toml"), format!("irreversible_until = \"{revision}\"\n"))
}

#[test]
fn only_an_old_history_has_such_scripts() -> TestResult {
    let here = with_old_script()?;
    for (until, message) in [
        ("a1", "`b2` is irreversible, but it is not part of the old history, which ends at `a1`"),
        ("c2", "`irreversible_until` names revision `c2`, which no script defines\nhelp: did you mean `c3`?"),
    ] {
        end_old_history(&here, until)?;
        let ended = here.run("verify")?;
        assert_eq!(ended.code, Some(1));
        let printed = (ended.stdout + &ended.stderr).replace("  = help", "help");
        assert!(printed.contains(message.lines().next().unwrap_or_default()), "{printed}");
    }
    end_old_history(&here, "b2")?;
    insta::assert_snapshot!(here.printed("verify")?, @r"
    irreversible: b2 (the full titles are not kept)
    3 scripts verified: no errors
    ");
    assert_eq!(here.json("verify")?["irreversible"][0]["revision"], "b2");
    Ok(())
}

#[test]
fn nothing_is_downgraded_past_it() -> TestResult {
    let here = with_old_script()?;
    end_old_history(&here, "b2")?;
    here.printed("upgrade head")?;
    for command in
        ["downgrade base --yes", "downgrade a1 --dry-run", "downgrade base --sql", "downgrade -2 --yes"]
    {
        let ended = here.run(command)?;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(
            ended.stderr.starts_with(
                "error: `b2` is irreversible, so the database cannot be downgraded past it: the full titles are not kept"
            ),
            "{command}: {}",
            ended.stderr
        );
        assert_eq!(here.printed("current")?, "c3 (head)\n", "{command}");
    }
    here.printed("downgrade b2 --yes")?;
    assert_eq!(here.printed("current")?, "b2\n");
    Ok(())
}

/// ```text
/// a1 - b2 - c3 - e5       b2 is irreversible
///   \\ d4 ------/
/// ```
#[test]
fn other_branches_are_downgraded_past_it_but_not_its_own() -> TestResult {
    let here = with_old_script()?;
    here.add("d4", "d4 begins a branch", "a1")?;
    let merge = "-- Both again\n--\n-- Revision ID: e5\n-- Revises: c3, d4\n\n-- upgrade\n\n-- downgrade\n";
    here.scratch.write_file("e5_both_again.sql", merge.as_bytes())?;
    // `d4` does not need `b2`.
    end_old_history(&here, "d4")?;
    let printed = here.run("verify")?.stdout;
    assert!(printed.contains("which ends at `d4`"), "{printed}");
    end_old_history(&here, "c3")?;
    assert!(here.printed("verify")?.starts_with("irreversible: b2 (the full titles are not kept)\n"));

    here.printed("upgrade head")?;
    here.printed("downgrade c3 --yes")?;
    here.printed("downgrade d4@-1 --yes")?;
    assert_eq!(here.printed("current")?, "c3\n");
    here.printed("upgrade head")?;
    here.printed("downgrade b2 --yes")?;
    assert_eq!(here.printed("current")?, "b2\nd4\n");
    for command in ["downgrade base --yes", "downgrade b2@-1 --yes", "downgrade a1 --dry-run"] {
        let printed = here.refused(command)?;
        assert!(
            printed.contains("`b2` is irreversible, so the database cannot be downgraded past it"),
            "{printed}"
        );
        assert_eq!(here.printed("current")?, "b2\nd4\n", "{command}");
    }
    here.printed("upgrade head")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    Ok(())
}

/// A script on another branch may depend on an irreversible script.
#[test]
fn a_dependency_is_part_of_an_old_history() -> TestResult {
    let here = with_old_script()?;
    here.add("x1", "x1 stands apart", "\n-- Depends On: b2")?;
    let settings = "irreversible_until = \"x1\"\nmultiple_heads = true\n";
    std::fs::write(here.scratch.path("aludel.toml"), settings)?;
    assert!(here.printed("verify")?.contains("4 scripts verified: no errors"));
    here.printed("upgrade heads")?;
    let printed = here.refused("downgrade base --yes")?;
    assert!(printed.contains("`b2` is irreversible"), "{printed}");
    here.printed("downgrade x1@base --yes")?;
    assert_eq!(here.printed("current")?, "c3 (head)\n");
    Ok(())
}

#[test]
fn an_older_program_cannot_revert_it_either() -> TestResult {
    let here = with_old_script()?;
    end_old_history(&here, "b2")?;
    here.printed("upgrade head")?;
    for id in ["b2", "c3"] {
        std::fs::remove_file(here.script(id)?)?;
    }
    std::fs::remove_file(here.scratch.path("aludel.toml"))?;
    let ended = here.run("downgrade --to-known --yes")?;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("revision `b2`: the row has no downgrade script; nothing was changed"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("help: its script may be irreversible"), "{}", ended.stderr);
    Ok(())
}
