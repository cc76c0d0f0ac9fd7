//! Servers that speak PostgreSQL's protocol, but lack features that a run needs.

use tests::{TestResult, failure};

use crate::place::{Place, migrator};

/// Like some servers, uses a lock function that grants every lock but holds none.
#[test]
fn a_server_whose_locks_lock_nothing_is_refused() -> TestResult {
    let place = Place::with_tables(1)?;
    place.execute(
        "CREATE SCHEMA fake; \
         CREATE FUNCTION fake.pg_try_advisory_xact_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    )?;
    let mut client = place.connect()?;
    client.batch_execute("SET search_path = fake, pg_catalog, public")?;
    let chain = place.chain()?;
    let error = failure(migrator(&chain).version_table_schema("public").upgrade(&mut client, "head"))?;
    assert!(error.to_string().contains("lacks advisory locks"), "{error}");
    assert_eq!(error.exit_code(), 1);
    assert_eq!(place.tables()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_read_only_database_is_refused() -> TestResult {
    let place = Place::with_tables(1)?;
    let mut client = place.connect()?;
    client.batch_execute("CREATE ROLE reader_only; SET ROLE reader_only")?;
    let error = failure(migrator(&place.chain()?).upgrade(&mut client, "head"))?;
    assert!(error.hint().is_some_and(|hint| hint.contains("owner")), "{error:?}");
    assert_eq!(place.tables()?, Vec::<String>::new());
    client.batch_execute("RESET ROLE; DROP ROLE reader_only")?;
    Ok(())
}
