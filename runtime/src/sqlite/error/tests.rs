//! Tests of the messages.

use rusqlite::{Connection, Error as OfSqlite, ffi};

use crate::{Error, causes};

fn failed(code: i32, words: Option<&str>) -> OfSqlite {
    OfSqlite::SqliteFailure(ffi::Error::new(code), words.map(str::to_owned))
}

#[test]
fn each_cause_is_told_once() {
    let full = "database or disk is full";
    let error =
        Error::RolledBack { doing: "the commit", source: failed(ffi::SQLITE_FULL, Some(full)).into() };
    assert_eq!(causes(&error), [full]);
    let wordless = Error::Prepare { source: failed(ffi::SQLITE_FULL, None).into() };
    assert_eq!(causes(&wordless).len(), 1);
    assert!(causes(&Error::Interrupted).is_empty());
}

#[test]
fn a_main_that_fails_prints_what_a_person_reads() {
    let source = failed(ffi::SQLITE_FULL, Some("database or disk is full"));
    assert_eq!(
        format!("{:?}", Error::RolledBack { doing: "the commit", source: source.into() }),
        "the commit failed, and the run was rolled back\n  \
         caused by: database or disk is full\n  \
         help: free space on the disk: rebuilding a table needs twice its size"
    );
}

#[test]
fn sqlite_repeats_the_statement_and_a_cause_does_not() {
    let Err(source) = Connection::open_in_memory().and_then(|open| open.execute_batch("SELEC")) else {
        return;
    };
    assert_eq!(causes(&Error::Prepare { source: source.into() }), ["near \"SELEC\": syntax error"]);
}

#[test]
fn a_file_that_cannot_be_opened_beside_an_open_one_is_about_the_folder() {
    let source = || failed(ffi::SQLITE_CANTOPEN, Some("unable to open database file"));
    let beside = Error::Database { doing: "reading the version rows", source: source().into() };
    assert!(beside.hint().is_some_and(|hint| hint.contains("WAL")));
    let missing = Error::Open { path: "x.db".into(), source: source().into() };
    assert!(missing.hint().is_some_and(|hint| hint.contains("its folder exists")));
}
