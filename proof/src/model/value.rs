//! What models say, as data.

/// The tables of all models, in the order in which they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// The tables.
    pub tables: Vec<Table>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// The primary key, where it stands on the table.
    pub primary_key: Option<PrimaryKey>,
    /// `UNIQUE` constraints that stand on the table.
    pub unique: Vec<Unique>,
    /// `CHECK` constraints that stand on the table.
    pub checks: Vec<Check>,
    /// Foreign keys that stand on the table.
    pub foreign_keys: Vec<ForeignKey>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// `STRICT`.
    pub strict: bool,
    /// `WITHOUT ROWID`.
    pub without_rowid: bool,
    /// What the table was called before.
    pub renamed_from: Option<String>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word of SQL that stands on the column or does not"
)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The declared type.
    pub declared_type: String,
    /// `NOT NULL`.
    pub not_null: bool,
    /// `PRIMARY KEY` on the column itself.
    pub primary_key: bool,
    /// `AUTOINCREMENT`.
    pub autoincrement: bool,
    /// `UNIQUE` on the column itself.
    pub unique: bool,
    /// The default: an SQL expression.
    pub default: Option<String>,
    /// `CHECK` on the column itself: an SQL expression.
    pub check: Option<String>,
    /// The collation.
    pub collation: Option<String>,
    /// The expression of a generated column.
    pub generated: Option<Generated>,
    /// The foreign key that stands on the column itself.
    pub references: Option<References>,
    /// What the column was called before.
    pub renamed_from: Option<String>,
}

/// The primary key of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrimaryKey {
    /// The name of the constraint.
    pub name: Option<String>,
    /// Its columns in order.
    pub columns: Vec<String>,
}

/// A `UNIQUE` constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unique {
    /// The name of the constraint.
    pub name: Option<String>,
    /// Its columns in order.
    pub columns: Vec<String>,
}

/// A `CHECK` constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// The name of the constraint.
    pub name: Option<String>,
    /// The SQL expression.
    pub expression: String,
}

/// A foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignKey {
    /// The name of the constraint.
    pub name: Option<String>,
    /// The child columns in order.
    pub columns: Vec<String>,
    /// The parent.
    pub references: References,
}

/// The parent of a foreign key, and what happens when it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// The parent table.
    pub table: String,
    /// The parent columns in order; none for the primary key.
    pub columns: Vec<String>,
    /// What a deletion of the parent does.
    pub on_delete: Option<Action>,
    /// What an update of the parent does.
    pub on_update: Option<Action>,
    /// `DEFERRABLE INITIALLY DEFERRED`: checked when the transaction commits.
    pub deferrable: bool,
}

/// What a change of a parent does to its children (<https://sqlite.org/foreignkeys.html#fk_actions>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `CASCADE`
    Cascade,
    /// `NO ACTION`
    NoAction,
    /// `RESTRICT`
    Restrict,
    /// `SET DEFAULT`
    SetDefault,
    /// `SET NULL`
    SetNull,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Cascade, Self::NoAction, Self::Restrict, Self::SetDefault, Self::SetNull];

    /// The word in SQL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cascade => "CASCADE",
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::SetDefault => "SET DEFAULT",
            Self::SetNull => "SET NULL",
        }
    }
}

/// How a generated column is made (<https://sqlite.org/gencol.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generated {
    /// The SQL expression.
    pub expression: String,
    /// `STORED`; else `VIRTUAL`.
    pub stored: bool,
}

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns and expressions in order, each as SQL, with `COLLATE` and `DESC` where they are meant.
    pub columns: Vec<String>,
    /// The condition of a partial index: an SQL expression.
    pub condition: Option<String>,
    /// `UNIQUE`.
    pub unique: bool,
}

/// The hints of all models at what was renamed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed {
    /// Tables.
    pub tables: Vec<RenamedTable>,
    /// Columns.
    pub columns: Vec<RenamedColumn>,
}

/// A table that had another name before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedTable {
    /// The name before.
    pub from: String,
    /// The name now.
    pub to: String,
}

/// A column that had another name before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedColumn {
    /// The table, by its name now.
    pub table: String,
    /// The name before.
    pub from: String,
    /// The name now.
    pub to: String,
}

impl Models {
    /// The table of a name; SQLite does not tell ASCII capitals from small letters in names.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// What was renamed, as the models tell it.
    #[must_use]
    pub fn renamed(&self) -> Renamed {
        let mut renamed = Renamed::default();
        for table in &self.tables {
            renamed
                .tables
                .extend(table.renamed_from.clone().map(|from| RenamedTable { from, to: table.name.clone() }));
            renamed.columns.extend(table.columns.iter().filter_map(|column| {
                let (from, to) = (column.renamed_from.clone()?, column.name.clone());
                Some(RenamedColumn { table: table.name.clone(), from, to })
            }));
        }
        renamed
    }
}

impl Table {
    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The names of the columns of the primary key, wherever it stands.
    #[must_use]
    pub fn key(&self) -> Vec<&str> {
        match &self.primary_key {
            Some(key) => key.columns.iter().map(String::as_str).collect(),
            None => self
                .columns
                .iter()
                .filter(|column| column.primary_key)
                .map(|column| column.name.as_str())
                .collect(),
        }
    }
}
