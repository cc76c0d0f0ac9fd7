//! Scripts that call the program's functions. The functions are declared in `aludel.toml`, or the
//! scripts are marked `Unproved`.

use std::error::Error;

use tests::TestResult;

use crate::program::{Workplace, timeless};

const PHOTOS: &str = "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT NOT NULL);";
const SLUGS: &str = "ALTER TABLE photos ADD COLUMN slug TEXT;\nUPDATE photos SET slug = slug(title);";

/// Creates a chain whose second script calls the `slug` function, and sets a target schema with an
/// additional column.
fn with_slugs(header: &str) -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    here.scratch.write("a1", "", PHOTOS, "DROP TABLE photos;")?;
    let revises = format!("a1{header}");
    here.scratch.write("b2", &revises, SLUGS, "ALTER TABLE photos DROP COLUMN slug;")?;
    here.scratch.write("c3", "b2", "CREATE INDEX by_slug ON photos (slug);", "DROP INDEX by_slug;")?;
    let target =
        PHOTOS.replace(");", ", slug TEXT, rating INTEGER);\nCREATE INDEX by_slug ON photos (slug);\n");
    std::fs::write(here.scratch.path("schema.sql"), target)?;
    Ok(here)
}

fn declare(here: &Workplace, functions: &str) -> std::io::Result<()> {
    std::fs::write(here.scratch.path("aludel.toml"), format!("functions = [{functions}]\n"))
}

#[test]
fn an_unknown_function_can_be_declared() -> TestResult {
    let here = with_slugs("")?;
    let ended = here.run("verify")?;
    assert_eq!(ended.code, Some(1));
    let printed = ended.stdout + &ended.stderr;
    assert!(printed.contains("no such function: slug"), "{printed}");
    assert!(printed.contains("such as `functions = [\"slug/1\"]`"), "{printed}");
    declare(&here, "\"slug/1\"")?;
    let printed = here.printed("verify")?;
    assert!(printed.starts_with("3 scripts verified: no errors"), "{printed}");
    assert!(!printed.contains("not executed"), "{printed}");
    assert!(here.printed("schema")?.contains("slug TEXT"));
    here.printed("freeze")?;
    Ok(())
}

#[test]
fn a_stand_in_is_never_used_on_a_database() -> TestResult {
    let here = with_slugs("")?;
    declare(&here, "\"slug/1\"")?;
    let ended = here.run("upgrade head")?;
    assert_eq!(ended.code, Some(6));
    assert!(ended.stderr.contains("no such function: slug"), "{}", ended.stderr);
    Ok(())
}

#[test]
fn an_unproved_script_does_not_hide_the_schema() -> TestResult {
    let here = with_slugs("\n-- Unproved: needs slug()")?;
    assert!(here.printed("verify")?.contains("not executed: b2 (needs slug())"));
    assert!(here.printed("schema")?.contains("by_slug"));
    assert_eq!(here.run("diff a1 head")?.code, Some(1));
    let ended = here.run("check --target schema.sql")?;
    assert!(ended.stdout.contains("added column `photos.rating`"), "{}", ended.stdout);
    let ended = here.run("revision --autogenerate -m Rating --target schema.sql --rev-id d4")?;
    insta::assert_snapshot!(timeless(&(ended.stderr + &ended.stdout)), @r"
    note: `b2` is marked `Unproved`, so the script was proved on the schema at the head alone, not after the other scripts
    Detected added column `photos.rating`
    Generating migrations/YYYY_MM_DD_HHMM-d4_rating.sql ...  done
    ");
    assert!(std::fs::read_to_string(here.script("d4")?)?.contains("ADD COLUMN rating INTEGER;"));
    assert_eq!(here.run("diff c3 head")?.code, Some(1));
    Ok(())
}

#[test]
fn a_schema_that_needs_the_program_is_unknown() -> TestResult {
    let here = with_slugs("")?;
    let index = "CREATE INDEX by_slug_of_title ON photos (slug(title));";
    here.scratch.write("d4", "c3\n-- Unproved: needs slug()", index, "DROP INDEX by_slug_of_title;")?;
    insta::assert_snapshot!(here.refused("revision --autogenerate -m x --target schema.sql")?, @r"
    error: the schema at the head is unknown: `d4`, which is marked `Unproved`, fails: no such function: slug
    help: declare functions of the program with `functions` in `aludel.toml`; otherwise write the script by hand: `aludel revision` without `--autogenerate` creates an empty one
    exit 1
    ");
    let unknown = "the target schema was not compared: the schema at the head is unknown";
    let ended = here.run("check --target schema.sql")?;
    assert!(ended.stderr.contains(unknown), "{}", ended.stderr);
    assert!(ended.stdout.contains("fresh"), "{}", ended.stdout);
    declare(&here, "\"slug/1\"")?;
    assert!(here.printed("schema")?.contains("by_slug_of_title"));
    let ended = here.run("check --target schema.sql")?;
    assert!(ended.stdout.contains("removed index `by_slug_of_title`"), "{}", ended.stdout);
    Ok(())
}

#[test]
fn err_a_function_without_its_number_of_arguments() -> TestResult {
    let here = with_slugs("")?;
    declare(&here, "\"slug\"")?;
    insta::assert_snapshot!(here.refused("verify")?, @r"
    error: cannot use `aludel.toml`: invalid function `slug`: expected its name and its number of arguments, such as `slug/1`
    exit 2
    ");
    Ok(())
}
