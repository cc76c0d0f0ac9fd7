//! The models as data.

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
    /// The primary key as a table constraint.
    pub primary_key: Option<PrimaryKey>,
    /// `UNIQUE` constraints of the table.
    pub unique: Vec<Unique>,
    /// `CHECK` constraints of the table.
    pub checks: Vec<Check>,
    /// Foreign keys of the table.
    pub foreign_keys: Vec<ForeignKey>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// `STRICT`.
    pub strict: bool,
    /// `WITHOUT ROWID`.
    pub without_rowid: bool,
    /// The previous name of the table.
    pub renamed_from: Option<String>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of SQL that the column has or does not have"
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
    /// The foreign key of the column itself.
    pub references: Option<References>,
    /// The previous name of the column.
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

/// The parent of a foreign key, and the actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// The parent table.
    pub table: String,
    /// The parent columns in order. Empty means the primary key.
    pub columns: Vec<String>,
    /// The action when the parent is deleted.
    pub on_delete: Option<Action>,
    /// The action when the key of the parent changes.
    pub on_update: Option<Action>,
    /// `DEFERRABLE INITIALLY DEFERRED`: checked when the transaction commits.
    pub deferrable: bool,
}

/// An action of a foreign key (<https://sqlite.org/foreignkeys.html#fk_actions>).
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
    /// All actions.
    pub const ALL: [Self; 5] =
        [Self::Cascade, Self::NoAction, Self::Restrict, Self::SetDefault, Self::SetNull];

    /// Returns the action in SQL.
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

/// The definition of a generated column (<https://sqlite.org/gencol.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generated {
    /// The SQL expression.
    pub expression: String,
    /// `true` for `STORED`, `false` for `VIRTUAL`.
    pub stored: bool,
}

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The columns and expressions in order, each as SQL, including `COLLATE` and `DESC`.
    pub columns: Vec<String>,
    /// The condition of a partial index: an SQL expression.
    pub condition: Option<String>,
    /// `UNIQUE`.
    pub unique: bool,
}

/// The renames that all models declare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed {
    /// Tables.
    pub tables: Vec<RenamedTable>,
    /// Columns.
    pub columns: Vec<RenamedColumn>,
}

/// A renamed table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedTable {
    /// The previous name.
    pub from: String,
    /// The current name.
    pub to: String,
}

/// A renamed column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedColumn {
    /// The current name of the table.
    pub table: String,
    /// The previous name.
    pub from: String,
    /// The current name.
    pub to: String,
}

impl Models {
    /// Returns the table with a name, or `None`. As in SQLite, the case of ASCII letters is
    /// ignored.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// Returns the renames that the models declare.
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
    /// Returns the column with a name, or `None`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns the columns of the primary key, whether the table or a column declares it.
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
