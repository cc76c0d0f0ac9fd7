//! A chain that the compiler embeds because `proved.lock` covers its scripts.

use aludel::postgres::{At, Client, Database, Migrator};
use aludel::{Error, Revision as _};
use tests::{TestResult, failure};

use crate::place::Place;

mod migrations {
    aludel::embed_migrations!("./migrations", dialect = "postgresql");
}

use migrations::revision::CreatePhotos;
use migrations::{CHAIN, Head};

/// Counts titles. Accepts only a database at the head.
fn titles(mut ready: At<Head>) -> Result<i64, Box<dyn std::error::Error>> {
    Ok(ready.client().query_one("SELECT count(*) FROM photos", &[])?.get(0))
}

#[test]
fn a_program_upgrades_to_its_head_and_serves() -> TestResult {
    let place = Place::new()?;
    let database = Database::parse(&place.url())?;
    let migrator = Migrator::new(&CHAIN).database(&database);
    let error = failure(migrator.upgrade_to_head(database.connect()?))?;
    assert!(matches!(error, Error::OutsideTransaction { .. }), "{error}");

    let migrator = migrator.allow_outside_transaction();
    let ready: At<Head> = migrator.upgrade_to_head(database.connect()?)?;
    assert_eq!(ready.report().ran.len(), 2);
    assert_eq!(titles(ready)?, 0);

    let again: At<Head> = migrator.upgrade_to(database.connect()?)?;
    assert!(again.report().ran.is_empty());
    let found: At<Head> = migrator.at(database.connect()?)?;
    let older: At<CreatePhotos> = migrator.downgrade_to(found.into_client())?;
    assert_eq!(older.report().current, [CreatePhotos::ID]);
    let error = failure(migrator.at::<Head>(older.into_client()))?;
    assert!(matches!(error, Error::NotAt { .. }), "{error}");
    Ok(())
}

/// At the head, a start needs only one statement and writes nothing.
#[test]
fn a_start_at_the_head_is_one_statement() -> TestResult {
    let place = Place::new()?;
    let database = Database::parse(&place.url())?;
    let migrator = Migrator::new(&CHAIN).database(&database).allow_outside_transaction();
    let ready: At<Head> = migrator.upgrade_to(database.connect()?)?;
    drop(ready);
    let mut client: Client = database.connect()?;
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[])?.get(0);
    let ready: At<Head> = migrator.upgrade_to(client)?;
    let last = "SELECT query || ' ' || (xact_start IS NULL)::text FROM pg_stat_activity WHERE pid = $1";
    let last: String = place.connect()?.query_one(last, &[&pid])?.get(0);
    assert!(last.starts_with("SELECT version_num"), "{last}");
    drop(ready);
    Ok(())
}
