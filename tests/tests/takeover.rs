//! Databases that Alembic left are upgraded to the head and downgraded again, without losing any
//! row.

use aludel::rusqlite::Connection;
use aludel::{At, Report};
use tests::{Columns, Scratch, TestResult, columns, differences, rows_of, schema};

mod photosafe {
    aludel::embed_migrations!("migrations");
}

const AT_INITIAL: &str = include_str!("../data/photosafe-49348f7a48f6.sql");
const AT_LIBRARIES: &str = include_str!("../data/photosafe-c71fdf3b7df8.sql");

/// The tables that record the revision, which are not part of the schema.
const OWN: [&str; 2] = ["alembic_version", "aludel_history"];

fn users_columns(connection: &Connection) -> aludel::rusqlite::Result<Columns> {
    let mut columns = columns(connection)?;
    columns.retain(|table, _| !OWN.contains(&table.as_str()));
    Ok(columns)
}

fn version_rows(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    connection.prepare("SELECT version_num FROM alembic_version")?.query_map([], |row| row.get(0))?.collect()
}

fn orphans(report: &Report) -> Vec<(&str, &str, u64)> {
    let of = &report.old_violations;
    of.iter()
        .map(|violation| (violation.table.as_str(), violation.parent.as_str(), violation.count))
        .collect()
}

/// Upgrades and downgrades in a journal mode, with or without foreign key enforcement.
fn there_and_back(sql: &str, revision: &str, mode: &str, enforced: bool) -> TestResult {
    let scratch = Scratch::new()?;
    let mut connection = scratch.open()?;
    connection.execute_batch(&format!("PRAGMA journal_mode = {mode}; PRAGMA foreign_keys = OFF"))?;
    connection.execute_batch(sql)?;
    connection.execute_batch(&format!("PRAGMA foreign_keys = {enforced}"))?;
    let (old_schema, old_columns) = (schema(&connection)?, users_columns(&connection)?);
    let mut old_rows = rows_of(&connection, &old_columns)?;
    // A photo that is in an album twice is in it once.
    old_rows.dedup_by(|one, other| one == other && one.starts_with("album_photos: "));
    assert!(old_rows.len() > 100 && version_rows(&connection)? == [revision]);

    let migrator = photosafe::CHAIN.migrator();
    let ready: At<photosafe::Head> = migrator.upgrade_to(connection)?;
    let pending =
        photosafe::CHAIN.untyped().scripts.iter().skip_while(|script| script.id != revision).skip(1);
    assert!(ready.report().ran.iter().map(|ran| ran.revision.as_str()).eq(pending.map(|script| &*script.id)));
    assert_eq!(orphans(ready.report()), [("versions", "photos", 1)]);
    assert_eq!(rows_of(ready.connection(), &old_columns)?, old_rows);
    assert!(!differences(&old_schema, &schema(ready.connection())?).is_empty());
    connection = ready.into_connection();

    let report = migrator.downgrade(&mut connection, revision)?;
    assert_eq!(orphans(&report), [("versions", "photos", 1)]);
    assert_eq!(differences(&old_schema, &schema(&connection)?), Vec::<String>::new());
    assert_eq!(users_columns(&connection)?, old_columns);
    assert_eq!(rows_of(&connection, &old_columns)?, old_rows);
    assert_eq!(version_rows(&connection)?, [revision]);
    assert_eq!(connection.query_row("PRAGMA foreign_keys", [], |row| row.get::<_, bool>(0))?, enforced);
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(whole, "ok");
    migrator.upgrade_to::<photosafe::Head>(connection)?;
    Ok(())
}

#[test]
fn a_database_at_the_initial_migration_goes_to_the_head_and_back() -> TestResult {
    for mode in ["delete", "wal"] {
        for enforced in [true, false] {
            there_and_back(AT_INITIAL, "49348f7a48f6", mode, enforced)?;
        }
    }
    Ok(())
}

#[test]
fn a_database_with_libraries_goes_to_the_head_and_back() -> TestResult {
    for mode in ["delete", "wal"] {
        for enforced in [true, false] {
            there_and_back(AT_LIBRARIES, "c71fdf3b7df8", mode, enforced)?;
        }
    }
    Ok(())
}

/// The schema at each of Alembic's revisions equals the schema that Alembic created.
#[test]
fn the_chain_makes_the_schema_that_alembic_made() -> TestResult {
    for (sql, revision) in [(AT_INITIAL, "49348f7a48f6"), (AT_LIBRARIES, "c71fdf3b7df8")] {
        let alembics = Connection::open_in_memory()?;
        alembics.execute_batch("PRAGMA foreign_keys = OFF")?;
        alembics.execute_batch(sql)?;
        let mut ours = Connection::open_in_memory()?;
        photosafe::CHAIN.migrator().upgrade(&mut ours, revision)?;
        assert_eq!(differences(&schema(&alembics)?, &schema(&ours)?), Vec::<String>::new(), "{revision}");
    }
    Ok(())
}

/// Downgrades a database with libraries to the first revision. The data that libraries added is
/// removed. Everything else is kept.
#[test]
fn a_database_with_libraries_goes_back_beyond_them() -> TestResult {
    let scratch = Scratch::new()?;
    let mut connection = scratch.open()?;
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    connection.execute_batch(AT_LIBRARIES)?;
    let mut kept = users_columns(&connection)?;
    kept.remove("libraries");
    if let Some(photos) = kept.get_mut("photos") {
        photos.retain(|column| column != "library_id");
    }
    let rows = rows_of(&connection, &kept)?;
    photosafe::CHAIN.migrator().downgrade(&mut connection, "49348f7a48f6")?;
    assert_eq!(users_columns(&connection)?, kept);
    assert_eq!(rows_of(&connection, &kept)?, rows);
    Ok(())
}
