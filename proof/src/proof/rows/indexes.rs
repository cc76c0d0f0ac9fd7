//! Full-text indexes on the rows of another table. Only triggers and scripts keep them up to date
//! (<https://sqlite.org/fts5.html#external_content_tables>).

use std::collections::BTreeSet;

use aludel_core::problem::Problem;
use aludel_core::schema::{Definition, Kind, Name};
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::ErrorCode;

use super::fault::RowFault;
use super::judge::RowJudge;
use super::round_trip::marker;

/// A full-text index whose content is another table.
struct Index {
    name: Name,
    content: Name,
    /// The statement that fails if the index does not match its content.
    check: String,
}

impl RowJudge<'_> {
    /// Returns the indexes in the schema before the script, or after it once its changes were
    /// added.
    fn indexes(&self) -> impl Iterator<Item = Index> {
        self.schema.of_kind(Kind::Table).filter_map(|object| {
            let Definition::VirtualTable(table) = object.definition() else { return None };
            let content = table.external_content()?;
            let name = quoted(object.name());
            let check = if table.module.is("fts5") {
                format!("INSERT INTO main.{name} ({name}, rank) VALUES ('integrity-check', 1)")
            } else {
                format!("INSERT INTO main.{name} ({name}) VALUES ('integrity-check')")
            };
            Some(Index { name: Name::new(object.name()), content, check })
        })
    }

    /// Returns an error for each index that no longer matches its content after a section. Checks
    /// only indexes that were written, or whose content was.
    pub(super) fn outdated_indexes(
        &self,
        script: &ParsedScript,
        section: SectionKind,
        written: &BTreeSet<Name>,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for index in self.indexes() {
            if !written.contains(&index.name) && !written.contains(&index.content) {
                continue;
            }
            match self.scratch.control(&index.check) {
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                    let (index, content) = (index.name.to_string(), index.content.to_string());
                    let fault = RowFault::IndexOutOfDate { section, index, content };
                    problems.push(Problem::at(script.place(marker(script, section)), &fault));
                }
                // If an index cannot be read, the statements that use it report this.
                _ => {}
            }
        }
        problems
    }

    /// Updates the indexes after rows were written without triggers.
    pub(super) fn rebuild_indexes(&self) {
        for index in self.indexes() {
            let name = quoted(index.name.as_str());
            // An index without its content table stays as it is.
            let _ = self.scratch.control(&format!("INSERT INTO main.{name} ({name}) VALUES ('rebuild')"));
        }
    }
}
