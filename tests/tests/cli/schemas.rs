//! `schema` and `diff`, and the reports of `check` and `status` about the schema of a database.

use std::fmt::Write as _;

use aludel::rusqlite::Connection;
use tests::{TestResult, differences, files, schema};

use crate::program::{Ended, Workplace, timeless};

fn ended(here: &Workplace, commands: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let mut all = String::new();
    for command in commands {
        let Ended { code, stdout, stderr } = here.run(command)?;
        let exit = code.map_or_else(|| "by a signal".to_owned(), |code| code.to_string());
        write!(all, "$ aludel {command}\n{stdout}{stderr}exit {exit}\n")?;
    }
    Ok(timeless(&all))
}

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
    insta::assert_snapshot!(here.told("schema")?, @r#"
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
        made.execute_batch(&here.told(&format!("schema {revision}"))?)?;
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
    insta::assert_snapshot!(here.told("schema --format json")?, @r#"
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
        let sql = here.told(&format!("schema {revision} --migrations {folder}"))?;
        let (made, mut expected) = (Connection::open_in_memory()?, Connection::open_in_memory()?);
        made.execute_batch(&sql)?;
        tests::load(folder.as_ref())?.migrator().upgrade(&mut expected, revision)?;
        assert_eq!(schema(&made)?, schema(&expected)?);
    }
    Ok(())
}

#[test]
fn a_chain() -> TestResult {
    let here = Workplace::chain()?;
    here.told("upgrade b2")?;
    here.open()?
        .execute_batch("CREATE TABLE notes (x); ALTER TABLE t_a1 ADD COLUMN y TEXT; DROP TABLE t_b2")?;
    let before = files(here.scratch.folder())?;
    insta::assert_snapshot!(ended(&here, &[
        "schema", "schema a1", "schema base", "schema current", "schema -1", "schema zz",
        "diff a1 head", "diff head a1", "diff a1 a1", "diff current", "diff head", "diff head --format json", "diff a1 c3 --format json",
        "check", "check --format json", "status", "status --format json", "diff a1 --database nowhere.db",
    ])?, @r#"
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
    error: no revision is named `zz` or begins with it
    help: `history` lists all revisions
    exit 2
    $ aludel diff a1 head
    added table `t_b2`
    added table `t_c3`
    exit 1
    $ aludel diff head a1
    removed table `t_b2`
    removed table `t_c3`
    exit 1
    $ aludel diff a1 a1
    no differences: the schema at a1 equals the schema of a1
    exit 0
    $ aludel diff current
    added table `notes`
    added column `t_a1.y`
    removed table `t_b2`
    exit 1
    $ aludel diff head
    added table `notes`
    added column `t_a1.y`
    removed table `t_b2`
    removed table `t_c3`
    exit 1
    $ aludel diff head --format json
    {
      "from": [
        "c3"
      ],
      "to": null,
      "database": "test.db",
      "changes": [
        {
          "change": "added-table",
          "words": "added table `notes`"
        },
        {
          "change": "added-column",
          "words": "added column `t_a1.y`"
        },
        {
          "change": "removed-table",
          "words": "removed table `t_b2`"
        },
        {
          "change": "removed-table",
          "words": "removed table `t_c3`"
        }
      ]
    }
    exit 1
    $ aludel diff a1 c3 --format json
    {
      "from": [
        "a1"
      ],
      "to": [
        "c3"
      ],
      "database": null,
      "changes": [
        {
          "change": "added-table",
          "words": "added table `t_b2`"
        },
        {
          "change": "added-table",
          "words": "added table `t_c3`"
        }
      ]
    }
    exit 1
    $ aludel check
    behind: 1 pending (c3)
    its schema differs from the schema that the scripts produce:
      table `notes` is not created by the scripts
      column `t_a1.y` is not created by the scripts
      table `t_b2` is missing
    help: run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    help: the database was changed by hand or stamped with the wrong revision: undo the change, or write a new revision for it
    exit 1
    $ aludel check --format json
    {
      "ok": false,
      "status": "behind",
      "schema": {
        "is_compared": true,
        "reason": null,
        "differences": [
          "table `notes` is not created by the scripts",
          "column `t_a1.y` is not created by the scripts",
          "table `t_b2` is missing"
        ]
      },
      "detected": null
    }
    exit 1
    $ aludel status
    database  test.db
    status    behind: 1 pending
    current   b2
    heads     c3
      c3, c3 and one more
    schema    differs from the scripts: 3 differences; run `check` to list them
    to do     run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    exit 0
    $ aludel status --format json
    {
      "database": "test.db",
      "status": "behind",
      "current": [
        "b2"
      ],
      "heads": [
        "c3"
      ],
      "revisions": [
        "c3"
      ],
      "schema": {
        "is_compared": true,
        "reason": null,
        "differences": [
          "table `notes` is not created by the scripts",
          "column `t_a1.y` is not created by the scripts",
          "table `t_b2` is missing"
        ]
      },
      "advice": "run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them"
    }
    exit 0
    $ aludel diff a1 --database nowhere.db
    error: the database `nowhere.db` does not exist
    help: set an existing database with `--database`, or pass a second revision
    exit 2
    "#);
    assert!(files(here.scratch.folder())? == before);
    Ok(())
}

#[test]
fn branches() -> TestResult {
    let here = Workplace::branches()?;
    here.told("upgrade cart@head")?;
    insta::assert_snapshot!(ended(&here, &["schema cart@head", "diff c3 e5", "diff current", "diff current heads", "check"])?, @r"
    $ aludel schema cart@head
    CREATE TABLE t_a1 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_b2 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_d4 (
        id INTEGER PRIMARY KEY
    );

    CREATE TABLE t_e5 (
        id INTEGER PRIMARY KEY
    );
    exit 0
    $ aludel diff c3 e5
    removed table `t_c3`
    added table `t_d4`
    added table `t_e5`
    exit 1
    $ aludel diff current
    no differences: the schema at current equals the schema of test.db
    exit 0
    $ aludel diff current heads
    added table `t_c3`
    added table `t_x1`
    exit 1
    $ aludel check
    behind: 2 pending (c3, x1)
    help: run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    exit 1
    ");
    here.open()?.execute_batch("DROP TABLE alembic_version; DROP TABLE aludel_history")?;
    insta::assert_snapshot!(ended(&here, &["check", "status"])?, @r"
    $ aludel check
    unversioned: the database has tables but no revision; its schema matches `e5`
    help: if that is its revision, record it with `stamp e5`
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision; its schema matches `e5`
    current   base
    heads     x1, e5
      e5, e5 goes on
    to do     if that is its revision, record it with `stamp e5`
    exit 0
    ");
    Ok(())
}

#[test]
fn a_merge_point() -> TestResult {
    let here = Workplace::merge()?;
    here.told("upgrade m6")?;
    insta::assert_snapshot!(ended(&here, &["diff b2 m6", "diff d4 m6", "check"])?, @r"
    $ aludel diff b2 m6
    added table `t_c3`
    added table `t_d4`
    exit 1
    $ aludel diff d4 m6
    added table `t_c3`
    exit 1
    $ aludel check
    the database is at head
    exit 0
    ");
    here.open()?.execute_batch("DROP TABLE t_c3")?;
    insta::assert_snapshot!(ended(&here, &["check", "downgrade -1", "check --format json"])?, @r#"
    $ aludel check
    the database is at head
    its schema differs from the schema that the scripts produce:
      table `t_c3` is missing
    help: the database was changed by hand or stamped with the wrong revision: undo the change, or write a new revision for it
    exit 1
    $ aludel downgrade -1
    error: `-1` is ambiguous: at `m6`, the next step leads to 2 revisions (`c3`, `d4`)
    help: name a revision instead, such as `c3`, `d4`
    exit 2
    $ aludel check --format json
    {
      "ok": false,
      "status": "at-head",
      "schema": {
        "is_compared": true,
        "reason": null,
        "differences": [
          "table `t_c3` is missing"
        ]
      },
      "detected": null
    }
    exit 1
    "#);
    Ok(())
}

#[test]
fn a_database_without_a_stamp() -> TestResult {
    let here = Workplace::chain()?;
    here.open()?.execute_batch(
        "CREATE TABLE t_a1 (id INTEGER PRIMARY KEY); CREATE TABLE t_b2 (id INTEGER PRIMARY KEY)",
    )?;
    insta::assert_snapshot!(ended(&here, &["check", "check --format json", "status", "upgrade head"])?, @r#"
    $ aludel check
    unversioned: the database has tables but no revision; its schema matches `b2`
    help: if that is its revision, record it with `stamp b2`
    exit 7
    $ aludel check --format json
    {
      "ok": false,
      "status": "unversioned",
      "schema": null,
      "matches": [
        {
          "revision": "b2",
          "stamp": [
            "b2"
          ],
          "differences": []
        }
      ],
      "nearest": null,
      "detected": null
    }
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision; its schema matches `b2`
    current   base
    heads     c3
      b2, b2 makes another
    to do     if that is its revision, record it with `stamp b2`
    exit 0
    $ aludel upgrade head
    error: the database has tables (t_a1, t_b2) but no revision, so the applied scripts are unknown; nothing was changed
    help: its schema matches `b2`: if that is its revision, record it with `stamp b2`
    exit 7
    "#);
    here.open()?.execute_batch("ALTER TABLE t_b2 ADD COLUMN note TEXT")?;
    insta::assert_snapshot!(ended(&here, &["check", "check --format json", "status", "upgrade head", "stamp b2", "check"])?, @r#"
    $ aludel check
    unversioned: the database has tables but no revision
    no revision has this schema; the nearest is b2, with these differences:
      column `t_b2.note` is not created by the scripts
    help: remove the differences from the database, or write a new revision for them; then record the revision with `stamp b2`
    exit 7
    $ aludel check --format json
    {
      "ok": false,
      "status": "unversioned",
      "schema": null,
      "matches": [],
      "nearest": {
        "revision": "b2",
        "stamp": [
          "b2"
        ],
        "differences": [
          "column `t_b2.note` is not created by the scripts"
        ]
      },
      "detected": null
    }
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision
    current   base
    heads     c3
    no revision has this schema; the nearest is b2, with these differences:
      column `t_b2.note` is not created by the scripts
    to do     remove the differences from the database, or write a new revision for them; then record the revision with `stamp b2`
    exit 0
    $ aludel upgrade head
    error: the database has tables (t_a1, t_b2) but no revision, so the applied scripts are unknown; nothing was changed
    help: no revision has this schema; `status` shows the nearest one, if any. Record its revision with `stamp`, or choose another database
    exit 7
    $ aludel stamp b2
    the database is at b2; no script ran
    exit 0
    $ aludel check
    behind: 1 pending (c3)
    its schema differs from the schema that the scripts produce:
      column `t_b2.note` is not created by the scripts
    help: run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    help: the database was changed by hand or stamped with the wrong revision: undo the change, or write a new revision for it
    exit 1
    "#);
    here.open()?.execute_batch(
        "DROP TABLE t_a1; DROP TABLE t_b2; DROP TABLE alembic_version; CREATE TABLE of_another_program (x)",
    )?;
    insta::assert_snapshot!(ended(&here, &["check", "status"])?, @r"
    $ aludel check
    unversioned: the database has tables but no revision
    help: no revision has this schema: find out which revision it belongs to and record it with `stamp`, or choose another database
    exit 7
    $ aludel status
    database  test.db
    status    unversioned: the database has tables but no revision
    current   base
    heads     c3
    to do     no revision has this schema: find out which revision it belongs to and record it with `stamp`, or choose another database
    exit 0
    ");
    Ok(())
}

#[test]
fn what_the_settings_exclude_is_not_compared() -> TestResult {
    let here = Workplace::chain()?;
    here.told("upgrade head")?;
    here.open()?
        .execute_batch("CREATE TABLE legacy_orders (x); CREATE INDEX of_legacy ON legacy_orders (x)")?;
    assert_eq!(here.run("check")?.code, Some(1));
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\nexclude = [\"legacy_*\"]\n")?;
    assert_eq!(here.told("check")?, "the database is at head\n");
    here.open()?.execute_batch("DROP TABLE t_c3")?;
    assert_eq!(here.run("check")?.code, Some(1));
    std::fs::write(here.scratch.path("aludel.toml"), "[autogenerate]\nexclude = [\"legacy_*\", \"T_C3\"]\n")?;
    assert_eq!(here.told("check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn a_script_that_needs_a_program_is_not_compared() -> TestResult {
    let here = Workplace::chain()?;
    here.scratch.write(
        "d4",
        "c3\n-- Unproved: needs slug()",
        "CREATE INDEX by_slug ON t_a1 (slug(id));",
        "DROP INDEX by_slug;",
    )?;
    here.told("upgrade c3")?;
    insta::assert_snapshot!(ended(&here, &["schema", "diff c3", "stamp d4", "check", "check --format json", "diff d4"])?, @r#"
    $ aludel schema
    error: cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug
    help: a script that needs functions or modules of your program runs only on a connection that the program prepares
    exit 1
    $ aludel diff c3
    no differences: the schema at c3 equals the schema of test.db
    exit 0
    $ aludel stamp d4
    the database is at d4; no script ran
    exit 0
    $ aludel check
    the database is at head
    note: the schema was not compared: cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug
    exit 0
    $ aludel check --format json
    {
      "ok": true,
      "status": "at-head",
      "schema": {
        "is_compared": false,
        "reason": "cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug",
        "differences": []
      },
      "detected": null
    }
    exit 0
    $ aludel diff d4
    error: cannot determine the schema that the scripts produce: the upgrade of `d4` fails on an empty database, at migrations/d4_script.sql:8:31: no such function: slug
    help: a script that needs functions or modules of your program runs only on a connection that the program prepares
    exit 1
    "#);
    Ok(())
}
