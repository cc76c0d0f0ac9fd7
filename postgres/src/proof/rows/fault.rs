//! The script errors that the pass with rows finds, as data and as text.

use aludel_core::problem::{Explain, Remedy, Words, listed, words};
use aludel_core::script::{SectionKind, not_created_here};

/// An effect on rows that a script does not declare, or an error that rows cause.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are explained by the message")]
pub enum RowFault {
    /// The script fails on a database with rows.
    FailsWithRows { section: SectionKind, message: String },
    /// After its downgrade, the upgrade fails on the remaining rows.
    FailsAgain { message: String },
    /// Rows are missing after the downgrade.
    RowsLost { table: String, lost: usize, of: usize, declare: String },
    /// Values differ after the downgrade.
    ValuesLost { table: String, columns: Vec<String>, declare: Vec<String> },
    /// The counter of a sequence falls back.
    CounterFallsBack { sequence: String, was: i64, is: Option<i64>, declare: String },
    /// Rows that the upgrade added remain after the downgrade.
    RowsLeftBehind { table: String, count: usize },
    /// A row that already had a value that the upgrade writes to other rows is not restored. This is a
    /// note.
    PossibleLoss { table: String },
    /// The header declares a loss that does not occur.
    DeclaredButKept { loss: String },
    /// The header declares a loss of an object that does not exist.
    UnknownLoss { loss: String, suggestion: Option<String> },
    /// A statement of a sample section fails.
    SampleFails { message: String },
    /// A sample section declares a table empty, but the script does not create that table.
    NotCreatedHere { table: String },
    /// The search found no row that a statement changes. This is a note.
    NoRowForStatement,
    /// The search found no row for some tables. This is a note.
    NoRows { tables: Vec<String> },
}

const HINT: &str = "if the generated rows do not resemble your data, supply your own in a `-- sample` section of the script that created the table; they replace the generated rows";

impl Explain for RowFault {
    fn words(&self) -> Words {
        match self {
            Self::FailsWithRows { section: SectionKind::Downgrade, message } => words(
                "downgrade-fails-with-rows",
                format!("this downgrade fails on rows that the schema allows: {message}"),
                "PostgreSQL stopped at this statement",
                format!("make the downgrade correct the data before this statement; or, {HINT}"),
            ),
            Self::FailsWithRows { message, .. } => words(
                "fails-with-rows",
                format!("this upgrade fails on rows that the schema allows: {message}"),
                "PostgreSQL stopped at this statement",
                format!("make the script correct the data before this statement; or, {HINT}"),
            ),
            Self::FailsAgain { message } => words(
                "upgrade-fails-again",
                format!("this upgrade fails after its own downgrade, on the rows that are left: {message}"),
                "it passes the first time but fails the second time",
                "make the downgrade replace the lost values with something that the upgrade accepts",
            ),
            Self::RowsLost { table, lost, of, declare } => words(
                "undeclared-loss",
                format!(
                    "undeclared loss of rows of `{table}`: {lost} of {of} rows are missing after the upgrade and the downgrade"
                ),
                "they are lost here",
                help_for_loss(declare),
            ),
            Self::ValuesLost { table, columns, declare } => {
                let names: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
                words(
                    "undeclared-loss",
                    format!(
                        "undeclared loss of values of {}: they differ after the upgrade and the downgrade",
                        listed(&names)
                    ),
                    "they are lost here",
                    help_for_loss(&declare.join(", ")),
                )
            }
            Self::PossibleLoss { table } => possible_loss(table),
            Self::CounterFallsBack { sequence, was, is, declare } => {
                let to = is.map_or("its start".to_owned(), |is| is.to_string());
                words(
                    "counter-falls-back",
                    format!(
                        "this downgrade lowers the sequence `{sequence}` from {was} to {to}: numbers of deleted rows will be reused"
                    ),
                    "it is lost here",
                    format!(
                        "copy its value with `setval`, or declare the loss in the header: `-- Loses: {declare}`"
                    ),
                )
            }
            Self::RowsLeftBehind { table, count } => words(
                "rows-left-behind",
                format!(
                    "this downgrade leaves rows behind in `{table}` that did not exist before the upgrade: {count}"
                ),
                "after this section",
                "make the downgrade delete exactly the rows that the upgrade inserted, by key",
            ),
            Self::DeclaredButKept { loss } => words(
                "declared-but-kept",
                format!("`{loss}` is declared as lost, but the downgrade restores it"),
                "declared here",
                "remove it from `Loses`; if some of your rows do lose data, add one of them to a `-- sample` section of the script that created the table",
            ),
            Self::UnknownLoss { loss, suggestion } => words(
                "unknown-loss",
                format!("`Loses` names `{loss}`, which does not exist before this upgrade"),
                suggestion
                    .as_ref()
                    .map_or("nothing has this name".to_owned(), |name| format!("did you mean `{name}`?")),
                "write `<table>.<column>`, `rows of <table>` or `counter of <sequence>`, with the names before the upgrade, and with the schema unless it is `public`",
            ),
            Self::SampleFails { message } => words(
                "sample-fails",
                format!("this sample section fails: {message}"),
                "PostgreSQL stopped at this statement",
                "correct the statement; it ran right after the upgrade of this script",
            ),
            Self::NotCreatedHere { table } => not_created_here(table),
            Self::NoRowForStatement => words(
                "no-row-for-statement",
                "found no row that this statement changes, so its effect on rows is not proved",
                "it changed nothing",
                "supply a row that it changes in a `-- sample` section of the script that created the table",
            ),
            Self::NoRows { tables } => words(
                "no-rows",
                format!(
                    "found no rows for {}, so the effect of scripts on their rows is not proved",
                    listed(tables)
                ),
                "",
                "supply rows in a `-- sample` section of the scripts that created the tables",
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::RowsLost { declare, .. } | Self::CounterFallsBack { declare, .. } => {
                Remedy::Declare(vec![declare.clone()])
            }
            Self::ValuesLost { declare, .. } => Remedy::Declare(declare.clone()),
            Self::DeclaredButKept { .. } | Self::UnknownLoss { .. } => Remedy::Undeclare,
            Self::FailsWithRows { .. } => Remedy::Rows,
            _ => Remedy::Person,
        }
    }
}

fn possible_loss(table: &str) -> Words {
    words(
        "undeclared-loss",
        format!(
            "a row of `{table}` that already has a value that this script writes is not restored after the upgrade and the downgrade"
        ),
        "the downgrade takes it for a row that the upgrade changed",
        format!(
            "if the table may contain such rows, declare the loss in the header, such as `-- Loses: rows of {table}` or `-- Loses: {table}.<column>`; otherwise, a CHECK constraint that excludes them, or a `-- sample` section of the script that created the table, removes this note"
        ),
    )
}

fn help_for_loss(declare: &str) -> String {
    format!(
        "restore them in the downgrade, or, if the loss is intended, declare it in the header: `-- Loses: {declare}`; or, {HINT}"
    )
}
