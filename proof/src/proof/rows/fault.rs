//! What scripts do to rows, as data and in words.

use aludel_core::problem::{Explain, Remedy, Words, listed, words};
use aludel_core::schema::Action;
use aludel_core::script::SectionKind;
use aludel_core::script::sqlite::quoted;

use super::keys::Dangling;
use crate::lint::help_after_rename;
use crate::proof::ProofFault;

/// A script that does to rows what it does not say, or that rows get in the way of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::proof) enum RowFault {
    /// It fails where there are rows.
    FailsWithRows { section: SectionKind, message: String, way_out: WayOut },
    /// After a downgrade that loses what is declared, the upgrade fails.
    FailsAgain { message: String },
    /// Rows that are not there again.
    RowsLost { table: String, lost: usize, of: usize, declare: Vec<String>, way_out: Option<WayOut> },
    /// Values that are not what they were.
    ValuesLost { table: String, columns: Vec<String>, declare: Vec<String>, way_out: Option<WayOut> },
    /// The header declares a loss that does not happen.
    DeclaredButKept { loss: String, is_counter: bool },
    /// The header declares a loss of something that was not there.
    UnknownLoss { loss: String, suggestion: Option<String> },
    /// Rows that the upgrade brought stay.
    RowsLeftBehind { table: String, count: usize },
    /// Ids are given out again.
    CounterFallsBack { section: SectionKind, table: String, was: i64, is: Option<i64>, declare: Vec<String> },
    /// Rows refer to rows that are not there.
    Dangling { section: SectionKind, dangling: Dangling },
    /// A row of a sample section is refused.
    SampleFails { message: String },
    /// A sample section does more than bring rows.
    SampleChangesSchema,
    /// A full-text index does not contain what its content table does.
    IndexOutOfDate { section: SectionKind, index: String, content: String },
    /// An error that is placed at a section, because no statement is responsible.
    AfterSection { fault: Box<RowFault> },
    /// No row was found that a statement changes.
    NoRowForStatement { is_idle: bool },
}

/// Where rows as they really are can be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::proof) struct WayOut {
    /// The tables that have to hold other rows.
    pub(super) tables: Vec<String>,
    /// The script that made them.
    pub(super) file: Option<String>,
}

impl WayOut {
    /// The script that can show other rows.
    fn place(&self) -> String {
        self.file.as_ref().map_or("the script that created the table".to_owned(), |file| format!("`{file}`"))
    }

    fn words(&self) -> String {
        let tables = if self.tables.is_empty() { "the tables".to_owned() } else { listed(&self.tables) };
        let file = self.place();
        format!(
            "if the generated rows do not resemble your data, supply your own rows of {tables} in a `-- sample` section of {file}, which replace the generated rows"
        )
    }
}

impl RowFault {
    /// The same, with the rows that may be such as a person never has.
    pub(super) fn with_way_out(mut self, other: Option<WayOut>) -> Self {
        if let Self::RowsLost { way_out, .. } | Self::ValuesLost { way_out, .. } = &mut self {
            *way_out = other;
        }
        self
    }
}

impl Explain for RowFault {
    fn words(&self) -> Words {
        match self {
            Self::FailsWithRows { section: SectionKind::Downgrade, message, way_out } => words(
                "downgrade-fails-with-rows",
                format!("this downgrade works on empty tables only: {message}"),
                "SQLite stopped at this statement",
                format!("correct the data in the downgrade, before this statement; or, {}", way_out.words()),
            ),
            Self::FailsWithRows { message, way_out, .. } if message.starts_with("Cannot add a") => words(
                "fails-with-rows",
                format!("this upgrade works on empty tables only: {message}"),
                "SQLite stopped at this statement",
                format!(
                    "add a DEFAULT that existing rows can have; or create a new table, copy the rows into it, drop the old one and rename the new one; or, if the table had no rows at that point, declare that in a `-- sample` section of {}: `-- no rows: <reason>`",
                    way_out.place()
                ),
            ),
            Self::FailsWithRows { message, way_out, .. } => words(
                "fails-with-rows",
                format!("this upgrade works on empty tables only: {message}"),
                "SQLite stopped at this statement",
                format!("correct the data in this script, before this statement; or, {}", way_out.words()),
            ),
            Self::FailsAgain { message } => words(
                ProofFault::FAILS_AGAIN,
                format!("this upgrade fails after its own downgrade, on the rows that are left: {message}"),
                "it passed the first time and fails the second time",
                "let the downgrade replace what is lost with something that the upgrade accepts",
            ),
            Self::RowsLost { table, lost, of, declare, way_out } => words(
                "undeclared-loss",
                format!(
                    "undeclared loss of rows of `{table}`: after upgrade and downgrade, {lost} of {of} rows are missing"
                ),
                "they are lost after this statement",
                ways_out(declare, way_out.as_ref().filter(|_| lost < of)),
            ),
            Self::ValuesLost { table, columns, declare, way_out } => {
                let names: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
                words(
                    "undeclared-loss",
                    format!(
                        "undeclared loss of values of {}: after upgrade and downgrade, they differ",
                        listed(&names)
                    ),
                    "they differ after this statement",
                    ways_out(declare, way_out.as_ref()),
                )
            }
            Self::DeclaredButKept { loss, is_counter } => words(
                "declared-but-kept",
                format!(
                    "`{loss}` is declared as lost, but the downgrade restores it{}",
                    if *is_counter { "" } else { ", byte for byte" }
                ),
                "declared here",
                "remove it from `Loses`; if your data does lose something, supply such a row in a `-- sample` section of the script that created the table",
            ),
            Self::UnknownLoss { loss, suggestion } => words(
                "unknown-loss",
                format!("`Loses` names `{loss}`, which does not exist before this upgrade"),
                suggestion
                    .as_ref()
                    .map_or("nothing has this name".to_owned(), |name| format!("did you mean `{name}`?")),
                "write `<table>.<column>`, `rows of <table>` or `counter of <table>`, with the names before the upgrade; a name with a dot, a comma or a quote is written in double quotes",
            ),
            Self::RowsLeftBehind { table, count } => words(
                "rows-left-behind",
                format!(
                    "this downgrade leaves rows behind in `{table}` that did not exist before the upgrade: {count}"
                ),
                "after this section",
                "let the downgrade undo exactly the inserts of the upgrade, by key",
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
            | Self::SampleChangesSchema
            | Self::IndexOutOfDate { .. }
            | Self::NoRowForStatement { .. } => Remedy::Person,
        }
    }
}

/// What to do where something is lost.
fn ways_out(declare: &[String], way_out: Option<&WayOut>) -> String {
    let other = way_out.map(|way_out| format!("; or, {}", way_out.words())).unwrap_or_default();
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
            "no row was found that this statement changes: its effect on rows is not proved",
            "it changed nothing",
            "supply a row that it changes in a `-- sample` section of the script that created the table",
        )
    };
    words("no-row-for-statement", title, label, help)
}

fn counter(section: SectionKind, table: &str, was: i64, is: Option<i64>, declare: &[String]) -> Words {
    let to = is.map_or("nothing".to_owned(), |is| is.to_string());
    words(
        "counter-falls-back",
        format!(
            "after this {section}, the AUTOINCREMENT counter of `{table}` falls back from {was} to {to}: ids of deleted rows are used again"
        ),
        "after this statement",
        format!(
            "carry it over, before the old table is dropped: `DELETE FROM sqlite_sequence WHERE name = '<new table>'; INSERT INTO sqlite_sequence (name, seq) \
             SELECT '<new table>', seq FROM sqlite_sequence WHERE name = '<old table>';`; or declare it in the header: `-- Loses: {}`",
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
            "keep the rows of `{parent}`, or handle the rows of `{child}` that refer to them in the script"
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
