//! Tables that a sample section declares empty: with `-- no rows: <reason>` all tables that its script
//! creates, with `-- no rows in <table>: <reason>` one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aludel_core::schema::{Name, identifier};
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};

/// The start of the comment.
const NO_ROWS: &str = "no rows";

/// The tables that a script declares empty.
#[derive(Debug, Default)]
pub(crate) struct Bare {
    /// The tables, each with the reason.
    pub(crate) tables: BTreeMap<Name, String>,
    /// The names of tables that the script does not create, each with its place in the file.
    pub(super) unknown: Vec<(String, Range<usize>)>,
}

impl Bare {
    /// Reads the sample section of a script, which created some tables.
    pub(crate) fn of(script: &ParsedScript, created: &BTreeSet<Name>) -> Self {
        let mut bare = Self::default();
        for (words, place) in comments(script) {
            let Some(rest) = without_prefix(words, NO_ROWS) else { continue };
            if let Some(reason) = rest.strip_prefix(':') {
                bare.tables.extend(created.iter().map(|table| (table.clone(), reason.trim().to_owned())));
            } else if let Some(rest) = without_prefix(rest, " in ") {
                let rest = rest.trim_start();
                let named = created.iter().find_map(|table| Some((table.clone(), reason(rest, table)?)));
                match (named, rest.split_once(':')) {
                    (Some((table, reason)), _) => drop(bare.tables.insert(table, reason.to_owned())),
                    (None, Some((name, _))) => bare.unknown.push((name.trim().to_owned(), place)),
                    // Prose.
                    (None, None) => {}
                }
            }
        }
        bare
    }
}

/// Returns the comment that declares a table empty, or `None` if its name does not fit in a line.
pub(crate) fn declaration(table: &Name, reason: &str) -> Option<String> {
    let name = identifier(table.as_str());
    (!name.contains(['\n', '\r'])).then(|| format!("-- {NO_ROWS} in {name}: {reason}"))
}

/// Returns the reason if the text is that of a table.
fn reason<'t>(text: &'t str, table: &Name) -> Option<&'t str> {
    let rest = without_prefix(text, &identifier(table.as_str()))
        .or_else(|| without_prefix(text, &quoted(table.as_str())))?;
    Some(rest.trim_start().strip_prefix(':')?.trim())
}

/// Returns the comments of the sample section that are a line each, with their places in the file.
fn comments(script: &ParsedScript) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut start = script.section(SectionKind::Sample).map_or(0, |section| section.text.start);
    script.text(SectionKind::Sample).split_inclusive('\n').filter_map(move |line| {
        let (at, text) = (start, line.trim());
        start += line.len();
        let before = line.len() - line.trim_start().len();
        Some((text.strip_prefix("--")?.trim(), at + before..at + before + text.len()))
    })
}

/// Returns the text after a prefix, whose case does not matter.
fn without_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
