//! `downgrade --to-known` on a folder that lacks the newest scripts.

use tests::TestResult;

use crate::program::Workplace;

/// Creates a database at `c3`, and removes the scripts of `b2` and `c3`.
fn behind() -> Result<Workplace, Box<dyn std::error::Error>> {
    let here = Workplace::chain()?;
    let script = here.script("c3")?;
    let text = std::fs::read_to_string(&script)?;
    let text = text.replace("\n-- upgrade\n", "\n-- upgrade\nDELETE FROM t_a1;\n");
    std::fs::write(&script, text.replace("-- Revises: b2", "-- Revises: b2\n-- Loses: rows of t_a1"))?;
    here.printed("upgrade head --no-proof")?;
    std::fs::remove_file(script)?;
    std::fs::remove_file(here.script("b2")?)?;
    Ok(here)
}

#[test]
fn it_shows_what_it_reverts_and_what_is_not_restored() -> TestResult {
    let here = behind()?;
    insta::assert_snapshot!(here.printed("downgrade --to-known --dry-run")?, @r"
    Would run downgrade c3 -> b2, c3 and one more
      not restored, as declared in its header: rows of t_a1
    Would run downgrade b2 -> a1, b2 makes another
    2 scripts would run, and the database would be at a1; nothing was changed
    ");
    let ended = here.run("downgrade --to-known --verbose --yes")?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    insta::assert_snapshot!(ended.stderr, @r"
    This reverts, in test.db:
      c3 -> b2, c3 and one more
        not restored, as declared in its header: rows of t_a1
        | DROP TABLE t_c3;
      b2 -> a1, b2 makes another
        | DROP TABLE t_b2;
    note: `--backup` copies the database first
    Running downgrade c3 -> b2, c3 and one more
    Running downgrade b2 -> a1, b2 makes another
    ");
    assert!(ended.stdout.ends_with("the database is at a1\n"), "{}", ended.stdout);
    assert_eq!(here.printed("check")?, "the database is at head\n");
    assert_eq!(here.printed("downgrade --to-known")?, "nothing to do: the database is at a1\n");
    Ok(())
}

#[test]
fn the_steps_are_in_json_too() -> TestResult {
    let here = behind()?;
    let planned = here.json("downgrade --to-known --dry-run")?;
    assert_eq!(planned["steps"][0]["revision"], "c3");
    assert_eq!(planned["steps"][0]["loses"][0], "rows of t_a1");
    assert_eq!(planned["steps"][1]["sql"], "DROP TABLE t_b2;");
    let ran = here.json("downgrade --to-known --yes")?;
    assert_eq!((&ran["ran"][1]["revision"], &ran["current"][0]), (&"b2".into(), &"a1".into()));
    Ok(())
}

#[test]
fn err_a_target_or_a_ledger_that_does_not_add_up() -> TestResult {
    let here = behind()?;
    for words in ["downgrade --to-known a1", "downgrade --to-known --sql", "downgrade"] {
        assert_eq!(here.run(words)?.code, Some(2), "{words}");
    }
    here.open()?.execute_batch("UPDATE aludel_history SET state = upper(state) WHERE revision = 'b2'")?;
    let before = tests::dump(&here.open()?)?;
    let ended = here.run("downgrade --to-known")?;
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stderr, @r"
    error: cannot revert with the ledger `aludel_history`: row 2, revision `b2`: the state does not match the revisions that were applied after this row; nothing was changed
    help: revert with a version of the program that defines these revisions; it uses its own scripts
    ");
    assert_eq!(tests::dump(&here.open()?)?, before);
    Ok(())
}
