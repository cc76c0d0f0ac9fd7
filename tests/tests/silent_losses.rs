//! Properties that Alembic's batch mode and similar rebuilds lose silently. A downgrade that
//! restores all but one of them fails the proof. Correct downgrades pass, no matter how they are
//! written.

use std::fmt::Write as _;

use tests::{Scratch, TestResult, load};

/// A table with everything that a rebuild can lose.
const PHOTOS: &str = "CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL REFERENCES owners (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    title TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE DEFAULT 'untitled',
    size INTEGER CHECK (size > 0),
    big INTEGER GENERATED ALWAYS AS (size > 1000) STORED,
    UNIQUE (owner, title) ON CONFLICT REPLACE
) STRICT;";

const AROUND: &str = "CREATE INDEX ix_photos_title ON photos (title DESC);
CREATE INDEX ix_photos_size ON photos (size) WHERE size > 10;
CREATE INDEX ix_photos_lower ON photos (lower(title) COLLATE RTRIM);
CREATE TRIGGER photos_log AFTER UPDATE OF title ON photos WHEN new.title <> old.title
BEGIN
    INSERT INTO log (title) VALUES (old.title);
END;
CREATE VIEW titles AS SELECT id, title FROM photos WHERE size > 10;";

const BESIDE: &str = "CREATE TABLE owners (id INTEGER PRIMARY KEY);
CREATE TABLE log (title TEXT);
CREATE TABLE tags (photo INTEGER, tag TEXT, PRIMARY KEY (photo, tag)) WITHOUT ROWID;";

/// The losses: a part of the SQL above, and its replacement in the downgrade.
const LOSSES: [(&str, &str, &str); 27] = [
    ("AUTOINCREMENT", " AUTOINCREMENT", ""),
    ("ON DELETE action", " ON DELETE CASCADE", ""),
    ("deferrable", " DEFERRABLE INITIALLY DEFERRED", ""),
    ("foreign key", " REFERENCES owners (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED", ""),
    ("NOT NULL", "owner INTEGER NOT NULL", "owner INTEGER"),
    ("collation of a column", " COLLATE NOCASE", ""),
    ("conflict clause of NOT NULL", " ON CONFLICT IGNORE", ""),
    ("default", " DEFAULT 'untitled'", ""),
    ("value of a default", "'untitled'", "'none'"),
    ("CHECK", " CHECK (size > 0)", ""),
    ("expression of a CHECK", "size > 0", "size >= 0"),
    ("generated column turned plain", " GENERATED ALWAYS AS (size > 1000) STORED", ""),
    ("stored column turned virtual", "STORED", "VIRTUAL"),
    ("expression of a generated column", "size > 1000", "size > 100"),
    ("conflict clause of UNIQUE", " ON CONFLICT REPLACE", ""),
    ("UNIQUE", ",\n    UNIQUE (owner, title) ON CONFLICT REPLACE", ""),
    ("STRICT", " STRICT", ""),
    ("type", "id INTEGER PRIMARY KEY AUTOINCREMENT", "id INT PRIMARY KEY"),
    ("DESC of an index", "title DESC", "title"),
    ("WHERE of an index", " WHERE size > 10;\nCREATE INDEX", ";\nCREATE INDEX"),
    ("expression of an index", "lower(title)", "upper(title)"),
    ("collation of an index", " COLLATE RTRIM", ""),
    ("UNIQUE of an index, gained", "CREATE INDEX ix_photos_size", "CREATE UNIQUE INDEX ix_photos_size"),
    ("columns of a trigger", "UPDATE OF title", "UPDATE"),
    ("WHEN of a trigger", " WHEN new.title <> old.title", ""),
    ("body of a trigger", "VALUES (old.title)", "VALUES (new.title)"),
    ("body of a view", "FROM photos WHERE size > 10", "FROM photos WHERE size > 1000"),
];

/// Losses of a whole object, and the statement that causes each.
const GONE: [(&str, &str); 5] = [
    ("trigger", "DROP TRIGGER photos_log;"),
    ("index", "DROP INDEX ix_photos_lower;"),
    ("view", "DROP VIEW titles;"),
    ("table", "DROP TABLE tags;"),
    (
        "WITHOUT ROWID",
        "DROP TABLE tags; CREATE TABLE tags (photo INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (photo, tag));",
    ),
];

/// Creates a chain whose second script drops the table and everything that belongs to it. The
/// downgrade restores them with different statements.
fn chain(downgrade: &str) -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    let drop = "DROP VIEW titles;\nDROP TABLE photos;";
    let drop_all = format!("{drop}\nDROP TABLE tags;\nDROP TABLE log;\nDROP TABLE owners;");
    scratch.write("a1", "", &format!("{BESIDE}\n{PHOTOS}\n{AROUND}"), &drop_all)?;
    scratch.write("b2", "a1", drop, downgrade)?;
    Ok(scratch)
}

/// Returns the difference in the schema: the title of the error, without the common part. Lost rows
/// are listed too.
fn difference(scratch: &Scratch) -> Result<String, Box<dyn std::error::Error>> {
    let faults = scratch.faults()?;
    let common =
        ["this downgrade does not restore the schema from before the upgrade: ", "after this downgrade, "];
    let of_schema = |line| common.iter().find_map(|common| str::strip_prefix(line, common));
    let difference = faults.lines().find_map(of_schema).ok_or_else(|| format!("another fault: {faults}"))?;
    assert!(faults.contains("migrations/b2_script.sql:"), "{faults}");
    Ok(difference.to_owned())
}

#[test]
fn each_silent_loss_is_caught() -> TestResult {
    let whole = format!("{PHOTOS}\n{AROUND}\n");
    let mut printed = String::new();
    for (loss, was, is) in LOSSES {
        assert!(whole.contains(was), "{was} is not in the scripts");
        writeln!(printed, "{loss}: {}", difference(&chain(&whole.replacen(was, is, 1))?)?)?;
    }
    for (loss, statement) in GONE {
        writeln!(printed, "{loss} gone: {}", difference(&chain(&format!("{whole}{statement}"))?)?)?;
    }
    insta::assert_snapshot!(printed);
    Ok(())
}

#[test]
fn one_loss_as_a_person_sees_it() -> TestResult {
    let whole = format!("{PHOTOS}\n{AROUND}\n").replacen(" AUTOINCREMENT", "", 1);
    insta::assert_snapshot!(chain(&whole)?.faults()?);
    Ok(())
}

#[test]
fn an_honest_downgrade_passes_however_it_is_written() -> TestResult {
    let whole = format!("{PHOTOS}\n{AROUND}\n");
    let rebuilt = "CREATE TABLE \"new\" (
        'id' integer not null, -- the key
        [owner] INTEGER NOT NULL,
        `title` TEXT DEFAULT ('untitled') NOT NULL ON CONFLICT IGNORE COLLATE nocase,
        size INTEGER,
        big INTEGER AS ((size > 1000)) STORED,
        PRIMARY KEY (id AUTOINCREMENT),
        FOREIGN KEY (owner) REFERENCES Owners (ID) ON UPDATE NO ACTION ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        CHECK ((size) > 0),
        UNIQUE (owner ASC, title) ON CONFLICT REPLACE
    ) STRICT;
    ALTER TABLE \"new\" RENAME TO photos;";
    let around =
        AROUND.replace("ON photos (", "ON \"photos\"(").replace("WHERE size > 10", "WHERE (size > 10)");
    for downgrade in [whole.clone(), whole.to_lowercase(), format!("{rebuilt}\n{around}")] {
        chain(&downgrade)?.chain().map_err(|faults| format!("{downgrade}\n{faults}"))?;
    }
    Ok(())
}

#[test]
fn honest_reversals_by_alter_table_pass() -> TestResult {
    for (upgrade, downgrade) in [
        ("ALTER TABLE photos RENAME TO pictures;", "ALTER TABLE pictures RENAME TO photos;"),
        (
            "ALTER TABLE photos RENAME COLUMN title TO caption;",
            "ALTER TABLE photos RENAME COLUMN caption TO title;",
        ),
        ("ALTER TABLE owners RENAME TO people;", "ALTER TABLE people RENAME TO owners;"),
        (
            "ALTER TABLE photos ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;",
            "ALTER TABLE photos DROP COLUMN seen;",
        ),
        (
            "ALTER TABLE photos ALTER COLUMN owner DROP NOT NULL;",
            "ALTER TABLE photos ALTER COLUMN owner SET NOT NULL;",
        ),
        (
            "ALTER TABLE photos ADD CONSTRAINT some CHECK (size <> 0);",
            "ALTER TABLE photos DROP CONSTRAINT some;",
        ),
        (
            "DROP INDEX ix_photos_title;",
            "create index  IX_photos_title\non photos(\"title\" desc);\nDROP INDEX ix_photos_title;\nCREATE INDEX ix_photos_title ON photos (\"title\" desc);",
        ),
        ("DROP VIEW titles;", "create view titles as select id, title from photos where (size > 10);"),
        (
            "CREATE VIRTUAL TABLE words USING fts5(title, content = 'photos');\nINSERT INTO words (words) VALUES ('rebuild');",
            "DROP TABLE words;",
        ),
        (
            "DROP TRIGGER photos_log;",
            "create trigger if not exists photos_log after update of \"title\" on photos for each row when (new.title != old.title) begin insert into log(title) values ((old.title)); end;",
        ),
    ] {
        let scratch = Scratch::new()?;
        let drop_all =
            "DROP VIEW titles;\nDROP TABLE photos;\nDROP TABLE tags;\nDROP TABLE log;\nDROP TABLE owners;";
        scratch.write("a1", "", &format!("{BESIDE}\n{PHOTOS}\n{AROUND}"), drop_all)?;
        scratch.write("b2", "a1", upgrade, downgrade)?;
        load(&scratch.migrations()).map_err(|faults| format!("{upgrade}\n{faults}"))?;
    }
    Ok(())
}

/// Only rows show that a full-text index is empty, so the schema does not show this loss.
#[test]
fn a_full_text_index_that_is_not_filled_is_caught() -> TestResult {
    let scratch = Scratch::new()?;
    let drop_all =
        "DROP VIEW titles;\nDROP TABLE photos;\nDROP TABLE tags;\nDROP TABLE log;\nDROP TABLE owners;";
    scratch.write("a1", "", &format!("{BESIDE}\n{PHOTOS}\n{AROUND}"), drop_all)?;
    let index = "CREATE VIRTUAL TABLE words USING fts5(title, content = 'photos');";
    scratch.write("b2", "a1", index, "DROP TABLE words;")?;
    let faults = scratch.faults()?;
    let expected = "after this upgrade, the full-text index `words` does not match its content table";
    assert!(faults.starts_with(expected), "{faults}");
    Ok(())
}
