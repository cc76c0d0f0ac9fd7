//! PhotoSafe's chain, on databases that Alembic left.

use std::error::Error;

use aludel::rusqlite::Connection;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema, describe};
use tests::TestResult;

mod migrations {
    aludel::embed_migrations!("migrations");
}

use migrations::{CHAIN, Head, revision};

const AT_49348F7A48F6: &str = include_str!("../data/photosafe-49348f7a48f6.sql");
const AT_C71FDF3B7DF8: &str = include_str!("../data/photosafe-c71fdf3b7df8.sql");

fn schema(connection: &Connection) -> Result<Schema, Box<dyn Error>> {
    let mut reader = Reader::ignoring(["alembic_version", "aludel_history"]);
    reader.read(connection, &Touched::Everything)?;
    Ok(reader.schema().clone())
}

fn as_alembic_left_it(dump: &str) -> Result<Connection, Box<dyn Error>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {dump}"))?;
    Ok(connection)
}

#[test]
fn the_schema_at_each_revision_is_the_one_that_alembic_made() -> TestResult {
    let fresh = || -> Result<_, Box<dyn Error>> { Ok(Connection::open_in_memory()?) };
    let migrator = CHAIN.migrator();
    let first = migrator.upgrade_to::<revision::R49348f7a48f6>(fresh()?)?;
    let same = migrator.upgrade_to::<revision::Ra1b2c3d4e5f6>(fresh()?)?;
    let libraries = migrator.upgrade_to::<revision::Rc71fdf3b7df8>(fresh()?)?;
    for (ours, dump) in [
        (first.connection(), AT_49348F7A48F6),
        (same.connection(), AT_49348F7A48F6),
        (libraries.connection(), AT_C71FDF3B7DF8),
    ] {
        let changes = Changes::between(&schema(&as_alembic_left_it(dump)?)?, &schema(ours)?);
        assert_eq!(describe(&changes), Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn a_database_that_alembic_left_and_a_fresh_one_have_one_schema_at_head() -> TestResult {
    let migrator = CHAIN.migrator();
    let fresh = CHAIN.scratch()?;
    for dump in [AT_49348F7A48F6, AT_C71FDF3B7DF8] {
        let taken_over = migrator.upgrade_to::<Head>(as_alembic_left_it(dump)?)?;
        let changes = Changes::between(&schema(fresh.connection())?, &schema(taken_over.connection())?);
        assert_eq!(describe(&changes), Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn the_ddl_of_what_alembic_left_makes_it_again() -> TestResult {
    for dump in [AT_49348F7A48F6, AT_C71FDF3B7DF8] {
        let left = schema(&as_alembic_left_it(dump)?)?;
        let again = schema(&as_alembic_left_it(&left.ddl())?)?;
        assert_eq!(describe(&Changes::between(&left, &again)), Vec::<String>::new());
        assert_eq!(left.fingerprint(), again.fingerprint());
    }
    Ok(())
}
