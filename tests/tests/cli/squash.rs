//! `aludel squash` and `aludel freeze --amend`, from the command line.

use std::fs;

use tests::TestResult;

use crate::program::Workplace;

#[test]
fn a_squash_replaces_the_files_and_databases_go_on() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("freeze")?;
    here.printed("upgrade b2 -d before.db")?;
    here.printed("upgrade a1 -d older.db")?;
    insta::assert_snapshot!(here.printed("squash --to b2")?);
    let base = fs::read_to_string(here.script("b2")?)?;
    insta::assert_snapshot!(base);
    insta::assert_snapshot!(fs::read_to_string(here.scratch.migrations().join("frozen.lock"))?);
    insta::assert_snapshot!(here.printed("verify --release")?);
    insta::assert_snapshot!(here.printed("history")?);
    here.printed("upgrade head -d before.db")?;
    insta::assert_snapshot!(here.refused("upgrade head -d older.db")?);
    insta::assert_snapshot!(here.printed("status -d older.db")?);
    here.printed("upgrade head -d new.db")?;
    insta::assert_snapshot!(here.printed("downgrade a1 -d before.db --dry-run")?);
    here.printed("downgrade base -d before.db --yes")?;
    here.printed("downgrade base -d new.db --yes")?;
    here.printed("squash")?;
    insta::assert_snapshot!(here.refused("squash")?);
    Ok(())
}

/// The rows of sample sections are kept, because later scripts are proved with them.
#[test]
fn sample_sections_become_one() -> TestResult {
    let here = Workplace::empty()?;
    here.scratch.write(
        "a1",
        "",
        "CREATE TABLE photos (id INTEGER PRIMARY KEY, code TEXT);\nINSERT INTO photos VALUES (1, 'k0');",
        "DROP TABLE photos;\n\n-- sample\nINSERT INTO photos VALUES (2, 'k1'), (3, 'it''s');\nUPDATE photos SET code = 'k9' WHERE id = 1;",
    )?;
    let widened =
        "ALTER TABLE photos ADD COLUMN size INTEGER;\nUPDATE photos SET code = 'k2' WHERE code = 'it''s';";
    let narrowed =
        "UPDATE photos SET code = 'it''s' WHERE code = 'k2';\nALTER TABLE photos DROP COLUMN size;";
    here.scratch.write("b2", "a1", widened, narrowed)?;
    let rebuilt = |check: &str| {
        format!(
            "CREATE TABLE new_photos (id INTEGER PRIMARY KEY, code TEXT {check}, size INTEGER);\n\
             INSERT INTO new_photos SELECT id, code, size FROM photos;\n\
             DROP TABLE photos;\nALTER TABLE new_photos RENAME TO photos;"
        )
    };
    here.scratch.write("c3", "b2", &rebuilt("CHECK (code GLOB 'k[0-9]')"), &rebuilt(""))?;
    here.printed("freeze")?;
    here.printed("squash --to b2")?;
    let base = fs::read_to_string(here.script("b2")?)?;
    let (_, sample) = base.split_once("-- sample\n").ok_or("no sample section")?;
    insta::assert_snapshot!(sample, @r"
    REPLACE INTO photos (id, code, size) VALUES
        (1, 'k9', NULL),
        (2, 'k1', NULL),
        (3, 'k2', NULL);
    ");
    assert!(here.printed("verify")?.contains("2 scripts verified: no errors"));
    Ok(())
}

/// A later script may pass the proof only because a table has no rows.
#[test]
fn tables_that_are_declared_empty_stay_so() -> TestResult {
    let here = Workplace::empty()?;
    here.scratch.write(
        "a1",
        "",
        "CREATE TABLE codes (id INTEGER PRIMARY KEY);\nCREATE TABLE photos (id INTEGER PRIMARY KEY);\n\
         CREATE TABLE old (id INTEGER PRIMARY KEY);\nCREATE VIRTUAL TABLE words USING fts5(word);",
        "DROP TABLE words;\nDROP TABLE old;\nDROP TABLE photos;\nDROP TABLE codes;\n\n\
         -- sample\n-- no rows: the first release had no users",
    )?;
    here.scratch.write(
        "b2",
        "a1\n-- Allow: breaks-the-running-program",
        "ALTER TABLE photos RENAME TO \"all photos\";\nDROP TABLE old;\nCREATE TABLE tags (name TEXT);",
        "DROP TABLE tags;\nCREATE TABLE old (id INTEGER PRIMARY KEY);\nALTER TABLE \"all photos\" RENAME TO photos;\n\n\
         -- sample\nINSERT INTO tags VALUES ('sea');",
    )?;
    here.scratch.write(
        "c3",
        "b2",
        "ALTER TABLE \"all photos\" ADD COLUMN size INTEGER NOT NULL;",
        "ALTER TABLE \"all photos\" DROP COLUMN size;",
    )?;
    here.printed("freeze")?;
    here.printed("squash --to b2")?;
    let base = fs::read_to_string(here.script("b2")?)?;
    let (_, sample) = base.split_once("-- sample\n").ok_or("no sample section")?;
    insta::assert_snapshot!(sample, @r#"
    -- no rows in "all photos": the first release had no users
    -- no rows in codes: the first release had no users
    -- no rows in words: the first release had no users

    INSERT INTO tags (rowid, name) VALUES
        (1, 'sea');
    "#);
    assert!(here.printed("verify")?.contains("2 scripts verified: no errors"));
    here.printed("squash")?;
    let base = fs::read_to_string(here.script("c3")?)?;
    assert!(base.ends_with(sample), "{base}");
    Ok(())
}

/// Scripts in subfolders stay there. The base is written to the subfolder of the squash point.
#[test]
fn the_base_is_in_the_folder_of_the_squash_point() -> TestResult {
    let here = Workplace::chain()?;
    fs::write(here.scratch.path("aludel.toml"), "recursive = true\n")?;
    fs::create_dir_all(here.scratch.path("migrations/2026/01"))?;
    for id in ["a1", "b2"] {
        fs::rename(here.script(id)?, here.scratch.path("migrations/2026/01").join(format!("{id}.sql")))?;
    }
    here.printed("freeze")?;
    here.printed("upgrade head")?;
    let printed = here.printed("squash --to b2")?;
    assert!(
        printed.contains("replaced by migrations/2026/01/2026_01_15_1030-b2_squash_of_2_scripts"),
        "{printed}"
    );
    assert_eq!(here.printed("verify --release")?, "2 scripts verified: no errors\n");
    assert_eq!(here.printed("check")?, "the database is at head\n");
    here.printed("downgrade base --yes")?;
    here.printed("upgrade head")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn a_subfolder_that_is_empty_after_a_squash_is_removed() -> TestResult {
    let here = Workplace::chain()?;
    let folder = |name: &str| here.scratch.path("migrations").join(name);
    fs::write(here.scratch.path("aludel.toml"), "recursive = true\n")?;
    for (id, of_script) in [("a1", "2024/12"), ("b2", "2025/12"), ("c3", "2026/01")] {
        fs::create_dir_all(folder(of_script))?;
        fs::rename(here.script(id)?, folder(of_script).join(format!("{id}.sql")))?;
    }
    fs::create_dir(folder("empty"))?;
    fs::write(folder("2025/README.md"), "What we learned in 2025.\n")?;
    here.printed("freeze")?;
    here.printed("squash --to c3")?;
    assert!(!folder("2024").exists());
    assert!(!folder("2025/12").exists());
    // It held no script that the squash removed, or holds something else.
    assert!(folder("empty").is_dir() && folder("2025/README.md").is_file());
    assert_eq!(here.printed("verify --release")?, "1 script verified: no errors\n");
    Ok(())
}

#[test]
fn files_that_an_interrupted_squash_left_over_are_removed() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("freeze")?;
    let (path, text) = (here.script("a1")?, fs::read_to_string(here.script("a1")?)?);
    here.printed("squash --to b2")?;
    fs::write(&path, text)?;
    assert!(here.printed("verify")?.starts_with("left over: migrations/a1"));
    here.printed("upgrade head")?;
    let printed = here.printed("squash")?;
    assert!(printed.ends_with("the earlier squash is complete\n"), "{printed}");
    assert!(!path.exists());
    Ok(())
}

#[test]
fn a_released_downgrade_is_mended() -> TestResult {
    let here = Workplace::empty()?;
    here.scratch.write(
        "a1",
        "",
        "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);",
        "DROP TABLE photos;",
    )?;
    let upgrade = "ALTER TABLE photos ADD COLUMN stars INTEGER;";
    here.scratch.write("b2", "a1", upgrade, "ALTER TABLE photos DROP COLUMN stars;")?;
    here.printed("freeze")?;
    here.printed("upgrade head")?;
    let released = here.scratch.path("released.sql");
    fs::copy(here.script("b2")?, &released)?;
    let mended = "CREATE TABLE photos_new (id INTEGER PRIMARY KEY, title TEXT);\n\
                  INSERT INTO photos_new (id, title) SELECT id, title FROM photos;\n\
                  DROP TABLE photos;\nALTER TABLE photos_new RENAME TO photos;";
    here.scratch.write("b2", "a1", upgrade, "DELETE FROM photos;\nALTER TABLE photos DROP COLUMN stars;")?;
    insta::assert_snapshot!(here.refused("freeze --amend b2 --released released.sql")?);
    here.scratch.write("b2", "a1", "ALTER TABLE photos ADD COLUMN stars;", mended)?;
    insta::assert_snapshot!(here.refused("freeze --amend b2 --released released.sql")?);

    here.scratch.write("b2", "a1", upgrade, mended)?;
    assert!(here.refused("upgrade head")?.contains("frozen"));
    insta::assert_snapshot!(here.printed("freeze --amend b2 --released released.sql")?);
    insta::assert_snapshot!(fs::read_to_string(here.scratch.migrations().join("frozen.lock"))?);
    assert!(here.printed("status")?.contains("at head"));
    here.printed("repair")?;
    assert_eq!(here.json("log")?[2]["direction"], "repair");
    here.printed("downgrade a1 --yes")?;
    Ok(())
}
