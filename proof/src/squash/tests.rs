use aludel_core::chain::assemble;
use aludel_core::folder::{File, Folder};
use aludel_core::script::Draft;

use super::{Refusal, Squash};
use crate::proof::Options;

/// Squashes a chain of scripts that are given by their upgrades. Returns the sections of the base.
fn squash(upgrades: &[&str], options: &Options) -> Result<[String; 2], Refusal> {
    let file = |(number, upgrade): (usize, &&str)| {
        let revises = number.checked_sub(1).map(|before| format!(" r{before}")).unwrap_or_default();
        let header =
            format!("-- Script\n-- Revision ID: r{number}\n-- Revises:{revises}\n-- Irreversible: a test\n");
        File {
            path: format!("r{number}.sql"),
            bytes: format!("{header}\n-- upgrade\n{upgrade}\n").into_bytes(),
        }
    };
    let folder = Folder { files: upgrades.iter().enumerate().map(file).collect(), ..Folder::default() };
    let assembled = assemble(&folder, false).unwrap();
    let squash = Squash { assembled: &assembled, point: upgrades.len() - 1, options };
    let draft = Draft { id: "r".to_owned(), message: "Squash".to_owned(), ..Draft::default() };
    let filled = squash.write(&draft)?.filled.unwrap();
    Ok([filled.upgrade, filled.downgrade])
}

fn refusal(upgrades: &[&str]) -> String {
    squash(upgrades, &Options::default()).err().map(|refusal| refusal.to_string()).unwrap_or_default()
}

#[test]
fn the_schema_and_the_rows_are_written_new() {
    let [upgrade, downgrade] = squash(
        &[
            "CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, a REFERENCES a (x));
             CREATE TABLE a (x TEXT PRIMARY KEY, y REAL);
             INSERT INTO a VALUES ('it''s', 0.1), ('two\nlines', 9e999), (x'00ff', NULL);
             INSERT INTO b (name) VALUES ('gone'), ('kept'), ('last');
             DELETE FROM b WHERE name IN ('gone', 'last');",
            "ALTER TABLE b ADD COLUMN size INTEGER NOT NULL DEFAULT 7;
             CREATE TRIGGER z AFTER INSERT ON b BEGIN DELETE FROM a; END;
             CREATE TRIGGER m AFTER INSERT ON b BEGIN DELETE FROM a; END;
             CREATE VIEW v AS SELECT x FROM a;
             CREATE INDEX i ON b (name);
             DELETE FROM a WHERE x = 'it''s';",
        ],
        &Options::default(),
    )
    .unwrap();
    insta::assert_snapshot!(format!("{upgrade}\n\n{downgrade}"));
}

#[test]
fn rows_of_full_text_indexes_are_kept() {
    let [upgrade, _] = squash(
        &["CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
             CREATE VIRTUAL TABLE own USING fts5(text);
             CREATE VIRTUAL TABLE found USING fts5(text, content='notes', content_rowid='id');
             INSERT INTO notes (text) VALUES ('one two');
             INSERT INTO found (found) VALUES ('rebuild');
             INSERT INTO own (rowid, text) VALUES (7, 'three');
             CREATE VIRTUAL TABLE places USING rtree(id, low, high);
             INSERT INTO places VALUES (3, 0.5, 1.5);"],
        &Options::default(),
    )
    .unwrap();
    insta::assert_snapshot!(upgrade);
}

#[test]
fn rows_that_differ_on_every_database_are_refused() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, at TEXT DEFAULT CURRENT_TIMESTAMP);";
    for volatile in [
        "INSERT INTO t (a) VALUES (1);",
        "INSERT INTO t (a, at) VALUES (1, datetime('now', '-1 day'));",
        "INSERT INTO t (a, at) VALUES (1, strftime('%Y'));",
        "INSERT INTO t (a, at) VALUES (hex(randomblob(8)), NULL);",
        "INSERT INTO t (a, at) VALUES (random(), NULL);",
        "INSERT INTO t (a, at) VALUES (datetime('2020-01-01', 'localtime'), NULL);",
        "INSERT INTO t (a, at) VALUES (sqlite_version(), NULL);",
    ] {
        let told = refusal(&[table, volatile]);
        assert!(told.contains("`t`") && told.contains("`r1.sql`"), "{volatile}: {told}");
    }
    assert_eq!(refusal(&[table, "INSERT INTO t (a, at) VALUES (1, datetime('2020-01-01', '+1 day'));"]), "");
    assert_eq!(refusal(&[table, "INSERT INTO t (a) VALUES (1); DELETE FROM t;"]), "");
}

#[test]
fn rows_that_functions_of_the_program_compute_are_refused() {
    let functions = ["slug/1", "uuid/0"].iter().filter_map(|text| text.parse().ok()).collect();
    let options = Options { functions, ..Options::default() };
    let squash = |insert| squash(&["CREATE TABLE t (a);", insert], &options);
    for insert in ["INSERT INTO t VALUES (slug('A'));", "INSERT INTO t VALUES (uuid());"] {
        assert!(matches!(squash(insert), Err(Refusal::Varies { .. })), "{insert}");
    }
    assert!(squash("INSERT INTO t VALUES ('a');").is_ok());
}

#[test]
fn an_index_without_content_is_refused_if_it_has_rows() {
    let empty = "CREATE VIRTUAL TABLE t USING fts5(a, content='');";
    assert_eq!(refusal(&[empty]), "");
    insta::assert_snapshot!(refusal(&[empty, "INSERT INTO t (rowid, a) VALUES (1, 'x');"]));
}
