//! Scripts outside a transaction, run with the command.

use std::error::Error;

use tests::TestResult;

use crate::program::{Workplace, timeless};

/// Creates `a1 <- b2 <- c3`, of which `b2` runs outside a transaction.
fn chain() -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    here.add("a1", "a1 makes a table", "")?;
    let header = "a1\n-- Outside Transaction: only VACUUM changes the page size";
    here.scratch.write(
        "b2",
        header,
        "PRAGMA page_size = 8192;\nVACUUM;",
        "PRAGMA page_size = 4096;\nVACUUM;",
    )?;
    here.add("c3", "c3 and one more", "b2")?;
    Ok(here)
}

#[test]
fn a_dry_run_shows_where_a_run_is_split() -> TestResult {
    let here = chain()?;
    assert_eq!(
        here.printed("upgrade head --dry-run")?,
        "Would run upgrade  -> a1, a1 makes a table\n\
         Would run upgrade a1 -> b2, Script b2\n  \
         outside a transaction: only VACUUM changes the page size\n\
         Would run upgrade b2 -> c3, c3 and one more\n\
         3 scripts would run, and the database would be at c3; nothing was changed\n\
         The run is committed in 3 parts, because of scripts outside a transaction: each part is applied completely, or not at all.\n"
    );
    let steps = here.json("upgrade head --dry-run")?["steps"].clone();
    assert_eq!(steps[1]["outside_transaction"], "only VACUUM changes the page size");
    assert_eq!(steps[0].get("outside_transaction"), None);
    Ok(())
}

#[test]
fn a_run_lists_the_parts_before_it_begins() -> TestResult {
    let here = chain()?;
    let ended = here.run("upgrade head --yes")?;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(timeless(&ended.stdout), "3 scripts ran in 0.0 ms; the database is at c3\n");
    assert_eq!(
        ended.stderr,
        "This runs, in test.db:\n  \
         -> a1, a1 makes a table\n  \
         a1 -> b2, Script b2\n    \
         outside a transaction: only VACUUM changes the page size\n  \
         b2 -> c3, c3 and one more\n\
         The run is committed in 3 parts, because of scripts outside a transaction: each part is applied completely, or not at all.\n\
         Running upgrade  -> a1, a1 makes a table\n\
         Running upgrade a1 -> b2, Script b2\n\
         Running upgrade b2 -> c3, c3 and one more\n"
            .replace("in test.db:\n  ->", "in test.db:\n   ->")
    );
    let downgraded = here.run("downgrade a1")?;
    assert_eq!(downgraded.code, Some(0), "{downgraded:?}");
    assert!(downgraded.stderr.contains("The run is committed in 2 parts"), "{downgraded:?}");
    let log = here.json("log")?;
    assert_eq!((&log[1]["direction"], &log[2]["direction"]), (&"upgrade-started".into(), &"upgrade".into()));
    assert_eq!(here.json("status")?["warnings"], serde_json::Value::Null);
    Ok(())
}

#[test]
fn an_error_in_a_later_part_shows_its_statement_and_where_the_database_is() -> TestResult {
    let here = chain()?;
    here.printed("upgrade a1")?;
    here.open()?.execute_batch("INSERT INTO t_a1 VALUES (1)")?;
    here.scratch.write("c3x", "b2", "CREATE TABLE x (n CHECK (n > 1)); INSERT INTO x SELECT id + 1 FROM t_a1 WHERE id > 5 UNION ALL SELECT 1 FROM t_a1;", "DROP TABLE x;")?;
    std::fs::remove_file(here.script("c3.")?)?;
    let printed = here.refused("upgrade head --no-proof")?;
    let printed = printed.split_once("not at all.\n").ok_or("no list")?.1;
    assert_eq!(
        printed,
        "Running upgrade a1 -> b2, Script b2\n\
         Running upgrade b2 -> c3x, Script c3x\n\
         error: the run stopped after `b2` was committed, and the database is at revision `b2`: the upgrade of revision \
         `c3x` failed at migrations/c3x_script.sql:7:35 and was rolled back: CHECK constraint failed: n > 1\n \
         7 | INSERT INTO x SELECT id + 1 FROM t_a1 WHERE id > 5 UNION ALL SELECT 1 FROM t_a1;\n\
         help: correct the cause, and run it again: it continues where it stopped\n\
         exit 6"
    );
    assert_eq!(here.printed("current")?, "b2\n");
    Ok(())
}
