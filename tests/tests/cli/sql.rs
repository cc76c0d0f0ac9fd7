//! `--sql`: the text of the script, and its effect when rusqlite runs it.

use std::error::Error;
use std::fmt::Write as _;

use aludel::rusqlite::Connection;
use tests::TestResult;

use crate::program::Workplace;

/// Removes the lines that only the `sqlite3` program understands.
fn without_dots(script: &str) -> Result<String, Box<dyn Error>> {
    let (head, rest) = script.split_once("\nPRAGMA").ok_or("no statement")?;
    let comments: Vec<&str> = head.lines().filter(|line| line.starts_with("--")).collect();
    Ok(format!("{}\nPRAGMA{rest}", comments.join("\n")))
}

/// Prints the script of a command on a database, and runs the script on the same database.
fn run_as_script(here: &Workplace, command: &str, database: &str) -> TestResult {
    let script = here.printed(&format!("{command} --sql --database {database}"))?;
    Ok(Connection::open(here.scratch.path(database))?.execute_batch(&without_dots(&script)?)?)
}

/// Returns the contents of a database, without the times in the ledger.
fn timeless(here: &Workplace, database: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let connection = Connection::open(here.scratch.path(database))?;
    let sql = "SELECT name FROM sqlite_schema WHERE name LIKE '%\\_history' ESCAPE '\\'";
    let history: String = connection.query_row(sql, [], |row| row.get(0))?;
    connection.execute_batch(&format!("UPDATE {history} SET applied_at = '', elapsed_us = 0"))?;
    Ok(tests::dump(&connection)?)
}

/// Runs the commands on one database and their scripts on another. Compares the two databases after
/// each command.
fn agree(here: &Workplace, commands: &[&str]) -> TestResult {
    for command in commands {
        here.printed(&format!("{command} --database command.db"))?;
        run_as_script(here, command, "script.db")?;
        assert_eq!(timeless(here, "script.db")?, timeless(here, "command.db")?, "{command}");
    }
    Ok(())
}

#[test]
fn a_script_does_what_the_command_does() -> TestResult {
    agree(&Workplace::chain()?, &["upgrade b2", "upgrade head", "downgrade -1", "stamp a1", "stamp head"])?;
    agree(
        &Workplace::branches()?,
        &["upgrade cart@head", "upgrade heads", "downgrade cart@base", "upgrade heads", "downgrade base"],
    )?;
    agree(&Workplace::merge()?, &["stamp c3 d4", "stamp base", "upgrade m6", "downgrade b2", "upgrade c3"])?;
    Ok(())
}

#[test]
fn text_that_looks_like_something_else_stays_what_it_is() -> TestResult {
    let here = Workplace::empty()?;
    let upgrade = "CREATE TABLE \"tä [ble\" (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'it''s\n.quit\n/\n');\n\
                   CREATE TABLE log (x);\n\
                   CREATE TRIGGER tr AFTER INSERT ON \"tä [ble\" BEGIN\n  \
                   INSERT INTO log VALUES (CASE WHEN new.id THEN 'a;b' END);\n  DELETE FROM log WHERE x = ';';\nEND;\n\
                   INSERT INTO \"tä [ble\" (id) VALUES (6 /* ; */\n/\n2) -- ;";
    let downgrade = "DROP TRIGGER tr;\nDROP TABLE log;\nDROP TABLE \"tä [ble\"";
    here.scratch.write("a1", "", upgrade, downgrade)?;
    agree(&here, &["upgrade head", "downgrade base"])
}

#[test]
fn a_script_is_told_whole() -> TestResult {
    let here = Workplace::merge()?;
    here.printed("upgrade c3")?;
    insta::assert_snapshot!(here.printed("upgrade d4 --sql")?, @r#"
    -- Aludel 0.1.0: upgrade from c3 to c3, d4
    -- For the sqlite3 program. Either all of it is applied, or none of it.
    .bail on
    .timeout 30000
    PRAGMA foreign_keys = OFF;
    BEGIN IMMEDIATE;

    -- Stop unless the database is at the revision where this script begins.
    CREATE TEMP TABLE aludel_guard (
        versioned INTEGER CONSTRAINT "the database has tables but no revision" CHECK (versioned),
        place INTEGER CONSTRAINT "the database is not at c3" CHECK (place),
        ledger INTEGER CONSTRAINT "the ledger is older: generate the script from the database, without a range" CHECK (ledger),
        foreign_keys INTEGER CONSTRAINT "foreign key violation" CHECK (foreign_keys)
    );
    CREATE TABLE IF NOT EXISTS main."alembic_version" (
        version_num VARCHAR(32) NOT NULL,
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );
    INSERT INTO temp.aludel_guard (place)
    SELECT (SELECT group_concat(version_num) FROM (SELECT version_num FROM main."alembic_version" ORDER BY version_num)) IS 'c3';
    INSERT INTO temp.aludel_guard (ledger)
    SELECT (SELECT count(*) FROM pragma_table_info('aludel_history', 'main') WHERE lower(name) IN ('revision', 'direction', 'revises', 'depends_on', 'message', 'checksum', 'state', 'applied_at', 'elapsed_us', 'version', 'upgrade_sql', 'downgrade_sql', 'unproved', 'branch_labels', 'loses', 'allow')) = 16;
    CREATE TEMP TABLE aludel_violations AS
        SELECT found."table", found."parent", count(*) AS "rows"
        FROM main.sqlite_schema AS child, pragma_foreign_key_check(child.name, 'main') AS found
        WHERE child.type = 'table' GROUP BY 1, 2;

    -- upgrade b2 -> d4, d4 begins a branch
    CREATE TABLE t_d4 (id INTEGER PRIMARY KEY);

    -- Reject new foreign key violations.
    INSERT INTO temp.aludel_guard (foreign_keys)
    SELECT 0 FROM (SELECT found."table", found."parent", count(*) AS "rows"
        FROM main.sqlite_schema AS child, pragma_foreign_key_check(child.name, 'main') AS found
        WHERE child.type = 'table' GROUP BY 1, 2) AS now
    LEFT JOIN temp.aludel_violations AS before USING ("table", "parent")
    WHERE now."rows" > coalesce(before."rows", 0);
    DROP TABLE temp.aludel_violations;

    -- Record the new revisions and the history.
    INSERT INTO main."alembic_version" (version_num) VALUES ('d4');
    INSERT INTO main."aludel_history" (applied_at, revision, direction, revises, depends_on, message, checksum, state, elapsed_us, version, upgrade_sql, downgrade_sql, unproved, branch_labels, loses, allow) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'), 'd4', 'upgrade', 'b2', '', 'd4 begins a branch', '754b9790b41c7668d0682541b0f1cb97d2c0f4b8ac1d315071d93dbd2cfab356', '39287719ada5215165b4688753f656417064d338d3af2e746091ae23bc4d3c3c', 0, '0.1.0', 'CREATE TABLE t_d4 (id INTEGER PRIMARY KEY);', 'DROP TABLE t_d4;', 0, '', '', '');
    DROP TABLE temp.aludel_guard;
    COMMIT;
    "#);
    assert_eq!(
        here.printed("upgrade b2 --sql")?,
        "-- Aludel 0.1.0: upgrade from c3 to c3\n-- Nothing to do.\n"
    );
    Ok(())
}

#[test]
fn a_script_refuses_every_database_but_one_where_it_begins() -> TestResult {
    let here = Workplace::chain()?;
    let open = |name: &str| Connection::open(here.scratch.path(name));
    let refusal = |connection: &Connection, script: &str| -> Result<String, Box<dyn Error>> {
        let before = tests::dump(connection)?;
        let error = connection.execute_batch(&without_dots(script)?).err().ok_or("not refused")?;
        connection.execute_batch("ROLLBACK")?;
        assert_eq!(tests::dump(connection)?, before);
        Ok(error.to_string())
    };
    let script = here.printed("upgrade a1:b2 --sql")?;
    assert_eq!(refusal(&open("fresh.db")?, &script)?, "CHECK constraint failed: the database is not at a1");
    here.printed("upgrade a1")?;
    open("test.db")?.execute_batch(&without_dots(&script)?)?;
    assert_eq!(refusal(&open("test.db")?, &script)?, "CHECK constraint failed: the database is not at a1");

    let script = here.printed("upgrade base:head --sql")?;
    let other = open("other.db")?;
    other.execute_batch("CREATE TABLE t (x)")?;
    assert_eq!(refusal(&other, &script)?, "CHECK constraint failed: the database has tables but no revision");
    Ok(())
}

#[test]
fn a_script_leaves_no_new_violation() -> TestResult {
    let here = Workplace::empty()?;
    let tables = "CREATE TABLE parent (id INTEGER PRIMARY KEY);\nCREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent);";
    here.scratch.write("a1", "", tables, "DROP TABLE child;\nDROP TABLE parent;")?;
    here.scratch.write_file(
        "b2_script.sql",
        b"-- Gone\n-- Revision ID: b2\n-- Revises: a1\n-- Loses: rows of parent\n\n-- upgrade\nDELETE FROM parent WHERE id = 1;\n\n-- downgrade\n-- nothing to do: rows are gone\n",
    )?;
    here.printed("upgrade a1")?;
    let connection = here.open()?;
    connection.execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO child (parent) VALUES (7)")?;
    let script = without_dots(&here.printed("upgrade b2 --sql")?)?;
    connection.execute_batch("INSERT INTO parent VALUES (1); INSERT INTO child (parent) VALUES (1)")?;
    let error = connection.execute_batch(&script).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("CHECK constraint failed: foreign key violation"));
    connection.execute_batch("ROLLBACK; DELETE FROM child WHERE parent = 1")?;
    connection.execute_batch(&script)?;
    assert_eq!(here.printed("current")?, "b2 (head)\n");
    Ok(())
}

#[test]
fn a_script_heeds_the_settings() -> TestResult {
    let here = Workplace::chain()?;
    std::fs::write(here.scratch.path("aludel.toml"), "version_table = \"place\"\nlock_timeout = 1.5\n")?;
    agree(&here, &["upgrade b2", "downgrade a1", "stamp head"])?;
    let script = here.printed("upgrade head --sql --no-proof")?;
    assert!(script.contains("\n.timeout 1500\n"), "{script}");
    assert!(!script.contains("alembic_version") && script.contains("main.\"place_history\""), "{script}");
    run_as_script(&here, "upgrade head --no-proof", "unproved.db")?;
    assert_eq!(here.json("log --database unproved.db")?[2]["unproved"], true);
    Ok(())
}

#[test]
fn a_ledger_of_before_is_made_whole() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.open()?.execute_batch("ALTER TABLE aludel_history DROP COLUMN unproved")?;
    run_as_script(&here, "upgrade b2", "test.db")?;
    assert_eq!(here.json("log")?[0]["unproved"], false);
    Ok(())
}

#[test]
fn err_a_script_of_a_range_on_a_ledger_of_before() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.open()?.execute_batch("ALTER TABLE aludel_history DROP COLUMN unproved")?;
    let script = here.printed("upgrade a1:head --sql")?;
    let run = here.open()?.execute_batch(&without_dots(&script)?);
    let printed = run.err().map(|error| error.to_string()).unwrap_or_default();
    let words = "CHECK constraint failed: the ledger is older: generate the script from the database, without a range";
    assert!(printed.starts_with(words), "{printed}");
    assert_eq!(here.printed("current")?, "a1\n");
    Ok(())
}

#[test]
fn err_scripts() -> TestResult {
    let here = Workplace::chain()?;
    let mut command = here.command(&["downgrade", "base", "--sql"]);
    let output = crate::program::ended(&command.env_remove("DATABASE_URL").output()?)?;
    let mut all = format!("$ aludel downgrade base --sql\n{}exit {:?}\n", output.stderr, output.code);
    for command in [
        "upgrade a1:",
        "upgrade a1: --sql",
        "upgrade a1:b2",
        "upgrade zz:b2 --sql",
        "downgrade a1:b2 --sql",
        "stamp a1:b2 b2:c3 --sql",
        "stamp --purge a1 --sql",
        "upgrade head --sql --dry-run",
    ] {
        write!(all, "$ aludel {command}\n{}\n", here.refused(command)?)?;
    }
    insta::assert_snapshot!(all, @r"
    $ aludel downgrade base --sql
    error: cannot determine the revision at which the script begins
    help: configure a database, or pass a range such as `head:base`
    exit Some(2)
    $ aludel upgrade a1:
    error: `a1:` is a range, but a run always begins at the database's revision
    help: pass the target revision; only `--sql` accepts a range
    exit 2
    $ aludel upgrade a1: --sql
    error: invalid range `a1:` for a script: expected `start:end`
    help: for example `base:head` or `ab12:head`; without a range the script begins at the database's revision
    exit 2
    $ aludel upgrade a1:b2
    error: `a1:b2` is a range, but a run always begins at the database's revision
    help: pass only the target revision, such as `b2`; only `--sql` accepts a range
    exit 2
    $ aludel upgrade zz:b2 --sql
    error: no revision is named `zz`, and no ID begins with it
    help: `history` lists all revisions
    exit 2
    $ aludel downgrade a1:b2 --sql
    error: cannot downgrade to revision `b2`: it is not applied
    help: `current` shows the database's revision
    exit 1
    $ aludel stamp a1:b2 b2:c3 --sql
    error: `b2:c3` is a range, but only the first revision can be a range
    help: a script has a single start, for example `base:ab12 cd34`
    exit 2
    $ aludel stamp --purge a1 --sql
    error: the argument '--purge' cannot be used with '--sql'

    Usage: aludel stamp --purge --database <URL> <REVISION>...

    For more information, try '--help'.
    exit 2
    $ aludel upgrade head --sql --dry-run
    error: the argument '--sql' cannot be used with '--dry-run'

    Usage: aludel upgrade --sql --database <URL> <REVISION>

    For more information, try '--help'.
    exit 2
    ");
    Ok(())
}
