//! `At::opener`: connections for a pool, each of which is known to be at the place.

use std::time::Duration;

use aludel::rusqlite::Connection;
use aludel::{Error, Opener};
use tests::{Scratch, TestResult, failure};

mod photosafe {
    aludel::embed_migrations!("migrations");
}

fn tables(connection: &Connection) -> aludel::rusqlite::Result<u32> {
    connection.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0))
}

fn shared(_: &(impl Clone + Send + Sync + 'static)) {}

#[test]
fn threads_open_prepared_connections() -> TestResult {
    let scratch = Scratch::new()?;
    let migrator =
        photosafe::CHAIN.migrator().prepare(|connection| connection.pragma_update(None, "cache_size", 77));
    let ready = migrator.upgrade_to_head(Connection::open(scratch.path("app.db"))?)?;
    let opener: Opener<photosafe::Head> = ready.opener();
    shared(&opener);
    assert_eq!(opener.path(), Some(scratch.path("app.db").canonicalize()?.as_path()));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let opener = opener.clone();
            std::thread::spawn(move || -> Result<(i64, u32), Error> {
                let connection = opener.open()?;
                let failed = |source: aludel::rusqlite::Error| Error::Prepare { source: source.into() };
                let size = connection.query_row("PRAGMA cache_size", [], |row| row.get(0)).map_err(failed)?;
                Ok((size, tables(&connection).map_err(failed)?))
            })
        })
        .collect();
    let expected = (77, tables(ready.connection())?);
    for thread in threads {
        assert_eq!(thread.join().map_err(|_| "a thread panicked")??, expected);
    }
    Ok(())
}

#[test]
fn a_database_that_was_moved_is_refused() -> TestResult {
    let scratch = Scratch::new()?;
    let ready = photosafe::CHAIN.migrator().upgrade_to_head(Connection::open(scratch.path("app.db"))?)?;
    let opener = ready.opener();
    photosafe::CHAIN.migrator().downgrade(&mut ready.into_connection(), "-1")?;
    let error = failure(opener.open())?;
    assert!(matches!(error, Error::NotAt { .. }), "{error}");
    Ok(())
}

#[test]
fn a_database_in_memory_has_no_further_connection() -> TestResult {
    let ready = photosafe::CHAIN.scratch()?;
    assert_eq!(ready.opener().path(), None);
    let error = failure(ready.opener().open())?;
    assert!(matches!(error, Error::InMemory), "{error}");
    Ok(())
}

#[test]
fn a_scratch_file_has_further_connections_and_is_never_overwritten() -> TestResult {
    let scratch = Scratch::new()?;
    let path = scratch.path("app.db");
    let ready = photosafe::CHAIN.scratch_file(&path)?;
    let memory = photosafe::CHAIN.scratch()?;
    assert_eq!(tables(&ready.opener().open()?)?, tables(memory.connection())?);
    let found = photosafe::CHAIN.migrator().at::<photosafe::Head>(Connection::open(&path)?)?;
    assert_eq!(found.report().current, memory.report().current);
    let error = failure(photosafe::CHAIN.scratch_file(&path))?;
    assert!(error.to_string().starts_with("cannot create the database"), "{error}");
    Ok(())
}

/// A run inside the preparation of another run has its own lock timeout. The outer run keeps its
/// lock timeout.
#[test]
fn a_run_within_the_preparation_of_another_leaves_its_wait_alone() -> TestResult {
    let scratch = Scratch::new()?;
    let blocker = Connection::open(scratch.path("outer.db"))?;
    blocker.execute_batch("BEGIN IMMEDIATE")?;
    let inner = scratch.path("inner.db");
    let migrator = photosafe::CHAIN.migrator().lock_timeout(Duration::from_millis(150)).prepare(move |_| {
        let connection = Connection::open(&inner)?;
        photosafe::CHAIN
            .migrator()
            .upgrade_to_head(connection)
            .map(drop)
            .or(Err(aludel::rusqlite::Error::InvalidQuery))
    });
    let began = std::time::Instant::now();
    let error = failure(migrator.upgrade_to_head(Connection::open(scratch.path("outer.db"))?))?;
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(150) && waited < Duration::from_secs(10), "{waited:?}");
    Ok(())
}
