//! The tables and columns that a statement reaches, as SQLite's authorizer reports them while the
//! statement is compiled.

use std::collections::BTreeSet;

use aludel_core::schema::Name;
use rusqlite::hooks::{AuthAction, AuthContext};

/// The tables and columns that one statement and the triggers that it fires read and write.
#[derive(Debug, Clone, Default)]
pub(in crate::proof) struct Reach {
    /// Columns that are read, each as a table and a lowercase column name.
    pub(super) reads: BTreeSet<(Name, String)>,
    /// Columns that are set, each as a table and a lowercase column name.
    pub(super) sets: BTreeSet<(Name, String)>,
    /// Tables whose rows are updated or deleted.
    pub(super) changes: BTreeSet<Name>,
    /// Tables into which rows are inserted.
    pub(super) inserts: BTreeSet<Name>,
    /// Tables whose rows are updated or deleted by triggers.
    pub(super) trigger_changes: BTreeSet<Name>,
    /// Tables into which triggers insert rows.
    pub(super) trigger_inserts: BTreeSet<Name>,
    /// The triggers that may fire, and the views that are read.
    pub(super) programs: BTreeSet<Name>,
    /// All tables that are reached.
    pub(super) tables: BTreeSet<Name>,
    /// The functions that are called.
    pub(super) functions: BTreeSet<String>,
    /// `true` if the statement may delete rows that conflict with those that it inserts. The
    /// authorizer does not report such deletions.
    pub(in crate::proof) replaces: bool,
    /// `true` if the statement changes the schema.
    defines: bool,
    /// Tables whose definition, indexes or triggers the statement changes.
    defined: BTreeSet<Name>,
}

impl Reach {
    /// Records one action.
    pub(in crate::proof) fn note(&mut self, context: &AuthContext<'_>) {
        let is_direct = context.accessor.is_none();
        self.programs.extend(context.accessor.map(Name::new));
        let (table, tables) = match context.action {
            AuthAction::Read { table_name, column_name } => {
                self.reads.insert((Name::new(table_name), column_name.to_lowercase()));
                (table_name, None)
            }
            AuthAction::Update { table_name, column_name } if is_direct => {
                self.sets.insert((Name::new(table_name), column_name.to_lowercase()));
                (table_name, Some(&mut self.changes))
            }
            AuthAction::Delete { table_name } if is_direct => (table_name, Some(&mut self.changes)),
            AuthAction::Insert { table_name } if is_direct => (table_name, Some(&mut self.inserts)),
            AuthAction::Update { table_name, .. } | AuthAction::Delete { table_name } => {
                (table_name, Some(&mut self.trigger_changes))
            }
            AuthAction::Insert { table_name } => (table_name, Some(&mut self.trigger_inserts)),
            AuthAction::AlterTable { table_name, .. }
            | AuthAction::DropTable { table_name }
            | AuthAction::CreateTable { table_name }
            | AuthAction::CreateIndex { table_name, .. }
            | AuthAction::DropIndex { table_name, .. }
            | AuthAction::CreateTrigger { table_name, .. }
            | AuthAction::DropTrigger { table_name, .. } => {
                self.defines = true;
                (table_name, Some(&mut self.defined))
            }
            AuthAction::Function { function_name } => {
                self.functions.insert(function_name.to_lowercase());
                return;
            }
            AuthAction::CreateView { .. }
            | AuthAction::DropView { .. }
            | AuthAction::CreateVtable { .. }
            | AuthAction::DropVtable { .. }
            | AuthAction::Reindex { .. } => return self.defines = true,
            _ => return,
        };
        let is_own = table.to_ascii_lowercase().starts_with("sqlite_");
        if !is_own {
            self.tables.insert(Name::new(table));
            tables.map(|tables| tables.insert(Name::new(table)));
        }
    }

    /// Returns `true` if the statement writes rows and does not change the schema.
    pub(super) fn writes_rows(&self) -> bool {
        !(self.defines || self.changes.is_empty() && self.inserts.is_empty())
    }

    /// Returns `true` if the statement does not change the schema and, according to the authorizer,
    /// only inserts rows.
    pub(in crate::proof) fn only_inserts(&self) -> bool {
        !self.defines && self.changes.is_empty() && !self.inserts.is_empty()
    }

    /// Returns `true` if the statement changes the schema.
    pub(super) const fn defines(&self) -> bool {
        self.defines
    }

    /// Returns `true` if the effect of the statement depends on existing rows.
    pub(super) fn depends_on_rows(&self) -> bool {
        self.writes_rows() && !(self.changes.is_empty() && self.reads.is_empty())
    }

    /// Returns `true` if the statement may affect what another statement does.
    pub(super) fn precedes(&self, other: &Self) -> bool {
        let is_of_view = self.defines && self.defined.is_empty();
        let mut changed = self.written().into_iter().chain(&self.defined);
        is_of_view || changed.any(|name| other.tables.contains(name))
    }

    /// Returns the tables that the statement and its triggers write.
    pub(super) fn written(&self) -> BTreeSet<&Name> {
        let own = self.changes.iter().chain(&self.inserts);
        own.chain(&self.trigger_changes).chain(&self.trigger_inserts).collect()
    }
}
