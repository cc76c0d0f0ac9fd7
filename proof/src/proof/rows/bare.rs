//! Tables that a sample section declares empty. `-- no rows: <reason>` applies to all tables that
//! the script creates, and `-- no rows in <table>: <reason>` to one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aludel_core::schema::{Name, identifier};
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{NO_ROWS, NoRows, ParsedScript, SectionKind, no_rows};

/// The tables that a script declares empty.
#[derive(Debug, Default)]
pub(crate) struct Bare {
    /// The tables, each with the reason.
    pub(crate) tables: BTreeMap<Name, String>,
    /// The declared names that match no table of the script, each with its place in the file.
    pub(super) unknown: Vec<(String, Range<usize>)>,
}

impl Bare {
    /// Reads the sample section of a script that created these tables.
    pub(crate) fn of(script: &ParsedScript, created: &BTreeSet<Name>) -> Self {
        let mut bare = Self::default();
        let start = script.section(SectionKind::Sample).map_or(0, |section| section.text.start);
        for (declared, place) in no_rows(script.text(SectionKind::Sample)) {
            if let NoRows::All { reason } = declared {
                bare.tables.extend(created.iter().map(|table| (table.clone(), reason.to_owned())));
                continue;
            }
            let named = created.iter().find_map(|table| Some((table.clone(), reason(declared, table)?)));
            match (named, declared.name()) {
                (Some((table, reason)), _) => drop(bare.tables.insert(table, reason.to_owned())),
                (None, Some(name)) => {
                    bare.unknown.push((name.to_owned(), start + place.start..start + place.end));
                }
                // The comment is prose.
                (None, None) => {}
            }
        }
        bare
    }
}

/// Returns the comment that declares a table empty, or `None` if the name contains a line break.
pub(crate) fn declaration(table: &Name, reason: &str) -> Option<String> {
    let name = identifier(table.as_str());
    (!name.contains(['\n', '\r'])).then(|| format!("-- {NO_ROWS} in {name}: {reason}"))
}

/// Returns the reason if the declaration names this table, or `None` otherwise.
fn reason<'t>(declared: NoRows<'t>, table: &Name) -> Option<&'t str> {
    let written = [identifier(table.as_str()), quoted(table.as_str())];
    written.iter().find_map(|name| declared.reason_for(name))
}
