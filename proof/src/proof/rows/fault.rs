//! The errors that the pass with rows finds in scripts, as data and as messages.

use aludel_core::problem::{Explain, Remedy, Words, listed, words};
use aludel_core::schema::Action;
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{SectionKind, not_created_here};

use super::keys::Dangling;
use crate::lint::help_after_rename;
use crate::proof::ProofFault;

/// An effect on rows that a script does not declare, or an error that rows cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::proof) enum RowFault {
    /// A section fails on rows.
    FailsWithRows { section: SectionKind, message: String, hint: SampleHint },
    /// The upgrade fails after a downgrade that loses only what is declared.
    FailsAgain { message: String },
    /// Rows are missing after the downgrade.
    RowsLost { table: String, lost: usize, of: usize, declare: Vec<String>, hint: Option<SampleHint> },
    /// Values differ after the downgrade.
    ValuesLost { table: String, columns: Vec<String>, declare: Vec<String>, hint: Option<SampleHint> },
    /// The header declares a loss that does not happen.
    DeclaredButKept { loss: String, is_counter: bool },
    /// The header declares the loss of something that does not exist.
    UnknownLoss { loss: String, suggestion: Option<String> },
    /// Rows from the upgrade remain after the downgrade.
    RowsLeftBehind { table: String, count: usize },
    /// IDs of deleted rows are reused.
    CounterFallsBack { section: SectionKind, table: String, was: i64, is: Option<i64>, declare: Vec<String> },
    /// Rows refer to missing rows.
    Dangling { section: SectionKind, dangling: Dangling },
    /// A row in a sample section is rejected.
    SampleFails { message: String },
    /// A sample section declares a table empty that its script does not create.
    NotCreatedHere { table: String },
    /// A sample section changes the schema.
    SampleChangesSchema,
    /// A full-text index does not match its content table.
    IndexOutOfDate { section: SectionKind, index: String, content: String },
    /// An error that is placed at a section, because no single statement caused it.
    AfterSection { fault: Box<RowFault> },
    /// No row was found that a statement changes.
    NoRowForStatement { is_idle: bool },
}

/// The sample section that can supply realistic rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::proof) struct SampleHint {
    /// The tables that need other rows.
    pub(super) tables: Vec<String>,
    /// The script that created the tables.
    pub(super) file: Option<String>,
}

impl SampleHint {
    /// Returns the script whose sample section can supply other rows.
    fn place(&self) -> String {
        self.file.as_ref().map_or("the script that created the table".to_owned(), |file| format!("`{file}`"))
    }

    fn words(&self) -> String {
        let tables = if self.tables.is_empty() { "the tables".to_owned() } else { listed(&self.tables) };
        let file = self.place();
        format!(
            "if the generated rows do not resemble your data, supply your own rows of {tables} in a `-- sample` section of {file}; they replace the generated rows"
        )
    }
}

impl RowFault {
    /// Returns the error with a hint about generated rows, which may not resemble real ones.
    pub(super) fn with_hint(mut self, other: Option<SampleHint>) -> Self {
        if let Self::RowsLost { hint, .. } | Self::ValuesLost { hint, .. } = &mut self {
            *hint = other;
        }
        self
    }
}

impl Explain for RowFault {
    fn words(&self) -> Words {
        match self {
            Self::FailsWithRows { section: SectionKind::Downgrade, message, hint } => words(
                "downgrade-fails-with-rows",
                format!("this downgrade fails on rows that the schema allows: {message}"),
                "SQLite stopped at this statement",
                format!("make the downgrade correct the data before this statement; or, {}", hint.words()),
            ),
            Self::FailsWithRows { message, hint, .. } if message.starts_with("Cannot add a") => words(
                "fails-with-rows",
                format!("this upgrade only works on empty tables: {message}"),
                "SQLite stopped at this statement",
                format!(
                    "add a DEFAULT that existing rows can have; or create a new table, copy the rows into it, drop the old one and rename the new one; or, if the table had no rows at that point, declare that in a `-- sample` section of {}: `-- no rows: <reason>`",
                    hint.place()
                ),
            ),
            Self::FailsWithRows { message, hint, .. } => words(
                "fails-with-rows",
                format!("this upgrade fails on rows that the schema allows: {message}"),
                "SQLite stopped at this statement",
                format!("make the script correct the data before this statement; or, {}", hint.words()),
            ),
            Self::FailsAgain { message } => words(
                ProofFault::FAILS_AGAIN,
                format!("this upgrade fails after its own downgrade, on the rows that are left: {message}"),
                "it passes the first time but fails the second time",
                "make the downgrade replace the lost values with something that the upgrade accepts",
            ),
            Self::RowsLost { table, lost, of, declare, hint } => words(
                "undeclared-loss",
                format!(
                    "undeclared loss of rows of `{table}`: {lost} of {of} rows are missing after the upgrade and the downgrade"
                ),
                "they are lost after this statement",
                help_for_loss(declare, hint.as_ref().filter(|_| lost < of)),
            ),
            Self::ValuesLost { table, columns, declare, hint } => {
                let names: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
                words(
                    "undeclared-loss",
                    format!(
                        "undeclared loss of values of {}: they differ after the upgrade and the downgrade",
                        listed(&names)
                    ),
                    "they differ after this statement",
                    help_for_loss(declare, hint.as_ref()),
                )
            }
            Self::DeclaredButKept { loss, is_counter } => words(
                "declared-but-kept",
                format!(
                    "`{loss}` is declared as lost, but the downgrade restores it{}",
                    if *is_counter { "" } else { ", byte for byte" }
                ),
                "declared here",
                "remove it from `Loses`; if some of your rows do lose data, add one of them to a `-- sample` section of the script that created the table",
            ),
            Self::UnknownLoss { loss, suggestion } => words(
                "unknown-loss",
                format!("`Loses` names `{loss}`, which does not exist before this upgrade"),
                suggestion
                    .as_ref()
                    .map_or("nothing has this name".to_owned(), |name| format!("did you mean `{name}`?")),
                "write `<table>.<column>`, `rows of <table>` or `counter of <table>`, using the names from before the upgrade; put a name that contains a dot, comma or quote in double quotes",
            ),
            Self::RowsLeftBehind { table, count } => words(
                "rows-left-behind",
                format!(
                    "this downgrade leaves rows behind in `{table}` that did not exist before the upgrade: {count}"
                ),
                "after this section",
                "make the downgrade delete exactly the rows that the upgrade inserted, by key",
            ),
            Self::CounterFallsBack { section, table, was, is, declare } => {
                counter(*section, table, *was, *is, declare)
            }
            Self::Dangling { section, dangling } => dangling_words(*section, dangling),
            Self::AfterSection { fault } => Words { label: "after this section".to_owned(), ..fault.words() },
            Self::SampleFails { message } => words(
                "sample-fails",
                format!("this sample section fails: {message}"),
                "SQLite stopped at this statement",
                "correct the statement; it ran right after the upgrade of this script",
            ),
            Self::NotCreatedHere { table } => not_created_here(table),
            Self::SampleChangesSchema => words(
                "sample-changes-schema",
                "this statement changes the schema, but a sample section only supplies rows",
                "in the sample section",
                "move the statement to the upgrade, or remove it",
            ),
            Self::IndexOutOfDate { section, index, content } => outdated(*section, index, content),
            Self::NoRowForStatement { is_idle } => no_row(*is_idle),
        }
    }

    fn remedy(&self) -> Remedy {
        match self {
            Self::RowsLost { declare, .. }
            | Self::ValuesLost { declare, .. }
            | Self::CounterFallsBack { declare, .. } => Remedy::Declare(declare.clone()),
            Self::DeclaredButKept { .. } | Self::UnknownLoss { .. } => Remedy::Undeclare,
            Self::FailsWithRows { .. } | Self::Dangling { .. } => Remedy::Rows,
            Self::AfterSection { fault } => fault.remedy(),
            Self::FailsAgain { .. }
            | Self::RowsLeftBehind { .. }
            | Self::SampleFails { .. }
            | Self::NotCreatedHere { .. }
            | Self::SampleChangesSchema
            | Self::IndexOutOfDate { .. }
            | Self::NoRowForStatement { .. } => Remedy::Person,
        }
    }
}

/// Returns the help for a loss.
fn help_for_loss(declare: &[String], hint: Option<&SampleHint>) -> String {
    let other = hint.map(|hint| format!("; or, {}", hint.words())).unwrap_or_default();
    format!(
        "restore them in the downgrade, or, if the loss is intended, declare it in the header: `-- Loses: {}`{other}",
        declare.join(", ")
    )
}

fn outdated(section: SectionKind, index: &str, content: &str) -> Words {
    words(
        "index-out-of-date",
        format!(
            "after this {section}, the full-text index `{index}` does not match its content table `{content}`"
        ),
        "after this section",
        format!(
            "add `INSERT INTO {index}({index}) VALUES('rebuild');` after the last statement that changes `{content}` or creates the index",
            index = quoted(index)
        ),
    )
}

fn no_row(is_idle: bool) -> Words {
    let (title, label, help) = if is_idle {
        (
            "this statement never changes a row: its condition needs NULL in a column that is NOT NULL",
            "it changes no row that the schema allows",
            "remove the statement, or correct its condition",
        )
    } else {
        (
            "found no row that this statement changes, so its effect on rows is not proved",
            "it changed nothing",
            "supply a row that it changes in a `-- sample` section of the script that created the table",
        )
    };
    words("no-row-for-statement", title, label, help)
}

fn counter(section: SectionKind, table: &str, was: i64, is: Option<i64>, declare: &[String]) -> Words {
    let change = match is {
        Some(is) => format!("lowers the AUTOINCREMENT counter of `{table}` from {was} to {is}"),
        None => format!("removes the AUTOINCREMENT counter of `{table}`, which was at {was}"),
    };
    words(
        "counter-falls-back",
        format!("this {section} {change}: IDs of deleted rows will be reused"),
        "after this statement",
        format!(
            "copy the counter before the old table is dropped: `DELETE FROM sqlite_sequence WHERE name = '<new table>'; INSERT INTO sqlite_sequence (name, seq) \
             SELECT '<new table>', seq FROM sqlite_sequence WHERE name = '<old table>';`; or declare the loss in the header: `-- Loses: {}`",
            declare.join(", ")
        ),
    )
}

fn dangling_words(section: SectionKind, dangling: &Dangling) -> Words {
    let Dangling { child, parent, example, count, on_delete, renamed_from } = dangling;
    let rows = if *count == 1 { "a row".to_owned() } else { format!("{count} rows") };
    let refer = if *count == 1 { "refers" } else { "refer" };
    let help = match (renamed_from, on_delete) {
        (Some(was), _) => help_after_rename(child, (was, parent)),
        (None, Action::Cascade | Action::SetNull | Action::SetDefault) => format!(
            "scripts run with foreign keys off, so `ON DELETE {}` does not run: keep the rows of `{parent}`, or handle the rows of `{child}` that refer to them in the script",
            on_delete.words()
        ),
        (None, Action::NoAction | Action::Restrict) => format!(
            "keep or insert the rows of `{parent}`, or handle the rows of `{child}` that refer to them in the script"
        ),
    };
    words(
        "dangling-rows",
        format!(
            "after this {section}, {rows} of `{child}` {refer} to a missing row of `{parent}`, such as {example}"
        ),
        if section == SectionKind::Sample { "in this section" } else { "after this statement" },
        help,
    )
}
