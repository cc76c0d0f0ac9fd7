//! The statements of a trigger (<https://sqlite.org/lang_createtrigger.html>).

use sqlite3_parser::ast::{ResolveType, Set, TriggerCmd, Upsert, UpsertDo};

use super::{Canonical, Written};

impl Canonical<'_> {
    /// Writes one statement.
    pub(in super::super) fn statement(&mut self, statement: &TriggerCmd<'_>) -> Written {
        match statement {
            TriggerCmd::Select(select) => self.select(select),
            TriggerCmd::Delete { tbl_name, where_clause } => {
                self.put("DELETE FROM");
                self.table_name(tbl_name);
                self.clause("WHERE", where_clause.as_ref(), Self::expression)
            }
            TriggerCmd::Update { or_conflict, tbl_name, sets, from, where_clause } => {
                self.put("UPDATE");
                self.or(*or_conflict);
                self.table_name(tbl_name);
                self.sets(sets)?;
                self.clause("FROM", from.as_ref(), Self::tables)?;
                self.clause("WHERE", where_clause.as_ref(), Self::expression)
            }
            TriggerCmd::Insert { or_conflict, tbl_name, col_names, select, upsert } => {
                self.put("INSERT");
                self.or(*or_conflict);
                self.table_name(tbl_name);
                if let Some(columns) = col_names {
                    self.names(columns);
                }
                self.select(select)?;
                upsert.map_or(Ok(()), |upsert| self.upsert(upsert))
            }
        }
    }

    fn or(&mut self, conflict: Option<ResolveType>) {
        if let Some(conflict) = conflict {
            self.put("OR");
            self.put(resolve(conflict));
        }
    }

    fn sets(&mut self, sets: &[Set<'_>]) -> Written {
        self.put("SET");
        self.group(sets, |this, set| {
            this.names(&set.col_names);
            this.expression(&set.expr)
        })
    }

    fn upsert(&mut self, first: &Upsert<'_>) -> Written {
        let mut next = Some(first);
        while let Some(upsert) = next {
            self.put("ON CONFLICT");
            if let Some(index) = &upsert.index {
                self.sorted(index.targets)?;
                self.clause("WHERE", index.where_clause.as_ref(), Self::expression)?;
            }
            match &upsert.do_clause {
                UpsertDo::Nothing => self.put("DO NOTHING"),
                UpsertDo::Set { sets, where_clause } => {
                    self.put("DO UPDATE");
                    self.sets(sets)?;
                    self.clause("WHERE", where_clause.as_ref(), Self::expression)?;
                }
            }
            next = upsert.next;
        }
        Ok(())
    }
}

pub(super) fn resolve(conflict: ResolveType) -> &'static str {
    match conflict {
        ResolveType::Rollback => "ROLLBACK",
        ResolveType::Abort => "ABORT",
        ResolveType::Fail => "FAIL",
        ResolveType::Ignore => "IGNORE",
        ResolveType::Replace => "REPLACE",
    }
}
