//! Runs the statements of a script outside a transaction.

use std::borrow::BorrowMut;

use rusqlite::{Batch, Connection, Result};

use fallible_iterator::FallibleIterator as _;

use super::{Armed, Guarded, Refused, Stopped};
use crate::script::OutsideStatement;

impl<C: BorrowMut<Connection>> Guarded<C> {
    /// Runs the statements of a script outside a transaction. Verifies that the settings that they
    /// request are in effect.
    ///
    /// # Errors
    ///
    /// Returns the reason and the index of the statement that stopped, counted from 0.
    pub fn run_outside<'s>(
        &self,
        statements: impl Iterator<Item = &'s str> + Clone,
    ) -> std::result::Result<(), (usize, Refused)> {
        for (number, statement) in statements.clone().enumerate() {
            self.run_one_outside(statement).map_err(|refused| (number, refused))?;
        }
        for (number, statement) in statements.enumerate() {
            let stopped = |why, source| (number, Refused { why, source });
            match self.without_effect(statement) {
                Ok(None) => {}
                Ok(Some(message)) => return Err(stopped(Stopped::Failed(message, None), None)),
                Err(error) => return Err((number, self.refused(error))),
            }
        }
        Ok(())
    }

    fn run_one_outside(&self, statement: &str) -> std::result::Result<(), Refused> {
        if let Some(why) = self.counter.as_ref().and_then(|counter| counter.is_stopped()) {
            return Err(Refused { why, source: None });
        }
        let ran = {
            let _armed = self.arm_outside();
            self.run_vacuum(statement)
        };
        match ran {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refused { why: Stopped::Several, source: None }),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// Runs a statement. Returns `false` if SQLite found another statement after it.
    fn run_vacuum(&self, text: &str) -> Result<bool> {
        let mut batch = Batch::new(self.connection(), text);
        let Some(mut statement) = batch.next()? else { return Ok(true) };
        self.rules.allow_vacuum();
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        drop(rows);
        drop(statement);
        Ok(batch.next()?.is_none())
    }

    /// Returns the reason why a setting is not in effect, or `None` if it is in effect.
    ///
    /// SQLite ignores values that it does not support. In WAL mode, it keeps the page size.
    fn without_effect(&self, statement: &str) -> Result<Option<String>> {
        let Some(OutsideStatement::Setting { pragma, value }) = OutsideStatement::parse(statement) else {
            return Ok(None);
        };
        let read = |pragma: &str| format!("PRAGMA main.{pragma}");
        let connection = self.connection();
        let found: i64 = connection.query_row(&read(pragma), [], |row| row.get(0))?;
        if found == value {
            return Ok(None);
        }
        let mode: String = connection.query_row(&read("journal_mode"), [], |row| row.get(0))?;
        let why = if mode.eq_ignore_ascii_case("wal") && pragma == "page_size" {
            ": a database in WAL mode keeps its page size"
        } else {
            ""
        };
        Ok(Some(format!("`PRAGMA {pragma}` is still {found} after `VACUUM`, expected {value}{why}")))
    }

    fn arm_outside(&self) -> Armed<'_> {
        if let Some(counter) = &self.counter {
            counter.begin();
        }
        self.rules.arm_outside();
        Armed { rules: &self.rules, counter: self.counter.as_deref() }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Result};

    use tempfile::TempDir;

    use crate::guarded::{Denied, Guarded, Stopped};

    const OWN: [&str; 2] = ["alembic_version", "aludel_history"];

    type Tested = std::result::Result<(), Box<dyn std::error::Error>>;

    /// Creates a database in a file, because in memory `VACUUM` applies none of the settings.
    fn database(folder: &TempDir) -> Result<Guarded<Connection>> {
        let connection = Connection::open(folder.path().join("outside.db"))?;
        connection.execute_batch(
            "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('a1');
             CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT, c AS (upper(b)) STORED);
             INSERT INTO t (b) VALUES ('x'), ('y'); CREATE INDEX i ON t (lower(b));
             CREATE VIEW v AS SELECT b FROM t; CREATE VIRTUAL TABLE f USING fts5(b);
             INSERT INTO f VALUES ('x'); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM f; END",
        )?;
        Guarded::new(connection, OWN.map(str::to_owned), None, None)
    }

    fn contents(guarded: &Guarded<Connection>) -> Result<Vec<String>> {
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL UNION ALL SELECT a || b || c FROM t
                   UNION ALL SELECT name || seq FROM sqlite_sequence UNION ALL SELECT b FROM f
                   UNION ALL SELECT version_num FROM alembic_version ORDER BY 1";
        guarded.connection().prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    }

    fn number(guarded: &Guarded<Connection>, pragma: &str) -> Result<i64> {
        guarded.connection().query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
    }

    #[test]
    fn vacuum_applies_the_settings_of_the_file_and_keeps_everything_else() -> Tested {
        let folder = tempfile::tempdir()?;
        let guarded = database(&folder)?;
        let before = contents(&guarded)?;
        for statements in [
            ["PRAGMA page_size = 8192;", "PRAGMA main.auto_vacuum(incremental)", "VACUUM;"],
            ["PRAGMA page_size(1024)", "PRAGMA auto_vacuum = NONE", "vacuum main"],
        ] {
            let ran = guarded.run_outside(statements.into_iter());
            assert!(ran.is_ok(), "{ran:?}");
            assert_eq!(contents(&guarded)?, before);
        }
        assert_eq!((number(&guarded, "page_size")?, number(&guarded, "auto_vacuum")?), (1024, 0));
        Ok(())
    }

    #[test]
    fn err_a_setting_without_effect() -> Tested {
        let folder = tempfile::tempdir()?;
        let guarded = database(&folder)?;
        for (statements, message) in [
            (
                vec!["PRAGMA page_size = 8192"],
                "`PRAGMA page_size` is still 4096 after `VACUUM`, expected 8192",
            ),
            (
                vec!["PRAGMA page_size = 5000", "VACUUM"],
                "`PRAGMA page_size` is still 4096 after `VACUUM`, expected 5000",
            ),
        ] {
            let ran = guarded.run_outside(statements.into_iter());
            let Err((0, refused)) = ran else {
                return Err(format!("{message}: {ran:?}").into());
            };
            assert_eq!(refused.why.to_string(), message);
        }
        Ok(())
    }

    #[test]
    fn nothing_else_runs_outside_a_transaction() -> Tested {
        let folder = tempfile::tempdir()?;
        let guarded = database(&folder)?;
        let before = contents(&guarded)?;
        for statement in [
            "VACUUM INTO 'copy.db'",
            "ATTACH '' AS vacuum_x",
            "ATTACH ':memory:' AS x",
            "BEGIN",
            "SAVEPOINT s",
            "CREATE TABLE vacuum_x (a)",
            "DELETE FROM t",
            "DELETE FROM alembic_version",
            "SELECT 1",
            "SELECT * FROM t",
            "REINDEX",
            "ANALYZE",
            "PRAGMA journal_mode = DELETE",
            "PRAGMA writable_schema = ON",
            "PRAGMA user_version = 7",
            "PRAGMA page_size",
            "PRAGMA optimize",
            "VACUUM; SELECT 1",
            "VACUUM; DELETE FROM t",
        ] {
            let Err((0, refused)) = guarded.run_outside([statement].into_iter()) else {
                return Err(format!("{statement} ran").into());
            };
            let is_denied = matches!(
                refused.why,
                Stopped::NotAuthorized(Denied::Outside) | Stopped::Several | Stopped::Failed(..)
            );
            assert!(is_denied && guarded.connection().is_autocommit(), "{statement}: {:?}", refused.why);
            assert_eq!(contents(&guarded)?, before, "{statement}");
        }
        let attached: i64 = guarded.connection().query_row(
            "SELECT count(*) FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
            [],
            |row| row.get(0),
        )?;
        assert_eq!(attached, 0);
        assert!(!std::path::Path::new("copy.db").exists());
        Ok(())
    }
}
