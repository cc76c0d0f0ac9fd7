//! `aludel import` and `aludel adopt`: the migrations and the databases of other tools. The
//! databases here contain the tables that the tools create. `tests/outside` runs the tools
//! themselves.

use std::error::Error;

use tests::TestResult;

use crate::program::Workplace;

/// The files of one tool, with their contents.
type Files = &'static [(&'static str, &'static str)];

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n";
const EMAIL: &str = "ALTER TABLE users ADD COLUMN email TEXT;\n";

/// The folder of each tool with two migrations, with and without downgrades, and the resulting IDs.
const TOOLS: &[(&str, Files, [&str; 2])] = &[
    (
        "sqlx",
        &[
            ("20240101000000_users.sql", USERS),
            ("20240201000000_add_email.up.sql", EMAIL),
            ("20240201000000_add_email.down.sql", "ALTER TABLE users DROP COLUMN email;\n"),
        ],
        ["20240101000000", "20240201000000"],
    ),
    (
        "diesel",
        &[
            ("00000000000000_users/up.sql", USERS),
            ("00000000000000_users/down.sql", "DROP TABLE users;\n"),
            ("2024-02-01-120000_add_email/up.sql", EMAIL),
            ("2024-02-01-120000_add_email/down.sql", "-- This file should undo anything in `up.sql`\n"),
            (".diesel_lock", ""),
        ],
        ["0000", "20240201120000"],
    ),
    ("refinery", &[("V1__users.sql", USERS), ("U10__add_email.sql", EMAIL)], ["0001", "0010"]),
    (
        "rusqlite-migration",
        &[
            ("01-users/up.sql", USERS),
            ("02-add_email/up.sql", EMAIL),
            ("02-add_email/down.sql", "ALTER TABLE users DROP COLUMN email;"),
        ],
        ["0001", "0002"],
    ),
    (
        "goose",
        &[
            (
                "00001_users.sql",
                "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n-- +goose StatementEnd\n\n-- +goose Down\nDROP TABLE users;\n",
            ),
            ("00002_add_email.sql", "-- +goose Up\nALTER TABLE users ADD COLUMN email TEXT;\n"),
        ],
        ["0001", "0002"],
    ),
    (
        "dbmate",
        &[
            (
                "20240101000000_users.sql",
                "-- migrate:up\nCREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n\n-- migrate:down\nDROP TABLE users;\n",
            ),
            (
                "20240201000000_add_email.sql",
                "-- migrate:up\nALTER TABLE users ADD COLUMN email TEXT\n\n-- migrate:down\n",
            ),
        ],
        ["20240101000000", "20240201000000"],
    ),
    (
        "golang-migrate",
        &[
            ("1_users.up.sql", USERS),
            ("1_users.down.sql", "DROP TABLE users;"),
            ("2_add_email.up.sql", EMAIL),
        ],
        ["0001", "0002"],
    ),
    (
        "drizzle",
        &[
            (
                "meta/_journal.json",
                r#"{"version": "7", "dialect": "sqlite", "entries": [
                    {"idx": 0, "version": "6", "when": 1700000000000, "tag": "0000_users", "breakpoints": true},
                    {"idx": 1, "version": "6", "when": 1700000000001, "tag": "0001_add_email", "breakpoints": true}]}"#,
            ),
            ("meta/0000_snapshot.json", "{}"),
            (
                "0000_users.sql",
                "CREATE TABLE `users` (`id` integer PRIMARY KEY, `name` text);\n--> statement-breakpoint\nCREATE INDEX `users_name` ON `users` (`name`);",
            ),
            ("0001_add_email.sql", "ALTER TABLE `users` ADD `email` text;"),
        ],
        ["1700000000000", "1700000000001"],
    ),
    (
        "sql",
        &[
            ("001 users.sql", "BEGIN;\nCREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\nCOMMIT;"),
            ("7.sql", EMAIL),
        ],
        ["0001", "0007"],
    ),
];

fn put(here: &Workplace, files: Files) -> TestResult {
    for (name, text) in files {
        let path = here.scratch.path("old").join(name);
        std::fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

fn with(files: Files) -> Result<Workplace, Box<dyn Error>> {
    let here = Workplace::empty()?;
    put(&here, files)?;
    Ok(here)
}

#[test]
fn the_folder_of_each_tool_becomes_a_chain_that_goes_up_and_down() -> TestResult {
    for (tool, files, ids) in TOOLS {
        let here = with(files)?;
        let before = tests::files(&here.scratch.path("old"))?;
        let answer = here.json(&format!("import {tool} old")).map_err(|error| format!("{tool}: {error}"))?;
        let scripts = answer["imported"].as_array().ok_or("no scripts")?;
        let found: Vec<&str> = scripts.iter().filter_map(|script| script["revision"].as_str()).collect();
        assert_eq!(found, ids, "{tool}");
        assert!(scripts.iter().all(|script| script["downgrade"] != "irreversible"), "{tool}: {answer}");
        assert!(here.printed("verify")?.contains("2 scripts verified: no errors"), "{tool}");
        here.printed("upgrade head")?;
        assert!(here.printed("schema")?.contains("email"), "{tool}");
        here.printed("downgrade base --yes")?;
        assert_eq!(tests::files(&here.scratch.path("old"))?, before, "{tool}");
    }
    Ok(())
}

#[test]
fn a_script_says_where_it_comes_from_and_what_was_derived() -> TestResult {
    let here = with(&[
        ("1_users.sql", USERS),
        (
            "2_names.sql",
            "PRAGMA foreign_keys = OFF;\nUPDATE users SET name = trim(name);\nPRAGMA foreign_keys = ON;\n",
        ),
        (
            "3_split.sql",
            "CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);\nINSERT INTO names (name) SELECT DISTINCT name FROM users WHERE name IS NOT NULL;\n",
        ),
        ("README.md", "about these files"),
    ])?;
    let ended = here.run("import sql old")?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    insta::assert_snapshot!(ended.stdout, @r"
    REVISION  IMPORTED FROM    DOWNGRADE
    0001      old/1_users.sql  derived
    0002      old/2_names.sql  derived; loses users.name
    0003      old/3_split.sql  derived
    3 scripts imported and verified
    ");
    insta::assert_snapshot!(ended.stderr, @r"
    note: old/2_names.sql: a run does this itself, so it was removed: PRAGMA foreign_keys = OFF; PRAGMA foreign_keys = ON
    note: skipped, because it is not a migration: old/README.md
    Next: read the derived downgrades, run `aludel freeze`, and record the revision of each database with `aludel adopt`
    ");
    insta::assert_snapshot!(std::fs::read_to_string(here.script("0002")?)?, @r"
    -- names
    --
    -- The original is old/2_names.sql
    --
    -- Revision ID: 0002
    -- Revises: 0001
    -- Imported From: sql 2
    -- Loses: users.name

    -- upgrade
    UPDATE users SET name = trim(name);

    -- downgrade
    -- derived on import: read it before you rely on it
    -- nothing to do: the upgrade leaves the schema as it is
    ");
    Ok(())
}

#[test]
fn what_cannot_be_reverted_becomes_old_history() -> TestResult {
    let here = with(&[
        ("1_users.up.sql", USERS),
        ("2_only.up.sql", "CREATE UNIQUE INDEX users_name ON users (name);"),
        ("2_only.down.sql", "DROP INDEX persons_name;"),
        ("3_email.up.sql", EMAIL),
    ])?;
    let ended = here.run("import sqlx old")?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let settings = std::fs::read_to_string(here.scratch.path("aludel.toml"))?;
    assert_eq!(settings, "irreversible_until = \"0002\"\n");
    let printed = here.printed("verify")?;
    assert!(
        printed.contains("irreversible: 0002 (this downgrade fails: no such index: persons_name)"),
        "{printed}"
    );
    assert!(printed.contains("3 scripts verified: no errors"), "{printed}");
    here.printed("upgrade head")?;
    here.printed("downgrade 0002 --yes")?;
    assert_eq!(here.run("downgrade 0001 --yes")?.code, Some(1));
    Ok(())
}

/// One downgrade fails, one leaves a table behind, and one is not valid SQL. Only the last
/// downgrade is used.
#[test]
fn a_downgrade_that_does_not_revert_is_replaced() -> TestResult {
    let here = with(&[
        ("1_users.up.sql", USERS),
        ("1_users.down.sql", "-- upgrade\nDROP TABLE persons;\n"),
        (
            "2_tags.up.sql",
            "CREATE TABLE tags (id INTEGER PRIMARY KEY);\nCREATE TABLE notes (id INTEGER PRIMARY KEY);",
        ),
        ("2_tags.down.sql", "DROP TABLE tags;"),
        ("3_email.up.sql", EMAIL),
        ("3_email.down.sql", "ALTER users DROP email;"),
        ("4_pages.up.sql", "CREATE TABLE pages (id INTEGER PRIMARY KEY);"),
        ("4_pages.down.sql", "DROP TABLE pages;"),
    ])?;
    insta::assert_snapshot!(here.printed("import sqlx old")?, @r"
    REVISION  IMPORTED FROM       DOWNGRADE
    0001      old/1_users.up.sql  derived; the original one was replaced: this downgrade fails: no such table: persons
    0002      old/2_tags.up.sql   derived; the original one was replaced: this downgrade does not restore the schema from before the upgrade: table `notes` is left behind
    0003      old/3_email.up.sql  derived; the original one was replaced: the original downgrade is invalid: syntax error near `users`
    0004      old/4_pages.up.sql  original
    4 scripts imported and verified
    ");
    let script = std::fs::read_to_string(here.scratch.path("migrations/0001_users.sql"))?;
    insta::assert_snapshot!(script.split_once("\n-- downgrade\n").ok_or("no downgrade")?.1, @r"
    -- derived on import: read it before you rely on it
    -- the original one was replaced: this downgrade fails: no such table: persons
    -- | -- (upgrade)
    -- | DROP TABLE persons;
    -- removed table `users`
    DROP TABLE users;
    ");
    assert!(here.printed("verify")?.contains("4 scripts verified: no errors"));
    assert!(!here.scratch.path("aludel.toml").exists());
    here.printed("upgrade head")?;
    here.printed("downgrade base")?;
    assert_eq!(here.printed("current")?, "");
    Ok(())
}

#[test]
fn a_replaced_downgrade_is_in_json_too() -> TestResult {
    let here = with(&[("1_users.up.sql", USERS), ("1_users.down.sql", "DROP TABLE persons;")])?;
    let answer = here.json("import sqlx old")?;
    assert_eq!(answer["imported"][0]["downgrade"], "derived");
    assert_eq!(answer["imported"][0]["reason"], "this downgrade fails: no such table: persons");
    assert!(answer["irreversible_until"].is_null());
    Ok(())
}

/// `ALTER TABLE` cannot drop a column that a constraint of the table names.
#[test]
fn a_column_of_a_foreign_key_is_removed_by_a_rebuild() -> TestResult {
    let rebuilt = "CREATE TABLE new_users (id INTEGER PRIMARY KEY, name TEXT, home INTEGER,\n\
                   FOREIGN KEY (home) REFERENCES boards (id));\n\
                   INSERT INTO new_users (id, name) SELECT id, name FROM users;\n\
                   DROP TABLE users;\nALTER TABLE new_users RENAME TO users;";
    let here =
        with(&[("1_users.sql", USERS), ("2_boards.sql", "CREATE TABLE boards (id INTEGER PRIMARY KEY);")])?;
    std::fs::write(here.scratch.path("old/3_home.sql"), rebuilt)?;
    assert!(here.printed("import sql old")?.contains("0003      old/3_home.sql    derived\n"));
    assert!(here.printed("verify")?.contains("3 scripts verified: no errors"));
    here.printed("upgrade head")?;
    here.open()?.execute_batch("INSERT INTO users (name) VALUES ('sea')")?;
    here.printed("downgrade 0002 --yes")?;
    let columns = here.open()?.prepare("SELECT * FROM users WHERE name = 'sea'")?.column_count();
    assert_eq!(columns, 2);
    Ok(())
}

/// A Drizzle folder may contain the program that runs its migrations.
#[test]
fn a_program_next_to_the_migrations_of_drizzle_is_left_out() -> TestResult {
    let (_, files, _) = TOOLS.iter().find(|(tool, ..)| *tool == "drizzle").ok_or("no Drizzle")?;
    let here = with(files)?;
    std::fs::write(here.scratch.path("old/migrate.ts"), "await migrate(db);\n")?;
    let answer = here.json("import drizzle old")?;
    assert_eq!(answer["left_out"][0], "old/migrate.ts");
    assert_eq!(answer["imported"].as_array().map(Vec::len), Some(2));
    Ok(())
}

/// Returns the name and the text of a migration, given its number and its statements.
type Written = fn(usize, &str) -> (String, String);

/// Only `VACUUM` needs to run outside a transaction. Other migrations did so to disable foreign key
/// enforcement, which a run does itself.
#[test]
fn migrations_outside_a_transaction_are_imported() -> TestResult {
    let rebuild = "PRAGMA foreign_keys = OFF;\nBEGIN;\nALTER TABLE users ADD COLUMN email TEXT;\nCOMMIT;";
    let tools: [(&str, Written); 4] = [
        ("sqlx", |number, sql| (format!("{number}_m.sql"), format!("-- no-transaction\n{sql}"))),
        ("diesel", |number, sql| (format!("0{number}_m/up.sql"), sql.to_owned())),
        ("goose", |number, sql| {
            (format!("{number}_m.sql"), format!("-- +goose NO TRANSACTION\n-- +goose Up\n{sql}"))
        }),
        ("dbmate", |number, sql| {
            (format!("{number}_m.sql"), format!("-- migrate:up transaction:false\n{sql}"))
        }),
    ];
    for (tool, file) in tools {
        let sections = [USERS, "PRAGMA page_size = 8192;\nVACUUM;", rebuild];
        let here = Workplace::empty()?;
        for (number, sql) in (1..).zip(sections) {
            let (name, text) = file(number, sql);
            let path = here.scratch.path("old").join(name);
            std::fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
            std::fs::write(path, text)?;
        }
        if tool == "diesel" {
            std::fs::write(here.scratch.path("old/02_m/metadata.toml"), "run_in_transaction = false\n")?;
        }
        here.printed(&format!("import {tool} old"))?;
        assert!(here.printed("verify")?.contains("3 scripts verified: no errors"), "{tool}");
        here.printed("upgrade head --yes")?;
        let size: i64 = here.open()?.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        assert_eq!(size, 8192, "{tool}");
        here.printed("downgrade base --yes")?;
    }
    Ok(())
}

#[test]
fn what_cannot_be_imported_is_said_file_by_file() -> TestResult {
    let here = with(&[
        ("1_users.sql", USERS),
        ("1_again.sql", EMAIL),
        ("users.sql", EMAIL),
        ("3_email.rs", "fn main() {}"),
        ("5_lost.down.sql", "DROP TABLE users;"),
    ])?;
    insta::assert_snapshot!(here.refused("import sqlx old")?, @r"
    error: 4 files cannot be imported; nothing was written
      old/3_email.rs: it is a program, which cannot be translated: replace it with its statements as SQL
      old/users.sql: expected a file name of `<version>_<name>.sql`, `.up.sql` or `.down.sql`
      old/5_lost.down.sql: it is a downgrade, and its upgrade is missing
      old/1_users.sql: it has the same version as `old/1_again.sql`
    help: import a copy of the folder without these files, or correct them in it
    exit 1
    ");
    assert!(tests::files(&here.scratch.migrations())?.is_empty());
    let here = with(&[(
        "1_users.sql",
        "CREATE TABLE users (id);\nATTACH 'other.db' AS other;\nCREATE TABL t (x);\n",
    )])?;
    let printed = here.refused("import sql old")?;
    assert!(printed.contains("`ATTACH`") && printed.contains("syntax error near `TABL`"), "{printed}");
    assert!(tests::files(&here.scratch.migrations())?.is_empty());
    assert!(here.refused("import drizzle old")?.contains("meta/_journal.json"));
    assert!(here.refused("import sqlx nowhere")?.contains("nowhere"));
    Ok(())
}

#[test]
fn an_import_begins_a_history() -> TestResult {
    let here = Workplace::chain()?;
    put(&here, &[("1_users.sql", USERS)])?;
    let printed = here.refused("import sql old")?;
    assert!(
        printed.starts_with("error: the folder `migrations` already has scripts, such as `a1.sql`"),
        "{printed}"
    );
    Ok(())
}

/// A script that prints the output of Alembic 1.20.1 for two revisions.
#[cfg(unix)]
const ALEMBIC: &str = r#"#!/bin/sh
case "$*" in
"history --verbose") cat <<END
Rev: 1b2c3d (head)
Parent: 0a1b2c
Path: $PWD/versions/0a2_email.py

    add email

Rev: 0a1b2c
Parent: <base>
Path: $PWD/versions/0a1_users.py

    create users

END
;;
"upgrade base:0a1b2c --sql") cat <<END
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0a1b2c

CREATE TABLE users (
    id INTEGER NOT NULL, 
    name VARCHAR(40), 
    PRIMARY KEY (id)
);

INSERT INTO alembic_version (version_num) VALUES ('0a1b2c') RETURNING version_num;
END
;;
"downgrade 0a1b2c:base --sql") cat <<END
-- Running downgrade 0a1b2c -> 

DROP TABLE users;

DELETE FROM alembic_version WHERE alembic_version.version_num = '0a1b2c';
END
;;
"upgrade 0a1b2c:1b2c3d --sql") cat <<END
-- Running upgrade 0a1b2c -> 1b2c3d

ALTER TABLE users ADD COLUMN email VARCHAR(80);

UPDATE alembic_version SET version_num='1b2c3d' WHERE alembic_version.version_num = '0a1b2c';
END
;;
*) echo "INFO  [alembic.runtime.migration] Generating static SQL" >&2
echo "FAILED: This operation cannot proceed in --sql mode"
exit 255
;;
esac
"#;

/// Runs `aludel import alembic old` with a script in place of the `alembic` program.
#[cfg(unix)]
fn import_with_alembic(here: &Workplace, script: &str) -> Result<crate::program::Ended, Box<dyn Error>> {
    use std::os::unix::fs::PermissionsExt as _;
    let programs = here.scratch.path("programs");
    std::fs::create_dir_all(&programs)?;
    std::fs::create_dir_all(here.scratch.path("old"))?;
    std::fs::write(programs.join("alembic"), script)?;
    std::fs::set_permissions(programs.join("alembic"), std::fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let output = here.command(&["import", "alembic", "old"]).env("PATH", path).output()?;
    crate::program::ended(&output)
}

#[test]
#[cfg(unix)]
fn alembic_writes_the_sql_of_its_revisions_and_a_missing_downgrade_is_derived() -> TestResult {
    let here = Workplace::empty()?;
    let ended = import_with_alembic(&here, ALEMBIC)?;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    insta::assert_snapshot!(ended.stdout, @r"
    REVISION  IMPORTED FROM              DOWNGRADE
    0a1b2c    old/versions/0a1_users.py  original
    1b2c3d    old/versions/0a2_email.py  derived
    2 scripts imported and verified
    ");
    assert!(ended.stderr.contains("it was removed: CREATE TABLE alembic_version"), "{}", ended.stderr);
    insta::assert_snapshot!(std::fs::read_to_string(here.script("1b2c3d")?)?, @r"
    -- add email
    --
    -- The original is old/versions/0a2_email.py
    --
    -- Revision ID: 1b2c3d
    -- Revises: 0a1b2c

    -- upgrade
    -- Running upgrade 0a1b2c -> 1b2c3d

    ALTER TABLE users ADD COLUMN email VARCHAR(80);

    -- downgrade
    -- derived on import: read it before you rely on it
    -- removed column `users.email`
    ALTER TABLE users DROP COLUMN email;
    ");
    here.open()?.execute_batch(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
         INSERT INTO alembic_version VALUES ('0a1b2c');
         CREATE TABLE users (id INTEGER NOT NULL, name VARCHAR(40), PRIMARY KEY (id));",
    )?;
    for command in ["upgrade head", "check", "downgrade base --yes", "upgrade head", "check"] {
        here.printed(command)?;
    }
    Ok(())
}

#[test]
#[cfg(unix)]
fn err_the_reason_of_alembic_is_shown() -> TestResult {
    let here = Workplace::empty()?;
    let ended = import_with_alembic(&here, &ALEMBIC.replace("upgrade 0a1b2c:1b2c3d", "upgrade nothing"))?;
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stderr, @r"
    error: 1 file cannot be imported; nothing was written
      old/versions/0a2_email.py: `alembic upgrade 0a1b2c:1b2c3d --sql` failed: This operation cannot proceed in --sql mode
    help: import a copy of the folder without these files, or correct them in it
    ");
    let ended = import_with_alembic(&here, "#!/bin/sh\necho \"ImportError: no module\" >&2\nexit 1\n")?;
    assert!(
        ended.stderr.contains("`alembic history --verbose` failed: ImportError: no module"),
        "{}",
        ended.stderr
    );
    assert!(tests::files(&here.scratch.migrations())?.is_empty());
    Ok(())
}

/// The tables of the tools, with the rows of the first migration and with the rows of both
/// migrations.
const TABLES: &[(&str, &str, [&str; 2])] = &[
    (
        "sqlx",
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
        [
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20240101000000, 'users', TRUE, x'5A09D41F8E81D8E52421DE478D6B8C6009C233A9C8F9C48574F3846DC38774B9D9B810D2FF1A0EC2FD7655DFCBCD5AA3', 1)",
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20240201000000, 'add email', TRUE, x'4B886657D12ACAAA416C4A98503159BF15307B40BB65B2E1BDB93AF3CB247A13B1B75E7332FA1936326B787E2D686F1C', 1)",
        ],
    ),
    (
        "diesel",
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        [
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000')",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('20240201120000')",
        ],
    ),
    (
        "refinery",
        "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))",
        [
            "INSERT INTO refinery_schema_history VALUES (1, 'users', '2024-01-01T00:00:00Z', '14646354097117396516')",
            "INSERT INTO refinery_schema_history VALUES (10, 'add_email', '2024-01-01T00:00:00Z', '9471205405616439569')",
        ],
    ),
    ("rusqlite-migration", "", ["PRAGMA user_version = 1", "PRAGMA user_version = 2"]),
    (
        "goose",
        "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))",
        [
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (2, 0)",
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, 1)",
        ],
    ),
    (
        "dbmate",
        "CREATE TABLE schema_migrations (version varchar(128) primary key)",
        [
            "INSERT INTO schema_migrations VALUES ('20240101000000')",
            "INSERT INTO schema_migrations VALUES ('20240201000000')",
        ],
    ),
    (
        "golang-migrate",
        "CREATE TABLE schema_migrations (version uint64, dirty bool)",
        ["INSERT INTO schema_migrations VALUES (1, FALSE)", "UPDATE schema_migrations SET version = 2"],
    ),
    (
        "drizzle",
        "CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)",
        [
            "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('b1ad56cd09b33f8126d01eee9ff89ddd1faae60ac7209af282e085de9b2900da', 1700000000000)",
            "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('3c909c28461ff788ddb6327f2d28f163a88ad8a5d49552045f5881923b91e532', 1700000000001)",
        ],
    ),
    ("sql", "", ["PRAGMA user_version = 1", "PRAGMA user_version = 7"]),
];

/// Imports the migrations of a tool, and creates a database on which the tool ran the first `count`
/// of them.
fn run_by(tool: &str, count: usize) -> Result<Workplace, Box<dyn Error>> {
    let (_, files, ids) = TOOLS.iter().find(|(name, ..)| *name == tool).ok_or("no such tool")?;
    let here = with(files)?;
    here.printed(&format!("import {tool} old"))?;
    let id = ids.get(count - 1).ok_or("no such migration")?;
    here.printed(&format!("upgrade {id}"))?;
    let database = here.open()?;
    database.execute_batch("DROP TABLE alembic_version; DROP TABLE aludel_history;")?;
    let (_, table, rows) = TABLES.iter().find(|(name, ..)| *name == tool).ok_or("no table")?;
    database.execute_batch(table)?;
    for row in rows.iter().take(count) {
        database.execute_batch(row)?;
    }
    Ok(here)
}

#[test]
fn a_database_of_each_tool_is_adopted_where_it_is() -> TestResult {
    for (tool, _, ids) in TOOLS {
        for (count, id) in [(1, ids[0]), (2, ids[1])] {
            let here = run_by(tool, count)?;
            assert_eq!(here.run("upgrade head")?.code, Some(7), "{tool}");
            let answer = here.json("adopt").map_err(|error| format!("{tool}: {error}"))?;
            assert_eq!(answer["current"][0], id, "{tool}");
            assert_eq!(answer["applied"].as_array().map(Vec::len), Some(count), "{tool}");
            assert!(answer["tool"].is_string(), "{tool}");
            here.printed("upgrade head")?;
            assert_eq!(here.printed("check")?, "the database is at head\n", "{tool}");
            assert!(here.json("adopt")?["tool"].is_null(), "{tool}");
            assert!(here.printed("status")?.contains("at head"), "{tool}");
        }
    }
    Ok(())
}

#[test]
fn the_next_step_for_a_database_of_a_tool_is_to_adopt_it() -> TestResult {
    for (tool, table) in
        [("sqlx", "_sqlx_migrations"), ("dbmate", "schema_migrations"), ("sql", "user_version")]
    {
        let here = run_by(tool, 1)?;
        let advice =
            format!("another program has migrated it (`{table}`): record its revision with `adopt`\n");
        assert!(here.refused("upgrade head")?.contains(&format!("help: {advice}")), "{tool}");
        assert!(here.printed("status")?.contains(&format!("to do     {advice}")), "{tool}");
        assert!(here.run("check")?.stderr.contains(&format!("help: {advice}")), "{tool}");
        here.printed("adopt")?;
        assert!(here.printed("status")?.contains("behind: 1 pending"), "{tool}");
    }
    Ok(())
}

/// No script was imported, so the tool's versions do not correspond to revisions.
#[test]
fn the_next_step_without_imported_scripts_is_to_import_or_to_stamp() -> TestResult {
    let import = "import its migrations with `aludel import`, then record its revision with `adopt`\n";
    for (table, sql, advice) in [
        ("user_version", "CREATE TABLE notes (x); PRAGMA user_version = 3", import),
        (
            "_sqlx_migrations",
            "CREATE TABLE notes (x); CREATE TABLE _sqlx_migrations (success, version)",
            import,
        ),
        // Its migrations cannot be imported.
        (
            "seaql_migrations",
            "CREATE TABLE notes (x); CREATE TABLE seaql_migrations (version)",
            "record its revision with `adopt`\n",
        ),
    ] {
        let here = Workplace::chain()?;
        here.open()?.execute_batch(sql)?;
        let advice = format!("another program has migrated it (`{table}`): {advice}");
        assert!(here.refused("upgrade head")?.contains(&format!("help: {advice}")), "{table}");
        assert!(here.printed("status")?.contains(&format!("to do     {advice}")), "{table}");
        assert!(here.run("check")?.stderr.contains(&format!("help: {advice}")), "{table}");
    }
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.open()?
        .execute_batch("DROP TABLE alembic_version; DROP TABLE aludel_history; PRAGMA user_version = 3")?;
    let advice = "if that is its revision, record it with `stamp a1`\n";
    assert!(here.refused("upgrade head")?.contains(&format!("help: its schema matches `a1`: {advice}")));
    assert!(here.printed("status")?.contains(&format!("to do     {advice}")));
    Ok(())
}

/// The tool's first migration failed.
#[test]
fn a_tool_that_ran_nothing_leaves_a_database_at_base() -> TestResult {
    let here = run_by("sqlx", 1)?;
    here.open()?.execute_batch("DELETE FROM _sqlx_migrations; DROP TABLE users;")?;
    assert!(here.refused("adopt")?.contains("if no migration ran, with `stamp base`"));
    here.printed("stamp base")?;
    here.printed("upgrade head")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn on_any_doubt_nothing_is_adopted() -> TestResult {
    for (tool, change, message) in [
        ("sqlx", "ALTER TABLE users ADD COLUMN extra", "its schema differs: column `users.extra`"),
        (
            "sqlx",
            "DELETE FROM _sqlx_migrations WHERE version = 20240101000000",
            "but not the one for `20240101000000`",
        ),
        ("sqlx", "UPDATE _sqlx_migrations SET success = FALSE", "did not complete successfully"),
        (
            "sqlx",
            "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 20240101000000",
            "sqlx recorded a different checksum for the original of `migrations/20240101000000_users.sql`: it was edited",
        ),
        (
            "refinery",
            "UPDATE refinery_schema_history SET checksum = '1' WHERE version = 10",
            "refinery recorded a different checksum for the original of `migrations/0010_add_email.sql`: it was edited",
        ),
        (
            "drizzle",
            "UPDATE __drizzle_migrations SET hash = upper(hash) || '0' WHERE created_at = 1700000000000; \
             UPDATE __drizzle_migrations SET hash = 'bb' WHERE created_at = 1700000000001",
            "Drizzle recorded a different checksum for the original of `migrations/1700000000001_add_email.sql`: it was edited",
        ),
        (
            "diesel",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')",
            "ran `20990101000000`, for which the chain has no revision",
        ),
        ("golang-migrate", "UPDATE schema_migrations SET dirty = TRUE", "did not complete successfully"),
        (
            "refinery",
            "UPDATE refinery_schema_history SET version = x'00' WHERE version = 1",
            "the table `refinery_schema_history` contains a version that is neither a number",
        ),
        (
            "refinery",
            "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER, tstamp); INSERT INTO goose_db_version VALUES (1, 1, 1, '')",
            "several tools recorded migrations: refinery, goose",
        ),
        ("sql", "PRAGMA user_version = 3", "ran `3`, for which the chain has no revision"),
        ("sql", "PRAGMA user_version = 0", "no table of a known migration tool has rows"),
    ] {
        let here = run_by(tool, 2)?;
        here.open()?.execute_batch(change)?;
        let before = tests::dump(&here.open()?)?;
        let printed = here.refused("adopt")?;
        assert!(printed.contains(message) && printed.ends_with("exit 7"), "{tool}: {printed}");
        assert_eq!(tests::dump(&here.open()?)?, before, "{tool}");
    }
    let here = Workplace::chain()?;
    assert!(here.refused("adopt")?.starts_with("error: there is no database to adopt"));
    assert!(!here.database().exists());
    Ok(())
}

#[test]
fn a_checkout_with_other_line_ends_is_the_same_migration() -> TestResult {
    for tool in ["sqlx", "refinery"] {
        let here = run_by(tool, 2)?;
        for (name, _) in tests::files(&here.scratch.migrations())? {
            std::fs::remove_file(here.scratch.migrations().join(name))?;
        }
        for (name, text) in tests::files(&here.scratch.path("old"))? {
            let text = String::from_utf8(text)?.replace('\n', "\r\n");
            std::fs::write(here.scratch.path("old").join(name), text)?;
        }
        here.printed(&format!("import {tool} old"))?;
        assert_eq!(here.json("adopt")?["applied"].as_array().map(Vec::len), Some(2), "{tool}");
    }
    Ok(())
}

#[test]
fn an_edited_migration_is_adopted_if_a_person_removes_its_checksums() -> TestResult {
    let here = run_by("sqlx", 2)?;
    here.open()?.execute_batch("UPDATE _sqlx_migrations SET checksum = x'00'")?;
    assert!(here.refused("adopt")?.contains("remove the checksums from `Imported From`"));
    for id in ["20240101000000", "20240201000000"] {
        let path = here.script(id)?;
        let text = std::fs::read_to_string(&path)?;
        let start = format!("-- Imported From: sqlx {id}");
        let line = |line: &str| if line.starts_with(&start) { start.clone() } else { line.to_owned() };
        std::fs::write(&path, text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n")?;
    }
    assert_eq!(here.json("adopt")?["current"][0], "20240201000000");
    Ok(())
}

#[test]
fn a_tool_without_numbers_is_adopted_by_its_schema() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade b2")?;
    here.open()?.execute_batch(
        "DROP TABLE alembic_version; DROP TABLE aludel_history;
         CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);
         INSERT INTO seaql_migrations VALUES ('m20220101_000001_create_table', 1);",
    )?;
    assert_eq!(here.json("adopt")?["current"][0], "b2");
    Ok(())
}

/// The transcripts on the page: the heading, the tool, and the number of migrations that ran.
const TRANSCRIPTS: [(&str, &str, usize); 3] =
    [("## A loop over `user_version`", "loop", 1), ("## sqlx", "sqlx", 2), ("## diesel", "diesel", 1)];

#[test]
fn the_transcripts_of_the_page_are_true() -> TestResult {
    for (heading, tool, count) in TRANSCRIPTS {
        crate::transcripts::check(&transcript_of(tool, count)?, "coming-from.md", heading)?;
    }
    Ok(())
}

/// Creates the folder and the database that a transcript begins with.
fn transcript_of(tool: &str, count: usize) -> Result<Workplace, Box<dyn Error>> {
    if tool == "loop" {
        let here = with(&[("1-users.sql", USERS), ("2-add_email.sql", EMAIL)])?;
        here.open()?.execute_batch(&format!("{USERS} PRAGMA user_version = 1"))?;
        return Ok(here);
    }
    let here = run_by(tool, count)?;
    for (name, _) in tests::files(&here.scratch.migrations())? {
        std::fs::remove_file(here.scratch.migrations().join(name))?;
    }
    Ok(here)
}
