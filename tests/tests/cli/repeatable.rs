//! Views and triggers that are defined in files.

use std::error::Error;

use tests::TestResult;

use crate::program::{Workplace, timeless};

const TABLE: &str = "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, hidden INTEGER)";
const TITLED: &str = "CREATE VIEW titled AS SELECT id, title FROM photos WHERE title IS NOT NULL;\n";
const SHORT: &str = "CREATE VIEW a_short AS SELECT id FROM titled WHERE length(title) < 9;\n";
const HIDE: &str = "CREATE TRIGGER hide INSTEAD OF DELETE ON titled BEGIN\n  UPDATE photos SET hidden = 1 WHERE id = old.id;\nEND;\n";

fn write(here: &Workplace, name: &str, text: &str) -> std::io::Result<()> {
    let folder = here.scratch.path("migrations/repeatable");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(name), text)
}

/// Creates a chain whose second script creates two views and a trigger from files.
fn with_files() -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    std::fs::write(here.scratch.path("schema.sql"), TABLE)?;
    here.printed("revision --autogenerate -m First --target schema.sql --rev-id a1")?;
    for (name, text) in [("titled.sql", TITLED), ("a_short.sql", SHORT), ("hide.sql", HIDE)] {
        write(&here, name, text)?;
    }
    here.printed("revision --autogenerate -m Views --rev-id b2")?;
    Ok(here)
}

#[test]
fn a_changed_file_becomes_a_script_that_leads_there_and_back() -> TestResult {
    let here = with_files()?;
    assert_eq!(here.printed("verify")?, "2 scripts verified: no errors\n");
    here.printed("upgrade head")?;
    here.printed("check")?;
    write(&here, "titled.sql", &TITLED.replace("IS NOT NULL", "<> ''"))?;
    let printed = here.run("verify")?;
    assert_eq!(printed.code, Some(1));
    insta::assert_snapshot!(printed.stderr + &printed.stdout);
    assert_eq!(here.run("check")?.code, Some(1));
    let ended = here.run("revision --autogenerate -m Retitled --rev-id c3")?;
    insta::assert_snapshot!(timeless(&(ended.stderr + &ended.stdout)));
    insta::assert_snapshot!(timeless(&std::fs::read_to_string(here.script("c3")?)?));
    assert_eq!(here.printed("verify")?, "3 scripts verified: no errors\n");
    for command in ["upgrade head", "check", "downgrade a1", "upgrade head", "check"] {
        here.printed(command)?;
    }
    Ok(())
}

#[test]
fn an_object_without_a_file_is_dropped_or_gets_one() -> TestResult {
    let here = with_files()?;
    std::fs::remove_file(here.scratch.path("migrations/repeatable/a_short.sql"))?;
    let printed = here.run("verify")?.stdout;
    assert!(printed.contains("view `a_short` is in the schema at the head, but has no file"), "{printed}");
    here.printed("revision --autogenerate -m Drop --rev-id c3")?;
    assert!(std::fs::read_to_string(here.script("c3")?)?.contains("DROP VIEW a_short"));
    assert_eq!(here.printed("verify")?, "3 scripts verified: no errors\n");
    Ok(())
}

#[test]
fn the_files_complete_an_sql_file_and_an_empty_folder_is_none() -> TestResult {
    let here = with_files()?;
    here.printed("upgrade head")?;
    here.printed("check --target schema.sql")?;
    for name in ["titled.sql", "a_short.sql", "hide.sql"] {
        std::fs::remove_file(here.scratch.path("migrations/repeatable").join(name))?;
    }
    assert_eq!(here.printed("verify")?, "2 scripts verified: no errors\n");
    Ok(())
}

#[test]
fn the_folder_holds_no_scripts_even_if_subfolders_are_read() -> TestResult {
    let here = with_files()?;
    std::fs::write(here.scratch.path("aludel.toml"), "recursive = true\n")?;
    assert_eq!(here.printed("verify")?, "2 scripts verified: no errors\n");
    write(&here, "broken.sql", "CREATE TABLE t (a);\r\n")?;
    let printed = here.run("verify")?.stdout;
    assert!(printed.contains("migrations/repeatable/broken.sql:1:1"), "{printed}");
    assert!(printed.contains("must contain one `CREATE VIEW` or `CREATE TRIGGER`"), "{printed}");
    Ok(())
}

/// Models describe the tables, and files describe the views and triggers. A change to both becomes
/// a single script.
#[test]
fn models_and_files_of_views_change_together() -> TestResult {
    let here = Workplace::empty()?;
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\nmodels = [\"models.rs\"]\n")?;
    let models = |columns: &str| {
        let text = format!(
            "#[derive(aludel::Table)]\n#[table(name = \"photos\")]\nstruct Photo {{\n    \
             #[column(primary_key)]\n    id: Option<i64>,\n    title: Option<String>,\n    \
             hidden: Option<i64>,\n{columns}}}\n"
        );
        std::fs::write(here.scratch.path("models.rs"), text)
    };
    models("")?;
    for (name, text) in [("titled.sql", TITLED), ("hide.sql", HIDE)] {
        write(&here, name, text)?;
    }
    here.printed("revision --autogenerate -m First --rev-id a1")?;
    assert_eq!(here.printed("verify")?, "1 script verified: no errors\n");
    for command in ["upgrade head", "check", "downgrade base --yes", "upgrade head"] {
        here.printed(command)?;
    }

    models("    stars: Option<i64>,\n")?;
    write(&here, "titled.sql", &TITLED.replace("id, title", "id, title, stars"))?;
    let printed = here.run("check")?;
    assert_eq!(printed.code, Some(1));
    insta::assert_snapshot!(printed.stdout, @r"
    the database is at head
    New upgrade operations detected:
      added column `photos.stars`
      changed view `titled`
    ");
    assert_eq!(here.run("verify")?.code, Some(1));
    here.printed("revision --autogenerate -m Stars --rev-id b2")?;
    let script = std::fs::read_to_string(here.script("b2")?)?;
    let (_, sections) = script.split_once("-- upgrade\n").ok_or("no upgrade")?;
    insta::assert_snapshot!(sections, @r"
    -- changed view `titled`
    DROP VIEW titled;

    -- added column `photos.stars`
    ALTER TABLE photos ADD COLUMN stars INTEGER;

    -- changed view `titled`
    CREATE VIEW titled AS SELECT id, title, stars FROM photos WHERE title IS NOT NULL;

    -- trigger `hide`, unchanged
    CREATE TRIGGER hide INSTEAD OF DELETE ON titled BEGIN
      UPDATE photos SET hidden = 1 WHERE id = old.id;
    END;

    -- downgrade
    -- changed view `titled`
    DROP VIEW titled;

    -- removed column `photos.stars`
    ALTER TABLE photos DROP COLUMN stars;

    -- changed view `titled`
    CREATE VIEW titled AS SELECT id, title FROM photos WHERE title IS NOT NULL;

    -- trigger `hide`, unchanged
    CREATE TRIGGER hide INSTEAD OF DELETE ON titled BEGIN
      UPDATE photos SET hidden = 1 WHERE id = old.id;
    END;
    ");
    assert_eq!(here.printed("verify")?, "2 scripts verified: no errors\n");
    for command in ["upgrade head", "check", "downgrade a1 --yes", "upgrade head", "check"] {
        here.printed(command)?;
    }
    Ok(())
}
