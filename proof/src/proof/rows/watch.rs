//! Watches statements at work: which of them insert, change or remove rows while a script runs.

use std::collections::BTreeMap;
use std::ops::Range;

use aludel_core::schema::Name;
use aludel_core::script::{ParsedScript, SectionKind};

use super::difference::unmatched;
use super::image::{Row, TableImage};
use super::judge::Judge;
use super::reach::Reach;
use crate::proof::section::{Failure, end_section, run_statement};

/// How many rows that a statement writes are kept.
const KEPT: usize = 8;

/// A statement: its section and its number in it.
pub(super) type Number = (SectionKind, usize);

/// What is known of the statements of a script.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) works: BTreeMap<Number, Work>,
}

/// What is known of one statement.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) span: Range<usize>,
    pub(super) reach: Reach,
    /// It inserted, changed or removed rows.
    pub(super) is_seen: bool,
    /// No row that the schema allows is changed by it.
    pub(super) is_idle: bool,
    /// How many rows it inserted when it was first seen.
    pub(super) inserted_rows: usize,
    /// Some of the rows that it wrote when it was first seen, as images of one row.
    pub(super) wrote: Vec<TableImage>,
}

impl Work {
    /// Some of the rows that it inserted.
    pub(super) fn inserted(&self) -> impl Iterator<Item = &TableImage> {
        self.wrote.iter().filter(|image| self.reach.inserts.contains(&Name::new(&image.name)))
    }
}

impl Watch {
    /// The statements that were not seen at work.
    pub(super) fn unseen(&self, section: SectionKind) -> Vec<Number> {
        let unseen = self.works.iter().filter(|((kind, _), work)| {
            *kind == section && !work.is_seen && !work.is_idle && work.reach.depends_on_rows()
        });
        unseen.map(|(number, _)| *number).collect()
    }
}

/// What a statement did to the rows of the tables that it writes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) removed: usize,
    pub(super) added: usize,
}

/// What changed in the tables that a statement writes.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) effect: Effect,
    /// The first row that was changed or removed, as it was.
    pub(super) was: Option<Row>,
    /// Some of the rows that were written, as images of one row.
    pub(super) wrote: Vec<TableImage>,
}

/// The rows of the tables that a statement writes; none of a table that cannot be read.
pub(super) type Before = Vec<Option<TableImage>>;

impl Judge<'_> {
    /// Runs a section to its end, or to the statement that stops.
    pub(super) fn watched(
        &self,
        script: &ParsedScript,
        kind: SectionKind,
        watch: &mut Watch,
    ) -> Result<(), Failure> {
        let statements = script.section(kind).into_iter().flat_map(|section| &section.statements);
        for (number, span) in statements.enumerate() {
            let sql = script.source.text.get(span.clone()).unwrap_or_default();
            let work = watch.works.entry((kind, number)).or_insert_with(|| Work {
                span: span.clone(),
                reach: self.scratch.reach(sql),
                is_seen: false,
                is_idle: false,
                inserted_rows: 0,
                wrote: Vec::new(),
            });
            let is_watched = work.reach.writes_rows() && !work.is_seen;
            let before = if is_watched { self.rows_of(&work.reach) } else { Vec::new() };
            run_statement(&self.scratch, script, kind, span)?;
            if is_watched {
                let changed = self.effect(&before);
                work.is_seen = changed.effect != Effect::default();
                work.inserted_rows = changed.effect.added;
                work.wrote = changed.wrote;
            }
        }
        end_section(&self.scratch, script, kind)
    }

    pub(super) fn rows_of(&self, reach: &Reach) -> Before {
        let image = |name: &Name| TableImage { name: name.to_string(), ..TableImage::default() };
        reach.written().map(|name| image(name).again(self.scratch.connection()).ok()).collect()
    }

    /// Compares the rows with those from before the statement. Where rows cannot be read, it counts as at work.
    pub(super) fn effect(&self, before: &Before) -> Changed {
        let mut changed = Changed::default();
        for before in before {
            let now = before.as_ref().and_then(|before| before.again(self.scratch.connection()).ok());
            let Some((before, now)) = before.as_ref().zip(now) else {
                changed.effect.added += 1;
                continue;
            };
            if before.rows == now.rows {
                continue;
            }
            let (removed, added) = unmatched(&before.rows, &now.rows);
            changed.effect.removed += removed.len();
            changed.effect.added += added.len();
            changed.was = changed.was.or_else(|| removed.first().cloned());
            let one = |row: Row| TableImage {
                rows: vec![row],
                name: before.name.clone(),
                columns: before.columns.clone(),
                key: Vec::new(),
            };
            changed.wrote.extend(added.into_iter().take(KEPT).map(one));
        }
        changed
    }
}
