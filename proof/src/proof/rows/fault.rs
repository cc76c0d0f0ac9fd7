//! What scripts do to rows, as data and in words.

use aludel_core::problem::{Explain, Remedy, Words, listed, words};
use aludel_core::schema::Action;
use aludel_core::script::SectionKind;

use super::keys::Dangling;
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
        self.file.as_ref().map_or("the script that made the table".to_owned(), |file| format!("`{file}`"))
    }

    fn words(&self) -> String {
        let tables = if self.tables.is_empty() { "the tables".to_owned() } else { listed(&self.tables) };
        let file = self.place();
        format!(
            "if no row of yours is like this, show in a `-- sample` section of {file} how the rows of {tables} are: that section replaces the sample rows"
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
                format!("this downgrade fails where the tables hold rows: {message}"),
                "SQLite stopped at this statement",
                format!("let the downgrade take rows back as well; or, {}", way_out.words()),
            ),
            Self::FailsWithRows { message, way_out, .. } if message.starts_with("Cannot add a") => words(
                "fails-with-rows",
                format!("this upgrade works on empty tables only: {message}"),
                "SQLite stopped at this statement",
                format!(
                    "give the new column a DEFAULT that rows which are there can have; or make a new table, copy the rows into it, drop the old one and rename the new one; or, if the table held no row by then, say so in a `-- sample` section of {}: `-- no rows: <reason>`",
                    way_out.place()
                ),
            ),
            Self::FailsWithRows { message, way_out, .. } => words(
                "fails-with-rows",
                format!("this upgrade works on empty tables only: {message}"),
                "SQLite stopped at this statement",
                format!("mend such rows in this script, before this statement; or, {}", way_out.words()),
            ),
            Self::FailsAgain { message } => words(
                ProofFault::FAILS_AGAIN,
                format!(
                    "after its downgrade, this upgrade cannot be run again on the rows that are left: {message}"
                ),
                "it ran the first time, and fails the second time",
                "let the downgrade put something in the place of what is lost that the upgrade can take",
            ),
            Self::RowsLost { table, lost, of, declare, way_out } => words(
                "undeclared-loss",
                format!(
                    "rows of `{table}` are lost, and the header does not say so: upgraded and taken back, {lost} of {of} sample rows are not there again"
                ),
                "after this statement they are gone",
                ways_out(declare, way_out.as_ref().filter(|_| lost < of)),
            ),
            Self::ValuesLost { table, columns, declare, way_out } => {
                let names: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
                words(
                    "undeclared-loss",
                    format!(
                        "values of {} are lost, and the header does not say so: upgraded and taken back, they are not what they were",
                        listed(&names)
                    ),
                    "after this statement they are not what they were",
                    ways_out(declare, way_out.as_ref()),
                )
            }
            Self::DeclaredButKept { loss, is_counter } => words(
                "declared-but-kept",
                format!(
                    "`{loss}` is declared as lost, but the downgrade brings it back{}",
                    if *is_counter { "" } else { ", byte for byte" }
                ),
                "declared here",
                "remove it from `Loses`; if rows of yours lose something all the same, show one in a `-- sample` section of the script that made the table",
            ),
            Self::UnknownLoss { loss, suggestion } => words(
                "unknown-loss",
                format!("`Loses` names `{loss}`, which was not there before this upgrade"),
                suggestion
                    .as_ref()
                    .map_or("nothing has this name".to_owned(), |name| format!("did you mean `{name}`?")),
                "write `<table>.<column>`, `rows of <table>` or `counter of <table>`, with names as they are before the upgrade; a name with a dot, a comma or a quote stands in double quotes",
            ),
            Self::RowsLeftBehind { table, count } => words(
                "rows-left-behind",
                format!(
                    "this downgrade leaves rows behind in `{table}` that were not there before the upgrade: {count}"
                ),
                "after this section",
                "take back, in the downgrade, the rows that the upgrade brought, and no others",
            ),
            Self::CounterFallsBack { section, table, was, is, declare } => {
                counter(*section, table, *was, *is, declare)
            }
            Self::Dangling { section, dangling } => dangling_words(*section, dangling),
            Self::SampleFails { message } => words(
                "sample-fails",
                format!("this sample is refused: {message}"),
                "SQLite stopped at this statement",
                "correct the statement; it ran right after the upgrade of this script",
            ),
            Self::SampleChangesSchema => words(
                "sample-changes-schema",
                "this statement changes the schema, but a sample section brings rows only",
                "in the sample section",
                "move the statement to the upgrade, or remove it",
            ),
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
            Self::FailsAgain { .. }
            | Self::RowsLeftBehind { .. }
            | Self::SampleFails { .. }
            | Self::SampleChangesSchema
            | Self::NoRowForStatement { .. } => Remedy::Person,
        }
    }
}

/// What to do where something is lost.
fn ways_out(declare: &[String], way_out: Option<&WayOut>) -> String {
    let other = way_out.map(|way_out| format!("; or, {}", way_out.words())).unwrap_or_default();
    format!(
        "bring them back in the downgrade, or, if they are meant to go, declare it in the header: `-- Loses: {}`{other}",
        declare.join(", ")
    )
}

fn no_row(is_idle: bool) -> Words {
    let (title, label, help) = if is_idle {
        (
            "this statement cannot change a row: it asks for NULL in a column that is NOT NULL",
            "no row that the schema allows is changed by it",
            "remove the statement, or correct its condition",
        )
    } else {
        (
            "no row was found that this statement changes: what it does to rows is not proved",
            "it changed nothing",
            "show a row that it changes in a `-- sample` section of the script that made the table",
        )
    };
    words("no-row-for-statement", title, label, help)
}

fn counter(section: SectionKind, table: &str, was: i64, is: Option<i64>, declare: &[String]) -> Words {
    let to = is.map_or("nothing".to_owned(), |is| is.to_string());
    words(
        "counter-falls-back",
        format!(
            "after this {section}, the counter of `{table}` falls back from {was} to {to}: ids of rows that were deleted are given out again"
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
    let Dangling { child, parent, example, count, on_delete } = dangling;
    let rows = if *count == 1 { "a row".to_owned() } else { format!("{count} rows") };
    let refer = if *count == 1 { "refers" } else { "refer" };
    let help = match on_delete {
        Action::Cascade | Action::SetNull | Action::SetDefault => format!(
            "scripts run with the enforcement of foreign keys off, so `ON DELETE {}` does not act: keep the rows of `{parent}`, or say in the script what becomes of those of `{child}` that refer to them",
            on_delete.words()
        ),
        Action::NoAction | Action::Restrict => format!(
            "keep the rows of `{parent}`, or say in the script what becomes of those of `{child}` that refer to them"
        ),
    };
    words(
        "dangling-rows",
        format!(
            "after this {section}, {rows} of `{child}` {refer} to a row that `{parent}` lacks, such as {example}"
        ),
        if section == SectionKind::Sample { "in this section" } else { "after this statement" },
        help,
    )
}
