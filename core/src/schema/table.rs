//! A table: its columns and constraints (<https://sqlite.org/lang_createtable.html>).

use super::{Beside, Expression, Name, Said};

/// The names that every table with rowids has for them, as long as no column has the name (<https://sqlite.org/rowidtable.html>).
pub const ROWID: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A table.
///
/// Columns are in order. Constraints are sorted and none stands twice, since neither changes what SQLite does; whether one was written
/// beside its column or after all columns is not told either. [`Table::normalised`] makes it so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Its primary key.
    pub primary_key: Option<PrimaryKey>,
    /// Its UNIQUE constraints.
    pub unique: Vec<Unique>,
    /// Its CHECK constraints.
    pub checks: Vec<Check>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// `STRICT`.
    pub strict: bool,
    /// `WITHOUT ROWID`.
    pub without_rowid: bool,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name. The case of its letters is seen by whoever reads the table, and so it counts.
    pub name: String,
    /// The declared type, with one space between its words: `VARCHAR(32)`, `DOUBLE PRECISION`, `DECIMAL(10,2)`.
    pub declared_type: Option<Name>,
    /// `NOT NULL`, also where SQLite implies it: in the primary key of a STRICT table or of one WITHOUT ROWID. Not in a column that stands for
    /// the rowid, which is never NULL.
    pub not_null: Option<NotNull>,
    /// The default; none where it is NULL.
    pub default: Option<Expression>,
    /// The collation; none where it is BINARY.
    pub collation: Option<Name>,
    /// How it is computed, where it is generated.
    pub generated: Option<Generated>,
}

/// `NOT NULL`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotNull {
    /// The constraint's name.
    pub name: Option<String>,
    /// What happens to a NULL.
    pub on_conflict: Conflict,
}

/// `GENERATED ALWAYS AS (…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// What it is.
    pub expression: Expression,
    /// `STORED`; else `VIRTUAL`.
    pub stored: bool,
}

/// What a violated constraint does to its statement (<https://sqlite.org/lang_conflict.html>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// Takes the statement back; what SQLite does where nothing is written.
    #[default]
    Abort,
    /// Stops it, and keeps what it did.
    Fail,
    /// Passes over the row.
    Ignore,
    /// Deletes the rows in its way.
    Replace,
    /// Takes the transaction back.
    Rollback,
}

impl Conflict {
    /// Its keyword.
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
    /// The constraint's name.
    pub name: Option<String>,
    /// Its columns in order.
    pub columns: Vec<KeyColumn>,
    /// What happens to a second row with the same key.
    pub on_conflict: Conflict,
    /// `AUTOINCREMENT`: no rowid is used twice.
    pub autoincrement: bool,
    /// `NOT NULL` is written of the column that stands for the rowid.
    pub not_null: Said,
}

/// `UNIQUE`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unique {
    /// Its columns in order.
    pub columns: Vec<KeyColumn>,
    /// The constraint's name.
    pub name: Option<String>,
    /// What happens to a second row with the same values.
    pub on_conflict: Conflict,
}

/// A column of a PRIMARY KEY or UNIQUE constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyColumn {
    /// The column.
    pub column: Name,
    /// The collation, where it is not the column's own.
    pub collation: Option<Name>,
    /// `DESC`.
    pub descending: bool,
}

/// `CHECK`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Check {
    /// The constraint's name.
    pub name: Option<String>,
    /// What must not be false.
    pub expression: Expression,
    /// The column beside which it is written.
    pub beside: Beside,
}

/// `FOREIGN KEY` (<https://sqlite.org/foreignkeys.html>). A MATCH clause is not kept: SQLite reads it and does nothing with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignKey {
    /// The child columns.
    pub columns: Vec<Name>,
    /// The parent table.
    pub parent: Name,
    /// The parent columns; none where the primary key is meant.
    pub parent_columns: Vec<Name>,
    /// The constraint's name.
    pub name: Option<String>,
    /// What a deletion of the parent does.
    pub on_delete: Action,
    /// What an update of the parent does.
    pub on_update: Action,
    /// `DEFERRABLE INITIALLY DEFERRED`: checked at the end of the transaction. All other ways to write it mean: at the end of the statement.
    pub deferred: bool,
}

/// What a change of the parent does to the child.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing; what SQLite does where nothing is written.
    #[default]
    NoAction,
    /// Refuses it at once.
    Restrict,
    /// Sets the child columns to NULL.
    SetNull,
    /// Sets the child columns to their defaults.
    SetDefault,
    /// Deletes or updates the child.
    Cascade,
}

impl Action {
    /// Its keywords.
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
    /// The columns of the parent that are meant: those that are named, or its primary key's.
    #[must_use]
    pub fn parent_key<'k>(&'k self, parent: &'k Table) -> Vec<&'k Name> {
        if self.parent_columns.is_empty() {
            return parent.primary_key.iter().flat_map(|key| &key.columns).map(|key| &key.column).collect();
        }
        self.parent_columns.iter().collect()
    }
}

impl Table {
    /// A column by its name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether a column is one of the primary key's.
    #[must_use]
    pub fn is_in_primary_key(&self, column: &str) -> bool {
        self.primary_key.iter().flat_map(|key| &key.columns).any(|key| key.column.is(column))
    }

    /// The column that stands for the rowid (<https://sqlite.org/lang_createtable.html#rowid>): the only one of the primary key, of the type
    /// INTEGER and no other word, not DESC, in a table that has rowids.
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

    /// The same table, in which every foreign key names the columns of its parent.
    #[must_use]
    pub(super) fn naming_parents(&self, schema: &super::Schema) -> Self {
        let mut named = self.clone();
        for key in &mut named.foreign_keys {
            if let Some(parent) = schema.table(key.parent.as_str()) {
                key.parent_columns = key.parent_key(parent).into_iter().cloned().collect();
            }
        }
        named.normalised()
    }

    /// The same table in the one form that tables are compared in.
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
        self.settle_keys(rowid_alias.is_some());
        sort(&mut self.unique);
        sort(&mut self.checks);
        sort(&mut self.foreign_keys);
        self
    }

    /// A collation of a key counts where it is not the column's own; a rowid is a number, and has none.
    fn settle_keys(&mut self, on_the_rowid: bool) {
        let columns = &self.columns;
        let settle = |key: &mut KeyColumn| {
            let own = columns.iter().find(|column| key.column.is(&column.name));
            key.collation = other_collation(key.collation.take(), own);
        };
        for key in self.primary_key.iter_mut().flat_map(|key| &mut key.columns) {
            settle(key);
            key.collation = key.collation.take().filter(|_| !on_the_rowid);
        }
        self.unique.iter_mut().flat_map(|unique| &mut unique.columns).for_each(settle);
    }
}

/// A collation, where it is not the one that the column has by itself.
pub(super) fn other_collation(collation: Option<Name>, column: Option<&Column>) -> Option<Name> {
    let own = column.and_then(|column| column.collation.clone()).unwrap_or_else(|| Name::new("BINARY"));
    collation.filter(|collation| *collation != own)
}

fn sort<T: Ord>(items: &mut Vec<T>) {
    items.sort();
    items.dedup();
}
