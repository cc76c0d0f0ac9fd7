//! What the settings leave out, hints, and what is refused.

use super::world::{Result, World};
use crate::autogenerate::{Compared, Hint, Naming, Refusal, Settings};

/// What is generated, without the header.
fn generated(world: &World, wanted: &str) -> Result<String> {
    let Some(made) = world.generate(wanted)? else { return Ok("nothing".to_owned()) };
    Ok(made.draft.filled.ok_or("nothing is filled in")?.upgrade)
}

#[test]
fn tables_that_do_not_count_stay_as_they_are() -> Result {
    let mut world = World::new(
        "CREATE TABLE kept (a);\nCREATE TABLE legacy_old (a);\nCREATE INDEX i ON legacy_old (a);",
    )?;
    world.settings.exclude = vec!["legacy_*".to_owned()];
    assert_eq!(generated(&world, "CREATE TABLE kept (a);\nCREATE TABLE legacy_new (a);")?, "nothing");
    world.settings = Settings { include: vec!["k*".to_owned()], ..Settings::default() };
    assert_eq!(generated(&world, "CREATE TABLE kept (a);\nCREATE TABLE other (a);")?, "nothing");
    Ok(())
}

#[test]
fn what_is_not_compared_is_no_difference() -> Result {
    let mut world = World::new("CREATE TABLE t (a VARCHAR(10) DEFAULT 1, b TEXT);")?;
    world.settings.compared = Compared { types: false, defaults: false, order: true };
    assert_eq!(generated(&world, "CREATE TABLE t (a INTEGER DEFAULT 2, b TEXT);")?, "nothing");
    world.settings.compared = Compared { order: false, ..Compared::default() };
    assert_eq!(
        generated(&world, "CREATE TABLE t (c INTEGER, b TEXT, a VARCHAR(10) DEFAULT 1);")?,
        "-- added column `t.c`\nALTER TABLE t ADD COLUMN c INTEGER;"
    );
    Ok(())
}

#[test]
fn a_constraint_without_a_name_is_called_by_the_pattern_or_as_it_is_called_already() -> Result {
    let mut world = World::new(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE t (a TEXT, CONSTRAINT mine UNIQUE (a));",
    )?;
    world.settings.naming = Naming {
        unique: Some("uq_{table}_{columns}".to_owned()),
        check: Some("ck_{table}_{columns}".to_owned()),
        foreign_key: Some("fk_{table}_{columns}_{parent}".to_owned()),
        primary_key: None,
    };
    let wanted = "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE t (a TEXT UNIQUE, b INTEGER REFERENCES p CHECK (b > 0), UNIQUE (a, b));";
    insta::assert_snapshot!(generated(&world, wanted)?, @r"
    -- added column `t.b`
    -- added check constraint of `t`: CONSTRAINT ck_t_b CHECK (b > 0)
    -- `t` is made anew, since ALTER TABLE cannot do this
    CREATE TABLE new_t (
        a TEXT,
        b INTEGER,
        CONSTRAINT mine UNIQUE (a),
        CONSTRAINT uq_t_a_b UNIQUE (a, b),
        CONSTRAINT fk_t_b_p FOREIGN KEY (b) REFERENCES p,
        CONSTRAINT ck_t_b CHECK (b > 0)
    );
    INSERT INTO new_t (rowid, a)
    SELECT rowid, a
    FROM t;
    DROP TABLE t;
    ALTER TABLE new_t RENAME TO t;
    ");
    assert_eq!(
        generated(&world, "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE t (a TEXT UNIQUE);")?,
        "nothing"
    );
    Ok(())
}

#[test]
fn a_hint_is_a_rename_without_a_question() -> Result {
    let mut world = World::new("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, mail TEXT);")?;
    world.hints = vec![
        Hint::Table { was: "users".to_owned(), is: "people".to_owned() },
        Hint::Column { table: "people".to_owned(), was: "mail".to_owned(), is: "address".to_owned() },
        Hint::Column { table: "people".to_owned(), was: "gone".to_owned(), is: "name".to_owned() },
    ];
    insta::assert_snapshot!(generated(&world, "CREATE TABLE people (id INTEGER PRIMARY KEY, address TEXT NOT NULL DEFAULT '', name TEXT);")?, @r"
    -- renamed table `users` to `people`
    ALTER TABLE users RENAME TO people;

    -- renamed column `people.mail` to `people.address`
    ALTER TABLE people RENAME COLUMN mail TO address;

    -- added NOT NULL to column `people.address`
    -- changed default of column `people.address` from none to `''`
    -- changed order of the columns of `people`
    -- `people` is made anew, since ALTER TABLE cannot do this
    CREATE TABLE new_people (
        id INTEGER PRIMARY KEY,
        address TEXT NOT NULL DEFAULT '',
        name TEXT
    );
    INSERT INTO new_people (id, address, name)
    SELECT id, coalesce(address, ''), name
    FROM people;
    DROP TABLE people;
    ALTER TABLE new_people RENAME TO people;
    ");
    Ok(())
}

#[test]
fn hints_both_ways_change_names_once() -> Result {
    let mut world = World::new("CREATE TABLE t (id INTEGER PRIMARY KEY, new_b TEXT, a TEXT, b TEXT);")?;
    let hint =
        |was: &str, is: &str| Hint::Column { table: "t".to_owned(), was: was.to_owned(), is: is.to_owned() };
    world.hints = vec![hint("a", "b"), hint("b", "a")];
    let wanted = "CREATE TABLE t (id INTEGER PRIMARY KEY, new_b TEXT, b TEXT, a TEXT);";
    insta::assert_snapshot!(generated(&world, wanted)?, @r"
    -- renamed column `t.a` to `t.b`
    -- renamed column `t.b` to `t.a`
    ALTER TABLE t RENAME COLUMN a TO new_new_b;
    ALTER TABLE t RENAME COLUMN b TO a;
    ALTER TABLE t RENAME COLUMN new_new_b TO b;
    ");
    let mut done = World::new(wanted)?;
    done.hints.clone_from(&world.hints);
    assert_eq!(generated(&done, wanted)?, "nothing");
    Ok(())
}

#[test]
fn err_rows_that_nothing_can_stand_in_for() -> Result {
    let world = World::new(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL);\n\
         CREATE TABLE posts (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), unit INTEGER NOT NULL REFERENCES people (id));\n\
         CREATE TABLE badges (id INTEGER PRIMARY KEY, post INTEGER NOT NULL REFERENCES posts (id));",
    )?;
    let wanted = "CREATE TABLE people (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL);\n\
         CREATE TABLE posts (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), unit INTEGER NOT NULL REFERENCES people (id), UNIQUE (unit));\n\
         CREATE TABLE badges (id INTEGER PRIMARY KEY, post INTEGER NOT NULL REFERENCES posts (id));";
    let told = world.generate(wanted).err().map(|error| error.to_string()).unwrap_or_default();
    insta::assert_snapshot!(told, @"no script could be found that takes every row there and back: after this upgrade, 3 rows of `badges` refer to a row that `posts` lacks, such as post = 6004420, at `DROP TABLE posts;`");
    Ok(())
}

#[test]
fn a_target_of_tables_only_leaves_views_and_triggers() -> Result {
    let before = "CREATE TABLE t (a, b);\nCREATE TABLE u (a);\nCREATE VIEW v AS SELECT a FROM t;\nCREATE TRIGGER x AFTER DELETE ON t BEGIN DELETE FROM t; END;\nCREATE TRIGGER y AFTER DELETE ON u BEGIN DELETE FROM t; END;";
    let mut world = World::new(before)?;
    world.tables_only = true;
    insta::assert_snapshot!(generated(&world, "CREATE TABLE t (a, b, c);")?, @r"
    -- added column `t.c`
    ALTER TABLE t ADD COLUMN c;

    -- removed table `u`
    DROP TABLE u;
    ");
    Ok(())
}

#[test]
fn what_sqlite3_prints_besides_a_schema_is_passed_over() -> Result {
    let dump = "\u{feff}PRAGMA foreign_keys=OFF;\r\nBEGIN TRANSACTION;\r\nCREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);\r\n\
                INSERT INTO t VALUES(1);\r\nCREATE TABLE sqlite_sequence(name,seq);\r\nDELETE FROM sqlite_sequence;\r\n\
                INSERT INTO sqlite_sequence VALUES('t',1);\r\nCREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);\r\nCOMMIT;\r\n";
    let world = World::new("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);")?;
    assert_eq!(generated(&world, dump)?, "nothing");
    Ok(())
}

#[test]
fn err_a_wanted_schema_that_cannot_be_made() -> Result {
    let world = World::new("CREATE TABLE t (a);")?;
    let told = |wanted: &str| match world.generate(wanted) {
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(Refusal::Wanted { problem }) => problem.render(crate::problem::Style::Plain),
            _ => error.to_string(),
        },
        Ok(_) => "no error".to_owned(),
    };
    insta::assert_snapshot!(told("CREATE TABLE t (a);\nCREATE INDEX i ON t (b);"), @r"
    the wanted schema cannot be made: no such column: b
     --> schema.sql:2:1
      |
    2 | CREATE INDEX i ON t (b);
      | ^^^^^^^^^^^^^^^^^^^^^^^^ SQLite stopped at this statement
      |
      = help: correct the statement; it ran on an empty scratch database, after those above it
    ");
    insta::assert_snapshot!(told("CREATE TABLE t (a);\nATTACH 'x' AS y;").lines().next().unwrap_or_default(), @"the wanted schema cannot be made: a script cannot open or write another database file");
    insta::assert_snapshot!(told("-- nothing\n").lines().next().unwrap_or_default(), @"the wanted schema makes nothing: expected statements such as `CREATE TABLE`");
    insta::assert_snapshot!(told("CREATE TABLE t (a);\nCREATE VIEW v AS SELECT b FROM t;"), @"no script could be found that passes the proof: after this upgrade, view `v` refers to something that is not there: no such column: b");
    Ok(())
}
