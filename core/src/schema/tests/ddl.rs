//! A schema as readable SQL.

use super::{TestResult, assert_same, made_by};

#[test]
fn a_column_takes_a_line_and_parents_come_first() -> TestResult {
    let schema = made_by(
        "CREATE TABLE albums(id INTEGER PRIMARY KEY AUTOINCREMENT,owner_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            \"order\" INT DEFAULT(1+2), title TEXT COLLATE NOCASE, slug AS(lower(title)), CONSTRAINT c CHECK(title<>''), UNIQUE(owner_id,title));
         CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
         CREATE INDEX i ON albums(title DESC)where title>'a';
         CREATE VIEW v AS SELECT 1 -- one",
    )?;
    insta::assert_snapshot!(schema.ddl(), @r#"
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT;

    CREATE TABLE albums (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
        "order" INT DEFAULT (1 + 2),
        title TEXT COLLATE NOCASE,
        slug GENERATED ALWAYS AS (lower(title)) VIRTUAL,
        UNIQUE (owner_id, title),
        CONSTRAINT c CHECK (title <> '')
    );

    CREATE INDEX i ON albums (title DESC) WHERE title > 'a';

    CREATE VIEW v AS SELECT 1;
    "#);
    Ok(())
}

#[test]
fn a_comment_at_the_end_of_a_text_takes_no_semicolon_in() -> TestResult {
    for sql in [
        "CREATE VIEW v AS SELECT 1 -- one",
        "CREATE VIEW v AS SELECT 1 /* one",
        "CREATE VIEW v AS SELECT 1 /* one */",
    ] {
        let more = format!("{}CREATE TABLE t (a);", made_by(sql)?.ddl());
        assert_same(&format!("CREATE TABLE t (a); {sql}"), &more)?;
    }
    Ok(())
}
