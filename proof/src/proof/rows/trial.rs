//! Tries one script, first on the carried rows and then with witnesses.

use std::collections::BTreeSet;

use aludel_core::guarded::Savepoint;
use aludel_core::problem::Problem;
use aludel_core::schema::Name;
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::{Result, params_from_iter};

use super::ScriptRun;
use super::fault::RowFault;
use super::fill::Fill;
use super::harm::is_at_risk;
use super::judge::RowJudge;
use super::loss::Loss;
use super::offending_rows::Culprit;
use super::round_trip::{Finding, RoundTrip};
use super::search::{Found, Search, TIME_FUNCTIONS};
use super::source::Candidate;
use super::variations::Variation;
use super::watch::{Number, Watch, Work};
use super::words::literals;

/// The maximum number of times that rows are removed because they break a script. The rest of the
/// script can then be judged.
const REMOVALS: usize = 12;

/// The state of the script that is being judged.
#[derive(Default)]
pub(super) struct Trial {
    pub(super) watch: Watch,
    /// The losses that occurred in any run.
    pub(super) real: BTreeSet<Loss>,
    /// The losses that were reported.
    pub(super) reported: BTreeSet<Loss>,
    pub(super) problems: Vec<Problem>,
    pub(super) written: BTreeSet<Name>,
    /// `true` if the script runs on witnesses instead of the carried rows.
    pub(super) is_on_witnesses: bool,
    /// `true` if rows that refer to missing rows are added too.
    pub(super) is_with_dangling: bool,
    /// The number of times that the script may still be tried on rows that it may harm.
    pub(super) tries_left: usize,
    /// Columns whose values are of a kind that their declaration does not mention.
    pub(super) reformed: BTreeSet<(Name, String)>,
}

impl Trial {
    /// Adds a problem, unless an earlier run reported it.
    pub(super) fn push(&mut self, problem: Problem) {
        let words = problem.words();
        let is_known = |known: &Problem| {
            known.place == problem.place && {
                let known = known.words();
                (known.code, known.title) == (words.code, words.title.clone())
            }
        };
        if !self.problems.iter().any(is_known) {
            self.problems.push(problem);
        }
    }
}

impl<'a> RowJudge<'a> {
    /// Judges a script. Returns the savepoint before the script if its upgrade is applied
    /// afterwards, or `None` otherwise.
    pub(super) fn judge(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        trial: &mut Trial,
    ) -> Result<Option<Savepoint>> {
        let mut applied = self.on_carried_rows(script, run, trial)?;
        let variations = self.variations(&run.made, trial)?;
        let copies = self.copies(script, trial);
        if trial.watch.has_unseen() || !(variations.is_empty() && copies.is_empty()) {
            if let Some(savepoint) = applied.take() {
                self.roll_back(savepoint)?;
            }
            trial.is_on_witnesses = true;
            self.with_witnesses(script, run, &variations, trial)?;
            for (goal, inserted) in copies {
                let search = Search::new(self, script, &trial.watch, goal)?;
                if let Some(rows) = search.map_or(Ok(None), |mut search| search.not_copied(inserted))? {
                    // Such rows need not suit the script, so a failure is not an error.
                    self.round(script, run, &rows, trial)?;
                }
            }
        }
        if is_at_risk(script, trial) {
            if let Some(savepoint) = applied.take() {
                self.roll_back(savepoint)?;
            }
            trial.is_on_witnesses = true;
            self.search_harm(script, run, trial)?;
        }
        for finding in self.kept(script, &trial.real) {
            let problem = self.place(script, finding)?;
            trial.push(problem);
        }
        self.note_coverage(script, trial);
        Ok(applied)
    }

    /// Runs the script on the carried rows. Reports and removes rows that break it. Returns the
    /// savepoint before the script if its upgrade is applied afterwards, or `None` otherwise.
    fn on_carried_rows(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        trial: &mut Trial,
    ) -> Result<Option<Savepoint>> {
        let mut is_reformed = false;
        for _ in 0..REMOVALS {
            let (outcome, savepoint) = self.round_trip(script, &run.made, trial)?;
            if outcome.is_clean() {
                trial.written = outcome.written;
                if outcome.is_applied {
                    return Ok(Some(savepoint));
                }
                // The rows are unchanged. After a rollback, SQLite would read the whole schema
                // again.
                savepoint.release(self.scratch.connection())?;
                return Ok(None);
            }
            self.roll_back(savepoint)?;
            if !is_reformed && outcome.trouble() > 0 {
                is_reformed = true;
                if self.reform(script, run, trial, &outcome)? {
                    continue;
                }
            }
            let Some(failure) = &outcome.failure else {
                self.report(script, outcome, trial)?;
                return Ok(None);
            };
            let (problem, culprit) = self.failure(script, failure)?;
            trial.push(problem);
            let Some(culprit) = culprit else { return Ok(None) };
            self.remove(&culprit)?;
        }
        Ok(None)
    }

    /// Reports the findings of a run. The database is in the state before the script.
    fn report(&mut self, script: &ParsedScript, outcome: RoundTrip, trial: &mut Trial) -> Result<()> {
        trial.real.extend(outcome.real);
        trial.written.extend(outcome.written);
        for finding in outcome.findings {
            let losses = losses_of(&finding);
            let rows = losses.iter().filter(|loss| matches!(loss, Loss::Rows { .. }));
            self.found.lost.extend(rows.map(|loss| (self.current, loss.table().clone())));
            trial.reported.extend(losses);
            let problem = self.place(script, finding)?;
            trial.push(problem);
        }
        Ok(())
    }

    /// Removes the row that breaks a script, and the rows that refer to it.
    fn remove(&mut self, Culprit { table, rows }: &Culprit) -> Result<()> {
        let sql = format!("DELETE FROM main.{} WHERE {}", quoted(&table.name), table.condition());
        self.without_triggers(|connection| {
            connection.execute(&sql, params_from_iter(rows.first().into_iter().flatten())).map(drop)
        })?;
        let name = Name::new(&table.name);
        let mut written = BTreeSet::from([name.clone()]);
        self.remove_orphans(&[name].into(), &mut written)?;
        self.refresh(&written)
    }

    /// Runs the script with rows that its statements change. First adds rows for upgrade
    /// statements, then rows for those downgrade statements that changed none of the earlier rows.
    fn with_witnesses(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        variations: &[Variation],
        trial: &mut Trial,
    ) -> Result<()> {
        let mut fills = Vec::new();
        for (number, variation) in variations.iter().enumerate() {
            fills.extend(self.vary(script, trial, number, variation)?);
        }
        fills.extend(self.search(script, SectionKind::Upgrade, trial)?);
        self.rounds(script, run, &fills, trial)?;
        let fills = self.search(script, SectionKind::Downgrade, trial)?;
        self.rounds(script, run, &fills, trial)?;
        self.search_after_upgrade(script, trial)
    }

    fn search(
        &mut self,
        script: &'a ParsedScript,
        section: SectionKind,
        trial: &mut Trial,
    ) -> Result<Vec<Fill>> {
        let mut fills = Vec::new();
        let mut unseen = trial.watch.unseen(section);
        unseen.retain(|goal| !self.only_adds_rows(trial, *goal));
        for goal in unseen {
            fills.extend(self.search_one(script, goal, trial)?);
        }
        Ok(fills)
    }

    /// Searches for rows that one statement changes or fails on. If there are none, returns `None`,
    /// and records whether the statement is idle.
    pub(super) fn search_one(
        &mut self,
        script: &'a ParsedScript,
        goal: Number,
        trial: &mut Trial,
    ) -> Result<Option<Fill>> {
        let Some(mut search) = Search::new(self, script, &trial.watch, goal)? else { return Ok(None) };
        match search.run()? {
            Found::Witness(fill) | Found::Breaker(fill) => Ok(Some(fill)),
            Found::Nothing if trial.watch.works.get(&goal).is_some_and(|work| work.is_seen) => Ok(None),
            Found::Nothing => {
                let is_idle = search.find_idle()?;
                if let Some(work) = trial.watch.works.get_mut(&goal) {
                    work.is_idle = is_idle;
                }
                Ok(None)
            }
        }
    }

    /// Returns `true` if a statement only inserts rows into existing tables, which does no harm to
    /// a user's rows.
    fn only_adds_rows(&self, trial: &Trial, goal: Number) -> bool {
        trial.watch.works.get(&goal).filter(|work| work.unseen_tables.is_empty()).is_some_and(|work| {
            let is_old = |name: &Name| self.schema.table(name.as_str()).is_some();
            let adds = work.reach.changes.is_empty() && !work.reach.replaces;
            adds && work.reach.inserts.iter().all(is_old)
        })
    }

    /// Runs the script with all rows together. If they break it, runs it with each fill alone. Rows
    /// that refer to missing rows are added only if statements have changed none of the others.
    fn rounds(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        fills: &[Fill],
        trial: &mut Trial,
    ) -> Result<()> {
        for with_dangling in [false, true] {
            if fills.is_empty() || with_dangling && !trial.watch.has_unseen() {
                return Ok(());
            }
            trial.is_with_dangling = with_dangling;
            if self.round(script, run, &fills.concat(), trial)?.is_some() {
                for fill in fills {
                    if let Some(problem) = self.round(script, run, fill, trial)? {
                        trial.push(problem);
                    }
                }
            }
        }
        trial.is_with_dangling = false;
        Ok(())
    }

    /// Runs the script with additional rows, then undoes everything. Returns the problem if the
    /// script fails on these rows, or `None` otherwise.
    fn round(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        fill: &[Candidate],
        trial: &mut Trial,
    ) -> Result<Option<Problem>> {
        self.undone(|judge| {
            let (outcome, savepoint) = judge.round_trip_with(script, run, fill, trial)?;
            judge.roll_back(savepoint)?;
            let failure = outcome.failure.as_ref();
            let problem = failure.map(|failure| judge.fails_with_rows(script, failure)).transpose()?;
            if problem.is_none() {
                judge.report(script, outcome, trial)?;
            }
            Ok(problem)
        })
    }

    /// Upgrades and downgrades the script with additional rows. Returns the savepoint before it.
    pub(super) fn round_trip_with(
        &mut self,
        script: &'a ParsedScript,
        run: &ScriptRun,
        fill: &[Candidate],
        trial: &mut Trial,
    ) -> Result<(RoundTrip, Savepoint)> {
        let written = self.add(fill, trial.is_with_dangling)?;
        self.refresh(&written)?;
        self.count(&written)?;
        self.round_trip(script, &run.made, trial)
    }

    /// Returns the statements that copied rows, each with the number of copied rows. Their SQL
    /// contains literals, so they may leave out other rows.
    fn copies(&self, script: &ParsedScript, trial: &Trial) -> Vec<(Number, usize)> {
        let is_copy = |((section, _), work): &(&Number, &Work)| {
            let sql = script.source.text.get(work.span.clone()).unwrap_or_default();
            let reads_rows = work.reach.reads.iter().any(|(name, _)| self.generated.contains(name));
            *section == SectionKind::Upgrade
                && work.is_seen
                && work.reach.only_inserts()
                && reads_rows
                && !work.reach.functions.iter().any(|name| TIME_FUNCTIONS.contains(&name.as_str()))
                && !literals(sql).is_empty()
        };
        let copies = trial.watch.works.iter().filter(is_copy);
        copies.map(|(number, work)| (*number, work.inserted_rows)).collect()
    }

    /// Counts the statements that depend on rows, and adds a note for each that changed none.
    fn note_coverage(&mut self, script: &ParsedScript, trial: &mut Trial) {
        let mut reached: BTreeSet<&Name> = BTreeSet::new();
        for work in trial.watch.works.values() {
            reached.extend(&work.reach.tables);
            let has_rows = reached.iter().any(|name| self.image.table(name).is_some());
            let is_bare = work.reach.tables.iter().any(|name| self.bare.contains(name));
            if !work.reach.depends_on_rows() || !has_rows || is_bare {
                continue;
            }
            self.found.statements.all += 1;
            if work.is_seen {
                self.found.statements.at_work += 1;
                continue;
            }
            let fault = RowFault::NoRowForStatement { is_idle: work.is_idle };
            self.found.problems.push(Problem::at(script.place(work.span.clone()), &fault).into_note());
        }
    }
}

/// Returns the losses of a finding.
pub(super) fn losses_of(finding: &Finding) -> Vec<Loss> {
    match finding {
        Finding::Lost { image, columns, .. } if columns.is_empty() => {
            vec![Loss::Rows { table: Name::new(&image.name) }]
        }
        Finding::Lost { image, columns, .. } => {
            let table = Name::new(&image.name);
            columns
                .iter()
                .map(|column| Loss::Column { table: table.clone(), column: Name::new(column) })
                .collect()
        }
        Finding::Fallen { table, .. } => vec![Loss::Counter { table: table.clone() }],
        Finding::At(..) | Finding::Reported(_) | Finding::Dangling { .. } => Vec::new(),
    }
}
