//! Actions that no script may take, however it is written.

use proptest::prelude::*;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{Bounds, Budget, Denied, Guarded, Limits, Stopped};
use crate::chain::{create_history_table, create_version_table};
use crate::script::statements;

const OWN: [&str; 2] = ["alembic_version", "aludel_history"];

/// Creates a database at a revision, with a user table.
fn database() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(&create_version_table(OWN[0]))?;
    connection.execute_batch(&create_history_table(OWN[1]))?;
    connection.execute_batch(
        "INSERT INTO alembic_version VALUES ('a1'); CREATE TABLE t (a); INSERT INTO t VALUES (1)",
    )?;
    Ok(connection)
}

fn guard(connection: &mut Connection) -> rusqlite::Result<Guarded<&mut Connection>> {
    Guarded::new(connection, OWN.map(str::to_owned), None, None)
}

fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
}

/// Returns everything that a statement must not change.
fn state(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT name || coalesce(sql, '') FROM sqlite_schema UNION ALL SELECT version_num FROM alembic_version
         UNION ALL SELECT name FROM pragma_database_list UNION ALL SELECT 'user_version ' || user_version FROM pragma_user_version",
    )?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

#[test]
fn a_script_changes_the_main_database_and_nothing_else() -> rusqlite::Result<()> {
    let forbidden = [
        "COMMIT",
        "END",
        "ROLLBACK",
        "BEGIN",
        "SAVEPOINT s",
        "RELEASE s",
        "ROLLBACK TO s",
        "ATTACH 'x.db' AS x",
        "ATTACH ':memory:' AS x",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'written.db'",
        "PRAGMA user_version = 7",
        "PRAGMA main.user_version(7)",
        "PRAGMA journal_mode = WAL",
        "PRAGMA hard_heap_limit = 100000",
        "PRAGMA writable_schema = ON",
        "PRAGMA query_only = 1",
        "PRAGMA optimize",
        "PRAGMA wal_checkpoint",
        "SELECT load_extension('x')",
        "DELETE FROM alembic_version",
        "UPDATE Alembic_Version SET version_num = 'b2'",
        "INSERT INTO main.\"alembic_version\" VALUES ('b2')",
        "REPLACE INTO [aludel_history] (id) VALUES (1)",
        "DROP TABLE aludel_history",
        "ALTER TABLE alembic_version RENAME TO other",
        "ALTER TABLE alembic_version ADD COLUMN b",
        "CREATE INDEX i ON alembic_version (version_num)",
        "CREATE TRIGGER w AFTER INSERT ON aludel_history BEGIN SELECT 1; END",
        "CREATE TEMP TABLE alembic_version (version_num)",
        "CREATE TEMP VIEW aludel_history AS SELECT 1",
        "CREATE TEMP TRIGGER w AFTER INSERT ON main.aludel_history BEGIN SELECT 1; END",
        "SELECT count(*) FROM alembic_version",
        "INSERT INTO t SELECT version_num FROM alembic_version",
        "SELECT file FROM pragma_database_list",
        "SELECT * FROM pragma_user_version",
        "SELECT * FROM dbstat",
        "CREATE TABLE u AS SELECT * FROM aludel_history",
    ];
    let before = [
        "",
        "\u{feff}",
        " \u{b}",
        "/* x */",
        "-- x\n",
        "EXPLAIN ",
        "EXPLAIN QUERY PLAN ",
        "\u{feff}explain\u{feff} ",
    ];
    let mut connection = database()?;
    let guarded = guard(&mut connection)?;
    let unchanged = state(guarded.connection())?;
    for statement in forbidden {
        for prefix in before {
            let transaction = begin(guarded.connection())?;
            let text = format!("{prefix}{statement};");
            let why = guarded.run(&text).err().map(|refused| refused.why);
            let only_explains = why.is_none() && prefix.to_lowercase().contains("explain");
            assert!(
                only_explains
                    || matches!(
                        why,
                        Some(Stopped::NotAuthorized(_) | Stopped::OwnTable(_) | Stopped::Failed(..))
                    ),
                "{text:?}: {why:?}"
            );
            assert!(!guarded.connection().is_autocommit(), "{text:?} ended the transaction");
            assert_eq!(state(guarded.connection())?, unchanged, "{text:?}");
            transaction.rollback()?;
        }
    }
    Ok(())
}

#[test]
fn a_script_may_do_what_changes_the_main_database() -> rusqlite::Result<()> {
    let allowed = [
        "ANALYZE",
        "REINDEX",
        "PRAGMA foreign_key_check",
        "PRAGMA integrity_check",
        "SELECT * FROM pragma_table_info('t')",
        "CREATE VIRTUAL TABLE f USING fts5(a, content='t')",
        "INSERT INTO f(f) VALUES ('rebuild')",
        "ALTER TABLE f RENAME TO g",
        "DROP TABLE g",
        "CREATE TEMP TABLE x (a)",
        "DROP TABLE x",
        "CREATE TABLE p (a REFERENCES q (a), UNIQUE (a))",
        "ALTER TABLE p RENAME TO q",
        "INSERT INTO q SELECT NULL FROM t WHERE true ON CONFLICT DO NOTHING",
        "DROP TABLE q",
        "CREATE VIEW v AS SELECT 1",
        "DROP VIEW v",
    ];
    let mut connection = database()?;
    let guarded = guard(&mut connection)?;
    let transaction = begin(guarded.connection())?;
    for statement in allowed {
        let refused = guarded.run(statement).err();
        assert!(refused.is_none(), "{statement}: {refused:?}");
    }
    assert!(guarded.temporary_objects()?.is_empty());
    transaction.commit()
}

#[test]
fn what_a_script_reads_of_the_version_table_is_refused_or_reported() -> rusqlite::Result<()> {
    let mut connection = database()?;
    let guarded = guard(&mut connection)?;
    let read = "SELECT 1 WHERE EXISTS (SELECT 1 FROM alembic_version)";
    let refused = guarded.run(read).err().map(|refused| refused.why);
    assert!(
        matches!(refused, Some(Stopped::NotAuthorized(Denied::Reads(table))) if table == "alembic_version")
    );
    guarded.allow_reads(true);
    assert!(guarded.run(read).is_ok());
    assert_eq!(guarded.take_read().as_deref(), Some("alembic_version"));
    assert_eq!(guarded.take_read(), None);
    Ok(())
}

#[test]
fn temporary_objects_of_the_program_are_not_the_scripts() -> rusqlite::Result<()> {
    let mut connection = database()?;
    connection.execute_batch("CREATE TEMP TABLE mine (a)")?;
    let guarded = guard(&mut connection)?;
    assert!(guarded.run("CREATE TEMP VIEW theirs AS SELECT 1").is_ok());
    assert_eq!(guarded.temporary_objects()?, [("view".to_owned(), "theirs".to_owned())]);
    Ok(())
}

#[test]
fn a_conflict_that_rolls_back_is_the_statements_own_error() -> rusqlite::Result<()> {
    let mut connection = database()?;
    connection.execute_batch("CREATE UNIQUE INDEX i ON t (a)")?;
    let guarded = guard(&mut connection)?;
    let transaction = begin(guarded.connection())?;
    let refused = guarded.run("INSERT OR ROLLBACK INTO t VALUES (1)").err().map(|refused| refused.why);
    assert!(
        matches!(&refused, Some(Stopped::Failed(message, _)) if message.contains("UNIQUE")),
        "{refused:?}"
    );
    drop(transaction);
    Ok(())
}

#[test]
fn a_second_statement_behind_the_first_is_an_error() -> rusqlite::Result<()> {
    let mut connection = database()?;
    let guarded = guard(&mut connection)?;
    assert!(matches!(
        guarded.run("SELECT 1; SELECT 2").map_err(|refused| refused.why),
        Err(Stopped::Several)
    ));
    assert!(guarded.run("SELECT 1; -- and a comment").is_ok());
    Ok(())
}

#[test]
fn the_hooks_are_gone_when_the_guard_is() -> rusqlite::Result<()> {
    let mut connection = database()?;
    drop(guard(&mut connection)?);
    connection.execute_batch(
        "BEGIN; DELETE FROM alembic_version; PRAGMA user_version = 3; COMMIT; ATTACH ':memory:' AS other",
    )?;
    let left: i64 = connection.query_row("SELECT count(*) FROM alembic_version", [], |row| row.get(0))?;
    assert_eq!(left, 0);
    Ok(())
}

const ENDLESS: &str = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)";

#[test]
fn steps_pages_and_a_budget_bound_what_scripts_take() -> rusqlite::Result<()> {
    let open = |bounds: Bounds| {
        let connection = Connection::open_in_memory()?;
        Limits { pages: 64, ..Limits::default() }.set(&connection)?;
        Guarded::new(connection, OWN.map(str::to_owned), Some(bounds), None)
    };
    let why = |guarded: &Guarded<Connection>, sql: &str| guarded.run(sql).err().map(|refused| refused.why);
    let few = Bounds { steps: 100_000, ..Bounds::default() };
    assert!(matches!(why(&open(few)?, &format!("{ENDLESS} SELECT * FROM c")), Some(Stopped::Steps)));
    for temporary in ["", "TEMP"] {
        let sql = format!("CREATE {temporary} TABLE x AS {ENDLESS} SELECT zeroblob(2000) FROM c");
        assert!(matches!(why(&open(Bounds::default())?, &sql), Some(Stopped::Pages)), "{sql}");
    }
    let shared = open(Bounds { budget: Budget::new(1_000_000), ..Bounds::default() })?;
    let bounded = format!("{ENDLESS} SELECT n FROM c LIMIT 20000");
    let runs =
        std::iter::repeat_with(|| why(&shared, &bounded)).take_while(Option::is_none).take(100).count();
    assert!((1..20).contains(&runs), "{runs}");
    assert!(
        matches!(why(&shared, "SELECT 1"), Some(Stopped::Budget)),
        "nothing runs once the budget is spent"
    );
    let stopped = Bounds { stop: Some(std::sync::Arc::new(|| true)), ..Bounds::default() };
    assert!(matches!(why(&open(stopped)?, "SELECT 1"), Some(Stopped::Time)));
    Ok(())
}

/// Generates pieces of SQL separated by unusual bytes.
fn odd_texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "COMMIT",
        "ROLLBACK",
        "BEGIN",
        "END",
        "SAVEPOINT s",
        "RELEASE s",
        "ATTACH 'odd.db' AS x",
        "VACUUM INTO 'odd.db'",
        "PRAGMA user_version = 1",
        "DELETE FROM alembic_version",
        "CREATE TABLE u (a)",
        "INSERT INTO t VALUES (2)",
        "INSERT OR ROLLBACK INTO t VALUES (1)",
        "SELECT 1",
        "SELECT ';'",
        "CREATE TRIGGER w AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE TRIGGER w AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; END",
        "EXPLAIN",
        "SELECT RAISE(ROLLBACK, 'x')",
        ";",
        ";",
        ";",
        " ",
        "\n",
        "\t",
        "\u{b}",
        "\u{c}",
        "\u{feff}",
        "\u{a0}",
        "\u{2028}",
        "\u{85}",
        "--",
        "-- x\n",
        "/*",
        "*/",
        "/**/",
        "'",
        "\"",
        "`",
        "[",
        "]",
        "(",
        ")",
        "x''",
        "$a::b(c)",
        "é",
        "\r",
        "\u{1}",
        "\u{7f}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_ends_the_transaction_or_leaves_the_database(text in odd_texts()) {
        let run = || -> rusqlite::Result<()> {
            let mut connection = database()?;
            let guarded = guard(&mut connection)?;
            let unchanged = state(guarded.connection())?;
            let transaction = begin(guarded.connection())?;
            for span in statements(&text) {
                let statement = text.get(span).unwrap_or_default();
                let why = guarded.run(statement).err().map(|refused| refused.why);
                if matches!(why, Some(Stopped::Failed(..))) && guarded.connection().is_autocommit() {
                    // SQLite rolled back because of the error that the statement reports.
                    return Ok(());
                }
                assert!(!matches!(why, Some(Stopped::Ended { .. })), "{statement:?} ended the transaction");
                assert!(!guarded.connection().is_autocommit(), "{statement:?} ended the transaction in silence");
            }
            transaction.rollback()?;
            assert_eq!(state(guarded.connection())?, unchanged);
            Ok(())
        };
        prop_assert!(run().is_ok(), "{:?}", run());
    }

    #[test]
    fn sqlite_reads_one_statement_where_the_tokenizer_here_does(text in odd_texts()) {
        let mut connection = database().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let guarded = guard(&mut connection).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for span in statements(&text) {
            let statement = text.get(span).unwrap_or_default();
            let why = guarded.run(statement).err().map(|refused| refused.why);
            prop_assert!(!matches!(why, Some(Stopped::Several)), "{statement:?}");
        }
    }
}
