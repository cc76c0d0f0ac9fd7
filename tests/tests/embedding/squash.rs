//! A chain that was squashed after its release. `aludel squash --to b2` turned `squashed/before`
//! into `squashed/after`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::rusqlite::Connection;
use aludel::rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use aludel::{At, Error};
use tests::{Scratch, TestResult, failure};

mod before {
    aludel::embed_migrations!("./squashed/before", recursive = true);
}

mod after {
    aludel::embed_migrations!("./squashed/after", recursive = true);
}

/// Returns a connection, and a counter of the queries that are prepared on it.
fn counted(scratch: &Scratch) -> Result<(Connection, Arc<AtomicUsize>), Box<dyn std::error::Error>> {
    let (mut connection, queries) = (scratch.open()?, Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&queries);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        counter.fetch_add(usize::from(context.action == AuthAction::Select), Ordering::Relaxed);
        Authorization::Allow
    }))?;
    Ok((connection, queries))
}

/// Returns a database that the chain from before the squash has migrated to a revision.
fn released(revision: &str) -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    before::CHAIN.migrator().upgrade(&mut scratch.open()?, revision)?;
    Ok(scratch)
}

#[test]
fn a_start_at_the_head_of_a_squashed_chain_has_the_queries_of_any_other() -> TestResult {
    let scratch = released("head")?;
    let (connection, expected) = counted(&scratch)?;
    before::CHAIN.migrator().upgrade_to_head(connection)?;
    let (connection, queries) = counted(&scratch)?;
    let ready: At<after::Head> = after::CHAIN.migrator().upgrade_to(connection)?;
    assert!(ready.report().ran.is_empty());
    assert_eq!(queries.load(Ordering::Relaxed), expected.load(Ordering::Relaxed));

    let scratch = Scratch::new()?;
    after::CHAIN.migrator().upgrade_to_head(scratch.open()?)?;
    let (connection, queries) = counted(&scratch)?;
    after::CHAIN.migrator().upgrade_to_head(connection)?;
    assert_eq!(queries.load(Ordering::Relaxed), expected.load(Ordering::Relaxed));

    let scratch = released("b2")?;
    let (connection, queries) = counted(&scratch)?;
    after::CHAIN.migrator().upgrade_to_head(connection)?;
    assert!(queries.load(Ordering::Relaxed) > expected.load(Ordering::Relaxed));
    Ok(())
}

#[test]
fn a_database_is_taken_over_from_the_squash_point_on() -> TestResult {
    let scratch = released("b2")?;
    let ready: At<after::Head> = after::CHAIN.migrator().upgrade_to(scratch.open()?)?;
    assert_eq!(ready.report().ran.len(), 1);
    let at_point: At<after::revision::Rb2> = after::CHAIN.migrator().downgrade_to(ready.into_connection())?;
    let titles: String =
        at_point.connection().query_row("SELECT group_concat(title) FROM photos", [], |row| row.get(0))?;
    assert_eq!(titles, "welcome");

    let error = failure(after::CHAIN.migrator().upgrade_to_head(released("a1")?.open()?))?;
    assert!(matches!(error, Error::BeforeSquash { .. }), "{error}");
    assert_eq!(error.exit_code(), 3);

    let scratch = Scratch::new()?;
    after::CHAIN.migrator().upgrade_to_head(scratch.open()?)?;
    let error = failure(before::CHAIN.migrator().upgrade_to_head(scratch.open()?))?;
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    Ok(())
}

#[test]
fn both_chains_lead_to_one_schema() -> TestResult {
    let old = tests::schema(before::CHAIN.scratch()?.connection())?;
    let new = tests::schema(after::CHAIN.scratch()?.connection())?;
    assert_eq!(tests::differences(&old, &new), [""; 0]);
    Ok(())
}
