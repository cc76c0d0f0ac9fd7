//! `aludel::testing`: scripts that the compiler cannot execute are proved in a program's own tests.

use aludel::rusqlite::Connection;
use aludel::rusqlite::functions::FunctionFlags;
use aludel::testing::{assert_reversible, prove};
use tests::{Scratch, TestResult, failure};

/// Registers a function that removes spaces.
fn with_squeeze(connection: &Connection) -> aludel::rusqlite::Result<()> {
    connection.create_scalar_function("squeeze", 1, FunctionFlags::SQLITE_DETERMINISTIC, |context| {
        context.get::<Option<String>>(0).map(|text| text.map(|text| text.replace(' ', "")))
    })
}

fn photos(loses: &str) -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    scratch.write(
        "a1",
        "",
        "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);",
        "DROP TABLE photos;",
    )?;
    let text = format!(
        "-- Squeeze the titles\n--\n-- Revision ID: b2\n-- Revises: a1\n-- Unproved: needs `squeeze`\n{loses}\n\
         -- upgrade\nUPDATE photos SET title = squeeze(title);\n\n-- downgrade\n-- nothing to do: they are not needed\n"
    );
    scratch.write_file("b2_squeeze.sql", text.as_bytes())?;
    Ok(scratch)
}

#[test]
fn a_script_that_needs_a_function_is_proved_with_it() -> TestResult {
    let scratch = photos("-- Loses: photos.title\n")?;
    assert_reversible(&scratch.chain()?, with_squeeze);
    Ok(())
}

#[test]
fn err_what_it_loses_is_told_at_its_line() -> TestResult {
    let chain = photos("")?.chain()?;
    let found = failure(prove(&chain, with_squeeze))?.to_string();
    assert!(found.contains("loss of values of `photos.title`"), "{found}");
    assert!(found.contains("migrations/b2_squeeze.sql:8:1"), "{found}");
    Ok(())
}

#[test]
fn err_without_the_function_it_fails() -> TestResult {
    let chain = photos("")?.chain()?;
    let found = failure(prove(&chain, |_| Ok(())))?.to_string();
    assert!(found.contains("no such function: squeeze"), "{found}");
    Ok(())
}

#[test]
fn tables_that_were_there_before_the_chain_are_brought() -> TestResult {
    let scratch = Scratch::new()?;
    let text = "-- Trim\n-- Revision ID: a1\n-- Revises:\n-- Unproved: the table is older than the chain\n\n\
                -- upgrade\nUPDATE old SET a = trim(a);\n\n-- downgrade\n-- nothing to do: not needed\n";
    scratch.write_file("a1_trim.sql", text.as_bytes())?;
    let chain = scratch.chain()?;
    assert_reversible(&chain, |connection| {
        connection.execute_batch("CREATE TABLE old (a); INSERT INTO old VALUES ('x')")
    });
    let found = prove(&chain, |connection| {
        connection.execute_batch("CREATE TABLE old (a); INSERT INTO old VALUES (' x ')")
    });
    let found = failure(found)?.to_string();
    assert!(found.contains("a row before the upgrade: a = ' x '"), "{found}");
    Ok(())
}
