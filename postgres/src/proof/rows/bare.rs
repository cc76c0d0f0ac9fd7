//! Tables that a sample section declares empty.

use std::collections::BTreeSet;
use std::ops::Range;

use aludel_core::chain::Section;
use aludel_core::script::{NoRows, no_rows};

/// The tables that a script declares empty, by name.
#[derive(Debug, Default)]
pub(super) struct Bare {
    pub(super) tables: BTreeSet<String>,
    /// The declared tables that the script does not create, each with its byte range in the
    /// section.
    pub(super) unknown: Vec<(String, Range<usize>)>,
}

impl Bare {
    /// Reads the sample section of a script that created these tables.
    pub(super) fn of(sample: &Section, created: &BTreeSet<String>) -> Self {
        let mut bare = Self::default();
        for (declared, place) in no_rows(&sample.sql) {
            let is_named = |table: &&String| declared.reason_for(table).is_some();
            match (declared, created.iter().find(is_named), declared.name()) {
                (NoRows::All { .. }, ..) => bare.tables.extend(created.iter().cloned()),
                (_, Some(table), _) => drop(bare.tables.insert(table.clone())),
                (_, None, Some(name)) => bare.unknown.push((name.to_owned(), place)),
                // A comment that is not a declaration.
                (_, None, None) => {}
            }
        }
        bare
    }

    /// Returns `true` if a sample section declares a table empty.
    pub(super) fn is_declared(sample: &Section) -> bool {
        no_rows(&sample.sql).next().is_some()
    }
}
