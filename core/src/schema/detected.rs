//! The operations that lead from one schema to another, as data and in the wording of autogenerate.

use std::fmt;

use super::{Changes, Column, Constraint, Difference, Kind, TableOption, differences};

/// One operation that leads from the current schema to the target schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its text, below")]
pub enum Detected {
    Added { kind: Kind, name: String },
    Removed { kind: Kind, name: String },
    Changed { kind: Kind, name: String },
    RenamedTable { was: String, is: String },
    RenamedColumn { table: String, was: String, is: String },
    AddedColumn { table: String, column: String },
    RemovedColumn { table: String, column: String },
    ChangedColumn { table: String, column: String, change: ColumnChange },
    ColumnOrder { table: String },
    AddedConstraint { table: String, constraint: Constraint },
    RemovedConstraint { table: String, constraint: Constraint },
    ChangedConstraint { table: String, was: Constraint, is: Constraint },
    TableOption { table: String, option: TableOption, is: bool },
}

/// A change to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its text, below")]
pub enum ColumnChange {
    Type { was: String, is: String },
    NotNull { is: bool },
    NotNullClause,
    Default { was: Option<String>, is: Option<String> },
    Collation { was: Option<String>, is: Option<String> },
    Generated { was: Option<String>, is: Option<String> },
}

impl Detected {
    /// Returns the kind of change, in kebab case.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Added { kind, .. } => {
                of_kind(*kind, ["added-table", "added-index", "added-view", "added-trigger"])
            }
            Self::Removed { kind, .. } => {
                of_kind(*kind, ["removed-table", "removed-index", "removed-view", "removed-trigger"])
            }
            Self::Changed { kind, .. } => {
                of_kind(*kind, ["changed-table", "changed-index", "changed-view", "changed-trigger"])
            }
            Self::RenamedTable { .. } => "renamed-table",
            Self::RenamedColumn { .. } => "renamed-column",
            Self::AddedColumn { .. } => "added-column",
            Self::RemovedColumn { .. } => "removed-column",
            Self::ChangedColumn { change, .. } => change.kind(),
            Self::ColumnOrder { .. } => "changed-column-order",
            Self::AddedConstraint { .. } => "added-constraint",
            Self::RemovedConstraint { .. } => "removed-constraint",
            Self::ChangedConstraint { .. } => "changed-constraint",
            Self::TableOption { .. } => "changed-table-option",
        }
    }

    /// Returns the operations that resolve one difference between two schemas.
    #[must_use]
    pub fn of(difference: Difference) -> Vec<Self> {
        detected(difference)
    }

    /// Returns the table if the change is inside a table, or `None` otherwise.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::Added { .. } | Self::Removed { .. } | Self::Changed { .. } | Self::RenamedTable { .. } => {
                None
            }
            Self::RenamedColumn { table, .. }
            | Self::AddedColumn { table, .. }
            | Self::RemovedColumn { table, .. }
            | Self::ChangedColumn { table, .. }
            | Self::ColumnOrder { table }
            | Self::AddedConstraint { table, .. }
            | Self::RemovedConstraint { table, .. }
            | Self::ChangedConstraint { table, .. }
            | Self::TableOption { table, .. } => Some(table),
        }
    }
}

fn of_kind(kind: Kind, [table, index, view, trigger]: [&'static str; 4]) -> &'static str {
    match kind {
        Kind::Table => table,
        Kind::Index => index,
        Kind::View => view,
        Kind::Trigger => trigger,
    }
}

impl ColumnChange {
    fn kind(&self) -> &'static str {
        match self {
            Self::Type { .. } => "changed-type",
            Self::NotNull { .. } | Self::NotNullClause => "changed-nullable",
            Self::Default { .. } => "changed-default",
            Self::Collation { .. } => "changed-collation",
            Self::Generated { .. } => "changed-generated",
        }
    }

    /// Returns the changes between two columns with the same name.
    fn all(was: &Column, is: &Column) -> Vec<Self> {
        let mut changes = Vec::new();
        if was.declared_type != is.declared_type {
            let words = |column: &Column| {
                column.declared_type.as_ref().map_or("no type".to_owned(), |words| format!("`{words}`"))
            };
            changes.push(Self::Type { was: words(was), is: words(is) });
        }
        if was.not_null != is.not_null {
            changes.push(match (&was.not_null, &is.not_null) {
                (Some(_), Some(_)) => Self::NotNullClause,
                (_, is) => Self::NotNull { is: is.is_some() },
            });
        }
        if was.default != is.default {
            let words = |column: &Column| column.default.as_ref().map(|default| default.written.clone());
            changes.push(Self::Default { was: words(was), is: words(is) });
        }
        if was.collation != is.collation {
            let words = |column: &Column| column.collation.as_ref().map(ToString::to_string);
            changes.push(Self::Collation { was: words(was), is: words(is) });
        }
        if was.generated != is.generated {
            let words = |column: &Column| {
                let generated = column.generated.as_ref()?;
                let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
                Some(format!("({}) {kind}", generated.expression.written))
            };
            changes.push(Self::Generated { was: words(was), is: words(is) });
        }
        changes
    }
}

/// Returns the operations that lead from one schema to another, without detecting renames.
#[must_use]
pub fn detect(changes: &Changes) -> Vec<Detected> {
    differences(changes).into_iter().flat_map(Detected::of).collect()
}

fn detected(difference: Difference) -> Vec<Detected> {
    match difference {
        Difference::Missing { kind, name } => vec![Detected::Removed { kind, name }],
        Difference::LeftBehind { kind, name } => vec![Detected::Added { kind, name }],
        Difference::Respelled { kind, is, .. } => vec![Detected::Changed { kind, name: is }],
        Difference::Moved { kind, name, .. } => vec![Detected::Changed { kind, name }],
        Difference::Definition { is, .. } => {
            vec![Detected::Changed { kind: is.kind(), name: is.name().to_owned() }]
        }
        Difference::Column { table, was, is } => match (was, is) {
            (Some(was), None) => vec![Detected::RemovedColumn { table, column: was.name }],
            (None, Some(is)) => vec![Detected::AddedColumn { table, column: is.name }],
            (Some(was), Some(is)) => {
                let changed = |change| Detected::ChangedColumn {
                    table: table.clone(),
                    column: is.name.clone(),
                    change,
                };
                ColumnChange::all(&was, &is).into_iter().map(changed).collect()
            }
            (None, None) => Vec::new(),
        },
        Difference::ColumnOrder { table, .. } => vec![Detected::ColumnOrder { table }],
        Difference::Constraint { table, was, is } => match (was, is) {
            (Some(constraint), None) => vec![Detected::RemovedConstraint { table, constraint }],
            (None, Some(constraint)) => vec![Detected::AddedConstraint { table, constraint }],
            (Some(was), Some(is)) => vec![Detected::ChangedConstraint { table, was, is }],
            (None, None) => Vec::new(),
        },
        Difference::TableOption { table, option, was } => {
            vec![Detected::TableOption { table, option, is: !was }]
        }
    }
}

impl fmt::Display for Detected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { kind, name } => write!(formatter, "added {} `{name}`", kind.word()),
            Self::Removed { kind, name } => write!(formatter, "removed {} `{name}`", kind.word()),
            Self::Changed { kind, name } => write!(formatter, "changed {} `{name}`", kind.word()),
            Self::RenamedTable { was, is } => write!(formatter, "renamed table `{was}` to `{is}`"),
            Self::RenamedColumn { table, was, is } => {
                write!(formatter, "renamed column `{table}.{was}` to `{table}.{is}`")
            }
            Self::AddedColumn { table, column } => write!(formatter, "added column `{table}.{column}`"),
            Self::RemovedColumn { table, column } => write!(formatter, "removed column `{table}.{column}`"),
            Self::ChangedColumn { table, column, change } => {
                change.write(formatter, &format!("`{table}.{column}`"))
            }
            Self::ColumnOrder { table } => write!(formatter, "changed order of the columns of `{table}`"),
            Self::AddedConstraint { table, constraint } => {
                write!(formatter, "added {} of `{table}`: {constraint}", constraint.kind())
            }
            Self::RemovedConstraint { table, constraint } => {
                write!(formatter, "removed {} of `{table}`: {constraint}", constraint.kind())
            }
            Self::ChangedConstraint { table, was, is } => {
                write!(formatter, "changed {} of `{table}` from {was} to {is}", is.kind())
            }
            Self::TableOption { table, option, is } => {
                let words = if *is { ["added", "to"] } else { ["removed", "from"] };
                let [verb, preposition] = words;
                write!(formatter, "{verb} {} {preposition} table `{table}`", option.words())
            }
        }
    }
}

impl ColumnChange {
    fn write(&self, formatter: &mut fmt::Formatter<'_>, column: &str) -> fmt::Result {
        let words =
            |words: &Option<String>| words.as_ref().map_or("none".to_owned(), |words| format!("`{words}`"));
        match self {
            Self::Type { was, is } => write!(formatter, "changed type of column {column} from {was} to {is}"),
            Self::NotNull { is: true } => write!(formatter, "added NOT NULL to column {column}"),
            Self::NotNull { is: false } => write!(formatter, "removed NOT NULL from column {column}"),
            Self::NotNullClause => write!(formatter, "changed NOT NULL of column {column}"),
            Self::Default { was, is } => {
                write!(formatter, "changed default of column {column} from {} to {}", words(was), words(is))
            }
            Self::Collation { was, is } => {
                write!(formatter, "changed collation of column {column} from {} to {}", words(was), words(is))
            }
            Self::Generated { was, is } => {
                write!(
                    formatter,
                    "changed generated value of column {column} from {} to {}",
                    words(was),
                    words(is)
                )
            }
        }
    }
}
