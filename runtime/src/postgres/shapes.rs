//! The shapes of Aludel's two tables. They are inspected before the tables are read or written,
//! because another program may have replaced the tables.

use aludel_core::script::postgres::{quoted, text_literal as literal};
use postgres::SimpleQueryRow;

use super::session::{Columns, Rows, Session, Shape, Shapes, is_true};
use super::tables::{READING, Tables};
use crate::{Error, OwnTableDefect};

/// A unit separator, which in practice no name contains.
const SEPARATOR: char = '\u{1f}';

/// The properties of a table in `pg_class`. Triggers, rules and policies are only looked up if there
/// may be any.
const PROPERTIES: &str =
    "c.relname::text, c.relkind::text, c.relhastriggers OR c.relhasrules OR c.relrowsecurity";

/// The kinds of tables and views.
const TABLES: &str = "c.relkind IN ('r', 'p', 'v', 'm', 'f')";

impl Tables {
    /// Returns the query for the shapes of both tables.
    fn shapes(&self) -> String {
        format!(
            "SELECT {PROPERTIES}, \
             array_to_string(ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a \
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), chr(31)) \
             FROM pg_catalog.pg_class c WHERE {} AND c.relname IN ({}, {}) AND c.relkind NOT IN ('i', 'I')",
            self.is_in_schema(),
            literal(&self.version),
            literal(&self.history)
        )
    }

    /// Returns the query for the shape of the version table without its columns, which is faster.
    pub(super) fn version_shape(&self) -> String {
        let version = literal(&self.version_sql());
        format!("SELECT {PROPERTIES} FROM pg_catalog.pg_class c WHERE c.oid = to_regclass({version})")
    }

    /// Returns the query that returns `true` if the schema contains neither of the tables, nor any
    /// other table or view.
    fn is_empty(&self) -> String {
        format!(
            "SELECT to_regclass({}) IS NULL AND to_regclass({}) IS NULL \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE {} AND {TABLES})",
            literal(&self.version_sql()),
            literal(&self.history_sql()),
            self.is_in_schema()
        )
    }

    /// Returns the query for the tables and views in the schema of the version table. Omits other
    /// schemas, which may belong to other programs, and objects of extensions.
    fn others(&self) -> String {
        format!(
            "SELECT c.relname::text FROM pg_catalog.pg_class c \
             WHERE {} AND {TABLES} AND c.relname <> {} \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
                             WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
             ORDER BY 1",
            self.is_in_schema(),
            literal(&self.history)
        )
    }

    /// Returns the condition for the relations in the schema of the version table. It is faster to
    /// plan than a join.
    fn is_in_schema(&self) -> String {
        format!("c.relnamespace = to_regnamespace({})", literal(&quoted(&self.schema)))
    }
}

impl Session<'_> {
    /// Runs statements that begin a transaction, and inspects the tables in the same round trip.
    /// Returns the rows of each of the statements.
    pub(super) fn inspect(&self, doing: &'static str, begin: &str) -> Result<Vec<Rows>, Error> {
        let is_versioned = self.tables.is_versioned;
        let query = if is_versioned { self.tables.shapes() } else { self.tables.is_empty() };
        let mut results = self.results(doing, &format!("{begin}; {query}"))?;
        let rows = results.pop().unwrap_or_default();
        let shapes = if is_versioned {
            Some(self.shapes_of(&rows)?)
        } else {
            is_true(rows.first(), 0).then_some(Shapes {
                version: Ok(None),
                history: Ok(None),
                is_alone: true,
            })
        };
        *self.shapes.borrow_mut() = shapes;
        Ok(results)
    }

    /// Returns the columns of the version table, or `None` if it does not exist.
    pub(super) fn version_columns(&self) -> Result<Option<Columns>, Error> {
        self.shapes()?.version.map_err(|defect| self.defective(defect))
    }

    /// Returns the columns of the ledger, or `None` if it does not exist.
    pub(super) fn history_columns(&self) -> Result<Option<Columns>, Error> {
        let history = self.shapes()?.history;
        history.map_err(|defect| Error::OwnTable { table: self.tables.history.clone(), defect })
    }

    /// Returns the other tables and views in the schema of the version table.
    pub(super) fn other_tables(&self) -> Result<Vec<String>, Error> {
        if self.shapes()?.is_alone {
            return Ok(Vec::new());
        }
        let rows = self.rows(READING, &self.tables.others())?;
        Ok(rows.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect())
    }

    /// Returns an error if the version table cannot be read and written. The row is one of
    /// [`Tables::version_shape`].
    pub(super) fn check_version(&self, row: Option<&SimpleQueryRow>) -> Result<(), Error> {
        let Some(row) = row else { return Ok(()) };
        let shape = self.shape_of(&self.tables.version, row)?;
        shape.map(drop).map_err(|defect| self.defective(defect))
    }

    /// Returns the shapes. Inspects the tables unless that was done in this transaction, and no
    /// statement ran since.
    fn shapes(&self) -> Result<Shapes, Error> {
        if let Some(shapes) = self.shapes.borrow().as_ref() {
            return Ok(shapes.clone());
        }
        let shapes = self.shapes_of(&self.rows(READING, &self.tables.shapes())?)?;
        *self.shapes.borrow_mut() = Some(shapes.clone());
        Ok(shapes)
    }

    /// Reads the shapes from the rows of [`Tables::shapes`].
    fn shapes_of(&self, rows: &Rows) -> Result<Shapes, Error> {
        let shape = |table: &str| {
            let row = rows.iter().find(|row| row.get(0) == Some(table));
            row.map_or(Ok(Ok(None)), |row| self.shape_of(table, row))
        };
        let (version, history) = (shape(&self.tables.version)?, shape(&self.tables.history)?);
        Ok(Shapes { version, history, is_alone: false })
    }

    fn shape_of(&self, table: &str, row: &SimpleQueryRow) -> Result<Shape, Error> {
        let kind = match row.get(1).unwrap_or_default() {
            "r" | "p" => {
                let defect = if row.get(2) == Some("f") { None } else { self.defect(table)? };
                let columns = row.try_get(3).ok().flatten().unwrap_or_default();
                let columns = columns.split(SEPARATOR).map(str::to_owned);
                return Ok(defect.map_or_else(|| Ok(Some(columns.collect())), Err));
            }
            "v" => "a view",
            "m" => "a materialized view",
            "S" => "a sequence",
            "f" => "a foreign table",
            _ => "another kind of object",
        };
        Ok(Err(OwnTableDefect::NotATable { kind }))
    }

    /// Returns the trigger, the rule or the row-level security of a table, if it has one.
    fn defect(&self, table: &str) -> Result<Option<OwnTableDefect>, Error> {
        let sql = "SELECT \
             coalesce((SELECT t.tgname::text FROM pg_catalog.pg_trigger t \
                       WHERE t.tgrelid = c.oid AND NOT t.tgisinternal LIMIT 1), \
                      (SELECT r.rulename::text FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid LIMIT 1)), \
             c.relrowsecurity AND row_security_active(c.oid) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')";
        let rows = self.query(READING, sql, &[&self.tables.schema, table])?;
        Ok(rows.first().and_then(|row| match (row.get(0), row.get(1)) {
            (Some(trigger), _) => Some(OwnTableDefect::Trigger { trigger }),
            (None, true) => Some(OwnTableDefect::RowSecurity),
            (None, false) => None,
        }))
    }
}
