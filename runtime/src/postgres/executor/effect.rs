//! Determines whether a statement outside a transaction has had its effect.

use aludel_core::script::postgres::{OutsideStatement, quoted};

use super::super::session::Session;
use super::super::tables::READING;
use crate::Error;

/// The effect of a statement outside a transaction, as far as the catalog shows it.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// `true` if the statement has nothing left to do. Repeating it may be an error.
    pub is_done: bool,
    /// `true` if the statement would fail because it was done before, or its name is taken.
    pub is_taken: bool,
    /// The description of unfinished work, and how to remove or complete it.
    pub unfinished: Option<String>,
}

impl Session<'_> {
    /// Returns the effect of a statement. The catalog does not show the effect of a statement that
    /// can be repeated, such as `VACUUM`, and of an index without a name. A name with escapes
    /// (`U&"…"`) is not looked up.
    pub(super) fn effect_of(&self, statement: &OutsideStatement) -> Result<Effect, Error> {
        match statement {
            OutsideStatement::CreateIndex { table: name, .. }
            | OutsideStatement::DropIndex { index: name }
            | OutsideStatement::DetachPartition { partition: name, .. }
                if name.is_empty() =>
            {
                Ok(Effect::default())
            }
            OutsideStatement::CreateIndex { name, table } => self.created_index(name.as_deref(), table),
            OutsideStatement::DropIndex { index } => {
                let sql = "SELECT to_regclass($1) IS NULL";
                self.whole_effect(sql, &qualified(index))
            }
            OutsideStatement::DetachPartition { table, partition } => {
                self.detached_partition(table, partition)
            }
            OutsideStatement::CreateSubscription { name, .. } => {
                self.whole_effect(&format!("SELECT {SUBSCRIBED}"), name)
            }
            OutsideStatement::DropSubscription { name } => {
                self.whole_effect(&format!("SELECT NOT {SUBSCRIBED}"), name)
            }
            OutsideStatement::AlterSubscription { .. }
            | OutsideStatement::Reindex { .. }
            | OutsideStatement::Vacuum
            | OutsideStatement::Cluster { .. } => Ok(Effect::default()),
        }
    }

    /// Returns the effect of a statement that is done entirely or not at all.
    fn whole_effect(&self, is_done: &str, name: &str) -> Result<Effect, Error> {
        let is_done = self.query_one(READING, is_done, &[name])?.get(0);
        Ok(Effect { is_done, is_taken: is_done, unfinished: None })
    }

    /// Looks for the index. No query uses an invalid index, because building it did not finish.
    fn created_index(&self, name: Option<&str>, table: &[String]) -> Result<Effect, Error> {
        let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = t.relnamespace AND c.relname = $2::name), \
                EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                    WHERE i.indrelid = t.oid AND i.indisvalid AND c.relname = $2::name), \
                (SELECT max(i.indexrelid)::regclass::text FROM pg_catalog.pg_index i \
                    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                    WHERE i.indrelid = t.oid AND NOT i.indisvalid AND c.relkind = 'i' AND ($2 = '' OR c.relname = $2::name)) \
            FROM pg_catalog.pg_class t WHERE t.oid = to_regclass($1)";
        let rows = self.query(READING, sql, &[&qualified(table), name.unwrap_or_default()])?;
        let Some(row) = rows.first() else { return Ok(Effect::default()) };
        let unfinished = row.get::<_, Option<String>>(2).map(|index| {
            format!(
                "the index `{index}` is INVALID, left by an interrupted or failed run: drop it with `DROP INDEX CONCURRENTLY {index}`, and run it again"
            )
        });
        Ok(Effect { is_taken: row.get(0), is_done: row.get(1), unfinished })
    }

    /// Inspects a partition that was detached in two transactions, of which only the first may have
    /// been committed.
    fn detached_partition(&self, table: &[String], partition: &[String]) -> Result<Effect, Error> {
        let sql = "SELECT count(i.inhrelid) = 0, coalesce(bool_or(i.inhdetachpending), false) \
            FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_inherits i \
                ON i.inhrelid = c.oid AND i.inhparent = to_regclass($2) \
            WHERE c.oid = to_regclass($1) GROUP BY c.oid";
        let (table, partition) = (qualified(table), qualified(partition));
        let rows = self.query(READING, sql, &[&partition, &table])?;
        let Some(row) = rows.first() else { return Ok(Effect::default()) };
        let is_done = row.get(0);
        let unfinished = row.get::<_, bool>(1).then(|| {
            format!(
                "the partition is only partly detached, by an interrupted run: complete it with `ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE`, and run it again"
            )
        });
        Ok(Effect { is_done, is_taken: is_done, unfinished })
    }
}

/// The SQL condition that the database has a subscription with this name.
const SUBSCRIBED: &str = "EXISTS (SELECT FROM pg_catalog.pg_subscription s \
     JOIN pg_catalog.pg_database d ON d.oid = s.subdbid \
     WHERE s.subname = $1::name AND d.datname = current_database())";

/// Returns a qualified name as SQL.
pub(super) fn qualified(name: &[String]) -> String {
    name.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".")
}
