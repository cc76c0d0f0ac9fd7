//! Compares the schema of a database with the schema that its scripts produce on a scratch server.

use tests::TestResult;

use crate::place::Place;

const UPGRADE: [&str; 3] = ["upgrade", "head", "--no-proof"];

#[test]
fn a_change_by_hand_is_found_until_it_is_undone() -> TestResult {
    let place = Place::with_tables(2)?;
    place.run(&UPGRADE)?.expect(0)?;
    assert_eq!(place.json(&["check"])?["schema"]["is_compared"], true);
    place.execute(
        "ALTER TABLE t1 ADD COLUMN by_hand text; CREATE INDEX notes ON t2 (note); CREATE VIEW v AS SELECT 1 AS one",
    )?;
    let checked = place.run(&["check"])?;
    checked.expect(1)?;
    for line in [
        "table public.t1: column by_hand is not created by the scripts",
        "table public.t2: index notes is not created by the scripts",
        "view public.v is not created by the scripts",
    ] {
        assert!(checked.stdout.contains(line), "{}", checked.stdout);
    }
    place.execute("DROP VIEW v; DROP INDEX notes; ALTER TABLE t1 DROP COLUMN by_hand")?;
    place.run(&["check"])?.expect(0)?;
    place.execute("ALTER TABLE t1 DROP CONSTRAINT t1_pkey")?;
    let checked = place.run(&["check"])?;
    assert!(checked.expect(1)?.stdout.contains("constraint t1_pkey is missing"), "{}", checked.stdout);
    Ok(())
}

/// Objects that no script mentions belong to the operator of the server.
#[test]
fn what_others_keep_in_the_database_is_no_drift() -> TestResult {
    let place = Place::new()?;
    place.scratch.write(
        "a",
        "",
        "CREATE TABLE events (day date, note text) PARTITION BY RANGE (day);",
        "DROP TABLE events;",
    )?;
    place.run(&UPGRADE)?.expect(0)?;
    place.execute(
        "CREATE SCHEMA audit; CREATE TABLE audit.log (id serial PRIMARY KEY); CREATE VIEW audit.v AS SELECT 1 AS one; \
         CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); \
         CREATE ROLE reads_events; GRANT SELECT ON events TO reads_events; ALTER TABLE events OWNER TO reads_events",
    )?;
    let checked = place.run(&["check"])?;
    place.execute(
        "ALTER TABLE events OWNER TO CURRENT_USER; DROP OWNED BY reads_events; DROP ROLE reads_events",
    )?;
    assert_eq!(checked.code, Some(0), "{checked:?}");
    Ok(())
}

#[test]
fn without_a_scratch_server_only_a_schema_that_was_proved_is_known() -> TestResult {
    let place = Place::with_tables(1)?;
    place.run(&["prove"])?.expect(0)?;
    place.run(&["upgrade", "head"])?.expect(0)?;
    let check = |place: &Place| -> crate::place::Result<crate::place::Ran> {
        let unreachable = "postgresql://nobody@127.0.0.1:1/none";
        let output = place.command(&["check"]).env("ALUDEL_PROVE_URL", unreachable).output()?;
        Ok(crate::place::Ran::of(&output))
    };
    let checked = check(&place)?;
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""));
    place.execute("CREATE TABLE by_hand (id int)")?;
    check(&place)?.expect(0)?.says("the schema was not compared: cannot use the given PostgreSQL server")?;
    Ok(())
}

/// Rule: `status` starts no server. It compares the schema with the one that was proved.
#[test]
fn the_status_shows_a_change_by_hand_without_a_scratch_server() -> TestResult {
    let place = Place::with_tables(2)?;
    let status = |place: &Place| -> crate::place::Result<(String, serde_json::Value)> {
        // No server can be started or reached.
        let without_server = |arguments: &[&str]| -> crate::place::Result<crate::place::Ran> {
            let unreachable = "postgresql://nobody@127.0.0.1:1/none";
            let mut command = place.command(arguments);
            Ok(crate::place::Ran::of(&command.env("ALUDEL_PROVE_URL", unreachable).output()?))
        };
        let text = without_server(&["status"])?;
        let json = without_server(&["status", "--format", "json"])?;
        text.expect(0)?;
        json.expect(0)?;
        let schema = text.stdout.lines().find(|line| line.starts_with("schema")).unwrap_or_default();
        Ok((schema.to_owned(), serde_json::from_str::<serde_json::Value>(&json.stdout)?["schema"].clone()))
    };
    place.run(&UPGRADE)?.expect(0)?;
    let unproved = "`proved.lock` has no proof of exactly the applied scripts; run `check` to compare on a scratch server";
    let (text, json) = status(&place)?;
    assert_eq!(text, format!("schema    not compared with the scripts: {unproved}"));
    assert_eq!((&json["is_compared"], &json["reason"]), (&false.into(), &unproved.into()));

    place.run(&["prove"])?.expect(0)?;
    // Grants by the operator of the server are not a difference.
    place.execute("GRANT SELECT ON t1 TO PUBLIC")?;
    let (text, json) = status(&place)?;
    assert_eq!((text.as_str(), &json["is_compared"]), ("", &true.into()));

    place.execute("ALTER TABLE t1 ADD COLUMN by_hand text")?;
    let changed = "the database does not have exactly the proved schema; run `check` to list the differences";
    let (text, json) = status(&place)?;
    assert_eq!(text, format!("schema    not compared with the scripts: {changed}"));
    assert_eq!(json["reason"], changed);
    place.run(&["check"])?.expect(1)?;

    place.execute("ALTER TABLE t1 DROP COLUMN by_hand")?;
    assert_eq!(status(&place)?.0, "");
    // A script without a proof does not hide the proof of those before it.
    place.table(3)?;
    assert_eq!(status(&place)?.0, "");
    place.run(&["upgrade", "head", "--no-proof"])?.expect(0)?;
    assert_eq!(status(&place)?.0, format!("schema    not compared with the scripts: {unproved}"));
    Ok(())
}

#[test]
fn schemas_of_revisions_are_shown_and_compared() -> TestResult {
    let place = Place::with_tables(2)?;
    let schema = place.run(&["schema", "t1"])?;
    assert_eq!(
        schema.expect(0)?.stdout,
        "CREATE TABLE public.t1 (\n    id bigint NOT NULL,\n    note text\n);\n\n\
         ALTER TABLE ONLY public.t1\n    ADD CONSTRAINT t1_pkey PRIMARY KEY (id);\n"
    );
    // What is printed can be run.
    place.execute(&place.run(&["schema"])?.expect(0)?.stdout)?;
    assert_eq!(place.tables()?, ["t1", "t2"]);
    assert_eq!(place.run(&["diff", "t1", "t2"])?.expect(1)?.stdout, "added table public.t2\n");
    assert_eq!(place.run(&["diff", "t2", "t1"])?.expect(1)?.stdout, "removed table public.t2\n");
    place.run(&["diff", "head"])?.expect(0)?;
    place.execute("DROP TABLE t2")?;
    assert_eq!(place.run(&["diff", "head"])?.expect(1)?.stdout, "table public.t2 is missing\n");
    Ok(())
}

#[test]
fn an_edited_script_is_recorded_if_it_has_the_same_effect() -> TestResult {
    let upgrade = "CREATE TABLE people (id bigint PRIMARY KEY, name text);";
    let scripts = |place: &Place, second: &str| {
        place.scratch.write("a", "", upgrade, "DROP TABLE people;")?;
        place.scratch.write("b", "a", second, "UPDATE people SET name = lower(name);")
    };
    let place = Place::new()?;
    scripts(&place, "UPDATE people SET name = upper(name) WHERE name IS NOT NULL;")?;
    place.run(&UPGRADE)?.expect(0)?;

    scripts(&place, "UPDATE people SET name = upper(name);")?;
    place.run(&["check"])?.expect(4)?;
    let repaired = place.run(&["repair"])?;
    assert!(repaired.expect(0)?.stdout.contains("the current text of 1 script is recorded"), "{repaired:?}");
    place.run(&["check"])?.expect(0)?;

    for (other, words) in [
        ("UPDATE people SET name = name || '!';", "after the upgrade, the rows of `people` differ"),
        ("ALTER TABLE people ADD COLUMN age int;", "table public.people: column age is left behind"),
        (
            "UPDATE people SET name = upper(name); UPDATE people SET name = 'x' WHERE id = 987654321;",
            "found no row that this statement changes",
        ),
        ("SELECT no_such_function();", "current script: the upgrade fails"),
    ] {
        scripts(&place, other)?;
        place.run(&["repair"])?.expect(4)?.says(words)?;
        place.run(&["check"])?.expect(4)?;
    }
    Ok(())
}

/// There is no row count for code on the server or for statements outside a transaction.
#[test]
fn an_edited_script_whose_effect_is_unknown_is_refused() -> TestResult {
    let create = "CREATE TABLE people (id bigint PRIMARY KEY, name text, old text);\n\
        CREATE FUNCTION rename(text) RETURNS void LANGUAGE sql AS $$ UPDATE people SET name = $1 WHERE old = 'old' $$;\n\
        CREATE PROCEDURE rename_all(text) LANGUAGE sql AS $$ UPDATE people SET name = $1 WHERE old = 'old' $$;";
    let drop = "DROP PROCEDURE rename_all;\nDROP FUNCTION rename;\nDROP TABLE people;";
    for (before, after) in [
        (
            "DO $$ BEGIN UPDATE people SET name = 'x' WHERE old = 'old'; END $$;",
            "DO $$ BEGIN UPDATE people SET name = 'y' WHERE old = 'old'; END $$;",
        ),
        ("SELECT rename('x');", "SELECT rename('y');"),
        ("CALL rename_all('x');", "CALL rename_all('y');"),
        ("SELECT rename('x');\nSELECT rename('y');", "SELECT rename('y');\nSELECT rename('x');"),
    ] {
        let place = Place::new()?;
        let nothing = "-- nothing to do: only rows";
        place.scratch.write("a", "", create, drop)?;
        place.scratch.write("b", "a", before, nothing)?;
        place.run(&UPGRADE)?.expect(0)?;
        place.scratch.write("b", "a", after, nothing)?;
        place.run(&["repair"])?.expect(4)?.says("so its effect is unknown")?;
        place.scratch.write("b", "a", &format!("{before}\nSET LOCAL lock_timeout = 0;"), nothing)?;
        place.run(&["repair"])?.expect(0)?;
    }
    Ok(())
}

/// Returns the URL of a database with a search path.
fn with_path(place: &Place, path: &str) -> String {
    format!("{}?options=-csearch_path%3D{}", place.url(), path.replace(',', "%2C"))
}

#[test]
fn tables_in_the_first_schema_of_a_search_path_are_compared_there() -> TestResult {
    let place = Place::with_tables(2)?;
    place.execute("CREATE SCHEMA \"Our App\"; COMMENT ON SCHEMA \"Our App\" IS 'ours'")?;
    let url = with_path(&place, "%22Our%5C%20App%22,public");
    let run = |arguments: &[&str]| place.run(&[&["-d", &url], arguments].concat());
    run(&UPGRADE)?.expect(0)?;
    assert_eq!(place.ask("SELECT note::text FROM \"Our App\".t2")?, ["it's; here"]);
    let checked = run(&["check", "--format", "json"])?;
    assert!(checked.expect(0)?.stdout.contains("\"is_compared\": true"), "{checked:?}");
    run(&["diff", "head"])?.expect(0)?;

    place.execute("DROP TABLE \"Our App\".t2; CREATE TABLE \"Our App\".by_hand (id int)")?;
    let checked = run(&["check"])?;
    for line in ["table \"Our App\".by_hand is not created by the scripts", "table \"Our App\".t2 is missing"]
    {
        assert!(checked.expect(1)?.stdout.contains(line), "{checked:?}");
    }
    Ok(())
}

#[test]
fn tables_in_the_schema_of_the_user_are_compared_there() -> TestResult {
    let place = Place::with_tables(2)?;
    place.execute("CREATE SCHEMA AUTHORIZATION CURRENT_USER")?;
    place.run(&UPGRADE)?.expect(0)?;
    assert_eq!(place.tables()?, Vec::<String>::new());
    assert_eq!(place.json(&["check"])?["schema"]["is_compared"], true);
    place.run(&["diff", "head"])?.expect(0)?;
    Ok(())
}

#[test]
fn a_script_may_create_the_first_schema_of_the_search_path() -> TestResult {
    for (create, exists) in [
        ("CREATE SCHEMA app;", false),
        ("CREATE SCHEMA IF NOT EXISTS app;", false),
        ("CREATE SCHEMA IF NOT EXISTS app;", true),
    ] {
        let place = Place::with_tables(1)?;
        place.scratch.write("app", "t1", create, "DROP SCHEMA app;")?;
        place.scratch.write("inside", "app", "CREATE TABLE inside (id int);", "DROP TABLE inside;")?;
        if exists {
            place.execute("CREATE SCHEMA app")?;
        }
        let url = with_path(&place, "app,public");
        place.run(&[&["-d", &url], &UPGRADE[..]].concat())?.expect(0)?;
        assert_eq!(place.tables()?.is_empty(), exists);
        place.run(&["-d", &url, "check"])?.expect(0)?;
        place.execute("ALTER TABLE app.inside ADD COLUMN by_hand int")?;
        let checked = place.run(&["-d", &url, "check"])?;
        let words = "table app.inside: column by_hand is not created by the scripts";
        assert!(checked.expect(1)?.stdout.contains(words), "{checked:?}");
    }
    Ok(())
}

/// If the version table is in a schema of its own, it does not show where the tables are.
#[test]
fn a_search_path_is_compared_with_a_version_table_elsewhere() -> TestResult {
    let place = Place::with_tables(2)?;
    let settings = "dialect = \"postgresql\"\n[postgresql]\nversion_table_schema = \"records\"\n";
    std::fs::write(place.scratch.path("aludel.toml"), settings)?;
    place.execute("CREATE SCHEMA records; CREATE SCHEMA app")?;
    let url = with_path(&place, "app");
    place.run(&[&["-d", &url], &UPGRADE[..]].concat())?.expect(0)?;
    place.run(&["-d", &url, "check"])?.expect(0)?;
    place.execute("DROP TABLE app.t2")?;
    let checked = place.run(&["-d", &url, "check"])?;
    assert!(checked.expect(1)?.stdout.contains("table app.t2 is missing"), "{checked:?}");
    Ok(())
}

/// A different search path than that of the upgrades leads to no false difference.
#[test]
fn with_a_search_path_that_was_changed_only_equality_is_certain() -> TestResult {
    let place = Place::with_tables(2)?;
    place.run(&UPGRADE)?.expect(0)?;
    place.execute("CREATE SCHEMA app")?;
    let url = with_path(&place, "app,public");
    assert_eq!(place.run(&["-d", &url, "check"])?.expect(0)?.stderr, "");
    place.execute("DROP TABLE t2")?;
    let checked = place.run(&["-d", &url, "check"])?;
    checked.expect(0)?.says("the schema was not compared: the search path of the session leads to `app`, but that of the scripts to `public`")?;
    Ok(())
}

/// The ledger does not contain the downgrade of an irreversible script, because it never runs.
#[test]
fn an_edited_irreversible_script_is_compared_by_its_upgrade() -> TestResult {
    let place = Place::new()?;
    let write = |column: &str| {
        place.scratch.write(
            "a",
            "\n-- Irreversible: it is the first",
            &format!("CREATE TABLE people (id bigint PRIMARY KEY, {column} text);"),
            "-- nothing to do: it is the first",
        )
    };
    write("name")?;
    place.run(&UPGRADE)?.expect(0)?;
    write("other")?;
    let repaired = place.run(&["repair"])?;
    repaired.expect(4)?.says("column name is missing")?.says("(the lines with `-`)")?;
    for line in [
        "-CREATE TABLE people (id bigint PRIMARY KEY, name text);\n",
        "+CREATE TABLE people (id bigint PRIMARY KEY, other text);\n",
    ] {
        assert!(repaired.stdout.contains(line), "{repaired:?}");
    }
    assert!(!repaired.stdout.contains("nothing to do"), "{repaired:?}");
    write("\"name\"")?;
    place.run(&["repair"])?.expect(0)?;
    place.run(&["check"])?.expect(0)?;

    // Without the text, there is nothing to show.
    write("other")?;
    place.execute("UPDATE aludel_history SET upgrade_sql = NULL")?;
    let repaired = place.run(&["repair"])?;
    repaired
        .expect(4)?
        .says("the ledger does not have the text that was applied")?
        .says("from version control")?;
    assert!(!repaired.stdout.contains("+++"), "{repaired:?}");
    Ok(())
}
