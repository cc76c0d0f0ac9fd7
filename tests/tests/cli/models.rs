//! `aludel revision --autogenerate` and `aludel check` with models.

use std::error::Error;

use tests::TestResult;

use crate::program::{Workplace, timeless};

const MODELS: &str = r#"//! The tables.

use aludel::Table;

/// A photo.
#[derive(Debug, Table)]
#[table(name = "photos")]
pub struct Photo {
    #[column(primary_key)]
    pub id: Option<i64>,
    #[column(index)]
    pub path: String,
    pub title: Option<String>,
}
"#;

/// Creates a chain with a single script, which produces the schema of the models and a view, and
/// settings that name the models.
fn at_the_models() -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\nmodels = [\"models.rs\"]\n")?;
    say(&here, MODELS)?;
    here.printed("revision --autogenerate -m First --rev-id a1")?;
    here.scratch.write_file(
        "b2_show_titles.sql",
        b"-- Show titles\n--\n-- Revision ID: b2\n-- Revises: a1\n-- Create Date: 2026-01-15 10:30:00.000000\n\n\
          -- upgrade\nCREATE VIEW titles AS SELECT title FROM photos;\n\n-- downgrade\nDROP VIEW titles;\n",
    )?;
    here.printed("verify")?;
    here.printed("upgrade head")?;
    Ok(here)
}

fn say(here: &Workplace, models: &str) -> std::io::Result<()> {
    std::fs::write(here.scratch.path("models.rs"), models)
}

fn changed() -> String {
    MODELS
        .replace("    pub title", "    #[column(renamed_from = \"title\")]\n    pub caption")
        .replace("index)]", "index, unique)]")
        + r#"
#[derive(Debug, Table)]
#[table(strict)]
struct Tag {
    #[column(primary_key, references = "photos(id)", on_delete = "CASCADE")]
    photo: i64,
    #[column(collate = "NOCASE", default = "'sea'")]
    name: String,
}
"#
}

#[test]
fn a_changed_model_becomes_a_script_that_leads_there_and_back() -> TestResult {
    let here = at_the_models()?;
    say(&here, &changed())?;
    let ended = here.run("revision --autogenerate -m Caption --rev-id c3")?;
    insta::assert_snapshot!(timeless(&(ended.stderr + &ended.stdout)), @r"
    Detected renamed column `photos.title` to `photos.caption`
    Detected added table `tag`
    Detected changed index `ix_photos_path`
    Next: answer 1 question in the lines that begin with `-- REVIEW:`, and remove those lines; until then the program does not compile
    Generating migrations/YYYY_MM_DD_HHMM-c3_caption.sql ...  done
    ");
    insta::assert_snapshot!(timeless(&std::fs::read_to_string(here.script("c3")?)?), @r"
    -- Caption
    --
    -- Revision ID: c3
    -- Revises: b2
    -- Create Date: 0000-00-00 00:00:00.000000
    -- Loses: photos.path

    -- upgrade
    -- renamed column `photos.title` to `photos.caption`
    ALTER TABLE photos RENAME COLUMN title TO caption;

    -- changed index `ix_photos_path`
    DROP INDEX ix_photos_path;

    -- added table `tag`
    CREATE TABLE tag (
        photo INTEGER PRIMARY KEY REFERENCES photos (id) ON DELETE CASCADE,
        name TEXT NOT NULL DEFAULT 'sea' COLLATE NOCASE
    ) STRICT;

    -- changed index `ix_photos_path`
    -- REVIEW: rows that the index `ix_photos_path` refuses (all but the first of equal rows) get `path || '-' || rowid` as `photos.path`: is that right for your data?
    UPDATE photos SET path = path || '-' || rowid
    WHERE rowid NOT IN (SELECT min(rowid) FROM photos GROUP BY path);
    CREATE UNIQUE INDEX ix_photos_path ON photos (path);

    -- downgrade
    -- renamed column `photos.caption` to `photos.title`
    ALTER TABLE photos RENAME COLUMN caption TO title;

    -- changed index `ix_photos_path`
    DROP INDEX ix_photos_path;

    -- removed table `tag`
    DROP TABLE tag;

    -- changed index `ix_photos_path`
    CREATE INDEX ix_photos_path ON photos (path);
    ");
    here.decide("c3")?;
    for command in ["verify", "upgrade head", "check", "downgrade -1", "upgrade head", "check"] {
        here.printed(command)?;
    }
    assert_eq!(
        here.printed("revision --autogenerate -m Again")?,
        "nothing to do: the head already has the target schema; no script was written\n"
    );
    Ok(())
}

#[test]
fn check_finds_models_that_drifted() -> TestResult {
    let here = at_the_models()?;
    insta::assert_snapshot!(here.printed("check")?, @r"
    the database is at head
    No new upgrade operations detected: the head has the target schema
    ");
    say(&here, &changed())?;
    let ended = here.run("check")?;
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout + &ended.stderr, @r#"
    the database is at head
    New upgrade operations detected:
      renamed column `photos.title` to `photos.caption`
      added table `tag`
      changed index `ix_photos_path`
    help: `aludel revision --autogenerate -m "…"` writes the script
    "#);
    let printed: serde_json::Value = serde_json::from_str(&here.run("check --format json")?.stdout)?;
    assert_eq!(printed["ok"], false);
    let kinds: Option<Vec<_>> = printed["detected"]
        .as_array()
        .map(|all| all.iter().map(|one| one["change"].as_str().unwrap_or("")).collect());
    assert_eq!(kinds.unwrap_or_default(), ["renamed-column", "added-table", "changed-index"]);
    Ok(())
}

/// A changed model must not break the tool that generates its migration.
#[test]
fn the_rest_of_the_file_need_not_compile() -> TestResult {
    let here = at_the_models()?;
    let elsewhere = "\nfn show(photo: &Photo) -> &str { photo.title.rating.missing::<Nothing>(1 +* 2) }\n";
    let models = MODELS.replace("    pub title", "    pub rating: f64,\n    pub title");
    for rest in
        [elsewhere, "\nuse nowhere::Nothing;\nlet it = be;\n", "\nmod other { struct Half(i32) enum }\n"]
    {
        say(&here, &(models.clone() + rest))?;
        let printed = here.json("revision --autogenerate -m Rating --dry-run")?;
        assert_eq!(printed["detected"][0]["words"], "added column `photos.rating`", "{rest}");
    }
    Ok(())
}

#[test]
fn a_dry_run_shows_the_script_and_writes_nothing() -> TestResult {
    let here = at_the_models()?;
    let target = here.scratch.path("new.rs");
    std::fs::write(&target, MODELS.replace("String>", "Vec<u8>>"))?;
    let printed = here.json("revision --autogenerate -m Raw --dry-run --target new.rs")?;
    assert_eq!(printed["detected"][0]["change"], "changed-type");
    assert!(printed["file"].is_null() && printed["script"].is_string());
    assert_eq!(std::fs::read_dir(here.scratch.migrations())?.count(), 2);
    Ok(())
}

#[test]
fn err_models_that_cannot_be_read() -> TestResult {
    let here = at_the_models()?;
    say(&here, &MODELS.replace("primary_key", "primary_kee").replace("Option<String>", "Title"))?;
    insta::assert_snapshot!(here.refused("revision --autogenerate -m x")?, @r#"
    error: unknown argument `primary_kee` in `#[column(…)]`
     --> models.rs:9:14
      |
    9 |     #[column(primary_kee)]
      |              ^^^^^^^^^^^ this argument
      |
      = help: did you mean `primary_key`?

    error: no SQL type is known for `Title`
      --> models.rs:13:16
       |
    13 |     pub title: Title,
       |                ^^^^^ this type
       |
       = help: set it with `#[column(sql_type = "…")]`; the Rust type must implement rusqlite's `FromSql` and `ToSql`

    error: the models have 2 errors
    help: nothing was written: fix the models first
    exit 1
    "#);
    say(&here, "struct Photo;\n")?;
    insta::assert_snapshot!(here.refused("check")?, @r"
    error: no model found in `models.rs`
     |
     = help: a model is a struct with `#[derive(aludel::Table)]`

    error: the target schema has 1 error
    exit 1
    ");
    Ok(())
}
