//! Rows that are added to the tables for a single run of a script, next to the carried rows.

use aludel_core::schema::{ForeignKey, Name};
use rusqlite::{Result, params_from_iter};

use super::cell::Cell;
use super::judge::RowJudge;
use super::source::{Candidate, Source};

/// The maximum number of generations of parents that are generated for a row.
const GENERATIONS: usize = 4;

/// Rows for tables, parents first.
pub(super) type Fill = Vec<Candidate>;

impl RowJudge<'_> {
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

    /// Adds missing rows that others refer to.
    pub(super) fn with_parents(&self, fill: &[Candidate]) -> Result<Fill> {
        let mut fill = fill.to_vec();
        let mut children = fill.clone();
        for _ in 0..GENERATIONS {
            let mut parents = Vec::new();
            for child in &children {
                let Some(table) = self.schema.table(&child.image.name) else { continue };
                for key in &table.foreign_keys {
                    let parent = self.missing_parent(child, key, &fill, &parents)?;
                    parents.extend(parent);
                }
            }
            if parents.is_empty() {
                break;
            }
            fill.splice(0..0, parents.iter().cloned());
            children = parents;
        }
        Ok(fill)
    }

    fn missing_parent(
        &self,
        child: &Candidate,
        key: &ForeignKey,
        fill: &[Candidate],
        parents: &[Candidate],
    ) -> Result<Option<Candidate>> {
        let Some(parent) = self.schema.table(key.parent.as_str()) else { return Ok(None) };
        let Some(image) = self.image.table(&key.parent) else { return Ok(None) };
        let value =
            |name: &Name| child.row.get(child.image.place(name.as_str())?).filter(|cell| !cell.is_null());
        let columns = key.columns.iter().zip(key.parent_key(parent));
        let values = columns.map(|(own, other)| Some((image.place(other.as_str())?, value(own)?.clone())));
        let Some(values) = values.collect::<Option<Vec<(usize, Cell)>>>() else { return Ok(None) };
        let has_key = |row: &Vec<Cell>| values.iter().all(|(place, cell)| row.get(*place) == Some(cell));
        let is_carried = image.rows.iter().any(has_key);
        let added = fill.iter().chain(parents).filter(|row| key.parent.is(&row.image.name));
        if is_carried || added.into_iter().any(|added| has_key(&added.row)) {
            return Ok(None);
        }
        let source = self.source(&key.parent)?;
        Ok(source.map(|source| source.with(800 + parents.len(), &values)))
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
