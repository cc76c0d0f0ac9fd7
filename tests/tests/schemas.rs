//! Conclusions from the schema of a database: which revision it has if there is no stamp, and
//! whether it matches its stamp.

use aludel::rusqlite::Connection;
use aludel::rusqlite::functions::FunctionFlags;
use aludel::{Chain, Error, SchemaDifference, SchemaDifferenceKind, SchemaMatch, Status};
use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder;
use tests::{Scratch, TestResult, failure};

mod photosafe {
    aludel::embed_migrations!("migrations");
}

const AT_INITIAL: &str = include_str!("../data/photosafe-49348f7a48f6.sql");
const AT_LIBRARIES: &str = include_str!("../data/photosafe-c71fdf3b7df8.sql");

/// Creates `a <- b <- c`, with one table each. `n`, between `b` and `c`, changes only rows.
fn chain() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a", ""), ("b", "a"), ("c", "n")] {
        scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))?;
    }
    scratch.write("n", "b", "UPDATE ta SET x = 1 WHERE 0;", "-- nothing to do: rows only")?;
    Ok(scratch)
}

/// Loads the same chain as a command does: unproved, and without fingerprints.
fn unproved(scratch: &Scratch) -> Result<Chain, String> {
    let folder = folder::read(&scratch.migrations(), "migrations");
    let assembled = assemble(&folder, true).map_err(|faulty| format!("{:?}", faulty.problems))?;
    Ok(Chain::loaded(assembled.chain(VERSION_TABLE)))
}

fn matches<C>(chain: &Chain<C>, sql: &str) -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(sql)?;
    let Status::Unversioned { matches, .. } = chain.migrator().status(Some(&connection))? else {
        return Err("the database is not unversioned".into());
    };
    Ok(matches.into_iter().map(|SchemaMatch { revision, stamp, .. }| (revision, stamp.join(" "))).collect())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect()
}

fn words(differences: &[SchemaDifference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn a_schema_without_a_stamp_is_known_by_fingerprints_and_without_them() -> TestResult {
    let scratch = chain()?;
    let (proved, unproved) = (scratch.chain()?, unproved(&scratch)?);
    assert!(proved.untyped().scripts.iter().all(|script| script.fingerprint.len() == 66));
    assert!(unproved.untyped().scripts.iter().all(|script| script.fingerprint.is_empty()));
    for chain in [proved, unproved] {
        assert_eq!(matches(&chain, "create table TA(x)")?, []);
        assert_eq!(matches(&chain, "create table \"ta\"( x )")?, pairs(&[("a", "a")]));
        // The script between them changes only rows.
        let two = pairs(&[("b", "b"), ("n", "n")]);
        assert_eq!(matches(&chain, "CREATE TABLE ta (x); CREATE TABLE tb (x); ANALYZE")?, two);
        assert_eq!(matches(&chain, "CREATE TABLE ta (x); CREATE TABLE tc (x)")?, []);
    }
    Ok(())
}

/// ```text
/// a - b
///   \
///    c
/// ```
#[test]
fn a_schema_of_two_lines_is_stamped_with_both() -> TestResult {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a", ""), ("b", "a"), ("c", "a")] {
        scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))?;
    }
    let chain = scratch.chain()?;
    let all = "CREATE TABLE ta (x); CREATE TABLE tb (x); CREATE TABLE tc (x)";
    assert_eq!(matches(&chain, all)?, pairs(&[("c", "b c")]));
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch(all)?;
    chain.migrator().stamp_all(&mut connection, &["b", "c"])?;
    assert_eq!(chain.migrator().status(Some(&connection))?, Status::AtHead);
    assert_eq!(chain.migrator().drift(&connection)?, Vec::new());
    Ok(())
}

#[test]
fn a_run_that_is_refused_says_what_to_stamp_and_then_goes_on() -> TestResult {
    let scratch = chain()?;
    let chain = scratch.chain()?;
    let mut connection = scratch.open()?;
    connection.execute_batch("CREATE TABLE ta (x); INSERT INTO ta VALUES (7)")?;
    let error = failure(chain.migrator().upgrade(&mut connection, "head"))?;
    assert_eq!(error.exit_code(), 7);
    assert_eq!(
        error.hint().ok_or("no hint")?,
        "its schema matches `a`: if that is its revision, record it with `stamp a`"
    );
    chain.migrator().stamp(&mut connection, "a")?;
    assert_eq!(chain.migrator().upgrade(&mut connection, "head")?.ran.len(), 3);
    let kept: i64 = connection.query_row("SELECT x FROM ta", [], |row| row.get(0))?;
    assert_eq!(kept, 7);
    Ok(())
}

#[test]
fn the_nearest_is_told_where_most_is_as_it_says() -> TestResult {
    let scratch = chain()?;
    let chain = scratch.chain()?;
    let nearest = |sql: &str| -> Result<_, Box<dyn std::error::Error>> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(sql)?;
        let Status::Unversioned { nearest, .. } = chain.migrator().status(Some(&connection))? else {
            return Err("the database is not unversioned".into());
        };
        Ok(nearest.map(|near| (near.revision, words(&near.differences))))
    };
    let near = nearest("CREATE TABLE ta (x); CREATE TABLE tb (x, y)")?.ok_or("nothing is near")?;
    assert_eq!(near, ("b".to_owned(), vec!["column `tb.y` is not created by the scripts".to_owned()]));
    assert_eq!(nearest("CREATE TABLE of_another_program (x); CREATE TABLE and_another (x)")?, None);
    Ok(())
}

#[test]
fn what_other_tools_keep_is_no_part_of_a_schema() -> TestResult {
    let scratch = chain()?;
    let chain = scratch.chain()?;
    let replicated = "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER); CREATE TABLE _litestream_lock (id INTEGER)";
    let connection = scratch.open()?;
    connection.execute_batch(replicated)?;
    assert_eq!(chain.migrator().status(Some(&connection))?, Status::Fresh);
    let migrated = format!("CREATE TABLE ta (x); CREATE TABLE _sqlx_migrations (version); {replicated}");
    assert_eq!(matches(&chain, &migrated)?, pairs(&[("a", "a")]));
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch(&migrated)?;
    chain.migrator().stamp(&mut connection, "a")?;
    chain.migrator().upgrade(&mut connection, "head")?;
    connection.execute_batch("ANALYZE; CREATE TABLE notes (x)")?;
    let drift = chain.migrator().drift(&connection)?;
    assert_eq!(words(&drift), ["table `notes` is not created by the scripts"]);
    assert_eq!(
        drift.first().map(|notes| (notes.kind(), notes.object())),
        Some((SchemaDifferenceKind::Unexpected, "notes"))
    );
    assert!(chain.migrator().ignore_tables(["notes"]).drift(&connection)?.is_empty());
    Ok(())
}

/// Alembic's own databases match the chain at every revision that they pass, in both directions.
/// They are recognized even without their stamp.
#[test]
fn no_false_alarm_on_databases_that_alembic_left() -> TestResult {
    let migrator = photosafe::CHAIN.migrator();
    for (sql, revision) in [(AT_INITIAL, "49348f7a48f6"), (AT_LIBRARIES, "c71fdf3b7df8")] {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch("PRAGMA foreign_keys = OFF")?;
        connection.execute_batch(sql)?;
        assert_eq!(migrator.drift(&connection)?, Vec::new());
        let ids = || photosafe::CHAIN.untyped().scripts.iter().map(|script| &*script.id);
        for id in ids().skip_while(|id| *id != revision) {
            migrator.upgrade(&mut connection, id)?;
            assert_eq!(migrator.drift(&connection)?, Vec::new(), "{id}");
        }
        for _ in ids() {
            migrator.downgrade(&mut connection, "-1")?;
            assert_eq!(migrator.drift(&connection)?, Vec::new());
        }
    }
    let unstamped = format!("PRAGMA foreign_keys = OFF; {AT_LIBRARIES}; DROP TABLE alembic_version");
    assert_eq!(matches(&photosafe::CHAIN, &unstamped)?, pairs(&[("c71fdf3b7df8", "c71fdf3b7df8")]));
    Ok(())
}

/// A downgrade may add a dropped column at the end, so databases of the same chain may differ in
/// the order of columns.
#[test]
fn the_order_of_columns_is_no_difference() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a", "", "CREATE TABLE ta (x, y);", "DROP TABLE ta;")?;
    scratch.write("b", "a", "ALTER TABLE ta DROP COLUMN x;", "ALTER TABLE ta ADD COLUMN x;")?;
    let chain = scratch.chain()?;
    let mut connection = scratch.open()?;
    chain.migrator().upgrade(&mut connection, "head")?;
    chain.migrator().downgrade(&mut connection, "-1")?;
    assert_eq!(chain.migrator().drift(&connection)?, Vec::new());
    for (swapped, expected) in [
        ("CREATE TABLE ta (y, x)", pairs(&[("a", "a")])),
        ("CREATE TABLE ta (x, y)", pairs(&[("a", "a")])),
        ("CREATE TABLE ta (y, z)", Vec::new()),
    ] {
        assert_eq!(matches(&chain, swapped)?, expected, "{swapped}");
    }
    Ok(())
}

/// If a schema needs one of the program's functions, it can be compared only if the program
/// prepares the connection.
#[test]
fn a_script_that_needs_the_program_is_compared_by_the_program() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a", "", "CREATE TABLE ta (x);", "DROP TABLE ta;")?;
    scratch.write(
        "b",
        "a\n-- Unproved: needs slug()",
        "CREATE INDEX by_slug ON ta (slug(x));",
        "DROP INDEX by_slug;",
    )?;
    let slug = |connection: &Connection| {
        connection.create_scalar_function("slug", 1, FunctionFlags::SQLITE_DETERMINISTIC, |context| {
            context.get::<String>(0)
        })
    };
    let chain = scratch.chain()?;
    let known: Vec<bool> =
        chain.untyped().scripts.iter().map(|script| !script.fingerprint.is_empty()).collect();
    assert_eq!(known, [true, false]);
    let mut connection = scratch.open()?;
    chain.migrator().prepare(slug).upgrade(&mut connection, "head")?;
    let error = failure(chain.migrator().drift(&connection))?;
    assert!(matches!(&error, Error::NotMade { revision, .. } if revision == "b"), "{error}");
    assert!(error.to_string().contains("migrations/b_script.sql:8:29: no such function: slug"), "{error}");
    assert_eq!(chain.migrator().prepare(slug).drift(&connection)?, Vec::new());
    Ok(())
}
