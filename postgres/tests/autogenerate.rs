//! Generated scripts lead exactly to the target schema and back, on a real server.
#![cfg(feature = "peers")]

mod support;

use std::error::Error;

use aludel_core::chain::Chain;
use aludel_postgres::autogenerate::{Generated, Generator};
use aludel_postgres::catalog::{Catalog, Reader};
use aludel_postgres::scratch::Database;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Returns a chain of one script.
fn chain(head: &str) -> Chain {
    support::chain(&format!("-- script: head\n\n-- upgrade\n{head}\n\n-- downgrade\nSELECT 1;\n")).0
}

fn generate(head: &str, target: &str) -> Result<Option<Generated>> {
    let chain = chain(head);
    let generator = Generator { chain: &chain, server: support::server()?, own_tables: &[] };
    Ok(generator.generate(target)?)
}

fn generated(head: &str, target: &str) -> Result<Generated> {
    Ok(generate(head, target)?.ok_or("nothing was generated")?)
}

fn catalog(database: &Database<'_>) -> Result<Catalog> {
    Ok(Reader::new([database.connect()?, database.connect()?], support::server()?.major(), &[])?.read()?)
}

/// Runs generated scripts on a database of its own, and compares it with both schemas.
fn check(head: &str, target: &str) -> Result<()> {
    let generated = generated(head, target)?;
    let server = support::server()?;
    let (database, wanted) = (server.create()?, server.create()?);
    database.connect()?.batch_execute(head)?;
    wanted.connect()?.batch_execute(target)?;
    let before = catalog(&database)?;
    let equal = |what: &str, expected: &Catalog, found: &Catalog| {
        let differences = expected.differences(found);
        if differences.is_empty() { Ok(()) } else { Err(format!("after the {what}: {differences:#?}")) }
    };
    for script in &generated.scripts {
        database
            .connect()?
            .batch_execute(&script.upgrade)
            .map_err(|error| format!("{error:?}\n{}", script.upgrade))?;
    }
    equal("upgrade", &catalog(&wanted)?, &catalog(&database)?)?;
    for script in generated.scripts.iter().rev() {
        database.connect()?.batch_execute(&script.downgrade)?;
    }
    equal("downgrade", &before, &catalog(&database)?)?;
    if !generated.left_after_upgrade.is_empty() || !generated.left_after_downgrade.is_empty() {
        return Err(format!("{generated:#?}").into());
    }
    Ok(())
}

#[test]
fn scripts_lead_exactly_to_the_target_and_back() {
    let mut failed = Vec::new();
    let mut count = 0;
    for pair in include_str!("corpus/autogenerate.sql").split("-- pair: ").skip(1) {
        let (name, schemas) = pair.split_once('\n').unwrap_or_default();
        let (head, target) = schemas.split_once("-- target\n").unwrap_or_default();
        for (direction, head, target) in [("", head, target), (" (reversed)", target, head)] {
            count += 1;
            if let Err(error) = check(head, target) {
                failed.push(format!("{name}{direction}: {error}"));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {count} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(count >= 102, "{count} pairs");
}

#[test]
fn equal_schemas_need_no_script() -> Result<()> {
    let schema = "CREATE TABLE photos (id int PRIMARY KEY);\nCREATE VIEW v AS SELECT id FROM photos;";
    assert!(generate(schema, schema)?.is_none());
    Ok(())
}

#[test]
fn questions_come_before_what_rows_may_refuse() -> Result<()> {
    let generated = generated(
        "CREATE TABLE albums (id int PRIMARY KEY);\n\nCREATE TABLE photos (id int PRIMARY KEY, name text, album int);",
        "CREATE TABLE albums (id int PRIMARY KEY);
         CREATE TABLE photos (id int PRIMARY KEY, title text NOT NULL, album int REFERENCES albums, CHECK (album > 0));",
    )?;
    let [script] = generated.scripts.as_slice() else { return Err("expected one script".into()) };
    let expected = "\
-- REVIEW: `photos.title` is NOT NULL without a default: which value do existing rows get? Write an UPDATE between the two statements
ALTER TABLE public.photos ADD COLUMN title text;
ALTER TABLE public.photos ALTER COLUMN title SET NOT NULL;

-- REVIEW: `photos_album_check` of `photos` refuses rows that violate it: CHECK ((album > 0)). Correct or delete such rows first
ALTER TABLE public.photos ADD CONSTRAINT photos_album_check CHECK ((album > 0)) NOT VALID;
ALTER TABLE public.photos VALIDATE CONSTRAINT photos_album_check;

-- REVIEW: `photos_album_fkey` of `photos` refuses rows that violate it: FOREIGN KEY (album) REFERENCES public.albums(id). Correct or delete such rows first
ALTER TABLE public.photos ADD CONSTRAINT photos_album_fkey FOREIGN KEY (album) REFERENCES public.albums(id) NOT VALID;
ALTER TABLE public.photos VALIDATE CONSTRAINT photos_album_fkey;

-- REVIEW: `photos.name` is dropped, and `title` is added with the same type: if it is the same column, replace both statements with `ALTER TABLE … RENAME COLUMN name TO title`
ALTER TABLE public.photos DROP COLUMN name;";
    assert_eq!(script.upgrade, expected);
    assert_eq!(script.loses, ["photos.name"]);
    assert_eq!(script.reviews, 5, "{}", script.downgrade);
    Ok(())
}

#[test]
fn constraints_of_tables_and_domains_are_validated_in_place() -> Result<()> {
    let schema = |rating: &str, album: &str| {
        format!(
            "CREATE DOMAIN rating AS int;\n\nALTER DOMAIN rating ADD CONSTRAINT small CHECK (VALUE < 6){rating};\n\n\
             CREATE TABLE photos (id int, album int);\n\nALTER TABLE photos ADD CONSTRAINT album CHECK (album > 0){album};"
        )
    };
    let generated = generated(&schema(" NOT VALID", " NOT VALID"), &schema("", ""))?;
    let [script] = generated.scripts.as_slice() else { return Err("expected one script".into()) };
    assert_eq!(
        script.upgrade,
        "\
-- REVIEW: `small` of `rating` refuses rows that violate it: CHECK ((VALUE < 6)). Correct or delete such rows first
ALTER DOMAIN public.rating VALIDATE CONSTRAINT small;

-- REVIEW: `album` of `photos` refuses rows that violate it: CHECK ((album > 0)). Correct or delete such rows first
ALTER TABLE public.photos VALIDATE CONSTRAINT album;"
    );
    assert_eq!(
        script.downgrade,
        "\
ALTER TABLE public.photos DROP CONSTRAINT album;

ALTER DOMAIN public.rating DROP CONSTRAINT small;

ALTER DOMAIN public.rating ADD CONSTRAINT small CHECK ((VALUE < 6)) NOT VALID;

ALTER TABLE public.photos ADD CONSTRAINT album CHECK ((album > 0)) NOT VALID;"
    );
    Ok(())
}

#[test]
fn losses_are_declared() -> Result<()> {
    let generated = generated(
        "CREATE TABLE albums (id int);\n\nCREATE TABLE photos (id serial, taken timestamp, size int, title text);",
        "CREATE TABLE photos (id int NOT NULL, taken date, size bigint);",
    )?;
    let losses: Vec<&String> = generated.scripts.iter().flat_map(|script| &script.loses).collect();
    assert_eq!(losses, ["counter of photos_id_seq", "photos.taken", "photos.title", "rows of albums"]);
    Ok(())
}

#[test]
fn a_type_without_a_cast_is_a_question() -> Result<()> {
    let generated =
        generated("CREATE TABLE photos (id int, owner int);", "CREATE TABLE photos (id int, owner uuid);")?;
    let [script] = generated.scripts.as_slice() else { return Err("expected one script".into()) };
    let expected = "\
-- REVIEW: `photos.owner` cannot be converted from integer to uuid, so it is dropped and added again: may its values be lost?
ALTER TABLE public.photos DROP COLUMN owner;

ALTER TABLE public.photos ADD COLUMN owner uuid;";
    assert_eq!(script.upgrade, expected);
    assert_eq!((script.loses.as_slice(), script.reviews), (["photos.owner".to_owned()].as_slice(), 2));
    Ok(())
}

#[test]
fn a_value_of_an_enum_that_is_used_is_added_by_a_script_of_its_own() -> Result<()> {
    let generated = generated(
        "CREATE TYPE state AS ENUM ('new');\n\nCREATE TABLE photos (state state);",
        "CREATE TYPE state AS ENUM ('new', 'done');\nCREATE TABLE photos (state state DEFAULT 'done');",
    )?;
    let [first, second] = generated.scripts.as_slice() else { return Err("expected two scripts".into()) };
    assert!(first.adds_enum_values && !second.adds_enum_values);
    assert_eq!(first.upgrade, "ALTER TYPE public.state ADD VALUE 'done';");
    assert_eq!(
        second.upgrade,
        "ALTER TABLE public.photos ALTER COLUMN state SET DEFAULT 'done'::public.state;"
    );
    Ok(())
}

#[test]
fn what_is_not_generated_is_reported() -> Result<()> {
    let generated = generated(
        "CREATE TABLE photos (id int);",
        "CREATE TABLE photos (id int, title text);
         CREATE TYPE name AS (text text);
         CREATE RULE own AS ON DELETE TO photos DO NOTHING;",
    )?;
    let left: Vec<String> = generated.left_after_upgrade.iter().map(ToString::to_string).collect();
    assert_eq!(left, ["composite type public.name is missing", "table public.photos: rule own is missing"]);
    let detected: Vec<&str> = generated.detected.iter().map(|one| one.words.as_str()).collect();
    assert_eq!(detected, ["added table public.photos: column title"]);
    assert!(generated.left_after_downgrade.is_empty());
    Ok(())
}

#[test]
fn errors_name_the_place() {
    let message = |head, target| generate(head, target).err().map(|error| error.to_string());
    assert_eq!(
        message(
            "CREATE TABLE photos (id int);",
            "CREATE TABLE photos (id int);\nCREATE TABLE two (id nothing);"
        )
        .as_deref(),
        Some("the target schema fails on an empty database, at line 2: type \"nothing\" does not exist")
    );
    assert_eq!(
        message("CREATE TABLE photos (id nothing);", "").as_deref(),
        Some("revision `r01` fails on a scratch database: type \"nothing\" does not exist")
    );
    // A rule is left alone, so its column cannot be dropped.
    let head = "CREATE TABLE photos (id int, own int);\n\nCREATE RULE own AS ON DELETE TO photos WHERE own > 0 DO NOTHING;";
    let stopped = message(head, "CREATE TABLE photos (id int);").unwrap_or_default();
    assert!(stopped.contains("generated upgrade fails") && stopped.contains("rule own"), "{stopped}");
}
