//! A table: its columns and constraints (<https://sqlite.org/lang_createtable.html>).

use super::{Expression, Ignored, Name};

/// The names of the rowid in every table with rowids, except those that are also names of columns
/// (<https://sqlite.org/rowidtable.html>).
pub const ROWID: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A table.
///
/// Columns are in order. Constraints are sorted and unique, because their order and any duplicates
/// make no difference to SQLite. It also makes no difference whether a constraint is next to its
/// column or after all columns. [`Table::normalised`] establishes this form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Option<PrimaryKey>,
    /// The UNIQUE constraints.
    pub unique: Vec<Unique>,
    /// The CHECK constraints.
    pub checks: Vec<Check>,
    /// The foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// `STRICT`.
    pub strict: bool,
    /// `WITHOUT ROWID`.
    pub without_rowid: bool,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// The name. Its case matters, because readers of the table see it.
    pub name: String,
    /// The declared type, with one space between its words: `VARCHAR(32)`, `DOUBLE PRECISION`,
    /// `DECIMAL(10,2)`.
    pub declared_type: Option<Name>,
    /// `NOT NULL`, even if SQLite only implies it, as it does in the primary key of a STRICT or
    /// WITHOUT ROWID table. `None` for a rowid alias, which is never NULL.
    pub not_null: Option<NotNull>,
    /// The default, or `None` if it is NULL.
    pub default: Option<Expression>,
    /// The collation, or `None` if it is BINARY.
    pub collation: Option<Name>,
    /// The expression, if the column is generated.
    pub generated: Option<Generated>,
}

/// `NOT NULL`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotNull {
    /// The name of the constraint.
    pub name: Option<String>,
    /// How a NULL is handled.
    pub on_conflict: Conflict,
}

/// `GENERATED ALWAYS AS (…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The expression.
    pub expression: Expression,
    /// `true` for `STORED`, `false` for `VIRTUAL`.
    pub stored: bool,
}

/// The effect of a violated constraint on its statement (<https://sqlite.org/lang_conflict.html>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Rolls the statement back. This is SQLite's default.
    #[default]
    Abort,
    /// Stops the statement but keeps its earlier changes.
    Fail,
    /// Skips the row.
    Ignore,
    /// Deletes the conflicting rows.
    Replace,
    /// Rolls the transaction back.
    Rollback,
}

impl Conflict {
    /// Returns the keyword.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Abort => "ABORT",
            Self::Fail => "FAIL",
            Self::Ignore => "IGNORE",
            Self::Replace => "REPLACE",
            Self::Rollback => "ROLLBACK",
        }
    }
}

/// `PRIMARY KEY`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PrimaryKey {
    /// The name of the constraint.
    pub name: Option<String>,
    /// The columns, in order.
    pub columns: Vec<KeyColumn>,
    /// How a duplicate key is handled.
    pub on_conflict: Conflict,
    /// `AUTOINCREMENT`: no rowid is ever reused.
    pub autoincrement: bool,
    /// `true` if the rowid alias is declared `NOT NULL`.
    pub not_null: Ignored<bool>,
}

/// `UNIQUE`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unique {
    /// The columns, in order.
    pub columns: Vec<KeyColumn>,
    /// The name of the constraint.
    pub name: Option<String>,
    /// How duplicate values are handled.
    pub on_conflict: Conflict,
}

/// A column of a PRIMARY KEY or UNIQUE constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyColumn {
    /// The column.
    pub column: Name,
    /// The collation, or `None` if it is that of the column.
    pub collation: Option<Name>,
    /// `DESC`.
    pub descending: bool,
}

/// `CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Check {
    /// The name of the constraint.
    pub name: Option<String>,
    /// The expression that must not be false.
    pub expression: Expression,
    /// The column next to which the constraint is written, if any. This makes no difference to
    /// rows. However, SQLite drops a column together with a CHECK next to it, but refuses to drop a
    /// column that a CHECK after all columns mentions.
    pub beside: Ignored<Option<Name>>,
}

/// `FOREIGN KEY` (<https://sqlite.org/foreignkeys.html>). A MATCH clause is not preserved, because
/// SQLite parses and ignores it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignKey {
    /// The child columns.
    pub columns: Vec<Name>,
    /// The parent table.
    pub parent: Name,
    /// The parent columns. The list is empty if the foreign key refers to the primary key.
    pub parent_columns: Vec<Name>,
    /// The name of the constraint.
    pub name: Option<String>,
    /// The effect of deleting the parent.
    pub on_delete: Action,
    /// The effect of updating the parent.
    pub on_update: Action,
    /// `DEFERRABLE INITIALLY DEFERRED`: the constraint is checked at the end of the transaction.
    /// With any other spelling, it is checked at the end of the statement.
    pub deferred: bool,
}

/// The effect of a parent's change on the child.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Does nothing. This is SQLite's default.
    #[default]
    NoAction,
    /// Refuses the change immediately.
    Restrict,
    /// Sets the child columns to NULL.
    SetNull,
    /// Sets the child columns to their defaults.
    SetDefault,
    /// Deletes or updates the child.
    Cascade,
}

impl Action {
    /// All actions, sorted by their keywords.
    pub const ALL: [Self; 5] =
        [Self::Cascade, Self::NoAction, Self::Restrict, Self::SetDefault, Self::SetNull];

    /// Returns the keywords.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
            Self::Cascade => "CASCADE",
        }
    }
}

impl ForeignKey {
    /// Returns the parent columns that the foreign key refers to: the listed columns, or the
    /// primary key.
    #[must_use]
    pub fn parent_key<'k>(&'k self, parent: &'k Table) -> Vec<&'k Name> {
        if self.parent_columns.is_empty() {
            return parent.primary_key.iter().flat_map(|key| &key.columns).map(|key| &key.column).collect();
        }
        self.parent_columns.iter().collect()
    }
}

impl Table {
    /// Returns the column with this name, or `None` if there is none.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns `true` if a column is in the primary key.
    #[must_use]
    pub fn is_in_primary_key(&self, column: &str) -> bool {
        self.primary_key.iter().flat_map(|key| &key.columns).any(|key| key.column.is(column))
    }

    /// Returns the rowid alias (<https://sqlite.org/lang_createtable.html#rowid>), or `None` if
    /// there is none. The alias is the only column of the primary key, if its type is exactly
    /// INTEGER, it is not DESC, and the table has rowids.
    #[must_use]
    pub fn rowid_alias(&self) -> Option<&Column> {
        match self.primary_key.as_ref()?.columns.as_slice() {
            [only] if !self.without_rowid && !only.descending => {
                let is_integer = |of: &Name| of.is("INTEGER");
                self.column(only.column.as_str())
                    .filter(|column| column.declared_type.as_ref().is_some_and(is_integer))
            }
            _ => None,
        }
    }

    /// Returns this table in the form used for comparison.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        let rowid_alias = self.rowid_alias().map(|column| column.name.clone());
        let key = self.primary_key.iter().flat_map(|key| &key.columns).map(|key| key.column.clone());
        let key: Vec<Name> = if self.strict || self.without_rowid { key.collect() } else { Vec::new() };
        for column in &mut self.columns {
            if rowid_alias.as_ref() == Some(&column.name) {
                let is_said = column.not_null.take().is_some();
                self.primary_key.iter_mut().for_each(|key| key.not_null.0 |= is_said);
            } else if key.iter().any(|key| key.is(&column.name)) {
                column.not_null.get_or_insert_default();
            }
            column.default = column.default.take().filter(|default| default.canonical != "NULL");
            column.collation = column.collation.take().filter(|collation| !collation.is("BINARY"));
        }
        self.drop_redundant_collations(rowid_alias.is_some());
        sort(&mut self.unique);
        sort(&mut self.checks);
        sort(&mut self.foreign_keys);
        self
    }

    /// Removes redundant collations from keys. A collation matters only if it differs from that of
    /// the column. A rowid is a number and has no collation.
    fn drop_redundant_collations(&mut self, on_the_rowid: bool) {
        let columns = &self.columns;
        let simplify = |key: &mut KeyColumn| {
            let own = columns.iter().find(|column| key.column.is(&column.name));
            key.collation = other_collation(key.collation.take(), own);
        };
        for key in self.primary_key.iter_mut().flat_map(|key| &mut key.columns) {
            simplify(key);
            key.collation = key.collation.take().filter(|_| !on_the_rowid);
        }
        self.unique.iter_mut().flat_map(|unique| &mut unique.columns).for_each(simplify);
    }
}

/// Returns a collation if it differs from that of the column, or `None` otherwise.
pub(super) fn other_collation(collation: Option<Name>, column: Option<&Column>) -> Option<Name> {
    let own = column.and_then(|column| column.collation.clone()).unwrap_or_else(|| Name::new("BINARY"));
    collation.filter(|collation| *collation != own)
}

fn sort<T: Ord>(items: &mut Vec<T>) {
    items.sort();
    items.dedup();
}
