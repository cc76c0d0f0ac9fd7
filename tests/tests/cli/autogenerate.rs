//! `aludel revision --autogenerate` and `aludel check` with a `schema.sql`.

use std::error::Error;

use tests::TestResult;

use crate::program::{Workplace, timeless};

const SCHEMA: &str = "CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title TEXT);\nCREATE INDEX by_path ON photos (path);\n";

/// Creates a chain with a single script, which produces the schema in `schema.sql`.
fn at_the_schema() -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    want(&here, SCHEMA)?;
    here.printed("revision --autogenerate -m First --target schema.sql --rev-id a1")?;
    Ok(here)
}

fn want(here: &Workplace, schema: &str) -> std::io::Result<()> {
    std::fs::write(here.scratch.path("schema.sql"), schema)
}

/// Returns the number of files in the folder of scripts.
fn files(here: &Workplace) -> std::io::Result<usize> {
    Ok(std::fs::read_dir(here.scratch.migrations())?.count())
}

#[test]
fn a_changed_schema_becomes_a_script_that_leads_there_and_back() -> TestResult {
    let here = at_the_schema()?;
    assert_eq!(here.printed("verify")?, "1 script verified: no errors\n");
    here.printed("upgrade head")?;
    want(&here, &SCHEMA.replace("title TEXT", "title TEXT, rating INTEGER NOT NULL DEFAULT 0"))?;
    let ended = here.run("revision --autogenerate -m Rating --target schema.sql --rev-id b2")?;
    insta::assert_snapshot!(timeless(&(ended.stderr + &ended.stdout)), @r"
    Detected added column `photos.rating`
    Generating migrations/YYYY_MM_DD_HHMM-b2_rating.sql ...  done
    ");
    insta::assert_snapshot!(timeless(&std::fs::read_to_string(here.script("b2")?)?), @r"
    -- Rating
    --
    -- Revision ID: b2
    -- Revises: a1
    -- Create Date: 0000-00-00 00:00:00.000000

    -- upgrade
    -- added column `photos.rating`
    ALTER TABLE photos ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;

    -- downgrade
    -- removed column `photos.rating`
    ALTER TABLE photos DROP COLUMN rating;
    ");
    assert_eq!(here.printed("verify")?, "2 scripts verified: no errors\n");
    for command in ["upgrade head", "check --target schema.sql", "downgrade -1", "upgrade head"] {
        here.printed(command)?;
    }
    Ok(())
}

#[test]
fn nothing_to_do_writes_nothing_and_says_so() -> TestResult {
    let here = at_the_schema()?;
    assert_eq!(
        here.printed("revision --autogenerate -m Again --target schema.sql")?,
        "nothing to do: the head already has the target schema; no script was written\n"
    );
    let printed = here.json("revision --autogenerate -m Again --target schema.sql")?;
    assert!(printed["file"].is_null() && printed["detected"].as_array().is_some_and(Vec::is_empty));
    assert_eq!(files(&here)?, 1);
    Ok(())
}

#[test]
fn a_dry_run_shows_the_script_and_writes_nothing() -> TestResult {
    let here = at_the_schema()?;
    want(&here, &SCHEMA.replace(", title TEXT", ""))?;
    let shown =
        here.printed("revision --autogenerate -m Untitled --target schema.sql --rev-id b2 --dry-run")?;
    insta::assert_snapshot!(timeless(&shown), @r"
    -- Untitled
    --
    -- Revision ID: b2
    -- Revises: a1
    -- Create Date: 0000-00-00 00:00:00.000000
    -- Loses: photos.title

    -- upgrade
    -- removed column `photos.title`
    ALTER TABLE photos DROP COLUMN title;

    -- downgrade
    -- added column `photos.title`
    ALTER TABLE photos ADD COLUMN title TEXT;
    ");
    let printed =
        here.json("revision --autogenerate -m Untitled --target schema.sql --rev-id b2 --dry-run")?;
    assert_eq!(printed["detected"][0]["change"], "removed-column");
    assert!(printed["file"].is_null() && printed["script"].is_string());
    assert_eq!(files(&here)?, 1);
    Ok(())
}

#[test]
fn what_a_person_has_to_decide_does_not_pass_until_it_is_decided() -> TestResult {
    let here = at_the_schema()?;
    want(&here, &SCHEMA.replace("title", "caption"))?;
    let ended = here.run("revision --autogenerate -m Caption --target schema.sql --rev-id b2")?;
    insta::assert_snapshot!(timeless(&ended.stderr), @r"
    Detected renamed column `photos.title` to `photos.caption`
    Next: answer 1 question in the lines that begin with `-- REVIEW:`, and remove those lines; until then the program does not compile
    ");
    assert_eq!(here.run("verify")?.code, Some(1));
    here.decide("b2")?;
    assert!(here.printed("verify")?.ends_with("2 scripts verified: no errors, 1 note\n"));
    Ok(())
}

#[test]
fn check_tells_what_the_next_script_would_do() -> TestResult {
    let here = at_the_schema()?;
    here.printed("upgrade head")?;
    insta::assert_snapshot!(here.printed("check --target schema.sql")?, @r"
    the database is at head
    No new upgrade operations detected: the head has the target schema
    ");
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\ntarget = \"schema.sql\"\n")?;
    want(&here, &(SCHEMA.to_owned() + "CREATE TABLE tags (name TEXT PRIMARY KEY);\n"))?;
    let ended = here.run("check")?;
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout + &ended.stderr, @r#"
    the database is at head
    New upgrade operations detected:
      added table `tags`
    help: `aludel revision --autogenerate -m "…"` writes the script
    "#);
    let ended = here.run("check --format json")?;
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout)?;
    assert_eq!(
        (printed["ok"].as_bool(), printed["detected"][0]["change"].as_str()),
        (Some(false), Some("added-table"))
    );
    Ok(())
}

#[test]
fn a_dump_of_the_shell_is_a_target_schema() -> TestResult {
    let here = at_the_schema()?;
    here.printed("upgrade head")?;
    let rows = "INSERT INTO photos VALUES(1,'a.jpg',NULL);\n";
    let dump = format!(
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n{SCHEMA}{rows}CREATE TABLE IF NOT EXISTS sqlite_sequence(name,seq);\nANALYZE sqlite_schema;\nINSERT INTO sqlite_stat1 VALUES('photos','by_path','1 1');\nCOMMIT;\n"
    );
    want(&here, &dump)?;
    here.printed("check --target schema.sql")?;
    let row = "INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql) VALUES('table','f','f',0,'CREATE VIRTUAL TABLE f USING fts5(a)');\n";
    want(&here, &dump.replace("COMMIT;\n", row))?;
    let refused = here.refused("check --target schema.sql")?;
    assert!(refused.contains("help: write `CREATE VIRTUAL TABLE` instead"), "{refused}");
    want(&here, &dump.replace("COMMIT;\n", "ROLLBACK; -- due to errors\n"))?;
    let refused = here.refused("check --target schema.sql")?;
    assert!(refused.contains("ROLLBACK"), "{refused}");
    Ok(())
}

#[test]
fn a_database_that_is_compared_is_at_the_head_and_as_its_scripts_make_it() -> TestResult {
    let here = at_the_schema()?;
    want(&here, &SCHEMA.replace("title TEXT", "title TEXT, size INTEGER"))?;
    let command = "revision --autogenerate -m Size --target schema.sql -d test.db";
    insta::assert_snapshot!(here.refused(command)?, @r"
    error: target database is not up to date
    help: run `aludel upgrade` first, or omit `--database` to compare with the head of the scripts
    exit 1
    ");
    assert!(!here.database().exists());
    here.printed("upgrade head")?;
    here.open()?.execute_batch("CREATE TABLE by_hand (a)")?;
    insta::assert_snapshot!(here.refused(command)?, @r"
    error: target database differs from its scripts: table `by_hand` is left behind
    help: nothing was written: the database was changed by hand; undo that change, or omit `--database` to compare with the head of the scripts
    exit 1
    ");
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\nexclude = [\"by_*\"]\n")?;
    here.printed(command)?;
    assert_eq!(files(&here)?, 2);
    Ok(())
}

#[test]
fn err_what_cannot_be_generated_is_refused() -> TestResult {
    let here = at_the_schema()?;
    insta::assert_snapshot!(here.refused("revision --autogenerate -m x")?, @r"
    error: no target schema is set
    help: pass `--target schema.sql` or `--target src/models.rs`, or set `target` or `models` under `[autogenerate]` in `aludel.toml`
    exit 2
    ");
    insta::assert_snapshot!(here.refused("revision --autogenerate -m x --target missing.sql")?, @r"
    error: reading `missing.sql` failed: No such file or directory (os error 2)
    exit 1
    ");
    want(&here, "CREATE TABLE photos (id INTEGER PRIMARY KEY;\n")?;
    insta::assert_snapshot!(here.refused("revision --autogenerate -m x --target schema.sql")?, @r"
    error: syntax error near `;`
     --> schema.sql:1:44
      |
    1 | CREATE TABLE photos (id INTEGER PRIMARY KEY;
      |                                            ^ SQLite cannot parse this
      |
      = help: correct the statement here or just before

    error: the target schema has 1 error
    exit 1
    ");
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\ncompare_types = true\n")?;
    assert!(here.refused("revision --autogenerate -m x")?.contains("unknown field `compare_types`"));
    assert_eq!(files(&here)?, 1);
    Ok(())
}
