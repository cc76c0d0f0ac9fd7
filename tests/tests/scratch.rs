//! `Chain::scratch`: the database at the head that is created without running scripts equals the
//! database that the scripts create.

use aludel::Status;
use aludel::chain::Image;
use aludel::rusqlite::Connection;
use tests::{TestResult, dump, failure};

mod photosafe {
    aludel::embed_migrations!("migrations");
}

mod albums {
    aludel::embed_migrations!("./scratch", multiple_heads, version_table = "album_version");
}

/// Returns the schema and every row, without the times in the ledger.
fn content(connection: &Connection) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    for table in ["aludel_history", "album_version_history"] {
        if connection.table_exists(None, table)? {
            connection.execute(&format!("UPDATE {table} SET applied_at = '', elapsed_us = 0"), [])?;
        }
    }
    Ok(dump(connection)?)
}

#[test]
fn it_is_what_running_the_scripts_makes() -> TestResult {
    let ran = photosafe::CHAIN.migrator().upgrade_to::<photosafe::Head>(Connection::open_in_memory()?)?;
    assert_eq!(content(photosafe::CHAIN.scratch()?.connection())?, content(ran.connection())?);

    let ran = albums::CHAIN.migrator().upgrade_to::<albums::Heads>(Connection::open_in_memory()?)?;
    let scratch = albums::CHAIN.scratch()?;
    let counter = "SELECT seq FROM sqlite_sequence WHERE name = 'albums'";
    assert_eq!(scratch.connection().query_row(counter, [], |row| row.get::<_, i64>(0))?, 3);
    let found = content(scratch.connection())?;
    assert!(!found.concat().contains("a sample row"));
    assert_eq!(found, content(ran.connection())?);
    Ok(())
}

#[test]
fn rowids_that_no_column_shows_are_the_same() -> TestResult {
    let scratch = albums::CHAIN.scratch()?;
    let first: i64 = scratch.connection().query_row("SELECT min(rowid) FROM notes", [], |row| row.get(0))?;
    assert_eq!(first, 2);
    Ok(())
}

#[test]
fn it_is_at_the_head_and_can_be_taken_back_and_up_again() -> TestResult {
    let mut connection = albums::CHAIN.scratch()?.into_connection();
    let whole = content(&connection)?;
    let migrator = albums::CHAIN.migrator();
    assert_eq!(migrator.status(Some(&connection))?, Status::AtHead);
    migrator.downgrade(&mut connection, "base")?;
    let left: u32 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('albums', 'photos', 'tags', 'notes')",
        [],
        |row| row.get(0),
    )?;
    assert_eq!(left, 0);
    migrator.upgrade(&mut connection, "heads")?;
    let schema = |content: &[String]| -> Vec<String> {
        content.iter().filter(|line| !line.starts_with("album_version_history")).cloned().collect()
    };
    assert_eq!(schema(&content(&connection)?), schema(&whole));
    Ok(())
}

#[test]
fn each_is_its_own_and_grows() -> TestResult {
    let (one, other) = (photosafe::CHAIN.scratch()?, photosafe::CHAIN.scratch()?);
    let size = |connection: &Connection| -> aludel::rusqlite::Result<i64> {
        connection.query_row(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            [],
            |row| row.get(0),
        )
    };
    let before = size(one.connection())?;
    one.connection().execute_batch(
        "BEGIN; CREATE TABLE large (data BLOB); INSERT INTO large VALUES (randomblob(8000000)); COMMIT",
    )?;
    assert!(size(one.connection())? > before + 8_000_000);
    assert_eq!(size(other.connection())?, before);
    assert!(!other.connection().table_exists(None, "large")?);
    one.connection().execute_batch("BEGIN; DROP TABLE large; ROLLBACK; DROP TABLE large; VACUUM")?;
    Ok(())
}

#[test]
fn foreign_keys_are_enforced_as_on_any_connection() -> TestResult {
    let scratch = albums::CHAIN.scratch()?;
    let dangling = "INSERT INTO photos (album, title) VALUES (99, 'x')";
    let refused = failure(scratch.connection().execute(dangling, []))?.to_string();
    assert!(refused.contains("FOREIGN KEY"), "{refused}");
    scratch.connection().execute("DELETE FROM albums WHERE id = 2", [])?;
    let photos: u32 = scratch.connection().query_row("SELECT count(*) FROM photos", [], |row| row.get(0))?;
    assert_eq!(photos, 0);
    Ok(())
}

#[test]
fn the_image_is_small() -> TestResult {
    let scratch = albums::CHAIN.scratch()?;
    let pages: u32 = scratch.connection().query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let image = albums::ThisChain::IMAGE.len();
    assert!(image < pages as usize * 300, "{image} bytes for {pages} pages");
    Ok(())
}
