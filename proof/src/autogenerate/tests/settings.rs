//! Tests of settings, hints and refusals.

use aludel_core::script::SectionKind;

use super::world::{Database, Result, World, schema_of};
use crate::autogenerate::{Compared, Naming, Refusal, Settings};
use crate::proof::Options;
use crate::target_schema::{Hint, TargetSchema, compare};

/// Returns the generated script without its header.
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
    -- `t` is rebuilt, since ALTER TABLE cannot do this
    CREATE TABLE new_t (
        a TEXT,
        b INTEGER CONSTRAINT ck_t_b CHECK (b > 0),
        CONSTRAINT mine UNIQUE (a),
        CONSTRAINT uq_t_a_b UNIQUE (a, b),
        CONSTRAINT fk_t_b_p FOREIGN KEY (b) REFERENCES p
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
    -- `people` is rebuilt, since ALTER TABLE cannot do this
    UPDATE people SET address = '' WHERE address IS NULL;
    CREATE TABLE new_people (
        id INTEGER PRIMARY KEY,
        name TEXT,
        address TEXT NOT NULL DEFAULT ''
    );
    INSERT INTO new_people (id, name, address)
    SELECT id, name, address
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
fn rows_that_a_new_key_refuses_are_a_question() -> Result {
    let world = World::new(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL);\n\
         CREATE TABLE posts (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), unit INTEGER NOT NULL REFERENCES people (id));\n\
         CREATE TABLE badges (id INTEGER PRIMARY KEY, post INTEGER NOT NULL REFERENCES posts (id));",
    )?;
    let wanted = "CREATE TABLE people (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL);\n\
         CREATE TABLE posts (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id), unit INTEGER NOT NULL REFERENCES people (id), UNIQUE (unit));\n\
         CREATE TABLE badges (id INTEGER PRIMARY KEY, post INTEGER NOT NULL REFERENCES posts (id));";
    let generated = world.generate(wanted)?.ok_or("nothing to do")?;
    let text = generated.draft.to_string();
    for question in [
        "-- REVIEW: rows that `UNIQUE (unit)` refuses (all but the first of equal rows) are deleted from `posts`",
        "rows of `badges` refer to a missing row of `posts`, such as post = ",
    ] {
        assert!(
            text.lines().any(|line| line.starts_with("-- REVIEW: ") && line.contains(question)),
            "{text}"
        );
    }
    Ok(())
}

/// Between these pairs of schemas, some rows cannot be kept. A question shows a person the rejected
/// row.
#[test]
fn rows_for_which_nothing_stands_in_are_a_question() -> Result {
    for (before, after, section, shown) in [
        (
            "CREATE TABLE events (id INTEGER PRIMARY KEY, starts INTEGER NOT NULL, ends INTEGER NOT NULL, CHECK (ends > starts));",
            "CREATE TABLE events (id INTEGER PRIMARY KEY, starts INTEGER NOT NULL);",
            SectionKind::Downgrade,
            "the row that causes it, in `events`: id = ",
        ),
        (
            "CREATE TABLE stock (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL);",
            "CREATE TABLE stock (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved <= amount));",
            SectionKind::Upgrade,
            "rows that `CHECK (reserved <= amount)` refuses make this upgrade fail",
        ),
        (
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE CHECK (email LIKE '%@%'));",
            SectionKind::Upgrade,
            "rows that `CHECK (email LIKE '%@%')` refuses make this upgrade fail",
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, z INTEGER, a INTEGER, b INTEGER);",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, z INTEGER, a INTEGER, b INTEGER, CHECK (a < b));",
            SectionKind::Upgrade,
            "rows that `CHECK (a < b)` refuses make this upgrade fail",
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, z INTEGER);",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, z INTEGER, a INTEGER NOT NULL, b INTEGER NOT NULL, CHECK (a <> b AND z IS NOT a));",
            SectionKind::Upgrade,
            "the row that causes it, in `t`: id = ",
        ),
        (
            "CREATE TABLE p (k TEXT PRIMARY KEY CHECK (length(k) = 5));\nCREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT NOT NULL REFERENCES p (k));",
            "CREATE TABLE p (k TEXT PRIMARY KEY CHECK (length(k) = 4));\nCREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT NOT NULL REFERENCES p (k));",
            SectionKind::Upgrade,
            "the row that causes it, in `p`: k = ",
        ),
        (
            "CREATE TABLE chunks (room TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (room, id));\nCREATE TABLE events (id TEXT PRIMARY KEY NOT NULL, room TEXT NOT NULL, chunk INTEGER NOT NULL, FOREIGN KEY (room, chunk) REFERENCES chunks (room, id));",
            "CREATE TABLE chunks (room TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (room, id));\nCREATE TABLE events (id TEXT PRIMARY KEY NOT NULL, room TEXT NOT NULL);",
            SectionKind::Downgrade,
            "refer to a missing row of `chunks`, such as room = ",
        ),
        (
            "CREATE TABLE p (id TEXT PRIMARY KEY NOT NULL);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p TEXT NOT NULL REFERENCES p (id));",
            "CREATE TABLE c (id INTEGER PRIMARY KEY, p TEXT NOT NULL);",
            SectionKind::Downgrade,
            "refer to a missing row of `p`, such as p = ",
        ),
        (
            "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p INTEGER REFERENCES p (id), v TEXT NOT NULL);\nCREATE UNIQUE INDEX c_p ON c (p);",
            "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p INTEGER PRIMARY KEY REFERENCES p (id), v TEXT NOT NULL);",
            SectionKind::Upgrade,
            "refers to a missing row of `p`, such as p = ",
        ),
    ] {
        let generated = World::new(before)?.generate(after)?.ok_or("nothing to do")?;
        let filled = generated.draft.filled.clone().ok_or("nothing is filled in")?;
        let text = match section {
            SectionKind::Upgrade => filled.upgrade,
            SectionKind::Downgrade | SectionKind::Sample => filled.downgrade,
        };
        let asks = |line: &str| line.starts_with("-- REVIEW: ") && line.contains(shown);
        assert!(text.lines().any(asks), "{after}\n{}", generated.draft);
        assert!(generated.reviews > 0);
        // A database without rows can be upgraded and downgraded.
        let database = Database::with(before)?;
        database.run(&generated.draft, SectionKind::Upgrade)?;
        database.expect(&schema_of(after)?, "after the upgrade")?;
        database.run(&generated.draft, SectionKind::Downgrade)?;
        database.expect(&schema_of(before)?, "after the downgrade")?;
    }
    Ok(())
}

#[test]
fn a_constraint_without_a_name_is_called_as_it_is_at_the_head() -> Result {
    let named = "CREATE TABLE p (id INTEGER CONSTRAINT pk PRIMARY KEY);\nCREATE TABLE t (a TEXT CONSTRAINT nn NOT NULL CONSTRAINT uq UNIQUE, b INTEGER CONSTRAINT fk REFERENCES p, CONSTRAINT ck CHECK (b > 0));";
    let unnamed = "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE t (a TEXT NOT NULL UNIQUE, b INTEGER REFERENCES p (id), CHECK (b > 0));";
    for tables_only in [false, true] {
        let mut world = World::new(named)?;
        world.tables_only = tables_only;
        assert_eq!(generated(&world, unnamed)?, "nothing");
        assert_eq!(drift(&world, named, unnamed)?, Vec::<String>::new());
        let other = named.replace("CONSTRAINT ck", "CONSTRAINT other");
        assert_ne!(generated(&world, &other)?, "nothing");
        assert_ne!(drift(&world, named, &other)?, Vec::<String>::new());
    }
    Ok(())
}

/// Returns the differences that the macro reports between a head and a target schema.
fn drift(world: &World, head: &str, wanted: &str) -> Result<Vec<String>> {
    let read = TargetSchema::of_sql("schema.sql", wanted);
    let target = read.map_err(|problems| format!("{problems:?}"))?;
    let target = TargetSchema { tables_only: world.tables_only, ..target };
    let found = compare(Some(&schema_of(head)?), &target, &world.settings, &Options::default());
    Ok(found.err().unwrap_or_default().into_iter().map(|problem| problem.title()).collect())
}

#[test]
fn the_macro_and_the_command_find_the_same_differences() -> Result {
    let head = "CREATE TABLE t (a VARCHAR(10) DEFAULT 1, b TEXT, CONSTRAINT ck CHECK (b <> ''));\nCREATE TABLE old_t (a);\nCREATE VIEW v AS SELECT a FROM t;";
    let kept = "\nCREATE TABLE old_t (a);\nCREATE VIEW v AS SELECT a FROM t;";
    let wishes = [
        format!("CREATE TABLE t (a VARCHAR(10) DEFAULT 1, b TEXT, CHECK (b <> ''));{kept}"),
        format!("CREATE TABLE t (b TEXT, a VARCHAR(10) DEFAULT 1, CHECK (b <> ''));{kept}"),
        format!("CREATE TABLE t (a TEXT DEFAULT 1, b TEXT, CHECK (b <> ''));{kept}"),
        format!("CREATE TABLE t (a VARCHAR(10) DEFAULT 2, b TEXT, CHECK (b <> ''));{kept}"),
        format!("CREATE TABLE t (a VARCHAR(10) DEFAULT 1, b TEXT);{kept}"),
        "CREATE TABLE t (a VARCHAR(10) DEFAULT 1, b TEXT, CHECK (b <> ''));".to_owned(),
    ];
    for wanted in wishes {
        for (types, defaults, order, tables_only, exclude) in [
            (true, true, true, false, ""),
            (true, true, false, true, ""),
            (false, true, true, false, "old_*"),
            (true, false, false, true, "old_*"),
        ] {
            let mut world = World::new(head)?;
            world.settings.compared = Compared { types, defaults, order };
            world.settings.exclude = vec![exclude.to_owned()];
            world.tables_only = tables_only;
            let command = generated(&world, &wanted).map(|text| text == "nothing")?;
            assert_eq!(drift(&world, head, &wanted)?.is_empty(), command, "{wanted} {:?}", world.settings);
        }
    }
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
    let head = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);";
    assert_eq!(drift(&world, head, dump)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn err_a_wanted_schema_that_cannot_be_made() -> Result {
    let world = World::new("CREATE TABLE t (a);")?;
    let told = |wanted: &str| match world.generate(wanted) {
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(Refusal::Target { problems }) => {
                let style = aludel_core::problem::Style::Plain;
                problems.iter().map(|problem| problem.render(style)).collect::<Vec<_>>().join("\n\n")
            }
            _ => error.to_string(),
        },
        Ok(_) => "no error".to_owned(),
    };
    insta::assert_snapshot!(told("CREATE TABLE t (a);\nCREATE INDEX i ON t (b);"), @r"
    the target schema cannot be created: no such column: b
     --> schema.sql:2:1
      |
    2 | CREATE INDEX i ON t (b);
      | ^^^^^^^^^^^^^^^^^^^^^^^^ SQLite stopped at this statement
      |
      = help: correct the statement; it ran on an empty scratch database, after those above it
    ");
    assert!(told("CREATE TABLE t (a);\nATTACH 'x' AS y;").contains("schema.sql:2:1"));
    insta::assert_snapshot!(told("-- nothing\n").lines().next().unwrap_or_default(), @"the target schema is empty: expected statements such as `CREATE TABLE`");
    insta::assert_snapshot!(told("CREATE TABLE t (a);\nCREATE VIEW v AS SELECT b FROM t;"), @"cannot generate a script that passes the proof: after this upgrade, view `v` refers to something that does not exist: no such column: b");
    Ok(())
}

/// Renames inferred from names, keys and modules. Each leads to a question.
#[test]
fn renames_are_told_by_likeness_and_by_what_refers() -> Result {
    let child = |parent: &str| {
        format!(
            "CREATE TABLE c (p_id INTEGER PRIMARY KEY REFERENCES {parent} (id) ON DELETE CASCADE, v TEXT);"
        )
    };
    let (to_p, to_parent) = (child("p"), child("parent"));
    for (before, after, renames) in [
        (
            "CREATE TABLE f (id INTEGER PRIMARY KEY, name TEXT, extra_alpha INTEGER, extra_beta INTEGER);".to_owned(),
            "CREATE TABLE f (id INTEGER PRIMARY KEY, beta INTEGER, alpha INTEGER, name TEXT);".to_owned(),
            &["COLUMN extra_alpha TO alpha", "COLUMN extra_beta TO beta"][..],
        ),
        (
            format!("CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT);\n{to_p}"),
            format!("CREATE TABLE parent (id INTEGER PRIMARY KEY, title TEXT);\n{to_parent}"),
            &["RENAME TO parent", "COLUMN name TO title"],
        ),
        (
            "CREATE TABLE user_a (id INTEGER PRIMARY KEY, n TEXT);\nCREATE TABLE user_b (id INTEGER PRIMARY KEY, n TEXT);".to_owned(),
            "CREATE TABLE a_user_b (id INTEGER PRIMARY KEY, n TEXT);\nCREATE TABLE user_as (id INTEGER PRIMARY KEY, n TEXT);".to_owned(),
            &["TABLE user_a RENAME TO user_as", "TABLE user_b RENAME TO a_user_b"],
        ),
        (
            "CREATE VIRTUAL TABLE notes USING fts5(title, body);\nCREATE VIRTUAL TABLE box USING rtree(id, x0, x1);".to_owned(),
            "CREATE VIRTUAL TABLE entries USING fts5(title, body);\nCREATE VIRTUAL TABLE area USING rtree(id, x0, x1);".to_owned(),
            &["TABLE notes RENAME TO entries", "TABLE box RENAME TO area"],
        ),
    ] {
        let mut world = World::new(&before)?;
        let made = world.generate(&after)?.ok_or("nothing to do")?;
        world.expect_proved(&made.draft)?;
        let text = made.draft.to_string();
        for rename in renames {
            assert!(text.contains(rename), "{rename}\n{text}");
        }
        assert_eq!(made.reviews, renames.len(), "{text}");
        assert!(!text.contains("Loses") && !text.contains("DROP "), "{text}");
    }
    Ok(())
}

#[test]
fn an_index_of_texts_over_a_table_with_rows_is_filled() -> Result {
    let doc = "CREATE TABLE doc (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT);";
    for index in [
        "CREATE VIRTUAL TABLE doc_fts USING fts5(title, body, content='doc', content_rowid='id');",
        "CREATE VIRTUAL TABLE doc_fts USING fts5(title, body, content = \"doc\", content_rowid=id);",
        "CREATE VIRTUAL TABLE doc_fts USING fts4(title, body, content='doc');",
    ] {
        let mut world = World::new(doc)?;
        let made = world.generate(&format!("{doc}\n{index}"))?.ok_or("nothing to do")?;
        world.expect_proved(&made.draft)?;
        let database = Database::with(&format!("{doc} INSERT INTO doc VALUES (3, 'a', 'hallo welt')"))?;
        database.run(&made.draft, SectionKind::Upgrade)?;
        let sql = "SELECT count(*) FROM doc_fts WHERE doc_fts MATCH 'welt'";
        let found: i64 = database.connection.query_row(sql, [], |row| row.get(0))?;
        assert_eq!(found, 1, "{index}\n{}", made.draft);
    }
    for contentless in ["content=''", "tokenize='porter'"] {
        let made = World::new(doc)?
            .generate(&format!("{doc}\nCREATE VIRTUAL TABLE f USING fts5(title, {contentless});"))?
            .ok_or("nothing to do")?;
        assert!(!made.draft.to_string().contains("rebuild"), "{}", made.draft);
    }
    Ok(())
}

#[test]
fn a_check_stays_beside_its_column_where_the_table_is_made_anew() -> Result {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT NOT NULL CONSTRAINT k CHECK (kind <> ''), n TEXT, CHECK (n <> kind));";
    let made =
        World::new(before)?.generate(&before.replace("n TEXT", "n TEXT UNIQUE"))?.ok_or("nothing to do")?;
    let text = made.draft.to_string();
    assert_eq!(text.matches("kind TEXT NOT NULL CONSTRAINT k CHECK (kind <> '')").count(), 2, "{text}");
    assert_eq!(text.matches("    CHECK (n <> kind)\n").count(), 2, "{text}");
    Ok(())
}

#[test]
fn rows_are_the_same_by_the_values_that_they_will_have() -> Result {
    let scenes = "CREATE TABLE scenes (id INTEGER PRIMARY KEY);";
    let before = format!(
        "{scenes}\nCREATE TABLE sids (scene_id INTEGER REFERENCES scenes (id) ON DELETE CASCADE, endpoint TEXT, stash_id TEXT);"
    );
    let after = format!(
        "{scenes}\nCREATE TABLE sids (scene_id INTEGER NOT NULL REFERENCES scenes (id) ON DELETE CASCADE, endpoint TEXT NOT NULL, stash_id TEXT NOT NULL, PRIMARY KEY (scene_id, endpoint));"
    );
    let made = World::new(&before)?.generate(&after)?.ok_or("nothing to do")?;
    for rows in [
        "(1, 'a', 's'), (NULL, 'a', 't')",
        "(1, NULL, 's'), (1, NULL, 't'), (NULL, NULL, 'u')",
        "(1, '', 's'), (1, NULL, 't'), (1, NULL, NULL)",
    ] {
        let database = Database::with(&format!(
            "{before} INSERT INTO scenes VALUES (1); INSERT INTO sids VALUES {rows};"
        ))?;
        database.run(&made.draft, SectionKind::Upgrade).map_err(|error| format!("{rows}: {error}"))?;
    }
    Ok(())
}

#[test]
fn any_number_of_rows_without_a_value_is_filled_in_for_a_new_unique_column() -> Result {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT, i INTEGER, b BLOB, r REAL);";
    let after = "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT NOT NULL UNIQUE, i INTEGER NOT NULL UNIQUE, b BLOB NOT NULL UNIQUE, r REAL NOT NULL UNIQUE);";
    let made = World::new(before)?.generate(after)?.ok_or("nothing to do")?;
    for rows in [
        "(NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL)",
        "('2', 2, x'32', 2.0), (NULL, NULL, NULL, NULL), ('2', 2, x'32', 2.0), (NULL, 2, NULL, 4.0)",
        "('a', 1, x'01', 1.5), ('a', 1, x'01', 1.5), ('a', NULL, x'01', NULL), (NULL, 1, NULL, 1.5)",
    ] {
        let database = Database::with(&format!("{before} INSERT INTO t (n, i, b, r) VALUES {rows};"))?;
        database.run(&made.draft, SectionKind::Upgrade).map_err(|error| format!("{rows}: {error}"))?;
    }
    Ok(())
}

#[test]
fn a_parent_that_is_there_may_be_empty() -> Result {
    let before = "CREATE TABLE shelves (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\nCREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT);";
    let after = before.replace("title TEXT", "title TEXT, shelf INTEGER NOT NULL REFERENCES shelves (id)");
    let made = World::new(before)?.generate(&after)?.ok_or("nothing to do")?;
    for (rows, shelves) in [
        ("", 0),
        ("INSERT INTO books VALUES (1, 'a');", 1),
        ("INSERT INTO shelves VALUES (7, 'b');", 1),
        ("INSERT INTO shelves VALUES (7, 'b'); INSERT INTO books VALUES (1, 'a');", 1),
    ] {
        let database = Database::with(&format!("{before} {rows}"))?;
        database.run(&made.draft, SectionKind::Upgrade).map_err(|error| format!("{rows}: {error}"))?;
        let count: i64 =
            database.connection.query_row("SELECT count(*) FROM shelves", [], |row| row.get(0))?;
        assert_eq!(count, shelves, "{rows}\n{}", made.draft);
    }
    Ok(())
}
