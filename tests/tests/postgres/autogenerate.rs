//! `aludel revision --autogenerate` on a scratch server.

use serde_json::{Value, json};
use tests::TestResult;

use crate::place::{Place, Ran};

const GENERATE: [&str; 6] = ["revision", "--autogenerate", "--target", "schema.sql", "-m", "More"];

#[test]
fn a_generated_script_leads_to_the_target_schema_and_back() -> TestResult {
    let place = Place::with_tables(1)?;
    place.run(&["upgrade", "head", "--no-proof"])?.expect(0)?;
    std::fs::write(
        place.scratch.path("schema.sql"),
        "CREATE TABLE t1 (id bigint PRIMARY KEY, note text DEFAULT '-', size int NOT NULL DEFAULT 0);
         CREATE VIEW notes AS SELECT note FROM t1 WHERE size > 0;
         CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS $$ SELECT x; SELECT 2 * x; $$;",
    )?;
    let dry = place.json(&[&GENERATE[..], &["--dry-run"]].concat())?;
    assert_eq!(dry["file"], json!(null));
    let url = place.url();
    let given = place.json(&[&GENERATE[..], &["--dry-run", "--url", &url]].concat())?;
    assert_eq!(given["detected"], dry["detected"]);
    let mut empty = place.command(&["revision", "-m", "Empty", "--rev-id", "empty"]);
    empty.args(["--format", "json"]).env("ALUDEL_PROVE_URL", &url);
    let ran = Ran::of(&empty.output()?);
    ran.expect(0)?;
    let written: Value = serde_json::from_str(&ran.stdout)?;
    std::fs::remove_file(place.scratch.path(written["file"].as_str().unwrap_or_default()))?;
    let generated = place.json(&[&GENERATE[..], &["--rev-id", "more"]].concat())?;
    assert_eq!(generated["revision"], "more");
    assert_eq!(generated["down_revisions"], json!(["t1"]));
    assert_eq!(generated["reviews"], 0, "{generated}");
    assert_eq!(generated["detected"].as_array().map(Vec::len), Some(4), "{generated}");
    assert_eq!(generated["not_generated"], json!([]));
    place.run(&["prove"])?.expect(0)?;

    place.run(&["upgrade", "head", "--no-proof"])?.expect(0)?;
    place.execute("UPDATE t1 SET size = 5")?;
    assert_eq!(place.ask("SELECT note FROM notes")?, ["it's; here"]);
    assert_eq!(place.ask("SELECT twice(2)::text")?, ["4"]);
    let again = place.json(&GENERATE)?;
    assert_eq!((&again["revision"], &again["detected"]), (&json!(null), &json!([])));
    place.run(&["downgrade", "-1", "--no-proof", "--yes"])?.expect(0)?;
    assert_eq!(place.ask("SELECT note FROM t1")?, ["it's; here"]);
    assert_eq!(
        place.ask("SELECT relname::text FROM pg_class WHERE relname = 'notes'")?,
        Vec::<String>::new()
    );
    Ok(())
}

#[test]
fn values_of_an_enum_that_are_used_come_in_a_script_before() -> TestResult {
    let place = Place::new()?;
    place.scratch.write(
        "states",
        "",
        "CREATE TYPE state AS ENUM ('new');\nCREATE TABLE photos (state state);",
        "DROP TABLE photos;\nDROP TYPE state;",
    )?;
    std::fs::write(
        place.scratch.path("schema.sql"),
        "CREATE TYPE state AS ENUM ('new', 'done');
         CREATE TABLE photos (state state DEFAULT 'done');",
    )?;
    let generated = place.json(&[&GENERATE[..], &["--rev-id", "more"]].concat())?;
    let before = &generated["before"][0];
    assert_eq!(before["down_revisions"], json!(["states"]));
    assert_eq!(generated["down_revisions"], json!([before["revision"]]));
    // The downgrade asks about rows that have the value.
    assert_eq!(generated["reviews"], 1, "{generated}");
    let file = place.scratch.path(before["file"].as_str().unwrap_or_default());
    let text = std::fs::read_to_string(&file)?;
    let answered: Vec<&str> = text.lines().filter(|line| !line.starts_with("-- REVIEW:")).collect();
    std::fs::write(&file, answered.join("\n"))?;
    place.run(&["upgrade", "head", "--no-proof"])?.expect(0)?;
    place.execute("INSERT INTO photos DEFAULT VALUES")?;
    assert_eq!(place.ask("SELECT state::text FROM photos")?, ["done"]);
    Ok(())
}

#[test]
fn questions_and_what_is_not_generated_are_shown() -> TestResult {
    let place = Place::with_tables(1)?;
    std::fs::write(
        place.scratch.path("schema.sql"),
        "CREATE TABLE t1 (id bigint PRIMARY KEY, note text NOT NULL);\nCREATE RULE own AS ON DELETE TO t1 WHERE old.id > 7 DO NOTHING;",
    )?;
    let ran = place.run(&GENERATE)?;
    ran.expect(0)?
        .says("Detected changed not null of table public.t1: column note")?
        .says("not generated: after the upgrade, table public.t1: rule own is missing")?
        .says("Next: answer 1 question in the lines that begin with `-- REVIEW:`")?;
    // Until a person answers, the script is an error.
    place.run(&["prove"])?.expect(1)?.says("REVIEW")?;

    let place = Place::with_tables(1)?;
    std::fs::write(place.scratch.path("schema.sql"), "CREATE TABLE t1 (id nonsense);")?;
    place.run(&GENERATE)?.expect(1)?.says("at line 1: type \"nonsense\" does not exist")?;
    place.run(&["revision", "--autogenerate", "--target", "models.rs", "-m", "x"])?.expect(1)?;
    Ok(())
}
