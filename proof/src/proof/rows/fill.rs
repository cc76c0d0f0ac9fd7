//! Rows that are added to the tables for a single run of a script, next to the carried rows.

use std::collections::BTreeSet;

use aludel_core::schema::Name;
use rusqlite::{Result, params_from_iter};

use super::judge::RowJudge;
use super::source::{Candidate, Source};

/// Rows for tables, parents first.
pub(super) type Fill = Vec<Candidate>;

impl RowJudge<'_> {
    /// Inserts rows into the tables for a run of the script. Returns the tables that were written.
    ///
    /// Removes rows that refer to missing rows, unless `with_dangling`. Then it is not an error of the
    /// script that such rows exist.
    pub(super) fn add(&mut self, fill: &[Candidate], with_dangling: bool) -> Result<BTreeSet<Name>> {
        self.apply(fill)?;
        let mut written: BTreeSet<Name> = fill.iter().map(|row| Name::new(&row.image.name)).collect();
        let tables = self.keys.affected(&written);
        if !with_dangling {
            self.remove_all_dangling(tables.clone(), &mut written)?;
        }
        self.keys.accept(self.scratch.connection(), &tables);
        Ok(written)
    }

    /// Inserts rows into the tables. Skips rows that a constraint rejects.
    pub(super) fn apply(&self, fill: &[Candidate]) -> Result<()> {
        self.without_triggers(|connection| {
            for rows in fill.chunk_by(|one, two| one.image.name == two.image.name) {
                let Some(image) = rows.first().map(|first| &first.image) else { continue };
                let Ok(mut statement) = connection.prepare_cached(&image.insertion("IGNORE")) else {
                    continue;
                };
                for candidate in rows {
                    let _ = statement.execute(params_from_iter(&candidate.row));
                }
            }
            Ok(())
        })
    }

    /// Returns a source that generates rows like those of a table, or `None` if no rows may be
    /// added to it.
    pub(super) fn source(&self, name: &Name) -> Result<Option<Source>> {
        let Some(image) = self.image.table(name).filter(|_| !self.is_settled(name)) else {
            return Ok(None);
        };
        Source::new(self.scratch.connection(), &self.schema, image)
    }
}
