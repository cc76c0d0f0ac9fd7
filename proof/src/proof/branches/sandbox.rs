//! A scratch database on which scripts are tried and rolled back. It keeps track of the applied
//! scripts and the savepoints.

use aludel_core::graph::Index;
use aludel_core::guarded::Savepoint;
use aludel_core::schema::Changes;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use crate::proof::Options;
use crate::proof::references::{self, Broken};
use crate::proof::scratch::Scratch;
use crate::proof::section::{SectionFailure, run_section};

pub(super) struct Sandbox<'a> {
    scripts: &'a [ParsedScript],
    scratch: Scratch,
    reader: Reader,
    applied: Vec<Index>,
    snapshots: Vec<Snapshot>,
    /// `true` if a script rolled back all savepoints.
    is_lost: bool,
    runs_left: usize,
}

/// A state to which the database can be rolled back.
struct Snapshot {
    savepoint: Savepoint,
    applied: usize,
    touched: Touched,
    changes: Changes,
}

/// A script that stopped.
pub(super) struct Stop {
    pub(super) index: Index,
    /// `None` if the limit on all trials was reached.
    pub(super) failure: Option<SectionFailure>,
}

impl<'a> Sandbox<'a> {
    pub(super) fn open(scripts: &'a [ParsedScript], options: &Options, runs: usize) -> Result<Self> {
        let scratch = Scratch::open(options)?.recording(scripts);
        let reader = Reader::ignoring(scratch.own_tables());
        let (applied, snapshots) = (Vec::new(), Vec::new());
        Ok(Self { scripts, scratch, reader, applied, snapshots, is_lost: false, runs_left: runs })
    }

    /// Returns `true` if nothing else can be tried, because the limit was reached or the state was
    /// lost.
    pub(super) fn is_done(&self) -> bool {
        self.is_lost || self.runs_left == 0
    }

    /// Returns `true` if something was not tried because the limit was reached.
    pub(super) fn is_exhausted(&self) -> bool {
        self.runs_left == 0
    }

    /// Returns the number of savepoints.
    pub(super) fn depth(&self) -> usize {
        self.snapshots.len()
    }

    /// Returns the applied scripts, in the order in which they were applied.
    pub(super) fn applied(&self) -> &[Index] {
        &self.applied
    }

    pub(super) fn up(&mut self, index: Index) -> std::result::Result<(), Box<Stop>> {
        self.run(index, SectionKind::Upgrade)?;
        self.applied.push(index);
        Ok(())
    }

    /// Downgrades the script that was applied last. Returns `None` if no script is applied.
    pub(super) fn down(&mut self) -> std::result::Result<Option<Index>, Box<Stop>> {
        let Some(index) = self.applied.last().copied() else { return Ok(None) };
        self.run(index, SectionKind::Downgrade)?;
        self.applied.pop();
        Ok(Some(index))
    }

    fn run(&mut self, index: Index, kind: SectionKind) -> std::result::Result<(), Box<Stop>> {
        let Some(script) = self.scripts.get(index) else { return Ok(()) };
        if !self.snapshots.is_empty() {
            let Some(left) = self.runs_left.checked_sub(1) else {
                return Err(Box::new(Stop { index, failure: None }));
            };
            self.runs_left = left;
        }
        run_section(&self.scratch, script, kind)
            .map_err(|failure| Box::new(Stop { index, failure: Some(failure) }))
    }

    /// Returns the changes since the last call.
    pub(super) fn changes(&mut self) -> Result<Changes> {
        let touched = self.scratch.touched();
        let changes = self.reader.read(self.scratch.connection(), &touched)?;
        if let Some(place) = self.snapshots.last_mut() {
            place.touched.add(&touched);
            place.changes = std::mem::take(&mut place.changes).then(changes.clone());
        }
        Ok(changes)
    }

    /// Returns the changes since the last savepoint.
    pub(super) fn changes_since(&mut self) -> Result<Changes> {
        self.changes()?;
        Ok(self.snapshots.last().map(|place| place.changes.clone()).unwrap_or_default())
    }

    /// Returns those changes since the last savepoint that count as a difference.
    pub(super) fn difference_since(&mut self) -> Result<Changes> {
        let changes = self.changes_since()?;
        Ok(self.difference(changes))
    }

    /// Returns the changes without differences in notation and without the order of columns.
    pub(super) fn difference(&self, changes: Changes) -> Changes {
        changes.naming_parents(self.reader.schema()).without_column_order()
    }

    /// Returns the views and triggers among the changes that refer to missing objects.
    pub(super) fn broken(&self, changes: &Changes) -> Vec<Broken> {
        references::check(self.scratch.connection(), self.reader.schema(), changes)
    }

    /// Creates a savepoint.
    pub(super) fn remember(&mut self) -> Result<()> {
        self.changes()?;
        let (applied, touched, changes) = (self.applied.len(), Touched::Nothing, Changes::default());
        let savepoint = Savepoint::open(self.scratch.connection())?;
        self.snapshots.push(Snapshot { savepoint, applied, touched, changes });
        Ok(())
    }

    /// Releases the last savepoint if the scripts have undone all of their changes. Otherwise,
    /// rolls back to it.
    ///
    /// After a rollback, SQLite reads the whole schema again, which costs more than running a few
    /// scripts.
    pub(super) fn stay(&mut self) -> Result<()> {
        let changes = self.changes_since()?;
        if !changes.is_empty() || self.scratch.connection().is_autocommit() {
            return self.go_back();
        }
        if let Some(place) = self.snapshots.pop() {
            self.applied.truncate(place.applied);
            place.savepoint.release(self.scratch.connection())?;
            if let Some(outer) = self.snapshots.last_mut() {
                outer.touched.add(&place.touched);
            }
        }
        Ok(())
    }

    /// Rolls back to the last savepoint.
    pub(super) fn go_back(&mut self) -> Result<()> {
        let Some(mut place) = self.snapshots.pop() else { return Ok(()) };
        let touched = self.scratch.touched();
        if self.scratch.connection().is_autocommit() {
            self.is_lost = true;
            return Ok(());
        }
        place.savepoint.roll_back(self.scratch.connection())?;
        place.touched.add(&touched);
        self.applied.truncate(place.applied);
        self.reader.roll_back();
        self.reader.read(self.scratch.connection(), &place.touched).map(|_| ())
    }
}
