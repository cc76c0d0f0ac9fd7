//! `schema`: the schema at a revision, as SQL and as JSON.

use aludel::rusqlite::Connection;
use tests::{TestResult, differences, files, schema};

use crate::program::Workplace;

/// Creates `a1 <- b2` with every kind of schema object.
fn rich() -> Result<Workplace, Box<dyn std::error::Error>> {
    let here = Workplace::empty()?;
    here.scratch.write(
        "a1",
        "",
        "CREATE TABLE photos (uuid TEXT PRIMARY KEY, title TEXT NOT NULL COLLATE NOCASE, \"größe, in Byte\" INT DEFAULT (1 + 2),
    album INTEGER REFERENCES albums (id) ON DELETE SET NULL, slug AS (lower(title)) STORED, UNIQUE (title, album), CONSTRAINT c CHECK (title <> '')) WITHOUT ROWID;
CREATE TABLE albums (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT) STRICT;",
        "DROP TABLE photos; DROP TABLE albums;",
    )?;
    here.scratch.write(
        "b2",
        "a1",
        "CREATE UNIQUE INDEX ix_title ON photos (lower(title) DESC, album) WHERE title > 'a';
CREATE INDEX ix_photos_album ON photos (album);
CREATE VIEW all_photos AS SELECT v.uuid FROM z_photos AS v; -- a view on a view that comes later by name
CREATE VIEW z_photos AS SELECT uuid FROM photos;
CREATE TRIGGER photos_gone AFTER DELETE ON photos BEGIN DELETE FROM albums WHERE id = old.album; END;
CREATE VIRTUAL TABLE words USING rtree (id, low, high);",
        "DROP TABLE words; DROP TRIGGER photos_gone; DROP VIEW all_photos; DROP VIEW z_photos; DROP INDEX ix_photos_album; DROP INDEX ix_title;",
    )?;
    Ok(here)
}

#[test]
fn the_schema_at_a_revision_is_sql_that_makes_it() -> TestResult {
    let here = rich()?;
    insta::assert_snapshot!(here.printed("schema")?, @r#"
    CREATE TABLE albums (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT
    ) STRICT;

    CREATE TABLE photos (
        uuid TEXT PRIMARY KEY NOT NULL,
        title TEXT NOT NULL COLLATE NOCASE,
        "größe, in Byte" INT DEFAULT (1 + 2),
        album INTEGER REFERENCES albums (id) ON DELETE SET NULL,
        slug GENERATED ALWAYS AS (lower(title)) STORED,
        UNIQUE (title, album),
        CONSTRAINT c CHECK (title <> '')
    ) WITHOUT ROWID;

    CREATE VIRTUAL TABLE words USING rtree (id, low, high);

    CREATE INDEX ix_photos_album ON photos (album);
    CREATE UNIQUE INDEX ix_title ON photos (lower(title) DESC, album) WHERE title > 'a';

    CREATE VIEW all_photos AS SELECT v.uuid FROM z_photos AS v;

    CREATE VIEW z_photos AS SELECT uuid FROM photos;

    CREATE TRIGGER photos_gone AFTER DELETE ON photos BEGIN DELETE FROM albums WHERE id = old.album; END;
    "#);
    for revision in ["a1", "head", "base"] {
        let (made, mut expected) = (Connection::open_in_memory()?, Connection::open_in_memory()?);
        made.execute_batch(&here.printed(&format!("schema {revision}"))?)?;
        if revision != "base" {
            here.scratch.chain()?.migrator().upgrade(&mut expected, revision)?;
        }
        assert_eq!(differences(&schema(&expected)?, &schema(&made)?), Vec::<String>::new(), "{revision}");
        assert_eq!(schema(&expected)?.fingerprint(), schema(&made)?.fingerprint());
    }
    Ok(())
}

#[test]
fn the_schema_as_json() -> TestResult {
    let here = rich()?;
    insta::assert_snapshot!(here.printed("schema --format json")?, @r#"
    {
      "revisions": [
        "b2"
      ],
      "fingerprint": "2:c0377bcd065280bf406db9f2070bc6feb74eb72f0b56cdb6db436714946b0ad3",
      "objects": [
        {
          "kind": "table",
          "name": "albums",
          "sql": "CREATE TABLE albums (\n    id INTEGER PRIMARY KEY AUTOINCREMENT,\n    name TEXT\n) STRICT;",
          "strict": true,
          "without_rowid": false,
          "columns": [
            {
              "name": "id",
              "declared_type": "INTEGER",
              "not_null": false,
              "default": null,
              "collation": null,
              "generated": null
            },
            {
              "name": "name",
              "declared_type": "TEXT",
              "not_null": false,
              "default": null,
              "collation": null,
              "generated": null
            }
          ],
          "primary_key": {
            "name": null,
            "columns": [
              "id"
            ],
            "autoincrement": true
          },
          "unique": [],
          "checks": [],
          "foreign_keys": []
        },
        {
          "kind": "table",
          "name": "photos",
          "sql": "CREATE TABLE photos (\n    uuid TEXT PRIMARY KEY NOT NULL,\n    title TEXT NOT NULL COLLATE NOCASE,\n    \"größe, in Byte\" INT DEFAULT (1 + 2),\n    album INTEGER REFERENCES albums (id) ON DELETE SET NULL,\n    slug GENERATED ALWAYS AS (lower(title)) STORED,\n    UNIQUE (title, album),\n    CONSTRAINT c CHECK (title <> '')\n) WITHOUT ROWID;",
          "strict": false,
          "without_rowid": true,
          "columns": [
            {
              "name": "uuid",
              "declared_type": "TEXT",
              "not_null": true,
              "default": null,
              "collation": null,
              "generated": null
            },
            {
              "name": "title",
              "declared_type": "TEXT",
              "not_null": true,
              "default": null,
              "collation": "NOCASE",
              "generated": null
            },
            {
              "name": "größe, in Byte",
              "declared_type": "INT",
              "not_null": false,
              "default": "1 + 2",
              "collation": null,
              "generated": null
            },
            {
              "name": "album",
              "declared_type": "INTEGER",
              "not_null": false,
              "default": null,
              "collation": null,
              "generated": null
            },
            {
              "name": "slug",
              "declared_type": null,
              "not_null": false,
              "default": null,
              "collation": null,
              "generated": {
                "expression": "lower(title)",
                "stored": true
              }
            }
          ],
          "primary_key": {
            "name": null,
            "columns": [
              "uuid"
            ],
            "autoincrement": false
          },
          "unique": [
            {
              "name": null,
              "columns": [
                "title",
                "album"
              ]
            }
          ],
          "checks": [
            {
              "name": "c",
              "expression": "title <> ''"
            }
          ],
          "foreign_keys": [
            {
              "name": null,
              "columns": [
                "album"
              ],
              "parent": "albums",
              "parent_columns": [
                "id"
              ],
              "on_delete": "SET NULL",
              "on_update": "NO ACTION",
              "deferred": false
            }
          ]
        },
        {
          "kind": "virtual-table",
          "name": "words",
          "sql": "CREATE VIRTUAL TABLE words USING rtree (id, low, high);"
        },
        {
          "kind": "index",
          "name": "ix_photos_album",
          "table": "photos",
          "sql": "CREATE INDEX ix_photos_album ON photos (album);",
          "unique": false,
          "terms": [
            {
              "column": "album",
              "expression": null,
              "collation": null,
              "descending": false
            }
          ],
          "filter": null
        },
        {
          "kind": "index",
          "name": "ix_title",
          "table": "photos",
          "sql": "CREATE UNIQUE INDEX ix_title ON photos (lower(title) DESC, album) WHERE title > 'a';",
          "unique": true,
          "terms": [
            {
              "column": null,
              "expression": "lower(title)",
              "collation": null,
              "descending": true
            },
            {
              "column": "album",
              "expression": null,
              "collation": null,
              "descending": false
            }
          ],
          "filter": "title > 'a'"
        },
        {
          "kind": "view",
          "name": "all_photos",
          "sql": "CREATE VIEW all_photos AS SELECT v.uuid FROM z_photos AS v;"
        },
        {
          "kind": "view",
          "name": "z_photos",
          "sql": "CREATE VIEW z_photos AS SELECT uuid FROM photos;"
        },
        {
          "kind": "trigger",
          "name": "photos_gone",
          "table": "photos",
          "sql": "CREATE TRIGGER photos_gone AFTER DELETE ON photos BEGIN DELETE FROM albums WHERE id = old.album; END;"
        }
      ]
    }
    "#);
    let fingerprint = here.json("schema a1")?["fingerprint"].to_string();
    let chain = here.scratch.chain()?;
    assert_eq!(fingerprint, format!("{:?}", chain.untyped().scripts.first().ok_or("no script")?.fingerprint));
    Ok(())
}

#[test]
fn photosafes_own_schema_is_sql_that_makes_it() -> TestResult {
    let here = Workplace::empty()?;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    for revision in ["49348f7a48f6", "c71fdf3b7df8", "head"] {
        let sql = here.printed(&format!("schema {revision} --migrations {folder}"))?;
        let (made, mut expected) = (Connection::open_in_memory()?, Connection::open_in_memory()?);
        made.execute_batch(&sql)?;
        tests::load(folder.as_ref())?.migrator().upgrade(&mut expected, revision)?;
        assert_eq!(schema(&made)?, schema(&expected)?);
    }
    Ok(())
}

#[test]
fn the_schema_at_every_kind_of_target() -> TestResult {
    let here = Workplace::changed_by_hand()?;
    let before = files(here.scratch.folder())?;
    insta::assert_snapshot!(here.transcript(&["schema", "schema a1", "schema base", "schema current", "schema -1", "schema zz"])?, @r"
    $ aludel schema
    CREATE TABLE t_a1 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_b2 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_c3 (
        id INTEGER PRIMARY KEY
    );
    exit 0
    $ aludel schema a1
    CREATE TABLE t_a1 (
        id INTEGER PRIMARY KEY
    );
    exit 0
    $ aludel schema base
    exit 0
    $ aludel schema current
    CREATE TABLE t_a1 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_b2 (
        id INTEGER PRIMARY KEY
    );
    exit 0
    $ aludel schema -1
    CREATE TABLE t_a1 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_b2 (
        id INTEGER PRIMARY KEY
    );
    exit 0
    $ aludel schema zz
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    ");
    assert!(files(here.scratch.folder())? == before);
    Ok(())
}
