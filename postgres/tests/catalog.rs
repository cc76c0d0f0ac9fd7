//! A reader that reads only what changed returns the same schema as one that reads everything.
#![cfg(feature = "peers")]

mod support;

use std::error::Error;

use aludel_core::plan::Direction;
use aludel_postgres::catalog::{Catalog, Reader};

/// Changes whose effects on other relations are easily missed: an empty line separates them.
const CHANGES: &str = "
CREATE SCHEMA library;
CREATE TYPE library.state AS ENUM ('new', 'old');
CREATE DOMAIN library.title AS text CHECK (VALUE <> '');
CREATE TABLE library.authors (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, UNIQUE (name));
CREATE TABLE library.books (id serial PRIMARY KEY, author bigint REFERENCES library.authors (id), title library.title, state library.state DEFAULT 'new', CHECK (id > 0));
CREATE FUNCTION library.shelf(book integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT book / 100';
CREATE INDEX books_shelf ON library.books (library.shelf(id));
CREATE VIEW library.titles AS SELECT id, title, library.shelf(id) AS shelf FROM library.books;
CREATE MATERIALIZED VIEW library.names AS SELECT name FROM library.authors;
CREATE INDEX names_name ON library.names (name);

ALTER TABLE library.books ADD COLUMN pages integer CHECK (pages > 0);

ALTER TABLE library.authors RENAME COLUMN id TO number;

ALTER TABLE library.authors RENAME TO people;

ALTER TABLE library.books DROP COLUMN pages;

ALTER TYPE library.state RENAME VALUE 'new' TO 'fresh';

ALTER TYPE library.state RENAME TO condition;

ALTER FUNCTION library.shelf(integer) RENAME TO rack;

ALTER DOMAIN library.title RENAME TO heading;

ALTER SEQUENCE library.books_id_seq RENAME TO numbers;

ALTER SCHEMA library RENAME TO lib;

CREATE TABLE loans (book integer REFERENCES lib.books (id) DEFERRABLE, reader lib.people, since date DEFAULT CURRENT_DATE);

ALTER TABLE lib.people RENAME TO persons;

ALTER TABLE loans ALTER COLUMN since SET DEFAULT '2020-01-01';
COMMENT ON COLUMN loans.since IS 'the first day';

COMMENT ON CONSTRAINT loans_book_fkey ON loans IS 'a book';
COMMENT ON INDEX lib.books_shelf IS 'an index';

ALTER TABLE loans ADD CONSTRAINT recent CHECK (since > '2019-01-01') NOT VALID;

ALTER TABLE loans VALIDATE CONSTRAINT recent;

ALTER TABLE loans RENAME CONSTRAINT recent TO young;

ALTER TABLE lib.books DISABLE TRIGGER ALL;

ALTER TABLE lib.books ENABLE TRIGGER ALL;

ALTER INDEX lib.books_shelf RENAME TO books_rack;

ALTER INDEX lib.books_rack SET (fillfactor = 70);

ALTER INDEX lib.books_pkey SET (fillfactor = 60);
CLUSTER lib.books USING books_pkey;

ALTER TABLE lib.books REPLICA IDENTITY USING INDEX books_pkey;

CREATE ROLE \"the reader of catalogs\";
GRANT SELECT (title) ON lib.books TO \"the reader of catalogs\";

ALTER ROLE \"the reader of catalogs\" RENAME TO \"a reader of catalogs\";

CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX events_at ON events (at);
ALTER TABLE events ADD CHECK (what <> '');

ALTER TABLE events DETACH PARTITION events_2024;

CREATE OR REPLACE VIEW lib.titles AS SELECT id, title, lib.rack(id) AS shelf, state FROM lib.books;

CREATE TABLE notes (body tsvector, CHECK (body @@ to_tsquery('simple'::regconfig, 'word')));
CREATE TEXT SEARCH CONFIGURATION plain (COPY = pg_catalog.simple);
CREATE INDEX notes_body ON notes (to_tsvector('plain'::regconfig, 'word'));

ALTER TEXT SEARCH CONFIGURATION plain RENAME TO simple_words;

DROP TABLE notes;
CREATE TABLE notes (id integer PRIMARY KEY, \"odd\"\"name\" text COLLATE \"C\");

DROP TABLE lib.persons CASCADE;

DROP SCHEMA lib CASCADE;

DROP OWNED BY \"a reader of catalogs\";
DROP ROLE \"a reader of catalogs\"";

#[test]
fn what_changed_is_read_again() -> Result<(), Box<dyn Error>> {
    let server = support::server()?;
    let database = server.create()?;
    let mut client = database.connect()?;
    let mut reader = Reader::new([database.connect()?, database.connect()?], server.major(), &[])?;
    for change in CHANGES.split("\n\n") {
        client.batch_execute(change).map_err(|error| format!("{error:?}\n{change}"))?;
        for _ in 0..2 {
            let (expected, found) = (Catalog::read(&mut database.connect()?, &[])?, reader.read()?);
            assert_eq!(expected.differences(&found), [], "{change}");
            assert!(expected == found, "{change}");
        }
    }
    Ok(())
}

#[test]
fn what_the_scripts_of_a_long_chain_change_is_read_again() -> Result<(), Box<dyn Error>> {
    let (chain, _) = support::chain(include_str!("corpus/honest.sql"));
    let server = support::server()?;
    let database = server.create()?;
    let mut client = database.connect()?;
    let mut reader = Reader::new([database.connect()?, database.connect()?], server.major(), &[])?;
    for script in chain.scripts.iter() {
        for direction in [Direction::Upgrade, Direction::Downgrade, Direction::Upgrade] {
            let section = script.section(direction);
            let (begin, end) = match script.outside_transaction(direction) {
                None => (Some("BEGIN"), Some("COMMIT")),
                Some(_) => (None, None),
            };
            for statement in begin.into_iter().chain(section.statements()).chain(end) {
                client.batch_execute(statement).map_err(|error| format!("{error:?}\n{statement}"))?;
            }
            let (expected, found) = (Catalog::read(&mut database.connect()?, &[])?, reader.read()?);
            assert_eq!(expected.differences(&found), [], "{}", section.sql);
            assert!(expected == found, "{}", section.sql);
        }
    }
    Ok(())
}
