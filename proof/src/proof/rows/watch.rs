//! Observes the effect of statements: which of them insert, change or remove rows while a script
//! runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use aludel_core::schema::Name;
use aludel_core::script::{ParsedScript, SectionKind};

use super::difference::unmatched;
use super::image::{Row, TableImage};
use super::judge::RowJudge;
use super::reach::Reach;
use crate::proof::section::{SectionFailure, end_section, run_statement};

/// The maximum number of written rows that are stored.
const KEPT: usize = 8;

/// A statement, identified by its section and its number in that section.
pub(super) type Number = (SectionKind, usize);

/// The statements of a script and their effects.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) works: BTreeMap<Number, Work>,
    /// The tables that were read in this run and have not been written since.
    pub(super) read: BTreeMap<Name, Rc<TableImage>>,
    /// The tables that may have been written in this run.
    written: BTreeSet<Name>,
}

/// A statement and its effect.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) span: Range<usize>,
    pub(super) reach: Reach,
    /// `true` if the statement inserted, changed or removed rows.
    pub(super) is_seen: bool,
    /// The tables whose rows the statement's triggers would change, but have not yet.
    pub(super) unseen_tables: BTreeSet<Name>,
    /// `true` if the statement changes no row that the schema allows.
    pub(super) is_idle: bool,
    /// The number of rows that it inserted when it first had an effect.
    pub(super) inserted_rows: usize,
    /// Some of the rows that it wrote when it first had an effect, each with its table.
    wrote: Vec<(Rc<TableImage>, Row)>,
}

impl Work {
    /// Returns some of the rows that the statement or its triggers inserted.
    pub(super) fn inserted(&self) -> impl Iterator<Item = &(Rc<TableImage>, Row)> {
        self.wrote.iter().filter(|(image, _)| {
            let name = Name::new(&image.name);
            self.reach.inserts.contains(&name) || self.reach.trigger_inserts.contains(&name)
        })
    }

    /// Returns the tables whose rows must still change before the statement counts as observed.
    pub(super) fn goal(&self) -> BTreeSet<&Name> {
        if self.is_seen { self.unseen_tables.iter().collect() } else { self.reach.written() }
    }

    /// Records the effect of the statement in a run.
    fn take(&mut self, changed: Changed) {
        if self.is_seen {
            self.unseen_tables.retain(|name| !changed.tables.contains(name));
            return;
        }
        self.is_seen = changed.is_any();
        self.inserted_rows = changed.added;
        self.wrote = changed.wrote;
        if self.is_seen {
            let unseen = self.reach.trigger_changes.iter().filter(|name| !changed.tables.contains(name));
            self.unseen_tables = unseen.cloned().collect();
        }
    }
}

impl Watch {
    /// Forgets the rows of the last run.
    pub(super) fn begin(&mut self) {
        self.read.clear();
        self.written.clear();
    }

    /// Returns `true` if no statement that has run so far changes the schema.
    pub(super) fn is_schema_kept(&self) -> bool {
        !self.works.values().any(|work| work.reach.defines())
    }

    /// Returns `true` if either section has such statements.
    pub(super) fn has_unseen(&self) -> bool {
        [SectionKind::Upgrade, SectionKind::Downgrade].iter().any(|section| !self.unseen(*section).is_empty())
    }

    /// Returns the statements that had no effect so far, or whose triggers had none.
    pub(super) fn unseen(&self, section: SectionKind) -> Vec<Number> {
        let unseen = self.works.iter().filter(|((kind, _), work)| {
            let is_unseen = !work.is_seen && work.reach.depends_on_rows();
            *kind == section && !work.is_idle && (is_unseen || !work.unseen_tables.is_empty())
        });
        unseen.map(|(number, _)| *number).collect()
    }
}

/// The changes to the tables that a statement writes.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) removed: usize,
    pub(super) added: usize,
    /// The rows that were changed or removed, as they were before.
    pub(super) was: Vec<Row>,
    /// Some of the rows that were written, each with its table.
    wrote: Vec<(Rc<TableImage>, Row)>,
    /// The tables whose rows were changed or removed.
    pub(super) tables: BTreeSet<Name>,
}

impl Changed {
    /// Compares the rows before and after a statement. Rows that cannot be read count as changed.
    pub(super) fn between(before: &TablesRead, now: &TablesRead) -> Self {
        let mut changed = Self::default();
        for tables in before.iter().zip(now) {
            let (Some(before), Some(now)) = tables else {
                changed.added += 1;
                continue;
            };
            if before.rows == now.rows {
                continue;
            }
            let (removed, added) = unmatched(&before.rows, &now.rows);
            changed.removed += removed.len();
            changed.added += added.len();
            if !removed.is_empty() {
                changed.tables.insert(Name::new(&before.name));
            }
            changed.was.extend(removed);
            changed.wrote.extend(added.into_iter().take(KEPT).map(|row| (Rc::clone(now), row)));
        }
        changed
    }

    /// Returns `true` if rows were inserted, changed or removed.
    pub(super) fn is_any(&self) -> bool {
        self.removed + self.added > 0
    }
}

/// The rows of each table that a statement writes, or `None` for a table that cannot be read.
pub(super) type TablesRead = Vec<Option<Rc<TableImage>>>;

impl RowJudge<'_> {
    /// Runs a section to its end, or up to the statement that stops.
    pub(super) fn watched(
        &self,
        script: &ParsedScript,
        kind: SectionKind,
        watch: &mut Watch,
    ) -> Result<(), SectionFailure> {
        let statements = script.section(kind).into_iter().flat_map(|section| &section.statements);
        for (number, span) in statements.enumerate() {
            let sql = script.source.text.get(span.clone()).unwrap_or_default();
            let is_schema_kept = watch.is_schema_kept();
            let Watch { works, read, written } = &mut *watch;
            let work = works.entry((kind, number)).or_insert_with(|| Work {
                span: span.clone(),
                reach: self.scratch.reach(sql),
                ..Work::default()
            });
            let is_watched = work.reach.writes_rows() && !work.goal().is_empty();
            let known = |name: &Name| match read.get(name) {
                None if is_schema_kept && !written.contains(name) => self.image.table(name),
                known => known,
            };
            let before =
                if is_watched { self.rows_of(&work.goal(), is_schema_kept, known) } else { Vec::new() };
            let count = self.scratch.connection().total_changes();
            run_statement(&self.scratch, script, kind, span)?;
            if work.reach.defines() {
                read.clear();
            } else if self.scratch.connection().total_changes() > count {
                let changed = work.reach.written();
                read.retain(|name, _| !changed.contains(name));
                written.extend(changed.into_iter().cloned());
                if is_watched {
                    let now = self.rows_of(&work.goal(), is_schema_kept, |_| None);
                    read.extend(now.iter().flatten().map(|rows| (Name::new(&rows.name), Rc::clone(rows))));
                    let mut changed = Changed::between(&before, &now);
                    if !changed.is_any() && self.has_virtual(&work.goal()) {
                        // The rows of a full-text index may be those of its content table.
                        changed.added += 1;
                    }
                    work.take(changed);
                }
            }
        }
        end_section(&self.scratch, script, kind)
    }

    /// Returns `true` if one of the tables is virtual. Such a table has no root page
    /// (<https://sqlite.org/schematab.html>).
    fn has_virtual(&self, tables: &BTreeSet<&Name>) -> bool {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema \
             WHERE type = 'table' AND lower(name) = lower(?1) AND coalesce(rootpage, 0) = 0)";
        let is_virtual =
            |name: &&Name| self.scratch.connection().query_row(sql, [name.as_str()], |row| row.get(0));
        tables.iter().any(|name| is_virtual(name).unwrap_or_default())
    }

    /// Returns the rows of tables: the known ones, and those that it reads otherwise. Reuses
    /// prepared statements if no statement changed the schema.
    pub(super) fn rows_of<'t>(
        &self,
        tables: &BTreeSet<&Name>,
        is_schema_kept: bool,
        known: impl Fn(&Name) -> Option<&'t Rc<TableImage>>,
    ) -> TablesRead {
        let read = |name: &&Name| {
            if let Some(rows) = known(name) {
                return Some(Rc::clone(rows));
            }
            let all = TableImage { name: name.to_string(), ..TableImage::default() };
            let known = self.image.table(name).filter(|_| is_schema_kept);
            known.map_or(&all, |known| known).again(self.scratch.connection()).ok().map(Rc::new)
        };
        tables.iter().map(read).collect()
    }
}
